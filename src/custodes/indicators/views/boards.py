"""What waits for me, how the programme stands, and the story of one indicator."""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custodes.indicators.permissions import may_compute
from custodes.indicators.queries.board import programme_board
from custodes.indicators.queries.queue import work_queue
from custodes.indicators.queries.readings import (
    quality_checks_of,
    staff_story_figures,
    visible_indicator_or_none,
    visible_readings,
)
from custodes.indicators.queries.story import IndicatorStory, break_days, figures_read_with, indicator_story
from custodes.indicators.rules.figures import Figure
from custodes.indicators.views.keeping import kept_for
from custodes.people.permissions import Visitor
from custodes.programmes.models import Indicator
from custodes.programmes.queries import visible_programmes


@require_safe
@login_required
def work(request: HttpRequest) -> HttpResponse:
    """The personal work queue."""
    return render(
        request, "indicators/work_queue.html", {"queue": work_queue(request.user), "page_title": _("My work")}
    )


@require_safe
@login_required
def boards(request: HttpRequest) -> HttpResponse:
    """The programmes whose boards the account may see."""
    programmes = visible_programmes(request.user).order_by("title")
    return render(request, "indicators/boards.html", {"programmes": programmes, "page_title": _("Measure")})


@require_safe
@login_required
def board(request: HttpRequest, programme: str) -> HttpResponse:
    """Results with their indicators, lights, series and pace."""
    found = get_object_or_404(visible_programmes(request.user), code=programme)
    context = {
        "programme": found,
        "board": SimpleLazyObject(lambda: programme_board(found, request.user)),
        "kept": kept_for(request),
        "page_title": found.title,
        "page_caption": _("Board"),
        "breadcrumbs": [(_("Measure"), reverse("board-list")), (found.title, "")],
    }
    return render(request, "indicators/board.html", context)


def indicator_or_404(request: HttpRequest, programme: str, code: str) -> Indicator:
    """The indicator with its sheet, if the account may see it."""
    indicator = visible_indicator_or_none(request.user, programme, code)
    if indicator is None:
        raise Http404(_("There is no such indicator for you."))
    return indicator


@dataclass(frozen=True, slots=True)
class Told:
    """The part of an indicator's page that is made of readings."""

    story: IndicatorStory
    newest: tuple[Figure, ...]


def _told(indicator: Indicator, account: Visitor) -> Told:
    figures = staff_story_figures(
        visible_readings(account).filter(indicator=indicator),
        indicator.programme.country_area,
        breaks=break_days(indicator),
    )
    story = indicator_story(
        indicator,
        figures.settled,
        language=get_language() or "en",
        area_url=lambda area: reverse("area-of-code", args=[area]),
    )
    return Told(story, figures.newest)


@require_safe
@login_required
def indicator_page(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """Series with intervals and path, groups, map, changes, sheet, quality checks."""
    indicator = indicator_or_404(request, programme, code)
    context = {
        "indicator": indicator,
        "version": indicator.sheet,
        "told": SimpleLazyObject(lambda: _told(indicator, request.user)),
        "kept": kept_for(request),
        "beside": figures_read_with(indicator, request.user),
        "checks": quality_checks_of(indicator)[:5],
        "can_compute": may_compute(request.user, indicator),
        "page_title": indicator.sheet.name,
        "page_caption": indicator.code,
        "breadcrumbs": [
            (_("Measure"), reverse("board-list")),
            (indicator.programme.title, reverse("programme-board", args=[programme])),
            (indicator.code, ""),
        ],
    }  # fmt: skip
    return render(request, "indicators/indicator.html", context)
