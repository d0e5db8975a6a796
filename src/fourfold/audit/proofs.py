"""Whether the rows are as the entries left them: none changed, none gone, and none that no entry made.

Whoever can write in the database can put any bytes there, so nothing here trusts what it reads: a row that cannot be
read is a finding like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection
from django.db.models import BinaryField, DecimalField, Field, FloatField, Model, TextField
from django.db.models.functions import Cast

from fourfold.audit import rules, sealing
from fourfold.audit.commitments import FIRST_EDITION, row_commitment
from fourfold.audit.models import BatchRow
from fourfold.audit.terms import Finding

#: What a table may answer with where somebody has put bytes into it that are no value of the column.
UNREADABLE = (ArithmeticError, AttributeError, DatabaseError, LookupError, TypeError, ValueError, RecursionError)
AT_ONCE = 500
#: So long before a page was asked for may a write have begun that changed, while it was read, a row that opened it: where
#: the page's entry does not say how many entries there were when it was read, as none of an earlier release does.
MEANWHILE = timedelta(minutes=5)


class Replaced(NamedTuple):
    """How an entry had left a row, until when, and which entry left it otherwise."""

    until: str
    by: int
    entry: int
    digest: str


@dataclass
class Sealed:
    """What the entries have sealed: for each row the last entry and its digest."""

    latest: dict[str, dict[str, tuple[int, str]]] = field(default_factory=dict)
    replaced: dict[str, list[Replaced]] = field(default_factory=dict)
    editions: dict[int, int] = field(default_factory=dict)  # of the entries that were sealed after the first edition
    checkpoints: dict[int, int] = field(default_factory=dict)  # sizes of the log that entries say were signed elsewhere
    findings: list[Finding] = field(default_factory=list)

    def note(self, entry: rules.Stored) -> None:
        """Note what an entry that we wrote has sealed, and whether what it found was as sealed before."""
        body = entry.body or ""
        if any(f'"{name}":' in body for name in ("rows", "batch", "signed", "found", "rests")):
            self.say(entry.seq, rules.record(body))

    def say(self, seq: int, said: dict[str, Any]) -> None:
        """Note what the text of an entry says."""
        if "edition" in said:
            self.editions[seq] = said["edition"]
        if "signed" in said:
            self.checkpoints.setdefault(said["signed"], seq)
        batch = self._batch(seq, said.get("root", ""), said["batch"]) if "batch" in said else []
        at = said.get("at", "")
        for name, digests in _marked(sealing.RESTS, said.get("rests", {}), batch).items():
            self._rests(name, digests, seq, at, said.get("seen"))
        for name, digests in _marked(sealing.FOUND, said.get("found", {}), batch).items():
            self._found(name, digests, seq)
        for name, digest in (*said.get("rows", {}).items(), *batch):
            if not name.startswith((sealing.FOUND, sealing.RESTS, sealing.LEAF)):
                self._row(name, digest, seq, at)

    def edition(self, seq: int) -> int:
        return self.editions.get(seq, FIRST_EDITION)

    def _row(self, name: str, digest: str, seq: int, at: str) -> None:
        kind, _, identifier = name.rpartition(":")
        rows = self.latest.setdefault(kind, {})
        if identifier in rows and rows[identifier][1] != digest:
            self.replaced.setdefault(name, []).append(Replaced(at, seq, *rows[identifier]))
        rows[identifier] = (seq, digest)

    def _rests(self, name: str, digests: dict[int, str], seq: int, at: str, seen: int | None) -> None:
        """Find what opened a file and was forged for it; a page may have read a row just before another write changed it.

        That write came after the entries that were there (`seen`) when the page began to read.
        """
        kind, _, identifier = name.rpartition(":")
        latest = self.latest.get(kind, {}).get(identifier)
        if latest is None:
            if _vouched_for(kind):
                meaning = f"{kind} {identifier}, which opened what entry {seq} tells of, was made by no entry"
                self.findings.append(Finding("unmade", seq, meaning))
            return
        earlier = [
            (each.entry, each.digest)
            for each in self.replaced.get(name, ())
            if (_is_meanwhile(each.until, at) if seen is None else each.by > seen)
        ]
        if not any(digests.get(min(self.edition(n), max(digests))) == digest for n, digest in (latest, *earlier)):
            meaning = (
                f"{kind} {identifier}, which opened what entry {seq} tells of, was not as entry {latest[0]} left it"
            )
            self.findings.append(Finding("row", seq, meaning))

    def _found(self, name: str, digests: dict[int, str], seq: int) -> None:
        kind, _, identifier = name.rpartition(":")
        before, digest = self.latest.get(kind, {}).get(identifier, (0, ""))
        if not before:
            if _vouched_for(kind):
                self.findings.append(
                    Finding("unmade", seq, f"{kind} {identifier}, changed by entry {seq}, was made by no entry")
                )
        elif digests.get(min(self.edition(before), max(digests))) != digest:
            meaning = f"{kind} {identifier} was no longer as entry {before} left it when entry {seq} was written"
            self.findings.append(Finding("row", seq, meaning))

    def _batch(self, seq: int, root: str, size: int) -> list[tuple[str, str]]:
        """Return the digests kept beside a batch by name; where they are not its root's, that is a finding."""
        try:
            rows = list(BatchRow.objects.filter(entry=seq).order_by("place").values_list("kind", "row", "digest"))
            holds = len(rows) == size and rules.root_of_rows(rows) == root
        except UNREADABLE:
            rows, holds = [], False
        if holds:
            return [(f"{kind}:{identifier}", digest) for kind, identifier, digest in rows]
        meaning = f"the digests kept beside entry {seq} are not the {size:,} that it sealed"
        self.findings.append(Finding("batch", seq, meaning))
        return []


