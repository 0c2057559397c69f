"""One thing that is wrong with a form's file: where it stands, what it is, and what to do about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

UNKNOWN = "XLS-000"  # pyxform said something that no rule of ours explains; shown word for word


class Severity(StrEnum):
    """Whether a form can be published with it."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class FormProblem:
    """A fault of a form's file, for the person who will mend it.

    `code` is pyxform's where its catalogue has one, else ours; `row` counts as the spreadsheet does; `column` is the header as the person wrote it
    and `cell` its address; `text` is what stands there, and `at` the character at which it goes wrong.
    """

    code: str
    sheet: str
    row: int | None
    column: str
    problem: str
    remedy: str
    severity: Severity = Severity.ERROR
    cell: str = ""
    text: str = ""
    at: int | None = None

    @property
    def where(self) -> str:
        """The place in words: "survey, row 5, relevant"."""
        row = f"row {self.row}" if self.row is not None else ""
        return ", ".join(part for part in (self.sheet, row, self.column) if part)

    @property
    def caret(self) -> str:
        """The text with a mark under the character at fault; empty where no character is."""
        if self.at is None:
            return ""
        line = self.text.replace("\n", " ").replace("\t", " ")
        return f"{line}\n{' ' * self.at}^"

    @property
    def is_error(self) -> bool:
        """Whether the form cannot be published with it."""
        return self.severity == Severity.ERROR

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.problem} {self.remedy}".strip()


def as_warning(problem: FormProblem) -> FormProblem:
    """The same, as something to look at rather than to mend."""
    return replace(problem, severity=Severity.WARNING)


def in_order(problems: Iterable[FormProblem]) -> tuple[FormProblem, ...]:
    """Each problem once, by sheet, row and column, as a person goes through the workbook."""
    ordered = sorted(
        problems, key=lambda each: (each.sheet, each.row or 0, each.column, each.at or 0, each.code, each.problem)
    )
    return tuple(next(same) for _, same in groupby(ordered))
