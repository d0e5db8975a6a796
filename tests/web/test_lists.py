"""Every list costs the same number of statements for one row as for several, and no more than stands here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Role
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, SetBy
from fourfold.exhibits import services as exhibits
from fourfold.exhibits.terms import PDF
from fourfold.governance import services as governance
from fourfold.governance.terms import ChallengeKind, Challenger, HoldKind
from fourfold.intake.terms import Channel
from fourfold.orders import services as orders
from fourfold.orders.terms import OrderKind, StepDetails
from fourfold.panel import services as panel
from fourfold.panel.models import Sitting
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import services as plan
from fourfold.programme.models import Working
from fourfold.support import services as support
from fourfold.support.terms import AtRiskKind, AtRiskTold, ConsentMatter, ConsentState, NoteKind
from tests.cases.builders import further_act
from tests.cast import Cast, hire, working
from tests.orders.builders import CONDITIONS, applied, breached
from tests.orders.builders import made as order_made
from tests.panel.scene import bring_before_panel, decision, open_case, ready_to_decide
from tests.support.builders import NOON, agree, case_of, reached
from tests.support.diaries import open_diary, write
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
#: When the closed cases are due to be looked at again.
YEARS_LATER = NOON + 7 * 366 * DAY

#: Who reads which list, and the most statements that it costs; a page may cost one more where a list is not empty.
LISTS = {
    ("coordinator", "/"): 62,  # of them 15 for what the unit holds of the newest reports, as at the desk
    ("coordinator", "/agreement/"): 14,
    ("coordinator", "/cases/"): 10,
    ("coordinator", "/caseload/assign/"): 10,
    ("coordinator", "/desk/"): 26,  # what the unit holds of every report of the page at once, however many they are
    ("coordinator", "/desk/links/"): 9,
    ("coordinator", "/desk/escalating/"): 10,
    ("coordinator", "/desk/mis-recorded/"): 10,
    ("coordinator", "/desk/mis-recorded/by-month/"): 9,
    ("coordinator", "/desk/quiet/"): 9,
    ("coordinator", "/desk/records/"): 9,
    ("coordinator", "/desk/records/likely/"): 10,  # empty; as many as before where there are pairs
    ("coordinator", "/desk/serial/"): 11,
    (
        "coordinator",
        "/find/?q=Quill",
    ): 19,  # one for whom a confirmed report calls so, one where the newest of one’s own do not fill it
    ("coordinator", "/panel/"): 17,
    ("coordinator", "/panel/{sitting}/"): 13,
    ("coordinator", "/panel/{sitting}/add/"): 14,
    ("coordinator", "/panel/consultations/"): 9,
    ("coordinator", "/panel/new/northmoor/"): 15,
    ("coordinator", "/orders/"): 12,
    ("coordinator", "/orders/in-force/"): 4,
    ("coordinator", "/orders/noes/"): 5,
    ("coordinator", "/refer/answers/"): 11,
    ("coordinator", "/transfers/"): 12,
    ("coordinator", "/unit/quality/"): 23,
    ("coordinator", "/unit/quality/assessed/"): 23,
    ("coordinator", "/cases/{case}/team/"): 23,
    ("coordinator", "/cases/{closed}/after/"): 22,
    (
        "governance",
        "/oversight/",
    ): 19,  # one asks which lists are empty, one is for the parts in cases, by which the day is paged
    ("governance", "/oversight/disclosures/"): 15,
    ("governance", "/oversight/walls/standing/"): 13,
    # And what was confirmed though it is somebody else's, brought in as a feed, or asked for against what is hidden.
    ("governance", "/oversight/walls/"): 14,
    ("governance", "/sites/of/northmoor/people/"): 17,
    ("lead", "/evaluation/"): 10,
    ("lead", "/sites/"): 12,
    ("lead", "/sites/of/northmoor/"): 12,
    ("lead", "/roll-out/"): 9,
    ("lead", "/roll-out/plans/"): 9,
    ("lead", "/roll-out/site-models/"): 9,
    (
        "advocate",
        "/",
    ): 65,  # lists to confirm, to read, to agree anew, parts given, and messages that were stopped on their way out
    ("officer", "/cases/{case}/"): 28,
    ("officer", "/cases/{case}/assessment/"): 36,
    ("officer", "/cases/{case}/comments/"): 27,
    ("officer", "/cases/{case}/consultation/"): 26,
    ("coordinator", "/unit/disposals/"): 12,
    ("officer", "/cases/{case}/disclosures/"): 35,
    ("officer", "/cases/{case}/documents/"): 26,
    ("officer", "/cases/{case}/history/"): 27,
    ("officer", "/cases/{case}/orders/"): 32,
    ("officer", "/cases/{case}/panel/"): 28,
    ("officer", "/cases/{case}/plan/"): 47,
    ("officer", "/cases/{case}/subject/"): 43,
    ("officer", "/people/subjects/{subject}/"): 16,
    ("officer", "/people/victims/{victim}/"): 17,
    ("advocate", "/cases/{case}/victim/"): 28,
    ("advocate", "/cases/{case}/victim/care/"): 20,
    ("advocate", "/cases/{case}/victim/diary/"): 18,
    ("advocate", "/cases/{case}/victim/measures/"): 22,
}
#: Of these, those to which a case more adds no row, and where their rows are measured.
NOT_FILLED = {
    ("advocate", "/cases/{case}/victim/measures/"): "support/test_measures.py",
    ("coordinator", "/agreement/"): "panel/test_agreement.py",
    ("coordinator", "/cases/{closed}/after/"): "there are four windows, always",
    ("coordinator", "/desk/escalating/"): "cases/test_possible.py",
    ("coordinator", "/desk/links/"): "linkage/test_services.py",
    ("coordinator", "/desk/mis-recorded/"): "cases/test_possible.py",
    ("coordinator", "/desk/mis-recorded/by-month/"): "cases/test_possible.py",
    ("coordinator", "/desk/records/"): "test_desk.py",
    ("coordinator", "/desk/records/likely/"): "linkage/test_same.py",
    ("coordinator", "/desk/serial/"): "cases/test_possible.py",
    ("coordinator", "/unit/disposals/"): "the latest two hundred, in two statements",
    ("coordinator", "/unit/quality/"): "there are as many numbers as questions",
    ("governance", "/oversight/walls/"): "governance/test_walls.py",
    ("lead", "/evaluation/"): "test_evaluation_pages.py",
    ("lead", "/roll-out/"): "there are as many areas as forces",
    ("lead", "/roll-out/plans/"): "test_area_plans.py",
    ("lead", "/roll-out/site-models/"): "test_area_plans.py",
    ("lead", "/sites/"): "programme/test_services.py",
}
#: Lists whose rows are due only after years.
YEARS_LATER_LISTS = {("coordinator", "/unit/retention/"): 18}

ONE = "one thing with what hangs on it, of which there is one or a few"
STEP = "a step or a signature: it names the one thing that it is about"
LEADS_ON = "it writes and leads on to another page"
FILE = "a file, made at once from what a list shows"
#: Pages that are no form to resume and list nothing whose number grows, and why; or where else they are measured.
NOT_A_LIST = {
    "agency:account": STEP,
    "systems:list": "the systems of one agency, measured in test_systems.py",
    "systems:ask": STEP,
    "systems:one": STEP,
    "systems:confirm": STEP,
    "webhooks:ask": STEP,
    "webhooks:one": STEP,
    "webhooks:confirm": STEP,
    "agency:alike": STEP,
    "installation:home": "how the installation stands: as many rows as the doctor has judges, whatever is held",
    "agency:give_role": STEP,
    "agency:take_on": STEP,
    "agency:end_role": STEP,
    "agency:confirm": STEP,
    "agency:home": LEADS_ON,
    "oversight:check": STEP,
    "disclosures:underway": STEP,
    "orders:draft": STEP,
    "agency:invitation": STEP,
    "agency:one": "the accounts of one agency, measured in test_accounts.py",
    "agency:vouch": STEP,
    "assessment:draft": ONE,
    "assessment:fill": ONE,
    "assessment:fill_round": ONE,
    "assessment:first": LEADS_ON,
    "assessment:level_at": ONE,
    "assessment:one": ONE,
    "assessment:open_round": STEP,
    "assessment:revise": ONE,
    "assessment:round": "measured with its raters in test_rounds.py",
    "assessment:signature": STEP,
    "calendar:address": ONE,
    "closed_account_page": "a door of another library that we keep shut",
    "calendar:feed": "what stands on the day, which is measured as the day",
    "care:entitlement": STEP,
    "case:know": STEP,
    "desk:allegation": ONE,
    "desk:behaviour": LEADS_ON,
    "desk:by_month_file": FILE,
    "desk:compare": ONE,
    "desk:detach": LEADS_ON,
    "desk:same": LEADS_ON,
    "desk:course": "measured with its 125 reports in test_courses.py",
    "desk:judge_course": LEADS_ON,
    "desk:match": LEADS_ON,
    "desk:records": ONE,
    "desk:third": LEADS_ON,
    "desk:undo": LEADS_ON,
    "desk:undo_behaviour": LEADS_ON,
    "desk:undo_course": LEADS_ON,
    "diary:linked": "the door of the victim's own diary",
    "diary:notes": "the own diary, whose entries are measured in support/test_diary.py",
    "case:thirds": "the third parties of one case, measured in test_course_triaged.py",
    "disclosures:again": LEADS_ON,
    "disclosures:dangers": "what may lead to a victim in one pack, measured in test_packs.py",
    "disclosures:release": STEP,
    "disclosures:disposal": STEP,
    "documents:one": FILE,
    "evaluation:freeze": LEADS_ON,
    "evaluation:plan": ONE,
    "evaluation:release": LEADS_ON,
    "evaluation:report": "measured in test_evaluation_pages.py",
    "evaluation:report_file": FILE,
    "openid_connect_login": LEADS_ON,
    "openid_connect_callback": LEADS_ON,
    "receipts:told": "what a provider sends; it shows nothing",
    "sign_on:account": ONE,
    "sign_on:mine": ONE,
    "feeds:bring": LEADS_ON,
    "feeds:bring_in": STEP,
    "feeds:brought": "one file; measured in test_feeds.py",
    "feeds:check": STEP,
    "feeds:column": STEP,
    "feeds:files": "measured with several files in test_feeds.py",
    "feeds:reading": "the columns of one file; measured in test_feeds.py",
    "feeds:throw_away": STEP,
    "feeds:cells": "measured with the cells of a feed in test_mending.py",
    "feeds:imports": "measured with the runs of a feed in test_intake.py",
    "feeds:mend": STEP,
    "feeds:mended": LEADS_ON,
    "feeds:quarantine": "measured with the rows of a feed in test_intake.py",
    "feeds:workbook": FILE,
    "help:words": "the glossary, which ships and does not grow",
    "instruments:approve": STEP,
    "instruments:bring": STEP,
    "instruments:fhir": FILE,
    "instruments:first": LEADS_ON,
    "instruments:library": "measured with what was brought in, in test_instruments.py",
    "instruments:licence": STEP,
    "instruments:lists": "three statements whatever stands there, counted in test_imported_forms.py",
    "instruments:one": ONE,
    "instruments:original": FILE,
    "instruments:pack": FILE,
    "instruments:withdraw": STEP,
    "instruments:withdraw_list": STEP,
    "intake:kept": ONE,
    "language": LEADS_ON,
    "measures:figures": "counts, of which there are as many as the instrument has questions",
    "measures:missed": STEP,
    "orders:custody": STEP,
    "orders:support": ONE,
    "panel:attendance": ONE,
    "orders:release": STEP,
    "orders:sign": STEP,
    "case:end_part": STEP,
    "case:leave": STEP,
    "ends:confirm": STEP,
    "sites:sign": STEP,
    "oversight:lift": STEP,
    "oversight:set_wall": STEP,
    "oversight:wall": STEP,
    "parts:confirm": STEP,
    "parts:first": "whose first part it was, measured in test_accounts.py",
    "people:refer_to_subject": STEP,
    "people:refer_to_victim": STEP,
    "people:split_subject": "the reports of one person, read as for the pattern, which is measured",
    "people:split_victim": "the reports of one person, read as for the pattern, which is measured",
    "people:record": "what one subject is known by, measured in test_people.py",
    "people:undo_withdrawn": LEADS_ON,
    "people:withdraw": LEADS_ON,
    "plan:minutes": STEP,
    "plan:progress": ONE,
    "plan:settle": STEP,
    "plan:sign": STEP,
    "plan:told": STEP,
    "register:law": "a register of law, as long as the law is",
    "rollout:area": ONE,
    "rollout:compare": ONE,
    "rollout:number": ONE,
    "rollout:districts_number": ONE,
    "rollout:plan_number": ONE,
    "rollout:order": "there are as many places as areas or districts",
    "rollout:order_number": "there are four orders",
    "rollout:compare_number": ONE,
    "rollout:cost_number": ONE,
    "rollout:team_number": ONE,
    "rollout:plan_draft": ONE,
    "rollout:plan": ONE,
    "rollout:plan_change": STEP,
    "rollout:plan_file": FILE,
    "rollout:plan_left": FILE,
    "rollout:plan_new": STEP,
    "rollout:plan_release": STEP,
    "rollout:plan_share": LEADS_ON,
    "rollout:site_model": ONE,
    "rollout:site_model_change": STEP,
    "rollout:site_model_file": FILE,
    "rollout:site_model_new": STEP,
    "rollout:site_models_beside": ONE,
    "rollout:site_models_number": ONE,
    "rollout:back_test": "there are as many areas as forces",
    "rollout:cost": "there are as many rows as the price list has",
    "rollout:cost_row": STEP,
    "rollout:count": STEP,
    "rollout:districts": "there are as many districts as there are",
    "rollout:recommend": LEADS_ON,
    "rollout:team": ONE,
    "sites:save": FILE,
    "support:address": STEP,
    "support:ask": STEP,
    "support:bring": ONE,
    "support:call_backs": "the few numbers of one unit, measured in test_call_backs.py",
    "support:contact": STEP,
    "support:endpoints": "the few numbers of one victim, measured in test_endpoints.py",
    "support:entry": ONE,
    "support:give_link": STEP,
    "support:known_by": "what one woman is known by, measured in test_known_by.py",
    "support:message": STEP,
    "documents:picture": FILE,
    "support:picture": FILE,
    "support:read_message": ONE,
    "support:request": STEP,
    "support:set_aside": LEADS_ON,
    "support:undo_known_by": LEADS_ON,
    "support:withdraw_known_by": LEADS_ON,
    "unit:file": FILE,
}


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    it_is(NOON + timedelta(hours=1), monkeypatch)


def it_is(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": moment.isoformat()}))


@dataclass
class Scene:
    """What the addresses of the lists name: the first of everything, to which more is added."""

    case: Case
    closed: Case
    sitting: Sitting

    def at(self, address: str) -> str:
        """Return an address with the first of everything in it."""
        return address.format(
            case=self.case.reference,
            closed=self.closed.reference,
            sitting=self.sitting.pk,
            subject=self.case.subject_id,
            victim=self.case.victim_id,
        )


def begun(cast: Cast) -> Scene:
    """Put one thing into each list."""
    case, closed = add(cast, 0)
    inside(cast, case, 0)
    sitting = bring_before_panel(cast, case_of(cast, victim_name="Iva Marsha", victim_phone="")).sitting
    return Scene(case, closed, sitting)


def grown(cast: Cast, scene: Scene, number: int) -> None:
    """Put one more into each list, and into each list of the first case."""
    add(cast, number)
    across(cast, scene.case)
    inside(cast, scene.case, number)
    other = case_of(cast, victim_name=f"Iva Marsh{'abc'[number]}", victim_phone="")
    panel.add_item(actor=cast.coordinator, sitting=scene.sitting, case=other, at=NOON)
    hire(f"Robin Fen{'abc'[number]}", "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    Working.objects.create(
        site_id="northmoor", from_on=NOON.date() + number * DAY, settings=working(minimum_age=16 + number)
    )


def add(cast: Cast, number: int) -> tuple[Case, Case]:
    """Add a case with something in each list of the unit's, and one that was closed three months ago."""
    case = case_of(cast, victim_name=f"Nora Quill{'abc'[number]}", victim_phone=f"0770090012{number}")
    agree(cast, case)
    reached(cast, case, at=NOON + timedelta(minutes=number))
    across(cast, case)
    access.set_wall(
        actor=cast.governance, files=[case.pk], staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOON
    )
    cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="She moved.", victim_told_at=NOON, at=NOON
    )
    return case, closed(cast, number)


