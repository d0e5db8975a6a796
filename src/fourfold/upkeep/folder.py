"""The folder beside the database: what of it belongs in a backup, and where each part comes back."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.gateways import private

if TYPE_CHECKING:
    from fourfold.upkeep.terms import Manifest

#: Made again by whoever needs it; what timers last did, which is of this machine alone; and the files that people brought or
#: are bringing, which go within two weeks, or had made, which go within an hour: kept here they would live on in every backup.
PASSING = frozenset(
    {".gunicorn", "cache", "worked-out", "compiled", "runs", "running", "tests", "statements", "log", "postgres"}
    | {"feeds", "arriving", "counted", "cache-underway", "cache-turns"}
)
DRAFTS = "being-kept-"
#: What was handed over to be carried on. It comes back beside, where nobody carries it a second time.
HANDED_OVER = frozenset({"outbox", "digests"})
ASIDE = "handed-over-before-the-backup"
KEYS = "keys"
DATABASE, CHECKPOINTS, FILES = "database", "checkpoints.jsonl", "files"


def kept(folder: Path, database: Path | str) -> Iterator[Path]:
    """Yield the files of a folder that belong in a backup of the data: never a key, never the database itself."""
    path = Path(database)
    beside = {path.with_name(path.name + end) for end in ("", "-wal", "-shm", "-journal")}
    for above, folders, files in os.walk(folder):
        if Path(above) == folder:
            folders[:] = sorted(
                name for name in folders if name not in PASSING | {KEYS} and not name.startswith(DRAFTS)
            )
        for name in sorted(files):
            found = Path(above, name)
            if found not in beside and found.is_file() and not found.is_symlink():  # nor what a server listens on
                yield found


def copied(folder: Path, database: Path | str, desk: Path) -> Iterator[tuple[Path, Path]]:
    """Copy what belongs in a backup onto a desk; yield each file and its copy. What goes meanwhile is passed over."""
    for path in kept(folder, database):
        copy = desk / FILES / path.relative_to(folder)
        private.made(copy.parent)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:  # it was carried on or thrown away since the folder was looked at
            continue
        yield path, copy


def place_of(name: str) -> str:
    """Return where a file of a backup comes back, below the folder."""
    inside = name.removeprefix(f"{FILES}/")
    return f"{ASIDE}/{inside}" if inside.split("/")[0] in HANDED_OVER else inside


def files_of(manifest: Manifest) -> list[str]:
    """Return the names of a backup's own files, without the database and the checkpoints."""
    return [name for name in manifest.files if name.startswith(f"{FILES}/")]
