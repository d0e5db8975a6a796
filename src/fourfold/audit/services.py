"""Writing the log: every write, read and refusal passes here.

`recorded` is the shape of every write: it opens the transaction, yields a draft, and appends the entry as the
last statement, so that the data and its entry commit together or not at all. `reading` gathers what a page shows
into one entry that commits before the page leaves. `refused` remembers that somebody was turned away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, models, transaction

from fourfold.audit import chain, queries, rules, security, signing
from fourfold.audit.commitments import all_commitments, keyring
from fourfold.audit.draft import Draft, as_sealed, rests
from fourfold.audit.models import Entry, Head, Receipt
from fourfold.audit.terms import About, Actor, AlreadyDone, CannotBegin, KeyReused, LogUnavailable, Operation
from fourfold.base import Asked, Changes, asked, changes, forget_answers, look_again, tell_what_was_written
from fourfold.gateways.bulk import insert_rows

Past = TypeVar("Past")

_depth: ContextVar[int] = ContextVar("audit_depth", default=0)
_late: ContextVar[tuple[_Refusal, ...]] = ContextVar("audit_late", default=())
_once: ContextVar[_Once | None] = ContextVar("audit_once", default=None)
_reading: ContextVar[Reading | None] = ContextVar("audit_reading", default=None)
#: What the write that runs has to say of itself so far; None outside a write.
_said: ContextVar[list[Draft] | None] = ContextVar("audit_said", default=None)
_whole: ContextVar[bool] = ContextVar("audit_whole", default=False)


@contextmanager
def recorded(
    actor: Actor,
    action: str,
    *,
    at: datetime,
    operation: Operation = Operation.ALTERATION,
    file: UUID | None = None,
    whole: bool = False,
) -> Iterator[Draft]:
    """Open the transaction of one write and append its entry as the last statement: both commit or neither does.

    A write inside another seals what it did when it ends, and its entry is appended with the outermost's, in the order in
    which they ended: the log's one end is asked for once, and held for as short as can be. One that fails inside says nothing.
    Where it is done `whole` or not at all, what fails inside fails this, and needs no savepoint of its own.
    Whatever is saved, updated or removed inside comes under the entry's seal by itself; `fourfold.base` says how far.
    A refusal raised inside is remembered after the outermost transaction has rolled back. Inside `once`, the
    receipt of the form is kept in the same transaction; a form sent twice raises AlreadyDone and stores nothing.
    """
    depth = _depth.get()
    token = _depth.set(depth + 1)
    draft = Draft(actor, action, at, operation, file)
    draft.changes = Changes(all_commitments, outer=changes.get())
    noting = changes.set(draft.changes)
    asking, again = asked.set(known := asked.get() or Asked()), dict(known.again)
    whole_already = _whole.get()
    going_whole = _whole.set(whole or whole_already)
    resting = rests.set({}) if rests.get() is None else None
    outer, said = _said.get(), list[Draft]()
    saying = _said.set(said)
    try:
        with _giving_way(depth), transaction.atomic(savepoint=depth == 0 or not whole_already):
            once_only = _once.get() if depth == 0 else None
            if once_only is not None:
                once_only.refuse_second_time()
            yield draft
            draft.seal_changes()
            if depth == 0:
                draft.seal_what_it_rests_on()
            said.append(draft)
            if outer is None:
                _append(*said)
            if once_only is not None:
                once_only.keep_receipt(draft)
        if outer is not None:
            outer += said
        if once_only is not None:
            once_only.used = True  # kept: a second write for the same form is its next step, not its second sending
    except BaseException:
        forget_answers(again)  # they may tell of what has been rolled back
        raise
    finally:
        _said.reset(saying)
        changes.reset(noting)
        asked.reset(asking)
        _whole.reset(going_whole)
        if resting is not None:
            rests.reset(resting)
        _depth.reset(token)
        if depth == 0:
            _write_late_refusals()


@contextmanager
def _giving_way(depth: int) -> Iterator[None]:
    """Raise IntegrityError, as of any two writes that meet, where PostgreSQL ended this one: it and another waited for each other.

    So do a disposal, which holds the files of its case and waits for the log, and whoever holds the log and is asked for a
    foreign key to the case where they end.
    """
    try:
        yield
    except OperationalError as fault:
        if depth or getattr(fault.__cause__, "sqlstate", "") != DEADLOCK:
            raise
        raise IntegrityError("two writes waited for each other, and this one gave way") from fault


DEADLOCK = "40P01"


def hold_the_log() -> None:
    """Let no other write be kept until the transaction around this has ended: whatever was kept before is seen from here on.

    Every write ends by taking the log's one end. Whoever takes it first reads what is true at the moment of acting.
    """
    chain.hold()
    look_again()


def how_long() -> int:
    """Return of how many entries the log is: while it stays so, nobody has kept a write. One statement."""
    size: int = Head.objects.values_list("size", flat=True).get(pk=1)
    return size


def taken_over(
    actor: Actor,
    action: str,
    rows: Iterable[Past],
    keep: Callable[[list[Past]], Sequence[models.Model]],
    *,
    at: datetime,
    operation: Operation = Operation.COLLECTION,
    compartments: Iterable[str] = (),
) -> int:
    """Keep rows of the time before in batches of 500, each whole or not there; return how many of them there were.

    `keep` refuses or stores a batch and returns what it made of it; the entry's root stands for every such row.
    """
    total, incoming = 0, iter(rows)
    while batch := list(islice(incoming, 500)):
        with recorded(actor, action, at=at, operation=operation) as entry:
            entry.compartments = set(compartments)
            entry.seal(keep(batch))
        total += len(batch)
    return total


def refused(actor: Actor, action: str, *, at: datetime, rule: str, file: UUID | None = None) -> None:
    """Remember that `actor` was turned away by `rule`; inside a write, once that write has rolled back."""
    refusal = _Refusal(actor, action, at, rule, file)
    if _depth.get():
        _late.set((*_late.get(), refusal))
    else:
        refusal.write()


def consulted(
    actor: Actor,
    action: str,
    *,
    at: datetime,
    file: UUID | None = None,
    compartments: set[str] | frozenset[str] = frozenset(),
    fields: frozenset[str] = frozenset(),
    count: int | None = None,
    about: About | None = None,
) -> None:
    """Record that `actor` is shown protected things: at once, or with the page that is being read."""
    reading_now = _reading.get()
    if reading_now is not None:
        reading_now.add(action, file, compartments, fields, count, about)
        return
    draft = Draft(actor, action, at, Operation.CONSULTATION, file, about)
    draft.compartments, draft.fields, draft.count = set(compartments), set(fields), count
    _append_alone(draft)


def rests_on(*rows: models.Model) -> None:
    """Say which rows open the file that is shown or changed: one that was forged for it shows, also when it is gone again.

    What the write around this has made or changed itself, it seals. Without a page and a write nothing is said.
    """
    known, noted = rests.get(), changes.get()
    if known is not None:
        known.update(as_sealed(row for row in rows if noted is None or not noted.concern(type(row), row.pk)))


def page_stood_at(moment: datetime) -> None:
    """Note that the page that is read shows a file as it stood at a moment."""
    if (page := _reading.get()) is not None:
        page.stands_at = min(moment, page.stands_at or moment)


def page_stands_at() -> datetime | None:
    """Return as of which moment the page that is read shows a file; None where it shows what is there now."""
    page = _reading.get()
    return page.stands_at if page is not None else None


@dataclass
class Reading:
    """Everything that one page shows, to become one entry before the page leaves."""

    actor: Actor
    action: str
    at: datetime
    draft: Draft | None = None
    files: set[UUID] = field(default_factory=set)
    stands_at: datetime | None = None

    def add(
        self,
        action: str,
        file: UUID | None,
        compartments: set[str] | frozenset[str],
        fields: frozenset[str],
        count: int | None,
        about: About | None,
    ) -> None:
        """Gather one more thing that the page shows."""
        if self.draft is None:
            self.draft = Draft(self.actor, action, self.at, Operation.CONSULTATION, file, about)
        self.draft.compartments |= compartments
        self.draft.fields |= fields
        self.draft.count = (self.draft.count or 0) + count if count is not None else self.draft.count
        if file is not None:
            self.files.add(file)


@contextmanager
def reading(actor: Actor, action: str, *, at: datetime) -> Iterator[Reading]:
    """Gather every consultation inside into one entry; if it cannot be written, raise LogUnavailable."""
    page = Reading(actor, action, at)
    token, resting = _reading.set(page), rests.set(dict(actor.rests))
    try:
        yield page
        if page.draft is not None:
            page.draft.seal_what_it_rests_on()
    finally:
        _reading.reset(token)
        rests.reset(resting)
    if page.draft is not None:
        page.draft.action = action
        page.draft.file = page.draft.file if len(page.files) <= 1 else None
        _append_alone(page.draft)


@contextmanager
def once(key: str, content: str, actor: Actor, *, at: datetime) -> Iterator[None]:
    """Make the first write inside happen once for `key`: a second sending raises AlreadyDone or KeyReused.

    The receipt is looked for before any rule inside may speak: whoever presses twice would else be told that somebody
    changed the file. It is looked for again within the write, for two sendings that race.
    """
    with carried_on(key, keyring().commitment("receipt", content.encode()), actor, at=at):
        yield


def sending() -> tuple[str, str] | None:
    """Return by what the form is known that is being sent, for work that is done beside its page."""
    return None if (one := _once.get()) is None else (one.key, one.digest)


@contextmanager
def carried_on(key: str, digest: str, actor: Actor, *, at: datetime) -> Iterator[None]:
    """Make the first write inside the one of a form that was sent elsewhere: it raises AlreadyDone where that was done."""
    one = _Once(key, digest, actor, at)
    one.refuse_second_time()
    token = _once.set(one)
    try:
        yield
    finally:
        _once.reset(token)


@dataclass
class _Once:
    key: str
    digest: str
    actor: Actor
    at: datetime
    used: bool = False

    def refuse_second_time(self) -> None:
        if self.used:
            return
        kept = Receipt.objects.filter(key=self.key).first()
        if kept is None:
            return
        if kept.digest != self.digest or kept.actor != self.actor.staff:
            raise KeyReused
        raise AlreadyDone(About(kept.about_kind, kept.about_id) if kept.about_id else None)

    def keep_receipt(self, draft: Draft) -> None:
        if self.used:
            return
        subject = draft.subject
        Receipt.objects.create(
            key=self.key,
            actor=self.actor.staff,
            digest=self.digest,
            about_kind=subject.kind if subject else "",
            about_id=subject.id if subject else None,
            at=self.at,
        )


@dataclass(frozen=True)
class _Refusal:
    actor: Actor
    action: str
    at: datetime
    rule: str
    file: UUID | None

    def write(self) -> None:
        draft = Draft(self.actor, self.action, self.at, Operation.REFUSAL, self.file, rules=(self.rule,))
        _append_alone(draft)


def _write_late_refusals() -> None:
    waiting = _late.get()
    _late.set(())
    for refusal in waiting:
        refusal.write()


def _append_alone(draft: Draft) -> None:
    if (said := _said.get()) is not None:
        said.append(draft)
        return
    try:
        if chain.can_begin_and_end():
            with chain.nothing_kept_of_what_fails():
                _append(draft, whole=True)
        else:
            with transaction.atomic():
                _append(draft)
    except (DatabaseError, OSError) as fault:
        security.told(security.LOG_UNAVAILABLE)
        raise LogUnavailable("the audit could not be written") from fault


def _append(*drafts: Draft, whole: bool = False) -> None:
    """Append the drafts to the chain in their order; whoever does so holds the one head row until the transaction ends.

    What can be written of them before is. Where that is the `whole` transaction, it begins and ends here.
    """
    signed = drafts[-1].signed = signing.newly_signed()
    texts = [draft.text_around_its_number() for draft in drafts]
    size, previous = chain.hold(begin=whole)
    look_again()
    tell_what_was_written()
    entries: list[Entry] = []
    for seq, (draft, (before, after)) in enumerate(zip(drafts, texts, strict=True), start=size + 1):
        entry = chain.link(draft, seq, f"{before}{rules.plain(seq)}{after}", previous)
        for each in draft.batch:
            each.entry = seq
        entries.append(entry)
        previous = entry.hash
    insert_rows([each for draft in drafts for each in draft.batch])
    if not chain.adds(entries):
        insert_rows(entries)
    chain.move(entries, end=whole)
    last, at = entries[-1], drafts[-1].at
    if signed is not None:
        transaction.on_commit(lambda: signing.said(signed))
    transaction.on_commit(lambda: signing.write_if_due(last.seq, last.hash, at), robust=True)
    if kept := [(draft, entry.seq) for draft, entry in zip(drafts, entries, strict=True) if security.event_of(draft)]:
        transaction.on_commit(lambda: security.tell(kept), robust=True)


def make_way() -> str:
    """Let a database without a log begin beside the checkpoints of another one, or raise CannotBegin in production.

    Returns what to tell the person, "" where there was nothing in the way; see `audit.checkpoints` for the reasons.
    """
    ours, before = settings.FOURFOLD.places_of_checkpoints()
    if before != ours and before.exists() and not ours.exists():
        before.rename(ours)  # so that the next password of the database finds it
    why = queries.why_not_begin()
    if why is None:
        return ""
    if settings.FOURFOLD.production:
        raise CannotBegin(why)
    aside = queries.signed_checkpoints().put_aside()
    return f"This database is new. The checkpoints of the one before it are kept in {aside}."


def checkpoint(*, at: datetime) -> None:
    """Write a signed checkpoint of the log's present end to the append-only file outside the database."""
    head = Head.objects.get(pk=1)
    chain.reach_the_disk()  # what is signed must not be lost
    signing.write(head.size, head.hash, at)
