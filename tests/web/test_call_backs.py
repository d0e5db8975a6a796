"""A message says a number to ring only from the unit's list, which two people make and any one shortens."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from fourfold.access.models import Grant, Staff
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import Case
from fourfold.people import services as people
from fourfold.people.models import CallBack, Message
from fourfold.people.rules import messages as rules
from fourfold.people.rules.call_backs import SECOND
from fourfold.people.terms import Channel, UnsafeContact
from fourfold.support import services as support
from fourfold.web import worklist
from tests.cast import Cast
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, agree, case_of
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db
HERE = "/sites/of/northmoor/numbers/"
OURS = "01632 960 555"
ASKS = f"Please ring {OURS} when it suits you."
TASK = "Ring a number and confirm it for messages"


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


@pytest.fixture
def case(cast: Cast) -> Case:
    case = case_of(cast)
    agree(cast, case)
    return case


def asked(cast: Cast, number: str = OURS) -> CallBack:
    return people.ask_call_back(actor=cast.advocate, site="northmoor", number=number, at=NOON)


def confirmed(cast: Cast, number: str = OURS) -> CallBack:
    row = asked(cast, number)
    return people.confirm_call_back(actor=cast.officer, site="northmoor", call_back=row.pk, at=NOON)


def write(cast: Cast, case: Case) -> Message:
    return support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text=ASKS, at=NOON)


def has_task(cast: Cast, name: str) -> bool:
    return TASK in {str(row.what) for row in worklist.today(cast.actor(name), NOON, "mine").every}


def test_two_people_put_a_number_on_the_list_and_a_message_says_it(cast: Cast, case: Case, signed_in: SignIn) -> None:
    advocate, officer = signed_in("advocate"), signed_in("officer")
    message = f"/cases/{case.reference}/victim/message/"
    assert "Numbers that a message may say : none yet" in read(advocate, message)
    assert "No number yet" in read(advocate, HERE)
    for number, status in (("ring me", 422), (OURS, 303), ("+44 1632 960555", 422), ("01632 960 001", 422)):
        assert advocate.post(HERE, {"number": number}).status_code == status
    row = CallBack.objects.get()
    assert SECOND in read(advocate, HERE)
    assert (has_task(cast, "advocate"), has_task(cast, "officer")) == (False, True)
    advocate.post(f"{HERE}{row.pk}/confirm/")
    assert "Waits for a second person" in read(officer, HERE)
    with pytest.raises(UnsafeContact):
        write(cast, case)
    assert "[number]" not in read(advocate, message)
    assert officer.post(f"{HERE}{row.pk}/confirm/")["Location"] == f"{HERE}?done=confirmed"
    assert not has_task(cast, "officer")
    assert "Please ring [number] when it suits you." in read(advocate, message)
    chosen = {"template": "ring_number", "language": "en"}
    assert "Choose the number to ring" in advocate.get(message, chosen).content.decode()
    assert "Choose the number to ring" in advocate.get(message, {**chosen, "number": "07700 900111"}).content.decode()
    assert ASKS in advocate.get(message, {**chosen, "number": OURS}).content.decode()
    assert advocate.post(message, {"channel": "text", "text": ASKS}).status_code == 303
    assert Message.objects.unscoped("test").get().state == "sent"
    assert audit_queries.verify().clean


def test_a_number_that_was_ended_meanwhile_leaves_in_no_message(cast: Cast, case: Case, signed_in: SignIn) -> None:
    row, waiting = confirmed(cast), write(cast, case)
    assert waiting.state == "waiting"
    assert signed_in("officer").post(f"{HERE}{row.pk}/end/")["Location"] == f"{HERE}?done=ended"
    assert "Ended" in read(signed_in("advocate"), HERE)
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    waiting.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert (waiting.state, waiting.why_stopped) == ("stopped", rules.UNREAD)
    with pytest.raises(UnsafeContact):
        write(cast, case)


def test_the_list_of_the_unit_that_handed_the_case_over_counts_no_more(cast: Cast, case: Case) -> None:
    confirmed(cast)
    waiting = write(cast, case)
    Grant.objects.filter(file=case.pk).update(handed_at=NOON)
    Grant.objects.create(
        file=case.pk,
        site="southmere",
        partner="southmere-police",
        compartments=0,
        from_at=NOON,
    )
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    waiting.refresh_from_db(from_queryset=Message.objects.unscoped("test"))
    assert waiting.state == "stopped"


@pytest.mark.parametrize("how", ["twin", "left", "late"])
def test_no_second_person_is_no_confirmation(cast: Cast, how: str) -> None:
    row, at = asked(cast), NOON
    if how == "twin":
        Staff.objects.filter(pk=cast.officer.staff).update(person=cast.advocate.staff)
    elif how == "left":
        Staff.objects.filter(pk=cast.advocate.staff).update(active=False)
    else:
        at += timedelta(days=90)
    with pytest.raises(UnsafeContact):
        people.confirm_call_back(actor=cast.actor("officer", at=at), site="northmoor", call_back=row.pk, at=at)


@pytest.mark.parametrize(("name", "status"), [("olu", 404), ("analyst", 403), ("coordinator", 403)])
def test_nobody_else_reads_or_changes_the_list(cast: Cast, signed_in: SignIn, name: str, status: int) -> None:
    row, client = confirmed(cast), signed_in(name)
    assert client.get(HERE).status_code == status
    for address, sent in (
        (HERE, {"number": "01632 960 001"}),
        (f"{HERE}{row.pk}/end/", {}),
        (f"{HERE}{row.pk}/confirm/", {}),
    ):
        assert client.post(address, sent).status_code == status
    assert CallBack.objects.get().ended_at is None


def test_the_list_costs_the_same_however_long_it_is(
    cast: Cast, signed_in: SignIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    confirmed(cast, "01632 960 001")
    asked(cast)
    client = signed_in("officer")
    client.get(HERE)
    with CaptureQueriesContext(connection) as few:
        client.get(HERE)
    people.end_call_back(actor=cast.officer, site="northmoor", call_back=CallBack.objects.get(number=OURS).pk, at=NOON)
    for number in range(2, 6):
        confirmed(cast, f"01632 960 00{number}")
    asked(cast)
    with django_assert_num_queries(len(few)):
        assert read(client, HERE).count("In use") == 5
