"""One public indicator: its story, the figures to read beside it, and its rows of open data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Q

from custodes.figures.rules.periods import period_words
from custodes.indicators.queries.readings import public_figures_among, published_readings
from custodes.indicators.queries.story import IndicatorStory, indicator_story, wording_for
from custodes.indicators.rules.displays import Wording, state_words
from custodes.indicators.rules.figures import Figure
from custodes.indicators.rules.series import headline_series
from custodes.portal.queries.programmes import (
    NATIONAL_TOTALS,
    public_indicators,
    with_sheets_loaded,
)
from custodes.portal.rules.open_data import OpenRow, open_row
from custodes.portal.rules.sentences import promise_sentence, reached_sentence
from custodes.programmes.models import Indicator
from custodes.programmes.queries import expected_path_of


@dataclass(frozen=True, slots=True)
class Beside:
    """An indicator that must be read beside another, with what it reached."""

    indicator: Indicator
    reached: str


@dataclass(frozen=True, slots=True)
class MakingLink:
    """A figure of the page by name, and its key for the page that says how it was made."""

    reading: int
    words: str
    value: str


@dataclass(frozen=True, slots=True)
class IndicatorAccount:
    """Everything that the public page of an indicator shows."""

    indicator: Indicator
    story: IndicatorStory
    promised: str
    beside: tuple[Beside, ...]
    makings: tuple[MakingLink, ...]
    count: int


def public_indicator_or_none(programme: str, code: str) -> Indicator | None:
    """One public indicator of a public programme, with its sheet."""
    found = with_sheets_loaded(public_indicators().filter(programme__code=programme, code=code))
    return found[0] if found else None


def public_figures_whole(indicator: Indicator) -> tuple[Figure, ...]:
    """Every protected figure of one indicator."""
    return public_figures_among([indicator], Q(indicator=indicator.pk))[indicator.pk]


def indicator_account_or_none(
    programme: str, code: str, *, language: str, area_url: Callable[[str], str]
) -> IndicatorAccount | None:
    """The account of one public indicator."""
    itself = Q(programme__code=programme, code=code)
    beside = Q(read_with__programme__code=programme, read_with__code=code)
    keys = list(public_indicators().filter(itself | beside).values_list("pk", flat=True).distinct())
    indicators = with_sheets_loaded(public_indicators().filter(pk__in=keys))
    main = next((each for each in indicators if each.programme.code == programme and each.code == code), None)
    if main is None:
        return None
    itself = Q(indicator=main.pk)
    figures = public_figures_among(indicators, itself | NATIONAL_TOTALS)
    own = figures[main.pk]
    others = tuple(
        Beside(each, reached_sentence(_latest_total(each, figures[each.pk]), language=language))
        for each in indicators
        if each.pk != main.pk
    )
    story = indicator_story(main, own, language=language, area_url=area_url)
    promised = promise_sentence(expected_path_of(main), unit=main.sheet.unit, language=language)
    return IndicatorAccount(main, story, promised, others, _making_links(story, own, language), len(own))


def _latest_total(indicator: Indicator, figures: Sequence[Figure]) -> Figure | None:
    country = indicator.programme.country_area.code
    sources = {indicator.source} if indicator.source else {figure.source for figure in figures}
    totals = [each for each in figures if each.is_total and each.area_code == country and each.source in sources]
    return next(reversed(headline_series(totals, frequency=indicator.frequency or indicator.sheet.frequency)), None)


def _making_links(story: IndicatorStory, figures: Sequence[Figure], language: str) -> tuple[MakingLink, ...]:
    """The totals of every period, and every cell of the latest one; the rest have theirs in the CSV."""
    latest = {(source.source, source.latest.end) for source in story.sources if source.latest}
    country = story.indicator.programme.country_area.code
    wording = story.wording
    chosen = [
        each
        for each in figures
        if (each.is_total and each.area_code == country) or (each.source, each.end) in latest and len(each.columns) < 2
    ]
    ordered = sorted(chosen, key=lambda each: (-each.end.toordinal(), each.area_level, each.area_code, each.cell_key))
    return tuple(
        MakingLink(each.pk, figure_words(each, wording, language), wording.estimate(each) if each.is_shown else state_words(each))
        for each in ordered
    )  # fmt: skip


def figure_words(figure: Figure, wording: Wording, language: str) -> str:
    """`November 2025, Karuna, women (survey)`."""
    parts = [period_words(figure.period, language=language), figure.area_name]
    if figure.categories:
        parts.append(wording.cells(figure))
    return f"{', '.join(parts)} ({figure.source})"


def _wording(indicator: Indicator, figures: Sequence[Figure], language: str) -> Wording:
    return wording_for(indicator.sheet, figures, language=language)


def open_rows(indicator: Indicator, *, language: str) -> tuple[OpenRow, ...]:
    """Every public cell of an indicator as open data."""
    figures = public_figures_whole(indicator)
    wording = _wording(indicator, figures, language)
    return tuple(
        open_row(each, programme=indicator.programme.code, label=wording.cells(each), note=note_of(each))
        for each in figures
    )


def note_of(figure: Figure) -> str:
    """Why there is no number, or what must be known of it."""
    if not figure.is_shown:
        return state_words(figure)
    return " ".join([*([figure.text] if figure.text else []), *figure.notes])


def open_row_of(pk: int, *, language: str) -> OpenRow | None:
    """The public cell of one published reading."""
    key = published_readings().filter(pk=pk).values_list("indicator", flat=True).first()
    if key is None:
        return None
    indicator = with_sheets_loaded(public_indicators().filter(pk=key))[0]
    figure = next(each for each in public_figures_among([indicator], Q(pk=pk))[key] if each.pk == pk)
    label = _wording(indicator, [figure], language).cells(figure)
    return open_row(figure, programme=indicator.programme.code, label=label, note=note_of(figure))
