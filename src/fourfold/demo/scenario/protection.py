"""Orders, a breach and the victim's own file in one case of the scenario, with a canary in every sensitive field."""

from datetime import timedelta

from fourfold import journey
from fourfold.access.terms import Compartment, RelationKind
from fourfold.demo.confirming import confirm_what_was_told
from fourfold.demo.scenario.casework import Work
from fourfold.intake.terms import Behaviour, Channel, Told
from fourfold.orders import queries as order_queries
from fourfold.orders import services as orders
from fourfold.orders.terms import BreachDecision, ConditionDraft, ConditionKind, OrderKind, Step, StepDetails
from fourfold.people.terms import Channel as Way
from fourfold.people.terms import SafeContactRule
from fourfold.support import services as support
from fourfold.support.terms import WRITTEN_NOTES, ContactOutcome, UpdateKind


def bind(work: Work) -> None:
    """Apply for an interim order, and let one court make it and another vary it."""
    say = work.say
    conditions = [
        ConditionDraft(ConditionKind.PROHIBITION, say.core(f"condition.text {number}", "Not to come near:"))
        for number in (1, 2)
    ]
    order = orders.apply_for(
        actor=work.named(RelationKind.OIC),
        case=work.case,
        kind=OrderKind.SPO_INTERIM,
        conditions=conditions,
        reason=say.core("order_step.reason", "The subject did not stop:"),
        at=work.now,
    )
    work.keep("order", order)
    orders.take_step(
        actor=work.named(RelationKind.OIC),
        order=order,
        step=Step.MADE,
        details=StepDetails(court=say.core("order_step.court_before", "Court of")),
        at=work.now,
    )
    varied = say.core("order_step.reason varied", "The hours were changed:")
    orders.take_step(
        actor=work.named(RelationKind.OIC),
        order=order,
        step=Step.VARIED,
        details=StepDetails(court=say.core("order.court", "Court of"), reason=varied),
        at=work.now,
    )


def break_it(work: Work) -> None:
    """Let a condition of the order be broken, as a neighbour tells it; ask to serve without telling the victim, and decide on arrest."""
    say, order = work.say, work.made["order"][0]
    officer = work.named(RelationKind.OIC)
    page = order_queries.orders_page(actor=officer, reference=work.case.reference, at=work.now)
    condition = order_queries.condition_row(actor=officer, condition=page.orders[0].conditions[0].id, at=work.now)
    told = Told(
        site=work.plan.site,
        channel=Channel.BREACH,
        told_at=work.now,
        words=say.core("breach.words", "He came back."),
        teller=say.core("breach.teller", "Neighbour"),
        occurred_from=work.now - timedelta(minutes=5),
        behaviours=(Behaviour.LOITERS,),
        place=say(Compartment.VICTIM_CONTACT, "breach.place", "By the school,"),
    )
    breach = journey.breach_reported(actor=work.named(RelationKind.OIC), condition=condition, told=told, at=work.now)
    work.keep("breach", breach)
    work.made["allegation"].append(breach.allegation_id)
    journey.breach_decided(
        actor=work.named(RelationKind.OIC),
        breach=breach,
        what=BreachDecision.ARREST,
        done=False,
        reason=say.core("breach_step.reason", "The subject was not at home:"),
        at=work.now,
    )
    untold = orders.ask_to_serve_untold(
        actor=work.named(RelationKind.OIC),
        order=order_queries.order_row(actor=officer, order=order, at=work.now),
        reason=say.core("order untold.reason", "The victim cannot be reached:"),
        at=work.now,
    )
    work.keep("untold", untold)


def support_victim(work: Work) -> None:
    """Agree how the victim may be reached, seal where they are, and keep what they said."""
    say, contact, confidential = work.say, Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL
    support.agree_contact(
        actor=work.named(RelationKind.ADVOCATE),
        case=work.case,
        rule=SafeContactRule(channels=(Way.TEXT, Way.EMAIL)),
        code_phrase=say(contact, "safe_contact.code_phrase", "Is the library open,"),
        note=say(contact, "safe_contact.note", "Only after school,"),
        at=work.now,
    )
    confirm_what_was_told(work.named(RelationKind.ADVOCATE), work.case, work.now)
    support.keep_address(
        actor=work.named(RelationKind.ADVOCATE),
        case=work.case,
        address=say(Compartment.SAFE_ADDRESS_SEALED, "safe_address", "9 Nowhere Close,"),
        at=work.now,
    )
    support.attempt_contact(
        actor=work.named(RelationKind.ADVOCATE),
        case=work.case,
        channel=Way.CALL,
        outcome=ContactOutcome.REACHED,
        incoming=True,
        minutes=20,
        at=work.now,
    )
    for kind in WRITTEN_NOTES:
        support.write_note(
            actor=work.named(RelationKind.ADVOCATE),
            case=work.case,
            kind=kind,
            text=say(confidential, f"note.text {kind}", "The victim said:"),
            at=work.now,
        )
    support.check_in(
        actor=work.named(RelationKind.ADVOCATE),
        case=work.case,
        answers={"home": "a_little", "must_not": say(confidential, "check_in.must_not", "Please never")},
        at=work.now,
    )
    support.owe_update(
        actor=work.named(RelationKind.OIC),
        case=work.case,
        what=UpdateKind.ORDER,
        happened_at=work.now - timedelta(hours=1),
        at=work.now,
    )


def ask_for_address(work: Work) -> None:
    """Let the advocate ask that the sealed address be opened; it waits for another advocate's answer."""
    asked = support.ask_for_address(
        actor=work.named(RelationKind.ADVOCATE),
        case=work.case,
        reason=work.say(Compartment.SAFE_ADDRESS_SEALED, "address_asked.reason", "The victim does not answer:"),
        at=work.now,
    )
    work.keep("opening", asked)
