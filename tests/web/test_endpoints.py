"""A told number is not the victim's number: nothing goes to it before the victim's own advocate has made sure, elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fourfold.access.models import Relation
from fourfold.access.terms import RelationKind
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.gateways.transport import Outbox
from fourfold.people import services as people
from fourfold.people.models import Message, ReachChecked, VictimReach
from fourfold.people.queries.contact import why_not_contact_now
from fourfold.people.rules import contact as rules
from fourfold.people.terms import Channel, Confirmation, MarkKind, Part, PastReach, SafeContactRule, UnsafeContact
from fourfold.support import services as support
from fourfold.support.models import Contact
from fourfold.support.terms import ContactOutcome
from fourfold.web import worklist
from fourfold.words import sentence
from tests.cases.builders import further_act, known, told, triaged
from tests.cast import Cast, assign
from tests.people.builders import merged
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, TEXTS, agree, case_of, confirm
from tests.support.test_queries import two_cases
from tests.web.conftest import SignIn
from tests.web.test_desk import read
from tests.web.test_support import masked

pytestmark = pytest.mark.django_db
HIS = "07700 900666"
HERS = "07700 900123"


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose victim takes texts between ten and two, on the number that the advocate confirmed."""
    case = case_of(cast)
    agree(cast, case)
    return case


def page(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/victim/endpoints/{rest}"


def write(cast: Cast, case: Case, name: str = "advocate") -> Message:
    text = "Is tomorrow at eleven still good for you?"
    return support.send_message(actor=cast.actor(name), case=case, channel=Channel.TEXT, text=text, at=NOON)


def carried_to() -> list[str]:
    return [json.loads(path.read_text())["to"] for path in settings.FOURFOLD.outbox_dir.glob("*.json")]


def tasks(cast: Cast, case: Case, name: str = "advocate") -> list[str]:
    rows = worklist.today(cast.actor(name), NOON, "mine").every
    return [str(row.what) for row in rows if row.href == page(case)]


def by_match(cast: Cast, case: Case) -> None:
    """Somebody refers the victim's name with a number of their own, and the desk presses “same person”."""
    further_act(cast, case, at=NOON, victim_phone=HIS)


def by_hand(cast: Cast, case: Case) -> None:
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value=HIS, at=NOON)


def by_take_over(cast: Cast, case: Case) -> None:
    past = PastReach(id=new_id(), victim=case.victim_id, kind=MarkKind.PHONE, value=HIS, told_at=NOON)
    people.take_over(actor=cast.analyst, rows=[past], at=NOON)


def by_known_by(cast: Cast, case: Case) -> None:
    support.add_known_by(actor=cast.officer, case=case, kind=MarkKind.PHONE, value=HIS, at=NOON)


def by_withdrawing_and_bringing_back(cast: Cast, case: Case) -> None:
    by_hand(cast, case)
    row = VictimReach.objects.unscoped("test").get(victim=case.victim, value=HIS)
    people.withdraw_reach(actor=cast.advocate, victim=case.victim, reach=row.pk, reason="A slip.", at=NOON)
    people.undo_reach_withdrawn(actor=cast.advocate, victim=case.victim, reach=row.pk, reason="No slip.", at=NOON)


DOORS = (by_match, by_hand, by_take_over, by_known_by, by_withdrawing_and_bringing_back)


@pytest.mark.parametrize("tell", DOORS)
@pytest.mark.door("safe contact")
def test_what_is_told_by_any_door_is_never_written_to_and_is_asked_of_the_advocate(
    cast: Cast, case: Case, signed_in: SignIn, tell: Callable[[Cast, Case], None]
) -> None:
    before = write(cast, case)
    assert tasks(cast, case) == []
    tell(cast, case)
    after = write(cast, case)
    assert (after.state, after.to, after.why_stopped) == (
        "stopped",
        "",
        sentence(rules.TOLD_SINCE, "telephone number"),
    )
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Outbox(settings.FOURFOLD.outbox_dir))
    assert carried_to() == []
    before.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert (before.to, before.state) == (HERS, "stopped")
    assert tasks(cast, case) == ["A telephone number was told that nobody has confirmed"]
    shown = read(signed_in("advocate"), page(case))
    assert "Told, not confirmed. It may be somebody else’s." in shown
    assert HIS not in shown


