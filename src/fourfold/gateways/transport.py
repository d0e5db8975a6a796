"""The one transport for messages to victims: whatever leaves, leaves through `deliver`.

`Outbox` writes each message as a file for whoever carries it on: a telephone company's relay, a mail room, or, in
the demonstration, nobody. Delivery is named by the message's identifier, so that a message handed over twice (a
process killed between handing over and saying so) is carried once. The tests' fake is
`tests.rehearsal`; one contract test runs against both.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from fourfold.gateways import private


class CannotDeliver(Exception):
    """The transport could not take the message now; nothing has left, and it may be tried again."""


@dataclass(frozen=True)
class Envelope:
    """One message as it leaves: nothing in it says who sent it truly, or why."""

    id: UUID
    channel: str
    to: str
    sender: str
    title: str
    text: str


class Transport(Protocol):
    """A way out for messages."""

    def deliver(self, envelope: Envelope) -> None:
        """Take a message over, once for each identifier, or raise CannotDeliver."""


@dataclass(frozen=True)
class Outbox:
    """Hands messages over as files `<identifier>.json` in a folder that only this account may read."""

    folder: Path

    def deliver(self, envelope: Envelope) -> None:
        """Write the message whole and safe on disk, once, or raise CannotDeliver."""
        path = self.folder / f"{envelope.id}.json"
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            private.made(self.folder)
            _write(draft, json.dumps(asdict(envelope) | {"id": str(envelope.id)}, ensure_ascii=False, indent=1))
            draft.replace(path)
        except OSError as fault:
            raise CannotDeliver(f"the outbox at {self.folder} cannot be written: {fault.strerror}") from fault


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
