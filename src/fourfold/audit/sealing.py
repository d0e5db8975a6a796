"""What an entry seals: the rows that a service named, and those that it made, changed or removed."""

from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from django.apps import apps
from django.db import models

from fourfold.audit.commitments import FIRST_EDITION, OF_LIBRARIES, row_commitment
from fourfold.audit.models import BatchRow
from fourfold.base import Changes, Sealing, proved_by, sealing

#: The digest of a row that its entry removed.
GONE = ""
#: How many rows an entry names that nobody asked it to; the digests of the others are kept beside it as a batch.
BY_NAME = 40
#: How a kind in a batch begins that says how a row stood before; the edition of the columns follows.
FOUND = "was@"
#: How a kind in a batch begins that says how a row stood that opened what was shown, and how many of them an entry names.
RESTS, RESTS_BY_NAME = "on@", 10
#: How a kind in a batch begins that keeps, of a row that is gone, its digest in the root of the import that brought it: of
#: which table's rows, of which entry, on which line.
LEAF = "leaf:"


def each_made_by_an_entry() -> Iterator[models.QuerySet[models.Model]]:
    """Yield table by table the rows of which each has an entry that made it: where a batch proves the others, those of none."""
    for model in apps.get_models():
        if is_always_sealed(model):
            yield model._base_manager.all()
        elif batch := proved_by(model):
            yield model._base_manager.filter(**{batch: None})


def is_always_sealed(model: type[models.Model]) -> bool:
    return sealing(model) is Sealing.ALWAYS or model._meta.label_lower in OF_LIBRARIES


def named(rows: Sequence[models.Model]) -> dict[str, str]:
    """Return the digest of each row by kind and identifier."""
    return {name_of(type(row), row.pk): row_commitment(row) for row in rows}


def name_of(model: type[models.Model], key: object) -> str:
    return f"{model._meta.label_lower}:{key}"


def noted(changes: Changes, but: Collection[str]) -> dict[str, str]:
    """Return the digest of each row that was made, but for these that have one, or changed while the entry was written.

    What was changed is read again: whoever saves some columns may hold old values of the others.
    """
    made = named([row for (model, key), row in changes.made.items() if name_of(model, key) not in but])
    return made | {name: digest for model, keys in changes.changed.items() for name, digest in _read(model, keys)}


def _read(model: type[models.Model], keys: set[object]) -> Iterator[tuple[str, str]]:
    wanted = sorted(keys, key=str)
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        found = {row.pk: row for row in model._base_manager.filter(pk__in=some)}
        for key in some:
            yield name_of(model, key), row_commitment(found[key]) if key in found else GONE


def in_batch(digests: dict[str, str], first: int) -> list[BatchRow]:
    """Return the digests as rows of a batch, numbered from `first`."""
    parts = [(*name.rpartition(":")[::2], digest) for name, digest in digests.items()]
    return [
        BatchRow(place=place, kind=kind, row=UUID(key), digest=digest)
        for place, (kind, key, digest) in enumerate(parts, start=first)
    ]


def marked_in_batch(digests: dict[str, tuple[str, ...]], mark: str, first: int) -> list[BatchRow]:
    """Return how rows stood as rows of a batch: the digest in each edition, of kind `was@1:…` where that is the mark."""
    in_editions = {
        f"{mark}{edition}:{name}": digest
        for name, each in digests.items()
        for edition, digest in enumerate(each, start=FIRST_EDITION)
    }
    return in_batch(in_editions, first)
