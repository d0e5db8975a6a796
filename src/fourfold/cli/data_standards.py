"""What each stored field is in the police's POLE data standards: the tables beside what data_standards.toml says of them."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from django.apps import apps

from fourfold.intake.rules.columns import ALLEGATION, OF_EACH, PERSON

FILE = Path(__file__).with_suffix(".toml")
OWN = "fourfold."


@dataclass(frozen=True, slots=True)
class Placed:
    """A stored field: what the dictionary calls it, in codes, and what differs; or no code, and why it is an extension."""

    table: str
    field: str
    codes: tuple[str, ...]
    says: str
    by: str


@cache
def stored() -> dict[str, dict[str, bool]]:
    """Return the fields of each of our tables by name, and whether each points to another row."""
    models = (model._meta for model in apps.get_models(include_auto_created=True) if model.__module__.startswith(OWN))
    return {meta.label: {f.name: f.is_relation for f in meta.concrete_fields} for meta in models if not meta.proxy}


@cache
def said() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def names(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what the dictionary calls each entity and attribute, by its code."""
    each = (name.strip() for names in said["names"].values() for name in names.split(";"))
    return dict(name.split(" ", 1) for name in each)


def maps(said: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return what maps each field of a table, by table; one that is `_like` another maps what both have as that one does."""
    given = {f"{app}.{table}": fields for app, tables in said["maps"].items() for table, fields in tables.items()}
    like = {table: given.get(fields.get("_like", ""), {}) for table, fields in given.items()}
    return {table: {n: m for n, m in like[table].items() if n in stored()[table]} | given[table] for table in given}


def placed(said: Mapping[str, Any]) -> Iterator[Placed]:
    """Yield each stored field in the one place that it has."""
    mapped = maps(said)
    whys = {f"{group['slice']}.{table}": group["why"] for group in said["groups"] for table in group["tables"].split()}
    for table, fields in stored().items():
        of = mapped.get(table, {})
        for name, linked in fields.items():
            rule = next((rule for rule in said["rules"] if fits(name, rule["names"])), None)
            if name in of:
                codes, _, differs = of[name].partition(":")
                entity = of.get("_is", "").split() if codes.startswith("DS_") else []
                yield Placed(table, name, (*entity, *codes.split()), differs.strip(), "map")
            elif linked:
                yield Placed(table, name, (), said["links"], "link")
            elif rule is not None:
                yield Placed(table, name, (), rule["why"], "rule")
            else:
                yield Placed(table, name, (), whys.get(table, ""), "group")


@cache
def fits(name: str, patterns: str) -> bool:
    return _any_of(patterns).match(name) is not None


@cache
def _any_of(patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns.split())))


def page() -> Iterator[str]:
    """Yield the page, a part at a time."""
    file = said()
    everything = list(placed(file))
    called, mapped = names(file), [p for p in everything if p.by == "map"]
    yield f"# What each stored field is in the police data standards\n\n{file['about'].strip()}\n"
    yield (
        f"Fourfold stores {len(everything):,} fields in {len(stored())} tables of its own. The dictionary names {len(mapped)} of "
        f"them; {len(everything) - len(mapped):,} are extensions. A test compares this page with the tables. Left out are "
        "the tables of libraries, by which colleagues sign in: they hold accounts and sessions, and nothing of a case.\n"
    )
    yield "## What feeds and agencies' systems send\n"
    yield "As `POST /allegations` of the API for agencies takes it. A force's file is read into the same columns, by its mapping.\n"
    yield "| what is told | an agency sends it as | kept in | entity | attribute |\n|---|---|---|---|---|"
    yield from _told({(p.table, p.field): p for p in everything}, file)
    yield "\n## Fields that the dictionary names\n"
    yield "| table | field | entity | attribute | what differs |\n|---|---|---|---|---|"
    yield from (f"| {p.table} | `{p.field}` | {_cells(p, called)} | {p.says} |" for p in mapped)
    yield "\n## Extensions, by name and in any table\n\n| fields | in tables | why |\n|---|---|---|"
    reasons = {p.says: [q for q in everything if q.says == p.says] for p in everything if p.by in ("rule", "link")}
    for why, fields in reasons.items():
        yield f"| {_fields(fields)} | {len({p.table for p in fields})} | {why} |"
    yield '\n## Extensions, by table\n\nWhat is left of each table, and why. "Nothing more": all of it stands above.'
    for part, groups in groupby(file["groups"], key=lambda group: group["slice"]):
        yield f"\n### {part}"
        for group in groups:
            yield f"\n{group['why']}\n"
            for table in group["tables"].split():
                own = [p for p in everything if p.table == f"{part}.{table}" and p.by == "group"]
                yield f"- {part}.{table}: {_fields(own) or 'nothing more'}"
    yield "\n## What the dictionary names and no field is for\n\nSome of it may stand in somebody's words, or in a force's row as it came.\n"
    held = {code for p in mapped for code in p.codes}
    yield f"{_words((code for code in called if code not in held), called)}."


def _told(everything: Mapping[tuple[str, str], Placed], file: Mapping[str, Any]) -> Iterator[str]:
    """Yield a row for each thing that is told: of the event, of its two people, and of what they are known by."""
    called, sent = names(file), file["sent"].split()
    rows = [(c.name, c.name if c.label or c.name in sent else "", ("intake.Allegation", c.name)) for c in ALLEGATION]
    for part, columns in (("victim", OF_EACH), ("subject", PERSON)):
        for c in columns:
            column = c.name if c.name == "relationship" else f"{part}_{c.name}"
            rows.append((f"{part}: {c.name}", f"{part}.{c.name}", ("intake.Allegation", column)))
    rows.append(("victim or subject: known by", "", ("intake.PersonKnownBy", "value")))
    for told, name, (table, field) in rows:
        p = everything[table, field]
        what = _cells(p, called) if p.codes else "extension | "
        yield f"| {told} | {f'`{name}`' if name else 'not sent'} | {table} `{field}` | {what} |"


def _words(codes: Iterable[str], called: Mapping[str, str], join: str = ", ") -> str:
    return join.join(f"{called[code]} ({code})" for code in codes)


def _cells(placed: Placed, called: Mapping[str, str]) -> str:
    """Return of which entities a field is, and which attributes of theirs."""
    entities = [code for code in placed.codes if not code.startswith("DS_")]
    attributes = [code for code in placed.codes if code.startswith("DS_")]
    return f"{_words(entities, called, ' or ')} | {_words(attributes, called)}"


def _fields(placed: Iterable[Placed]) -> str:
    return ", ".join(f"`{name}`" for name in sorted({p.field for p in placed}))
