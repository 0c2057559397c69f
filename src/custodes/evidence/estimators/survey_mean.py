"""The mean of a number that people were asked."""

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import is_observed, numeric
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.intervals import symmetric
from custodes.evidence.linearisation import crossing_of, ratio
from custodes.evidence.survey import Answers, collapse
from custodes.evidence.types import Uncertainty


def mean(request: Request) -> Crossing:
    """Weighted mean of one column, with its design-based uncertainty, for each domain.

    Shapes   one row per respondent; the column is numeric and may be empty or hold a missing code.
    Units    the unit of the column.
    Returns  value, se, t interval with df = clusters − strata, n, missing, design effect.
    Refuses  LonelyStratum, SampleTooSmall, NothingObserved, domain by domain.
    Source   Lumley (2010), Complex Surveys, ch. 2; Binder (1983), doi:10.2307/1402588.
    Checked  R survey svymean(), svyby(); tests/reference/api_mean.toml, 1e-10.
    """
    name = request.text("column")
    observed = is_observed(request.table, name, request.texts("missing_codes"), where="argument column")
    value = numeric(request.table, name, where="argument column")
    observed = observed & value.notnull()
    value = observed.ifelse(value, 0.0)
    answers = Answers({"y": value, "yy": value * value}, counted=observed, observed=observed)
    collapsed = collapse(request.table, answers, design=request.design, by=request.by)
    return crossing_of(
        request,
        collapsed,
        lambda domain: ratio(domain, above="y"),
        lambda point, se, _, df: symmetric(point, se, coverage=request.coverage, df=df),
    )


ESTIMATOR = Estimator(
    slug="survey_mean",
    name="Mean in a survey",
    unit="unit of the answer",
    citation="Lumley (2010), Complex Surveys: A Guide to Analysis Using R, ch. 2; Binder (1983), doi:10.2307/1402588.",
    summary="The weighted mean of a number that people were asked.",
    kinds=frozenset({"survey"}),
    arguments=(
        Argument("column", "Answer", "Name the column that holds the number.", ArgumentType.COLUMN),
        Argument(
            "missing_codes",
            "Missing codes",
            "Codes that stand for “don't know” or a refusal.",
            ArgumentType.VALUES,
            required=False,
            default=(),
        ),
    ),
    compute=mean,
    uncertainty=Uncertainty.DESIGN,
)
