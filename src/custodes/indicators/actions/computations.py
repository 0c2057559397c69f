"""From a request to readings: data sets and definition in, estimates out, every reading of the request or none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from custodes import __version__
from custodes.evidence.errors import ArgumentInvalid
from custodes.evidence.registry import estimator as estimator_named
from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions.estimation import estimate_computation
from custodes.indicators.actions.inputs import area_ids_by_end, asked_periods, gathered_inputs
from custodes.indicators.actions.revisions import content_of, keep_revisions, question_hash
from custodes.indicators.errors import DatasetUnsuitable
from custodes.indicators.models import Computation, Reading
from custodes.indicators.permissions import check_may
from custodes.indicators.rules.content import Content, Key
from custodes.indicators.rules.crossings import crossings_from_text, text_from_crossings
from custodes.jobs.actions import Lease, queue_job
from custodes.ledger.actions import record
from custodes.ledger.models import Dataset
from custodes.people.models import Account
from custodes.people.queries import rows_within
from custodes.places.models import Area
from custodes.programmes.models import DefinitionVersion, Indicator

FIGURE_FIELDS = (
    "value", "text", "numerator", "denominator", "se", "low", "high", "coverage", "uncertainty", "n", "missing", "missing_share",
    "missing_policy",
    "df", "design_effect", "completeness", "method", "refusal", "refusal_text", "is_estimated",
)  # fmt: skip
GONE = "indicators.no-longer-in-the-data"
CHANGED_FIELDS = (
    *FIGURE_FIELDS, "notes", "dataset_hashes", "status", "entered_by", "verified_by", "return_reason", "revision",
    "computation", "code_version", "result_hash", "entry", "area",
)  # fmt: skip


@transaction.atomic
def request_computation(
    indicator: Indicator,
    *,
    by: Account,
    datasets: Sequence[Dataset],
    source: str,
    start: date,
    end: date,
    period_kind: PeriodKind,
    every: PeriodKind | None = None,
    crossings: Sequence[Sequence[str]] = (),
    missing_policy: MissingPolicy | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Computation:
    """Ask a worker for the readings of one period, or of every month, quarter or year of a span: the total and every crossing asked for.

    Side effects  writes `computation.request` to the ledger and queues the job when the transaction is committed.
    Raises        NotAllowed; DatasetUnsuitable; ArgumentInvalid; PopulationMissing where a rate has no denominator.
    """
    grant = check_may(by, "compute", indicator, area_path=indicator.programme.country_area.path)
    version = _version_for(indicator, start, end)
    _check_datasets(version, datasets, by=by, programme=indicator.programme.code)
    computation = Computation(
        indicator=indicator,
        definition_version=version,
        source=source,
        estimator=version.estimator,
        arguments=_arguments(indicator, version, source, arguments or {}),
        missing_policy=(missing_policy or MissingPolicy(indicator.missing_policy)).value,
        start=start,
        end=end,
        period_kind=every or period_kind,
        every=every or "",
        crossings=[list(crossing) for crossing in crossings_from_text(text_from_crossings(crossings))],
        created_by=by.reference,
    )
    computation.inputs = gathered_inputs(computation, datasets)
    computation.save()
    computation.refresh_from_db()  # what is hashed is what will be read
    computation.datasets.set(datasets)
    entry = record(
        "computation.request", subject=f"computation:{computation.pk}", by=by.reference, role=grant.role,
        what={
            "indicator": indicator.code, "datasets": sorted(dataset.sha256 for dataset in datasets),
            "question": question_hash(computation),
        },
    )  # fmt: skip
    Computation.objects.filter(pk=computation.pk).update(entry=entry.seq)
    computation.entry = entry.seq
    queue_job(computation)
    return computation


def _arguments(
    indicator: Indicator, version: DefinitionVersion, source: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """The definition's arguments, the indicator's over them, those of the source over both, and what only this request can know.

    A request adds what is left open, such as the stage that was reached; what the definition says it cannot change, for the figure would bear
    the definition's name and mean something else.
    """
    settled = {**version.arguments, **indicator.arguments}
    settled |= settled.pop("sources", {}).get(source, {})
    open_names = {argument.name for argument in estimator_named(version.estimator).arguments} - set(settled)
    for name, value in given.items():
        if name not in open_names and settled.get(name) != value:
            raise ArgumentInvalid(
                _("“%(name)s” is settled by the definition, or unknown to it.") % {"name": name},
                where=indicator.code,
                remedy=_("Change the definition or the indicator, so that everybody sees what is measured."),
            )
    return {**settled, **given}


def _version_for(indicator: Indicator, start: date, end: date) -> DefinitionVersion:
    """The version in force on the first day of the period: the latest that had begun, or the first. One period has one definition (I6)."""
    versions = list(indicator.definition.versions.order_by("number"))
    between = next((version for version in versions if version.valid_from and start < version.valid_from <= end), None)
    if between:
        raise ArgumentInvalid(
            _("The definition changed on %(day)s, within the period.") % {"day": between.valid_from},
            where=indicator.code,
            remedy=_("Compute what came before and what came after apart."),
        )
    begun = [version for version in versions if version.valid_from is None or version.valid_from <= start]
    return begun[-1] if begun else versions[0]


def _check_datasets(version: DefinitionVersion, datasets: Sequence[Dataset], *, by: Account, programme: str) -> None:
    kinds = estimator_named(version.estimator).kinds
    if kinds and not datasets:
        raise DatasetUnsuitable(_("No data set was chosen."), remedy=_("Choose the one that holds the period."))
    visible = set(
        rows_within(Dataset.objects.all(), by, programme="programme")
        .filter(pk__in=[each.pk for each in datasets])
        .values_list("pk", flat=True)
    )
    for dataset in datasets:
        if dataset.pk not in visible:
            raise DatasetUnsuitable(
                _("There is no such data set for you."), remedy=_("Ask for a grant that covers it.")
            )
        if dataset.kind not in kinds:
            raise DatasetUnsuitable(
                _("This is a data set of the kind “%(kind)s”.") % {"kind": dataset.get_kind_display()},
                where=dataset.title,
                remedy=_("The indicator reads: %(kinds)s.") % {"kinds": ", ".join(sorted(kinds))},
            )
        if dataset.programme not in ("", programme):
            raise DatasetUnsuitable(
                _("It belongs to another programme."), where=dataset.title, remedy=_("Choose one of this programme.")
            )
    _check_one_source(datasets)


def _check_one_source(datasets: Sequence[Dataset]) -> None:
    """Rounds of one series are read as one; two sources stand side by side and are never added up (I22)."""
    series = sorted({(dataset.source, dataset.series) for dataset in datasets})
    if len(series) > 1:
        raise DatasetUnsuitable(
            _("These data sets come from different sources: %(series)s.")
            % {"series": ", ".join(f"“{name}” ({source})" for source, name in series)},
            where=", ".join(dataset.title for dataset in datasets),
            remedy=_("Compute each source apart, under its own name. Rounds of one source are imported as one series."),
        )


def work_on_computation(computation: Computation, lease: Lease) -> None:
    """The job: estimate outside any transaction, then write every reading and finish the lease in one."""
    found = estimate_computation(computation, on_progress=lease.report)
    with transaction.atomic():
        keep_contents(computation, found.contents)
        Computation.objects.filter(pk=computation.pk).update(gaps=found.gaps, code_version=__version__)
        lease.finish()


def keep_contents(computation: Computation, contents: Sequence[Content]) -> None:
    """Write new readings, revise those that changed, leave the others as they are; one ledger entry for the whole."""
    row_ids = area_ids_by_end(computation)
    areas = Area.objects.defer("geometry", "outline").in_bulk({pk for ids in row_ids.values() for pk in ids.values()})
    known = _known_readings(computation)
    fresh, changed = [], []
    for content in contents:
        reading, area = known.get(content.key), areas[row_ids[content.end][content.area]]
        if reading is None:
            fresh.append(_new_reading(computation, content, area))
        elif reading.result_hash != content.hash or reading.area_id != area.pk:
            reading.area = area
            changed.append(_revised(reading, computation, content))
    given = {content.key for content in contents}
    changed += [
        _gone(reading, computation)
        for key, reading in known.items()
        if key not in given and _is_asked(reading, computation)
    ]
    if not fresh and not changed:
        return
    entry = record(
        "computation.finish", subject=f"computation:{computation.pk}", by=computation.created_by, role="me_officer",
        what={
            "indicator": computation.indicator.code, "start": computation.start.isoformat(), "end": computation.end.isoformat(),
            "new": len(fresh), "revised": len(changed), "code_version": __version__,
            "hashes": [reading.result_hash for reading in (*fresh, *changed)],
        },
    )  # fmt: skip
    for reading in (*fresh, *changed):
        reading.entry = entry.seq
    Reading.objects.bulk_create(fresh, batch_size=200)
    Reading.objects.bulk_update(changed, CHANGED_FIELDS, batch_size=100)
    keep_revisions((*fresh, *changed), entry=entry)
    Computation.objects.filter(pk=computation.pk).update(entry=entry.seq)


def _known_readings(computation: Computation) -> dict[Key, Reading]:
    """Locked before the ledger is, in the order in which reviews lock them."""
    rows = Reading.objects.select_for_update(of=("self",)).select_related("area").order_by("pk").filter(
        indicator=computation.indicator, definition_version=computation.definition_version, source=computation.source,
        start__gte=computation.start, end__lte=computation.end,
    )  # fmt: skip
    asked = {(period.start, period.end) for period in asked_periods(computation)}
    return {
        Key(reading.start, reading.end, reading.area.code, reading.cell_key): reading
        for reading in rows
        if (reading.start, reading.end) in asked
    }


def _new_reading(computation: Computation, content: Content, area: Area) -> Reading:
    return Reading(
        indicator=computation.indicator, definition_version=computation.definition_version, start=content.start, end=content.end,
        period_kind=content.period_kind, area=area, categories=dict(content.categories), cell_key=content.cell_key,
        source=content.source, created_by=computation.created_by, created_at=timezone.now(),
        sensitivity=computation.indicator.sensitivity, **_figures(computation, content),
    )  # fmt: skip


def _revised(reading: Reading, computation: Computation, content: Content) -> Reading:
    """Back to draft, whatever it was: what was verified or published stands in the revisions."""
    for name, value in _figures(computation, content).items():
        setattr(reading, name, value)
    reading.status, reading.verified_by, reading.return_reason = Reading.Status.DRAFT, "", ""
    reading.revision += 1
    return reading


def _is_asked(reading: Reading, computation: Computation) -> bool:
    """Whether the computation was asked for this split, so that a cell it does not give is no longer in the data."""
    if reading.refusal == GONE:
        return False
    level = reading.area.level if reading.area.code != computation.inputs["total_area"] else None
    columns = (*reading.categories, *([f"area:{level}"] if level is not None else []))
    return sorted(columns) in [sorted(crossing) for crossing in [[], *computation.crossings]]


def _gone(reading: Reading, computation: Computation) -> Reading:
    """A cell that the data no longer have loses its number and goes back to its officer; what it said stands in its revisions."""
    gone = replace(
        content_of(reading), value=None, text="", numerator=None, denominator=None, se=None, low=None, high=None, n=0, missing=0,
        missing_share=None, df=None, design_effect=None, completeness=None, refusal=GONE,
        refusal_text="The data no longer have this group or area.", notes=(),
        dataset_hashes=tuple(sorted(computation.datasets.values_list("sha256", flat=True))),
    )  # fmt: skip
    return _revised(reading, computation, gone)


def _figures(computation: Computation, content: Content) -> dict[str, Any]:
    return {name: getattr(content, name) for name in FIGURE_FIELDS} | {
        "notes": list(content.notes), "dataset_hashes": list(content.dataset_hashes), "entered_by": computation.created_by,
        "computation": computation, "code_version": __version__, "result_hash": content.hash,
    }  # fmt: skip


def hashes_of(contents: Iterable[Content]) -> dict[Key, str]:
    """The hash of each content by area and cell."""
    return {content.key: content.hash for content in contents}
