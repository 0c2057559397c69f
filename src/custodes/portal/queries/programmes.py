"""The account of public programmes: what was promised as approved, what was reached as published."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet

from custodes.indicators.queries.board import BoardRow, breaks_of, rows_along
from custodes.indicators.queries.readings import public_figures_among
from custodes.indicators.rules.figures import Figure
from custodes.portal.rules.sentences import (
    PromiseCount,
    account_sentence,
    promise_count,
    promise_sentence,
    reached_sentence,
    verdict_sentence,
)
from custodes.programmes.models import Indicator, PartnerRole, PlanVersion, Programme, Result
from custodes.programmes.queries import expected_paths_in, no_path, public_programmes, with_sheets
from custodes.programmes.rules.targets import ExpectedPath

NATIONAL_TOTALS = Q(cell_key="", area=F("indicator__programme__country_area"))


@dataclass(frozen=True, slots=True)
class Promise:
    """One indicator and source: its row on the board, and the three sentences that tell it."""

    row: BoardRow
    plan: ExpectedPath
    promised: str
    reached: str
    verdict: str


@dataclass(frozen=True, slots=True)
class ResultAccount:
    """An approved result with its promises and the results below it."""

    code: str
    level: str
    level_words: str
    statement: str
    because: str
    assumptions: str
    promises: tuple[Promise, ...]
    children: tuple["ResultAccount", ...]


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation's part in a programme; the amount is decimal text, or empty."""

    organisation: str
    role: str
    amount: str
    currency: str

    @property
    def money(self) -> float:
        """The amount as a number, for pages alone."""
        return float(self.amount)


@dataclass(frozen=True, slots=True)
class ProgrammeAccount:
    """What a public programme promised and reached, as its plan was last approved."""

    programme: Programme
    version: PlanVersion
    title: str
    summary: str
    promises: tuple[Promise, ...]
    count: PromiseCount
    sentence: str
    updated: date | None

    @property
    def partners(self) -> tuple[Partner, ...]:
        """Who pays, answers for, and does the work, as approved."""
        names = dict(PartnerRole.Role.choices)
        return tuple(
            Partner(row["organisation"], str(names[row["role"]]), row["amount"], row["currency"])
            for row in self.version.snapshot["partners"]
        )

    @property
    def results(self) -> tuple[ResultAccount, ...]:
        """The tree of results as approved, with the promises of each."""
        homes = {row["code"]: row["result"] for row in self.version.snapshot["indicators"]}
        promises: dict[str, list[Promise]] = {}
        for promise in self.promises:
            promises.setdefault(homes.get(promise.row.indicator.code, ""), []).append(promise)
        return _branches(self.version.snapshot["results"], "", promises)

    @property
    def outside_the_plan(self) -> tuple[Promise, ...]:
        """Indicators that are measured in public though no version of the plan holds them yet."""
        planned = {row["code"] for row in self.version.snapshot["indicators"]}
        return tuple(promise for promise in self.promises if promise.row.indicator.code not in planned)


def _branches(
    rows: Sequence[Mapping[str, Any]], parent: str, promises: Mapping[str, Sequence[Promise]]
) -> tuple[ResultAccount, ...]:
    names = dict(Result.Level.choices)
    return tuple(
        ResultAccount(
            row["code"], row["level"], str(names[row["level"]]), row["statement"], row["because"], row["assumptions"],
            tuple(promises.get(row["code"], ())), _branches(rows, row["code"], promises),
        )
        for row in rows
        if row["parent"] == parent
    )  # fmt: skip


def public_indicators() -> QuerySet[Indicator]:
    """Indicators that everybody may see."""
    return Indicator.objects.filter(programme__in=public_programmes(), is_public=True, sensitivity=0)


def with_sheets_loaded(rows: QuerySet[Indicator]) -> list[Indicator]:
    """The indicators with `.sheet`, baseline, targets and the country of their programme."""
    found = list(with_sheets(rows).select_related("programme__country_area").order_by("programme", "position", "code"))
    for indicator in found:
        indicator.sheet = indicator.definition.newest[0]
    return found


def programme_accounts(*, language: str) -> list[ProgrammeAccount]:
    """The account of every public programme, by title."""
    return _accounts(public_programmes().order_by("title"), language=language)


def programme_account_or_none(code: str, *, language: str) -> ProgrammeAccount | None:
    """The account of one public programme."""
    found = _accounts(public_programmes().filter(code=code), language=language)
    return found[0] if found else None


def latest_versions(programmes: Iterable[Programme]) -> dict[int, PlanVersion]:
    """The approved plan in force of each programme, by its key."""
    newest = PlanVersion.objects.filter(programme=OuterRef("programme")).order_by("-number").values("pk")[:1]
    rows = PlanVersion.objects.filter(programme__in=[each.pk for each in programmes], pk=newest)
    return {row.programme_id: row for row in rows}


def _accounts(programmes: QuerySet[Programme], *, language: str) -> list[ProgrammeAccount]:
    found = list(programmes.select_related("country_area", "lead_institution"))
    versions = latest_versions(found)
    indicators = with_sheets_loaded(public_indicators().filter(programme__in=[each.pk for each in found]))
    figures = public_figures_among(indicators, NATIONAL_TOTALS)
    breaks = breaks_of(indicators)
    accounts = []
    for programme in found:
        own = [each for each in indicators if each.programme_id == programme.pk]
        country = programme.country_area.code
        totals = [
            figure for each in own for figure in figures[each.pk] if figure.is_total and figure.area_code == country
        ]
        accounts.append(_account(programme, versions[programme.pk], own, totals, breaks, language=language))
    return accounts


def _account(
    programme: Programme, version: PlanVersion, indicators: Sequence[Indicator], totals: Sequence[Figure],
    breaks: Mapping[int, tuple[date, ...]], *, language: str,
) -> ProgrammeAccount:  # fmt: skip
    plans = expected_paths_in(version)
    every = {each.code: plans.get(each.code, no_path(each.code)) for each in indicators}
    rows = rows_along(totals, indicators, plans=every, breaks=breaks)
    promises = tuple(_promise(row, every[row.indicator.code], language) for row in rows)
    count = promise_count(
        promise.row.standing for promise in promises if promise.row.is_main_source and promise.plan.target
    )
    days = [figure.published_on for figure in totals if figure.published_on]
    approved = version.snapshot["programme"]
    return ProgrammeAccount(
        programme, version, approved["title"], approved["summary"], promises, count,
        account_sentence(count, ends=date.fromisoformat(approved["ends"]), language=language), max(days, default=None),
    )  # fmt: skip


def _promise(row: BoardRow, plan: ExpectedPath, language: str) -> Promise:
    own = plan if row.is_main_source else no_path(row.indicator.code)
    return Promise(
        row, own, promise_sentence(own, unit=row.version.unit, language=language),
        reached_sentence(row.latest, language=language), verdict_sentence(row.standing),
    )  # fmt: skip
