"""Who is on record twice is one natural person: what keeps one record out keeps the other out."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Wall
from fourfold.access.terms import NotFound, Refused, RelationKind, Role, WallKind
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, PartAsked
from fourfold.cases.queries.alerts import since_you_left
from fourfold.cases.queries.parts import parts_of_the_day
from fourfold.cases.terms import Level, SetBy
from fourfold.intake import services as intake
from fourfold.intake.terms import Channel, Told
from fourfold.linkage import services as linkage
from fourfold.people import services as people
from fourfold.people.terms import PersonDetails
from tests.cases.builders import open_case
from tests.cast import NOW, Cast, assign, hire
from tests.governance.builders import walled_victim
from tests.web.conftest import SignIn

BOTH = ("second_officer", "again")


@pytest.fixture
def _on_record_twice(cast: Cast) -> None:
    """Let the second officer be on record once more, as the product does for a second account of one person."""
    again = hire("Second Officer again", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    again.person = cast.second_officer.staff
    again.save()
    cast.staff["again"] = again


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_on_record_twice")]


def walled_case(cast: Cast) -> Case:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="a cousin")
    return case


def test_a_wall_stands_around_both_records(cast: Cast, signed_in: SignIn) -> None:
    case = walled_case(cast)
    places = (f"/cases/{case.reference}/", f"/people/victims/{case.victim_id}/", f"/people/subjects/{case.subject_id}/")
    for name in BOTH:
        client = signed_in(name)
        assert [client.get(place).status_code for place in places] == [404] * len(places)
        assert case.reference not in client.get("/cases/").content.decode()
    assert signed_in("officer").get(places[0]).status_code == 200


def test_a_wall_around_the_second_record_stands_around_the_first(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    cases.wall_off(actor=cast.governance, case=case, staff=cast.staff["again"].pk, at=NOW, reason="a cousin")
    for name in BOTH:
        client = signed_in(name)
        assert client.get(f"/cases/{case.reference}/").status_code == 404
        assert case.reference not in client.get("/cases/").content.decode()


def test_a_party_is_one_on_both_records(cast: Cast, signed_in: SignIn) -> None:
    case = open_case(cast)
    second = cast.second_officer.staff
    access.relate(actor=cast.governance, file=case.pk, staff=second, kind=RelationKind.PARTY, at=NOW)
    assert [signed_in(name).get(f"/cases/{case.reference}/").status_code for name in BOTH] == [404] * 2


def test_who_told_something_does_not_read_it_at_the_desk_on_another_record(cast: Cast, signed_in: SignIn) -> None:
    told = signed_in("second_officer").post("/refer/", {"words": "He waits.", "victim_name": "Ada Poole"})["Location"]
    mine = told.rstrip("/").rpartition("/")[2]
    for name in BOTH:
        client = signed_in(name)
        assert client.get(f"/desk/{mine}/").status_code == 404
        assert mine not in client.get("/desk/").content.decode()


def test_who_told_something_reads_it_again_on_another_record_and_another_site_does_not(
    cast: Cast, signed_in: SignIn
) -> None:
    """Whoever moved to another agency has a second record: what they told before is still their own."""
    said = {"words": "He waits at the gate.", "victim_name": "Ada Poole", "victim_birth": "3 May 1985"}
    told = signed_in("second_officer").post("/refer/", said)["Location"]
    in_another_agency(cast, "second_officer", "northmoor-advocacy", Role.VICTIM_ADVOCATE)
    for name in (*BOTH, "there"):
        client = signed_in(name)
        own = client.get(told)
        assert own.status_code == 200
        assert "Received: " in own.content.decode()
        assert "Ada Poole" in client.get("/refer/answers/").content.decode()
    assert signed_in("olu").get(told).status_code == 404


def test_the_second_record_is_not_made_officer_in_the_case(cast: Cast, signed_in: SignIn) -> None:
    case, again = walled_case(cast), cast.staff["again"]
    answer = signed_in("coordinator").post(f"/cases/{case.reference}/team/", {"kind": "oic", "staff": str(again.pk)})
    assert answer.status_code == 422
    assert "cannot work on this case" in answer.content.decode()
    assert signed_in("again").get(f"/cases/{case.reference}/victim/").status_code == 404


def test_a_part_does_not_wait_for_the_taker_on_another_record(cast: Cast) -> None:
    case = open_case(cast)
    for asker, taker in ((cast.coordinator, cast.second_officer), (cast.second_officer, cast.officer)):
        held = access_queries.held_by(asker, "test", at=NOW)
        PartAsked.objects.create(case=case, staff_id=taker.staff, kind=RelationKind.OIC, **held)
    assert parts_of_the_day(actor=cast.actor("again"), at=NOW) == ()
    assert len(parts_of_the_day(actor=cast.analyst, at=NOW)) == 2


def test_referrals_behind_a_wall_are_counted_by_the_person(cast: Cast, signed_in: SignIn) -> None:
    walled_victim(cast)
    said = {"words": "He waits.", "victim_name": "Nora Quill", "victim_birth": "3 May 1985"}
    for name in BOTH:
        assert signed_in(name).post("/refer/", said).status_code == 303
    page = signed_in("governance").get("/oversight/walls/").content.decode()
    assert f"{cast.second_officer.name} has made 2 referrals" in page


def in_another_agency(cast: Cast, name: str, partner: str, role: Role) -> None:
    """Let one of the cast be on record with another agency too."""
    again = hire(f"{cast.staff[name].name} there", partner, role, "northmoor")
    again.person = cast.staff[name].natural
    again.save()
    cast.staff["there"] = again


def walled_agency(cast: Cast, partner: str) -> Case:
    case = open_case(cast)
    files = [case.pk, case.victim_id, case.subject_id]
    access.set_wall(actor=cast.governance, files=files, partner=partner, kind=WallKind.ORGANISATION, at=NOW)
    return case


def test_a_wall_against_an_agency_binds_its_people_under_their_accounts_elsewhere(
    cast: Cast, signed_in: SignIn
) -> None:
    in_another_agency(cast, "outreach", "northmoor-police", Role.POLICE_OFFICER)
    case = walled_agency(cast, "northmoor-outreach")
    places = (f"/cases/{case.reference}/", f"/people/victims/{case.victim_id}/", f"/people/subjects/{case.subject_id}/")
    for name, status in (("officer", 200), ("outreach", 404), ("there", 404)):
        client = signed_in(name)
        assert [client.get(place).status_code for place in places] == [status] * 3, name
        assert (case.reference in client.get("/cases/").content.decode()) is (status == 200)
    part = {"kind": "oic", "staff": str(cast.staff["there"].pk)}
    assert signed_in("coordinator").post(f"/cases/{case.reference}/team/", part).status_code == 422
    cast.staff["outreach"].active = False
    cast.staff["outreach"].save()
    assert signed_in("there").get(places[0]).status_code == 404, "leaving the agency opens nothing"


def test_nobody_lifts_a_wall_against_an_agency_of_theirs(cast: Cast) -> None:
    in_another_agency(cast, "second_governance", "northmoor-outreach", Role.OUTREACH_WORKER)
    case = walled_agency(cast, "northmoor-outreach")
    wall = Wall.objects.filter(file=case.pk).get()
    with pytest.raises(Refused):
        access.lift_wall(actor=cast.governance, wall=wall, second=cast.second_governance, at=NOW)


def test_referrals_behind_a_wall_against_another_agency_of_the_authors_are_counted(
    cast: Cast, signed_in: SignIn
) -> None:
    in_another_agency(cast, "outreach", "northmoor-police", Role.POLICE_OFFICER)
    details = PersonDetails(name="Nora Quill", birth="3 May 1985", sex="F", phone="07700 900123")
    nora = people.register_victim(actor=cast.analyst, site="northmoor", told=details, at=NOW)
    access.set_wall(actor=cast.governance, files=[nora.pk], partner="northmoor-outreach", at=NOW)
    said = {"words": "He waits.", "victim_name": "Nora Quill", "victim_birth": "3 May 1985"}
    for another in ("", "yes"):
        assert signed_in("there").post("/refer/", {**said, "another_event": another}).status_code == 303
    assert "has made 2 referrals" in signed_in("governance").get("/oversight/walls/").content.decode()


def test_what_somebody_did_on_the_other_record_is_no_news_to_them(cast: Cast) -> None:
    case = open_case(cast)
    assign(actor=cast.coordinator, case=case, staff=cast.staff["again"].pk, kind=RelationKind.OIC, at=NOW)
    case_queries.cases(actor=cast.actor("again"), at=NOW, mine=True)
    later = NOW + timedelta(hours=2)
    cases.set_level(actor=cast.second_officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, at=later)
    assert since_you_left(actor=cast.actor("again"), at=later)().alerts == ()
    cases.set_level(actor=cast.officer, case=case, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, at=later)
    assert len(since_you_left(actor=cast.actor("again"), at=later)().alerts) == 1


def test_who_told_something_may_have_it_compared_on_the_other_record(cast: Cast) -> None:
    said = Told(site="northmoor", channel=Channel.REFERRAL, told_at=NOW, words="He waits.")
    report = intake.receive_allegation(actor=cast.second_officer, told=said, at=NOW)
    linkage.propose_matches(actor=cast.actor("again"), allegation=report, at=NOW)
    with pytest.raises(NotFound):
        linkage.propose_matches(actor=cast.olu, allegation=report, at=NOW)
