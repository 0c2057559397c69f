"""Starting an import and answering its questions."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.collection.actions.keeping import kept_file
from custodes.collection.errors import AnswerNotExpected, MappingInvalid, QuestionsOpen, SyntheticMismatch
from custodes.collection.models import ImportRun
from custodes.collection.registry import source as source_named
from custodes.collection.rules.mapping import mapping_from_json
from custodes.evidence.errors import Problem
from custodes.jobs.actions import queue_job, work_on
from custodes.jobs.models import JobState
from custodes.ledger.actions import record
from custodes.ledger.models import Sensitivity
from custodes.people.models import Account, RoleGrant
from custodes.people.permissions import check_role
from custodes.people.rules import Role
from custodes.places.actions import remember_match
from custodes.places.rules import SYNTHETIC_COUNTRY
from custodes.programmes.models import Programme


def start_import(
    file: Path | BinaryIO, *, by: Account, source: str, title: str, series: str, licence: str, provenance: str,
    programme: str = "", country: str = "", synthetic: bool = False, sensitivity: int = Sensitivity.RESTRICTED,
    file_name: str = "", mapping: Mapping[str, Any] | None = None,
) -> ImportRun:  # fmt: skip
    """Keep a file and queue the import of it. Writes `import.start`.

    mapping  what is known of the file beforehand, such as {"encoding": "latin-1"}; the rest is proposed, and a person confirms it.
    Raises   NotAllowed, SourceUnknown, SyntheticMismatch, MappingInvalid, FileTooLarge, FileUnreadable.
    """
    with transaction.atomic():
        run = _new_run(
            file, by=by, source=source, title=title, series=series, licence=licence, provenance=provenance,
            programme=programme, country=country, synthetic=synthetic, sensitivity=sensitivity, file_name=file_name,
            mapping=mapping, confirm=True,
        )  # fmt: skip
        queue_job(run)
    return run


def import_file(
    file: Path, *, by: Account, source: str, title: str, series: str, licence: str, provenance: str, programme: str = "",
    country: str = "", synthetic: bool = False, sensitivity: int = Sensitivity.RESTRICTED,
    mapping: Mapping[str, Any] | None = None, matches: Mapping[str, str] | None = None,
) -> ImportRun:  # fmt: skip
    """The whole import in this process, for the command line and the demonstration; the same steps, lease and ledger.

    mapping  what the person declares; usual column names are proposed for the rest where it holds no `columns`.
    matches  written place to area code; the empty code says "none of ours". They are remembered.
    Raises   any Problem of the import; QuestionsOpen that lists what only a person can answer.
    """
    with transaction.atomic():
        run = _new_run(
            Path(file), by=by, source=source, title=title, series=series, licence=licence, provenance=provenance,
            programme=programme, country=country, synthetic=synthetic, sensitivity=sensitivity, file_name="",
            mapping=mapping, confirm=False,
        )  # fmt: skip
        _remember_matches(run, by=by, matches=matches or {}, level=mapping_from_json(run.mapping).area_level)
    work_on(run._meta.label_lower, run.pk)
    run.refresh_from_db()
    if run.state == JobState.FAILED:
        raise problem_from_row(run.problem or {})
    if run.stage == ImportRun.Stage.QUESTIONS:
        raise _questions_open(run)
    return run


def answer_import(
    run: ImportRun, *, by: Account, mapping: Mapping[str, Any], matches: Mapping[str, str] | None = None
) -> ImportRun:
    """Confirm or change the mapping and say what places mean; queues the import. Writes `import.answer` and `place.match`.

    A failed import may be answered too, for instance with another encoding.
    Raises NotAllowed, AnswerNotExpected, MappingInvalid, AreaNotFound.
    """
    grant = check_import_role(by, programme=run.programme, sensitivity=run.sensitivity)
    checked = mapping_from_json(mapping).as_json()
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        waits = run.stage == ImportRun.Stage.QUESTIONS and run.state == JobState.DONE
        if not waits and run.state != JobState.FAILED:
            raise AnswerNotExpected(
                _("This import is not waiting for answers."),
                where=str(run),
                remedy=_("Open its page to see where it stands."),
            )
        asked = (run.preview or {}).get("mapping") or checked  # its level is that of the areas that were offered
        _remember_matches(run, by=by, matches=matches or {}, level=mapping_from_json(asked).area_level)
        run.mapping = checked
        run.stage = ImportRun.Stage.IMPORT if waits else ImportRun.Stage.PREVIEW
        entry = record(
            "import.answer", subject=f"import:{run.pk}", by=by.reference, role=grant.role,
            what={"columns": [f"{role}={column}" for role, column in checked.get("columns", {}).items()],
                  "matches": len(matches or {})},
        )  # fmt: skip
        run.entry = entry.seq
        queue_job(run)
    return run


def check_import_role(by: Account, *, programme: str, sensitivity: int) -> RoleGrant:
    """The grant by which an account may import for a programme, or NotAllowed."""
    return check_role(by, Role.ME_OFFICER, programme=programme, sensitivity=sensitivity)


def _new_run(
    file: Path | BinaryIO, *, by: Account, source: str, title: str, series: str, licence: str, provenance: str,
    programme: str, country: str, synthetic: bool, sensitivity: int, file_name: str, mapping: Mapping[str, Any] | None,
    confirm: bool,
) -> ImportRun:  # fmt: skip
    grant = check_import_role(by, programme=programme, sensitivity=sensitivity)
    item = source_named(source)
    check_synthetic(country, synthetic=synthetic)
    check_words(title=title, series=series, licence=licence, provenance=provenance)
    check_programme(programme)
    declared = mapping_from_json(mapping or {}).as_json()
    kept = kept_file(file, file_name=file_name)
    run = ImportRun.objects.create(
        programme=programme, source=item.slug, file=kept.name, file_name=kept.original, file_sha256=kept.sha256,
        file_bytes=kept.bytes, title=title, series=series, country=country, licence=licence, provenance=provenance,
        synthetic=synthetic, sensitivity=sensitivity, mapping=declared, preview={"confirm": confirm},
        created_by=by.reference,
    )  # fmt: skip
    entry = record(
        "import.start", subject=f"import:{run.pk}", by=by.reference, role=grant.role,
        what={"source": item.slug, "series": series, "file": kept.sha256, "bytes": kept.bytes, "synthetic": synthetic},
    )  # fmt: skip
    run.entry = entry.seq
    run.save(update_fields=["entry"])
    return run


def check_programme(code: str) -> None:
    """MappingInvalid where a code is no programme's; no code means every programme."""
    if code and not Programme.objects.filter(code=code).exists():
        raise MappingInvalid(
            _("There is no programme “%(code)s”.") % {"code": code}, where=_("programme"), remedy=_("Check its code.")
        )  # fmt: skip


