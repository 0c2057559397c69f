"""Input to clean values for the pages of accounts, grants, bodies and tokens. What the values may be is decided in the actions."""

from datetime import timedelta

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from custodes.evidence.errors import Problem
from custodes.ledger.models import Sensitivity
from custodes.people.models import Account, Institution, Organisation
from custodes.people.rules import LONGEST_TOKEN_DAYS, ApiScope, Role, scopes_allowed
from custodes.places.models import Area


class DayInput(forms.DateInput):
    """A day as the browser's own calendar gives it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def add_problem(form: forms.Form, problem: Problem) -> None:
    """Show a Problem beside the field it names, else on top of the form."""
    field = problem.where if problem.where in form.fields else None
    text = f"{problem.what} {problem.remedy}".strip() if field else str(problem)
    form.add_error(field, text)


class AccountForm(forms.Form):
    """A new account."""

    username = forms.CharField(label=_("User name"), max_length=60)
    full_name = forms.CharField(label=_("Full name"), max_length=150, required=False)
    email = forms.EmailField(
        label=_("Email address"),
        required=False,
        help_text=_("Lets the person sign in by email and reset the password."),
    )
    organisation = forms.ModelChoiceField(Organisation.objects.all(), label=_("Organisation"), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class OwnAccountForm(forms.Form):
    """What everybody may change about themselves."""

    full_name = forms.CharField(label=_("Full name"), max_length=150, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)


class ReasonForm(forms.Form):
    """Why something is done; the ledger keeps it."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept for ever: name no person."),
    )


class GrantForm(forms.Form):
    """One role within a scope."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    programme = forms.SlugField(
        label=_("Programme code"), max_length=60, required=False, help_text=_("Empty: every programme.")
    )
    area_code = forms.CharField(
        label=_("Area code"), max_length=40, required=False, help_text=_("With all areas below it. Empty: everywhere.")
    )
    institution = forms.ModelChoiceField(
        Institution.objects.all(),
        label=_("Institution"),
        required=False,
        help_text=_("With all bodies below it. Empty: every institution."),
    )
    sensitivity = forms.TypedChoiceField(
        label=_("Highest sensitivity"), choices=Sensitivity.choices, coerce=int, initial=Sensitivity.INTERNAL
    )
    starts = forms.DateField(label=_("First day"), initial=timezone.localdate, widget=DayInput())
    ends = forms.DateField(label=_("Last day"), required=False, widget=DayInput())
    why = forms.CharField(label=_("Reason"), max_length=500, help_text=_("It is kept for ever: name no person."))

    def clean_area_code(self) -> Area | None:
        code = self.cleaned_data["area_code"]
        if not code:
            return None
        area = Area.objects.filter(code=code, valid_to__isnull=True).order_by("-valid_from").first()
        if area is None:
            raise forms.ValidationError(_("No area of today has this code. Look it up under “Places”."))
        return area


class EndGrantForm(ReasonForm):
    """When a grant ends, and why."""

    last_day = forms.DateField(
        label=_("Last day"), required=False, widget=DayInput(), help_text=_("Empty: it ends at once.")
    )
    field_order = ["last_day", "why"]


class OrganisationForm(forms.Form):
    """A legal body."""

    name = forms.CharField(label=_("Name"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    identifier = forms.CharField(
        label=_("Identifier"),
        max_length=120,
        required=False,
        help_text=_("As registered with IATI, such as XM-DAC-41114."),
    )


class InstitutionForm(forms.Form):
    """A body that gives or oversees security, in its tree."""

    name = forms.CharField(label=_("Name"), max_length=200)
    code = forms.SlugField(
        label=_("Code"), max_length=60, help_text=_("Letters, digits and hyphens; it cannot change.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Institution.Kind.choices)
    country = forms.RegexField(
        r"^[A-Z]{2,3}$", label=_("Country code"), max_length=3, help_text=_("ISO 3166, in capitals, such as LR.")
    )
    parent = forms.ModelChoiceField(Institution.objects.all(), label=_("Part of"), required=False)


def _in_ninety_days():  # type: ignore[no-untyped-def]
    return timezone.localdate() + timedelta(days=90)


class TokenForm(forms.Form):
    """A token for one's own account, with the scopes that its roles allow."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=ApiScope.choices, widget=forms.CheckboxSelectMultiple, initial=[ApiScope.READ]
    )
    expires = forms.DateField(label=_("Last day"), initial=_in_ninety_days, widget=DayInput())

    def __init__(self, *arguments, account: Account, **options) -> None:  # type: ignore[no-untyped-def]
        super().__init__(*arguments, **options)
        allowed = scopes_allowed(frozenset(grant.role for grant in account.live_grants))
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in allowed]
        self.fields["expires"].help_text = _("At most %(days)s days from today.") % {"days": LONGEST_TOKEN_DAYS}


class FirstSetupForm(forms.Form):
    """The office that runs this site, and its first administrator."""

    code = forms.CharField(
        label=_("Set-up code"),
        help_text=_("It was printed where the site was started."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    organisation_name = forms.CharField(label=_("Name of your office or organisation"), max_length=200)
    organisation_kind = forms.ChoiceField(label=_("Kind"), choices=Organisation.Kind.choices)
    full_name = forms.CharField(
        label=_("Your full name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    username = forms.CharField(
        label=_("Your user name"), max_length=60, widget=forms.TextInput(attrs={"autocomplete": "username"})
    )
    email = forms.EmailField(
        label=_("Your email address"), required=False, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=" ".join(password_validators_help_texts()[1:2]),
    )
    password_again = forms.CharField(
        label=_("Password again"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_password_again(self) -> str:
        if self.cleaned_data.get("password") != self.cleaned_data["password_again"]:
            raise forms.ValidationError(_("The two passwords differ."))
        return self.cleaned_data["password_again"]
