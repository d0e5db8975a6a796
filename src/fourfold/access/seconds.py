"""Who could be the second of two people today: said before the first asks, so that nobody waits for a person who is not there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access import queries, signatories
from fourfold.access.askers import Needs, may_now
from fourfold.access.employing import running_at
from fourfold.access.models import Account, Membership, Staff
from fourfold.access.roles import ROLES
from fourfold.access.terms import Permission, Purpose, day_of
from fourfold.audit.terms import Actor

NAMED = 4


@dataclass(frozen=True)
class Seconds:
    """Who could confirm what somebody is about to ask for: the first names, whether there are more, whose roles let them."""

    names: tuple[str, ...]
    more: bool
    roles: tuple[str, ...]


def who_could(
    *ways: Needs,
    actor: Actor,
    at: datetime,
    agency: str | None = None,
    besides: Collection[UUID] = (),
) -> Seconds:
    """Return who could be the second person to what the actor asks for now, by name; `ways`: one of these is needed.

    The same guards are asked as when somebody answers. `besides` are staff who are not the second person either (whose
    account it is), `agency` the one whose people alone answer. Some statements for each person who holds a role for it,
    until one more is found than is named.
    """
    wanted = frozenset(need.permission for need in ways)
    roles = frozenset(role for role, card in ROLES.items() if wanted & card.permissions)
    people = _who_stand(roles, {need.site for need in ways}, agency, at)
    found = list(islice(_who_may(people, ways, actor, agency, besides, at), NAMED + 1))
    return Seconds(tuple(found[:NAMED]), len(found) > NAMED, tuple(role.label for role in ROLES if role in roles))


def _who_may(
    people: QuerySet[Staff],
    ways: tuple[Needs, ...],
    actor: Actor,
    agency: str | None,
    besides: Collection[UUID],
    at: datetime,
) -> Iterator[str]:
    for one in people:
        second = queries.actor_of(one, at=at, strength="queued", purpose=Purpose.CASEWORK)
        firsts = (actor.staff, *besides)
        if any(signatories.why_not_second(first, second, at=at, agency=agency, asks=False) for first in firsts):
            continue
        if any(may_now(second, need, at=at) for need in ways):
            yield one.name


def _who_stand(
    roles: Collection[str], sites: Collection[str | None], agency: str | None, at: datetime
) -> QuerySet[Staff]:
    """Return the people who hold one of some roles now and whose signature counts, by name."""
    since = at - timedelta(days=settings.FOURFOLD.vouched_days)
    part = Membership.objects.filter(running_at(at), staff=OuterRef("pk"), role__in=roles)
    if None not in sites:
        part = part.filter(site__in=[site for site in sites if site])
    theirs = Account.objects.filter(staff=OuterRef("pk"))
    here = Staff.objects.filter(Exists(part), active=True, robot=False, vouched_at__lte=since)
    here = here.filter(Exists(theirs.filter(is_active=True, vouched_at__lte=since)) | ~Exists(theirs))
    here = here.filter(trained_until__gte=day_of(at))
    return (here.filter(partner=agency) if agency else here).order_by("name", "pk")


def who_confirms(
    *, actor: Actor, partner: str, at: datetime, besides: Collection[UUID] = ()
) -> tuple[Seconds, Seconds | None]:
    """Return who could confirm what the actor asks of the accounts of an agency; where nobody can, but the actor could if
    somebody else asked, who could ask.
    """
    leads = who_could(Needs(Permission.ACCOUNT_CONFIRM), actor=actor, agency=partner, besides=besides, at=at)
    confirms = actor.partner == partner and actor.trained and queries.may(actor, Permission.ACCOUNT_CONFIRM)
    if leads.names or not confirms or actor.person in signatories.persons_of(besides).values():
        return leads, None
    return leads, who_could(Needs(Permission.ACCOUNT_MANAGE), actor=actor, besides=besides, at=at)
