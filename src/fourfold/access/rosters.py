"""An agency's own list of its people, held against the accounts here: who has left, and what somebody should look at. Pure.

The list takes a way in away, and gives none: an account is made, and let in again, by two people.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from fourfold.access import addresses

COLUMNS = ("hr_id", "email", "agency", "active")
_SAID = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
#: A list that would end more than a tenth of the accounts, and more than two, is rather a wrong list.
SHARE, FEW = 10, 2


class CannotRead(ValueError):
    """The list cannot be read; nothing of it was done. The message says each line and how to mend it."""


@dataclass(frozen=True)
class Listed:
    """One line of the list."""

    line: int
    number: str
    email: str
    agency: str
    active: bool


@dataclass(frozen=True)
class HeldAccount:
    """An account here: whose, in which agency, by which staff number and address, and whether it is open."""

    id: UUID
    agency: str
    number: str
    email: str
    is_open: bool


@dataclass(frozen=True)
class Compared:
    """What a list says: whose accounts end, and what somebody should look at, each in words with its line.

    `open_before`: how many accounts of the agencies in the list are open.
    """

    leavers: tuple[UUID, ...]
    to_look_at: tuple[str, ...]
    open_before: int

    @property
    def too_many(self) -> bool:
        """Whether the list would end more accounts than a night brings."""
        return len(self.leavers) > max(FEW, self.open_before // SHARE)


def read(lines: Iterable[str], *, agencies: Iterable[str]) -> tuple[Listed, ...]:
    """Return the lines of a list, or raise CannotRead: a list with a doubtful line is not used at all."""
    rows = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (rows.fieldnames or ())]
    if missing:
        raise CannotRead(f"The first line must name the columns {', '.join(COLUMNS)}. Missing: {', '.join(missing)}.")
    known, found, wrong = frozenset(agencies), list[Listed](), list[str]()
    for line, row in enumerate(rows, start=2):
        cells = {column: (row[column] or "").strip() for column in COLUMNS}
        active = _SAID.get(cells["active"].lower())
        if why := _why_not(cells, active, known):
            wrong.append(f"Line {line}: {why}")
        else:
            number = addresses.look_of_number(cells["hr_id"])
            found.append(Listed(line, number, addresses.plain(cells["email"]), cells["agency"], bool(active)))
    wrong += _twice(found)
    if wrong:
        raise CannotRead("\n".join(wrong))
    if not found:
        raise CannotRead("The list is empty. Look whether the whole file arrived.")
    return tuple(found)


def _why_not(cells: Mapping[str, str], active: bool | None, known: frozenset[str]) -> str | None:
    if not cells["hr_id"]:
        return "hr_id is empty. It is the staff number under which the account was asked for."
    if why := addresses.why_not_number(addresses.plain(cells["hr_id"])):
        return f"hr_id cannot be compared. {why}"
    if cells["agency"] not in known:
        return f"there is no agency “{cells['agency']}” here. Write it as its accounts page does in its address."
    if active is None:
        return f"active is “{cells['active']}”. Write yes or no."
    return None


def _twice(rows: Iterable[Listed]) -> Iterator[str]:
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        if (before := first.setdefault((row.agency, row.number), row.line)) != row.line:
            yield f"Line {row.line}: this hr_id stands in line {before} too. Leave one of them."


def compare(listed: Iterable[Listed], held: Iterable[HeldAccount]) -> Compared:
    """Hold a list against the accounts of its agencies."""
    rows, accounts = tuple(listed), tuple(held)
    by_number: dict[tuple[str, str], list[HeldAccount]] = {}
    for one in accounts:
        by_number.setdefault((one.agency, addresses.look_of_number(one.number)), []).append(one)
    leavers, look = list[UUID](), list[str]()
    for row in rows:
        theirs = by_number.pop((row.agency, row.number), [])
        if row.active:
            look += _look_at(row, theirs)
        else:
            leavers += [one.id for one in theirs if one.is_open]
    without = [one for ones in by_number.values() for one in ones if one.is_open]
    if without:
        look.append(f"Open accounts whose staff number stands in no line, and go on: {len(without):,}.")
    return Compared(tuple(leavers), tuple(look), sum(one.is_open for one in accounts))


def _look_at(row: Listed, theirs: list[HeldAccount]) -> Iterator[str]:
    if not theirs:
        yield f"Line {row.line}: works there and has no account here. It is asked for and confirmed in the pages."
    elif not any(one.is_open for one in theirs):
        yield f"Line {row.line}: works there, and the account here is closed. Two people let it in again in the pages."
    elif row.email and not any(addresses.plain(one.email) == row.email for one in theirs):
        yield f"Line {row.line}: the address here is another. Ask for a new way in if it is no longer theirs."
