"""From what was told to the row that is kept; nothing is saved here."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from operator import attrgetter

from fourfold.gateways.bulk import made
from fourfold.intake import rules
from fourfold.intake.models import Allegation, FurtherPerson, ImportRun
from fourfold.intake.terms import PersonAsTold, Told, Urgency


def filed(
    told: Told,
    *,
    held: dict[str, object],
    received_at: datetime,
    row_hash: str = "",
    run: ImportRun | None = None,
    row_number: int | None = None,
    judged: tuple[Urgency, tuple[str, ...], bool] | None = None,
) -> Allegation:
    """Return the row of an allegation, word for word, with how soon somebody must act (unless `judged` before)."""
    urgency, reasons, for_desk = judged or rules.judged(told)
    values = {
        **_as_told(told),
        **_of_person("victim", told.victim),
        **_of_person("subject", told.subject),
        "relationship": told.subject.relationship,
        "received_at": received_at,
        "urgency": str(urgency),
        "urgency_reasons": list(reasons),
        "for_desk": for_desk,
        "at_desk": for_desk,
        "row_hash": row_hash,
        "run_id": run.pk if run else None,
        "row_number": row_number,
        **held,
    }
    return made(Allegation, values)


def further_people(told: Told, allegation: Allegation, held: dict[str, object]) -> list[FurtherPerson]:
    """Return the rows of everybody beside the first victim and the first subject, counted from 2 in each role."""
    places: Counter[str] = Counter()
    rows = []
    for further in told.further:
        places[further.role] += 1
        rows.append(
            FurtherPerson(
                **vars(further.person),
                allegation=allegation,
                role=further.role,
                place=places[further.role] + 1,
                run_id=allegation.run_id,
                row_number=allegation.row_number,
                **held,
            )
        )
    return rows


_COLUMNS = (
    *("site", "system", "reference", "teller", "told_at", "occurred_from", "occurred_until", "time_known"),
    *("class_as_recorded", "words", "place", "weapon", "former_partner", "confirmed", "original", "breach_of"),
)


_columns_of = attrgetter(*_COLUMNS)
_PERSON = ("name", "birth", "sex", "phone", "email", "address")
_NAMED = {part: tuple(f"{part}_{name}" for name in _PERSON) for part in ("victim", "subject")}
_person_of = attrgetter(*_PERSON)


def _as_told(told: Told) -> dict[str, object]:
    return {
        **dict(zip(_COLUMNS, _columns_of(told), strict=True)),
        "channel": str(told.channel),
        "recorded_class": str(told.recorded_class or ""),
        "included_classes": [str(code) for code in told.included_classes],
        "behaviours": [str(behaviour) for behaviour in told.behaviours],
    }


def _of_person(part: str, person: PersonAsTold) -> dict[str, object]:
    return dict(zip(_NAMED[part], _person_of(person), strict=True))


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
