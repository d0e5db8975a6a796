"""Reading the log: whether it holds, and who saw what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model

from fourfold.audit import checkpoints, rules
from fourfold.audit.commitments import FIRST_EDITION, instant, keyring, row_commitment
from fourfold.audit.models import BatchRow, Entry, Head
from fourfold.audit.terms import Finding, Verdict


def verify(*, with_rows: bool = True) -> Verdict:
    """Read the whole log and say whether it holds: chain, sealed texts, signed checkpoints, and the rows it names,
    one by one or by the batch.

    The findings come in the order of their entries, so that the first names the first bad one.
    """
    if not has_log():
        meaning = "This database holds no log at all. Check DATABASE_URL, or begin one: manage.py migrate"
        return Verdict(0, "", (Finding("absent", 0, meaning),))
    head = Head.objects.get(pk=1)
    signed = signed_checkpoints()
    sealed = _Sealed()
    entries = _watched(_stored_entries(), sealed)
    findings = [*rules.faults(entries, head.size, head.hash, signed.hashes), *signed.findings]
    findings = [*_explained(findings, signed)]
    if with_rows:
        findings += [*_read_batches(sealed), *_rows_that_differ(sealed)]
    return Verdict(head.size, head.hash, tuple(sorted(findings, key=lambda finding: finding.seq)))


def has_log() -> bool:
    """Return whether this database has the tables of a log, even of one in which nothing stands yet."""
    return Head._meta.db_table in connection.introspection.table_names() and Head.objects.filter(pk=1).exists()


def signed_checkpoints() -> checkpoints.Checkpoints:
    """Read the checkpoints of this database that are kept outside it."""
    return checkpoints.read(Path(settings.FOURFOLD.checkpoints), keyring().public_key())


def why_not_begin() -> str | None:
    """Return why this database must not begin a log, and what to do: there are checkpoints of another one beside it.

    None where it has a log already, or there is no checkpoint; see `audit.checkpoints` for the reasons.
    """
    has_tables = Head._meta.db_table in connection.introspection.table_names()
    if has_tables and Head.objects.filter(size__gt=0).exists():
        return None
    return signed_checkpoints().why_not_begin()


def _explained(findings: list[Finding], signed: checkpoints.Checkpoints) -> Iterator[Finding]:
    """Say, where the very first checkpoint is of another log than this, what that may mean and what to do."""
    first = signed.signed[0] if signed.signed else None
    same = first is None or Entry.objects.filter(seq=first.size, hash=first.hash).exists()
    for finding in findings:
        if not same and finding.kind in ("cut", "rewritten"):
            yield replace(finding, meaning=f"{finding.meaning}. {signed.how_to_begin_again()}")
        else:
            yield finding


def _stored_entries() -> Iterator[rules.Stored]:
    names = ("action", "operation", "actor", "file", "about_kind", "about_id")
    rows = Entry.objects.order_by("seq").values_list("seq", "body", "previous", "hash", "at", *names)
    for seq, body, previous, digest, at, *values in rows.iterator(chunk_size=2000):
        shown = {name: _as_sealed(value) for name, value in zip(names, values, strict=True)}
        yield rules.Stored(seq, body, previous, digest, {**shown, "at": instant(at), "seq": seq})


def _as_sealed(value: object) -> object:
    return str(value) if isinstance(value, UUID) else (value or None)


@dataclass
class _Sealed:
    """What the entries have sealed: for each row the last entry and its digest, for each batch its root and size."""

    latest: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)
    batches: dict[int, tuple[str, int]] = field(default_factory=dict)
    editions: dict[int, int] = field(default_factory=dict)  # of the entries that were sealed after the first edition

    def row(self, kind: str, identifier: str, seq: int, digest: str) -> None:
        """Note a digest, unless a later entry has sealed the row again."""
        if self.latest.get((kind, identifier), (0, ""))[0] <= seq:
            self.latest[kind, identifier] = (seq, digest)

    def edition(self, seq: int) -> int:
        return self.editions.get(seq, FIRST_EDITION)


def _watched(entries: Iterator[rules.Stored], sealed: _Sealed) -> Iterator[rules.Stored]:
    """Pass the entries on, noting what each has sealed."""
    for entry in entries:
        if '"rows":' in entry.body or '"batch":' in entry.body:
            try:
                body = json.loads(entry.body)
            except ValueError:
                body = {}  # the chain says that it was edited
            if "edition" in body:
                sealed.editions[entry.seq] = body["edition"]
            for name, digest in body.get("rows", {}).items():
                kind, _, identifier = name.rpartition(":")
                sealed.row(kind, identifier, entry.seq, digest)
            if "batch" in body:
                sealed.batches[entry.seq] = (body.get("root", ""), body["batch"])
        yield entry


def _read_batches(sealed: _Sealed) -> Iterator[Finding]:
    """Note the digests kept beside each batch, and yield a finding for every batch whose digests are not its root's."""
    for seq, (root, size) in sealed.batches.items():
        rows = list(BatchRow.objects.filter(entry=seq).order_by("place").values_list("kind", "row", "digest"))
        if len(rows) != size or rules.root(digest for _, _, digest in rows) != root:
            yield Finding("batch", seq, f"the digests kept beside entry {seq} are not the {size:,} that it sealed")
            continue
        for kind, identifier, digest in rows:
            sealed.row(kind, str(identifier), seq, digest)


def _rows_that_differ(seals: _Sealed) -> Iterator[Finding]:
    """Compare the rows with the digests sealed for them: a row changed behind the application's back shows."""
    by_kind: dict[str, dict[str, tuple[int, str]]] = {}
    for (kind, identifier), sealed in seals.latest.items():
        by_kind.setdefault(kind, {})[identifier] = sealed
    for kind, rows in by_kind.items():
        try:
            model = apps.get_model(kind)
        except (LookupError, ValueError):
            yield from (
                Finding("row", seq, f"entry {seq} names a {kind}, of which there is none") for seq, _ in rows.values()
            )
            continue
        found = set()
        names = [name for name in rows if _is_key(model, name)]
        for start in range(0, len(names), 500):
            for row in model._base_manager.filter(pk__in=names[start : start + 500]):
                found.add(str(row.pk))
                seq, digest = rows[str(row.pk)]
                if row_commitment(row, seals.edition(seq)) != digest:
                    yield Finding("row", seq, f"{kind} {row.pk} is not as entry {seq} left it")
        for gone in rows.keys() - found:
            seq = rows[gone][0]
            yield Finding("row", seq, f"{kind} {gone} of entry {seq} is gone")


def _is_key(model: type[Model], name: str) -> bool:
    """Return whether a row could have this identifier: in an entry that was edited it may be anything."""
    try:
        model._meta.pk.to_python(name)
    except ValidationError:
        return False
    return True


def is_ready() -> bool:
    """Return whether an entry could be written now: the log's head is there and the keys open."""
    return Head.objects.filter(pk=1).exists() and bool(keyring().public_key())
