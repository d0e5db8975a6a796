"""Lost contact: victims without a safe contact for so many days, for the whole desk and for the lead of their advocates.

The days are told and nothing of how to make contact: whoever may read a case's level learns that somebody must try.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import DateTimeField, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.paging import PAGE, WHOLE, Page, page_of
from fourfold.access.scoping import opens, walled_off
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, State
from fourfold.people.queries.contact import rules_of_people
from fourfold.people.queries.same_person import is_merged, people_told
from fourfold.support import rules
from fourfold.support.queries.silence import with_last_safe

#: Why a lead is told of cases that no lead opens.
FOR_LEAD = "the agency's own advocates, for their lead: the reference, their name and the days"
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

    Counts from the last successful safe contact in any case of the victim that is open to the actor, or from the opening
    where there was none. Only cases whose risk is open to the actor. One statement and the log's.
    """
    access.require(actor, Permission.CASE_VIEW, at=at)
    read = (
        Case.objects.visible_to(actor, at=at)
        .exclude(state=State.CLOSED)
        .filter(opens(actor, Compartment.RISK, at=at), Q(level="") | Q(level__in=MEDIUM_OR_HIGHER))
    )
    rows = (
        with_last_safe(read, actor, at)
        .annotate(since=Coalesce("last_safe_at", F("opened_at"), output_field=DateTimeField()))
        .filter(since__lte=at - timedelta(days=days))
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


@dataclass(frozen=True)
class SilentOfAgency:
    """A case in which an agency's own advocate has not reached the victim for longer than was agreed; no name, no level."""

    reference: str
    advocate: str
    days: int
    every_days: int | None


def silent_of_agency(*, actor: Actor, at: datetime) -> tuple[SilentOfAgency, ...]:
    """Return the open cases of the advocates of a lead's agency in none of which the victim was reached as often as agreed.

    The longest silent first. A lead opens no case and reads no level, so that the level decides nothing here; a case from
    which a wall keeps the lead is not there, nor one that was handed to another unit. Two statements where no victim was
    merged, and the log's; none for whoever leads no agency.
    """
    if not access_queries.may(actor, Permission.ACCOUNT_CONFIRM):
        return ()
    advocates = Relation.objects.filter(
        Q(until_at__isnull=True) | Q(until_at__gt=at),
        kind=RelationKind.ADVOCATE,
        staff__partner=actor.partner,
        from_at__lte=at,
        handed_at__isnull=True,
    )
    named = advocates.filter(file=OuterRef("pk"))
    rows = (
        Case.objects.unscoped(FOR_LEAD)
        .filter(pk__in=advocates.values("file"))
        .exclude(state=State.CLOSED)
        .exclude(walled_off(actor, "pk", at=at))
        .annotate(advocate=Subquery(named.order_by("from_at").values("staff__name")[:1]), merged=is_merged("victim"))
        .filter(opened_at__lt=at)
    )
    said = list(
        with_last_safe(rows, actor, at, among=rows).values_list(
            "reference", "advocate", "victim", "last_safe_at", "opened_at", "merged", "pk"
        )
    )
    people = people_told({victim: merged for _, _, victim, _, _, merged, _ in said})
    held = rules_of_people(people, actor=actor, at=at, cases={case for *_, case in said})
    agreed = {victim: rule.every_days if rule else None for victim, rule in held.items()}
    found = [
        SilentOfAgency(reference, name, rules.days_silent(last, opened, at), agreed[victim])
        for reference, name, victim, last, opened, *_ in said
        if rules.is_overdue_in_touch(agreed[victim], last, opened, at)
    ]
    audit.consulted(actor, "victim.silent_of_agency", at=at, compartments={"core"}, count=len(found))
    return tuple(sorted(found, key=lambda row: (-row.days, row.reference))[:WHOLE])
