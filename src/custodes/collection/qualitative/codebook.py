"""The codebook: a tree of codes in versions, of which each change keeps what was there before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from custodes.collection.errors import CodebookChangeRefused, CodeUnknown


@dataclass(frozen=True, slots=True)
class Code:
    """One code.

    guid         what other programs know it by; never changes.
    parent       guid of the code above, or empty text.
    is_codable   False for a heading under which codes stand, on which nothing is coded.
    retired_in   the version from which it is no longer used; it stays, because earlier codings cite it.
    """

    guid: str
    name: str
    parent: str = ""
    definition: str = ""
    use_when: str = ""
    use_not_when: str = ""
    example: str = ""
    colour: str = ""
    is_codable: bool = True
    retired_in: int | None = None


class ChangeKind(StrEnum):
    """What was done to the codebook."""

    ADD = "add"
    REVISE = "revise"
    MOVE = "move"
    MERGE = "merge"
    SPLIT = "split"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class CodebookChange:
    """One change: the version that it made, who made it and why. before: the codes as they were; into: guids of the codes that follow them."""

    version: int
    kind: ChangeKind
    by: str
    reason: str
    before: tuple[Code, ...]
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Codebook:
    """One version: all codes, retired ones included, in the order in which they are shown, and every change since the first."""

    codes: tuple[Code, ...] = ()
    version: int = 1
    history: tuple[CodebookChange, ...] = ()

    def __post_init__(self) -> None:
        known: dict[str, Code] = {}
        for code in self.codes:
            if code.guid in known:
                raise _refused(f"The code “{code.name}” stands in it twice.", code.guid, "Keep one of them.")
            known[code.guid] = code
        for code in self.codes:
            seen, above = {code.guid}, code.parent
            while above:
                if above not in known:
                    raise _refused(f"The code above “{code.name}” is not in the codebook.", code.guid, "Add it first.")
                if above in seen:
                    raise _refused(f"“{code.name}” stands below itself.", code.guid, "Choose another code above it.")
                seen.add(above)
                above = known[above].parent

    def code(self, guid: str) -> Code:
        """One code, retired or not. Refuses CodeUnknown."""
        for each in self.codes:
            if each.guid == guid:
                return each
        raise CodeUnknown(
            f"The codebook has no code {guid}.", where=f"version {self.version}", remedy="Choose one of its codes."
        )

    @property
    def in_use(self) -> tuple[Code, ...]:
        """The codes that are not retired."""
        return tuple(code for code in self.codes if code.retired_in is None)

    def children(self, guid: str) -> tuple[Code, ...]:
        """The codes right below one; below empty text stand the topmost."""
        return tuple(code for code in self.codes if code.parent == guid)

    def branch(self, guid: str) -> frozenset[str]:
        """A code and all below it, by guid."""
        return frozenset({self.code(guid).guid, *(code.guid for code in self._below(guid))})

    def path(self, guid: str) -> tuple[str, ...]:
        """The names from the topmost code down to this one."""
        code = self.code(guid)
        return (*(self.path(code.parent) if code.parent else ()), code.name)

    def _below(self, guid: str) -> Iterator[Code]:
        for child in self.children(guid):
            yield child
            yield from self._below(child.guid)

    def successors(self, guid: str, *, since: int) -> tuple[str, ...]:
        """What a code of an earlier version is now: itself, the code into which it was merged, those of a split, or nothing where it was retired."""
        self.code(guid)
        now: tuple[str, ...] = (guid,)
        for change in self.history:
            gone = {code.guid for code in change.before}
            if change.version > since and change.kind in (ChangeKind.MERGE, ChangeKind.SPLIT, ChangeKind.RETIRE):
                now = tuple(
                    dict.fromkeys(after for each in now for after in (change.into if each in gone else (each,)))
                )
        return now


def add_code(codebook: Codebook, *, code: Code, by: str, reason: str = "") -> Codebook:
    """The next version, with one code more, last among its siblings."""
    _check_name(codebook, code)
    if code.parent:
        _in_use(codebook, code.parent)
    return _next(codebook, (*codebook.codes, code), ChangeKind.ADD, by=by, reason=reason, into=(code.guid,))


def revise_code(codebook: Codebook, *, code: Code, by: str, reason: str) -> Codebook:
    """The next version, with a code's words changed; its place in the tree changes by `move_code`."""
    before = _in_use(codebook, code.guid)
    if (code.parent, code.retired_in) != (before.parent, before.retired_in):
        raise _refused("A revision changes words only.", code.guid, "Move or retire the code instead.")
    _check_name(codebook, code)
    codes = tuple(code if each.guid == code.guid else each for each in codebook.codes)
    return _next(codebook, codes, ChangeKind.REVISE, by=by, reason=reason, before=(before,), into=(code.guid,))


