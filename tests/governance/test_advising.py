"""The unit's advice leaves it as a document that holds what was advised, and never without a row of the ledger."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fourfold.access.models import Membership
from fourfold.access.terms import NotFound, Refused, RelationKind, Role
from fourfold.audit import queries as audit_queries
from fourfold.cases.models import Case
from fourfold.exhibits import queries as exhibit_queries
from fourfold.exhibits.models import Exhibit
from fourfold.governance import services
from fourfold.governance import services as governance
from fourfold.governance.models import Disclosure, Pack
from fourfold.governance.queries.dangers import files_of
from fourfold.governance.queries.retaining import local_day
from fourfold.governance.terms import (
    CannotGovern,
    Choice,
    Consent,
    DangerDraft,
    DisclosureDetails,
    Ground,
    PackKind,
)
from fourfold.panel import services as panel
from fourfold.panel.minutes import Form
from fourfold.panel.models import Consultation
from fourfold.people.models import VictimReach
from fourfold.programme import queries as programme
from tests.cast import LONG_AGO, NOW, Cast, assign, hire
from tests.exhibits.test_documents import text_of_docx, text_of_pdf
from tests.governance.test_dangers import KEEP, MASKED, decide, now, shown
from tests.governance.test_packs import COURT, text_of
from tests.panel.scene import held, open_case

pytestmark = pytest.mark.django_db
READERS = {Form.PDF: text_of_pdf, Form.DOCX: text_of_docx}
DETAILS = DisclosureDetails(
    what="The unit's advice of 24 November 2026",
    to_whom="DC Park, Southmere",
    ground=Ground.PREVENT_CRIME,
    necessity="Without it the owner acts alone.",
    consent=Consent.GIVEN,
    consent_reason="",
    expires_on=(NOW + timedelta(days=90)).date(),
)


@pytest.fixture
def case(cast: Cast) -> Case:
    """A case of Northmoor's."""
    return open_case(cast)


@pytest.fixture
def asked(cast: Cast, case: Case) -> Consultation:
    """A consultation on which two professions advised."""
    row = panel.ask_consultation(
        actor=cast.coordinator, case=case, owner="DC Park, Southmere", question="May she be told?", at=NOW
    )
    panel.advise(actor=cast.clinician, consultation=row, advice="Tell her before he is seen.", at=NOW)
    panel.advise(actor=cast.advocate, consultation=row, advice="Ask her how she is reached.", at=NOW)
    return row


def made(
    cast: Cast, asked: Consultation, form: Form = Form.PDF, name: str = "coordinator", agency: str = "", **changes: Any
) -> Any:
    """Make the advice as a document with details that lack nothing, with `changes`."""
    return governance.make_advice(
        actor=cast.actor(name),
        consultation=asked,
        form=form,
        details=replace(DETAILS, **changes),
        agency=agency,
        at=NOW,
    )


@pytest.mark.parametrize("form", Form)
def test_the_document_holds_the_question_and_each_professions_advice_and_names_nobody(
    cast: Cast, case: Case, asked: Consultation, form: Form
) -> None:
    kept = made(cast, asked, form)
    content = exhibit_queries.exhibit(actor=cast.coordinator, file=case.pk, exhibit_id=kept.pk, at=NOW).content
    said = " ".join(READERS[form](content).split())
    for words in (
        f"Our reference: {case.reference}",
        f"Advice on your case, {case.reference}",
        "To: DC Park, Southmere",
        "For DC Park, Southmere only",
        "The case stays with you.",
        "From the Northmoor unit, 24 November 2026",
        "May she be told?",
        "Mental health: advice of Clinician",
        "Tell her before he is seen.",
        "Advocacy: advice of Advocate",
        "Ask her how she is reached.",
        "How long you may keep this letter Until 22 February 2027. Destroy it then.",
    ):
        assert words in said
    for closed in ("Vera", "Inventa", "Sven", "Fictus"):
        assert closed not in said
        assert len(closed) < 6 or closed.encode() not in content, "packed bytes hold any few letters"


def test_the_ledger_holds_to_whom_why_on_which_ground_and_until_when_with_the_hash_of_what_left(
    cast: Cast, case: Case, asked: Consultation
) -> None:
    kept = made(cast, asked)
    content = exhibit_queries.exhibit(actor=cast.coordinator, file=case.pk, exhibit_id=kept.pk, at=NOW).content
    row = Disclosure.objects.unscoped("test").get()
    assert row.sha256 == hashlib.sha256(content).hexdigest()
    assert (row.to_whom, row.ground, row.consent) == (DETAILS.to_whom, "prevent_crime", "given")
    assert (row.necessity, row.expires_on, row.compartment) == (DETAILS.necessity, DETAILS.expires_on, "risk")
    assert audit_queries.verify().clean


