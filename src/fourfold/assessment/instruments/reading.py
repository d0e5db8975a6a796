"""From a TOML file to an Instrument: every key is expected, of its type, and none is left over."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from enum import StrEnum
from typing import Any, NoReturn, TypeVar

from fourfold.assessment.terms import (
    About,
    Applicability,
    Axis,
    Band,
    Critical,
    Direction,
    Finding,
    Informant,
    Instrument,
    InstrumentKind,
    InvalidDefinition,
    Item,
    ItemKind,
    LevelKind,
    LevelRule,
    LevelStep,
    Meaning,
    NoteRule,
    Option,
    ReviewRule,
    Scale,
    Score,
    ScoreItem,
    Section,
)
from fourfold.cases.terms import Level, Trigger

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_NAMES = {
    str: "words in quotes",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}


class Table:
    """One table of the file: hands out its entries by key and type, and knows where it stands."""

    def __init__(self, entries: dict[str, Any], file: str, where: str) -> None:
        self._left = dict(entries)
        self._file = file
        self._where = where

    def refuse(self, key: str, problem: str, mend: str) -> NoReturn:
        """This function will raise InvalidDefinition for one key of this table."""
        raise InvalidDefinition(self._file, (Finding(f"{self._where}, {key}", problem, mend),))

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """This function will return the entry, or the default where one is given and the key is absent."""
        if key not in self._left:
            if default is None:
                self.refuse(key, "The key is missing.", f"Add {key} with {_NAMES[kind]}.")
            return default
        value = self._left.pop(key)
        if type(value) is not kind:
            self.refuse(key, f"{value!r} does not fit.", f"Write {_NAMES[kind]}.")
        return value

    def number(self, key: str, default: Decimal | None = None) -> Decimal | None:
        """This function will return a number exactly as written, or the default."""
        value = self._left.pop(key, default)
        if value is not None and type(value) not in (int, Decimal):
            self.refuse(key, f"{value!r} does not fit.", "Write a number without quotes.")
        return None if value is None else Decimal(value)

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """This function will return the entry as a member of a vocabulary."""
        value = self.take(key, str, None if default is None else str(default))
        if value not in list(kind):
            self.refuse(key, f"“{value}” is not known.", f"Write one of: {', '.join(kind)}.")
        return kind(value)

    def level(self, key: str, default: Level | None = None) -> Level:
        """This function will return the entry as a level."""
        value = self.take(key, str, default.value if default else None)
        known = [level.value for level in Level]
        if value not in known:
            self.refuse(key, f"“{value}” is not a level.", f"Write one of: {', '.join(known)}.")
        return Level(value)

    def words(self, key: str, default: list[str] | None = None) -> tuple[str, ...]:
        """This function will return a list of strings."""
        value = self.take(key, list, default)
        if not all(isinstance(each, str) for each in value):
            self.refuse(key, f"{value!r} does not fit.", "Write a list of words in quotes.")
        return tuple(value)

    def has(self, key: str) -> bool:
        """This function will say whether the key is there and not yet taken."""
        return key in self._left

    @contextmanager
    def table(self, key: str) -> Iterator[Table]:
        """This function will open the table below a key, empty when absent, and refuse what is left over in it."""
        inner = Table(self.take(key, dict, {}), self._file, f"{self._where}, {key}")
        yield inner
        inner.finish()

    def each(self, key: str, build: Callable[[Table], T]) -> tuple[T, ...]:
        """This function will build one value from every table in the list below a key."""
        built = []
        for number, entries in enumerate(self.take(key, list, []), start=1):
            if not isinstance(entries, dict):
                self.refuse(key, f"{entries!r} does not fit.", f"Write it as [[{key}]].")
            name = entries.get("key") or entries.get("code") or f"number {number}"
            inner = Table(entries, self._file, f"{self._where}, {key} {name}")
            built.append(build(inner))
            inner.finish()
        return tuple(built)

    def finish(self) -> None:
        """This function will refuse the first key that nobody asked for: a typing error must not be silent."""
        for key in self._left:
            self.refuse(key, "Nothing is known under this key.", "Correct its spelling or take it out.")


def read(source: str, file: str) -> Instrument:
    """This function will read a definition from TOML without judging whether its parts fit together.

    Raises InvalidDefinition for text that is not TOML, and for a missing, wrong or unknown key.
    """
    document = _document(source, file)
    top = Table(document, file, "definition")
    instrument = _instrument(top, digest(document))
    top.finish()
    return instrument


def _document(source: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        finding = Finding("file", f"This is not TOML: {error}.", "Correct the text at that place.")
        raise InvalidDefinition(file, (finding,)) from error


def digest(document: dict[str, Any]) -> str:
    """This function will return the SHA-256 of a parsed definition, as 64 hexadecimal digits.

    It is taken over canonical JSON (sorted keys, no spaces, UTF-8), so that comments and layout do not count
    and every word, number and order of a list does.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _instrument(top: Table, sha256: str) -> Instrument:
    window = top.number("currency_window_days")
    return Instrument(
        key=top.take("key", str),
        version=top.take("version", int),
        title=top.take("title", str),
        kind=top.choice("kind", InstrumentKind),
        about=top.choice("about", About),
        informant=top.choice("informant", Informant),
        validated=top.take("validated", bool),
        notice=top.take("notice", str, ""),
        licence=top.take("licence", str),
        sections=top.each("section", _section),
        scales=top.each("scale", _scale),
        axes=top.each("axis", _axis),
        items=top.each("item", _item),
        scores=top.each("score", _score),
        bands=top.each("band", _band),
        level=_level_rule(top),
        review=_review_rule(top),
        currency_window_days=None if window is None else int(window),
        sha256=sha256,
    )


