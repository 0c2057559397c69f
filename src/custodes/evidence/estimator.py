"""What every item of the estimators' shelf is: a declaration, and one function from a checked request to a crossing of estimates."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from custodes.evidence.arguments import Argument, clean_arguments
from custodes.evidence.columns import check_column, check_not_empty, members, with_row_numbers
from custodes.evidence.errors import ArgumentInvalid, Problem
from custodes.evidence.types import Cell, Design, Estimate, MissingPolicy, Uncertainty

if TYPE_CHECKING:
    from custodes.evidence.survey import FloatArray, Frame


@dataclass(frozen=True, slots=True)
class Request:
    """A question that has been checked: the table has its columns and the arguments have their types."""

    estimator: "Estimator"
    table: Any
    arguments: Mapping[str, Any]
    design: Design
    by: tuple[str, ...]
    coverage: float
    missing: MissingPolicy

    def text(self, name: str) -> str:
        value = self.arguments[name]
        return "" if value is None else str(value)

    def number(self, name: str) -> float:
        return float(self.arguments[name])

    def flag(self, name: str) -> bool:
        return bool(self.arguments[name])

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self.arguments[name] or ())

    def population(self, name: str) -> dict[str, float]:
        return dict(self.arguments[name] or {})

    def refused(self, cell: Cell, refusal: Problem, *, n: int = 0, missing: int = 0, **known: Any) -> Estimate:
        """The estimate that says why there is none."""
        return Estimate(
            cell=cell,
            value=None,
            unit=self.estimator.unit,
            method=self.estimator.slug,
            n=n,
            missing=missing,
            refusal=refusal.code,
            refusal_text=refusal.sentence if refusal.where == (cell.key or "total") else str(refusal),
            uncertainty=self.estimator.uncertainty,
            **known,
        )


@dataclass(frozen=True, slots=True)
class Crossing:
    """The estimates of all cells of one crossing, with what is needed for the covariance between any two of them."""

    estimates: tuple[Estimate, ...]
    frame: "Frame | None" = None
    scores: "tuple[FloatArray | None, ...]" = ()

    def covariance(self) -> "FloatArray | None":
        """Covariance matrix of the cells, in their order; nan where a cell is refused; None where nothing is sampled."""
        if self.frame is None:
            return None
        from custodes.evidence.survey import covariance  # the survey core needs this module's names

        matrix = np.full((len(self.scores), len(self.scores)), np.nan)
        known = [index for index, scores in enumerate(self.scores) if scores is not None]
        if known:
            stacked = np.stack([cast("FloatArray", self.scores[index]) for index in known])
            matrix[np.ix_(known, known)] = covariance(self.frame, stacked)
        return matrix


@dataclass(frozen=True, slots=True)
class Estimator:
    """One kind of indicator.

    kinds     kinds of data set that it reads; empty where nothing is counted (a stage held by documents, a judgement).
    policies  the missing policies that have a meaning for it.
    compute   from a checked request to the crossing; raises InputProblem for the whole, refuses cell by cell.
    """

    slug: str
    name: str
    unit: str
    citation: str
    summary: str
    kinds: frozenset[str]
    arguments: tuple[Argument, ...]
    compute: Callable[[Request], Crossing]
    uncertainty: Uncertainty = Uncertainty.NONE
    policies: frozenset[MissingPolicy] = frozenset({MissingPolicy.EXCLUDE})

    def estimate(
        self,
        table: Any,
        *,
        arguments: Mapping[str, Any],
        design: Design | None = None,
        by: Sequence[str] = (),
        coverage: float = 0.95,
        missing: MissingPolicy = MissingPolicy.EXCLUDE,
    ) -> tuple[Estimate, ...]:
        """One Estimate per cell of the crossing of `by`, sorted by cell; the total alone where `by` is empty.

        Rows without a category stand under the empty code, so that a crossing leaves nobody out.
        """
        return self.crossing(
            table, arguments=arguments, design=design, by=by, coverage=coverage, missing=missing
        ).estimates

    def crossing(
        self,
        table: Any,
        *,
        arguments: Mapping[str, Any],
        design: Design | None = None,
        by: Sequence[str] = (),
        coverage: float = 0.95,
        missing: MissingPolicy = MissingPolicy.EXCLUDE,
    ) -> Crossing:
        """As `estimate`, with the covariances between cells that gaps and changes need."""
        if not 0.5 <= coverage < 1:
            raise ArgumentInvalid(
                f"A coverage of {coverage} makes no interval.",
                where="coverage",
                remedy="Give a number from 0.5 up to, not including, 1.",
            )
        if missing not in self.policies:
            raise ArgumentInvalid(
                f"“{self.name}” cannot count missing answers in the denominator: they have no number.",
                where="missing policy",
                remedy="Exclude and report them.",
            )
        request = Request(
            self, table, clean_arguments(self.arguments, arguments), design or Design(), tuple(by), coverage, missing
        )
        return self.compute(request) if not self.kinds else self.compute(_on_checked_table(request))


def _on_checked_table(request: Request) -> Request:
    """The request with its table: rows numbered, and only members kept unless the sample design needs the others."""
    if request.table is None:
        raise ArgumentInvalid(
            f"“{request.estimator.name}” needs a data set.", where="table", remedy="Choose one to read."
        )
    table = with_row_numbers(request.table)
    for column in request.by:
        check_column(table, column, where="categories")
    if len(set(request.by)) != len(request.by):
        raise ArgumentInvalid("A column is crossed with itself.", where="categories", remedy="Name each column once.")
    check_not_empty(table)
    if request.estimator.uncertainty is not Uncertainty.DESIGN:
        table = members(table)
    return Request(
        request.estimator,
        table,
        request.arguments,
        request.design,
        request.by,
        request.coverage,
        request.missing,
    )
