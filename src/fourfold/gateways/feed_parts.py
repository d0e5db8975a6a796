"""Where a file that comes in parts lies until it is whole; what is there is looked at, and remembered nowhere else."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import UUID

from fourfold.gateways import private

#: Where what comes in parts lies until it is whole.
HALVES = "halves"
AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Half:
    """A file that comes in parts: whose, for which site, under which name, and how large with which digest it will be."""

    key: UUID
    by: UUID
    site: str
    name: str
    size: int
    sha256: str
    mapping: str


def begin(folder: Path, half: Half) -> None:
    """Make room for a file that comes in parts."""
    place = private.made(folder / HALVES / str(half.key))
    for name, content in (("parts", ""), ("said", json.dumps(asdict(half), default=str))):
        with os.fdopen(os.open(place / name, os.O_WRONLY | os.O_CREAT, private.FILE), "w") as file:
            file.write(content)


def half(folder: Path, key: UUID) -> Half | None:
    """Return a file that comes in parts; None where there is none, or it is whole."""
    try:
        said = json.loads((folder / HALVES / str(key) / "said").read_bytes())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    return Half(**said | {"key": UUID(said["key"]), "by": UUID(said["by"])})


def parts_of(folder: Path, by: UUID) -> list[Half]:
    """Return the files of somebody's that are not whole yet."""
    keys = [path.name for path in (folder / HALVES).iterdir()] if (folder / HALVES).exists() else []
    return [found for key in keys if (found := half(folder, UUID(key))) is not None and found.by == by]


@contextmanager
def alone(folder: Path, half: Half) -> Iterator[None]:
    """Let nobody else add to a file, or bring it in, meanwhile; what was true of it before is to be looked at again inside."""
    try:
        file = (folder / HALVES / str(half.key) / "parts").open("rb")
    except FileNotFoundError:  # whole, or thrown away, a moment ago: there is nothing to hold
        yield
        return
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def add(folder: Path, half: Half, offset: int, part: bytes) -> int | None:
    """Add a part and return how much is there; None where it leaves a gap or goes beyond the end. For inside `alone`.

    The file counts as begun anew: one that still comes is not thrown away as one that was left.
    """
    place = folder / HALVES / str(half.key)
    with (place / "parts").open("r+b") as file:
        there = file.seek(0, os.SEEK_END)
        if offset > there or offset + len(part) > half.size:
            return None
        file.write(part[there - offset :])
        file.flush()
        os.fsync(file.fileno())
        os.utime(place)
        return file.tell()


def size(folder: Path, half: Half) -> int:
    """Return how many bytes are there."""
    return (folder / HALVES / str(half.key) / "parts").stat().st_size


def parts(folder: Path, half: Half) -> Iterator[bytes]:
    """Yield what is there."""
    with (folder / HALVES / str(half.key) / "parts").open("rb") as file:
        while part := file.read(AT_ONCE):
            yield part


def digest(folder: Path, half: Half) -> str:
    """Return the SHA-256 of what is there."""
    with (folder / HALVES / str(half.key) / "parts").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
