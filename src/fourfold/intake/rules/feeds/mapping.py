"""A feed's mapping read from its TOML file: every key is known, of its kind, and wrong ones say how to mend them."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fourfold.intake.rules.columns import OF_EVENT
from fourfold.intake.rules.feeds.keys import Table
from fourfold.intake.rules.feeds.layout import (
    CODED,
    NO,
    PERSON_FIELDS,
    REFUSE,
    UNKNOWN,
    YES,
    CodeTable,
    FurtherColumns,
    KnownColumns,
    Mapping,
    Meaning,
    ModusOperandi,
    Moment,
    PersonColumns,
    YesNo,
    columns_in,
    columns_used,
)
from fourfold.intake.rules.feeds.moments import why_not_a_form
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.intake.terms import Behaviour, InvalidMapping, KnownKind, PersonRole, RecordingClass
from fourfold.words import sentence

FOR_CRIME, FOR_PERSON = "one for each crime", "one for each person"
KINDS = ("csv", "xlsx", "jsonl", "parquet")


def mapping_of(document: dict[str, Any], *, sha256: str = "", text: str = "") -> Mapping:
    """Return the mapping that a TOML document describes, or raise InvalidMapping with a line for each key to mend.

    `text` is the document as it was written; without it the mapping writes itself down.
    """
    problems: list[str] = []
    mapping = _read(Table(document, "", problems), sha256)
    if problems or mapping is None:
        raise InvalidMapping("\n".join(problems))
    return replace(mapping, text=text or toml_of(document))


def _read(top: Table, sha256: str) -> Mapping | None:
    read: dict[str, Any] = {"name": top.text("name"), "system": _system(top), "zone": _zone(top), **_file(top)}
    read |= _reference(top)
    told = _moment(top, "told", needed=True)
    read |= {"told": told, "occurred": _moment(top, "occurred"), "occurred_until": _moment(top, "occurred_until")}
    read["classes"], read["default_class"], read["as_recorded"] = _classes(top)
    read["words"], read["free_text"] = _words(top)
    read |= _columns(top)
    read["included"], read["included_separator"] = _listed(top, "included", "")
    read |= {"mo": _modus_operandi(top), "texts": {column.name: _parts_of(top, column.name) for column in OF_EVENT}}
    read |= {key: _yes_no(top, key) for key in ("weapon", "former_partner")}
    read |= {key: _person(top, key) for key in PersonRole}
    read["row_for_each_person"] = top.one_of("rows", (FOR_CRIME, FOR_PERSON), FOR_CRIME) == FOR_PERSON
    read["further"] = _further(top)
    if read["row_for_each_person"] and not read["reference"]:
        top.wrong("rows", sentence("is “{1}”, which needs a [reference] to know the rows of one crime by", FOR_PERSON))
    top.end()
    if told is None or top.problems:
        return None
    mapping = Mapping(**read, used={}, sha256=sha256)
    mapping.used.update(columns_used(mapping))
    for column in sorted(mapping.ignore & set(mapping.used)):
        top.wrong(
            "columns.ignore",
            sentence("names “{1}”, which {2} reads; take it out of one of them", column, mapping.used[column]),
        )
    return mapping


def _system(top: Table) -> str:
    system = top.text("system")
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", system):
        top.wrong("system", "names the system whose references these are: small letters, digits and hyphens, up to 40")
    return system


def _columns(top: Table) -> dict[str, frozenset[str] | tuple[str, ...]]:
    """Take what is said of columns as such."""
    table = top.table("columns") or Table({}, "columns", top.problems)
    taken = {name: frozenset(table.texts(name)) for name in ("ignore", "not_compared", "optional")}
    from_above = table.texts("from_above")
    table.end()
    return {**taken, "from_above": from_above}


def _zone(top: Table) -> ZoneInfo:
    name = top.text("timezone", "Europe/London")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        top.wrong("timezone", sentence("is “{1}”; write a place as Europe/London or America/Chicago", name))
        return ZoneInfo("UTC")


def _file(top: Table) -> dict[str, str]:
    table = top.table("file") or Table({}, "file", top.problems)
    kind = table.one_of("kind", KINDS, "csv")
    encoding, delimiter, sheet = table.text("encoding", "utf-8"), table.text("delimiter", ","), table.text("sheet", "")
    try:
        codecs.lookup(encoding)
    except LookupError:
        table.wrong("encoding", sentence("is “{1}”; write one such as utf-8, cp1252 or utf-16", encoding))
    if len(delimiter) != 1 or delimiter in '"\r\n':
        table.wrong("delimiter", 'must be one character, such as "," or ";" or "\\t"')
    if sheet and kind != "xlsx":
        table.wrong("sheet", 'is for workbooks; take it out, or set kind = "xlsx"')
    table.end()
    return {"kind": kind, "encoding": encoding, "delimiter": delimiter, "sheet": sheet}


def _listed(top: Table, key: str, separator: str) -> tuple[tuple[str, ...], str]:
    """Take columns, and what stands between their texts: `separator` where nothing else is said."""
    table = top.table(key)
    if table is None:
        return (), ""
    columns, separator = table.texts("columns", needed=True), table.text("separator", separator)
    table.end()
    return columns, separator


def _reference(top: Table) -> dict[str, Any]:
    """Take the columns of the reference, what joins them, and what a row without one is known by."""
    table = top.table("reference")
    if table is None:
        return {"reference": (), "separator": "", "bare_by_cells": False}
    columns, separator = table.texts("columns", needed=True), table.text("separator", "/")
    bare_by_cells = table.one_of("without", ("waits", "cells"), "waits") == "cells"
    table.end()
    return {"reference": columns, "separator": separator, "bare_by_cells": bare_by_cells}


def _moment(top: Table, key: str, *, needed: bool = False) -> Moment | None:
    table = top.table(key)
    if table is None:
        if needed:
            top.wrong(key, sentence("is missing; add a table [{1}] with columns and formats", key))
        return None
    moment = Moment(
        columns=table.texts("columns", needed=True),
        formats=table.texts("formats", needed=True),
        hour=table.one_of("hour", ("known", "says nothing"), "known") == "known",
        midnight_unknown=table.one_of("midnight", ("midnight", "not known"), "midnight") == "not known",
        time_column=table.text("time_column", ""),
        time_unknown=frozenset(table.texts("time_unknown")),
        clock_change_unknown=table.one_of("clock_change", ("refuse", "hour not known"), "refuse") != "refuse",
    )
    for form in moment.formats:
        if why := why_not_a_form(form):
            table.wrong("formats", why)
    if moment.time_unknown and not moment.time_column:
        table.wrong("time_unknown", "needs a time_column beside it")
    table.end()
    return moment


def _classes(top: Table) -> tuple[tuple[CodeTable, ...], RecordingClass | None, tuple[str, ...]]:
    table = top.table("class")
    if table is None:
        return (), None, ()
    default = _recorded(table, "default", table.take("default")) if table.has("default") else None
    as_recorded = table.texts("as_recorded")
    given = table.take("by") or []
    if not isinstance(given, list):
        table.wrong("by", "must be tables written as [[class.by]]")
        given = []
    tables = tuple(
        _code_table(Table(entry, f"class.by {number}", top.problems)) for number, entry in enumerate(given, start=1)
    )
    if not tables and default is None:
        table.wrong("by", "is missing; add [[class.by]] with columns and codes, or a default")
    table.end()
    return tables, default, as_recorded


def _code_table(table: Table) -> CodeTable:
    columns = table.texts("columns", needed=True)
    codes = table.take("codes")
    if not isinstance(codes, dict) or not codes:
        table.wrong("codes", 'is missing; add a table such as [class.by.codes] with lines like "8Q" = "8Q"')
        codes = {}
    meanings = {code: meaning for code, given in codes.items() if (meaning := _meaning(table, code, given))}
    table.end()
    return CodeTable(columns, meanings)


def _meaning(table: Table, code: str, given: Any) -> Meaning | None:
    if isinstance(given, str):
        recorded = _recorded(table, f"codes “{code}”", given)
        return Meaning(recorded) if recorded else None
    inner = Table(given, table.path(f"codes “{code}”"), table.problems)
    recorded = _recorded(inner, "class", inner.take("class"))
    behaviours = tuple(found for name in inner.texts("behaviours") if (found := _behaviour(inner, name)))
    included = tuple(one for code in inner.texts("included") if (one := _recorded(inner, "included", code)))
    inner.end()
    return Meaning(recorded, behaviours, included) if recorded else None


def _recorded(table: Table, key: str, value: Any) -> RecordingClass | None:
    if isinstance(value, str) and value in set(RecordingClass):
        return RecordingClass(value)
    said = ", ".join(f"{one.value} {one.label.split(' (')[0]}" for one in RecordingClass)
    table.wrong(key, sentence("is “{1}”; write one of the field's classes: {2}", value, said))
    return None


def _behaviour(table: Table, name: str) -> Behaviour | None:
    if name in set(Behaviour):
        return Behaviour(name)
    table.wrong("behaviours", sentence("names “{1}”; write one of: {2}", name, ", ".join(Behaviour)))
    return None


def _words(top: Table) -> tuple[tuple[str, ...], bool]:
    table = top.table("words")
    if table is None:
        return (), False
    parts = table.texts("parts", needed=True)
    for part in parts:
        if not columns_in((part,)):
            table.wrong(
                "parts", sentence("has “{1}”, which names no column; write columns in braces: {Description}", part)
            )
    free_text = table.flag("free_text", True)
    table.end()
    return parts, free_text


def _modus_operandi(top: Table) -> ModusOperandi | None:
    table = top.table("mo")
    if table is None:
        return None
    columns, separator = table.texts("columns", needed=True), table.text("separator", ";")
    codes = table.table("codes") or Table({}, "mo.codes", top.problems)
    meanings = {code: codes.texts(code, needed=True) for code in codes.left()}
    found = {code: tuple(b for name in names if (b := _behaviour(codes, name))) for code, names in meanings.items()}
    table.end()
    return ModusOperandi(columns, separator, found)


def _parts_of(top: Table, key: str) -> tuple[str, ...]:
    table = top.table(key)
    if table is None:
        return ()
    parts = table.texts("parts", needed=True)
    table.end()
    return parts


def _yes_no(top: Table, key: str) -> YesNo | None:
    table = top.table(key)
    if table is None:
        return None
    found = YesNo(
        column=table.text("column"),
        yes=frozenset(table.texts("yes")),
        no=frozenset(table.texts("no")),
        unknown=frozenset(table.texts("unknown")) | {""},
        otherwise=table.one_of("otherwise", (YES, NO, UNKNOWN, REFUSE), REFUSE),
    )
    if twice := (found.yes & found.no) | (found.unknown & (found.yes | found.no)):
        table.wrong("", sentence("says two things of “{1}”; leave it in one list", min(twice)))
    table.end()
    return found


def _further(top: Table) -> tuple[FurtherColumns, ...]:
    given = top.take("person") or []
    if not isinstance(given, list):
        top.wrong("person", "must be tables written as [[person]]")
        return ()
    tables = (Table(entry, f"person {number}", top.problems) for number, entry in enumerate(given, start=1))
    return tuple(_further_person(table) for table in tables)


def _further_person(table: Table) -> FurtherColumns:
    if isinstance(table.peek("role"), dict):
        inner = Table(table.take("role"), table.path("role"), table.problems)
        column = inner.text("column")
        roles: dict[str, PersonRole | None] = {}
        for name, role in (
            (PersonRole.VICTIM, PersonRole.VICTIM),
            (PersonRole.SUBJECT, PersonRole.SUBJECT),
            ("other", None),
        ):
            for word in inner.texts(name):
                if roles.setdefault(word, role) is not role:
                    inner.wrong(name, sentence("has “{1}”, which stands in another list too; leave it in one", word))
        inner.end()
        return FurtherColumns(_person_of(table), None, column, roles)
    word = table.one_of("role", tuple(PersonRole), PersonRole.SUBJECT) if table.has("role") else table.text("role")
    return FurtherColumns(_person_of(table), PersonRole(word) if word in set(PersonRole) else None)


def _person(top: Table, key: str) -> PersonColumns:
    table = top.table(key)
    return PersonColumns() if table is None else _person_of(table)


def _person_of(table: Table) -> PersonColumns:
    columns = {name: table.texts(name) for name in PERSON_FIELDS if name != "birth" and name not in CODED}
    columns["birth"], formats, unknown = _birth(table)
    codes = {}
    for name in CODED:
        columns[name], codes[name] = _coded(table, name)
    known_by = tuple(_known_by(table))
    for known in known_by:
        named = (*known.columns, *filter(None, (known.platform_column,)))
        columns[known.kind] = (*columns.get(known.kind, ()), *named)
    table.end()
    return PersonColumns({name: value for name, value in columns.items() if value}, formats, unknown, codes, known_by)


def _known_by(table: Table) -> Iterator[KnownColumns]:
    """Yield what a person is known by: a text, a list, a table with a separator, or of accounts several such tables."""
    for kind in KnownKind:
        given = table.peek(kind)
        several = kind is KnownKind.ACCOUNT and isinstance(given, list) and any(isinstance(one, dict) for one in given)
        if not several and not isinstance(given, dict):
            if columns := table.texts(kind):
                yield KnownColumns(kind, columns)
            continue
        table.take(kind)
        for entry in given if several else (given,):
            yield _known_columns(Table(entry, table.path(kind), table.problems), kind)


def _known_columns(table: Table, kind: KnownKind) -> KnownColumns:
    columns, separator = table.texts("columns", needed=True), table.text("separator", ";")
    platform = platform_column = ""
    if kind is KnownKind.ACCOUNT:
        platform, platform_column = table.text("platform", ""), table.text("platform_column", "")
        if platform and platform_column:
            table.wrong("platform", "stands beside platform_column; leave one of them")
    table.end()
    return KnownColumns(kind, columns, separator, platform, platform_column)


def _birth(table: Table) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str]]:
    """Take the day of birth, perhaps with forms and with words for not known beside it: a text, a list, or a table."""
    inner = _beside(table, "birth")
    if inner is None:
        return table.texts("birth"), (), frozenset()
    columns, formats, unknown = inner.texts("columns", needed=True), inner.texts("formats"), inner.texts("unknown")
    inner.end()
    for form in formats:
        if why := why_not_a_form(form):
            table.wrong("birth.formats", why)
    return columns, formats, frozenset(word.casefold() for word in unknown)


def _coded(table: Table, name: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Take a detail that is written as a code, perhaps with what each code means beside it: a text, a list, or a table."""
    ours = CODED[name]
    inner = _beside(table, name)
    if inner is None:
        return table.texts(name), {code: code for code in ours}
    columns, codes = inner.texts("columns", needed=True), inner.take("codes")
    if codes is not None and not (isinstance(codes, dict) and all(isinstance(code, str) for code in codes.values())):
        inner.wrong("codes", 'must be a table such as {F = "F", M = "M"}')
        codes = None
    for code in set((codes or {}).values()).difference(ours) if ours else ():
        inner.wrong("codes", sentence("means “{1}”; write one of: {2}", code, ", ".join(ours)))
    inner.end()
    return columns, codes or {code: code for code in ours}


def _beside(table: Table, name: str) -> Table | None:
    """Return what stands beside the columns of a detail, None where nothing but columns is named."""
    if not table.has(name) or not isinstance(table.peek(name), dict):
        return None
    return Table(table.take(name), table.path(name), table.problems)
