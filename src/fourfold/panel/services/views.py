"""Giving one's view alone, and opening the views to the whole panel."""

from datetime import datetime

from django.db.models import F

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access import signatories
from fourfold.access.terms import Compartment, Opened, Permission
from fourfold.assessment import queries as assessment_queries
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Conflict, Operation
from fourfold.cases.terms import Level
from fourfold.panel import conflicts, queries, rules
from fourfold.panel.models import Decision, Item, PhaseSet, View
from fourfold.panel.terms import CannotGiveView, Certainty, Phase

ONE_VOICE = "You have given a view for another profession here. One person speaks for one profession."


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
        raise CannotGiveView("position", "Say what worries you most, and what that is based on.")
    profession = assessment_queries.profession_of(actor, item.case.site)
    with audit.recorded(actor, "panel.view_given", at=at, operation=Operation.COLLECTION, file=item.case_id) as entry:
        entry.compartments = {Compartment.RISK.value}
        now = locked(opened, item)
        phase = Phase(now.phase)
        if why := rules.why_not_give_view(phase, profession):
            raise CannotGiveView("position", why)
        if why := conflicts.why_not_speak(queries.at_table(opened, now, actor, at=at)):
            raise CannotGiveView("conflict", why)
        others = set(
            View.objects.of(opened).filter(item=now).exclude(profession=profession).values_list("staff", flat=True)
        )
        if signatories.acted_as(actor, others) in others:
            raise CannotGiveView("position", ONE_VOICE)
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
        now = locked(opened, item, version)
        given = queries.views_given(now)
        if why := conflicts.why_not_speak(queries.at_table(opened, now, actor, at=at)):
            raise CannotGiveView("conflict", why)
        if why := rules.why_not_open_views(Phase(now.phase), now.sitting.quorum, given):
            raise CannotGiveView("phase", why)
        entry.about(enter(actor, now, Phase.CONSOLIDATING, at))
    return now


def locked(opened: Opened, item: Item, version: int | None = None) -> Item:
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
    """Return what stands there now, for whoever comes second: the phase, and the decision if there is one."""
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


def enter(actor: Actor, now: Item, phase: Phase, at: datetime) -> PhaseSet:
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