def closed(cast: Cast, number: int) -> Case:
    """Open a case, let it step down and close it, in three hundred days."""
    case = case_of(
        cast, at=NOON - 300 * DAY, victim_name=f"Ada Brindl{'abc'[number]}", victim_phone=f"0770090013{number}"
    )
    then, last = NOON - 195 * DAY, NOON - 99 * DAY
    cases.step_down(
        actor=cast.officer, case=case, reason="Quiet.", victim_told_at=then - DAY, countersigned_by=cast.coordinator,
        at=then,
    )  # fmt: skip
    cases.close(actor=cast.coordinator, case=case, reason="Done.", victim_told_at=last - DAY, at=last)
    return case


def across(cast: Cast, case: Case) -> None:
    """Add something of a case to each list that runs across cases."""
    referred: dict[str, Any] = {"channel": Channel.REFERRAL, "recorded_by": cast.staff["coordinator"].pk}
    further_act(cast, case, at=NOON, **referred)
    cases.set_level(actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOON)
    order_made(cast, case)
    applied(cast, case, at=NOON - DAY)
    orders.decline(actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Bail binds him.", at=NOON)
    panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="May she?", at=NOON)
    plan.open_action(
        actor=cast.officer, case=case, strand=Strand.LEGAL, what="Serve it", owner_partner="northmoor-police",
        due_on=NOON.date(), at=NOON,
    )  # fmt: skip
    governance.place_hold(actor=cast.coordinator, case=case, kind=HoldKind.COMPLAINT, reason="A complaint.", at=NOON)


