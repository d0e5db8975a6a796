"""From a TOML file to an Instrument: every key is expected, of its type, and none is left over.

What a definition says of scores, bands, norms and hand-checked cases is read in `figures`, conditions in `branches`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import replace
from decimal import Decimal
from typing import Any

from fourfold.assessment.instruments import scores
from fourfold.assessment.instruments.conditions import condition
from fourfold.assessment.instruments.tables import Table
from fourfold.assessment.terms import (
    About,
    Axis,
    Citation,
    Coding,
    Critical,
    Figure,
    Finding,
    Informant,
    Instrument,
    InstrumentKind,
    Interval,
    InvalidDefinition,
    Item,
    ItemKind,
    Judged,
    LevelKind,
    LevelRule,
    LevelStep,
    Licence,
    LicenceStatus,
    Meaning,
    NoteRule,
    Option,
    Override,
    Quality,
    ReviewRule,
    Room,
    Route,
    Scale,
    ScaleKind,
    Section,
    Shipped,
    Timeframe,
)
from fourfold.cases.terms import Level, Trigger


def read(source: str, file: str) -> Instrument:
    """Read a definition from TOML without judging whether its parts fit together.

    Raises InvalidDefinition for text that is not TOML, and for a missing, wrong or unknown key.
    """
    document = parsed(source, file)
    top = Table(document, file, "definition")
    instrument = _instrument(top, digest(document))
    vectors = top.each("vector", lambda table: scores.vector(table, instrument))
    top.finish()
    return replace(instrument, vectors=vectors)


def parsed(source: str, file: str) -> dict[str, Any]:
    """Parse TOML with its numbers exactly as written, or raise InvalidDefinition with the place."""
    try:
        return tomllib.loads(source, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        finding = Finding("file", f"This is not TOML: {error}.", "Correct the text at that place.")
        raise InvalidDefinition(file, (finding,)) from error


def digest(document: dict[str, Any]) -> str:
    """Return the SHA-256 of a parsed definition, as 64 hexadecimal digits.

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
        scores=top.each("score", scores.score),
        bands=top.each("band", scores.band),
        level=_level_rule(top),
        review=_review_rule(top),
        currency_window_days=None if window is None else int(window),
        sha256=sha256,
        shipped=top.choice("shipped", Shipped, Shipped.WHOLE),
        languages=top.words("languages", ["en"]),
        family=top.take("family", str, ""),
        purpose=top.take("purpose", str, ""),
        recall=top.take("recall", str, ""),
        qualification=top.words("qualification", []),
        rights=_rights(top),
        absent=top.several("absent", Meaning),
        norms=top.each("norm", scores.norm),
        routes=top.each("route", _route),
        rooms=top.each("room", _room),
        figures=top.each("figure", _figure),
        evidence=top.each("evidence", _citation),
        codes=top.each("codes", coding),
        url=top.take("url", str, ""),
        supersedes=top.take("supersedes", str, ""),
    )


def _section(table: Table) -> Section:
    return Section(
        key=table.take("key", str),
        title=table.take("title", str),
        hint=table.take("hint", str, ""),
        repeats=table.take("repeats", int, 1),
    )


def _scale(table: Table) -> Scale:
    return Scale(
        key=table.take("key", str),
        options=table.each("option", _option),
        kind=table.choice("kind", ScaleKind, ScaleKind.ORDINAL),
    )


def _option(table: Table) -> Option:
    return Option(
        code=table.take("code", str),
        label=table.take("label", str, ""),
        meaning=table.maybe("meaning", Meaning),
        value=table.number("value"),
        alerts=table.take("alerts", bool, False),
        exclusive=table.take("exclusive", bool, False),
        prefix=table.take("prefix", str, ""),
        coding=_one_coding(table),
    )


def _one_coding(outer: Table) -> Coding | None:
    if not outer.has("coding"):
        return None
    with outer.table("coding") as table:
        return coding(table)


def coding(table: Table) -> Coding:
    """Read one code of a terminology."""
    return Coding(table.take("system", str), table.take("code", str), table.take("display", str, ""))


def _axis(table: Table) -> Axis:
    return Axis(
        key=table.take("key", str),
        title=table.take("title", str),
        scale=table.take("scale", str),
        quality=table.maybe("quality", Quality),
        timeframe=table.maybe("timeframe", Timeframe),
    )


