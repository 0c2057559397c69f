"""Pages of accounts, grants, bodies and one's own account. Each asks the permissions, the queries and the actions; it decides nothing."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from custodes.evidence.errors import Problem
from custodes.people import actions, forms, queries
from custodes.people.models import ApiToken, RoleGrant
from custodes.people.permissions import check_role, grant_or_none, has_second_factor, lacks_second_factor
from custodes.people.rules import Role

ROWS_PER_PAGE = 50
REGISTER_KEEPERS = (Role.ADMINISTRATOR, Role.PROGRAMME_MANAGER)


def crumbs(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    """Breadcrumbs of this app's pages, from the list of accounts on."""
    return [{"label": _("People"), "url": reverse("account-list")}] + [
        {"label": label, "url": url} for label, url in pairs
    ]


def form_page(request: HttpRequest, form: Form, *, title: str, button: str, **context: Any) -> HttpResponse:
    """One form on one page; 400 when it came with mistakes."""
    status = 400 if form.errors else 200
    context |= {"form": form, "page_title": title, "button": button}
    return render(request, "people/form_page.html", context, status=status)


@require_safe
@login_required
def account_list(request: HttpRequest) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    text = request.GET.get("q", "").strip()
    page = Paginator(queries.accounts_for(request.user, text=text), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    query = f"{urlencode({'q': text})}&" if text else ""
    return render(request, "people/account_list.html", {"page": page, "text": text, "query": query})


@require_safe
@login_required
def account_detail(request: HttpRequest, pk: int) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    person = get_object_or_404(queries.accounts_for(request.user), pk=pk)
    return render(
        request,
        "people/account.html",
        {
            "person": person,
            "grants": person.grants.select_related("area", "institution").order_by("-starts", "role"),
            "tokens": person.api_tokens.order_by("-created_at"),
            "history": queries.history_of(person),
            "breadcrumbs": crumbs((str(person), "")),
        },
    )


@never_cache
@login_required
def account_new(request: HttpRequest) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    form = forms.AccountForm(request.POST or None)
    if form.is_valid():
        password = secrets.token_urlsafe(12)
        try:
            person = actions.create_account(by=request.user, password=password, **form.cleaned_data)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            return render(request, "people/account_made.html", {"person": person, "password": password})
    return form_page(
        request, form, title=_("New account"), button=_("Make the account"), breadcrumbs=crumbs((_("New account"), ""))
    )


@login_required
def account_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, actions.deactivate_account, _("Deactivate the account"))


@login_required
def account_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    return _with_reason(request, pk, actions.reactivate_account, _("Reactivate the account"))


@never_cache
@login_required
def account_reset_credentials(request: HttpRequest, pk: int) -> HttpResponse:
    """The new password is on the answer to the form, and on no other page."""
    check_role(request.user, Role.ADMINISTRATOR)
    person = get_object_or_404(queries.accounts_for(request.user), pk=pk)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        password = secrets.token_urlsafe(12)
        try:
            actions.reset_credentials(person, by=request.user, password=password, why=form.cleaned_data["why"])
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            return render(request, "people/account_made.html", {"person": person, "password": password, "again": True})
    title = _("New password, without second factor")
    here = crumbs((str(person), reverse("account-detail", args=[pk])), (title, ""))
    return form_page(
        request, form, title=title, button=_("Make a new password"), page_caption=str(person), breadcrumbs=here
    )


def _with_reason(request: HttpRequest, pk: int, action: Any, title: str) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    person = get_object_or_404(queries.accounts_for(request.user), pk=pk)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            action(person, by=request.user, why=form.cleaned_data["why"])
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            messages.success(request, _("Done."))
            return redirect("account-detail", pk=pk)
    here = crumbs((str(person), reverse("account-detail", args=[pk])), (title, ""))
    return form_page(request, form, title=title, button=title, page_caption=str(person), breadcrumbs=here)


@login_required
def grant_new(request: HttpRequest, pk: int) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    person = get_object_or_404(queries.accounts_for(request.user), pk=pk)
    form = forms.GrantForm(request.POST or None)
    if form.is_valid():
        terms = form.cleaned_data
        terms["area"] = terms.pop("area_code")
        try:
            actions.grant_role(person, by=request.user, **terms)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            messages.success(request, _("The role was given."))
            return redirect("account-detail", pk=pk)
    here = crumbs((str(person), reverse("account-detail", args=[pk])), (_("Give a role"), ""))
    return form_page(
        request, form, title=_("Give a role"), button=_("Give the role"), page_caption=str(person), breadcrumbs=here
    )


