"""Calling a panel, giving one's view alone, opening the views, and recording the one decision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from itertools import islice
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import PROFESSIONS, Compartment, NotFound, Opened, Permission, Role
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy, State
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.terms import DOCX, PDF
from fourfold.panel import conflicts, queries, rules
from fourfold.panel.measures import class_of
from fourfold.panel.minutes import Form, written
from fourfold.panel.models import Decision, Invitation, Item, Measure, PhaseSet, Sitting, View
from fourfold.panel.terms import (
    CannotConvene,
    CannotDecide,
    CannotGiveView,
    Certainty,
    DecisionDraft,
    Gap,
    MeasureDraft,
    PastDecision,
    PastView,
    Phase,
    Table,
)
from fourfold.programme import queries as programme

BATCH = 500
LONDON = ZoneInfo("Europe/London")
END_OF_DAY = time(17)
MEDIA = {Form.PDF: PDF, Form.DOCX: DOCX}
LONGEST_LIST = 60
"""Cases of one sitting: more than that is two sittings."""


def convene(
    *, actor: Actor, site: str, starts_at: datetime, chair: UUID, cases: Sequence[Case], at: datetime
) -> Sitting:
    """Call a sitting of a site's panel with the cases before it, in the order in which they are heard.

    The quorum of the site's model of working on that day is kept with the sitting. Raises CannotConvene naming the
    day, the chair or the case that is wrong; NotFound for a case that is not open to the actor.
    """
    access.require(actor, Permission.PANEL_CONVENE, at=at, site=site)
    if starts_at.astimezone(LONDON).date() < at.astimezone(LONDON).date():
        raise CannotConvene("starts_at", "The day of the sitting has passed. Give today's or a later one.")
    if not _chairs(chair, site, at):
        raise CannotConvene("chair", "Choose somebody who chairs panels at this site.")
    files = [access.require(actor, Permission.PANEL_CONVENE, at=at, site=site, file=case.pk) for case in cases]
    with audit.recorded(actor, "panel.convened", at=at, operation=Operation.COLLECTION) as entry:
        found = [_to_be_heard(opened, site) for opened in files if opened is not None]
        if not 0 < len(found) <= LONGEST_LIST:
            raise CannotConvene("cases", f"Put from 1 to {LONGEST_LIST} cases before one sitting.")
        sitting = entry.about(
            Sitting.objects.create(
                site=site,
                starts_at=starts_at,
                chair=chair,
                quorum=list(programme.working(site, starts_at.date()).quorum),
                convened_at=at,
                convened_by=actor.staff,
            )
        )
        why = queries.why_heard((case.pk for case in found), at=at)
        for position, case in enumerate(found, start=1):
            entry.about(_item(actor, sitting, case, position, at, why.get(case.pk, "")))
        for invited in _invitations(sitting, at):
            entry.about(invited)
    return sitting


def _invitations(sitting: Sitting, at: datetime) -> Iterator[Invitation]:
    """Invite whoever holds a profession of the panel at the site, each once, and the chair."""
    unit = access_queries.unit_of(sitting.site, at=at)
    asked = {who.pk: PROFESSIONS[Role(role)] for who, role in unit if Role(role) in PROFESSIONS}
    for staff, profession in (asked | {sitting.chair: asked.get(sitting.chair, "")}).items():
        yield Invitation.objects.create(sitting=sitting, staff=staff, profession=profession, invited_at=at)


def add_item(*, actor: Actor, sitting: Sitting, case: Case, at: datetime, why: str = "") -> Item:
    """Put one more case before a sitting that has been called; `why` says what brings it there."""
    opened = access.require(actor, Permission.PANEL_CONVENE, at=at, site=sitting.site, file=case.pk)
    with audit.recorded(actor, "panel.item_added", at=at, file=case.pk) as entry:
        found = _to_be_heard(_sure(opened), sitting.site)
        position = Item.objects.unscoped("the next free place of the sitting").filter(sitting=sitting).count() + 1
        if position > LONGEST_LIST:
            raise CannotConvene("cases", f"This sitting has {LONGEST_LIST} cases. Call another one.")
        said = why or queries.why_heard([found.pk], at=at)[found.pk]
        return entry.about(_item(actor, sitting, found, position, at, said))


def _sure(opened: Opened | None) -> Opened:
    if opened is None:  # `require` opens the file whenever it is named
        raise NotFound
    return opened


def _chairs(staff: UUID, site: str, at: datetime) -> bool:
    return any(who.pk == staff and role == Role.PANEL_CHAIR for who, role in access_queries.unit_of(site, at=at))


def _to_be_heard(opened: Opened, site: str) -> Case:
    """Return the case if it may come before a panel of this site now, or raise CannotConvene."""
    case = Case.objects.of(opened).filter(site=site).first()
    if case is None:
        raise NotFound
    if case.state == State.CLOSED:
        raise CannotConvene("cases", f"{case.reference} is closed. Open it again before a panel hears it.")
    if Item.objects.of(opened).exclude(phase=Phase.DECIDED).exists():
        raise CannotConvene("cases", f"{case.reference} is before a panel already. Decide it there first.")
    return case


def _item(actor: Actor, sitting: Sitting, case: Case, position: int, at: datetime, why: str = "") -> Item:
    return Item.objects.create(
        sitting=sitting, case=case, position=position, why=why[:300], **access_queries.held_by(actor, "entered", at=at)
    )


def give_view(
    *,
    actor: Actor,
    item: Item,
    level: Level | None,
    position: str,
    at: datetime,
    proposes: str = "",
    certainty: Certainty | None = None,
) -> View:
    """Give one's view of a case; a level of None says that one cannot say yet.

    What was given stays as written: a later view is a later row, and one given after the views were opened says so.
    Raises CannotGiveView for who has no profession at the panel, for an empty view, and after the decision.
    """
    opened = access.require(
        actor, Permission.PANEL_GIVE_VIEW, at=at, site=item.case.site, file=item.case_id, writes=Compartment.RISK
    )
    if not position.strip():
        raise CannotGiveView("position", "Say what worries you most, and what that rests on.")
    profession = assessment_queries.profession_of(actor, item.case.site)
    with audit.recorded(actor, "panel.view_given", at=at, operation=Operation.COLLECTION, file=item.case_id) as entry:
        entry.compartments = {Compartment.RISK.value}
        now = _locked(_sure(opened), item)
        phase = Phase(now.phase)
        if why := rules.why_not_give_view(phase, profession):
            raise CannotGiveView("position", why)
        if why := conflicts.why_not_speak(queries.at_table(_sure(opened), now, actor)):
            raise CannotGiveView("conflict", why)
        return entry.about(
            View.objects.create(
                item=item,
                staff=actor.staff,
                profession=profession,
                level=level or "",
                certainty=certainty or "",
                position=position.strip(),
                proposes=proposes.strip(),
                given_at=at,
                independent=phase is Phase.INDEPENDENT,
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def open_views(*, actor: Actor, item: Item, at: datetime, version: int | None = None) -> Item:
    """Open all views to the whole panel, once every profession of the quorum has given one alone.

    Raises CannotGiveView naming the professions that are still to be heard, Conflict where somebody was faster.
    """
    opened = access.require(actor, Permission.PANEL_DECIDE, at=at, site=item.case.site, file=item.case_id)
    with audit.recorded(actor, "panel.views_opened", at=at, file=item.case_id) as entry:
        now = _locked(_sure(opened), item, version)
        given = queries.views_given(now)
        if why := conflicts.why_not_speak(queries.at_table(_sure(opened), now, actor)):
            raise CannotGiveView("conflict", why)
        if why := rules.why_not_open_views(Phase(now.phase), now.sitting.quorum, given):
            raise CannotGiveView("phase", why)
        entry.about(_enter(actor, now, Phase.CONSOLIDATING, at))
    return now


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
        now = _locked(_sure(opened), item, version)
        signs = queries.signs_of(_sure(opened), now.case, at=at)
        table = queries.table_of(now, signs, at=at, second_signature=signed)
        if why := conflicts.why_not_speak(queries.at_table(_sure(opened), now, actor)):
            raise CannotDecide(Gap("conflict", why))
        if gaps := rules.why_not_decide(draft, table):
            raise CannotDecide(*gaps)
        decision = entry.about(_decision(actor, now, draft, table, countersigned_by, at))
        for position, measure in enumerate(draft.measures, start=1):
            entry.about(_measure(actor, decision, position, measure, at))
        entry.about(_enter(actor, now, Phase.DECIDED, at))
        _set_level_and_review(actor, now.case, decision, countersigned_by, at)
    return decision


def _signed(actor: Actor, second: Actor | None, item: Item, at: datetime) -> bool:
    """Say whether a second person, who may, has signed; never the one who decides."""
    if second is None:
        return False
    access.require(second, Permission.LEVEL_COUNTERSIGN, at=at, site=item.case.site, file=item.case_id)
    return second.staff != actor.staff and second.staff not in queries.aside_of(item)


def _locked(opened: Opened, item: Item, version: int | None = None) -> Item:
    """Return the item as it stands, held until the transaction ends; raise Conflict if it is not as was seen."""
    now = (
        Item.objects.of(opened)
        .select_for_update(of=("self",))
        .select_related("sitting", "case__subject", "case__victim")
        .get(pk=item.pk)
    )
    if version is not None and now.version != version:
        raise _conflict(opened, now)
    return now


def _conflict(opened: Opened, now: Item) -> Conflict:
    """What stands there now, for whoever comes second: the phase, and the decision if there is one."""
    theirs: dict[str, object] = {"phase": now.phase}
    decision = Decision.objects.of(opened).filter(item=now).first()
    if decision is not None and opened.may_read(Compartment.RISK):
        names = access_queries.names_of([decision.decided_by])
        theirs |= {
            "level": decision.level,
            "formulation": decision.formulation,
            "decided_by": names.get(decision.decided_by, ""),
            "decided_at": decision.decided_at,
        }
    return Conflict("This item", theirs, now.version)


def _enter(actor: Actor, now: Item, phase: Phase, at: datetime) -> PhaseSet:
    """Let an item enter a phase: the row that says so, and the present value on the item, if nobody was faster."""
    moved = Item.objects.unscoped("the item was opened and locked by the service").filter(
        pk=now.pk, version=now.version
    )
    if not moved.update(phase=phase, version=F("version") + 1):
        raise Conflict("This item", {"phase": now.phase}, now.version + 1)
    now.phase, now.version = phase, now.version + 1
    return PhaseSet.objects.create(
        item=now, phase=phase, entered_at=at, **access_queries.held_by(actor, "entered", at=at)
    )


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
        without_assessment="" if table.assessed else draft.without_assessment.strip(),
        **_decided(draft),
        **access_queries.held_by(actor, "entered", at=at),
    )


def _decided(draft: DecisionDraft) -> dict[str, Any]:
    """The columns that the panel itself fills."""
    return {
        "formulation": draft.formulation.strip(),
        "level": draft.level,
        "level_reason": draft.level_reason.strip(),
        "victim_safety": draft.victim_safety.strip(),
        "order_considered": draft.order_considered,
        "order_reason": draft.order_reason.strip(),
        "under_investigation": draft.under_investigation,
        "resident": draft.resident,
        "want_of_capacity": draft.want_of_capacity.strip(),
        "alternatives_rejected": draft.alternatives_rejected.strip(),
        "dissent": draft.dissent.strip(),
        "authority": draft.authority.strip(),
        "review_on": draft.review_on,
    }


def _measure(actor: Actor, decision: Decision, position: int, draft: MeasureDraft, at: datetime) -> Measure:
    held = access_queries.held_by(actor, "entered", at=at)
    return Measure.objects.create(decision=decision, position=position, **_measured(draft), **held)


def _measured(draft: MeasureDraft) -> dict[str, Any]:
    """The columns of a measure as it was drafted."""
    return {
        "strand": draft.strand,
        "what": draft.what.strip(),
        "owner_partner": draft.owner_partner,
        "owner": draft.owner or None,
        "due_on": draft.due_on,
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
        cases.set_review(actor=actor, case=case, due_at=agreed, because="agreed by the panel", at=at)


def make_minutes(*, actor: Actor, item: Item, partner: str, form: Form, at: datetime) -> Exhibit:
    """Make the minutes of a decided item for one agency of the unit, from what that agency may see, and keep them.

    Raises CannotDecide while the item is not decided and for whoever stands aside from it, to whom the views stay shut;
    CannotConvene for an agency to which nothing of the case is open. They are closed to whoever stands aside.
    """
    opened = access.require(
        actor, Permission.DOCUMENT_MAKE, at=at, site=item.case.site, file=item.case_id, reads=Compartment.RISK
    )
    receiver = next((each for each in programme.site(item.case.site).partners if each.code == partner), None)
    if receiver is None:
        raise CannotConvene("partner", "Choose an agency of this unit.")
    if not PhaseSet.objects.of(_sure(opened)).filter(item=item, phase=Phase.DECIDED).exists():
        raise CannotDecide(Gap("phase", "Minutes are made when the item is decided."))
    aside = queries.aside_of(item)
    if actor.staff in aside:
        raise CannotDecide(Gap("partner", "You stand aside from this item. A colleague makes its minutes."))
    try:
        minutes = queries.minutes_for(_sure(opened), item, receiver, at=at)
    except NotFound as nothing:
        raise CannotConvene("partner", f"Nothing of this case is open to {receiver.name}.") from nothing
    with audit.recorded(actor, "minutes.made", at=at, operation=Operation.DISCLOSURE, file=item.case_id) as entry:
        kept = exhibits.keep(
            actor=actor,
            file=item.case_id,
            kind="minutes",
            title=f"Panel decision of {minutes.decided_at:%-d %B %Y}, for {receiver.name}",
            content=written(minutes, form),
            media_type=MEDIA[form],
            compartment=Compartment.RISK if minutes.risk else Compartment.CORE,
            at=at,
        )
        if aside:
            exhibits.close_to(actor=actor, exhibit=kept, staff=aside, at=at)
        entry.compartments = {Compartment.CORE.value, *([Compartment.RISK.value] if minutes.risk else [])}
        entry.more["partner"] = partner
        return entry.about(kept)


# --- taking over ------------------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastDecision], at: datetime) -> int:
    """Bring in past sittings with their views, decisions and measures, in batches of 500 with one entry each; return
    how many decisions. Within a batch, decisions of the same site, chair and time become one sitting.

    Sets no level and no review: those that were in force are rows of the case's own. Raises NotFound for a case that
    is not open to the actor.
    """
    remaining, total = iter(rows), 0
    while batch := list(islice(remaining, BATCH)):
        with audit.recorded(actor, "panel.taken_over", at=at, operation=Operation.COLLECTION) as entry:
            made = _past_batch(actor, batch, at)
            entry.compartments = {Compartment.CORE.value, Compartment.RISK.value}
            entry.seal(made)
        total += len(batch)
    return total


def _past_batch(actor: Actor, batch: list[PastDecision], at: datetime) -> list[models.Model]:
    found = Case.objects.visible_to(actor, at=at).in_bulk({past.case for past in batch})
    if any(past.case not in found or found[past.case].site != past.site for past in batch):
        raise NotFound
    for site in {past.site for past in batch}:
        access.require(actor, Permission.PANEL_CONVENE, at=at, site=site)
    held = access_queries.held_by(actor, "taken over", at=at)
    sittings = _past_sittings(batch)
    made = [(past, _past_item(n, past, sittings, held)) for n, past in enumerate(batch, start=1)]
    decisions = [(past, _past_decision(past, item, held)) for past, item in made]
    return [
        *Sitting.objects.bulk_create(sittings.values()),
        *Item.objects.bulk_create(item for _, item in made),
        *PhaseSet.objects.bulk_create(_past_phase(past, item, held) for past, item in made),
        *View.objects.bulk_create(_past_view(view, item, held) for past, item in made for view in past.views),
        *Decision.objects.bulk_create(decision for _, decision in decisions),
        *Measure.objects.bulk_create(
            Measure(decision=decision, position=n, **_measured(measure), **{**held, "recorded_at": past.decided_at})
            for past, decision in decisions
            for n, measure in enumerate(past.draft.measures, start=1)
        ),
    ]


def _past_sittings(batch: list[PastDecision]) -> dict[tuple[str, datetime, UUID], Sitting]:
    """One sitting for each site, time and chair of a batch."""
    return {
        (past.site, past.starts_at, past.chair): Sitting(
            site=past.site,
            starts_at=past.starts_at,
            chair=past.chair,
            quorum=list(past.quorum),
            convened_at=past.starts_at,
            convened_by=past.chair,
        )
        for past in batch
    }


def _past_item(
    position: int, past: PastDecision, sittings: dict[tuple[str, datetime, UUID], Sitting], held: dict[str, Any]
) -> Item:
    sitting = sittings[past.site, past.starts_at, past.chair]
    at_sitting = {**held, "recorded_at": past.starts_at}
    return Item(sitting=sitting, case_id=past.case, position=position, phase=Phase.DECIDED, **at_sitting)


def _past_phase(past: PastDecision, item: Item, held: dict[str, Any]) -> PhaseSet:
    entered = {**held, "recorded_at": past.decided_at, "recorded_by": past.chair}
    return PhaseSet(item=item, phase=Phase.DECIDED, entered_at=past.decided_at, **entered)


def _past_view(past: PastView, item: Item, held: dict[str, Any]) -> View:
    return View(
        item=item,
        staff=past.staff,
        profession=past.profession,
        level=past.level,
        position=past.position,
        proposes=past.proposes,
        given_at=past.given_at,
        independent=past.independent,
        **{**held, "recorded_at": past.given_at, "recorded_by": past.staff},
    )


def _past_decision(past: PastDecision, item: Item, held: dict[str, Any]) -> Decision:
    spoken = {view.profession for view in past.views}
    return Decision(
        item=item,
        quorum_present=[profession for profession in past.quorum if profession in spoken],
        decided_at=past.decided_at,
        decided_by=past.chair,
        **_decided(past.draft),
        **{**held, "recorded_at": past.decided_at, "recorded_by": past.chair},
    )
