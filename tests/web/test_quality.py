"""The quality board in the browser: the numbers, how they were computed, and the cases behind each."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from fourfold.cases.models import Case
from fourfold.law import rules as law
from fourfold.law import terms as law_terms
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


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


def test_a_governance_lead_reads_no_small_count_and_opens_no_case(signed_in: SignIn, case: Case) -> None:
    governance = signed_in("governance")
    board = said(governance, "/unit/quality/")
    assert "under 5" in board
    assert "of 1<" not in board
    assert governance.get("/unit/quality/plan/").status_code == 403


def test_the_file_holds_no_small_count_whoever_takes_it(signed_in: SignIn, case: Case) -> None:
    lines = signed_in("coordinator").get("/unit/quality/file/").content.decode().splitlines()
    assert len(lines) == 9
    plan = next(line for line in lines if "risk plan" in line)
    assert plan.endswith(",,,,,,0.95,too few to show")


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
