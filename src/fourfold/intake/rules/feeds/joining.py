"""The rows of one crime, a person each, made into one: every person of them, and nobody twice."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fourfold.intake.rules.feeds.persons import placed
from fourfold.intake.rules.feeds.reading import ReadRow
from fourfold.intake.terms import FurtherAsTold, PersonAsTold, PersonRole


def joined(rows: Sequence[ReadRow]) -> ReadRow:
    """Return rows that say the same of the crime as one; in which order the file had them makes no difference."""
    if len(rows) == 1:
        return rows[0]
    first = min(rows, key=lambda row: row.number)
    each = sorted({row.content: row for row in rows}.values(), key=lambda row: row.content)
    people = tuple(person for row in each for person in _people(row))
    victim, subject, further = placed(PersonAsTold(), PersonAsTold(), people)
    told = replace(first.told, victim=victim, subject=subject, further=further, original=_originals(each))
    content = hashlib.sha256("\x1f".join(row.content for row in each).encode()).hexdigest()
    also = tuple(sorted(row.number for row in rows if row is not first))
    return replace(first, told=told, content=content, also=also)


def _people(row: ReadRow) -> Iterator[FurtherAsTold]:
    told = row.told
    if not told.victim.is_empty:
        yield FurtherAsTold(PersonRole.VICTIM, told.victim)
    if not told.subject.is_empty:
        yield FurtherAsTold(PersonRole.SUBJECT, told.subject)
    yield from told.further


def _originals(rows: Sequence[ReadRow]) -> dict[str, str]:
    """Return the cells as they came; where a later row says something else, its cell is numbered: “Name (2)”."""
    kept = dict(rows[0].told.original)
    for number, row in enumerate(rows[1:], start=2):
        for column, cell in row.told.original.items():
            if cell != rows[0].told.original.get(column):
                kept[f"{column} ({number})"] = cell
    return kept
