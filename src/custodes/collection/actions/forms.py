"""What is done with a form beside publishing it: open it, close it, add the files that go with it, withdraw an upload."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from custodes.collection.actions.keeping import FORM_MEDIA, kept_by_hash, place_by_hash
from custodes.collection.errors import FormDetailsInvalid, FormMediaInvalid, UploadNotReady
from custodes.collection.models import Form, FormMedia, FormUpload
from custodes.collection.rules.form_states import check_form_state
from custodes.collection.xform.attached import list_from_file
from custodes.evidence.arguments import nearest
from custodes.ledger.actions import record
from custodes.people.models import Account, RoleGrant
from custodes.people.permissions import check_role
from custodes.people.rules import Role

LARGEST_MEDIA, LARGEST_LIST = (
    100_000_000,
    30_000_000,
)  # bytes; a list is read into memory, and 50,000 rows are some 5 MB
LIST_ENDINGS = (".csv", ".xml", ".geojson")


def check_form_role(by: Account, *, programme: str, sensitivity: int) -> RoleGrant:
    """The grant by which an account may make and change forms of a programme, or NotAllowed."""
    return check_role(by, Role.ME_OFFICER, programme=programme, sensitivity=sensitivity)


def set_form_state(form: Form, *, by: Account, state: str, reason: str, late: str = "") -> Form:
    """Open a form, stop listing it, or close it. Writes `form.state` with the reason (I16).

    late     what becomes of what still arrives once it is closed: keep or refuse; empty leaves it as it was, which is keep at first.
    Raises   NotAllowed, FormStateNotAllowed, FormDetailsInvalid.
    """
    grant = check_form_role(by, programme=form.programme, sensitivity=form.sensitivity)
    if not reason.strip():
        raise FormDetailsInvalid(
            _("The reason is empty."), where=_("reason"), remedy=_("Say why: those in the field will ask.")
        )
    if late and late not in Form.Late.values:
        raise FormDetailsInvalid(
            _("“%(late)s” is no answer to late arrivals.") % {"late": late}, where=_("late"), remedy=_("Write keep or refuse.")
        )  # fmt: skip
    with transaction.atomic():
        form = Form.objects.select_for_update().get(pk=form.pk)
        check_form_state(form.state, state)
        entry = record(
            "form.state", subject=f"form:{form.pk}", by=by.reference, role=grant.role, why=reason.strip(),
            what={"from": form.state, "to": state, "late": late or form.late},
        )  # fmt: skip
        form.state, form.late, form.entry = state, late or form.late, entry.seq
        form.save(update_fields=["state", "late", "entry"])
    return form


def add_form_media(upload: FormUpload, file: Path | BinaryIO, *, by: Account, name: str = "") -> FormMedia:
    """Add a picture, sound or list of choices that the form asks for; the same name again replaces it. Writes `form.media`.

    Raises NotAllowed, UploadNotReady, FormMediaInvalid, FormUnreadable, FileTooLarge, FileUnreadable.
    """
    grant = check_form_role(by, programme=upload.programme, sensitivity=upload.sensitivity)
    name = name or Path(str(getattr(file, "name", file))).name
    with transaction.atomic():
        upload = locked_upload(upload)
        check_ready(upload)
        wanted = upload.summary.get("media", [])
        if name not in wanted:
            raise FormMediaInvalid(
                _("The form asks for no file of that name."),
                where=name,
                remedy=nearest(name, wanted) or _("Leave it out."),
            )
        media = keep_media(upload, file, name=name)
        _check_list(media, columns=upload.summary["lists"].get(name))
        upload.entry = record(
            "form.media", subject=f"form-upload:{upload.pk}", by=by.reference, role=grant.role,
            what={"name": name, "sha256": media.sha256, "bytes": media.bytes},
        ).seq  # fmt: skip
        upload.save(update_fields=["entry"])
    return media


def _check_list(media: FormMedia, *, columns: Sequence[str] | None) -> None:
    """A list of choices must be one, and have the columns that the form reads; None where the file is no list."""
    if columns is None:
        return
    rows = list_from_file(media.name, place_by_hash(FORM_MEDIA, media.sha256).read_bytes())
    first = next(iter(rows), None)
    if first is None:
        raise FormMediaInvalid(
            _("The list has no row."), where=media.name, remedy=_("Write one row for each choice below the header.")
        )
    present = {str(cell.tag) for cell in first}
    missing = [name for name in columns if name not in present]
    if missing and not media.name.lower().endswith(".geojson"):
        raise FormMediaInvalid(
            _("The list lacks the column %(names)s.") % {"names": ", ".join(missing)},
            where=_("%(file)s, row 1") % {"file": media.name},
            remedy=_("Its header has: %(names)s.") % {"names": ", ".join(sorted(present))},
        )


def withdraw_form_upload(upload: FormUpload, *, by: Account) -> FormUpload:
    """Set an upload aside that shall not be published. Writes `form.withdraw`. Raises NotAllowed, UploadNotReady."""
    grant = check_form_role(by, programme=upload.programme, sensitivity=upload.sensitivity)
    with transaction.atomic():
        upload = locked_upload(upload)
        if upload.is_going or upload.stage in (FormUpload.Stage.PUBLISHED, FormUpload.Stage.WITHDRAWN):
            raise not_ready(upload)
        upload.stage = FormUpload.Stage.WITHDRAWN
        upload.entry = record(
            "form.withdraw", subject=f"form-upload:{upload.pk}", by=by.reference, role=grant.role
        ).seq  # fmt: skip
        upload.save(update_fields=["stage", "entry"])
    return upload


def locked_upload(upload: FormUpload) -> FormUpload:
    """The upload as it stands now, locked until the transaction ends."""
    return FormUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)


def check_ready(upload: FormUpload) -> None:
    """UploadNotReady unless the upload can be published."""
    if upload.is_going or upload.stage != FormUpload.Stage.READY:
        raise not_ready(upload)


def not_ready(upload: FormUpload) -> UploadNotReady:
    """Where an upload stands, as a refusal."""
    return UploadNotReady(
        _("This upload is not waiting: %(stage)s.") % {"stage": upload.get_stage_display()},
        where=str(upload),
        remedy=_("Open its page to see where it stands."),
    )


def keep_media(upload: FormUpload, file: Path | BinaryIO, *, name: str) -> FormMedia:
    """Keep the bytes under their hash and the name with the upload."""
    largest = LARGEST_LIST if name.lower().endswith(LIST_ENDINGS) else LARGEST_MEDIA
    kept = kept_by_hash(
        file, folder=FORM_MEDIA, file_name=name, largest=largest, too_large=_("Make it smaller: devices load it over the air.")
    )  # fmt: skip
    with place_by_hash(FORM_MEDIA, kept.sha256).open("rb") as stream:
        md5 = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    values = {"sha256": kept.sha256, "md5": md5, "bytes": kept.bytes}
    media, _made = FormMedia.objects.update_or_create(upload=upload, name=name, defaults=values)
    return media


def carry_media_over(upload: FormUpload) -> None:
    """What the current version has and this one asks for again need not be sent again."""
    if upload.form is None or upload.form.current is None:
        return
    present = set(upload.media.values_list("name", flat=True))
    for each in upload.form.current.upload.media.filter(name__in=upload.summary["media"]).exclude(name__in=present):
        FormMedia.objects.create(upload=upload, name=each.name, sha256=each.sha256, md5=each.md5, bytes=each.bytes)
