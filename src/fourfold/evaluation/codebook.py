"""What stands beside a frozen extract: each column with its meaning, what is missing, and the recording rules it crosses."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from fourfold.evaluation import definition, recording
from fourfold.evaluation.terms import CODES, COLUMNS, MEANINGS, ExtractRow, FlowRow
from fourfold.gateways import parquet

#: What is asked for at the referral; that it is absent is reported, never filled in.
BASELINE = ("level", "former_partner")
NOT_THERE = (
    "moving away: no table of the casework says that a subject or victim left the area",
    "acts that nobody recorded, and victims' own counts of contacts",
    "protected characteristics: they are kept with the referral and are not needed for this question",
)


@dataclass
class Tally:
    """What is counted of the rows of an extract."""

    rows: int = 0
    by_site: Counter[str] = field(default_factory=Counter)
    quarters: set[str] = field(default_factory=set)
    absent: Counter[str] = field(default_factory=Counter)
    acted: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path) -> Self:
        """Count the rows of the file as it was written."""
        tally = cls(acted=dict(parquet.read(("pseudonym", "next_act_day IS NOT NULL"), path)))
        for site, quarter, *baseline, rows in parquet.counted(("site", "quarter", *BASELINE), path):
            tally.rows += rows
            tally.by_site[site] += rows
            tally.quarters.add(quarter)
            tally.absent += Counter(
                {name: rows for name, said in zip(BASELINE, baseline, strict=True) if said in ("", None)}
            )
        return tally


def manifest(tally: Tally, *, until: datetime, sha256: str, flow: Iterable[FlowRow] = ()) -> dict[str, Any]:
    """Return the data dictionary, the codebook, row counts, absent baseline fields, the register, and the file's hash.

    `flow` counts what was referred to each site and its outcome, before any case was opened.
    """
    return {
        "columns": [{"name": name, "type": kind, "meaning": MEANINGS[name]} for name, kind in COLUMNS.items()],
        "codes": CODES,
        "rows": tally.rows,
        "rows_by_site": dict(sorted(tally.by_site.items())),
        "flow": [asdict(one) for one in flow],
        "definition_sha256": definition.sha256(),
        "until": until.isoformat(),
        "absent": {name: tally.absent[name] for name in BASELINE},
        "not_there": list(NOT_THERE),
        "recording_changes": [
            {"on": one.on.isoformat(), "change": one.change, "moves": one.moves, "standing": one.standing}
            for one in recording.REGISTER
        ],
        "recording_changes_crossed": [one.on.isoformat() for one in recording.breaks_crossed(tally.quarters)],
        "sha256": sha256,
    }


def is_absent(row: ExtractRow, name: str) -> bool:
    """Return whether a field that is asked for at the referral was not recorded."""
    return getattr(row, name) in ("", None)
