"""Recording the one decision of a panel, with its measures, the level and the review."""

from dataclasses import fields, replace
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.panel import conflicts, queries, rules
from fourfold.panel.measures import class_of
from fourfold.panel.models import Decision, Item, Measure
from fourfold.panel.services.views import enter, locked
from fourfold.panel.terms import CannotDecide, DecisionDraft, Gap, MeasureDraft, Phase, Table

END_OF_DAY = time(17)
LONDON = ZoneInfo("Europe/London")


def record_decision(
    *,
    actor: Actor,
    item: Item,
    draft: DecisionDraft,
    at: datetime,
    version: int | None = None,
    countersigned_by: Actor | None = None,
) -> Decision:
    """Record the one decision of a panel about a case: all of it, with level, measures and review, or nothing.

    Raises CannotDecide naming everything that is missing (`rules.why_not_decide`), and Conflict where the item was
    changed since `version`, with what stands there now.
    """
    site = item.case.site
    opened = access.require(
        actor, Permission.PANEL_DECIDE, at=at, site=site, file=item.case_id, writes=Compartment.RISK
    )
    signed = _signed(actor, countersigned_by, item, at)
    with audit.recorded(actor, "panel.decided", at=at, operation=Operation.COLLECTION, file=item.case_id) as entry:
        entry.compartments = {Compartment.CORE.value, Compartment.RISK.value}
        now = locked(opened, item, version)
        signs = queries.signs_of(opened, now.case, at=at)
        table = queries.table_of(now, signs, at=at, second_signature=signed)
        if why := conflicts.why_not_speak(queries.at_table(opened, now, actor, at=at)):
            raise CannotDecide(Gap("conflict", why))
        if gaps := rules.why_not_decide(draft, table):
            raise CannotDecide(*gaps)
        decision = entry.about(_decision(actor, now, draft, table, countersigned_by, at))
        for position, measure in enumerate(draft.measures, start=1):
            entry.about(_measure(actor, decision, position, measure, at))
        entry.about(enter(actor, now, Phase.DECIDED, at))
        _set_level_and_review(actor, now.case, decision, countersigned_by, at)
    return decision


def _signed(actor: Actor, second: Actor | None, item: Item, at: datetime) -> bool:
    """Return whether a second person, who may, has signed; never the one who decides."""
    if second is None:
        return False
    access.require(second, Permission.LEVEL_COUNTERSIGN, at=at, site=item.case.site, file=item.case_id)
    another = signatories.why_not_second(actor.staff, second, at=at) is None
    return another and second.staff not in queries.aside_of(item)


def _decision(
    actor: Actor, item: Item, draft: DecisionDraft, table: Table, second: Actor | None, at: datetime
) -> Decision:
    present = {view.profession for view in table.views}
    return Decision.objects.create(
        item=item,
        advised=table.advised or "",
        countersigned_by=second.staff if second else None,
        quorum_present=[profession for profession in table.quorum if profession in present],
        decided_at=at,
        decided_by=actor.staff,
        **decided(replace(draft, without_assessment="") if table.assessed else draft),
        **access_queries.held_by(actor, "entered", at=at),
    )


def decided(draft: DecisionDraft) -> dict[str, Any]:
    """Return the columns that the panel itself fills: each field of the draft by its name."""
    said = {each.name: getattr(draft, each.name) for each in fields(draft) if each.name != "measures"}
    return {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}


def _measure(actor: Actor, decision: Decision, position: int, draft: MeasureDraft, at: datetime) -> Measure:
    held = access_queries.held_by(actor, "entered", at=at)
    return Measure.objects.create(decision=decision, position=position, **measured(draft), **held)


def measured(draft: MeasureDraft) -> dict[str, Any]:
    """Return the columns of a measure: each field of the draft by its name, as it is kept."""
    return vars(draft) | {
        "what": draft.what.strip(),
        "owner": draft.owner or None,
        "tell_victim_first": draft.is_told_first,
        "direct_work": draft.is_direct_work,
        "kind": draft.kind or "",
        "plan_class": class_of(draft.kind, draft.strand, draft.plan_class) or "",
    }


def _set_level_and_review(actor: Actor, case: Case, decision: Decision, second: Actor | None, at: datetime) -> None:
    """Let the case take the panel's level, and the day of its next review."""
    advised = Level(decision.advised) if decision.advised else None
    cases.set_level(
        actor=actor,
        case=case,
        level=Level(decision.level),
        set_in=SetBy.PANEL,
        at=at,
        reason=decision.level_reason or decision.formulation,
        advised=advised,
        advice_from="the site's rules and the assessments" if advised else "",
        countersigned_by=second,
        for_want_of_capacity=bool(decision.want_of_capacity),
    )
    case.refresh_from_db(fields=["review_due_at"])
    agreed = datetime.combine(decision.review_on, END_OF_DAY, tzinfo=LONDON)
    if case.review_due_at is None or agreed < case.review_due_at:
        cases.set_review(actor=actor, case=case, due_at=agreed, agreed="panel", at=at)
