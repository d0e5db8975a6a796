"""A pack stands on the day of whoever's decision it waits for: first of who makes packs, then of who releases it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from fourfold.cases.models import Case
from fourfold.governance import services
from fourfold.governance.terms import Choice, DangerDraft
from tests.cast import Cast
from tests.governance.test_dangers import HOME, WORDS, decide, decide_all, now, shown, told_case
from tests.governance.test_packs import COURT, made
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DECIDE, RELEASE = "Decide on words in a pack: disclosure for a court", "Release a pack, or leave it"


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
    decide_all(cast, pack)
    assert DECIDE not in day(coordinator)
    assert RELEASE in day(chair)
    services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now())
    assert RELEASE not in day(chair)


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
        assert "words in a pack" not in day(signed_in(name))
