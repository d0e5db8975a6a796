"""From when a part in a unit, or an agreement, may end."""

from __future__ import annotations

from datetime import datetime


def why_not_end(begins: datetime, *, ends_at: datetime | None, at: datetime) -> str | None:
    """Return why a part or an agreement cannot end from a moment on, or None. What has happened is not taken back."""
    if begins < at:
        return "This day has passed. Give today's or a later one: what was read until now was read by right."
    if ends_at is not None and ends_at <= begins:
        return "It has ended by that day already."
    return None
