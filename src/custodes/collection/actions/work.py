"""The job of an import: read the file through, ask or go on, convert, and end with data set, run and lease in one transaction.

It may be killed anywhere: until the last transaction only files under temporary names exist, or files named by their bytes, and a second
attempt makes the same bytes again.
"""

import time
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from custodes.collection.actions.imports import check_import_role
from custodes.collection.actions.keeping import FORM_MEDIA, FORMS, checked_file, sender_of
from custodes.collection.actions.writing import Written, metadata_of, write_rows
from custodes.collection.conversion import Conversion
from custodes.collection.errors import NothingAccepted
from custodes.collection.models import ImportRun, SourceMapping
from custodes.collection.placing import AreaShape, Placing
from custodes.collection.pseudonyms import office_salt
from custodes.collection.reading import FileReading, read_through
from custodes.collection.registry import source as source_named
from custodes.collection.rules.dates import Span, covered_span
from custodes.collection.rules.mapping import fixed_span, header_signature
from custodes.collection.source import Source
from custodes.evidence.errors import Problem, TableEmpty
from custodes.jobs.actions import Lease
from custodes.ledger.actions import record, register_dataset, store_dataset_file
from custodes.ledger.models import Dataset
from custodes.people.models import Account
from custodes.places.models import Area
from custodes.places.queries import known_areas, remembered_matches
from custodes.places.rules import Matches, match_places

SWEPT_AFTER_SECONDS = 6 * 3600


def work_on_import(run: ImportRun, lease: Lease) -> None:
    """Do what the run's stage asks for. Ends with questions for a person, or with the data set."""
    sweep_abandoned_files()
    account = sender_of(run)
    grant = check_import_role(account, programme=run.programme, sensitivity=run.sensitivity)
    source, file = source_named(run.source), checked_file(run)
    remembered = _remembered_mapping(run, source, file)
    reading = read_through(
        source, file, given=run.mapping, remembered=remembered or {}, progress=lambda d, t: lease.report(d, 2 * t)
    )
    if not reading.rows:
        raise TableEmpty(
            _("The table has a header and no rows."), where=run.file_name, remedy=_("Export it again with its rows.")
        )
    matches = _matches(run, reading)
    confirms = bool((run.preview or {}).get("confirm")) and run.stage == ImportRun.Stage.PREVIEW and remembered is None
    if confirms or matches.open_texts or any(each.blocking for each in reading.questions):
        _ask(run, lease, reading, matches)
        return
    conversion = _conversion(run, source, reading, matches)
    metadata = metadata_of(run, source, reading.mapping)
    written = write_rows(
        run, file, conversion, metadata, progress=lambda done, total: lease.report(total + done, 2 * total)
    )
    try:
        if not written.rows:
            raise _nothing_accepted(run, written)
        _end(run, lease, reading, matches, written, conversion, account=account, role=grant.role)
    finally:
        written.parquet.unlink(missing_ok=True)
        if written.rejects is not None:
            written.rejects.unlink(missing_ok=True)


def _remembered_mapping(run: ImportRun, source: Source, file: Path) -> dict[str, Any] | None:
    """The mapping of an earlier file with the same columns, or None. A file that cannot be opened so is reported by the reading."""
    from custodes.collection.rules.mapping import mapping_from_json

    known = SourceMapping.objects.filter(programme=run.programme, source=run.source, series=run.series)
    if not known.exists():
        return None
    with source.read(file, mapping_from_json(run.mapping).layout) as rows:
        found = known.filter(header_sha256=header_signature(rows.header)).first()
    return None if found is None else dict(found.mapping)


def _matches(run: ImportRun, reading: FileReading) -> Matches:
    if not reading.places or reading.too_many_places:
        return Matches()
    level = reading.mapping.area_level
    span = fixed_span(reading.mapping) or reading.span
    areas = known_areas(run.country, level, starts=span.start if span else None, ends=span.end if span else None)
    return match_places(reading.places, areas, remembered_matches(run.country, level))


def _conversion(run: ImportRun, source: Source, reading: FileReading, matches: Matches) -> Conversion:
    mapping = reading.mapping
    whole: Span | None = fixed_span(mapping)
    if source.kind == "events" and {"start", "period"} & set(mapping.columns):
        whole = None  # every event has its own day; the fixed days say what the list covers
    elif whole is None and source.kind == "survey" and "start" not in mapping.columns:
        whole = reading.span
    shapes = _shapes(run.country, mapping.area_level) if "lon" in mapping.columns and "lat" in mapping.columns else ()
    placing = Placing(matches.matched, shapes, mapping.place_by_position)
    return Conversion(source, reading.header, mapping, placing, whole, office_salt())


def _shapes(country: str, level: int) -> tuple[AreaShape, ...]:
    import shapely

    rows = Area.objects.filter(level=level, geometry__isnull=False)
    rows = rows.filter(country=country) if country else rows
    return tuple(
        AreaShape(area.code, shapely.from_wkb(bytes(area.geometry)), area.valid_from, area.valid_to)
        for area in rows.order_by("code", "valid_from")
    )


