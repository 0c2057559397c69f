"""The share of people who gave one of the answers that count as positive."""

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import category, is_observed
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.intervals import ProportionInterval, proportion
from custodes.evidence.linearisation import crossing_of, ratio
from custodes.evidence.survey import Answers, collapse
from custodes.evidence.types import MissingPolicy, Uncertainty


def share_positive(request: Request) -> Crossing:
    """Weighted share of positive answers, with its design-based uncertainty, for each domain.

    Shapes   one row per respondent; an answer is positive where its code is in `positive`.
    Units    0 to 1.
    Returns  value, se, logit interval (or beta, or Wilson) that stays within 0 and 1, n, missing, design effect.
             Missing answers are excluded, or stand in the denominator as not positive, by the policy; they are reported either way.
    Refuses  LonelyStratum, SampleTooSmall, NothingObserved, domain by domain.
    Source   Lumley (2010), Complex Surveys, ch. 2; Korn & Graubard (1998), Survey Methodology 24, 193.
    Checked  R survey svyciprop(); tests/reference/api_proportion.toml, 1e-10.
    """
    name, where = request.text("column"), "argument column"
    observed = is_observed(request.table, name, request.texts("missing_codes"), where=where)
    is_positive = category(request.table, name, where=where).isin(list(request.texts("positive")))
    share = (observed & is_positive.fill_null(False)).ifelse(1.0, 0.0)
    counted = observed if request.missing is MissingPolicy.EXCLUDE else observed | True
    answers = Answers({"y": share, "yy": share}, counted=counted, observed=observed)
    collapsed = collapse(request.table, answers, design=request.design, by=request.by)
    method = ProportionInterval(request.text("interval"))
    return crossing_of(
        request,
        collapsed,
        lambda domain: ratio(domain, above="y"),
        lambda point, se, domain, df: proportion(
            point, se, n=domain.n, df=df, coverage=request.coverage, method=method
        ),
    )


ESTIMATOR = Estimator(
    slug="survey_proportion",
    name="Share in a survey",
    unit="share of people",
    citation="Lumley (2010), Complex Surveys, ch. 2; Korn & Graubard (1998), Survey Methodology 24, 193–201.",
    summary="The weighted share of people who gave one of the answers that count as positive.",
    kinds=frozenset({"survey"}),
    arguments=(
        Argument("column", "Question", "Name the column that holds the answer.", ArgumentType.COLUMN),
        Argument("positive", "Positive answers", "Codes of the answers that count, such as 2, 3.", ArgumentType.VALUES),
        Argument(
            "missing_codes",
            "Missing codes",
            "Codes that stand for “don't know” or a refusal.",
            ArgumentType.VALUES,
            required=False,
            default=(),
        ),
        Argument(
            "interval",
            "Interval",
            "How the interval is made: logit is right for most shares, beta for shares near 0 or 1.",
            ArgumentType.CHOICE,
            required=False,
            default="logit",
            choices=tuple(ProportionInterval),
        ),
    ),
    compute=share_positive,
    uncertainty=Uncertainty.DESIGN,
    policies=frozenset(MissingPolicy),
)
