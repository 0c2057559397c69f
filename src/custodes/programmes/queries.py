"""Questions on plans: which programmes, what is in them, what was approved, what waits for approval."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Coalesce

from custodes.evidence.types import Direction, PathShape
from custodes.ledger.rules import value_hash
from custodes.people.permissions import Visitor
from custodes.people.queries import rows_within
from custodes.programmes.models import (
    Baseline,
    Definition,
    DefinitionVersion,
    Indicator,
    PartnerRole,
    PlanChange,
    PlanVersion,
    Programme,
    Result,
)
from custodes.programmes.permissions import may_approve, may_plan
from custodes.programmes.rules.plan import exact, plan_difference
from custodes.programmes.rules.sheets import ReferenceSheet, Remark, sheet_remarks
from custodes.programmes.rules.targets import DatedValue, ExpectedPath, indicator_remarks
from custodes.programmes.signals import definition_in_use_asked

SHEET_FIELDS = tuple(ReferenceSheet.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class ResultBranch:
    """A result with its indicators and the results below it."""

    result: Result
    indicators: tuple[Indicator, ...]
    children: tuple["ResultBranch", ...]


@dataclass(frozen=True, slots=True)
class IndicatorRemark:
    """A remark of the SMART check, with the code of the indicator that it is on."""

    code: str
    remark: Remark


def visible_programmes(account: Visitor) -> QuerySet[Programme]:
    """The programmes that a live grant of the account covers (I25)."""
    rows = Programme.objects.select_related("country_area", "lead_institution")
    return rows_within(rows, account, programme="code", area="country_area__path", institution="lead_institution__path")


def programmes_with_counts(account: Visitor) -> QuerySet[Programme]:
    """The visible programmes with `result_count`, `indicator_count` and `version_number` of the approved plan."""
    return visible_programmes(account).annotate(
        result_count=Count("results", distinct=True),
        indicator_count=Count("indicators", distinct=True),
        version_number=Count("plan_versions", distinct=True),
    )


def public_programmes() -> QuerySet[Programme]:
    """Programmes shown to everybody: meant to be, and approved at least once, whatever waits for approval now."""
    approved = PlanVersion.objects.filter(programme=OuterRef("pk"))
    return Programme.objects.filter(is_public=True, sensitivity=0).filter(Exists(approved))


def visible_indicators(account: Visitor) -> QuerySet[Indicator]:
    """Indicators of visible programmes, each under its own sensitivity (I25): the one answer for tree, board, page and API.

    An indicator is of its own institution if it has one, else of the programme's lead.
    """
    rows = Indicator.objects.select_related("programme", "result", "definition").filter(
        programme__in=visible_programmes(account).values("pk")
    )
    rows = rows.alias(body_path=Coalesce("institution__path", "programme__lead_institution__path"))
    return rows_within(rows, account, area="programme__country_area__path", institution="body_path")


def visible_indicators_of(programme: Programme, account: Visitor) -> list[Indicator]:
    """The programme's indicators that the account may see, each with `.sheet`, baseline and targets loaded."""
    return _with_sheet_in_force(visible_indicators(account).filter(programme=programme))


def hidden_indicators_of(programme: Programme, account: Visitor) -> dict[int, str]:
    """The codes of the programme's indicators that the account may not see, by their keys."""
    rows = Indicator.objects.filter(programme=programme).exclude(pk__in=visible_indicators(account).values("pk"))
    return dict(rows.values_list("pk", "code"))


def visible_definitions(account: Visitor) -> QuerySet[Definition]:
    """The shared library of definitions: for everybody who has a grant at all, nothing for others (I25)."""
    if not account.is_authenticated or not account.live_grants:
        return Definition.objects.none()
    return Definition.objects.all()


