"""Who could be the second of two people today: said before the first asks, so that nobody waits for a person who is not there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access import endings, ends, queries, signatories
from fourfold.access.askers import Needs, may_now
from fourfold.access.employing import running_at
from fourfold.access.models import Account, Agreement, EndAsked, Membership, Relation, Staff
from fourfold.access.roles import ROLES
from fourfold.access.terms import Permission, Purpose, day_of
from fourfold.access.terms.endings import Ending, Second
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
    asked_by: UUID | None = None,
    guard: Callable[[Actor], bool] = lambda _: True,
) -> Seconds:
    """Return who could be the second person to what the actor asks for now, by name; `ways`: one of these is needed.

    The same guards are asked as when somebody answers. `asked_by` is who asked already, where that is not the actor,
    `besides` are staff who are not the second person either (whose account it is), `agency` the one whose people alone
    answer, `guard` what else the second has to be. Some statements for each person who holds a role for it,
    until one more is found than is named.
    """
    wanted = frozenset(need.permission for need in ways)
    roles = frozenset(role for role, card in ROLES.items() if wanted & card.permissions)
    people = _who_stand(roles, {need.site for need in ways}, agency, at)
    firsts = (asked_by or actor.staff, *besides)
    found = list(islice(_who_may(people, ways, firsts, agency, guard, at), NAMED + 1))
    return Seconds(tuple(found[:NAMED]), len(found) > NAMED, tuple(role.label for role in ROLES if role in roles))


def _who_may(
    people: QuerySet[Staff],
    ways: tuple[Needs, ...],
    firsts: Collection[UUID],
    agency: str | None,
    guard: Callable[[Actor], bool],
    at: datetime,
) -> Iterator[str]:
    for one in people:
        second = queries.actor_of(one, at=at, strength="queued", purpose=Purpose.CASEWORK)
        if not guard(second):
            continue
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


#: By which permission each kind of end finds who may be the second; `access.ends.is_for` says which of them is.
_ENDS = {
    Ending.UNIT_ROLE: (Permission.ACCOUNT_CONFIRM,),
    Ending.CASE_PART: (Permission.PART_CONFIRM,),
    Ending.AGREEMENT: (Permission.AGREEMENT_CONFIRM, Permission.AGREEMENT_MANAGE),
    Ending.WALL: (Permission.ACCOUNT_CONFIRM, Permission.WALL_SET),
}


def would_end(what: Membership | Agreement | Relation, *, site: str = "") -> EndAsked:
    """Return what would be asked to end a role, an agreement or a part in a case at a site; nothing is kept."""
    if isinstance(what, Agreement):
        return EndAsked(ending=Ending.AGREEMENT, site=what.site, partner=what.partner)
    about: dict[str, Any] = {"partner": what.staff.partner, "staff": what.staff}
    if isinstance(what, Membership):
        return EndAsked(ending=Ending.UNIT_ROLE, site=what.site, **about)
    return EndAsked(ending=Ending.CASE_PART, site=site, file=what.file, **about)


def who_could_end(row: EndAsked, *, actor: Actor, at: datetime, apart: tuple[UUID, ...] = ()) -> Seconds:
    """Return who could confirm an end that was asked for, or that the actor is about to ask for.

    No wall may stand between them and the case, nor what it is `apart` from: its people.
    """
    ending = Ending(row.ending)
    around = (row.file, *apart) if row.file else apart
    return who_could(
        *(Needs(each, apart=around) for each in _ENDS[ending]),
        actor=actor,
        agency=row.partner if endings.how(ending).second in (Second.LEAD, Second.COLLEAGUE) else None,
        besides=(row.staff_id,) if row.staff_id else (),
        asked_by=row.asked_by_id,
        guard=lambda second: ends.is_for(row, second),
        at=at,
    )


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
