"""The Republic of Karuna and its reform plan, entered through the platform's own actions by the people whose task it is."""

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from custodes.evidence.types import Direction, MissingPolicy, PathShape
from custodes.people.actions import create_institution, create_organisation
from custodes.people.models import Account, Institution, Organisation
from custodes.places.actions import declare_succession, import_boundaries, import_population
from custodes.places.models import Area, Category, Dimension
from custodes.programmes.actions import (
    add_indicator,
    add_partner,
    add_result,
    approve_plan,
    create_definition,
    create_programme,
    edit_definition,
    load_indicator_library,
    read_together,
    set_baseline,
    set_targets,
    submit_plan,
)
from custodes.programmes.models import Definition, Indicator, Programme, Result
from custodes.programmes.queries import sheet_of
from custodes.programmes.rules.sheets import ReferenceSheet
from custodes.programmes.rules.targets import DatedValue
from custodes.site.demo import PROVENANCE
from custodes.site.demo.country import Country, IndicatorPlan, Plan
from custodes.site.demo.files import Feed, uploads

PROGRAMME = "accountability"
BLANKS = {"TRU-01": ("«institution»", "the police"), "CAP-04": ("«law, procedure»", "the conduct regulation")}
INSTITUTION_KINDS = {"armed forces": "armed_forces", "non-state": "non_state", "complaints authority": "complaints"}
ROLES = {"funding": "1", "accountable": "2", "extending": "3", "implementing": "4"}

DIMENSIONS = (
    ("sex", "Sex", {"female": "women", "male": "men"}),
    ("age_band", "Age", {band: band.replace("-", "–") for band in ("18-24", "25-34", "35-49", "50-64", "65+")}),
    ("group", "Ethnic group", {"karun": "Karun", "ossari": "Ossari", "lumeni": "Lumeni", "other": "other groups"}),
    ("urban", "Town and country", {"urban": "towns", "rural": "countryside"}),
    ("disability", "Disability", {"yes": "with a disability", "no": "without a disability"}),
    ("rank_band", "Rank", {"constable": "constables", "sergeant": "sergeants", "inspector_and_above": "inspectors and above"}),
    ("policing_area", "Community policing", {"covered": "areas with community policing", "never": "areas without"}),
    ("kind", "Kind of equipment", {"vehicle": "vehicles", "radio": "radios"}),
    ("risk_area", "Risk area", {name: name for name in ("political", "financial", "personnel", "operations", "procurement")}),
    (
        "institution", "Institution",
        {
            "audit-office": "Audit Office", "committee-on-security": "Committee on Security",
            "complaints-authority": "Police Complaints Authority", "ombudsperson": "Ombudsperson",
        },
    ),
)  # fmt: skip


def enter_country(country: Country, folder: Path, *, officer: Account) -> Area:
    """Boundaries until 2024 and from 2025, the transfer of Velda, the population, and the dimensions; returns the country."""
    for level in (0, 1, 2):
        _import_level(folder / "boundaries_2021.geojson", level, date(2011, 1, 1), officer)
    _import_level(folder / "boundaries_2025.geojson", 2, country.transfer.on, officer)
    areas = {area.code: area for area in Area.objects.filter(country=country.code, valid_to=None)}
    ended = Area.objects.get(code=country.transfer.origin, valid_to__lt=country.transfer.on)
    declare_succession(
        ended, by=officer, successor=areas[country.transfer.destination], share=country.transfer.share,
        on=country.transfer.on, basis=f"people of {country.transfer.name}, by law",
    )  # fmt: skip
    _enter_population(folder, officer)
    for code, name, categories in DIMENSIONS:
        dimension = Dimension.objects.create(code=code, name=name, exhaustive=True, created_by=officer.reference)
        Category.objects.bulk_create(
            [
                Category(dimension=dimension, code=category, name=words, position=position)
                for position, (category, words) in enumerate(categories.items())
            ]
        )
    return areas[country.code]


def _enter_population(folder: Path, officer: Account) -> None:
    """People by county, sex and age band, and the totals that rates divide by, of county and country."""
    with (folder / "population.csv").open(encoding="utf-8", newline="") as stream:
        rows = [
            (row["county"], row["year"], row["sex"], row["age_band"], int(row["people"]))
            for row in csv.DictReader(stream)
        ]
    totals: Counter[tuple[str, str]] = Counter()
    for county, year, _sex, _age, people in rows:
        totals[county, year] += people
        totals["QR", year] += people
    parts = {
        2: rows + [(area, year, "", "", people) for (area, year), people in totals.items() if area != "QR"],
        0: [(area, year, "", "", people) for (area, year), people in totals.items() if area == "QR"],
    }
    for level, content in parts.items():
        file = folder / f"population-{level}.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([("area", "year", "sex", "age_band", "value"), *content])
        import_population(
            file, by=officer, country="QR", level=level, source="Statistics Bureau of Karuna, invented", version="2026-01",
            sex="sex", age_band="age_band",
        )  # fmt: skip


