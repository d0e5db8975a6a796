"""Two ends of one thing, and a wall that comes with a report: what stands longer stands, and nobody is asked in vain."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.ends import waiting
from fourfold.access.models import Account, AccountAsked, EndAsked, Membership, Relation, Wall
from fourfold.access.queries import walls_missing
from fourfold.access.services.ends import HANDED
from fourfold.access.terms import NotFound, RelationKind
from fourfold.access.terms.accounts import AccountStep
from fourfold.audit import queries as audit
from fourfold.cases import services as cases
from fourfold.cases.models import Case, StepDownAsked
from fourfold.intake.models import Allegation
from fourfold.intake.terms import RecordingClass
from fourfold.web import clock
from tests.access.test_askers import THEN, step_down, transfer
from tests.cases.builders import known, told, triaged
from tests.cast import NOW, Cast, vouched
from tests.governance.builders import asked as screened
from tests.support.builders import case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [SOON]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case in which the advocate has a part."""
    return case_of(cast)


@pytest.fixture
def report(signed_in: SignIn, cast: Cast) -> Allegation:
    """A report at the desk, in no case, from which a governance lead keeps the advocate."""
    vouched(cast)
    allegation = screened(cast, told(cast.analyst, recorded_class=RecordingClass.STALKING))
    form = {"staff": str(cast.staff["advocate"].pk), "reason": "A cousin."}
    about = f"/oversight/walls/about/{allegation.pk}/"
    assert signed_in("governance").post(about, form).status_code == 303
    return allegation


def joins(cast: Cast, report: Allegation, case: Case) -> None:
    known(cast, report, case.victim, case.subject, at=SOON)
    assert triaged(cast, report, at=SOON) == case


def page(signed_in: SignIn, case: Case, who: str = "advocate") -> int:
    return signed_in(who).get(f"/cases/{case.reference}/").status_code


def reads(cast: Cast, report: Allegation, at: datetime) -> bool:
    return Allegation.objects.visible_to(cast.actor("advocate"), at=at).filter(pk=report.pk).exists()


def answers(signed_in: SignIn, who: str, row: EndAsked, **said: str) -> int:
    return signed_in(who).post(f"/ends/{row.pk}/", {"given": "yes"} | said).status_code


def wall_off(cast: Cast, case: Case, by: str = "second_governance") -> EndAsked:
    cases.wall_off(actor=cast.actor(by), case=case, staff=cast.staff["advocate"].pk, reason="Tells.", at=SOON)
    return EndAsked.objects.get(answered_at=None)


# ---- a wall that comes with a report ------------------------------------------------------------------------------


def test_a_wall_that_falls_does_not_stand_in_place_of_one_for_good(
    signed_in: SignIn, cast: Cast, case: Case, report: Allegation, now: list[datetime]
) -> None:
    row = wall_off(cast, case)
    assert walls_missing([report.pk], case.pk, at=SOON)
    joins(cast, report, case)
    assert not walls_missing([report.pk], case.pk, at=SOON)
    now[0] = SOON + 3 * DAY
    assert page(signed_in, case) == 404
    assert not reads(cast, report, now[0])
    assert answers(signed_in, "advocacy_lead", row, given="no", because="It is not true.") == 303
    assert page(signed_in, case) == 200
    assert not reads(cast, report, now[0])
    assert Wall.objects.get(file=case.victim_id).until_at == now[0]


def test_what_fell_while_a_report_was_asked_of_is_not_dated_anew(
    signed_in: SignIn, cast: Cast, case: Case, report: Allegation, now: list[datetime]
) -> None:
    row = wall_off(cast, case)
    joins(cast, report, case)
    now[0] = SOON + 5 * DAY
    assert answers(signed_in, "advocacy_lead", row) == 303
    assert Wall.objects.get(file=case.victim_id).until_at == SOON + 3 * DAY
    assert page(signed_in, case) == 404