def inside(cast: Cast, case: Case, number: int) -> None:
    """Add to one case something in each list of its own."""
    cases.add_comment(
        actor=cast.coordinator, case=case, words="Look.", compartment=Compartment.CORE,
        mentioned=[cast.officer.staff], at=NOON,
    )  # fmt: skip
    exhibits.keep(
        actor=cast.coordinator, file=case.pk, kind="letter", title="A letter", content=b"%PDF-1.7 invented",
        media_type=PDF, compartment=Compartment.CORE, at=NOON,
    )  # fmt: skip
    governance.record_challenge(
        actor=cast.coordinator, case=case, by_whom=Challenger.SUBJECT, kind=ChallengeKind.INACCURATE,
        about="the report of 3 May", words="I was in Leeds.", received_on=date(2026, 11, 20), at=NOON,
    )  # fmt: skip
    worked_on(cast, case, number)
    hers(cast, case)


def worked_on(cast: Cast, case: Case, number: int) -> None:
    """Add a breach, a decision of the panel, advice, work with him and a session."""
    breached(cast, order_made(cast, case), at=NOON)
    orders.record_order(  # in a case without an act that could have broken it
        actor=cast.officer, case=open_case(cast, acts=0), kind=OrderKind.COURT_BAIL, conditions=CONDITIONS,
        details=StepDetails(), at=NOON,
    )  # fmt: skip
    item = ready_to_decide(cast, case)
    soon = decision(review_on=NOON.date() + DAY)
    panel.record_decision(actor=cast.chair, item=item, draft=soon, at=NOON + timedelta(minutes=number))
    asked = panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="May she?", at=NOON)
    panel.advise(actor=cast.clinician, consultation=asked, advice="Tell her before.", at=NOON)
    social: dict[str, Any] = {"actor": cast.outreach, "case": case, "strand": Strand.SOCIAL, "at": NOON}
    work = plan.begin_intervention(**social, kind=MeasureKind.HOUSING, goals=["A room."])
    plan.plan_session(**social, planned_at=NOON - DAY, intervention=work)


