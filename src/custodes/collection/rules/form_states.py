"""The life of a form, as a table: what may be done with it in each state, and where that leads."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from custodes.collection.errors import FormStateNotAllowed

# A new version changes nothing about whether a form accepts: a form that is closed stays so until somebody opens it again.
FORM_STATES: Mapping[str, Mapping[str, str]] = {
    "draft": {"publish": "open"},
    "open": {"publish": "open", "wind down": "closing", "close": "closed"},
    "closing": {"publish": "closing", "reopen": "open", "close": "closed"},
    "closed": {"publish": "closed", "reopen": "open"},
}


def states_after(state: str) -> tuple[str, ...]:
    """Where a person may take a form from here, without publishing."""
    return tuple(following for act, following in FORM_STATES[state].items() if act != "publish")


def check_form_state(state: str, following: str) -> None:
    """FormStateNotAllowed where a form cannot go from one state to the other."""
    if following not in states_after(state):
        raise FormStateNotAllowed(
            _("A form that is %(state)s cannot become %(following)s.") % {"state": state, "following": following},
            where=_("state"),
            remedy=_("Publish a version first.") if state == "draft" else _("Look at the form's page."),
        )


def state_after_publishing(state: str) -> str:
    """The state of a form once a version of it is published."""
    return FORM_STATES[state]["publish"]
