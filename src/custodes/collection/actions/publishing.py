"""A converted file becomes a version of its form, and its questions keep who they are."""

import hashlib
from collections.abc import Mapping

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from custodes.collection.actions.form_differences import wordings
from custodes.collection.actions.forms import check_form_role, check_ready, locked_upload
from custodes.collection.actions.imports import check_synthetic, check_words
from custodes.collection.actions.keeping import FORMS, place_by_hash
from custodes.collection.actions.submissions import adopt_known_versions
from custodes.collection.errors import FormChanged, FormMediaMissing, FormVersionTaken, MatchInvalid
from custodes.collection.models import Form, FormUpload, FormVersion, Question, QuestionColumn, QuestionVersion
from custodes.collection.rules.form_states import state_after_publishing
from custodes.collection.xform.analysis_columns import KeptName, analysis_columns
from custodes.collection.xform.model import Form as XForm
from custodes.collection.xform.reading import parse_form
from custodes.evidence.errors import FileUnreadable
from custodes.jobs.actions import queue_job
from custodes.ledger.actions import record
from custodes.people.models import Account


def publish_form_version(
    upload: FormUpload, *, by: Account, confirmed: Mapping[str, int] | None = None, series: str = "", licence: str = "",
    provenance: str = "", country: str = "", synthetic: bool = False,
) -> FormVersion:  # fmt: skip
    """Make the upload the current version of its form. Writes `form.publish`; opens a form that was a draft.

    confirmed  path of a new question → number of the former one that it is, as a person decided; every other new path is a new question.
    series, licence, provenance, country, synthetic   what the data sets of the form will say of themselves; asked for with its first version only.
    Raises     NotAllowed, UploadNotReady, FormChanged, FormVersionTaken, FormMediaMissing, MatchInvalid, MappingInvalid, SyntheticMismatch.
    """
    grant = check_form_role(by, programme=upload.programme, sensitivity=upload.sensitivity)
    with transaction.atomic():
        upload = locked_upload(upload)
        check_ready(upload)
        form = Form.objects.select_for_update().get(pk=upload.form_id)
        _check_publishable(upload, form)
        ids = dict(upload.summary["matches"]) | _checked_matches(upload, confirmed or {})
        if form.current_id is None:
            series = series or slugify(form.xform_id)[:80]
            check_synthetic(country, synthetic=synthetic)
            check_words(title=upload.title, series=series, licence=licence, provenance=provenance)
            form.series, form.licence, form.provenance = series, licence, provenance
            form.country, form.synthetic = country, synthetic
        content = _stored_xform(upload)
        xform = parse_form(content, stable_ids=upload.summary["stable_ids"])
        entry = record(
            "form.publish", subject=f"form:{form.pk}", by=by.reference, role=grant.role,
            what={"upload": upload.pk, "version": upload.version, "xform": upload.xform_sha256,
                  "questions": len(xform.questions), "confirmed": sorted(confirmed or {}),
                  "removed": [each["path"] for each in upload.summary["removed"]]},
        )  # fmt: skip
        version = _new_version(upload, form, xform, content, by=by, entry=entry.seq)
        _keep_questions(version, xform, ids, by=by)
        form.title, form.current, form.entry = version.title, version, entry.seq
        form.state = state_after_publishing(form.state)
        form.save()
        upload.stage, upload.entry = FormUpload.Stage.PUBLISHED, entry.seq
        upload.save(update_fields=["stage", "entry"])
        _compare_others_again(form)
        adopt_known_versions()  # what phones sent of this version before it was here
    return version


def _check_publishable(upload: FormUpload, form: Form) -> None:
    if upload.summary["against"] != form.current_id:
        raise FormChanged(
            _("Another version was published meanwhile."), where=str(form), remedy=_("Look at the difference again.")
        )
    taken = form.versions.filter(version=upload.version).first()
    if taken is not None:
        said = _("“%(version)s”") % {"version": upload.version} if upload.version else _("without a name")
        raise FormVersionTaken(
            _("A version %(version)s is published already.") % {"version": said},
            where=_("settings, row 2, version"),
            remedy=_("Write another version in the settings, such as the day, and send the file again."),
        )
    missing = sorted(set(upload.summary["lists"]) - set(upload.media.values_list("name", flat=True)))
    if missing:
        raise FormMediaMissing(
            _("The form reads lists that are not there: %(names)s.") % {"names": ", ".join(missing)},
            where=str(upload),
            remedy=_("Add them on the upload's page."),
        )


