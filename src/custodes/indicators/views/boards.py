"""What waits for me, how the programme stands, and the story of one indicator."""

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from custodes.evidence.types import Light
from custodes.indicators.permissions import may_compute
from custodes.indicators.queries.board import BoardBranch, programme_board
from custodes.indicators.queries.queue import work_queue
from custodes.indicators.queries.readings import (
    SETTLED,
    quality_checks_of,
    staff_story_figures,
    visible_indicator_or_none,
    visible_readings,
)
from custodes.indicators.queries.story import break_days, figures_read_with, indicator_story
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
    shown = programme_board(found, request.user)
    context = {
        "programme": found,
        "branches": shown.branches,
        "tally": _in_order(_tally(shown.branches)),
        "plan": shown.plan,
        "page_title": found.title,
        "page_caption": _("Board"),
        "breadcrumbs": [(_("Measure"), reverse("board-list")), (found.title, "")],
    }
    return render(request, "indicators/board.html", context)


def _tally(branches: tuple[BoardBranch, ...]) -> Counter[str]:
    """How many main rows have each light."""
    tally: Counter[str] = Counter()
    for branch in branches:
        tally.update(row.standing.verdict.light.value for row in branch.rows if row.is_main_source)
        tally.update(_tally(branch.children))
    return tally


def _in_order(tally: Counter[str]) -> dict[str, int]:
    """The lights that occur, always in the same order; a plain mapping, because a template asks a Counter for its key “items” first."""
    return {light.value: tally[light.value] for light in Light if tally[light.value]}


def indicator_or_404(request: HttpRequest, programme: str, code: str) -> Indicator:
    """The indicator with its sheet, if the account may see it."""
    indicator = visible_indicator_or_none(request.user, programme, code)
    if indicator is None:
        raise Http404(_("There is no such indicator for you."))
    return indicator


@require_safe
@login_required
def indicator_page(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """Series with intervals and path, groups, map, changes, sheet, quality checks."""
    indicator = indicator_or_404(request, programme, code)
    readings = visible_readings(request.user).filter(indicator=indicator, status__in=SETTLED)
    story = indicator_story(
        indicator,
        staff_story_figures(readings, indicator.programme.country_area, breaks=break_days(indicator)),
        language=get_language() or "en",
        area_url=lambda area: reverse("area-of-code", args=[area]),
    )
    context = {
        "indicator": indicator,
        "version": indicator.sheet,
        "story": story,
        "beside": figures_read_with(indicator, request.user),
        "checks": quality_checks_of(indicator)[:5],
        "can_compute": may_compute(request.user, indicator),
        "recent": visible_readings(request.user).filter(indicator=indicator, cell_key="", area=indicator.programme.country_area_id)
        .only("end", "source", "status").order_by("-end")[:12],
        "page_title": indicator.sheet.name,
        "page_caption": indicator.code,
        "breadcrumbs": [
            (_("Measure"), reverse("board-list")),
            (indicator.programme.title, reverse("programme-board", args=[programme])),
            (indicator.code, ""),
        ],
    }  # fmt: skip
    return render(request, "indicators/indicator.html", context)
