"""A condition broken: the next act of the same conduct, what it forces, and what was decided after it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import ReviewReason, Trigger
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, Told
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.orders import rules
from fourfold.orders.models import Breach, BreachStep, Condition, NotBreach
from fourfold.orders.queries.acts import in_force_at
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.services.rows import _refuse
from fourfold.orders.terms import BreachDecision, CannotOrder, OrderKind, ToldIn
from fourfold.panel.terms import Strand
from fourfold.people.terms import Part
from fourfold.plan import services as plan
from fourfold.plan.models import Action
from fourfold.words import sentence

INSIDE = "the breach was opened by the service"


def record_breach(*, actor: Actor, condition: Condition, told: Told, at: datetime) -> Breach:
    """Record in one step that a condition was broken: a new allegation, joined to the same course of conduct.

    Everything that `join_breach` does follows at once, and all of it commits together. Raises CannotOrder where the
    order was not in force on that day, InvalidTold where what was told cannot be kept.
    """
    case = condition.order.case
    access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    with audit.recorded(actor, "breach.told", at=at, file=case.pk) as entry:
        as_breach = replace(told, channel=Channel.BREACH, breach_of=condition.pk)
        allegation = intake.receive_allegation(actor=actor, told=as_breach, at=at)
        breach = join_breach(actor=actor, condition=condition, allegation=allegation, at=at)
        entry.about(breach)
        return breach


def join_breach(*, actor: Actor, condition: Condition, allegation: Allegation, at: datetime) -> Breach:
    """Record that an allegation already received is the breach of a condition, and start the clock of 48 hours.

    The people of the case are confirmed as its people, it becomes an act of the case, the review is brought forward
    to tomorrow at the latest, and an action to assess again is opened. Raises CannotOrder where the order did not
    bind the subject on that day, or the allegation was confirmed to be about other people.
    """
    order = condition.order
    case = order.case
    access.require(actor, Permission.BREACH_RECORD, at=at, file=case.pk, writes=Compartment.CORE)
    happened_at = allegation.occurred_from or allegation.told_at
    _refuse(
        breach_rules.why_not_breach(
            made_on=order.made_on,
            expires_on=order.expires_on,
            ended_on=order.ended_on,
            happened_on=rules.day_of(happened_at),
        )
    )
    with audit.recorded(actor, "breach.recorded", at=at, file=case.pk) as entry:
        linkage_queries.hold([allegation.pk])
        _refuse_other_people(case, allegation)
        breach = entry.about(
            Breach.objects.create(
                condition=condition,
                allegation=allegation,
                happened_at=happened_at,
                decide_by=breach_rules.decide_by(at),
                action=_to_assess_again(actor, case, condition, at),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )
        _confirm_people(actor, case, allegation, at)
        cases.join_act(actor=actor, case=case, allegation=allegation, breach=True, at=at)
        reason: ReviewReason = {"condition": condition.number, "order": OrderKind(order.kind).words}
        cases.bring_review_forward(actor=actor, case=case, trigger=Trigger.BREACH, at=at, reason=reason)
        return breach


def rule_out_breach(*, actor: Actor, act: CaseAct, reason: str, at: datetime) -> tuple[NotBreach, ...]:
    """Record that an act was looked at and is no breach, and why: a row for each order in force then.

    The act stays in the case and counts as before. Raises CannotOrder without a reason, where no order was in force,
    and for an act that is on record as a breach.
    """
    opened = access.require(actor, Permission.BREACH_RECORD, at=at, file=act.case_id, writes=Compartment.CORE)
    bound = in_force_at(opened, act.happened_at)
    is_breach = Breach.objects.of(opened).filter(allegation=act.allegation_id, withdrawn_at__isnull=True).exists()
    _refuse(breach_rules.why_not_rule_out(bound=bool(bound), is_breach=is_breach, reason=reason))
    with audit.recorded(actor, "breach.ruled_out", at=at, file=act.case_id) as entry:
        held = access_queries.held_by(actor, "entered", at=at)
        said = {"allegation": act.allegation, "reason": reason.strip(), **held}
        return tuple(entry.about(NotBreach.objects.create(order=order, **said)) for order in bound)


def _refuse_other_people(case: Case, allegation: Allegation) -> None:
    recorded = Breach.objects.unscoped("one breach an allegation").filter(allegation=allegation)
    if recorded.filter(withdrawn_at__isnull=True).exists():
        raise CannotOrder("allegation", "This allegation is already recorded as a breach.")
    victim, subject = linkage_queries.people_of(allegation.pk)
    if (victim is not None and victim.pk != case.victim_id) or (subject is not None and subject.pk != case.subject_id):
        raise CannotOrder(
            "allegation", "This allegation was confirmed to be about other people. Undo that match first."
        )


def _confirm_people(actor: Actor, case: Case, allegation: Allegation, at: datetime) -> None:
    """Copy the people of the case, unless somebody has confirmed them already.

    What was done to a third party has no victim to confirm; it breaks the order all the same.
    """
    victim, subject = linkage_queries.people_of(allegation.pk)
    because = "breach of an order of this case"
    if victim is None and linkage_queries.third_of(allegation.pk) is None:
        linkage.confirm_match(
            actor=actor, allegation=allegation, part=Part.VICTIM, victim=case.victim, reason=because, at=at
        )
    if subject is None:
        linkage.confirm_match(
            actor=actor, allegation=allegation, part=Part.SUBJECT, subject=case.subject, reason=because, at=at
        )


def _to_assess_again(actor: Actor, case: Case, condition: Condition, at: datetime) -> Action:
    kind = OrderKind(condition.order.kind).words
    officer = access_queries.holder_of(case.pk, RelationKind.OIC, site=case.site, at=at)
    return plan.open_action(
        actor=actor,
        case=case,
        strand=Strand.LEGAL,
        what=sentence("Assess again: breach of condition {1}, {2}", condition.number, kind),
        owner=officer.pk if officer else actor.staff,
        owner_partner=officer.partner if officer else actor.partner,
        due_on=rules.day_of(at + timedelta(days=1)),
        at=at,
    )


def decide_breach(
    *,
    actor: Actor,
    breach: Breach,
    what: BreachDecision,
    done: bool,
    reason: str,
    at: datetime,
    seen: str | None = None,
    told: ToldIn | None = None,
) -> BreachStep:
    """Record what was decided after a breach: arrest, charge, victim told; a no needs its reason.

    That the victim was told, the advocate records too, and in which contact (`told`), where that is known. `seen` names the decisions that stood before the writer's eyes.
    Raises CannotOrder where a charge is not possible, Conflict where a colleague has decided the same meanwhile.
    """
    order = breach.condition.order
    by_advocate = what is BreachDecision.VICTIM_TOLD and access_queries.may(actor, Permission.SUPPORT_RECORD)
    permission = Permission.SUPPORT_RECORD if by_advocate else Permission.BREACH_RECORD
    access.require(actor, permission, at=at, file=order.case_id, writes=Compartment.CORE)
    on = rules.day_of(breach.happened_at)
    _refuse(breach_rules.why_not_decide(OrderKind(order.kind), what, done, reason, on=on))
    with audit.recorded(actor, "breach.decided", at=at, file=order.case_id) as entry:
        if Breach.objects.unscoped(INSIDE).select_for_update().get(pk=breach.pk).withdrawn_at is not None:
            raise CannotOrder("what", "This breach was withdrawn. Nothing is to be decided after it.")
        now = BreachStep.objects.unscoped(INSIDE).filter(breach=breach, what=what).order_by("-recorded_at", "-id")[:1]
        access_queries.refuse_unseen("What was decided", now, seen, _decided)
        return entry.about(
            BreachStep.objects.create(
                breach=breach,
                what=what,
                done=done,
                decided_at=at,
                reason=reason.strip(),
                **(vars(told) if told else {}),
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def _decided(rows: Sequence[BreachStep]) -> dict[str, object]:
    return {"what": BreachDecision(rows[-1].what), "done": rows[-1].done, "reason": rows[-1].reason}
