"""Every list costs the same number of statements for one row as for several, and no more than stands here."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import services as access
from fourfold.access.terms import Compartment
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.governance import services as governance
from fourfold.governance.terms import ChallengeKind, Challenger, HoldKind
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.support import services as support
from fourfold.support.terms import NoteKind
from tests.cast import Cast
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

#: Who reads which list, and the most statements that it costs; a page may cost one more where a list is not empty.
LISTS = {
    ("coordinator", "/"): 60,
    ("coordinator", "/cases/"): 12,
    ("coordinator", "/caseload/assign/"): 14,
    ("coordinator", "/desk/"): 12,
    ("coordinator", "/find/?q=Quill"): 20,
    ("coordinator", "/panel/"): 20,
    ("coordinator", "/panel/consultations/"): 14,
    ("coordinator", "/orders/"): 16,
    ("coordinator", "/orders/in-force/"): 16,
    ("coordinator", "/orders/noes/"): 16,
    ("coordinator", "/refer/answers/"): 14,
    ("coordinator", "/transfers/"): 18,
    ("coordinator", "/unit/quality/"): 45,
    ("coordinator", "/unit/quality/assessed/"): 45,
    ("coordinator", "/unit/retention/"): 20,
    ("governance", "/oversight/"): 20,
    ("governance", "/oversight/disclosures/"): 20,
    ("governance", "/oversight/walls/"): 20,
    ("advocate", "/"): 60,
    ("officer", "/cases/{case}/history/"): 40,
    ("officer", "/cases/{case}/comments/"): 40,
    ("officer", "/cases/{case}/disclosures/"): 60,
    ("officer", "/cases/{case}/documents/"): 40,
    ("officer", "/cases/{case}/plan/"): 60,
    ("advocate", "/cases/{case}/victim/"): 40,
    ("advocate", "/cases/{case}/victim/care/"): 40,
    ("advocate", "/cases/{case}/victim/diary/"): 40,
}


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    now = (NOON + timedelta(hours=1)).isoformat()
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": now}))


def add(cast: Cast, number: int) -> Case:
    """Add a case with something in each list."""
    case = case_of(cast, victim_name=f"Nora Quill{'abc'[number]}", victim_phone=f"0770090012{number}")
    agree(cast, case)
    more(cast, case, number)
    access.set_wall(
        actor=cast.governance, files=[case.pk], staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOON
    )
    return case


def more(cast: Cast, case: Case, number: int) -> None:
    """Add to one case something in each list of its own."""
    reached(cast, case, at=NOON + timedelta(minutes=number))
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOON)
    cases.add_comment(
        actor=cast.coordinator,
        case=case,
        words="Look.",
        compartment=Compartment.CORE,
        mentioned=[cast.officer.staff],
        at=NOON,
    )
    plan.open_action(
        actor=cast.officer, case=case, strand=Strand.LEGAL, what="Serve it", owner_partner="northmoor-police",
        due_on=NOON.date(), at=NOON,
    )  # fmt: skip
    governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.COMPLAINT, reason="A complaint.", at=NOON)
    governance.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
        about="the report of 3 May", words="I was in Leeds.", received_on=date(2026, 11, 20), at=NOON,
    )  # fmt: skip
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.WISH, text="Quiet.", at=NOON)


def test_no_list_asks_the_database_once_for_each_row(cast: Cast, signed_in: SignIn) -> None:
    first = add(cast, 0)
    clients = {name: signed_in(name) for name, _ in LISTS}
    few = {each: cost(clients, each, first) for each in LISTS}
    for number in (1, 2):
        add(cast, number)
        more(cast, first, number)
    many = {each: cost(clients, each, first) for each in LISTS}
    grown = {each: (few[each], many[each]) for each in LISTS if many[each] > few[each] + 1}
    assert grown == {}
    dear = {each: cost_ for each, cost_ in many.items() if cost_ > LISTS[each]}
    assert dear == {}


def cost(clients: dict[str, object], each: tuple[str, str], case: Case) -> int:
    """Return how many statements a list costs."""
    name, address = each
    with CaptureQueriesContext(connection) as counted:
        answer = clients[name].get(address.format(case=case.reference))  # type: ignore[attr-defined]
    assert answer.status_code == 200, (each, answer.content[:200])
    return len(counted)