def test_the_first_number_of_a_victim_is_only_told_too(cast: Cast) -> None:
    case = case_of(cast)
    support.agree_contact(actor=cast.advocate, case=case, rule=SafeContactRule((Channel.TEXT,)), at=NOON)
    assert write(cast, case).why_stopped == sentence(rules.UNCONFIRMED, "telephone number")
    assert tasks(cast, case) == ["A telephone number was told that nobody has confirmed"]


def test_the_advocate_sets_aside_what_was_told_and_messages_go_where_they_went(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    by_match(cast, case)
    row = VictimReach.objects.unscoped("test").get(victim=case.victim, value=HIS)
    client = signed_in("advocate")
    answer = client.post(page(case, "aside/"), {"mark": row.pk, "reason": ""})
    assert (answer.status_code, "Say why it is not to be used" in answer.content.decode()) == (422, True)
    for _ in (1, 2):
        answer = client.post(page(case, "aside/"), {"mark": row.pk, "reason": "Not theirs.", "once": "k"})
        assert (answer.status_code, answer["Location"]) == (303, page(case))
    assert (tasks(cast, case), write(cast, case).to) == ([], HERS)
    by_match(cast, case)  # told again: nothing new
    assert write(cast, case).to == HERS


def test_a_number_at_which_somebody_else_answers_ends_and_is_never_confirmed_again(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    client = signed_in("advocate")
    row = VictimReach.objects.unscoped("test").get(victim=case.victim, value=HERS)
    assert "Somebody else answers there" in read(client, page(case))
    sent = {"mark": row.pk, "reason": "A man answered.", "somebody_else": "yes", "once": "k"}
    answer = client.post(page(case, "aside/"), sent | {"reason": ""})
    assert (answer.status_code, "checked" in answer.content.decode()) == (422, True)
    for _ in (1, 2):
        assert client.post(page(case, "aside/"), sent).status_code == 303
    row.refresh_from_db(from_queryset=VictimReach.objects.unscoped("test"))
    assert (row.ended_at, row.hostile_at, row.why_hostile) == (NOON, NOON, "A man answered.")
    assert write(cast, case).state == "stopped"
    again = client.post(page(case), {"kind": "phone", "value": "+44 7700 900 123", "how": "face_to_face", "once": "m"})
    assert (again.status_code, str(rules.HOSTILE) in again.content.decode()) == (422, True)


def test_of_two_answers_of_one_moment_the_one_that_says_no_counts(cast: Cast, case: Case) -> None:
    for number in range(8):  # identifiers are random: one alone would pass by chance
        value = f"07700 9008{number:02d}"
        confirm(cast, case, value, at=NOON)
        row = VictimReach.objects.unscoped("test").get(victim=case.victim, value=value)
        support.set_endpoint_aside(actor=cast.advocate, case=case, reach=row.pk, why="Lost.", at=NOON)
        assert write(cast, case).to == HERS


def test_the_advocate_confirms_what_the_victim_said_and_messages_go_there(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    client, new = signed_in("advocate"), "07700 900555"
    sent = {"once": "k", "kind": "phone", "value": "+44 7700 900 555", "how": "face_to_face"}
    for _ in (1, 2):
        answer = client.post(page(case), sent)
        assert (answer.status_code, answer["Location"]) == (303, page(case))
    assert ReachChecked.objects.unscoped("test").filter(reach__value__endswith="555").count() == 1
    assert write(cast, case).to == sent["value"]
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value=new, at=NOON)
    assert write(cast, case).to == sent["value"]  # the same number told in a report
    shown = read(client, page(case))
    assert "face to face" in shown
    assert new not in shown


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({}, "kind", "Choose what you confirm"),
        ({"kind": "phone", "value": "ring me", "how": "video"}, "value", "This is not a telephone number."),
        ({"kind": "phone", "value": HERS, "how": "call_back"}, "how", "No other telephone number"),
        ({"kind": "phone", "value": HERS, "how": "code_phrase"}, "how", "No code phrase is agreed"),
        ({"kind": "vehicle", "value": "AB12 CDE", "how": "video"}, "kind", "Choose a telephone number"),
        ({"kind": "phone", "value": HERS}, "how", "Choose how you made sure"),
    ],
)
def test_what_proves_nothing_is_refused_at_its_field(
    cast: Cast, case: Case, signed_in: SignIn, sent: dict[str, str], field: str, words: str
) -> None:
    answer = signed_in("advocate").post(page(case), sent)
    text = answer.content.decode()
    assert (answer.status_code, words in text, f'id="{field}-error"' in text) == (422, True, True)


