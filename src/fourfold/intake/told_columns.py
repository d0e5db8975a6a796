"""What is told, column by column: declared once, on the field of the value that holds it, and read by every stage.

    pronoun: str = told(10, subject=Compartment.SUBJECT_IDENTITY, label=Word("Refer to them as"), choices=PRONOUNS)

Filing, packing, the proof, versions, mappings, the API, the form and the desk's page ask `columns_of`.
`docs/how-to/add-a-field.md` walks through a field from the referral to the extract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, get_args, get_type_hints

from fourfold.access.terms import Compartment


class Kind(StrEnum):
    """What a column holds: text as told, the code of an enumeration, a moment, yes, no or not known, or several codes."""

    TEXT = "text"
    CODE = "code"
    MOMENT = "moment"
    TRUTH = "truth"
    LIST = "list"
    OTHER = "other"


@dataclass(frozen=True)
class Column:
    """One thing that is told.

    `longest` counts characters. `victim` is who may read it of a victim or of the allegation itself, `subject` who may
    read it of a subject. `edition` is the first whose digests commit to it. With `choices` (code: in words) a feed needs
    a table of codes and a form offers them; without `label` no form asks for it, and of the event no feed, API or page
    has it by itself. `called` are the words by which a
    feed's column of it is recognised. `kept` of False: the table has none.
    """

    name: str
    kind: Kind
    longest: int = 0
    victim: Compartment = Compartment.CORE
    subject: Compartment = Compartment.CORE
    edition: int = 1
    kept: bool = True
    label: str = ""
    hint: str = ""
    called: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def reaches(self) -> bool:
        """Whether it says how to reach a victim."""
        return self.victim is Compartment.VICTIM_CONTACT


def told(longest: int = 0, *, default: object = "", **more: Any) -> Any:
    """Declare the field of a value as a column; `more` is what `Column` says."""
    return field(default=default, metadata={"longest": longest, **more})


@cache
def columns_of(value: type) -> tuple[Column, ...]:
    """Return the columns of a value of what is told, in their order: its fields but for the people in it."""
    hints = get_type_hints(value)
    return tuple(
        Column(each.name, kind, **each.metadata)
        for each in fields(value)
        if (kind := _kind(hints[each.name])) is not None
    )


def _kind(hint: Any) -> Kind | None:
    """Return what a column of an annotation holds; None for people, who have columns of their own."""
    args = get_args(hint)
    kinds = [kind for kind in (*args, hint) if isinstance(kind, type)]
    if hint is str:
        return Kind.TEXT
    if getattr(hint, "__origin__", None) is tuple:
        return Kind.LIST if issubclass(kinds[0], str) else None
    for kind, holds in ((bool, Kind.TRUTH), (datetime, Kind.MOMENT), (StrEnum, Kind.CODE)):
        if issubclass(kinds[0], kind):
            return holds
    return None if hasattr(kinds[0], "__dataclass_fields__") else Kind.OTHER
