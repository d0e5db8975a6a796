"""Builders for what somebody tells."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from fourfold.intake.terms import Channel, PersonAsTold, Told
from tests.cast import NOW


def told(words: str = "He texted her again.", **more: Any) -> Told:
    """Return something told yesterday at Northmoor by a partner, with `more`."""
    given: dict[str, Any] = {
        "site": "northmoor",
        "channel": Channel.REFERRAL,
        "told_at": NOW - timedelta(days=1),
        "words": words,
        **more,
    }
    return Told(**given)


ANNA = PersonAsTold(name="Anna Karlsen", birth="3 May 1985", phone="07700 900123", address="12 Acacia Ave, NM1 1AA")
ROLF = PersonAsTold(name="Rolf Demmer", phone="07700 900456", relationship="former partner")