@pytest.mark.parametrize("merge", [False, True])
def test_the_phrase_of_one_case_proves_no_number_in_another_of_the_same_victim(
    cast: Cast, case: Case, signed_in: SignIn, merge: bool
) -> None:
    other = two_cases(cast, merge=merge, case=case)[1]
    support.agree_contact(actor=cast.advocate, case=case, rule=TEXTS, code_phrase="the blue teapot", at=NOON)
    client, by_phrase = signed_in("second_advocate"), {"kind": "phone", "value": HIS, "how": "code_phrase"}
    for confirmed in (None, False):  # nothing agreed in this case; agreed, and never confirmed with the victim
        if confirmed is not None:
            unsaid = {"rule": replace(TEXTS, confirmed=confirmed), "at": NOON - timedelta(hours=1)}
            support.agree_contact(actor=cast.second_advocate, case=other, code_phrase="tin hats", **unsaid)
        text = client.post(page(other), by_phrase).content.decode()
        assert "No code phrase is agreed and confirmed with the victim in this case yet." in text
    assert "the blue teapot" not in read(client, f"/cases/{other.reference}/victim/safe-contact/")
    support.agree_contact(actor=cast.second_advocate, case=other, rule=TEXTS, code_phrase="tin hats", at=NOON)
    assert client.post(page(other), by_phrase).status_code == 303
    assert signed_in("advocate").post(page(case), by_phrase | {"value": "07700 900321"}).status_code == 303


@pytest.mark.parametrize("how", ["told as the subject's", "withdrawn from the subject", "withdrawn from the victim"])
def test_what_the_subject_uses_or_was_withdrawn_is_never_confirmed(cast: Cast, case: Case, how: str) -> None:
    if how == "withdrawn from the victim":
        row = people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value=HIS, at=NOON)
        people.withdraw_reach(actor=cast.advocate, victim=case.victim, reach=row.pk, reason="A slip.", at=NOON)
    else:
        further_act(cast, case, at=NOON, victim_phone=HIS, subject_phone=HIS)
    if how == "withdrawn from the subject":
        mark = case.subject.marks.unscoped("test").get(value=HIS)
        people.withdraw_mark(actor=cast.coordinator, subject=case.subject, mark=mark.pk, reason="A slip.", at=NOON)
    with pytest.raises(UnsafeContact) as fault:
        confirm(cast, case, HIS, at=NOON)
    assert (fault.value.field, str(fault.value)) == ("value", rules.HOSTILE)


def test_a_confirmed_number_that_proves_to_be_the_subjects_is_not_used(cast: Cast, case: Case) -> None:
    waiting = write(cast, case)
    people.add_mark(actor=cast.analyst, subject=case.subject, kind=MarkKind.PHONE, value=HERS, at=NOON)
    assert support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal()).stopped == 1
    waiting.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert waiting.why_stopped == sentence(rules.UNCONFIRMED, "telephone number")
    assert write(cast, case).why_stopped == rules.HOSTILE  # the case's own subject is no secret in it


