"""When each of the commands that a timer types last ended, and how: a small file for each, of this machine alone."""

import json
import os
from datetime import datetime
from pathlib import Path

from fourfold.gateways import private
from fourfold.upkeep.terms import NOTED, TIMERS, Run

NAMES = {" ".join(one.words.split()[:2]): one.name for one in TIMERS} | {
    words: words.replace(" ", "-") for words in NOTED
}


def note(folder: Path, words: str, code: int, at: datetime) -> None:
    """Note that a command ended; of one that nobody waits for nothing is kept."""
    name = NAMES.get(words)
    if name is None:
        return
    before = last(folder, name)
    good = at if code == 0 else (before.good_at if before else None)
    said = {"at": at.isoformat(), "code": code, "good_at": good.isoformat() if good else None}
    path = private.made(folder / "runs") / f"{name}.json"
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(said), encoding="utf-8")
    draft.replace(path)


def last(folder: Path, name: str) -> Run | None:
    """Return the last run of a command, None where it never ended here or its file cannot be read."""
    try:
        said = json.loads((folder / "runs" / f"{name}.json").read_text(encoding="utf-8"))
        good = datetime.fromisoformat(said["good_at"]) if said["good_at"] else None
        return Run(datetime.fromisoformat(said["at"]), int(said["code"]), good)
    except (OSError, ValueError, KeyError, TypeError):
        return None