def move_code(codebook: Codebook, *, guid: str, parent: str, by: str, reason: str) -> Codebook:
    """The next version, with a code and all below it under another code, or topmost where `parent` is empty."""
    before = _in_use(codebook, guid)
    if parent:
        _in_use(codebook, parent)
    after = replace(before, parent=parent)
    _check_name(codebook, after)
    codes = tuple(after if each.guid == guid else each for each in codebook.codes)
    return _next(codebook, codes, ChangeKind.MOVE, by=by, reason=reason, before=(before,), into=(guid,))


def merge_codes(codebook: Codebook, *, guids: Sequence[str], into: str, by: str, reason: str) -> Codebook:
    """The next version, in which several codes are one: `into` stays, the others are retired and the codes below them move below it."""
    target = _in_use(codebook, into)
    gone = tuple(_in_use(codebook, guid) for guid in dict.fromkeys(guids) if guid != into)
    if not gone:
        raise _refused("Nothing is merged.", into, "Name at least one other code.")
    if set(_above(codebook, target)) & {code.guid for code in gone}:
        raise _refused(
            f"“{target.name}” stands below a code that would go.", into, "Move it first, or merge the other way round."
        )
    moved = codebook
    for code in gone:
        for child in moved.children(code.guid):
            if child.retired_in is None:
                _check_name(moved, replace(child, parent=into))
        moved = replace(
            moved, codes=tuple(replace(each, parent=into) if each.parent == code.guid else each for each in moved.codes)
        )
    codes = _retired(moved.codes, gone, codebook.version + 1)
    return _next(codebook, codes, ChangeKind.MERGE, by=by, reason=reason, before=gone, into=(into,))


def split_code(codebook: Codebook, *, guid: str, into: Sequence[Code], by: str, reason: str) -> Codebook:
    """The next version, in which one code became several new ones; which of them a coding now is, a person says."""
    before = _in_use(codebook, guid)
    if len(into) < 2:
        raise _refused("A split makes two codes or more.", guid, "Revise the code instead.")
    if any(child.retired_in is None for child in codebook.children(guid)):
        raise _refused(f"Codes stand below “{before.name}”.", guid, "Move them first.")
    without = replace(codebook, codes=_retired(codebook.codes, (before,), codebook.version + 1))
    for code in into:
        _check_name(without, code)
        without = replace(without, codes=(*without.codes, code))
    made = tuple(code.guid for code in into)
    return _next(codebook, without.codes, ChangeKind.SPLIT, by=by, reason=reason, before=(before,), into=made)


def retire_code(codebook: Codebook, *, guid: str, by: str, reason: str) -> Codebook:
    """The next version, in which a code is no longer used; codings that cite it stay."""
    before = _in_use(codebook, guid)
    if any(child.retired_in is None for child in codebook.children(guid)):
        raise _refused(f"Codes stand below “{before.name}”.", guid, "Move or retire them first.")
    codes = _retired(codebook.codes, (before,), codebook.version + 1)
    return _next(codebook, codes, ChangeKind.RETIRE, by=by, reason=reason, before=(before,))


def _next(
    codebook: Codebook, codes: tuple[Code, ...], kind: ChangeKind, *, by: str, reason: str,
    before: tuple[Code, ...] = (), into: tuple[str, ...] = (),
) -> Codebook:  # fmt: skip
    if kind is not ChangeKind.ADD and not reason.strip():
        raise _refused(
            "The change has no reason.", f"version {codebook.version + 1}", "Say why, for those who coded before."
        )
    change = CodebookChange(codebook.version + 1, kind, by, reason, before, into)
    return Codebook(codes, codebook.version + 1, (*codebook.history, change))


def _in_use(codebook: Codebook, guid: str) -> Code:
    code = codebook.code(guid)
    if code.retired_in is not None:
        raise _refused(f"“{code.name}” was retired in version {code.retired_in}.", guid, "Choose a code in use.")
    return code


def _retired(codes: tuple[Code, ...], gone: Sequence[Code], version: int) -> tuple[Code, ...]:
    names = {code.guid for code in gone}
    return tuple(replace(code, retired_in=version) if code.guid in names else code for code in codes)


def _above(codebook: Codebook, code: Code) -> Iterator[str]:
    while code.parent:
        yield code.parent
        code = codebook.code(code.parent)


def _check_name(codebook: Codebook, code: Code) -> None:
    """Two codes of one name under one code could not be told apart by who reads a table of them."""
    if not code.name.strip():
        raise _refused("The code has no name.", code.guid, "Name it in a few words.")
    for sibling in codebook.children(code.parent):
        same = sibling.name.strip().casefold() == code.name.strip().casefold()
        if same and sibling.guid != code.guid and sibling.retired_in is None:
            raise _refused(f"“{code.name}” is there already.", code.guid, "Choose another name, or merge the two.")


def _refused(what: str, where: str, remedy: str) -> CodebookChangeRefused:
    return CodebookChangeRefused(what, where=where, remedy=remedy)
