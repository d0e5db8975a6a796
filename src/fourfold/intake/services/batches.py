"""One log entry for a batch of rows, with which the batch can be proved later."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from fourfold.audit.services import Draft
from fourfold.intake.models import Allegation, FurtherPerson, ImportRun, Quarantined, Retold, Version
from fourfold.intake.proving import root_of

BATCH = 500


@dataclass
class Batch:
    """The rows that one batch of a feed has made, in the order in which they are proved."""

    allegations: Sequence[Allegation] = ()
    further: Sequence[FurtherPerson] = ()
    retold: Sequence[Retold] = ()
    versions: Sequence[Version] = ()
    held: Sequence[Quarantined] = ()

    def __iter__(self) -> Iterator[Sequence[Any]]:
        return (getattr(self, each.name) for each in fields(self))


def seal(entry: Draft, run: ImportRun, number: int, batch: Batch) -> None:
    """Commit `entry` to the run as it stands and to every row of the run's batch of this number.

    `queries.faults_of_batches` computes the same root from the tables, so that one edited byte shows.
    """
    entry.about(run)
    rows = [row for kind in batch for row in sorted(kind, key=lambda row: (row.row_number or 0, row.pk))]
    entry.count = len(rows)
    if not rows:
        return
    places = [row.row_number or 0 for row in rows]
    entry.root = root_of(rows)
    entry.more = {"run": str(run.pk), "batch": number, "from_row": min(places), "to_row": max(places)}
    entry.more |= {each.name: len(getattr(batch, each.name)) for each in fields(batch)}