def _import_level(file: Path, level: int, valid_from: date, officer: Account) -> None:
    collection = json.loads(file.read_text(encoding="utf-8"))
    features = [feature for feature in collection["features"] if feature["properties"]["level"] == level]
    if valid_from.year > 2011:
        features = [feature for feature in features if feature["properties"]["valid_from"] == valid_from.isoformat()]
    part = file.with_name(f"{file.stem}-{level}.geojson")
    part.write_text(json.dumps(collection | {"features": features}), encoding="utf-8")
    import_boundaries(
        part, by=officer, country="QR", level=level, code_field="code", name_field="name", valid_from=valid_from,
        parent_field="parent" if level else None, source=PROVENANCE, synthetic=True,
    )  # fmt: skip


def enter_bodies(plan: Plan, *, administrator: Account) -> dict[str, Institution]:
    """Organisations and the tree of institutions, by slug."""
    for organisation in plan.organisations:
        create_organisation(
            organisation.name,
            by=administrator,
            kind=organisation.iati_type,
            identifier=organisation.identifier,
            is_fictional=True,
        )
    institutions: dict[str, Institution] = {}
    for entry in plan.institutions:
        institutions[entry.slug] = create_institution(
            entry.slug,
            by=administrator,
            name=entry.name,
            kind=INSTITUTION_KINDS.get(entry.kind, entry.kind),
            country="QR",
            parent=institutions.get(entry.parent),
        )
    return institutions


def enter_plan(
    plan: Plan, country_area: Area, institutions: Mapping[str, Institution], *, manager: Account, approver: Account
) -> Programme:
    """Programme, partners, results, indicators with baselines, targets and paths; submitted by the manager and approved by another."""
    load_indicator_library(by=manager)
    _own_definitions(manager)
    programme = create_programme(
        PROGRAMME, title=plan.title, summary=plan.summary, starts=plan.start, ends=plan.end, country_area=country_area,
        lead_institution=institutions.get(plan.lead), is_public=True, by=manager,
    )  # fmt: skip
    names = {organisation.slug: organisation.name for organisation in plan.organisations}
    for partner in plan.partners:
        add_partner(
            programme, organisation=_organisation(names.get(partner.organisation, partner.organisation)), role=ROLES[partner.role],
            amount=Decimal(str(partner.amount)) * 1_000_000 if partner.amount else None,
            currency=plan.currency if partner.amount else "", by=manager,
        )  # fmt: skip
    results: dict[str, Result] = {}
    for position, entry in enumerate(plan.results):
        results[entry.code] = add_result(
            programme, level=entry.level, code=entry.code, statement=entry.statement, parent=results.get(entry.parent),
            because=entry.because, assumptions=entry.assuming, position=position, by=manager,
        )  # fmt: skip
    for position, measured in enumerate(plan.indicators):
        _enter_indicator(measured, results[measured.result], institutions, position=position, manager=manager)
    _enter_context(results["I"], manager=manager)
    submit_plan(programme, by=manager, note="Agreed with the partners in December 2022.")
    approve_plan(programme, by=approver, reason="First plan, agreed by the Committee on Security.")
    return programme


def _organisation(name: str) -> Organisation:
    return Organisation.objects.get(name=name)


def _own_definitions(manager: Account) -> None:
    """What Karuna measures otherwise than the library proposes: homicide with the people of the same file below the line, and crime records."""
    homicide = Definition.objects.get(code="SAF-02")
    sheet = sheet_of(homicide.current)
    feed = _feeds("SAF-02")[0]
    edit_definition(
        homicide, sheet=replace(sheet, estimator=feed.estimator, arguments=dict(feed.arguments)), by=manager
    )
    for code, (blank, words) in BLANKS.items():
        definition = Definition.objects.get(code=code)
        sheet = sheet_of(definition.current)
        filled = {
            name: getattr(sheet, name).replace(blank, words) for name in ("name", "wording", "rationale", "limits")
        }
        edit_definition(definition, sheet=replace(sheet, **filled), by=manager)
    for code, sheet in CRIME_SHEETS.items():
        create_definition(code, sheet=sheet, by=manager)


def _feeds(code: str) -> list[Feed]:
    return [feed for upload in uploads() for feed in upload.feeds if feed.indicator == code]


