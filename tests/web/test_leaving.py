"""Whoever leaves an agency, a unit or a case ends what they gave out and nobody has used, and the log says so then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.access.models import Account, AccountAsked, EndAsked, Membership, Relation
from fourfold.access.terms import RelationKind, Role
from fourfold.audit import queries as audit
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cli.main import app
from fourfold.support import services as support
from fourfold.support.models import DiaryClosed, DiaryLink
from fourfold.support.queries.diary_access import victim_of
from fourfold.support.terms import WhyClosed
from fourfold.web import clock
from tests.cast import Cast, hire, vouched
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [LATER]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case to whose diary the advocate has just read out a code."""
    case = case_of(cast)
    agree(cast, case)
    assert reached(cast, case).safe
    support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    return case


def account_ends(signed_in: SignIn, cast: Cast, case: Case, step: str = "end") -> None:
    signed_in("advocate")
    account = Account.objects.get(staff=cast.staff["advocate"])
    asking = {"step": step, "reason": "Has left us."}
    assert signed_in("administrator").post(f"/agency/accounts/{account.pk}/", asking).status_code == 303
    confirming = f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"
    assert signed_in("advocacy_lead").post(confirming, {"given": "yes"}).status_code == 303


def account_is_suspended(signed_in: SignIn, cast: Cast, case: Case) -> None:
    account_ends(signed_in, cast, case, step="suspend")


def part_in_the_unit_ends(signed_in: SignIn, cast: Cast, case: Case, day: datetime = LATER) -> None:
    part = Membership.objects.get(staff=cast.staff["advocate"])
    said = {"from_on-day": day.day, "from_on-month": day.month, "from_on-year": day.year, "reason": "Has left us."}
    address = f"/sites/of/northmoor/people/parts/{part.pk}/end/"
    assert signed_in("administrator").post(address, said | {"do": "end"}).status_code == 303
    asked = EndAsked.objects.get(answered_at=None)
    assert signed_in("advocacy_lead").post(f"/ends/{asked.pk}/", {"given": "yes"}).status_code == 303


def part_in_the_case_ends(signed_in: SignIn, cast: Cast, case: Case) -> None:
    part = Relation.objects.get(file=case.pk, staff=cast.staff["advocate"])
    address = f"/cases/{case.reference}/team/{part.pk}/end/"
    assert signed_in("coordinator").post(address, {"reason": "Works elsewhere."}).status_code == 303
    assert closings() == []
    asked = EndAsked.objects.get(answered_at=None)
    assert signed_in("second_advocate").post(f"/ends/{asked.pk}/", {"given": "yes"}).status_code == 303


def she_leaves_the_case(signed_in: SignIn, cast: Cast, case: Case) -> None:
    leaving = {"reason": "I move to another town."}
    assert signed_in("advocate").post(f"/cases/{case.reference}/leave/", leaving).status_code == 303


def she_knows_somebody_in_it(signed_in: SignIn, cast: Cast, case: Case) -> None:
    assert signed_in("advocate").post(f"/cases/{case.reference}/know-somebody/").status_code == 303


def the_case_goes_to_another_unit(signed_in: SignIn, cast: Cast, case: Case) -> None:
    cast.staff["otto"] = hire("Otto", "southmere-police", Role.UNIT_COORDINATOR, "southmere")
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    assert signed_in("otto").post(f"/transfers/{asked.pk}/", {"accepts": "yes"}).status_code == 303


LEAVE = [
    account_ends,
    account_is_suspended,
    part_in_the_unit_ends,
    part_in_the_case_ends,
    she_leaves_the_case,
    she_knows_somebody_in_it,
    the_case_goes_to_another_unit,
]


def closings() -> list[tuple[str, str]]:
    """Return why codes were closed, and what the log says about each."""
    rows = DiaryClosed.objects.unscoped("test").filter(why=WhyClosed.LEFT)
    said = Entry.objects.filter(action="diary.link_closed", about_kind="support.diaryclosed")
    assert {row.pk for row in rows} == {entry.about_id for entry in said}
    return [(row.why, row.controller) for row in rows]


@pytest.mark.parametrize("leaves", LEAVE)
def test_a_code_is_closed_in_the_log_at_the_moment_in_which_its_giver_leaves(
    signed_in: SignIn, cast: Cast, case: Case, leaves: Callable[[SignIn, Cast, Case], None]
) -> None:
    vouched(cast)
    leaves(signed_in, cast, case)
    assert closings() == [("left", "northmoor-advocacy")]
    assert not audit.verify().findings


def test_a_device_of_the_victims_and_a_colleagues_code_stay(signed_in: SignIn, cast: Cast, case: Case) -> None:
    colleague = cast.second_advocate
    access.relate(actor=cast.coordinator, file=case.pk, staff=colleague.staff, kind=RelationKind.ADVOCATE, at=NOON)
    used = DiaryLink.objects.unscoped("test").get()
    victim = victim_of(used.case, used.controller)
    support.bind_device(actor=victim, link=used, word="linnet in the hedge", hers_alone=True, at=NOON)
    support.give_diary_link(actor=colleague, case=case, at=NOON)
    account_ends(signed_in, cast, case)
    assert closings() == []


def test_who_leaves_on_a_later_day_is_seen_by_the_timer_that_sends_what_waits(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_in_the_unit_ends(signed_in, cast, case, LATER + timedelta(days=1))
    for at, closed in ((LATER, []), (NOON + timedelta(hours=40), [("left", "northmoor-advocacy")])):
        stopped = settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()})
        monkeypatch.setattr(settings, "FOURFOLD", stopped)
        for _ in range(2):
            assert CliRunner().invoke(app, ["outbox", "dispatch"]).exit_code == 0
        assert closings() == closed
