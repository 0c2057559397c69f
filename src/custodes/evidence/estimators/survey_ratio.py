"""The ratio of two numbers that people were asked."""

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import is_observed, numeric
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.intervals import symmetric
from custodes.evidence.linearisation import crossing_of, ratio
from custodes.evidence.survey import Answers, collapse
from custodes.evidence.types import Uncertainty


def ratio_of_totals(request: Request) -> Crossing:
    """Weighted total of one column over that of another, for each domain.

    Shapes   one row per respondent; a row counts where both columns are answered.
    Units    the numerator's unit per unit of the denominator.
    Returns  value, se, t interval with df = clusters − strata, n, missing, design effect.
    Refuses  DenominatorZero, LonelyStratum, SampleTooSmall, NothingObserved, domain by domain.
    Source   Lumley (2010), Complex Surveys, ch. 2.
    Checked  R survey svyratio(); tests/reference/api_ratio.toml, 1e-10.
    """
    observed, values = None, []
    for argument in ("numerator", "denominator"):
        where, name = f"argument {argument}", request.text(argument)
        value = numeric(request.table, name, where=where)
        answered = is_observed(request.table, name, request.texts("missing_codes"), where=where) & value.notnull()
        observed = answered if observed is None else observed & answered
        values.append(value)
    y, x = (observed.ifelse(value, 0.0) for value in values)  # type: ignore[union-attr]
    terms = {"y": y, "x": x, "yy": y * y, "xy": x * y, "xx": x * x}
    answers = Answers(terms, counted=observed, observed=observed)
    collapsed = collapse(request.table, answers, design=request.design, by=request.by)
    return crossing_of(
        request,
        collapsed,
        lambda domain: ratio(domain, above="y", below="x"),
        lambda point, se, _, df: symmetric(point, se, coverage=request.coverage, df=df),
    )


ESTIMATOR = Estimator(
    slug="survey_ratio",
    name="Ratio in a survey",
    unit="ratio",
    citation="Lumley (2010), Complex Surveys: A Guide to Analysis Using R, ch. 2.",
    summary="One number added up, over another added up.",
    kinds=frozenset({"survey"}),
    arguments=(
        Argument("numerator", "Numerator", "Name the column above the line.", ArgumentType.COLUMN),
        Argument("denominator", "Denominator", "Name the column below the line.", ArgumentType.COLUMN),
        Argument(
            "missing_codes",
            "Missing codes",
            "Codes that stand for “don't know” or a refusal.",
            ArgumentType.VALUES,
            required=False,
            default=(),
        ),
    ),
    compute=ratio_of_totals,
    uncertainty=Uncertainty.DESIGN,
)