def _section(table: Table) -> Section:
    return Section(
        key=table.take("key", str),
        title=table.take("title", str),
        hint=table.take("hint", str, ""),
        repeats=table.take("repeats", int, 1),
    )


def _scale(table: Table) -> Scale:
    return Scale(key=table.take("key", str), options=table.each("option", _option))


def _option(table: Table) -> Option:
    return Option(
        code=table.take("code", str),
        label=table.take("label", str),
        meaning=table.choice("meaning", Meaning) if table.has("meaning") else None,
        value=table.number("value"),
        alerts=table.take("alerts", bool, False),
    )


def _axis(table: Table) -> Axis:
    return Axis(table.take("key", str), table.take("title", str), table.take("scale", str))


def _item(table: Table) -> Item:
    return Item(
        key=table.take("key", str),
        section=table.take("section", str),
        title=table.take("title", str),
        text=table.take("text", str),
        kind=table.choice("kind", ItemKind, ItemKind.CHOICE),
        scale=table.take("scale", str, ""),
        axes=table.words("axes", []),
        hint=table.take("hint", str, ""),
        required=table.take("required", bool, True),
        note=table.choice("note", NoteRule, NoteRule.OPTIONAL),
        applies=_applicability(table) if table.has("applies") else None,
        critical=_critical(table) if table.has("critical") else None,
    )


def _applicability(item: Table) -> Applicability:
    with item.table("applies") as table:
        return Applicability(table.take("item", str), table.words("options"))


def _critical(item: Table) -> Critical:
    with item.table("critical") as table:
        return Critical(table.words("when"), table.take("act", str))


def _score(table: Table) -> Score:
    return Score(
        key=table.take("key", str),
        title=table.take("title", str),
        direction=table.choice("direction", Direction),
        lowest=_bound(table, "lowest"),
        highest=_bound(table, "highest"),
        items=table.each("items", _score_item),
    )


def _bound(table: Table, key: str) -> Decimal:
    value = table.number(key)
    if value is None:
        table.refuse(key, "The key is missing.", f"Add {key} with a number.")
    return value


def _score_item(table: Table) -> ScoreItem:
    return ScoreItem(
        field=table.take("field", str),
        weight=_bound(table, "weight") if table.has("weight") else Decimal(1),
        reverse=table.take("reverse", bool, False),
    )


def _band(table: Table) -> Band:
    return Band(
        score=table.take("score", str),
        lowest=_bound(table, "lowest"),
        highest=_bound(table, "highest"),
        label=table.take("label", str),
        provenance=table.take("provenance", str),
    )


def _level_rule(top: Table) -> LevelRule:
    with top.table("level") as table:
        return LevelRule(
            kind=table.choice("kind", LevelKind, LevelKind.NONE),
            base=table.level("base", Level.LOW),
            steps=table.each("step", _step),
            judgement=table.take("judgement", str, ""),
        )


def _step(table: Table) -> LevelStep:
    return LevelStep(
        level=table.level("level"),
        at_least=table.take("at_least", int),
        of=table.words("of"),
        words=table.take("words", str),
    )


def _review_rule(top: Table) -> ReviewRule:
    with top.table("review") as table:
        return ReviewRule(
            valid_for_days=table.take("valid_for_days", int),
            triggers=_events(table),
            follow_with=table.take("follow_with", str, ""),
            from_level=table.level("from_level") if table.has("from_level") else None,
        )


def _events(table: Table) -> tuple[Trigger, ...]:
    names = table.words("triggers", [])
    known = [trigger.value for trigger in Trigger]
    for name in names:
        if name not in known:
            table.refuse("triggers", f"“{name}” is not an event.", f"Use: {', '.join(known)}.")
    return tuple(Trigger(name) for name in names)
