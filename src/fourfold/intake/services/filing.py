"""From what was told to the row that is kept; nothing is saved here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from fourfold.intake import rules
from fourfold.intake.models import Allegation, ImportRun
from fourfold.intake.terms import PersonAsTold, Told


def filed(
    told: Told,
    *,
    held: dict[str, object],
    received_at: datetime,
    row_hash: str = "",
    run: ImportRun | None = None,
    row_number: int | None = None,
) -> Allegation:
    """Return the row of an allegation, word for word, with how soon somebody must act; it was checked before."""
    mentions = rules.mentioned(told.words) if told.free_text else ()
    urgency, reasons = rules.urgency_of(told, mentions)
    for_desk = rules.is_for_desk(told, mentions)
    return Allegation(
        **_as_told(told),
        **_of_person("victim", told.victim),
        **_of_person("subject", told.subject),
        relationship=told.subject.relationship,
        received_at=received_at,
        urgency=urgency,
        urgency_reasons=list(reasons),
        for_desk=for_desk,
        at_desk=for_desk,
        row_hash=row_hash,
        run=run,
        row_number=row_number,
        **held,
    )


_COLUMNS = (
    *("site", "channel", "system", "reference", "teller", "told_at", "occurred_from", "occurred_until", "time_known"),
    *("class_as_recorded", "words", "place", "weapon", "former_partner", "confirmed", "original", "breach_of"),
)


def _as_told(told: Told) -> dict[str, object]:
    return {
        **{name: getattr(told, name) for name in _COLUMNS},
        "recorded_class": told.recorded_class or "",
        "included_classes": [str(code) for code in told.included_classes],
        "behaviours": [str(behaviour) for behaviour in told.behaviours],
    }


def _of_person(part: str, person: PersonAsTold) -> dict[str, object]:
    return {f"{part}_{name}": getattr(person, name) for name in ("name", "birth", "sex", "phone", "email", "address")}


def trimmed(told: Told) -> Told:
    """Return what was told without blanks around the short texts; the words stay as they are."""
    names = ("reference", "teller", "class_as_recorded", "place")
    return replace(
        told,
        victim=_trimmed(told.victim),
        subject=_trimmed(told.subject),
        **{name: getattr(told, name).strip() for name in names},
    )


def _trimmed(person: PersonAsTold) -> PersonAsTold:
    return PersonAsTold(**{name: value.strip() for name, value in vars(person).items()})
