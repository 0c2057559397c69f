"""Which question of a new version is which of the old one, so that no column is lost and no answer moves to another.

A match is certain by the author's own id or by the same path; everything else is a proposal that a person confirms, or a new question.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from custodes.collection.errors import MatchInvalid
from custodes.collection.xform.model import Form, Question

ALIKE = 0.8  # share of a label's letters that must agree before two questions are proposed as one
EXACT = 1.0


class MatchReason(StrEnum):
    """Why two questions are one."""

    STABLE_ID = "stable id"
    CONFIRMED = "confirmed"
    SAME_PATH = "same path"


@dataclass(frozen=True, slots=True)
class Pairing:
    """A question of the old version and one of the new, by path."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Match:
    """Two questions that are one, and why."""

    before: Question
    after: Question
    reason: MatchReason


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two questions that may be one: a person decides. `likeness` is 0–1; `reasons` are words."""

    before: Question
    after: Question
    reasons: tuple[str, ...]
    likeness: float


@dataclass(frozen=True, slots=True)
class Rewording:
    """A label that reads differently in one language."""

    match: Match
    language: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChoiceChange:
    """The choices that a question gained and lost, by value."""

    match: Match
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """What changed from one version of a form to the next."""

    matches: tuple[Match, ...]
    added: tuple[Question, ...]
    removed: tuple[Question, ...]
    proposals: tuple[Proposal, ...]
    renamed: tuple[Match, ...] = field(default=())
    moved: tuple[Match, ...] = field(default=())
    retyped: tuple[Match, ...] = field(default=())
    relabelled: tuple[Rewording, ...] = field(default=())
    choices: tuple[ChoiceChange, ...] = field(default=())

    @property
    def is_empty(self) -> bool:
        """Whether the two versions ask the same in the same words."""
        changes = (self.added, self.removed, self.renamed, self.moved, self.retyped, self.relabelled, self.choices)
        return not any(changes)


def compare_versions(before: Form, after: Form, *, confirmed: Iterable[Pairing] = ()) -> VersionDifference:
    """What changed between two versions; `confirmed` are the proposals that a person has accepted.

    Returns  every question of both versions in exactly one of matches, added and removed. Proposals are among added and removed until confirmed.
    Refuses  MatchInvalid where a confirmed pair names a question that is not there, or one that has its match already.
    """
    matches = _by_stable_id(before, after)
    matches += _by_confirmation(before, after, tuple(confirmed), matches)
    matches += _by_path(before, after, matches)
    old = {match.before.path for match in matches}
    new = {match.after.path for match in matches}
    removed = tuple(each for each in before.questions if each.path not in old)
    added = tuple(each for each in after.questions if each.path not in new)
    order = {question.path: place for place, question in enumerate(after.questions)}
    found = tuple(sorted(matches, key=lambda match: order[match.after.path]))
    return VersionDifference(
        matches=found,
        added=added,
        removed=removed,
        proposals=_proposals(removed, added),
        renamed=tuple(each for each in found if each.before.name != each.after.name),
        moved=tuple(each for each in found if _parent(each.before) != _parent(each.after)),
        retyped=tuple(each for each in found if each.before.kind != each.after.kind),
        relabelled=tuple(wording for each in found for wording in _rewordings(each)),
        choices=tuple(change for each in found for change in _choice_changes(each)),
    )


def _by_stable_id(before: Form, after: Form) -> list[Match]:
    old = {each.stable_id: each for each in before.questions if each.stable_id}
    return [
        Match(old[each.stable_id], each, MatchReason.STABLE_ID)
        for each in {question.stable_id: question for question in after.questions}.values()
        if each.stable_id in old
    ]


def _by_confirmation(before: Form, after: Form, confirmed: Sequence[Pairing], sure: list[Match]) -> list[Match]:
    old = {each.path: each for each in before.questions}
    new = {each.path: each for each in after.questions}
    taken_old, taken_new = {each.before.path for each in sure}, {each.after.path for each in sure}
    found = []
    for pair in confirmed:
        missing = [path for path, known in ((pair.before, old), (pair.after, new)) if path not in known]
        if missing:
            raise MatchInvalid(
                f"No question has the path {missing[0]}.",
                where="confirmed matches",
                remedy="Look at the difference again.",
            )
        twice = [path for path, taken in ((pair.before, taken_old), (pair.after, taken_new)) if path in taken]
        if twice:
            raise MatchInvalid(
                f"{twice[0]} has its match already.", where="confirmed matches", remedy="Confirm each question once."
            )
        taken_old.add(pair.before)
        taken_new.add(pair.after)
        found.append(Match(old[pair.before], new[pair.after], MatchReason.CONFIRMED))
    return found


def _by_path(before: Form, after: Form, sure: list[Match]) -> list[Match]:
    taken_old, taken_new = {each.before.path for each in sure}, {each.after.path for each in sure}
    old = {each.path: each for each in before.questions if each.path not in taken_old}
    return [
        Match(old[each.path], each, MatchReason.SAME_PATH)
        for each in after.questions
        if each.path in old and each.path not in taken_new and not _ids_differ(old[each.path], each)
    ]


def _ids_differ(before: Question, after: Question) -> bool:
    """Whether the author says that they are two: the same name was given to another question."""
    return bool(before.stable_id and after.stable_id and before.stable_id != after.stable_id)


def _proposals(removed: Sequence[Question], added: Sequence[Question]) -> tuple[Proposal, ...]:
    """The likeliest pairs, each question in one at most."""
    pairs = [each for before in removed for after in added if (each := _proposal_or_none(before, after)) is not None]
    pairs.sort(key=lambda each: -each.likeness)
    old: set[str] = set()
    new: set[str] = set()
    chosen = []
    for each in pairs:
        if each.before.path not in old and each.after.path not in new:
            old.add(each.before.path)
            new.add(each.after.path)
            chosen.append(each)
    return tuple(chosen)


def _proposal_or_none(before: Question, after: Question) -> Proposal | None:
    if before.is_asked != after.is_asked or _ids_differ(before, after):
        return None
    label = _label_likeness(before, after)
    same_choices = bool(before.choices) and _values(before) == _values(after)
    facts = (
        (before.name == after.name, "same name in another group", 0.5),
        (label == EXACT, "same label", 0.5),
        (ALIKE <= label < EXACT, "similar label", 0.35),
        (same_choices, "same choices", 0.3),
        (before.kind == after.kind, "same type", 0.15),
        (bool(before.bind.calculate) and before.bind.calculate == after.bind.calculate, "same calculation", 0.5),
    )
    reasons = tuple(words for holds, words, _ in facts if holds)
    weight = sum(points for holds, _, points in facts if holds)
    tells = set(reasons) - {"same type"}
    if not tells or tells == {"same choices"} and before.kind != after.kind:
        return None
    return Proposal(before, after, reasons, min(weight, 1.0))


def _label_likeness(before: Question, after: Question) -> float:
    """How alike the labels are in the language in which they are most alike."""
    best = 0.0
    for old in before.label.wordings:
        for new in after.label.wordings:
            if old.language == new.language and old.plain and new.plain:
                if old.plain == new.plain:
                    return EXACT
                matcher = SequenceMatcher(None, old.plain, new.plain, autojunk=False)
                if matcher.real_quick_ratio() >= ALIKE and matcher.quick_ratio() >= ALIKE:
                    best = max(best, matcher.ratio())
    return best


def _rewordings(match: Match) -> Iterable[Rewording]:
    old = {each.language: each.plain for each in match.before.label.wordings}
    for each in match.after.label.wordings:
        if each.language in old and old[each.language] != each.plain:
            yield Rewording(match, each.language, old[each.language], each.plain)


def _choice_changes(match: Match) -> Iterable[ChoiceChange]:
    old, new = _values(match.before), _values(match.after)
    added, removed = tuple(new - old), tuple(old - new)
    if added or removed:
        yield ChoiceChange(match, tuple(sorted(added)), tuple(sorted(removed)))


def _values(question: Question) -> frozenset[str]:
    return frozenset(choice.value for choice in question.choices)


def _parent(question: Question) -> str:
    return question.path.rsplit("/", 1)[0]
