"""How evidence comes in: import runs, forms with their versions, the devices that fill them in, what those send, and exports."""

from custodes.collection.models.devices import Device
from custodes.collection.models.exports import Export
from custodes.collection.models.imports import ImportRun, SourceMapping
from custodes.collection.models.questionnaires import (
    Form,
    FormMedia,
    FormUpload,
    FormVersion,
    Question,
    QuestionColumn,
    QuestionVersion,
)
from custodes.collection.models.submissions import Attachment, Revision, Submission, Tombstone, Variant

__all__ = [
    "Attachment",
    "Device",
    "Export",
    "Form",
    "FormMedia",
    "FormUpload",
    "FormVersion",
    "ImportRun",
    "Question",
    "QuestionColumn",
    "QuestionVersion",
    "Revision",
    "SourceMapping",
    "Submission",
    "Tombstone",
    "Variant",
]
