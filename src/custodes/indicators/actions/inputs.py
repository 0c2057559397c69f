"""What a computation looks up once and keeps, so that it can be repeated: areas, populations, missing codes, the sample design."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.registry import estimator as estimator_named
from custodes.evidence.types import Cell, Period, PeriodKind
from custodes.indicators.errors import DatasetUnsuitable, PopulationMissing
from custodes.indicators.models import Computation
from custodes.indicators.rules.crossings import levels_in, periods_between
from custodes.ledger.models import Dataset
from custodes.places.models import Area, Population
from custodes.places.queries import PopulationFound, populations_for

DESIGN_COLUMNS = {"weight": "_weight", "strata": "_stratum", "clusters": "_cluster", "fpc": "_fpc"}


@dataclass(frozen=True, slots=True)
class Slice:
    """Periods that are estimated together: they end in one year, so that they share a denominator, and in the same areas."""

    periods: tuple[Period, ...]

    @property
    def span(self) -> Period:
        return Period(self.periods[0].start, self.periods[-1].end, self.periods[0].kind)

    @property
    def key(self) -> str:
        return self.span.end.isoformat()


def slices_of(computation: Computation) -> list[Slice]:
    """The periods that are asked for, in slices, as the kept `area_changes` divide them."""
    changes = [date.fromisoformat(day) for day in computation.inputs["area_changes"]]
    grouped = groupby(asked_periods(computation), key=lambda each: (each.end.year, bisect_right(changes, each.end)))
    return [Slice(tuple(group)) for _key, group in grouped]


def area_ids_by_end(computation: Computation) -> dict[date, dict[str, int]]:
    """Last day of each period → code → the row of the area that is valid on that day (I8)."""
    kept = computation.inputs["area_ids"]
    return {period.end: kept[part.key] for part in slices_of(computation) for period in part.periods}


def gathered_inputs(computation: Computation, datasets: Sequence[Dataset]) -> dict[str, Any]:
    """The look-ups of a computation as JSON: areas, and where needed `population`, `missing_codes`, `design`.

    `areas`, `area_ids` and `known_areas` stand by the last day of each slice, of which they speak; `area_changes` are the days between.
    """
    country = computation.indicator.programme.country_area
    periods = asked_periods(computation)
    versions = _area_versions(country, periods)
    levels = levels_in(computation.crossings)
    if levels and levels[0] <= country.level:
        raise ArgumentInvalid(
            _("“area:%(level)d” is no split: the total is the figure of the whole country.") % {"level": levels[0]},
            where=_("split by"),
            remedy=_("Name a level below it, such as area:%(level)d.") % {"level": country.level + 1},
        )
    inputs: dict[str, Any] = {"total_area": country.code, "area_changes": _area_changes(versions)}
    inputs |= {"areas": {}, "area_ids": {}, "known_areas": {}}
    computation.inputs = inputs
    names = {argument.name for argument in estimator_named(computation.estimator).arguments}
    if "population" in names:
        inputs["population"] = {}
    for part in slices_of(computation):
        areas = [country, *(area for area in versions if _is_valid(area, part.span.end))]
        chosen = [country, *(area for area in areas if area.level in levels and area.pk != country.pk)]
        inputs["areas"][part.key] = {str(level): _ancestor_codes(areas, level) for level in levels}
        inputs["area_ids"][part.key] = {area.code: area.pk for area in chosen}
        inputs["known_areas"][part.key] = sorted(area.code for area in areas)
        if "population" in names:
            year = part.span.end.year
            found = _population(country, chosen, computation, year)
            inputs["population"] |= {part.key: found, str(year): found}
    if "missing_codes" in names:
        inputs["missing_codes"] = _missing_codes(computation, datasets)
    inputs["design"] = _design(datasets)
    if estimator_named(computation.estimator).kinds == frozenset({"events"}):
        _check_covered(computation, datasets, periods)
    return inputs


def _check_covered(computation: Computation, datasets: Sequence[Dataset], periods: Sequence[Period]) -> None:
    """A month without an event is a zero only where the lists speak of the whole month (I21): any period beyond what they cover is refused."""
    covered = _joined([(each.starts, each.ends) for each in datasets if each.starts and each.ends])
    for period in periods:
        if not any(starts <= period.start and period.end <= ends for starts, ends in covered):
            spans = ", ".join(_("%(from)s to %(to)s") % {"from": starts, "to": ends} for starts, ends in covered)
            raise DatasetUnsuitable(
                _("The events cover %(covered)s, and not all of %(from)s to %(to)s.")
                % {"covered": spans or _("no known days"), "from": period.start, "to": period.end},
                where=computation.indicator.code,
                remedy=_(
                    "Ask for periods within those days, choose further data sets, or say when importing from which to which day the list is complete."
                ),
            )


def _joined(spans: Sequence[tuple[date, date]]) -> list[tuple[date, date]]:
    """Spans of days in order, those that touch or overlap made one."""
    joined: list[tuple[date, date]] = []
    for starts, ends in sorted(spans):
        if joined and starts <= joined[-1][1] + timedelta(days=1):
            joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
        else:
            joined.append((starts, ends))
    return joined


def _area_versions(country: Area, periods: Sequence[Period]) -> list[Area]:
    """The areas below the country that are valid on any of the days from the end of the first to the end of the last period."""
    rows = Area.objects.filter(path__startswith=country.path, valid_from__lte=periods[-1].end).exclude(
        code=country.code
    )
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=periods[0].end))
    return list(rows.defer("geometry", "outline").order_by("level", "code", "valid_from"))


def _area_changes(versions: Sequence[Area]) -> list[str]:
    begun = {area.valid_from for area in versions}
    ended = {area.valid_to + timedelta(days=1) for area in versions if area.valid_to and area.valid_to < date.max}
    return sorted(day.isoformat() for day in begun | ended)


def _is_valid(area: Area, on: date) -> bool:
    return area.valid_from <= on and (area.valid_to is None or area.valid_to >= on)


def _ancestor_codes(areas: Sequence[Area], level: int) -> dict[str, str]:
    """Code of every area at or below a level → code of its ancestor at that level."""
    heads = {area.path: area.code for area in areas if area.level == level}
    return {area.code: code for area in areas for path, code in heads.items() if area.path.startswith(path)}


def asked_periods(computation: Computation) -> tuple[Period, ...]:
    """The period of every reading that is asked for."""
    if not computation.every:
        return (Period(computation.start, computation.end, PeriodKind(computation.period_kind)),)
    periods = periods_between(computation.start, computation.end, PeriodKind(computation.every))
    if not periods:
        raise ArgumentInvalid(
            _("There is no whole %(kind)s between the two days.") % {"kind": computation.every},
            where=_("period"),
            remedy=_("Give the first and the last day of whole periods."),
        )
    return periods


def _population(country: Area, areas: Sequence[Area], computation: Computation, year: int) -> dict[str, Any]:
    """Persons of the country and of each area in a year, or in the latest year before it, from the newest version.

    Sex and age band follow the indicator's argument `population_group`, as in {"sex": "female"}; else everybody.
    """
    group = computation.arguments.get("population_group", {})
    found = populations_for(areas, year, sex=group.get("sex", ""), age_band=group.get("age_band", ""), use_earlier=True)
    if found is None or country.code not in found.persons:
        raise PopulationMissing(
            _("No population of %(area)s is known for %(year)s or before.") % {"area": country.name, "year": year},
            remedy=_("Import the population by area and year under Places."),
        )
    figures = found.persons if group else found.persons | _persons_of_groups(areas, found, computation.crossings)
    persons = {code.removeprefix(country.code) if _is_of(code, country) else code: figures[code] for code in figures}
    return {"year": found.year, "version": f"{found.source}, {found.version}", "persons": persons}


def _is_of(code: str, area: Area) -> bool:
    return code.partition("|")[0] == area.code


def _persons_of_groups(
    areas: Sequence[Area], found: PopulationFound, crossings: Sequence[Sequence[str]]
) -> dict[str, int]:
    """Persons by sex, age band or both, as the crossings ask, of the same year and version: `XA|sex=female`."""
    codes = {area.pk: area.code for area in areas}
    rows = Population.objects.filter(area__in=codes, year=found.year, source=found.source, version=found.version)
    asked = {tuple(column for column in ("sex", "age_band") if column in crossing) for crossing in crossings} - {()}
    persons = {}
    for area, sex, age_band, value in rows.values_list("area_id", "sex", "age_band", "value"):
        group = {name: code for name, code in (("sex", sex), ("age_band", age_band)) if code}
        if tuple(group) in asked:
            persons[f"{codes[area]}|{Cell.of(group).key}"] = value
    return persons


def _missing_codes(computation: Computation, datasets: Sequence[Dataset]) -> dict[str, dict[str, list[str]]]:
    """Hash of each data set → column that the estimator reads → the codes which that data set declares as missing there.

    The codes of one column say nothing of another, and those of one round nothing of the next. Codes that the definition names are an argument
    and hold for all.
    """
    arguments = computation.arguments
    columns = {arguments.get(name) for name in ("column", "numerator", "denominator")} | set(
        arguments.get("columns", ())
    )
    declared = {dataset.sha256: dataset.schema.get("missing", {}) for dataset in datasets}
    return {
        sha256: {column: sorted(codes) for column, codes in missing.items() if column in columns and codes}
        for sha256, missing in declared.items()
    }


def _design(datasets: Sequence[Dataset]) -> dict[str, str]:
    """The design columns that every data set has; a design that only some of them have is refused."""
    present = [{column["name"] for column in dataset.schema["columns"]} for dataset in datasets]
    design = {}
    for part, column in DESIGN_COLUMNS.items():
        having = [column in columns for columns in present]
        if any(having) and not all(having):
            raise DatasetUnsuitable(
                _("Some of the data sets have %(part)s and some have not.") % {"part": part},
                remedy=_("Choose data sets of one design, or map the column when importing."),
            )
        if having and all(having):
            design[part] = column
    return design
