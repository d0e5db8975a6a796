"""Packs in the browser: made at once, each danger decided on a page of its own, released by somebody else."""

from __future__ import annotations

import itertools
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import queries as access_queries
from fourfold.cases.models import Case
from fourfold.exhibits.models import Exhibit
from fourfold.exhibits.queries import content_of
from fourfold.gateways import underway
from fourfold.gateways.reading_back import docx_parts
from fourfold.governance import services as governance
from fourfold.governance.models import DangerDecided, Pack, PackMadeAgain, PackReleased
from fourfold.governance.queries import dangers as decided
from fourfold.governance.services import packing as packing_services
from fourfold.governance.terms import CannotGovern, Choice, DangerDraft, PackKind, PackOrder
from fourfold.intake.models import Allegation
from fourfold.orders.models import Order, Protected
from fourfold.orders.terms import OrderKind
from fourfold.people.models import SubjectMark
from fourfold.support.models import AtRisk
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.orders.builders import applied
from tests.web.conftest import SignIn
from tests.web.test_disclosures import home, said, sent

pytestmark = pytest.mark.django_db

PACK = {
    "kind": "subject",
    "asked_by": "Dean Marlow",
    "received_on": "20/11/2026",
    "identity_proved": "passport seen",
}
COURT = PACK | {"kind": "court", "asked_by": "Chester Crown Court"}
WORDS = "Northwick was quiet. Little Callum and Freya saw him at 14 Elder Bank Ln, and DC Callum Rees took the call."


@pytest.fixture(autouse=True)
def _stopped_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case whose account names her road, a village that only reads like her town, and a child's forename."""
    case = open_case(cast, at=NOW - timedelta(days=60), words=WORDS, victim_address="14 Elder Bank Lane, Northwich")
    at_risk(cast, case, "Callum", "Freya")
    return case


def at_risk(cast: Cast, case: Case, *names: str) -> None:
    held = access_queries.held_by(cast.advocate, "told", at=NOW)
    for name in names:
        AtRisk.objects.create(case=case, name=name, kind="child", risk="He is there.", review_on=NOW.date(), **held)


def dangers(page: str) -> list[str]:
    """Return the addresses of the pages on which each danger is decided, those to decide first."""
    return list(dict.fromkeys(re.findall(r"disclosures/(pack/[0-9a-f-]{36}/dangers/[0-9a-f]{40}/)", page)))


def test_a_pack_without_a_danger_is_made_by_one_and_let_go_by_another(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60))
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    assert "Say how you checked" in sent(coordinator, home(case, "pack/"), **{**PACK, "identity_proved": ""})
    page = sent(coordinator, home(case, "pack/"), **PACK)
    assert "We found nothing in this pack that leads to a victim" in page
    assert "This pack waits for a panel chair who decided nothing in it." in page
    pack = Pack.objects.unscoped("test").get()
    assert coordinator.get(home(case, f"pack/{pack.pk}/")).status_code == 403
    assert chair.get(home(case, f"pack/{pack.pk}/dangers/")).status_code == 403
    assert "We found nothing in it that leads to a victim" in said(chair, home(case, f"pack/{pack.pk}/"))
    assert "Say how you will send it" in sent(chair, home(case, f"pack/{pack.pk}/"))
    assert "The pack was released" in sent(chair, home(case, f"pack/{pack.pk}/"), channel="handed over")
    assert chair.get(f"/cases/{case.reference}/documents/{pack.pdf}/").content.startswith(b"%PDF")
    assert "Released 24 November 2026" in said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))


def test_a_number_on_no_record_is_called_no_place(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60), words="Ring 07700 900444 at once.")
    page = sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    assert "Way to somebody: what looks like a telephone number" in page
    assert "Place: what looks like" not in page


def test_a_court_is_given_no_day_that_nobody_told(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60))
    Allegation.objects.unscoped("test").update(occurred_from=None)
    sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    words = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert "not known, told on 25 September 2026" in words


