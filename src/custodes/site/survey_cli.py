"""The commands `estimate`, `associate` and `regress`, as `custodes.site.cli` declares them. Nothing heavy is imported until one runs."""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, gzip CSV, Parquet, SPSS .sav or Stata .dta.")]
By = Annotated[list[str] | None, typer.Option(metavar="COL...", help="For each crossing of these columns apart.")]
Strata = Annotated[str | None, typer.Option(metavar="COL", help="First-stage strata.")]
Cluster = Annotated[str | None, typer.Option(metavar="COL", help="First-stage units; without it, each row.")]
Weight = Annotated[str | None, typer.Option(metavar="COL", help="Inverse inclusion probability, above 0.")]
Fpc = Annotated[
    str | None, typer.Option(metavar="COL", help="Number of first-stage units in the stratum's population.")
]
MissingCode = Annotated[list[str] | None, typer.Option(metavar="CODE...", help="Codes that stand for no answer.")]
Lonely = Annotated[str, typer.Option(help="A stratum with one cluster: refuse, certainty, centred or average.")]
Shape = Annotated[str, typer.Option("--format", help="table, json or csv.")]


Stat = Annotated[str, typer.Option(help="mean, total, proportion, ratio or quantile.")]
Variables = Annotated[list[str], typer.Argument(metavar="VAR...", help="Columns to estimate.")]
Denominator = Annotated[str | None, typer.Option(metavar="VAR", help="Column below the line of a ratio.")]
Shares = Annotated[
    list[float] | None, typer.Option(metavar="SHARE...", help="Shares between 0 and 1; otherwise .25 .5 .75.")
]
StrataOfStages = Annotated[
    list[str] | None, typer.Option(metavar="COL...", help="Strata of each stage, from the first down.")
]
UnitsOfStages = Annotated[
    list[str] | None,
    typer.Option(metavar="COL...", help="Units of each stage, from the first down; without it, each row."),
]
FpcOfStages = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COL...", help="Units in the stratum's population, or the share drawn of them, at each stage."
    ),
]
Missing = Annotated[
    str, typer.Option(help="exclude missing answers and report them, or count them in the denominator.")
]
IntervalKind = Annotated[str, typer.Option(help="Interval of a proportion: logit, beta or wilson.")]
Coverage = Annotated[float, typer.Option(help="Coverage of the intervals.")]
ReplicateKind = Annotated[
    str | None,
    typer.Option(help="Make replicate weights, or how given ones were made: jk1, jkn, brr, fay or bootstrap."),
]
ReplicateCount = Annotated[int, typer.Option(help="Replicates of the bootstrap.")]
Fay = Annotated[float, typer.Option(help="Part of the other half that fay keeps, between 0 and 1.")]
Seed = Annotated[int, typer.Option(help="Seed of the bootstrap, so that it can be repeated.")]
AroundWhat = Annotated[
    str, typer.Option(help="Spread of replicates around their mean, or around the estimate of the whole sample.")
]
ReplicateColumns = Annotated[
    str | None,
    typer.Option(metavar="PREFIX", help="Take given replicate weights: columns called PREFIX and a number."),
]
ReplicateScale = Annotated[
    list[float] | None,
    typer.Option(metavar="NUMBER...", help="Factor of each squared deviation: one for all, or one for each."),
]
ReplicateFactors = Annotated[
    bool, typer.Option("--replicate-factors", help="The columns multiply the weight instead of replacing it.")
]
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


