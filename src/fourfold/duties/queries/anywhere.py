"""Whether anything of what is no row of the table waits for anybody: of the lists here nothing is shown, whoever asks.

Each holds all that its source in the day could begin with, for every reader. While it is empty the source is not asked.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from fourfold.access.conditions import Among
from fourfold.access.endings import ASKED_WAITS
from fourfold.access.ends import TOLD_FOR
from fourfold.access.models import EndAsked
from fourfold.access.roles import casework_sites
from fourfold.access.statements import counts
from fourfold.audit.terms import Actor
from fourfold.cases.models import PartAsked, TransferAsked
from fourfold.cases.queries.listing import related_to
from fourfold.duties.models import Duty
from fourfold.duties.queries import MANY
from fourfold.duties.queries.pages import shut
from fourfold.intake.models import Allegation, StoppedFile
from fourfold.panel.models import Invitation
from fourfold.people.models import AddressAsked, CallBack
from fourfold.people.queries.same_person import joined_lately, joins_waiting
from fourfold.people.rules.safe_address import ANSWERED_WITHIN, OPENED_WITHIN
from fourfold.support.queries.merges import TOLD_FOR as MERGE_TOLD_FOR

#: A list of what may wait for anybody: while it is empty, its source yields nothing.
There = Callable[[datetime], QuerySet[Any, Any]]
MOST = MANY + 1
_WHY = "whether there is any, for nobody in particular; nothing of it is shown"


@counts
def asked(actor: Actor, at: datetime, kinds: tuple[str, ...], lists: tuple[There, ...]) -> list[tuple[Any, ...]]:
    """Return what may be too much to be read at once of the unit, one of the cases of which the reader may not know the level,
    one row of each list that is not empty, and what may be too much elsewhere, unless there is enough of the unit: all to be
    counted.
    """
    sites = sorted(casework_sites(actor))
    every = Duty.objects.unscoped(_WHY).filter(kind__in=kinds).values_list("kind")  # which the indexes hold
    elsewhere = every.filter(Among("case", related_to(actor, at))).exclude(site__in=sites)
    there = ((each(at).order_by()[:1],) for each in lists)
    return [(every.filter(site__in=sites)[:MOST],), (shut(actor, at)[:1],), *there, (elsewhere[:MOST], (0,))]


def at_desk(at: datetime) -> QuerySet[Any]:
    return Allegation.objects.unscoped(_WHY).filter(at_desk=True)


def stopped_files(at: datetime) -> QuerySet[Any]:
    return StoppedFile.objects.filter(settled_at__isnull=True)


def call_backs(at: datetime) -> QuerySet[Any]:
    return CallBack.objects.filter(confirmed_at__isnull=True, ended_at__isnull=True)


def joins(at: datetime) -> QuerySet[Any]:
    return joins_waiting(at=at)


def merges(at: datetime) -> QuerySet[Any]:
    waits = joins_waiting(at=at).order_by().values("pk")
    return waits.union(joined_lately(since=at - MERGE_TOLD_FOR).order_by().values("pk"), all=True)


def parts(at: datetime) -> QuerySet[Any]:
    """Return parts asked for and ends that wait, lapsed of late or were answered of late; a wall may wait for long."""
    of_late = Q(answered_at__gt=at - TOLD_FOR)
    asked = Q(answered_at__isnull=True, recorded_at__gt=at - ASKED_WAITS - TOLD_FOR)
    begun = PartAsked.objects.unscoped(_WHY).filter(of_late | asked)
    ended = EndAsked.objects.filter(of_late | Q(answered_at__isnull=True))
    return begun.order_by().values("pk").union(ended.order_by().values("pk"), all=True)


def addresses(at: datetime) -> QuerySet[Any]:
    answered = Q(answer__recorded_at__gt=at - OPENED_WITHIN)
    return AddressAsked.objects.unscoped(_WHY).filter(answered | Q(recorded_at__gt=at - ANSWERED_WITHIN))


def invitations(at: datetime) -> QuerySet[Any]:
    return Invitation.objects.filter(coming__isnull=True, sitting__starts_at__gte=at)


def offers(at: datetime) -> QuerySet[Any]:
    return TransferAsked.objects.unscoped(_WHY).filter(answered_at__isnull=True)