def current_versions(definitions: QuerySet[Definition], *, words: str = "") -> QuerySet[DefinitionVersion]:
    """The version in force of each definition, by code, optionally those whose code, name, wording or standard hold the words."""
    newest = DefinitionVersion.objects.filter(definition=OuterRef("definition")).order_by("-number").values("pk")[:1]
    rows = DefinitionVersion.objects.filter(definition__in=definitions, pk=newest).select_related("definition")
    for word in words.split():
        rows = rows.filter(
            Q(definition__code__icontains=word)
            | Q(name__icontains=word)
            | Q(wording__icontains=word)
            | Q(standard__icontains=word)
        )
    return rows.order_by("definition__code")


def with_sheets(rows: QuerySet[Indicator]) -> QuerySet[Indicator]:
    """Indicators with baseline, targets and `sheet` (the definition's version in force), in a constant number of queries."""
    newest = DefinitionVersion.objects.filter(definition=OuterRef("definition")).order_by("-number").values("pk")[:1]
    versions = DefinitionVersion.objects.filter(pk=newest)
    return rows.select_related("definition", "baseline", "institution", "result", "programme").prefetch_related(
        "targets", Prefetch("definition__versions", queryset=versions, to_attr="newest")
    )


def indicators_of(programme: Programme) -> list[Indicator]:
    """All of the programme's indicators, whoever asks, for what is approved as a whole; with `.sheet`, baseline and targets loaded."""
    return _with_sheet_in_force(Indicator.objects.filter(programme=programme))


def _with_sheet_in_force(rows: QuerySet[Indicator]) -> list[Indicator]:
    indicators = list(with_sheets(rows))
    for indicator in indicators:
        indicator.sheet = indicator.definition.newest[0]
    return indicators


def results_tree(programme: Programme, indicators_shown: Sequence[Indicator]) -> tuple[ResultBranch, ...]:
    """The results from impact to output, with those indicators that the account may see, as `visible_indicators_of` returned them."""
    indicators: dict[int, list[Indicator]] = {}
    for indicator in indicators_shown:
        indicators.setdefault(indicator.result_id, []).append(indicator)
    children: dict[int | None, list[Result]] = {}
    for result in Result.objects.filter(programme=programme):
        children.setdefault(result.parent_id, []).append(result)

    def branch(result: Result) -> ResultBranch:
        below = tuple(branch(child) for child in children.get(result.pk, ()))
        return ResultBranch(result, tuple(indicators.get(result.pk, ())), below)

    return tuple(branch(result) for result in children.get(None, ()))


def latest_plan_version(programme: Programme) -> PlanVersion | None:
    """The approved plan in force, or None before the first approval."""
    return PlanVersion.objects.filter(programme=programme).order_by("-number").first()


def plan_version_before(version: PlanVersion) -> PlanVersion | None:
    """The version that this one replaced."""
    return PlanVersion.objects.filter(programme=version.programme, number__lt=version.number).first()


def expected_paths_of(programme: Programme) -> dict[str, ExpectedPath]:
    """The way from baseline to target of every indicator, by its code, as last approved.

    A change that waits for approval moves no light: the approved version speaks until the next one does. Before the first
    approval the plan speaks as it stands.
    """
    version = latest_plan_version(programme)
    if version:
        return expected_paths_in(version)
    return {row["code"]: _path_from_snapshot(row, None) for row in plan_snapshot(programme)["indicators"]}


def expected_paths_in(version: PlanVersion) -> dict[str, ExpectedPath]:
    """The way of every indicator, by its code, as this version approved it."""
    return {row["code"]: _path_from_snapshot(row, version.number) for row in version.snapshot["indicators"]}


def expected_path_of(indicator: Indicator) -> ExpectedPath:
    """The way from baseline to target of one indicator, as last approved; an indicator not yet approved has no path."""
    return expected_paths_of(indicator.programme).get(indicator.code, no_path(indicator.code))


def no_path(code: str) -> ExpectedPath:
    """What is expected of an indicator that no version has approved: nothing."""
    return ExpectedPath(code, None, (), PathShape.NONE, None, None)


