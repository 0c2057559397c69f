"""Published figures for tests: rows as the actions would leave them, in a small country with two counties."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import transaction

from custodes.evidence.types import Cell, Uncertainty
from custodes.indicators.actions.revisions import content_of
from custodes.indicators.models import Reading
from custodes.ledger.actions import record
from custodes.places.models import Area, Category, Dimension
from custodes.programmes.models import Baseline, DefinitionVersion, Indicator, PlanVersion, Programme, Target
from custodes.programmes.queries import plan_fingerprint, plan_snapshot
from tests.factories import MAKER, make_area, make_definition_version, make_indicator, make_programme, make_result

NOVEMBER = (date(2025, 11, 1), date(2025, 11, 30))


def plant_reading(
    indicator: Indicator, value: float | None, *, area: Area | None = None, period: tuple[date, date] = NOVEMBER,
    categories: dict[str, str] | None = None, source: str = "survey", status: str = "published", kind: str = "round",
    version: DefinitionVersion | None = None, **fields: Any,
) -> Reading:  # fmt: skip
    """One reading; published in November 2025 by two people unless said otherwise."""
    categories = categories or {}
    values: dict[str, Any] = {
        "n": 1200, "missing": 40, "method": indicator.definition.current.estimator, "code_version": "0.1", "entered_by": "account:1",
        "verified_by": "account:2" if status in ("verified", "published") else "", "created_by": MAKER,
        "refusal": "" if value is not None else "refused",
        "published_at": datetime(2026, 1, 15, 12, tzinfo=UTC) if status == "published" else None, "dataset_hashes": ["ab" * 32],
    }  # fmt: skip
    reading = Reading(
        indicator=indicator, definition_version=version or indicator.definition.current, start=period[0], end=period[1], period_kind=kind,
        area=area or indicator.programme.country_area, categories=categories, cell_key=Cell.of(categories).key, source=source,
        value=value, status=status, **(values | fields),
    )  # fmt: skip
    reading.result_hash = content_of(reading).hash
    reading.save()
    return reading


def plant_survey_reading(indicator: Indicator, value: float, *, half: float = 0.03, **options: Any) -> Reading:
    """A survey share with its interval."""
    shares = {
        "low": value - half,
        "high": value + half,
        "se": half / 1.96,
        "coverage": 0.95,
        "design_effect": 1.9,
        "df": 118.0,
    }
    return plant_reading(indicator, value, uncertainty=Uncertainty.DESIGN.value, **(shares | options))


def plant_count(indicator: Indicator, value: float, **options: Any) -> Reading:
    """A count of people from a register."""
    return plant_reading(
        indicator,
        value,
        **({"source": "register", "kind": "year", "numerator": value, "n": int(value), "missing": 0} | options),
    )


def approve(programme: Programme) -> PlanVersion:
    """The plan as it stands, frozen as its next version, with its ledger entry."""
    with transaction.atomic():
        entry = record(
            "plan.approve", subject=f"programme:{programme.pk}", by="account:3", role="approver", why="Agreed"
        )
    return PlanVersion.objects.create(
        programme=programme, number=programme.plan_versions.count() + 1, snapshot=plan_snapshot(programme), sha256=plan_fingerprint(programme),
        reason="Agreed", approved_by="account:3", approved_at=datetime(2022, 3, 1, tzinfo=UTC), created_by=MAKER, entry=entry.seq,
    )  # fmt: skip


def plant_trust(programme: Programme, code: str = "TRU-01", **fields: Any) -> Indicator:
    """A survey indicator with baseline and target."""
    version = make_definition_version(
        code, **({"name": "Trust in the police", "source_kind": "People's survey"} | fields)
    )
    outcome = programme.results.first() or make_result(programme, code="O1")
    indicator = make_indicator(programme, result=outcome, definition=version.definition, source="survey")
    Baseline.objects.create(indicator=indicator, value=0.385, on=date(2022, 11, 30), source="Round 1", created_by=MAKER)
    Target.objects.create(indicator=indicator, value=0.55, on=date(2027, 12, 31), created_by=MAKER)
    return indicator


def plant_complaints(programme: Programme, code: str = "ACC-01") -> Indicator:
    """A sensitive count of people by sex, whose small cells must not leave."""
    version = make_definition_version(
        code, name="Complaints", unit="persons", estimator="administrative_count", direction="none", counts_people=True, is_sensitive=True,
    )  # fmt: skip
    outcome = programme.results.first() or make_result(programme, code="O1")
    return make_indicator(programme, result=outcome, definition=version.definition, source="register")


@dataclass
class PublicCountry:
    """A public programme with trust and complaints, in a country of two counties."""

    area: Area
    county_a: Area
    county_b: Area
    programme: Programme
    trust: Indicator
    complaints: Indicator


def plant_country() -> PublicCountry:
    """Two rounds of trust by county and sex; complaints of one year with a small cell."""
    area = make_area("XX", name="Xandria", country="XX")
    counties = [
        make_area(code, name=name, parent=area, country="XX") for code, name in (("XA", "Alder"), ("XB", "Birch"))
    ]
    sex = Dimension.objects.create(code="sex", name="Sex", exhaustive=True, created_by=MAKER)
    Category.objects.create(dimension=sex, code="female", name="Women", position=1)
    Category.objects.create(dimension=sex, code="male", name="Men", position=2)
    programme = make_programme("reform", title="Police reform", country_area=area)
    trust, complaints = plant_trust(programme), plant_complaints(programme)
    approve(programme)
    plant_survey_reading(trust, 0.399, period=(date(2023, 11, 1), date(2023, 11, 30)))
    plant_survey_reading(trust, 0.483)
    plant_survey_reading(trust, 0.512, area=counties[0], half=0.1, n=110)
    plant_survey_reading(trust, 0.441, area=counties[1], half=0.1, n=104)
    plant_survey_reading(trust, 0.50, categories={"sex": "female"}, n=610)
    plant_survey_reading(trust, 0.466, categories={"sex": "male"}, n=590)
    year = (date(2025, 1, 1), date(2025, 12, 31))
    plant_count(complaints, 648.0, period=year)
    plant_count(complaints, 641.0, period=year, categories={"sex": "male"})
    plant_count(complaints, 7.0, period=year, categories={"sex": "female"})
    return PublicCountry(area, *counties, programme, trust, complaints)
