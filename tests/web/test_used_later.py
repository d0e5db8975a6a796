"""What somebody took an address of, is asked anew when it is used: after a transfer, a wall, an end of membership."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.access.models import Account, Membership
from fourfold.access.terms import Compartment, Role
from fourfold.audit import queries as audit
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.cli.main import app
from fourfold.exhibits import services as exhibits
from tests.cast import MEMBERS, Cast, hire
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
CONTENT = b"%PDF-1.7 a letter"


@pytest.fixture
def case(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case that its officer works on, an hour before the addresses are used."""
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    stopped = settings.FOURFOLD.model_copy(update={"app_clock": LATER.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", stopped)
    case = case_of(cast)
    agree(cast, case)
    assert reached(cast, case).safe
    return case


def kept(cast: Cast, case: Case, by: str = "coordinator", minutes: int = 0) -> str:
    """Keep a letter of the case and return the address from which it is fetched."""
    exhibit = exhibits.keep(
        actor=cast.actor(by),
        file=case.pk,
        kind="letter",
        title="A letter",
        content=CONTENT,
        media_type="application/pdf",
        compartment=Compartment.CORE,
        at=NOON + timedelta(minutes=minutes),
    )
    return f"/cases/{case.reference}/documents/{exhibit.pk}/"


def walled(cast: Cast, case: Case) -> None:
    officer = cast.staff["officer"].pk
    cases.wall_off(actor=cast.governance, case=case, staff=officer, reason="A cousin.", at=NOON)


def part_ended(cast: Cast, case: Case) -> None:
    part = Membership.objects.get(staff=cast.staff["officer"])
    asked = access.ask_end_of_part(
        actor=access.first_administrator(at=NOON),
        part=part,
        from_at=NOON + timedelta(minutes=1),
        reason="Left.",
        at=NOON,
    )
    access.answer_end(actor=cast.police_lead, asked=asked, given=True, at=NOON)


def suspended(cast: Cast, case: Case) -> None:
    Account.objects.filter(staff=cast.staff["officer"]).update(is_active=False)


def untrained(cast: Cast, case: Case) -> None:
    cast.staff["officer"].trained_until = None
    cast.staff["officer"].save(update_fields=["trained_until"])


SHUT = [walled, part_ended, suspended, untrained]


def addresses(cast: Cast, case: Case) -> list[str]:
    """Return what an officer may have kept as a link: a document, the API's answers, a report, a page."""
    act = CaseAct.objects.unscoped("test").filter(case=case).first()
    assert act is not None
    return [
        kept(cast, case),
        f"/api/cases/{case.reference}",
        f"/api/allegations/{act.allegation_id}",
        f"/desk/{act.allegation_id}/",
        f"/cases/{case.reference}/",
    ]


@pytest.mark.parametrize("shut", SHUT)
def test_a_link_that_worked_opens_nothing_in_the_same_session_once_its_holder_is_out(
    cast: Cast, case: Case, signed_in: SignIn, shut: Callable[[Cast, Case], None]
) -> None:
    client, links = signed_in("officer"), addresses(cast, case)
    assert [client.get(link).status_code for link in links] == [200] * len(links)
    shut(cast, case)
    for link in links:
        answer = client.get(link)
        assert answer.status_code in (302, 401, 403, 404), link
        assert CONTENT not in answer.content
        assert b"Nora " not in answer.content
    assert case.reference.encode() not in client.get("/api/cases").content


def taken_over(cast: Cast, case: Case) -> None:
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=cast.actor("otto"), asked=asked, accepts=True, reason="", at=NOON)


def test_after_a_transfer_links_open_what_was_there_and_nothing_that_came(
    cast: Cast, case: Case, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = kept(cast, case, minutes=-1)
    taken_over(cast, case)
    since = kept(cast, case, by="otto", minutes=30)
    old, new = signed_in("officer"), signed_in("otto")
    assert (old.get(before).content, new.get(before).content, new.get(since).content) == (CONTENT,) * 3
    assert old.get(since).status_code == 404
    assert old.get("/api/cases").json() != new.get("/api/cases").json()
    wanted = {"level": "high", "reason": "Still ours."}
    answer = old.post(f"/api/cases/{case.reference}/level", wanted, content_type="application/json")
    assert answer.status_code >= 400
    stopped = settings.FOURFOLD.model_copy(update={"app_clock": (NOON + timedelta(days=29)).isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", stopped)
    assert signed_in("officer").get(before).status_code == 404
    assert not audit.verify().findings


@pytest.mark.parametrize("shut", [suspended, part_ended])
def test_a_job_runs_as_nobody_who_is_out(
    cast: Cast, case: Case, signed_in: SignIn, shut: Callable[[Cast, Case], None]
) -> None:
    signed_in("officer")
    shut(cast, case)
    for command in (("outbox", "dispatch"), ("outbox", "list"), ("outbox", "digests")):
        done = CliRunner().invoke(app, [*command, "--as", "officer@demo.invalid"])
        assert done.exit_code in (2, 3), (command, done.output)
