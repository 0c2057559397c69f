"""What the cells of a column are, found by looking at all of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from custodes.collection.rules.cells import numbers_from

MOST_DISTINCT = 5_000  # more different texts than this are no places
SURELY_TEXT_AFTER = 2_000
MOSTLY = 0.9  # a column with this share of numbers is meant to hold numbers, and the rest is asked about


@dataclass(slots=True)
class ColumnProfile:
    """Counts over one column; `odd` are the first cells that are no numbers, with their rows."""

    filled: int = 0
    numeric: int = 0
    odd: list[tuple[int, str]] = field(default_factory=list)
    is_text: bool = False

    def look_at(self, texts: Sequence[str], rows: Sequence[int]) -> None:
        """Count one batch."""
        if self.is_text:
            return
        found = numbers_from(texts)
        empty = sum(1 for text in texts if not text.strip())
        self.filled += len(texts) - empty
        self.numeric += len(texts) - empty - len(found.bad)
        self.odd.extend((rows[index], texts[index]) for index in found.bad[: max(0, 5 - len(self.odd))])
        self.is_text = self.filled > SURELY_TEXT_AFTER and self.numeric < self.filled / 2

    @property
    def type(self) -> str:
        """`number` where nearly all filled cells are numbers, else `text`."""
        if not self.filled or self.is_text:
            return "text"
        return "number" if self.numeric >= self.filled * MOSTLY else "text"

    @property
    def is_mixed(self) -> bool:
        """Meant as numbers, with something else in between."""
        return self.type == "number" and self.numeric < self.filled
