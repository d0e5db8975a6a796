"""What stands beside a frozen extract: each column with its meaning, what is missing, and the recording rules it crosses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fourfold.evaluation import recording
from fourfold.evaluation.terms import COLUMNS, ExtractRow

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
}
BASELINE = ("level", "former_partner")
NOT_THERE = (
    "custody: no table of the casework says when a subject was held, so it cannot compete with another act here",
    "wellbeing: measures are held for individuals and are not in this extract",
)


def manifest(rows: Sequence[ExtractRow], *, until: datetime, sha256: str) -> dict[str, Any]:
    """Return the data dictionary, the codebook, row counts, absent baseline fields, the register, and the file's hash."""
    crossed = recording.breaks_crossed(row.quarter for row in rows)
    return {
        "columns": [{"name": name, "type": kind, "meaning": DICTIONARY[name]} for name, kind in COLUMNS.items()],
        "codes": {"level": ["", "low", "medium", "high", "very_high"], "former_partner": [True, False, None]},
        "rows": len(rows),
        "until": until.isoformat(),
        "absent": {name: sum(is_absent(row, name) for row in rows) for name in BASELINE},
        "not_there": list(NOT_THERE),
        "recording_changes": [
            {"on": one.on.isoformat(), "change": one.change, "moves": one.moves, "standing": one.standing}
            for one in recording.REGISTER
        ],
        "recording_changes_crossed": [one.on.isoformat() for one in crossed],
        "sha256": sha256,
    }


def is_absent(row: ExtractRow, name: str) -> bool:
    """Return whether a field that is asked for at the referral was not recorded."""
    return getattr(row, name) in ("", None)
