"""The ways in: sign-in with its demonstration buttons, the page that asks for a second factor, and first set-up."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from custodes.evidence.errors import Problem
from custodes.people import actions, forms, queries
from custodes.people.models import Account
from custodes.people.permissions import lacks_second_factor

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class SignInView(LoginView):
    """allauth's sign-in; first set-up instead while no account exists; one button per role in demonstration mode."""

    def dispatch(self, request: HttpRequest, *arguments: Any, **names: Any) -> HttpResponseBase:
        if queries.is_without_accounts():
            return redirect("first-setup")
        return super().dispatch(request, *arguments, **names)

    def get_context_data(self, **names: Any) -> dict[str, Any]:
        context = super().get_context_data(**names)
        if settings.DEMONSTRATION:
            context["demonstration_accounts"] = queries.demonstration_accounts()
        return context


@require_POST
@never_cache
def demonstration_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a demonstration account, without password or second factor; there is no such page outside demonstration mode."""
    if not settings.DEMONSTRATION:
        raise Http404
    offered = {account.pk for account in queries.demonstration_accounts()}
    chosen = request.POST.get("account", "")
    if not chosen.isdecimal() or int(chosen) not in offered:
        raise Http404
    account = get_object_or_404(Account, pk=int(chosen), is_demonstration=True, is_active=True)
    login(request, account, backend=BACKEND)
    return redirect(safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL))


def safe_next(request: HttpRequest, field: str = "next") -> str:
    """Where the person wanted to go, if that is a page of this site; else nothing."""
    wanted = request.POST.get(field) or request.GET.get(field) or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""


@require_safe
@login_required
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Why the account's role needs a second factor, and the two ways to set it up."""
    onward = safe_next(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
    if not lacks_second_factor(request.user):
        return redirect(onward)
    return render(request, "people/second_factor.html", {"page_title": _("Set up a second factor"), "onward": onward})


@sensitive_post_parameters("password", "password_again", "code")
@never_cache
def first_setup(request: HttpRequest) -> HttpResponse:
    """Name the office and make its first administrator, with the printed code; over as soon as an account exists."""
    if not queries.is_without_accounts():
        return redirect("account_login")
    form = forms.FirstSetupForm(request.POST or None)
    if form.is_valid():
        values = form.cleaned_data
        try:
            actions.check_setup_code(values["code"])
            account = actions.create_first_administrator(
                values["username"],
                **{
                    name: values[name]
                    for name in ("password", "organisation_name", "organisation_kind", "email", "full_name")
                },
                language=request.LANGUAGE_CODE,
            )
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            record_authentication(request, account, "password", username=account.username)
            login(request, account, backend=BACKEND)
            return redirect("second-factor-needed")
    return render(request, "people/first_setup.html", {"form": form}, status=400 if form.errors else 200)
