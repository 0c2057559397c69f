"""The figure of an impact design as SVG of our own: effects with intervals and band around zero, naive comparisons apart."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from custodes.evidence.designs.types import Effect, Impact

WIDTH, PLOT_HEIGHT, LEFT, RIGHT, BOTTOM = 760, 290, 86, 16, 116
NAIVE_WIDTH = 112  # of each naive comparison, whose name stands beneath it
LINE, LETTERS_OF_HEADING, LETTERS_OF_NAME = 15, 105, 17
INK, MUTED, PALE, BLUE, AMBER = "#1a1a1a", "#5c5c5c", "#dddddd", "#1f5f99", "#8a5200"
MOST_LABELS, WANTED_TICKS = 12, 6
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """Where a value stands on the page: the round numbers beside the axis, and the top of what is drawn."""

    ticks: tuple[float, ...]
    top: int

    def height(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return self.top + PLOT_HEIGHT * (high - value) / (high - low)


def svg_of(found: "Impact") -> str:
    """Effects over time where the design has them, else its averages; the sentence is the title, the diagnostics the description."""
    over_time = [each for each in found.effects if each.at is not None]
    shown = over_time if len(over_time) > 1 else list(found.effects)
    naive = [each for each in found.naive if each.se == each.se]
    heading = wrap(found.sentence, LETTERS_OF_HEADING)
    axis = Axis(round_ticks(*_reach([*shown, *naive])), top=24 + LINE * len(heading))
    border = WIDTH - RIGHT - NAIVE_WIDTH * len(naive)
    checks = " ".join([*(f"{each.kind}: {each.words}" for each in found.diagnostics), *found.misleading])
    parts = [f"<title>{escape(found.sentence)}</title>", f"<desc>{escape(checks)}</desc>"]
    parts += [_text(10, 20 + LINE * index, each, anchor="start", colour=INK) for index, each in enumerate(heading)]
    parts += _axes(found, axis, border=border, is_over_time=shown is over_time)
    step = (border - LEFT) / max(len(shown), 1)
    every = max(1, -(-len(shown) // MOST_LABELS)) if shown is over_time else 1
    for index, effect in enumerate(shown):
        x = LEFT + step * (index + 0.5)
        parts += _mark(effect, x, axis, colour=BLUE)
        if index % every == 0:
            parts += _name(_label(effect), x, axis)
    for index, effect in enumerate(naive):
        x = border + NAIVE_WIDTH * (index + 0.5)
        parts += [*_mark(effect, x, axis, colour=AMBER), *_name(effect.estimand, x, axis)]
    height = axis.top + PLOT_HEIGHT + BOTTOM
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'font-family="sans-serif" font-size="12" fill="{INK}"><path d="M0 0H{WIDTH}V{height}H0Z" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def round_ticks(low: float, high: float) -> tuple[float, ...]:
    """Evenly spaced round numbers, zero among them where it lies between, from below `low` to above `high`."""
    rough = (high - low or 1.0) / WANTED_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in STEPS if each * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step), math.ceil(high / step)
    return tuple(float(f"{number * step:.12g}") for number in range(first, max(last, first + 1) + 1))


def _reach(effects: "Iterable[Effect]") -> tuple[float, float]:
    ends = [0.0]
    for each in effects:
        ends += [each.low, each.high]
        ends += [end for end in (each.band_low, each.band_high) if end is not None]
    return min(ends), max(ends)


def _text(x: float, y: float, words: str, *, anchor: str = "middle", colour: str = MUTED, turned: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"{turn}>{escape(words)}</text>'


def _axes(found: "Impact", axis: Axis, *, border: float, is_over_time: bool) -> list[str]:
    parts = []
    for value in axis.ticks:
        y = axis.height(value)
        colour = INK if value == 0 else PALE
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{colour}" stroke-width="1"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:.10g}".replace("-", "−"), anchor="end"))
    middle, foot = axis.top + PLOT_HEIGHT / 2, axis.top + PLOT_HEIGHT
    parts.append(_text(18, middle, f"change in {found.outcome}", colour=INK, turned=True))
    under = "periods since the treatment began" if is_over_time else "averages"
    parts.append(_text((LEFT + border) / 2, foot + 20 + LINE * (1 if is_over_time else 3), under, colour=INK))
    if border < WIDTH - RIGHT:
        parts.append(f'<path d="M{border} {axis.top}V{foot}" stroke="{MUTED}" stroke-dasharray="3 3"/>')
    lines = f"Lines: {100 * found.coverage:.6g} % intervals."
    if any(each.band_low is not None for each in found.effects):
        lines += " Pale bars: the band that holds at all times at once."
    parts.append(_text(10, foot + BOTTOM - 12, lines, anchor="start"))
    return parts


def _mark(effect: "Effect", x: float, axis: Axis, *, colour: str) -> list[str]:
    parts = []
    if effect.band_low is not None and effect.band_high is not None:
        ends = f"M{x:.1f} {axis.height(effect.band_low):.1f}V{axis.height(effect.band_high):.1f}"
        parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="7" stroke-opacity=".2"/>')
    ends = f"M{x:.1f} {axis.height(effect.low):.1f}V{axis.height(effect.high):.1f}"
    parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="1.6"/>')
    parts.append(f'<circle cx="{x:.1f}" cy="{axis.height(effect.value):.1f}" r="3.4" fill="{colour}"/>')
    return parts


def _name(words: str, x: float, axis: Axis) -> list[str]:
    lines: Sequence[str] = wrap(words, LETTERS_OF_NAME)
    return [_text(x, axis.top + PLOT_HEIGHT + 20 + LINE * index, each) for index, each in enumerate(lines)]


def _label(effect: "Effect") -> str:
    return f"{effect.at:g}".replace("-", "−") if effect.at is not None else effect.estimand.partition(":")[0]
