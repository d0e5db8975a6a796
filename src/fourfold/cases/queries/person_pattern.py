"""One dated pattern for a victim or a subject on record: every confirmed report, whoever told it, whatever the case.

On a subject's pattern no victim is named and no word is shown that was told: it may say where a victim is.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet, UUIDField, Value
from django.db.models.functions import Cast

from fourfold.access import queries as access_queries
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import opens, opens_at_site
from fourfold.access.terms import Compartment, NotFound
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import rules
from fourfold.cases.models import Case
from fourfold.cases.queries.counted import counted_once
from fourfold.cases.queries.course_facts import ActFact, facts_of
from fourfold.cases.queries.course_page import examples_counted
from fourfold.cases.terms import CourseOfConduct
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour
from fourfold.linkage import queries as linkage
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.people.models import Subject, Victim
from fourfold.people.queries.merged import subjects_open_to
from fourfold.people.queries.records import SUBJECT_NAMED, VICTIM_NAMED
from fourfold.people.queries.same_person import RecordsOf, is_merged
from fourfold.people.terms import Named, Part
from fourfold.words import Word, sentence

INSIDE = "the person was opened"


Person = TypeVar("Person", Victim, Subject)


@dataclass(frozen=True)
class PersonPattern:
    """The pattern of one person: all acts as facts with the other side's name as it may be shown here, and the cases.

    `others` counts the people on the other side: subjects of a victim, victims of a subject. `merged` are the other records
    of this person that the reader may see: all of it counts for each of them.
    """

    id: UUID
    part: Part
    named: Named
    facts: tuple[ActFact, ...]
    course: CourseOfConduct
    two_acts: bool
    examples: tuple[tuple[Behaviour, int], ...]
    others: int
    cases: tuple[tuple[UUID, str], ...]
    merged: tuple[tuple[UUID, str], ...] = ()

    @property
    def name(self) -> str:
        return self.named.name

    @property
    def counted(self) -> tuple[ActFact, ...]:
        """The facts, of two reports of one event the one that counts."""
        return counted_once(self.facts)


def victim_pattern(*, actor: Actor, victim: UUID, at: datetime) -> PersonPattern:
    """Return the pattern of one victim across reports, forces and subjects, or raise NotFound; a fixed number of statements."""
    row = Victim.objects.unscoped("opened in the next line").filter(pk=victim).annotate(merged=is_merged("pk")).first()
    row, readable = _open(row, actor, at)
    sees_subject = Compartment.SUBJECT_IDENTITY in readable
    value = _pattern(victim, Part.VICTIM, VICTIM_NAMED(row), actor, at, sees_subject=sees_subject)
    return replace(value, merged=_merged(row, Victim.objects.visible_to(actor, at=at)))


def subject_pattern(*, actor: Actor, subject: UUID, at: datetime) -> PersonPattern:
    """Return the pattern of one subject across reports, forces and victims, or raise NotFound where the subject is closed."""
    row = (
        Subject.objects.unscoped("opened in the next line").filter(pk=subject).annotate(merged=is_merged("pk")).first()
    )
    row, readable = _open(row, actor, at)
    if Compartment.SUBJECT_IDENTITY not in readable:
        raise NotFound
    value = _pattern(subject, Part.SUBJECT, SUBJECT_NAMED(row), actor, at, sees_subject=True)
    return replace(value, merged=_merged(row, subjects_open_to(actor, at)))


def _merged(row: Any, shown: QuerySet[Any]) -> tuple[tuple[UUID, str], ...]:
    """Return the other records of a person that the reader may see. One statement, none where nothing was merged."""
    if not row.merged:
        return ()
    same = shown.filter(pk__in=RecordsOf(_as_column(row.pk))).exclude(pk=row.pk)
    return tuple((each.pk, str(each.name)) for each in same.order_by("recorded_at", "id"))


def _open(row: Person | None, actor: Actor, at: datetime) -> tuple[Person, frozenset[Compartment]]:
    if row is None:
        audit.refused(actor, "file.opened", at=at, rule="absent")
        raise NotFound
    return row, access_queries.opened_at_site(actor, row.pk, row.site, row.controller, at=at).readable


def _pattern(
    person: UUID, part: Part, named: Named, actor: Actor, at: datetime, *, sees_subject: bool
) -> PersonPattern:
    seen = Allegation.objects.visible_to(actor, at=at)
    merged = Q(pk__in=_confirmed(part, RecordsOf(_as_column(person))))
    if part is Part.SUBJECT:
        merged &= opens_at_site(actor, Compartment.SUBJECT_IDENTITY, at=at)
    reports = seen.filter(Q(pk__in=_confirmed(part, [person])) | merged)
    facts = facts_of(reports, sees_subject=sees_subject)
    cases = _cases(part, person, actor, at)
    facts, others = _named(facts, part, dict(cases), sees_subject=sees_subject)
    counted = counted_once(facts)
    acts = [fact.as_rules_see for fact in counted]
    audit.consulted(
        actor,
        f"{part}.pattern",
        at=at,
        file=person,
        compartments={"core", *(("subject_identity",) if sees_subject else ())},
        count=len(facts),
    )
    return PersonPattern(
        id=person,
        part=part,
        named=named,
        facts=facts,
        course=rules.course_of_conduct(acts),
        two_acts=rules.two_acts(acts),
        examples=examples_counted(counted),
        others=others,
        cases=tuple((pk, reference) for pk, (reference, _, _) in cases),
    )


def _confirmed(part: Part, records: object) -> QuerySet[Match]:
    standing = Match.objects.unscoped(INSIDE).filter(verdict=Verdict.SAME, undone_at__isnull=True)
    return standing.filter(**{f"{part}__in": records}).values("allegation")


def _as_column(person: UUID) -> Cast:
    return Cast(Value(person, output_field=UUIDField()), UUIDField())


Known = tuple[str, UUID, UUID]


def _cases(part: Part, person: UUID, actor: Actor, at: datetime) -> list[tuple[UUID, Known]]:
    """Return the person's cases that the actor may open, on whichever record: the reference, the victim and the subject."""
    merged = Q(**{f"{part}__in": RecordsOf(_as_column(person))})
    if part is Part.SUBJECT:
        merged &= Q(opens(actor, Compartment.SUBJECT_IDENTITY, at=at))
    found = Case.objects.visible_to(actor, at=at).filter(Q(**{str(part): person}) | merged)
    rows = found.order_by("-opened_at", "id").values_list("pk", "reference", "victim", "subject")[:WHOLE]
    return [(pk, (reference, victim, subject)) for pk, reference, victim, subject in rows]


def _named(
    facts: tuple[ActFact, ...], part: Part, cases: dict[UUID, Known], *, sees_subject: bool
) -> tuple[tuple[ActFact, ...], int]:
    """Give the other side of each act one name: a subject's own, a victim's by the case; and count the others."""
    pairs = linkage.people_of_many(fact.id for fact in facts)
    if part is Part.SUBJECT:
        by_victim = {victim: sentence("the victim of {1}", reference) for reference, victim, _ in cases.values()}
        shown = [
            replace(fact, victim=by_victim.get(pairs[fact.id][0], Word("another victim")) if pairs[fact.id][0] else "")  # type: ignore[arg-type]
            for fact in facts
        ]
        return tuple(shown), len({pairs[fact.id][0] for fact in facts} - {None})
    subjects = {subject for _, subject in pairs.values() if subject}
    names = (
        {row.pk: row.name for row in Subject.objects.unscoped(INSIDE).filter(pk__in=subjects)} if sees_subject else {}
    )
    named = [
        replace(fact, subject=names.get(subject, fact.subject) if (subject := pairs[fact.id][1]) else fact.subject)
        for fact in facts
    ]
    return tuple(named), len(subjects)
