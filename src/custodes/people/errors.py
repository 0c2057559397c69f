"""This app's slice of the error catalogue.

Problem
├── NotAllowed              no live grant of the account covers this
├── SecondFactorRequired    the role needs a second factor that the account has not set up
├── SeparationOfDuties      one account may not hold both roles, or act on its own work
├── HandOverRequired        an account with open work cannot be deactivated
├── ScopeMissing            the API token was not given this scope
├── SetupClosed             an account exists already, so that set-up is over
└── InputProblem
    └── EntryInvalid        a field of an account, grant, token or body is taken or out of range
"""

from custodes.evidence.errors import InputProblem, Problem


class NotAllowed(Problem):
    """No live grant of the account covers this."""

    code = "people.not-allowed"
    status = 403


class SecondFactorRequired(Problem):
    """The role may be used only with a second factor."""

    code = "people.second-factor-required"
    status = 403


class SeparationOfDuties(Problem):
    """Two duties that one person may not hold, or one's own work."""

    code = "people.separation-of-duties"
    status = 403


class HandOverRequired(Problem):
    """A leaver with open work hands it over first."""

    code = "people.hand-over-required"
    status = 409


class ScopeMissing(Problem):
    """The API token may not be used for this."""

    code = "people.scope-missing"
    status = 403


class SetupClosed(Problem):
    """The first administrator exists already, or the set-up code is not the printed one."""

    code = "people.setup-closed"
    status = 403


class EntryInvalid(InputProblem):
    """A field of an account, grant, token or body is taken, empty or out of range."""

    code = "people.entry-invalid"
