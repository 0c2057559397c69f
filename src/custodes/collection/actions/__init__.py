"""What a person does to bring data in: start an import, answer its questions; and the job that does the work."""

from custodes.collection.actions.devices import NewDevice, make_device, withdraw_device
from custodes.collection.actions.imports import answer_import, import_file, start_import
from custodes.collection.actions.submissions import adopt_known_versions
from custodes.collection.actions.work import work_on_import

__all__ = [
    "NewDevice",
    "adopt_known_versions",
    "answer_import",
    "import_file",
    "make_device",
    "start_import",
    "withdraw_device",
    "work_on_import",
]