def test_the_reference_that_a_subject_reads_stands_on_the_page_and_in_each_file(signed_in: SignIn, cast: Cast) -> None:
    """Whoever asks about "SR-…" is answered; files made again are the same answer."""
    case, coordinator = open_case(cast, at=NOW - timedelta(days=60)), signed_in("coordinator")
    sent(coordinator, home(case, "pack/"), **PACK)
    shown = re.findall(r"SR-[0-9A-F]{7}", said(coordinator, home(case)))
    pack = Pack.objects.unscoped("test").get()
    words = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert set(re.findall(r"SR-[0-9A-Z]{7}", words)) == set(shown) != set()


def test_what_came_on_record_after_the_pack_is_for_who_releases_it_to_tell(signed_in: SignIn, cast: Cast) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60), words=WORDS.replace("at 14 Elder Bank Ln", "there"))
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    sent(coordinator, home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    assert pack.undecided == 0
    at_risk(cast, case, "Callum")
    tells = "The record has changed since these files were made. Whoever decides sees that on their list."
    assert tells in said(chair, home(case, f"pack/{pack.pk}/"))
    sent(coordinator, home(case, f"pack/{pack.pk}/again/"))
    again = said(chair, home(case, f"pack/{pack.pk}/"))
    assert "This pack waits for a unit coordinator." in again
    assert "The record has changed since" not in again


def test_nobody_who_works_on_the_case_has_a_pack_in_hand_before_a_second_person_released_it(
    signed_in: SignIn, case: Case
) -> None:
    """The files of before a decision stay on record; the list says of each that it was not released."""
    coordinator, chair, officer = signed_in("coordinator"), signed_in("chair"), signed_in("officer")
    sent(coordinator, home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    coordinator.post(home(case, f"pack/{pack.pk}/again/"))
    made = PackMadeAgain.objects.unscoped("test").get()
    documents = f"/cases/{case.reference}/documents/"

    def statuses() -> list[tuple[int, int]]:
        return [
            (client.get(f"{documents}{pack.pdf}/").status_code, client.get(f"{documents}{made.pdf}/").status_code)
            for client in (officer, coordinator, chair)
        ]

    assert statuses() == [(404, 404), (200, 200), (200, 200)]
    listed = said(officer, documents)
    assert listed.count("not released: it must not leave the unit") == 4
    assert f"{pack.pdf}" not in listed
    for address in dangers(said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))):
        sent(coordinator, home(case, address), choice="mask")
    assert "The pack was released" in sent(chair, home(case, f"pack/{pack.pk}/"), channel="handed over")
    made = PackMadeAgain.objects.unscoped("test").order_by("recorded_at", "pk")[1]
    assert statuses() == [(404, 200), (200, 200), (200, 200)]
    assert said(officer, documents).count("not released: it must not leave the unit") == 4


def test_each_danger_is_read_with_its_place_and_decided_many_at_once(signed_in: SignIn, case: Case) -> None:
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    page = sent(coordinator, home(case, "pack/"), **COURT)
    assert "4 of 4 to decide" in page
    assert "This pack waits for a unit coordinator." in page
    for told in ("<strong>Northwick</strong>", "<strong>14 Elder Bank Ln</strong>", "account as told", "Report "):
        assert told in page, told
    assert "Somebody at risk: a name" in page
    pack = Pack.objects.unscoped("test").get()
    release = home(case, f"pack/{pack.pk}/")
    assert "This pack waits for a unit coordinator." in said(chair, release)
    assert "How will you send it" not in said(chair, release)
    assert "2 times in this entry" in page
    assert chair.post(release, {"channel": "handed over"}).status_code == 422
    for address in dangers(page):
        form = said(coordinator, home(case, address))
        if "<strong>Northwick</strong>" in form:
            assert "Say why these words" in sent(coordinator, home(case, address), choice="keep")
            assert coordinator.post(home(case, address), {"choice": "keep"}).status_code == 422
            page = sent(coordinator, home(case, address), choice="keep", reason="Another county.")
            assert "Your decision was recorded." in page
        elif "Elder Bank" in form and "dangers" in address and 'value="keep"' not in form:
            page = sent(coordinator, home(case, address), choice="mask")
    left = dangers(page)[:2]
    form = said(coordinator, home(case, left[0]))
    (also,) = re.findall(r'name="also" type="checkbox" value="([0-9a-f]{40})"', form)
    assert also in left[1]
    page = sent(coordinator, home(case, left[0]), choice="mask", also=also)
    assert "0 of 4 to decide" in page
    made = PackMadeAgain.objects.unscoped("test").get()
    text = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=made.docx))))
    assert "Northwick was quiet" in text
    assert "Elder Bank" not in text
    assert "Callum" not in text
    assert "Another county." in said(chair, release)
    assert "The pack was released" in sent(chair, release, channel="handed over")
    assert "words that were read and left in" in said(coordinator, home(case))


