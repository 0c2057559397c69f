"""A form's file: kept, converted in the background, and either told its faults or shown as it would be published."""

from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.collection.actions.form_differences import form_summary
from custodes.collection.actions.forms import carry_media_over, check_form_role, keep_media
from custodes.collection.actions.imports import check_programme, problem_from_row
from custodes.collection.actions.keeping import FORMS, checked_file, kept_by_hash, kept_file, sender_of
from custodes.collection.errors import FormUnreadable
from custodes.collection.form_conversion import ConvertedForm, convert_apart
from custodes.collection.models import Form, FormUpload
from custodes.collection.permissions import can_change_form
from custodes.collection.xform.model import Form as XForm
from custodes.collection.xform.reading import parse_form
from custodes.collection.xlsform.problems import FormProblem
from custodes.jobs.actions import Lease, queue_job, work_on
from custodes.ledger.actions import record
from custodes.ledger.models import Sensitivity
from custodes.people.models import Account

LARGEST_FORM = 30_000_000  # bytes
LARGEST_XFORM = 200_000_000
ITEMSETS = "itemsets.csv"
LONGEST_ID, LONGEST_VERSION, LONGEST_PATH, LONGEST_CHOICE = 200, 100, 500, 400


def start_form_upload(
    file: Path | BinaryIO, *, by: Account, form: Form | None = None, programme: str = "",
    sensitivity: int = Sensitivity.RESTRICTED, file_name: str = "",
) -> FormUpload:  # fmt: skip
    """Keep a form's file and queue its conversion. Writes `form.upload`.

    form     the form that it is to be a version of; without it, the id in the file decides, and an unknown id makes a new draft.
    Raises   NotAllowed, MappingInvalid, FileTooLarge, FileUnreadable.
    """
    if form is not None:
        programme, sensitivity = form.programme, form.sensitivity
    grant = check_form_role(by, programme=programme, sensitivity=sensitivity)
    check_programme(programme)
    kept = kept_file(
        file, file_name=file_name, largest=LARGEST_FORM, too_large=_("Bring long lists of choices as a CSV file beside it.")
    )  # fmt: skip
    with transaction.atomic():
        upload = FormUpload.objects.create(
            form=form, programme=programme, sensitivity=sensitivity, file=kept.name, file_name=kept.original,
            file_sha256=kept.sha256, file_bytes=kept.bytes, created_by=by.reference,
        )  # fmt: skip
        upload.entry = record(
            "form.upload", subject=f"form-upload:{upload.pk}", by=by.reference, role=grant.role,
            what={"file": kept.sha256, "bytes": kept.bytes, "form": form.pk if form else ""},
        ).seq  # fmt: skip
        queue_job(upload)
    return upload


def upload_form(
    file: Path, *, by: Account, form: Form | None = None, programme: str = "", sensitivity: int = Sensitivity.RESTRICTED
) -> FormUpload:  # fmt: skip
    """The whole conversion in this process, for the command line; the same steps, lease and ledger. Raises any Problem of them."""
    upload = start_form_upload(file, by=by, form=form, programme=programme, sensitivity=sensitivity)
    work_on(upload._meta.label_lower, upload.pk)
    upload.refresh_from_db()
    if upload.has_failed:
        raise problem_from_row(upload.problem or {})
    return upload


def work_on_form_upload(upload: FormUpload, lease: Lease) -> None:
    """Convert the file and end with its faults, or with a preview that can be published. Writes `form.convert`."""
    account = sender_of(upload)
    grant = check_form_role(account, programme=upload.programme, sensitivity=upload.sensitivity)
    file = checked_file(upload)
    lease.report(1, 3)
    converted = convert_apart(file, file_name=upload.file_name, tick=lambda: lease.report(1, 3))
    xform, problems = _parsed(converted)
    lease.report(2, 3)
    with transaction.atomic():
        form = _form_or_problem(upload, xform, account, role=grant.role) if xform is not None else None
        if isinstance(form, FormProblem):
            problems, form = (*problems, form), None
        upload.problems = [asdict(each) for each in problems]
        upload.stage = FormUpload.Stage.PROBLEMS
        if xform is not None and form is not None and converted.xform is not None:
            _make_ready(upload, form, xform, converted)
        upload.entry = record(
            "form.convert", subject=f"form-upload:{upload.pk}", by=account.reference, role=grant.role,
            what={"stage": upload.stage, "xform": upload.xform_sha256, "errors": sum(each.is_error for each in problems)},
        ).seq  # fmt: skip
        upload.save()
        lease.finish()


