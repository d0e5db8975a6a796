"""Every list holds its two hundredth row: each is reached from the page by its links, and none is cut in silence."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import resolve

from fourfold.access.models import Wall
from fourfold.access.queries import held_by
from fourfold.access.terms import Compartment, Role, WallKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.cases.models import Case, Comment, LevelSet, PartAsked
from fourfold.cases.terms import Level, SetBy
from fourfold.duties import services as duties
from fourfold.exhibits.models import Exhibit
from fourfold.governance.models import Hold, Pack
from fourfold.governance.terms import HoldKind, PackKind
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel
from fourfold.orders.models import Order, OrderStep
from fourfold.orders.terms import OrderKind, Step
from fourfold.panel.models import Consultation, Sitting
from fourfold.panel.terms import Strand
from fourfold.people.models import Victim
from fourfold.plan.models import Action
from fourfold.support.models import MeasureMissed
from tests.cases.builders import told
from tests.cast import NOW, Cast, hire
from tests.panel.scene import add_act, bring_before_panel, held, open_case
from tests.remembered import remembered
from tests.support.builders import case_of
from tests.web.conftest import SignIn
from tests.web.test_lists import LISTS, YEARS_LATER_LISTS

pytestmark = pytest.mark.django_db
MANY = 200
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    later = settings.FOURFOLD.model_copy(update={"app_clock": (NOW + timedelta(hours=1)).isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", later)


# ---- what stands in the lists ---------------------------------------------------------------------------------------

#: What of the rows must be read on the pages of a list, and the address of the list.
Rows = tuple[str, set[str]]


@remembered
def two_hundred_cases(cast: Cast) -> list[Case]:
    return [open_case(cast, acts=0) for _ in range(MANY)]


def references(cast: Cast, address: str) -> Rows:
    return address, {case.reference for case in two_hundred_cases(cast)}


def cases(cast: Cast) -> Rows:
    return references(cast, "/cases/")


def unowned(cast: Cast) -> Rows:
    return references(cast, "/?show=unit")


def to_assign(cast: Cast) -> Rows:
    return references(cast, "/caseload/assign/")


def to_hear(cast: Cast) -> Rows:
    return references(cast, f"/panel/{bring_before_panel(cast, open_case(cast)).sitting.pk}/add/")


def to_convene(cast: Cast) -> Rows:
    return references(cast, "/panel/new/northmoor/")


def never_reached(cast: Cast) -> Rows:
    return references(cast, "/desk/quiet/")


def same_subject(cast: Cast) -> Rows:
    first, *others = two_hundred_cases(cast)
    Case.objects.unscoped("test").update(subject=first.subject)
    return f"/cases/{first.reference}/subject/", {case.reference for case in others}


def parts(cast: Cast) -> Rows:
    rows = [
        PartAsked(case=case, staff=cast.staff["second_officer"], kind="oic", **held(cast))
        for case in two_hundred_cases(cast)
    ]
    PartAsked.objects.bulk_create(rows)
    return "/?show=mine", {f"/parts/{row.pk}/" for row in rows}


def at_the_desk(cast: Cast) -> Rows:
    return "/desk/", {f"/desk/{told(cast.analyst, at=NOW - n * DAY).pk}/" for n in range(MANY)}


def referred(cast: Cast) -> Rows:
    kept = [told(cast.analyst, channel=Channel.REFERRAL, at=NOW - n * DAY) for n in range(MANY)]
    return "/refer/answers/", {f"/refer/{row.pk}/" for row in kept}


def sittings(cast: Cast) -> Rows:
    rows = [
        Sitting(
            site="northmoor", starts_at=NOW - n * DAY, chair=cast.staff["chair"].pk, convened_at=NOW,
            convened_by=cast.staff["chair"].pk,
        )
        for n in range(MANY)
    ]  # fmt: skip
    Sitting.objects.bulk_create(rows)
    return "/panel/", {f"/panel/{row.pk}/" for row in rows}


def acts(cast: Cast) -> Rows:
    case = open_case(cast, acts=0)
    for n in range(MANY):
        add_act(cast, case, NOW - n * DAY)
    kept = Allegation.objects.unscoped("test").values_list("pk", flat=True)
    return f"/cases/{case.reference}/", {f"/desk/{pk}/" for pk in kept}


def actions(cast: Cast, address: str = "plan/") -> Rows:
    case = open_case(cast, acts=0)
    Action.objects.bulk_create(
        Action(
            case=case, strand=Strand.LEGAL, what=f"Serve paper {n:03}.", owner_partner="northmoor-police",
            due_on=(NOW - n * DAY).date(), opened_at=NOW, **held(cast),
        )
        for n in range(MANY)
    )  # fmt: skip
    return f"/cases/{case.reference}/{address}" if address else "/?show=unit", {
        f"Serve paper {n:03}." for n in range(MANY)
    }


def actions_of_the_day(cast: Cast) -> Rows:
    found = actions(cast, "")
    list(duties.checked(mend=True))  # they were written past the services
    return found


def comments(cast: Cast) -> Rows:
    case = open_case(cast, acts=0)
    Comment.objects.bulk_create(
        Comment(case=case, compartment=Compartment.CORE, words=f"Seen {n:03}.", **held(cast, NOW - n * DAY))
        for n in range(MANY)
    )
    return f"/cases/{case.reference}/comments/", {f"Seen {n:03}." for n in range(MANY)}


def documents(cast: Cast) -> Rows:
    case = open_case(cast, acts=0)
    Exhibit.objects.bulk_create(
        Exhibit(
            file=case.pk, kind="note", title=f"Letter {n:03}.", compartment=Compartment.CORE, media_type="text/plain",
            sha256="0" * 64, size=1, content="x", **held(cast, NOW - n * DAY),
        )
        for n in range(MANY)
    )  # fmt: skip
    return f"/cases/{case.reference}/documents/", {f"Letter {n:03}." for n in range(MANY)}


def packs(cast: Cast, address: str = "") -> Rows:
    case = open_case(cast, acts=0)
    columns = {"asked_by": "him", "received_on": NOW.date(), "due_on": NOW.date(), "identity_proved": "passport"}
    files = {"pdf": case.pk, "pdf_sha256": "0" * 64, "docx": case.pk, "docx_sha256": "0" * 64, "sought": 1}
    made = [Pack(case=case, kind=PackKind.COURT, **columns, **files, **held(cast)) for _ in range(MANY)]
    Pack.objects.bulk_create(made)
    list(duties.checked(mend=True))  # they were written past the services
    page = address or f"/cases/{case.reference}/disclosures/"
    return page, {f"/cases/{case.reference}/disclosures/pack/{row.pk}/" for row in made}


def packs_of_the_day(cast: Cast) -> Rows:
    return packs(cast, "/?show=mine")


def holds(cast: Cast) -> Rows:
    brought = two_hundred_cases(cast)
    Hold.objects.bulk_create(Hold(case=case, kind=HoldKind.COMPLAINT, reason="Said.", **held(cast)) for case in brought)
    return "/oversight/disclosures/", {case.reference for case in brought}


def entries(cast: Cast) -> Rows:
    for _ in range(MANY):
        audit.refused(cast.officer, "file.opened", at=NOW, rule="absent")
    return "/oversight/", {f"entry {seq}<" for seq in Entry.objects.values_list("seq", flat=True)}


def namesakes(cast: Cast) -> Rows:
    rows = [
        Victim(site="northmoor", given_name=f"Ann{n:03}", family_name="Karlsen", sound_key="KRLSN", **held(cast))
        for n in range(MANY)
    ]
    Victim.objects.bulk_create(rows)
    return "/find/?q=Karlsen", {f"/people/victims/{row.pk}/" for row in rows}


def consulted(cast: Cast, address: str = "/panel/consultations/") -> Rows:
    case = open_case(cast, acts=0)
    asked = [
        Consultation(
            case=case, owner=f"DC Park {n:03}", question="May she?", asked_at=NOW, due_at=NOW - n * DAY, **held(cast)
        )
        for n in range(MANY)
    ]
    Consultation.objects.bulk_create(asked)
    return address or f"/cases/{case.reference}/consultation/", {f"DC Park {n:03}" for n in range(MANY)}


def consulted_on_a_case(cast: Cast) -> Rows:
    return consulted(cast, "")


def orders_of(cast: Cast, step: Step, **columns: object) -> set[str]:
    brought = two_hundred_cases(cast)
    made = [Order(case=case, kind=OrderKind.RESTRAINING, step=step, **columns, **held(cast)) for case in brought]
    Order.objects.bulk_create(made)
    OrderStep.objects.bulk_create(
        OrderStep(order=order, step=step, taken_at=NOW - n * DAY, reason="Bail binds.", **held(cast))
        for n, order in enumerate(made)
    )
    return {case.reference for case in brought}


def in_force(cast: Cast) -> Rows:
    return "/orders/in-force/", orders_of(cast, Step.SERVED, made_on=NOW.date(), served_at=NOW)


def ending(cast: Cast) -> Rows:
    soon = (NOW + 5 * DAY).date()
    return "/orders/", orders_of(cast, Step.SERVED, made_on=NOW.date(), served_at=NOW, expires_on=soon)


def sought(cast: Cast) -> Rows:
    return "/orders/", orders_of(cast, Step.APPLIED)


def refused(cast: Cast) -> Rows:
    return "/orders/noes/", orders_of(cast, Step.REFUSED)


def provisional_walls(cast: Cast) -> Rows:
    kept = [told(cast.analyst) for _ in range(MANY)]
    walls = [
        Wall(file=row.pk, staff=cast.staff["officer"], kind=WallKind.PROVISIONAL, from_at=NOW, set_by=row.pk)
        for row in kept
    ]
    Wall.objects.bulk_create(walls)
    return "/oversight/walls/", {f"/oversight/walls/{row.pk}/" for row in walls}


def members(cast: Cast) -> Rows:
    names = {f"Robin Fen{n:03}" for n in range(MANY)}
    for each in names:
        hire(each, "northmoor-police", Role.POLICE_OFFICER, "northmoor")
    return "/sites/of/northmoor/people/", names


def cases_of_one_victim(cast: Cast) -> Rows:
    first, *others = two_hundred_cases(cast)
    Case.objects.unscoped("test").update(victim=first.victim)
    return f"/people/victims/{first.victim_id}/", {case.reference for case in (first, *others)}


def levels(cast: Cast) -> Rows:
    case = open_case(cast, acts=0)
    LevelSet.objects.bulk_create(
        LevelSet(
            case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, set_at=NOW - n * DAY, reason=f"Reason {n:03}.",
            **held(cast, NOW - n * DAY),
        )
        for n in range(MANY)
    )  # fmt: skip
    return f"/cases/{case.reference}/history/", {f"Reason {n:03}." for n in range(MANY)}


def measures(cast: Cast) -> Rows:
    case = case_of(cast)
    MeasureMissed.objects.bulk_create(
        MeasureMissed(
            case=case, instrument="safety-check-in", missed_at=NOW - n * DAY, why="declined", words=f"Asked {n:03}.",
            **held_by(cast.advocate, "victim", at=NOW),
        )
        for n in range(MANY)
    )  # fmt: skip
    return f"/cases/{case.reference}/victim/measures/", {f"Asked {n:03}." for n in range(MANY)}


Build = Callable[[Cast], Rows]
#: Who walks which page; the name of the function says what stands in it.
WALKED: tuple[tuple[str, str, Build], ...] = (
    ("coordinator", "case:list", cases),
    ("coordinator", "home", unowned),
    ("coordinator", "case:assign_many", to_assign),
    ("coordinator", "panel:add", to_hear),
    ("coordinator", "panel:convene", to_convene),
    ("coordinator", "desk:quiet", never_reached),
    ("officer", "case:subject", same_subject),
    ("police_lead", "home", parts),
    ("analyst", "desk:list", at_the_desk),
    ("analyst", "intake:answers", referred),
    ("coordinator", "panel:list", sittings),
    ("officer", "case:pattern", acts),
    ("officer", "plan:page", actions),
    ("coordinator", "home", actions_of_the_day),
    ("officer", "case:comments", comments),
    ("officer", "documents:list", documents),
    ("chair", "disclosures:page", packs),
    ("chair", "home", packs_of_the_day),
    ("governance", "oversight:disclosures", holds),
    ("governance", "oversight:home", entries),
    ("analyst", "find:results", namesakes),
    ("clinician", "consulting:list", consulted),
    ("officer", "consulting:case", consulted_on_a_case),
    ("coordinator", "register:in_force", in_force),
    ("coordinator", "register:orders", ending),
    ("coordinator", "register:orders", sought),
    ("coordinator", "register:noes", refused),
    ("governance", "oversight:walls", provisional_walls),
    ("governance", "sites:people", members),
    ("officer", "people:victim", cases_of_one_victim),
    ("officer", "case:history", levels),
    ("advocate", "measures:page", measures),
)


@pytest.mark.parametrize(
    ("name", "view", "build"), WALKED, ids=[f"{each[2].__name__} of the {each[0]}" for each in WALKED]
)
def test_every_row_of_a_long_list_is_reached_by_the_links_of_its_pages(
    cast: Cast, signed_in: SignIn, name: str, view: str, build: Build
) -> None:
    address, rows = build(cast)
    assert resolve(address.partition("?")[0]).view_name == view
    assert len(rows) >= MANY - 1
    pages = walked(signed_in(name), address)
    assert {row for row in rows if not any(row in page for page in pages)} == set()
    assert len(pages) >= (MANY / 50 if view == "measures:page" else 1), "fifty a page"


VIEWS = {view for _, view, _ in WALKED}

#: Lists that are not walked here, and why.
ELSEWHERE = {
    "agreement:home": "what was discussed is read whole; how it counts is measured in panel/test_agreement.py",
    "assessment:page": "records of one case, read whole",
    "care:page": "consents and answers of one victim, read whole",
    "case:follow_ups": "there are four windows, always",
    "case:team": "the people of one case, read whole",
    "desk:by_month": "a row a month",
    "desk:escalating": "fifty a page, as the desk's list is",
    "desk:links": "fifty a page, as the desk's list is",
    "desk:merged": "fifty a page, as the desk's list is",
    "desk:mis_recorded": "fifty a page, as the desk's list is",
    "desk:may_be_one": "fifty a page, as the desk's list is",
    "desk:serial": "fifty a page, as the desk's list is",
    "evaluation:home": "plans and releases, read whole",
    "orders:page": "the orders of one case, read whole",
    "panel:case": "the decisions about one case, read whole",
    "oversight:standing": "a page at a time; measured in test_lists.py",
    "panel:sitting": "sixty cases at most come before one sitting",
    "people:subject": "as the page of a victim, which is walked",
    "rollout:plans": "fifty a page, walked in test_area_plans.py",
    "rollout:site_models": "fifty a page, as the plans are",
    "rollout:home": "there are as many areas as forces",
    "sites:list": "there are as many sites as units",
    "sites:one": "the terms of one site, read whole",
    "support:diary": "twenty-five a page; paged in support/test_diary.py",
    "support:file": "what is kept of one victim, read whole",
    "transfers:list": "offers between units, read whole",
    "unit:quality": "there are as many numbers as questions",
    "unit:cases": "fifty a page; walked in governance/test_quality.py",
    "unit:disposals": "as many as were disposed of; the latest two hundred",
    "unit:retention": "fifty a page; rows are due after years",
}


def test_every_list_is_walked_or_stands_here_with_why_not() -> None:
    names = dict.fromkeys(("case", "closed"), "FF-00000") | dict.fromkeys(
        ("sitting", "subject", "victim"), "00000000-0000-4000-8000-000000000000"
    )
    lists = {
        resolve(address.partition("?")[0].format(**names)).view_name for _, address in (*LISTS, *YEARS_LATER_LISTS)
    }
    assert lists - VIEWS - set(ELSEWHERE) == set()
    assert (VIEWS | set(ELSEWHERE)) - lists == set()
    assert VIEWS & set(ELSEWHERE) == set()


def walked(client: Client, address: str) -> list[str]:
    """Return every page of a list, by the links that lead on from it, or the button of a form whose ticks it keeps."""
    pages, waiting, seen = [], [address], set()
    while waiting:
        here = waiting.pop()
        seen.add(here)
        answer = client.get(here)
        assert answer.status_code == 200, (here, answer.status_code)
        pages.append(answer.content.decode())
        while button := re.search(r'value="(after:[^"]+)" name="look"|name="look" value="(after:[^"]+)"', pages[-1]):
            answer = client.post(here, {"look": button[1] or button[2]})
            assert answer.status_code == 200, (here, answer.status_code)
            pages.append(answer.content.decode())
        for following in re.findall(r'href="([^"]+(?:" rel="next|&everyone=yes))"', pages[-1]):
            there = following.partition('"')[0].replace("&amp;", "&")
            there = there if there.startswith("/") else here.partition("?")[0] + there
            if there not in seen and there not in waiting:
                waiting.append(there)
    return pages
