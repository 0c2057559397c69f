"""The options of `custodes estimate`, `associate` and `regress`, as the command line declares them; those that they share stand in groups."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV, Parquet, SPSS .sav or Stata .dta.")]
By = Annotated[list[str] | None, typer.Option(metavar="COL...", help="For each crossing of these columns apart.")]
MissingCode = Annotated[list[str] | None, typer.Option(metavar="CODE...", help="Codes that stand for no answer.")]
Shape = Annotated[str, typer.Option("--format", help="table, json or csv.")]
Stat = Annotated[str, typer.Option(help="mean, total, proportion, ratio or quantile.")]
Variables = Annotated[list[str], typer.Argument(metavar="VAR...", help="Columns to estimate.")]
Denominator = Annotated[str | None, typer.Option(metavar="VAR", help="Column below the line of a ratio.")]
Shares = Annotated[
    list[float] | None, typer.Option(metavar="SHARE...", help="Shares between 0 and 1; otherwise .25 .5 .75.")
]
Missing = Annotated[
    str, typer.Option(help="exclude missing answers and report them, or count them in the denominator.")
]
IntervalKind = Annotated[str | None, typer.Option(help="Interval of a proportion: logit (default), beta or wilson.")]
Coverage = Annotated[float, typer.Option(help="Coverage of the intervals.")]
Calibrate = Annotated[
    Path | None, typer.Option(metavar="FILE.toml", help="Known totals of the population; see methods/estimates.")
]
EngineWord = Annotated[str, typer.Option(help="What adds up the rows: duckdb, or spark (an extra).")]
SparkUrl = Annotated[str, typer.Option(envvar="CUSTODES_SPARK_URL", help="sc://host, spark://host:7077 or local[*].")]
Memory = Annotated[str, typer.Option(help="What duckdb may take before it goes on on disc, in TMPDIR.")]
DifferenceColumn = Annotated[
    str | None, typer.Option(metavar="COL", help="Each category of this column less the first.")
]
WaveColumn = Annotated[
    str | None, typer.Option(metavar="COL", help="The same between waves: independent where none shares a cluster.")
]
Against = Annotated[
    str | None, typer.Option(metavar="CATEGORY", help="What is taken away instead of the first category or wave.")
]
Earlier = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Less the same of an independent sample in this file.")
]
ContrastOf = Annotated[
    str | None, typer.Option(metavar='"A - B"', help="Of columns, of levels (COL=LEVEL) or of domains.")
]


@dataclass(frozen=True, slots=True)
class DesignWords:
    """What a person types of the sample design; the columns of each stage stand in the same place of their options."""

    strata: Annotated[
        list[str] | None, typer.Option(metavar="COL...", help="Strata of each stage, from the first down.")
    ] = None
    cluster: Annotated[
        list[str] | None,
        typer.Option(metavar="COL...", help="Units of each stage, from the first down; without it, each row."),
    ] = None
    weight: Annotated[str | None, typer.Option(metavar="COL", help="Inverse inclusion probability, above 0.")] = None
    fpc: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL...", help="Units in the stratum's population, or the share drawn of them, at each stage."
        ),
    ] = None
    lonely: Annotated[str, typer.Option(help="A stratum with one cluster: refuse, certainty, centred or average.")] = (
        "refuse"
    )


@dataclass(frozen=True, slots=True)
class ReplicateWords:
    """What a person types of replicate weights, made or given."""

    replicate_method: Annotated[
        str | None,
        typer.Option(help="Make replicate weights, or how given ones were made: jk1, jkn, brr, fay or bootstrap."),
    ] = None
    replicate_count: Annotated[int | None, typer.Option(help="Replicates of the bootstrap; otherwise 500.")] = None
    fay: Annotated[
        float | None, typer.Option(help="Part of the other half that fay keeps, between 0 and 1; otherwise .5.")
    ] = None
    seed: Annotated[
        int | None, typer.Option(help="Seed of the bootstrap, so that it can be repeated; otherwise 1.")
    ] = None
    around: Annotated[
        str | None,
        typer.Option(help="Spread of replicates around their mean (default), or the estimate of the whole sample."),
    ] = None
    replicates: Annotated[
        str | None,
        typer.Option(metavar="PREFIX", help="Take given replicate weights: columns called PREFIX and a number."),
    ] = None
    replicate_scale: Annotated[
        list[float] | None,
        typer.Option(metavar="NUMBER...", help="Factor of each squared deviation: one for all, or one for each."),
    ] = None
    replicate_factors: Annotated[
        bool, typer.Option("--replicate-factors", help="The columns multiply the weight instead of replacing it.")
    ] = False


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command as the command line declares it: in the place of each group of options stand its options."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)}
    declared: list[Parameter] = []
    for each in signature(command).parameters.values():
        declared += _options(groups[each.name]) if each.name in groups else [each.replace(annotation=hints[each.name])]

    @wraps(command)
    def typed(**words: Any) -> None:
        made = {name: _group(kind, words) for name, kind in groups.items()}
        taken = {option.name for kind in groups.values() for option in fields(kind)}
        command(**{name: word for name, word in words.items() if name not in taken}, **made)

    typed.__signature__ = signature(command).replace(parameters=declared)  # type: ignore[attr-defined]
    typed.__annotations__ = {each.name: each.annotation for each in declared}
    return typed


def _options(group: Any) -> list[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        Parameter(option.name, Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[option.name])
        for option in fields(group)
    ]


def _group(kind: Any, words: Mapping[str, Any]) -> Any:
    return kind(**{option.name: words[option.name] for option in fields(kind)})