def test_what_somebody_decided_is_never_decided_again_with_another(signed_in: SignIn, case: Case) -> None:
    """Two names of children: one is decided with a reason; the page of the other does not offer it, nor takes it."""
    coordinator = signed_in("coordinator")
    page = sent(coordinator, home(case, "pack/"), **COURT)
    names = [each for each in dangers(page) if 'value="keep"' in said(coordinator, home(case, each))]
    first, second = [each for each in names if 'name="also"' in said(coordinator, home(case, each))]
    sent(coordinator, home(case, first), choice="keep", reason="An officer of that name.", once="a")
    form = said(coordinator, home(case, second))
    assert 'name="also"' not in form
    assert "1 more of this kind is decided already. To change one, open it from the list." in form
    forged = coordinator.post(home(case, second), {"choice": "mask", "also": first.split("/")[-2], "version": ""})
    assert forged.status_code == 409
    assert "An officer of that name." in forged.content.decode()
    rows = DangerDecided.objects.unscoped("test").values_list("danger", "choice")
    assert list(rows) == [(first.split("/")[-2], "keep")]


@pytest.mark.parametrize("address", ["", "Data protection officer, Northmoor Police, 1 Station Road"])
def test_a_subject_reads_where_to_write_and_whoever_releases_is_told_where_nobody_set_it(
    signed_in: SignIn, cast: Cast, settings: Any, address: str
) -> None:
    case = open_case(cast, at=NOW - timedelta(days=60))
    told = {case.controller: address} if address else {}
    settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"write_to": told})
    sent(signed_in("coordinator"), home(case, "pack/"), **PACK)
    pack = Pack.objects.unscoped("test").get()
    words = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert f"Where to write to us: {address or 'to be filled in before this is sent'}" in words
    warned = "This pack names no address at which the person can write to you."
    assert (warned in said(signed_in("chair"), home(case, f"pack/{pack.pk}/"))) is not bool(address)


def test_what_somebody_else_must_decide_waits_for_them_by_name(signed_in: SignIn, case: Case) -> None:
    coordinator = signed_in("coordinator")
    address = dangers(sent(coordinator, home(case, "pack/"), **COURT))[0]
    assert "Say who must decide" in sent(coordinator, home(case, address), choice="ask")
    page = sent(coordinator, home(case, address), choice="ask", waits_for="the victim’s advocate")
    assert "This pack waits for a unit coordinator; and for the victim’s advocate." in page
    assert "The files were made again" in sent(
        coordinator, home(case, address.partition("dangers/")[0] + "again/"), once="k"
    )


def test_what_a_colleague_decided_first_is_shown_beside_ones_own(signed_in: SignIn, case: Case) -> None:
    coordinator = signed_in("coordinator")
    address = dangers(sent(coordinator, home(case, "pack/"), **COURT))[0]
    assert 'name="version" value=""' in said(coordinator, home(case, address))
    sent(coordinator, home(case, address), version="", once="a", choice="leave_out", reason="The whole of it.")
    late = coordinator.post(home(case, address), {"version": "", "once": "b", "choice": "mask", "reason": "One word."})
    assert late.status_code == 409
    page = late.content.decode()
    assert "was faster" in page
    assert "The whole of it." in page
    assert "One word." in page


