"""One to one: no contact that her rule forbids, her words kept from all but her advocate, and told in time."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.governance import queries as governance
from fourfold.intake.models import FurtherPerson
from fourfold.linkage.models import Match
from fourfold.people import services as people
from fourfold.people.models import Message, VictimReach
from fourfold.people.rules import contact as contact_rules
from fourfold.people.rules import messages
from fourfold.people.terms import Channel, MarkKind, SafeContactRule, UnsafeContact
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.models import CheckIn, Contact, UpdateTold, VictimNote
from fourfold.support.terms import (
    WRITTEN_NOTES,
    CannotSupport,
    ContactOutcome,
    NoteKind,
    PastCheckIn,
    PastContact,
    UpdateKind,
)
from fourfold.web.worklist import WorkRow
from fourfold.words import sentence
from tests.cases.builders import further_act
from tests.cast import NOW, Cast
from tests.duties.scene import said as says
from tests.duties.scene import silent, waits
from tests.people.builders import merged
from tests.rehearsal import Rehearsal
from tests.support.builders import ALL_ANSWERED, NOON, OPENED, TEXTS, agree, case_of, confirm, reached

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# ---- contacts -----------------------------------------------------------------------------------------------------


def test_a_contact_within_her_rule_is_recorded_and_safe(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    contact = reached(cast, case, minutes=25)
    assert (contact.outcome, contact.safe, contact.why_stopped, contact.minutes) == ("reached", True, "", 25)
    assert audit_queries.verify().clean


def test_a_call_at_ten_forty_is_stopped_where_only_texts_were_agreed(cast: Cast) -> None:
    """Day 1: stopped before it is dialled, and the reason shown."""
    case = case_of(cast)
    agree(cast, case)
    contact = support.attempt_contact(
        actor=cast.advocate,
        case=case,
        channel=Channel.CALL,
        at=NOON - timedelta(minutes=80),
        outcome=ContactOutcome.REACHED,
    )
    assert (contact.outcome, contact.safe) == (ContactOutcome.STOPPED, False)
    assert contact.why_stopped == "The victim has not agreed to a call. Agreed: text."
    assert Entry.objects.latest("seq").action == "contact.stopped"


def test_without_a_plan_every_way_to_her_is_stopped(cast: Cast) -> None:
    contact = reached(cast, case_of(cast))
    assert (contact.outcome, contact.why_stopped) == (ContactOutcome.STOPPED, contact_rules.NO_PLAN)


def test_when_she_gets_in_touch_herself_no_rule_stands_in_her_way(cast: Cast) -> None:
    contact = reached(cast, case_of(cast), at=NOON + 9 * HOUR, incoming=True)
    assert (contact.outcome, contact.safe, contact.incoming) == (ContactOutcome.REACHED, True, True)


def test_a_message_is_not_left_where_she_did_not_agree(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    contact = reached(cast, case, outcome=ContactOutcome.NOT_REACHED, leaves_message=True)
    assert contact.why_stopped == contact_rules.NO_MESSAGE


@pytest.mark.parametrize(
    ("outcome", "safe"), [(ContactOutcome.NOT_REACHED, None), (ContactOutcome.NOT_SAFE_TO_SPEAK, False)]
)
def test_a_contact_that_was_not_one_is_kept_as_that(cast: Cast, outcome: ContactOutcome, safe: bool | None) -> None:
    case = case_of(cast)
    agree(cast, case)
    contact = reached(cast, case, outcome=outcome)
    assert (contact.outcome, contact.safe) == (outcome, safe)


@pytest.mark.parametrize(
    ("outcome", "minutes", "field"),
    [(ContactOutcome.STOPPED, None, "outcome"), (ContactOutcome.REACHED, 9999, "minutes")],
)
def test_what_cannot_be_recorded_is_named_by_its_field(
    cast: Cast, outcome: ContactOutcome, minutes: int | None, field: str
) -> None:
    case = case_of(cast)
    with pytest.raises(CannotSupport) as fault:
        reached(cast, case, outcome=outcome, minutes=minutes)
    assert fault.value.field == field
    assert not Contact.objects.unscoped("test").exists()


@pytest.mark.parametrize("name", ["clinician", "outreach", "analyst", "chair", "second_officer", "second_advocate"])
def test_only_her_advocate_and_her_officer_reach_her(cast: Cast, name: str) -> None:
    case = case_of(cast)
    agree(cast, case)
    with pytest.raises(Refused):
        support.attempt_contact(
            actor=cast.actor(name), case=case, channel=Channel.TEXT, at=NOON, outcome=ContactOutcome.REACHED
        )


def test_the_officer_of_the_case_is_bound_by_the_same_rule(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    contact = support.attempt_contact(
        actor=cast.officer, case=case, channel=Channel.CALL, at=NOON, outcome=ContactOutcome.REACHED
    )
    assert contact.outcome == ContactOutcome.STOPPED


def test_another_site_and_a_walled_advocate_find_nothing(cast: Cast) -> None:
    case = case_of(cast)
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOW)
    for name in ("olu", "station_officer", "advocate"):
        actor = cast.actor(name)
        with pytest.raises(NotFound):
            support.attempt_contact(
                actor=actor, case=case, channel=Channel.TEXT, at=NOON, outcome=ContactOutcome.REACHED
            )
        with pytest.raises(NotFound):
            support.write_note(actor=actor, case=case, kind=NoteKind.WISH, text="x", at=NOON)


# ---- contacts that have happened ----------------------------------------------------------------------------------

ELEVEN, SIX = NOON - HOUR, NOON + 6 * HOUR


def happened(cast: Cast, case: Case, *, at: datetime = SIX, happened_at: datetime = ELEVEN, **more: object) -> Contact:
    """Write down at six what was at eleven."""
    return reached(cast, case, at=at, happened_at=happened_at, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sent", "recorded", "broken"),
    [
        (ELEVEN, SIX, ""),
        (ELEVEN, ELEVEN + 2 * DAY, ""),
        # The last minute of her hours does not count, whenever it is written down.
        (NOON + 2 * HOUR, SIX, "Outside the safe hours. Agreed: 10:00 to 14:00; it was 14:00."),
        (NOON + 3 * HOUR, NOON + 24 * HOUR, "Outside the safe hours. Agreed: 10:00 to 14:00; it was 15:00."),
        # Before anything was agreed with her.
        (OPENED + HOUR, SIX, contact_rules.NO_PLAN_THEN),
    ],
)
def test_a_contact_is_judged_by_its_own_moment_and_not_by_that_of_its_recording(
    cast: Cast, sent: datetime, recorded: datetime, broken: str
) -> None:
    case = case_of(cast)
    agree(cast, case, at=OPENED + DAY)
    kept = happened(cast, case, at=recorded, happened_at=sent)
    assert (kept.outcome, kept.attempted_at, kept.recorded_at) == ("reached", sent, recorded)
    assert (kept.rule_broken, kept.why_stopped, kept.safe) == (broken, "", not broken)
    assert Entry.objects.latest("seq").action == "contact.recorded"
    assert audit_queries.verify().clean


@pytest.mark.parametrize(
    ("before", "after", "safe"),
    [
        (TEXTS, SafeContactRule((Channel.CALL,)), True),
        (SafeContactRule((Channel.CALL,)), TEXTS, False),
        (TEXTS, SafeContactRule((Channel.TEXT,), time(15), time(20)), True),
        (SafeContactRule((Channel.TEXT,), time(15), time(20)), TEXTS, False),
    ],
)
def test_the_rule_that_was_in_force_then_judges_and_not_the_one_agreed_since(
    cast: Cast, before: SafeContactRule, after: SafeContactRule, safe: bool
) -> None:
    case = case_of(cast)
    agree(cast, case, before)
    agree(cast, case, after, at=NOON)
    kept = happened(cast, case)
    assert (kept.safe, bool(kept.rule_broken)) == (safe, not safe)


def test_a_contact_of_the_minute_in_which_it_was_agreed_was_as_agreed(cast: Cast) -> None:
    """A form holds hours and minutes; what was agreed and confirmed twenty seconds into that minute held then."""
    case, typed = case_of(cast), NOON - HOUR
    agree(cast, case, at=typed + timedelta(seconds=20))
    assert happened(cast, case, happened_at=typed).safe
    assert not happened(cast, case, happened_at=typed - timedelta(minutes=1)).safe


def test_a_number_that_proved_hostile_since_was_hostile_then(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    reach = VictimReach.objects.unscoped("test").get(victim=case.victim, kind="phone")
    support.set_endpoint_aside(
        actor=cast.advocate, case=case, reach=reach.pk, why="A man answered.", somebody_else=True, at=NOON
    )
    assert happened(cast, case).rule_broken == contact_rules.HOSTILE


def test_a_number_put_on_record_since_was_nobodys_to_check_then(cast: Cast) -> None:
    case = case_of(cast, victim_phone="")
    agree(cast, case)
    confirm(cast, case, "07700 900 222", at=NOON)
    assert happened(cast, case).rule_broken == sentence(contact_rules.NO_ENDPOINT_THEN, "telephone number")
    assert happened(cast, case, happened_at=NOON + HOUR).rule_broken == ""


def test_what_she_began_herself_breaks_no_rule(cast: Cast) -> None:
    assert happened(cast, case_of(cast), incoming=True).safe


@pytest.mark.parametrize("moment", [SIX + timedelta(minutes=1), OPENED - timedelta(minutes=1)])
def test_no_contact_lies_ahead_or_before_the_case(cast: Cast, moment: datetime) -> None:
    case = case_of(cast)
    agree(cast, case)
    with pytest.raises(CannotSupport) as fault:
        happened(cast, case, happened_at=moment)
    assert fault.value.field == "happened_at"
    assert not Contact.objects.unscoped("test").exists()


def test_a_contact_written_down_later_ends_her_silence_from_its_own_hour_and_opens_the_gate_of_its_own_day(
    cast: Cast,
) -> None:
    case = case_of(cast)
    agree(cast, case)
    Case.objects.unscoped("test").filter(pk=case.pk).update(level="high")
    assert silent(cast.advocate, SIX)
    happened(cast, case, at=SIX + DAY)
    assert silent(cast.advocate, SIX + DAY) == []
    assert silent(cast.advocate, ELEVEN + 14 * DAY) == [(case.reference, 14)]
    support.require_told(actor=cast.officer, case=case, told_at=ELEVEN, at=SIX + DAY)
    with pytest.raises(CannotSupport):
        support.require_told(actor=cast.officer, case=case, told_at=SIX + DAY, at=SIX + DAY)


def test_one_that_broke_her_rule_ends_no_silence_opens_no_gate_and_tells_her_nothing(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    Case.objects.unscoped("test").filter(pk=case.pk).update(level="high")
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOW, at=NOON)
    kept = happened(cast, case, happened_at=NOON + 3 * HOUR)
    assert silent(cast.advocate, SIX)
    with pytest.raises(CannotSupport):
        support.require_told(actor=cast.officer, case=case, told_at=NOON + 3 * HOUR, at=SIX)
    with pytest.raises(CannotSupport):
        support.tell_update(actor=cast.advocate, update=update, contact=kept, at=SIX)


def test_she_was_not_told_of_what_had_not_happened_yet(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON, at=NOON)
    with pytest.raises(CannotSupport, match="had not happened yet"):
        support.tell_update(actor=cast.advocate, update=update, contact=happened(cast, case), at=SIX)


def test_asking_before_a_contact_keeps_only_what_was_stopped(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    ask = {"actor": cast.advocate, "case": case, "channel": Channel.TEXT}
    assert support.ask_before_contact(**ask, at=NOON) is None  # type: ignore[arg-type]
    assert not Contact.objects.unscoped("test").exists()
    stopped = support.ask_before_contact(**ask, at=SIX)  # type: ignore[arg-type]
    assert stopped is not None
    assert (stopped.outcome, stopped.safe) == (ContactOutcome.STOPPED, False)
    with pytest.raises(Refused):
        support.ask_before_contact(**ask | {"actor": cast.second_advocate}, at=NOON)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        support.ask_before_contact(**ask | {"actor": cast.olu}, at=NOON)  # type: ignore[arg-type]


# ---- her words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WRITTEN_NOTES)
def test_her_words_are_kept_word_for_word(cast: Cast, kind: NoteKind) -> None:
    case = case_of(cast)
    note = support.write_note(actor=cast.advocate, case=case, kind=kind, text=" I want it to stop. ", at=NOON)
    assert (note.text, note.kind) == ("I want it to stop.", kind)
    assert audit_queries.verify().clean


def test_a_step_of_her_safety_plan_is_no_note_any_more(cast: Cast) -> None:
    with pytest.raises(CannotSupport, match="on the care page") as fault:
        support.write_note(actor=cast.advocate, case=case_of(cast), kind=NoteKind.SAFETY_PLAN, text="x", at=NOON)
    assert fault.value.field == "kind"
    assert not VictimNote.objects.unscoped("test").exists()


@pytest.mark.parametrize("text", ["  ", "x" * 5001])
def test_an_empty_or_endless_note_is_named(cast: Cast, text: str) -> None:
    with pytest.raises(CannotSupport) as fault:
        support.write_note(actor=cast.advocate, case=case_of(cast), kind=NoteKind.NEED, text=text, at=NOON)
    assert fault.value.field == "text"


@pytest.mark.parametrize(
    "name", ["officer", "clinician", "outreach", "analyst", "chair", "coordinator", "second_advocate"]
)
def test_nobody_of_another_agency_writes_into_her_confidences(cast: Cast, name: str) -> None:
    case = case_of(cast)
    with pytest.raises(Refused):
        support.write_note(actor=cast.actor(name), case=case, kind=NoteKind.CONFIDENCE, text="x", at=NOON)
    with pytest.raises(Refused):
        support.check_in(actor=cast.actor(name), case=case, answers=ALL_ANSWERED, at=NOON)
    assert not VictimNote.objects.unscoped("test").exists()


def test_a_confidence_is_in_no_word_of_the_log(cast: Cast) -> None:
    case = case_of(cast)
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.CONFIDENCE, text="Canary-confidence-41", at=NOON)
    assert not Entry.objects.filter(body__contains="Canary").exists()


# ---- check-ins ----------------------------------------------------------------------------------------------------


def test_a_check_in_has_a_total_where_everything_was_answered(cast: Cast) -> None:
    """3 + 2 + (4 - 4) + 1 + 2 + 4 + 3 + 4: fear of contact counts the other way round."""
    check_in = support.check_in(actor=cast.advocate, case=case_of(cast), answers=ALL_ANSWERED, at=NOON)
    assert (check_in.total, check_in.state, check_in.version) == (19, "scored", 1)  # type: ignore[comparison-overlap]
    assert check_in.answers["contact_fear"] == "fully"
    assert audit_queries.verify().clean


@pytest.mark.parametrize("left_out", sorted(ALL_ANSWERED))
def test_an_answer_left_out_is_no_zero(cast: Cast, left_out: str) -> None:
    answers = {**ALL_ANSWERED, left_out: ""}
    check_in = support.check_in(actor=cast.advocate, case=case_of(cast), answers=answers, at=NOON)
    assert (check_in.total, check_in.state) == (None, "not_scored")
    assert left_out not in check_in.answers


def test_what_she_would_rather_not_say_is_kept_as_said(cast: Cast) -> None:
    answers = {**ALL_ANSWERED, "home": "prefer_not_to_say", "must_not": "Do not write to my work."}
    check_in = support.check_in(actor=cast.advocate, case=case_of(cast), answers=answers, at=NOON)
    assert check_in.total is None
    assert check_in.answers["home"] == "prefer_not_to_say"
    assert check_in.answers["must_not"] == "Do not write to my work."


@pytest.mark.parametrize(
    ("answers", "field"), [({"home": "certainly"}, "home"), ({}, "answers"), ({"token": "x"}, "answers")]
)
def test_an_answer_that_does_not_fit_is_named(cast: Cast, answers: dict[str, str], field: str) -> None:
    with pytest.raises(CannotSupport) as fault:
        support.check_in(actor=cast.advocate, case=case_of(cast), answers=answers, at=NOON)
    assert fault.value.field == field
    assert not CheckIn.objects.unscoped("test").exists()


# ---- what she is told ---------------------------------------------------------------------------------------------


def test_one_working_day_under_enhanced_rights_counts_the_bank_holiday(cast: Cast) -> None:
    """F8: taken on at Christmas Eve, she is to be reached by the first working day after Boxing Day's substitute."""
    eve = NOON.replace(month=12, day=24)
    case = case_of(cast, at=eve)
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.FIRST_CONTACT, happened_at=eve, at=eve)
    assert (update.due_on, update.working_days) == (date(2026, 12, 29), 1)
    (shown,) = queries.victim_file(actor=cast.advocate, reference=case.reference, at=eve).updates
    assert shown.bank_holidays == (date(2026, 12, 25), date(2026, 12, 28)), "the page says why it is not the 25th"