def _parsed(converted: ConvertedForm) -> tuple[XForm | None, tuple[FormProblem, ...]]:
    if converted.xform is None:
        return None, converted.problems
    try:
        xform = parse_form(converted.xform, stable_ids=converted.stable_ids)
    except FormUnreadable as problem:
        found = FormProblem("XFORM_UNREADABLE", "", None, problem.where, problem.what, problem.remedy)
        return None, (*converted.problems, found)
    unfit = _unfit(xform)
    return (None if unfit else xform), (*converted.problems, *unfit)


def _unfit(xform: XForm) -> tuple[FormProblem, ...]:
    """What is a form and yet cannot be kept: no id, names without end, one stable id for two questions."""
    found = []
    for text, column, most in (
        (xform.form_id, "form_id", LONGEST_ID), (xform.version, "version", LONGEST_VERSION), (xform.title, "form_title", LONGEST_ID),
    ):  # fmt: skip
        if len(text) > most or (column == "form_id" and not text):
            what = f"The {column} is longer than {most} characters." if text else f"The {column} is empty."
            found.append(FormProblem("SETTING_UNFIT", "settings", 2, column, what, "Write a short one.", text=text))
    stable: dict[str, str] = {}
    for each in xform.questions:
        if len(each.path) > LONGEST_PATH:
            what = f"The groups around {each.name} make a name longer than {LONGEST_PATH} characters."
            found.append(FormProblem("PATH_TOO_LONG", "survey", None, "name", what, "Shorten the names of its groups."))
        if any(len(choice.value) > LONGEST_CHOICE for choice in each.choices):
            what = f"A choice of {each.name} has a name longer than {LONGEST_CHOICE} characters."
            found.append(FormProblem("CHOICE_TOO_LONG", "choices", None, "name", what, "Give it a short name."))
        if each.stable_id and stable.setdefault(each.stable_id, each.path) != each.path:
            what = f"{stable[each.stable_id]} and {each.path} have the same custodes::id, {each.stable_id}."
            found.append(
                FormProblem("STABLE_ID_TWICE", "survey", None, "custodes::id", what, "Give each question an id of its own.")
            )  # fmt: skip
    return tuple(found)


def _form_or_problem(upload: FormUpload, xform: XForm, account: Account, *, role: str) -> Form | FormProblem:
    """The form that the file is of: the one asked for, the one of that id, or a new draft."""
    known = upload.form
    if known is not None and known.xform_id != xform.form_id:
        return FormProblem(
            "FORM_ID_DIFFERS", "settings", 2, "form_id",
            f"The file is of the form {xform.form_id}, and it was sent as a version of {known.xform_id}.",
            f"Write {known.xform_id} as its form_id, or send it as a form of its own.",
        )  # fmt: skip
    known = known or Form.objects.filter(xform_id=xform.form_id).first()
    if known is not None:
        if not can_change_form(account, programme=known.programme, sensitivity=known.sensitivity):
            return FormProblem(
                "FORM_ID_TAKEN", "settings", 2, "form_id", f"Another form has the id {xform.form_id}.", "Write another form_id."
            )  # fmt: skip
        return known
    made = Form.objects.create(
        xform_id=xform.form_id, title=xform.title or xform.form_id, programme=upload.programme,
        sensitivity=upload.sensitivity, created_by=account.reference,
    )  # fmt: skip
    made.entry = record(
        "form.draft", subject=f"form:{made.pk}", by=account.reference, role=role, what={"xform_id": made.xform_id}
    ).seq
    made.save(update_fields=["entry"])
    return made


def _make_ready(upload: FormUpload, form: Form, xform: XForm, converted: ConvertedForm) -> None:
    content = (converted.xform or "").encode()
    kept = kept_by_hash(
        BytesIO(content), folder=FORMS, file_name=upload.file_name, largest=LARGEST_XFORM, too_large="", suffix=".xml"
    )  # fmt: skip
    upload.form, upload.programme, upload.sensitivity = form, form.programme, form.sensitivity
    upload.stage, upload.xform_sha256 = FormUpload.Stage.READY, kept.sha256
    upload.xform_id, upload.title, upload.version = xform.form_id, xform.title or xform.form_id, xform.version
    upload.summary = form_summary(xform, form=form, stable_ids=converted.stable_ids)
    carry_media_over(upload)
    if converted.itemsets:
        keep_media(upload, BytesIO(converted.itemsets.encode()), name=ITEMSETS)