def estimate(
    file: File,
    variables: Variables,
    *,
    stat: Stat,
    denominator: Denominator = None,
    quantiles: Shares = None,
    by: By = None,
    strata: StrataOfStages = None,
    cluster: UnitsOfStages = None,
    weight: Weight = None,
    fpc: FpcOfStages = None,
    missing: Missing = "exclude",
    missing_code: MissingCode = None,
    lonely: Lonely = "refuse",
    interval: IntervalKind = "logit",
    coverage: Coverage = 0.95,
    replicate_method: ReplicateKind = None,
    replicate_count: ReplicateCount = 500,
    fay: Fay = 0.5,
    seed: Seed = 1,
    around: AroundWhat = "mean",
    replicates: ReplicateColumns = None,
    replicate_scale: ReplicateScale = None,
    replicate_factors: ReplicateFactors = False,
    calibrate: Calibrate = None,
    engine: EngineWord = "duckdb",
    spark_url: SparkUrl = "local[*]",
    memory: Memory = "3GB",
    difference: DifferenceColumn = None,
    wave: WaveColumn = None,
    against: Against = None,
    earlier: Earlier = None,
    contrast: ContrastOf = None,
    shape: Shape = "table",
) -> None:
    """Estimate from a survey file under its sample design; no database is needed."""
    from custodes.site.commands.comparison import Comparison
    from custodes.site.commands.estimate import Words, estimate_from_command

    words = Words(
        tuple(variables), stat, denominator, tuple(quantiles or (0.25, 0.5, 0.75)), tuple(by or ()),
        tuple(strata or ()), tuple(cluster or ()), weight, tuple(fpc or ()),
        missing, tuple(missing_code or ()), lonely, interval, coverage,
        replicate_method, replicate_count, fay, seed, around,
        replicates, tuple(replicate_scale or ()), replicate_factors, calibrate, engine, spark_url, memory,
    )  # fmt: skip
    comparison = Comparison(difference, wave, earlier, contrast, against)
    estimate_from_command(file, words, comparison=comparison, shape=shape)


def associate(
    file: File,
    row: Annotated[str, typer.Argument(metavar="ROW", help="Column of categories.")],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="Column of categories that ROW may go with.")],
    *,
    by: By = None,
    strata: Strata = None,
    cluster: Cluster = None,
    weight: Weight = None,
    fpc: Fpc = None,
    missing_code: MissingCode = None,
    lonely: Lonely = "refuse",
    shape: Shape = "table",
) -> None:
    """Test whether two columns of a survey file go together: Rao and Scott's corrections of chi-squared (F and chisq)."""
    from custodes.site.commands.inference import DesignWords, associate_file

    words = DesignWords(strata, cluster, weight, fpc, lonely)
    associate_file(file, (row, column), by=by or (), missing_codes=missing_code or (), words=words, shape=shape)


def regress(
    file: File,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="Column to explain.")],
    predictors: Annotated[
        list[str] | None, typer.Argument(metavar="[PREDICTOR...]", help="Columns to explain it by; text is categories.")
    ] = None,
    *,
    family: Annotated[str, typer.Option(help="linear for a number, logistic for 0 and 1.")],
    factor: Annotated[
        list[str] | None, typer.Option(metavar="COL...", help="Predictors whose numbers are categories.")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL=CATEGORY...", help="What the other categories are held against; otherwise the first."
        ),
    ] = None,
    success: Annotated[
        list[str] | None, typer.Option(metavar="CODE...", help="logistic: codes of the outcome that count as yes.")
    ] = None,
    by: By = None,
    strata: Strata = None,
    cluster: Cluster = None,
    weight: Weight = None,
    fpc: Fpc = None,
    missing_code: MissingCode = None,
    lonely: Lonely = "refuse",
    coverage: Coverage = 0.95,
    shape: Shape = "table",
) -> None:
    """Linear or logistic regression on a survey file under its sample design; no database is needed."""
    from custodes.site.commands.inference import DesignWords, ModelWords, regress_file

    asked = ModelWords(
        outcome, tuple(predictors or ()), family, tuple(factor or ()), tuple(reference or ()), tuple(success or ()),
        tuple(by or ()), coverage, tuple(missing_code or ()),
    )  # fmt: skip
    regress_file(file, asked, words=DesignWords(strata, cluster, weight, fpc, lonely), shape=shape)
