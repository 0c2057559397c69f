"""Units that fell silent while the file says zero: found, then asked about, never decided (I21)."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from custodes.collection.rules.dates import Span
from custodes.collection.rules.mapping import Silence

FEWEST_PERIODS = 2
USUAL_MEAN = 5.0


@dataclass(slots=True)
class UnitRecord:
    """Sums of all measures of one unit by period; None where every cell was empty."""

    totals: dict[Span, float | None] = field(default_factory=dict)

    def add(self, span: Span, amounts: Iterable[float | None]) -> None:
        known = [amount for amount in amounts if amount is not None]
        before = self.totals.get(span)
        if known:
            self.totals[span] = (before or 0.0) + sum(known)
        else:
            self.totals.setdefault(span, before)


def silent_candidates(units: dict[str, UnitRecord], answered: Iterable[Silence]) -> tuple[Silence, ...]:
    """Runs of two or more periods in which all that a unit reported is zero, though it reports 5 or more in a usual period.

    answered  times about which a person has said already what the zeros mean; each covers whole periods.
    """
    known = tuple(answered)
    found: list[Silence] = []
    for unit, record in sorted(units.items()):
        spans = sorted(record.totals, key=lambda span: (span.start, span.end))
        spoken = [total for total in record.totals.values() if total]
        if not spoken or sum(spoken) / len(spoken) < USUAL_MEAN:
            continue
        run: list[Span] = []
        for span in [*spans, None]:
            if span is not None and record.totals[span] == 0:
                if not any(silence.covers(unit, span) for silence in known):
                    run.append(span)
                continue
            if len(run) >= FEWEST_PERIODS:
                found.append(Silence(unit, run[0].start.isoformat(), run[-1].end.isoformat()))
            run = []
    return tuple(found)
