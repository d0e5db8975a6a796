"""Who could be the second of two people today: said before the first asks, so that nobody waits for a person who is not there."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef

from fourfold.access import endings, ends, queries, signatories
from fourfold.access.askers import Needs, may_now
from fourfold.access.employing import running_at
from fourfold.access.models import Account, Agreement, EndAsked, Membership, Relation, Staff
from fourfold.access.roles import ROLES
from fourfold.access.terms import Permission, Purpose, day_of
from fourfold.access.terms.endings import Ending
from fourfold.access.terms.endings import Second as By
from fourfold.audit.terms import Actor

Key = TypeVar("Key", bound=Hashable)

NAMED = 4


@dataclass(frozen=True)
class Seconds:
    """Who could confirm what somebody is about to ask for: the first names, whether there are more, whose roles let them."""

    names: tuple[str, ...]
    more: bool
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Second:
    """The second person to something: who somebody has to be.

    `ways`: one of these is needed. `asked_by` is who asked already, None where the reader is about to; `besides` are
    staff who are not the second person either (whose account it is), `agency` the one whose people alone answer, `not_agency`
    the one whose people do not, `guard` what else the second has to be.
    """

    ways: tuple[Needs, ...]
    asked_by: UUID | None = None
    besides: tuple[UUID, ...] = ()
    agency: str | None = None
    not_agency: str | None = None
    guard: Callable[[Actor], bool] = lambda _: True

    @property
    def roles(self) -> frozenset[str]:
        """The roles of which one is needed."""
        wanted = frozenset(need.permission for need in self.ways)
        return frozenset(role for role, card in ROLES.items() if wanted & card.permissions)


def who_could(
    *ways: Needs,
    actor: Actor,
    at: datetime,
    agency: str | None = None,
    not_agency: str | None = None,
    besides: Collection[UUID] = (),
    asked_by: UUID | None = None,
    guard: Callable[[Actor], bool] = lambda _: True,
) -> Seconds:
    """Return who could be the second person to what the actor asks for now, by name; see `Second`.

    Six statements at most; where a file is named, some more for each person, until one more is found than is named.
    """
    second = Second(ways, asked_by, tuple(besides), agency, not_agency, guard)
    return who_could_each({"it": second}, actor=actor, at=at)["it"]


def who_could_each(asked: Mapping[Key, Second], *, actor: Actor, at: datetime) -> dict[Key, Seconds]:
    """Return who could be the second person to each of several things, by name.

    The same guards are asked as when somebody answers. Eight statements at most, however many they are, and none for
    none; where a file is named, some more for each person.
    """
    if not asked:
        return {}
    people = _who_stand(asked.values(), at)
    actors = queries.actors_of(people, at=at, strength="queued", purpose=Purpose.CASEWORK)
    firsts = {first for one in asked.values() for first in (one.asked_by or actor.staff, *one.besides)}
    signs = signatories.Signatories(firsts | actors.keys(), at=at)
    around = {file for one in asked.values() for need in one.ways for file in need.apart}
    kept = queries.kept_from(actors.values(), around, at=at) if around else {}

    def those(second: Second) -> Iterator[str]:
        how = {"agency": second.agency, "not_agency": second.not_agency, "asks": False}
        apart = (second.asked_by or actor.staff, *second.besides)
        for one in people:
            who = actors[one.pk]
            if not second.guard(who) or any(signs.why_not_second(first, who, **how) for first in apart):  # type: ignore[arg-type]
                continue
            if any(may_now(who, need, at=at, kept_from=kept.get(one.pk, ())) for need in second.ways):
                yield one.name

    return {key: _named(second, islice(those(second), NAMED + 1)) for key, second in asked.items()}


def _named(second: Second, found: Iterable[str]) -> Seconds:
    names = tuple(found)
    return Seconds(names[:NAMED], len(names) > NAMED, tuple(role.label for role in ROLES if role in second.roles))


def _who_stand(asked: Collection[Second], at: datetime) -> list[Staff]:
    """Return the people who hold now a role that any of this needs, and whose signature counts, by name. One statement."""
    since = at - timedelta(days=settings.FOURFOLD.vouched_days)
    roles = frozenset[str]().union(*(one.roles for one in asked))
    part = Membership.objects.filter(running_at(at), staff=OuterRef("pk"), role__in=roles)
    sites = {need.site for one in asked for need in one.ways}
    if None not in sites:
        part = part.filter(site__in=[site for site in sites if site])
    theirs = Account.objects.filter(staff=OuterRef("pk"))
    here = Staff.objects.filter(Exists(part), active=True, robot=False, vouched_at__lte=since)
    here = here.filter(Exists(theirs.filter(is_active=True, vouched_at__lte=since)) | ~Exists(theirs))
    here = here.filter(trained_until__gte=day_of(at))
    agencies = {one.agency for one in asked}
    if None not in agencies:
        here = here.filter(partner__in=[agency for agency in agencies if agency])
    return list(here.order_by("name", "pk"))


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


def ends_it(row: EndAsked, *, apart: tuple[UUID, ...] = ()) -> Second:
    """Return who has to be the second person to an end that was asked for, or that somebody is about to ask for.

    No wall may stand between them and the case, nor what it is `apart` from: its people.
    """
    ending = Ending(row.ending)
    around = (row.file, *apart) if row.file else apart
    return Second(
        tuple(Needs(each, apart=around) for each in _ENDS[ending]),
        asked_by=row.asked_by_id,
        besides=(row.staff_id,) if row.staff_id else (),
        agency=row.partner if endings.how(ending).second in (By.LEAD, By.COLLEAGUE) else None,
        guard=lambda second: ends.is_for(row, second),
    )


def who_could_end(row: EndAsked, *, actor: Actor, at: datetime, apart: tuple[UUID, ...] = ()) -> Seconds:
    """Return who could confirm an end that the actor is about to ask for; see `ends_it`."""
    return who_could_each({"it": ends_it(row, apart=apart)}, actor=actor, at=at)["it"]


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
