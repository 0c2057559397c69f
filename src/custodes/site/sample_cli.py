"""The commands `sample …`, as `custodes.site.cli` declares them. Nothing heavy is imported until one runs."""

from pathlib import Path
from typing import Annotated

import typer

Shape = Annotated[
    str, typer.Option("--format", help="table, json or csv; json is the record that the other commands read.")
]
Record = Annotated[Path, typer.Argument(metavar="SAMPLE.json", help="What --format json wrote.")]
Unit = Annotated[str, typer.Option(metavar="COL", help="Name of each row: an enumeration area, a household, a person.")]
Within = Annotated[str, typer.Option(help="How units of a cluster are drawn: simple or systematic.")]
Eligible = Annotated[str | None, typer.Option(metavar="COL", help="Persons who may be asked in each household.")]
OnePerson = Annotated[
    bool,
    typer.Option("--one-person", help="One eligible person of each household is asked, each with the same chance."),
]
ReserveWithin = Annotated[int, typer.Option(min=0, help="Second-stage units held in reserve in each cluster.")]
Secret = Annotated[
    Path | None, typer.Option(metavar="FILE", help="The office's secret; adds a pseudonym, the same in every wave.")
]
Share = Annotated[float | None, typer.Option(help="Say how precisely a share of this size will be known.")]
Correlation = Annotated[float, typer.Option(help="How alike people of one cluster are: intra-class correlation.")]
Response = Annotated[float, typer.Option(help="Share of those asked who will answer.")]
Coverage = Annotated[float, typer.Option(help="Share of intervals that are to hold the truth.")]


def draw(
    frame: Annotated[Path, typer.Argument(metavar="FRAME", help="CSV, gzip CSV or Parquet, one row for each unit.")],
    *,
    unit: Unit,
    method: Annotated[str, typer.Option(help="Of the first stage: simple, systematic, or pps (systematic by size).")],
    units: Annotated[int | None, typer.Option(min=1, help="First-stage units to draw in all.")] = None,
    strata: Annotated[list[str] | None, typer.Option(metavar="COL...", help="A stratum for each crossing.")] = None,
    allocation: Annotated[
        str, typer.Option(help="Units among strata: proportional (to size), equal, neyman or given.")
    ] = "proportional",
    given: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="[units] of each stratum for given; [spread], its deviation, for neyman."
        ),
    ] = None,
    at_least: Annotated[int, typer.Option(min=1, help="The fewest units of any stratum.")] = 2,
    size: Annotated[str | None, typer.Option(metavar="COL", help="Size measure of each row.")] = None,
    cluster: Annotated[
        str | None, typer.Option(metavar="COL", help="First-stage unit that a row lies in; without it, the row itself.")
    ] = None,
    order: Annotated[
        list[str] | None, typer.Option(metavar="COL...", help="What to sort by before a systematic draw.")
    ] = None,
    take: Annotated[
        int | None, typer.Option(min=1, help="Second-stage units to draw in each first-stage unit.")
    ] = None,
    within: Within = "simple",
    listed: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Where rows are first-stage units: units listed in each, if known."),
    ] = None,
    eligible: Eligible = None,
    one_person: OnePerson = False,
    reserve: Annotated[int, typer.Option(min=0, help="First-stage units held in reserve in each stratum.")] = 0,
    reserve_within: ReserveWithin = 0,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Where chance begins; without it, one is drawn and said.")
    ] = None,
    share: Share = None,
    correlation: Correlation = 0.0,
    response: Response = 1.0,
    coverage: Coverage = 0.95,
    secret: Secret = None,
    shape: Shape = "table",
) -> None:
    """Draw a sample from a frame, with probabilities, weights and reserve; the same frame, plan and seed give the same sample. Needs no database."""
    from custodes.site.commands.sample import DrawWords, PrecisionWords, draw_from_file

    words = DrawWords(
        unit, cluster, tuple(strata or ()), size, tuple(order or ()), listed, eligible, method, units, allocation, given,
        at_least, take, within, one_person, reserve, reserve_within, seed,
    )  # fmt: skip
    draw_from_file(
        frame, words, precision=PrecisionWords(share, correlation, response, coverage), secret=secret, shape=shape
    )


