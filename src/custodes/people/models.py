"""Accounts, organisations, institutions, and what each account may do where."""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from custodes.ledger.models import Recorded, Sensitivity
from custodes.people.rules import SECOND_FACTOR_ROLES, Role


class AccountManager(BaseUserManager["Account"]):
    """The two constructors that Django's own commands call."""

    def create_user(self, username: str, email: str = "", password: str | None = None, **fields: object) -> "Account":
        account = self.model(username=username, email=self.normalize_email(email) or None, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str) -> "Account":
        return self.get(username__iexact=username)


class Account(AbstractBaseUser):
    """A person who signs in. What they may do stands in their grants, never on the account."""

    username = models.CharField(_("user name"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    email = models.EmailField(_("email address"), null=True, blank=True, unique=True)
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    organisation = models.ForeignKey(
        "Organisation", on_delete=models.PROTECT, null=True, blank=True, related_name="accounts"
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    is_active = models.BooleanField(_("active"), default=True)
    is_demonstration = models.BooleanField(
        default=False
    )  # may sign in without a second factor, in demonstration mode only
    date_joined = models.DateTimeField(default=timezone.now)

    objects = AccountManager()
    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("username"), name="account_username_unique_any_case"),
            models.UniqueConstraint(Lower("email"), name="account_email_unique_any_case"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    @property
    def reference(self) -> str:
        """How the ledger names this account: never by a name."""
        return f"account:{self.pk}"

    def has_role(self, *roles: str) -> bool:
        """Whether a live grant holds one of these roles, in any scope."""
        wanted = {Role(role) for role in roles}
        return any(grant.role in wanted for grant in self.live_grants)

    @property
    def live_grants(self) -> tuple["RoleGrant", ...]:
        """Grants in force today, read once per request."""
        if not self.is_active:
            return ()
        if not hasattr(self, "_live_grants"):
            today = timezone.localdate()
            grants = self.grants.filter(starts__lte=today).exclude(ends__lt=today).select_related("area", "institution")
            self._live_grants = tuple(grants)
        return self._live_grants

    def has_authenticator(self) -> bool:
        """Whether an authenticator is set up; demonstration accounts are excused in demonstration mode only."""
        if settings.DEMONSTRATION and self.is_demonstration:
            return True
        from allauth.mfa.models import Authenticator  # needs the app registry

        return Authenticator.objects.filter(user=self, type__in=["totp", "webauthn"]).exists()

    def lacks_factor_for(self, role: str) -> bool:
        """Whether a role needs a second factor that is not set up; packages below this one ask the account itself."""
        return role in SECOND_FACTOR_ROLES and not self.has_authenticator()

    def forget_grants(self) -> None:
        """Read the grants anew at the next question, after an action changed them."""
        self.__dict__.pop("_live_grants", None)


class Organisation(Recorded):
    """A legal body with an identifier: donor, mission, ministry, civil-society organisation."""

    class Kind(models.TextChoices):  # IATI OrganisationType codes
        GOVERNMENT = "10", _("Government")
        LOCAL_GOVERNMENT = "11", _("Local government")
        OTHER_PUBLIC = "15", _("Other public sector")
        INTERNATIONAL_NGO = "21", _("International NGO")
        NATIONAL_NGO = "22", _("National NGO")
        REGIONAL_NGO = "23", _("Regional NGO")
        PARTNERSHIP = "30", _("Public private partnership")
        MULTILATERAL = "40", _("Multilateral")
        FOUNDATION = "60", _("Foundation")
        PRIVATE = "70", _("Private sector")
        ACADEMIC = "80", _("Academic, training and research")
        OTHER = "90", _("Other")

    name = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=2, choices=Kind.choices)
    identifier = models.CharField(max_length=120, blank=True)  # IATI organisation identifier
    is_fictional = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Institution(Recorded):
    """A body that gives or oversees security, in its tree."""

    class Kind(models.TextChoices):
        ARMED_FORCES = "armed_forces", _("Armed forces")
        POLICE = "police", _("Police")
        GENDARMERIE = "gendarmerie", _("Gendarmerie")
        BORDER = "border", _("Border guard")
        INTELLIGENCE = "intelligence", _("Intelligence")
        PRISONS = "prisons", _("Prisons")
        COURTS = "courts", _("Courts")
        PROSECUTION = "prosecution", _("Prosecution")
        MINISTRY = "ministry", _("Ministry")
        PARLIAMENT = "parliament", _("Parliament")
        OMBUDS = "ombuds", _("Ombuds institution")
        COMPLAINTS = "complaints", _("Complaints authority")
        AUDIT = "audit", _("Audit office")
        INSPECTORATE = "inspectorate", _("Inspectorate")
        STATISTICS = "statistics", _("Statistics office")
        CIVIL_SOCIETY = "civil_society", _("Civil society")
        NON_STATE = "non_state", _("Non-state provider")

    code = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, editable=False, db_index=True)  # "/interior/police/": a subtree is a prefix
    country = models.CharField(max_length=3)

    class Meta:
        ordering = ["path"]

    def __str__(self) -> str:
        return self.name


class RoleGrant(Recorded):
    """One role of one account, within a programme, an area subtree, an institution subtree and up to a sensitivity."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=40, choices=Role.choices)
    programme = models.SlugField(max_length=60, blank=True)  # code; empty: all
    area = models.ForeignKey(
        "places.Area", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # null: all
    institution = models.ForeignKey(
        Institution, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )  # null: all
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.INTERNAL)
    starts = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account", "role"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends__isnull=True) | models.Q(ends__gte=models.F("starts")),
                name="grant_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.get_role_display()}"


class ApiToken(Recorded):
    """A secret that acts for an account within scopes; shown once, stored as its sha256."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # of people.rules.ApiScope
    expires = models.DateField()
    last_used = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
