"""Which result may stand below which."""

from django.utils.translation import gettext as _

from custodes.evidence.errors import ArgumentInvalid

_ABOVE = {"impact": (None, "impact"), "outcome": (None, "impact", "outcome"), "output": ("outcome", "output")}


def check_place_in_tree(*, level: str, parent_level: str | None, code: str) -> None:
    """An output stands below an outcome or a wider output, an outcome below an impact or a wider outcome, an impact on top."""
    if parent_level not in _ABOVE[level]:
        raise ArgumentInvalid(
            _("This kind of result cannot stand there in the tree."),
            where=code,
            remedy=_("Put outputs below an outcome, outcomes below an impact, and the impact on top."),
        )
