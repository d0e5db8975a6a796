"""Later versions of records: what they say now, beside what was told first, and never over it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from fourfold.intake import rules
from fourfold.intake.models import Allegation, Retold, Version
from fourfold.intake.rules.columns import REACH, row_of
from fourfold.intake.rules.later_versions import Version as Compared
from fourfold.intake.terms import Judged, PersonAsTold, RecordingClass, Told, Urgency

_WHY = "the feed's own rows"


def latest(allegations: Iterable[UUID]) -> dict[UUID, Version]:
    """Return the latest version of each allegation that has been told again; one statement."""
    rows = Version.objects.unscoped(_WHY).filter(allegation__in=list(allegations)).order_by("number")
    return {row.allegation_id: row for row in rows}


def versions_of(
    told_again: Sequence[tuple[Retold, Allegation, Told]], held: dict[str, object], at: datetime
) -> list[Version]:
    """Return a version for each record that was told again, numbered behind what is there; nothing is saved here."""
    before = latest(allegation.pk for _, allegation, _ in told_again)
    made = []
    for retold, allegation, told in told_again:
        version = _version(retold, allegation, told, before.get(allegation.pk), held, at)
        before[allegation.pk] = version
        made.append(version)
    return made


def _version(
    retold: Retold, allegation: Allegation, told: Told, before: Version | None, held: dict[str, object], at: datetime
) -> Version:
    judged = urgency, _, for_desk = rules.judged(told)
    now = Judged(told.recorded_class, urgency, for_desk, told.subject.name)
    return Version(
        **_as_told(told, judged),
        allegation=allegation,
        retold=retold,
        number=before.number + 1 if before else 2,
        received_at=at,
        back_at_desk=list(rules.why_look_again(_judged(before or allegation), now)),
        run=retold.run,
        row_number=retold.row_number,
        **held,
    )


def _judged(row: Allegation | Version) -> Judged:
    recorded = RecordingClass(row.recorded_class) if row.recorded_class else None
    named = row.subject_name if isinstance(row, Allegation) else row.subject.get("name", "")
    return Judged(recorded, Urgency(row.urgency), row.for_desk, named)


_COLUMNS = {column.attname for column in Version._meta.concrete_fields}


def _as_told(told: Told, judged: tuple[Urgency, tuple[str, ...], bool]) -> dict[str, object]:
    victim = told.victim.said()
    return {
        **{name: value for name, value in row_of(told, judged).items() if name in _COLUMNS},
        "victim": {name: text for name, text in victim.items() if name not in REACH},
        "victim_reach": {name: victim[name] for name in REACH if name in victim},
        "subject": told.subject.said(),
        "further": [one.said() for one in told.further],
    }


def back_at_desk(versions: Iterable[Version]) -> None:
    """Bring the allegations whose later version the desk has to look at back to its list, triaged or not."""
    wanted = [version.allegation_id for version in versions if version.back_at_desk]
    if wanted:
        Allegation.objects.unscoped(_WHY).filter(pk__in=wanted).update(at_desk=True)


def of_allegation(row: Allegation) -> Compared:
    """Return what can be compared of what was told first."""
    return Compared(
        told_at=row.told_at,
        occurred_from=row.occurred_from,
        recorded_class=RecordingClass(row.recorded_class) if row.recorded_class else None,
        words=row.words,
        place=row.place,
        victim=PersonAsTold(name=row.victim_name),
        subject=PersonAsTold(name=row.subject_name),
    )


def of_told(told: Told) -> Compared:
    """Return what can be compared of what is told now."""
    return Compared(
        told.told_at, told.occurred_from, told.recorded_class, told.words, told.place, told.victim, told.subject
    )
