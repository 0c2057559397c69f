"""The mean of several items' positive shares."""

from functools import reduce
from operator import or_

from custodes.evidence.arguments import Argument, ArgumentType
from custodes.evidence.columns import category, is_observed
from custodes.evidence.estimator import Crossing, Estimator, Request
from custodes.evidence.intervals import ProportionInterval, proportion
from custodes.evidence.linearisation import crossing_of, mean_of_ratios
from custodes.evidence.survey import Answers, collapse
from custodes.evidence.types import MissingPolicy, Uncertainty


def mean_of_shares(request: Request) -> Crossing:
    """Plain mean of the weighted positive shares of several questions, for each domain.

    Shapes   one row per respondent; each item has its own denominator; a respondent counts in n who answered at least one.
    Units    0 to 1.
    Returns  value, se (with the covariances between items), logit interval, n, missing (respondents who answered no item).
    Refuses  DenominatorZero where an item has no answer; LonelyStratum, SampleTooSmall, NothingObserved, domain by domain.
    Source   UN Statistics, metadata of SDG 16.6.2 (shape only); Lumley (2010), ch. 2.
    Checked  against survey_proportion and a mean per person; tests/evidence/test_survey_estimators.py.
    """
    table, where, terms, pairs, answered = request.table, "argument columns", {}, {}, []
    for index, name in enumerate(request.texts("columns")):
        observed = is_observed(table, name, request.texts("missing_codes"), where=where)
        is_positive = category(table, name, where=where).isin(list(request.texts("positive"))).fill_null(False)
        counted = observed if request.missing is MissingPolicy.EXCLUDE else observed | True
        terms[f"y{index}"] = (observed & is_positive).ifelse(1.0, 0.0)
        terms[f"x{index}"] = counted.ifelse(1.0, 0.0)
        pairs[f"y{index}"] = f"x{index}"
        answered.append(observed)
    any_answer = reduce(or_, answered)
    counted = any_answer if request.missing is MissingPolicy.EXCLUDE else any_answer | True
    answers = Answers(terms, counted=counted, observed=any_answer)
    collapsed = collapse(table, answers, design=request.design, by=request.by)
    return crossing_of(
        request,
        collapsed,
        lambda domain: mean_of_ratios(domain, pairs),
        lambda point, se, domain, df: proportion(
            point, se, n=domain.n, df=df, coverage=request.coverage, method=ProportionInterval.LOGIT
        ),
    )


ESTIMATOR = Estimator(
    slug="survey_mean_of_shares",
    name="Mean of several shares in a survey",
    unit="share of people",
    citation="UN Statistics, metadata of SDG indicator 16.6.2 (shape); Lumley (2010), Complex Surveys, ch. 2.",
    summary="Several questions on one service, each as its share of positive answers, and the plain mean of these shares.",
    kinds=frozenset({"survey"}),
    arguments=(
        Argument("columns", "Questions", "Name the columns, one per question.", ArgumentType.COLUMNS),
        Argument("positive", "Positive answers", "Codes of the answers that count, such as 3, 4.", ArgumentType.VALUES),
        Argument(
            "missing_codes",
            "Missing codes",
            "Codes that stand for “don't know” or a refusal.",
            ArgumentType.VALUES,
            required=False,
            default=(),
        ),
    ),
    compute=mean_of_shares,
    uncertainty=Uncertainty.DESIGN,
    policies=frozenset(MissingPolicy),
)
