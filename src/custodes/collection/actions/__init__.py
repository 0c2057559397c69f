"""What a person does to bring data in: imports, forms, keys of devices, exports; and the jobs that do the work."""

from custodes.collection.actions.devices import NewDevice, make_device, withdraw_device
from custodes.collection.actions.exports import export_form, start_export
from custodes.collection.actions.form_uploads import start_form_upload, upload_form, work_on_form_upload
from custodes.collection.actions.forms import add_form_media, set_form_state, withdraw_form_upload
from custodes.collection.actions.imports import answer_import, import_file, start_import
from custodes.collection.actions.publishing import publish_form_version
from custodes.collection.actions.submissions import adopt_known_versions
from custodes.collection.actions.work import work_on_import

__all__ = [
    "NewDevice",
    "add_form_media",
    "adopt_known_versions",
    "answer_import",
    "export_form",
    "import_file",
    "make_device",
    "publish_form_version",
    "set_form_state",
    "start_export",
    "start_form_upload",
    "start_import",
    "upload_form",
    "withdraw_device",
    "withdraw_form_upload",
    "work_on_form_upload",
    "work_on_import",
]
