"""What of the plans is due: whose it is, what it costs to ask, and who is asked to sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access.terms import RelationKind, Side
from fourfold.cases.models import Case
from fourfold.panel.terms import Strand
from fourfold.plan import services
from fourfold.plan.terms import Attendance, Status
from tests.cast import NOW, Cast
from tests.duties.scene import said, waits
from tests.panel.scene import open_case, relate, wall_off
from tests.plan.test_services import action, session, settle, update

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
SOON = TODAY + timedelta(days=3)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def due(cast: Cast, name: str, *, mine: bool = False) -> dict[str, bool]:
    """What is due soon for one of the cast, and whether it is their own."""
    return {row.text: row.is_own for row in waits(cast.actor(name), "actions") if row.is_own or not mine}


# --- actions ----------------------------------------------------------------------------------------------


def test_an_action_is_its_owners_and_where_nobody_is_named_its_agencys(cast: Cast, case: Case) -> None:
    action(cast, case, what="Named", owner=cast.staff["officer"].pk)
    action(cast, case, what="Nobody's")
    action(cast, case, what="Hers", owner_partner="northmoor-advocacy")
    action(cast, case, what="Far off", owner=cast.staff["officer"].pk, due_on=SOON + timedelta(days=1))
    assert due(cast, "officer") == {"Named": True, "Nobody's": True, "Hers": False}
    assert due(cast, "officer", mine=True) == {"Named": True, "Nobody's": True}
    assert due(cast, "second_officer", mine=True) == {"Nobody's": True}
    assert due(cast, "advocate", mine=True) == {"Hers": True}
    assert due(cast, "clinician", mine=True) == {}
    assert set(due(cast, "coordinator")) == {"Named", "Nobody's", "Hers"}, "the unit's work, whoever has it"


def test_what_is_late_comes_first_and_what_waits_for_her_is_open(cast: Cast, case: Case) -> None:
    action(cast, case, what="Soon")
    gated = action(cast, case, what="Gated", due_on=TODAY, tell_victim_first=True)
    update(cast, gated, Status.WAITS_FOR_VICTIM)
    update(cast, action(cast, case, what="Done", due_on=TODAY), Status.DONE)
    later = NOW + timedelta(days=1)
    found = waits(cast.officer, "actions", at=later)
    assert [(row.text, row.due_at < later, row.said["waits_for_victim"]) for row in found] == [
        ("Gated", True, True), ("Soon", False, False),
    ]  # fmt: skip


def test_another_site_and_a_walled_colleague_have_nothing_due(cast: Cast, case: Case) -> None:
    action(cast, case, owner=cast.staff["second_officer"].pk)
    session(cast, case)
    wall_off(cast, "second_officer", case)
    for stranger in (cast.olu, cast.second_officer, cast.station_officer):
        for kind in ("actions", "sessions", "steps_before_telling"):
            assert waits(stranger, kind) == ()


@pytest.mark.parametrize("count", [1, 40])
def test_all_that_waits_is_read_at_the_cost_of_one(
    cast: Cast, case: Case, count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_SUBJECT, Side.SUBJECT)
    for _ in range(count):
        action(cast, case, owner=cast.staff["officer"].pk)
        session(cast, case)
    officer = cast.officer
    with django_assert_num_queries(3 + LOGGED):  # type: ignore[attr-defined]
        assert len(waits(officer, "actions", "sessions")) == 2 * count + 1, "the first session asks to tell the victim"


#: What the entry of the log costs.
LOGGED = 5


# --- sessions ---------------------------------------------------------------------------------------------


def test_sessions_of_today_and_those_that_have_been_are_whose_who_holds_them(cast: Cast, case: Case) -> None:
    relate(cast, "outreach", case, RelationKind.OUTREACH)
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_SUBJECT, Side.SUBJECT)
    session(cast, case, hours=-30)
    session(cast, case, hours=3)
    session(cast, case, hours=80)
    settle(cast, session(cast, case, hours=-50), Attendance.MISSED)
    for name, own in (("clinician", True), ("outreach", True)):
        found = waits(cast.actor(name), "sessions")
        assert [(row.due_at < NOW, said(row, cast.actor(name)).mine, row.by) for row in found] == [
            (True, own, "Clinician"), (False, own, "Clinician"),
        ]  # fmt: skip
    other = open_case(cast)
    services.plan_session(actor=cast.outreach, case=other, strand=Strand.SOCIAL, planned_at=NOW, at=NOW)
    found = waits(cast.clinician, "sessions")
    assert [said(row, cast.clinician).mine for row in found] == [True, False, True]


# --- signatures -------------------------------------------------------------------------------------------


def test_who_could_sign_is_asked_until_somebody_does_or_she_is_told(cast: Cast, case: Case) -> None:
    relate(cast, "advocate", case, RelationKind.ADVOCATE)

    def asked(name: str) -> list[str]:
        found = ((row, said(row, cast.actor(name))) for row in waits(cast.actor(name), "steps_before_telling"))
        return [row.text for row, words in found if words is not None]

    first, second = (action(cast, case, what=what, tell_victim_first=True) for what in ("Serve it", "See him"))
    services.ask_to_go_ahead(actor=cast.officer, action=first, reason="He is outside.", at=NOW - timedelta(hours=2))
    again = services.ask_to_go_ahead(actor=cast.officer, action=first, reason="He is at the door.", at=NOW)
    services.ask_to_go_ahead(
        actor=cast.clinician, action=second, reason="He asks for it.", at=NOW + timedelta(minutes=1)
    )
    assert asked("advocate") == ["Serve it", "See him"], "the later reason of the same step stands alone"
    assert asked("chair") == ["Serve it", "See him"]
    assert asked("officer") == ["See him"], "nobody signs for himself"
    assert asked("analyst") == [], "the analyst signs nothing"
    services.sign_untold(actor=cast.chair, asked=again, at=NOW)
    services.note_victim_told(actor=cast.advocate, action=second, at=NOW)
    assert asked("advocate") == asked("coordinator") == []
