"""The plan's pages: four strands, the gate one cannot miss, two who change the same, notes that stay inside."""

from __future__ import annotations

import re

import pytest

from fourfold.access.terms import RelationKind, Side
from fourfold.cases.models import Case
from fourfold.panel import services as panel
from fourfold.panel.terms import Strand
from fourfold.people.terms import Channel
from fourfold.plan import services
from fourfold.plan.models import Action, ClinicalNote, Session, StaffMinutes, StatusSet
from fourfold.support import services as support
from fourfold.support.terms import ContactOutcome
from fourfold.web import clock
from tests.cast import NOW, Cast
from tests.panel.scene import decision, open_case, ready_to_decide, relate, wall_off
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def address(case: Case, rest: str = "") -> str:
    """The address of the case's plan."""
    return f"/cases/{case.reference}/plan/{rest}"


def action(cast: Cast, case: Case, **changes: object) -> Action:
    """An action that lacks nothing, with `changes`."""
    whole = {"strand": Strand.LEGAL, "what": "Serve it", "owner_partner": "northmoor-police", "due_on": NOW.date()}
    return services.open_action(actor=cast.officer, case=case, at=NOW, **{**whole, **changes})  # type: ignore[arg-type]


def test_the_plan_shows_four_strands_even_when_nothing_is_planned(signed_in: SignIn, case: Case) -> None:
    said = signed_in("outreach").get(address(case)).content.decode()
    for strand in ("Psychological", "Social", "Legal", "Victim safety"):
        assert strand in said
    assert said.count("No actions yet.") == 4


def test_a_decision_without_actions_is_acted_on_from_the_plan(signed_in: SignIn, cast: Cast, case: Case) -> None:
    panel.record_decision(actor=cast.chair, item=ready_to_decide(cast, case), draft=decision(), at=NOW)
    client = signed_in("coordinator")
    said = client.get(address(case)).content.decode()
    assert "2 measures of the panel have no action yet" in said
    link = re.search(r'action="([^"]*/plan/open/[^"]*)"', said)
    assert link is not None
    for _ in range(2):
        assert client.post(link[1], {"once": "key-1"}).status_code == 303
    assert Action.objects.unscoped("test").count() == 2


def test_an_action_is_added_with_owner_and_day(signed_in: SignIn, case: Case) -> None:
    client = signed_in("advocate")
    sent = {"strand": "victim_safety", "what": "New lock", "owner_partner": "northmoor-advocacy", "once": "key-1"}
    refused = client.post(address(case, "actions/new/"), sent)
    assert refused.status_code == 422
    assert "Enter the date by which it is done" in refused.content.decode()
    assert "New lock" in refused.content.decode()
    sent |= {"due_on-day": "28", "due_on-month": "11", "due_on-year": "2026"}
    assert client.post(address(case, "actions/new/"), sent).status_code == 303
    assert "New lock" in client.get(address(case)).content.decode()