def _enter_indicator(
    entry: IndicatorPlan, result: Result, institutions: Mapping[str, Institution], *, position: int, manager: Account
) -> Indicator:
    definition = Definition.objects.get(code=entry.code)
    feeds = _feeds(entry.code)
    scale = 0.01 if definition.current.unit == "proportion" else 1.0
    indicator = add_indicator(
        result, definition=definition, by=manager, path=PathShape(entry.path), position=position,
        path_reason=_why_no_path(entry),
        step_on=entry.step_on, institution=institutions.get(entry.owner), owner=entry.owner.replace("-", " "),
        missing_policy=MissingPolicy(feeds[0].missing), arguments=indicator_arguments(feeds),
        source="police" if entry.code == "SAF-02" else "",
    )  # fmt: skip
    set_baseline(
        indicator,
        value=entry.baseline * scale,
        on=entry.baseline_on,
        source=entry.source or "Baseline study",
        by=manager,
    )
    if entry.target is not None and entry.target_on is not None:
        targets = [
            DatedValue(milestone.on, milestone.value * scale)
            for milestone in entry.milestones
            if milestone.on < entry.target_on
        ]
        set_targets(indicator, targets=[*targets, DatedValue(entry.target_on, entry.target * scale)], by=manager)
    return indicator


def _why_no_path(entry: IndicatorPlan) -> str:
    if entry.path != "none":
        return ""
    if entry.target is not None:
        return "An impact has no path of its own: a value is promised for the end, and none on the way."
    return "A rise can mean trust, so that no value is promised."


def indicator_arguments(feeds: Sequence[Feed]) -> dict[str, Any]:
    """The arguments of an indicator's feeds as it keeps them; what columns fill is read when the figure is made. Sources choose their rows."""
    feed = feeds[0]
    arguments = {
        name: value for name, value in feed.arguments.items() if not name.endswith("_from") and name != "missing_codes"
    }
    if feed.where and "source" not in feed.where and "indicator" not in feed.where:
        arguments["where"] = {column: [value] for column, value in feed.where.items()}
    sources = {each.series: {"where": {"source": [each.where["source"]]}} for each in feeds if "source" in each.where}
    return arguments | ({"sources": sources} if sources else {})


def _enter_context(impact: Result, *, manager: Account) -> None:
    """Crime that the plan promises nothing about, and that misleads when one source is read alone."""
    indicators = [
        add_indicator(
            impact, definition=Definition.objects.get(code=code), by=manager, path=PathShape.NONE, position=90 + number,
            path_reason="Context: the plan promises no value.", owner="national police",
        )
        for number, code in enumerate(CRIME_SHEETS)
    ]  # fmt: skip
    recorded, reported = indicators[0], indicators[1]
    read_together(recorded, others=[reported], by=manager)


def _records(name: str, wording: str, kind: str, limits: str) -> ReferenceSheet:
    return ReferenceSheet(
        name=name, wording=wording, unit="per 100,000 people a month", estimator="administrative_ratio",
        numerator="Offences recorded by police stations", denominator="People of the stations' areas, once for each month",
        direction=Direction.NONE, source_kind="police station records", frequency="monthly",
        arguments={"numerator": "records", "denominator": "people", "percentage": False, "factor": 100000, "where": {"kind": [kind]}},
        over_time="recompute", over_place="recompute", dimensions=("area", "policing_area"),
        limits=limits, rationale="What the police know of; read beside what people say happened to them.",
    )  # fmt: skip


CRIME_SHEETS: dict[str, ReferenceSheet] = {
    "CRM-01": _records(
        "Recorded thefts per 100,000 people a month",
        "Thefts that police stations recorded, per 100,000 people of their areas and month.", "theft",
        "People report more of what happens when they trust the police: a record can rise while theft falls.",
    ),
    "CRM-02": ReferenceSheet(
        name="Adults victim of theft in the past 12 months",
        wording="Share of adults who say that something was stolen from them in the past 12 months, whether or not they reported it.",
        unit="proportion", estimator="survey_proportion", numerator="Weighted number who answer yes",
        denominator="Weighted number who answer yes or no", arguments={"column": "theft", "positive": ["1"]}, direction=Direction.DOWN,
        source_kind="survey", frequency="yearly", over_time="last", over_place="weighted", dimensions=("sex", "area", "policing_area"),
        rationale="What happened, whether or not the police know of it.", limits="Memory moves events into and out of the twelve months.",
        counts_people=True,
    ),
    "CRM-03": _records(
        "Recorded assaults per 100,000 people a month",
        "Assaults that police stations recorded, per 100,000 people of their areas and month.", "assault",
        "From January 2025 the form counts threats as assaults: the series breaks there.",
    ),
}  # fmt: skip
