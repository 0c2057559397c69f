"""What a device may fetch: the list of its forms, each form with its files, and receipts of what it sent. Runs in threads that may wait."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db.models import Q

from custodes.collection.models import Attachment, Form, FormMedia, FormVersion, Revision, Variant
from custodes.collection.openrosa import ListedFile, ListedForm, form_list_xml, manifest_xml
from custodes.collection.receiver.keys import KnownDevice
from custodes.collection.receiver.threads import with_own_connection


@dataclass(frozen=True, slots=True)
class StoredBytes:
    """A file to send: where it lies, what it is named by, and what kind it is."""

    path: Path
    sha256: str
    content_type: str


@with_own_connection
def form_list(device: KnownDevice, base: str, *, form_id: str, all_versions: bool) -> bytes:
    """The open forms of the device's scope; of one id where that is asked, and all their versions where those are."""
    forms = Form.objects.filter(pk__in=device.forms, state=Form.State.OPEN).select_related("current")
    if form_id:
        forms = forms.filter(xform_id=form_id)
    listed = []
    for form in forms.order_by("title", "xform_id"):
        versions = form.versions.order_by("-number") if all_versions else [form.current]
        listed += [(form, version) for version in versions if version is not None]
    uploads = {version.upload_id for _form, version in listed}
    with_files = set(FormMedia.objects.filter(upload__in=uploads).values_list("upload", flat=True))
    return form_list_xml(
        ListedForm(
            form.xform_id, version.title, version.version, version.xform_md5, f"{base}forms/{version.pk}",
            f"{base}forms/{version.pk}/manifest" if version.upload_id in with_files else "",
        )
        for form, version in listed
    )  # fmt: skip


def _version(device: KnownDevice, number: int) -> FormVersion | None:
    """A published version of a form of the device's scope. Of a closed one, too: who fills it in may need it."""
    return FormVersion.objects.filter(form__in=device.forms, pk=number).first()


@with_own_connection
def form_file(device: KnownDevice, number: int) -> StoredBytes | None:
    """The XForm of a version, byte for byte."""
    version = _version(device, number)
    if version is None:
        return None
    name = version.xform_sha256
    return StoredBytes(Path(settings.MEDIA_ROOT) / "forms" / name[:2] / f"{name}.xml", name, "text/xml; charset=utf-8")


@with_own_connection
def manifest(device: KnownDevice, base: str, number: int) -> bytes | None:
    """The files that go with a version."""
    version = _version(device, number)
    if version is None:
        return None
    files = FormMedia.objects.filter(upload=version.upload_id).order_by("name")
    return manifest_xml(
        ListedFile(each.name, each.md5, f"{base}forms/{number}/media/{quote(each.name, safe='')}") for each in files
    )


@with_own_connection
def media_file(device: KnownDevice, number: int, name: str) -> StoredBytes | None:
    """One of those files."""
    version = _version(device, number)
    found = FormMedia.objects.filter(upload=version.upload_id, name=name).first() if version else None
    if found is None:
        return None
    path = Path(settings.MEDIA_ROOT) / "forms" / "media" / found.sha256[:2] / found.sha256
    return StoredBytes(path, found.sha256, "application/octet-stream")


@with_own_connection
def receipt(device: KnownDevice, instance_id: str) -> dict[str, object] | None:
    """What is held of a submission that this device sent: sha256 of each XML and of each attachment."""
    revisions = Revision.objects.filter(instance_id=instance_id, device=device.pk, submission__form__in=device.forms)
    found = list(revisions.order_by("pk").values_list("pk", "submission", "sha256", "received_at"))
    if not found:
        return None
    variants = Variant.objects.filter(revision__in=[each[0] for each in found]).order_by("pk")
    files = Attachment.objects.filter(Q(submission__in={each[1] for each in found})).order_by("name", "pk")
    return {
        "instanceID": instance_id,
        "received": found[0][3].isoformat(),
        "xml": [each[2] for each in found] + list(variants.values_list("sha256", flat=True)),
        "attachments": [{"name": each.name, "sha256": each.sha256, "bytes": each.bytes} for each in files],
    }