@pytest.mark.parametrize("rest", ["dangers/", "dangers/" + "0" * 40 + "/", "again/", ""])
def test_another_site_finds_no_pack(signed_in: SignIn, cast: Cast, case: Case, rest: str) -> None:
    sent(signed_in("coordinator"), home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    assert signed_in("olu").get(home(case, f"pack/{pack.pk}/{rest}")).status_code in (403, 404)
    if rest.startswith("dangers/0"):
        assert signed_in("coordinator").get(home(case, f"pack/{pack.pk}/{rest}")).status_code == 404


def test_a_home_and_a_number_on_no_record_leave_with_no_pack_until_a_person_decides(
    signed_in: SignIn, cast: Cast
) -> None:
    words = (
        "They moved to 14 Harrow Lane, NM4 7QT; ring 07700 900987 or vera@post.example. He called from 07700 900111."
    )
    case, coordinator = open_case(cast, at=NOW - timedelta(days=60), words=words), signed_in("coordinator")
    told = access_queries.held_by(cast.officer, "told", at=NOW)
    SubjectMark(subject=case.subject, kind="phone", value="+44 7700 900111", key="+447700900111", **told).save()
    sent(coordinator, home(case, "pack/"), **COURT)
    pack = Pack.objects.unscoped("test").get()
    page = said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))
    assert pack.undecided == 4
    for looks_like in ("a house and its road", "a postcode", "a telephone number", "a mailbox"):
        assert f"what looks like {looks_like}" in page
    made = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=pack.docx))))
    assert "Harrow" not in made
    assert "900987" not in made
    assert "07700 900111" in made, "the subject's own"


def test_sixty_dangers_cost_no_more_statements_and_none_is_cut_in_silence(signed_in: SignIn, cast: Cast) -> None:
    names = [f"{first}{last}" for first in ("Ber", "Dor", "Fen", "Gal", "Hes", "Jor") for last in
             ("wick", "mund", "lind", "bert", "gard", "hild", "ulf", "run", "dis", "vin")]  # fmt: skip
    case = open_case(cast, at=NOW - timedelta(days=60), words=f"He asked for {', '.join(names)}.")
    coordinator = signed_in("coordinator")
    costs = []
    for known in (names[:2], names[2:]):
        at_risk(cast, case, *known)
        page = sent(coordinator, home(case, "pack/"), **COURT, once=str(len(known)))
        pack = Pack.objects.unscoped("test").order_by("pk").last()
        assert pack is not None
        with CaptureQueriesContext(connection) as ran:
            page = said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))
        costs.append(len(ran))
    assert "60 of 60 to decide" in page
    assert len(dangers(page)) == 50
    after = re.search(r"dangers/\?(after=[^\"&]+)|\?(after=[^\"&]+)", page)
    assert after is not None
    assert len(dangers(said(coordinator, home(case, f"pack/{pack.pk}/dangers/?{after[1] or after[2]}")))) == 10
    assert costs[0] == costs[1] <= 40


