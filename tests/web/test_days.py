"""Each profession's day: what it shows when work of theirs is open, and that every source it looks at first is there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from icalendar import Calendar

from fourfold.access import services as access
from fourfold.access.roles import ROLES
from fourfold.access.terms import RelationKind, Role, WallKind
from fourfold.cases.models import Case
from fourfold.governance import queries as governance_queries
from fourfold.orders import services as orders
from fourfold.panel import services as panel
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.plan.terms import Because, Status
from fourfold.web import clock, digest, worklist
from fourfold.web.pages import calendar
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.orders.builders import case_of, made
from tests.panel.scene import bring_before_panel, hear, open_case, relate, wall_off
from tests.plan.test_services import action, session
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


def day(cast: Cast, name: str, show: str = "mine") -> list[tuple[str, str]]:
    """What stands on somebody's day, each row by its source and its words, in the order shown."""
    found = worklist.today(cast.actor(name), NOW, show)
    return [(row.kind, row.what) for row in (found.first, *found.rows) if row]


def words(cast: Cast, name: str, kind: str, show: str = "mine") -> list[str]:
    """What one source puts on somebody's day."""
    return [what for of, what in day(cast, name, show) if of == kind]


BEFORE_TELLING = ("steps_before_telling", "service_before_telling")


def before_telling(cast: Cast, name: str, show: str = "mine") -> list[str]:
    """What waits for a signature so that it may happen before the victim is told: steps of a plan, service of orders."""
    return [what for kind in BEFORE_TELLING for what in words(cast, name, kind, show)]


# ---- the sources ----------------------------------------------------------------------------------------------------


def test_every_source_that_a_profession_looks_at_first_is_there_once_and_open_to_it() -> None:
    import_module("fourfold.web.urls")  # the pages register what they yield when they are gathered
    named = [each.kind for each in worklist.SOURCES]
    first = {role: {each.kind for each in worklist.SOURCES if role in each.first_for} for role in Role}
    assert all(named.count(kind) == 1 for kinds in first.values() for kind in kinds)
    assert {role: kinds for role, kinds in first.items() if kinds} == {
        Role.VICTIM_ADVOCATE: {"agreements", "code_clocks", "contacts", "endpoints", "merges_of_victims", "silence"},
        Role.MENTAL_HEALTH_PROFESSIONAL: {"sessions", "views_due"},
        Role.OUTREACH_WORKER: {"sessions", "views_due"},
        Role.POLICE_ANALYST: {"new_allegations"},
        Role.PANEL_CHAIR: {"packs", "panel_items", "sittings"},
        Role.UNIT_COORDINATOR: {"reports_of_nobody", "victims_without_advocate"},
        Role.AGENCY_LEAD: {"silent_victims"},
    }
    for each in worklist.SOURCES:
        assert all(each.permission in ROLES[role].permissions for role in each.first_for), each.kind


# ---- the eleven roles -----------------------------------------------------------------------------------------------


def test_the_analysts_day(cast: Cast, case: Case) -> None:
    told(cast.analyst)
    assert day(cast, "analyst", "unit")[0][0] == "new_allegations"


def test_the_officers_day(cast: Cast, case: Case) -> None:
    action(cast, case, what="Apply for the order", owner=cast.staff["officer"].pk, due_on=TODAY)
    assert words(cast, "officer", "actions") == ["Apply for the order"]


def test_the_coordinators_day_holds_what_colleagues_have_to_do(cast: Cast, case: Case) -> None:
    action(cast, case, what="Apply for the order", owner=cast.staff["officer"].pk, due_on=TODAY)
    action(cast, case, what="New lock", owner_partner="northmoor-advocacy", due_on=TODAY)
    assert words(cast, "coordinator", "actions") == []
    assert sorted(words(cast, "coordinator", "actions", "unit")) == ["Apply for the order", "New lock"]


