"""What stands beside a frozen extract: each column with its meaning, what is missing, and the recording rules it crosses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from fourfold.evaluation import definition, recording
from fourfold.evaluation.terms import COLUMNS, ExtractRow, FlowRow

DICTIONARY = {
    "pseudonym": "one case; made with a key that stays in the programme, another in every question",
    "site": "the site that holds the case",
    "quarter": "the quarter in which the case was opened; time zero is that day",
    "level": "the level set first; empty where none was set",
    "prior_acts": "acts up to and on the day of opening",
    "former_partner": "whether the subject is a former partner; empty where nobody recorded it, which is not no",
    "managed_day": "days from opening until management began; empty where it did not in the time followed",
    "next_act_day": "days from opening until the next recorded act; empty where none was recorded",
    "followed_days": "days from opening until the data end",
    "acts_after": "recorded acts after the day of opening",
    "sessions_attended": "sessions planned and attended",
    "staff_minutes": "minutes of work on the case, all roles",
    "sessions_planned": "sessions planned, whatever became of them (dose offered)",
    "exposure_days": "days under management in the time followed",
    "steps_due": "actions and reviews that fell due in the time followed",
    "steps_kept": "of these, done by their day (fidelity to what was decided)",
    "custody_day": "first day from opening on which the subject was held; 0 where he was held then; empty where never",
    "custody_days": "days held in the time followed",
    "wellbeing_measure": "the measure of how the victim is that was taken first; only of those who agreed to its use",
    "wellbeing_first": "its first whole total",
    "wellbeing_first_day": "days from opening to it",
    "wellbeing_last": "its last whole total",
    "wellbeing_last_day": "days from opening to it",
    "act_days": "days from opening of every later recorded act, in order",
    "custody_from": "days from opening on which a time in custody began (0: held then), in order",
    "custody_until": "days from opening on which each of them ended, or the time followed did",
}
#: What is asked for at the referral; that it is absent is reported, never filled in.
BASELINE = ("level", "former_partner")
NOT_THERE = (
    "moving away: no table of the casework says that a subject or victim left the area",
    "acts that nobody recorded, and victims' own counts of contacts",
    "protected characteristics: they are kept with the referral and are not needed for this question",
)


@dataclass
class Tally:
    """What is counted of the rows of an extract while they pass, so that none has to be kept for it."""

    rows: int = 0
    by_site: Counter[str] = field(default_factory=Counter)
    quarters: set[str] = field(default_factory=set)
    absent: Counter[str] = field(default_factory=Counter)

    def of(self, rows: Iterable[ExtractRow]) -> Iterator[ExtractRow]:
        """Hand each row on when it is counted."""
        for row in rows:
            self.rows += 1
            self.by_site[row.site] += 1
            self.quarters.add(row.quarter)
            self.absent.update(name for name in BASELINE if is_absent(row, name))
            yield row


def manifest(tally: Tally, *, until: datetime, sha256: str, flow: Iterable[FlowRow] = ()) -> dict[str, Any]:
    """Return the data dictionary, the codebook, row counts, absent baseline fields, the register, and the file's hash.

    `flow` counts what was referred to each site and what became of it, before any case was opened.
    """
    return {
        "columns": [{"name": name, "type": kind, "meaning": DICTIONARY[name]} for name, kind in COLUMNS.items()],
        "codes": {"level": ["", "low", "medium", "high", "very_high"], "former_partner": [True, False, None]},
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
