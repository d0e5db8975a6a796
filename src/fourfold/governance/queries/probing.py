"""Who refers again and again whom a wall keeps from them: in earnest, or to learn what is on record."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, Max, OuterRef, Q

from fourfold.access import queries as access_queries
from fourfold.access.models import Wall
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel
from fourfold.people.queries.endpoints import doubted_at
from fourfold.people.terms import MarkKind

#: So many referrals behind a wall against their own author within so long are an alarm. Our own choice: one may be earnest.
WITHIN, ALARMING = timedelta(days=7), 2
WHY = "counted by author for whoever looks after walls; no file is opened"


@dataclass(frozen=True)
class Probing:
    """Somebody who referred more than once what a wall keeps from them: how often within a week, and when last."""

    who: str
    referrals: int
    last_at: datetime


def probing(*, actor: Actor, at: datetime) -> tuple[Probing, ...]:
    """Return whose referrals of the last seven days lie behind walls against their authors, at the actor's units.

    A wall that two agencies lifted counts no more, nor does the actor's own referral. Two statements and the log's.
    """
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    against = Q(staff=OuterRef("recorded_by")) | (Q(partner=OuterRef("controller")) & ~Q(partner=""))
    walls = Wall.objects.filter(against, file=OuterRef("pk"), until_at__isnull=True)
    told = Allegation.objects.unscoped(WHY).filter(
        Exists(walls), channel=Channel.REFERRAL, site__in=sites, received_at__gt=at - WITHIN, received_at__lte=at
    )
    told = told.exclude(recorded_by=actor.staff).order_by()
    found = told.values_list("recorded_by").annotate(of=Count("pk"), last=Max("received_at")).filter(of__gte=ALARMING)
    rows = sorted(found, key=lambda row: row[2], reverse=True)
    names = access_queries.names_of(who for who, _, _ in rows)
    audit.consulted(actor, "oversight.probing", at=at, count=len(rows))
    return tuple(Probing(names.get(who, "somebody who left"), of, last) for who, of, last in rows)


@dataclass(frozen=True)
class DoubtedConfirmation:
    """A number, mailbox or address that an advocate confirmed though it was on somebody else's record; never which.

    `often`: the same advocate did so more than once, which is an alarm. `answered`: they have set it aside since.
    """

    who: str
    kind: MarkKind
    confirmed_at: datetime
    often: bool
    answered: bool


def doubted_confirmations(*, actor: Actor, at: datetime) -> tuple[DoubtedConfirmation, ...]:
    """Return what advocates of the actor's units confirmed in 28 days that was on the record of somebody else too.

    The latest first, and never the actor's own: somebody else asks. Five statements and the log's.
    """
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    found = [one for one in doubted_at(sites, at=at) if one.by != actor.staff] if sites else []
    names, often = access_queries.names_of({one.by for one in found}), Counter(one.by for one in found)
    audit.consulted(actor, "oversight.doubted_confirmations", at=at, count=len(found))
    return tuple(
        DoubtedConfirmation(
            names.get(one.by, "somebody who left"), one.kind, one.confirmed_at, often[one.by] >= ALARMING, one.set_aside
        )
        for one in found
    )
