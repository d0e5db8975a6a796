"""Who is let in: the unit by agreement, the named by relation, nobody through a wall."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fourfold.access import endings, queries, services
from fourfold.access.models import Agreement, Membership, Staff
from fourfold.access.terms import (
    TEAM_COMPARTMENTS,
    Compartment,
    NotFound,
    Permission,
    Refused,
    RelationKind,
    Role,
    Side,
    Unscoped,
    WallKind,
)
from fourfold.access.terms.accounts import CannotEnd
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.base import new_id
from fourfold.cases.models import Case
from tests.access.builders import end_agreement, end_role
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(cast: Cast) -> UUID:
    """A file that the officer's unit has opened."""
    identifier = new_id()
    with audit.recorded(cast.officer, "file.made", at=NOW, file=identifier):
        services.grant_file(actor=cast.officer, file=identifier, site="northmoor", at=NOW)
    return identifier


def readable(cast: Cast, name: str, file: UUID, **more: object) -> frozenset[Compartment]:
    """What one of the cast may read of the file now."""
    return queries.opened(cast.actor(name), file, at=NOW, **more).readable


@pytest.mark.parametrize("name", ["officer", "analyst", "coordinator", "clinician", "outreach", "advocate", "chair"])
def test_the_unit_sees_the_core_the_risk_and_the_subject(cast: Cast, file: UUID, name: str) -> None:
    assert readable(cast, name, file) >= TEAM_COMPARTMENTS


@pytest.mark.parametrize("name", ["olu", "station_officer", "governance", "evaluator", "lead", "administrator"])
def test_whoever_is_not_on_the_case_finds_nothing(cast: Cast, file: UUID, name: str) -> None:
    with pytest.raises(NotFound):
        readable(cast, name, file)


def test_clinical_notes_are_the_clinicians_of_that_person_alone(cast: Cast, file: UUID) -> None:
    assert Compartment.CLINICAL not in readable(cast, "clinician", file)
    relate(cast, file, "clinician", RelationKind.CLINICIAN_OF_SUBJECT)
    opened = queries.opened(cast.clinician, file, at=NOW)
    assert Compartment.CLINICAL in opened.readable
    assert opened.sides == {Side.SUBJECT}
    relate(cast, file, "officer", RelationKind.OIC)
    assert Compartment.CLINICAL not in readable(cast, "officer", file)


def test_police_intelligence_is_not_for_clinicians(cast: Cast, file: UUID) -> None:
    relate(cast, file, "clinician", RelationKind.CLINICIAN_OF_SUBJECT)
    assert Compartment.POLICE_INTEL in readable(cast, "officer", file)
    assert Compartment.POLICE_INTEL not in readable(cast, "clinician", file)


def test_an_officer_without_clearance_sees_no_intelligence(cast: Cast, file: UUID) -> None:
    Staff.objects.filter(pk=cast.staff["officer"].pk).update(cleared=False)
    cast.staff["officer"].refresh_from_db()
    assert Compartment.POLICE_INTEL not in readable(cast, "officer", file)


def test_the_advocates_confidences_are_hers_alone(cast: Cast, file: UUID) -> None:
    relate(cast, file, "advocate", RelationKind.ADVOCATE)
    relate(cast, file, "officer", RelationKind.OIC)
    assert Compartment.ADVOCATE_CONFIDENTIAL in readable(cast, "advocate", file)
    for name in ("officer", "clinician", "second_advocate", "coordinator", "chair"):
        assert Compartment.ADVOCATE_CONFIDENTIAL not in readable(cast, name, file)


def test_the_safe_address_opens_to_her_advocate_with_a_second_person_and_to_nobody_else(cast: Cast, file: UUID) -> None:
    relate(cast, file, "advocate", RelationKind.ADVOCATE)
    relate(cast, file, "officer", RelationKind.OIC)
    assert Compartment.SAFE_ADDRESS_SEALED not in readable(cast, "advocate", file)
    assert Compartment.SAFE_ADDRESS_SEALED in readable(cast, "advocate", file, second=True)
    for name in ("officer", "clinician", "second_advocate", "chair", "coordinator", "analyst", "outreach"):
        assert Compartment.SAFE_ADDRESS_SEALED not in readable(cast, name, file, second=True)


def test_the_victims_number_is_for_the_officer_in_the_case_and_the_advocate(cast: Cast, file: UUID) -> None:
    relate(cast, file, "officer", RelationKind.OIC)
    relate(cast, file, "advocate", RelationKind.ADVOCATE)
    for name, sees in (("officer", True), ("advocate", True), ("second_officer", False), ("clinician", False)):
        assert (Compartment.VICTIM_CONTACT in readable(cast, name, file)) is sees


def test_a_wall_makes_the_file_vanish(cast: Cast, file: UUID) -> None:
    services.set_wall(
        actor=cast.governance, files=[file], staff=cast.officer.staff, at=NOW, kind=WallKind.ASSIGNED, reason="cousin"
    )
    relate(cast, file, "officer", RelationKind.OIC)
    with pytest.raises(NotFound):
        readable(cast, "officer", file)
    assert readable(cast, "second_officer", file)


def test_a_party_to_the_case_finds_nothing(cast: Cast, file: UUID) -> None:
    relate(cast, file, "officer", RelationKind.PARTY)
    with pytest.raises(NotFound):
        readable(cast, "officer", file)


def test_i_know_somebody_in_this_closes_the_file_to_me_at_once(cast: Cast, file: UUID) -> None:
    services.declare_conflict(actor=cast.advocate, files=[file], at=NOW)
    with pytest.raises(NotFound):
        readable(cast, "advocate", file)