def test_the_letter_opens_to_who_made_it_and_to_the_one_agency_that_was_chosen(
    cast: Cast, case: Case, asked: Consultation
) -> None:
    def opens(kept: Exhibit) -> list[str]:
        return [name for name in ("coordinator", "officer", "clinician") if _reads(cast, name, kept)]

    police = cast.officer.partner
    for to_whom in (f"Solicitors, {programme.name_of(police)}", programme.name_of(police)):
        assert opens(made(cast, asked, to_whom=to_whom)) == ["coordinator"], to_whom
    assert opens(made(cast, asked, to_whom="DC Park", agency=police)) == ["coordinator", "officer"]
    with pytest.raises(CannotGovern, match="one of the agencies of this unit"):
        made(cast, asked, agency=cast.olu.partner)


def _reads(cast: Cast, name: str, kept: Exhibit) -> bool:
    found = exhibit_queries.exhibits(actor=cast.actor(name), file=kept.file, at=NOW)
    return kept.pk in {row.id for row in found}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to_whom": " "}, "to_whom"),
        ({"necessity": ""}, "necessity"),
        ({"consent": Consent.REFUSED}, "consent"),
        ({"consent": Consent.NOT_ASKED}, "consent_reason"),
        ({"expires_on": NOW.date()}, "expires_on"),
    ],
)
def test_where_the_ledger_refuses_no_document_is_kept(
    cast: Cast, asked: Consultation, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(CannotGovern) as refused:
        made(cast, asked, **changes)
    assert refused.value.field == field
    assert not Exhibit.objects.unscoped("test").exists()
    assert not Disclosure.objects.unscoped("test").exists()


@pytest.mark.parametrize("form", Form)
def test_where_she_is_does_not_leave_in_somebodys_words(
    cast: Cast, case: Case, asked: Consultation, form: Form
) -> None:
    number = VictimReach(victim=case.victim, kind="phone", value="07700 900123", key="+447700900123", **held(cast))
    number.save()
    panel.advise(actor=cast.officer, consultation=asked, advice="Ring her on 07700-900 123.", at=NOW)
    with pytest.raises(CannotGovern, match="how to reach them"):
        made(cast, asked, form, name="chair")
    assert not Exhibit.objects.unscoped("test").exists()
    pack = made(cast, asked, form)
    assert "900 123" not in text_of(pack).words
    assert not Disclosure.objects.unscoped("test").exists(), "nothing has left"


def test_a_letter_that_may_give_a_victim_away_is_decided_word_by_word_and_released_by_another(
    cast: Cast, case: Case, asked: Consultation
) -> None:
    """Nobody can rewrite what was asked or advised: a bare number that reads like a place kept such a letter for ever."""
    VictimReach(victim=case.victim, kind="address", value="Southmere", key="southmere", **held(cast)).save()
    panel.advise(actor=cast.officer, consultation=asked, advice="See SE 123456. Then ask at TQ 30120 80450.", at=NOW)
    pack = made(cast, asked, to_whom="Housing, Southmere Council")
    found = {row.words: row for row in shown(cast, pack)}
    assert set(found) == {"SE 123456", "TQ 30120 80450"}, "whoever receives it knows its own town"
    one = found["SE 123456"]
    assert (one.record, one.field) == ("advice of Officer, 24 November 2026", "words")
    assert (one.proposal, one.decided) == (Choice.MASK, None)
    assert set(one.choices) == {Choice.MASK, Choice.KEEP, Choice.LEAVE_OUT, Choice.ASK}
    with pytest.raises(CannotGovern, match="2 dangers are not decided"):
        services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=NOW)
    decide(cast, pack, "SE 123456", KEEP)
    decide(cast, pack, "TQ 30120 80450", MASKED)
    with pytest.raises(Refused):
        services.release_pack(actor=cast.coordinator, pack=pack, channel="by hand", at=NOW)
    services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now())
    said = text_of(files_of(pack)).words
    assert "See SE 123456. Then ask at [left out]." in " ".join(said.split())
    assert "To: Housing, Southmere Council" in said
    assert "Where a text held such words, it says [left out]." in " ".join(said.split())
    row = Disclosure.objects.unscoped("test").get()
    assert (row.what, row.to_whom) == (DETAILS.what, "Housing, Southmere Council")
    assert (row.ground, row.consent, row.necessity) == ("prevent_crime", "given", DETAILS.necessity)
    assert (row.expires_on, row.compartment) == (DETAILS.expires_on, "risk")
    assert {each.compartment for each in Exhibit.objects.unscoped("test")} == {"risk"}
    assert audit_queries.verify().clean


