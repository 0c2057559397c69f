"""The sentence of a result: it says no more than the interval does, and names the diagnostics that speak against it."""

import math
from collections.abc import Sequence

from custodes.evidence.designs.types import Diagnostic, Effect, Scale, is_established


def sentence_of(
    *,
    outcome: str,
    low: float,
    high: float,
    p: float,
    coverage: float,
    counterfactual: float,
    scale: Scale,
    assumption: str,
    diagnostics: Sequence[Diagnostic],
) -> str:
    """The answer in words, with its uncertainty.

    Returns  “No clear effect …; not established.” wherever the interval holds zero or the test does not exclude it; else the direction
             with both ends of the interval. Both say the assumption on which they rest; warnings of diagnostics follow.
    """
    span = _span(low, high, counterfactual=counterfactual, scale=scale)
    if is_established(low=low, high=high, p=p, coverage=coverage):
        direction = "higher" if low > 0 else "lower"
        answer = (
            f"{outcome} was {direction} than it would have been: compatible with {span} ({_percent(coverage)} interval), "
            f"provided that {assumption}."
        )
    else:
        apart = "" if low <= 0 <= high else f"; the interval leaves out zero while the test does not (p = {p:.3g})"
        answer = (
            f"No clear effect on {outcome}: compatible with {span} ({_percent(coverage)} interval), "
            f"provided that {assumption}{apart}; not established."
        )
    warnings = [each.words for each in diagnostics if each.is_warning]
    return " ".join([answer, *(f"Caution: {words}" for words in warnings)])


def misleading_words(
    naive: Sequence[Effect], *, low: float, high: float, is_clear: bool, coverage: float
) -> tuple[str, ...]:
    """What each naive comparison would have made somebody believe, where that is something else than the design found.

    Shapes   low, high, is_clear: of the design's answer. A naive figure misleads that claims a change where none is established, or none where
             one is, or one in the other direction, or that lies outside the design's interval.
    """
    found = []
    for each in naive:
        claims = is_established(low=each.low, high=each.high, p=each.p, coverage=coverage)
        if claims and not is_clear:
            because = "a clear change, where nothing is established"
        elif is_clear and claims and (each.value > 0) != (low > 0):
            because = "a change in the other direction"
        elif is_clear and each.se == each.se and not claims:
            because = "no clear change, where there is one"
        elif not low <= each.value <= high:
            because = f"which lies outside {_signed(low)} to {_signed(high)}"
        else:
            continue
        span = f" ({_signed(each.low)} to {_signed(each.high)})" if each.se == each.se else ""
        name = each.estimand.removeprefix("naive: ")
        found.append(f"The naive comparison “{name}” would mislead: it says {_signed(each.value)}{span}, {because}.")
    return tuple(found)


def _span(low: float, high: float, *, counterfactual: float, scale: Scale) -> str:
    plain = f"{_signed(low)} to {_signed(high)}"
    if scale is Scale.LOG:
        return f"{_share(math.expm1(low))} to {_share(math.expm1(high))} ({plain} in logarithms)"
    if counterfactual > 0:  # per cent of zero or of a negative number says nothing
        return f"{_share(low / counterfactual)} to {_share(high / counterfactual)} ({plain})"
    return plain


def _share(value: float) -> str:
    return f"{_signed(round(100 * value, 1))} %"


def figure(value: float) -> str:
    """A number in a sentence, with a minus that is one."""
    return f"{value:.4g}".replace("-", "−")


def _signed(value: float) -> str:
    text = f"{abs(value):.4g}"
    return text if float(text) == 0 else f"{'−' if value < 0 else '+'}{text}"


def _percent(coverage: float) -> str:
    return f"{100 * coverage:.6g} %"
