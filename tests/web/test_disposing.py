"""The page of a disposal: what one asks and another signs, and that no page shows the case afterwards."""

from __future__ import annotations

import pytest
from django.conf import settings

from fourfold.cases.models import Case
from fourfold.web import worklist
from tests.cases.builders import open_case
from tests.cast import vouched
from tests.governance.test_disposing import LATER, _short, proposed, rows, seen  # noqa: F401 -- a schedule of no years
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def _then(monkeypatch):
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": LATER.isoformat()}))


@pytest.mark.usefixtures("_then")
def test_one_reads_and_asks_a_colleague_reads_and_signs_and_no_page_shows_the_case(cast, signed_in):
    vouched(cast)
    case = proposed(cast, open_case(cast))
    address = f"/cases/{case.reference}/disposal/"
    asker, signer = signed_in("coordinator"), signed_in("chair")
    assert case.reference in read(asker, "/unit/disposals/")
    told_of = read(asker, address)
    assert "What goes" in told_of
    assert "Ask a colleague to sign" in told_of
    sent = {"reason": "Nothing is needed.", "seen": seen(cast, case)}
    assert asker.post(address, sent).status_code == 303
    assert "Sign: dispose of this case" not in read(asker, address)
    assert "you asked for it, and a colleague has to sign" in read(asker, "/unit/disposals/")
    assert "a colleague asked for it, and somebody else has to sign" in read(signer, "/unit/disposals/")
    assert asker.post(address, {"goes": "yes", "seen": seen(cast, case)}).status_code in (403, 422)
    assert rows(Case).exists()
    assert any(
        "disposal" in str(row.what) for row in worklist.today(cast.actor("chair", at=LATER), LATER, "mine").every
    )
    assert not any(
        "disposal" in str(row.what) for row in worklist.today(cast.actor("coordinator", at=LATER), LATER, "mine").every
    )
    assert "Sign: dispose of this case" in read(signer, address)
    led = signer.post(address, {"goes": "yes", "seen": seen(cast, case)})
    assert led.status_code == 303
    assert "The case was disposed of" in read(signer, led["Location"])
    assert not rows(Case).exists()
    typed = address.replace(case.reference, case.reference.lower())
    looked = [who.get(each) for who in (signer, asker) for each in (address, typed)]
    for again in (signer.post(address, {"goes": "yes", "seen": "x"}), *looked):
        assert (again.status_code, again["Location"]) == (303, "/unit/disposals/?done=gone")
    assert "was disposed of already" in read(signer, "/unit/disposals/?done=gone")
    for name in ("officer", "olu"):
        assert signed_in(name).get(address).status_code in (403, 404), "nobody else learns that it was there"
        assert (
            signed_in(name).get(address).status_code == signed_in(name).get("/cases/FF-2222222/disposal/").status_code
        )
    assert f"{case.reference} " in read(signer, "/unit/disposals/")