def test_a_first_contact_typed_to_the_minute_in_which_it_fell_due_settles_it(cast: Cast) -> None:
    case, seconds = case_of(cast), timedelta(seconds=1)
    agree(cast, case)
    due = NOON + 30 * seconds
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.FIRST_CONTACT, happened_at=due, at=due)
    reached(cast, case, at=due + 10 * seconds, happened_at=NOON - 60 * seconds)
    assert not UpdateTold.objects.unscoped("test").filter(update=update).exists()
    reached(cast, case, at=due + 10 * seconds, happened_at=NOON)
    assert UpdateTold.objects.unscoped("test").filter(update=update).exists()


def test_without_enhanced_rights_there_are_five_working_days(cast: Cast) -> None:
    case = case_of(cast)
    update = support.owe_update(
        actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON, at=NOON, enhanced=False
    )
    assert (update.due_on, update.working_days) == (date(2026, 12, 1), 5)


def test_what_lies_ahead_starts_no_clock(cast: Cast) -> None:
    with pytest.raises(CannotSupport) as fault:
        support.owe_update(
            actor=cast.officer, case=case_of(cast), what=UpdateKind.BAIL, happened_at=NOON + DAY, at=NOON
        )
    assert fault.value.field == "happened_at"


def test_she_is_told_in_a_contact_in_which_she_was_reached_safely(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON, at=NOON)
    missed = reached(cast, case, outcome=ContactOutcome.NOT_REACHED)
    stopped = reached(cast, case, at=NOON + 9 * HOUR)
    for contact in (missed, stopped):
        with pytest.raises(CannotSupport) as fault:
            support.tell_update(actor=cast.advocate, update=update, contact=contact, at=NOON)
        assert fault.value.field == "contact"
    told = support.tell_update(actor=cast.advocate, update=update, contact=reached(cast, case), at=NOON)
    assert told.told_at == NOON
    with pytest.raises(CannotSupport):
        support.tell_update(actor=cast.advocate, update=update, contact=reached(cast, case), at=NOON)
    assert UpdateTold.objects.unscoped("test").count() == 1
    assert audit_queries.verify().clean


