"""What a unit's quarter counts of an action, kept with it by the write that changes it, and checked against its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, TruncDate

from fourfold.access.terms import LONDON
from fourfold.base import AT_ONCE
from fourfold.plan.models import Action, Moved, StatusSet
from fourfold.plan.terms import SETTLED

_WHY = "worked out for nobody in particular; whoever counts it is scoped"
_SETTLED = StatusSet.objects.unscoped(_WHY).filter(action=OuterRef("pk"), status__in=SETTLED).order_by("set_at")
#: A day that was moved before it passed was none; one that was moved afterwards had been missed.
_MISSED = Moved.objects.unscoped(_WHY).filter(moved_at__date__gt=F("due_before")).order_by("moved_at", "recorded_at")
_KEPT = {
    "settled_on": Subquery(_SETTLED.values(day=TruncDate("set_at", tzinfo=LONDON))[:1]),
    "missed_on": Subquery(_MISSED.filter(action=OuterRef("pk")).values("due_before")[:1]),
}


@dataclass(frozen=True)
class Miskept:
    """An action that says otherwise when it was settled, or which day it missed, than its rows say."""

    action: UUID
    case: UUID

    def __str__(self) -> str:
        return f"plan.action {self.action} of case {self.case} says otherwise when it was settled, or what it missed"


#: How many are held in memory, and the log for them, where a release has all of a country's worked out anew.
TOGETHER = 10_000
_FIRST = UUID(int=0)


def miskept(after: UUID = _FIRST) -> list[Miskept]:
    """Return actions of which something else is kept than their rows say, those that follow upon one by identifier, so many
    together. One statement."""
    never = Value(date.max)
    same = Q(*((f"{name}_said", Coalesce(each, never)) for name, each in _KEPT.items()))
    rows = Action.objects.unscoped(_WHY).annotate(**{f"{name}_said": Coalesce(name, never) for name in _KEPT})
    rows = rows.exclude(same).filter(pk__gt=after).order_by("pk")
    return [Miskept(*row) for row in rows.values_list("pk", "case_id")[:TOGETHER]]


def keep_anew(wrong: list[Miskept]) -> None:
    """Keep of these actions what their rows say."""
    for start in range(0, len(wrong), AT_ONCE):
        some = [one.action for one in wrong[start : start + AT_ONCE]]
        Action.objects.unscoped(_WHY).filter(pk__in=some).update(**_KEPT)


def first_missed(action: Action) -> date | None:
    """Return the first day that an action missed before it was moved."""
    return _MISSED.filter(action=action).values_list("due_before", flat=True).first()
