"""What a mapping leaves behind of rows that it reads: counted where it happens, and told before anything is stored."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

#: More different values of one column than this are counted together.
MOST_VALUES = 500
OTHERS = "…"


class Loss(StrEnum):
    """What is lost of a cell that was read, as a records clerk would say it."""

    DEFAULT_CLASS = "code that nobody mapped, counted as the default class"
    HOUR = "hour counts as not known"
    ANSWER = "answer that is neither yes nor no, read as the mapping's otherwise"
    BIRTH = "day of birth that the cell says nobody knows, read as not told"
    SEX = "sex that is none of the codes, read as not known"
    MO_CODE = "code of the modus operandi that nobody mapped, kept only as it came"
    ROLE = "person in a role that is neither victim nor suspect, kept only as it came"
    CUT = "class in its own words, cut to 160 characters"


@dataclass(frozen=True)
class Lost:
    """How many rows lose something of one column, and the commonest cells."""

    loss: Loss
    column: str
    rows: int
    values: tuple[tuple[str, int], ...]


class Losses:
    """Counts as rows are read."""

    def __init__(self) -> None:
        self._counted: defaultdict[tuple[Loss, str], Counter[str]] = defaultdict(Counter)

    def note(self, loss: Loss, column: str, value: str) -> None:
        """Count one cell of which something is lost."""
        values = self._counted[loss, column]
        values[value[:60] if value[:60] in values or len(values) < MOST_VALUES else OTHERS] += 1

    def told(self, most: int = 12) -> Iterator[Lost]:
        """Yield what was lost, the commonest first, with up to `most` values each."""
        for (loss, column), values in sorted(self._counted.items(), key=lambda item: -item[1].total()):
            yield Lost(loss, column, values.total(), tuple(values.most_common(most)))