def test_a_wall_that_comes_with_a_report_asks_a_second_person_and_tells_the_case(
    signed_in: SignIn, cast: Cast, case: Case, report: Allegation, now: list[datetime]
) -> None:
    vouched(cast)
    joins(cast, report, case)
    row = EndAsked.objects.get()
    assert (row.file, row.staff_id, row.last, row.answered_at) == (case.pk, cast.staff["advocate"].pk, True, None)
    assert "Kept from this case: Advocate" in signed_in("officer").get("/", follow=True).content.decode()
    now[0] = SOON + 10 * DAY
    assert page(signed_in, case) == 404
    for who in ("governance", "advocate", "coordinator", "nhs_lead"):
        assert answers(signed_in, who, row) in (403, 404), who
    with pytest.raises(NotFound):
        access.take_back_end(actor=cast.governance, asked=row, at=now[0])
    said = signed_in("advocacy_lead").get(f"/ends/{row.pk}/").content.decode()
    assert "If nobody answers, both stay" in said
    assert "it came with a report" in said
    assert answers(signed_in, "advocacy_lead", row, given="no", because="No cousin.") == 303
    assert page(signed_in, case) == 200
    assert not reads(cast, report, now[0])
    assert not audit.verify(every_row=True).findings


def test_it_stands_for_good_once_the_second_says_so(
    signed_in: SignIn, cast: Cast, case: Case, report: Allegation, now: list[datetime]
) -> None:
    joins(cast, report, case)
    row = EndAsked.objects.get()
    assert answers(signed_in, "second_governance", row) == 303
    now[0] = SOON + 30 * DAY
    assert page(signed_in, case) == 404
    assert answers(signed_in, "advocacy_lead", row, given="no", because="No.") in (403, 404)


def test_a_wall_against_an_agency_that_came_with_a_report_falls_neither_with_its_asker_nor_by_silence(
    cast: Cast, case: Case
) -> None:
    report = screened(cast, told(cast.analyst, recorded_class=RecordingClass.STALKING))
    agency = {"partner": "northmoor-advocacy", "reason": "It advises the subject."}
    access.set_wall(actor=cast.governance, files=[report.pk], at=NOW, **agency)  # type: ignore[arg-type]
    access.set_wall(actor=cast.second_governance, files=[case.pk], at=SOON, **agency)  # type: ignore[arg-type]
    row = EndAsked.objects.get(partner=agency["partner"])
    joins(cast, report, case)
    for at in (SOON + DAY, SOON + 10 * DAY):
        (waits,) = waiting(at=at).filter(partner=agency["partner"])
        assert (waits.pk, waits.stays) == (row.pk, True)  # type: ignore[attr-defined]
        with pytest.raises(NotFound):
            access.take_back_end(actor=cast.second_governance, asked=row, at=at)
    assert not walls_missing([report.pk], case.pk, at=SOON + 10 * DAY)


# ---- a wall that is removed ---------------------------------------------------------------------------------------


def test_nobody_is_asked_of_a_wall_that_was_removed(signed_in: SignIn, cast: Cast, case: Case) -> None:
    vouched(cast)
    row = wall_off(cast, case)
    (wall,) = Wall.objects.filter(file=case.pk)
    address = f"/oversight/walls/standing/{wall.pk}/"
    for who in ("governance", "second_governance"):
        assert signed_in(who).post(address, {"reason": "No cousin."}).status_code == 303
    assert page(signed_in, case) == 200
    assert "Kept from this case" not in signed_in("officer").get("/", follow=True).content.decode()
    assert answers(signed_in, "advocacy_lead", row) in (403, 404)
    wall_off(cast, case, by="governance")
    assert page(signed_in, case) == 404
    assert not audit.verify(every_row=True).findings


# ---- a role that ends twice ---------------------------------------------------------------------------------------


def ask_later(cast: Cast, part: Membership) -> EndAsked:
    return access.ask_end_of_part(
        actor=cast.administrator, part=part, from_at=SOON + 30 * DAY, reason="Moves.", at=SOON
    )


