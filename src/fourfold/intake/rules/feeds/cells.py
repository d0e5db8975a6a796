"""The cells of a row by the columns of its header, and what is said of a row that must wait."""

from collections.abc import Callable, Sequence
from operator import itemgetter

from fourfold.intake.rules.feeds.layout import Mapping
from fourfold.intake.terms import Fault

Cells = Sequence[str]


class RowFault(Exception):
    """A row that must wait: which column, why, in words that say how to mend it."""

    def __init__(self, fault: Fault, column: str, reason: str):
        self.fault, self.column, self.reason = fault, column, reason
        super().__init__(fault, column, reason)


class Columns:
    """Where each column stands. Those that a mapping reads and a file may leave out stand, empty, behind the others."""

    def __init__(self, header: Cells, mapping: Mapping) -> None:
        named = names_in(header)
        self.names = (*named, *sorted((mapping.optional & set(mapping.used)) - set(named)))
        self._place = {name: number for number, name in enumerate(self.names)}

    def place(self, column: str) -> int:
        return self._place[column]

    def cell(self, cells: Cells, column: str) -> str:
        """Return what stands in a column, without the blanks around it."""
        return cells[self._place[column]].strip()

    def pick(self, columns: Sequence[str]) -> Callable[[Cells], Sequence[str]]:
        """Return a function that gives the cells of some columns, by their numbers."""
        numbers = [self._place[name] for name in columns]
        if len(numbers) > 1:
            return itemgetter(*numbers)
        return lambda cells: [cells[number] for number in numbers]

    def joined(self, columns: Sequence[str]) -> Callable[[Cells], str]:
        """Return a function that joins what stands in some columns by a blank."""
        if not columns:
            return lambda cells: ""
        if len(columns) == 1:
            number = self._place[columns[0]]
            return lambda cells: cells[number].strip()
        picked = self.pick(columns)
        return lambda cells: " ".join([part for cell in picked(cells) if (part := cell.strip())])


def names_in(header: Cells) -> tuple[str, ...]:
    """Return the names of the columns of a header, numbered where there is none."""
    return tuple(cell.strip() or f"column {number}" for number, cell in enumerate(header, start=1))