def test_a_letter_whose_ledger_lacks_something_is_not_made_as_a_pack_either(cast: Cast, asked: Consultation) -> None:
    panel.advise(actor=cast.officer, consultation=asked, advice="Park at TQ 30120 80450 and walk.", at=NOW)
    with pytest.raises(CannotGovern) as refused:
        made(cast, asked, consent=Consent.REFUSED)
    assert refused.value.field == "consent"
    with pytest.raises(CannotGovern, match="page of the advice"):
        services.make_pack(actor=cast.coordinator, case=asked.case, order=replace(COURT, kind=PackKind.ADVICE), at=NOW)
    assert not Pack.objects.unscoped("test").exists()
    assert not Exhibit.objects.unscoped("test").exists()


def test_a_letter_is_due_when_the_advice_is_and_says_who_asked_for_that(cast: Cast, asked: Consultation) -> None:
    panel.advise(actor=cast.officer, consultation=asked, advice="Park at TQ 30120 80450 and walk.", at=NOW)
    pack = made(cast, asked, to_whom="Housing, Southmere Council")
    assert (pack.due_on, pack.asked_by) == (local_day(asked.due_at), "DC Park, Southmere")


def test_a_letter_whose_day_has_passed_is_not_released(cast: Cast, asked: Consultation) -> None:
    panel.advise(actor=cast.officer, consultation=asked, advice="Park at TQ 30120 80450 and walk.", at=NOW)
    pack = made(cast, asked, expires_on=(NOW + timedelta(days=1)).date())
    decide(cast, pack, "TQ 30120 80450", MASKED)
    with pytest.raises(CannotGovern, match="a day that has passed"):
        services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=NOW + timedelta(days=2))
    assert not Disclosure.objects.unscoped("test").exists()
    services.release_pack(actor=cast.chair, pack=pack, channel="by hand", at=now())


def test_an_entry_of_a_letter_is_left_out_as_a_whole(cast: Cast, asked: Consultation) -> None:
    panel.advise(actor=cast.officer, consultation=asked, advice="Park at TQ 30120 80450 and walk.", at=NOW)
    pack = made(cast, asked)
    decide(cast, pack, "TQ 30120 80450", DangerDraft(choice=Choice.LEAVE_OUT))
    said = " ".join(text_of(files_of(pack)).words.split())
    assert "and walk" not in said
    assert "Tell her before he is seen." in said


@pytest.mark.parametrize(("name", "sees"), [("outside", False), ("named", True)])
def test_a_refusal_names_the_words_and_where_they_stand_to_whoever_may_see_them(
    cast: Cast, case: Case, asked: Consultation, name: str, sees: bool
) -> None:
    """Whoever may not read how the victim is reached is told where to look, and not which of several numbers is right."""
    VictimReach(victim=case.victim, kind="phone", value="07700 900123", key="+447700900123", **held(cast)).save()
    words = "Ring on 07700-900 123, or was it 07700 900555?"
    panel.advise(actor=cast.officer, consultation=asked, advice=words, at=NOW)
    cast.staff["outside"] = hire("Nhs Chair", "northmoor-nhs", Role.PANEL_CHAIR, "northmoor")
    cast.staff["named"] = hire("Police Chair", "northmoor-police", Role.PANEL_CHAIR, "northmoor")
    Membership.objects.create(staff=cast.staff["named"], site="northmoor", role=Role.POLICE_OFFICER, from_at=LONG_AGO)
    assign(actor=cast.coordinator, case=case, staff=cast.staff["named"].pk, kind=RelationKind.OIC, at=NOW)
    with pytest.raises(CannotGovern) as refused:
        made(cast, asked, name=name)
    said = str(refused.value)
    assert "advice of Officer, 24 November 2026" in said
    assert ("“07700-900 123”, as on record" in said) is sees
    assert ("“07700 900555”, what looks like a telephone number" in said) is sees
    assert "Ask her how she is reached" not in said


def test_there_is_no_document_of_what_nobody_has_advised(cast: Cast, case: Case) -> None:
    row = panel.ask_consultation(actor=cast.coordinator, case=case, owner="DC Park", question="May she?", at=NOW)
    with pytest.raises(CannotGovern, match="Nobody has advised yet"):
        made(cast, row)


@pytest.mark.parametrize("name", ["officer", "clinician", "outreach", "advocate"])
def test_not_everybody_makes_it(cast: Cast, asked: Consultation, name: str) -> None:
    with pytest.raises(Refused):
        made(cast, asked, name=name)


def test_another_site_finds_nothing(cast: Cast, asked: Consultation) -> None:
    with pytest.raises((NotFound, Refused)):
        made(cast, asked, name="olu")


def test_a_crime_reference_that_looks_like_a_square_of_the_grid_keeps_no_advice_back(
    cast: Cast, asked: Consultation
) -> None:
    at = NOW + timedelta(hours=1)
    panel.advise(actor=cast.clinician, consultation=asked, advice="Read crime reference SE 123456.", at=at)
    made(cast, asked)
    panel.advise(actor=cast.clinician, consultation=asked, advice="The victim moved to SE 123456.", at=at)
    assert [row.words for row in shown(cast, made(cast, asked))] == ["SE 123456"]
