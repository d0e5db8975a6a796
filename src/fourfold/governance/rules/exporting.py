"""What a file of numbers may say beside the files that left before it: nothing that the two together tell of a few."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

#: A number that moved by fewer people than this since it last left, leaves as it left then; as every release hides.
FEWEST = 10


@dataclass(frozen=True)
class Cell:
    """One number of a file: its name, what is shown of it (nothing where it is hidden), and over whom it was counted.

    `people` are entries "who=answer" of everybody who was counted; where there are none, `count` is compared.
    """

    name: str
    shown: tuple[int, ...]
    count: int
    people: frozenset[str] = frozenset()

    def apart(self, other: Cell) -> int:
        """Return how many people stand between two countings of the same number: those who came, went or changed."""
        if self.people or other.people:
            return len({entry.partition("=")[0] for entry in self.people ^ other.people})
        return abs(self.count - other.count)


@dataclass(frozen=True)
class Leaves:
    """A number as it may leave; `as_of`: it was counted otherwise now, and leaves as the file of that moment told it."""

    cell: Cell
    shown: tuple[int, ...]
    is_new: bool
    as_of: datetime | None = None


def leaving(cell: Cell, earlier: Iterable[tuple[datetime, Cell]]) -> Leaves:
    """Return what may leave of a number beside everything that has left of it, whoever took it."""
    near = [(when, one) for when, one in earlier if one.name == cell.name and cell.apart(one) < FEWEST]
    if not near:
        return Leaves(cell, cell.shown, is_new=True)
    if any(one.shown == cell.shown for _, one in near):
        return Leaves(cell, cell.shown, is_new=False)
    when, last = max(near, key=lambda pair: pair[0])
    return Leaves(cell, last.shown, is_new=False, as_of=when)


def as_before(day: date | None) -> str:
    """Say of a row of a file as which earlier one it leaves; "" where it leaves as it was counted now."""
    return f"as in the file of {day:%-d %B %Y}: fewer than ten have changed since" if day else ""
