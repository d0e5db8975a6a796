"""Two records that are one person, and one record that holds two: decided, undone, and never without a trace."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from fourfold.access import services as access
from fourfold.access.terms import WallKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases.models import Case
from fourfold.cases.services.course import confirm_match, undo_match
from fourfold.cases.services.team import files_of_people
from fourfold.cases.terms import CannotStep
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.people import services as people
from fourfold.people.models import SamePerson, Subject, Victim
from fourfold.people.queries.same_person import merges_of, people_of, records_of_any
from fourfold.people.terms import Part

Person = Victim | Subject


def merge_people(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Keep that two subjects' records are one person: what is counted counts both, and every wall stands around both.

    The records, their cases and their histories stay. The walls that come with it are provisional: they fall with an
    undoing, or when two agencies say so. Raises InvalidDetails naming the field; of two victims, see `sign_merge`.
    """
    with audit.recorded(actor, "people.merged", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        same = entry.about(people.join_records(actor=actor, one=one, other=other, reason=reason, at=at))
        _wall_both(actor, same, at)
        return same


def sign_merge(*, actor: Actor, one: Person, other: Person, because: str, at: datetime) -> SamePerson:
    """Keep, as the second person, that two victims' records are one person: as `merge_people` from then on.

    What was confirmed to reach either is confirmed for the cases of that record alone. Raises InvalidDetails.
    """
    with audit.recorded(actor, "people.merged", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        same = entry.about(people.sign_join(actor=actor, one=one, other=other, because=because, at=at))
        _wall_both(actor, same, at)
        return same


def _wall_both(actor: Actor, same: SamePerson, at: datetime) -> None:
    files = files_of_people({same.first, same.second}, all_cases=True)
    for source in files:
        access.copy_walls(actor=actor, source=source, to=files, at=at, kind=WallKind.PROVISIONAL, came_with=same.pk)


def part_people(*, actor: Actor, one: Person, other: Person, reason: str, at: datetime) -> SamePerson:
    """Undo that two records are one person; from now on nothing is counted from it, and the walls are what they were.

    What another merging still supports stands on, set again for that one; what none supports falls.
    """
    with audit.recorded(actor, "people.unmerged", at=at, file=one.pk, operation=Operation.COMBINATION) as entry:
        files = files_of_people({one.pk, other.pk}, all_cases=True)
        records = records_of_any({one.pk, other.pk})
        merges = merges_of(records)
        parted = entry.about(people.part_records(actor=actor, one=one, other=other, reason=reason, at=at))
        taken = access.take_back_walls(actor=actor, files=files, came_with=merges, at=at)
        _wall_again(actor, records, taken, at)
        return parted


def _wall_again(actor: Actor, records: Iterable[UUID], taken: Sequence[UUID], at: datetime) -> None:
    """Let the walls that were taken back stand where a merging that stands, of anybody in their cases, supports them."""
    if not taken:
        return
    cases = Case.objects.unscoped("for walls").filter(pk__in=taken).values_list("victim_id", "subject_id")
    groups = set(people_of({*records, *chain.from_iterable(cases)} - {None}).values())
    for group in sorted((each for each in groups if len(each) > 1), key=min):
        around = files_of_people(set(group), all_cases=True)
        again = sorted(set(taken) & set(around))
        access.set_walls_again(actor=actor, sources=around, to=again, came_with=merges_of(group)[0], at=at)


def split_person(
    *, actor: Actor, person: Person, allegations: Sequence[Allegation], reason: str, at: datetime
) -> Person:
    """Let a record that holds two people keep one: the allegations named are about somebody else, who goes on record.

    What was decided before stays, undone with the reason; the acts leave the case; the walls around the
    record stand around both, and the two are not proposed as one again. Raises CannotStep naming the field.
    """
    matches = _matches_of(person, allegations)
    if not allegations or len(matches) != len(allegations):
        raise CannotStep("allegations", "Choose allegations that are confirmed to be about this person.")
    if _confirmed(person).count() == len(matches):
        raise CannotStep("allegations", "Leave at least one with this person, or undo the decisions one by one.")
    part = Part.VICTIM if isinstance(person, Victim) else Part.SUBJECT
    with audit.recorded(actor, "people.split", at=at, file=person.pk, operation=Operation.COMBINATION) as entry:
        named: dict[str, Any] = {}
        for match in matches:
            undo_match(actor=actor, match=match, reason=reason, at=at)
            because = f"split: {reason}"[:300]
            made = confirm_match(actor=actor, allegation=match.allegation, part=part, reason=because, at=at, **named)
            named = {str(part): made.victim or made.subject}
        new: Person = entry.about(named[str(part)])
        access.copy_walls(actor=actor, source=person.pk, to=[new.pk], at=at)
        if new.site == person.site:
            linkage.keep_apart(actor=actor, part=part, one=person.pk, other=new.pk, reason=reason, at=at)
        return new


def _confirmed(person: Person) -> QuerySet[Match]:
    rows = Match.objects.unscoped("opened by whom each is undone").filter(verdict=Verdict.SAME, undone_at__isnull=True)
    return rows.filter(**{"victim" if isinstance(person, Victim) else "subject": person})


def _matches_of(person: Person, allegations: Sequence[Allegation]) -> list[Match]:
    rows = _confirmed(person).filter(allegation__in=[each.pk for each in allegations])
    return list(rows.select_related("allegation").order_by("decided_at", "id"))
