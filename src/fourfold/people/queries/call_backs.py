"""The numbers of a unit that its messages may say, and what waits to be one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.askers import Needs, why_not_answer
from fourfold.access.models import Grant
from fourfold.access.projection import Projection, Staff
from fourfold.access.terms import NotFound, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import CallBack
from fourfold.people.rules.call_backs import SECOND


@dataclass(frozen=True)
class CallBackShown:
    """One number of the list: who asked for it, confirmed it and ended it, and why the reader does not confirm it."""

    id: UUID
    number: str
    asked_at: datetime
    asked_by: str
    confirmed_at: datetime | None
    confirmed_by: str
    ended_at: datetime | None
    ended_by: str
    why_not_mine: str


SHOWN = Projection(
    CallBackShown,
    CallBack,
    "why_not_mine",
    asked_by=Staff("asked_by", "a colleague"),
    confirmed_by=Staff("confirmed_by"),
    ended_by=Staff("ended_by"),
)


def numbers_of(file: UUID) -> tuple[str, ...]:
    """Return the confirmed numbers of the unit that holds a case now, whoever held it before. One statement."""
    holds = Grant.objects.filter(file=file, handed_at__isnull=True).order_by("-from_at", "pk").values("site")[:1]
    rows = CallBack.objects.filter(site=holds, confirmed_at__isnull=False, ended_at__isnull=True)
    return tuple(rows.order_by("confirmed_at", "pk").values_list("number", flat=True))


def listed_at(site: str) -> QuerySet[CallBack]:
    """Return what stands on a unit's list or waits to."""
    return CallBack.objects.filter(site=site, ended_at__isnull=True)


def call_backs(*, actor: Actor, site: str, at: datetime) -> tuple[CallBackShown, ...]:
    """Return every number that was ever asked for at a unit, what is in use first, or raise NotFound."""
    if not access_queries.may(actor, Permission.MESSAGE_SEND, site=site):
        raise NotFound
    rows = list(CallBack.objects.filter(site=site).order_by("-asked_at", "pk"))
    rows.sort(key=lambda row: (row.ended_at is not None, row.confirmed_at is not None))
    audit.consulted(actor, "call_backs.list", at=at, count=len(rows))
    names = access_queries.names_of(SHOWN.staff_in(rows))
    return tuple(SHOWN(row, names=names, why_not_mine=_why_not_mine(row, actor, at)) for row in rows)


def call_backs_to_confirm(*, actor: Actor, at: datetime) -> tuple[str, ...]:
    """Return the units on whose list a number waits for the actor, one for each number."""
    sites = [site for site in actor.sites if access_queries.may(actor, Permission.MESSAGE_SEND, site=site)]
    rows = CallBack.objects.filter(Q(site__in=sites), confirmed_at__isnull=True, ended_at__isnull=True)
    return tuple(row.site for row in rows.order_by("asked_at", "pk") if not _why_not_mine(row, actor, at))


def _why_not_mine(row: CallBack, actor: Actor, at: datetime) -> str:
    if row.confirmed_at or row.ended_at:
        return ""
    return why_not_confirm(row, actor, at=at) or ""


def why_not_confirm(row: CallBack, actor: Actor, *, at: datetime) -> str | None:
    """Return why somebody is not the second person for a number, or None."""
    needs = Needs(Permission.MESSAGE_SEND, row.site)
    return why_not_answer(row.asked_by, actor, needs, at=at, same=SECOND, asked_at=row.asked_at)
