"""The transports for messages to victims: whatever leaves, leaves through `deliver` or by a provider's `carry`.

`Outbox` writes each message as a file: for a rehearsal, for a mail room that posts letters, or for a relay of one's own.
Delivery is named by the message's identifier, so that a message handed over twice (a process killed between handing
over and saying so) is carried once. A `Provider` is elsewhere and takes its time; it is asked while nothing is held.
The tests' fake is `tests.rehearsal`; one contract test runs against it and the outbox.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol
from uuid import UUID

from fourfold.gateways import private


class CannotDeliver(Exception):
    """The transport could not take the message now; nothing has left, and it may be tried again."""


class NotThisOne(CannotDeliver):
    """This message could not be taken now; nothing has left, and that says nothing of any other."""


class Declined(Exception):
    """The provider refused this message, and would again; nothing has left. Its words say why."""


class NotKnown(Exception):
    """The provider may have taken the message, and did not say so; it is not handed over again. Its words say more."""


@dataclass(frozen=True)
class Envelope:
    """One message as it leaves: nothing in it says who sent it truly, or why."""

    id: UUID
    channel: str
    to: str
    sender: str
    title: str
    text: str


@dataclass(frozen=True)
class Receipt:
    """What a provider says became of a message, in its own word, and under which identifier of its own."""

    said: str
    theirs: str = ""


class Provider(Protocol):
    """Somebody outside who carries messages."""

    def carry(self, envelope: Envelope) -> Receipt:
        """Hand a message over, or raise CannotDeliver, NotThisOne, Declined or NotKnown, each with words for whoever wrote it."""

    def asked(self, message: UUID) -> Receipt | None:
        """Return what became of a message, None where nothing is known of it; CannotDeliver where nobody answers."""

    def look(self) -> None:
        """Ask whether messages would be taken, and hand over none; raise CannotDeliver with why not."""


class Transport(Protocol):
    """A way out for messages."""

    def provider(self, channel: str) -> Provider | None:
        """Return who outside carries messages of this kind; None: they are taken over here, by `deliver`."""

    def deliver(self, envelope: Envelope) -> None:
        """Take a message over, once for each identifier, or raise CannotDeliver."""


@dataclass(frozen=True)
class Outbox:
    """Hands messages over to the provider of their kind, else as files `<identifier>.json` in a folder that only this account may read."""

    folder: Path
    providers: Mapping[str, Provider] = field(default_factory=dict)

    def provider(self, channel: str) -> Provider | None:
        """Return who carries messages of this kind, None where they end in the folder."""
        return self.providers.get(channel)

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
