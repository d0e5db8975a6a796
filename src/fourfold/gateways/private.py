"""Files and folders that only whoever runs the product may open: 0600 and 0700."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
OTHERS = stat.S_IRWXG | stat.S_IRWXO


def from_now_on() -> None:
    """Let whatever this process makes from now on be its owner's alone, the files of libraries too."""
    os.umask(OTHERS)


def made(folder: Path) -> Path:
    """Make a folder, and those above it that are missing, for the owner alone; return it."""
    for each in reversed((folder, *folder.parents)):
        if not each.exists():
            each.mkdir(mode=FOLDER, exist_ok=True)
    return folder


def append(path: Path, line: str) -> None:
    """Append a line to a file, which is made for the owner alone."""
    made(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE), "a") as file:
        file.write(line + "\n")


def why_open(folder: Path, others: Iterable[Path]) -> str | None:
    """Return that somebody else on this machine may open the folder, anything in it, or one of `others`, and what to
    type; None where nobody may."""
    inside, outside = [*_open_below(folder)], [path for path in others if path.exists() and _is_open(path)]
    if not inside and not outside:
        return None
    found = [*inside, *outside]
    mends = [f"chmod -R go= {shlex.quote(str(folder))}"] if inside else []
    mends += [f"chmod go= {' '.join(shlex.quote(str(path)) for path in outside)}"] if outside else []
    more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
    return f"Others on this machine may open {found[0]}{more}. Close them and start again: {' && '.join(mends)}"


def _open_below(folder: Path) -> Iterator[Path]:
    if folder.exists() and _is_open(folder):
        yield folder
    for above, folders, files in os.walk(folder):
        yield from (path for name in (*folders, *files) if _is_open(path := Path(above, name)))


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:  # gone meanwhile
        return False
    return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
