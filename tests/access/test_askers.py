"""What was asked for lapses once whoever asked may not ask any more: for want of a permission, or behind a wall."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F

from fourfold import journey
from fourfold.access import services as access
from fourfold.access.askers import NO_LONGER
from fourfold.access.models import AccountAsked, Agreement, EndAsked, Grant, Membership, Relation
from fourfold.access.queries import opened
from fourfold.access.terms import RelationKind, Role
from fourfold.access.terms.accounts import AccountStep
from fourfold.access.terms.endings import Asked, Ending, InVain
from fourfold.assessment import services as assessment
from fourfold.assessment.models import SignatureAsked
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case, StepDownAsked, TransferAsked
from fourfold.cases.terms import Level
from fourfold.governance import queries as governance_queries
from fourfold.governance import services as governance
from fourfold.governance.models import ConfidenceAsked
from fourfold.governance.terms import DangerDraft, PackKind, PackOrder, VictimAnswer
from fourfold.journey.asked import WORDS_IN
from fourfold.orders import services as orders
from fourfold.orders.models import Order
from fourfold.panel.terms import Strand
from fourfold.people import services as people
from fourfold.people.models import JoinAsked, Message
from fourfold.people.services.same_person import refuse_join
from fourfold.people.terms import Channel
from fourfold.plan import services as plan
from fourfold.plan.models import Action
from fourfold.plan.terms import Status
from fourfold.support import services as support
from tests.architecture import promises
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.governance.test_disclosing import ASKED
from tests.orders.builders import made as made_order
from tests.support.builders import agree, case_of

pytestmark = pytest.mark.django_db

THEN = NOW + timedelta(days=100, hours=3)
LATER = THEN + timedelta(minutes=2)
Signs = Callable[[], object]


def part(cast: Cast, case: Case) -> Signs:
    asked = cases.ask_part(
        actor=cast.officer, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=THEN
    )
    return lambda: cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=LATER)


def step_down(cast: Cast, case: Case) -> Signs:
    told = THEN - timedelta(days=1)
    asked = cases.ask_step_down(actor=cast.officer, case=case, reason="Quiet.", victim_told_at=told, at=THEN)
    return lambda: cases.answer_step_down(actor=cast.second_officer, asked=asked, signs=True, at=LATER)


def signature(cast: Cast, case: Case) -> Signs:
    asked = assessment.ask_signature(actor=cast.officer, case=case, level=Level.LOW, reason="Quiet.", at=THEN)
    return lambda: assessment.answer_signature(actor=cast.second_officer, asked=asked, given=True, at=LATER)


def address(cast: Cast, case: Case) -> Signs:
    support.keep_address(actor=cast.advocate, case=case, address="14 Elder Bank Lane", at=THEN)
    asked = support.ask_for_address(
        actor=cast.advocate, case=case, reason="A delivery of furniture on Monday.", at=THEN
    )
    return lambda: people.answer_for_safe_address(actor=cast.second_advocate, asked=asked, given=True, at=LATER)


def transfer(cast: Cast, case: Case) -> Signs:
    from tests.cast import MEMBERS, hire

    MEMBERS.setdefault("otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    told = THEN - timedelta(days=1)
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=told, at=THEN
    )
    return lambda: cases.answer_transfer(
        actor=cast.actor("otto"), asked=asked, accepts=True, reason="We take it.", at=LATER
    )


def pack(cast: Cast, case: Case) -> Signs:
    order = PackOrder(PackKind.SUBJECT, "Dean Marlow", THEN.date(), "passport seen at the front desk")
    made = governance.make_pack(actor=cast.coordinator, case=case, order=order, at=THEN)
    for danger in governance_queries.dangers_page(
        actor=cast.analyst, opened=opened(cast.analyst, case.pk, at=THEN), pack=made, at_risk=(), at=THEN
    ).rows.rows:
        decision = DangerDraft(choice=danger.proposal, reason="As proposed.")
        governance.decide_on_danger(actor=cast.analyst, pack=made, danger=danger.key, decision=decision, at=THEN)
    return lambda: governance.release_pack(actor=cast.chair, pack=made, channel="by hand", at=LATER)


def confidence(cast: Cast, case: Case) -> Signs:
    asked = governance.ask_for_confidence(
        actor=cast.officer, case=case, details=replace(ASKED, expires_on=date(2027, 6, 1), told_her_at=THEN), at=THEN
    )
    governance.record_victim_answer(actor=cast.advocate, asked=asked, answer=VictimAnswer.REFUSED, at=THEN)
    governance.decide_on_confidence(
        actor=cast.advocate, asked=asked, releases=True, reason="A life.", released="Where.", overrides=True, at=THEN
    )
    return lambda: governance.sign_release(actor=cast.second_advocate, asked=asked, agrees=True, at=LATER)


def order_untold(cast: Cast, case: Case) -> Signs:
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=made_order(cast, case), reason="Abroad.", at=THEN)
    return lambda: orders.sign_untold(actor=cast.advocate, asked=asked, at=LATER)


def action_untold(cast: Cast, case: Case) -> Signs:
    action = plan.open_action(
        actor=cast.officer,
        case=case,
        strand=Strand.LEGAL,
        what="Serve the application",
        owner_partner="northmoor-police",
        due_on=LATER.date(),
        tell_victim_first=True,
        at=THEN,
    )
    asked = plan.ask_to_go_ahead(actor=cast.officer, action=action, reason="At the door.", at=THEN)
    return lambda: plan.sign_untold(actor=cast.coordinator, asked=asked, at=LATER)


def merge(cast: Cast, case: Case) -> Signs:
    other = open_case(cast, at=NOW - timedelta(days=60), victim_phone="07700 900777").victim
    both = {"one": case.victim, "other": other, "at": THEN}
    people.ask_to_join(actor=cast.analyst, reason="One birth date.", **both)  # type: ignore[arg-type]
    return lambda: cases.sign_merge(actor=cast.officer, because="Read both.", **both | {"at": LATER})  # type: ignore[arg-type]


def message(cast: Cast, case: Case) -> Signs:
    agree(cast, case)
    held = support.send_message(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="The parcel can be picked up by six.", at=THEN
    )
    return lambda: support.read_message(actor=cast.officer, message=held, given=True, at=LATER)


def call_back(cast: Cast, case: Case) -> Signs:
    asked = people.ask_call_back(actor=cast.officer, site="northmoor", number="01632 960 111", at=THEN)
    return lambda: people.confirm_call_back(actor=cast.second_officer, site="northmoor", call_back=asked.pk, at=LATER)


def agreement(cast: Cast, case: Case) -> Signs:
    asked = access.ask_agreement(
        actor=cast.governance,
        site="northmoor",
        partner="northmoor-advocacy",
        signer="northmoor-advocacy",
        compartments=frozenset(),
        starts_on=THEN.date(),
        ends_on=date(2028, 1, 1),
        review_on=date(2027, 1, 1),
        at=THEN,
    )
    return lambda: access.answer_agreement(actor=cast.advocacy_lead, asked=asked.pk, given=True, at=LATER)


def end_of_part(cast: Cast, case: Case) -> Signs:
    relation = Relation.objects.get(file=case.pk, kind="advocate").pk
    cases.end_case_part(actor=cast.coordinator, case=case, relation=relation, reason="?", at=THEN)
    return lambda: answer_the_end(cast.second_advocate)


def end_of_role(cast: Cast, case: Case) -> Signs:
    part = Membership.objects.get(staff=cast.staff["advocate"])
    access.ask_end_of_part(actor=cast.administrator, part=part, from_at=THEN, reason="?", at=THEN)
    return lambda: answer_the_end(cast.advocacy_lead)


def end_of_agreement(cast: Cast, case: Case) -> Signs:
    agreed = Agreement.objects.get(partner="northmoor-advocacy")
    access.ask_end_of_agreement(actor=cast.governance, agreement=agreed, from_at=THEN, reason="?", at=THEN)
    return lambda: answer_the_end(cast.advocacy_lead)


def wall(cast: Cast, case: Case) -> Signs:
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["advocate"].pk, reason="Tells.", at=THEN)
    return lambda: answer_the_end(cast.advocacy_lead)


def answer_the_end(actor: Actor) -> object:
    asked = EndAsked.objects.get(answered_at=None)
    return access.answer_end(actor=actor, asked=asked, given=True, at=LATER)


#: Who asks at each door at which a second person answers later.
ASKS: dict[Callable[[Cast, Case], Signs], str] = {
    part: "officer",
    step_down: "officer",
    signature: "officer",
    address: "advocate",
    transfer: "coordinator",
    pack: "coordinator",
    confidence: "advocate",
    order_untold: "officer",
    action_untold: "officer",
    merge: "analyst",
    message: "advocate",
    call_back: "officer",
    agreement: "governance",
    end_of_part: "coordinator",
    end_of_role: "administrator",
    end_of_agreement: "governance",
    wall: "governance",
}
#: What is in no case, of which no wall keeps anybody.
IN_NO_CASE = (call_back, agreement, end_of_role, end_of_agreement)


@pytest.mark.parametrize(
    ("asks", "lost"),
    [
        (asks, lost)
        for asks in ASKS
        for lost in ("permission", "wall", None)
        if lost != "wall" or asks not in IN_NO_CASE
    ],
)
def test_a_request_lapses_with_what_its_asker_loses(
    cast: Cast, asks: Callable[[Cast, Case], Signs], lost: str | None
) -> None:
    case = case_of(cast)
    signs, first = asks(cast, case), cast.staff[ASKS[asks]]
    if lost == "permission":
        Membership.objects.filter(staff=first).update(role=Role.EVALUATOR)
    if lost == "wall":
        files = [case.pk, case.victim_id]
        access.set_wall(actor=cast.second_governance, files=files, staff=first.pk, reason="A cousin.", at=THEN)
    if lost is None:
        signs()
        return
    with pytest.raises(Exception, match="has lapsed") as refused:
        signs()
    assert str(refused.value) == NO_LONGER


#: What lapses by itself, and how it is called on the day of whoever asked; the others have rows of their own.
LAPSES: dict[Callable[[Cast, Case], Signs], Asked] = {
    step_down: Asked.STEP_DOWN,
    signature: Asked.SIGNATURE,
    address: Asked.ADDRESS,
    order_untold: Asked.ORDER_UNTOLD,
    action_untold: Asked.ACTION_UNTOLD,
    message: Asked.MESSAGE,
}


#: What makes a request pointless, so that nobody reads of it as lapsed.
OVERTAKES: dict[Callable[[Cast, Case], Signs], Callable[[], object]] = {
    order_untold: lambda: Order.objects.unscoped("test").update(served_at=LATER),
    action_untold: lambda: Action.objects.unscoped("test").update(status=Status.DONE),
}


@pytest.mark.parametrize("asks", LAPSES)
def test_whoever_asked_reads_that_nobody_answered_unless_a_wall_stands_before_it(
    cast: Cast, asks: Callable[[Cast, Case], Signs]
) -> None:
    case = case_of(cast)
    asks(cast, case)
    first, then = cast.staff[ASKS[asks]], THEN + timedelta(days=8)
    said = [(one.what, one.because, one.by, on) for one, on in in_vain(cast, ASKS[asks], then)]
    assert said == [(LAPSES[asks], "", "", case.reference)]
    assert in_vain(cast, ASKS[asks], LATER) == ()
    assert in_vain(cast, "chair", then) == ()
    if asks in (address, message):  # the police read a risk by being the police, so only a lost role shuts a signature
        needs = WORDS_IN[LAPSES[asks]]
        opened_by = Relation.objects.filter(file=case.pk, staff=first), Grant.objects.filter(file=case.pk)
        with transaction.atomic():
            opened_by[0].update(until_at=THEN + timedelta(days=1))
            opened_by[1].update(compartments=F("compartments").bitand(~needs.bit))
            assert in_vain(cast, ASKS[asks], then) == (), "its words are shut to whoever asked by now"
            transaction.set_rollback(True)
    if asks in OVERTAKES:
        with transaction.atomic():
            OVERTAKES[asks]()
            assert in_vain(cast, ASKS[asks], then) == (), "it was done meanwhile: nobody waits for it"
            transaction.set_rollback(True)
    access.set_wall(actor=cast.second_governance, files=[case.pk], staff=first.pk, reason="A cousin.", at=THEN)
    assert in_vain(cast, ASKS[asks], THEN + timedelta(days=2, hours=23)) == in_vain(cast, "olu", then) == ()


def in_vain(cast: Cast, who: str, at: datetime) -> tuple[tuple[InVain, str], ...]:
    return journey.asked_in_vain(actor=cast.actor(who, at=at), at=at)


def test_whoever_asked_reads_who_said_no_and_why(cast: Cast) -> None:
    case = case_of(cast)
    for asks in (step_down, signature, merge, confidence, message, transfer):
        asks(cast, case)
    (row,) = StepDownAsked.objects.unscoped("test").all()
    cases.answer_step_down(actor=cast.second_officer, asked=row, signs=False, because="He was seen.", at=LATER)
    lower = SignatureAsked.objects.unscoped("test").get()
    assessment.answer_signature(actor=cast.second_officer, asked=lower, given=False, words="Not yet.", at=LATER)
    joins = JoinAsked.objects.unscoped("test").get()
    refuse_join(actor=cast.officer, first=joins.first, second=joins.second, because="Twins.", at=LATER)
    released = ConfidenceAsked.objects.unscoped("test").get()
    governance.sign_release(actor=cast.second_advocate, asked=released, agrees=False, reason="She said no.", at=LATER)
    held = Message.objects.unscoped("test").get()
    support.read_message(actor=cast.officer, message=held, given=False, words="Too much.", at=LATER)
    offered = TransferAsked.objects.unscoped("test").get()
    why = {"accepts": False, "reason": "We are full.", "at": LATER}
    cases.answer_transfer(actor=cast.actor("otto"), asked=offered, **why)  # type: ignore[arg-type]
    account = cast.staff["advocate"].accounts.create(email="a@demo.invalid", vouched_at=NOW)
    step = {"account": account.pk, "step": AccountStep.END_ROLE, "role": Role.VICTIM_ADVOCATE, "site": "northmoor"}
    asked = access.ask_account_step(actor=cast.administrator, reason="?", at=THEN, **step)  # type: ignore[arg-type]
    AccountAsked.objects.filter(pk=asked.pk).update(
        answered_at=LATER, answered_by=cast.staff["advocacy_lead"], given=False, refused_because="Who else?"
    )
    said = {
        (who, one.what, one.because, one.by)
        for who in ("officer", "advocate", "analyst", "administrator", "second_officer", "coordinator")
        for one, _ in in_vain(cast, who, LATER)
    }
    assert said == {
        ("officer", Asked.STEP_DOWN, "He was seen.", "Second Officer"),
        ("officer", Asked.SIGNATURE, "Not yet.", "Second Officer"),
        ("analyst", Asked.JOIN, "Twins.", "Officer"),
        ("coordinator", Asked.TRANSFER, "We are full.", "Otto"),
        ("advocate", Asked.RELEASE, "She said no.", "Second Advocate"),
        ("advocate", Asked.MESSAGE, "Too much.", "Officer"),
        ("administrator", Asked.ACCOUNT, "Who else?", "Advocacy Lead"),
    }
    assert not [one for who in ("officer", "advocate") for one in in_vain(cast, who, LATER + timedelta(days=15))]


def test_each_door_at_which_somebody_answers_later_stands_in_the_table() -> None:
    """As many services ask the first again as doors are walked through above; the four ends are one of them.

    A disposal needs a case that was closed long ago: tests/governance/test_disposing.py walks through its door.

    A page says with the same needs who could answer, before anybody asks.
    """
    doors = {
        f"{path.relative_to(promises.SOURCE)}"
        for path in promises.SOURCE.rglob("*.py")
        if "Needs(" in path.read_text()
        and path.name not in ("askers.py", "seconds.py")
        and "web" not in path.parts
        and path != promises.SOURCE / "access" / "systems.py"  # says who could make a secret, and asks nobody again
    }
    assert len(doors) == len(ASKS) - (len(Ending) - 1) + 1


def test_what_was_asked_before_is_answered_only_where_the_asker_is_asked_again() -> None:
    """Who signs beside somebody who acts now (`actor.staff`) needs no more; nor does a no, or whom it is about."""
    found = set()
    for path in sorted(promises.SOURCE.rglob("services/**/*.py")) + sorted(promises.SOURCE.rglob("services.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("why_not_second"):
                first, rest = ast.unparse(call.args[0]), {each.arg: ast.unparse(each.value) for each in call.keywords}
                if first != "actor.staff" and rest.get("asks") != "False":
                    found.add(f"{path.relative_to(promises.SOURCE)}: {first}")
    assert found - ASKED_ALREADY == set()


#: Private functions of the same name, each of which calls one of the two.
ASKED_ALREADY = {
    "access/services/ends.py: row",
    "cases/services/team.py: staff",
    "cases/services/team.py: taker",
    # It asks itself whether the asker still keeps accounts or leads the agency: tests/api/test_agencies.py.
    "access/services/systems.py: row",
    "access/services/systems.py: row.asked_by_id",
}
