"""A site's library: what may be filled in, what not and why, and every wording that was ever used."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from fourfold.access.terms import NotFound
from fourfold.assessment import instruments, services
from fourfold.assessment.fhir.terms import Outcome
from fourfold.assessment.models import DefinitionImported, PackBrought
from fourfold.assessment.pack_template import template
from fourfold.assessment.queries import library, library_pages, previews
from fourfold.assessment.queries.library import Origin
from fourfold.assessment.rules.approval import CannotBring, State
from fourfold.assessment.sandbox import read_apart
from fourfold.assessment.terms import CannotRecord, Shipped, UnknownInstrument
from fourfold.programme.models import Working
from tests.assessment.library import FREE, LICENSED, WORDS, on_the_shelf, pack, questionnaire
from tests.assessment.test_library_services import SITE, approve, bring, import_it, license_it
from tests.cast import NOW, Cast, working

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _invented_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_shelf(monkeypatch)


def by_key(site: str = SITE, **more: Any) -> dict[str, library.FormCard]:
    """Return a site's cards by key."""
    return {card.key: card for card in library.forms_of(site, at=more.get("at", NOW))}


def usable(site: str) -> set[str]:
    return {key for key, card in by_key(site).items() if card.is_active}


def test_every_shipped_instrument_stands_in_the_library_once(cast: Cast) -> None:
    cards = library.forms_of(SITE, at=NOW)
    assert {card.key for card in cards} == {form.key for form in instruments.catalogue()}
    assert len(cards) == len({card.key for card in cards})
    assert [card.title.casefold() for card in cards] == sorted(card.title.casefold() for card in cards)


def test_no_instrument_is_active_without_its_text(cast: Cast) -> None:
    for card in library.forms_of(SITE, at=NOW):
        whole = instruments.load(card.key).shipped is Shipped.WHOLE
        assert card.is_active is (whole and card.key in ("first-line", "judgement", "safety-check-in"))
        if not whole:
            assert "wording is not included" in card.why
            assert card.how_to_get, f"{card.key} does not say how to get its wording"


def test_the_sites_own_list_says_which_whole_forms_it_uses(cast: Cast) -> None:
    day = NOW.date() - timedelta(days=1)
    Working.objects.create(site_id=SITE, from_on=day, settings=working(instruments=["first-line"]))
    assert by_key()["first-line"].is_active
    card = by_key()["judgement"]
    assert (card.state, card.why) == (State.INACTIVE, "This site does not use it (see its model of working).")
    with pytest.raises(CannotRecord, match="does not use it"):
        library.form(SITE, "judgement", at=NOW)
    assert by_key(at=NOW - timedelta(days=30))["judgement"].is_active, "before that day it was named"


def test_an_activated_form_is_added_without_touching_the_list(cast: Cast) -> None:
    assert FREE not in usable(SITE)
    bring(cast.coordinator, pack(FREE))
    assert usable(SITE) == {"first-line", "judgement", "safety-check-in", FREE}
    assert FREE not in usable("southmere")


def test_a_card_says_where_it_comes_from(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire(copyright="© Somebody"))
    cards = by_key()
    assert cards["first-line"].origin is Origin.SHIPPED
    assert cards[FREE].origin is Origin.STRUCTURE
    assert cards["garden"].origin is Origin.IMPORTED
    assert cards["garden"].licence == "© Somebody"
    assert not cards["garden"].validated


def test_a_newer_version_that_waits_leaves_the_older_in_use(cast: Cast) -> None:
    row = import_it(cast.coordinator, questionnaire()).row
    approve(cast.clinician, row)
    approve(cast.chair, row)
    import_it(cast.coordinator, questionnaire(title="Garden upset, second edition"))
    card = by_key()["garden"]
    assert (card.version, card.state, card.waiting) == (1, State.ACTIVE, 1)
    assert library.form(SITE, "garden", at=NOW).version == 1
    with pytest.raises(CannotRecord, match="two different people"):
        library.form(SITE, "garden", 2, at=NOW)


