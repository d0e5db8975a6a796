"""What two people made, one does not end alone; what cannot wait holds at once, and falls where nobody stands by it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.models import EndAsked, Membership, Relation, Wall
from fourfold.access.terms import CannotWall, NotFound, RelationKind, Role, WallKind
from fourfold.access.terms.accounts import CannotEnd
from fourfold.audit import queries as audit
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.governance import services as governance
from fourfold.web import clock
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign, hire, vouched
from tests.people.builders import merged
from tests.support.builders import case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

SOON = NOW + timedelta(hours=1)
WHY = {"reason": "Works elsewhere now."}


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [SOON]
    monkeypatch.setattr(clock, "now", lambda: moment[0])
    return moment


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case in which the advocate has a part."""
    return case_of(cast)


def part_of(cast: Cast, case: Case, who: str = "advocate") -> Relation:
    return Relation.objects.get(file=case.pk, staff=cast.staff[who])


def contact(signed_in: SignIn, case: Case, who: str = "advocate") -> int:
    return signed_in(who).get(f"/cases/{case.reference}/victim/").status_code


def page_of(signed_in: SignIn, case: Case, who: str) -> int:
    return signed_in(who).get(f"/cases/{case.reference}/").status_code


def day_of(signed_in: SignIn, who: str) -> str:
    return signed_in(who).get("/", follow=True).content.decode()


def ask(signed_in: SignIn, cast: Cast, case: Case, by: str = "coordinator") -> EndAsked:
    address = f"/cases/{case.reference}/team/{part_of(cast, case).pk}/end/"
    assert signed_in(by).post(address, WHY).status_code == 303
    return EndAsked.objects.get(answered_at=None)


def answer(signed_in: SignIn, who: str, asked: EndAsked, **said: str) -> int:
    return signed_in(who).post(f"/ends/{asked.pk}/", {"given": "yes"} | said).status_code


def walled(cast: Cast, case: Case, by: str = "governance", at: datetime = SOON) -> EndAsked:
    cases.wall_off(actor=cast.actor(by), case=case, staff=cast.staff["advocate"].pk, reason="Tells him.", at=at)
    return EndAsked.objects.get(answered_at=None)


# ---- a part in a case ---------------------------------------------------------------------------------------------


def test_nobody_ends_an_advocates_part_alone(signed_in: SignIn, cast: Cast, case: Case) -> None:
    vouched(cast)
    asked = ask(signed_in, cast, case)
    assert asked.last
    assert contact(signed_in, case) == 200
    for who in ("coordinator", "advocate", "officer", "clinician", "chair", "governance", "police_lead", "olu"):
        assert answer(signed_in, who, asked) in (403, 404), who
    assert contact(signed_in, case) == 200
    assert f"/ends/{asked.pk}/" in day_of(signed_in, "second_advocate")
    assert f"/ends/{asked.pk}/" in day_of(signed_in, "advocacy_lead")
    assert "no other advocate" in signed_in("second_advocate").get(f"/ends/{asked.pk}/").content.decode()
    assert answer(signed_in, "second_advocate", asked) == 303
    assert part_of(cast, case).until_at == SOON
    assert "has no advocate in this case now" in day_of(signed_in, "advocacy_lead")
    assert Entry.objects.filter(action="end.answered", file=case.pk).count() == 1
    assert not audit.verify(every_row=True).findings


def test_an_end_that_is_refused_says_why_and_changes_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    asked = ask(signed_in, cast, case)
    assert answer(signed_in, "second_advocate", asked, given="no") == 422
    assert answer(signed_in, "second_advocate", asked, given="no", because="She wants her.") == 303
    asked.refresh_from_db()
    assert (asked.given, asked.refused_because) == (False, "She wants her.")
    assert contact(signed_in, case) == 200
    ask(signed_in, cast, case)


