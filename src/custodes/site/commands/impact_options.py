"""The options of `custodes impact`, as the command line declares them: what the file holds, what is chosen, what comes out."""

from pathlib import Path
from typing import Annotated

import typer

Design = Annotated[str, typer.Argument(metavar="DESIGN", help="2x2, staggered, sunab, synth, sdid, its or rollout.")]
File = Annotated[
    Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV or Parquet; one row for each unit and period.")
]

Time = Annotated[str, typer.Option(metavar="COL", help="Column of the period.")]
Outcome = Annotated[str, typer.Option(metavar="COL", help="Column of the outcome.")]
Unit = Annotated[str | None, typer.Option(metavar="COL", help="Column of the unit; its needs none.")]
Treated = Annotated[
    str | None,
    typer.Option(
        metavar="COL", help="Column that is 1 in the rows under treatment; with --since, 1 in all rows of the treated."
    ),
]
FirstTreated = Annotated[
    str | None, typer.Option(metavar="COL", help="Column of the first treated period; 0 or empty where never.")
]
Since = Annotated[str | None, typer.Option(metavar="PERIOD", help="First treated period of all that --treated marks.")]
Cluster = Annotated[
    str | None,
    typer.Option(metavar="COL", help="Column of what was drawn or treated together (2x2, staggered, sunab)."),
]

Control = Annotated[str | None, typer.Option(help="staggered: never (default) or not-yet.")]
Aggregation = Annotated[str | None, typer.Option(help="staggered: simple (default), dynamic, group or calendar.")]
Average = Annotated[str | None, typer.Option(help="rollout: simple (default), cohort or calendar.")]
Season = Annotated[int | None, typer.Option(help="its: periods in a season, such as 12; 0 (default) for none.")]
Errors = Annotated[str | None, typer.Option(help="its: ar1 (default) or newey-west.")]
Draws = Annotated[
    int | None, typer.Option(min=1, help="Bootstrap draws (staggered, sunab) or placebo draws (synth, sdid).")
]
Permutations = Annotated[
    int | None, typer.Option(min=1, help="2x2, staggered, sunab, rollout: times that treatment is drawn anew.")
]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of whatever is drawn; 1 by default.")]
Scale = Annotated[str | None, typer.Option(help="level (default), or log where the outcome is a natural logarithm.")]
Coverage = Annotated[float, typer.Option(help="Coverage of the intervals.")]

Form = Annotated[str, typer.Option("--format", help="table, json or csv.")]
Plot = Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw the effects with their intervals.")]
