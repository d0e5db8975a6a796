"""The table of docs/how-to/leave.md, row by row: a partner leaves, and its people with it; what they wrote stays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fourfold.access.models import Account, AccountAsked, AgencySystem
from fourfold.audit.queries import verify
from tests.cases.builders import open_case
from tests.cast import Cast
from tests.web.conftest import SignIn
from tests.web.test_sites import _stopped_clock, agreement_with, confirmed, ending
from tests.web.test_systems import ASKED

__all__ = ["_stopped_clock"]
pytestmark = pytest.mark.django_db
HOW_TO = (Path(__file__).parents[2] / "docs/how-to/leave.md").read_text()
PLACES = re.findall(r"^\|.*\| `(/[^`]*)` \|$", HOW_TO, re.MULTILINE)


def test_a_partner_leaves_as_the_table_says(signed_in: SignIn, cast: Cast) -> None:
    partner, case = "northmoor-nhs", open_case(cast)
    people, systems, cases, agency = (one.format(site="northmoor", agency=partner) for one in PLACES)
    governance, lead, clinician = signed_in("governance"), signed_in("nhs_lead"), signed_in("clinician")
    signed_in("administrator").post(f"{systems}new/", ASKED)
    system = f"/agency/systems/{AgencySystem.objects.get().pk}/"
    assert lead.post(f"{system}confirm/", {"given": "yes"}).status_code == 303
    assert clinician.get(f"/cases/{case.reference}/").status_code == 200

    assert f'href="{agreement_with(partner)}"' in governance.get(people).content.decode()
    assert governance.post(agreement_with(partner), ending(do="end", once="e-1")).status_code == 303
    confirmed(signed_in, "nhs_lead")
    assert clinician.get(f"/cases/{case.reference}/").status_code == 404

    assert f'href="{system}"' in lead.get(systems).content.decode()
    assert lead.post(system, {"end": "yes"}).status_code == 200
    assert AgencySystem.objects.get().ended_at is not None

    assert case.reference in signed_in("coordinator").get(cases).content.decode()

    account = Account.objects.get(staff=cast.staff["clinician"])
    assert f'href="/agency/accounts/{account.pk}/"' in lead.get(agency).content.decode()
    asks = {"step": "end", "reason": "The trust leaves."}
    assert signed_in("administrator").post(f"/agency/accounts/{account.pk}/", asks).status_code == 303
    asked = AccountAsked.objects.get(step="end")
    assert lead.post(f"/agency/requests/{asked.pk}/", {"given": "yes"}).status_code == 303
    assert clinician.get("/cases/").status_code == 302, "signed out with the next request"
    assert verify().clean
