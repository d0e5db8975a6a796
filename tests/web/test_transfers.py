"""A case goes to another unit: offered with a reason, answered with one; both histories stay, and she is never between."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Grant, Relation
from fourfold.access.terms import Compartment, RelationKind, Role
from fourfold.audit import queries as audit
from fourfold.cases import queries as cases
from fourfold.cases import rules, services
from fourfold.cases.models import Case, ReviewDue, TransferAsked
from fourfold.cases.queries import transfers
from fourfold.cases.terms import CannotStep, Level, SetBy, State, Trigger
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.web import digest
from fourfold.web.pages import calendar
from tests.cast import MEMBERS, Cast, assign, hire
from tests.support.builders import NOON, agree, case_of, reached
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WHY = "She moved into your area last week; he followed."
TOLD = {"victim_told_at-day": "24", "victim_told_at-month": "11", "victim_told_at-year": "2026"}


def set_clock(monkeypatch: pytest.MonkeyPatch, at: datetime) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": at.isoformat()}))


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, NOON + timedelta(hours=1))


@pytest.fixture
def both(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with a coordinator of Southmere's."""
    monkeypatch.setitem(MEMBERS, "otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    return cast


def told_case(cast: Cast) -> Case:
    """A case whose victim was reached safely today."""
    case = case_of(cast)
    agree(cast, case)
    assert reached(cast, case).safe
    return case


def offered(cast: Cast, case: Case, at: datetime = NOON) -> TransferAsked:
    return services.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason=WHY, victim_told_at=NOON, at=at
    )


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content[:400]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_a_case_is_offered_taken_over_and_read_by_both_until_the_hand_over_ends(
    both: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = told_case(both)
    here, there = signed_in("coordinator"), signed_in("otto")
    offer = {"to_site": "southmere", "reason": WHY} | TOLD
    assert here.post(f"/cases/{case.reference}/transfer/", offer).status_code == 303
    assert "Not answered yet" in text(here, "/transfers/")
    assert "Take over a case from another unit, or say why not" in text(there, "/?show=unit")
    waiting = text(there, "/transfers/")
    assert WHY in waiting
    for hidden in ("Nora", "Quill", "Marlow", "Dean"):
        assert hidden not in waiting
    assert there.get(f"/cases/{case.reference}/").status_code == 404
    asked = TransferAsked.objects.unscoped("test").get()
    taken = there.post(f"/transfers/{asked.pk}/", {"accepts": "yes"})
    assert taken["Location"] == f"/cases/{case.reference}/"
    assert "Nora Quill" in text(there, f"/cases/{case.reference}/")
    for client in (here, there):
        history = text(client, f"/cases/{case.reference}/history/")
        assert "Offered from Northmoor to Southmere" in history
        assert "Taken over from Northmoor to Southmere" in history
        assert "opened at triage" in history
    set_clock(monkeypatch, NOON + rules.HANDOVER + DAY)
    assert signed_in("coordinator").get(f"/cases/{case.reference}/").status_code == 404
    assert "Nora Quill" in text(signed_in("otto"), f"/cases/{case.reference}/")
    assert audit.verify().findings == ()


def test_whoever_takes_it_over_looks_at_it_within_three_days(both: Cast) -> None:
    case = told_case(both)
    services.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    review = ReviewDue.objects.unscoped("test").get(case=case, superseded_at=None, done_at=None)
    assert (review.trigger, review.due_at <= NOON + 3 * DAY) == (Trigger.TRANSFER, True)


def test_the_first_units_parts_end_by_themselves_and_the_new_unit_gives_its_own(both: Cast) -> None:
    case = told_case(both)
    services.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    ends = NOON + rules.HANDOVER
    assert {row.until_at for row in Relation.objects.filter(file=case.pk)} == {ends}
    assert {row.until_at for row in Grant.objects.filter(file=case.pk, site="northmoor")} == {ends}
    assert {row.until_at for row in Grant.objects.filter(file=case.pk, site="southmere")} == {None}
    case.refresh_from_db()
    given = assign(actor=both.actor("otto"), case=case, staff=both.staff["olu"].pk, kind=RelationKind.OIC, at=NOON)
    assert given.until_at is None


def test_the_people_of_the_case_go_with_it_unless_another_case_of_the_first_unit_needs_them(both: Cast) -> None:
    case = told_case(both)
    services.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    case = Case.objects.unscoped("test").select_related("victim", "subject").get()
    assert (case.site, case.victim.site, case.subject.site) == ("southmere",) * 3
    assert case.victim.controller == "southmere-police"


def test_a_declined_offer_leaves_everything_as_it_was(both: Cast, signed_in: SignIn) -> None:
    case = told_case(both)
    asked = offered(both, case)
    there = signed_in("otto")
    unsaid = there.post(f"/transfers/{asked.pk}/", {"accepts": "no"})
    assert unsaid.status_code == 422
    assert "Say why not" in unsaid.content.decode()
    assert there.post(f"/transfers/{asked.pk}/", {"accepts": "no", "reason": "Outside our area."}).status_code == 303
    assert there.get(f"/cases/{case.reference}/").status_code == 404
    assert there.get(f"/transfers/{asked.pk}/").status_code == 404
    assert "Outside our area." in text(signed_in("coordinator"), "/transfers/")
    assert "Not taken over from Northmoor" in text(signed_in("coordinator"), f"/cases/{case.reference}/history/")
    assert Case.objects.unscoped("test").get().site == "northmoor"


def test_an_offer_is_taken_back_with_a_reason(both: Cast, signed_in: SignIn) -> None:
    case = told_case(both)
    offered(both, case)
    here = signed_in("coordinator")
    assert "stays with your unit until the other unit takes it" in text(
        here, f"/cases/{case.reference}/transfer/"
    ).replace("&#39;", "'")
    assert here.post(f"/cases/{case.reference}/transfer/", {"answer": ""}).status_code == 422
    assert here.post(f"/cases/{case.reference}/transfer/", {"answer": "She stays."}).status_code == 303
    assert cases.offers_to_answer(actor=both.actor("otto"), at=NOON) == ()


def test_it_is_not_offered_before_she_was_told_in_a_safe_contact(both: Cast, signed_in: SignIn) -> None:
    case = case_of(both)
    agree(both, case)
    page, offer = f"/cases/{case.reference}/transfer/", {"to_site": "southmere", "reason": WHY}
    here = signed_in("coordinator")
    assert "Tell the victim first" in here.post(page, offer).content.decode()
    assert "No safe contact with the victim about this is on record" in here.post(page, offer | TOLD).content.decode()
    assert not TransferAsked.objects.unscoped("test").exists()


def test_a_wall_around_the_case_hides_the_offer_from_the_one_it_stands_against(both: Cast, signed_in: SignIn) -> None:
    case = told_case(both)
    asked = offered(both, case)
    otto = both.staff["otto"].pk
    access.set_wall(actor=both.governance, files=[case.subject_id], staff=otto, reason="Knows him.", at=NOON)
    client = signed_in("otto")
    assert WHY not in text(client, "/transfers/")
    assert client.get(f"/transfers/{asked.pk}/").status_code == 404


@pytest.mark.parametrize(("name", "status"), [("officer", 403), ("advocate", 403), ("olu", 403), ("coordinator", 404)])
def test_nobody_else_answers_it(both: Cast, signed_in: SignIn, name: str, status: int) -> None:
    asked = offered(both, told_case(both))
    assert signed_in(name).post(f"/transfers/{asked.pk}/", {"accepts": "yes"}).status_code == status


def test_an_offer_is_answered_once(both: Cast) -> None:
    asked = offered(both, told_case(both))
    services.answer_transfer(actor=both.actor("otto"), asked=asked, accepts=True, reason="", at=NOON)
    with pytest.raises(CannotStep, match="has answered"):
        services.answer_transfer(actor=both.actor("otto"), asked=asked, accepts=False, reason="No.", at=NOON)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"waiting": True}, "to_site"),
        ({"to_site": "northmoor"}, "to_site"),
        ({"to_site": "nowhere"}, "to_site"),
        ({"state": State.CLOSED}, "to_site"),
        ({"reason": " "}, "reason"),
        ({"victim_told_at": None}, "victim_told_at"),
        ({"victim_told_at": NOON + DAY}, "victim_told_at"),
        ({}, None),
    ],
)
def test_what_an_offer_needs(changes: dict[str, object], field: str | None) -> None:
    whole = {
        "to_site": "southmere",
        "from_site": "northmoor",
        "live": ("northmoor", "southmere"),
        "state": State.OPEN,
        "reason": WHY,
        "victim_told_at": NOON,
        "waiting": False,
        "at": NOON,
    }
    why = rules.why_not_ask(**whole | changes)  # type: ignore[arg-type]
    assert (why[0] if why else None) == field