def test_the_words_of_an_application_are_decided_as_those_of_a_court_and_another_releases_it(
    signed_in: SignIn, cast: Cast, case: Case
) -> None:
    coordinator, chair, officer = signed_in("coordinator"), signed_in("chair"), signed_in("officer")
    application = PACK | {"kind": "order", "asked_by": "PC Shah", "identity_proved": ""}
    assert "No order is considered or applied for in this case." in said(coordinator, home(case, "pack/"))
    assert "Choose the order that is applied for." in sent(coordinator, home(case, "pack/"), once="1", **application)
    order = applied(cast, case, OrderKind.SPO, at=NOW - timedelta(days=1))
    Order.objects.unscoped("test").update(court="Northwich Magistrates’ Court")
    held = access_queries.held_by(cast.officer, "entered", at=NOW)
    Protected.objects.create(order=order, name="Callum", relation="the victim's child", **held)
    here = f"/cases/{case.reference}/orders/"
    assert "A unit coordinator makes the pack that goes to the court" in said(officer, here)
    assert "nobody has decided on those words" in said(officer, here)
    form = said(coordinator, f"/cases/{case.reference}/disclosures/pack/?order={order.pk}")
    assert f'<option value="{order.pk}" selected>' in form
    page = sent(coordinator, home(case, "pack/"), once="2", application=str(order.pk), **application)
    assert "4 of 4 to decide" in page
    assert "application for an order: stalking protection order" in page
    assert "account as told" in page
    pack = Pack.objects.unscoped("test").get()
    assert pack.application_id == order.pk
    release = home(case, f"pack/{pack.pk}/")
    assert chair.post(release, {"channel": "by hand"}).status_code == 422
    for number, address in enumerate(dangers(page)):
        keeps = "<strong>Northwick</strong>" in said(coordinator, home(case, address))
        choice = {"choice": "keep", "reason": "Another county."} if keeps else {"choice": "mask"}
        page = sent(coordinator, home(case, address), once=f"d{number}", **choice)
    assert "0 of 4 to decide" in page
    made = PackMadeAgain.objects.unscoped("test").get()
    text = " ".join(part for _, part in docx_parts(content_of(Exhibit.objects.unscoped("test").get(pk=made.docx))))
    for told in ("Application for a stalking protection order", "Northwick was quiet", "Northwich Magistrates’ Court",
                 "The court must be satisfied that", "I make this application for Northmoor Police"):  # fmt: skip
        assert told in text, told
    assert "Callum, the victim's child" in text, "an order names whom it protects"
    assert not [told for told in ("Elder", "Little Callum", "DC Callum", "Freya") if told in text]
    assert "The pack was released" in sent(chair, release, channel="by hand")
    assert signed_in("olu").get(release).status_code in (403, 404)


@pytest.mark.usefixtures("done_beside")
def test_the_pack_of_a_long_case_is_made_beside_the_page_and_leaves_only_as_it_was_decided(
    signed_in: SignIn, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decided, "LONG_ACTS", 0)
    later = itertools.count()
    monkeypatch.setattr("fourfold.cli.beside.now", lambda: NOW + timedelta(seconds=next(later)))
    coordinator, chair = signed_in("coordinator"), signed_in("chair")
    refused = sent(coordinator, home(case, "pack/"), **COURT | {"identity_proved": ""})
    assert "Say how you checked" in refused, "before anything is begun, beside what was typed"
    assert "Chester Crown Court" in refused
    answer = coordinator.post(home(case, "pack/"), COURT)
    assert answer["Location"] == home(case, "pack/underway/")
    assert coordinator.get(answer["Location"])["Location"] == f"/cases/{case.reference}/disclosures/"
    pack = Pack.objects.unscoped("test").get()
    many = dangers(said(coordinator, home(case, f"pack/{pack.pk}/dangers/")))
    assert pack.undecided == len(many) > 1
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOW + timedelta(minutes=5))
    for number, address in enumerate(many):
        page = sent(
            coordinator, home(case, address), once=str(number), choice="mask", reason="It is theirs.", version=""
        )
    wait = "They wait for a unit coordinator to make them again."
    assert wait in page
    assert not PackMadeAgain.objects.unscoped("test").exists(), "nobody waits for that"
    assert wait in said(chair, home(case, f"pack/{pack.pk}/"))
    assert wait in sent(chair, home(case, f"pack/{pack.pk}/"), channel="by hand")
    monkeypatch.setattr("fourfold.cli.beside.now", lambda: NOW + timedelta(minutes=6))
    coordinator.post(home(case, f"pack/{pack.pk}/again/"))
    assert PackMadeAgain.objects.unscoped("test").get().undecided == 0
    assert wait not in said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))
    assert "Say how you will send it" in sent(chair, home(case, f"pack/{pack.pk}/"), channel=" ")
    leaves = chair.post(home(case, f"pack/{pack.pk}/"), {"channel": "by hand"})
    assert leaves["Location"] == home(case, "pack/underway/")
    assert PackReleased.objects.unscoped("test").get().channel == "by hand"
    assert "Released" in said(coordinator, home(case, f"pack/{pack.pk}/dangers/"))
    assert signed_in("olu").get(home(case, "pack/underway/")).status_code == 404


