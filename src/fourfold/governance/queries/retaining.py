"""How long a unit's cases are kept: the facts that the schedule looks at, for one case or many, and what is due."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from fourfold.access import services as access
from fourfold.access.paging import Page, page_of
from fourfold.access.scoping import opens
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct, LevelSet, StateSet
from fourfold.cases.terms import Level, State
from fourfold.governance.models import Challenge, Hold, MoreAsked, RetentionReview
from fourfold.governance.rules import retention
from fourfold.governance.schedule import retention as schedule
from fourfold.governance.terms import HoldKind, RetentionFacts
from fourfold.orders.models import Order

LONDON = ZoneInfo("Europe/London")
AHEAD = timedelta(days=90)
OPENED = "of cases that were opened, or listed for this actor, before"


@dataclass(frozen=True)
class RetentionRow:
    """A closed case whose retention is to be looked at: by which rule, when, and what keeps it whatever the rule says."""

    reference: str
    rule: str
    due_on: date
    overdue: bool
    why: str
    on_hold: tuple[str, ...]
    may_propose_disposal: bool


def facts_of(cases: Sequence[Case], *, at: datetime) -> dict[UUID, RetentionFacts]:
    """Return what the schedule looks at of each case: the worst it ever was, its last event, its holds. Six statements.

    The caller has opened or listed the cases for whoever reads.
    """
    among = {"case__in": [case.pk for case in cases]}
    levels = _grouped(LevelSet.objects.unscoped(OPENED).filter(**among).values_list("case", "level"))
    states = _grouped(
        StateSet.objects.unscoped(OPENED)
        .filter(**among)
        .order_by("entered_at")
        .values_list("case", "state", "entered_at")
    )
    acts = _grouped(CaseAct.objects.unscoped(OPENED).filter(**among).values_list("case", "happened_at"))
    served = Order.objects.unscoped(OPENED).filter(served_at__isnull=False, **among)
    orders = _grouped(served.values_list("case", "ended_on", "expires_on"))
    reviews = RetentionReview.objects.unscoped(OPENED).filter(**among).order_by("recorded_at")
    reviewed = _grouped(reviews.values_list("case", "recorded_at"))
    holds = _grouped(Hold.objects.unscoped(OPENED).filter(lifted=None, **among).values_list("case", "kind"))
    return {
        case.pk: _facts(case, levels[case.pk], states[case.pk], acts[case.pk], orders[case.pk], reviewed[case.pk],
                        holds[case.pk], local_day(at))
        for case in cases
    }  # fmt: skip


def _grouped(rows: Iterable[tuple[Any, ...]]) -> defaultdict[UUID, list[tuple[Any, ...]]]:
    grouped: defaultdict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for case, *rest in rows:
        grouped[case].append(tuple(rest))
    return grouped


def _facts(
    case: Case,
    levels: list[tuple[Any, ...]],
    states: list[tuple[Any, ...]],
    acts: list[tuple[Any, ...]],
    orders: list[tuple[Any, ...]],
    reviewed: list[tuple[Any, ...]],
    holds: list[tuple[Any, ...]],
    on: date,
) -> RetentionFacts:
    ends = [day for ended, expires in orders for day in (ended or expires,) if day]
    events = [local_day(case.opened_at), *(local_day(act) for (act,) in acts), *(day for day in ends if day <= on)]
    closed = states and states[-1][0] == State.CLOSED
    return RetentionFacts(
        opened_on=local_day(case.opened_at),
        last_event_on=max(events),
        closed_on=local_day(states[-1][1]) if closed else None,
        highest_level=max((Level(level) for (level,) in levels), key=lambda level: level.rank).value if levels else "",
        serious_order=bool(orders),
        subject_born_on=case.subject.birth_on,
        reviewed_on=local_day(reviewed[-1][0]) if reviewed else None,
        on_hold=tuple(HoldKind(kind).words for (kind,) in holds),
    )


def retention_due(*, actor: Actor, at: datetime, after: str = "") -> Page[RetentionRow]:
    """Return the closed cases of the actor's units whose retention is due within ninety days, the longest closed first.

    Fifty cases are looked at for a page, so that a page may hold fewer. Seven statements and the log's, however many.
    """
    access.require(actor, Permission.RETENTION_REVIEW, at=at)
    on = local_day(at)
    soonest = min(rule.clear_years for rule in schedule())
    cut = at + AHEAD - timedelta(days=int(soonest * 365.25))
    rows = Case.objects.visible_to(actor, at=at).filter(site__in=sorted(actor.sites), state=State.CLOSED)
    rows = rows.filter(opens(actor, Compartment.RISK, at=at))  # the rule follows from the level
    rows = rows.filter(opened_at__lt=cut).filter(Q(last_act_at__isnull=True) | Q(last_act_at__lt=cut))
    cases = page_of(rows.select_related("subject"), "opened_at", "reference", after=after)
    facts = facts_of(cases.rows, at=at)
    audit.consulted(actor, "retention.due", at=at, compartments={"core"}, count=len(cases))
    due = (row for case in cases if (row := _row(case, facts[case.pk], on)) is not None)
    return Page(tuple(sorted(due, key=lambda row: (row.due_on, row.reference))), cases.next)


def _row(case: Case, facts: RetentionFacts, on: date) -> RetentionRow | None:
    due = retention.review_due(facts, schedule(), on=on)
    if due.due_on is None or due.due_on > on + AHEAD:
        return None
    return RetentionRow(
        reference=case.reference,
        rule=f"Retention {due.rule.replace('-', ' ')}",
        due_on=due.due_on,
        overdue=due.due_on < on,
        why=due.why,
        on_hold=facts.on_hold,
        may_propose_disposal=due.may_propose_disposal,
    )


def waits_of(challenges: Iterable[Challenge]) -> dict[UUID, list[MoreAsked]]:
    """Return what was asked for about each of some challenges that were opened before, the first first; one statement."""
    waits: dict[UUID, list[MoreAsked]] = defaultdict(list)
    rows = MoreAsked.objects.unscoped("of challenges that were opened before").filter(challenge__in=list(challenges))
    for row in rows.seen().select_related("came").order_by("asked_on", "recorded_at"):
        waits[row.challenge_id].append(row)
    return waits


def due_of(challenge: Challenge, waits: Iterable[MoreAsked], *, on: date) -> date:
    """Return the last day for the answer to a challenge, the days not counted in which the unit waits or waited."""
    asked = ((row.asked_on, row.came.came_on if hasattr(row, "came") else None) for row in waits)
    return retention.answer_due(challenge.received_on, waits=retention.waited(asked, on=on))


def local_day(at: datetime) -> date:
    """Return the London date of an instant."""
    return at.astimezone(LONDON).date()
