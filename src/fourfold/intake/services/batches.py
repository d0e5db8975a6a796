"""One log entry for a batch of rows, with which the batch can be proved later."""

from __future__ import annotations

from collections.abc import Sequence

from fourfold.audit import rules as audit_rules
from fourfold.audit.commitments import row_commitment
from fourfold.audit.services import Draft
from fourfold.intake.models import Allegation, ImportRun

BATCH = 500


def seal(entry: Draft, run: ImportRun, allegations: Sequence[Allegation]) -> None:
    """Commit `entry` to the run as it stands and to every allegation of the batch, in the order of their rows.

    `queries.faults_of_batches` computes the same root from the table, so that one edited byte shows.
    """
    entry.about(run)
    entry.count = len(allegations)
    if not allegations:
        return
    rows = sorted(allegations, key=lambda row: row.row_number or 0)
    entry.root = audit_rules.root(row_commitment(row) for row in rows)
    entry.more = {
        "run": str(run.pk),
        "from_row": rows[0].row_number or 0,
        "to_row": rows[-1].row_number or 0,
        "rows": len(rows),
    }
