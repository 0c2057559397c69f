"""Pages of devices: which there are, a new one with its code, and taking one back."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from custodes.collection.actions import make_device, withdraw_device
from custodes.collection.forms import DeviceForm
from custodes.collection.models import Device
from custodes.collection.openrosa import settings_code
from custodes.collection.permissions import can_import
from custodes.collection.queries import devices_for, forms_for_devices, programme_choices
from custodes.collection.receiver import PREFIX
from custodes.evidence.errors import Problem
from custodes.people.forms import ReasonForm, add_problem
from custodes.people.permissions import check_role
from custodes.people.queries import account_names
from custodes.people.rules import Role

ROWS_PER_PAGE = 50


def _crumbs(*labels: str) -> list[dict[str, str]]:
    return [{"label": _("Devices"), "url": reverse("device-list")}, *({"label": each, "url": ""} for each in labels)]


@require_safe
@login_required
def device_list(request: HttpRequest) -> HttpResponse:
    """The devices within the account's grants, with their last contact."""
    page = Paginator(devices_for(request.user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    names = account_names([device.created_by for device in page.object_list])
    today = timezone.localdate()
    rows = [
        {"device": device, "by": names[device.created_by], "tag": _tag(device, today.isoformat())}
        for device in page.object_list
    ]
    return render(
        request, "collection/device_list.html", {"page": page, "rows": rows, "may_make": can_import(request.user)}
    )


def _tag(device: Device, today: str) -> dict[str, object]:
    """Whether the key still works, as a word and a colour."""
    if device.withdrawn_at:
        return {"label": _("Withdrawn"), "colour": "red", "works": False}
    if device.ends.isoformat() < today:
        return {"label": _("Ended"), "colour": "grey", "works": False}
    return {"label": _("In use"), "colour": "green", "works": True}


@never_cache
@login_required
def device_new(request: HttpRequest) -> HttpResponse:
    """The key is on the answer to the form, and on no other page."""
    if not can_import(request.user):
        check_role(request.user, Role.ME_OFFICER)
    form = DeviceForm(
        request.POST or None, programmes=programme_choices(request.user), forms=forms_for_devices(request.user)
    )
    if form.is_valid():
        try:
            new = make_device(by=request.user, **form.cleaned_data)
        except Problem as problem:
            add_problem(form, problem)
        else:
            address = f"{settings.CONFIG.site.base_url.rstrip('/')}{PREFIX}"
            context = {
                "device": new.device, "key": new.key, "address": f"{address}{new.key}", "shared_address": address,
                "code": settings_code(f"{address}{new.key}", project=settings.CONFIG.site.name),
                "breadcrumbs": _crumbs(new.device.label),
            }  # fmt: skip
            return render(request, "collection/device_made.html", context)
    context = {
        "form": form,
        "page_title": _("New device"),
        "button": _("Make the device"),
        "breadcrumbs": _crumbs(_("New device")),
    }
    return render(request, "people/form_page.html", context, status=400 if form.errors else 200)


@login_required
def device_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask why, and end the key."""
    device = get_object_or_404(devices_for(request.user), pk=pk)
    check_role(request.user, Role.ME_OFFICER, programme=device.programme)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        withdraw_device(device, by=request.user, why=form.cleaned_data["why"])
        messages.success(request, _("The device was withdrawn. It can send nothing any more; what it sent stays."))
        return redirect("device-list")
    title = _("Withdraw the device")
    context = {
        "form": form, "page_title": title, "button": title, "page_caption": device.label, "breadcrumbs": _crumbs(device.label),
    }  # fmt: skip
    return render(request, "people/form_page.html", context, status=400 if form.errors else 200)
