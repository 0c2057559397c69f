"""From a leading effect and its diagnostics to the answer that is shown: the last step of every design."""

from collections.abc import Iterable
from dataclasses import dataclass

from custodes.evidence.designs.comparisons import counterfactual_mean
from custodes.evidence.designs.panel import Panel
from custodes.evidence.designs.sentences import misleading_words, sentence_of
from custodes.evidence.designs.types import (
    OF_EVERY_DESIGN,
    Diagnostic,
    DiagnosticKind,
    Effect,
    Impact,
    Scale,
    is_established,
    power_diagnostic,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What is the same in every answer of a design.

    assumption  on which the answer rests, as the end of “provided that …”. also_needs: diagnostics beyond those of every design.
    """

    design: str
    source: str
    assumption: str
    also_needs: frozenset[DiagnosticKind] = frozenset()


def answer(
    leading: Effect,
    *,
    about: About,
    panel: Panel,
    diagnostics: Iterable[Diagnostic],
    method: str,
    effects: Iterable[Effect],
    naive: Iterable[Effect],
    coverage: float,
    scale: Scale,
) -> Impact:
    """The Impact of a design: power joins its diagnostics, and the sentence says the effect with the assumption on which it rests."""
    counterfactual = counterfactual_mean(panel, leading.value)
    power = power_diagnostic(leading.se, counterfactual=counterfactual, coverage=coverage, df=leading.df)
    checks = (*diagnostics, power)
    beside = tuple(naive)
    return Impact(
        design=about.design,
        estimand=leading.estimand,
        value=leading.value,
        se=leading.se,
        low=leading.low,
        high=leading.high,
        p=leading.p,
        coverage=coverage,
        diagnostics=checks,
        needs=OF_EVERY_DESIGN | about.also_needs,
        sentence=sentence_of(
            outcome=panel.name,
            low=leading.low,
            high=leading.high,
            p=leading.p,
            coverage=coverage,
            counterfactual=counterfactual,
            scale=scale,
            assumption=about.assumption,
            diagnostics=checks,
        ),
        outcome=panel.name,
        method=method,
        source=about.source,
        units=len(panel.units),
        treated_units=int(panel.is_ever_treated.sum()),
        periods=len(panel.times),
        counterfactual=counterfactual,
        df=leading.df,
        effects=tuple(effects),
        naive=beside,
        misleading=misleading_words(
            beside,
            low=leading.low,
            high=leading.high,
            is_clear=is_established(low=leading.low, high=leading.high, p=leading.p, coverage=coverage),
            coverage=coverage,
        ),
        notes=panel.notes,
    )