def test_whoever_asked_in_vain_reads_why_on_their_day_and_asks_again(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime]
) -> None:
    asked = ask(signed_in, cast, case)
    part = cases.ask_part(actor=cast.officer, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=SOON)
    assert answer(signed_in, "second_advocate", asked, given="no", because="She wants her.") == 303
    cases.answer_part(actor=cast.second_officer, asked=part.pk, given=False, because="On leave.", at=SOON)
    walled(cast, case)
    said = day_of(signed_in, "coordinator")
    assert "Not confirmed: end a part in a case (Advocate, advocate)" in said
    assert "Second Advocate said no: She wants her." in said
    assert f"/cases/{case.reference}/team/" in said
    said = day_of(signed_in, "officer")
    assert "Not confirmed: a part in a case (Officer, officer in the case)" in said
    assert "Second Officer said no: On leave." in said
    assert "Not confirmed" not in day_of(signed_in, "second_officer")
    now[0] = SOON + timedelta(days=4)
    said = day_of(signed_in, "governance")
    assert "Not confirmed: keep somebody from a case on which they work (Advocate, advocate)" in said
    assert "nobody answered in time" in said
    administrator = cast.actor("administrator")
    role = Membership.objects.get(staff=cast.staff["second_officer"])
    ended = access.ask_end_of_part(actor=administrator, part=role, reason="Left.", from_at=SOON, at=SOON)
    EndAsked.objects.filter(pk=ended.pk).update(answered_at=SOON, given=False, refused_because="Not yet.")
    assert "Not confirmed: end a role in a unit (Second Officer" in day_of(signed_in, "administrator")
    now[0] = SOON + timedelta(days=15)
    assert "Not confirmed" not in day_of(signed_in, "coordinator")


def test_whoever_asked_takes_it_back_and_nobody_else(signed_in: SignIn, cast: Cast, case: Case) -> None:
    asked = ask(signed_in, cast, case)
    assert "Take it back" in signed_in("coordinator").get(f"/cases/{case.reference}/team/").content.decode()
    assert signed_in("second_advocate").post(f"/ends/{asked.pk}/back/").status_code == 404
    assert signed_in("coordinator").post(f"/ends/{asked.pk}/back/").status_code == 303
    assert answer(signed_in, "second_advocate", asked) == 404
    assert contact(signed_in, case) == 200


def test_somebody_leaves_a_case_at_once_and_never_in_silence(signed_in: SignIn, cast: Cast, case: Case) -> None:
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    said = signed_in("advocate").get(f"/cases/{case.reference}/leave/").content.decode()
    assert "no other advocate" in said
    assert signed_in("advocate").post(f"/cases/{case.reference}/leave/", {"reason": ""}).status_code == 422
    assert signed_in("advocate").post(f"/cases/{case.reference}/leave/", {"reason": "I know him."}).status_code == 303
    assert part_of(cast, case).until_at == SOON
    for who in ("officer", "advocacy_lead"):
        assert "has no advocate in this case now" in day_of(signed_in, who), who
    assert "Name an advocate for this victim" in day_of(signed_in, "coordinator")
    assert signed_in("advocate").get(f"/cases/{case.reference}/leave/").status_code == 404


def test_a_request_that_nobody_answers_in_a_week_is_asked_again(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime]
) -> None:
    asked = ask(signed_in, cast, case)
    now[0] = SOON + timedelta(days=8)
    assert answer(signed_in, "second_advocate", asked) == 404
    again = ask(signed_in, cast, case)
    assert again.pk != asked.pk
    assert answer(signed_in, "second_advocate", again) == 303


@pytest.mark.parametrize("lost", ["permission", "wall"])
def test_who_may_not_ask_any_more_is_not_asked_for(signed_in: SignIn, cast: Cast, case: Case, lost: str) -> None:
    asked = ask(signed_in, cast, case)
    if lost == "permission":
        mine = Membership.objects.filter(staff=cast.staff["coordinator"])
        mine.update(role=Role.PANEL_CHAIR)
    else:
        staff = cast.staff["coordinator"].pk
        access.set_wall(actor=cast.governance, files=[case.pk], staff=staff, reason="A cousin.", at=NOW)
    said = signed_in("second_advocate").post(f"/ends/{asked.pk}/", {"given": "yes"})
    assert said.status_code == 422
    assert "may not ask for it any more" in said.content.decode()
    assert contact(signed_in, case) == 200


def test_a_giver_takes_back_alone_only_what_they_gave_alone_on_the_day(cast: Cast, case: Case) -> None:
    assert not cases.undo_assignments(actor=cast.coordinator, given_at=NOW, at=SOON)
    alone = cases.ask_part(
        actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=SOON
    )
    assert alone.given
    assert cases.undo_assignments(actor=cast.coordinator, given_at=SOON, at=SOON + timedelta(days=2)) == 0
    assert cases.undo_assignments(actor=cast.coordinator, given_at=SOON, at=SOON + timedelta(hours=1)) == 1
    assert part_of(cast, case).until_at is None


# ---- a wall against somebody who works on the case ----------------------------------------------------------------