def test_the_clinicians_day_begins_with_the_sessions(cast: Cast, case: Case) -> None:
    bring_before_panel(cast, open_case(cast))
    session(cast, case, hours=5)
    session(cast, case, hours=-20)
    assert words(cast, "clinician", "sessions") == [
        "Record how the psychological session went", "Psychological session",
    ]  # fmt: skip
    rows = worklist.today(cast.clinician, NOW, "mine").rows
    assert next(row for row in rows if not row.overdue).kind == "sessions"


def test_the_outreach_workers_day(cast: Cast, case: Case) -> None:
    relate(cast, "outreach", case, RelationKind.OUTREACH)
    plan.plan_session(
        actor=cast.clinician, case=case, strand=Strand.SOCIAL, planned_at=NOW + timedelta(hours=2), at=NOW
    )
    assert words(cast, "outreach", "sessions") == ["Social session"]
    assert words(cast, "officer", "sessions", "unit") == []


def test_the_advocates_day(cast: Cast, case: Case) -> None:
    action(cast, case, what="New lock", owner_partner="northmoor-advocacy", due_on=TODAY)
    assert words(cast, "advocate", "actions") == words(cast, "second_advocate", "actions") == ["New lock"]


def chairs(cast: Cast) -> list[str]:
    return [what for of, what in day(cast, "chair", "mine") if of in ("sittings", "panel_items")]