def test_a_call_to_the_confirmed_number_may_be_made_while_another_was_told(cast: Cast, case: Case) -> None:
    """That is how the advocate asks; a message, which hears nobody answer, waits."""
    agree(cast, case, SafeContactRule((Channel.TEXT, Channel.CALL)), at=NOON)
    by_match(cast, case)
    why, reach = why_not_contact_now(case.victim_id, Channel.CALL, case=case.pk, at=NOON, leaves_message=False)
    assert (why, reach and reach.value) == (None, HERS)
    support.confirm_endpoint(
        actor=cast.advocate, case=case, kind=MarkKind.PHONE, value=HIS, how=Confirmation.CALL_BACK, at=NOON
    )
    assert write(cast, case).to == HIS


def test_two_records_merged_and_parted_again_lend_each_other_no_number(cast: Cast, case: Case) -> None:
    """A second record of the victim, made from a false referral, brings its number along to no message."""
    other = told(cast.analyst, victim_name="Nora Fairlamb", victim_phone=HIS, at=NOON)
    match = cases.confirm_match(actor=cast.analyst, allegation=other, part=Part.VICTIM, at=NOON)
    assert match.victim is not None
    merged(cast, case.victim, match.victim, reason="The same birth date.", at=NOON)
    assert write(cast, case).to in (HERS, "")
    why, _ = why_not_contact_now(match.victim.pk, Channel.TEXT, case=case.pk, at=NOON, leaves_message=False)
    assert why is not None
    people.part_records(actor=cast.analyst, one=case.victim, other=match.victim, reason="Two people.", at=NOON)
    assert write(cast, case).to in (HERS, "")
    assert not ReachChecked.objects.unscoped("test").filter(reach__value=HIS).exists()


def test_a_match_that_is_undone_takes_the_number_and_the_task_with_it(cast: Cast, case: Case) -> None:
    allegation = told(cast.analyst, victim_phone=HIS, at=NOON)
    match = cases.confirm_match(
        actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=case.victim, at=NOON
    )
    assert len(tasks(cast, case)) == 1
    cases.undo_match(actor=cast.analyst, match=match, reason="Another woman.", at=NOON)
    assert (tasks(cast, case), write(cast, case).to) == ([], HERS)


def other_case(cast: Cast, case: Case) -> Case:
    """The same victim's case about somebody else, with an advocate of its own."""
    act = told(cast.analyst, at=NOON, subject_name="Ty Ash", subject_birth="", subject_phone="")
    known(cast, act, case.victim, at=NOON)
    other = triaged(cast, act, at=NOON)
    assign(
        actor=cast.coordinator, case=other, staff=cast.staff["second_advocate"].pk, kind=RelationKind.ADVOCATE, at=NOON
    )
    return other


def texted(cast: Cast, case: Case, *, at: datetime, happened_at: datetime | None = None) -> Contact:
    return support.attempt_contact(
        actor=cast.second_advocate,
        case=case,
        channel=Channel.TEXT,
        outcome=ContactOutcome.REACHED,
        happened_at=happened_at,
        at=at,
    )


def dispatched(cast: Cast, message: Message, at: datetime) -> str:
    support.dispatch_messages(actor=cast.advocate, at=at, transport=Rehearsal())
    message.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    return message.state


