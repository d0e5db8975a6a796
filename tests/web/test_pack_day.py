"""A pack stands on the day of whoever's decision it waits for: first of who makes packs, then of who releases it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from fourfold.access.models import Wall
from fourfold.access.terms import Compartment
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.duties import services as duties
from fourfold.governance import services
from fourfold.governance.terms import Choice, DangerDraft
from fourfold.orders import services as orders
from fourfold.orders.terms import ConditionDraft, ConditionKind, OrderKind
from fourfold.web.pages import retaining
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.governance.test_dangers import HOME, WORDS, decide, decide_all, now, shown, told_case
from tests.governance.test_packs import COURT, made
from tests.panel.scene import wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DECIDE = "Decide what may stand in a pack: disclosure for a court, asked by Chester Crown Court, T2026-0042"
RELEASE = "Release a pack, or leave it: disclosure for a court, asked by Chester Crown Court, T2026-0042"


@pytest.fixture
def case(cast: Cast) -> Case:
    return told_case(cast, words=WORDS, victim_address=HOME)


def day(client: Client) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", client.get("/?show=mine").content.decode()).split())


def test_a_pack_waits_on_the_day_of_who_makes_packs_and_then_of_who_releases_it(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    pack = made(cast, case, COURT)
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    assert DECIDE in day(coordinator)
    assert f"/cases/{case.reference}/disclosures/pack/{pack.pk}/dangers/" in coordinator.get("/").content.decode()
    assert RELEASE not in day(coordinator)
    assert RELEASE not in day(chair)
    assert DECIDE not in day(chair)
    assert list(duties.checked()) == []
    decide_all(cast, pack)
    assert list(duties.checked()) == []
    assert DECIDE not in day(coordinator)
    assert RELEASE in day(chair)
    wall_off(cast, "chair", case)
    assert RELEASE not in day(chair)
    Wall.objects.all().delete()
    services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now())
    assert RELEASE not in day(chair)
    assert list(duties.checked()) == []


def test_who_was_named_to_decide_stands_beside_it_and_on_the_pages_of_the_pack(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    pack = made(cast, case, COURT)
    asked = DangerDraft(choice=Choice.ASK, waits_for="the victim’s advocate")
    for row in shown(cast, pack):
        decide(cast, pack, row.words, asked)
    assert "waits for the victim’s advocate too" in day(signed_in("coordinator"))
    page = signed_in("chair").get(f"/cases/{case.reference}/disclosures/pack/{pack.pk}/").content.decode()
    assert "waits for the victim’s advocate" in page
    for name in ("officer", "advocate", "governance"):
        assert "in a pack" not in day(signed_in(name))


def test_two_packs_of_a_case_are_told_apart_by_who_asked_when_they_were_made_and_what_waits(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    first, second = made(cast, case, COURT), made(cast, case, replace(COURT, asked_by="Stockport Family Court"))
    read = day(signed_in("coordinator"))
    assert "disclosure for a court, asked by Chester Crown Court, T2026-0042" in read
    assert "disclosure for a court, asked by Stockport Family Court" in read
    assert read.count("to decide; it is not released before that") == 2
    decide_all(cast, first)
    assert "made 24 November 2026, 09:00 by Coordinator; it leaves only when somebody else has read it" in day(
        signed_in("chair")
    )
    listed = " ".join(signed_in("chair").get(f"/cases/{case.reference}/disclosures/").content.decode().split())
    assert "not yet: 3 to decide" in listed
    assert "not yet: a second person has to release it" in listed
    assert "asked by Stockport Family Court, made " in listed
    assert second.pk != first.pk


def test_a_pack_that_grew_a_danger_before_its_release_stands_on_the_list_of_who_decides(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    quiet = open_case(cast, at=NOW - timedelta(days=60), words="He waited.")
    pack = made(cast, quiet, COURT)
    coordinator = signed_in("coordinator")
    assert "in a pack" not in day(coordinator)
    later = NOW + timedelta(minutes=1)
    cases.add_comment(actor=cast.officer, case=quiet, words="Nothing new.", compartment=Compartment.CORE, at=later)
    assert "in a pack" not in day(coordinator), "what was written leads to nobody"
    orders.apply_for(
        actor=cast.officer, case=quiet, kind=OrderKind.SPO, reason="Again.", at=later,
        conditions=[ConditionDraft(ConditionKind.PROHIBITION, "Not to go to SE 123 456.")],
    )  # fmt: skip
    read = day(coordinator)
    assert DECIDE in read
    assert "since then the record has changed, 1 to decide; it is not released before that" in read
    assert f"/disclosures/pack/{pack.pk}/dangers/" in coordinator.get("/?show=mine").content.decode()
    page = signed_in("chair").get(f"/cases/{quiet.reference}/disclosures/pack/{pack.pk}/").content.decode()
    assert "Whoever decides sees that on their list." in page


def test_the_day_composes_a_pack_once_for_what_was_written_and_not_at_each_look(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60), words="He waited.")
    made(cast, case, COURT)
    client, looks, look = signed_in("coordinator"), list[int](), retaining.queries.undecided_now

    def looked(*of: Any, **how: Any) -> int:
        looks.append(look(*of, **how))
        return looks[-1]

    monkeypatch.setattr(retaining.queries, "undecided_now", looked)
    for minute in (1, 2):
        later = NOW + timedelta(minutes=minute)
        cases.add_comment(actor=cast.officer, case=case, words="Nothing.", compartment=Compartment.CORE, at=later)
        day(client)
        day(client)
        assert len(looks) == minute
