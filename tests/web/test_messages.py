"""A message to a victim is one of the list, or somebody else has read it: nothing else leaves."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings

from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import RelationKind
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import Case
from fourfold.people.models import Message, MessageRead
from fourfold.people.rules import messages as rules
from fourfold.people.terms import Channel, UnsafeContact
from fourfold.support import services as support
from fourfold.web import worklist
from tests.cast import Cast
from tests.people.test_templates import TELLING, UNHEARD
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, OPENED, agree, case_of
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db
OWN = "The parcel can be picked up by six."


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


@pytest.fixture
def case(cast: Cast) -> Case:
    case = case_of(cast)
    agree(cast, case)
    return case


def page(case: Case, rest: str = "") -> str:
    return f"/cases/{case.reference}/victim/message/{rest}"


def left() -> list[str]:
    return [json.loads(path.read_text())["text"] for path in settings.FOURFOLD.outbox_dir.glob("*.json")]


def held(cast: Cast, case: Case, text: str = OWN) -> Message:
    return support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text=text, at=NOON)


def tasks(cast: Cast, name: str, case: Case) -> list[str]:
    return [row.href for row in worklist.today(cast.actor(name), NOON, "mine").every if page(case) in row.href]


@pytest.mark.parametrize("text", [*TELLING, *UNHEARD])
def test_what_the_list_does_not_know_is_stopped(cast: Cast, case: Case, signed_in: SignIn, text: str) -> None:
    answer = signed_in("advocate").post(page(case), {"channel": "text", "text": text})
    assert answer.status_code == (422 if text in TELLING else 303)
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    assert left() == []
    assert set(Message.objects.unscoped("test").values_list("state", flat=True)) <= {"held"}


def test_a_message_is_chosen_seen_and_sent(cast: Cast, case: Case, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    assert "Are you free [day] at [time]?" in read(client, page(case))
    chosen = {"template": "free", "day": "2026-11-27", "clock": "11.00"}
    for language, words in (
        ("en", "Are you free Friday 27 November at 11:00?"),
        ("cy", "Ydych chi&#39;n rhydd dydd Gwener 27 Tachwedd am 11:00?"),
    ):
        shown = client.get(page(case), {**chosen, "language": language})
        assert (shown.status_code, words in shown.content.decode()) == (200, True)
    assert left() == []
    sent = {"channel": "text", "text": "Are you free Friday 27 November at 11:00?", "once": "k"}
    for _ in (1, 2):
        assert client.post(page(case), sent).status_code == 303
    assert left() == ["Are you free Friday 27 November at 11:00?"]


@pytest.mark.parametrize(
    ("chosen", "missing"),
    [
        ({"template": ""}, "Choose a message"),
        ({"template": "no such"}, "Choose a message"),
        ({"template": "free", "clock": "11:00"}, "Choose the day"),
        ({"template": "free", "day": "2026-11-27", "clock": "soon"}, "Enter the time, such as 11:00"),
    ],
)
def test_a_blank_that_is_left_open_is_asked_for(
    cast: Cast, case: Case, signed_in: SignIn, chosen: dict[str, str], missing: str
) -> None:
    answer = signed_in("advocate").get(page(case), chosen)
    assert (answer.status_code, missing in answer.content.decode()) == (422, True)


def test_words_of_ones_own_wait_for_somebody_else_and_then_leave(cast: Cast, case: Case, signed_in: SignIn) -> None:
    client = signed_in("advocate")
    answer = client.post(page(case), {"channel": "text", "text": OWN}, follow=True)
    assert "Nothing is sent until another advocate, or the officer in the case, has read it." in answer.content.decode()
    [message] = Message.objects.unscoped("test").all()
    assert (message.state, tasks(cast, "advocate", case)) == ("held", [])
    assert tasks(cast, "second_advocate", case) == [page(case, f"{message.pk}/")]
    refused = client.post(page(case, f"{message.pk}/"), {"given": "yes"})
    assert (refused.status_code, rules.SECOND in refused.content.decode(), left()) == (422, True, [])
    officer = signed_in("officer")
    assert page(case, f"{message.pk}/") in officer.get(f"/cases/{case.reference}/victim/").content.decode()
    assert OWN in read(officer, page(case, f"{message.pk}/"))
    assert officer.post(page(case, f"{message.pk}/"), {"given": "yes"}).status_code == 303
    assert (left(), tasks(cast, "second_advocate", case)) == ([OWN], [])
    assert audit_queries.verify().clean


def test_another_advocate_of_the_unit_reads_it_too(cast: Cast, case: Case, signed_in: SignIn) -> None:
    message, second = held(cast, case), signed_in("second_advocate")
    assert tasks(cast, "second_advocate", case) == [page(case, f"{message.pk}/")]
    assert second.post(page(case, f"{message.pk}/"), {"given": "yes"}).status_code == 303
    assert left() == [OWN]


def test_a_second_reader_says_no_and_why(cast: Cast, case: Case, signed_in: SignIn) -> None:
    message, officer = held(cast, case), signed_in("officer")
    bare = officer.post(page(case, f"{message.pk}/"), {"given": "no"})
    assert (bare.status_code, "Say why not." in bare.content.decode()) == (422, True)
    said = {"given": "no", "words": "The parcel is known to the subject."}
    assert officer.post(page(case, f"{message.pk}/"), said).status_code == 303
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    assert (left(), Message.objects.unscoped("test").get().state) == ([], "stopped")
    assert said["words"] in read(signed_in("advocate"), page(case, f"{message.pk}/"))


def test_what_nobody_read_in_a_day_leaves_no_more(cast: Cast, case: Case) -> None:
    message = held(cast, case)
    with pytest.raises(UnsafeContact) as fault:
        support.read_message(actor=cast.officer, message=message, given=True, at=NOON + timedelta(days=1))
    assert fault.value.field == "given"
    assert not MessageRead.objects.unscoped("test").exists()


def test_the_next_advocate_reads_why_a_message_of_one_who_left_did_not_leave(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    message = held(cast, case, "Are you free Friday 27 November at 11:00?")
    assert message.state == "waiting"
    part = Relation.objects.get(file=case.pk, staff=cast.advocate.staff)
    access.end_relation(actor=cast.coordinator, relation=part, at=NOON)
    access.relate(
        actor=cast.coordinator, file=case.pk, staff=cast.second_advocate.staff, kind=RelationKind.ADVOCATE, at=OPENED
    )
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    assert left() == []
    assert rules.WRITER_LEFT in read(signed_in("second_advocate"), f"/cases/{case.reference}/victim/")


@pytest.mark.door("messages")
def test_a_message_put_past_its_reader_in_the_table_does_not_leave(cast: Cast, case: Case) -> None:
    message = held(cast, case)
    Message.objects.unscoped("test").filter(pk=message.pk).update(state="waiting")
    done = support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    assert (done.sent, done.stopped) == (0, 1)
    assert Message.objects.unscoped("test").get().why_stopped == rules.UNREAD


def test_a_title_of_ones_own_waits_too(cast: Cast, case: Case) -> None:
    from fourfold.people.terms import MarkKind, SafeContactRule
    from tests.support.builders import confirm

    agree(cast, case, SafeContactRule((Channel.EMAIL,)), at=NOON)
    confirm(cast, case, "nora@example.org", MarkKind.EMAIL, at=NOON)
    written = {"actor": cast.advocate, "case": case, "channel": Channel.EMAIL, "text": "See you at noon.", "at": NOON}
    assert support.send_message(**written).state == "waiting"
    assert support.send_message(title="The move", **written).state == "held"


@pytest.mark.parametrize("name", ["olu", "clinician", "analyst", "station_officer", "second_officer"])
def test_nobody_else_reads_or_answers(cast: Cast, case: Case, signed_in: SignIn, name: str) -> None:
    message, client = held(cast, case), signed_in(name)
    assert client.get(page(case, f"{message.pk}/")).status_code in (403, 404)
    assert client.post(page(case, f"{message.pk}/"), {"given": "yes"}).status_code in (403, 404)
    assert (tasks(cast, name, case), left()) == ([], [])
