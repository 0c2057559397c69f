"""The figure of an impact design as SVG of our own: effects with intervals and band around zero, naive comparisons apart."""

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custodes.evidence.designs.types import Effect, Impact

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 20, 70, 60
INK, MUTED, BLUE, AMBER = "#1a1a1a", "#6b6b6b", "#1f5f99", "#b8730a"
MOST_LABELS = 12
LINE_LETTERS = 105


def svg_of(found: "Impact") -> str:
    """Effects over time where the design has them, else its averages; the sentence is the title, the diagnostics the description."""
    over_time = [each for each in found.effects if each.at is not None]
    shown = over_time if len(over_time) > 1 else list(found.effects)
    naive = [each for each in found.naive if each.se == each.se]
    low, high = _reach([*shown, *naive])
    checks = " ".join(f"{each.kind}: {each.words}" for each in found.diagnostics)
    parts = [f"<title>{escape(found.sentence)}</title>", f"<desc>{escape(checks)}</desc>", *_heading(found.sentence)]
    parts += _axis(low, high)
    places = len(shown) + len(naive) + (1 if naive else 0)
    step = (WIDTH - LEFT - RIGHT) / max(places, 1)
    every = max(1, -(-len(shown) // MOST_LABELS))
    for index, effect in enumerate([*shown, *naive]):
        is_naive = index >= len(shown)
        x = LEFT + step * (index + 0.5 + (1 if is_naive else 0))
        label = "naive" if is_naive else _label(effect) if index % every == 0 else ""
        parts += _mark(effect, x, (low, high), colour=AMBER if is_naive else BLUE, label=label)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}">{"".join(parts)}</svg>\n'
    )


def _reach(effects: "list[Effect]") -> tuple[float, float]:
    ends = [0.0]
    for each in effects:
        ends += [each.low, each.high]
        ends += [end for end in (each.band_low, each.band_high) if end is not None]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low or 1.0)
    return low - room, high + room


def _height(value: float, reach: tuple[float, float]) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (reach[1] - value) / (reach[1] - reach[0])


def _heading(sentence: str) -> list[str]:
    lines, line = [], ""
    for word in sentence.split():
        if line and len(line) + len(word) >= LINE_LETTERS:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    lines.append(line)
    return [f'<text x="10" y="{20 + 16 * index}">{escape(each)}</text>' for index, each in enumerate(lines[:3])]


def _axis(low: float, high: float) -> list[str]:
    parts = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        value = low + share * (high - low)
        y = _height(value, (low, high))
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end" fill="{MUTED}">{value:.3g}</text>')
    zero = _height(0.0, (low, high))
    parts.append(f'<path d="M{LEFT} {zero:.1f}H{WIDTH - RIGHT}" stroke="{INK}" stroke-width="1"/>')
    return parts


def _mark(effect: "Effect", x: float, reach: tuple[float, float], *, colour: str, label: str) -> list[str]:
    parts = []
    if effect.band_low is not None and effect.band_high is not None:
        ends = f"M{x:.1f} {_height(effect.band_low, reach):.1f}V{_height(effect.band_high, reach):.1f}"
        parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="7" stroke-opacity=".2"/>')
    ends = f"M{x:.1f} {_height(effect.low, reach):.1f}V{_height(effect.high, reach):.1f}"
    parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="1.6"/>')
    parts.append(f'<circle cx="{x:.1f}" cy="{_height(effect.value, reach):.1f}" r="3.4" fill="{colour}"/>')
    if label:
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle" fill="{MUTED}">{escape(label)}</text>'
        )
    return parts


def _label(effect: "Effect") -> str:
    return f"{effect.at:g}" if effect.at is not None else effect.estimand.partition(":")[0]