def households(
    sample: Record,
    listing: Annotated[
        Path, typer.Argument(metavar="LIST", help="CSV, gzip CSV or Parquet, one row for each unit found.")
    ],
    *,
    unit: Unit,
    cluster: Annotated[str, typer.Option(metavar="COL", help="The cluster of the sample that a row lies in.")],
    within: Within = "simple",
    eligible: Eligible = None,
    one_person: OnePerson = False,
    reserve_within: ReserveWithin = 0,
    secret: Secret = None,
    shape: Shape = "table",
) -> None:
    """Draw the second stage from the list that was made in the drawn clusters."""
    from custodes.site.commands.sample import ListWords, draw_households_from_file

    words = ListWords(unit, cluster, eligible, within, one_person, reserve_within)
    draw_households_from_file(sample, listing, words, secret=secret, shape=shape)


def count(
    sample: Record,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV or Parquet, one row for each count.")],
    *,
    number: Annotated[str, typer.Option(metavar="COL", help="Units listed in a cluster, or persons in a household.")],
    cluster: Annotated[str, typer.Option(metavar="COL", help="Column of the cluster.")],
    unit: Annotated[
        str | None, typer.Option(metavar="COL", help="Column of the household, where persons are counted.")
    ] = None,
    secret: Secret = None,
    shape: Shape = "table",
) -> None:
    """Enter what the field has counted since the draw, so that weights follow from it."""
    from custodes.site.commands.sample import count_from_file

    count_from_file(sample, file, number=number, cluster=cluster, unit=unit, secret=secret, shape=shape)


def replace(
    sample: Record,
    old: Annotated[str, typer.Argument(metavar="OLD", help="Unit that cannot be asked.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The next unit of its reserve.")],
    *,
    reason: Annotated[str, typer.Option(help="Why it cannot be asked.")],
    cluster: Annotated[
        str | None, typer.Option(metavar="NAME", help="Cluster of both; without it, they are first-stage units.")
    ] = None,
    secret: Secret = None,
    shape: Shape = "table",
) -> None:
    """Let the next unit of the reserve stand in the place of another, with the reason."""
    from custodes.site.commands.sample import replace_in_record

    replace_in_record(sample, old, new, reason=reason, cluster=cluster, secret=secret, shape=shape)


def wave(
    sample: Record,
    *,
    retain: Annotated[float, typer.Option(help="Share of the units that stay.")],
    secret: Secret = None,
    shape: Shape = "table",
) -> None:
    """Make the next wave of a panel: a share of the units stays, the others rest and the reserve comes in."""
    from custodes.site.commands.sample import wave_of_record

    wave_of_record(sample, retain=retain, secret=secret, shape=shape)


def response(
    sample: Record,
    answers: Annotated[
        Path, typer.Argument(metavar="ANSWERS", help="CSV, gzip CSV or Parquet, one row for each unit that answered.")
    ],
    *,
    cluster: Annotated[
        str, typer.Option(metavar="COL", help="Column of the cluster; of the unit again where there is one stage.")
    ],
    unit: Unit,
    by: Annotated[
        list[str] | None, typer.Option(metavar="COL...", help="Classes: stratum, cluster, wave; otherwise stratum.")
    ] = None,
    weights: Annotated[
        bool, typer.Option("--weights", help="List the units that answered with their weights, not the classes.")
    ] = False,
    shape: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
) -> None:
    """Say how many answered in each class, and carry those who did not by the weights of those who did; between waves, attrition."""
    from custodes.site.commands.sample_response import response_from_file

    response_from_file(
        sample, answers, cluster=cluster, unit=unit, by=tuple(by or ("stratum",)), with_weights=weights, shape=shape
    )


def size(
    *,
    share: Annotated[float, typer.Option(help="The share to be known; 0.5 asks for the most.")] = 0.5,
    margin: Annotated[float, typer.Option(help="Half the width of its interval, such as 0.03.")],
    take: Annotated[float, typer.Option(help="People asked in each cluster.")] = 1,
    correlation: Correlation = 0.0,
    unequal: Annotated[float, typer.Option(min=1, help="What unequal weights cost: the factor 1 + cv².")] = 1.0,
    response: Response = 1.0,
    population: Annotated[int | None, typer.Option(min=1, help="People there are, where they are few.")] = None,
    coverage: Coverage = 0.95,
    shape: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
) -> None:
    """Say how many to ask so that a share is known to within a margin."""
    from custodes.site.commands.sample import PrecisionWords, size_from_words

    words = PrecisionWords(share, correlation, response, coverage)
    size_from_words(words, margin=margin, take=take, unequal=unequal, population=population, shape=shape)
