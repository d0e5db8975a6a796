"""A week of the unit in the browser's pages, Monday to Friday: the four professions at work, and F1 to F15 biting.

Every form is sent as its page offers it: a field that the page does not show cannot be filled in.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fourfold.cases.models import Case
from fourfold.orders.models import Condition, Order
from fourfold.plan.models import Action, Session
from fourfold.support.models import Contact
from fourfold.web import clock
from tests.cases.builders import told
from tests.cast import Cast
from tests.orders.test_subject import agree, at_southmere
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

NOTIFY = "Name and address were not notified within three days"
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
FOUR = dict.fromkeys(("fixated", "obsessive", "unwanted", "repeated"), "yes") | {"immediate_danger": "no"}


@dataclass
class Week:
    """The days of a week, and who sits at a desk; sessions end when nobody works in them."""

    sign_in: SignIn
    at: datetime = MONDAY
    desks: dict[str, Client] = field(default_factory=dict)

    def begins(self, day: str, hour: int = 9) -> None:
        """Let a day begin."""
        self.at = MONDAY.replace(hour=hour) + timedelta(days=DAYS.index(day))
        self.desks.clear()

    def passes(self, hours: int) -> None:
        """Let hours pass; whoever was away is asked to sign in again."""
        self.at += timedelta(hours=hours)
        self.desks.clear()

    def desk(self, name: str) -> Client:
        """Return the browser of somebody who has signed in today."""
        return self.desks.setdefault(name, self.sign_in(name))

    def reads(self, name: str, address: str, status: int = 200) -> str:
        """Return what somebody reads on a page, without its markup."""
        answer = self.desk(name).get(address)
        assert answer.status_code == status, f"{name} reads {address}: {answer.status_code}"
        return words(answer)

    def sends(self, name: str, address: str, to: str = "", within: str = "", /, **said: Any) -> str:
        """Fill in a form of a page and send it; return what is read then. `to` is its address where it differs."""
        read = self._sent(name, address, to, within, said)
        assert "There is a problem" not in read, read[:1500]
        return read

    def refused(self, name: str, address: str, to: str = "", within: str = "", /, **said: Any) -> str:
        """Send a form as above that cannot be taken; return what says why."""
        read = self._sent(name, address, to, within, said)
        assert "There is a problem" in read, read[:1500]
        return read

    def _sent(self, name: str, address: str, to: str, within: str, said: dict[str, Any]) -> str:
        page = self.desk(name).get(address).content.decode()
        forms = re.findall(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', page, re.DOTALL)
        action, body = next(pair for pair in forms if pair[0] == (to or address) and within in pair[1])
        missing = [key for key in said if f'name="{key}"' not in body]
        assert not missing, f"{address} shows no field {missing}"
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body))
        answer = self.desk(name).post(action, {**hidden, **said})
        return words(self.desk(name).get(answer["Location"]) if answer.status_code in (302, 303) else answer)


def words(answer: Any) -> str:
    """Return the words of a page."""
    text = re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2])
    return re.sub(r"\s+", " ", html.unescape(text))


@pytest.fixture
def week(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Week:
    """A week in which no day has begun."""
    begun = Week(signed_in)
    monkeypatch.setattr(clock, "now", lambda: begun.at)
    return begun


def day_of(name: str, on: date) -> dict[str, str]:
    """Return a day as the three fields of a date input."""
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": str(on.year)}


def decided(**changes: str) -> dict[str, str]:
    """Return a whole decision as the chair types it, with `changes`."""
    whole = {
        "do": "decide",
        "formulation": "Each limit that she sets is followed by an act.",
        "level": "high",
        "victim_safety": "Her advocate tells her by text before anything that he will notice.",
        "order_considered": "yes",
        "order_reason": "A warning changed nothing.",
        "under_investigation": "yes",
        "measure-1-what": "Tell her before he is served",
        "measure-1-strand": "victim_safety",
        "measure-1-owner_partner": "northmoor-advocacy",
        "measure-1-due_on": "03/12/2026",
        "measure-2-what": "Apply for an interim order",
        "measure-2-strand": "legal",
        "measure-2-kind": "order",
        "measure-2-owner_partner": "northmoor-police",
        "measure-2-due_on": "03/12/2026",
        **day_of("review_on", date(2026, 12, 3)),
    }
    return {**whole, **changes}


def test_four_professions_work_a_whole_week_and_every_control_bites(week: Week, cast: Cast) -> None:
    agree(cast)
    at_southmere(cast)
    reference = monday_at_the_desk(week, cast)
    item = monday_the_panel_is_called(week, reference)
    tuesday_each_thinks_alone(week, item, reference)
    wednesday_one_decision(week, item, reference)
    thursday_an_order_and_a_breach(week, reference)
    friday_nothing_is_forgotten(week, reference)
    monday_the_third_day_is_over(week, reference)


def monday_at_the_desk(week: Week, cast: Cast) -> str:
    """F1 and F2: two acts become one conduct, and the class that hides it must be answered for."""
    week.begins("Monday")
    first = told(cast.analyst, at=week.at - timedelta(days=9))
    second = told(cast.analyst, at=week.at - timedelta(days=1), words="He waited at the bus stop.", subject_name="")
    at_first, at_second = f"/desk/{first.pk}/", f"/desk/{second.pk}/"
    for part in ("victim", "subject"):
        week.sends("analyst", at_first, f"{at_first}match/", f'value="{part}"', verdict="same")
    said = week.sends(
        "analyst", at_first, f"{at_first}triage/", outcome="panel", reason="Fear, and he goes on.", **FOUR
    )
    reference = re.search(r"FF-[A-Z0-9]+", said)[0]  # type: ignore[index]
    assert "Same person" in week.reads("analyst", at_second), "F1: proposed, and nothing joined by itself"
    for part in ("victim", "subject"):
        week.sends("analyst", at_second, f"{at_second}match/", f'value="{part}"', verdict="same")
    small = {"outcome": "advice_only", "reason": "Looks small by itself.", **FOUR}
    said = week.refused("analyst", at_second, f"{at_second}triage/", **small)
    assert "or say why the class is right" in said, "F2"
    week.sends("analyst", at_second, f"{at_second}triage/", reclassification_asked="yes", **small)
    assert "2 acts" in week.reads("officer", f"/cases/{reference}/"), "F1: one course of conduct"
    return reference


def monday_the_panel_is_called(week: Week, reference: str) -> str:
    """The coordinator gives the case its people and calls the panel, on which it stands because triage sent it."""
    case = Case.objects.unscoped("test").get(reference=reference)
    for name, part in (("Officer", "oic"), ("Advocate", "advocate"), ("Clinician", "clinician_of_subject")):
        page = week.desk("coordinator").get(f"/cases/{reference}/team/").content.decode()
        staff = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>{name},', page)[1]  # type: ignore[index]
        week.sends("coordinator", f"/cases/{reference}/team/", staff=staff, kind=part)
    for lead in (
        "advocacy_lead",
        "nhs_lead",
    ):  # of another agency than the coordinator's: its lead stands by the person
        asked = re.search(r"/parts/[0-9a-f-]{36}/", week.desk(lead).get("/").content.decode())
        week.sends(lead, asked[0], given="yes")  # type: ignore[index]
    assert "sent by triage on 30 November 2026, and no panel yet" in week.reads("coordinator", "/panel/new/northmoor/")
    page = week.desk("coordinator").get("/panel/new/northmoor/").content.decode()
    chair = re.search(r'value="([0-9a-f-]{36})"[^>]*>Chair<', page)[1]  # type: ignore[index]
    on = day_of("starts_at", date(2026, 12, 2))
    said = week.sends("coordinator", "/panel/new/northmoor/", chair=chair, cases=str(case.pk), **on)
    assert "You have called the sitting" in said or reference in said
    answer = week.desk("officer").get("/panel/").content.decode()
    sitting = week.desk("officer").get(re.search(r"/panel/[0-9a-f-]{36}/", answer)[0]).content.decode()  # type: ignore[index]
    return re.search(r"/panel/items/[0-9a-f-]{36}/", sitting)[0]  # type: ignore[index]


def tuesday_each_thinks_alone(week: Week, item: str, reference: str) -> None:
    """Nobody anchors on another; F3 what nobody assessed is said; F8 she is reached as she agreed, or not at all."""
    week.begins("Tuesday", hour=11)
    week.sends("officer", f"/cases/{reference}/level/", level="high", reason="A weapon is not ruled out.")
    given: list[str] = []
    for name in ("officer", "clinician", "outreach", "advocate"):
        before = week.reads(name, item)
        assert not [each for each in given if each in before], "each thinks alone"
        mine = f"The {name} fears what follows service."
        after = week.sends(name, item, "", 'name="position"', level="high", position=mine)
        given.append(mine)
        assert all(each in after for each in given), "and reads the others once the own view is in"
    assert "has not been made" in week.reads("officer", item), "F3"
    her = f"/cases/{reference}/victim/"
    stopped = week.sends("advocate", f"{her}contact/", channel="call", happened="no")
    assert "Contact stopped" in stopped, "F8: nothing is dialled before it is agreed how"
    week.sends(
        "advocate", f"{her}safe-contact/", channels="text", from_time="10:00", until_time="14:00",
        leave_message="no", shared_device="yes", confirmed="yes",
    )  # fmt: skip
    told = {"kind": "phone", "value": "07700 900123", "how": "face_to_face"}
    week.sends("advocate", f"{her}endpoints/", "", 'name="how"', **told)
    said = week.sends("advocate", f"{her}contact/", happened="yes", channel="text", outcome="reached")
    assert "Contact recorded." in said


def wednesday_one_decision(week: Week, item: str, reference: str) -> None:
    """F4, F6, F10 and F12 keep a decision from being recorded; a whole one becomes steps with owners and days."""
    week.begins("Wednesday", hour=14)
    week.sends("chair", item, f"{item}open/")
    decide = f"{item}decide/"
    wrong = decided(
        victim_safety="", order_considered="", order_reason="", level="medium",
        **{
            "measure-2-owner_partner": "", "measure-3-what": "Work with him", "measure-3-strand": "psychological",
            "measure-3-kind": "direct_work", "measure-3-owner_partner": "northmoor-nhs", "measure-3-due_on": "10/12/2026",
        },
    )  # fmt: skip
    del wrong["order_considered"]
    said = week.refused("chair", decide, **wrong)
    assert "Assess it first, or say why the panel decides without" in said, "F3: nobody has assessed"
    assert "Say what will be done for the victim" in said, "F4: her safety"
    assert "Say which agency owns measure 2" in said, "F4: an owner"
    assert "Say whether a stalking protection order is sought" in said, "F6"
    assert "Medium is lower than high. A second person must sign it" in said, "F10"
    assert "No direct psychological work while the subject is under investigation" in said, "F12"
    because = "He waits at her stop tonight; the first-line tool follows on Thursday."
    said = week.sends("chair", decide, **decided(without_assessment=because))
    assert "You have recorded the decision" in said
    assert because in week.reads("chair", item), "F3: that nobody assessed stands beside the decision"
    plan = week.reads("officer", f"/cases/{reference}/plan/")
    assert "Apply for an interim order" in plan
    for form in ("pdf", "docx"):
        made = week.sends("chair", item, f"{item}minutes/", partner="northmoor-advocacy", form=form)
        assert "You have made the minutes" in made
        assert "See the documents of the case" in made


def thursday_an_order_and_a_breach(week: Week, reference: str) -> None:
    """F14 no condition says where she is; F7 and F8 she is told before he is served; F5 a breach is never alone."""
    week.begins("Thursday", hour=10)
    orders = f"/cases/{reference}/orders/"
    wanted = {"seeks": "yes", "kind": "spo_interim", "reason": "Two acts in ten days.", "requirements": ""}
    said = week.refused("officer", f"{orders}apply/", prohibitions="You must not ring 07700 900 123.", **wanted)
    assert "A condition says where the victim is or how to reach them" in said, "F14"
    week.sends("officer", f"{orders}apply/", prohibitions="You must not contact her.", **wanted)
    order = Order.objects.unscoped("test").get(case__reference=reference)
    today = week.at.date()
    week.passes(1)
    week.sends(
        "officer",
        f"{orders}{order.pk}/made/",
        **day_of("expires_on", date(2027, 1, 14)),
    )
    said = week.refused("officer", f"{orders}{order.pk}/served/")
    assert "Tell the victim first" in said, "F8: she hears of it before he does"
    told_her = {"happened": "yes", "channel": "text", "outcome": "reached", "orders": str(order.pk)}
    week.sends("advocate", f"/cases/{reference}/victim/contact/", **told_her)
    week.passes(1)
    assert "You have recorded the step" in week.sends("officer", f"{orders}{order.pk}/served/")
    notified = week.reads("officer", f"/cases/{reference}/subject/")
    assert "Must tell the police of all names used and the home address by 5 Dec" in notified, (
        "F7: the third day, counting the first"
    )
    condition = Condition.objects.unscoped("test").get(order=order)
    week.passes(2)
    broken = {"condition": str(condition.pk), "words": "Happy birthday, from a new account."}
    week.sends("officer", f"{orders}breach/", **broken, **day_of("happened", today), **{"happened-time": "13:00"})
    assert "Breach treated alone" in week.reads("officer", orders) + week.reads("officer", "/orders/"), "F5"
    assert "3 acts" in week.reads("officer", f"/cases/{reference}/"), "F5: the next act of the same conduct"
    assert Action.objects.unscoped("test").filter(case__reference=reference, what__startswith="Assess again").exists()


def friday_nothing_is_forgotten(week: Week, reference: str) -> None:
    """F13 what was given is counted; F15 her child; F9 the force next door; F11 no early closing; and Olu gets 404."""
    week.begins("Friday")
    plan = f"/cases/{reference}/plan/"
    meeting = {"strand": "social", "told_first": "yes", **day_of("planned_at", week.at.date())}
    week.sends("outreach", f"{plan}sessions/new/", **meeting)
    week.passes(2)
    week.sends("advocate", f"/cases/{reference}/victim/contact/", happened="yes", channel="text", outcome="reached")
    week.passes(3)
    session = Session.objects.unscoped("test").get(case__reference=reference)
    said = week.refused("outreach", f"{plan}sessions/{session.pk}/", attendance="attended")
    assert "Tell the victim first" in said, "F8: he is not seen before she knows of it"
    contact = Contact.objects.unscoped("test").filter(case__reference=reference).latest("attempted_at")
    week.sends("advocate", f"{plan}actions/{session.action_id}/told/", contact=str(contact.pk))
    week.sends("outreach", f"{plan}sessions/{session.pk}/", attendance="attended")
    assert "Your minutes are logged" in week.sends("outreach", plan, f"{plan}minutes/tap/", minutes="15")
    counted = week.reads("clinician", plan)
    assert "1 attended" in counted, "F13: the dose"
    assert "Outreach worker: 0 h 15 min" in counted, "F13: the minutes, by role"
    care = f"/cases/{reference}/victim/care/"
    child = {"name": "her elder son", "kind": "child", "risk": "He waits at the school gate."}
    week.sends("advocate", f"{care}at-risk/", **child, **day_of("review_on", date(2026, 12, 11)))
    assert "her elder son" in week.reads("advocate", care), "F15: at risk in his own right"
    subject = week.reads("officer", f"/cases/{reference}/subject/")
    assert "Southmere may hold a record of the same person" in subject, "F9"
    assert "07700 900123" not in subject, "F14: never a hint of how she is reached"
    asked = {"reason": "It is quiet."}
    wednesday, thursday = (day_of("victim_told_at", week.at.date() - timedelta(days=days)) for days in (2, 1))
    said = week.refused("officer", f"/cases/{reference}/step-down/", **asked, **wednesday)
    assert "No safe contact with the victim about this is on record for that day." in said, (
        "F8: nor does he say for her that she knows"
    )
    said = week.refused("officer", f"/cases/{reference}/step-down/", **asked, **thursday)
    assert "The case can step down from" in said, "F11"
    for page in ("", "plan/", "orders/", "subject/", "victim/", "panel/"):
        assert week.desk("olu").get(f"/cases/{reference}/{page}").status_code in (403, 404), page


def monday_the_third_day_is_over(week: Week, reference: str) -> None:
    """F7: while his three days run nobody is alarmed; when the third is over, it stands on the officer's day."""
    orders = f"/cases/{reference}/orders/"
    for days, late in ((5, False), (6, True)):  # Saturday the fifth, the third day counting the first; and Sunday
        week.at, week.desks = MONDAY + timedelta(days=days), {}
        assert (NOTIFY in week.reads("officer", "/?show=unit")) is late, f"F7: {week.at:%A}"
        assert ("Notification is missing" in week.reads("officer", orders)) is late
    assert "1 day, due 5 December 2026" in week.reads("coordinator", "/orders/"), "F7: with its lateness"
    order = Order.objects.unscoped("test").get(case__reference=reference)
    week.sends("officer", f"{orders}{order.pk}/notified/")
    assert NOTIFY not in week.reads("officer", "/?show=unit"), "F7: and is gone when he has notified"
