"""One log entry for a batch of rows, with which the batch can be proved later."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Model

from fourfold.audit.services import Draft
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Retold
from fourfold.intake.proving import root_of

BATCH = 500


def seal(
    entry: Draft,
    run: ImportRun,
    span: tuple[int, int],
    *,
    allegations: Sequence[Allegation] = (),
    retold: Sequence[Retold] = (),
    held: Sequence[Quarantined] = (),
) -> None:
    """Commit `entry` to the run as it stands and to every row that the rows `span` of the file have made.

    `queries.faults_of_batches` computes the same root from the tables, so that one edited byte shows.
    """
    entry.about(run)
    rows: list[Model] = [*_in_order(allegations), *_in_order(retold), *_in_order(held)]
    entry.count = len(rows)
    if not rows:
        return
    entry.root = root_of(rows)
    entry.more = {
        "run": str(run.pk),
        "from_row": span[0],
        "to_row": span[1],
        "allegations": len(allegations),
        "retold": len(retold),
        "held": len(held),
    }


def _in_order(rows: Sequence[Allegation | Retold | Quarantined]) -> list[Allegation | Retold | Quarantined]:
    return sorted(rows, key=lambda row: row.row_number or 0)
