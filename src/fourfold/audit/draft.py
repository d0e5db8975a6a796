"""What an entry will say, while a service fills it."""

from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db import models

from fourfold.audit import rules, sealing
from fourfold.audit.commitments import (
    FIRST_EDITION,
    all_commitments,
    count_bucket,
    instant,
    keyring,
    row_commitment,
    todays_edition,
)
from fourfold.audit.models import BatchRow
from fourfold.audit.terms import About, Actor, Operation
from fourfold.base import Changes

Model = TypeVar("Model", bound=models.Model)

#: How the number of an entry that has none yet stands in its text.
NUMBER = '"seq":0'

#: On which rows it rests that files are open, by name with their digests, since the page, or the write, began.
rests: ContextVar[dict[str, tuple[str, ...]] | None] = ContextVar("audit_rests", default=None)


@dataclass
class Draft:
    """What an entry will say; a service fills it while it works."""

    actor: Actor
    action: str
    at: datetime
    operation: Operation
    file: UUID | None = None
    subject: About | None = None
    compartments: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    count: int | None = None
    root: str | None = None
    rules: tuple[str, ...] = ()
    reason: str = ""
    signed: int | None = None
    more: dict[str, str | int | bool] = field(default_factory=dict)
    changes: Changes = field(default_factory=Changes)
    _rows: list[models.Model] = field(default_factory=list)
    batch: list[BatchRow] = field(default_factory=list)
    _sealed: dict[str, str] = field(default_factory=dict)
    _found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _rests: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def about(self, row: Model) -> Model:
        """Name `row` as what the entry is about, commit to its contents as saved, and return it."""
        if self.subject is None:
            self.subject = About(row._meta.label_lower, row.pk)
        self._rows.append(row)
        return row

    def relies_on(self, *rows: models.Model) -> None:
        """Say how the rows stand on whose word this is done: what was forged for it shows, also when it is gone again."""
        self.changes.found |= {(type(row), row.pk): all_commitments(row) for row in rows}

    def seal(self, batch: Iterable[models.Model]) -> None:
        """Commit to every row of a batch, as saved: one root in the entry, and the digest of each row beside it.

        `count` becomes the number of rows; `audit.queries.verify` then names a row of the batch that was changed.
        """
        self.batch = [
            BatchRow(place=place, kind=row._meta.label_lower, row=row.pk, digest=row_commitment(row))
            for place, row in enumerate(batch)
        ]
        self.root, self.count = self._root_of_batch(), len(self.batch)

    def _root_of_batch(self) -> str:
        return rules.root_of_rows((each.kind, each.row, each.digest) for each in self.batch)

    def seal_changes(self) -> None:
        """Take a salted digest of each row named, made, changed or removed, as it is now that the transaction ends."""
        batched = {f"{each.kind}:{each.row}": each for each in self.batch}
        noted = sealing.noted(self.changes, but=batched)
        for name in noted.keys() & batched.keys():
            batched[name].digest = noted.pop(name)
        self._sealed = sealing.named(self._rows) | {name: noted.pop(name) for name in self._names() & noted.keys()}
        room = sealing.BY_NAME if self.batch or self.root is None else len(noted)
        self._sealed |= dict(islice(noted.items(), room))
        self.batch += sealing.in_batch(dict(islice(noted.items(), room, None)), first=len(self.batch))
        found = {sealing.name_of(*row): digests for row, digests in self.changes.found.items()}
        self._found = self._by_name(found, sealing.BY_NAME, sealing.FOUND)
        if self.batch:
            self.root = self._root_of_batch()

    def seal_what_it_rests_on(self) -> None:
        """Say how the rows stood that opened what was done or shown; what this entry makes or changes it seals anyhow."""
        own = self._sealed.keys() | self._found.keys()
        rest_on = {name: digests for name, digests in (rests.get() or {}).items() if name not in own}
        self._rests = self._by_name(rest_on, sealing.RESTS_BY_NAME, sealing.RESTS)
        if self.batch:
            self.root = self._root_of_batch()

    def _by_name(self, digests: dict[str, tuple[str, ...]], room: int, mark: str) -> dict[str, tuple[str, ...]]:
        """Return as many as the entry names; the others are kept beside it."""
        if not self.batch and self.root is not None:
            return digests
        rest = dict(islice(digests.items(), room, None))
        self.batch += sealing.marked_in_batch(rest, mark, first=len(self.batch))
        return dict(islice(digests.items(), room))

    def _names(self) -> set[str]:
        return {sealing.name_of(type(row), row.pk) for row in self._rows}

    def text(self, seq: int) -> str:
        """Return the canonical text of the entry: identifiers, names of fields and digests, never values."""
        subject = self.subject
        body = {
            "seq": seq,
            "at": instant(self.at),
            "action": self.action,
            "operation": str(self.operation),
            "actor": str(self.actor.staff),
            "partner": self.actor.partner,
            "account": _text(self.actor.account),
            "session": self.actor.session,
            "strength": self.actor.strength,
            "client": self.actor.client,
            "request": self.actor.request,
            "purpose": self.actor.purpose,
            "file": _text(self.file),
            "about_kind": subject.kind if subject else "",
            "about_id": _text(subject.id) if subject else None,
            "compartments": sorted(self.compartments),
            "fields": sorted(self.fields),
            "count": None if self.count is None else count_bucket(self.count),
            "rules": list(self.rules),
            "reason": keyring().commitment("reason", self.reason.encode()) if self.reason else "",
            "root": self.root,
            "rows": self._sealed,
            "found": {name: list(digests) for name, digests in self._found.items()},
            "rests": {name: list(digests) for name, digests in self._rests.items()},
            "seen": self.actor.seen if self._rests else None,
            "batch": len(self.batch) or None,
            "edition": todays_edition() if todays_edition() > FIRST_EDITION else None,
            "signed": self.signed,
            "more": self.more,
        }
        return rules.canonical({name: value for name, value in body.items() if value not in (None, "", [], {}, ())})

    def text_around_its_number(self) -> tuple[str, str]:
        """Return that text before and after the number, which nobody knows who does not hold the log's end.

        After it in the order of names come no records, and in a text no such name can stand: its quotes are escaped.
        """
        before, name, after = self.text(0).rpartition(NUMBER)
        return before + name[:-1], after


def as_sealed(rows: Iterable[models.Model]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return of each row its name, and what the log says of it as it stands."""
    return tuple((sealing.name_of(type(row), row.pk), all_commitments(row)) for row in rows)


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