def test_what_is_not_done_says_why(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    client = signed_in("officer")
    refused = client.post(address(case, f"actions/{row.pk}/"), {"status": "not_done", "version": "1", "once": "key-1"})
    assert "Say why this will not be done" in refused.content.decode()
    sent = {
        "status": "not_done",
        "reason": "Withdrawn by the court.",
        "because": "not_allowed",
        "version": "1",
        "once": "key-2",
    }
    assert client.post(address(case, f"actions/{row.pk}/"), sent).status_code == 303
    assert "Withdrawn by the court." in client.get(address(case)).content.decode()


def test_the_gate_stands_before_the_step_until_the_advocate_has_told_her(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    relate(cast, "advocate", case, RelationKind.ADVOCATE)
    row = action(cast, case, tell_victim_first=True)
    officer, advocate = signed_in("officer"), signed_in("advocate")
    here = address(case, f"actions/{row.pk}/")
    assert "Tell the victim first" in officer.get(address(case)).content.decode()
    refused = officer.post(here, {"status": "done", "version": "1", "once": "key-1"})
    assert refused.status_code == 422
    assert 'href="#victim_told"' in refused.content.decode()
    assert officer.get(here + "told/").status_code == 403
    contact = support.attempt_contact(
        actor=cast.advocate,
        case=case,
        channel=Channel.CALL,
        outcome=ContactOutcome.REACHED,
        incoming=True,
        at=NOW,
    )
    told = {"contact": str(contact.pk), "once": "key-2"}
    assert advocate.post(here + "told/", told).status_code == 303
    assert "The victim has been told" in officer.get(here).content.decode()
    assert officer.post(here, {"status": "done", "version": "1", "once": "key-3"}).status_code == 303
    row.refresh_from_db()
    assert row.status == "done"


def test_two_people_go_ahead_where_she_cannot_be_told(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case, tell_victim_first=True)
    officer, advocate = signed_in("officer"), signed_in("advocate")
    here = address(case, f"actions/{row.pk}/")
    assert officer.post(here + "untold/", {"reason": " ", "once": "key-1"}).status_code == 422
    assert officer.post(here + "untold/", {"reason": "He is outside.", "once": "key-2"}).status_code == 303
    link = re.search(r'href="([^"]*/untold/[0-9a-f-]{36}/)"', advocate.get(here).content.decode())
    assert link is not None
    assert officer.post(link[1], {"once": "key-3"}).status_code == 422, "nobody signs for himself"
    assert "He is outside." in advocate.get(link[1]).content.decode()
    assert advocate.post(link[1], {"once": "key-4"}).status_code == 303
    assert officer.post(here, {"status": "done", "version": "1", "once": "key-5"}).status_code == 303
    assert StatusSet.objects.unscoped("test").get().countersigned_by == cast.staff["advocate"].pk


def test_the_second_to_save_sees_both_values_and_chooses(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    here = address(case, f"actions/{row.pk}/")
    officer, clinician = signed_in("officer"), signed_in("clinician")
    clinician.post(
        here, {"status": "not_done", "reason": "Withdrawn.", "because": "other", "version": "1", "once": "key-1"}
    )
    mine = {"status": "done", "reason": "Served at noon.", "version": "1", "once": "key-2"}
    answer = officer.post(here, mine)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Clinician changed this while you were writing" in said
    assert "Theirs: not done. Withdrawn." in said
    assert "Served at noon." in said
    seen = re.search(r'name="version" value="(\d+)"', said)
    assert seen is not None
    kept = {**mine, "keep-status": "mine", "version": seen[1], "once": "key-3"}
    assert officer.post(here, kept).status_code == 303
    row.refresh_from_db()
    assert row.status == "done"


def test_keeping_theirs_changes_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    sent = {"status": "done", "keep-status": "theirs", "version": "1", "once": "key-1"}
    assert signed_in("officer").post(address(case, f"actions/{row.pk}/"), sent).status_code == 303
    assert not StatusSet.objects.unscoped("test").exists()


def test_a_session_is_planned_and_settled_and_counted(signed_in: SignIn, cast: Cast, case: Case) -> None:
    client = signed_in("clinician")
    sent = {"strand": "psychological", "planned_at-day": "23", "planned_at-month": "11", "planned_at-year": "2026"}
    gate = client.post(address(case, "sessions/new/"), {**sent, "direct_work": "yes", "once": "key-1"})
    assert "under investigation" in gate.content.decode()
    sent |= {"told_first": "yes"}
    assert client.post(address(case, "sessions/new/"), {**sent, "once": "key-2"}).status_code == 303
    row = Session.objects.unscoped("test").get()
    settled = {"attendance": "cancelled_for_want_of_staff", "once": "key-3"}
    assert client.post(address(case, f"sessions/{row.pk}/"), settled).status_code == 303
    assert "1 cancelled for want of staff" in client.get(address(case)).content.decode()
    again = client.post(address(case, f"sessions/{row.pk}/"), {"attendance": "attended", "once": "key-4"})
    assert again.status_code == 409


def test_she_is_told_before_he_is_seen_first_unless_it_is_said_why_not(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    client = signed_in("outreach")
    here = address(case, "sessions/new/")
    blank = client.get(here).content.decode()
    assert re.search(r'name="told_first"[^>]*checked', blank), "it is on unless somebody takes it off"
    sent = {"strand": "social", "planned_at-day": "23", "planned_at-month": "11", "planned_at-year": "2026"}
    refused = client.post(here, {**sent, "once": "key-1"})
    assert refused.status_code == 422
    assert "Say why the victim does not need to be told" in refused.content.decode()
    assert not re.search(r'name="told_first"[^>]*checked', refused.content.decode()), "what was typed is kept"
    client.post(here, {**sent, "untold_because": "Not yet sure.", "later": "yes"})
    again = client.get(here).content.decode()
    assert "Not yet sure." in again
    assert not re.search(r'name="told_first"[^>]*checked', again), "nor is it ticked again when one goes on later"
    why = {**sent, "untold_because": "He is held and asks for it.", "once": "key-2"}
    assert client.post(here, why).status_code == 303
    row = Session.objects.unscoped("test").get()
    assert "He is held and asks for it." in signed_in("advocate").get(address(case)).content.decode()
    assert "He is held and asks for it." in client.get(address(case, f"sessions/{row.pk}/")).content.decode()
    assert (
        client.post(address(case, f"sessions/{row.pk}/"), {"attendance": "attended", "once": "key-3"}).status_code
        == 303
    )
    assert "told_first" not in client.get(here).content.decode(), "he was seen"
    assert client.post(here, {**sent, "once": "key-4"}).status_code == 303


def test_an_action_is_given_to_somebody_and_moved_with_its_reason(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    client = signed_in("coordinator")
    here = address(case, f"actions/{row.pk}/")
    assert "No named owner" in client.get(here).content.decode()
    assert f'href="{here}move/"' in client.get(here).content.decode()
    said = client.get(f"{here}move/").content.decode()
    assert "Second Officer" in said
    assert "Clinician" not in said, "only the people of its agency"
    sent = {
        "owner": str(cast.staff["second_officer"].pk),
        "due_on-day": "30", "due_on-month": "11", "due_on-year": "2026", "version": "1",
    }  # fmt: skip
    refused = client.post(f"{here}move/", {**sent, "once": "key-1"})
    assert refused.status_code == 422
    assert "Say why the date changes" in refused.content.decode()
    assert client.post(f"{here}move/", {**sent, "reason": "The court.", "once": "key-2"}).status_code == 303
    said = client.get(here).content.decode()
    assert "Second Officer, due 30 November 2026" in said
    assert "nobody to Second Officer, due 24 November 2026 to 30 November 2026. The court." in said
    assert "Moved from 24 November 2026 by Coordinator: The court." in client.get(address(case)).content.decode()


def test_the_second_to_move_an_action_sees_who_has_it_now(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    here = address(case, f"actions/{row.pk}/move/")
    day = {"due_on-day": "30", "due_on-month": "11", "due_on-year": "2026", "version": "1"}
    signed_in("coordinator").post(here, {"owner": "", **day, "reason": "The court.", "once": "key-1"})
    officer = signed_in("officer")
    mine = {"owner": str(cast.officer.staff), **day, "reason": "He is away.", "once": "key-2"}
    answer = officer.post(here, mine)
    assert answer.status_code == 409
    said = answer.content.decode()
    assert "Coordinator changed this while you were writing" in said
    assert "Theirs: no named owner, due 30 November 2026. The court." in said
    assert "He is away." in said
    seen = re.search(r'name="version" value="(\d+)"', said)
    assert seen is not None
    assert officer.post(here, {**mine, "keep-owner": "theirs", "once": "key-3"}).status_code == 303
    row.refresh_from_db()
    assert row.owner is None
    assert officer.post(here, {**mine, "version": seen[1], "once": "key-4"}).status_code == 303
    row.refresh_from_db()
    assert row.owner == cast.officer.staff


@pytest.mark.parametrize(("minutes", "status"), [("90", 303), ("0", 422), ("-5", 422), ("ninety", 422), ("", 422)])
def test_minutes_are_logged_as_numbers(signed_in: SignIn, case: Case, minutes: str, status: int) -> None:
    day = {"worked_on-day": "24", "worked_on-month": "11", "worked_on-year": "2026"}
    answer = signed_in("officer").post(address(case, "minutes/"), {"minutes": minutes, **day, "once": "key-1"})
    assert answer.status_code == status
    assert StaffMinutes.objects.unscoped("test").exists() is (status == 303)


def test_a_clinical_note_is_seen_by_that_persons_clinician_alone(signed_in: SignIn, cast: Cast, case: Case) -> None:
    relate(cast, "clinician", case, RelationKind.CLINICIAN_OF_SUBJECT, Side.SUBJECT)
    client = signed_in("clinician")
    sent = {"side": "subject", "text": "CNRY-clinical", "once": "key-1"}
    assert client.post(address(case, "notes/"), sent).status_code == 303
    assert "CNRY-clinical" in client.get(address(case)).content.decode()
    for name in ("officer", "advocate", "outreach", "coordinator", "chair", "analyst"):
        said = signed_in(name).get(address(case)).content.decode()
        assert "CNRY-clinical" not in said
        assert "Clinical notes" not in said
    assert signed_in("officer").get(address(case, "notes/")).status_code == 403
    assert client.post(address(case, "notes/"), {**sent, "side": "victim", "once": "key-2"}).status_code == 403
    assert ClinicalNote.objects.unscoped("test").count() == 1


def test_another_site_and_a_walled_colleague_find_nothing(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, case)
    wall_off(cast, "second_officer", case)
    for name in ("olu", "second_officer"):
        client = signed_in(name)
        for rest in ("", "actions/new/", f"actions/{row.pk}/", f"actions/{row.pk}/move/", "minutes/"):
            assert client.get(address(case, rest)).status_code == 404
        assert client.post(address(case, f"actions/{row.pk}/"), {"status": "done"}).status_code == 404
    assert not StatusSet.objects.unscoped("test").exists()


def test_an_action_of_another_case_is_not_found_under_this_one(signed_in: SignIn, cast: Cast, case: Case) -> None:
    row = action(cast, open_case(cast))
    assert signed_in("officer").get(address(case, f"actions/{row.pk}/")).status_code == 404


def test_a_plan_costs_the_same_for_one_action_and_for_ten(
    signed_in: SignIn, cast: Cast, case: Case, django_assert_max_num_queries: object
) -> None:
    for _ in range(10):
        action(cast, case, owner=cast.staff["officer"].pk)
    client = signed_in("officer")
    with django_assert_max_num_queries(60):  # type: ignore[operator]
        assert client.get(address(case)).status_code == 200
