"""The quality board in the browser: the numbers, how they were computed, and the cases behind each."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from fourfold.access import queries as access_queries
from fourfold.access.terms import RelationKind
from fourfold.audit import queries as audit
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cases.terms import Level, ScreeningAnswers, SetBy
from fourfold.governance.models import Exported
from fourfold.governance.questions import questions
from fourfold.intake.models import Retold
from fourfold.law import rules as law
from fourfold.law import terms as law_terms
from fourfold.orders import services as orders
from fourfold.orders.terms import OrderKind, StepDetails
from fourfold.panel.terms import Strand
from fourfold.people.terms import ThirdRole
from fourfold.plan import services as plan
from fourfold.plan.models import Action
from fourfold.plan.terms import Status
from fourfold.support import services as support
from fourfold.support.models import Update
from fourfold.support.terms import UpdateKind
from tests.cases.builders import open_case, told
from tests.cast import NOW, Cast, assign
from tests.orders.builders import CONDITIONS, applied, breached, served
from tests.support.builders import reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case opened forty days ago, about which nobody has done anything."""
    return open_case(cast, at=NOW - timedelta(days=40))


def said(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_coordinator_reads_the_board_and_opens_the_cases_behind_it(signed_in: SignIn, case: Case) -> None:
    coordinator = signed_in("coordinator")
    board = said(coordinator, "/unit/quality/")
    assert "<strong>0</strong> of 1" in board
    assert "Was a risk plan present" in board
    assert "Wilson" in board
    assert "over 60 % of cases had no risk management plan" in board
    behind = said(coordinator, "/unit/quality/plan/?site=northmoor")
    assert case.reference in behind
    assert "no action" in behind
    assert "answered yes" in said(coordinator, "/unit/quality/breach/")


def test_who_is_trained_no_longer_reads_that_there_is_nothing_to_count(
    cast: Cast, signed_in: SignIn, case: Case
) -> None:
    cast.staff["coordinator"].trained_until = NOW.date() - DAY
    cast.staff["coordinator"].save(update_fields=["trained_until"])
    board = said(signed_in("coordinator"), "/unit/quality/")
    assert "of 1" not in board
    assert "nothing to count" in board


def test_a_governance_lead_reads_no_small_count_and_opens_no_case(signed_in: SignIn, case: Case) -> None:
    governance = signed_in("governance")
    board = said(governance, "/unit/quality/")
    assert "too few to show" in board
    assert "of 1<" not in board
    assert governance.get("/unit/quality/plan/").status_code == 403


def test_the_file_holds_no_small_count_whoever_takes_it(signed_in: SignIn, case: Case) -> None:
    lines = signed_in("coordinator").get("/unit/quality/file/").content.decode().splitlines()
    assert len(lines) == 10
    plan = next(line for line in lines if "risk plan" in line)
    assert plan.endswith(",,,,,,0.95,,too few to show"), (
        "a verdict is below, above or cannot tell; why there is none is a note"
    )


def test_the_file_of_one_day_less_that_of_the_day_before_tells_of_no_case(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: take the file, or read the board from outside, every day; what differs is the case of that day."""
    for number in range(26):
        happened = NOW - timedelta(days=40)
        one = open_case(cast, at=happened, victim_name=f"Ada {number}", subject_name=f"Bo {number}")
        if number % 2:
            assign(actor=cast.coordinator, case=one, staff=cast.advocate.staff, kind=RelationKind.ADVOCATE, at=happened)
    due_in = timedelta(days=questions()["advocate"].days)
    for more in range(3):  # a case more is asked about on each of the days
        open_case(cast, at=NOW - due_in + (more - 0.5) * DAY, victim_name=f"Cy {more}", subject_name=f"Di {more}")
    seen = []
    for more in range(3):
        moment = NOW + more * DAY
        monkeypatch.setattr("fourfold.web.clock.now", lambda moment=moment: moment)
        files = [signed_in(name).get("/unit/quality/file/").content for name in ("coordinator", "governance")]
        board = re.sub(r"once\" value=\"[^\"]*", "", said(signed_in("governance"), "/unit/quality/"))
        seen.append((*files, re.sub(r"csrfmiddlewaretoken\" value=\"[^\"]*|X-CSRFToken[^}]*", "", board)))
    for kind in range(3):
        assert seen[0][kind] == seen[1][kind] == seen[2][kind]
    counts = [line.split(",")[-8:-6] for line in seen[0][0].decode().splitlines() if "advocate" in line]  # type: ignore[attr-defined]
    assert all(int(count) % 5 == 0 and int(count) >= 10 for [count, of] in counts for count in (count, of))
    assert counts, "a number is told, or the test proves nothing"


def test_two_files_at_either_side_of_a_rounding_tell_of_fewer_than_ten_no_more_than_one(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: take a file each week; where a rounded number moves, one case or two have come."""

    def opened(number: int, ago: int) -> None:
        one = open_case(cast, at=NOW - ago * DAY, victim_name=f"Ada {number}", subject_name=f"Bo {number}")
        if number % 2:
            assign(
                actor=cast.coordinator,
                case=one,
                staff=cast.advocate.staff,
                kind=RelationKind.ADVOCATE,
                at=NOW - ago * DAY,
            )

    def taken(name: str, week: int) -> tuple[str, str, str]:
        moment = NOW + 7 * week * DAY
        monkeypatch.setattr("fourfold.web.clock.now", lambda: moment)
        lines = signed_in(name).get("/unit/quality/file/").content.decode().splitlines()
        (line,) = [line.split(",") for line in lines if "advocate" in line and "told" not in line]
        return line[-8], line[-7], line[-1]

    def shown(week: int) -> str:
        moment = NOW + 7 * week * DAY
        monkeypatch.setattr("fourfold.web.clock.now", lambda: moment)
        text = " ".join(re.sub(r"<[^>]+>", " ", said(signed_in("governance"), "/unit/quality/")).split())
        found = re.search(r"Was an advocate .*? (\d+ of \d+ as counted on \d+ \w+ \d+)", text)
        return found[1] if found else text

    for number in range(27):
        opened(number, 40)
    first = taken("coordinator", 0)
    assert first == ("15", "25", "as counted on 24 November 2026")
    assert shown(1) == "15 of 25 as counted on 24 November 2026"
    opened(27, 35)
    assert taken("governance", 1) == first
    assert shown(1) == shown(2) == "15 of 25 as counted on 24 November 2026", "the page neither"
    cells = [cell for kept in Exported.objects.values_list("cells", flat=True) for cell in kept]
    told = [tuple(cell["shown"]) for cell in cells if cell["name"] == "northmoor: advocate"]
    assert sorted(told) == [(), (), (), (15, 25)], "its three quarters before are held as well"
    for number in range(28, 38):
        opened(number, 30)
    assert taken("coordinator", 2) == ("20", "40", "as counted on 8 December 2026"), "ten have come"
    assert shown(2) == "20 of 40 as counted on 8 December 2026"
    assert not audit.verify().findings


def test_a_count_under_ten_is_never_worked_out_from_two_boards(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack: read the page as somebody who opens no case, each week, and watch the heading's count of cases."""

    def seen(week: int) -> str:
        monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW + 7 * week * DAY)
        return re.search(r"(\d+) cases opened", said(signed_in("governance"), "/unit/quality/"))[1]  # type: ignore[index]

    for number in range(12):
        open_case(cast, at=NOW - 40 * DAY, victim_name=f"Ada {number}", subject_name=f"Bo {number}")
    assert seen(0) == "10"
    open_case(cast, at=NOW - 1 * DAY, victim_name="Ada 12", subject_name="Bo 12")
    assert seen(1) == "10", "13 are 15 when they are rounded"


def test_another_units_board_is_not_there(signed_in: SignIn, case: Case) -> None:
    olu = signed_in("olu")
    assert olu.get("/unit/quality/?site=northmoor").status_code == 404
    assert olu.get("/unit/quality/plan/?site=northmoor").status_code == 404
    assert case.reference not in said(olu, "/unit/quality/plan/")
    for name in ("evaluator", "lead", "administrator"):
        assert signed_in(name).get("/unit/quality/").status_code == 403


def test_a_change_in_the_way_of_recording_stands_beside_the_numbers_that_it_moves(
    signed_in: SignIn, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("coordinator")
    assert "The way of recording changed" not in client.get("/unit/quality/").content.decode()
    changed = law_terms.RecordingRule(
        "next",
        date(2026, 9, 1),
        "each course of conduct is counted once",
        "Counting Rules",
        breaks_series="Counts fall.",
    )
    monkeypatch.setattr(law, "recording_rules", lambda: (changed,))
    said = client.get("/unit/quality/").content.decode()
    assert "The way of recording changed on 1 Sep 2026" in said or "changed on 1 September 2026" in said
    assert "Each course of conduct is counted once. Counts fall." in said


# ---- each number with the cases behind it -----------------------------------------------------------------------

OPENED = NOW - timedelta(days=40)
Pair = tuple[Case, Case]


def opened(cast: Cast, at: datetime = OPENED, **more: str) -> Pair:
    """Open two cases about other people: one of which the answer will be yes, and one of which it will be no."""
    return (
        open_case(cast, at=at, victim_name="Una Vale", subject_name="Ira Bell", **more),
        open_case(cast, at=at, victim_name="Iris Fenn", subject_name="Odo Reeve", **more),
    )


def level(cast: Cast, case: Case, at: datetime, level: Level = Level.HIGH) -> None:
    cases.set_level(actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=at)


def action(cast: Cast, case: Case, due_on: date, at: datetime, owner: str | None = "officer") -> Action:
    return plan.open_action(
        actor=cast.coordinator, case=case, strand=Strand.LEGAL, what="Visit him.", owner_partner="northmoor-police",
        owner=cast.staff[owner].pk if owner else None, due_on=due_on, at=at,
    )  # fmt: skip


def advised(cast: Cast, case: Case, at: datetime) -> None:
    advocate = cast.staff["advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=advocate, kind=RelationKind.ADVOCATE, at=at)


def assessed(cast: Cast) -> Pair:
    yes, no = opened(cast)
    level(cast, yes, OPENED + 2 * DAY)
    level(cast, no, OPENED + 9 * DAY)
    return yes, no


def planned(cast: Cast) -> Pair:
    yes, no = opened(cast)
    action(cast, yes, NOW.date(), OPENED)
    action(cast, no, NOW.date(), OPENED, owner=None)
    return yes, no


def reassessed(cast: Cast) -> Pair:
    yes, no = opened(cast)
    for case in (yes, no):
        advised(cast, case, OPENED)
        order = served(cast, case, at=OPENED + 5 * DAY)
        breached(cast, order, at=NOW - 5 * DAY)
    level(cast, yes, NOW - 4 * DAY)
    level(cast, no, NOW - DAY)
    return yes, no


def considered(cast: Cast) -> Pair:
    """Of the second case there is only bail, and an answer that came after 28 days."""
    yes, no = opened(cast)
    for case in (yes, no):
        level(cast, case, OPENED + DAY)
    applied(cast, yes, at=OPENED + 28 * DAY)
    orders.record_order(
        actor=cast.officer, case=no, kind=OrderKind.BAIL, conditions=CONDITIONS,
        details=StepDetails(expires_on=NOW.date() + 9 * DAY), at=OPENED + DAY,
    )  # fmt: skip
    orders.decline(actor=cast.officer, case=no, reason="He is in prison.", at=OPENED + 29 * DAY)
    return yes, no


def told_her(cast: Cast) -> Pair:
    yes, no = opened(cast)
    for case in (yes, no):
        advised(cast, case, OPENED)
        happened = NOW - 20 * DAY
        support.owe_update(actor=cast.officer, case=case, what=UpdateKind.CHARGE, happened_at=happened, at=happened)
    for case, when in ((yes, NOW - 20 * DAY), (no, NOW - DAY)):
        update = Update.objects.unscoped("test").get(case=case)
        support.tell_update(
            actor=cast.advocate, update=update, contact=reached(cast, case, at=when, incoming=True), at=when
        )
    return yes, no


def offered(cast: Cast) -> Pair:
    yes, no = opened(cast)
    for case, days in ((yes, 7), (no, 8)):
        advised(cast, case, OPENED + days * DAY)
    return yes, no


def put_right(cast: Cast) -> Pair:
    pair = opened(cast)
    for case in pair:
        allegation = CaseAct.objects.unscoped("test").get(case=case).allegation
        answers = ScreeningAnswers(reclassification_asked=True)
        cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=OPENED)
        if case is pair[0]:
            Retold.objects.create(
                allegation=allegation, row_hash="0" * 64, changed={"recorded_class": "8Q"},
                **access_queries.held_by(cast.analyst, "feed", at=OPENED + DAY),
            )  # fmt: skip
    return pair


def contacted(cast: Cast) -> Pair:
    """An act against a school in each case; how to contact it is on record in one."""
    pair = opened(cast)
    for case in pair:
        report = told(cast.analyst, at=OPENED, victim_name="Hill School", victim_birth="")
        cases.name_third_party(
            actor=cast.analyst, allegation=report, role=ThirdRole.SCHOOL, name=f"Hill School {case.reference}",
            safe_contact="Through the head only." if case is pair[0] else "", at=OPENED,
        )  # fmt: skip
        cases.join_act(actor=cast.analyst, case=case, allegation=report, at=OPENED)
    return pair


def done_in_time(cast: Cast) -> Pair:
    """Both cases are too young for a review; one action was settled on its last day, the other the day after."""
    begun = NOW - timedelta(hours=20)
    yes, no = opened(cast, begun)
    for case, done_at in ((yes, NOW - timedelta(hours=13)), (no, NOW)):
        row = action(cast, case, begun.date(), begun)
        plan.update_action(actor=cast.officer, action=row, status=Status.DONE, at=done_at)
    return yes, no


@pytest.mark.parametrize(
    ("code", "scene", "why"),
    [
        ("assessed", assessed, "assessed 24 October, due 22 October"),
        ("plan", planned, "1 of 1 actions without a person"),
        ("breach", reassessed, "assessed 23 November"),
        ("order", considered, "answered 13 November, due 12 November"),
        ("told", told_her, "told 23 November"),
        ("advocate", offered, "named 23 October"),
        ("reclassified", put_right, "8Q asked for"),
        ("third", contacted, "nothing is recorded for the third party of"),
        ("overdue", done_in_time, "action due 23 November, settled 24 November"),
    ],
)
def test_the_page_lists_exactly_the_cases_behind_the_number(
    cast: Cast, signed_in: SignIn, code: str, scene: Callable[[Cast], Pair], why: str
) -> None:
    yes, no = scene(cast)
    client = signed_in("coordinator")
    question = questions()[code]
    board = said(client, "/unit/quality/")
    row = board[board.index('data-label="Yes"', board.index(f">{question.words}<")) :]
    assert row.startswith('data-label="Yes"><strong>1</strong> of 2<'), row[:400]
    assert f"1 {question.no_words}" in row.split("</tr>")[0]
    behind = said(client, f"/unit/quality/{code}/")
    assert no.reference in behind
    assert yes.reference not in behind
    assert behind.count('data-label="Why the answer is no"') == 1
    assert why in behind
