"""From a leading effect and its diagnostics to the answer that is shown."""

from collections.abc import Iterable

from custodes.evidence.designs.panel import Panel
from custodes.evidence.designs.sentences import sentence_of
from custodes.evidence.designs.types import Diagnostic, DiagnosticKind, Effect, Impact, Scale


def answer(
    leading: Effect,
    *,
    design: str,
    panel: Panel,
    diagnostics: Iterable[Diagnostic],
    needs: frozenset[DiagnosticKind],
    counterfactual: float,
    coverage: float,
    scale: Scale,
    assumption: str,
    method: str,
    source: str,
    effects: Iterable[Effect],
    naive: Iterable[Effect],
) -> Impact:
    """The Impact of a design: its leading effect put in a sentence with the assumption on which it rests."""
    checks = tuple(diagnostics)
    return Impact(
        design=design,
        estimand=leading.estimand,
        value=leading.value,
        se=leading.se,
        low=leading.low,
        high=leading.high,
        p=leading.p,
        coverage=coverage,
        diagnostics=checks,
        needs=needs,
        sentence=sentence_of(
            outcome=panel.name,
            low=leading.low,
            high=leading.high,
            p=leading.p,
            coverage=coverage,
            counterfactual=counterfactual,
            scale=scale,
            assumption=assumption,
            diagnostics=checks,
        ),
        outcome=panel.name,
        method=method,
        source=source,
        units=len(panel.units),
        treated_units=int(panel.is_ever_treated.sum()),
        periods=len(panel.times),
        counterfactual=counterfactual,
        effects=tuple(effects),
        naive=tuple(naive),
        notes=panel.notes,
    )
