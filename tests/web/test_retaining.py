"""What is due before it may go, what people say about their own records, and that a correction is read with the record."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.cases.models import Case, StateSet
from fourfold.cases.terms import State
from fourfold.governance import queries, services
from fourfold.governance.models import Challenge
from fourfold.governance.rules import retention
from fourfold.governance.terms import ChallengeKind, ChallengeOutcome, Challenger, HoldKind
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.duties.scene import said as duty
from tests.duties.scene import waits
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + timedelta(days=6 * 366)


def it_is(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": moment.isoformat()}))


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(NOW, monkeypatch)


def closed(cast: Cast, number: int = 0) -> Case:
    """A case that was closed a day after it was opened, as one that was taken over may be."""
    case = open_case(cast, victim_name=f"Nora Quill{'abc'[number]}", victim_phone=f"0770090012{number}")
    row = StateSet.objects.unscoped("test").get(case=case)
    StateSet.objects.create(
        case=case, state=State.CLOSED, entered_at=NOW + DAY, controller=row.controller, basis=row.basis,
        source="test", recorded_at=NOW + DAY, recorded_by=row.recorded_by,
    )  # fmt: skip
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    return case


def said(cast: Cast, case: Case) -> Challenge:
    return services.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
        about="the report of 3 May", words="I was in Leeds.", received_on=date(2026, 11, 20), at=NOW,
    )  # fmt: skip


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content[:300]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_a_closed_case_stands_on_the_list_when_its_rule_says_and_a_hold_keeps_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = closed(cast)
    assert "Nothing is due" in text(signed_in("coordinator"), "/unit/retention/")
    it_is(LATER, monkeypatch)
    listed = text(signed_in("coordinator"), "/unit/retention/")
    assert case.reference in listed
    assert "Retention group 3" in listed
    assert "Keep, or propose for disposal" in listed
    assert "Review whether to keep closed cases" in text(signed_in("coordinator"), "/?show=unit")
    services.place_hold(
        actor=cast.actor("coordinator", at=LATER), case=case, kind=HoldKind.COMPLAINT, reason="A complaint.", at=LATER
    )
    held = text(signed_in("coordinator"), "/unit/retention/")
    assert "On hold" in held
    assert "You cannot dispose of anything while the hold is in place" in held
    assert "Review whether to keep closed cases" not in text(signed_in("coordinator"), "/?show=unit")


@pytest.mark.parametrize("name", ["officer", "advocate", "clinician", "olu"])
def test_nobody_else_has_the_list(cast: Cast, signed_in: SignIn, name: str) -> None:
    assert signed_in(name).get("/unit/retention/").status_code == 403


def test_the_list_costs_the_same_for_few_and_many(cast: Cast, django_assert_num_queries: object) -> None:
    coordinator = cast.actor("coordinator")
    for number in range(3):
        closed(cast, number)
        with django_assert_num_queries(7 + 5):  # type: ignore[operator]
            assert len(queries.retention_due(actor=coordinator, at=LATER).rows) == number + 1


def test_what_a_person_says_about_their_record_waits_on_the_day_of_whoever_answers(
    cast: Cast, signed_in: SignIn
) -> None:
    case = open_case(cast)
    challenge = said(cast, case)
    waiting = "Answer what a person says about a record: the report of 3 May"
    assert waiting in text(signed_in("chair"), "/")
    assert waiting not in text(signed_in("officer"), "/?show=unit")
    services.answer_challenge(
        actor=cast.chair, challenge=challenge, outcome=ChallengeOutcome.REFUSED, reason="The log says so.", at=NOW
    )
    assert waiting not in text(signed_in("chair"), "/")


@pytest.mark.parametrize("page", ["", "history/"])
def test_whoever_reads_the_record_reads_what_stands_beside_it(cast: Cast, signed_in: SignIn, page: str) -> None:
    case = open_case(cast)
    challenge = said(cast, case)
    address = f"/cases/{case.reference}/{page}"
    assert "the report of 3 May: the subject: a fact is wrong. Not answered yet." in text(signed_in("officer"), address)
    services.answer_challenge(
        actor=cast.chair, challenge=challenge, outcome=ChallengeOutcome.CORRECTED, reason="So it was.",
        correction="He was in Leeds on 3 May.", at=NOW,
    )  # fmt: skip
    assert "the report of 3 May: He was in Leeds on 3 May." in text(signed_in("clinician"), address)
    assert signed_in("olu").get(address).status_code == 404


def test_the_clock_of_an_answer_waits_for_what_was_asked_and_runs_again(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    challenge = said(cast, case)
    client, home = signed_in("coordinator"), f"/cases/{case.reference}/disclosures/"
    wait = f"{home}challenge/{challenge.pk}/wait/"
    assert "20 Dec" in text(client, home)
    refused = client.post(wait, {"asked_for": "", "asked_on": "22/11/2026", "once": "a"}).content.decode()
    assert "Say what you asked for" in refused
    asked = {"asked_for": "Which of the two reports is meant?", "asked_on": "22/11/2026", "once": "b"}
    assert client.post(wait, asked).status_code == 303
    page = text(client, home)
    assert "waiting for: Which of the two reports is meant?" in page
    assert "22 Dec" in page, "two days of waiting until today"
    assert "Enter a day between" in client.post(wait, {"came_on": "25/11/2026", "once": "c"}).content.decode()
    assert client.post(wait, {"came_on": "23/11/2026", "once": "d"}).status_code == 303
    assert "21 Dec" in text(client, home), "one day of waiting in all"
    (due,) = waits(cast.coordinator, "challenges")
    shown = duty(due, cast.coordinator)
    assert shown is not None
    assert shown.due_at == datetime(2026, 12, 21, 17, tzinfo=UTC)
    assert duty(due, cast.olu) is None, "another unit answers for its own"
    assert signed_in("officer").get(wait).status_code == 403
    assert signed_in("olu").get(wait).status_code in (403, 404)


@pytest.mark.parametrize(
    ("received", "asked", "waits", "field"),
    [
        (date(2026, 11, 20), date(2026, 11, 22), False, None),
        (date(2026, 11, 20), date(2026, 11, 22), True, "asked_for"),
        (date(2026, 11, 20), date(2026, 11, 19), False, "asked_on"),
        (date(2026, 11, 20), date(2026, 11, 25), False, "asked_on"),
        (date(2026, 2, 4), date(2026, 2, 9), False, "asked_on"),
    ],
)
def test_the_clock_waits_only_where_the_law_of_the_day_lets_it(
    received: date, asked: date, waits: bool, field: str | None
) -> None:
    why = retention.why_not_ask_more(received, asked, waits_now=waits, today=date(2026, 11, 24))
    assert (why and why[0]) == field
