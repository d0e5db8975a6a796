"""A case at a glance: one row of header below its own page, the breach with its button, what one can do on top, nothing cut."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.conf import settings

from fourfold.access import services as access
from fourfold.access.terms import WallKind
from fourfold.assessment import services as assessment
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer, Level, ScreeningAnswers, SetBy
from fourfold.duties import services as duties
from fourfold.governance.models import Pack
from fourfold.governance.terms import PackKind
from fourfold.web import worklist
from tests.cases.builders import told
from tests.cast import NOW, Cast
from tests.orders.builders import breached, made
from tests.panel.scene import held
from tests.plan.test_services import action
from tests.support.builders import case_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def case(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Case:
    later = settings.FOURFOLD.model_copy(update={"app_clock": (NOW + HOUR).isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", later)
    return case_of(cast)


@pytest.mark.parametrize("rest", ["plan/", "orders/", "assessment/", "history/", "subject/", "level/"])
def test_below_its_own_page_a_case_has_one_row_of_header(cast: Cast, case: Case, signed_in: SignIn, rest: str) -> None:
    client = signed_in("officer")
    whole, below = (client.get(f"/cases/{case.reference}/{each}").content.decode() for each in ("", rest))
    assert 'class="ff-identity"' in whole
    assert 'class="ff-identity ff-identity--compact"' in below
    assert "ff-identity__facts" not in below
    for page in (whole, below):
        assert page.count("<h1") == 1
        assert "Not assessed" in page
        assert "Next review" in page


def test_the_panel_of_a_breach_carries_its_button_on_every_page(cast: Cast, case: Case, signed_in: SignIn) -> None:
    breach = breached(cast, made(cast, case), at=NOW)
    deciding = f'href="/cases/{case.reference}/orders/breaches/{breach.pk}/"'
    for rest in ("", "plan/", "history/"):
        page = signed_in("officer").get(f"/cases/{case.reference}/{rest}").content.decode()
        panel = page.partition('class="ff-danger"')[2].partition("</section>")[0]
        assert deciding in panel
        assert "Record the decision" in panel
    page = signed_in("clinician").get(f"/cases/{case.reference}/").content.decode()
    panel = page.partition('class="ff-danger"')[2].partition("</section>")[0]
    assert deciding not in panel
    assert "See the breach" in panel


def test_the_tab_of_the_victims_file_leads_to_it_or_to_a_sentence_about_who_opens_it(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    """The tab itself tells nobody of a compartment, nor does the sentence: it stands whatever is in the file."""
    found = {}
    for name in ("advocate", "second_advocate", "officer", "second_officer"):
        answer = signed_in(name).get(f"/cases/{case.reference}/victim/")
        found[name] = answer.status_code
        says = (
            "It opens to the victim’s advocate in this case and to the officer in the case." in answer.content.decode()
        )
        assert says is (answer.status_code == 404), name
    assert found["advocate"] == 200
    assert found["second_officer"] == 404
    stranger = signed_in("olu").get(f"/cases/{case.reference}/victim/")
    assert stranger.status_code == 404
    assert "It opens to" not in stranger.content.decode(), "whether there is such a case is not told"


def test_what_one_can_do_stands_before_the_picture(cast: Cast, case: Case, signed_in: SignIn) -> None:
    page = signed_in("officer").get(f"/cases/{case.reference}/").content.decode()
    assert page.index("What you can do") < page.index("<figure")


def test_a_case_says_how_many_actions_it_shows_and_leads_to_all(cast: Cast, case: Case, signed_in: SignIn) -> None:
    for number in range(8):
        action(cast, case, what=f"Action {number}.")
    client = signed_in("officer")
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert len(re.findall(r"Action \d\.", page)) == 6
    assert "6 of 8" in page
    assert f'href="/cases/{case.reference}/plan/">All open actions' in page
    plan = client.get(f"/cases/{case.reference}/plan/").content.decode()
    assert set(re.findall(r"Action (\d)\.", plan)) == set("01234567")


def test_a_case_says_how_many_breaches_it_shows_and_leads_to_all(cast: Cast, case: Case, signed_in: SignIn) -> None:
    order = made(cast, case)
    for number in range(7):
        breached(cast, order, at=NOW - number * HOUR)
    client = signed_in("officer")
    page = client.get(f"/cases/{case.reference}/").content.decode()
    assert "6 of 7" in page
    assert f'href="/cases/{case.reference}/orders/">All breaches' in page


# ---- the chair and oversight ----------------------------------------------------------------------------------------


def test_the_chair_sees_the_packs_that_wait_but_not_their_own_nor_behind_a_wall(
    cast: Cast, case: Case, signed_in: SignIn
) -> None:
    columns = {"asked_by": "him", "received_on": NOW.date(), "due_on": NOW.date(), "identity_proved": "passport"}
    files = {"pdf": case.pk, "pdf_sha256": "0" * 64, "docx": case.pk, "docx_sha256": "0" * 64, "sought": 1}
    pack = Pack.objects.create(case=case, kind=PackKind.COURT, **columns, **files, **held(cast))
    list(duties.checked(mend=True))  # it was written past the services
    day = signed_in("chair").get("/?show=mine").content.decode()
    assert f'href="/cases/{case.reference}/disclosures/pack/{pack.pk}/"' in day
    assert "Release a pack, or leave it" in day
    for name in ("officer", "coordinator"):
        assert "Release a pack" not in signed_in(name).get("/?show=unit").content.decode()
    Pack.objects.unscoped("test").update(recorded_by=cast.staff["chair"].pk)
    list(duties.checked(mend=True))
    assert "Release a pack" not in signed_in("chair").get("/?show=mine").content.decode()
    Pack.objects.unscoped("test").update(recorded_by=cast.staff["officer"].pk)
    list(duties.checked(mend=True))
    access.declare_conflict(actor=cast.chair, files=[case.pk], at=NOW)
    assert "Release a pack" not in signed_in("chair").get("/?show=unit").content.decode()


def test_the_chair_sees_the_signatures_that_wait(cast: Cast, case: Case, signed_in: SignIn) -> None:
    cases.set_level(
        actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Acts.", at=NOW - HOUR
    )
    assessment.ask_signature(actor=cast.officer, case=case, level=Level.LOW, reason="Quiet.", at=NOW)
    assert "Sign or refuse" in signed_in("chair").get("/?show=mine").content.decode()


def test_oversight_sees_for_which_report_the_desk_asks_for_a_wall(cast: Cast, signed_in: SignIn) -> None:
    allegation = told(cast.analyst)
    answers = ScreeningAnswers(known_to_staff=Answer.YES)
    cases.screen(actor=cast.analyst, allegation=allegation, answers=answers, at=NOW)
    page = signed_in("governance").get("/oversight/").content.decode()
    assert page.index(f"/oversight/walls/about/{allegation.pk}/") < page.index("The log</h2>")


def test_oversight_decides_before_it_reads_the_log(cast: Cast, signed_in: SignIn) -> None:
    client = signed_in("second_governance")
    empty = client.get("/oversight/").content.decode()
    assert empty.index("Nothing waits for your decision") < empty.index('<h2 class="govuk-heading-m">The log</h2>')
    allegation = told(cast.analyst)
    access.set_wall(
        actor=cast.governance, files=[allegation.pk], staff=cast.staff["officer"].pk, reason="A cousin.", at=NOW,
        kind=WallKind.PROVISIONAL,
    )  # fmt: skip
    signed_in("analyst").get("/desk/")
    page = client.get("/oversight/").content.decode()
    assert page.index("Check 1 provisional wall") < page.index("Entries of the audit, newest first")
    assert 'data-label="Parts of the file">What happened and the measures' in page, "no code of a compartment is shown"
    assert worklist.today(cast.second_governance, NOW, "unit").all == 1