def _marked(mark: str, named: dict[str, list[str]], batch: list[tuple[str, str]]) -> dict[str, dict[int, str]]:
    """Return by name the digest in each edition of the rows that an entry names, or keeps beside it under a mark."""
    marked = {name: dict(enumerate(digests, start=FIRST_EDITION)) for name, digests in named.items()}
    for name, digest in batch:
        if name.startswith(mark):
            edition, _, of = name.removeprefix(mark).partition(":")
            marked.setdefault(of, {})[int(edition)] = digest
    return marked


def _is_meanwhile(until: str, at: str) -> bool:
    return datetime.fromisoformat(until) > datetime.fromisoformat(at) - MEANWHILE


def _vouched_for(kind: str) -> bool:
    """Return whether every row of a table has an entry that made it."""
    return any(model._meta.label_lower == kind and sealing.is_always_sealed(model) for model in apps.get_models())


def rows_that_differ(seals: Sealed) -> Iterator[Finding]:
    """Compare the rows with the digests sealed for them: a row changed behind the application's back shows."""
    for kind, rows in seals.latest.items():
        try:
            model = apps.get_model(kind)
        except (LookupError, ValueError):
            yield from (
                Finding("row", seq, f"entry {seq} names a {kind}, of which there is none") for seq, _ in rows.values()
            )
        else:
            yield from _differing(model, rows, seals)


def _differing(model: type[Model], rows: Mapping[str, tuple[int, str]], seals: Sealed) -> Iterator[Finding]:
    label, names = model._meta.label_lower, list(rows)
    for start in range(0, len(names), AT_ONCE):
        some = names[start : start + AT_ONCE]
        found = _digests(model, {name: (key, seals.edition(rows[name][0])) for name, key in _keys(model, some)})
        for name in some:
            seq, digest = rows[name]
            if name not in found:
                if digest != sealing.GONE:
                    yield Finding("row", seq, f"{label} {name} of entry {seq} is gone")
            elif digest == sealing.GONE:
                yield Finding("row", seq, f"{label} {name} is there again, though entry {seq} removed it")
            elif found[name] != digest:
                yield Finding("row", seq, f"{label} {name} is not as entry {seq} left it")


