"""Whoever records a breach and says that the victim was told says it once: how, when, by whom, in the same step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.duties import services as duties
from fourfold.duties.kinds import KINDS
from fourfold.orders import services as orders
from fourfold.orders.models import Breach, BreachStep, Order
from fourfold.orders.terms import BreachDecision
from fourfold.people.terms import Channel
from fourfold.support import services as support
from fourfold.support.models import CheckIn, Contact, ContactAsked, Update, UpdateTold
from fourfold.support.queries.diary import asked_still
from fourfold.support.terms import CannotSupport, ContactOutcome, Telling, UpdateKind
from tests.cases.builders import known
from tests.cases.builders import told as report
from tests.cast import NOW, Cast
from tests.orders.builders import case_of, condition_of, served, told_breach
from tests.support.builders import agree
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + 3 * HOUR  # 12:00 in London, within what `agree` agrees: texts from ten to two
TODAY = {"told_at-day": "24", "told_at-month": "11", "told_at-year": "2026"}
#: What the officer says: a text at 11:30 that the victim answered.
HOW = {**TODAY, "told_how": "text", "told_at-time": "11:30", "told_by": "PC Amir Holt", "told_self": "yes"}
YES = {"what": "victim_told", "done": "yes"}
MARKED = "Not as agreed with the victim: the update is still owed"
NO = {"what": "victim_told", "done": "no", "reason": "It was their sister who answered."}


Clock = Callable[[datetime], None]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Set what the pages take for now: noon, or what a test says."""
    own = settings.FOURFOLD

    def is_now(at: datetime) -> None:
        monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": at.isoformat()}))

    is_now(LATER)
    return is_now


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case with its advocate and its officer, and texts agreed from ten to two."""
    case = case_of(cast)
    agree(cast, case, at=NOW - 50 * DAY)
    return case


@pytest.fixture
def breach(cast: Cast, case: Case) -> Breach:
    """A breach at 11:00 that was recorded at 11:45."""
    told = told_breach(at=LATER - 15 * MINUTE, happened=LATER - HOUR)
    condition = condition_of(served(cast, case))
    return journey.breach_reported(actor=cast.officer, condition=condition, told=told, at=LATER - 15 * MINUTE)


def place(case: Case, breach: Breach) -> str:
    return f"/cases/{case.reference}/orders/breaches/{breach.pk}/"


def says(client: Client, where: str, *sent: dict[str, str], status: int = 303, **more: str) -> str:
    """Send a form and return what the page says that it leads to, or its own words where it is refused."""
    answer: HttpResponse = client.post(where, {k: v for each in sent for k, v in each.items()} | more)
    said = answer.content.decode()
    assert answer.status_code == status, said[-3000:]
    return client.get(answer["Location"]).content.decode() if status == 303 else said


def owed(**of: Any) -> Any:
    return Update.objects.unscoped("test").filter(what=UpdateKind.BREACH, told=None, dropped_at=None, **of)


def contact() -> Contact:
    return Contact.objects.unscoped("test").get()


def decided(breach: Breach) -> BreachStep:
    rows = BreachStep.objects.unscoped("test").filter(breach=breach, what=BreachDecision.VICTIM_TOLD)
    return rows.order_by("recorded_at", "id").last()


# ---- one record ----------------------------------------------------------------------------------------------------


def test_what_the_officer_says_is_one_record_for_breach_update_and_file(
    case: Case, breach: Breach, signed_in: SignIn
) -> None:
    officer, advocate = signed_in("officer"), signed_in("advocate")
    said = says(officer, place(case, breach), YES, HOW)
    assert "The update is given." in said
    assert "Victim told: yes, 24 November 2026, 12:00. Told by PC Amir Holt, 24 November 2026, 11:30" in said
    one = contact()
    assert (one.channel, one.safe, one.made_by, one.outcome) == ("text", True, "PC Amir Holt", "reached")
    given = UpdateTold.objects.unscoped("test").get(update__what=UpdateKind.BREACH)
    assert (given.contact_id, given.told_at, decided(breach).contact) == (one.pk, one.attempted_at, one.pk)
    assert "Tell the victim" not in advocate.get("/").content.decode()
    file = advocate.get(f"/cases/{case.reference}/victim/").content.decode()
    assert "24 November 2026, 11:30, by PC Amir Holt, <strong>in time" in file
    assert 'PC Amir Holt<span class="ff-under">written down by Officer</span>' in file
    assert "a breach and what follows" not in advocate.get(f"/cases/{case.reference}/victim/contact/").content.decode()
    assert "victim told not decided" not in officer.get(f"/cases/{case.reference}/").content.decode()
    history = advocate.get(f"/cases/{case.reference}/history/").content.decode()
    assert "Told to the victim: a breach and what follows from it" in history
    assert list(duties.checked()) == []


def begun(cast: Cast, case: Case, order: Order, door: str) -> tuple[str, dict[str, str]]:
    """Return the form that records a breach, by its door, and what is typed there of the breach itself."""
    condition = {"condition": str(condition_of(order).pk)}
    if door == "breach form":
        day = {"happened-day": "24", "happened-month": "11", "happened-year": "2026", "happened-time": "11:00"}
        return f"/cases/{case.reference}/orders/breach/", {"words": "A new account wrote.", **day, **condition}
    allegation = report(cast.analyst, at=LATER - 20 * MINUTE, occurred_from=LATER - HOUR)
    known(cast, allegation, case.victim, case.subject)
    cases.join_act(actor=cast.officer, case=case, allegation=allegation, at=LATER - 18 * MINUTE)
    return f"/cases/{case.reference}/orders/acts/{allegation.pk}/", condition


@pytest.mark.parametrize("door", ["breach form", "recognised at the case"])
def test_it_is_said_in_the_step_that_records_the_breach(cast: Cast, case: Case, signed_in: SignIn, door: str) -> None:
    order = served(cast, case)
    officer = signed_in("officer")
    where, told = begun(cast, case, order, door)
    offered = officer.get(where).content.decode()
    assert 'name="told_by" type="text" value="Officer"' in offered or 'value="Officer"' in offered
    assert 'value="12:00"' in offered
    said = says(officer, where, told, HOW, told="yes")
    assert "The update is given." in said
    assert "Told by PC Amir Holt" in said
    assert not owed().exists()
    assert UpdateTold.objects.unscoped("test").filter(update__what=UpdateKind.BREACH).count() == 1


def test_not_yet_told_asks_nothing_more(cast: Cast, case: Case, signed_in: SignIn) -> None:
    told = {"words": "A new account wrote.", "happened-day": "24", "happened-month": "11", "happened-year": "2026"}
    told |= {"condition": str(condition_of(served(cast, case)).pk), "told": "no", "told_by": "Officer"}
    says(signed_in("officer"), f"/cases/{case.reference}/orders/breach/", told)
    assert owed().count() == 1
    assert not Contact.objects.unscoped("test").exists()


# ---- what broke the rule, and what nobody knows --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "broke"),
    [
        ({"told_how": "call"}, "The victim has not agreed to a call. Agreed: text."),
        ({"told_how": "text", "told_at-time": "11:10"}, ""),
    ],
)
def test_a_telling_is_held_against_what_was_agreed_then(
    case: Case, breach: Breach, signed_in: SignIn, how: dict[str, str], broke: str
) -> None:
    """What broke the rule happened all the same, and settles nothing: nobody knows who stood beside the victim."""
    said = says(signed_in("officer"), place(case, breach), YES, HOW | how)
    assert str(contact().rule_broken) == broke
    assert owed().exists() == bool(broke)
    if not broke:
        assert "still owed" not in said
        return
    assert "not as agreed with the victim, so it is not a safe contact, and the update stays owed" in said
    assert MARKED in said
    advocate = signed_in("advocate")
    day = advocate.get("/").content.decode()
    assert (
        "Officer recorded on 24 November 2026, 12:00 that PC Amir Holt told the victim on 24 November 2026, 11:30"
        in day
    )
    update = owed().get().pk
    assert f"11:30. {broke} So it is no safe contact: ask the victim whether they know and are safe" in day
    confirm = f"/cases/{case.reference}/victim/contact/?told={update}"
    assert confirm in day
    form = advocate.get(confirm).content.decode()
    filled = {"happened": "yes", "channel": "text", "outcome": "reached", "updates": str(update)}
    for name, value in filled.items():
        assert f'name="{name}" type="' in form
        assert any(
            f'name="{name}"' in each and f'value="{value}"' in each and "checked" in each
            for each in form.split("<input")
        ), name
    time = {f"happened_at-{part}": TODAY[f"told_at-{part}"] for part in ("day", "month", "year")}
    says(advocate, confirm, filled, time, {"happened_at-time": "12:00"})
    assert not owed().exists()
    assert "Tell the victim" not in advocate.get("/").content.decode()


def test_the_victim_who_got_in_touch_breaks_no_rule(case: Case, breach: Breach, signed_in: SignIn) -> None:
    says(signed_in("officer"), place(case, breach), YES, HOW, told_how="call", told_incoming="yes")
    assert (contact().incoming, contact().safe, owed().exists()) == (True, True, False)


def test_who_does_not_know_how_leaves_it_owed_and_the_page_says_why(
    case: Case, breach: Breach, signed_in: SignIn
) -> None:
    said = says(signed_in("officer"), place(case, breach), YES, {"told_by": "Officer", "told_how": "not_known"})
    assert "it stays owed until an advocate records the safe contact" in said
    assert owed().exists()
    assert "that the victim was told. No safe contact says so yet" in signed_in("advocate").get("/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"told_self": "no"}, "Then nobody has told the victim yet"),
        ({"told_self": ""}, "Say whether the victim themself was reached"),
        ({"told_how": ""}, "Say how the victim was told"),
        ({"told_by": " "}, "Say who told the victim"),
        ({"told_at-time": ""}, "Enter the time too"),
        ({"told_at-time": "10:30"}, "This had not happened yet at that time"),
        ({"told_at-time": "12:30"}, "This is in the future"),
    ],
)
def test_what_cannot_be_is_refused_where_it_is_mended_and_keeps_nothing(
    case: Case, breach: Breach, signed_in: SignIn, wrong: dict[str, str], words: str
) -> None:
    assert words in says(signed_in("officer"), place(case, breach), YES, HOW | wrong, status=422)
    assert owed().count() == 1
    assert not Contact.objects.unscoped("test").exists()
    assert decided(breach) is None


# ---- the other way round, and what arose later ---------------------------------------------------------------------


def test_a_safe_contact_on_record_since_is_offered_and_chosen(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn
) -> None:
    spoken = support.attempt_contact(
        actor=cast.advocate, case=case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED, at=LATER - 5 * MINUTE
    )
    officer = signed_in("officer")
    offered = officer.get(place(case, breach)).content.decode()
    assert "In the safe contact of 24 November 2026, 11:55 by text, which Advocate made" in offered
    assert f'value="{spoken.pk}"' in offered
    says(officer, place(case, breach), YES, {"told_by": "Officer", "told_how": str(spoken.pk)})
    assert contact() == spoken
    assert not owed().exists()
    assert (decided(breach).contact, decided(breach).told_by) == (spoken.pk, "Advocate")


def test_one_telling_gives_no_update_of_what_arose_later(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn
) -> None:
    """That there is no arrest was decided at 11:50, after the victim was told at 11:30."""
    at = LATER - 10 * MINUTE
    orders.decide_breach(
        actor=cast.officer, breach=breach, what=BreachDecision.ARREST, done=False, reason="Gone.", at=at
    )
    support.owe_update(actor=cast.officer, case=case, what=UpdateKind.BREACH, happened_at=at, at=at)
    says(signed_in("officer"), place(case, breach), YES, HOW)
    assert owed().get().happened_at == at
    day = signed_in("advocate").get("/").content.decode()
    assert "Tell the victim: a breach and what follows from it" in day
    assert "told the victim on" not in day, "of what was decided later nobody said so"


def test_an_order_made_later_is_another_fact(cast: Cast, case: Case, breach: Breach, signed_in: SignIn) -> None:
    says(signed_in("officer"), place(case, breach), YES, HOW)
    support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ORDER, happened_at=LATER, at=LATER)
    assert Update.objects.unscoped("test").filter(what=UpdateKind.ORDER, told=None, happened_at=LATER).exists()


# ---- corrected, withdrawn ------------------------------------------------------------------------------------------


def test_a_telling_that_was_wrong_is_taken_back_and_owed_again(
    case: Case, breach: Breach, signed_in: SignIn, clock: Clock
) -> None:
    officer, advocate = signed_in("officer"), signed_in("advocate")
    says(officer, place(case, breach), YES, HOW)
    due_on = Update.objects.unscoped("test").get(what=UpdateKind.BREACH).due_on
    clock(LATER + MINUTE)
    said = says(officer, place(case, breach), NO)
    assert "If an update was recorded as given by that, it is owed again." in said
    assert "Victim told: no" in said
    assert (owed().get().due_on, contact().safe) == (due_on, None)
    assert "that the victim was not told: It was their sister who answered." in advocate.get("/").content.decode()
    file = advocate.get(f"/cases/{case.reference}/victim/").content.decode()
    assert "Counts as safe no more." in file
    assert "by PC Amir Holt, <strong" not in file, "no page says that it was given"
    history = advocate.get(f"/cases/{case.reference}/history/").content.decode()
    assert "Told to the victim: a breach and what follows from it. This was taken back" in history
    assert "Victim told: no" in officer.get(f"/cases/{case.reference}/orders/").content.decode()
    assert list(duties.checked()) == []
    clock(LATER + 2 * MINUTE)
    says(officer, place(case, breach), YES, HOW, {"told_at-time": "11:50"})
    assert not owed().exists()


def test_what_an_advocate_gave_in_a_contact_of_their_own_stays_a_safe_contact(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn
) -> None:
    journey.victim_reached(
        actor=cast.advocate, case=case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED,
        updates=owed(), at=LATER - 5 * MINUTE,
    )  # fmt: skip
    officer = signed_in("officer")
    assert (
        "Told by Advocate, 24 November 2026, 11:55" in officer.get(f"/cases/{case.reference}/orders/").content.decode()
    )
    says(officer, place(case, breach), NO)
    assert (owed().count(), contact().safe) == (1, True)


def test_a_breach_withdrawn_after_it_was_told_is_told_as_none(case: Case, breach: Breach, signed_in: SignIn) -> None:
    officer = signed_in("officer")
    says(officer, place(case, breach), YES, HOW)
    says(officer, f"{place(case, breach)}withdraw/", {"reason": "Somebody else wrote it."})
    day = signed_in("advocate").get("/").content.decode()
    assert "what was recorded as a breach is not one, and why" in day
    assert contact().safe is True, "the victim was reached all the same"


# ---- who may, and who may see --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [{}, {"told_how": "call"}])
def test_a_colleague_who_may_not_read_how_the_victim_is_reached_learns_nothing_by_saying_so(
    case: Case, breach: Breach, signed_in: SignIn, how: dict[str, str]
) -> None:
    """The same bytes whether it broke the rule or not, and once: any moment may be typed."""
    coordinator = signed_in("coordinator")
    offered = coordinator.get(place(case, breach)).content.decode()
    assert "In the safe contact of" not in offered
    said = says(coordinator, place(case, breach), YES, HOW | how)
    assert "What was agreed with the victim is not told here" in said
    assert "The update is given" not in said
    assert "not a safe contact" not in said
    assert owed().exists() == bool(how)
    shown = coordinator.get(f"/cases/{case.reference}/orders/").content.decode()
    assert "Told by PC Amir Holt" in shown
    assert "still owed" not in shown
    again = says(coordinator, place(case, breach), YES, HOW | how, status=422)
    assert "It was said before how the victim was told" in again


def test_nobody_of_another_site_finds_the_form(case: Case, breach: Breach, signed_in: SignIn) -> None:
    olu = signed_in("olu")
    assert olu.get(place(case, breach)).status_code == 404
    assert olu.post(place(case, breach), YES | HOW).status_code == 404
    assert not Contact.objects.unscoped("test").exists()


def test_a_contact_of_another_case_cannot_be_named(cast: Cast, case: Case, breach: Breach, signed_in: SignIn) -> None:
    other = case_of(cast, at=NOW - 40 * DAY)
    foreign = support.attempt_contact(
        actor=cast.advocate, case=other, channel=Channel.TEXT, outcome=ContactOutcome.REACHED, incoming=True,
        at=LATER - 5 * MINUTE,
    )  # fmt: skip
    named = {"told_by": "Officer", "told_how": str(foreign.pk)}
    said = says(signed_in("officer"), place(case, breach), YES, named, status=422)
    assert "holds no safe contact since then" in said


# ---- what it must not leave behind -------------------------------------------------------------------------------------


def test_a_no_takes_back_what_an_earlier_telling_gave_too(
    case: Case, breach: Breach, signed_in: SignIn, clock: Clock
) -> None:
    """The officer mends the time of the telling, and hears then that it was not the victim."""
    officer = signed_in("officer")
    says(officer, place(case, breach), YES, HOW)
    clock(LATER + MINUTE)
    says(officer, place(case, breach), YES, HOW, {"told_at-time": "11:50"})
    clock(LATER + 2 * MINUTE)
    says(officer, place(case, breach), NO)
    assert owed().count() == 1
    assert not Contact.objects.unscoped("test").filter(safe=True).exists()


def test_a_no_takes_back_what_an_advocate_gave_after_an_unknown_telling(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn, clock: Clock
) -> None:
    officer = signed_in("officer")
    says(officer, place(case, breach), YES, {"told_by": "Officer", "told_how": "not_known"})
    clock(LATER + 2 * MINUTE)
    journey.victim_reached(
        actor=cast.advocate, case=case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED,
        updates=owed(), at=LATER + MINUTE,
    )  # fmt: skip
    assert not owed().exists()
    says(officer, place(case, breach), NO)
    assert (owed().count(), contact().safe) == (1, True)


def test_what_else_was_given_in_a_contact_that_was_none_is_owed_again(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn, clock: Clock
) -> None:
    officer = signed_in("officer")
    second = journey.breach_reported(
        actor=cast.officer, condition=breach.condition, at=LATER - 14 * MINUTE,
        told=told_breach(at=LATER - 14 * MINUTE, happened=LATER - HOUR),
    )  # fmt: skip
    says(officer, place(case, breach), YES, HOW)
    says(officer, place(case, second), YES, {"told_by": "Officer", "told_how": str(contact().pk)})
    assert not owed().exists()
    clock(LATER + MINUTE)
    says(officer, place(case, breach), NO)
    assert contact().safe is None
    assert owed().count() == 2, "nothing is given in a contact that is no safe one"


def test_no_page_says_that_an_unsafe_telling_gave_an_update(
    case: Case, breach: Breach, signed_in: SignIn, clock: Clock
) -> None:
    """What was given before the breach was withdrawn is not what is owed since it stands again."""
    officer = signed_in("officer")
    says(officer, place(case, breach), YES, HOW)
    clock(LATER + MINUTE)
    says(officer, f"{place(case, breach)}withdraw/", {"reason": "Somebody else wrote it."})
    clock(LATER + 2 * MINUTE)
    says(officer, f"{place(case, breach)}restore/", {"reason": "No, it was the subject."})
    clock(LATER + 3 * MINUTE)
    said = says(officer, place(case, breach), YES, HOW, told_how="call", **{"told_at-time": "12:03"})
    assert owed().exists()
    assert "The update is given" not in said
    assert "not as agreed with the victim" in said


def test_the_page_says_that_what_was_decided_later_stays_owed(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn
) -> None:
    at = LATER - 10 * MINUTE
    no = {"what": BreachDecision.ARREST, "done": False, "reason": "Gone."}
    journey.breach_decided(actor=cast.officer, breach=breach, at=at, **no)
    said = says(signed_in("officer"), place(case, breach), YES, HOW)
    assert owed().exists()
    assert "The update is given" not in said
    assert "What was decided after that stays owed" in said


@pytest.mark.parametrize("door", ["breach form", "recognised at the case"])
def test_told_by_nobody_knows_whom_is_kept_with_the_breach(
    cast: Cast, case: Case, signed_in: SignIn, door: str
) -> None:
    order = served(cast, case)
    where, told = begun(cast, case, order, door)
    said = says(signed_in("officer"), where, told, {"told": "yes", "told_by": "Officer", "told_how": "not_known"})
    assert "Victim told: yes, 24 November 2026, 12:00" in said
    assert owed().exists()


def test_what_somebody_else_did_is_not_chosen_for_the_officer(
    cast: Cast, case: Case, breach: Breach, signed_in: SignIn
) -> None:
    """The advocate spoke with the victim of another thing, and ticked no update."""
    spoken = support.attempt_contact(
        actor=cast.advocate, case=case, channel=Channel.TEXT, outcome=ContactOutcome.REACHED, at=LATER - 5 * MINUTE
    )
    assert f'value="{spoken.pk}" checked' not in signed_in("officer").get(place(case, breach)).content.decode()
    assert f'value="{spoken.pk}" checked' in signed_in("advocate").get(place(case, breach)).content.decode()


def test_a_telling_of_a_breach_serves_no_order(cast: Cast, case: Case, breach: Breach) -> None:
    """Whoever may not record how the victim is reached says here what an advocate is asked for there."""
    telling = Telling(True, None, Channel.CALL, LATER - 5 * MINUTE, "Coordinator", incoming=True)
    yes: dict[str, Any] = {"what": BreachDecision.VICTIM_TOLD, "done": True, "reason": ""}
    journey.breach_decided(actor=cast.coordinator, breach=breach, telling=telling, at=LATER, **yes)
    assert contact().safe is True
    with pytest.raises(CannotSupport):
        support.require_told(actor=cast.coordinator, case=case, told_at=LATER - 4 * MINUTE, at=LATER)


def test_a_telling_of_a_breach_answers_no_alarm_and_no_call_that_the_victim_asked_for(
    cast: Cast, case: Case, breach: Breach
) -> None:
    """Whoever told the victim of a breach read nothing of either."""
    before = access_queries.held_by(cast.advocate, "entered", at=LATER - HOUR)
    asked = ContactAsked.objects.create(case=case, **before)
    said = {"instrument": "test", "version": 1, "sha256": "", "answered_at": LATER - HOUR, "state": "complete"}
    alarm = CheckIn.objects.create(case=case, critical=["I am afraid for my life."], **said, **before)
    telling = Telling(True, None, Channel.TEXT, LATER - 5 * MINUTE, "Coordinator")
    yes: dict[str, Any] = {"what": BreachDecision.VICTIM_TOLD, "done": True, "reason": ""}
    journey.breach_decided(actor=cast.coordinator, breach=breach, telling=telling, at=LATER, **yes)
    assert contact().safe is True
    assert list(asked_still(ContactAsked.objects.unscoped("test"))) == [asked]
    kind = next(kind for kind in KINDS if kind.name == "answers_to_act_on")
    assert [duty.about for duty in kind.open_in([case.pk])] == [alarm.pk]
