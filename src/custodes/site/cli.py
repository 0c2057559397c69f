"""The `custodes` command. Nothing heavy is imported until a command runs, so that `custodes --help` answers at once.

Exit codes: 0 done, 1 a finding (a check failed, or every row of `estimate` is refused), 2 wrong input, with a message that says what,
where and what to do.
"""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from custodes import __version__
from custodes.evidence.errors import Problem
from custodes.site import sample_cli
from custodes.site.commands import impact_options
from custodes.site.forms_cli import forms
from custodes.site.survey_cli import associate, estimate, regress

DONE, FINDING, WRONG_INPUT, INTERRUPTED = 0, 1, 2, 130


class Commands(TyperGroup):
    """The commands. A --help that nobody gave is False and not None: for None typer would load pydantic, 0.2 s, to make nothing of it."""

    def get_help_option(self, ctx: Any) -> Any:
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


app = typer.Typer(
    name="custodes",
    cls=Commands,
    help="The open platform for governing security forces: from plan, to evidence, to public account.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    *,
    empty: Annotated[
        bool, typer.Option("--empty", help="Start without the demonstration and set up the first administrator.")
    ] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Insist on the demonstration: refuse a database that holds other data.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of [server] host.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port, instead of [server] port.")] = None,
    worker: Annotated[
        bool, typer.Option("--worker/--no-worker", help="Whether to start the background worker.")
    ] = True,
) -> None:
    """Start the site and its background worker; an empty database gets the demonstration first."""
    from custodes.site.commands.server import run_site

    raise typer.Exit(run_site(empty=empty, demo=demo, host=host, port=port, with_worker=worker))


@app.command()
def setup(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demonstration into the empty database.")] = False,
    administrator: Annotated[
        str | None, typer.Option(metavar="NAME", help="Make the first administrator; the password is asked for.")
    ] = None,
    organisation: Annotated[str, typer.Option(help="The office that the first administrator belongs to.")] = "Custodes",
) -> None:
    """Prepare the database and the static files without starting the site."""
    from custodes.site.commands.installation import set_up

    set_up(demo=demo, administrator=administrator, organisation=organisation)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to bring in.")],
    *,
    source: Annotated[str, typer.Option(help="Item of the shelf of sources, such as survey or ucdp_ged.")],
    account: Annotated[str, typer.Option("--as", metavar="ACCOUNT", help="Whose act this is: user name or email.")],
    mapping: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="What you declare of the columns; see how-to/import-a-file."),
    ] = None,
    title: Annotated[str | None, typer.Option(help="Title of the data set; otherwise the file's name.")] = None,
    series: Annotated[str | None, typer.Option(help="Short name that successive files share.")] = None,
    licence: Annotated[str | None, typer.Option(help="Under which terms the data may be used.")] = None,
    provenance: Annotated[str | None, typer.Option(help="Where the data come from.")] = None,
    programme: Annotated[str | None, typer.Option(help="Code of the programme; otherwise every programme.")] = None,
    country: Annotated[str | None, typer.Option(help="ISO 3166 code where the rows concern one country.")] = None,
    sensitivity: Annotated[str | None, typer.Option(help="public, internal, restricted or confidential.")] = None,
) -> None:
    """Bring a file in as a data set; the same file twice changes nothing."""
    from custodes.site.commands.imports import import_from_command

    words = {
        "title": title, "series": series, "licence": licence, "provenance": provenance, "programme": programme,
        "country": country, "sensitivity": sensitivity,
    }  # fmt: skip
    import_from_command(file, source=source, mapping=mapping, account=account, words=words)


app.add_typer(forms)


class ManyWords(TyperCommand):
    """A command whose list options take all the words up to the next option: `--by sex area` is `--by sex --by area`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        lists = {word for option in self.params if option.multiple for word in option.opts}  # type: ignore[attr-defined]
        return super().parse_args(ctx, spread_words(args, lists))


def spread_words(words: list[str], lists: set[str]) -> list[str]:
    """Repeat an option that takes many words before each of them."""
    spread: list[str] = []
    option, taken = "", 0
    for word in words:
        if word.startswith("--"):
            option, taken = word if word in lists else "", 0
        elif option:
            taken += 1
            if taken > 1:
                spread.append(option)
        spread.append(word)
    return spread


app.command(cls=ManyWords)(estimate)
app.command(cls=ManyWords)(associate)
app.command(cls=ManyWords)(regress)

sample = typer.Typer(
    cls=Commands, help="Draw a sample from a frame, and keep its record: reserve, replacements, counts, waves.",
    no_args_is_help=True,
)  # fmt: skip
app.add_typer(sample, name="sample")
for command in (
    sample_cli.draw,
    sample_cli.households,
    sample_cli.count,
    sample_cli.replace,
    sample_cli.wave,
    sample_cli.response,
    sample_cli.size,
):
    sample.command(cls=ManyWords)(command)


@app.command()
def verify(
    *,
    head: Annotated[
        str | None, typer.Option(metavar="SEQ:HASH", help="A head noted earlier; the chain must still contain it.")
    ] = None,
) -> None:
    """Check that the ledger's chain is whole and that every data set and submission still has the bytes it is named by."""
    from custodes.site.commands.record import verify_record

    raise typer.Exit(FINDING if verify_record(head) else DONE)