def test_the_chairs_day_goes_from_the_sitting_to_the_views_to_the_decision(cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    assert chairs(cast) == ["Chair the panel"]
    hear(cast, item, "officer", "clinician", "outreach")
    assert chairs(cast) == ["Chair the panel"], "one profession is still to be heard"
    hear(cast, item, "advocate")
    opens = "Open the views: every profession has given one"
    assert chairs(cast) == [opens, "Chair the panel"], "where there is a case, there is a level"
    panel.open_views(actor=cast.chair, item=item, at=NOW)
    assert chairs(cast) == ["Record the panel's decision", "Chair the panel"]
    wall_off(cast, "chair", case)
    assert chairs(cast) == ["Chair the panel"]


def test_the_governance_leads_day_is_the_walls(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    access.set_wall(
        actor=cast.governance, files=[allegation.pk], staff=cast.staff["officer"].pk, reason="A cousin.", at=NOW,
        kind=WallKind.PROVISIONAL,
    )  # fmt: skip
    assert governance_queries.walls_waiting(actor=cast.second_governance, at=NOW) == 1
    assert words(cast, "second_governance", "walls_to_look_at") == ["Check 1 provisional wall"]
    assert signed_in("second_governance").get("/")["Location"] == "/oversight/"


@pytest.mark.parametrize(
    ("name", "place"), [("evaluator", "/evaluation/"), ("lead", "/roll-out/")], ids=["evaluator", "programme lead"]
)
def test_who_opens_no_case_begins_the_day_on_their_own_page(
    cast: Cast, case: Case, signed_in: SignIn, name: str, place: str
) -> None:
    action(cast, case, due_on=TODAY)
    assert day(cast, name, "unit") == []
    client = signed_in(name)
    assert client.get("/")["Location"] == place
    assert client.get(place).status_code == 200


def test_the_administrators_day_holds_no_casework(cast: Cast, case: Case, signed_in: SignIn) -> None:
    action(cast, case, due_on=TODAY)
    assert day(cast, "administrator", "unit") == []
    assert case.reference not in signed_in("administrator").get("/installation/").content.decode()


# ---- actions --------------------------------------------------------------------------------------------------------


def test_an_action_due_tomorrow_is_on_the_day_in_the_calendar_and_in_the_digest(cast: Cast, case: Case) -> None:
    action(cast, case, owner=cast.staff["officer"].pk, due_on=TODAY + timedelta(days=1))
    action(cast, case, what="Today", due_on=TODAY)
    assert len(words(cast, "officer", "actions")) == 2
    events = Calendar.from_ical(calendar.calendar_of(cast.officer, NOW)).walk("VEVENT")
    assert {event.decoded("dtstart").date() for event in events} >= {TODAY, TODAY + timedelta(days=1)}
    assert digest.due(cast.officer, NOW) == (1, 0)
    assert digest.due(cast.officer, NOW + timedelta(days=1)) == (1, 1)


def test_a_colleagues_late_action_is_in_the_units_and_in_the_overdue_tab(cast: Cast, case: Case) -> None:
    action(cast, case, owner=cast.staff["second_officer"].pk, due_on=TODAY)
    later = NOW + timedelta(days=2)
    for show, expected in (("mine", 0), ("unit", 1), ("overdue", 1)):
        found = worklist.today(cast.officer, later, show)
        assert sum(row.kind == "actions" for row in (found.first, *found.rows) if row) == expected, show


def test_who_is_given_an_action_has_it_on_the_day_from_then_on(cast: Cast, case: Case) -> None:
    row = action(cast, case, owner=cast.staff["officer"].pk, due_on=TODAY)
    plan.move_action(
        actor=cast.coordinator, action=row, owner=cast.staff["second_officer"].pk, due_on=TODAY + timedelta(days=9),
        reason="He is away.", at=NOW,
    )  # fmt: skip
    assert words(cast, "officer", "actions", "unit") == words(cast, "second_officer", "actions") == []
    nine = worklist.today(cast.second_officer, NOW + timedelta(days=9), "mine")
    assert [each.kind for each in (nine.first, *nine.rows) if each] == ["actions"]


def test_a_day_costs_the_same_for_one_action_and_for_many(
    cast: Cast, case: Case, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    for number in range(40):
        action(cast, case, owner=cast.staff["officer"].pk if number % 2 else None, due_on=TODAY)
    officer = cast.officer
    with django_assert_max_num_queries(32):  # type: ignore[attr-defined]
        found = worklist.today(officer, NOW, "mine")
    assert sum(row.kind == "actions" for row in found.every) == 40, "each is listed, at the cost of one"


# ---- invitations and signatures -------------------------------------------------------------------------------------


def test_an_invitation_waits_until_it_is_answered(cast: Cast, case: Case) -> None:
    item = bring_before_panel(cast, case)
    assert words(cast, "outreach", "invitations") == ["Say whether you will attend the panel"]
    panel.answer_invitation(actor=cast.outreach, sitting=item.sitting, coming=False, at=NOW)
    assert words(cast, "outreach", "invitations") == []
    assert words(cast, "coordinator", "invitations") == [], "who is not invited answers nothing"
    assert words(cast, "olu", "invitations", "unit") == []


def test_who_could_sign_that_she_is_not_told_first_learns_of_it(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    case = case_of(cast)
    step = action(cast, case, what="Write to him", tell_victim_first=True)
    plan.ask_to_go_ahead(actor=cast.officer, action=step, reason="He is outside.", at=NOW)
    order = made(cast, case)
    asked = orders.ask_to_serve_untold(actor=cast.officer, order=order, reason="She is abroad.", at=NOW)
    both = [
        "Sign or refuse, before the victim is told: Write to him",
        "Sign or refuse, before the victim is told: serve interim stalking protection order",
    ]
    assert sorted(before_telling(cast, "advocate")) == sorted(both)
    assert sorted(before_telling(cast, "coordinator")) == sorted(both)
    assert before_telling(cast, "clinician") == both[:1], "a clinician signs no order"
    for name in ("officer", "analyst", "olu"):
        assert before_telling(cast, name, "unit") == []
    client = signed_in("advocate")
    for row in worklist.today(cast.advocate, NOW, "mine").every:
        if row.kind in BEFORE_TELLING:
            assert client.get(row.href).status_code == 200
    orders.sign_untold(actor=cast.advocate, asked=asked, at=NOW)
    plan.update_action(
        actor=cast.officer, action=step, status=Status.NOT_DONE, reason="No.", because=Because.OTHER, at=NOW
    )
    assert before_telling(cast, "coordinator") == []
