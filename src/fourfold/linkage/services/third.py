"""That a report tells of no victim but of a third party: an employer, a school, a new partner."""

from __future__ import annotations

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.intake.models import Allegation
from fourfold.linkage import queries
from fourfold.linkage.models import Match
from fourfold.linkage.terms import CannotMatch, Verdict
from fourfold.people import services as people
from fourfold.people.models import ThirdParty
from fourfold.people.terms import Part, ThirdRole

VICTIM = "The victim is already confirmed. Undo that first."


def name_third_party(
    *,
    actor: Actor,
    allegation: Allegation,
    role: ThirdRole,
    name: str,
    at: datetime,
    third: ThirdParty | None = None,
    safe_contact: str = "",
    reason: str = "",
) -> Match:
    """Keep that who is told of as the victim is a third party with this role; `third` is one on record already.

    Nobody is proposed as the victim from then on, and it can be undone as every decision. Raises CannotMatch.
    """
    queries.open_allegation(actor, allegation, at=at)
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=allegation.site)
    if third is not None:
        access_queries.opened_at_site(actor, third.pk, third.site, third.controller, at=at)
        if third.site != allegation.site:
            raise NotFound
    with audit.recorded(actor, "match.third", at=at, operation=Operation.COMBINATION, file=allegation.pk) as entry:
        queries.hold([allegation.pk])
        if queries.people_of(allegation.pk)[0] is not None:
            raise CannotMatch("third_name", VICTIM)
        if queries.third_of(allegation.pk) is not None:
            raise CannotMatch("third_name", "Somebody has already said which third party this is. Undo that first.")
        who = third or people.register_third_party(
            actor=actor, site=allegation.site, name=name, safe_contact=safe_contact, at=at
        )
        match = entry.about(
            Match.objects.create(
                allegation=allegation,
                part=Part.VICTIM,
                third=who,
                role=role,
                verdict=Verdict.THIRD,
                reason=reason.strip()[:300],
                decided_at=at,
                decided_by=actor.staff,
                **access_queries.held_by(actor, "desk", at=at),
            )
        )
        access.copy_walls(actor=actor, source=who.pk, to=[allegation.pk], at=at)
        access.copy_walls(actor=actor, source=allegation.pk, to=[who.pk], at=at)
        return match
