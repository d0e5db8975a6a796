"""Links that stand provisionally and wait for somebody."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from fourfold.access.conditions import IsThere
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
    of_mine = Q(victim__in=reached) & Q(_seen(Victim, "victim", actor, at))
    if Compartment.SUBJECT_IDENTITY in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        of_mine |= Q(_seen(Subject, "subject", actor, at))
    told = Allegation.objects.unscoped("scoped in the next lines").filter(pk=OuterRef("allegation"))
    return (
        Proposal.objects.unscoped("scoped by allegation and person in the next lines")
        .filter(of_mine, _seen(Allegation, "allegation", actor, at), provisional=True)
        .exclude(Exists(decided))
        .select_related("victim", "subject")
        .annotate(told=Subquery(told.values("reference")[:1]))  # joined, every report might be read first
    )


def _seen(table: Any, what: str, actor: Actor, at: datetime) -> IsThere:
    return IsThere(
        table.objects.visible_to(actor, at=at).filter(pk=OuterRef(what))
    )  # of each link, not of all on record


_TO_CONFIRM = Projection(
    ToConfirm,
    Proposal,
    *("person", "name", "birth_on", "agrees", "reference"),
    proposal="id",
    proposed_at="recorded_at",
)


def _to_confirm(row: Any) -> ToConfirm:
    person = row.victim or row.subject
    agrees = tuple(each["comparison"] for each in row.evidence if each["weight"] > 0)
    return _TO_CONFIRM(
        row, reference=row.told, person=person.pk, name=person.name, birth_on=person.birth_on, agrees=agrees
    )
