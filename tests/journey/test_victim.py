"""F8, F14 and F15 as sentences: she is told and heard, what is hers stays hers, and nobody else at risk is forgotten."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from fourfold import journey
from fourfold.access.terms import NotFound
from fourfold.audit.models import Entry
from fourfold.cases import queries as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.intake.models import Allegation
from fourfold.people import services as people
from fourfold.people.models import Message, VictimReach
from fourfold.people.rules.contact import TOLD_SINCE
from fourfold.people.terms import Channel, MarkKind, UnsafeContact
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    AtRiskTold,
    ContactOutcome,
    EntitlementAnswer,
    PassedBy,
    UpdateKind,
)
from fourfold.words import sentence
from tests.access.test_askers import THEN, transfer
from tests.cast import Cast, vouched
from tests.duties.scene import day_of, silent
from tests.panel.scene import wall_off
from tests.people.builders import merged
from tests.support.builders import NOON, TEXTS, agree, case_of, confirm, reached
from tests.support.diaries import HER_WORDS, open_diary, write
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


# ---- F8: she is told, and heard -------------------------------------------------------------------------------------


def test_f8_arrested_on_maundy_thursday_she_is_told_on_the_next_working_day_in_time(cast: Cast) -> None:
    """Given enhanced rights, when he is arrested before Easter, then Tuesday is one working day later."""
    arrested = datetime(2027, 3, 25, 15, tzinfo=UTC)
    case = case_of(cast)
    agree(cast, case)
    update = support.owe_update(
        actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=arrested, at=arrested
    )
    assert update.due_on == date(2027, 3, 30)
    tuesday = datetime(2027, 3, 30, 11, tzinfo=UTC)
    journey.victim_reached(
        actor=cast.advocate,
        case=case,
        channel=Channel.TEXT,
        outcome=ContactOutcome.REACHED,
        updates=[update],
        at=tuesday,
        incoming=True,
    )
    (shown,) = queries.victim_file(actor=cast.advocate, reference=case.reference, at=tuesday).updates
    assert (shown.told_at, shown.met) == (tuesday, True)


def test_f8_an_advocate_not_offered_in_two_working_days_is_overdue_and_the_answer_ends_that(cast: Cast) -> None:
    case = case_of(cast)

    def offer() -> tuple[EntitlementAnswer | None, bool]:
        page = queries.care_page(actor=cast.advocate, reference=case.reference, at=NOON)
        found = next(each for each in page.entitlements if each.code == "advocate_offered")
        return found.answer, found.overdue

    assert offer() == (None, True)
    support.answer_entitlement(
        actor=cast.advocate, case=case, code="advocate_offered", answer=EntitlementAnswer.TAKEN_UP, at=NOON
    )
    assert offer() == (EntitlementAnswer.TAKEN_UP, False)


def test_f8_when_she_writes_at_night_her_advocates_day_begins_with_it_and_she_sees_when_it_was_read(cast: Cast) -> None:
    night = datetime(2026, 11, 24, 2, tzinfo=UTC)
    diary = open_diary(cast, at=night)
    entry = write(diary, at=night)
    (news,) = day_of(cast.advocate, "news", NOON)
    assert (news.case, news.why, news.due) == (diary.case.reference, "1 not read yet", "since 24 Nov, 02:00")
    support.mark_read(actor=cast.advocate, entry=entry, at=NOON)
    assert day_of(cast.advocate, "news", NOON) == []
    assert queries.own_page(actor=diary.her, diary=diary.open, at=NOON).entries[0].read_at == NOON


# ---- F14: what is hers stays hers -----------------------------------------------------------------------------------


def test_f14_what_she_keeps_is_for_her_advocate_and_every_reading_of_it_is_in_the_log(cast: Cast) -> None:
    diary = open_diary(cast)
    write(diary)
    before = Entry.objects.filter(action="diary.file").count()
    queries.diary_file(actor=cast.advocate, reference=diary.case.reference, at=NOON)
    assert Entry.objects.filter(action="diary.file", actor=cast.advocate.staff).count() == before + 1
    with pytest.raises(NotFound):
        queries.diary_file(actor=cast.officer, reference=diary.case.reference, at=NOON)
    assert Entry.objects.filter(operation="refusal", actor=cast.officer.staff).exists()
    assert not Entry.objects.filter(body__contains="parked across").exists()


def test_f14_nothing_she_keeps_changes_what_is_read_of_the_subject_by_a_byte(cast: Cast) -> None:
    case = case_of(cast)

    def subject() -> str:
        return repr(cases.header(actor=cast.officer, reference=case.reference, at=NOON))

    before = subject()
    diary = open_diary(cast, case)
    write(diary, words="I sleep at my sister's, 9 Invented Mews.")
    support.ask_contact(actor=diary.her, diary=diary.open, words="at my sister's after six", at=NOON)
    assert subject() == before
    assert Allegation.objects.unscoped("test").filter(words__contains="Mews").count() == 0


def test_f14_her_yes_lets_the_unit_see_one_entry_and_not_the_others(cast: Cast) -> None:
    diary = open_diary(cast)
    support.pass_on(actor=cast.advocate, entry=write(diary), by=PassedBy.CONSENT, at=NOON)
    write(diary, words="Only for you.", at=NOON + timedelta(minutes=1))
    seen = list(Allegation.objects.visible_to(cast.officer, at=NOON + DAY).filter(channel="diary"))
    assert [allegation.words for allegation in seen] == [HER_WORDS]


# ---- F15: proxies, children, and a number that was given out again --------------------------------------------------


def number(cast: Cast, case: Case, value: str) -> VictimReach:
    confirm(cast, case, value, at=NOON - DAY)
    return VictimReach.objects.unscoped("test").filter(victim=case.victim, value=value).latest("recorded_at")


def somebody_else_answers(cast: Cast, case: Case, reach: UUID, why: str) -> None:
    support.set_endpoint_aside(actor=cast.advocate, case=case, reach=reach, why=why, somebody_else=True, at=NOON)


def test_f15_a_recycled_number_that_proved_hostile_is_refused_whoever_gives_it_again(cast: Cast) -> None:
    """Given day 60 of the story, when a stranger answers her old number, then no message goes there any more."""
    case = case_of(cast)
    agree(cast, case)
    old = number(cast, case, "07700 900222")

    def text(at: datetime) -> Message:
        return support.send_message(
            actor=cast.advocate,
            case=case,
            channel=Channel.TEXT,
            text="Is tomorrow at eleven still good for you?",
            at=at,
        )

    assert text(NOON).to == old.value
    why = "A man answered and asked who was calling."
    somebody_else_answers(cast, case, old.pk, why)
    assert text(NOON).to != old.value
    with pytest.raises(UnsafeContact):
        number(cast, case, "+44 7700 900 222")
    people.add_reach(
        actor=cast.advocate, victim=case.victim, kind=MarkKind.PHONE, value="+44 7700 900 222", at=NOON - DAY
    )
    stopped = text(NOON)
    assert stopped.state == "stopped"
    assert stopped.why_stopped == sentence(TOLD_SINCE, "telephone number")
    with pytest.raises(UnsafeContact):
        somebody_else_answers(cast, case, old.pk, why)


def test_f15_a_message_written_before_the_number_proved_hostile_does_not_leave(cast: Cast) -> None:
    from tests.rehearsal import Rehearsal

    case = case_of(cast)
    agree(cast, case)
    reach = number(cast, case, "07700 900333")
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text="See you at eleven.", at=NOON)
    somebody_else_answers(cast, case, reach.pk, "His flatmate has it.")
    transport = Rehearsal()
    done = support.dispatch_messages(actor=cast.advocate, at=NOON, transport=transport)
    assert (done.sent, done.stopped, transport.delivered) == (0, 1, {})


def test_f15_a_child_is_at_risk_in_their_own_right_and_comes_back_on_the_day_that_was_named(cast: Cast) -> None:
    case = case_of(cast)
    told = AtRiskTold("her elder son", AtRiskKind.CHILD, "He waits at the school gate.", review_on=NOON.date() + DAY)
    child = support.add_at_risk(actor=cast.officer, case=case, told=told, at=NOON)
    assert day_of(cast.advocate, "care_reviews", NOON) == []
    (due,) = day_of(cast.advocate, "care_reviews", NOON + 2 * DAY)
    assert (due.case, due.what) == (case.reference, "Look again at somebody at risk")
    support.step_for_at_risk(
        actor=cast.advocate,
        person=child,
        what=AtRiskStepKind.REFERRED,
        words="The school and social care know.",
        to_whom="children's social care",
        next_on=NOON.date() + 30 * DAY,
        at=NOON + 2 * DAY,
    )
    assert day_of(cast.advocate, "care_reviews", NOON + 2 * DAY) == []
    assert day_of(cast.advocate, "care_reviews", NOON + 40 * DAY)
    assert day_of(cast.second_advocate, "care_reviews", NOON + 400 * DAY) == []


def test_f15_silence_at_high_is_an_alarm_and_writing_in_her_diary_does_not_end_it(cast: Cast) -> None:
    """A page that somebody writes on is not a safe contact: nobody has heard her."""
    case = case_of(cast)
    case.level = Level.HIGH
    case.save()
    write(open_diary(cast, case))
    assert silent(cast.advocate, NOON) == [(case.reference, 30)]
    reached(cast, case, incoming=True)
    assert silent(cast.advocate, NOON) == []


def test_a_silent_victim_alarms_the_advocates_lead(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given nobody reached a victim for as long as agreed, when the advocate's lead looks, then it is said, and no more."""
    case, told = case_of(cast), "No safe contact with this victim in your agency’s cases"
    monkeypatch.setattr("fourfold.web.clock.now", lambda: NOON)
    lead = signed_in("advocacy_lead")
    page = " ".join(re.sub(r"<[^>]+>", " ", lead.get("/").content.decode()).split())
    assert told in page
    assert "Silent for 30 days; ask Advocate" in page
    assert case.reference in page
    for word in (case.victim.name, case.subject.name, "High", "Not assessed"):
        assert word not in page, word
    for name in ("police_lead", "nhs_lead", "coordinator"):
        assert told not in signed_in(name).get("/").content.decode(), name
    reached(cast, case, incoming=True, at=NOON - 5 * DAY)
    assert told not in lead.get("/").content.decode()
    agreed = {"channels": "text", "confirmed": "on", "every_days": "4", "once": "k", "version": ""}
    assert signed_in("advocate").post(f"/cases/{case.reference}/victim/safe-contact/", agreed).status_code == 303
    assert "agreed: every 4 days at least" in lead.get("/").content.decode()
    assert "In touch every 4 days at least." in signed_in("officer").get(f"/cases/{case.reference}/").content.decode()
    wall_off(cast, "advocacy_lead", case)
    assert told not in lead.get("/").content.decode()