def test_wording_in_the_language_that_was_asked_for(cast: Cast) -> None:
    bring(cast.coordinator, pack(FREE))
    bring(cast.coordinator, pack(FREE, items={"kettle": "Y tegell?", "spoon": "Y llwy?"}, language="cy"))
    assert library.form(SITE, FREE, at=NOW).item("kettle").text == WORDS["kettle"]
    assert library.form(SITE, FREE, at=NOW, language="cy-GB").item("kettle").text == "Y tegell?"
    assert library.form(SITE, FREE, at=NOW, language="fr").language in ("en", "cy")


def test_as_of_any_moment(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(FREE), at=NOW).row
    assert row is not None
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="A misprint.", at=NOW + timedelta(hours=2))
    states = [by_key(at=NOW + timedelta(hours=hours))[FREE].state for hours in (-1, 1, 3)]
    assert states == [State.INACTIVE, State.ACTIVE, State.INACTIVE]


def test_old_wording_stays_readable_after_everything(cast: Cast) -> None:
    first = bring(cast.coordinator, pack(FREE)).row
    assert first is not None
    services.withdraw_instrument(actor=cast.chair, brought=first.pk, reason="A misprint.", at=NOW)
    second = bring(cast.coordinator, pack(FREE, items={**WORDS, "spoon": "And the spoons?"})).row
    assert second is not None
    for row, words in ((first, WORDS["spoon"]), (second, "And the spoons?")):
        form = library.form_as_given(SITE, key=FREE, version=1, sha256=row.structure_sha256, pack_sha256=row.sha256)
        assert form.item("spoon").text == words
        assert (form.sha256, form.pack_sha256) == (row.structure_sha256, row.sha256)


@pytest.mark.parametrize(
    ("changes", "site"),
    [
        ({"sha256": "00" * 32}, SITE),
        ({"pack_sha256": "00" * 32}, SITE),
        ({"version": 9}, SITE),
        ({}, "southmere"),
    ],
)
def test_what_a_site_never_had_is_not_shown_as_if_it_had(cast: Cast, changes: dict[str, Any], site: str) -> None:
    row = bring(cast.coordinator, pack(FREE)).row
    assert row is not None
    asked = {"key": FREE, "version": 1, "sha256": row.structure_sha256, "pack_sha256": row.sha256}
    with pytest.raises(UnknownInstrument):
        library.form_as_given(site, **{**asked, **changes})  # type: ignore[arg-type]


def test_unknown_keys_are_named_with_those_that_there_are(cast: Cast) -> None:
    with pytest.raises(UnknownInstrument, match="first-line"):
        library.form(SITE, "nobody-knows-this", at=NOW)
    with pytest.raises(UnknownInstrument, match="version 9"):
        library.form(SITE, "first-line", 9, at=NOW)


def test_a_site_that_did_not_work_yet_uses_nothing(cast: Cast) -> None:
    long_ago = NOW - timedelta(days=4000)
    assert not any(card.is_active for card in library.forms_of(SITE, at=long_ago))


# ---- how many statements ------------------------------------------------------------------------------------------


def filled(cast: Cast) -> None:
    """Bring in several packs and definitions, approved and not."""
    bring(cast.coordinator, pack(FREE))
    row = bring(cast.coordinator, pack(LICENSED)).row
    license_it(cast.governance)
    approve(cast.clinician, row)
    approve(cast.chair, row)
    for number in range(4):
        import_it(
            cast.coordinator, questionnaire(title=f"Garden upset {number}", url=f"http://invented.example/{number}")
        )
        import_it(cast.coordinator, questionnaire(title=f"Garden upset, edition {number}"))


