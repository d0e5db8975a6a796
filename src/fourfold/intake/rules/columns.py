"""What each column of an allegation holds of what was told, word for word."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from fourfold.intake.terms import Told, Urgency


def columns_of(told: Told, judged: tuple[Urgency, tuple[str, ...], bool]) -> dict[str, Any]:
    """Return what was told by column, with how soon somebody must act, why, and whether it is for the desk."""
    urgency, reasons, for_desk = judged
    return {
        **dict(zip(_COLUMNS, _columns_of(told), strict=True)),
        **dict(zip(_VICTIM, _person_of(told.victim), strict=True)),
        **dict(zip(_SUBJECT, _person_of(told.subject), strict=True)),
        "channel": str(told.channel),
        "recorded_class": str(told.recorded_class or ""),
        "included_classes": [str(code) for code in told.included_classes],
        "behaviours": [str(behaviour) for behaviour in told.behaviours],
        "relationship": told.subject.relationship,
        "urgency": str(urgency),
        "urgency_reasons": list(reasons),
        "for_desk": for_desk,
        "at_desk": for_desk,
    }


_COLUMNS = (
    *("site", "system", "reference", "teller", "told_at", "occurred_from", "occurred_until", "time_known"),
    *("class_as_recorded", "words", "place", "weapon", "former_partner", "confirmed", "original", "breach_of"),
)
_PERSON = ("name", "birth", "sex", "phone", "email", "address")
_VICTIM = tuple(f"victim_{name}" for name in _PERSON)
_SUBJECT = tuple(f"subject_{name}" for name in _PERSON)
_columns_of = attrgetter(*_COLUMNS)
_person_of = attrgetter(*_PERSON)
