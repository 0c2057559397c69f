"""How a published figure was made: data, definition, method, settings, and the roles that took it to the public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from custodes.evidence.estimator import Estimator
from custodes.evidence.registry import estimator as estimator_named
from custodes.indicators.models import Reading, ReadingRevision
from custodes.indicators.queries.readings import public_figures_among, published_readings
from custodes.indicators.queries.story import wording_for
from custodes.indicators.rules.displays import state_words
from custodes.indicators.rules.figures import Figure
from custodes.ledger.models import Dataset, Sensitivity
from custodes.people.rules import Role
from custodes.portal.queries.indicators import figure_words
from custodes.portal.queries.programmes import public_indicators, with_sheets_loaded
from custodes.programmes.models import DefinitionVersion, Indicator
from custodes.programmes.rules.words import MISSING


@dataclass(frozen=True, slots=True)
class DatasetUsed:
    """A data set by its hash; title, provenance and licence only where the data set itself is public or internal."""

    sha256: str
    title: str
    provenance: str
    licence: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One argument of the estimator in words."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class HistoryStep:
    """One act on a reading: what, in which role, on which day. Never who."""

    words: str
    role: str
    on: date
    entry: int


@dataclass(frozen=True, slots=True)
class Making:
    """Everything that says how one public figure was made."""

    figure: Figure
    words: str
    state: str
    indicator: Indicator
    definition: DefinitionVersion
    estimator: Estimator
    settings: tuple[Setting, ...]
    missing_policy: str
    population: str
    datasets: tuple[DatasetUsed, ...]
    history: tuple[HistoryStep, ...]
    code_version: str


def making_or_none(pk: int, *, language: str) -> Making | None:
    """The making of one published reading, from the protected figure."""
    reading = published_readings().select_related("definition_version__definition", "computation").filter(pk=pk).first()
    if reading is None:
        return None
    indicator = with_sheets_loaded(public_indicators().filter(pk=reading.indicator_id))[0]
    figures = public_figures_among([indicator], Q(pk=pk))[indicator.pk]
    figure = next(each for each in figures if each.pk == pk)
    wording = wording_for(reading.definition_version, [figure], language=language)
    item = estimator_named(reading.definition_version.estimator)
    computation = reading.computation
    return Making(
        figure=figure, words=figure_words(figure, wording, language), state="" if figure.is_shown else state_words(figure),
        indicator=indicator, definition=reading.definition_version, estimator=item,
        settings=_settings(item, computation.arguments) if computation else (),
        missing_policy=str(MISSING.get(computation.missing_policy, "")) if computation else "",
        population=_population_words(computation.inputs, reading.end.year) if computation else "",
        datasets=_datasets(figure.dataset_hashes), history=_history(reading), code_version=reading.code_version,
    )  # fmt: skip


def _settings(item: Estimator, arguments: Mapping[str, Any]) -> tuple[Setting, ...]:
    labels = {argument.name: argument.label for argument in item.arguments} | {
        "where": _("Only rows where"), "population_group": _("Population counted"),
    }  # fmt: skip
    return tuple(
        Setting(labels.get(name, name.replace("_", " ")), _value_words(value))
        for name, value in arguments.items()
        if value not in (None, "", [], {})
    )


def _value_words(value: Any) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {_value_words(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


def _population_words(inputs: Mapping[str, Any], year: int) -> str:
    found = inputs.get("population", {}).get(str(year))
    return f"{found['version']} ({found['year']})" if found else ""


def _datasets(hashes: Sequence[str]) -> tuple[DatasetUsed, ...]:
    known = {row.sha256: row for row in Dataset.objects.filter(sha256__in=hashes).defer("schema")}
    found = []
    for sha256 in hashes:
        row = known.get(sha256)
        if row is None or row.sensitivity > Sensitivity.INTERNAL:
            found.append(DatasetUsed(sha256, "", "", ""))
        else:
            found.append(DatasetUsed(sha256, row.title, row.provenance, row.licence))
    return tuple(found)


def _history(reading: Reading) -> tuple[HistoryStep, ...]:
    acts = {
        "computation.finish": _("Computed"), "reading.submit": _("Submitted"), "reading.verify": _("Verified by another person"),
        "reading.return": _("Returned"), "reading.publish": _("Published"), "reading.withdraw": _("Withdrawn"),
    }  # fmt: skip
    roles = dict(Role.choices)
    rows = ReadingRevision.objects.filter(reading=reading).order_by("number")
    return tuple(
        HistoryStep(acts.get(row.act, row.act), str(roles.get(row.role, row.role)), row.at.date(), row.entry)
        for row in rows.only("act", "role", "at", "entry", "number", "reading")
    )
