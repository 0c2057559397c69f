"""What a person does to bring data in: start an import, answer its questions; and the job that does the work."""

from custodes.collection.actions.imports import answer_import, import_file, start_import
from custodes.collection.actions.work import work_on_import

__all__ = ["answer_import", "import_file", "start_import", "work_on_import"]
