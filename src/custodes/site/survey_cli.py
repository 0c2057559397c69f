"""The commands `associate` and `regress`, as `custodes.site.cli` declares them. Nothing heavy is imported until one runs."""

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
    coverage: Annotated[float, typer.Option(help="Coverage of the intervals.")] = 0.95,
    shape: Shape = "table",
) -> None:
    """Linear or logistic regression on a survey file under its sample design; no database is needed."""
    from custodes.site.commands.inference import DesignWords, ModelWords, regress_file

    asked = ModelWords(
        outcome, tuple(predictors or ()), family, tuple(factor or ()), tuple(reference or ()), tuple(success or ()),
        tuple(by or ()), coverage, tuple(missing_code or ()),
    )  # fmt: skip
    regress_file(file, asked, words=DesignWords(strata, cluster, weight, fpc, lonely), shape=shape)
