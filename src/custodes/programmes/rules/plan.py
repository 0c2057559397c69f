"""The states of a plan, what a version of it freezes, and the difference between two versions in sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from custodes.ledger.rules import decimal_text
from custodes.programmes.errors import PlanStateNotAllowed, ReasonRequired

# From each state, what may be done. A change of an approved plan leads back to "submitted" (I29, decision 2).
PLAN_STATES: Mapping[str, Mapping[str, str]] = {
    "draft": {"change": "draft", "submit": "submitted"},
    "submitted": {"change": "submitted", "approve": "approved", "return": "draft"},
    "approved": {"change": "submitted", "close": "closed"},
    "closed": {},
}


def next_state(state: str, act: str) -> str:
    """The state after an act. Raises PlanStateNotAllowed."""
    following = PLAN_STATES[state].get(act)
    if following is None:
        raise PlanStateNotAllowed(
            _("A plan that is “%(state)s” does not allow “%(act)s”.") % {"state": state, "act": act},
            where=_("programme"),
            remedy=_("Look at the state of the plan on the programme's page."),
        )
    return following


def check_reason(reason: str, *, approved_before: bool) -> None:
    """After the first approval every change says why (I29). Raises ReasonRequired."""
    if approved_before and not reason.strip():
        raise ReasonRequired(
            _("The plan was approved, so that a change of it needs a reason."),
            where="reason",
            remedy=_("Write one sentence: what happened that makes the change necessary."),
        )


def exact(value: Any) -> Any:
    """A value with every figure as decimal text, so that it has one spelling and one hash."""
    if isinstance(value, float):
        return decimal_text(value)
    if isinstance(value, Mapping):
        return {str(key): exact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [exact(item) for item in value]
    return value


_RESULT_FIELDS = {
    "level": lambda: _("level"),
    "parent": lambda: _("place in the tree"),
    "statement": lambda: _("statement"),
    "actor": lambda: _("actor"),
    "because": lambda: _("“because”"),
    "assumptions": lambda: _("assumptions"),
}
_INDICATOR_FIELDS = {
    "result": lambda: _("result"),
    "definition": lambda: _("definition"),
    "definition_version": lambda: _("version of the definition"),
    "institution": lambda: _("institution"),
    "owner": lambda: _("owner"),
    "frequency": lambda: _("frequency"),
    "missing_policy": lambda: _("missing answers"),
    "arguments": lambda: _("arguments"),
    "source": lambda: _("source"),
    "path": lambda: _("path"),
    "path_reason": lambda: _("why there is no path"),
    "step_on": lambda: _("step on"),
    "is_public": lambda: _("shown to the public"),
    "read_with": lambda: _("read together with"),
}
_PROGRAMME_FIELDS = {
    "title": lambda: _("title"),
    "summary": lambda: _("summary"),
    "starts": lambda: _("start"),
    "ends": lambda: _("end"),
    "lead_institution": lambda: _("lead institution"),
    "is_public": lambda: _("shown to the public"),
}


def plan_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What changed from one snapshot of a plan to another, one sentence per change; empty if nothing did."""
    sentences = _changed_fields(_("Programme"), old["programme"], new["programme"], _PROGRAMME_FIELDS)
    sentences += _changed_rows(_("Result"), old["results"], new["results"], _RESULT_FIELDS, "statement")
    sentences += _changed_rows(_("Indicator"), old["indicators"], new["indicators"], _INDICATOR_FIELDS, "name")
    sentences += _changed_ways(old["indicators"], new["indicators"])
    return sentences + _changed_partners(old["partners"], new["partners"])


def _changed_rows(kind: str, old: list[Any], new: list[Any], fields: Mapping[str, Any], title: str) -> list[str]:
    before, after = ({row["code"]: row for row in rows} for rows in (old, new))
    sentences = []
    for code, row in after.items():
        if code not in before:
            sentences.append(
                _("%(kind)s %(code)s was added: %(title)s.") % {"kind": kind, "code": code, "title": row[title]}
            )
        else:
            sentences += _changed_fields(f"{kind} {code}", before[code], row, fields)
    for code, row in before.items():
        if code not in after:
            sentences.append(
                _("%(kind)s %(code)s was removed: %(title)s.") % {"kind": kind, "code": code, "title": row[title]}
            )
    return sentences


def _changed_fields(where: str, old: Mapping[str, Any], new: Mapping[str, Any], fields: Mapping[str, Any]) -> list[str]:
    """A field that the older version did not freeze counts as empty there."""
    return [
        _("%(where)s: %(field)s changed from %(old)s to %(new)s.")
        % {"where": where, "field": label(), "old": _shown(old.get(name)), "new": _shown(new.get(name))}
        for name, label in fields.items()
        if (old.get(name) or None) != (new.get(name) or None)
    ]


def _changed_ways(old: list[Any], new: list[Any]) -> list[str]:
    before = {row["code"]: row for row in old}
    sentences = []
    for row in new:
        earlier = before.get(row["code"])
        if earlier is None:
            continue
        if earlier["baseline"] != row["baseline"]:
            sentences.append(
                _("Indicator %(code)s: the baseline changed from %(old)s to %(new)s.")
                % {"code": row["code"], "old": _baseline(earlier["baseline"]), "new": _baseline(row["baseline"])}
            )
        sentences += _changed_targets(row["code"], earlier["targets"], row["targets"])
    return sentences


def _changed_targets(code: str, old: list[Any], new: list[Any]) -> list[str]:
    before, after = ({target["on"]: target["value"] for target in targets} for targets in (old, new))
    sentences = []
    for day in sorted(before.keys() | after.keys()):
        names = {"code": code, "day": day, "old": before.get(day), "new": after.get(day)}
        if day not in before:
            sentences.append(_("Indicator %(code)s: a target of %(new)s by %(day)s was added.") % names)
        elif day not in after:
            sentences.append(_("Indicator %(code)s: the target of %(old)s by %(day)s was removed.") % names)
        elif before[day] != after[day]:
            sentences.append(_("Indicator %(code)s: the target for %(day)s changed from %(old)s to %(new)s.") % names)
    return sentences


def _changed_partners(old: list[Any], new: list[Any]) -> list[str]:
    def spoken(partner: Mapping[str, Any]) -> str:
        amount = f", {partner['amount']} {partner['currency']}" if partner["amount"] else ""
        return f"{partner['organisation']} ({partner['role']}{amount})"

    before, after = ({spoken(partner) for partner in partners} for partners in (old, new))
    added = [_("Partner added: %(partner)s.") % {"partner": text} for text in sorted(after - before)]
    return added + [_("Partner removed: %(partner)s.") % {"partner": text} for text in sorted(before - after)]


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        value = ", ".join(value)
    return "–" if value in (None, "", {}, []) else f"“{value}”"


def _baseline(baseline: Mapping[str, Any] | None) -> str:
    return "–" if baseline is None else f"{baseline['value']} ({baseline['on']}, {baseline['source']})"
