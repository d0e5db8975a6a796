"""What each column of an allegation holds of what was told, word for word."""

from operator import attrgetter
from typing import Any

from fourfold.access.terms import Compartment
from fourfold.intake.rules.relationships import is_former_partner
from fourfold.intake.terms import PersonAsTold, Told, Urgency
from fourfold.intake.told_columns import Kind, columns_of

ALLEGATION = tuple(column for column in columns_of(Told) if column.kept)
#: What is asked of the event itself, in words: by the form, of a feed and through the API.
OF_EVENT = tuple(column for column in ALLEGATION if column.label)
PERSON = columns_of(PersonAsTold)
#: What the table of allegations keeps of its victim and its subject each; they share the relationship.
OF_EACH = tuple(column for column in PERSON if column.name != "relationship")
NAMES_OF_EACH = tuple(column.name for column in OF_EACH)
#: How a victim is reached, and what the victim is known by: closed where these are.
REACH = (*(column.name for column in PERSON if column.reaches), "known_by")
#: Characters that each column holds, by where they come from in `Told`.
LONGEST = {column.name: column.longest for column in ALLEGATION if column.longest} | {
    f"{part}.{column.name}": column.longest
    for part, columns in (("victim", OF_EACH), ("subject", PERSON))
    for column in columns
}
#: Columns of the table that not everybody may read who may read the rest, and columns that came after the first edition.
_OF_TABLE = (
    *((column.name, column.victim, column) for column in ALLEGATION),
    *((f"victim_{column.name}", column.victim, column) for column in OF_EACH),
    *((f"subject_{column.name}", column.subject, column) for column in OF_EACH),
)
WALLED = {name: readers for name, readers, _ in _OF_TABLE if readers is not Compartment.CORE}
ADDED_IN = {name: column.edition for name, _, column in _OF_TABLE if column.edition > 1}


def row_of(told: Told, judged: tuple[Urgency, tuple[str, ...], bool]) -> dict[str, Any]:
    """Return what was told by column, with how soon somebody must act, why, and whether it is for the desk."""
    urgency, reasons, for_desk = judged
    texts = *_columns_in(told), *_person_in(told.victim), *_person_in(told.subject)
    row = dict(zip(_NAMES, texts, strict=True))
    for name in _CODES:
        row[name] = str(row[name] or "")
    for name in LISTS:
        row[name] = [str(each) for each in row[name]]
    row["relationship"], row["former_partner"] = told.subject.relationship, is_former_partner(told)
    row["urgency"], row["urgency_reasons"] = str(urgency), list(reasons)
    row["for_desk"] = row["at_desk"] = for_desk
    return row


def named(kind: Kind) -> tuple[str, ...]:
    """Return the columns of an allegation that hold something of a kind."""
    return tuple(column.name for column in ALLEGATION if column.kind is kind)


_COLUMNS = tuple(column.name for column in ALLEGATION)
_CODES, LISTS = named(Kind.CODE), named(Kind.LIST)
_VICTIM = tuple(f"victim_{name}" for name in NAMES_OF_EACH)
_SUBJECT = tuple(f"subject_{name}" for name in NAMES_OF_EACH)
_NAMES = (*_COLUMNS, *_VICTIM, *_SUBJECT)
_columns_in = attrgetter(*_COLUMNS)
_person_in = attrgetter(*NAMES_OF_EACH)