def hers(cast: Cast, case: Case) -> None:
    """Add to what her advocate keeps of her, and an entry of her diary."""
    mine: dict[str, Any] = {"actor": cast.advocate, "case": case, "at": NOON}
    support.write_note(**mine, kind=NoteKind.WISH, text="Quiet.")
    support.plan_step(**mine, words="A bag.", review_on=NOON.date() + DAY)
    support.record_consent(**mine, matter=ConsentMatter.UNIT, state=ConsentState.GIVEN)
    told = AtRiskTold("Bo", AtRiskKind.CHILD, "He waits at the school.", review_on=NOON.date() + DAY)
    support.add_at_risk(**mine, told=told)
    write(open_diary(cast, case))


def test_no_list_asks_the_database_once_for_each_row(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = begun(cast)
    few = read(scene, signed_in, monkeypatch)
    for number in (1, 2):
        grown(cast, scene, number)
    many = read(scene, signed_in, monkeypatch)
    assert {each for each in many if many[each].length < few[each].length + 100} == set(NOT_FILLED)
    assert {each: (few[each], many[each]) for each in many if many[each].cost > few[each].cost + 1} == {}
    most = LISTS | YEARS_LATER_LISTS
    assert {each: seen.cost for each, seen in many.items() if seen.cost > most[each]} == {}


@dataclass(frozen=True)
class Seen:
    """What reading a list cost, and how long its page was."""

    cost: int
    length: int


def read(scene: Scene, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Seen]:
    """Read each list, each in its time."""
    found: dict[tuple[str, str], Seen] = {}
    for moment, lists in ((YEARS_LATER, YEARS_LATER_LISTS), (NOON + timedelta(hours=1), LISTS)):
        it_is(moment, monkeypatch)
        clients = {name: signed_in(name) for name in {name for name, _ in lists}}
        found |= {each: seen(clients[each[0]], scene.at(each[1])) for each in lists}
    return found


def seen(client: Client, address: str) -> Seen:
    with CaptureQueriesContext(connection) as counted:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.content[:200])
    return Seen(len(counted), len(answer.content))