def check_synthetic(country: str, *, synthetic: bool) -> None:
    """SyntheticMismatch unless invented rows stand under QR and QR holds nothing else (I27)."""
    if country and not re.fullmatch(r"[A-Z]{2,3}", country):
        raise MappingInvalid(
            _("“%(code)s” is no country code.") % {"code": country},
            where=_("country"),
            remedy=_("Write the two capital letters of ISO 3166, as in CF; leave it empty for several countries."),
        )
    if synthetic != (country == SYNTHETIC_COUNTRY):
        raise SyntheticMismatch(
            _("Invented data stand under %(code)s, and %(code)s holds nothing else.") % {"code": SYNTHETIC_COUNTRY},
            where=_("country %(country)s") % {"country": country or "–"},
            remedy=_("Give the real country's code, or say that the data are invented and use %(code)s.")
            % {"code": SYNTHETIC_COUNTRY},
        )


def check_words(**words: str) -> None:
    """MappingInvalid where what a data set says of itself is empty, or its series is no short name."""
    for name, text in words.items():
        if not text.strip():
            raise MappingInvalid(
                _("“%(name)s” is empty.") % {"name": name},
                where=_("import"),
                remedy=_("Say it: nobody can judge data without it."),
            )
    if not re.fullmatch(r"[-a-zA-Z0-9_]{1,80}", words["series"]):
        raise MappingInvalid(
            _("“%(series)s” is no short name.") % {"series": words["series"]},
            where=_("series"),
            remedy=_("Use letters, digits and hyphens, as in people-survey."),
        )


def _remember_matches(run: ImportRun, *, by: Account, matches: Mapping[str, str], level: int) -> None:
    for text, code in sorted(matches.items()):
        remember_match(text, by=by, country=run.country, level=level, area_code=code)


def _questions_open(run: ImportRun) -> QuestionsOpen:
    preview = run.preview or {}
    lines = [each["text"] for each in preview.get("questions", []) if each["blocking"]]
    places = preview.get("places", {})
    for text, codes in places.get("proposed", {}).items():
        lines.append(f"“{text}” may be {', '.join(codes)}.")
    lines += [f"“{text}” is no area that we know." for text in places.get("unmatched", [])]
    return QuestionsOpen(
        " ".join(lines[:20]) or _("The mapping waits for confirmation."),
        where=run.file_name,
        remedy=_("Answer in the mapping or the place matches (an empty code: none of ours), then import again."),
    )


def problem_from_row(stored: Mapping[str, str]) -> Problem:
    """The Problem that a job row keeps, in its own class, so that callers may tell one from another."""
    kinds = [Problem]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    found = next((kind for kind in kinds if kind.__dict__.get("code") == stored.get("code")), Problem)
    return found(stored.get("what", ""), where=stored.get("where", ""), remedy=stored.get("remedy", ""))
