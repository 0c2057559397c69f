"""The error catalogue of the library, and the root from which every package's catalogue grows.

Problem
├── InputProblem            the person's file, form or command is wrong; says what, where and what to do
│   ├── ColumnMissing       a named column is not in the table
│   ├── ColumnNotNumeric    text stands where a number is needed
│   ├── ArgumentInvalid     an argument contradicts another, or is out of range
│   ├── TableEmpty          there is no row to read
│   ├── FileUnreadable      the file is not what its name says, or is damaged
│   ├── NumeratorOutOfRange a percentage whose numerator is below zero or above its denominator (I3)
│   ├── ReplacementOutOfOrder  a unit was to step in before its turn in the reserve
│   └── EstimatorUnknown    no item of the shelf has that name
└── Refusal                 the input is well formed, but no honest number follows from it
    ├── SampleTooSmall      fewer than two units in a domain
    ├── LonelyStratum       a stratum with one cluster
    ├── DenominatorZero     a share or rate of nothing
    ├── NothingObserved     every answer is missing
    ├── NothingPairable     no unit was coded by two coders
    ├── OneCategory         everybody gave the same code or outcome
    ├── UnequalCodings      units were coded by different numbers of coders
    ├── NoReserveLeft       a sample has nothing left in reserve to step in
    ├── NotConverged        an iterative fit found no optimum, or one whose curvature gives no variance
    └── BreakInSeries       two figures on either side of a break are not compared (I6)
"""

from typing import ClassVar


class Problem(Exception):
    """Something a person can be told: what is wrong, where, and what to do next."""

    code: ClassVar[str] = "problem"
    status: ClassVar[int] = 400

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    @property
    def sentence(self) -> str:
        """What is wrong and what to do, for whoever knows the place already."""
        return f"{self.what} {self.remedy}".strip()

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        next_step = f" {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{next_step}"


class InputProblem(Problem):
    """The input is wrong; the message names the place and the remedy."""

    code = "input.invalid"


class ColumnMissing(InputProblem):
    """A column that was named is not in the table."""

    code = "input.column-missing"


class ColumnNotNumeric(InputProblem):
    """Text stands where a number is needed."""

    code = "input.column-not-numeric"

    def __init__(self, what: str, *, where: str = "", remedy: str = "", value: str = "") -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.value = value  # what stands there, where it may be a code for no answer; otherwise empty


class ArgumentInvalid(InputProblem):
    """An argument is out of range or contradicts another."""

    code = "input.argument-invalid"


class TableEmpty(InputProblem):
    """There is no row to read."""

    code = "input.table-empty"


class FileUnreadable(InputProblem):
    """The file is not what its name says, or is damaged."""

    code = "input.file-unreadable"


class EngineAbsent(InputProblem):
    """The engine that was asked for is not installed, or does not answer."""

    code = "input.engine-absent"


class NumeratorOutOfRange(InputProblem):
    """A percentage has a numerator below zero or above its denominator."""

    code = "input.numerator-out-of-range"


class ReplacementOutOfOrder(InputProblem):
    """A unit was to step into a sample before its turn in the reserve."""

    code = "input.replacement-out-of-order"


class EstimatorUnknown(InputProblem):
    """No estimator on the shelf has that name."""

    code = "input.estimator-unknown"
    status = 404


class Refusal(Problem):
    """The input is well formed, but no honest number follows from it."""

    code = "refused"
    status = 422


class SampleTooSmall(Refusal):
    """A domain has fewer than two units, so that nothing can be said of its uncertainty."""

    code = "refused.sample-too-small"


class LonelyStratum(Refusal):
    """A stratum has one cluster, so that its variance cannot be estimated."""

    code = "refused.lonely-stratum"


class DenominatorZero(Refusal):
    """A share or a rate of nothing was asked for."""

    code = "refused.denominator-zero"


class NothingObserved(Refusal):
    """Every answer in a domain is missing."""

    code = "refused.nothing-observed"


class NothingPairable(Refusal):
    """No unit was coded by two coders, or no two raters share one, so that nothing can be compared."""

    code = "refused.nothing-pairable"


class OneCategory(Refusal):
    """Everybody gave the same code or outcome, so that agreement, association or a predictor cannot be told from chance."""

    code = "refused.one-category"


class UnequalCodings(Refusal):
    """Units were coded by different numbers of coders, which this coefficient does not allow."""

    code = "refused.unequal-codings"


class NoReserveLeft(Refusal):
    """A sample has nothing left in reserve in that stratum or cluster, so that nobody can step in."""

    code = "refused.no-reserve-left"


class NotConverged(Refusal):
    """An iterative fit found no optimum, or one whose curvature gives no variance, so that its figure is not shown."""

    code = "refused.not-converged"


class BreakInSeries(Refusal):
    """The definition, area or source changed between two figures, so that their difference means nothing."""

    code = "refused.break-in-series"
