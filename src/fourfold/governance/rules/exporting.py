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
        """Return how many people stand between two countings of the same number: those who came, went or changed.

        Where they are many, it is the least that they can be.
        """
        if self.people or other.people:
            if (least := abs(len(self.people) - len(other.people)) // 2) >= FEWEST:  # of each a yes and a no at most
                return least
            moved = self.people ^ other.people
            return len({entry.partition("=")[0] for entry in moved}) if len(moved) < 2 * FEWEST else len(moved) // 2
        return abs(self.count - other.count)


@dataclass(frozen=True)
class Leaves:
    """A number as it may leave, and the moment as of which it was counted."""

    cell: Cell
    shown: tuple[int, ...]
    as_of: datetime
    is_new: bool


def leaving(cell: Cell, earlier: Iterable[tuple[datetime, Cell]], *, at: datetime) -> Leaves:
    """Return what may leave of a number beside everything that has left of it, whoever took it.

    What has hardly changed leaves as it left last, with that moment, whether it would be shown otherwise now or not: a
    moment that stood only beside what moved would tell that it moved.
    """
    near = [(when, one) for when, one in earlier if one.name == cell.name and cell.apart(one) < FEWEST]
    if not near:
        return Leaves(cell, cell.shown, at, is_new=True)
    when, last = max(near, key=lambda pair: pair[0])
    return Leaves(cell, last.shown, when, is_new=False)


def as_counted(days: Iterable[date]) -> str:
    """Say of the numbers of a row when they were counted; "" where none is told."""
    said = " and ".join(f"{day:%-d %B %Y}" for day in sorted(set(days)))
    return f"as counted on {said}" if said else ""
