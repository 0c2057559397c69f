"""The total of a number over the people that the sample stands for."""

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import is_observed, numeric
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.intervals import symmetric
from custodes.evidence.linearisation import crossing_of, total
from custodes.evidence.survey import Answers, collapse
from custodes.evidence.types import Uncertainty


def weighted_total(request: Request) -> Crossing:
    """Weighted total of one column, with its design-based uncertainty, for each domain.

    Shapes   one row per respondent; weights must be inverse inclusion probabilities, not scaled to the sample.
    Units    the unit of the column.
    Returns  value, se, t interval with df = clusters − strata, n, missing, design effect. Missing answers add nothing and are reported.
    Refuses  LonelyStratum, SampleTooSmall, NothingObserved, domain by domain.
    Source   Lumley (2010), Complex Surveys, ch. 2.
    Checked  R survey svytotal(), svyby(); tests/reference/api_total.toml, 1e-10.
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
        lambda domain: total(domain, of="y"),
        lambda point, se, _, df: symmetric(point, se, coverage=request.coverage, df=df),
    )


ESTIMATOR = Estimator(
    slug="survey_total",
    name="Total from a survey",
    unit="unit of the answer",
    citation="Lumley (2010), Complex Surveys: A Guide to Analysis Using R, ch. 2; Horvitz & Thompson (1952).",
    summary="A number added up over everybody whom the sample stands for.",
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
    compute=weighted_total,
    uncertainty=Uncertainty.DESIGN,
)
