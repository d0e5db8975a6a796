"""The pages of an agency's systems: asked for, confirmed by the lead, given a secret that is shown once, and ended."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import AgencySystem, Webhook
from fourfold.access.terms import Role
from fourfold.audit import services as audit
from fourfold.audit.queries import verify
from tests.cast import NOW, Cast, hire
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
OF = "/agency/of/northmoor-police/systems/"
ASKED = {"site": "northmoor", "name": "Records", "capabilities": ["orders"], "reason": "For the control room."}


def test_two_people_join_a_system_and_one_ends_it(cast: Cast, signed_in: SignIn) -> None:
    asker, lead = signed_in("administrator"), signed_in("police_lead")
    assert "Whoever confirms it cannot make its secret" in lead.get(f"{OF}new/").content.decode(), (
        "the one lead reads it"
    )
    assert "Choose what the system is for" in asker.post(f"{OF}new/", ASKED | {"capabilities": []}).content.decode()
    assert asker.post(f"{OF}new/", ASKED).status_code == 303
    here = f"/agency/systems/{AgencySystem.objects.get().pk}/"
    assert "Confirm a system of the agency: Records" in lead.get("/").content.decode()
    assert asker.get(f"{here}confirm/").status_code == 403
    assert "Today nobody else can, and without a secret" in lead.get(f"{here}confirm/").content.decode()
    assert lead.post(f"{here}confirm/", {"given": "yes"}).status_code == 303
    assert "Nobody can make its secret today" in lead.get(here).content.decode()
    with audit.recorded(cast.administrator, "installation.set_up", at=NOW):
        cast.staff["second_lead"] = hire("Second Lead", "northmoor-police", Role.AGENCY_LEAD, "")
    for other in (lead, asker):
        refused = other.post(here, {"secret": "yes"})
        assert refused.status_code == 422, "whoever confirmed makes no secret, nor anybody outside the agency"
        assert "Today these can make it: Second Lead." in refused.content.decode()
    maker = signed_in("second_lead")
    said = maker.post(here, {"secret": "yes"}).content.decode()
    secret = re.search(r"client_secret</dt>.*?<code>(\S{43})</code>", said)
    assert secret is not None
    assert secret[1] not in maker.get(here).content.decode(), "it is shown once"
    assert lead.post(here, {"end": "yes"}).status_code == 200
    assert "ended" in asker.get(OF).content.decode()
    assert verify().clean


def test_nobody_else_finds_them_and_the_list_costs_the_same_for_many(cast: Cast, signed_in: SignIn) -> None:
    asker = signed_in("administrator")
    asker.post(f"{OF}new/", ASKED)
    here = f"/agency/systems/{AgencySystem.objects.get().pk}/"
    for name in ("olu", "officer", "nhs_lead"):
        stranger = signed_in(name)
        answers = [stranger.get(OF), stranger.get(f"{OF}new/"), stranger.get(here), stranger.post(here, {"end": "yes"})]
        assert {each.status_code for each in answers} == {404}, name
    with CaptureQueriesContext(connection) as one:
        asker.get(OF)
    for name in ("Second", "Third"):
        asker.post(f"{OF}new/", ASKED | {"name": name})
    with CaptureQueriesContext(connection) as three:
        asker.get(OF)
    assert len(three) == len(one)


def test_two_people_let_a_system_be_told_and_one_ends_it(cast: Cast, signed_in: SignIn) -> None:
    asker, lead = signed_in("administrator"), signed_in("police_lead")
    asker.post(f"{OF}new/", ASKED)
    system = AgencySystem.objects.get().pk
    lead.post(f"/agency/systems/{system}/confirm/", {"given": "yes"})
    ask = f"/agency/systems/{system}/webhooks/new/"
    assert "Let it be told of changes at an address" in lead.get(f"/agency/systems/{system}/").content.decode()
    refused = asker.post(ask, {"address": "http://10.0.0.1/", "reason": "So."})
    assert (refused.status_code, "The address must begin with https://" in refused.content.decode()) == (422, True)
    said = {"address": "https://records.example/hooks", "reason": "So."}
    assert asker.post(ask, said).status_code == 303
    here = f"/agency/webhooks/{Webhook.objects.get().pk}/"
    for name in ("olu", "officer", "nhs_lead"):
        stranger = signed_in(name)
        answers = [stranger.get(ask), stranger.post(ask, said), stranger.get(here), stranger.post(here, {"end": "yes"})]
        assert {each.status_code for each in answers} == {404}, name
    assert "Confirm where a system of the agency is told of changes: Records" in lead.get("/").content.decode()
    assert lead.post(f"{here}confirm/", {"given": "no"}).status_code == 422
    assert lead.post(f"{here}confirm/", {"given": "yes"}).status_code == 303
    assert lead.post(here, {"secret": "yes"}).status_code == 422
    with audit.recorded(cast.administrator, "installation.set_up", at=NOW):
        cast.staff["second_lead"] = hire("Second Lead", "northmoor-police", Role.AGENCY_LEAD, "")
    assert "Today these can make it: Second Lead." in lead.get(here).content.decode()
    maker = signed_in("second_lead")
    secret = re.search(r"<code[^>]*>(whsec_\S{44})</code>", maker.post(here, {"secret": "yes"}).content.decode())
    assert secret is not None
    assert secret[1] not in maker.get(here).content.decode(), "it is shown once"
    assert "There is nothing to send again." in maker.post(here, {"again": "yes"}).content.decode()
    assert "Ended by" in lead.post(here, {"end": "yes"}).content.decode()
    assert "Let it be told of changes at an address" in lead.get(f"/agency/systems/{system}/").content.decode()
    assert verify().clean
