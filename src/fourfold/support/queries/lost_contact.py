"""Lost contact: victims without a safe contact for so many days, at medium or higher, for the whole desk.

The days are told and nothing of how to make contact: whoever may read a case's level learns that somebody must try.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, F, Q
from django.db.models.functions import Coalesce

from fourfold.access import services as access
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, State
from fourfold.support import rules
from fourfold.support.queries.lists import _last_safe_of

MEDIUM_OR_HIGHER = (Level.MEDIUM, Level.HIGH, Level.VERY_HIGH)


@dataclass(frozen=True)
class QuietRow:
    """A case whose victim nobody has reached safely for `days` days; `ever`: whether anybody has at all.

    `level` None: nobody has assessed it, which is not low.
    """

    reference: str
    victim: str
    level: Level | None
    site: str
    days: int
    ever: bool


def gone_quiet(*, actor: Actor, at: datetime, days: int = 14, after: str = "") -> Page[QuietRow]:
    """Return fifty open cases at medium or higher, or not assessed, without a safe contact for `days` days or more.

    Counts from the last successful safe contact, or from the opening where there was none. Only cases whose risk is
    open to the actor. One statement and the log's.
    """
    access.require(actor, Permission.CASE_VIEW, at=at)
    rows = (
        Case.objects.visible_to(actor, at=at)
        .exclude(state=State.CLOSED)
        .filter(Q(level="") | Q(level__in=MEDIUM_OR_HIGHER))
        .annotate(
            last_safe_at=_last_safe_of("pk"),
            since=Coalesce(_last_safe_of("pk"), F("opened_at"), output_field=DateTimeField()),
        )
        .filter(opens(actor, Compartment.RISK, at=at), since__lte=at - timedelta(days=days))
        .select_related("victim")
    )
    shown = page_of(rows, "since", "id", after=after, most=PAGE)
    audit.consulted(actor, "victim.gone_quiet", at=at, compartments={"core", "risk"}, count=len(shown))
    return shown.map(
        lambda row: QuietRow(
            row.reference,
            row.victim.name,
            Level(row.level) if row.level else None,
            row.site,
            rules.days_silent(row.last_safe_at, row.opened_at, at),
            row.last_safe_at is not None,
        )
    )
