"""Who coded what how: codes of units by coders, read with care, and the units on which coders disagree."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from custodes.evidence.columns import ROW, category, check_column, check_not_empty, numeric
from custodes.evidence.errors import ArgumentInvalid, TableEmpty

MISSING = -1


class Level(StrEnum):
    """What may be said of two different codes: that they differ, which is higher, by how much, by what share."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class Coding:
    """One code that one coder gave to one unit; None where the coder left the unit out. row: its place in the file, from 1."""

    unit: str
    coder: str
    code: str | float | None
    row: int


@dataclass(frozen=True, slots=True)
class Codings:
    """All codes of one variable.

    categories  the codes that occur, in order; values: their numbers, or their positions where the level is nominal.
    codes       one row per unit, one column per coder: the position of the category, and MISSING where there is none.
    """

    level: Level
    units: tuple[str, ...]
    coders: tuple[str, ...]
    categories: tuple[str, ...]
    values: NDArray[np.float64]
    codes: NDArray[np.int64]

    @property
    def counts(self) -> NDArray[np.int64]:
        """How many coders gave each category to each unit: units × categories."""
        size = len(self.categories)
        seen = self.codes != MISSING
        cells = np.nonzero(seen)[0] * size + self.codes[seen]
        return np.bincount(cells, minlength=len(self.units) * size).reshape(-1, size)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A unit to which coders gave different codes. codes: coder to code; majority: the most frequent code, or empty text where two are equal."""

    unit: str
    codes: Mapping[str, str]
    majority: str


def codings_from_table(table: Any, *, units: str, coders: str, codes: str, level: Level) -> Codings:
    """Read the codes from a table with one row for each code that a coder gave to a unit.

    Shapes   table: Ibis, with `_row`; an empty code is one that the coder did not give, never a category of its own.
    Units    codes are text where the level is nominal, and numbers otherwise: the order of words is not guessed.
    Returns  Codings, units and coders in the order of their names.
    Refuses  ColumnMissing; ColumnNotNumeric and ArgumentInvalid that name row and column: an empty unit or coder, a code below zero
             on a ratio scale, a unit that one coder coded twice; TableEmpty.
    Source   Krippendorff (2019), Content Analysis, 4th edition, ch. 12: the reliability data matrix.
    Checked  tests/evidence/test_agreement.py, row by row.
    """
    named = {"units": units, "coders": coders, "codes": codes}
    for role, column in named.items():
        check_column(table, column, where=role)
    if len(set(named.values())) < len(named):
        raise ArgumentInvalid(
            "One column is named twice.", where="units, coders, codes", remedy="Name a column of its own for each."
        )
    check_not_empty(table)
    is_nominal = level is Level.NOMINAL
    code = category(table, codes, where="codes") if is_nominal else numeric(table, codes, where="codes")
    rows = table.select(
        unit=category(table, units, where="units"), coder=category(table, coders, where="coders"), code=code, row=table[ROW]
    )  # fmt: skip
    found = rows.order_by("row").to_pyarrow().to_pylist()
    return codings_from_rows(
        (Coding(row["unit"] or "", row["coder"] or "", row["code"], row["row"]) for row in found), level=level, columns=named
    )  # fmt: skip


def codings_from_rows(rows: Iterable[Coding], *, level: Level, columns: Mapping[str, str] | None = None) -> Codings:
    """Codings from single codes; `columns` gives the names that a problem is reported under.

    Shapes   one Coding for each code; those without a code are left out, those of blank text likewise.
    Units    as `codings_from_table`.
    Returns  Codings.
    Refuses  ArgumentInvalid that names row and column; TableEmpty where no code is left.
    Source   as `codings_from_table`.
    Checked  tests/evidence/test_agreement.py.
    """
    named = columns or {"units": "units", "coders": "coders", "codes": "codes"}
    given: dict[tuple[str, str], Coding] = {}
    for row in rows:
        code = row.code.strip() or None if isinstance(row.code, str) else row.code
        _check_row(row, code, level=level, columns=named)
        if code is None:
            continue
        earlier = given.setdefault((row.unit, row.coder), row)
        if earlier is not row:
            raise ArgumentInvalid(
                f"The coder “{row.coder}” coded the unit “{row.unit}” before, in row {earlier.row}.",
                where=f"row {row.row}, column {named['coders']}",
                remedy="Keep one code for each unit and coder; code parts of a unit as units of their own.",
            )
    if not given:
        raise TableEmpty("No row has a code.", where=f"column {named['codes']}", remedy="Check the column of codes.")
    return _matrix(given, level)


def _check_row(row: Coding, code: str | float | None, *, level: Level, columns: Mapping[str, str]) -> None:
    for role, text in (("units", row.unit), ("coders", row.coder)):
        if not text.strip():
            raise ArgumentInvalid(
                f"The {role.removesuffix('s')} is empty.",
                where=f"row {row.row}, column {columns[role]}",
                remedy="Say which it is, or take the row out.",
            )
    if level is Level.RATIO and code is not None and float(code) < 0:
        raise ArgumentInvalid(
            f"“{code:g}” is below zero, which a ratio scale does not know.",
            where=f"row {row.row}, column {columns['codes']}",
            remedy="Correct the code, or choose the level interval.",
        )


def _matrix(given: Mapping[tuple[str, str], Coding], level: Level) -> Codings:
    units = tuple(sorted({unit for unit, _ in given}))
    coders = tuple(sorted({coder for _, coder in given}))
    if level is Level.NOMINAL:
        written = {key: str(row.code).strip() for key, row in given.items()}
        found: list[Any] = sorted(set(written.values()))
        position: dict[Any, int] = {code: index for index, code in enumerate(found)}
        places = {key: position[code] for key, code in written.items()}
        categories, values = tuple(found), np.arange(len(found), dtype=np.float64)
    else:
        numbers = {key: float(row.code or 0) for key, row in given.items()}
        found = sorted(set(numbers.values()))
        position = {code: index for index, code in enumerate(found)}
        places = {key: position[code] for key, code in numbers.items()}
        categories, values = tuple(f"{code:.15g}" for code in found), np.array(found, dtype=np.float64)
    row_of, column_of = {unit: i for i, unit in enumerate(units)}, {coder: i for i, coder in enumerate(coders)}
    codes = np.full((len(units), len(coders)), MISSING, dtype=np.int64)
    for (unit, coder), place in places.items():
        codes[row_of[unit], column_of[coder]] = place
    return Codings(level, units, coders, categories, values, codes)


def disagreements(codings: Codings) -> tuple[Disagreement, ...]:
    """The units to which coders gave different codes, with who gave which, to be talked over.

    Shapes   any Codings; a unit that one coder coded cannot disagree.
    Units    codes as written.
    Returns  one Disagreement per unit, those with the most dissenters first, then by name; empty where all agree.
    Refuses  nothing.
    Source   Krippendorff (2019), Content Analysis, ch. 12: sources of disagreement are looked at unit by unit.
    Checked  tests/evidence/test_agreement.py, by hand.
    """
    found: list[tuple[int, Disagreement]] = []
    for unit, row in zip(codings.units, codings.codes, strict=True):
        given = {
            coder: codings.categories[code] for coder, code in zip(codings.coders, row, strict=True) if code != MISSING
        }
        ranked = Counter(given.values()).most_common()
        if len(ranked) < 2:
            continue
        majority = ranked[0][0] if ranked[0][1] > ranked[1][1] else ""
        found.append((len(given) - ranked[0][1], Disagreement(unit, given, majority)))
    return tuple(item for _, item in sorted(found, key=lambda pair: (-pair[0], pair[1].unit)))
