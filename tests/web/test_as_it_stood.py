"""After a transfer the first unit reads its own record as it stood: what the other unit changes in a row is not shown."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access import queries as access_queries
from fourfold.access.routes import routes
from fourfold.access.terms import Compartment, Role
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.cases import queries as case_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct, ReviewDue, Triage
from fourfold.cases.queries import drawn
from fourfold.cases.queries.values import Change
from fourfold.cases.terms import Level, Outcome, SetBy, State
from fourfold.gateways.bulk import insert_rows
from fourfold.journey.history import history
from fourfold.linkage.models import Match
from fourfold.linkage.terms import Verdict
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, Condition, Order
from fourfold.orders.services import rows
from fourfold.orders.terms import Step, StepDetails
from fourfold.panel.models import Item, PhaseSet
from fourfold.panel.terms import Phase, Strand
from fourfold.people import services as people
from fourfold.people.models import ThirdContactSaid, ThirdParty
from fourfold.people.terms import Part, Pronoun, ThirdRole
from fourfold.plan import services as plan
from fourfold.plan.models import Action, Moved, Session, StatusSet
from fourfold.plan.terms import Attendance, Status
from tests.cases.builders import long_course, told
from tests.cast import MEMBERS, Cast, hire
from tests.orders.builders import breached, condition_of, made, served
from tests.orders.test_subject import agree as two_forces_agree
from tests.panel.scene import bring_before_panel
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn
from tests.web.test_number_worlds import _first, read
from tests.web.worlds import undone

pytestmark = pytest.mark.django_db

BEFORE = NOON - timedelta(days=1)
AFTER = NOON + timedelta(minutes=30)
LATER = NOON + timedelta(hours=1)
PLACES = (
    *("", "history/", "plan/", "panel/", "orders/", "assessment/", "comments/", "disclosures/", "team/", "subject/"),
    *("level/", "review/", "pattern/", "documents/"),
)
READERS = ("officer", "second_officer", "coordinator", "clinician", "outreach", "advocate")


@pytest.fixture
def handed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case with a row of every kind that changes in place, which Southmere has just taken over."""
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case = case_of(cast)
    agree(cast, case)
    assert reached(cast, case).safe
    made(cast, case, at=NOON - timedelta(days=5), expires_on=date(2027, 3, 1))
    plan.open_action(
        actor=cast.officer, case=case, strand=Strand.LEGAL, what="Speak to the landlord", due_on=NOON.date(),
        owner_partner="northmoor-police", at=NOON - timedelta(days=1),
    )  # fmt: skip
    plan.plan_session(
        actor=cast.outreach, case=case, strand=Strand.SOCIAL, planned_at=LATER, told_first=False,
        untold_because="A first visit to the housing office.", at=NOON - timedelta(days=1),
    )  # fmt: skip
    act, held = CaseAct.objects.unscoped("test").get(case=case), access_queries.held_by(cast.analyst, "desk", at=BEFORE)
    bakery = people.register_third_party(
        actor=cast.analyst, site=case.site, name="Hill Bakery", safe_contact="By letter", at=BEFORE
    )
    told = {"allegation": act.allegation, "third": bakery, "role": ThirdRole.EMPLOYER, "verdict": Verdict.THIRD}
    Match.objects.create(part=Part.VICTIM, decided_at=BEFORE, decided_by=cast.analyst.staff, **told, **held)
    bring_before_panel(cast, case, at=NOON - timedelta(hours=2))
    case.refresh_from_db()
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=cast.actor("otto"), asked=asked, accepts=True, reason="", at=NOON)
    case.refresh_from_db()
    stopped = settings.FOURFOLD.model_copy(update={"app_clock": LATER.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", stopped)
    return case


def seen(client: Client, case: Case) -> dict[str, str]:
    """Return what somebody reads of the case, without what differs from one fetching to the next."""
    read = {}
    for place in PLACES:
        answer = client.get(f"/cases/{case.reference}/{place}")
        page = answer.content.decode().partition("<main")[2]
        page = re.sub(r'(csrfmiddlewaretoken|once|seen|version)" value="[^"]*"', "", page)
        read[place] = f"{answer.status_code} {page}"
    return read


def changed_by_the_other_unit(cast: Cast, case: Case) -> None:
    """Do to every row of before what the other unit's services do to it in place, with the rows that they add."""
    otto = cast.actor("otto")
    of_case, held = {"case": case.pk}, access_queries.held_by(otto, "entered", at=AFTER)
    Case.objects.unscoped("test").filter(pk=case.pk).update(
        state=State.CLOSED, level="very_high", review_due_at=LATER, acts=7, last_act_at=AFTER, version=99
    )
    (action,) = Action.objects.unscoped("test").filter(**of_case)
    StatusSet.objects.create(action=action, status=Status.DONE, set_at=AFTER, **held)
    Moved.objects.create(
        action=action, due_before=action.due_on, due_after=date(2027, 7, 7), moved_at=AFTER, reason="NEWLY", **held
    )
    Action.objects.unscoped("test").filter(**of_case).update(status=Status.DONE, due_on=date(2027, 7, 7), version=9)
    Session.objects.unscoped("test").filter(**of_case).update(attendance=Attendance.ATTENDED, settled_at=AFTER)
    (order,) = Order.objects.unscoped("test").filter(**of_case)
    for step, details in (
        (Step.VARIED, StepDetails(court="NEWLY", expires_on=date(2029, 9, 9))),
        (Step.SERVED, StepDetails()),
    ):
        with audit.recorded(otto, "test", at=AFTER) as entry:
            rows._add_step(entry, otto, order, step, details, AFTER)
            rows._change(entry, order, order.version, **rows._shown_after(step, details, AFTER))
    Condition.objects.unscoped("test").filter(order__case=case).update(ended_at=AFTER)
    (item,) = Item.objects.unscoped("test").filter(**of_case)
    PhaseSet.objects.create(item=item, phase=Phase.DECIDED, entered_at=AFTER, **held)
    Item.objects.unscoped("test").filter(**of_case).update(phase=Phase.DECIDED, version=9)
    CaseAct.objects.unscoped("test").filter(**of_case).update(left_at=AFTER, left_because="NEWLY")
    ReviewDue.objects.unscoped("test").filter(case=case, recorded_at__lte=NOON).update(
        done_at=AFTER, superseded_at=AFTER, summary="NEWLY"
    )
    for third in ThirdParty.objects.unscoped("test"):
        ThirdContactSaid.objects.create(third=third, before=third.safe_contact, **held)
    ThirdParty.objects.unscoped("test").update(safe_contact="NEWLY")
    Match.objects.unscoped("test").filter(verdict=Verdict.THIRD).update(undone_at=AFTER, undone_because="NEWLY")
    for person, pronoun in ((case.victim, Pronoun.SHE), (case.subject, Pronoun.HE)):
        person.refresh_from_db(from_queryset=type(person).objects.unscoped("test"))
        people.refer_to(actor=otto, person=person, pronoun=pronoun, at=AFTER)


def test_the_history_of_a_long_case_that_was_handed_over_tells_of_every_act(handed: Case, cast: Cast) -> None:
    """It read the newest two thousand, and said so nowhere."""
    long_course(handed, 2_001, newest=BEFORE)
    CaseAct.objects.unscoped("test").filter(case=handed).exclude(allegation__reference__startswith="LONG-").update(
        happened_at=NOON - timedelta(days=90)
    )
    opened = access_queries.opened(cast.officer, handed.pk, at=LATER)
    assert opened.as_of == NOON
    told = drawn.acts_told_of(opened, before=None, most=100)
    assert len(told) == 2_002
    assert min(act.happened_at for act in told) == NOON - timedelta(days=90)


def test_a_long_history_that_was_handed_over_is_read_by_the_page(handed: Case, cast: Cast) -> None:
    """Each page read every act and every triage of the case, and of each act all others: 8 s of ten thousand."""
    long_course(handed, 250, newest=BEFORE)
    row = Triage.objects.unscoped("test").filter(case=handed).latest("decided_at")
    for number, act in enumerate(CaseAct.objects.unscoped("test").filter(allegation__reference__startswith="LONG-")):
        CaseAct.objects.unscoped("test").filter(pk=act.pk).update(joined_at=BEFORE - timedelta(minutes=number))
        # Those that share a moment stand where a page is cut.
        row.pk, row.decided_at, row.reason = new_id(), BEFORE - timedelta(hours=number // 60), f"Because {number}."
        insert_rows([row])
    told: list[Change] = []
    before, sizes = None, []
    while before or not told:
        with CaptureQueriesContext(connection) as asked:
            page = history(actor=cast.officer, reference=handed.reference, at=LATER, before=before)
        assert len(asked) <= 24, "not one for each kind of what happened"
        told, before, sizes = [*told, *page.changes], page.before, [*sizes, len(page.changes)]
    assert len(told) == len({(each.at, str(each.what), each.why) for each in told}), "no change stands on two pages"
    assert sum("Act added" in str(each.what) and "LONG-" in str(each.what) for each in told) == 250
    assert {each.why for each in told if each.why.startswith("Because")} == {f"Because {n}." for n in range(250)}
    assert len(sizes) > 3
    assert max(sizes) < 170, sizes
    opened = access_queries.opened(cast.officer, handed.pk, at=LATER)
    assert len(drawn.acts_told_of(opened, before=None, most=100)) < 105, "and no more of them is read than it shows"


@pytest.mark.parametrize("name", READERS)
def test_what_the_other_unit_changes_in_a_row_of_before_is_not_shown(
    handed: Case, cast: Cast, signed_in: SignIn, name: str
) -> None:
    client = signed_in(name)
    before = seen(client, handed)
    assert before[""].startswith("200"), before[""][:300]
    assert "Hill Bakery: employer" in before[""]
    changed_by_the_other_unit(cast, handed)
    after = seen(client, handed)
    assert before == after
    assert "handed this case over on 24 November 2026" in after[""]
    assert "NEWLY" not in "".join(after.values())


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_breach_is_read_as_it_stood_when_the_case_was_handed_over(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, *, withdrawn: bool
) -> None:
    """It was withdrawn that day and stands again since, or it stood and was withdrawn, and withdrawn and restored again."""
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case, otto = case_of(cast), cast.actor("otto")
    breach = breached(cast, served(cast, case, at=NOON - timedelta(days=5)), at=NOON - timedelta(days=3))
    told = {"breach": breach, "reason": "A neighbour did it."}
    orders.withdraw_breach(actor=cast.coordinator, at=NOON - timedelta(days=2), **told)  # type: ignore[arg-type]
    if not withdrawn:
        orders.restore_breach(actor=cast.coordinator, at=NOON - timedelta(days=1), **told)  # type: ignore[arg-type]
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=otto, asked=asked, accepts=True, reason="", at=NOON)
    stopped = settings.FOURFOLD.model_copy(update={"app_clock": LATER.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", stopped)
    client = signed_in("officer")
    before = seen(client, case)
    assert ("Let it stand again" in before["orders/"] or "withdrawn: A neighbour" in before["orders/"]) is withdrawn
    first, then = (orders.restore_breach, orders.withdraw_breach)[:: 1 if withdrawn else -1]
    for number, says in enumerate((first, then, first)):
        told["breach"] = Breach.objects.unscoped("test").select_related("condition__order__case").get(pk=breach.pk)
        says(actor=otto, at=AFTER + timedelta(minutes=number), **told)  # type: ignore[arg-type]
        assert seen(client, case) == before


def test_the_other_unit_reads_the_case_as_it_is(handed: Case, cast: Cast, signed_in: SignIn) -> None:
    changed_by_the_other_unit(cast, handed)
    read = seen(signed_in("otto"), handed)
    assert "9 September 2029" in read["orders/"]
    assert "Refer to Nora Quill as she" in read[""]
    assert "handed this case over" not in read[""]


@pytest.mark.door("transfers")
def test_nothing_of_the_interface_moves_when_the_other_unit_works(handed: Case, cast: Cast, signed_in: SignIn) -> None:
    """A version that counts what the new unit does, or a review date that goes, says that something new happened, and when."""
    client, otto = signed_in("officer"), cast.actor("otto")

    def answered() -> tuple[object, object]:
        answer = client.get(f"/api/cases/{handed.reference}")
        assert answer.status_code == 200
        return answer.json(), answer["ETag"]

    before = answered()
    cases.set_level(actor=otto, case=handed, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, reason="New.", at=AFTER)
    cases.record_review(
        actor=otto, case=handed, summary="He wrote again.", level=Level.VERY_HIGH, reason="New.", at=AFTER
    )
    assert answered() == before
    assert before[0]["review_due_at"] is not None  # type: ignore[index]


def test_the_review_that_the_hand_over_set_stays_on_the_first_units_pages(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case, otto = case_of(cast), cast.actor("otto")
    level = {"case": case, "set_in": SetBy.PANEL, "reason": "Threats."}
    cases.set_level(actor=cast.officer, level=Level.HIGH, at=NOON - timedelta(hours=2), **level)  # type: ignore[arg-type]
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=otto, asked=asked, accepts=True, reason="", at=NOON)
    case.refresh_from_db()
    then, now = (
        case_queries.header(actor=cast.officer, reference=case.reference, at=NOON + timedelta(minutes=1)),
        cases.set_level(actor=otto, level=Level.VERY_HIGH, at=AFTER, **level)  # type: ignore[arg-type]
        and case_queries.header(actor=cast.officer, reference=case.reference, at=LATER),
    )
    assert then.review is not None
    assert (now.review, now.version, now.level, now.state) == (then.review, then.version, then.level, then.state)


def everywhere(case: Case) -> list[str]:
    """Return every address that names nothing, the case, its people or what somebody told since, and takes a reading."""
    names = {"reference": case.reference, "victim": str(case.victim_id), "subject": str(case.subject_id)}
    names |= {"site": case.site, "case": str(case.pk)}
    found = []
    for each in routes():
        if each.declared is None or "GET" not in each.declared.methods or each.address.startswith("accounts/"):
            continue
        address = re.sub(r"<\w+:(\w+)>", lambda said: names.get(said[1], said[0]), each.address)
        if not re.search(r"[<^(\\]", address):
            found.append(f"/{address}")
    return [*found, *(f"/find/?q={said}" for said in (case.reference, "Dean+Marlow", "Nora+Quill", "07700900555"))]


@pytest.mark.parametrize("name", ["officer", "coordinator", "advocate", "governance", "analyst"])
def test_no_address_of_the_site_reads_otherwise_when_the_other_unit_works(
    handed: Case, cast: Cast, signed_in: SignIn, name: str
) -> None:
    """Lists, searches, the log, files to take away, and the pages of its people: nothing of the first unit's moves."""
    client, otto = signed_in(name), cast.actor("otto")
    before = {address: read(client, address, ()) for address in everywhere(handed)}
    with undone():
        works_on(otto, cast, handed)
        moved = {address: said for address in before if (said := read(client, address, ())) != before[address]}
    #: What reads otherwise though nobody worked, as the log of readings does, tells nothing.
    differing = [address for address in moved if read(client, address, ()) == before[address]]
    assert not differing, [(each, *_first(before[each], moved[each])) for each in differing[:6]]
    assert len(before) - len(moved) > 60


def works_on(otto: Actor, cast: Cast, case: Case) -> None:
    """Do in the case, as the unit that took it over, what could show on a page of the first."""
    cases.set_level(actor=otto, case=case, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, reason="New.", at=AFTER)
    cases.add_comment(actor=otto, case=case, words="NEWLY written.", compartment=Compartment.CORE, at=AFTER)
    act = told(otto, at=AFTER, site="southmere", words="NEWLY told.", subject_phone="07700 900555")
    for part, whom in ((Part.VICTIM, {"victim": case.victim}), (Part.SUBJECT, {"subject": case.subject})):
        cases.confirm_match(actor=otto, allegation=act, part=part, at=AFTER, **whom)
    cases.triage(actor=otto, allegation=act, outcome=Outcome.PANEL, reason="NEWLY.", at=AFTER)
    changed_by_the_other_unit(cast, case)


def test_an_act_that_was_recorded_as_another_breach_after_the_first_was_withdrawn_counted_as_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case = case_of(cast)
    order = served(cast, case, at=NOON - timedelta(days=5))
    breach = breached(cast, order, at=NOON - timedelta(days=3))
    orders.withdraw_breach(actor=cast.coordinator, breach=breach, reason="Another one.", at=NOON - timedelta(days=2))
    again = {"condition": condition_of(order, 1), "allegation": breach.allegation}
    second = orders.join_breach(actor=cast.officer, at=NOON - timedelta(days=1), **again)  # type: ignore[arg-type]
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=cast.actor("otto"), asked=asked, accepts=True, reason="", at=NOON)

    def counts() -> bool:
        opened = access_queries.opened(cast.officer, case.pk, at=LATER)
        assert opened.as_of == NOON
        return bool(CaseAct.objects.of(opened).get(allegation=breach.allegation).is_breach)

    assert counts()
    second = Breach.objects.unscoped("test").select_related("condition__order__case").get(pk=second.pk)
    orders.withdraw_breach(actor=cast.actor("otto"), breach=second, reason="Neither.", at=AFTER)
    assert counts()


@pytest.mark.parametrize("opens", [frozenset(), frozenset({Compartment.CORE, Compartment.RISK})])
def test_what_the_two_forces_agreed_opens_nothing_anew_to_the_unit_that_handed_over(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, opens: frozenset[Compartment]
) -> None:
    """With an agreement of theirs in force, even that a record exists, the first unit read whatever the second wrote."""
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    case = case_of(cast)
    two_forces_agree(cast, opens)
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=NOON, at=NOON
    )
    cases.answer_transfer(actor=cast.actor("otto"), asked=asked, accepts=True, reason="", at=NOON)
    for name in ("coordinator", "officer"):
        header = case_queries.header(actor=cast.actor(name, at=LATER), reference=case.reference, at=LATER)
        assert header.opened.as_of == NOON
