"""The fake of the transport: what `gateways.transport.Outbox` does, in memory; one contract test runs against both."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from fourfold.gateways.transport import CannotDeliver, Envelope


@dataclass
class Rehearsal:
    """The fake transport: keeps what it was handed, and fails when told to."""

    down: bool = False
    delivered: dict[UUID, Envelope] = field(default_factory=dict)

    def provider(self, channel: str) -> None:
        """Nobody outside carries anything."""

    def deliver(self, envelope: Envelope) -> None:
        """Keep the message, once for each identifier, or raise CannotDeliver while `down`."""
        if self.down:
            raise CannotDeliver("the transport is down")
        self.delivered[envelope.id] = envelope