def test_a_library_takes_six_statements_however_much_is_in_it(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    officer = cast.officer
    with django_assert_num_queries(6):
        library.forms_of(SITE, at=NOW)
    filled(cast)
    with django_assert_num_queries(6):
        library.forms_of(SITE, at=NOW)
    with django_assert_num_queries(6):
        library_pages.shelf(actor=officer, site=SITE, at=NOW)


@pytest.mark.parametrize(("key", "statements"), [("first-line", 6), (FREE, 6), (LICENSED, 6)])
def test_a_form_takes_six_statements(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, key: str, statements: int
) -> None:
    filled(cast)
    with django_assert_num_queries(statements):
        library.form(SITE, key, at=NOW)


def test_an_imported_form_takes_seven_and_a_page_of_it_ten(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    filled(cast)
    row = DefinitionImported.objects.filter(key="garden").order_by("version").first()
    approve(cast.clinician, row)
    approve(cast.chair, row)
    officer = cast.officer
    with django_assert_num_queries(7):
        library.form(SITE, "garden", at=NOW)
    for key in ("garden", LICENSED):
        with django_assert_num_queries(10):
            library_pages.instrument_page(actor=officer, site=SITE, key=key, at=NOW)


# ---- the shelf ----------------------------------------------------------------------------------------------------


def test_one_instrument_shows_who_did_what_and_what_the_reader_may_do(cast: Cast) -> None:
    row = bring(cast.clinician, pack(LICENSED)).row
    license_it(cast.governance)
    approve(cast.chair, row, words="Compared with the printed form.")
    value = library_pages.instrument_page(actor=cast.clinician, site=SITE, key=LICENSED, at=NOW)
    (piece,) = value.pieces
    assert piece.approvers == (cast.chair.name,)
    assert "You added it" in piece.why_not
    assert value.licences[0].holds
    assert not value.licences[0].review_due
    assert {(event.what, event.by) for event in value.history} == {
        ("Wording added", cast.clinician.name),
        ("Licence recorded", cast.governance.name),
        ("Approved", cast.chair.name),
    }
    other = library_pages.instrument_page(actor=cast.governance, site=SITE, key=LICENSED, at=NOW)
    assert other.pieces[0].why_not == ""
    officer = library_pages.instrument_page(actor=cast.officer, site=SITE, key=LICENSED, at=NOW)
    assert officer.pieces[0].why_not == "Your role cannot approve instruments."
    assert not officer.pieces[0].may_withdraw


def test_a_licence_that_should_be_looked_at_says_so(cast: Cast) -> None:
    license_it(cast.governance)
    later = NOW + timedelta(days=10)
    value = library_pages.instrument_page(actor=cast.officer, site=SITE, key=LICENSED, at=later)
    assert value.licences[0].review_due


def test_what_is_in_use_stands_first_then_what_waits(cast: Cast) -> None:
    import_it(cast.coordinator, questionnaire())
    bring(cast.coordinator, pack(FREE))
    states = [card.state for card in library_pages.shelf(actor=cast.officer, site=SITE, at=NOW).cards]
    assert states == sorted(states, key=list(State).index)
    assert {State.ACTIVE, State.WAITING, State.INACTIVE} == set(states)


def test_another_sites_library_is_not_there(cast: Cast) -> None:
    for ask in (library_pages.shelf, lambda **asked: library_pages.instrument_page(key=FREE, **asked)):
        with pytest.raises(NotFound):
            ask(actor=cast.olu, site=SITE, at=NOW)
        with pytest.raises(NotFound):
            ask(actor=cast.olu, site="atlantis", at=NOW)
    assert library_pages.sites_of(cast.olu) == ("southmere",)
    assert library_pages.sites_of(cast.evaluator) == ()


def test_what_a_command_means_by_a_key(cast: Cast) -> None:
    with pytest.raises(CannotBring, match="Nothing of"):
        library.to_approve(SITE, FREE, at=NOW)
    with pytest.raises(CannotBring, match="Nothing of"):
        library.to_withdraw(SITE, FREE, at=NOW)
    row = bring(cast.coordinator, pack(LICENSED)).row
    assert row is not None
    assert library.to_approve(SITE, LICENSED, at=NOW) == row.pk
    assert library.to_withdraw(SITE, LICENSED, at=NOW) == row.pk
    with pytest.raises(UnknownInstrument):
        library.to_approve(SITE, "nobody-knows-this", at=NOW)


def test_the_file_comes_back_byte_for_byte(cast: Cast) -> None:
    raw = b"\n  " + questionnaire() + b"\n\n"
    import_it(cast.coordinator, raw)
    assert library.original_of(SITE, "garden", 1) == raw
    with pytest.raises(UnknownInstrument):
        library.original_of("southmere", "garden", 1)


@pytest.mark.parametrize("key", [FREE, LICENSED])
def test_the_template_filled_in_is_a_pack_that_fits(cast: Cast, key: str) -> None:
    structure = instruments.load(key)
    with_words = template(structure).replace('= ""', '= "words of our own"')
    form = instruments.worded(structure, instruments.read_pack(with_words.encode()))
    assert form.is_worded


def test_every_shipped_structure_has_a_template_that_fits() -> None:
    for structure in instruments.catalogue():
        if structure.shipped is not Shipped.WHOLE:
            with_words = template(structure).replace('= ""', '= "words of our own"')
            found = instruments.read_pack(with_words.encode())
            faults = [each for each in instruments.pack_findings(structure, found) if "exact text" not in each.problem]
            assert faults == []


def test_a_whole_form_takes_no_pack() -> None:
    with pytest.raises(CannotBring, match="ships with its wording"):
        library.structure_of("first-line")


# ---- reading a stranger's file ------------------------------------------------------------------------------------


def test_a_reader_that_never_ends_is_ended() -> None:
    slow = (sys.executable, "-c", "import time; time.sleep(60)")
    reading = read_apart(questionnaire(), command=slow, longest_s=1.0)
    assert reading.outcome is Outcome.REFUSED
    assert "longer than 1 seconds" in reading.findings[0].message
    assert reading.instrument is None


def test_a_reader_that_works_without_end_is_ended() -> None:
    busy = "from fourfold.assessment import sandbox\nsandbox.limit(1)\nwhile True: pass"
    reading = read_apart(questionnaire(), command=(sys.executable, "-c", busy))
    assert reading.outcome is Outcome.REFUSED
    assert reading.findings[0].rule == "Q19"
    assert reading.instrument is None


def test_a_reader_that_dies_refuses_the_file() -> None:
    dies = (sys.executable, "-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert read_apart(b"{}", command=dies).outcome is Outcome.REFUSED


def test_what_a_reader_prints_is_not_taken_for_its_answer() -> None:
    reading = read_apart(questionnaire())
    assert reading.outcome is Outcome.IMPORTED
    assert reading.instrument is not None


@given(cut=st.integers(min_value=0, max_value=900), byte=st.binary(min_size=1, max_size=3))
def test_no_damage_to_a_file_raises_or_activates_anything(cut: int, byte: bytes) -> None:
    raw = questionnaire()
    damaged = raw[:cut] + byte + raw[cut + 1 :]
    from fourfold.assessment import fhir

    reading = fhir.read(damaged)
    assert reading.outcome in set(Outcome)
    assert (reading.instrument is None) is (reading.outcome is Outcome.REFUSED)


def test_a_file_that_cannot_be_looked_at_is_refused_in_words(tmp_path: Any) -> None:
    large = tmp_path / "large.json"
    with large.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    for path, said in (
        (tmp_path / "nothing.json", "no such file"),
        (tmp_path, "a folder"),
        (large, "209,715,200 bytes"),
        (tmp_path / ("x" * 300), "cannot be opened"),
    ):
        found = previews.read_file(path)
        assert isinstance(found, previews.ImportPreview)
        assert found.outcome is Outcome.REFUSED
        assert said in found.reasons[0].message
        assert not found.may_be_approved


def test_words_that_were_changed_behind_the_log_are_out_of_use_and_break_no_page(cast: Cast) -> None:
    row = bring(cast.coordinator, pack(FREE)).row
    assert row is not None
    changed = [["kettle", "How often does the kettle sing?"], ["spoon", WORDS["spoon"]]]
    PackBrought.objects.filter(pk=row.pk).update(texts={**row.texts, "items": changed})
    card = by_key()[FREE]
    assert (card.state, "not those that were brought in" in card.why) == (State.INACTIVE, True)
    library_pages.piece_page(actor=cast.chair, site=SITE, key=FREE, brought=row.pk, at=NOW)
    services.withdraw_instrument(actor=cast.chair, brought=row.pk, reason="It was changed.", at=NOW)


def test_packs_hold_no_person(cast: Cast) -> None:
    bring(cast.coordinator, pack(FREE))
    row = PackBrought.objects.get()
    told = " ".join(str(getattr(row, field.attname)) for field in row._meta.concrete_fields)
    assert cast.coordinator.name not in told
