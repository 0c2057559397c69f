"""The life of a reading: which status may follow which, by what act, and who may not act on it."""

from dataclasses import dataclass

from custodes.people.rules import Role

# status → act → next status. Drawn into docs/reference/reading-states.md.
TRANSITIONS: dict[str, dict[str, str]] = {
    "draft": {"submit": "submitted", "recompute": "draft"},
    "returned": {"submit": "submitted", "recompute": "draft"},
    "submitted": {"verify": "verified", "return": "returned"},
    "verified": {"publish": "published", "return": "returned", "recompute": "draft"},
    "published": {"recompute": "draft", "withdraw": "returned"},
}

ROLES_FOR: dict[str, tuple[Role, ...]] = {
    "compute": (Role.ME_OFFICER, Role.ANALYST, Role.FOCAL_POINT),
    "recompute": (Role.ME_OFFICER, Role.ANALYST, Role.FOCAL_POINT),
    "submit": (Role.ME_OFFICER, Role.ANALYST, Role.FOCAL_POINT),
    "verify": (Role.VERIFIER,),
    "return": (Role.VERIFIER,),
    "publish": (Role.PUBLISHER,),
    "withdraw": (Role.PUBLISHER,),
}

NEEDS_REASON = frozenset({"return", "withdraw"})
NOT_BY_ENTERER = frozenset({"verify", "return"})


@dataclass(frozen=True, slots=True)
class Step:
    """What one act would do to one reading: the next status, or the reason why not."""

    next_status: str
    blocker: str = ""


def step(act: str, *, status: str, entered_by: str, actor: str, why: str) -> Step:
    """The next status under the table, or the blocker: `transition`, `own-work` (I7), `reason`."""
    following = TRANSITIONS.get(status, {}).get(act)
    if following is None:
        return Step("", "transition")
    if act in NOT_BY_ENTERER and entered_by == actor:
        return Step("", "own-work")
    if act in NEEDS_REASON and not why.strip():
        return Step("", "reason")
    return Step(following)
