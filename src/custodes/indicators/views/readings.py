"""Making readings, and taking them from draft to public by four eyes."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from custodes.evidence.errors import Problem
from custodes.evidence.registry import estimator
from custodes.evidence.types import MissingPolicy, PeriodKind
from custodes.indicators.actions.computations import request_computation
from custodes.indicators.actions.quality import STANDARDS, record_quality_check
from custodes.indicators.actions.review import (
    publish_readings,
    return_readings,
    submit_readings,
    verify_readings,
    withdraw_readings,
)
from custodes.indicators.forms import ActForm, ComputationForm, JudgementForm, QualityCheckForm, StageForm
from custodes.indicators.models import Computation, Reading
from custodes.indicators.permissions import may
from custodes.indicators.queries.readings import batch_readings, revisions_of, visible_readings
from custodes.indicators.queries.story import reading_with_making
from custodes.indicators.rules.review import TRANSITIONS
from custodes.indicators.views.boards import indicator_or_404
from custodes.indicators.views.keeping import kept_for
from custodes.ledger.models import Dataset
from custodes.people.queries import account_names, rows_within
from custodes.people.views.sign_in import safe_next
from custodes.programmes.models import Indicator

PER_PAGE = 100
CHOSEN = "chosen_readings"  # in the session


@require_http_methods(["GET", "POST"])
@login_required
def computation_new(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """Choose data sets, period and splits; a worker does the rest."""
    indicator = indicator_or_404(request, programme, code)
    form = ComputationForm(request.POST or None, indicator=indicator, account=request.user)
    extra = _extra_form(request, indicator)
    if request.method == "POST" and form.is_valid() and (extra is None or extra.is_valid()):
        values = form.cleaned_data
        try:
            computation = request_computation(
                indicator, by=request.user, datasets=list(values.get("datasets", ())), source=values["source"],
                start=values["start"], end=values["end"], period_kind=PeriodKind(values["period_kind"]),
                every=PeriodKind(values["every"]) if values.get("every") else None,
                crossings=form.crossings, arguments=extra.cleaned_data if extra else None,
                missing_policy=MissingPolicy(values["missing_policy"]) if "missing_policy" in values else None,
            )  # fmt: skip
        except Problem as problem:
            form.add_error(None, str(problem))
        else:
            return redirect("computation-detail", computation.pk)
    context = {
        "indicator": indicator, "form": form, "extra": extra, "estimator": estimator(indicator.sheet.estimator),
        "page_title": _("Compute readings"), "page_caption": f"{indicator.code} {indicator.sheet.name}",
        "breadcrumbs": _crumbs(indicator, _("Compute")),
    }  # fmt: skip
    return render(request, "indicators/computation_new.html", context, status=400 if form.errors else 200)


def _extra_form(request: HttpRequest, indicator: Indicator) -> StageForm | JudgementForm | None:
    """What an estimator without a data set needs to be told."""
    if indicator.sheet.estimator == "ordinal_milestone":
        stages = {**indicator.sheet.arguments, **indicator.arguments}.get("stages", [])
        return StageForm(request.POST or None, stages=stages)
    if indicator.sheet.estimator == "judgement":
        return JudgementForm(request.POST or None)
    return None


def _crumbs(indicator: Indicator, last: str) -> list[tuple[str, str]]:
    programme = indicator.programme
    return [
        (_("Measure"), reverse("board-list")),
        (programme.title, reverse("programme-board", args=[programme.code])),
        (indicator.code, reverse("indicator-page", args=[programme.code, indicator.code])),
        (last, ""),
    ]


@require_safe
@login_required
def computation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The progress of a computation, and its readings with the acts that the account may take."""
    rows = Computation.objects.select_related("indicator__programme", "definition_version")
    computation = get_object_or_404(rows, pk=pk)
    indicator = indicator_or_404(request, computation.indicator.programme.code, computation.indicator.code)
    readings = batch_readings(request.user, computation)
    page = Paginator(readings, PER_PAGE).get_page(request.GET.get("page"))
    for reading in page:
        reading.indicator = indicator  # the same of all, with what decides who may act on it
    open_to = _open_states(request, list(page))
    kept = set(request.session.pop(CHOSEN, ())) & {
        reading.pk for reading in page
    }  # what was ticked before an act was refused
    chosen = sorted(kept) or None
    for reading in page:
        reading.is_ticked = reading.status in open_to if chosen is None else reading.pk in chosen
    datasets = computation.datasets.all()
    context = {
        "computation": computation, "indicator": indicator, "unit": computation.definition_version.unit, "page": page,
        "acts": _acts_in(open_to), "ticked": chosen,
        "datasets": datasets, "openable": _openable(request, datasets), "kept": kept_for(request, is_settled=not computation.is_going),
        "page_title": _("Readings of %(code)s") % {"code": indicator.code}, "page_caption": indicator.sheet.name,
        "breadcrumbs": _crumbs(indicator, _("Readings")),
    }  # fmt: skip
    return render(request, "indicators/computation.html", context)


