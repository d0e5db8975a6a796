"""Which of what waits somebody may see, as conditions that every list of it begins with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from fourfold.access.conditions import Mostly
from fourfold.access.models import Membership, Relation
from fourfold.access.scoping import opens, running
from fourfold.access.terms import KEPT_OUT, Compartment
from fourfold.audit.terms import Actor
from fourfold.cases.terms import State
from fourfold.duties.kinds import KINDS
from fourfold.duties.models import Duty

INSIDE = "inside a scoped list"
CONTACT = Compartment.VICTIM_CONTACT


def open_to(
    actor: Actor, at: datetime, kinds: tuple[str, ...], *, by_index: bool = False, with_risk: bool = False
) -> QuerySet[Duty, Any]:
    """Return what waits of some kinds that the actor may see now, whatever the table says: of the cases that are open, and
    of what their walls leave; with `sees_risk`, whether they may know how grave its case is. `by_index`: most rows of the list
    that is made of it are of these kinds, and shown. `with_risk`: of no other case, which one grant mostly opens.
    """
    risk: Any = Value(True) if with_risk else opens(actor, Compartment.RISK, "case", at=at)
    rows = Duty.objects.visible_to(actor, at=at, part=Compartment.RISK if with_risk else None)
    rows = rows.annotate(sees_risk=risk)
    now = Q(Q(until__isnull=True) | Q(until__gt=at), shows_from__lte=at, kind__in=kinds)
    rows = rows.filter(Mostly(now) if by_index else now)
    reveals = Q(reveals="") | Q(reveals=Compartment.RISK.value, sees_risk=True)
    rows = rows.filter(reveals | Q(opens(actor, CONTACT, "case", at=at), reveals=CONTACT.value))
    own = [kind.name for kind in KINDS if kind.own and kind.name in kinds]
    rows = rows.filter(~Q(kind__in=own) | Q(owner=actor.staff)) if own else rows
    is_closed = Q(case__state=State.CLOSED)
    return rows.filter(Q(closed__isnull=True) | Q(is_closed, closed=True) | Q(~is_closed, closed=False))


def kept_by(actor: Actor) -> Q:
    """Return the condition that an action is the actor's by name, or their agency's that nobody in it has. It is theirs in
    every case that they may open, whichever unit's: nobody else is told of it.
    """
    return Q(whose(actor), kind="actions")


def whose(actor: Actor) -> Q:
    return Q(owner=actor.staff) | Q(owner__isnull=True, partner=actor.partner)


def of_somebody(at: datetime) -> QuerySet[Relation, Any]:
    """Return whoever has a part in the case of a row now; whoever handed it over works on it no more."""
    unit = Membership.objects.filter(running(at), staff=OuterRef("staff"), site=OuterRef(OuterRef("site")))
    anybody = Relation.objects.filter(running(at), file=OuterRef("case_id"), staff__active=True)
    return anybody.filter(Exists(unit)).exclude(kind__in=KEPT_OUT)