def test_a_contact_in_another_case_tells_nothing_in_this_one(cast: Cast) -> None:
    case, other = case_of(cast), case_of(cast)
    agree(cast, other)
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON, at=NOON)
    with pytest.raises(CannotSupport):
        support.tell_update(actor=cast.advocate, update=update, contact=reached(cast, other, incoming=True), at=NOON)


# ---- reaching her, for one case -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["Nora, are you free?", "Dean is away", "It is about Marlow", "Quill and I are free", "{reference} is ready"],
)
def test_a_message_names_neither_party_nor_the_case(cast: Cast, text: str) -> None:
    case = case_of(cast)
    agree(cast, case)
    with pytest.raises(UnsafeContact) as fault:
        support.send_message(
            actor=cast.advocate,
            case=case,
            channel=Channel.TEXT,
            text=text.format(reference=case.reference),
            at=NOON,
        )
    assert fault.value.field == "text"
    assert not Message.objects.unscoped("test").exists()


def two_records(cast: Cast) -> tuple[Case, Case]:
    """The victim is Zelda and the subject Quentin on other records; one report told Wilhelmina, Ottoline and Percival."""
    case = case_of(cast)
    agree(cast, case)
    act = further_act(cast, case, at=NOW, victim_name="Wilhelmina Marsh")
    second = {"allegation": act, "role": "victim", "place": 2, "name": "Ottoline Reed"}
    FurtherPerson.objects.create(**second, **access_queries.held_by(cast.analyst, "feed", at=NOW))
    mark = {"actor": cast.analyst, "subject": case.subject, "kind": MarkKind.OTHER_NAME, "value": "Percival Roe"}
    people.add_mark(**mark, at=NOW)  # type: ignore[arg-type]
    other = case_of(
        cast, victim_name="Zelda Roe", victim_birth="", victim_phone="", subject_name="Quentin Poe", subject_birth=""
    )
    return case, other


