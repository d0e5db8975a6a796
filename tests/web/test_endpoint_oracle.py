"""Whether a number is on the record of people whom somebody may not see is told by no answer about one's own victim."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Relation, Staff
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation
from fourfold.people import services as people
from fourfold.people.models import ReachChecked, VictimReach
from fourfold.people.rules import contact as rules
from fourfold.people.terms import Channel, MarkKind, Part, SafeContactRule
from fourfold.support import services as support
from fourfold.words import sentence
from tests.cases.builders import further_act, open_case
from tests.cast import NOW, Cast
from tests.people.builders import merged
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, OPENED, agree, case_of, confirm
from tests.web.conftest import SignIn
from tests.web.test_desk import read
from tests.web.test_support import masked

pytestmark = pytest.mark.django_db
LANE = "14 Elder Bank Lane, Northmoor"
#: What is on the records of the secret case, and the same that is on nobody's.
HITS = {"phone": "07700 900777", "email": "nora@example.org", "address": LANE}
MISSES = {"phone": "07700 900999", "email": "edna@example.org", "address": "15 Elder Bank Lane, Northmoor"}
CHANNELS = {"phone": Channel.TEXT, "email": Channel.EMAIL, "address": Channel.LETTER}


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOON.isoformat()}))


def walled_off(cast: Cast, name: str) -> Case:
    """A case of Nora and Dean that somebody may not see."""
    secret = open_case(cast, victim_address=LANE, victim_email="nora@example.org")
    cases.wall_off(actor=cast.governance, case=secret, staff=cast.staff[name].pk, at=NOW, reason="a cousin")
    return secret


def own_case(cast: Cast, **more: str) -> Case:
    said = {"victim_name": "Ada Brindlecott", "victim_birth": "9 Sep 1990", "victim_phone": "07700 900321"}
    him = {"subject_name": "Rolf Otter", "subject_birth": "1/1/1970", "subject_phone": "07700 900888"}
    return case_of(cast, **{**said, **him, **more})


def page(case: Case, rest: str = "endpoints/") -> str:
    return f"/cases/{case.reference}/victim/{rest}"


def confirmed(client: Client, case: Case, kind: str, value: str) -> tuple[int, str, bytes]:
    answer = client.post(page(case), {"kind": kind, "value": value, "how": "face_to_face"})
    return answer.status_code, answer.headers.get("Location", ""), masked(answer.content)


@pytest.mark.parametrize("kind", HITS)
def test_confirming_what_others_have_answers_as_confirming_what_nobody_has_and_is_never_used(
    cast: Cast, signed_in: SignIn, kind: str
) -> None:
    walled_off(cast, "advocate")
    mine = own_case(cast)
    agree(cast, mine, SafeContactRule((CHANNELS[kind],)))
    client = signed_in("advocate")
    assert confirmed(client, mine, kind, MISSES[kind]) == confirmed(client, mine, kind, HITS[kind])
    assert read(client, page(mine)).count("face to face") >= 2
    missed = VictimReach.objects.unscoped("a test").get(victim=mine.victim, value=MISSES[kind])
    support.set_endpoint_aside(actor=cast.advocate, case=mine, reach=missed.pk, why="A slip.", at=NOON)
    title = {} if kind == "phone" else {"title": "Hello"}
    said = {"actor": cast.advocate, "case": mine, "channel": CHANNELS[kind], "at": NOON, **title}
    message = support.send_message(text="Are you free at ten?", **said)  # type: ignore[arg-type]
    unused = sentence(rules.UNCONFIRMED, MarkKind(kind).words)
    assert (message.state, message.to, message.why_stopped) == ("stopped", "", unused)
    shown = signed_in("advocate").get(page(mine, "")).content.decode()
    assert "Somebody else may read or answer this" not in shown


@pytest.mark.parametrize("kind", ["phone", "address"])
def test_what_an_officer_tells_of_their_own_victim_is_answered_alike_whosever_it_is(
    cast: Cast, signed_in: SignIn, kind: str
) -> None:
    """The desk presses “same person”; the officer looks at the page, and writes."""
    walled_off(cast, "officer")
    client, told = signed_in("officer"), []
    for name, birth, values in (
        ("Ada Brindlecott", "9 Sep 1990", HITS),
        ("Ada Furlongshore", "8 Aug 1980", MISSES),
    ):
        mine = own_case(cast, victim_phone="", victim_name=name, victim_birth=birth)
        ways = SafeContactRule((CHANNELS[kind], Channel.CALL, Channel.VISIT))
        support.agree_contact(actor=cast.advocate, case=mine, rule=ways, at=OPENED)
        said = {"words": "He waits.", "victim_name": name, "victim_birth": birth, f"victim_{kind}": values[kind]}
        said["another_event"] = "yes"
        kept = client.post("/refer/", said)["Location"]
        row = Allegation.objects.unscoped("a test").get(pk=kept.rstrip("/").rpartition("/")[2])
        cases.confirm_match(actor=cast.analyst, allegation=row, part=Part.VICTIM, victim=mine.victim, at=NOON)
        answers = [client.get(page(mine, "")), client.get(page(mine, "contact/"))]
        sent = {"channel": CHANNELS[kind].value, "text": "See you at noon."}
        answers.append(client.post(page(mine, "message/"), sent, follow=True))
        plain = [masked(each.content).decode().replace(mine.reference, "").replace(name, "") for each in answers]
        told.append([text.replace(str(mine.pk), "").replace(name.rpartition(" ")[2], "") for text in plain])
        assert "only told" in told[-1][0]
    for hit, miss in zip(*told, strict=True):
        assert "Somebody else may read or answer this" not in hit + miss
        assert hit.count("only told") == miss.count("only told")


def test_the_subjects_own_number_is_still_refused_by_name(cast: Cast, signed_in: SignIn) -> None:
    mine = own_case(cast)
    status, _, content = confirmed(signed_in("advocate"), mine, "phone", "07700 900888")
    assert (status, b"Somebody else may read or answer this" in content) == (422, True)


def test_confirming_is_bounded_whatever_it_hits_and_whoever_looks_after_walls_asks(
    cast: Cast, signed_in: SignIn
) -> None:
    walled_off(cast, "advocate")
    mine, client, lead = own_case(cast), signed_in("advocate"), signed_in("governance")
    confirmed(client, mine, "phone", HITS["phone"])
    shown = read(lead, "/oversight/walls/")
    assert ("Advocate confirmed the telephone number" in shown, "Alarm" in shown) == (True, False)
    assert "07700" not in shown
    assert "Ask Advocate how the telephone number was confirmed" in read(signed_in("coordinator"), "/?show=unit")
    row = VictimReach.objects.unscoped("a test").filter(victim=mine.victim).order_by("-recorded_at", "-id").first()
    assert row is not None
    assert client.post(page(mine, "endpoints/aside/"), {"mark": row.pk, "reason": "A slip."}).status_code == 303
    assert "Advocate confirmed" not in read(lead, "/oversight/walls/")
    confirmed(client, mine, "phone", "07700 900123")
    assert "Alarm" in read(lead, "/oversight/walls/")
    told = [confirmed(client, mine, "phone", f"07700 9009{n}")[0] for n in range(10, 20)]
    assert told == [303] * (rules.CONFIRMED_A_DAY - 2) + [422] * 2
    assert "within a day, which is the most" in confirmed(client, mine, "phone", HITS["phone"])[2].decode()
    assert ReachChecked.objects.unscoped("a test").filter(confirmed=True).count() == rules.CONFIRMED_A_DAY


def second_record(cast: Cast, case: Case, **more: str) -> Case:
    """Another case of the same victim, under a record of its own that is known to be the same person."""
    him = {"subject_name": "Other Man", "subject_birth": "", "subject_phone": ""}
    second = case_of(cast, **{"victim_name": "Nora Quill", "victim_birth": "", **him, **more})
    merged(cast, case.victim, second.victim, reason="one woman", at=NOON - timedelta(days=3))
    return second


def sent(cast: Cast, case: Case) -> tuple[str, str]:
    text = "Is tomorrow at eleven still good for you?"
    message = support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text=text, at=NOON)
    return message.state, message.to


def test_a_number_set_aside_on_one_record_of_a_victim_is_used_on_none(cast: Cast, signed_in: SignIn) -> None:
    case = case_of(cast)
    agree(cast, case)
    second = second_record(cast, case)
    agree(cast, second, at=NOON - timedelta(days=2))
    assert sent(cast, case)[0] == "waiting"
    row = VictimReach.objects.unscoped("a test").get(victim=second.victim, kind="phone")
    said = {"mark": row.pk, "reason": "He has that telephone now"}
    assert signed_in("advocate").post(page(second, "endpoints/aside/"), said).status_code == 303
    assert [sent(cast, each) for each in (case, second)] == [("stopped", "")] * 2
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())


def test_what_is_told_on_one_record_of_a_victim_waits_on_all_and_is_asked_on_each(
    cast: Cast, signed_in: SignIn
) -> None:
    case = case_of(cast)
    agree(cast, case)
    second = second_record(cast, case, victim_phone="")
    told = {"victim_birth": "", "victim_phone": "07700 900666", "subject_name": "Other Man", "subject_birth": ""}
    further_act(cast, second, at=NOON, subject_phone="", **told)
    assert sent(cast, case) == ("stopped", "")
    client = signed_in("advocate")
    row = VictimReach.objects.unscoped("a test").get(value="07700 900666")
    assert str(row.pk) in client.get(page(case)).content.decode()
    said = {"mark": row.pk, "reason": "Not theirs."}
    assert client.post(page(case, "endpoints/aside/"), said).status_code == 303
    assert sent(cast, case) == ("waiting", "07700 900123")


def test_a_number_that_is_on_a_record_twice_is_set_aside_whole(cast: Cast, signed_in: SignIn) -> None:
    case, number = case_of(cast), "07700 900555"
    agree(cast, case)
    confirm(cast, case, number, at=NOON - timedelta(days=2))
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.PHONE, value=number, at=NOON - timedelta(1))
    for row in VictimReach.objects.unscoped("a test").filter(victim=case.victim, value=number):
        confirm(cast, case, number, at=NOON - timedelta(hours=2))
        said = {"mark": row.pk, "reason": "He has that telephone now"}
        assert signed_in("advocate").post(page(case, "endpoints/aside/"), said).status_code == 303
        assert number not in sent(cast, case)
    assert read(signed_in("advocate"), page(case)).count("Not to be used") == 2


def test_who_confirmed_something_doubtful_does_not_look_after_it_on_another_record(
    cast: Cast, signed_in: SignIn
) -> None:
    """One natural person with two records: the advocate of one, who looks after walls on the other."""
    walled_off(cast, "advocate")
    Staff.objects.filter(pk=cast.governance.staff).update(person=cast.advocate.staff)
    mine, client = own_case(cast), signed_in("advocate")
    confirmed(client, mine, "phone", HITS["phone"])
    assert "Advocate confirmed" not in read(signed_in("governance"), "/oversight/walls/")
    assert "Advocate confirmed" in read(signed_in("second_governance"), "/oversight/walls/")


def test_who_is_on_record_twice_confirms_no_more_than_one_person_may(cast: Cast, signed_in: SignIn) -> None:
    mine, client = own_case(cast), signed_in("advocate")
    for number in range(10, 10 + rules.CONFIRMED_A_DAY):
        confirmed(client, mine, "phone", f"07700 9009{number}")
    Staff.objects.filter(pk=cast.second_advocate.staff).update(person=cast.advocate.staff)
    Relation.objects.create(
        file=mine.pk, staff=cast.staff["second_advocate"], kind="advocate", from_at=NOW, given_by=cast.coordinator.staff
    )
    status, _, said = confirmed(signed_in("second_advocate"), mine, "phone", "07700 900887")
    assert (status, "within a day, which is the most" in said.decode()) == (422, True)


def test_ten_a_day_are_counted_while_the_victims_row_is_held(cast: Cast) -> None:
    """Twenty-four at once were kept where each counted before any of them wrote."""
    case = case_of(cast)
    with CaptureQueriesContext(connection) as said:
        confirm(cast, case, "07700 900801", at=NOON)
    asked = [query["sql"] for query in said.captured_queries]
    holds = [n for n, sql in enumerate(asked) if 'FROM "people_victim"' in sql and "ORDER BY" in sql]
    if connection.vendor == "postgresql":
        holds = [n for n in holds if "FOR UPDATE" in asked[n]]
    counts = [n for n, sql in enumerate(asked) if "COUNT(*)" in sql and "people_reachchecked" in sql]
    kept = [n for n, sql in enumerate(asked) if sql.startswith('INSERT INTO "people_reachchecked"')]
    assert any(hold < count < kept[0] for hold in holds for count in counts), asked
