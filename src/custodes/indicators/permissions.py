"""Who may act on readings: the roles of the act, over the programme, area and institution of the indicator."""

from django.utils.translation import gettext as _

from custodes.evidence.errors import Problem
from custodes.indicators.models import Reading
from custodes.indicators.rules.review import ROLES_FOR
from custodes.people.models import RoleGrant
from custodes.people.permissions import Visitor, check_role
from custodes.programmes.models import Indicator


def check_may(account: Visitor, act: str, indicator: Indicator, *, area_path: str = "") -> RoleGrant:
    """The grant under which the account may do this act on readings of the indicator, or NotAllowed."""
    return check_role(
        account,
        *ROLES_FOR[act],
        programme=indicator.programme.code,
        area_path=area_path,
        institution_path=indicator.institution.path if indicator.institution else "",
        sensitivity=indicator.sensitivity,
    )


def may(account: Visitor, act: str, reading: Reading) -> bool:
    """Whether to offer the act at all; the action checks again."""
    if act in ("verify", "return") and account.is_authenticated and reading.entered_by == account.reference:
        return False
    try:
        check_may(account, act, reading.indicator, area_path=reading.area.path)
    except Problem:
        return False
    return True


def may_compute(account: Visitor, indicator: Indicator) -> bool:
    """Whether to offer the computation of readings."""
    try:
        check_may(account, "compute", indicator, area_path=indicator.programme.country_area.path)
    except Problem:
        return False
    return True


BLOCKERS = {
    "transition": lambda act, reading: (
        _("A reading that is %(status)s cannot take this step.") % {"status": str(reading.get_status_display()).lower()}
    ),
    "own-work": lambda act, reading: _("You entered this reading, so somebody else must check it."),
    "reason": lambda act, reading: _("Say why: the reason is kept with the reading."),
}