def test_a_wall_against_an_insider_holds_at_once_and_falls_where_nobody_stands_by_it(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime]
) -> None:
    asked = walled(cast, case)
    assert page_of(signed_in, case, "advocate") == 404
    for who in ("second_governance", "advocacy_lead"):
        assert f"/ends/{asked.pk}/" in day_of(signed_in, who), who
    for who in ("governance", "advocate", "coordinator", "second_advocate", "nhs_lead"):
        assert answer(signed_in, who, asked) in (403, 404), who
    with pytest.raises(CannotWall, match="stands already"):
        walled(cast, case, by="second_governance")
    now[0] = SOON + timedelta(days=2, hours=23)
    assert page_of(signed_in, case, "advocate") == 404
    now[0] = SOON + timedelta(days=3)
    assert page_of(signed_in, case, "advocate") == 200
    assert contact(signed_in, case) == 200
    with pytest.raises(CannotWall, match="Somebody else has to set it"):
        cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["advocate"].pk, reason="Again.", at=now[0])
    walled(cast, case, by="second_governance", at=now[0])


@pytest.mark.parametrize("who", ["second_governance", "advocacy_lead"])
def test_a_wall_stands_for_good_once_a_second_person_stands_by_it(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime], who: str
) -> None:
    vouched(cast)
    asked = walled(cast, case)
    assert answer(signed_in, who, asked) == 303
    assert not Wall.objects.exclude(until_at=None).exists()
    now[0] = SOON + timedelta(days=30)
    assert page_of(signed_in, case, "advocate") == 404
    assert not audit.verify(every_row=True).findings


def test_a_wall_that_the_second_refuses_falls_at_once(signed_in: SignIn, cast: Cast, case: Case) -> None:
    asked = walled(cast, case)
    assert answer(signed_in, "advocacy_lead", asked, given="no", because="It is not true.") == 303
    assert page_of(signed_in, case, "advocate") == 200


def test_the_people_of_the_case_are_told_of_a_wall_and_of_a_conflict(signed_in: SignIn, cast: Cast, case: Case) -> None:
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    walled(cast, case)
    assert "Kept from this case: Advocate" in day_of(signed_in, "officer")
    cases.declare_conflict(actor=cast.officer, case=case, at=SOON)
    assert EndAsked.objects.get(staff=cast.staff["officer"]).given
    assert page_of(signed_in, case, "officer") == 404
    assert Wall.objects.filter(staff=cast.staff["officer"], until_at=None).exists()
    assert "Kept from this case: Officer" in day_of(signed_in, "police_lead")


def test_a_wall_against_who_has_no_part_stands_by_one(cast: Cast, case: Case) -> None:
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, reason="A cousin.", at=SOON)
    assert not EndAsked.objects.exists()
    assert not Wall.objects.exclude(until_at=None).exists()


def test_no_part_is_given_to_who_is_kept_out_on_one_word(cast: Cast, case: Case) -> None:
    walled(cast, case)
    staff = cast.staff["advocate"].pk
    with pytest.raises(Exception, match="cannot work on this case"):
        cases.ask_part(actor=cast.coordinator, case=case, staff=staff, kind=RelationKind.ADVOCATE_MANAGER, at=SOON)


def test_a_wall_around_an_agency_that_works_on_the_case_asks_another_of_oversight(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    vouched(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=NOW)
    asked = agency_walled(cast, case)
    assert (asked.staff, asked.partner, asked.last) == (None, "northmoor-advocacy", True)
    assert page_of(signed_in, case, "advocate") == 404
    for who in ("governance", "advocate", "advocacy_lead", "coordinator", "police_lead"):
        assert answer(signed_in, who, asked) in (403, 404), who
    with pytest.raises(CannotWall, match="stands already"):
        agency_walled(cast, case, by="second_governance")
    assert "Kept from this case: Northmoor Advocacy" in day_of(signed_in, "officer")
    assert f"/ends/{asked.pk}/" in day_of(signed_in, "second_governance")
    said = signed_in("second_governance").get(f"/ends/{asked.pk}/").content.decode()
    assert "everybody of Northmoor Advocacy" in said
    assert "Nobody of this agency can see the case now" in said
    assert answer(signed_in, "second_governance", asked) == 303
    assert not Wall.objects.exclude(until_at=None).exists()
    assert not audit.verify(every_row=True).findings


@pytest.mark.parametrize("answered", [True, False])
def test_a_wall_around_an_agency_falls_where_nobody_stands_by_it(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime], answered: bool
) -> None:
    asked = agency_walled(cast, case)
    if answered:
        assert answer(signed_in, "second_governance", asked, given="no", because="It is another trustee.") == 303
    else:
        now[0] = SOON + timedelta(days=3)
    assert page_of(signed_in, case, "advocate") == 200
    with pytest.raises(CannotWall, match="Somebody else has to set it"):
        agency_walled(cast, case, at=now[0])


