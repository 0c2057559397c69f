"""This app's slice of the error catalogue.

Problem
├── SourceUnknown           no item of the shelf has that name
├── ImportNotFound          no import of that number is open to the account
├── DatasetNotFound         no data set of that hash is open to the account
├── SubmissionAltered       what was received no longer has the bytes it is named by
├── QuestionsOpen           the file needs answers before it can be imported
├── AnswerNotExpected       the import is not waiting for answers
├── SyntheticMismatch       invented rows stand under QR only, and QR holds nothing else (I27)
└── InputProblem
    ├── MappingInvalid      a mapping names what does not exist, or contradicts itself
    ├── FileTooLarge        the file is larger than an upload may be
    ├── DeviceInvalid       a device would have no form, one of another programme, or last too long
    ├── XmlRefused          the XML of a submission is broken or unsafe
    └── NothingAccepted     every row of the file was rejected
"""

from custodes.evidence.errors import InputProblem, Problem


class SourceUnknown(InputProblem):
    """No item of the source shelf has that name."""

    code = "collection.source-unknown"
    status = 404


class ImportNotFound(Problem):
    """No import of that number is open to the account."""

    code = "collection.import-not-found"
    status = 404


class DatasetNotFound(Problem):
    """No data set of that hash is open to the account."""

    code = "collection.dataset-not-found"
    status = 404


class SubmissionAltered(Problem):
    """A content or a file of a submission is absent, or has not the bytes that it is named by."""

    code = "collection.submission-altered"
    status = 409


class QuestionsOpen(Problem):
    """The file needs answers of a person before it can be imported."""

    code = "collection.questions-open"
    status = 409


class AnswerNotExpected(Problem):
    """The import is not waiting for answers."""

    code = "collection.answer-not-expected"
    status = 409


class SyntheticMismatch(Problem):
    """Invented rows stand under QR only, and QR holds nothing else."""

    code = "collection.synthetic-mismatch"


class MappingInvalid(InputProblem):
    """A mapping names what does not exist, or contradicts itself."""

    code = "collection.mapping-invalid"


class FileTooLarge(InputProblem):
    """The file is larger than an upload may be."""

    code = "collection.file-too-large"
    status = 413


class NothingAccepted(InputProblem):
    """Every row of the file was rejected."""

    code = "collection.nothing-accepted"


class XmlRefused(InputProblem):
    """The XML of a submission is not well formed, or holds what could harm."""

    code = "collection.xml-refused"


class DeviceInvalid(InputProblem):
    """A device would have no form, a form of another programme, or a key that lasts too long."""

    code = "collection.device-invalid"