@app.command()
def reproduce(reading: Annotated[int, typer.Argument(metavar="READING", help="Number of the reading.")]) -> None:
    """Compute a stored reading again from its data sets and say whether it still holds."""
    from custodes.site.commands.record import reproduce_figure

    raise typer.Exit(DONE if reproduce_figure(reading) else FINDING)


@app.command()
def impact(
    design: impact_options.Design,
    file: impact_options.File,
    *,
    time: impact_options.Time,
    outcome: impact_options.Outcome,
    unit: impact_options.Unit = None,
    treated: impact_options.Treated = None,
    first_treated: impact_options.FirstTreated = None,
    since: impact_options.Since = None,
    cluster: impact_options.Cluster = None,
    control: impact_options.Control = None,
    aggregation: impact_options.Aggregation = None,
    average: impact_options.Average = None,
    season: impact_options.Season = None,
    errors: impact_options.Errors = None,
    draws: impact_options.Draws = None,
    permutations: impact_options.Permutations = None,
    seed: impact_options.Seed = None,
    scale: impact_options.Scale = None,
    coverage: impact_options.Coverage = 0.95,
    form: impact_options.Form = "table",
    plot: impact_options.Plot = None,
) -> None:
    """Say what changed because of a measure, with its uncertainty, its diagnostics and the naive comparison beside it."""
    from custodes.site.commands.impact import Choices, Columns, run_impact

    columns = Columns(unit, time, outcome, treated, first_treated, since, cluster)
    choices = Choices(
        control=control, aggregation=aggregation, average=average, errors=errors, season=season, draws=draws,
        permutations=permutations, seed=seed, scale=scale, coverage=coverage,
    )  # fmt: skip
    run_impact(design, file, columns=columns, choices=choices, form=form, plot=plot)


@app.command()
def bench(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One measurement; without it, the quick ones.")
    ] = None,
    *,
    long: Annotated[bool, typer.Option("--long", help="The studies that take hours, too.")] = False,
) -> None:
    """Measure pages, imports and estimates against budgets and named peers, in a clone of the repository."""
    from custodes.site.commands.benchmarks import run_benchmarks

    raise typer.Exit(FINDING if run_benchmarks(name, with_long=long) else DONE)


@app.command()
def agreement(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV or Parquet, one row for each code given.")
    ],
    *,
    units: Annotated[str, typer.Option(metavar="COL", help="Column of what was coded, such as the excerpt.")],
    coders: Annotated[str, typer.Option(metavar="COL", help="Column of who coded it.")],
    codes: Annotated[str, typer.Option(metavar="COL", help="Column of the code; empty where the coder gave none.")],
    level: Annotated[
        str, typer.Option(help="What codes are: nominal, ordinal, interval or ratio; numbers beyond nominal.")
    ],
    show_disagreements: Annotated[
        bool, typer.Option("--disagreements", help="List the units that coders disagree on, instead of coefficients.")
    ] = False,
    coverage: Annotated[float, typer.Option(help="Share of intervals that are to hold the truth.")] = 0.95,
    draws: Annotated[int, typer.Option(help="How often units are drawn again for an interval.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="Where the draws begin: the same seed gives the same interval.")] = 1,
    output: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
) -> None:
    """Measure how far coders agree beyond chance: Krippendorff's alpha, Fleiss' kappa, Cohen's kappa. Needs no database."""
    from custodes.site.commands.agreement import agreement_of_file, disagreements_of_file

    columns = {"units": units, "coders": coders, "codes": codes}
    if show_disagreements:
        disagreements_of_file(file, columns=columns, level=level, output=output)
    else:
        agreement_of_file(
            file, columns=columns, level=level, coverage=coverage, draws=draws, seed=seed, output=output
        )  # fmt: skip


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def manage(context: typer.Context) -> None:
    """Run one of Django's own commands, such as `custodes manage shell`."""
    from custodes.site.commands.installation import prepare_django

    prepare_django()
    from django.core.management import execute_from_command_line

    execute_from_command_line(["custodes manage", *context.args])


def say_problem(problem: Problem) -> None:
    """Print what is wrong, where, and what to do next, on standard error."""
    for label, text in (("Problem:", problem.what), ("Where:", problem.where), ("Remedy:", problem.remedy)):
        if text:
            typer.echo(f"{label:<9}{text}", err=True)


def main() -> None:
    """Entry of the `custodes` program: a Problem becomes a message and an exit code, never a traceback."""
    try:
        app()
    except Problem as problem:
        say_problem(problem)
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