def test_what_the_advocate_of_one_case_confirmed_is_only_told_in_another_of_the_same_victim(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    other, client = other_case(cast, case), signed_in("second_advocate")
    assert ("Told, not confirmed" in read(signed_in("advocate"), page(case)), write(cast, case).to) == (False, HERS)
    assert "Told, not confirmed. It may be somebody else’s." in read(client, page(other))
    assert tasks(cast, other, "second_advocate") == ["A telephone number was told that nobody has confirmed"]
    message = write(cast, other, "second_advocate")
    unconfirmed = sentence(rules.UNCONFIRMED, "telephone number")
    assert (message.state, message.to, message.why_stopped) == ("stopped", "", unconfirmed)
    assert texted(cast, other, at=NOON).why_stopped == unconfirmed
    gone = texted(cast, other, at=NOON + timedelta(hours=1), happened_at=NOON)
    assert (gone.safe, gone.rule_broken) == (False, sentence(rules.UNCONFIRMED_THEN, "telephone number"))
    calls_back = {"kind": "phone", "value": "07700 900555", "how": "call_back"}
    assert "No other telephone number" in client.post(page(other), calls_back).content.decode()
    sent = {"kind": "phone", "value": HERS, "how": "face_to_face"}
    assert client.post(page(other), sent).status_code == 303
    assert (tasks(cast, other, "second_advocate"), write(cast, other, "second_advocate").to) == ([], HERS)


def test_what_was_set_aside_in_one_case_is_used_in_none_and_each_makes_sure_again_for_itself(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    other, soon = other_case(cast, case), NOON + timedelta(minutes=5)
    confirm(cast, other, HERS, at=NOON, by="second_advocate")
    mine, theirs = write(cast, case), write(cast, other, "second_advocate")
    row = VictimReach.objects.unscoped("test").filter(victim=case.victim, kind="phone").earliest("recorded_at")
    support.set_endpoint_aside(actor=cast.second_advocate, case=other, reach=row.pk, why="Taken by him.", at=NOON)
    assert (write(cast, case).state, write(cast, other, "second_advocate").state) == ("stopped", "stopped")
    assert "Taken by him." in read(signed_in("advocate"), page(case))
    assert tasks(cast, case) == ["Confirm a telephone number with the victim"]
    confirm(cast, other, HERS, at=soon, by="second_advocate")
    late = write(cast, case)
    assert late.state == "stopped"
    assert (dispatched(cast, mine, soon), dispatched(cast, theirs, soon)) == ("stopped", "sent")
    confirm(cast, case, HERS, at=soon)
    assert write(cast, case).to == HERS


@pytest.mark.parametrize("name", ["officer", "second_advocate", "coordinator", "analyst", "clinician", "olu"])
def test_nobody_but_the_victims_advocate_confirms_or_sees_it(
    cast: Cast, case: Case, signed_in: SignIn, name: str
) -> None:
    """The officer in the case agrees safe contact too, and may not say whose a number is."""
    client = signed_in(name)
    shown = {}
    for reference in (case.reference, "FF-00000"):
        answer = client.get(f"/cases/{reference}/victim/endpoints/")
        assert answer.status_code == (404 if name in ("officer", "second_advocate", "olu") else 403)
        shown[reference] = masked(answer.content).replace(reference.encode(), b"")
    assert len(set(shown.values())) == 1
    assert client.post(page(case), {"kind": "phone", "value": HIS, "how": "video"}).status_code in (403, 404)
    row = VictimReach.objects.unscoped("test").get(victim=case.victim, kind="phone")
    assert client.post(page(case, "aside/"), {"mark": row.pk, "reason": "x"}).status_code in (403, 404)
    assert not ReachChecked.objects.unscoped("test").filter(reach__value=HIS).exists()


def test_an_agreed_way_without_anything_confirmed_is_a_task(cast: Cast, case: Case) -> None:
    agree(cast, case, SafeContactRule((Channel.EMAIL, Channel.TEXT)), at=NOON)
    assert tasks(cast, case) == ["Confirm an email address with the victim"]
    row = VictimReach.objects.unscoped("test").get(victim=case.victim, kind="phone")
    people.end_reach(actor=cast.advocate, victim=case.victim, reach=row.pk, at=NOON)
    assert set(tasks(cast, case)) == {
        "Confirm a telephone number with the victim",
        "Confirm an email address with the victim",
    }
    Relation.objects.filter(file=case.pk, staff=cast.staff["advocate"]).update(until_at=NOON - timedelta(days=1))
    assert tasks(cast, case) == []


def test_the_page_costs_the_same_however_much_was_told(
    cast: Cast, case: Case, signed_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client: Client = signed_in("advocate")
    client.get(page(case))
    with django_assert_max_num_queries(25) as few:
        client.get(page(case))
    for number in range(5):
        people.add_reach(
            actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value=f"07700 90080{number}", at=NOON
        )
    with django_assert_max_num_queries(len(few)):
        client.get(page(case))
