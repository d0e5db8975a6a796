"""One log entry for a batch of rows, with which the batch can be proved later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from fourfold.audit.draft import Draft
from fourfold.intake.batch_proofs import root_of
from fourfold.intake.models import FurtherPerson, ImportRun, PersonKnownBy, Quarantined, Retold, Version
from fourfold.intake.rules.feeds import Packed

BATCH = 500
#: Of a large file: each batch costs a log entry, a commit and the writing of its pages.
LARGE_BATCH = 2_000


@dataclass
class Batch:
    """The rows that one batch of a feed has made, in the order in which they are proved."""

    allegations: Sequence[Any] = ()  # packed where a feed brought them, rows of their table elsewhere
    further: Sequence[FurtherPerson] = ()
    retold: Sequence[Retold] = ()
    versions: Sequence[Version] = ()
    held: Sequence[Quarantined] = ()
    known_by: Sequence[PersonKnownBy] = ()

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return (getattr(self, each.name) for each in fields(self))

    @property
    def told(self) -> Iterator[Sequence[Any]]:
        """The rows besides the allegations, a list for each table."""
        return islice(self, 1, None)


def seal(entry: Draft, run: ImportRun, number: int, batch: Batch) -> None:
    """Commit `entry` to the run as it stands and to every row of the run's batch of this number.

    `queries.faults_of_batches` computes the same root from the tables, so that one edited byte shows.
    """
    entry.about(run)
    rows = [row for kind in batch for row in sorted(kind, key=_place)]
    entry.count = len(rows)
    if not rows:
        return
    places = [row.row_number or 0 for row in rows]
    entry.root = root_of(rows)
    entry.more = {"run": str(run.pk), "batch": number, "from_row": min(places), "to_row": max(places)}
    entry.more |= {each.name: len(getattr(batch, each.name)) for each in fields(batch)}


def _place(row: Any) -> tuple[int, str]:
    """Return where a row stands in the proof of its batch: by its number, then by its identifier."""
    return row.row_number or 0, row.values[0] if isinstance(row, Packed) else row.pk.hex