def made_one(cast: Cast, case: Case, other: Case) -> None:
    merged(cast, case.victim, other.victim, reason="One birth date.", at=NOW)
    cases.merge_people(actor=cast.analyst, one=case.subject, other=other.subject, reason="One number.", at=NOW)


def keep_out(cast: Cast, case: Case, who: Actor) -> None:
    """Wall somebody off from one record of the two, and from its reports."""
    reports = Match.objects.unscoped("test").filter(victim=case.victim_id).values_list("allegation", flat=True)
    around = [case.pk, case.victim_id, case.subject_id, *reports]
    access.set_wall(actor=cast.governance, files=around, staff=who.staff, reason="A cousin.", at=NOW)


def own_words(cast: Cast, case: Case, text: str) -> Message:
    return support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text=text, at=NOON)


def read_and_sent(cast: Cast, message: Message) -> tuple[str, str]:
    """Let another advocate let a message go; return what became of it."""
    support.read_message(actor=cast.second_advocate, message=message, given=True, at=NOON)
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    row = Message.objects.unscoped("test").get(pk=message.pk)
    return row.state, row.why_stopped


def test_a_message_names_nobody_of_another_record_of_the_same_person_nor_of_a_report_of_two(cast: Cast) -> None:
    case, other = two_records(cast)
    made_one(cast, case, other)
    for named in ("zelda", "quentin", "wilhelmina", "ottoline", "percival"):
        for text in (f"{named}, are you free?", f"Hello {named.title()}, are you free?"):
            with pytest.raises(UnsafeContact, match=f"“{named}” may be a name") as fault:
                own_words(cast, case, text)
            assert fault.value.field == "text"