def _keys(model: type[Model], names: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the names that a row could have, each with its key: in an entry that was edited they may be anything."""
    for name in names:
        try:
            yield name, model._meta.pk.to_python(name)
        except (ValidationError, *UNREADABLE):
            continue


def _digests(model: type[Model], wanted: dict[str, tuple[Any, int]]) -> dict[str, str | None]:
    """Return for the rows that are there their digest by the columns of an edition; None where one cannot be read."""
    try:
        there = {row.pk: row for row in model._base_manager.filter(pk__in=[key for key, _ in wanted.values()])}
        ours = _are_ours(model, there)
    except UNREADABLE:
        if len(wanted) > 1:  # which of them it is
            return {name: digest for name in wanted for _, digest in _digests(model, {name: wanted[name]}).items()}
        return dict.fromkeys(wanted)
    return {
        name: _digest(there[key], edition) if ours[key] else None
        for name, (key, edition) in wanted.items()
        if key in there
    }


def _digest(row: Model, edition: int) -> str | None:
    try:
        return row_commitment(row, edition)
    except UNREADABLE:
        return None


def _are_ours(model: type[Model], there: Mapping[Any, Model]) -> dict[Any, bool]:
    """Return for each row whether every value of it stands as we would write it.

    SQLite compares the bytes and not what they mean: an identifier with hyphens is another one to it, and a moment without
    them later than every other, while whoever reads the row sees no difference. PostgreSQL keeps values by their type.
    """
    if connection.vendor != "sqlite" or not there:
        return dict.fromkeys(there, True)
    columns, quote = _compared(model), connection.ops.quote_name
    names = ", ".join(f"+{quote(str(column.column))}" for column in columns)  # with a sign no converter is found for it
    key, marks = quote(str(model._meta.pk.column)), ", ".join(["%s"] * len(there))
    with connection.cursor() as cursor:
        # Names of the models' own tables and columns, quoted; every value is a parameter.
        cursor.execute(
            f"SELECT {names} FROM {quote(model._meta.db_table)} WHERE {key} IN ({marks}) ORDER BY {key}",  # noqa: S608
            [model._meta.pk.get_db_prep_value(each, connection) for each in there],
        )
        stored = cursor.fetchall()
    rows = sorted(there.values(), key=lambda row: model._meta.pk.get_db_prep_value(row.pk, connection))
    return {row.pk: _is_ours(row, columns, values) for row, values in zip(rows, stored, strict=True)}


@cache
def _compared(model: type[Model]) -> tuple[Field[Any, Any], ...]:
    """Return the columns whose values SQLite compares as bytes: all but numbers with fractions, and what nothing asks for."""
    return tuple(
        column
        for column in model._meta.concrete_fields
        if column.primary_key or not isinstance(column, DecimalField | FloatField | BinaryField)
    )


def _is_ours(row: Model, columns: tuple[Field[Any, Any], ...], stored: tuple[Any, ...]) -> bool:
    try:
        ours = [column.get_db_prep_save(getattr(row, column.attname), connection) for column in columns]
    except UNREADABLE:
        return False
    return all(
        one == other and type(one) is (int if type(other) is bool else type(other))
        for one, other in zip(stored, ours, strict=True)
    )


def made_by_no_entry(seals: Sealed, seq: int) -> Iterator[Finding]:
    """Yield a finding for each row that should have an entry and that none vouches for, at the log's end `seq`."""
    for rows in sealing.each_made_by_an_entry():
        model = rows.model
        label = model._meta.label_lower
        known = {_as_kept(model, key) for _, key in _keys(model, list(seals.latest.get(label, ())))}
        try:
            keys = list(rows.values_list(Cast("pk", TextField()), flat=True))
        except UNREADABLE:
            yield Finding("unmade", seq, f"the rows of {label} cannot be read")
            continue
        for key in keys:
            if key not in known:
                yield Finding("unmade", seq, f"{label} {key} stands in the database, and no entry made it")


def _as_kept(model: type[Model], key: object) -> str:
    """Return an identifier as the engine writes it where it is cast to text."""
    return str(model._meta.pk.get_db_prep_value(key, connection))
