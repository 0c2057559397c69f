"""Template tags and filters that show numbers: `{% load figures %}`.

Filters  {{ value|in_unit:"proportion" }}  {{ value|number:1 }}  {{ change|difference_in:"proportion" }}
         {{ period|in_words }}  {{ day|day_in_words }}
Tags     {% light light possible=lights %}  {% estimate e decimals=1 with_sample=True %}
         {% sparkline points title=words target=0.48 %}
         {% chart specification alt=words table=twin csv_url=url note=words %}
         {% area_map map alt=words table=twin csv_url=url note=words %}
         {% table_rows rows numeric_columns %}
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any

from django import template
from django.utils import translation
from django.utils.formats import localize
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from custodes.evidence.types import Light, Period
from custodes.figures.actions import keep_specification
from custodes.figures.rules import lights, numbers, periods
from custodes.figures.rules.maps import AreaMap
from custodes.figures.rules.series import SeriesPoint
from custodes.figures.rules.sparkline import sparkline as draw_sparkline
from custodes.figures.rules.specification import Specification
from custodes.figures.rules.tables import FigureTable

register = template.Library()


def _language() -> str:
    return translation.get_language() or "en"


@register.filter
def in_unit(value: float | None, unit: str) -> str:
    """`0.483|in_unit:"proportion"` is `48.3 %`."""
    return numbers.value_words(value, unit=unit, language=_language())


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    """A plain number with the signs of the page's language; a dash where there is none."""
    return "–" if value is None else numbers.decimal_words(value, language=_language(), decimals=decimals)


@register.filter
def difference_in(difference: float | None, unit: str) -> str:
    """`+9.8 points`."""
    return "–" if difference is None else numbers.difference_words(difference, unit=unit, language=_language())


@register.filter
def in_words(period: Period) -> str:
    """`November 2025`."""
    return periods.period_words(period, language=_language())


@register.filter
def day_in_words(day: date) -> str:
    """`30 June 2026`."""
    return periods.day_words(day, language=_language())


@register.simple_tag
def light(light: Light | str, possible: Sequence[Light] = ()) -> SafeString:
    """The status as mark and word."""
    kind = Light(light)
    return format_html(
        '<span class="app-light app-light--{}"><span class="app-light__mark" aria-hidden="true">{}</span> {}</span>',
        kind.value,
        lights.light_mark(kind),
        lights.light_words(kind, possible=[Light(each) for each in possible], language=_language()),
    )


@register.simple_tag
def estimate(estimate: Any, decimals: int | None = None, with_sample: bool = False) -> SafeString:
    """A value with interval, or why there is none; takes anything with .value .low .high .unit .n .missing .refusal_text."""
    if estimate.value is None:
        reason = getattr(estimate, "refusal_text", "") or gettext("no figure")
        return format_html('<span class="app-withheld">{}</span>', reason)
    language = _language()
    unit = estimate.unit
    shown = numbers.value_words(estimate.value, unit=unit, language=language, decimals=decimals)
    interval = numbers.interval_words(estimate.low, estimate.high, unit=unit, language=language, decimals=decimals)
    body = format_html('<span class="app-number">{}</span>', shown)
    if interval:
        body = format_html('{} <span class="app-interval">({})</span>', body, interval)
    if with_sample:
        words = numbers.sample_words(estimate.n, getattr(estimate, "missing", None), language=language)
        body = format_html('{} <span class="app-muted">{}</span>', body, words)
    return body


@register.simple_tag
def sparkline(points: Sequence[SeriesPoint], title: str, target: float | None = None) -> SafeString:
    """A series the size of a word."""
    return mark_safe(draw_sparkline(points, title=title, target=target))


@register.inclusion_tag("figures/chart.html")
def chart(
    specification: Specification,
    alt: str = "",
    table: FigureTable | None = None,
    csv_url: str = "",
    note: str = "",
) -> dict[str, Any]:
    """A chart as a picture with its finding, its table twin and its CSV; drawn when the picture is first asked for."""
    return {
        "name": keep_specification(specification),
        "finding": specification["title"],
        "alt": alt or specification.get("description", ""),
        "width": specification["width"],
        "height": specification["height"],
        "table": table,
        "csv_url": csv_url,
        "note": note,
    }


@register.inclusion_tag("figures/map.html")
def area_map(
    map: AreaMap,  # noqa: A002 (the word of the template)
    title: str,
    table: FigureTable | None = None,
    csv_url: str = "",
    note: str = "",
) -> dict[str, Any]:
    """A map with its legend, its table twin and its CSV."""
    legend = [{"swatch": mark_safe(entry.swatch), "words": entry.words} for entry in map.legend]
    return {
        "svg": mark_safe(map.svg),
        "legend": legend,
        "finding": title,
        "table": table,
        "csv_url": csv_url,
        "note": note,
    }


@register.simple_tag
def table_rows(rows: Iterable[Sequence[Any]], numeric_columns: Collection[int] = ()) -> SafeString:
    """The rows of a table, the first cell of each naming it. Written here, since a template took ten times as long over two hundred months."""
    numeric = frozenset(numeric_columns or ())
    return mark_safe("\n".join(_table_row(row, numeric) for row in rows))


def _table_row(row: Sequence[Any], numeric: frozenset[int]) -> str:
    cells = [escape(cell) if type(cell) is str else conditional_escape(localize(cell)) for cell in row]
    parts = [f'<th scope="row" class="govuk-table__header">{cells[0]}</th>'] if cells else []
    for index, cell in enumerate(cells[1:], 1):
        kind = " govuk-table__cell--numeric" if index in numeric else ""
        parts.append(f'<td class="govuk-table__cell{kind}">{cell}</td>')
    return f'<tr class="govuk-table__row">{"".join(parts)}</tr>'
