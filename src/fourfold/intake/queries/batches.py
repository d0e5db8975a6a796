"""Proving the rows of imports by their batches: each has one root in the log, of the rows that are there and of those that went."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from fourfold.audit.commitments import FIRST_EDITION
from fourfold.audit.models import BatchRow, Entry
from fourfold.audit.proofs import UNREADABLE
from fourfold.audit.sealing import LEAF
from fourfold.audit.terms import Finding
from fourfold.intake.batch_proofs import digest_of, root_of
from fourfold.intake.models import Allegation, FurtherPerson, PersonKnownBy, Quarantined, Retold, Version

_BATCHED: tuple[tuple[str, type[Model]], ...] = (
    ("allegations", Allegation),
    ("further", FurtherPerson),
    ("retold", Retold),
    ("versions", Version),
    ("held", Quarantined),
    ("known_by", PersonKnownBy),
)
#: What an entry is called that lets rows of a batch go: none but these keeps their digests.
DISPOSALS = ("case.disposed", "case.disposed_again")
#: Of the rows of a batch that are gone, by the entry of the batch and the table: line, identifier and digest.
Gone = Mapping[tuple[int, str], list[tuple[int, str, str]]]


def faults_of_batches() -> Iterator[Finding]:
    """Yield what differs between the rows of every imported batch and the root that the log holds for it.

    `audit.queries.verify` proves rows that an entry names one by one; a batch of 500 has one root instead.
    """
    vouched: Counter[str] = Counter()
    gone = _gone()
    for seq in _sealed().values_list("seq", flat=True):
        try:
            entry = json.loads(Entry.objects.values_list("body", flat=True).get(seq=seq))
            vouched.update({name: entry["more"].get(name, 0) - len(gone[seq, name]) for name, _ in _BATCHED})
            yield from _faults_of_batch(seq, entry, gone)
        except (ValidationError, *UNREADABLE):
            yield Finding("row", seq, f"entry {seq} does not say any more which rows it was about")
    for name, model in _BATCHED:
        there = model._base_manager.filter(run__isnull=False).count()
        if there > vouched[name]:
            more = there - vouched[name]
            yield Finding("unmade", 0, f"{more} rows of {model._meta.label_lower} stand in no batch that an entry made")


def leaves(keys: Mapping[type[Model], Collection[Any]]) -> Iterator[tuple[str, UUID, str]]:
    """Yield of imported rows that are about to go what keeps the root of their batch provable: name, identifier, digest."""
    going = [(name, model, keys[model]) for name, model in _BATCHED if keys.get(model)]
    runs = {
        run for _, model, some in going for run in model._base_manager.filter(pk__in=some).values_list("run", flat=True)
    }
    for seq, body in _sealed().filter(about_id__in=runs - {None}).values_list("seq", "body"):
        entry = json.loads(body)
        for name, model, some in going:
            for row in _rows_of_batch(model, entry["more"], entry["more"].get(name, 0)).filter(pk__in=some):
                yield (
                    f"{LEAF}{name}:{seq}:{row.row_number}",
                    row.pk,
                    digest_of(row, entry.get("edition", FIRST_EDITION)),
                )


def _sealed() -> QuerySet[Entry]:
    return Entry.objects.filter(about_kind="intake.importrun", body__contains='"root"').order_by("seq")


def _gone() -> Gone:
    entries = Entry.objects.filter(action__in=DISPOSALS).values("seq")
    rows = BatchRow.objects.filter(entry__in=entries, kind__startswith=LEAF).values_list("kind", "row", "digest")
    found: defaultdict[tuple[int, str], list[tuple[int, str, str]]] = defaultdict(list)
    for kind, row, digest in rows:
        name, seq, number = kind.removeprefix(LEAF).split(":")
        found[int(seq), name].append((int(number), row.hex, digest))
    return found


def _faults_of_batch(seq: int, entry: dict[str, Any], gone: Gone) -> Iterator[Finding]:
    batch, leaves_of = entry["more"], list[Model | str]()
    for name, model in _BATCHED:
        there = [(row.row_number, row.pk.hex, row) for row in _rows_of_batch(model, batch, batch.get(name, 0))]
        placed = sorted([*there, *gone[seq, name]], key=lambda one: (one[0], one[1]))
        leaves_of += [one[2] for one in placed]
    expected = sum(batch.get(name, 0) for name, _ in _BATCHED)
    if len(leaves_of) != expected:
        yield Finding("row", seq, f"{expected} rows were kept with entry {seq}, {len(leaves_of)} are there")
    elif root_of(leaves_of, entry.get("edition", FIRST_EDITION)) != entry["root"]:
        yield Finding("row", seq, f"a row of a feed is not as entry {seq} left it")


def _rows_of_batch(model: type[Model], batch: dict[str, Any], expected: int) -> QuerySet[Any]:
    if not expected:
        return model._base_manager.none()
    span = (batch["from_row"], batch["to_row"])
    rows = model._base_manager.filter(run=batch["run"], row_number__range=span)
    if "batch" in batch:  # the rows of a crime may stand far apart, so that the spans of two batches overlap
        rows = rows.filter(batch=batch["batch"])
    return rows.order_by("row_number", "pk")
