"""This app's slice of the error catalogue.

Problem
├── PlanIncomplete        the plan cannot be submitted yet: what is missing, where
├── PlanStateNotAllowed   the plan is in a state that does not allow this
├── PlanChangedMeanwhile  the plan is no longer the one that the approver read
├── ReasonRequired        a change of an approved plan says why (I29)
├── SheetIncomplete       a reference sheet lacks something that it cannot do without
├── BreakNotDeclared      a definition in use changes only with a date and a reason (I6)
├── TargetNotAllowed      a target before its baseline, or against the direction (I5)
├── PathNotChosen         an outcome or output must choose a path, or say why it has none
├── StillInUse            something else stands on what was to be removed
└── CodeTaken             the code is in use
"""

from custodes.evidence.errors import Problem


class PlanIncomplete(Problem):
    """The plan cannot be submitted yet."""

    code = "programmes.plan-incomplete"
    status = 409


class PlanStateNotAllowed(Problem):
    """The plan is in a state that does not allow this."""

    code = "programmes.plan-state"
    status = 409


class PlanChangedMeanwhile(Problem):
    """The plan is no longer the one that the approver read."""

    code = "programmes.plan-changed"
    status = 409


class ReasonRequired(Problem):
    """A change of an approved plan says why."""

    code = "programmes.reason-required"


class SheetIncomplete(Problem):
    """A reference sheet lacks something that it cannot do without."""

    code = "programmes.sheet-incomplete"


class BreakNotDeclared(Problem):
    """A definition with verified readings changes only with a date and a reason for the break."""

    code = "programmes.break-not-declared"
    status = 409


class TargetNotAllowed(Problem):
    """A target before its baseline, or against the direction without a person's word."""

    code = "programmes.target-not-allowed"


class PathNotChosen(Problem):
    """An outcome or output chooses a path, or says why it has none."""

    code = "programmes.path-not-chosen"


class StillInUse(Problem):
    """Something else stands on what was to be removed."""

    code = "programmes.still-in-use"
    status = 409


class CodeTaken(Problem):
    """The code is in use."""

    code = "programmes.code-taken"
    status = 409
