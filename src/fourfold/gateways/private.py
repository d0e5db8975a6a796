"""Files and folders that only whoever runs the product may open: 0600 and 0700."""

from __future__ import annotations

import errno
import json
import os
import shlex
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

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


def why_not_ours(setting: str, folder: Path) -> str:
    """Return what is wrong with a folder in which this account cannot write, and what to type."""
    try:
        folder.stat()
    except FileNotFoundError:
        return (
            f"{setting} names {folder}, and there is no such folder. In it lie keys, checkpoints and the mail room: correct the name. A "
            f"new installation's is made so: install -d -o fourfold -g fourfold -m 0700 {shlex.quote(str(folder))}"
        )
    except OSError:
        pass
    return (
        f"{setting} names {folder}, in which this account may not write. Name the folder of the service's own account."
    )


def append(path: Path, line: str) -> None:
    """Append a line to a file, which is made for the owner alone."""
    made(path.parent)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE), "a") as file:
        file.write(line + "\n")


def read_lines(path: Path) -> list[dict[str, Any] | None]:
    """Return what each line of a file of JSON says, None for one that cannot be read; no line where there is no file."""
    try:
        return [_said_in(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        return []


def _said_in(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def cut_torn_line(path: Path) -> None:
    """Cut what stands behind the last whole line of a file."""
    text = path.read_bytes()
    if (whole := text.rfind(b"\n") + 1) < len(text):
        os.truncate(path, whole)


def why_open(folders: Iterable[Path], others: Iterable[Path]) -> str | None:
    """Return that somebody else on this machine may open a folder, anything in it or whatever a link there leads to, or
    one of `others`, and what to type; None where nobody may."""
    inside = {path: root for folder in folders for path, root in _open_below(folder)}
    outside = [path for path in others if _is_open(path)]
    if not inside and not outside:
        return None
    found, roots = [*inside, *outside], dict.fromkeys(inside.values())
    typed = ((" -R", roots), ("", outside))
    mends = [f"chmod{how} go= {' '.join(shlex.quote(str(path)) for path in paths)}" for how, paths in typed if paths]
    more = f", and {len(found) - 1:,} more" if len(found) > 1 else ""
    return f"Others on this machine may open {found[0]}{more}. Close them and start again: {' && '.join(mends)}"


def _open_below(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield what is open, each with what it lies in: the folder, or that to which a link leads, each looked at once."""
    roots, seen = [folder], set[Path]()
    for asked in roots:
        if (real := Path(os.path.realpath(asked))) in seen:
            continue
        seen.add(real)
        root = real if asked.is_symlink() else asked
        if _is_open(root):
            yield root, root
        for above, names, files in os.walk(root):
            paths = [Path(above, name) for name in (*names, *files)]
            yield from ((path, root) for path in paths if not path.is_symlink() and _is_open(path))
            roots += [path for path in paths if path.is_symlink()]


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & OTHERS)
    except (FileNotFoundError, NotADirectoryError):  # gone meanwhile, or a link to nothing
        return False
    except OSError as why:
        if why.errno != errno.ELOOP:  # a link that leads to itself
            raise
        return False
