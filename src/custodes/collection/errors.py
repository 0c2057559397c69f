"""This app's slice of the error catalogue.

Problem
├── SourceUnknown           no item of the shelf has that name
├── ImportNotFound          no import of that number is open to the account
├── ExportNotFound          no export of that number is open to the account
├── DatasetNotFound         no data set of that hash is open to the account
├── QuestionsOpen           the file needs answers before it can be imported
├── AnswerNotExpected       the import is not waiting for answers
├── SyntheticMismatch       invented rows stand under QR only, and QR holds nothing else (I27)
├── NoValidRecord           no record was found that fulfils every condition of a form
└── InputProblem
    ├── MappingInvalid      a mapping names what does not exist, or contradicts itself
    ├── FormUnreadable      a form's XML is not one, or is built to do harm
    ├── ExpressionInvalid   a form's expression cannot be read, or asks for what no form has
    ├── AnswerInvalid       an answer stands where the form has no question, or is of another type
    ├── MatchInvalid        a confirmed match of two questions names one that is not there, or one twice
    ├── ExportTooLarge      an export is larger than its format holds
    ├── FileTooLarge        the file is larger than an upload may be
    └── NothingAccepted     every row of the file was rejected
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


class NoValidRecord(Refusal):
    """No record was found that fulfils every condition of a form."""

    code = "collection.no-valid-record"
