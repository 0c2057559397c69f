"""`custodes forms`: the file of a form to a published version, and its states, by the same actions as the pages."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from custodes.evidence.errors import FileUnreadable
from custodes.site.commands.imports import account_named, sensitivity_named
from custodes.site.commands.installation import prepare_django
from custodes.site.errors import NameUnknown

if TYPE_CHECKING:
    from custodes.collection.models import FormUpload


def upload_from_command(
    file: Path, *, account: str, form: str | None, programme: str, sensitivity: str
) -> int:  # fmt: skip
    """Convert a form's file and say what is wrong with it, or what would be published. Returns the number of faults to mend."""
    prepare_django()
    from custodes.collection.actions import upload_form

    by = account_named(account)
    if not file.is_file():
        raise FileUnreadable("there is no such file.", where=str(file), remedy="Check the path.")
    of = _form_named(form, by) if form else None
    upload = upload_form(file, by=by, form=of, programme=programme, sensitivity=sensitivity_named(sensitivity))
    errors = [each for each in upload.problems if each["severity"] == "error"]
    for each in upload.problems:
        row = f"row {each['row']}" if each["row"] is not None else ""
        where = ", ".join(part for part in (each["sheet"], row, each["column"]) if part)
        word = "FAULT  " if each["severity"] == "error" else "LOOK   "
        typer.echo(f"{word}{where}: {each['problem']} {each['remedy']}", err=True)
    if not errors:
        _say_preview(upload)
    return len(errors)


def _say_preview(upload: "FormUpload") -> None:
    summary = upload.summary
    typer.echo(
        f"{upload.title} ({upload.xform_id}), version {upload.version or '–'}: {len(summary['questions'])} questions."
    )
    missing = set(summary["media"]) - {each.name for each in upload.media.all()}
    for name in sorted(missing):
        typer.echo(f"It asks for the file {name}.")
    for each in summary["proposals"]:
        typer.echo(f"{each['after']} may be the former {each['before']}: --same {each['after']}={each['question']}")
    typer.echo(f"Publish it: custodes forms publish {upload.pk} --as …")


def publish_from_command(
    upload: int, *, account: str, same: list[str], media: list[Path], words: dict[str, Any]
) -> None:  # fmt: skip
    """Publish an upload as the next version of its form. Raises every Problem of it."""
    confirmed = dict(map(_pair, same))
    prepare_django()
    from custodes.collection.actions import add_form_media, publish_form_version
    from custodes.collection.queries import form_upload_for

    by = account_named(account)
    found = form_upload_for(by, upload)
    for file in media:
        if not file.is_file():
            raise FileUnreadable("there is no such file.", where=str(file), remedy="Check the path.")
        add_form_media(found, file, by=by)
    version = publish_form_version(found, by=by, confirmed=confirmed, **words)
    typer.echo(f"{version.title}: version {version.number} is published, the form is {version.form.state}.")


def _pair(text: str) -> tuple[str, int]:
    path, _, number = text.rpartition("=")
    if not path or not number.isdigit():
        raise NameUnknown(
            f"“{text}” names no two questions.",
            where="--same",
            remedy="Write it as `custodes forms upload` printed it.",
        )
    return path, int(number)


def state_from_command(form: str, state: str, *, account: str, why: str) -> None:
    """Open a form, stop listing it, or close it."""
    prepare_django()
    from custodes.collection.actions import set_form_state

    by = account_named(account)
    found = set_form_state(_form_named(form, by), by=by, state=state, reason=why)
    typer.echo(f"{found.title} is {found.state}.")


def _form_named(name: str, by: Any) -> Any:
    """The form of that id, among those that the account may see."""
    from custodes.collection.queries import forms_for

    found = forms_for(by).filter(xform_id=name).first()
    if found is None:
        raise NameUnknown(f"there is no form “{name}”.", where="form", remedy="Write its form_id, as in its settings.")
    return found