def _ask(run: ImportRun, lease: Lease, reading: FileReading, matches: Matches) -> None:
    """Leave the questions with the run and end this piece of work."""
    run.preview = _preview(run, reading, matches)
    run.stage, run.rows_read = ImportRun.Stage.QUESTIONS, reading.rows
    with transaction.atomic():
        run.save(update_fields=["preview", "stage", "rows_read"])
        lease.finish()


def _preview(run: ImportRun, reading: FileReading, matches: Matches) -> dict[str, Any]:
    return {
        "confirm": bool((run.preview or {}).get("confirm")),
        "header": list(reading.header),
        "rows": reading.first_rows,
        "row_count": reading.rows,
        "mapping": reading.mapping.as_json(),
        "questions": [asdict(question) for question in reading.questions],
        "silent": [{"unit": each.unit, "from": each.start, "to": each.end} for each in reading.silent],
        "places": {
            "matched": dict(matches.matched),
            "proposed": {text: list(codes) for text, codes in matches.proposed.items()},
            "unmatched": list(matches.unmatched),
            "counts": {text: reading.places[text] for text in matches.open_texts},
        },
    }


def _nothing_accepted(run: ImportRun, written: Written) -> Problem:
    first = written.first_reject
    where = f"{run.file_name}, row {first.row}, column {first.column or '–'}" if first else run.file_name
    return NothingAccepted(
        _("Every row was rejected; the first: %(problem)s") % {"problem": first.problem if first else "–"},
        where=where,
        remedy=first.fix if first else "",
    )


def _end(
    run: ImportRun, lease: Lease, reading: FileReading, matches: Matches, written: Written, conversion: Conversion, *,
    account: Account, role: str,
) -> None:  # fmt: skip
    """Data set, remembered mapping, run, ledger and lease in one transaction."""
    sha256 = store_dataset_file(written.parquet)
    starts, ends = _covered(written, conversion)
    if written.rejects is not None:
        run.rejects.name = written.place_rejects(run.pk)
    notes = conversion.placing.notes
    run.preview = _preview(run, reading, matches) | {
        "unplaced": [list(each) for each in written.unplaced],
        "notes": {"outside": notes.outside, "differing": notes.differing, "examples": notes.first_differing},
    }
    run.rows_read, run.rows_rejected, run.rows_unplaced = reading.rows, written.rejected, written.unplaced_count
    run.stage, run.mapping = ImportRun.Stage.ENDED, reading.mapping.as_json()
    with transaction.atomic():
        known = Dataset.objects.filter(sha256=sha256).exists()
        run.outcome = ImportRun.Outcome.SAME if known else ImportRun.Outcome.NEW
        run.dataset = register_dataset(
            sha256=sha256, title=run.title, kind=conversion.source.kind, source=run.source, series=run.series,
            schema=written.schema, rows=written.rows, starts=starts, ends=ends, programme=run.programme,
            country=run.country, provenance=run.provenance, licence=run.licence, source_sha256=run.file_sha256,
            sensitivity=run.sensitivity, synthetic=run.synthetic, by=account.reference, role=role,
        )  # fmt: skip
        _remember_mapping(run, reading, account)
        run.entry = record(
            "import.end", subject=f"import:{run.pk}", by=account.reference, role=role,
            what={"outcome": run.outcome, "dataset": sha256, "rows": written.rows, "rejected": written.rejected,
                  "unplaced": written.unplaced_count},
        ).seq  # fmt: skip
        run.save(
            update_fields=[
                "preview", "rows_read", "rows_rejected", "rows_unplaced", "stage", "mapping", "outcome", "dataset",
                "rejects", "entry",
            ]
        )  # fmt: skip
        lease.finish()


def _covered(written: Written, conversion: Conversion) -> tuple[date | None, date | None]:
    """First and last day that the data set speaks of. A list of events covers the days that the mapping says, else those of its source's releases."""
    source = conversion.source
    if source.kind != "events":
        return written.starts, written.ends
    span = fixed_span(conversion.mapping) or covered_span(written.starts, written.ends, source.released)
    return (span.start, span.end) if span else (None, None)


def _remember_mapping(run: ImportRun, reading: FileReading, account: Account) -> None:
    """For the next file with these columns; the fixed days are this file's own."""
    stored = reading.mapping.as_json()
    stored.pop("dates", None)
    key = {"programme": run.programme, "source": run.source, "series": run.series}
    SourceMapping.objects.update_or_create(
        **key,
        header_sha256=header_signature(reading.header),
        defaults={"header": list(reading.header), "mapping": stored, "created_by": account.reference},
    )


def sweep_abandoned_files() -> int:
    """Remove what a killed worker left half-written. Returns how many files."""
    media, swept = Path(settings.MEDIA_ROOT), 0
    oldest = time.time() - max(SWEPT_AFTER_SECONDS, 2 * settings.JOB_LEASE_SECONDS)
    for folder in ("datasets", "incoming", "rejects", FORMS, FORM_MEDIA):
        for file in (media / folder).glob(".writing-*"):
            try:
                if file.stat().st_mtime < oldest:
                    file.unlink()
                    swept += 1
            except FileNotFoundError:
                continue  # its own worker finished meanwhile
    return swept
