"""A series the size of a word, as SVG of our own: a band for the intervals, a line, a mark at the latest value."""

from collections.abc import Sequence
from html import escape

from custodes.figures.rules.series import SeriesPoint

SPARK_WIDTH, SPARK_HEIGHT, MARGIN = 108, 26, 4


def sparkline(points: Sequence[SeriesPoint], *, title: str, target: float | None = None) -> str:
    """SVG of the series with `title` as its words; gaps stay gaps; empty text where there is nothing to draw.

    Time runs from the left in every language, as it does in the chart of the same series.
    """
    known = [each for each in points if each.value is not None]
    if not known:
        return ""
    ordered = sorted(points, key=lambda each: each.day)
    reach = _reach(known, target)
    first, last = ordered[0].day.toordinal(), ordered[-1].day.toordinal()

    def x(point: SeriesPoint) -> float:
        share = (point.day.toordinal() - first) / (last - first) if last > first else 0.5
        return MARGIN + share * (SPARK_WIDTH - 2 * MARGIN)

    def y(value: float) -> float:
        low, high = reach
        share = (value - low) / (high - low) if high > low else 0.5
        return SPARK_HEIGHT - MARGIN - share * (SPARK_HEIGHT - 2 * MARGIN)

    parts = [f"<title>{escape(title)}</title>"]
    if target is not None:
        level = f"{y(target):.1f}"
        parts.append(
            f'<path d="M{MARGIN} {level}H{SPARK_WIDTH - MARGIN}" stroke="#b8730a" stroke-dasharray="3 2" fill="none"/>'
        )
    for run in _runs(ordered):
        banded = [each for each in run if each.low is not None and each.high is not None]
        if len(banded) > 1:
            upper = [f"{x(each):.1f} {y(each.high or 0.0):.1f}" for each in banded]
            lower = [f"{x(each):.1f} {y(each.low or 0.0):.1f}" for each in reversed(banded)]
            parts.append(f'<path d="M{"L".join(upper + lower)}Z" fill="currentColor" fill-opacity=".2"/>')
        line = "L".join(f"{x(each):.1f} {y(each.value or 0.0):.1f}" for each in run)
        parts.append(f'<path d="M{line}" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/>')
    latest = max(known, key=lambda each: each.day)
    if latest.low is not None and latest.high is not None:
        ends = f"M{x(latest):.1f} {y(latest.low):.1f}V{y(latest.high):.1f}"
        parts.append(f'<path d="{ends}" fill="none" stroke="currentColor" stroke-width="1.2"/>')
    parts.append(f'<circle cx="{x(latest):.1f}" cy="{y(latest.value or 0.0):.1f}" r="2.8" fill="currentColor"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="app-sparkline" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" '
        f'width="{SPARK_WIDTH}" height="{SPARK_HEIGHT}" role="img">{"".join(parts)}</svg>'
    )


def _reach(known: Sequence[SeriesPoint], target: float | None) -> tuple[float, float]:
    ends = [end for each in known for end in (each.value, each.low, each.high) if end is not None]
    if target is not None:
        ends.append(target)
    return min(ends), max(ends)


def _runs(ordered: Sequence[SeriesPoint]) -> list[list[SeriesPoint]]:
    """The stretches between gaps; a gap is a point without a value."""
    runs: list[list[SeriesPoint]] = [[]]
    for point in ordered:
        if point.value is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