def _path_from_snapshot(row: Mapping[str, Any], number: int | None) -> ExpectedPath:
    baseline = row["baseline"]
    return ExpectedPath(
        indicator=row["code"],
        baseline=DatedValue(date.fromisoformat(baseline["on"]), float(baseline["value"])) if baseline else None,
        targets=tuple(DatedValue(date.fromisoformat(t["on"]), float(t["value"])) for t in row["targets"]),
        shape=PathShape(row["path"]),
        step_on=date.fromisoformat(row["step_on"]) if row["step_on"] else None,
        version=number,
    )


def plan_snapshot(programme: Programme) -> dict[str, Any]:
    """The plan as it stands, in the form that a version freezes: sorted, figures as decimal text."""
    results = Result.objects.filter(programme=programme).select_related("parent").order_by("code")
    indicators = sorted(indicators_of(programme), key=lambda indicator: indicator.code)
    prefetch_related_objects(indicators, "read_with")
    partners = PartnerRole.objects.filter(programme=programme).select_related("organisation")
    lead = programme.lead_institution
    return {
        "programme": {
            "code": programme.code, "title": programme.title, "summary": programme.summary,
            "starts": programme.starts.isoformat(), "ends": programme.ends.isoformat(),
            "lead_institution": lead.code if lead else "", "is_public": programme.is_public,
        },
        "results": [_result_row(result) for result in results],
        "indicators": [_indicator_row(indicator) for indicator in indicators],
        "partners": sorted(
            (
                {
                    "organisation": row.organisation.name, "role": row.role,
                    "amount": f"{row.amount:.2f}" if row.amount is not None else "", "currency": row.currency,
                }
                for row in partners
            ),
            key=lambda row: (row["organisation"], row["role"]),
        ),
    }  # fmt: skip


def _result_row(result: Result) -> dict[str, Any]:
    return {
        "code": result.code, "level": result.level, "parent": result.parent.code if result.parent else "",
        "statement": result.statement, "actor": result.actor, "because": result.because,
        "assumptions": result.assumptions,
    }  # fmt: skip


def _indicator_row(indicator: Indicator) -> dict[str, Any]:
    baseline = baseline_of(indicator)
    return {
        "code": indicator.code, "result": indicator.result.code, "name": indicator.sheet.name,
        "definition": indicator.definition.code, "definition_version": indicator.sheet.number,
        "institution": indicator.institution.code if indicator.institution else "", "owner": indicator.owner,
        "frequency": indicator.frequency, "missing_policy": indicator.missing_policy,
        "arguments": exact(indicator.arguments), "source": indicator.source, "path": indicator.path, "path_reason": indicator.path_reason,
        "step_on": indicator.step_on.isoformat() if indicator.step_on else None, "is_public": indicator.is_public,
        "read_with": sorted(other.code for other in indicator.read_with.all()),
        "baseline": {"value": exact(baseline.value), "on": baseline.on.isoformat(), "source": baseline.source}
        if baseline else None,
        "targets": [
            {"on": target.on.isoformat(), "value": exact(target.value)}
            for target in sorted(indicator.targets.all(), key=lambda target: target.on)
        ],
    }  # fmt: skip


def plan_fingerprint(programme: Programme) -> str:
    """sha256 of the plan as it stands: what an approver read is what is approved."""
    return value_hash(plan_snapshot(programme))


def pending_changes(programme: Programme) -> QuerySet[PlanChange]:
    """Changes that no version has approved yet, oldest first."""
    return PlanChange.objects.filter(programme=programme, version=None)


def plans_to_approve(account: Visitor) -> list[Programme]:
    """Submitted plans that the account may approve or return; those that it manages are for somebody else (I7)."""
    waiting = _plans_in(account, Programme.Status.SUBMITTED)
    return [each for each in waiting if may_approve(account, each) and not may_plan(account, each)]


def plans_returned_to(account: Visitor) -> list[Programme]:
    """Plans that were approved before, whose change came back to those who manage them."""
    returned = _plans_in(account, Programme.Status.DRAFT).filter(plan_versions__isnull=False).distinct()
    return [each for each in returned if may_plan(account, each)]


