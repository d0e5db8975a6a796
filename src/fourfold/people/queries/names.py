"""Which names a message to a victim must not say, and which an agency's system is not told."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.queries.same_person import records_of, records_of_any
from fourfold.people.terms import MarkKind

_CHECKED = "a name is kept from a message whoever writes it; nothing of what is read here is shown"


def names_of(
    victim: UUID, subjects: Collection[UUID], *, reader: Actor | None = None, at: datetime | None = None
) -> tuple[str, ...]:
    """Return every name of the victim and of the subjects, on whichever of their records, that a message must not say.

    With a `reader` only those on the records that are open to them, the victim's own among them: what a writer is told of
    a name may not tell of another record. Six statements where nothing was merged, two more with a reader.
    """
    victims, others = records_of(victim), records_of_any(subjects)
    if reader is not None and at is not None:
        seen = Victim.objects.visible_to(reader, at=at).filter(pk__in=victims).values_list("pk", flat=True)
        victims = frozenset({victim, *seen})
        others = frozenset(Subject.objects.visible_to(reader, at=at).filter(pk__in=others).values_list("pk", flat=True))
    columns = ("given_name", "family_name", "other_names")
    named = {"kind": MarkKind.OTHER_NAME}
    rows = (
        *Victim.objects.unscoped(_CHECKED).filter(pk__in=victims).values_list(*columns),
        *Subject.objects.unscoped(_CHECKED).filter(pk__in=others).values_list(*columns),
        *VictimReach.objects.unscoped(_CHECKED).filter(victim__in=victims, **named).values_list("value"),
        *SubjectMark.objects.unscoped(_CHECKED).filter(subject__in=others, **named).values_list("value"),
    )
    return tuple({name for row in rows for name in row if name})


def names_of_victims(victims: Iterable[UUID]) -> tuple[str, ...]:
    """Return every name on some records of victims, those withdrawn among them, to be kept from a reader. Two statements."""
    records = set(victims)
    reaches = VictimReach.objects.unscoped(_CHECKED).filter(victim__in=records, kind=MarkKind.OTHER_NAME)
    rows = (
        *Victim.objects.unscoped(_CHECKED)
        .filter(pk__in=records)
        .values_list("given_name", "family_name", "other_names"),
        *reaches.values_list("value"),
    )
    return tuple({name for row in rows for name in row if name})
