"""How a file is to be read, as somebody decides it: the doubts of a draft, and what a column is read as."""

import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from fourfold.feeds.terms import ColumnRead, InvalidFeed
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.terms import InvalidMapping
from fourfold.words import sentence, words

#: How a doubt of a draft stands in a mapping: a comment that somebody takes out once it is decided.
_DOUBT = re.compile(r"^# \? (?P<said>.+)\n?", re.MULTILINE)

#: Where a doubt lists columns by their names.
_LISTED = re.compile(r"(?:as they came: |taken so \(|^The words of )(?P<names>.+?)(?:\.$|\)\. | are read as)")

#: What one column alone can be, by the key of the mapping that reads it. A date or a code needs more than its column.
CHOICES = words(
    {
        "": "read by nothing, and kept with its row",
        "columns.ignore": "not kept at all",
        "columns.not_compared": "kept, but a change here alone is no news",
        "reference.columns": "the reference of the crime",
        "place.parts": "the place",
        "words.parts": "what happened, in words",
        "victim.name": "the victim’s name",
        "victim.address": "the victim’s address",
        "victim.phone": "the victim’s telephone number",
        "victim.email": "the victim’s e-mail address",
        "subject.name": "the subject’s name",
        "subject.address": "the subject’s address",
        "subject.phone": "the subject’s telephone number",
        "subject.email": "the subject’s e-mail address",
        "subject.relationship": "the relationship of the subject to the victim",
    }
)
_OTHERS = words(
    {
        "victim.birth": "the victim’s date of birth",
        "victim.sex": "the victim’s sex",
        "victim.pronoun": "how to refer to the victim",
        "subject.birth": "the subject’s date of birth",
        "subject.sex": "the subject’s sex",
        "subject.pronoun": "how to refer to the subject",
        "told": "when it was reported",
        "occurred": "when it happened",
        "occurred_until": "until when it happened",
        "class": "the class",
        "included": "the crimes counted under it",
        "mo": "codes of how it was done",
        "weapon": "whether a weapon was used",
        "former_partner": "whether they were partners",
        "victim": "something else about the victim",
        "subject": "something else about the subject",
        "person": "something about another person",
        "columns": "filled from the row above",
    }
)
_PLACES = {"place.parts", "words.parts"}


def doubts_of(text: str) -> tuple[str, ...]:
    """Return what nobody has decided yet about a mapping."""
    return tuple(found["said"] for found in _DOUBT.finditer(text))


def decided(text: str, doubts: Collection[str]) -> str:
    """Return a mapping without the doubts that somebody has decided."""
    left = _DOUBT.sub(lambda found: "" if found["said"] in doubts else found[0], text)
    return left.lstrip("\n")


def read_as(key: str) -> str:
    """Return in words what a column is that a key of the mapping reads."""
    if key in CHOICES:
        return CHOICES[key]
    return _OTHERS.get(key) or _OTHERS[re.split(r"[. ]", key, maxsplit=1)[0]]


def columns_read(text: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> tuple[ColumnRead, ...]:
    """Return each column of a file with its first values and what a mapping reads it as. Raises InvalidMapping."""
    mapping = mapping_of(document_of(text))
    seen = list(rows)

    def key_of(name: str) -> str:
        aside = {"columns.ignore": mapping.ignore, "columns.not_compared": mapping.not_compared}
        return mapping.used.get(name) or next((key for key, names in aside.items() if name in names), "")

    return tuple(
        ColumnRead(name, tuple(row[at] for row in seen if at < len(row)), read_as(key_of(name)))
        for at, name in enumerate(header)
    )


def document_of(text: str) -> dict[str, Any]:
    """Return a mapping's document; raise InvalidFeed where it is no TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InvalidFeed("mapping", sentence("This is not TOML: {1}", str(fault))) from fault


def moved(text: str, column: str, key: str) -> str:
    """Return a mapping in which a column is what a key says and nothing else; raise InvalidFeed where none fits then.

    "" leaves the column to nobody. What was in doubt about the column is decided; comments other than doubts are lost.
    """
    document = _without(document_of(text), column)
    if key:
        table, name = key.split(".")
        entry = f"{{{column}}}" if key in _PLACES else column
        held = document.setdefault(table, {}).get(name, [])
        document[table][name] = [*([held] if isinstance(held, str) else held), entry]
    made = toml_of(document, filter(None, (_still(doubt, column) for doubt in doubts_of(text))))
    refuse_unusable(made, "to")
    return made


def _still(doubt: str, column: str) -> str:
    """Return what stays in doubt once a column is decided: of a list the other columns, of what is about it alone nothing."""
    if (listed := _LISTED.search(doubt)) is None:
        return "" if f"“{column}”" in doubt else doubt
    apart = "; " if "; " in listed["names"] else ", "
    left = [each for each in listed["names"].split(apart) if re.split(r": | \(", each)[0] != column]
    return doubt.replace(listed["names"], apart.join(left)) if left else ""


def refuse_unusable(text: str, field: str) -> None:
    """Raise InvalidFeed with every line that is wrong with a mapping."""
    try:
        mapping_of(document_of(text))
    except InvalidMapping as fault:
        raise InvalidFeed(field, str(fault)) from fault


def _without(document: dict[str, Any], column: str) -> dict[str, Any]:
    """Return a mapping's document in which nothing names a column; a table that says nothing any more is left out.

    What says what the values of a column mean goes with it.
    """
    left: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, dict):
            kept = _without(value, column)
            if kept and not _lost_its_columns(value, kept):
                left[key] = kept
        elif isinstance(value, list):
            entries = [_without(each, column) if isinstance(each, dict) else each for each in value]
            entries = [each for each in entries if each not in ({}, column) and each != f"{{{column}}}"]
            entries = [
                each
                for before, each in zip(value, entries, strict=False)
                if not (isinstance(each, dict) and isinstance(before, dict) and _lost_its_columns(before, each))
            ]
            if entries or not value:
                left[key] = entries
        elif value != column or key not in _NAMES_A_COLUMN:
            left[key] = value
    return left


#: Keys whose text is the name of a column.
_NAMES_A_COLUMN = frozenset(
    {"column", "time_column", "platform_column", "name", "birth", "sex", "phone", "email", "address", "relationship"}
    | {"vehicle", "account", "alias", "former_surname", "pronoun"}
)


def _lost_its_columns(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Return whether a table that read a column reads none any more."""
    return any(key in before and key not in after for key in ("column", "columns", "parts"))