def _plans_in(account: Visitor, status: str) -> QuerySet[Programme]:
    return visible_programmes(account).filter(status=status).select_related("country_area", "lead_institution")


def pending_difference(programme: Programme, *, hidden: Collection[str] = ()) -> list[str]:
    """What the plan as it stands changes in the approved version, in sentences; empty before the first approval.

    hidden  codes of the indicators that the reader may not see.
    """
    version = latest_plan_version(programme)
    if version is None:
        return []
    return plan_difference(
        snapshot_without(version.snapshot, hidden), snapshot_without(plan_snapshot(programme), hidden)
    )


def snapshot_without(snapshot: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    """The snapshot without the indicators of these codes, also where another one is read together with them."""
    return {
        **snapshot,
        "indicators": [_row_without(row, hidden) for row in snapshot["indicators"] if row["code"] not in hidden],
    }


def _row_without(row: Mapping[str, Any], hidden: Collection[str]) -> dict[str, Any]:
    others = [code for code in row.get("read_with", ()) if code not in hidden]
    return {**row, "read_with": others}


def told_changes(changes: QuerySet[PlanChange], *, hidden: Collection[int]) -> list[PlanChange]:
    """The changes whose reason was given, without those of indicators of these keys."""
    return list(changes.exclude(reason="").exclude(subject__in=[f"indicator:{pk}" for pk in hidden]))


def baseline_of(indicator: Indicator) -> Baseline | None:
    """The baseline, or None: a missing one is an everyday fact, not an error."""
    return indicator.baseline if hasattr(indicator, "baseline") else None


def dated_baseline(indicator: Indicator) -> DatedValue | None:
    """The baseline as a value on a day."""
    baseline = baseline_of(indicator)
    return DatedValue(baseline.on, baseline.value) if baseline else None


def dated_targets(indicator: Indicator) -> tuple[DatedValue, ...]:
    """The targets as values on days, by date."""
    return tuple(sorted(DatedValue(target.on, target.value) for target in indicator.targets.all()))


def sheet_of(version: DefinitionVersion) -> ReferenceSheet:
    """The reference sheet that a version holds."""
    values = {name: getattr(version, name) for name in SHEET_FIELDS}
    return ReferenceSheet(
        **{**values, "direction": Direction(version.direction), "dimensions": tuple(version.dimensions)}
    )


def smart_remarks(indicators: Sequence[Indicator]) -> tuple[IndicatorRemark, ...]:
    """What the SMART check says of the indicators that `indicators_of` returned."""
    return tuple(
        IndicatorRemark(indicator.code, remark)
        for indicator in indicators
        for remark in sheet_remarks(sheet_of(indicator.sheet))
        + indicator_remarks(
            baseline=dated_baseline(indicator), targets=dated_targets(indicator), shape=PathShape(indicator.path)
        )
    )


def definition_is_in_use(definition: Definition) -> bool:
    """Whether a verified reading of the definition exists (I6). If no app can answer, it is taken to be in use."""
    answers = definition_in_use_asked.send(sender=Definition, definition=definition)
    return not answers or any(answer for _, answer in answers)


def indicators_using(definition: Definition, account: Visitor) -> QuerySet[Indicator]:
    """Where a definition is applied, as far as the account may see."""
    return visible_indicators(account).filter(definition=definition).order_by(F("programme__title"), "code")


@cache
def library_sheets() -> dict[str, ReferenceSheet]:
    """The reference sheets that come with the software, by code."""
    text = files("custodes.programmes").joinpath("data/indicators.toml").read_text(encoding="utf-8")
    return {row["code"]: _sheet(row) for row in tomllib.loads(text)["indicator"]}


def _sheet(row: dict) -> ReferenceSheet:  # type: ignore[type-arg]
    values = {name: value for name, value in row.items() if name != "code"}
    return ReferenceSheet(
        **{**values, "direction": Direction(row["direction"]), "dimensions": tuple(row["dimensions"])}
    )
