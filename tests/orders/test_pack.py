"""The application pack: chronology, evidence list and draft conditions, and never where she is."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import docx
import pypdf
import pytest

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, NotFound, Refused
from fourfold.audit.models import Entry
from fourfold.audit.terms import Operation
from fourfold.cases.models import Case
from fourfold.exhibits import services as exhibits
from fourfold.governance.queries import packing
from fourfold.governance.rules.dangers import Sieve
from fourfold.orders import services as orders
from fourfold.orders.application import FALLEN
from fourfold.orders.models import Order
from fourfold.orders.statutory import behaviours_for
from fourfold.orders.terms import (
    ConditionDraft,
    ConditionKind,
    OrderKind,
    ProtectedDraft,
    Protects,
    Step,
    StepDetails,
)
from fourfold.panel.minutes import Form
from fourfold.people import services as people
from fourfold.people.terms import MarkKind
from fourfold.support.models import AtRisk
from tests.cases.builders import further_act
from tests.cast import NOW, Cast
from tests.chance import without_chance
from tests.orders.builders import case_of, condition_of, made, served, told_breach

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HERS = "17 Larch Close, Wexcombe, WX1 4QT"
#: What would give her away, in whole or in part.
CANARIES = ("larch", "wx1", "4qt", "07700900123", "900123", "nora.quill@example")


def pdf_words(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def docx_words(content: bytes) -> str:
    read = docx.Document(io.BytesIO(content))
    cells = [cell.text for table in read.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in read.paragraphs), *cells])


def given_away(words: str) -> list[str]:
    """Return what gives her away in a text, however its lines are broken."""
    squashed = "".join(without_chance(words).lower().split())
    return [canary for canary in CANARIES if canary in squashed]


READ: dict[Form, Callable[[bytes], str]] = {Form.PDF: pdf_words, Form.DOCX: docx_words}


def sought(cast: Cast) -> tuple[Case, Order]:
    """Apply for an order in a case whose every free word says where she is."""
    case = case_of(cast)
    order = orders.apply_for(
        actor=cast.officer,
        case=case,
        kind=OrderKind.SPO,
        conditions=[
            ConditionDraft(ConditionKind.PROHIBITION, "You must not contact her, directly or through others."),
            ConditionDraft(ConditionKind.REQUIREMENT, "You must hand over your telephone when an officer asks."),
        ],
        reason="He waited outside 17 Larch Close and called 07700 900 123.",
        protects=Protects(others=(ProtectedDraft("Bo Quill", "her son"),)),
        court="Wexcombe Magistrates' Court",
        at=NOW - 2 * DAY,
    )
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.OTHER_NAME, value="Nora Quill", at=NOW)
    people.add_reach(
        actor=cast.analyst, victim=case.victim, kind=MarkKind.EMAIL, value="nora.quill@example.invalid", at=NOW
    )
    further_act(cast, case, at=NOW - 3 * DAY, words="He followed her home to Larch Close.", behaviours=["follows"])
    exhibits.keep(
        actor=cast.coordinator,
        file=case.pk,
        kind="statement",
        title="Statement of a neighbour at 17 Larch Close",
        content=b"%PDF-1.4 words",
        media_type="application/pdf",
        compartment=Compartment.CORE,
        at=NOW,
    )
    return case, order


@pytest.mark.parametrize("form", list(Form))
def test_the_pack_holds_chronology_evidence_and_conditions_and_never_where_she_is(cast: Cast, form: Form) -> None:
    case, order = sought(cast)
    words = READ[form](journey.application_made(actor=cast.officer, order=order, form=form, at=NOW))
    for said in (
        f"Application for a stalking protection order, {case.reference}",
        "Dean Marlow",
        "Nora Quill",
        "Bo Quill, her son",
        "Wexcombe Magistrates",
        "follows",
        "Statement of a neighbour",
        "You must not contact her",
        "You must hand over",
        "three days beginning with service",
        "[left out]",
    ):
        assert said in " ".join(words.split()), said
    assert not given_away(words)


@pytest.mark.parametrize("form", list(Form))
def test_the_pack_sets_out_the_test_limb_by_limb_and_each_act_in_its_own_words(cast: Cast, form: Form) -> None:
    case, order = sought(cast)
    told = "He stood on Larch Cl at nine, rang 07700 900 123 and said: you will never be rid of me. Bo saw him too."
    further_act(cast, case, at=NOW - 2 * DAY, words=told, behaviours=["follows", "threatens"])
    further_act(cast, case, at=NOW - DAY, words="It began again.", behaviours=[])
    held = access_queries.held_by(cast.advocate, "told", at=NOW)
    AtRisk.objects.create(case=case, name="Mirabel", kind="child", risk="Hers.", review_on=NOW.date(), **held)
    words = READ[form](journey.application_made(actor=cast.officer, order=order, form=form, at=NOW))
    flat = " ".join(words.split())
    for said in (
        "Stalking Protection Act 2019, sections 1 and 2",
        "The respondent has carried out acts associated with stalking",
        "poses a risk associated with stalking to another person",
        "is necessary to protect another person from such a risk",
        "4 acts from",
        "you will never be rid of me",
        "He stood on [left out]",
        "follows, threatens",
        "Supported by",
        "Supported by",
        "to be filled in: a fixed time of at least two years, or until further order",
        "By its words: acts 1, 3. Kind not known of act 4: to be read. To be confirmed.",
        f"{case.reference}/1",
        "I believe that the facts stated in it are true",
        "Signed",
        "Rank and number",
    ):
        assert said in flat, said
    assert not given_away(words)


@pytest.mark.parametrize("form", list(Form))
def test_a_draft_says_on_each_page_that_it_is_one_and_no_condition_is_not_counted_as_supported(
    cast: Cast, form: Form
) -> None:
    case = case_of(cast)
    order = orders.consider(actor=cast.officer, case=case, kind=OrderKind.SPO, reason="Again.", at=NOW)
    content = journey.application_made(actor=cast.officer, order=order, form=form, at=NOW)
    marked = "DRAFT: nobody has released it. OFFICIAL-SENSITIVE."
    if form is Form.PDF:
        assert all(marked in page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    else:
        assert marked in docx.Document(io.BytesIO(content)).sections[0].header.paragraphs[0].text
    flat = " ".join(READ[form](content).split())
    assert "No condition is on record yet: to be filled in by the applicant." in flat
    assert "0 conditions" not in flat


def test_a_reference_gives_nobody_away_and_half_a_postcode_does() -> None:
    assert not given_away("Case FF-8WX1TPR; report T-P34QT7R1R; FF-8WX14QT/1")
    assert given_away("Exhibit FF-8D9TPRS/1 is kept at W\nX1, or at\r\n4 QT") == ["wx1", "4qt"]


def test_every_document_of_the_case_is_an_exhibit(cast: Cast) -> None:
    case, order = sought(cast)
    for number in range(60):
        exhibits.keep(
            actor=cast.coordinator, file=case.pk, kind="statement", title=f"Statement {number}", content=b"%PDF-1.4",
            media_type="application/pdf", compartment=Compartment.CORE, at=NOW,
        )  # fmt: skip
    words = docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW))
    assert f"{case.reference}/61" in words


def test_an_exhibit_keeps_its_number_when_another_is_added(cast: Cast) -> None:
    case, order = sought(cast)

    def exhibits_said() -> list[list[str]]:
        content = journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW + DAY)
        tables = docx.Document(io.BytesIO(content)).tables
        return [[cell.text for cell in row.cells] for row in tables[-1].rows[1:]]

    before = exhibits_said()
    exhibits.keep(
        actor=cast.coordinator, file=case.pk, kind="statement", title="A later statement", content=b"%PDF-1.4",
        media_type="application/pdf", compartment=Compartment.CORE, at=NOW + timedelta(hours=1),
    )  # fmt: skip
    after = exhibits_said()
    assert (after[:-1], after[-1][:2]) == (before, [f"{case.reference}/2", "A later statement"])
    court = packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW + DAY)
    assert [number for number, *_ in court.exhibits] == [number for number, *_ in after]


def test_a_breach_of_no_known_kind_is_called_a_breach_alone(cast: Cast) -> None:
    _, order = sought(cast)
    broken = condition_of(served(cast, Order.objects.unscoped("test").get(pk=order.pk).case, at=NOW - 20 * DAY))
    told = told_breach(at=NOW - DAY, behaviours=[], words="It was as before.")
    orders.record_breach(actor=cast.officer, condition=broken, told=told, at=NOW - DAY)
    made = journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW)
    said = " ".join(docx_words(made).split()).lower()
    assert "breach of an order" in said
    assert "kind not known; breach" not in said


def test_an_act_whose_breach_was_recorded_in_error_is_not_sworn_to(cast: Cast) -> None:
    case, order = sought(cast)
    told = told_breach(at=NOW - DAY, behaviours=["contacts"])
    broken = condition_of(served(cast, case, at=NOW - 20 * DAY))
    breach = orders.record_breach(actor=cast.officer, condition=broken, told=told, at=NOW - DAY)

    def words() -> str:
        made = journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW)
        return " ".join(docx_words(made).split())

    before = words()
    assert "3 of them confirmed" in before
    assert "By its words: acts 1, 3." in before
    orders.withdraw_breach(actor=cast.coordinator, breach=breach, reason="A neighbour rang.", at=NOW)
    said = words()
    assert "2 of them confirmed" in said
    assert "By its words: act 1." in said
    assert said.count("a breach was recorded with it in error, and withdrawn: to be checked") == 1
    court = packing.court_pack(cast.coordinator, case, "Court", Sieve(()), at=NOW)
    assert [FALLEN in recorded for _, recorded, *_ in court.acts] == [False, False, True]
    assert court.breaches == ()


def test_no_hour_is_sworn_to_that_nobody_told(cast: Cast) -> None:
    """Whoever tells a day alone is kept with midnight in London: no time at which anything happened."""
    case, order = sought(cast)
    midnight = NOW.replace(hour=0) - 2 * DAY
    further_act(cast, case, at=NOW, happened=midnight, time_known=False)
    words = docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW))
    assert "22 November 2026, time not known" in words
    assert "00:00" not in words


def test_no_act_speaks_for_an_assessment_that_the_subject_must_attend() -> None:
    assert not behaviours_for("You must attend the assessment that you are offered.")
    assert "loiters" in behaviours_for("You must not attend any match at which you know that the victim plays.")


def test_the_same_pack_is_the_same_bytes_and_its_hash_is_on_record(cast: Cast) -> None:
    case, order = sought(cast)
    first, second = (
        journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW) for _ in range(2)
    )
    assert first == second
    entry = Entry.objects.filter(action="pack.made", file=case.pk).latest("seq")
    assert entry.operation == Operation.DISCLOSURE


def test_a_court_learns_of_the_other_orders_and_their_breaches(cast: Cast) -> None:
    case, order = sought(cast)
    made(cast, case, OrderKind.SPO_INTERIM)
    words = docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW))
    assert "Other orders and bail" in words
    assert "interim stalking protection order" in words


def test_who_does_not_apply_for_orders_makes_no_pack(cast: Cast) -> None:
    order = served(cast, case_of(cast))
    for name, refusal in (("clinician", Refused), ("advocate", Refused), ("olu", NotFound)):
        with pytest.raises(refusal):
            journey.application_made(actor=cast.actor(name), order=order, form=Form.PDF, at=NOW)


def test_the_pack_says_who_authorised_it_apart_from_why_and_leaves_the_pending_limb_to_the_applicant(
    cast: Cast,
) -> None:
    case = case_of(cast)
    order = orders.consider(actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="three acts", at=NOW)
    orders.take_step(
        actor=cast.officer,
        order=order,
        step=Step.AUTHORISED,
        details=StepDetails(reason="by the superintendent"),
        at=NOW,
    )
    words = " ".join(
        docx_words(journey.application_made(actor=cast.officer, order=order, form=Form.DOCX, at=NOW)).split()
    )
    assert "Application authorised: 24 November 2026, by the superintendent" in words
    assert "why the order is necessary Three acts. The conditions" in words
    assert "the day of the application for the full order, and that it is pending" in words
