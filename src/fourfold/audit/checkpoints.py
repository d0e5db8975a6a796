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
from dataclasses import dataclass, field
from pathlib import Path

from fourfold.audit.terms import Finding
from fourfold.gateways.keyring import signature_holds


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


def read(path: Path, public_key: str) -> Checkpoints:
    """Read a file of checkpoints, one in a line; a line that we did not sign, or two that contradict, is a finding."""
    found = Checkpoints(path)
    if not path.exists():
        return found
    lines: dict[int, tuple[str, int]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        signed = _signed(line, public_key)
        if signed is None:
            found.findings.append(Finding("checkpoint", 0, f"line {number} of the checkpoint file is not signed by us"))
            continue
        found.signed.append(signed)
        before, first = lines.setdefault(signed.size, (signed.hash, number))
        if before != signed.hash:
            meaning = (
                f"lines {first} and {number} of the checkpoint file sign two different logs of {signed.size:,} entries"
            )
            found.findings.append(Finding("rewritten", signed.size, meaning))
    return found


def _signed(line: str, public_key: str) -> Signed | None:
    """Return the checkpoint in a line, or None where it is none of ours."""
    try:
        note = json.loads(line)
        _, size, digest, at = note["note"].splitlines()
        if not signature_holds(public_key, note["note"].encode(), note["signature"]):
            return None
        return Signed(int(size), digest, at)
    except (ValueError, KeyError, TypeError):
        return None
