"""The one end of the chain: held by one writer at a time, and moved with what is added, in as few turns as the database lets.

On PostgreSQL writers stand in line for a lock before they ask for the head's row. Where they waited for the row itself, each
commit woke all of them, for all but one to wait again. On SQLite a page's entry waits for the disk when it has let go of the
lock, in which all who write wait for it: the log before a database (WAL) is on disk as far as the entry before anybody is answered.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from django.db import Error, connection
from django.db.transaction import TransactionManagementError

from fourfold.audit import rules
from fourfold.audit.commitments import mac_of
from fourfold.audit.draft import Draft
from fourfold.audit.models import Entry, Head
from fourfold.gateways.bulk import made, values_of

_READ = "SELECT size, hash FROM audit_head WHERE id = 1"
#: A lock of two numbers: none of `gateways.turns`, which have one.
_HELD = f"SELECT pg_advisory_xact_lock(2, 1); {_READ} FOR UPDATE"
_MOVED = "UPDATE audit_head SET size = %s, hash = %s WHERE id = 1"


def can_begin_and_end() -> bool:
    """Return whether `hold` can begin a transaction and `move` end it: none runs."""
    return connection.get_autocommit() and not connection.in_atomic_block


@contextmanager
def nothing_kept_of_what_fails() -> Iterator[None]:
    """Roll back the transaction that `hold` has begun where `move` does not come to its end."""
    try:
        yield
    except BaseException:
        try:
            connection.rollback()
            if connection.vendor == "sqlite":
                _synchronous("FULL")
        except Error:
            connection.close()
        raise


def hold(*, begin: bool = False) -> tuple[int, str]:
    """Let nobody else append until the transaction ends; return how long the log is, and its last hash."""
    if not begin and not connection.in_atomic_block:
        raise TransactionManagementError("what is not part of a transaction holds the log for no time at all")
    if begin and connection.vendor == "sqlite":
        connection.ensure_connection()
        if os.access(_wal(), os.F_OK):  # elsewhere than on disks, and where a folder does not allow it, there is none
            _synchronous("NORMAL")
    with connection.cursor() as cursor:
        if begin and connection.vendor == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        if connection.vendor == "postgresql":
            cursor.execute(f"BEGIN; {_HELD}" if begin else _HELD)
            while cursor.nextset():
                pass
        else:
            cursor.execute(_READ)
        end = cursor.fetchone()
    if end is None:
        raise Head.DoesNotExist
    return end


def _synchronous(how: str) -> None:
    with connection.wrap_database_errors:
        connection.connection.execute(f"PRAGMA synchronous = {how}")


def _wal() -> str:
    return f"{connection.settings_dict['NAME']}-wal"


def reach_the_disk() -> None:
    """Wait until what is committed stands on disk, also where it was committed before this; PostgreSQL and other writes do at once.

    SQLite keeps its log while we are connected. What was moved from it into the database since was on disk before.
    """
    if connection.vendor != "sqlite" or not os.access(_wal(), os.F_OK):
        return
    log = os.open(_wal(), os.O_RDWR)
    try:
        os.fdatasync(log)
    finally:
        os.close(log)


def link(draft: Draft, seq: int, body: str, previous: str) -> Entry:
    """Return the entry that says this, after the one that has the hash `previous`."""
    if len(rules.as_bytes(body)) > rules.LARGEST_BODY:
        raise ValueError(f"the audit entry for {draft.action} is larger than {rules.LARGEST_BODY} bytes")
    digest = rules.link(previous, body)
    shown = {
        "seq": seq,
        "at": draft.at,
        "action": draft.action,
        "operation": str(draft.operation),
        "actor": draft.actor.staff,
        "file": draft.file,
        "about_kind": draft.subject.kind if draft.subject else "",
        "about_id": draft.subject.id if draft.subject else None,
    }
    return made(Entry, shown | {"body": body, "previous": previous, "hash": digest, "mac": mac_of(seq, digest)})


def adds(entries: Sequence[Entry]) -> bool:
    """Return whether `move` adds the entries itself, in the turn in which it moves the head."""
    return len(entries) == 1 and connection.vendor == "postgresql"


def move(entries: Sequence[Entry], *, end: bool = False) -> None:
    """Let the head name the last of the entries, and add it where `adds` says so; `end` the transaction with that."""
    last = entries[-1]
    statements, values = [_MOVED], (last.seq, last.hash)
    if adds(entries):
        statements, values = [_added(), *statements], (*values_of(last), *values)
    end_here = end and connection.vendor == "sqlite"  # which takes one statement at a time
    with connection.cursor() as cursor:
        cursor.execute("; ".join([*statements, "COMMIT"] if end and not end_here else statements), values)
    if end_here:
        connection.commit()
        _synchronous("FULL")
        reach_the_disk()


@cache
def _added() -> str:
    columns = [str(each.column) for each in Entry._meta.concrete_fields]
    places = ", ".join(["%s"] * len(columns))
    return f"INSERT INTO audit_entry ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 -- its own columns
