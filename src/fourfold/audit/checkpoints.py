"""What was signed of the log outside the database: read back, held against the log, and missed where it is another's.

**A new database beside an old file.** Somebody who replaces the whole database leaves the file of the old one's
checkpoints behind; so does a developer who begins again. The two cannot be told apart from here, so in production
nothing is put aside by itself: a database without a log does not begin while the file holds checkpoints, and says
which file a person has to move first. Setting it aside in silence, or with a line in a log that nobody reads, would let
whoever replaces the database have their log accepted at the next start. Outside production, where there are invented
data alone and databases come and go, the file is renamed with the day in its name, and the person is told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from fourfold.audit.terms import Finding, NoWitness

LONGEST_LINE = 4096
#: Whether this installation signed a note of a log of some size.
SignedByUs = Callable[[int, bytes, str], bool]


@dataclass(frozen=True)
class Signed:
    """One checkpoint: how long the log was, its last hash, and when that was signed."""

    size: int
    hash: str
    at: str


@dataclass
class Checkpoints:
    """The checkpoints of one file in the order in which they were signed, and what is wrong with the file."""

    path: Path
    signed: list[Signed] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def hashes(self) -> dict[int, str]:
        """The hash that was signed for each size; the first one counts, so that nobody signs over it later."""
        return {each.size: each.hash for each in reversed(self.signed)}

    def against(self, others: Checkpoints) -> Iterator[Finding]:
        """Yield where a witness keeps another log than this file does."""
        mine = self.hashes
        for size, digest in others.hashes.items():
            if mine.get(size, digest) != digest:
                yield Finding("rewritten", size, f"{others.path.name} signs another log of {size:,} entries than we do")

    def missing(self, said: dict[int, int]) -> Iterator[Finding]:
        """Yield that checkpoints are gone of which entries say that they were signed: for a size the entry."""
        gone = sorted(said.keys() - self.hashes.keys())
        if gone:
            yield Finding(
                "checkpoint",
                said[gone[0]],
                f"entry {said[gone[0]]} says that a checkpoint of {gone[0]:,} entries was signed, and {self.path} does not "
                f"hold it (nor {len(gone) - 1:,} others): the file was cut, replaced or deleted",
            )

    def why_not_begin(self) -> str | None:
        """Return why a database without a log must not begin beside this file, and what to do; None where it may."""
        if not self.signed:
            return None
        longest = max(self.signed, key=lambda each: each.size)
        return (
            f"This database has no log, but {self.path} holds signed checkpoints of a log of {longest.size:,} entries, "
            f"the last of {longest.at[:10]}. {self.how_to_begin_again()}"
        )

    def how_to_begin_again(self) -> str:
        """Say what a person does who has begun a new database on purpose, and what it means where nobody has."""
        aside = self._aside()
        return (
            "If this is a new database on purpose, the old checkpoint file has to be put aside, and kept: "
            f"mv '{self.path}' '{aside}'. If it is not, the database was replaced or emptied: change nothing, and "
            "tell your governance lead."
        )

    def _aside(self) -> Path:
        """Return a name that nothing has yet, with the day of the last checkpoint in it."""
        day = f"{self.path.name}.until-{self.signed[-1].at[:10]}"
        names = (day, *(f"{day}.{number}" for number in range(2, 10_000)))
        return next(path for name in names if not (path := self.path.with_name(name)).exists())

    def put_aside(self) -> Path:
        """Rename the file, never delete it, and return its new name."""
        return self.path.rename(self._aside())


def last_of(path: Path) -> Signed | None:
    """Return the last checkpoint of a file without asking who signed it, None where there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LONGEST_LINE))
            last = file.read().splitlines()[-1]
        _, size, digest, at = json.loads(last)["note"].splitlines()
        return Signed(int(size), digest, at)
    except (OSError, ValueError, LookupError, TypeError):
        return None


def witnesses(folder: Path, ours: SignedByUs) -> list[Checkpoints]:
    """Read the checkpoints that others keep, a file each; raise NoWitness where there is none in the folder."""
    found = [read(path, ours) for path in sorted(folder.glob("*")) if path.is_file()]
    if not any(each.signed for each in found):
        raise NoWitness(
            f"{folder} holds no checkpoint that this installation signed. Give the folder in which copies of the "
            "checkpoint file are kept by somebody else, or leave out --witness-dir."
        )
    return found


def read(path: Path, ours: SignedByUs) -> Checkpoints:
    """Read a file of checkpoints, one in a line; a line that we did not sign, or two that contradict, is a finding."""
    found = Checkpoints(path)
    if not path.exists():
        return found
    lines: dict[int, tuple[str, int]] = {}
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1):
        signed = _signed(line, ours)
        if signed is None:
            found.findings.append(Finding("checkpoint", 0, f"line {number} of {path.name} is not signed by us"))
            continue
        found.signed.append(signed)
        before, first = lines.setdefault(signed.size, (signed.hash, number))
        if before != signed.hash:
            meaning = (
                f"lines {first} and {number} of the checkpoint file sign two different logs of {signed.size:,} entries"
            )
            found.findings.append(Finding("rewritten", signed.size, meaning))
    return found


def _signed(line: str, ours: SignedByUs) -> Signed | None:
    """Return the checkpoint in a line, or None where it is none of ours."""
    try:
        note = json.loads(line)
        _, size, digest, at = note["note"].splitlines()
        if not ours(int(size), note["note"].encode(), note["signature"]):
            return None
        return Signed(int(size), digest, at)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