def test_the_lists_cost_the_same_for_few_and_many(both: Cast, django_assert_num_queries: object) -> None:
    otto = both.actor("otto")
    for count in (1, 3):
        while TransferAsked.objects.unscoped("test").count() < count:
            number = TransferAsked.objects.unscoped("test").count()
            case = case_of(both, victim_name=f"Nora Quill{'abc'[number]}", victim_phone=f"0770090012{number}")
            offered(both, case)
        with django_assert_num_queries(2 + 5):  # type: ignore[operator]
            assert len(transfers.offers_to_answer(actor=otto, at=NOON)) == count


# ---- what the first unit reads once another has the case


@pytest.fixture
def handed(both: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case that Southmere took over, in which both units have written; the first unit's officer was in the case."""
    case = told_case(both)
    assign(actor=both.coordinator, case=case, staff=both.officer.staff, kind=RelationKind.OIC, at=NOON)
    levels = {"case": case, "set_in": SetBy.PROFESSIONAL}
    services.set_level(actor=both.officer, level=Level.MEDIUM, reason="Before.", at=NOON, **levels)
    services.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    case.refresh_from_db()
    after = NOON + timedelta(minutes=30)
    services.set_level(actor=both.actor("otto"), level=Level.VERY_HIGH, reason="NEWLY said.", at=after, **levels)
    plan.open_action(
        actor=both.actor("otto"), case=case, strand=Strand.LEGAL, what="NEWLY planned", due_on=NOON.date(),
        owner_partner="southmere-police", at=after,
    )  # fmt: skip
    services.add_comment(
        actor=both.actor("otto"), case=case, words="NEWLY written.", compartment=Compartment.CORE, at=after
    )
    return case


PLACES = (
    *("", "history/", "plan/", "panel/", "orders/", "assessment/", "comments/", "disclosures/", "team/", "subject/"),
    *("victim/", "level/", "review/"),
)


ASKS_A_LEVEL = ("level/", "review/")


def test_after_a_transfer_the_first_unit_reads_what_was_on_record_and_nothing_new(
    handed: Case, both: Cast, signed_in: SignIn
) -> None:
    """The attack: go on reading for four weeks what the other unit writes."""
    old, new = signed_in("officer"), signed_in("otto")
    base, said = f"/cases/{handed.reference}/", {}
    for name, client in (("old", old), ("new", new)):
        answers = {place: client.get(base + place) for place in PLACES}
        said[name] = {place: each.content.decode() for place, each in answers.items() if each.status_code == 200}
    assert "NEWLY" in "".join(said["new"].values())
    assert "ff-level--4" in said["new"][""]
    for place, shown in said["old"].items():
        assert "NEWLY" not in shown, place
        assert place in ASKS_A_LEVEL or "ff-level--4" not in shown, place
    assert "Before." in said["old"]["history/"], "what was on record is read on"


def test_after_a_transfer_the_first_unit_writes_nothing_and_no_list_of_its_day_names_the_case(
    handed: Case, both: Cast, signed_in: SignIn
) -> None:
    old = signed_in("officer")
    for place in (
        "/",
        "/?show=unit",
        "/cases/",
        "/api/cases",
        f"/find/?q={handed.victim.name.split()[-1]}",
        "/orders/",
    ):
        assert handed.reference not in old.get(place).content.decode(), place
    assert handed.reference in text(signed_in("coordinator"), "/transfers/")
    written = old.post(f"/cases/{handed.reference}/level/", {"level": "low", "reason": "Ours.", "seen": ""})
    assert written.status_code in (403, 404, 422)
    handed.refresh_from_db()
    assert handed.level == Level.VERY_HIGH
    opened = access_queries.opened(both.officer, handed.pk, at=NOON + timedelta(hours=1))
    assert (opened.as_of, opened.writable) == (NOON, frozenset())
    assert Compartment.VICTIM_CONTACT not in opened.readable


def test_after_a_transfer_an_officer_outside_the_unit_reads_no_longer_than_the_unit(both: Cast) -> None:
    case = told_case(both)
    access.relate(
        actor=both.coordinator, file=case.pk, staff=both.staff["station_officer"].pk, kind=RelationKind.OIC, at=NOON
    )
    services.answer_transfer(actor=both.actor("otto"), asked=offered(both, case), accepts=True, reason="", at=NOON)
    assert {row.until_at for row in Relation.objects.filter(file=case.pk)} == {NOON + rules.HANDOVER}


@pytest.mark.parametrize("name", ["officer", "second_officer"])
def test_queued_mail_links_jobs_and_tokens_ask_again_who_may_read_when_they_are_used(
    handed: Case, both: Cast, signed_in: SignIn, name: str
) -> None:
    """The calendar, the digest and the API of whoever worked on it are made when they are fetched, and name it no more."""
    moment = NOON + timedelta(hours=1)
    actor = both.actor(name)
    assert calendar.calendar_of(actor, moment).count(b"BEGIN:VEVENT") == 0
    assert digest.due(actor, moment) == (0, 0)
    client = signed_in(name)
    listed = client.get("/api/cases").json()
    assert handed.reference not in str(listed)
