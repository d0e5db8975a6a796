"""A long log read in parts, by as many processes as there are processors: so it is said to hold, never what is wrong with it.

Each process reads some entries from the database itself, holds them against each other, their codes, their columns and what was signed,
and says what they sealed. How a row had stood before the part began it cannot know: that is owed, and looked up where the parts are
put together in their order. Whatever does not hold at once, even what a reading in order would explain, is left to that reading.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
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

#: What is told of an entry that its columns show, in the order in which it stands there; and the text of one that keeps nothing beside
#: itself, as pages and most writes leave it. Where no quote is escaped each of them begins a text or ends it.
_TOLD = ("about_id", "about_kind", "action", "actor", "at", "edition", "file", "operation")
_ID, _WORD, _WORDS, _BY_NAME = '"(.{36})"', '"[^"]*"', r"\[[^]]*\]", r"\{[^}]*\}"
_PLAIN = re.compile(
    rf'\{{(?:"about_id":{_ID},)?+(?:"about_kind":"([^"]*)",)?+(?:"account":{_WORD},)?+"action":"([^"]*)","actor":{_ID},'
    rf'"at":"([^"]*)",(?:"client":{_WORD},)?+(?:"compartments":{_WORDS},)?+(?:"count":{_WORD},)?+(?:"edition":(\d+),)?+'
    rf'(?:"fields":{_WORDS},)?+(?:"file":{_ID},)?+(?:"more":{_BY_NAME},)?+"operation":"([^"]*)"(?:,"partner":{_WORD})?+'
    rf'(?:,"purpose":{_WORD})?+(?:,"reason":{_WORD})?+(?:,"request":{_WORD})?+(?:,"rests":({_BY_NAME}))?+(?:,"rows":({_BY_NAME}))?+'
    rf'(?:,"rules":{_WORDS})?+(?:,"seen":\d+)?+,"seq":(\d+)(?:,"session":{_WORD})?+(?:,"strength":{_WORD})?+\}}'
)


@dataclass
class Part:
    """Some entries that hold: the hash that the first follows, the last one's, and what they sealed."""

    follows: str
    ends: str
    sealed: _Sealed


