"""The commands `estimate`, `associate` and `regress`, as `custodes.site.cli` declares them. Nothing heavy is imported until one runs."""

from typing import Annotated

import typer

from custodes.site.commands.survey_options import (
    Against,
    By,
    Calibrate,
    ContrastOf,
    Coverage,
    Denominator,
    DesignWords,
    DifferenceColumn,
    Earlier,
    EngineWord,
    File,
    IntervalKind,
    Memory,
    Missing,
    MissingCode,
    ReplicateWords,
    Shape,
    Shares,
    SparkUrl,
    Stat,
    Variables,
    WaveColumn,
    with_groups,
)


@with_groups
def estimate(
    file: File,
    variables: Variables,
    *,
    stat: Stat,
    denominator: Denominator = None,
    quantiles: Shares = None,
    by: By = None,
    design: DesignWords,
    missing: Missing = "exclude",
    missing_code: MissingCode = None,
    interval: IntervalKind = None,
    coverage: Coverage = 0.95,
    replicates: ReplicateWords,
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
        tuple(variables), stat, denominator, tuple(quantiles or ()), tuple(by or ()),
        missing, tuple(missing_code or ()), interval, coverage, calibrate, engine, spark_url, memory,
    )  # fmt: skip
    comparison = Comparison(difference, wave, earlier, contrast, against)
    estimate_from_command(file, words, design=design, replicates=replicates, comparison=comparison, shape=shape)


@with_groups
def associate(
    file: File,
    row: Annotated[str, typer.Argument(metavar="ROW", help="Column of categories.")],
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="Column of categories that ROW may go with.")],
    *,
    by: By = None,
    design: DesignWords,
    replicates: ReplicateWords,
    missing_code: MissingCode = None,
    shape: Shape = "table",
) -> None:
    """Test whether two columns of a survey file go together: Rao and Scott's corrections of chi-squared (F and chisq)."""
    from custodes.site.commands.inference import associate_file

    associate_file(
        file,
        (row, column),
        by=by or (),
        missing_codes=missing_code or (),
        design=design,
        replicates=replicates,
        shape=shape,
    )


@with_groups
def regress(
    file: File,
    outcome: Annotated[str, typer.Argument(metavar="OUTCOME", help="Column to explain.")],
    predictors: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PREDICTOR...]", help="Columns to explain it by; text is categories; a*b or a:b for interactions."
        ),
    ] = None,
    *,
    family: Annotated[
        str, typer.Option(help="linear for a number, logistic for 0 and 1, or with --success for codes.")
    ],
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
    design: DesignWords,
    replicates: ReplicateWords,
    missing_code: MissingCode = None,
    coverage: Coverage = 0.95,
    shape: Shape = "table",
) -> None:
    """Linear or logistic regression on a survey file under its sample design; no database is needed."""
    from custodes.site.commands.inference import ModelWords, regress_file

    asked = ModelWords(
        outcome, tuple(predictors or ()), family, tuple(factor or ()), tuple(reference or ()), tuple(success or ()),
        tuple(by or ()), coverage, tuple(missing_code or ()),
    )  # fmt: skip
    regress_file(file, asked, design=design, replicates=replicates, shape=shape)
