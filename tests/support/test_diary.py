"""Her diary: who comes to it, what is kept of it, who reads it, and how it becomes an allegation."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.models import Wall
from fourfold.access.terms import Compartment, NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.exhibits import queries as exhibits
from fourfold.exhibits.models import Exhibit
from fourfold.intake import queries as intake
from fourfold.intake.models import Allegation
from fourfold.support import queries, rules
from fourfold.support import services as support
from fourfold.support.models import Consent, DiaryDevice, DiaryEntry, DiaryLink
from fourfold.support.terms import (
    CannotKeepDiary,
    CannotSupport,
    ConsentState,
    DiaryShut,
    LinkState,
    PassedBy,
    Readers,
)
from tests.cast import Cast
from tests.duties.scene import day_of
from tests.support.builders import NOON, case_of, reached
from tests.support.diaries import HER_WORDS, WORD, open_diary, write

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(minutes=5)


# ---- coming to it ---------------------------------------------------------------------------------------------------


def test_a_link_is_used_once_by_one_device(cast: Cast) -> None:
    case = case_of(cast)
    _, code = support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    her, link = queries.link_of_code(code.lower().replace("-", " "), at=NOON)
    support.bind_device(actor=her, link=link, word=WORD, hers_alone=True, at=NOON)
    with pytest.raises(DiaryShut):
        queries.link_of_code(code, at=NOON)
    with pytest.raises(DiaryShut):  # somebody who read the page before it was used
        support.bind_device(actor=her, link=link, word="another", hers_alone=True, at=NOON)
    assert DiaryDevice.objects.unscoped("test").count() == 1


def test_a_link_that_nobody_used_opens_nothing_after_two_days(cast: Cast) -> None:
    _, code = support.give_diary_link(actor=cast.advocate, case=case_of(cast), at=NOON)
    queries.link_of_code(code, at=NOON + rules.LINK_LASTS - timedelta(seconds=1))
    with pytest.raises(DiaryShut):
        queries.link_of_code(code, at=NOON + rules.LINK_LASTS)


def test_a_new_link_ends_the_one_before_it_that_was_never_used(cast: Cast) -> None:
    case = case_of(cast)
    _, first = support.give_diary_link(actor=cast.advocate, case=case, at=NOON)
    support.give_diary_link(actor=cast.advocate, case=case, at=LATER)
    with pytest.raises(DiaryShut):
        queries.link_of_code(first, at=LATER)


def test_what_is_kept_of_code_secret_and_word_opens_nothing(cast: Cast) -> None:
    diary = open_diary(cast)
    rows = [DiaryLink.objects.unscoped("test").get(), DiaryDevice.objects.unscoped("test").get()]
    kept = json.dumps([{f.name: str(getattr(row, f.attname)) for f in row._meta.concrete_fields} for row in rows])
    assert diary.secret not in kept
    assert WORD not in kept
    assert Entry.objects.filter(body__contains=diary.secret).count() == 0


def test_her_advocate_closes_it_from_the_next_request_on(cast: Cast) -> None:
    diary = open_diary(cast)
    (link,) = DiaryLink.objects.unscoped("test")
    support.close_diary_link(actor=cast.advocate, link=link, at=LATER)
    with pytest.raises(DiaryShut):
        queries.device_of_secret(diary.secret)


def test_five_wrong_words_close_it_and_the_advocate_reads_why(cast: Cast) -> None:
    diary = open_diary(cast)
    her, device = queries.device_of_secret(diary.secret)
    for minute in range(5):
        assert not support.open_diary(actor=her, device=device, word="guess", at=NOON + timedelta(minutes=minute + 1))
    with pytest.raises(DiaryShut):
        support.open_diary(actor=her, device=device, word=WORD, at=LATER + timedelta(minutes=1))
    shown = queries.diary_file(actor=cast.advocate, reference=diary.case.reference, at=LATER).links
    assert [(link.state, str(link.closed_why.words)) for link in shown if link.closed_why] == [
        (LinkState.CLOSED, "the word was wrong too often")
    ]


def test_her_word_opens_it_again_whatever_its_capitals_and_four_wrong_ones_are_forgiven(cast: Cast) -> None:
    diary = open_diary(cast)
    her, device = queries.device_of_secret(diary.secret)
    for round_ in range(3):
        at = NOON + timedelta(hours=round_)
        for minute in range(4):
            support.open_diary(actor=her, device=device, word="guess", at=at + timedelta(minutes=minute + 1))
        assert support.open_diary(actor=her, device=device, word=f" {WORD.upper()} ", at=at + timedelta(minutes=5))


def test_left_alone_it_closes_and_leaving_closes_it_at_once(cast: Cast) -> None:
    diary = open_diary(cast)
    _, device = queries.device_of_secret(diary.secret)
    idle = NOON + rules.OPEN_FOR + timedelta(seconds=1)
    with pytest.raises(DiaryShut):
        queries.diary_of(device, opened_at=NOON, seen_at=NOON, at=idle)
    queries.diary_of(device, opened_at=NOON, seen_at=LATER, at=idle)
    support.leave_diary(actor=diary.her, diary=diary.open, at=LATER)
    with pytest.raises(DiaryShut):
        queries.diary_of(device, opened_at=NOON, seen_at=LATER, at=LATER)


def test_she_herself_opens_no_file_not_even_the_one_about_her(cast: Cast) -> None:
    diary = open_diary(cast)
    with pytest.raises(NotFound):
        queries.victim_file(actor=diary.her, reference=diary.case.reference, at=NOON)
    assert list(Allegation.objects.visible_to(diary.her, at=NOON)) == []


# ---- what is kept ---------------------------------------------------------------------------------------------------


def test_an_entry_is_sealed_as_it_came_with_source_zone_hash_and_custody(cast: Cast) -> None:
    diary = open_diary(cast)
    entry = write(diary, words="  Eto.\r\nHe rang — twice.  ", time_zone="Europe/London", occurred_from=NOON)
    opened = exhibits.exhibit(actor=cast.advocate, file=diary.case.pk, exhibit_id=entry.exhibit_id, at=LATER)
    assert hashlib.sha256(opened.content).hexdigest() == entry.sha256
    said = json.loads(opened.content)
    assert said["words"] == entry.words == "  Eto.\r\nHe rang — twice.  "
    assert (said["time_zone"], said["occurred_from"]) == ("Europe/London", NOON.isoformat())
    (step,) = exhibits.custody(actor=cast.advocate, file=diary.case.pk, exhibit_id=entry.exhibit_id, at=LATER)
    assert (step.from_whom, step.sha256, step.how) == ("the victim", entry.sha256, "written in the diary")
    assert audit_queries.verify().clean


def test_nobody_but_her_advocate_reads_what_she_did_not_pass_on(cast: Cast) -> None:
    diary = open_diary(cast)
    entry = write(diary)
    reference = diary.case.reference
    assert queries.diary_file(actor=cast.advocate, reference=reference, at=LATER).entries[0].words == HER_WORDS
    for name in ("officer", "clinician", "outreach", "coordinator", "second_advocate", "olu", "governance"):
        with pytest.raises(NotFound):
            queries.diary_file(actor=cast.actor(name), reference=reference, at=LATER)
        with pytest.raises(NotFound):
            exhibits.exhibit(actor=cast.actor(name), file=diary.case.pk, exhibit_id=entry.exhibit_id, at=LATER)
    assert Allegation.objects.unscoped("test").filter(channel="diary").count() == 0


def test_with_her_word_an_entry_is_an_allegation_at_the_desk_word_for_word(cast: Cast) -> None:
    diary = open_diary(cast)
    entry = write(diary, readers=Readers.UNIT, occurred_from=NOON - timedelta(hours=2))
    allegation = Allegation.objects.visible_to(cast.analyst, at=LATER).get(channel="diary")
    assert allegation.words == HER_WORDS
    assert allegation.original["sha256"] == entry.sha256
    assert allegation.original["time zone"] == "Europe/London"
    assert allegation.occurred_from == entry.occurred_from
    assert allegation.victim_name == diary.case.victim.name
    assert Allegation.objects.visible_to(cast.olu, at=LATER).filter(channel="diary").count() == 0
    assert intake is not None


def test_whoever_is_walled_off_her_case_is_walled_off_what_she_writes(cast: Cast) -> None:
    diary = open_diary(cast)
    access.declare_conflict(actor=cast.second_officer, files=[diary.case.pk], at=NOON)
    write(diary, readers=Readers.UNIT)
    allegation = Allegation.objects.unscoped("test").get(channel="diary")
    assert Wall.objects.filter(file=allegation.pk, staff=cast.second_officer.staff).exists()
    assert not Allegation.objects.visible_to(cast.second_officer, at=LATER).filter(pk=allegation.pk).exists()


def test_her_yes_to_her_advocate_passes_it_on_later_and_stands_as_consent(cast: Cast) -> None:
    diary = open_diary(cast)
    entry = write(diary)
    passed = support.pass_on(actor=cast.advocate, entry=entry, by=PassedBy.CONSENT, at=LATER)
    assert passed.allegation.words == HER_WORDS
    consent = Consent.objects.unscoped("test").get()
    assert (consent.state, consent.to_whom) == (ConsentState.GIVEN, "the unit")
    page = queries.own_page(actor=diary.her, diary=diary.open, at=LATER)
    assert (page.entries[0].passed_at, page.entries[0].passed_by) == (LATER, PassedBy.CONSENT)
    with pytest.raises(CannotKeepDiary, match="can already see this entry"):
        support.pass_on(actor=cast.advocate, entry=entry, by=PassedBy.CONSENT, at=LATER)


def test_against_her_word_only_a_life_in_danger_counts_and_the_reason_stays(cast: Cast) -> None:
    entry = write(open_diary(cast))
    for why in ("", "she is afraid"):
        with pytest.raises(CannotKeepDiary):
            support.pass_on(actor=cast.advocate, entry=entry, by=PassedBy.OVERRIDE, why=why, at=LATER)
    why = "He wrote that he will be at her door with a knife tonight."
    support.pass_on(actor=cast.advocate, entry=entry, by=PassedBy.OVERRIDE, why=why, at=LATER)
    consent = Consent.objects.unscoped("test").get()
    assert (consent.state, consent.why) == (ConsentState.OVERRIDDEN, why)


def test_nobody_passes_it_on_in_her_name(cast: Cast) -> None:
    entry = write(open_diary(cast))
    with pytest.raises(CannotKeepDiary):
        support.pass_on(actor=cast.advocate, entry=entry, by=PassedBy.VICTIM, at=LATER)
    with pytest.raises(Refused):
        support.pass_on(actor=cast.officer, entry=entry, by=PassedBy.CONSENT, at=LATER)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"words": "  \n"}, "words"),
        ({"words": "x" * 10_001}, "words"),
        ({"words": "a\x00b"}, "words"),
        ({"occurred_from": NOON + timedelta(days=1)}, "day"),
        ({"occurred_from": NOON - timedelta(days=366 * 70)}, "day"),
    ],
)
def test_what_cannot_be_kept_names_the_field_and_leaves_nothing(
    cast: Cast, changes: dict[str, object], field: str
) -> None:
    diary = open_diary(cast)
    with pytest.raises(CannotKeepDiary) as refusal:
        write(diary, **changes)
    assert refusal.value.field == field
    assert DiaryEntry.objects.unscoped("test").count() == Exhibit.objects.unscoped("test").count() == 0


def test_she_sees_when_it_was_read_and_a_second_reading_changes_nothing(cast: Cast) -> None:
    diary = open_diary(cast)
    entry = write(diary)
    assert [news.why for news in day_of(cast.advocate, "news", LATER)] == ["1 not read yet"]
    support.mark_read(actor=cast.advocate, entry=entry, at=LATER)
    support.mark_read(actor=cast.advocate, entry=entry, at=LATER + timedelta(days=1))
    page = queries.own_page(actor=diary.her, diary=diary.open, at=LATER)
    assert page.entries[0].read_at == LATER
    assert page.advocate == "A."
    assert day_of(cast.advocate, "news", LATER) == []


def test_her_asking_for_a_call_stands_until_she_was_reached(cast: Cast) -> None:
    diary = open_diary(cast)
    support.ask_contact(actor=diary.her, diary=diary.open, words="after six, please", at=NOON)
    assert [news.decide for news in day_of(cast.advocate, "news", LATER)] == [True]
    assert day_of(cast.second_advocate, "news", LATER) == []
    reached(cast, diary.case, at=LATER, incoming=True)
    assert day_of(cast.advocate, "news", LATER) == []


def test_her_pages_are_cheap_and_paged_by_key(cast: Cast, django_assert_num_queries: object) -> None:
    diary = open_diary(cast)
    for minute in range(5):
        write(diary, words=f"number {minute}", at=NOON + timedelta(minutes=minute))
    few = queries.own_page(actor=diary.her, diary=diary.open, at=LATER)
    assert ([entry.words for entry in few.entries], few.count) == (["number 4", "number 3", "number 2"], 5)
    rest = queries.own_page(actor=diary.her, diary=diary.open, at=LATER, all_of_it=True, after=few.more)
    assert [entry.words for entry in rest.entries] == ["number 1", "number 0"]


def test_the_advocates_diary_costs_the_same_for_one_entry_and_for_twenty(cast: Cast) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    diary = open_diary(cast)
    costs = []
    for number in range(20):
        write(diary, words=f"number {number}", at=NOON + timedelta(seconds=number))
        if number in (0, 19):
            with CaptureQueriesContext(
                connection,
            ) as seen:
                queries.diary_file(actor=cast.advocate, reference=diary.case.reference, at=LATER)
            costs.append(len(seen))
    assert costs[0] == costs[1] <= 22


def test_consent_is_what_she_said_last(cast: Cast) -> None:
    from fourfold.support.terms import ConsentMatter

    case = case_of(cast)
    for minute, state in enumerate((ConsentState.ASKED, ConsentState.GIVEN, ConsentState.WITHDRAWN)):
        support.record_consent(
            actor=cast.advocate, case=case, matter=ConsentMatter.UNIT, state=state, at=NOON + timedelta(minutes=minute)
        )
    page = queries.care_page(actor=cast.advocate, reference=case.reference, at=LATER)
    assert [(each.state, each.latest) for each in page.consents] == [
        (ConsentState.WITHDRAWN, True),
        (ConsentState.GIVEN, False),
        (ConsentState.ASKED, False),
    ]
    with pytest.raises(CannotSupport):
        support.record_consent(
            actor=cast.advocate, case=case, matter=ConsentMatter.UNIT, state=ConsentState.OVERRIDDEN, at=NOON, why="no"
        )
    assert Compartment.ADVOCATE_CONFIDENTIAL == Consent.COMPARTMENT