def many(size: int) -> int:
    """Return in how many parts a log of so many entries is read."""
    return -(-size // AT_ONCE)


def held(end: rules.End, told: Callable[[int], None] = lambda done: None) -> proofs.Sealed | None:
    """Return what a log has sealed that holds up to its end; None where it may not, or is too short to be read so.

    `told` hears after each part how many have been read.
    """
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
        return _together(pool.map(read, firsts, lasts, (signed[place] for place in range(len(firsts)))), end, told)
    except BrokenProcessPool:
        return None
    finally:
        pool.shutdown(cancel_futures=True)


def _others_see_it() -> bool:
    """Return whether other processes may help: what is not kept yet, none of them sees."""
    return len(os.sched_getaffinity(0)) > 1 and not connection.in_atomic_block


def _together(parts: Iterator[Part | None], end: rules.End, told: Callable[[int], None]) -> proofs.Sealed | None:
    whole, previous = proofs.Sealed(), rules.GENESIS
    for done, part in enumerate(parts):
        told(done)
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
    known: set[str] = field(default_factory=set)  # texts of what opened entries, all of it owed
    within: dict[str, list[str]] = field(default_factory=dict)  # of each row, which of them name it

    def _row(self, name: str, digest: str, seq: int, at: str) -> None:
        self.since.setdefault(name, seq)
        self.known.difference_update(self.within.pop(name, ()))
        super()._row(name, digest, seq, at)

    def _rests(self, name: str, digests: dict[int, str], seq: int, at: str, seen: int | None) -> None:
        if name not in self.since:
            self.owed.setdefault((False, name, tuple(digests.items())), seq)
            return
        before = len(self.findings)
        super()._rests(name, digests, seq, at, seen)
        if len(self.findings) > before and seen is not None and seen < self.since[name]:
            self.findings.pop()  # read before it was changed here
            self.owed.setdefault((False, name, tuple(digests.items())), seq)

    def _found(self, name: str, digests: dict[int, str], seq: int) -> None:
        if name in self.since:
            super()._found(name, digests, seq)
        else:
            self.owed.setdefault((True, name, tuple(digests.items())), seq)

    def holds(self, seq: int, body: str, moment: str, *shown: str | None) -> bool:
        """Note what the text of an entry says; return whether the columns show it: what only reads the same may not."""
        plain = None if "\\" in body else _PLAIN.fullmatch(body)
        if plain is None:
            said = json.loads(body)
            self.say(seq, said)
            number, told = said.get("seq"), [said.get(name) for name in _TOLD]
        else:
            *told, opened, rows, digits = plain.groups()
            number = int(digits)
            if opened and opened not in self.known:
                self._opens(seq, body, opened)
            elif rows:
                edition = {"edition": int(told[5])} if told[5] else {}
                self.say(seq, {"at": told[4], "rows": json.loads(rows), **edition})
        about, kind, action, actor, at, _, file, operation = told
        hour = moment[11:] if len(moment) > 19 else f"{moment[11:]}.000000"
        return (
            (number, at) == (seq, f"{moment[:10]}T{hour}+00:00")
            and moment[10] == " "
            and shown == (_digits(about), kind or "", action, _digits(actor), _digits(file), operation)
        )

    def _opens(self, seq: int, body: str, opened: str) -> None:
        self.say(seq, json.loads(body))
        names = json.loads(opened)
        if self.since.keys().isdisjoint(names):
            self.known.add(opened)
            for name in names:
                self.within.setdefault(name, []).append(opened)

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
    code, begun = _code(keys, first), {each.entry for each in keys.begun.values()}
    with connection.cursor() as cursor:
        cursor.execute(_statement(), (first, last + 1))  # SQLite keeps numbers between these two
        for seq, body, before, digest, mac, *shown in cursor.fetchall():
            if seq in begun:
                code = _code(keys, seq)
            if not follows:
                follows = previous = before
            if not (
                seq == expected
                and before == previous
                and rules.link(before, body) == digest == signed.get(seq, digest)
                and code(digest) == mac
                and sealed.holds(seq, body, *shown)
            ):
                return None
            expected, previous = seq + 1, digest
    return Part(follows, previous, sealed.without_more()) if expected == last + 1 and not sealed.findings else None


def _code(keys: Keyring, seq: int) -> Callable[[str], str]:
    """Return what works the code of an entry out from its hash, with the key of its time: HMAC (RFC 2104), half of it worked out once."""
    key = keys.salt("entry", keys.epoch_of(seq))
    inner, outer = (hashlib.sha256(bytes(byte ^ pad for byte in key.ljust(64, b"\0"))) for pad in (0x36, 0x5C))

    def code(digest: str) -> str:
        within, around = inner.copy(), outer.copy()
        within.update(digest.encode())
        around.update(within.digest())
        return around.hexdigest()

    return code


def _statement() -> str:
    """Return what reads some entries: identifiers in hexadecimal digits, moments as `2026-11-23 10:00:00.000001`."""
    if connection.vendor == "sqlite":
        about, actor, file, moment = "about_id", "actor", "file", "+at"  # with a sign no converter is found for it
    else:
        about, actor, file = (f"encode(uuid_send({name}), 'hex')" for name in ("about_id", "actor", "file"))
        moment = "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
    return (
        f"SELECT seq, body, previous, hash, mac, {moment}, {about}, about_kind, action, {actor}, {file}, operation "  # noqa: S608 -- no value
        "FROM audit_entry WHERE seq >= %s AND seq < %s ORDER BY seq"
    )


def _digits(identifier: str | None) -> str | None:
    return identifier and identifier.replace("-", "")