def _item(table: Table) -> Item:
    return Item(
        key=table.take("key", str),
        section=table.take("section", str),
        title=table.take("title", str),
        text=table.take("text", str, ""),
        kind=table.choice("kind", ItemKind, ItemKind.CHOICE),
        scale=table.take("scale", str, ""),
        axes=table.words("axes", []),
        hint=table.take("hint", str, ""),
        required=table.take("required", bool, True),
        note=table.choice("note", NoteRule, NoteRule.OPTIONAL),
        applies=condition(table, "applies"),
        critical=_critical(table) if table.has("critical") else None,
        topic=table.take("topic", str, ""),
        enable=condition(table, "enable"),
        parent=table.take("parent", str, ""),
        repeats=table.take("repeats", int, 1),
        at_least=table.take("at_least", int, 0),
        hidden=table.take("hidden", bool, False),
        read_only=table.take("read_only", bool, False),
        source_required=table.take("source_required", bool, False),
        prefix=table.take("prefix", str, ""),
        initial=table.take("initial", str, ""),
        lowest=table.take("lowest", str, ""),
        highest=table.take("highest", str, ""),
        pattern=table.take("pattern", str, ""),
        max_length=table.count("max_length"),
        max_decimals=table.count("max_decimals"),
        unit=table.take("unit", str, ""),
        judges=table.maybe("judges", Judged),
        codes=table.each("codes", coding),
        verified=table.take("verified", bool, True),
    )


def _critical(item: Table) -> Critical:
    with item.table("critical") as table:
        return Critical(table.words("when", []), table.take("act", str), table.number("at_least"))


def _level_rule(top: Table) -> LevelRule:
    with top.table("level") as table:
        return LevelRule(
            kind=table.choice("kind", LevelKind, LevelKind.NONE),
            base=table.level("base", Level.LOW),
            steps=table.each("step", _step),
            judgement=table.take("judgement", str, ""),
            score=table.take("score", str, ""),
            as_house=_as_house(table),
            override=table.choice("override", Override, Override.FREE),
            reason_required=table.take("reason_required", bool, True),
            second_flag=table.take("second_flag", str, ""),
        )


def _as_house(level: Table) -> tuple[tuple[str, Level], ...]:
    named = level.take("as_house", dict, {})
    known = [each.value for each in Level]
    for code, value in named.items():
        if value not in known:
            level.refuse("as_house", f"{code} = {value!r} is not a level.", f"Write one of: {', '.join(known)}.")
    return tuple((code, Level(value)) for code, value in named.items())


def _step(table: Table) -> LevelStep:
    return LevelStep(
        level=table.level("level"),
        at_least=table.take("at_least", int),
        of=table.words("of"),
        words=table.take("words", str),
    )


def _route(table: Table) -> Route:
    return Route(
        key=table.take("key", str),
        words=table.take("words", str),
        of=table.words("of"),
        at_least=table.take("at_least", int, 1),
        verified=table.take("verified", bool),
    )


def _review_rule(top: Table) -> ReviewRule:
    with top.table("review") as table:
        return ReviewRule(
            valid_for_days=table.take("valid_for_days", int),
            triggers=_events(table),
            follow_with=table.take("follow_with", str, ""),
            from_level=table.level("from_level") if table.has("from_level") else None,
            by_level=table.each("interval", _interval),
            repeat_within_days=table.count("repeat_within_days"),
        )


def _interval(table: Table) -> Interval:
    return Interval(table.level("level"), table.take("hours", int), table.take("verified", bool))


def _events(table: Table) -> tuple[Trigger, ...]:
    names = table.words("triggers", [])
    known = [trigger.value for trigger in Trigger]
    for name in names:
        if name not in known:
            table.refuse("triggers", f"“{name}” is not an event.", f"Use: {', '.join(known)}.")
    return tuple(Trigger(name) for name in names)


def _rights(top: Table) -> Licence:
    if not top.has("rights"):
        return Licence()
    with top.table("rights") as table:
        return Licence(
            status=table.choice("status", LicenceStatus),
            licensor=table.take("licensor", str),
            text_shipped=table.take("text_shipped", bool),
            may_modify=table.take("may_modify", bool),
            noncommercial=table.take("noncommercial", bool, False),
            attribution=table.take("attribution", str, ""),
            evidence=table.take("evidence", str),
            verified=table.take("verified", bool),
            how_to_get=table.take("how_to_get", str),
            exact_packs=table.words("exact_packs", []),
        )


def _room(table: Table) -> Room:
    return Room(
        key=table.take("key", str),
        section=table.take("section", str),
        title=table.take("title", str),
        fewest=table.take("fewest", int),
        most=table.take("most", int),
        scale=table.take("scale", str, ""),
        axes=table.words("axes", []),
        applies=condition(table, "applies"),
        verified=table.take("verified", bool),
    )


def _figure(table: Table) -> Figure:
    return Figure(table.take("about", str), table.take("number", int), table.take("verified", bool))


def _citation(table: Table) -> Citation:
    return Citation(table.take("says", str), table.take("source", str), table.take("verified", bool))