def _acts_for(request: HttpRequest, readings: list[Reading]) -> list[str]:
    """The acts that at least one of the readings is open to, in the order of their life."""
    return _acts_in(_open_states(request, readings))


def _acts_in(open_states: Mapping[str, Sequence[str]]) -> list[str]:
    possible = {act for acts in open_states.values() for act in acts}
    return [act for act in ("submit", "verify", "return", "publish", "withdraw") if act in possible]


def _open_states(request: HttpRequest, readings: list[Reading]) -> dict[str, list[str]]:
    """The states among the readings in which the account may do something, and what."""
    by_status = {reading.status: reading for reading in readings}
    found = {
        status: [act for act in TRANSITIONS[status] if may(request.user, act, reading)]
        for status, reading in by_status.items()
    }
    return {status: acts for status, acts in found.items() if acts}


def _openable(request: HttpRequest, datasets: QuerySet[Dataset]) -> set[str]:
    """The hashes of those data sets whose title and provenance the account may read."""
    return set(rows_within(datasets, request.user, programme="programme").values_list("sha256", flat=True))


@require_POST
@login_required
def readings_act(request: HttpRequest) -> HttpResponse:
    """Take one act on the ticked readings; all of them or none."""
    form = ActForm(request.POST, readings=visible_readings(request.user))
    target = safe_next(request, "back") or reverse("work-queue")
    if not form.is_valid():
        messages.error(request, _("Tick at least one reading, then choose what to do."))
        return redirect(target)
    act, readings, reason = form.cleaned_data["act"], list(form.cleaned_data["readings"]), form.cleaned_data["reason"]
    acts = {
        "submit": lambda: submit_readings(readings, by=request.user, note=reason),
        "verify": lambda: verify_readings(readings, by=request.user, note=reason),
        "return": lambda: return_readings(readings, by=request.user, reason=reason),
        "publish": lambda: publish_readings(readings, by=request.user, note=reason),
        "withdraw": lambda: withdraw_readings(readings, by=request.user, reason=reason),
    }
    try:
        done = acts[act]()
    except Problem as problem:
        messages.error(request, str(problem))
        request.session[CHOSEN] = [reading.pk for reading in readings]
    else:
        messages.success(request, act_sentence(act, len(done)))
    return redirect(target)


def act_sentence(act: str, count: int) -> str:
    """What was just done."""
    sentences = {
        "submit": ngettext("%(n)d reading submitted.", "%(n)d readings submitted.", count),
        "verify": ngettext("%(n)d reading verified.", "%(n)d readings verified.", count),
        "return": ngettext("%(n)d reading returned.", "%(n)d readings returned.", count),
        "publish": ngettext("%(n)d reading published.", "%(n)d readings published.", count),
        "withdraw": ngettext("%(n)d reading withdrawn.", "%(n)d readings withdrawn.", count),
    }
    return sentences[act] % {"n": count}


@require_safe
@login_required
def reading_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One reading: its figures, how it was made, everything that happened to it."""
    reading = reading_with_making(get_object_or_404(visible_readings(request.user), pk=pk).pk)
    revisions = list(revisions_of(reading))
    datasets = Dataset.objects.filter(sha256__in=reading.dataset_hashes)
    indicator = reading.indicator
    context = {
        "reading": reading, "indicator": indicator, "revisions": revisions, "datasets": datasets, "openable": _openable(request, datasets),
        "names": account_names([revision.by for revision in revisions]), "estimator": estimator(reading.definition_version.estimator),
        "acts": _acts_for(request, [reading]), "page_title": _("How this figure was made"),
        "page_caption": f"{indicator.code} {reading.definition_version.name}", "breadcrumbs": _crumbs(indicator, _("Reading")),
    }  # fmt: skip
    return render(request, "indicators/reading.html", context)


@require_http_methods(["GET", "POST"])
@login_required
def quality_check_new(request: HttpRequest, programme: str, code: str) -> HttpResponse:
    """Enter a data-quality check."""
    indicator = indicator_or_404(request, programme, code)
    form = QualityCheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        record_quality_check(
            indicator, by=request.user, source=values["source"], on=values["on"], note=values["note"],
            answers={name: values[name] for name in STANDARDS},
        )  # fmt: skip
        messages.success(request, _("The check was recorded."))
        return redirect("indicator-page", programme, code)
    context = {
        "form": form, "indicator": indicator, "page_title": _("Check the data quality"),
        "page_caption": f"{indicator.code} {indicator.sheet.name}", "breadcrumbs": _crumbs(indicator, _("Data quality")),
    }  # fmt: skip
    return render(request, "indicators/quality_check_new.html", context, status=400 if form.errors else 200)
