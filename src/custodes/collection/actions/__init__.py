"""What a person does to bring data in: start an import, answer its questions; ask for an export; and the jobs that do the work."""

from custodes.collection.actions.exports import export_form, start_export
from custodes.collection.actions.imports import answer_import, import_file, start_import
from custodes.collection.actions.work import work_on_import

__all__ = ["answer_import", "export_form", "import_file", "start_export", "start_import", "work_on_import"]