@pytest.mark.parametrize(
    "text",
    ["Hello {}, are you free?", "hello {}", "The parcel of {} is here.", "{}", "See {}'s parcel.", "{}, hello"],
)
def test_a_guess_at_a_name_behind_a_wall_gets_the_answer_of_any_guess(cast: Cast, text: str) -> None:
    """Zelda and Quentin stand on records that are walled from the writer; Yelda and Quantin on none."""
    case, other = two_records(cast)
    made_one(cast, case, other)
    keep_out(cast, other, cast.advocate)

    def answers(name: str) -> list[object]:
        found: list[object] = []
        for said in (text.format(name), text.format(name).lower()):
            try:
                row = own_words(cast, case, said)
                found.append((row.state, row.why_stopped, row.to, row.text.lower().replace(name.lower(), "-")))
            except UnsafeContact as fault:
                found.append((fault.field, str(fault).lower().replace(name.lower(), "-")))
        return found

    assert answers("Zelda") == answers("Yelda")
    assert answers("Zelda")[1][0] == "held"  # type: ignore[index]
    assert answers("Quentin") == answers("Quantin")


def not_sent(cast: Cast, name: str) -> list[WorkRow]:
    actor = cast.actor(name)
    rows = (says(one, actor, NOON) for one in waits(actor, "messages_not_sent", at=NOON))
    return [row for row in rows if row is not None]


