"""Roles, which of them exclude each other, which need a second factor, and what an API token may be allowed."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What an account may be, as in the domain's §4."""

    ADMINISTRATOR = "administrator", _("Administrator")
    PROGRAMME_MANAGER = "programme_manager", _("Programme manager")
    APPROVER = "approver", _("Approver")
    ME_OFFICER = "me_officer", _("M&E officer")
    VERIFIER = "verifier", _("Verifier")
    PUBLISHER = "publisher", _("Publisher")
    ENUMERATOR = "enumerator", _("Enumerator")
    ANALYST = "analyst", _("Analyst")
    EVALUATOR = "evaluator", _("Evaluator")
    MISSION_LEADERSHIP = "mission_leadership", _("Mission leadership")
    FOCAL_POINT = "focal_point", _("Institution focal point")
    DONOR = "donor", _("Donor")
    PARLIAMENT_MEMBER = "parliament_member", _("Parliament member")
    MONITOR = "monitor", _("Civil-society monitor")
    INTAKE_OFFICER = "intake_officer", _("Intake officer")
    INVESTIGATOR = "investigator", _("Investigator")
    CUSTODIAN = "custodian", _("Custodian")
    DIRECTOR = "director", _("Director of the complaints body")
    MODERATOR = "moderator", _("Moderator")
    FACILITATOR = "facilitator", _("Facilitator")


OVERSIGHT_ROLES = frozenset({Role.INTAKE_OFFICER, Role.INVESTIGATOR, Role.CUSTODIAN, Role.DIRECTOR})
SECOND_FACTOR_ROLES = frozenset({Role.ADMINISTRATOR, Role.APPROVER, Role.VERIFIER, Role.PUBLISHER}) | OVERSIGHT_ROLES

# Pairs that one account may never hold at the same time over the same programme. The four-eyes rule (I7) is checked per row besides.
EXCLUSIVE_PAIRS = frozenset(
    {frozenset({Role.ADMINISTRATOR, role}) for role in OVERSIGHT_ROLES}
    | {
        frozenset({Role.PROGRAMME_MANAGER, Role.APPROVER}),
        frozenset({Role.INVESTIGATOR, Role.CUSTODIAN}),
        frozenset({Role.INVESTIGATOR, Role.DIRECTOR}),
        frozenset({Role.CUSTODIAN, Role.DIRECTOR}),
    }
)


class ApiScope(TextChoices):
    """What an API token may do, at most what its account may."""

    READ = "read", _("Read")
    WRITE_IMPORTS = "write:imports", _("Send files to import")
    WRITE_READINGS = "write:readings", _("Compute and submit readings")
