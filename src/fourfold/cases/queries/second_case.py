"""Cases that are, or may be, of the very pair for which a report would open another."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access.statements import for_nobody
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.linkage.terms import Verdict
from fourfold.people.models import Subject, Victim
from fourfold.people.queries.same_person import people_of, records_of
from fourfold.people.terms import Part


def case_of_pair(victim: Victim, subject: Subject) -> Case | None:
    """Return the case of a pair, whichever of their records that are one person it names; for services."""
    records = people_of([victim.pk, subject.pk])
    same = _of_pair(victims=tuple(records[victim.pk]), subjects=tuple(records[subject.pk]))
    found = sorted(
        same, key=lambda case: ((case.victim_id, case.subject_id) != (victim.pk, subject.pk), case.opened_at, case.pk)
    )
    return next(iter(found), None)


@for_nobody
def _of_pair(victims: Any, subjects: Any) -> QuerySet[Case]:
    return Case.objects.unscoped("opened when it is joined").filter(victim__in=victims, subject__in=subjects)


def cases_of_the_pair(
    *, actor: Actor, allegation: Allegation, victim: Victim, subject: Subject | None, at: datetime
) -> tuple[Case, ...]:
    """Return the cases that the actor may open and that may be of the pair for which a report would open another.

    Of the same victim and of somebody who is, or compares as, the same subject; of any subject, where either is not
    named. Nobody counts whom somebody said it is not. Ten statements.
    """
    victims = records_of(victim.pk) | _likely(actor, allegation, Part.VICTIM, at)
    rows = Case.objects.visible_to(actor, at=at).filter(victim__in=victims).select_related("subject")
    if subject is None or not subject.known:
        rows = rows.filter(~Q(subject__in=_not_them(allegation)))
    else:
        subjects = records_of(subject.pk) | _likely(actor, allegation, Part.SUBJECT, at)
        rows = rows.filter(Q(subject__in=subjects) | Q(subject__known=False))
    return tuple(rows.order_by("-opened_at", "id")[:5])


def _likely(actor: Actor, allegation: Allegation, part: Part, at: datetime) -> frozenset[UUID]:
    found = linkage.candidates(actor, allegation, part, at=at)
    return frozenset(
        one.id
        for one in found
        if one.comparison.confidence in linkage.WALLED_WHEN and one.verdict is not Verdict.NOT_SAME
    )


def _not_them(allegation: Allegation) -> frozenset[UUID]:
    return linkage.not_them(allegation, Part.SUBJECT)
