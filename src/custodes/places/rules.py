"""Pure decisions about places: when two written names are the same, who a name may mean, and how a split is bridged."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import lru_cache

SYNTHETIC_COUNTRY = "QR"  # ISO 3166 leaves it to its users; the demonstration country stands there and nowhere else
PLACEHOLDER_CODES = frozenset({"", "-99", "-9", "-1", "0", "99999", "null", "none", "nan", "n/a"})
NEAR = 0.75  # how alike two folded names must be for one to be proposed for the other
MOST_PROPOSALS = 3

_KINDS_OF_AREA = frozenset(
    {
        *("province", "provinces", "county", "counties", "prefecture", "district", "region", "governorate", "state"),
        *("department", "municipality", "commune", "departement", "gouvernorat", "etat", "comte", "provincia"),
        *("condado", "distrito", "departamento", "estado", "gobernacion", "gobernorado", "municipio", "prefectura"),
        *("wilaya", "wilayat", "wilayah", "muhafaza", "muhafazat", "muhafazah", "mohafaza", "mintaqa", "mintaqat"),
        *("liwa", "iqlim", "محافظة", "ولاية", "منطقة", "اقليم", "مقاطعة", "لواء"),
    }
)
_CONNECTORS = frozenset(["of", "the", "de", "du", "des", "del", "la", "el", "d", "l"])
_APOSTROPHES = str.maketrans("", "", "'’ʼʻ`´")


@lru_cache(maxsize=20_000)
def folded_name(text: str) -> str:
    """The name without case, accents, punctuation and words such as “province”: “Préfecture de l'Ouham” is “louham”, “Ouham province” is “ouham”."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_APOSTROPHES))
    plain = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    words = "".join(sign if sign.isalnum() else " " for sign in plain).split()
    kept = [word for word in words if word not in _KINDS_OF_AREA]
    if words and words[0] in _KINDS_OF_AREA:
        while len(kept) > 1 and kept[0] in _CONNECTORS:
            kept = kept[1:]
    return " ".join(kept or words)


@dataclass(frozen=True, slots=True)
class KnownArea:
    """An area as matching sees it: its code, its name, and all folded names that it goes by."""

    code: str
    name: str
    folded: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """What written places mean.

    matched    text to code; the empty code is a person's answer "none of ours".
    proposed   text to the codes that it may mean, nearest first: a person decides.
    unmatched  texts that are like no area.
    """

    matched: Mapping[str, str] = field(default_factory=dict)
    proposed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unmatched: tuple[str, ...] = ()

    @property
    def open_texts(self) -> tuple[str, ...]:
        """Texts that wait for a person."""
        return tuple(sorted((*self.proposed, *self.unmatched)))


def match_places(texts: Iterable[str], areas: Collection[KnownArea], remembered: Mapping[str, str]) -> Matches:
    """Match by remembered answer, by code, or by exactly equal folded name; anything less is proposed to a person, never chosen.

    remembered  folded text to code, as people decided before.
    """
    codes = {area.code.casefold(): area.code for area in areas}
    by_name: dict[str, list[str]] = {}
    for area in sorted(areas, key=lambda each: each.code):
        for name in area.folded | {folded_name(area.name)}:
            if area.code not in by_name.setdefault(name, []):
                by_name[name].append(area.code)
    matched: dict[str, str] = {}
    proposed: dict[str, tuple[str, ...]] = {}
    unmatched: list[str] = []
    for text in sorted(set(texts)):
        folded = folded_name(text)
        named = by_name.get(folded, [])
        if folded in remembered and (not remembered[folded] or remembered[folded] in codes.values()):
            matched[text] = remembered[folded]
        elif text.strip().casefold() in codes:
            matched[text] = codes[text.strip().casefold()]
        elif len(named) == 1:
            matched[text] = named[0]
        elif near := tuple(named) or _near(folded, by_name):
            proposed[text] = near
        else:
            unmatched.append(text)
    return Matches(matched, proposed, tuple(unmatched))


def _near(folded: str, by_name: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    names = get_close_matches(folded, list(by_name), n=MOST_PROPOSALS, cutoff=NEAR)
    return tuple(dict.fromkeys(code for name in names for code in by_name[name]))


def same_names(rows: Iterable[tuple[int, str]]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Names that two or more rows share once folded, with those rows' numbers."""
    found: dict[str, list[tuple[int, str]]] = {}
    for number, name in rows:
        found.setdefault(folded_name(name), []).append((number, name))
    return tuple((group[0][1], tuple(number for number, _ in group)) for group in found.values() if len(group) > 1)


def is_placeholder_code(code: str) -> bool:
    """Whether a code says "none", as the -99 of some boundary files."""
    return code.strip().casefold() in PLACEHOLDER_CODES


def area_path(code: str, parent_path: str = "") -> str:
    """`/QR/QR-C/QR01/`: the parent's path and the code, so that a subtree is a prefix."""
    return f"{parent_path or '/'}{code}/"


@dataclass(frozen=True, slots=True)
class SharePassed:
    """A share of one area that passed to another on a day."""

    predecessor: str
    successor: str
    share: float
    on: date


@dataclass(frozen=True, slots=True)
class Bridged:
    """Counts laid on other areas: `estimated` lists those that hold a declared share and not only counted things."""

    values: Mapping[str, float | None]
    estimated: frozenset[str]


def bridge_by_shares(values: Mapping[str, float | None], successions: Iterable[SharePassed]) -> Bridged:
    """Counts of areas before a change, on the areas after it, by declared shares only (I8).

    What an area did not pass on stays with it, unless it passed on everything and so ended. A missing count makes whatever it flows into
    missing (I21). Rates are not bridged: bridge numerator and denominator and divide anew.
    """
    passed: dict[str, list[SharePassed]] = {}
    for succession in successions:
        passed.setdefault(succession.predecessor, []).append(succession)
    result: dict[str, float | None] = {}
    estimated: set[str] = set()
    for code, value in values.items():
        parts = passed.get(code, [])
        kept = 1.0 - sum(part.share for part in parts)
        if not parts or kept > 1e-9:
            _add(result, code, value, kept if parts else 1.0)
        if parts and kept > 1e-9:
            estimated.add(code)
        for part in parts:
            _add(result, part.successor, value, part.share)
            if part.share < 1 or part.successor in values:
                estimated.add(part.successor)
    return Bridged(result, frozenset(estimated))


def _add(result: dict[str, float | None], code: str, value: float | None, share: float) -> None:
    before = result.get(code, 0.0)
    result[code] = None if value is None or before is None else before + (value if share == 1.0 else value * share)
