"""A plan of a sample: everything that decides who is drawn from a frame, in one value that has a fingerprint."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.sampling.allocation import Allocation
from custodes.evidence.sampling.selection import Method


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a frame.

    unit      what a row is: a settlement, an enumeration area, a household, a person.
    cluster   the first-stage unit that a row lies in; None where rows are first-stage units themselves.
    strata    one stratum for each crossing.
    size      size measure of a row; a cluster without one has as its size the number of its rows.
    order     by what units are sorted before a systematic draw, before their names.
    listed    where rows are first-stage units: how many second-stage units were found there.
    eligible  where rows are households: how many persons may be asked.
    """

    unit: str
    cluster: str | None = None
    strata: tuple[str, ...] = ()
    size: str | None = None
    order: tuple[str, ...] = ()
    listed: str | None = None
    eligible: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample is drawn.

    units      first-stage units to draw in all; None where `given` says it for each stratum.
    given      by stratum: units to draw; spread: by stratum, the standard deviation for Neyman's rule.
    take       second-stage units to draw in each first-stage unit; None for one stage, or everybody in a cluster.
    within     how they are drawn: simple or systematic.
    one_person whether one eligible person of each drawn household is asked, each with the same chance (as by Kish's table).
    reserve    first-stage units held in reserve in each stratum; reserve_within: second-stage units in each first-stage unit.
    """

    columns: Columns
    seed: int
    method: Method = Method.SIMPLE
    units: int | None = None
    allocation: Allocation = Allocation.PROPORTIONAL
    given: Mapping[str, int] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    at_least: int = 2
    take: int | None = None
    within: Method = Method.SIMPLE
    one_person: bool = False
    reserve: int = 0
    reserve_within: int = 0

    def __post_init__(self) -> None:
        for is_wrong, what, where, remedy in self._contradictions():
            if is_wrong:
                raise ArgumentInvalid(what, where=where, remedy=remedy)

    @property
    def rows_are_clusters(self) -> bool:
        """Whether what is drawn from this frame is clusters, whose households are to be listed later."""
        return self.take is not None and self.columns.cluster is None

    @property
    def sha256(self) -> str:
        """The fingerprint of the plan: the same words, the same fingerprint, on any machine."""
        return hashlib.sha256(json.dumps(plan_as_json(self), sort_keys=True).encode()).hexdigest()

    def _contradictions(self) -> list[tuple[bool, str, str, str]]:
        is_given = self.allocation is Allocation.GIVEN
        lowest = min(self.reserve, self.reserve_within, self.seed)
        return [
            (lowest < 0, "A number below 0 was given.", "seed or reserve", "Give 0 or more."),
            (self.at_least < 1, "A stratum needs a unit.", "at least", "Give 1 or more; two are needed for a variance."),
            (self.take is not None and self.take < 1, "Nobody would be drawn in a cluster.", "take", "Give 1 or more."),
            (is_given == (self.units is not None), "Say once how many units are drawn.", "number of units",
             "Give a total to divide, or a number for each stratum with the allocation “given”."),
            (is_given != bool(self.given), "Numbers by stratum and the allocation do not go together.", "allocation",
             "Numbers by stratum go with the allocation “given”, and it needs them."),
            (self.allocation is Allocation.NEYMAN and not self.spread, "Neyman's rule needs to know how much units differ.",
             "allocation, spread", "Give the standard deviation of each stratum."),
            (self.method is Method.PPS and not (self.columns.size or self.columns.cluster),
             "A draw by size needs a size.", "size", "Name the column of the size measure."),
            (self.within is Method.PPS, "Within a cluster every unit has the same chance.", "within", "Choose simple or systematic."),
            (self.one_person and self.rows_are_clusters, "Persons are drawn in households, and these are not listed yet.",
             "one person", "Draw the households first, then say it there."),
            (bool(self.columns.listed) and not self.rows_are_clusters, "A number of listed units belongs to a cluster.",
             "listed", "Give --take, or leave it out: the rows of this frame are the list."),
            (self.reserve_within > 0 and (self.take is None or self.rows_are_clusters), "There is no second stage to hold a reserve of.",
             "reserve within", "Draw the second stage from a list, or leave it out."),
        ]  # fmt: skip


def plan_as_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it."""
    words: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return words


def plan_from_json(words: Mapping[str, Any]) -> Plan:
    """The plan that `plan_as_json` wrote. Raises KeyError, TypeError or ValueError for other content, ArgumentInvalid for contradictions."""
    columns = words["columns"]
    return Plan(
        **{
            **words,
            "columns": Columns(**{**columns, "strata": tuple(columns["strata"]), "order": tuple(columns["order"])}),
            "method": Method(words["method"]),
            "allocation": Allocation(words["allocation"]),
            "within": Method(words["within"]),
        }
    )


def with_second_stage(plan: Plan, columns: Columns, *, within: Method, one_person: bool, reserve_within: int) -> Plan:
    """The plan of clusters, carried on to the list of their households."""
    merged = replace(plan.columns, unit=columns.unit, cluster=columns.cluster, listed=None, eligible=columns.eligible)
    return replace(plan, columns=merged, within=within, one_person=one_person, reserve_within=reserve_within)
