"""The options of `custodes impact`, as the command line declares them: what the file holds, what is chosen, what comes out."""

from pathlib import Path
from typing import Annotated

import typer

Design = Annotated[
    str,
    typer.Argument(
        metavar="DESIGN",
        help="2x2: one start, two groups. staggered, sunab: several starts. synth, sdid: few treated, one start. its: one series. "
        "rollout: the order of starts was left to chance.",
    ),
]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV or Parquet; one row for each unit and period.")
]

Time = Annotated[str, typer.Option(metavar="COL", help="All designs, needed: column of the period.")]
Outcome = Annotated[str, typer.Option(metavar="COL", help="All designs, needed: column of the outcome.")]
Unit = Annotated[str | None, typer.Option(metavar="COL", help="All designs but its, needed: column of the unit.")]
Treated = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="All designs, this or --first-treated: column that is 1 in the rows under treatment; with --since, 1 in all rows of the "
        "treated.",
    ),
]
FirstTreated = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="All designs, this or --treated: column of the first treated period; 0, empty or Inf where never.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="PERIOD", help="All designs, with --treated: first treated period of all that it marks."),
]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="COL", help="2x2, staggered, sunab: column of what was drawn or treated together."),
]

Control = Annotated[
    str | None,
    typer.Option(
        metavar="never|not-yet", help="staggered: who the treated are compared with, never (default) or not-yet."
    ),
]
Aggregation = Annotated[
    str | None,
    typer.Option(
        metavar="simple|dynamic|group|calendar",
        help="staggered: what the answer averages, simple (default), dynamic, group or calendar.",
    ),
]
Average = Annotated[
    str | None,
    typer.Option(
        metavar="simple|cohort|calendar",
        help="rollout: what the answer averages, simple (default), cohort or calendar.",
    ),
]
Season = Annotated[
    int | None, typer.Option(metavar="PERIODS", help="its: periods in a season, such as 12; 0 (default) for none.")
]
Errors = Annotated[
    str | None,
    typer.Option(metavar="ar1|newey-west", help="its: how errors hang together, ar1 (default) or newey-west."),
]
Draws = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="staggered, sunab: bootstrap draws of the band. synth, sdid: placebo draws."),
]
Permutations = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="2x2, staggered, sunab, rollout: times that treatment is drawn anew."),
]
Seed = Annotated[
    int | None, typer.Option(min=0, metavar="N", help="All designs but its: seed of whatever is drawn; 1 by default.")
]
Scale = Annotated[
    str | None,
    typer.Option(
        metavar="level|log", help="All designs: level (default), or log where the outcome is a natural logarithm."
    ),
]
Coverage = Annotated[float, typer.Option(metavar="SHARE", help="All designs: coverage of the intervals.")]

Form = Annotated[str, typer.Option("--format", metavar="table|json|csv", help="table, json or csv.")]
Plot = Annotated[
    Path | None, typer.Option(metavar="FILE.svg", help="All designs: draw the effects with their intervals, as SVG.")
]