def test_who_asks_while_the_files_of_a_case_are_made_is_told_so_and_may_stop_them(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(decided, "LONG_ACTS", 0)
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    coordinator, address = signed_in("coordinator"), home(case, "pack/underway/")
    with underway.file_of(f"pack-{case.pk}").open("a+") as file:
        assert underway.taken(file)
        file.write("1 3")
        file.flush()
        again = sent(coordinator, home(case, "pack/"), **COURT)
        assert "The files of a pack of this case are being made." in again
        assert "Chester Crown Court" in again, "nothing that was typed is lost"
        far = said(coordinator, address)
        assert "1 of 3 steps are done" in far
        assert "Stop it" in far
        assert signed_in("advocate").get(address).status_code == 403, (
            "who makes or releases no packs learns nothing of it"
        )
        assert signed_in("advocate").post(address, {"do": "stop"}).status_code == 403
        assert "The files of a pack are being made" in said(coordinator, f"/cases/{case.reference}/disclosures/")
        assert not underway.how_far(f"pack-{case.pk}").stopping  # type: ignore[union-attr]
        coordinator.post(address, {"do": "stop"})
        assert "This is being stopped" in said(coordinator, address)
        underway._write(file, underway.STOPPED)
    assert "What came of the pack" in said(coordinator, f"/cases/{case.reference}/disclosures/")
    stopped = said(coordinator, address)
    assert "This was stopped" in stopped
    assert "Begin again" not in stopped, "the page does not know what was asked for"


@pytest.mark.usefixtures("done_beside")
def test_a_form_of_a_long_case_that_is_sent_twice_is_done_once(
    signed_in: SignIn, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decided, "LONG_ACTS", 0)
    coordinator = signed_in("coordinator")
    for _ in range(2):
        coordinator.post(home(case, "pack/"), COURT | {"once": "made"})
    pack = Pack.objects.unscoped("test").get()
    for _ in range(2):
        coordinator.post(home(case, f"pack/{pack.pk}/again/"), {"once": "again"})
    assert PackMadeAgain.objects.unscoped("test").count() == 1


def test_what_is_decided_while_a_pack_is_read_back_lets_it_neither_leave_nor_be_kept_otherwise(
    signed_in: SignIn, cast: Cast, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another decides while the files of a long case are made, or read before they leave; nothing else holds them apart."""
    monkeypatch.setattr(decided, "LONG_ACTS", 0)
    coordinator = cast.coordinator
    order = PackOrder(
        kind=PackKind.COURT, asked_by="Chester Crown Court", received_on=NOW.date(), identity_proved="seen"
    )
    pack = governance.make_pack(actor=coordinator, case=case, order=order, at=NOW)
    read, at = packing_services._unexplained, NOW + timedelta(minutes=1)

    keys = [each.key for each in decided.composed_now(coordinator, pack, {}, at_risk=(), at=NOW).sieve.dangers]

    def decide(danger: str, choice: Choice, when: datetime) -> None:
        said = DangerDraft(choice=choice, reason="It is theirs.")
        governance.decide_on_danger(actor=coordinator, pack=pack, danger=danger, decision=said, at=when)

    def meanwhile(*asked: Any) -> Any:
        monkeypatch.setattr(packing_services, "_unexplained", read)
        decide(keys[0], Choice.LEAVE_OUT, at + timedelta(minutes=next(minutes)))
        return read(*asked)

    minutes = iter((5, 8))
    for key in keys:
        decide(key, Choice.MASK, at)
    monkeypatch.setattr(packing_services, "_unexplained", meanwhile)
    with pytest.raises(CannotGovern, match="Somebody decided on this pack meanwhile"):
        governance.make_pack_again(actor=coordinator, pack=pack, at=at + timedelta(minutes=2))
    assert not PackMadeAgain.objects.unscoped("test").exists()
    governance.make_pack_again(actor=coordinator, pack=pack, at=at + timedelta(minutes=6))
    monkeypatch.setattr(packing_services, "_unexplained", meanwhile)
    with pytest.raises(CannotGovern, match="Somebody decided on this pack meanwhile"):
        governance.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=at + timedelta(minutes=9))
    assert not PackReleased.objects.unscoped("test").exists()
