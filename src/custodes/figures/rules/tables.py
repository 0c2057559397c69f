"""The table twin of a chart or a map, as `parts/table.html` draws it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, and whether it holds numbers."""

    label: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class FigureTable:
    """A table in words; the first cell of each row names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    @property
    def numeric_columns(self) -> frozenset[int]:
        return frozenset(index for index, column in enumerate(self.columns) if column.numeric)
