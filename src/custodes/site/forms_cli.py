"""The commands of `custodes forms`, as the program declares them."""

from pathlib import Path
from typing import Annotated

import typer

FINDING = 1
Account = Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Whose act this is: user name or email.")]

forms = typer.Typer(
    name="forms", help="Forms from file to published version, and their states.", no_args_is_help=True, rich_markup_mode=None
)  # fmt: skip


@forms.command()
def upload(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="XLSForm (.xlsx, .xls, .csv, .md) or XForm (.xml).")],
    *,
    account: Account,
    form: Annotated[
        str | None, typer.Option(help="Its form_id, where the file must be a version of that form.")
    ] = None,
    programme: Annotated[
        str, typer.Option(help="Code of the programme of a new form; otherwise every programme.")
    ] = "",
    sensitivity: Annotated[
        str, typer.Option(help="Of a new form: public, internal, restricted or confidential.")
    ] = "restricted",
) -> None:
    """Convert a form's file; say every fault with sheet, row and column, or what would be published."""
    from custodes.site.commands.forms import upload_from_command

    faults = upload_from_command(file, account=account, form=form, programme=programme, sensitivity=sensitivity)
    if faults:
        raise typer.Exit(FINDING)


@forms.command()
def publish(
    upload: Annotated[int, typer.Argument(metavar="UPLOAD", help="Its number, as `custodes forms upload` said.")],
    *,
    account: Account,
    same: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=NUMBER", help="A new question that is a former one; once for each."),
    ] = None,
    media: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A file that the form asks for; once for each.")
    ] = None,
    series: Annotated[str, typer.Option(help="First version: short name of its data sets.")] = "",
    licence: Annotated[str, typer.Option(help="First version: under which terms the data may be used.")] = "",
    provenance: Annotated[str, typer.Option(help="First version: who asks, whom, and how.")] = "",
    country: Annotated[str, typer.Option(help="First version: ISO 3166 code where it concerns one country.")] = "",
    synthetic: Annotated[bool, typer.Option("--synthetic", help="First version: the data are invented.")] = False,
) -> None:
    """Publish a converted file as the next version of its form."""
    from custodes.site.commands.forms import publish_from_command

    words = {
        "series": series, "licence": licence, "provenance": provenance, "country": country, "synthetic": synthetic,
    }  # fmt: skip
    publish_from_command(upload, account=account, same=same or [], media=media or [], words=words)


@forms.command()
def state(
    form: Annotated[str, typer.Argument(metavar="FORM", help="Its form_id.")],
    state: Annotated[str, typer.Argument(metavar="STATE", help="open, closing or closed.")],
    *,
    account: Account,
    why: Annotated[str, typer.Option(help="The reason, which stands in the record.")],
) -> None:
    """Open a form, stop listing it, or close it."""
    from custodes.site.commands.forms import state_from_command

    state_from_command(form, state, account=account, why=why)
