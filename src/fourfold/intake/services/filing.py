"""From what was told to the row that is kept; nothing is saved here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from fourfold.gateways.bulk import made
from fourfold.intake import rules
from fourfold.intake.models import Allegation, FurtherPerson, ImportRun, PersonKnownBy
from fourfold.intake.rules.columns import ALLEGATION, row_of
from fourfold.intake.terms import PersonAsTold, PersonRole, Told, Urgency


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
    values = {
        **row_of(told, judged or rules.judged(told)),
        "received_at": received_at,
        "row_hash": row_hash,
        "run_id": run.pk if run else None,
        "row_number": row_number,
        **held,
    }
    return made(Allegation, values)


def further_people(
    told: Told,
    allegation: UUID,
    held: dict[str, object],
    *,
    run: ImportRun | None = None,
    row_number: int | None = None,
) -> list[FurtherPerson]:
    """Return the rows of everybody besides the first victim and the first subject, counted from 2 in each role."""
    return [
        FurtherPerson(
            **person.texts, allegation_id=allegation, role=role, place=place, run=run, row_number=row_number, **held
        )
        for role, place, person in _placed(told)
    ]


def _placed(told: Told) -> Iterator[tuple[PersonRole, int, PersonAsTold]]:
    """Yield everybody besides the first two with their role, and their place in it."""
    places: Counter[str] = Counter()
    for further in told.further:
        places[further.role] += 1
        yield further.role, places[further.role] + 1, further.person


def known_by(
    told: Told,
    allegation: UUID,
    held: dict[str, object],
    *,
    run: ImportRun | None = None,
    row_number: int | None = None,
) -> list[PersonKnownBy]:
    """Return the rows of what the people of an allegation are known by besides their names."""
    first = ((PersonRole.VICTIM, 1, told.victim), (PersonRole.SUBJECT, 1, told.subject))
    return [
        PersonKnownBy(
            allegation_id=allegation,
            role=role,
            place=place,
            kind=each.kind,
            value=each.value,
            run=run,
            row_number=row_number,
            **held,
        )
        for role, place, person in (*first, *_placed(told))
        for each in dict.fromkeys(person.known_by)
    ]


def trimmed(told: Told) -> Told:
    """Return what was told without blanks around the short texts; the words stay as they are."""
    names = (column.name for column in ALLEGATION if column.longest)
    return replace(
        told,
        victim=_trimmed(told.victim),
        subject=_trimmed(told.subject),
        further=tuple(replace(each, person=_trimmed(each.person)) for each in told.further),
        **{name: getattr(told, name).strip() for name in names},
    )


def _trimmed(person: PersonAsTold) -> PersonAsTold:
    known_by = tuple(replace(each, value=each.value.strip()) for each in person.known_by)
    return replace(person, **{name: text.strip() for name, text in person.texts.items()}, known_by=known_by)