def test_a_stale_request_does_not_give_an_ended_role_back(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime]
) -> None:
    vouched(cast)
    part = Membership.objects.get(staff=cast.staff["advocate"])
    row = ask_later(cast, part)
    now[0] = SOON + 2 * DAY
    signed_in("advocate")
    account = Account.objects.get(staff=part.staff)
    ends = f"/agency/accounts/{account.pk}/roles/end/"
    assert (
        signed_in("administrator").post(ends, {"part": f"{part.role}@{part.site}", "reason": "Left."}).status_code
        == 303
    )
    confirming = f"/agency/requests/{AccountAsked.objects.get(answered_at=None).pk}/"
    assert signed_in("advocacy_lead").post(confirming, {"given": "yes"}).status_code == 303
    now[0] = SOON + 3 * DAY
    assert answers(signed_in, "advocacy_lead", row) in (403, 404)
    assert Membership.objects.get(pk=part.pk).until_at == SOON + 2 * DAY
    assert Relation.objects.get(file=case.pk, staff=part.staff).until_at == SOON + 2 * DAY
    assert not EndAsked.objects.filter(answered_at=None).exists()
    assert not audit.verify(every_row=True).findings


def test_a_later_end_does_not_overwrite_a_sooner_one(signed_in: SignIn, cast: Cast, now: list[datetime]) -> None:
    part = Membership.objects.get(staff=cast.staff["advocate"])
    row = ask_later(cast, part)
    Membership.objects.filter(pk=part.pk).update(until_at=SOON + 5 * DAY)
    assert answers(signed_in, "advocacy_lead", row) == 303
    assert Membership.objects.get(pk=part.pk).until_at == SOON + 5 * DAY


def test_a_wall_that_fell_is_not_taken_back_to_a_later_day(cast: Cast, case: Case) -> None:
    row = wall_off(cast, case)
    with pytest.raises(NotFound):
        access.take_back_end(actor=cast.second_governance, asked=row, at=SOON + 5 * DAY)
    assert set(Wall.objects.values_list("until_at", flat=True)) == {SOON + 3 * DAY}


# ---- an account that ends, and a case that goes to another unit ------------------------------------------------------


def test_what_is_asked_by_and_of_somebody_closes_with_their_account_but_for_walls(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    signed_in("advocate")
    vouched(cast)
    wall = wall_off(cast, case)
    of_it = ask_later(cast, Membership.objects.get(staff=cast.staff["advocate"]))
    account = Account.objects.get(staff=cast.staff["advocate"])
    steps = [
        access.ask_account_step(actor=cast.administrator, account=account.pk, step=step, reason="Left.", at=SOON)
        for step in (AccountStep.SUSPEND, AccountStep.END)
    ]
    confirming = f"/agency/requests/{steps[1].pk}/"
    assert signed_in("advocacy_lead").post(confirming, {"given": "yes"}).status_code == 303
    for row in (wall, of_it, *steps):
        row.refresh_from_db()
    assert (wall.answered_at, of_it.answered_at, of_it.given) == (None, SOON, None)
    assert [(step.answered_at, step.given) for step in steps] == [(SOON, False), (SOON, True)]
    assert not audit.verify(every_row=True).findings


def test_what_the_first_unit_asked_of_a_case_closes_when_it_goes_to_another(cast: Cast) -> None:
    case = case_of(cast)
    part = Relation.objects.get(file=case.pk, kind=RelationKind.ADVOCATE)
    cases.end_case_part(actor=cast.coordinator, case=case, relation=part.pk, reason="Moves.", at=THEN)
    staff = cast.staff["second_officer"].pk
    asked = cases.ask_part(actor=cast.officer, case=case, staff=staff, kind=RelationKind.OIC, at=THEN)
    step_down(cast, case)
    takes_over = transfer(cast, case)
    vouched(cast)
    takes_over()
    assert not EndAsked.objects.filter(answered_at=None).exists()
    asked.refresh_from_db()
    assert (asked.given, asked.refused_because) == (False, HANDED)
    assert not StepDownAsked.objects.unscoped("test").filter(answered_at=None).exists()
    assert not audit.verify(every_row=True).findings
