"""Links that stand provisionally and wait for somebody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.projection import Projection
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, PartnerKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.models import Allegation
from fourfold.linkage.models import Match, Proposal
from fourfold.linkage.terms import ToConfirm, Verdict
from fourfold.people.models import Subject, Victim


def to_confirm(actor: Actor, *, at: datetime, after: str = "", reached: Collection[UUID] = ()) -> Page[ToConfirm]:
    """Return fifty links that stand provisionally and wait for somebody to confirm or refuse them, the newest first.

    Only of allegations and people that the actor may see, and of victims those of the `reached`, whose contact the actor
    reads: a link stands by a number, an address or an account. A link leaves the list with the first decision on the
    person, or on the part of the allegation. Two statements and the log's.
    """
    found = _provisional(actor, at, reached)
    listed = page_of(found, "-recorded_at", "id", after=after, most=PAGE).map(_to_confirm)
    audit.consulted(actor, "match.to_confirm", at=at, compartments={str(Compartment.CORE)}, count=len(listed))
    return listed


def _provisional(actor: Actor, at: datetime, reached: Collection[UUID]) -> QuerySet[Proposal]:
    decided = Match.objects.unscoped("only whether somebody decided").filter(
        Q(victim=OuterRef("victim")) | Q(subject=OuterRef("subject")) | Q(verdict=Verdict.SAME),
        allegation=OuterRef("allegation"),
        part=OuterRef("part"),
        undone_at__isnull=True,
    )
    of_mine = Q(victim__in=Victim.objects.visible_to(actor, at=at).filter(pk__in=reached).values("pk"))
    if Compartment.SUBJECT_IDENTITY in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        of_mine |= Q(subject__in=Subject.objects.visible_to(actor, at=at).values("pk"))
    return (
        Proposal.objects.unscoped("scoped by allegation and person in the next lines")
        .filter(of_mine, provisional=True, allegation__in=Allegation.objects.visible_to(actor, at=at).values("pk"))
        .exclude(Exists(decided))
        .select_related("allegation", "victim", "subject")
    )


_TO_CONFIRM = Projection(
    ToConfirm,
    Proposal,
    *("person", "name", "birth_on", "agrees"),
    proposal="id",
    reference="allegation__reference",
    proposed_at="recorded_at",
)


def _to_confirm(row: Proposal) -> ToConfirm:
    person = row.victim or row.subject
    assert person is not None  # noqa: S101 -- a proposal names one of the two
    agrees = tuple(each["comparison"] for each in row.evidence if each["weight"] > 0)
    return _TO_CONFIRM(row, person=person.pk, name=person.name, birth_on=person.birth_on, agrees=agrees)