def test_a_wall_is_lifted_by_two_people_from_two_agencies(cast: Cast, file: UUID) -> None:
    services.set_wall(actor=cast.governance, files=[file], staff=cast.officer.staff, at=NOW)
    wall = cast.staff["officer"].walls.get()
    with pytest.raises(Refused):
        services.lift_wall(actor=cast.governance, wall=wall, second=cast.governance, at=NOW)
    services.lift_wall(actor=cast.governance, wall=wall, second=cast.second_governance, at=NOW)
    assert readable(cast, "officer", file)
    assert verify().clean


def test_an_agreement_that_ended_a_second_ago_opens_nothing(cast: Cast, file: UUID) -> None:
    agreement = Agreement.objects.get(site="northmoor", partner="northmoor-nhs")
    end_agreement(cast, agreement)
    with pytest.raises(NotFound):
        queries.opened(cast.clinician, file, at=NOW + timedelta(seconds=1))
    assert readable(cast, "officer", file)


def test_an_agreement_past_its_end_opens_nothing(cast: Cast, file: UUID) -> None:
    Agreement.objects.filter(partner="northmoor-nhs").update(ends_on=NOW.date() - timedelta(days=1))
    with pytest.raises(NotFound):
        readable(cast, "clinician", file)


@pytest.mark.parametrize(
    "change", [{"strength": "password"}, {"purpose": ""}, {"trained": False}, {"active": False}], ids=str
)
def test_without_second_factor_purpose_training_or_employment_nothing_opens(
    cast: Cast, file: UUID, change: dict[str, object]
) -> None:
    from dataclasses import replace

    with pytest.raises(NotFound):
        queries.opened(replace(cast.officer, **change), file, at=NOW)


def test_a_refusal_is_remembered_with_the_rule_that_said_so(cast: Cast, file: UUID) -> None:
    with pytest.raises(NotFound):
        readable(cast, "olu", file)
    entry = Entry.objects.get(operation="refusal")
    assert entry.file == file
    assert "no agreement" in entry.body


def test_a_role_that_does_not_include_it_is_refused(cast: Cast, file: UUID) -> None:
    with pytest.raises(Refused):
        services.require(cast.analyst, Permission.PANEL_DECIDE, at=NOW, file=file)


def test_a_role_held_at_one_site_means_nothing_at_another(cast: Cast) -> None:
    assert queries.may(cast.officer, Permission.ORDER_APPLY, site="northmoor")
    assert not queries.may(cast.officer, Permission.ORDER_APPLY, site="southmere")


def test_a_role_that_ended_is_gone_at_the_next_request(cast: Cast, file: UUID) -> None:
    member = cast.staff["officer"].memberships.get()
    member.until_at = NOW
    member.save()
    with pytest.raises(NotFound):
        queries.opened(cast.actor("officer", at=NOW + timedelta(seconds=1)), file, at=NOW + timedelta(seconds=1))


def test_opening_a_file_costs_three_statements(cast: Cast, file: UUID, django_assert_num_queries: object) -> None:
    officer = cast.officer
    with django_assert_num_queries(3):  # type: ignore[operator]
        queries.opened(officer, file, at=NOW)


def test_a_list_of_protected_rows_cannot_be_started_for_nobody() -> None:
    for run in (list, lambda rows: rows.count(), lambda rows: rows.exists(), lambda rows: rows.first()):
        with pytest.raises(Unscoped):
            run(Case.objects.all())


def test_every_role_has_a_paragraph_and_the_administrator_sees_no_case() -> None:
    from fourfold.access.roles import ROLES

    assert set(ROLES) == set(Role)
    assert all(card.paragraph for card in ROLES.values())
    assert not {str(p) for p in ROLES[Role.SYSTEM_ADMINISTRATOR].permissions if p.startswith(("case", "allegation"))}


def relate(cast: Cast, file: UUID, name: str, kind: RelationKind) -> None:
    """Give one of the cast a relation to the file."""
    services.relate(actor=cast.coordinator, file=file, staff=cast.staff[name].pk, kind=kind, at=NOW)


@pytest.mark.parametrize(
    ("days", "ends_in", "why"),
    [
        (0, None, None),
        (7, None, None),
        (-1, None, "passed"),
        (7, 9, None),
        (7, 7, "ended"),
        (7, 3, "ended"),
    ],
)
def test_something_ends_from_today_on_and_sooner_than_it_would(days: int, ends_in: int | None, why: str | None) -> None:
    ends_at = None if ends_in is None else NOW + timedelta(days=ends_in)
    said = endings.why_not_end(NOW + timedelta(days=days), ends_at=ends_at, at=NOW)
    assert said is None if why is None else why in str(said)


def test_a_part_that_goes_on_beside_keeps_the_files_and_the_parts_in_cases(cast: Cast, file: UUID) -> None:
    officer = cast.staff["officer"]
    services.give_role(
        actor=services.first_administrator(at=NOW), staff=officer, role=Role.PANEL_CHAIR, site="northmoor", at=NOW
    )
    services.relate(actor=cast.coordinator, file=file, staff=officer.pk, kind=RelationKind.OIC, at=NOW)
    part = Membership.objects.get(staff=officer, role=Role.POLICE_OFFICER)
    closing = queries.closes_with_part(part, from_at=NOW)
    end_role(cast, part, lead="police_lead")
    assert (closing.grants, closing.parts) == (0, 0)
    assert Membership.objects.get(pk=part.pk).until_at == NOW
    assert readable(cast, "officer", file)


def test_nobody_ends_their_own_part(cast: Cast) -> None:
    part = Membership.objects.get(staff=cast.staff["administrator"])
    with pytest.raises(CannotEnd, match="Ask a colleague"):
        services.ask_end_of_part(actor=cast.administrator, part=part, from_at=NOW, reason="I go.", at=NOW)