def _checked_matches(upload: FormUpload, confirmed: Mapping[str, int]) -> dict[str, int]:
    """The confirmed pairs, each of a question that is new in this file and one that it no longer asks."""
    added = set(upload.summary["added"])
    gone = {each["question"] for each in upload.summary["removed"]}
    gone |= {each["question"] for each in upload.summary["proposals"]}
    for path, number in confirmed.items():
        if path not in added or number not in gone:
            raise MatchInvalid(
                _("%(path)s is not new, or question %(number)s is still asked.") % {"path": path, "number": number},
                where=_("confirmed matches"),
                remedy=_("Look at the difference again."),
            )
    if len(set(confirmed.values())) < len(confirmed):
        raise MatchInvalid(
            _("One former question is confirmed for two new ones."), where=_("confirmed matches"), remedy=_("Choose one.")
        )  # fmt: skip
    return dict(confirmed)


def _stored_xform(upload: FormUpload) -> bytes:
    place = place_by_hash(FORMS, upload.xform_sha256, ".xml")
    content = place.read_bytes() if place.exists() else b""
    if hashlib.sha256(content).hexdigest() != upload.xform_sha256:
        raise FileUnreadable(
            _("The converted form is no longer what it was."), where=upload.file_name, remedy=_("Send the file again.")
        )
    return content


def _new_version(
    upload: FormUpload, form: Form, xform: XForm, content: bytes, *, by: Account, entry: int
) -> FormVersion:  # fmt: skip
    latest = form.versions.order_by("-number").first()
    return FormVersion.objects.create(
        form=form, upload=upload, number=latest.number + 1 if latest else 1, version=upload.version, title=upload.title,
        xform_sha256=upload.xform_sha256, xform_md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        xform_bytes=len(content), languages=list(xform.languages), encryption_key=xform.encryption_key,
        created_by=by.reference, entry=entry,
    )  # fmt: skip


def _keep_questions(version: FormVersion, xform: XForm, ids: Mapping[str, int], *, by: Account) -> None:
    """Rows for what is asked: known questions under their number, new ones under a new one; and the columns of their answers."""
    form = version.form
    new = [each for each in xform.questions if each.path not in ids]
    taken = set(form.questions.exclude(stable_id="").values_list("stable_id", flat=True))
    own_ids = {each.path: each.stable_id for each in xform.questions if each.stable_id not in taken}
    made = Question.objects.bulk_create(
        Question(form=form, stable_id=own_ids.get(each.path, ""), created_by=by.reference, entry=version.entry)
        for each in new
    )
    numbers = dict(ids) | {each.path: row.pk for each, row in zip(new, made, strict=True)}
    for path, stable_id in own_ids.items():
        if stable_id and path in ids:
            Question.objects.filter(pk=ids[path]).update(stable_id=stable_id)
    QuestionVersion.objects.bulk_create(
        QuestionVersion(
            question_id=numbers[each.path], version=version, position=position, path=each.path,
            repeat=each.repeats[-1] if each.repeats else "", type=each.kind, labels=wordings(each.label),
            choices=[{"name": choice.value, "labels": wordings(choice.label)} for choice in each.choices],
        )
        for position, each in enumerate(xform.questions)
    )  # fmt: skip
    _keep_columns(form, xform, numbers)


def _keep_columns(form: Form, xform: XForm, numbers: Mapping[str, int]) -> None:
    """A column for each part of each answer, made once; a question that changed its type gets a further one."""
    known = {(row.table, f"{row.question_id}:{row.type}", row.part): row.name for row in form.columns.all()}
    columns = analysis_columns(
        xform,
        ids={each.path: f"{numbers[each.path]}:{each.kind}" for each in xform.questions},
        kept=[KeptName(*key, name) for key, name in known.items()],
    )
    QuestionColumn.objects.bulk_create(
        QuestionColumn(
            form=form, question_id=numbers[each.path], table=each.table, type=each.kind, part=each.part, name=each.name
        )
        for each in columns
        if (each.table, each.question, each.part) not in known
    )


def _compare_others_again(form: Form) -> None:
    """Other uploads of the form were compared with what is no longer current."""
    for other in form.uploads.filter(stage=FormUpload.Stage.READY).select_for_update(of=("self",)):
        other.stage = FormUpload.Stage.CONVERSION
        queue_job(other)