# ---- the guard ------------------------------------------------------------------------------------------------------


def pages(patterns: list[URLPattern | URLResolver] | None = None, inside: str = "") -> Iterator[str]:
    """Yield the name of every page that is read and is no long form, which lists nothing that grows."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            deeper = f"{inside}{pattern.namespace}:" if pattern.namespace else inside
            yield from pages(pattern.url_patterns, deeper)
        elif pattern.callback.__module__.startswith("fourfold.web."):
            declared = getattr(pattern.callback, "declared", None)
            form = getattr(pattern.callback, "resumes", False) is True
            if declared is not None and "GET" in declared.methods and not form:
                yield f"{inside}{pattern.name}"


def measured() -> set[str]:
    names = dict.fromkeys(("case", "closed"), "FF-00000") | dict.fromkeys(
        ("sitting", "subject", "victim"), "00000000-0000-4000-8000-000000000000"
    )
    addresses = [address.partition("?")[0].format(**names) for _, address in (*LISTS, *YEARS_LATER_LISTS)]
    return {resolve(address).view_name for address in addresses}


def test_every_page_is_measured_or_stands_here_with_why_it_lists_nothing() -> None:
    found = set(pages())
    assert measured() & set(NOT_A_LIST) == set()
    assert found - measured() - set(NOT_A_LIST) == set()
    assert set(NOT_A_LIST) - found == set()
