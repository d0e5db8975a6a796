"""Where an act takes two people, the page on which the first asks says who could be the second today, or that nobody can."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.models import Staff
from tests.cast import NOW, Cast
from tests.orders.builders import made
from tests.support.builders import case_of
from tests.web.conftest import SignIn


@pytest.mark.django_db
def test_the_page_on_which_somebody_asks_says_who_could_confirm_it(signed_in: SignIn, cast: Cast) -> None:
    case = case_of(cast)
    order = made(cast, case)
    other = case_of(cast, victim_name="Vera Other", victim_birth="1 May 1990", victim_phone="", subject_name="Sam Else")
    asks = (
        ("coordinator", f"/cases/{case.reference}/step-down/", "Chair"),
        ("officer", f"/cases/{case.reference}/orders/{order.pk}/untold/", "Advocate"),
        ("coordinator", f"/cases/{case.reference}/disclosures/pack/", "Chair"),
        ("advocate", f"/cases/{case.reference}/victim/address/ask/", "Second Advocate"),
        ("second_officer", f"/desk/records/victim/{case.victim_id}/{other.victim_id}/", "Analyst"),
    )

    def said(name: str, address: str) -> str:
        answer = signed_in(name).get(address)
        assert answer.status_code == 200, address
        return answer.content.decode().partition("<main")[2]

    for name, address, second in asks:
        page = said(name, address)
        assert "Another person has to confirm this. Today these can: " in page, address
        assert second in page.partition("these can: ")[2].partition(".</p>")[0], address
        assert name.replace("_", " ").title() + "," not in page.partition("these can: ")[2].partition(".</p>")[0]
    for name, address, _ in asks:
        Staff.objects.update(trained_until=NOW.date() - timedelta(days=1))
        Staff.objects.filter(pk=cast.staff[name].pk).update(trained_until=NOW.date() + timedelta(days=900))
        assert "Nobody can confirm this today" in said(name, address), address