def test_the_lead_of_an_agency_that_handed_a_case_over_learns_no_more_of_it(cast: Cast) -> None:
    case, takes_over = case_of(cast), THEN + timedelta(minutes=3)
    answer = transfer(cast, case)
    vouched(cast)
    (row,) = queries.silent_of_agency(actor=cast.advocacy_lead, at=THEN)
    assert row.reference == case.reference
    answer()
    assert queries.silent_of_agency(actor=cast.advocacy_lead, at=takes_over) == ()


def test_how_often_was_agreed_is_read_from_every_record_of_one_person(cast: Cast) -> None:
    case, other = case_of(cast), case_of(cast, victim_name="Nora Quille", victim_phone="")
    agree(cast, other, replace(TEXTS, every_days=4))
    agree(cast, case, replace(TEXTS, every_days=9))
    reached(cast, case, incoming=True, at=NOON - 5 * DAY)
    reached(cast, other, incoming=True, at=NOON - 4 * DAY)
    (row,) = queries.silent_of_agency(actor=cast.advocacy_lead, at=NOON)
    assert row.reference == other.reference
    merged(cast, case.victim, other.victim, reason="The same person.", at=NOON)
    rows = queries.silent_of_agency(actor=cast.advocacy_lead, at=NOON)
    assert {row.reference for row in rows} == {case.reference, other.reference}
    assert {(row.days, row.every_days) for row in rows} == {(4, 4)}
