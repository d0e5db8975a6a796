"""One press of "same person" moves no victim's number: two people merge, both advocates are told, each case keeps its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings

from fourfold.access import services as access
from fourfold.access.terms import RelationKind
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.people import services as people
from fourfold.people.models import JoinAsked, SamePerson
from fourfold.people.queries.contact import why_not_contact_now
from fourfold.people.terms import Channel, Confirmation, InvalidDetails, MarkKind
from fourfold.support import services as support
from fourfold.web import worklist
from tests.audit.test_sealing import findings
from tests.cast import Cast, assign, vouched
from tests.people.builders import merged
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, agree, case_of
from tests.web.conftest import SignIn
from tests.web.test_desk import read
from tests.web.test_endpoints import HERS, write

pytestmark = pytest.mark.django_db
HIS = "07700 900666"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


@pytest.fixture
def case(cast: Cast) -> Case:
    """The victim's case, with the number that their advocate confirmed."""
    case = case_of(cast)
    agree(cast, case)
    return case


@pytest.fixture
def other(cast: Cast) -> Case:
    """An accomplice's case, whose own telephone an advocate confirmed honestly, and later."""
    him = {"subject_name": "Other Man", "subject_birth": "", "subject_phone": ""}
    other = case_of(cast, victim_name="Vera Other", victim_birth="1 May 1990", victim_phone=HIS, **him)  # type: ignore[arg-type]
    agree(cast, other, at=NOON - DAY)
    return other


def says(cast: Cast, name: str, words: str) -> bool:
    return any(words in str(row.what) for row in worklist.today(cast.actor(name), NOON, "mine").every)


def test_one_press_joins_no_victims_and_a_colleague_has_to_sign(
    cast: Cast, case: Case, other: Case, signed_in: SignIn
) -> None:
    vouched(cast)
    client, address = signed_in("second_officer"), f"/desk/records/victim/{case.victim_id}/{other.victim_id}/"
    said = {"found": "one", "reason": "Her maiden name; she says so."}
    assert client.post(address, said).status_code == 303
    assert not SamePerson.objects.unscoped("a test").exists()
    answer = client.post(address, said)
    assert (answer.status_code, b"Somebody else has to sign" in answer.content) == (422, True)
    with pytest.raises(InvalidDetails, match="Two people"):
        cases.merge_people(
            actor=cast.second_officer, one=case.victim, other=other.victim, reason="She says so.", at=NOON
        )
    assert (write(cast, case).state, write(cast, case).to) == ("waiting", HERS)
    assert says(cast, "analyst", "are one person")
    assert not says(cast, "second_officer", "are one person"), "who asked is not asked to sign"
    assert says(cast, "advocate", "asks to merge")
    signer = signed_in("analyst")
    assert "asked on" in read(signer, address)
    assert signer.post(address, {"found": "one", "reason": "I saw both cards."}).status_code == 303
    row = SamePerson.objects.unscoped("a test").get()
    assert (row.decided_by, row.recorded_by) == (cast.second_officer.staff, cast.analyst.staff)
    assert "signed by" in read(signer, address)
    assert says(cast, "advocate", "was merged")
    assert Entry.objects.filter(action="people.join_signed").count() == 1
    assert findings() == []


def test_the_number_of_the_other_record_gets_nothing_until_the_cases_own_advocate_confirms_it(
    cast: Cast, case: Case, other: Case
) -> None:
    waiting = write(cast, case)
    merged(cast, case.victim, other.victim, reason="Her maiden name.", at=NOON)
    for one in (case, other):
        why, reach = why_not_contact_now(one.victim_id, Channel.TEXT, case=one.pk, at=NOON, leaves_message=False)
        assert why is not None, "what was confirmed for the other record is told here, and a message waits for it"
        assert reach is not None
        assert reach.victim_id == one.victim_id
    assert write(cast, case).to != HIS
    sent = Rehearsal()
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=sent)
    assert not [each for each in sent.delivered.values() if each.to == HIS]
    waiting.refresh_from_db()
    assert waiting.state == "stopped"
    support.confirm_endpoint(
        actor=cast.advocate, case=case, kind=MarkKind.PHONE, value=HIS, how=Confirmation.FACE_TO_FACE, at=NOON
    )
    assert write(cast, case).to == HIS


def test_from_another_case_nobody_writes_to_the_victims_number(cast: Cast, case: Case, other: Case) -> None:
    me = cast.second_officer
    access.relate(actor=cast.coordinator, file=other.pk, staff=me.staff, kind=RelationKind.OIC, at=NOON - DAY)
    merged(cast, case.victim, other.victim, reason="Her maiden name.", at=NOON, by="officer")
    message = people.send_message(
        actor=me,
        case_file=other.pk,
        victim=other.victim,
        channel=Channel.TEXT,
        text="Is tomorrow at eleven still good for you?",
        at=NOON,
    )
    assert (message.state, message.to) != ("waiting", HERS)
    assert message.to != HERS


def test_a_no_and_a_request_that_lapsed_join_nobody(cast: Cast, case: Case, other: Case, signed_in: SignIn) -> None:
    vouched(cast)
    both = {"one": case.victim, "other": other.victim}
    people.ask_to_join(actor=cast.officer, reason="Her maiden name.", at=NOON - 8 * DAY, **both)
    with pytest.raises(InvalidDetails, match="Nobody asks for this"):
        cases.sign_merge(actor=cast.analyst, because="Yes.", at=NOON, **both)
    address = f"/desk/records/victim/{case.victim_id}/{other.victim_id}/"
    assert signed_in("officer").post(address, {"found": "one", "reason": "Her maiden name."}).status_code == 303
    assert signed_in("officer").post(address, {"found": "two", "reason": "I was wrong."}).status_code == 303
    assert list(JoinAsked.objects.unscoped("a test").values_list("given", flat=True)) == [False, False]
    assert not SamePerson.objects.unscoped("a test").exists()
    assert findings() == []


def test_an_advocate_elsewhere_is_told_nothing(cast: Cast, case: Case, other: Case) -> None:
    assign(
        actor=cast.coordinator, case=other, staff=cast.staff["second_advocate"].pk, kind=RelationKind.ADVOCATE, at=NOON
    )
    third = case_of(cast, victim_name="Ada Third", victim_birth="1 May 1970", victim_phone="07700 900777")
    merged(cast, case.victim, third.victim, reason="One woman.", at=NOON)
    assert says(cast, "advocate", "was merged")
    assert not says(cast, "second_advocate", "was merged")