def test_a_name_that_is_known_since_is_found_by_the_second_reader_and_when_it_leaves(cast: Cast) -> None:
    case, other = two_records(cast)
    before, read_before = own_words(cast, case, "hello zelda"), own_words(cast, case, "tell zelda hello")
    free = own_words(cast, case, "tell yelda hello")
    support.read_message(actor=cast.second_advocate, message=read_before, given=True, at=NOON)
    made_one(cast, case, other)
    with pytest.raises(UnsafeContact, match="“zelda” may be a name") as fault:
        support.read_message(actor=cast.second_advocate, message=before, given=True, at=NOON)
    assert fault.value.field == "given"
    assert read_and_sent(cast, free) == ("sent", "")
    stopped = Message.objects.unscoped("test").get(pk=read_before.pk)
    assert (stopped.state, stopped.why_stopped) == ("stopped", messages.NOT_SO)
    told = {name: not_sent(cast, name) for name in ("advocate", "clinician", "olu")}
    assert [(row.case, row.due_at, row.why) for row in told["advocate"]] == [(case.reference, NOON, messages.NOT_SO)]
    assert (told["clinician"], told["olu"]) == ([], [])
    for reader in (cast.second_advocate, cast.advocate):
        keep_out(cast, other, reader)
    late = own_words(cast, case, "tell quantin hello")
    second = {
        "text": "say hello to yelda",
        "at": NOON + timedelta(seconds=1),
    }  # they leave in the order of their writing
    guesses = [
        own_words(cast, case, "say hello to zelda"),
        support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, **second),
    ]
    support.read_message(actor=cast.second_advocate, message=guesses[1], given=True, at=NOON + timedelta(seconds=2))
    assert read_and_sent(cast, guesses[0]) == ("stopped", messages.NOT_SO)
    guesses[1].refresh_from_db()
    assert guesses[1].why_stopped == messages.NOT_SO, "what waits beside the second guess tells no more"
    assert len(not_sent(cast, "advocate")) == 3
    # Each of the two stops told one bit of a record: who wrote and who let go are asked why, and write or let go no more.
    with pytest.raises(UnsafeContact, match="you cannot send a message in your own words"):
        own_words(cast, case, "tell quantin hello")
    with pytest.raises(UnsafeContact, match="you cannot send a message in your own words") as fault:
        support.read_message(actor=cast.second_advocate, message=late, given=True, at=NOON)
    assert fault.value.field == "given"
    alarmed = governance.asked_against_hidden(actor=cast.governance, at=NOON)
    assert {(each.who, each.contacts) for each in alarmed} == {("Advocate", 2), ("Second Advocate", 2)}
    by = {"actor": cast.advocate, "at": NOON + timedelta(minutes=5)}
    support.send_message(case=case, channel=Channel.TEXT, text="Are you free at ten?", **by)
    assert support.dispatch_messages(transport=Rehearsal(), **by).sent == 1
    assert not_sent(cast, "advocate") == []
    assert audit_queries.verify().clean