def agency_walled(cast: Cast, case: Case, by: str = "governance", at: datetime = SOON) -> EndAsked:
    whom = {"partner": "northmoor-advocacy", "kind": WallKind.ORGANISATION, "reason": "A trustee is a brother."}
    access.set_wall(actor=cast.actor(by), files=[case.pk], at=at, **whom)  # type: ignore[arg-type]
    return EndAsked.objects.get(answered_at=None)


def test_a_wall_on_one_word_that_comes_onto_a_second_case_asks_there_too(
    signed_in: SignIn, cast: Cast, case: Case, now: list[datetime]
) -> None:
    second = open_case(cast, at=NOW - timedelta(days=60), victim_phone="07700 900777")
    for name, kind in (("advocate", RelationKind.ADVOCATE), ("second_officer", RelationKind.OIC)):
        assign(actor=cast.coordinator, case=second, staff=cast.staff[name].pk, kind=kind, at=NOW)
    vouched(cast)
    first = walled(cast, case)
    merged(cast, case.victim, second.victim, reason="One birth date.", at=SOON + timedelta(hours=1))
    now[0] = SOON + timedelta(hours=2)
    asked = EndAsked.objects.get(file=second.pk)
    assert (asked.answered_at, asked.asked_at, asked.last) == (None, first.asked_at, True)
    assert page_of(signed_in, second, "advocate") == 404
    assert "Kept from this case: Advocate" in day_of(signed_in, "second_officer")
    assert answer(signed_in, "advocacy_lead", first) == 303
    asked.refresh_from_db()
    assert asked.given
    now[0] = SOON + timedelta(days=30)
    assert page_of(signed_in, second, "advocate") == 404
    assert not audit.verify(every_row=True).findings


# ---- a standing wall is lifted in the pages -----------------------------------------------------------------------


def test_a_standing_wall_goes_once_two_agencies_have_asked_for_it(signed_in: SignIn, cast: Cast, case: Case) -> None:
    vouched(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, reason="A cousin.", at=NOW)
    listed = signed_in("governance").get("/oversight/walls/standing/").content.decode()
    (address,) = set(re.findall(r"/oversight/walls/standing/[0-9a-f-]+/", listed))
    for who in ("officer", "second_officer", "advocate", "police_lead"):
        assert signed_in(who).get(address).status_code == 403, who
    assert signed_in("governance").post(address, {"reason": " "}).status_code == 422
    assert signed_in("governance").post(address, {"reason": "No cousin."}).status_code == 303
    assert signed_in("governance").post(address, {"reason": "No cousin."}).status_code == 422
    assert page_of(signed_in, case, "second_officer") == 404
    assert signed_in("second_governance").post(address, {"reason": "I asked both."}).status_code == 303
    assert page_of(signed_in, case, "second_officer") == 200
    assert not Wall.objects.filter(until_at=None).exists()
    assert not audit.verify(every_row=True).findings


def test_another_site_and_whom_it_concerns_find_no_standing_wall(cast: Cast, case: Case) -> None:
    cast.staff["abroad"] = hire("Abroad", "southmere-police", Role.GOVERNANCE_LEAD, "southmere")
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_governance.staff, reason="A cousin.", at=NOW)
    wall = Wall.objects.get(file=case.pk)
    for who in ("abroad", "second_governance"):
        with pytest.raises(NotFound):
            governance.lift_standing_wall(actor=cast.actor(who), wall=wall.pk, reason="Mine.", at=SOON)


# ---- a role and an agreement --------------------------------------------------------------------------------------


def test_nobody_of_another_agency_confirms_the_end_of_a_role(signed_in: SignIn, cast: Cast, case: Case) -> None:
    part = Membership.objects.get(staff=cast.staff["advocate"])
    asked = access.ask_end_of_part(actor=cast.administrator, part=part, from_at=SOON, reason="Left.", at=SOON)
    with pytest.raises(CannotEnd, match="asked already"):
        access.ask_end_of_part(actor=cast.administrator, part=part, from_at=SOON, reason="Left.", at=SOON)
    for who in ("police_lead", "governance", "coordinator", "second_advocate", "administrator", "advocate"):
        assert answer(signed_in, who, asked) in (403, 404), who
    assert Membership.objects.get(pk=part.pk).until_at is None
    assert answer(signed_in, "advocacy_lead", asked) == 303
    assert Membership.objects.get(pk=part.pk).until_at == SOON
    assert part_of(cast, case).until_at == SOON
