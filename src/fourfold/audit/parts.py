"""A long log read in parts, by as many processes as there are processors: so it is said to hold, never what is wrong with it.

Each process reads some entries from the database itself, holds them against each other, their codes, their columns and what was signed,
and says what they sealed. How a row had stood before the part began it cannot know: that is owed, and looked up where the parts are
put together in their order. Whatever does not hold at once, even what a reading in order would explain, is left to that reading.
"""

from __future__ import annotations

import hmac
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import Any

import django
from django.db import connection

from fourfold.audit import proofs, rules
from fourfold.audit.commitments import keyring
from fourfold.gateways.keyring import Keyring

#: From so many entries on processes are worth their start; and how many entries one reads at a time.
FROM, AT_ONCE = 100_000, 20_000


@dataclass
class Part:
    """Some entries that hold: the hash that the first follows, the last one's, and what they sealed."""

    follows: str
    ends: str
    sealed: _Sealed


def held(end: rules.End) -> proofs.Sealed | None:
    """Return what a log has sealed that holds up to its end; None where it may not, or is too short to be read so."""
    if end.size < max(FROM, end.least, *end.checkpoints) or not _others_see_it():
        return None
    signed: defaultdict[int, dict[int, str]] = defaultdict(dict)
    for seq, digest in end.checkpoints.items():
        signed[(seq - 1) // AT_ONCE][seq] = digest
    firsts = range(1, end.size + 1, AT_ONCE)
    lasts = (min(first + AT_ONCE - 1, end.size) for first in firsts)
    read = partial(_read, dict(connection.settings_dict), keyring())
    pool = ProcessPoolExecutor(len(os.sched_getaffinity(0)), get_context("spawn"), django.setup)
    try:
        return _together(pool.map(read, firsts, lasts, (signed[place] for place in range(len(firsts)))), end)
    except BrokenProcessPool:
        return None
    finally:
        pool.shutdown(cancel_futures=True)


def _others_see_it() -> bool:
    """Return whether other processes may help: what is not kept yet, none of them sees."""
    return len(os.sched_getaffinity(0)) > 1 and not connection.in_atomic_block


def _together(parts: Iterator[Part | None], end: rules.End) -> proofs.Sealed | None:
    whole, previous = proofs.Sealed(), rules.GENESIS
    for part in parts:
        if part is None or part.follows != previous:
            return None
        part.sealed.join(whole)
        if whole.findings:
            return None
        previous = part.ends
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM audit_entry WHERE seq > %s OR seq < 1", (end.size,))
        return whole if previous == end.head and cursor.fetchone() is None else None


@dataclass
class _Sealed(proofs.Sealed):
    """What the entries of a part have sealed, and how rows must have stood when it began."""

    since: dict[str, int] = field(default_factory=dict)  # of each row, the first entry of the part that changed it
    owed: dict[tuple[bool, str, tuple[tuple[int, str], ...]], int] = field(default_factory=dict)

    def _row(self, name: str, digest: str, seq: int, at: str) -> None:
        self.since.setdefault(name, seq)
        super()._row(name, digest, seq, at)

    def _rests(self, name: str, digests: dict[int, str], seq: int, at: str, seen: int | None) -> None:
        if name not in self.since:
            self.owed.setdefault((False, name, tuple(digests.items())), seq)
            return
        before = len(self.findings)
        super()._rests(name, digests, seq, at, seen)
        if (
            len(self.findings) > before and seen is not None and seen < self.since[name]
        ):  # read before it was changed here
            self.findings.pop()
            self.owed.setdefault((False, name, tuple(digests.items())), seq)

    def _found(self, name: str, digests: dict[int, str], seq: int) -> None:
        if name in self.since:
            super()._found(name, digests, seq)
        else:
            self.owed.setdefault((True, name, tuple(digests.items())), seq)

    def join(self, whole: proofs.Sealed) -> None:
        """Hold what is owed against what the parts before have sealed, and add what this one has."""
        for (is_change, name, digests), seq in self.owed.items():
            if is_change:
                whole._found(name, dict(digests), seq)
            else:
                whole._rests(name, dict(digests), seq, "", seq)
        for kind, rows in self.latest.items():
            whole.latest.setdefault(kind, {}).update(rows)
        whole.editions |= self.editions
        for size, seq in self.checkpoints.items():
            whole.checkpoints.setdefault(size, seq)

    def without_more(self) -> _Sealed:
        """Return this without what only the part itself needed."""
        count = {seq for rows in self.latest.values() for seq, _ in rows.values()}
        kept = {seq: self.editions[seq] for seq in count & self.editions.keys()}
        return _Sealed(latest=self.latest, editions=kept, checkpoints=self.checkpoints, owed=self.owed)


def _read(database: dict[str, Any], keys: Keyring, first: int, last: int, signed: dict[int, str]) -> Part | None:
    """Return what some entries have sealed, where they hold: in a process of its own, of the same database."""
    connection.settings_dict.update(database)
    try:
        return _part(keys, first, last, signed)
    except proofs.UNREADABLE:
        return None


def _part(keys: Keyring, first: int, last: int, signed: dict[int, str]) -> Part | None:
    sealed, expected, follows, previous = _Sealed(), first, "", ""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), (first, last + 1))  # SQLite keeps numbers between these two
        for seq, body, before, digest, mac, *shown in cursor:
            follows, previous = (follows, previous) if follows else (before, before)
            said = json.loads(body)
            if not (
                (seq, before) == (expected, previous)
                and rules.link(before, body) == digest == signed.get(seq, digest)
                and hmac.compare_digest(mac, keys.commitment("entry", digest.encode(), keys.epoch_of(seq)))
                and _shows(said, seq, *shown)
            ):
                return None
            sealed.say(seq, said)
            expected, previous = seq + 1, digest
    return Part(follows, previous, sealed.without_more()) if expected == last + 1 and not sealed.findings else None


def _statement() -> str:
    """Return what reads some entries: identifiers in hexadecimal digits, moments as `2026-11-23 10:00:00.000001`."""
    if connection.vendor == "sqlite":
        shown = "+at, actor, file, about_id"  # with a sign no converter is found for it
    else:
        moment = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        shown = ", ".join(
            (moment, *(f"replace(CAST({name} AS text), '-', '')" for name in ("actor", "file", "about_id")))
        )
    return (
        f"SELECT seq, body, previous, hash, mac, {shown}, action, operation, about_kind FROM audit_entry "  # noqa: S608 -- no value
        "WHERE seq >= %s AND seq < %s ORDER BY seq"
    )


def _shows(said: dict[str, Any], seq: int, moment: str, *shown: str | None) -> bool:
    """Return whether the columns show what the text says; what only reads the same may not."""
    at = moment if len(moment) > 19 else f"{moment}.000000"
    actor, file, about = (each and each.replace("-", "") for each in map(said.get, ("actor", "file", "about_id")))
    return (
        (said.get("seq"), said.get("at")) == (seq, f"{at[:10]}T{at[11:]}+00:00")
        and at[10] == " "
        and (actor, file, about, said.get("action"), said.get("operation"), said.get("about_kind") or "") == shown
    )
