"""Where a file that somebody brought lies until it is read: in a folder of its own, for the owner of the process alone."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

from fourfold.gateways import private

LONGEST_NAME = 120
WORKER = "worker"


def store(folder: Path, key: UUID, name: str, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a file, whole or not at all; return its SHA-256 and its size."""
    digest, size, path = hashlib.sha256(), 0, place(folder, key, name)
    private.made(path.parent)
    half = path.with_name("half")
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, private.FILE), "wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    return digest.hexdigest(), size


def place(folder: Path, key: UUID, name: str) -> Path:
    """Return where a file lies, under the name that it came with as far as a file may have it."""
    kept = re.sub(r"[^\w. -]", "_", Path(name.replace("\\", "/")).name)[-LONGEST_NAME:].strip(". ")
    return folder / str(key) / (kept or "feed")


def drop(folder: Path, key: UUID) -> None:
    """Throw a file away; one that is not there is gone already. Raises OSError where it stays."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder / str(key))


def kept(folder: Path, *, before: float) -> set[UUID]:
    """Return the files that were put there before a moment, in seconds since 1970: of whoever was killed meanwhile too."""
    found = set()
    for path in folder.iterdir() if folder.exists() else ():
        with suppress(ValueError, FileNotFoundError):
            if path.lstat().st_mtime < before:
                found.add(UUID(path.name))
    return found


@contextmanager
def the_only_worker(folder: Path) -> Iterator[bool]:
    """Yield whether this process alone does what waits here; it stays so until it ends, however it ends."""
    with (private.made(folder) / WORKER).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def has_worker(folder: Path) -> bool | None:
    """Return whether a process does what waits here now, in whatever container beside the folder; None: not to be seen."""
    try:
        with (folder / WORKER).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False