def test_a_message_within_her_rule_waits_to_leave(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    message = support.send_message(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON
    )
    assert (message.state, message.victim) == ("waiting", case.victim)


def test_his_number_is_never_hers(cast: Cast) -> None:
    """The subject's number, told with the allegation, was recorded as hers too: nothing leaves to it."""
    case = case_of(cast, victim_phone="07700 900777")
    agree(cast, case)
    message = support.send_message(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON
    )
    assert (message.state, message.why_stopped) == ("stopped", contact_rules.HOSTILE)
    assert reached(cast, case).why_stopped == contact_rules.HOSTILE


def test_the_sealed_address_of_a_case_is_opened_by_two_advocates(cast: Cast) -> None:
    case = case_of(cast)
    support.keep_address(actor=cast.advocate, case=case, address="9 Invented Mews", at=NOON)
    reason = "She did not answer and was taken to hospital."
    with pytest.raises(Refused):
        support.ask_for_address(actor=cast.officer, case=case, reason=reason, at=NOON)
    asked = support.ask_for_address(actor=cast.advocate, case=case, reason=reason, at=NOON)
    (waiting,) = queries.address_requests_to_act_on(actor=cast.second_advocate, at=NOON)
    assert (waiting.reference, waiting.asked.id) == (case.reference, asked.pk)
    people.answer_for_safe_address(actor=cast.second_advocate, asked=asked, given=True, at=NOON)
    assert people.reveal_safe_address(actor=cast.advocate, asked=asked, at=NOON) == "9 Invented Mews"


# ---- taking over --------------------------------------------------------------------------------------------------


def test_past_contacts_and_check_ins_come_with_one_entry_a_batch(cast: Cast) -> None:
    case = case_of(cast)
    rows = [
        PastContact(case.pk, Channel.TEXT, NOW - n * DAY, ContactOutcome.REACHED, minutes=20) for n in range(1, 501)
    ]
    check_in = PastCheckIn(case.pk, NOW - DAY, ALL_ANSWERED)
    assert support.take_over(actor=cast.advocate, rows=[*rows, check_in], at=NOW) == 501
    entries = Entry.objects.filter(action="support.taken_over")
    assert len(entries) == 2
    assert all(json.loads(entry.body)["root"] for entry in entries)
    kept = Contact.objects.unscoped("test").latest("attempted_at")
    assert (kept.safe, kept.recorded_at) == (True, NOW - DAY)
    assert CheckIn.objects.unscoped("test").get().total == 19
    assert audit_queries.verify().clean


def test_contacts_are_taken_over_by_the_advocate_whose_case_it_is(cast: Cast) -> None:
    row = PastContact(case_of(cast).pk, Channel.TEXT, NOW - DAY, ContactOutcome.REACHED)
    for name, fault in (("second_advocate", Refused), ("officer", Refused), ("olu", NotFound)):
        with pytest.raises(fault):
            support.take_over(actor=cast.actor(name), rows=[row], at=NOW)
    assert not Contact.objects.unscoped("test").exists()


def test_a_past_answer_that_does_not_fit_keeps_the_batch_out(cast: Cast) -> None:
    case = case_of(cast)
    rows = [
        PastContact(case.pk, Channel.TEXT, NOW - DAY, ContactOutcome.REACHED),
        PastCheckIn(case.pk, NOW - DAY, {"home": "certainly"}),
    ]
    with pytest.raises(CannotSupport) as fault:
        support.take_over(actor=cast.advocate, rows=rows, at=NOW)  # type: ignore[arg-type]
    assert fault.value.field == "home"
    assert not Contact.objects.unscoped("test").exists()


def test_she_may_say_that_nobody_is_to_reach_her(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case, TEXTS)
    agree(cast, case, SafeContactRule(()), at=NOW)
    assert "the victim gets in touch" in reached(cast, case).why_stopped