@login_required
def grant_end(request: HttpRequest, pk: int) -> HttpResponse:
    check_role(request.user, Role.ADMINISTRATOR)
    grant = get_object_or_404(RoleGrant.objects.select_related("account", "area", "institution"), pk=pk)
    form = forms.EndGrantForm(request.POST or None)
    if form.is_valid():
        try:
            actions.end_grant(grant, by=request.user, **form.cleaned_data)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            messages.success(request, _("The role ends."))
            return redirect("account-detail", pk=grant.account_id)
    here = crumbs((str(grant.account), reverse("account-detail", args=[grant.account_id])), (_("End a role"), ""))
    return form_page(
        request, form, title=_("End a role"), button=_("End the role"), page_caption=str(grant), breadcrumbs=here
    )


@require_safe
@login_required
def organisation_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.organisations_for(request.user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    may_add = grant_or_none(request.user, *REGISTER_KEEPERS) is not None
    return render(request, "people/organisation_list.html", {"page": page, "may_add": may_add})


@login_required
def organisation_new(request: HttpRequest) -> HttpResponse:
    check_role(request.user, *REGISTER_KEEPERS)
    form = forms.OrganisationForm(request.POST or None)
    if form.is_valid():
        try:
            actions.create_organisation(by=request.user, **form.cleaned_data)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            messages.success(request, _("The organisation was entered."))
            return redirect("organisation-list")
    return form_page(request, form, title=_("New organisation"), button=_("Enter the organisation"))


@require_safe
@login_required
def institution_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.institutions_for(request.user), ROWS_PER_PAGE).get_page(request.GET.get("page"))
    may_add = grant_or_none(request.user, *REGISTER_KEEPERS) is not None
    return render(request, "people/institution_list.html", {"page": page, "may_add": may_add})


@login_required
def institution_new(request: HttpRequest) -> HttpResponse:
    check_role(request.user, *REGISTER_KEEPERS)
    form = forms.InstitutionForm(request.POST or None)
    if form.is_valid():
        try:
            actions.create_institution(by=request.user, **form.cleaned_data)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            messages.success(request, _("The institution was entered."))
            return redirect("institution-list")
    return form_page(request, form, title=_("New institution"), button=_("Enter the institution"))


@login_required
def own_account(request: HttpRequest) -> HttpResponse:
    """One's name, language, second factor, roles, tokens and latest sign-ins."""
    account = request.user
    form = forms.OwnAccountForm(
        request.POST or None, initial={"full_name": account.full_name, "language": account.language}
    )
    if form.is_valid():
        actions.edit_own_account(by=account, **form.cleaned_data)
        messages.success(request, _("Your account was changed."))
        return redirect("own-account")
    sign_ins = ("account.sign-in", "account.sign-in-failed", "account.lock-out")
    return render(
        request,
        "people/own_account.html",
        {
            "form": form,
            "tokens": account.api_tokens.order_by("-created_at"),
            "sign_ins": queries.history_of(account, acts=sign_ins, most=10),
            "has_second_factor": has_second_factor(account),
            "lacks_second_factor": lacks_second_factor(account),
        },
        status=400 if form.errors else 200,
    )


@never_cache
@login_required
def token_new(request: HttpRequest) -> HttpResponse:
    """The secret is on the answer to the form, and on no other page."""
    form = forms.TokenForm(request.POST or None, account=request.user)
    if form.is_valid():
        try:
            new = actions.create_api_token(by=request.user, **form.cleaned_data)
        except Problem as problem:
            forms.add_problem(form, problem)
        else:
            return render(request, "people/token_made.html", {"token": new.token, "secret": new.secret})
    return form_page(request, form, title=_("New API token"), button=_("Make the token"))


@login_required
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken.objects.select_related("account"), pk=pk)
    own = token.account_id == request.user.pk
    if not own:
        check_role(request.user, Role.ADMINISTRATOR)
    form = forms.ReasonForm(request.POST or None)
    if form.is_valid():
        actions.revoke_api_token(token, by=request.user, why=form.cleaned_data["why"])
        messages.success(request, _("The token was revoked."))
        return redirect("own-account") if own else redirect("account-detail", pk=token.account_id)
    return form_page(request, form, title=_("Revoke a token"), button=_("Revoke the token"), page_caption=token.name)
