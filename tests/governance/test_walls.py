"""Provisional walls are looked at by reference, kept by one, lifted by two agencies, never by whom they concern."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Membership, Wall, WallSaid
from fourfold.access.terms import CannotWall, NotFound, Refused, Role, WallKind
from fourfold.audit import queries as audit_queries
from fourfold.cases import services as cases
from fourfold.governance import queries, services
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.people.models import Victim
from fourfold.people.terms import Part
from tests.cases.builders import further_act, open_case, told
from tests.cast import NOW, Cast, hire
from tests.governance.builders import BECAUSE, asked, probably_about_her, walled_victim
from tests.support.builders import case_of

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def nora(cast: Cast) -> Victim:
    """A victim from whom the second officer is kept."""
    return walled_victim(cast)


@pytest.fixture
def allegation(cast: Cast, nora: Victim) -> Allegation:
    """An allegation that is probably about her, around which a provisional wall stands."""
    return probably_about_her(cast)


@pytest.fixture
def wall(allegation: Allegation) -> UUID:
    return Wall.objects.get(file=allegation.pk).pk


def sees(cast: Cast, name: str, allegation: Allegation) -> bool:
    actor = cast.actor(name)
    return Allegation.objects.visible_to(actor, at=LATER).filter(pk=allegation.pk).exists()


def listed(cast: Cast, name: str) -> list[UUID]:
    return [one.id for one in queries.walls_page(actor=cast.actor(name), at=LATER).walls]


def lift(cast: Cast, name: str, wall: UUID) -> WallSaid:
    return services.lift_wall(actor=cast.actor(name), wall=wall, reason=BECAUSE, at=LATER)


# ---- the list -----------------------------------------------------------------------------------------------------


def test_a_governance_lead_and_the_coordinator_see_whom_it_keeps_from_which_reference(
    cast: Cast, allegation: Allegation, wall: UUID
) -> None:
    for name in ("governance", "second_governance", "coordinator"):
        (shown,) = queries.walls_page(actor=cast.actor(name), at=LATER).walls
        assert (shown.id, shown.reference, shown.who, shown.reason) == (
            wall,
            allegation.reference,
            "Second Officer",
            "a cousin",
        )
    assert "Quill" not in repr(queries.walls_page(actor=cast.governance, at=LATER))


@pytest.mark.parametrize("name", ["officer", "analyst", "advocate", "chair", "olu", "administrator", "evaluator"])
def test_nobody_else_learns_that_a_wall_stands(cast: Cast, wall: UUID, name: str) -> None:
    with pytest.raises(Refused):
        queries.walls_page(actor=cast.actor(name), at=LATER)
    with pytest.raises(Refused):
        lift(cast, name, wall)
    assert queries.walls_waiting(actor=cast.actor(name), at=LATER) == 0


def test_another_sites_lead_finds_nothing(cast: Cast, wall: UUID) -> None:
    cast.staff["abroad"] = hire("Abroad", "southmere-police", Role.GOVERNANCE_LEAD, "southmere")
    abroad = access_queries.actor_of(cast.staff["abroad"], at=LATER, strength="password+totp", purpose="oversight")
    assert queries.walls_page(actor=abroad, at=LATER).walls == ()
    with pytest.raises(NotFound):
        services.lift_wall(actor=abroad, wall=wall, reason=BECAUSE, at=LATER)


def test_whom_a_wall_concerns_and_who_is_kept_from_the_same_file_find_nothing(
    cast: Cast, allegation: Allegation, wall: UUID
) -> None:
    """Not even a coordinator or a governance lead who is kept out learns of it, or of who else is."""
    Membership.objects.create(
        staff=cast.staff["second_officer"], role=Role.UNIT_COORDINATOR, site="northmoor", from_at=NOW
    )
    access.set_wall(actor=cast.governance, files=[allegation.pk], staff=cast.second_governance.staff, at=NOW)
    for name in ("second_officer", "second_governance"):
        assert listed(cast, name) == []
        with pytest.raises(NotFound):
            lift(cast, name, wall)


def test_the_list_costs_the_same_however_many_walls_stand(
    cast: Cast, nora: Victim, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        probably_about_her(cast)
        actor = cast.governance
        with django_assert_max_num_queries(12):
            queries.walls_page(actor=actor, at=LATER)
    assert len(listed(cast, "governance")) == 4


# ---- keeping and lifting ------------------------------------------------------------------------------------------


def test_it_goes_once_two_agencies_have_said_so(cast: Cast, allegation: Allegation, wall: UUID) -> None:
    lift(cast, "governance", wall)
    assert not sees(cast, "second_officer", allegation)
    (shown,) = queries.walls_page(actor=cast.coordinator, at=LATER).walls
    assert [(one.by, one.partner, one.reason) for one in shown.said] == [("Governance", "northmoor-nhs", BECAUSE)]
    lift(cast, "coordinator", wall)
    assert sees(cast, "second_officer", allegation)
    row = Wall.objects.get(pk=wall)
    assert row.until_at == LATER
    assert set(row.lifted_by) == {str(cast.governance.staff), str(cast.coordinator.staff)}
    assert listed(cast, "governance") == []
    assert audit_queries.verify().clean


def test_two_people_of_one_agency_are_not_enough(cast: Cast, allegation: Allegation, wall: UUID) -> None:
    lift(cast, "second_governance", wall)
    lift(cast, "coordinator", wall)
    assert not sees(cast, "second_officer", allegation)
    with pytest.raises(CannotWall, match="already"):
        lift(cast, "coordinator", wall)


def test_who_no_longer_may_lift_walls_does_not_count(cast: Cast, allegation: Allegation, wall: UUID) -> None:
    lift(cast, "governance", wall)
    Membership.objects.filter(staff=cast.staff["governance"]).update(until_at=NOW)
    lift(cast, "coordinator", wall)
    assert not sees(cast, "second_officer", allegation)


def test_what_was_lifted_is_not_set_again_by_what_proposed_it(cast: Cast, allegation: Allegation, wall: UUID) -> None:
    for name in ("governance", "coordinator"):
        lift(cast, name, wall)
    linkage.propose_matches(actor=cast.analyst, allegation=allegation, at=LATER)
    linkage.wall_what_came(actor=cast.analyst, site="northmoor", at=LATER)
    assert sees(cast, "second_officer", allegation)


def test_but_it_stands_again_once_somebody_confirms_that_it_is_about_her(
    cast: Cast, nora: Victim, allegation: Allegation, wall: UUID
) -> None:
    for name in ("governance", "coordinator"):
        lift(cast, name, wall)
    cases.confirm_match(actor=cast.analyst, allegation=allegation, part=Part.VICTIM, victim=nora, at=LATER)
    assert not sees(cast, "second_officer", allegation)


def test_it_stays_by_one_word_with_its_reason_and_leaves_the_list(
    cast: Cast, allegation: Allegation, wall: UUID
) -> None:
    services.keep_wall(actor=cast.coordinator, wall=wall, reason="It is about her.", at=LATER)
    assert not sees(cast, "second_officer", allegation)
    assert Wall.objects.get(pk=wall).kind == WallKind.ASSIGNED
    assert WallSaid.objects.get().reason == "It is about her."
    assert listed(cast, "governance") == []
    with pytest.raises(NotFound):
        lift(cast, "governance", wall)
    assert audit_queries.verify().clean


def test_it_stays_by_two_words_where_it_keeps_somebody_from_their_own_work(cast: Cast) -> None:
    case = case_of(cast)
    act = further_act(cast, case, at=NOW)
    row = Wall.objects.create(
        file=act.pk, staff=cast.staff["officer"], kind=WallKind.PROVISIONAL, from_at=NOW, set_by=cast.analyst.staff
    )

    def keep(name: str) -> Wall:
        services.keep_wall(actor=cast.actor(name), wall=row.pk, reason="It is about her.", at=LATER)
        return Wall.objects.get(pk=row.pk)

    assert keep("governance").kind == WallKind.PROVISIONAL
    (shown,) = queries.walls_page(actor=cast.coordinator, at=LATER).walls
    assert [(said.by, said.lifts) for said in shown.said] == [("Governance", False)]
    with pytest.raises(CannotWall, match="already"):
        keep("governance")
    lift(cast, "second_governance", row.pk)
    assert Wall.objects.get(pk=row.pk).until_at is None, "one to keep it and one to remove it are not two"
    assert keep("coordinator").kind == WallKind.ASSIGNED
    assert not sees(cast, "officer", act)


@pytest.mark.parametrize("say", [services.keep_wall, services.lift_wall])
def test_nothing_is_said_of_a_wall_without_a_reason(cast: Cast, wall: UUID, say: Any) -> None:
    with pytest.raises(CannotWall) as fault:
        say(actor=cast.governance, wall=wall, reason="  ", at=LATER)
    assert fault.value.field == "reason"
    assert not WallSaid.objects.exists()


# ---- where the desk asks for one ----------------------------------------------------------------------------------


def test_a_wall_that_the_desk_asks_for_stands_around_the_allegation(cast: Cast) -> None:
    allegation = asked(cast, told(cast.analyst))
    form = queries.wall_form(actor=cast.governance, allegation=allegation.pk, at=NOW)
    assert cast.second_officer.staff in {staff for staff, _ in form.unit}
    services.wall_off(
        actor=cast.governance,
        allegation=allegation.pk,
        staff=cast.second_officer.staff,
        reason="A cousin.",
        at=NOW,
    )
    assert not sees(cast, "second_officer", allegation)
    assert queries.walls_page(actor=cast.governance, at=LATER).to_consider == ()


def test_where_a_case_came_of_it_the_whole_case_is_walled(cast: Cast) -> None:
    case = open_case(cast)
    allegation = asked(cast, case.case_acts.unscoped("test").get().allegation)
    services.wall_off(
        actor=cast.governance, allegation=allegation.pk, staff=cast.second_officer.staff, reason="A cousin.", at=NOW
    )
    assert set(Wall.objects.values_list("file", flat=True)) >= {case.pk, case.victim_id, case.subject_id}


@pytest.mark.parametrize(
    ("name", "staff", "reason", "fault"),
    [
        ("governance", "olu", "A cousin.", CannotWall),
        ("governance", "second_officer", " ", CannotWall),
        ("coordinator", "second_officer", "A cousin.", Refused),
        ("olu", "second_officer", "A cousin.", Refused),
    ],
)
def test_a_wall_is_set_by_a_governance_lead_against_somebody_of_the_unit_with_a_reason(
    cast: Cast, name: str, staff: str, reason: str, fault: type[Exception]
) -> None:
    allegation = asked(cast, told(cast.analyst))
    with pytest.raises(fault):
        services.wall_off(
            actor=cast.actor(name), allegation=allegation.pk, staff=cast.staff[staff].pk, reason=reason, at=NOW
        )
    assert not Wall.objects.exists()
