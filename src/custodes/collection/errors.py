"""This app's slice of the error catalogue.

Problem
├── SourceUnknown           no item of the shelf has that name
├── ImportNotFound          no import of that number is open to the account
├── ExportNotFound          no export of that number is open to the account
├── DatasetNotFound         no data set of that hash is open to the account
├── SubmissionAltered       what was received no longer has the bytes it is named by
├── QuestionsOpen           the file needs answers before it can be imported
├── AnswerNotExpected       the import is not waiting for answers
├── FormNotFound            no form of that number is open to the account
├── FormUploadNotFound      no upload of that number is open to the account
├── SubmissionNotFound      no submission of that number is open to the account
├── UploadNotReady          the upload has faults, is still being converted, or is published or withdrawn already
├── FormChanged             another version was published meanwhile, so the difference must be looked at again
├── FormVersionTaken        a version of that name is published already
├── FormStateNotAllowed     the form cannot go to that state from where it is
├── FormMediaMissing        a list of choices that the form reads is not there
├── SyntheticMismatch       invented rows stand under QR only, and QR holds nothing else (I27)
├── ExcerptMismatch         an excerpt's stored words do not stand in the transcript where it says
├── CodeUnknown             the codebook has no code of that identifier
├── CodebookChangeRefused   a change would break the tree of codes or what was coded with it
├── NoValidRecord           no record was found that fulfils every condition of a form
└── InputProblem
    ├── MappingInvalid      a mapping names what does not exist, or contradicts itself
    ├── FormUnreadable      a form's XML is not one, or is built to do harm
    ├── ExpressionInvalid   a form's expression cannot be read, or asks for what no form has
    ├── AnswerInvalid       an answer stands where the form has no question, or is of another type
    ├── MatchInvalid        a confirmed match of two questions names one that is not there, or one twice
    ├── FormDetailsInvalid  what a form needs beside its questions is missing or wrong
    ├── FormMediaInvalid    a file beside a form has a name that the form does not ask for
    ├── ExportTooLarge      an export is larger than its format holds
    ├── FileTooLarge        the file is larger than an upload may be
    ├── NothingAccepted     every row of the file was rejected
    ├── FileUnsafe          the file is built to harm whoever opens it
    ├── FileProtected       the file opens with a password only
    ├── EncodingUnknown     which characters the bytes of a text mean cannot be told for certain
    ├── TextAbsent          the file has no text, as a scanned page has none
    ├── OffsetOutside       a place is not in the text, or lies inside a character
    ├── DeviceInvalid       a device would have no form, one of another programme, or last too long
    └── XmlRefused          the XML of a submission is broken or unsafe
"""

from custodes.evidence.errors import InputProblem, Problem, Refusal


class SourceUnknown(InputProblem):
    """No item of the source shelf has that name."""

    code = "collection.source-unknown"
    status = 404


class ImportNotFound(Problem):
    """No import of that number is open to the account."""

    code = "collection.import-not-found"
    status = 404


class ExportNotFound(Problem):
    """No export of that number is open to the account."""

    code = "collection.export-not-found"
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


class ExportTooLarge(InputProblem):
    """An export is larger than its format holds; the remedy names a format that holds it."""

    code = "collection.export-too-large"


class NothingAccepted(InputProblem):
    """Every row of the file was rejected."""

    code = "collection.nothing-accepted"


class ExcerptMismatch(Problem):
    """An excerpt's stored words do not stand in the transcript where it says."""

    code = "collection.excerpt-mismatch"
    status = 409


class CodeUnknown(Problem):
    """The codebook has no code of that identifier."""

    code = "collection.code-unknown"
    status = 404


class CodebookChangeRefused(Problem):
    """A change would break the tree of codes, or what was coded with it."""

    code = "collection.codebook-change-refused"
    status = 409


class FileUnsafe(InputProblem):
    """The file is built to harm whoever opens it: it swells, refers outside itself, or nests without end."""

    code = "collection.file-unsafe"


class FileProtected(InputProblem):
    """The file opens with a password only."""

    code = "collection.file-protected"


class EncodingUnknown(InputProblem):
    """Which characters the bytes of a text mean cannot be told for certain."""

    code = "collection.encoding-unknown"


class TextAbsent(InputProblem):
    """The file has no text, as a scanned page has none."""

    code = "collection.text-absent"


class OffsetOutside(InputProblem):
    """A place is not in the text, or lies inside a character."""

    code = "collection.offset-outside"


class FormUnreadable(InputProblem):
    """A form's XML cannot be read, or is built to do harm."""

    code = "collection.form-unreadable"


class ExpressionInvalid(InputProblem):
    """A form's expression cannot be read, or asks for what no form has."""

    code = "collection.expression-invalid"

    def __init__(self, what: str, *, at: int = 0, where: str = "", remedy: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.at = at


class AnswerInvalid(InputProblem):
    """An answer stands where the form has no question, or is of another type."""

    code = "collection.answer-invalid"


class MatchInvalid(InputProblem):
    """A confirmed match of two questions names one that is not there, or one twice."""

    code = "collection.match-invalid"


class FormNotFound(Problem):
    """No form of that number is open to the account."""

    code = "collection.form-not-found"
    status = 404


class FormUploadNotFound(Problem):
    """No upload of that number is open to the account."""

    code = "collection.form-upload-not-found"
    status = 404


class SubmissionNotFound(Problem):
    """No submission of that number is open to the account."""

    code = "collection.submission-not-found"
    status = 404


class UploadNotReady(Problem):
    """The upload has faults, is still being converted, or is published or withdrawn already."""

    code = "collection.upload-not-ready"
    status = 409


class FormChanged(Problem):
    """Another version was published meanwhile, so the difference must be looked at again."""

    code = "collection.form-changed"
    status = 409


class FormVersionTaken(Problem):
    """A version of that name is published already."""

    code = "collection.form-version-taken"
    status = 409


class FormStateNotAllowed(Problem):
    """The form cannot go to that state from where it is."""

    code = "collection.form-state-not-allowed"
    status = 409


class FormMediaMissing(Problem):
    """A list of choices that the form reads is not there."""

    code = "collection.form-media-missing"
    status = 409


class FormDetailsInvalid(InputProblem):
    """What a form needs beside its questions is missing or wrong."""

    code = "collection.form-details-invalid"


class FormMediaInvalid(InputProblem):
    """A file beside a form has a name that the form does not ask for."""

    code = "collection.form-media-invalid"


class NoValidRecord(Refusal):
    """No record was found that fulfils every condition of a form."""

    code = "collection.no-valid-record"


class XmlRefused(InputProblem):
    """The XML of a submission is not well formed, or holds what could harm."""

    code = "collection.xml-refused"


class DeviceInvalid(InputProblem):
    """A device would have no form, a form of another programme, or a key that lasts too long."""

    code = "collection.device-invalid"
