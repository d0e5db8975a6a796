"""Where an act takes two people, the page on which the first asks says who could be the second today, or that nobody can."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import ends, queries
from fourfold.access import services as access
from fourfold.access.models import Agreement, EndAsked, Membership, Relation, Staff, Wall
from fourfold.access.seconds import Seconds
from fourfold.access.terms import RelationKind, WallKind
from fourfold.access.terms.endings import Ending
from fourfold.assessment import services as assessment
from fourfold.cases import services as cases
from fourfold.cases.models import CaseAct, PartAsked
from fourfold.cases.queries import seconds
from fourfold.cases.terms import Level
from fourfold.governance import services as governance
from tests.cast import NOW, Cast
from tests.governance.test_disclosing import ASKED
from tests.orders.builders import made
from tests.support.builders import case_of
from tests.web.conftest import SignIn

PROVISIONAL = WallKind.PROVISIONAL


@pytest.mark.django_db
def test_the_page_on_which_somebody_asks_says_who_could_confirm_it(signed_in: SignIn, cast: Cast) -> None:
    case = case_of(cast)
    order = made(cast, case)
    other = case_of(cast, victim_name="Vera Other", victim_birth="1 May 1990", victim_phone="", subject_name="Sam Else")
    advocate = Relation.objects.get(file=case.pk, kind=RelationKind.ADVOCATE)
    role = Membership.objects.get(staff=cast.staff["clinician"])
    lower = assessment.ask_signature(actor=cast.officer, case=case, level=Level.LOW, reason="Quiet.", at=NOW)
    confidence = governance.ask_for_confidence(actor=cast.officer, case=case, details=ASKED, at=NOW)
    access.set_wall(actor=cast.governance, files=[case.pk], staff=cast.staff["outreach"].pk, reason="A cousin.", at=NOW)
    wall = Wall.objects.get(file=case.pk)
    act = CaseAct.objects.unscoped("test").get(case=case).allegation_id
    access.set_wall(actor=cast.governance, files=[act], staff=cast.staff["outreach"].pk, kind=PROVISIONAL, at=NOW)
    provisional = Wall.objects.get(file=act)
    asks = (
        ("coordinator", f"/cases/{case.reference}/step-down/", "Chair"),
        ("officer", f"/cases/{case.reference}/orders/{order.pk}/untold/", "Advocate"),
        ("coordinator", f"/cases/{case.reference}/disclosures/pack/", "Chair"),
        ("advocate", f"/cases/{case.reference}/victim/address/ask/", "Second Advocate"),
        ("second_officer", f"/desk/records/victim/{case.victim_id}/{other.victim_id}/", "Analyst"),
        ("coordinator", f"/cases/{case.reference}/team/{advocate.pk}/end/", "Second Advocate"),
        ("administrator", f"/sites/of/northmoor/people/parts/{role.pk}/end/", "Nhs Lead"),
        ("officer", f"/cases/{case.reference}/assessment/signature/{lower.pk}/", "Chair"),
        ("officer", f"/cases/{case.reference}/level/", "Chair"),
        ("advocate", f"/cases/{case.reference}/disclosures/asked/{confidence.pk}/", "Second Advocate"),
        ("governance", f"/oversight/walls/standing/{wall.pk}/", "Second Governance"),
        ("governance", f"/oversight/walls/{provisional.pk}/", "Second Governance"),
    )

    def said(name: str, address: str) -> str:
        answer = signed_in(name).get(address)
        assert answer.status_code == 200, address
        return answer.content.decode().partition("<main")[2]

    for name, address, second in asks:
        page = said(name, address)
        found = re.search(r"Today these can(?: sign)?: (.*?)\.</p>", page)
        assert found, address
        assert second in found[1].split(", "), address
        assert name.replace("_", " ").title() not in found[1].split(", "), address
    for name, address, _ in asks:
        Staff.objects.update(trained_until=NOW.date() - timedelta(days=1))
        Staff.objects.filter(pk=cast.staff[name].pk).update(trained_until=NOW.date() + timedelta(days=900))
        assert re.search(r"(Nobody|No second advocate) [a-z ]+ today", said(name, address)), address


@pytest.mark.django_db
def test_what_waits_says_who_asked_and_who_can_confirm_it_and_never_who_is_kept_from_it(
    signed_in: SignIn, cast: Cast
) -> None:
    """A part, an end and an offer of a case: by name; of nobody, with how to mend it; without whom a wall keeps out."""
    case = case_of(cast)
    taker, hers = cast.staff["second_advocate"].pk, Relation.objects.get(file=case.pk, kind=RelationKind.ADVOCATE)
    cases.ask_part(actor=cast.coordinator, case=case, staff=taker, kind=RelationKind.ADVOCATE, at=NOW)
    cases.end_case_part(actor=cast.coordinator, case=case, relation=hers.pk, reason="Moved.", at=NOW)

    def waits() -> list[str]:
        page = signed_in("coordinator").get(f"/cases/{case.reference}/team/").content.decode().partition("<main")[2]
        assert page.count("Coordinator, 24 November 2026") == 2, "who asked"
        parts = [part.partition("</span>")[0].partition("</dd>")[0] for part in page.split("Can confirm it today")[1:]]
        return [re.sub(r"<[^>]*>|^:", "", part).strip() for part in parts]

    assert waits() == ["Advocacy Lead, Advocate", "Advocacy Lead, Second Advocate"]
    wall = {"actor": cast.governance, "files": [case.victim_id], "reason": "A cousin.", "at": NOW}
    for kept_out in ("advocate", "second_advocate"):
        access.set_wall(staff=cast.staff[kept_out].pk, **wall)  # type: ignore[arg-type]
    assert waits() == ["Advocacy Lead", "Advocacy Lead"]
    Staff.objects.exclude(pk=cast.staff["coordinator"].pk).update(trained_until=NOW.date() - timedelta(days=1))
    assert all(each.startswith("nobody today") and "Ask the system administrator" in each for each in waits())


@pytest.mark.django_db
def test_what_is_asked_for_in_many_cases_at_once_says_who_can_confirm_it_and_costs_as_much_as_in_one(
    signed_in: SignIn, cast: Cast
) -> None:
    """Parts that would wait, parts and ends that wait: as many statements for four of them as for one."""
    taker = cast.staff["second_advocate"].pk
    told = ({"victim_name": f"Vera {name}", "victim_phone": "", "subject_name": f"Sam {name}"} for name in "ABCD")
    held = [case_of(cast, **each) for each in told]
    wall = {"staff": cast.staff["advocate"].pk, "reason": "A cousin.", "at": NOW}
    access.set_wall(actor=cast.governance, files=[held[0].victim_id], **wall)  # type: ignore[arg-type]
    sent = {"kind": RelationKind.ADVOCATE.value, "staff": str(taker), "cases": [case.reference for case in held]}
    page = signed_in("coordinator").post("/caseload/assign/", sent).content.decode()
    said = {case.reference: page.partition(f">{case.reference}<")[2].partition("</tr>")[0] for case in held}
    assert "Can confirm it today: Advocacy Lead<" in said[held[0].reference]
    assert all("Advocacy Lead, Advocate<" in said[case.reference] for case in held[1:])
    assert "Ask for 4 cases" in page
    sent["cases"] = re.findall(r'type="hidden" name="cases" value="([^"]+)"', page)
    signed_in("coordinator").post("/caseload/assign/", sent | {"step": "assign"})
    assert PartAsked.objects.unscoped("test").filter(staff=taker, answered_at=None).count() == 4

    for case in held:
        hers = Relation.objects.get(file=case.pk, kind=RelationKind.ADVOCATE)
        cases.end_case_part(actor=cast.coordinator, case=case, relation=hers.pk, reason="Moved.", at=NOW)
    parts, ends_ = PartAsked.objects.unscoped("test").filter(answered_at=None), EndAsked.objects.all()
    asks: tuple[tuple[Callable[..., Mapping[object, Seconds]], list[object]], ...] = (
        (partial(seconds.who_could_assign, staff=taker), [case.reference for case in held]),
        (seconds.who_could_give, [SimpleNamespace(id=row.pk, lapsed=False) for row in parts]),
        (seconds.who_could_end_each, [SimpleNamespace(id=row.pk) for row in ends_]),
    )
    for who_could, rows in asks:
        counts = []
        for some in (rows[:1], rows):
            with CaptureQueriesContext(connection) as sent_:
                assert len(who_could(some, actor=cast.coordinator, at=NOW)) == len(some)
            counts.append(len(sent_))
        assert len(rows) >= 4
        assert counts[1] <= min(counts[0] + 1, 9), "one more where a wall stands around any"


@pytest.mark.django_db
def test_who_could_end_is_who_finds_it_to_answer(cast: Cast) -> None:
    """The rule of the page is the rule of the list, for every kind of end and everybody of the cast."""
    case = case_of(cast)
    hers = Relation.objects.get(file=case.pk, kind=RelationKind.ADVOCATE)
    theirs = Membership.objects.get(staff=cast.staff["clinician"])
    agreed = Agreement.objects.filter(site="northmoor", partner="northmoor-nhs").first() or Agreement.objects.first()
    assert agreed is not None
    how = {"from_at": NOW + timedelta(days=1), "reason": "Moved.", "at": NOW}
    cases.end_case_part(actor=cast.coordinator, case=case, relation=hers.pk, reason="Moved.", at=NOW)
    access.ask_end_of_part(actor=cast.administrator, part=theirs, **how)  # type: ignore[arg-type]
    access.ask_end_of_agreement(actor=cast.second_governance, agreement=agreed, **how)  # type: ignore[arg-type]
    access.set_wall(actor=cast.governance, files=[case.pk], staff=cast.officer.staff, reason="A cousin.", at=NOW)
    rows = list(EndAsked.objects.all())
    assert {row.ending for row in rows} == {each.value for each in Ending}
    for name, staff in cast.staff.items():
        actor = cast.actor(name)
        found = set(ends.to_answer(actor, at=NOW).values_list("pk", flat=True))
        apart = {row.pk for row in rows if staff.pk in (row.staff_id, row.asked_by_id)}
        behind = {row.pk for row in rows if row.file and queries.is_walled(actor, [row.file], at=NOW)}
        assert {row.pk for row in rows if ends.is_for(row, actor)} - apart - behind == found, name
