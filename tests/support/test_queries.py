"""Her file, for her advocate; who is silent; whom to reach next; and what nobody else learns from any of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Grant
from fourfold.access.terms import NotFound, Purpose, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.base import new_id
from fourfold.cases import services as cases
from fourfold.cases.models import Case, StateSet
from fourfold.cases.terms import SHUT, Level, State
from fourfold.duties import services as duties
from fourfold.governance import queries as governance
from fourfold.people.models import SafeContact
from fourfold.people.queries import contact as contact_queries
from fourfold.people.queries.contact import ELSEWHERE, rule_of, why_not_contact_then
from fourfold.people.rules import contact as contact_rules
from fourfold.people.terms import Channel, Part, SafeContactRule, UnsafeContact
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.models import Contact, VictimNote
from fourfold.support.queries.agreed_elsewhere import ToAgreeAnew
from fourfold.support.terms import WRITTEN_NOTES, ContactOutcome, NoteKind, StepOutcome, UpdateKind
from fourfold.web.day_places import LONDON
from fourfold.web.pages.oversight import walls_to_look_at
from fourfold.web.pages.support_day import agreements
from fourfold.web.worklist import WorkRow, today
from tests.cases.builders import told, triaged
from tests.cast import NOW, Cast, assign
from tests.duties.scene import day_of, silent
from tests.people.builders import merged
from tests.support.builders import ALL_ANSWERED, NOON, OPENED, TEXTS, agree, case_of, reached

pytestmark = pytest.mark.django_db

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def to_reach(*, actor: Actor, at: datetime) -> list[WorkRow]:
    return day_of(actor, "contacts", at)


def file_of(cast: Cast, case: Case, name: str = "advocate", at: datetime = NOON) -> queries.VictimFile:
    return queries.victim_file(actor=cast.actor(name), reference=case.reference, at=at)


def at_level(case: Case, level: Level | str) -> Case:
    Case.objects.unscoped("test").filter(pk=case.pk).update(level=level)
    list(duties.checked(mend=True))  # it was set past the services
    return case


# ---- her file -----------------------------------------------------------------------------------------------------


def test_her_words_and_wishes_stand_in_her_file(cast: Cast) -> None:
    case = case_of(cast)
    for n, kind in enumerate(WRITTEN_NOTES):
        support.write_note(actor=cast.advocate, case=case, kind=kind, text=f"{kind} said", at=NOON + n * HOUR)
    shown = file_of(cast, case, at=NOON + 5 * HOUR)
    assert [note.text for note in shown.wishes] == ["wish said"]
    assert [note.text for note in shown.needs] == ["need said"]
    assert [note.text for note in shown.fears] == ["fear said"]
    assert [(note.text, note.by) for note in shown.confidences] == [("confidence said", "Advocate")]


def test_her_file_shows_the_steps_of_her_care_that_stand_and_the_notes_of_before(cast: Cast) -> None:
    case = case_of(cast)
    plan = {"actor": cast.advocate, "case": case, "at": NOON}
    later, soon, over = (
        support.plan_step(**plan, words=words, review_on=NOON.date() + days * DAY)  # type: ignore[arg-type]
        for words, days in (("Another way home.", 9), ("A neighbour has a key.", 2), ("A taxi.", 3))
    )
    support.review_step(actor=cast.advocate, step=over, outcome=StepOutcome.NOT_NEEDED, next_on=None, at=NOON)
    held = access_queries.held_by(cast.advocate, "victim", at=NOON)
    VictimNote.objects.create(case=case, kind=NoteKind.SAFETY_PLAN, text="A bag is packed.", noted_at=NOON, **held)
    shown = file_of(cast, case, at=NOON + 3 * DAY)
    assert [(step.id, step.overdue) for step in shown.plan_steps] == [(soon.pk, True), (later.pk, False)]
    assert [note.text for note in shown.plan_notes] == ["A bag is packed."]
    hidden = file_of(cast, case, "officer")
    assert hidden.plan_steps == hidden.plan_notes == ()  # type: ignore[comparison-overlap]


def test_her_file_says_how_and_how_not_and_when_next(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    shown = file_of(cast, case, at=NOON + 3 * HOUR)
    assert shown.how == "Text only, 10:00 to 14:00. Never leave a message. The device may be shared."
    assert shown.opens == datetime(2026, 11, 25, 10, tzinfo=UTC)
    ways = {way.channel: way.why_not for way in shown.ways}
    assert ways[Channel.TEXT] == "Outside the safe hours. Agreed: 10:00 to 14:00; it is 15:00 now."
    assert ways[Channel.CALL] == "The victim has not agreed to a call. Agreed: text."
    assert {way.channel: way.why_not for way in file_of(cast, case).ways}[Channel.TEXT] is None


def test_how_she_is_shows_the_total_or_how_much_was_answered_and_what_to_do_today(cast: Cast) -> None:
    case = case_of(cast)
    support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=NOON - DAY)
    support.check_in(actor=cast.advocate, case=case, answers={"home": "not_at_all"}, at=NOON)
    latest, before = file_of(cast, case).check_ins
    assert (before.total, before.lowest, before.highest, before.alerts) == (19, 0, 32, ())
    assert (latest.total, latest.answered, latest.of) == (None, 1, 8)
    assert any("today" in alert for alert in latest.alerts)


def test_stopped_contacts_and_messages_keep_their_reason(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    reached(cast, case, at=NOON + 9 * HOUR)
    support.send_message(
        actor=cast.officer, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON + 9 * HOUR
    )
    shown = file_of(cast, case, at=NOON + 10 * HOUR)
    for stopped in (shown.contacts[0], shown.messages[0]):
        assert stopped.why_stopped.startswith("Outside the safe hours")


def test_what_she_is_owed_is_met_missed_or_still_runs(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    owe = {"actor": cast.officer, "case": case}
    missed = support.owe_update(**owe, what=UpdateKind.BREACH, happened_at=NOON - 8 * DAY, at=NOON)  # type: ignore[arg-type]
    met = support.owe_update(**owe, what=UpdateKind.ARREST, happened_at=NOON - DAY, at=NOON)  # type: ignore[arg-type]
    runs = support.owe_update(**owe, what=UpdateKind.BAIL, happened_at=NOON, at=NOON)  # type: ignore[arg-type]
    support.tell_update(actor=cast.advocate, update=met, contact=reached(cast, case), at=NOON)
    found = {update.id: update.met for update in file_of(cast, case).updates}
    assert found == {missed.pk: False, met.pk: True, runs.pk: None}


def test_the_officer_of_the_case_sees_how_to_reach_her_and_none_of_her_words(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.CONFIDENCE, text="a secret", at=NOON)
    support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=NOON)
    shown = file_of(cast, case, "officer")
    assert shown.agreed is not None
    assert (shown.confidential, shown.confidences, shown.check_ins) == (False, (), ())


def test_her_advocates_lead_reads_her_confidences_for_safeguarding_only(cast: Cast) -> None:
    case = case_of(cast)
    support.write_note(actor=cast.advocate, case=case, kind=NoteKind.WISH, text="a wish", at=NOON)
    lead = cast.staff["second_advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=lead, kind=RelationKind.ADVOCATE_MANAGER, at=NOON)
    for purpose, reads in ((Purpose.CASEWORK, False), (Purpose.SAFEGUARDING, True)):
        actor = cast.second_advocate.for_purpose(purpose)
        assert access_queries.opened(actor, case.pk, at=NOON).may_read(VictimNote.COMPARTMENT) is reads


@pytest.mark.parametrize(
    "name",
    ["clinician", "outreach", "analyst", "chair", "coordinator", "second_officer", "second_advocate", "olu"],
)
def test_for_everybody_else_her_file_does_not_exist(cast: Cast, name: str) -> None:
    case = case_of(cast)
    with pytest.raises(NotFound):
        file_of(cast, case, name)
    with pytest.raises(NotFound):
        queries.victim_file(actor=cast.actor(name), reference="FF-00000", at=NOON)


def test_reading_her_file_is_in_the_log_with_what_was_opened(cast: Cast) -> None:
    case = case_of(cast)
    file_of(cast, case)
    entry = Entry.objects.latest("seq")
    assert (entry.action, entry.operation, entry.file) == ("victim.file", "consultation", case.pk)
    assert "advocate_confidential" in entry.body


def test_her_file_costs_the_same_however_long_it_is(cast: Cast, django_assert_num_queries: object) -> None:
    case = case_of(cast)
    agree(cast, case)
    for n in range(4):
        reached(cast, case, at=NOON - n * DAY)
        support.write_note(actor=cast.advocate, case=case, kind=NoteKind.WISH, text="x", at=NOON)
        support.check_in(actor=cast.advocate, case=case, answers=ALL_ANSWERED, at=NOON)
    advocate = cast.advocate
    with audit.reading(advocate, "page", at=NOON), django_assert_num_queries(FILE_COSTS):  # type: ignore[operator]
        queries.victim_file(actor=advocate, reference=case.reference, at=NOON)


#: The case, its file opened (3), which records are the victim's, what may be done to reach them, their words, check-ins,
#: contacts, messages and updates.
FILE_COSTS = 20


def test_nothing_of_her_file_changes_by_a_byte_when_her_address_is_sealed(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    before = [repr(file_of(cast, case, name)) for name in ("advocate", "officer")]
    support.keep_address(actor=cast.advocate, case=case, address="9 Invented Mews", at=NOON)
    assert [repr(file_of(cast, case, name)) for name in ("advocate", "officer")] == before


# ---- silence ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "days", "is_silent"),
    [
        (Level.VERY_HIGH, 14, True),
        (Level.VERY_HIGH, 13, False),
        (Level.HIGH, 14, True),
        (Level.MEDIUM, 20, False),
        ("", 14, True),
    ],
)
def test_a_silent_victim_is_an_alarm(cast: Cast, level: Level | str, days: int, is_silent: bool) -> None:
    """Day 60."""
    case = case_of(cast)
    agree(cast, case)
    reached(cast, case, at=NOON - days * DAY)
    at_level(case, level)
    assert silent(cast.advocate, NOON) == ([(case.reference, days)] if is_silent else [])
    assert file_of(cast, case).silent is is_silent


def test_attempts_that_did_not_reach_her_do_not_end_her_silence(cast: Cast) -> None:
    case = at_level(case_of(cast), Level.HIGH)
    agree(cast, case)
    reached(cast, case, at=NOON - 20 * DAY)
    reached(cast, case, at=NOON - 2 * DAY, outcome=ContactOutcome.NOT_REACHED)
    reached(cast, case, at=NOON - DAY, outcome=ContactOutcome.NOT_SAFE_TO_SPEAK)
    reached(cast, case, at=NOON - 9 * HOUR)
    assert silent(cast.advocate, NOON) == [(case.reference, 20)]


def test_somebody_who_was_never_reached_is_silent_since_the_case_was_opened(cast: Cast) -> None:
    case = at_level(case_of(cast), Level.HIGH)
    assert silent(cast.advocate, NOON) == [(case.reference, 30)]


def test_the_alarm_is_for_the_advocate_the_advocates_lead_and_the_officer_in_the_case(cast: Cast) -> None:
    case = at_level(case_of(cast), Level.HIGH)
    lead = cast.staff["second_advocate"].pk
    assign(actor=cast.coordinator, case=case, staff=lead, kind=RelationKind.ADVOCATE_MANAGER, at=OPENED)
    told = {
        name
        for name in ("advocate", "second_advocate", "officer", "second_officer", "clinician", "olu")
        if silent(cast.actor(name), NOON)
    }
    assert told == {"advocate", "second_advocate", "officer"}


def test_a_wall_ends_the_alarm_too(cast: Cast) -> None:
    case = at_level(case_of(cast), Level.HIGH)
    access.declare_conflict(actor=cast.advocate, files=[case.pk], at=NOW)
    assert [day_of(cast.advocate, kind, NOON) for kind in ("silence", "contacts", "code_clocks")] == [[], [], []]


# ---- one victim known under two cases, of one record or of two ----------------------------------------------------


def two_cases(cast: Cast, *, merge: bool, case: Case | None = None) -> tuple[Case, Case]:
    """The advocate's case of a victim, and another advocate's case of the same victim about somebody else."""
    case = case or at_level(case_of(cast), Level.HIGH)
    act = told(cast.analyst, at=OPENED, subject_name="Ty Ash", subject_birth="", subject_phone="")
    match = cases.confirm_match(
        actor=cast.analyst, allegation=act, part=Part.VICTIM, victim=None if merge else case.victim, at=OPENED
    )
    cases.confirm_match(actor=cast.analyst, allegation=act, part=Part.SUBJECT, at=OPENED)
    if merge:
        assert match.victim is not None
        merged(cast, case.victim, match.victim, reason="One birth date.", at=OPENED)
    other = triaged(cast, act, at=OPENED)
    staff = cast.staff["second_advocate"].pk
    assign(actor=cast.coordinator, case=other, staff=staff, kind=RelationKind.ADVOCATE, at=OPENED)
    return case, other


def in_touch(cast: Cast, case: Case, at: datetime) -> None:
    held = access_queries.held_by(cast.second_advocate, "entered", at=at)
    more = {"outcome": ContactOutcome.REACHED, "safe": True, "attempted_at": at}
    Contact.objects.create(case=case, channel=Channel.CALL, **more, **held)


def test_what_was_agreed_on_another_record_of_the_victim_stands_wherever_it_is_read(cast: Cast) -> None:
    case, other = two_cases(cast, merge=True)
    agree(
        cast, case, SafeContactRule((Channel.TEXT, Channel.CALL), time(9), time(14), leave_message=True, every_days=9)
    )
    theirs = SafeContactRule((Channel.EMAIL, Channel.CALL), time(13), time(10), shared_device=False, every_days=3)
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, note="Not on Fridays.", at=OPENED)
    support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOW - DAY, at=NOW)
    how = (
        "Call only, 09:00 to 10:00 or 13:00 to 14:00. Never leave a message. The device may be shared. "
        "In touch every 3 days at least."
    )
    (row,) = day_of(cast.advocate, "contacts", NOON)
    assert (row.detail, row.why, row.due_at) == (how, "safe hours", NOON + HOUR)
    (owed,) = day_of(cast.advocate, "code_clocks", NOON)
    assert owed.detail == how
    shown = file_of(cast, case)
    assert (shown.how, shown.opens, shown.closes) == (f"{how} {ELSEWHERE}", row.due_at, NOON + 2 * HOUR)
    assert shown.agreed is not None
    assert (shown.agreed.rule and shown.agreed.rule.every_days, shown.agreed.note) == (9, "")
    assert rule_of(case.victim_id) == rule_of(other.victim_id)
    due = queries.silent_of_agency(actor=cast.advocacy_lead, at=NOON)
    assert {(each.reference, each.every_days) for each in due} == {(case.reference, 3), (other.reference, 3)}


def test_what_was_agreed_on_another_record_alone_is_shown_and_not_put_into_the_form(cast: Cast) -> None:
    case, other = two_cases(cast, merge=True)
    theirs = SafeContactRule((Channel.CALL,), time(13), time(10))
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, code_phrase="tin hats", at=OPENED)
    shown = file_of(cast, case)
    assert shown.how.startswith("Call only, 13:00 to 10:00 the next day.")
    assert shown.agreed is not None
    assert (shown.agreed.id, shown.agreed.rule, shown.agreed.code_phrase) == (None, None, "")


def test_what_was_agreed_later_in_another_case_of_one_record_loosens_nothing(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    theirs = SafeContactRule((Channel.TEXT, Channel.CALL), leave_message=True)
    support.agree_contact(
        actor=cast.second_advocate, case=other, rule=theirs, code_phrase="tin hats", note="Fridays.", seen="", at=NOW
    )
    ways = {way.channel: way.why_not for way in file_of(cast, case, at=NOON + 3 * HOUR).ways}
    assert ways[Channel.TEXT] == "Outside the safe hours. Agreed: 10:00 to 14:00; it is 15:00 now."
    assert ways[Channel.CALL] == "The victim has not agreed to a call. Agreed: text."
    shown = file_of(cast, case).agreed
    assert shown is not None
    assert (shown.rule, shown.note) == (TEXTS, "")
    phrase, note = map(str, shown.spoken)
    assert "another case of the victim: “tin hats”" in phrase
    assert "another case of the victim: “Fridays.”" in note
    support.agree_contact(actor=cast.advocate, case=case, rule=theirs, seen=str(shown.id), at=NOON)
    assert {way.channel: way.why_not for way in file_of(cast, case, at=NOON + 3 * HOUR).ways}[Channel.TEXT] is None


AFTER = NOON + 90 * timedelta(minutes=1)


def text_now(cast: Cast, case: Case, at: datetime = AFTER) -> str | None:
    return {way.channel: way.why_not for way in file_of(cast, case, at=at).ways}[Channel.TEXT]


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("closed", [True, False])
def test_what_a_closed_case_agreed_or_nobody_confirmed_ends_by_the_victims_word_alone(
    cast: Cast, merge: bool, closed: bool
) -> None:
    case, other = two_cases(cast, merge=merge)
    agree(cast, case)
    theirs = SafeContactRule((Channel.TEXT,), time(11), time(12), confirmed=closed)
    old = support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, at=OPENED + HOUR)
    again: dict[str, Any] = {"actor": cast.advocate, "case": case, "at": NOON, "ends": [old.pk]}
    if closed:
        assert queries.agreements_to_renew(actor=cast.advocate, at=NOON) == ()
        with pytest.raises(UnsafeContact, match="That case is open"):
            support.agree_contact(**again, rule=TEXTS, why_ended="They go to work now.")
        Case.objects.unscoped("test").filter(pk=other.pk).update(state=State.CLOSED)
    (binds,) = file_of(cast, case).binds_too
    assert (binds.id, binds.reference, binds.closed, binds.may_end) == (old.pk, other.reference, closed, True)
    assert text_now(cast, case), "a closing loosens nothing"
    (row,) = queries.agreements_to_renew(actor=cast.advocate, at=NOON)
    assert (row.reference, row.ours) == (case.reference, False)
    assert queries.agreements_to_renew(actor=replace(cast.advocate, strength="password"), at=NOON) == ()
    for more, field in (
        ({"rule": replace(TEXTS, confirmed=False), "why_ended": "At work."}, "confirmed"),
        ({"rule": TEXTS, "why_ended": " "}, "why_ended"),
        ({"rule": TEXTS, "why_ended": "At work.", "ends": [new_id()]}, "ends"),
    ):
        with pytest.raises(UnsafeContact) as refused:
            support.agree_contact(**{**again, **more})
        assert refused.value.field == field
    seen = file_of(cast, case).agreed
    assert seen is not None
    with CaptureQueriesContext(connection) as asked:
        support.agree_contact(**again, rule=TEXTS, why_ended="At work.", seen=str(seen.id))
    held = [each["sql"] for each in asked if '"given_name"' in each["sql"] and '"people_victim"' in each["sql"]]
    assert len(held) == 1, held
    assert "ORDER BY" in held[0], "all records of the victim at once, in one order"
    logged = Entry.objects.filter(action__in=("safe_contact.agreed", "safe_contact.ended"), at=NOON).order_by("seq")
    assert list(logged.values_list("action", "file")) == [
        ("safe_contact.ended", other.pk),
        ("safe_contact.agreed", case.pk),
    ]
    assert (text_now(cast, case), file_of(cast, case).binds_too) == (None, ())
    asked = {"actor": cast.advocate, "happened_at": NOON + HOUR - DAY, "at": NOON}
    assert why_not_contact_then(case.victim_id, Channel.TEXT, case=case.pk, leaves_message=False, **asked)
    assert queries.agreements_to_renew(actor=cast.advocate, at=NOON) == ()
    told = queries.agreements_to_renew(actor=cast.second_advocate, at=NOON)
    lost = ToAgreeAnew(other.reference, SHUT, NOON, ours=True, ended_at=NOON)
    assert [replace(each, level=SHUT) for each in told] == ([] if closed else [lost])
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_advocate.staff, reason="a cousin", at=NOON)
    told = queries.agreements_to_renew(actor=cast.second_advocate, at=NOON)
    hidden = replace(lost, since=OPENED + HOUR, ended_at=None)
    assert [replace(each, level=SHUT) for each in told] == ([] if closed or merge else [hidden]), (
        "a wall stands around every case of other records"
    )
    if told:
        row = next(iter(agreements(cast.second_advocate, NOON)))
        assert (row.due_at, row.why) == (None, "no agreement that was made in this case stands")
        page = file_of(cast, other, "second_advocate")
        assert (page.agreed, page.how, page.binds_too) == (None, contact_rules.AGREE_FIRST, ())
        assert case.reference not in repr(page)


def test_what_was_agreed_in_a_case_that_was_disposed_of_ends_by_the_victims_word(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    theirs = SafeContactRule((Channel.TEXT,), time(11), time(12))
    old = support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, at=OPENED + HOUR)
    SafeContact._base_manager.filter(pk=old.pk).update(case_file=new_id())
    (binds,) = file_of(cast, case).binds_too
    assert (binds.reference, binds.closed, binds.may_end) == ("", True, True)
    assert [row.reference for row in queries.agreements_to_renew(actor=cast.advocate, at=NOON)] == [case.reference]
    said: dict[str, Any] = {"rule": TEXTS, "why_ended": "At work.", "ends": [old.pk]}
    support.agree_contact(actor=cast.advocate, case=case, at=NOON, **said)
    assert file_of(cast, case).binds_too == ()


@pytest.mark.parametrize(("closed", "agreed", "due"), [(False, 1, 0), (False, -1, 1), (True, 1, 1), (True, 3, 0)])
def test_an_advocate_is_asked_again_only_of_what_the_victim_was_not_asked_of_since_it_may_end(
    cast: Cast, closed: bool, agreed: int, due: int
) -> None:
    """It was agreed elsewhere on day 0; that case closed on day 2."""
    case, other = two_cases(cast, merge=False)
    theirs = replace(TEXTS, confirmed=closed)
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, at=OPENED + 5 * DAY)
    agree(cast, case, at=OPENED + (5 + agreed) * DAY)
    if closed:
        Case.objects.unscoped("test").filter(pk=other.pk).update(state=State.CLOSED)
        shut = OPENED + 7 * DAY
        held = access_queries.held_by(cast.coordinator, "entered", at=shut)
        StateSet.objects.create(case=other, state=State.CLOSED, entered_at=shut, **held)
    assert len(queries.agreements_to_renew(actor=cast.advocate, at=NOON)) == due


def test_a_case_that_is_opened_anew_meanwhile_keeps_its_agreement(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    case, other = two_cases(cast, merge=False)
    old = support.agree_contact(actor=cast.second_advocate, case=other, rule=TEXTS, at=OPENED)
    there, really = Case.objects.unscoped("test").filter(pk=other.pk), contact_rules.why_not_agree
    there.update(state=State.CLOSED)

    def meanwhile(rule: SafeContactRule) -> Any:
        there.update(state=State.OPEN)
        return really(rule)

    monkeypatch.setattr(contact_rules, "why_not_agree", meanwhile)
    with pytest.raises(UnsafeContact, match="That case is open"):
        support.agree_contact(actor=cast.advocate, case=case, rule=TEXTS, ends=[old.pk], why_ended="Over.", at=NOON)


def test_what_a_wall_hides_is_not_ended_by_whoever_it_keeps_out(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    old = support.agree_contact(actor=cast.second_advocate, case=other, rule=TEXTS, at=OPENED)
    Case.objects.unscoped("test").filter(pk=other.pk).update(state=State.CLOSED)
    cases.wall_off(actor=cast.governance, case=other, staff=cast.advocate.staff, reason="a cousin", at=OPENED)
    assert (file_of(cast, case).binds_too, queries.agreements_to_renew(actor=cast.advocate, at=NOON)) == ((), ())
    with pytest.raises(UnsafeContact, match="has changed"):
        support.agree_contact(actor=cast.advocate, case=case, rule=TEXTS, ends=[old.pk], why_ended="Over.", at=NOON)


@pytest.mark.parametrize("merge", [False, True])
def test_a_victim_who_was_reached_in_another_case_is_not_silent(cast: Cast, merge: bool) -> None:
    case, other = two_cases(cast, merge=merge)
    in_touch(cast, other, NOON - 16 * DAY)
    ((_, days),) = silent(cast.advocate, NOON)
    quiet = queries.gone_quiet(actor=cast.analyst, at=NOON).rows
    assert (days, {each.days for each in quiet}, file_of(cast, case).days_silent) == (16, {16}, 16)
    assert {each.days for each in queries.silent_of_agency(actor=cast.advocacy_lead, at=NOON)} == {16}
    in_touch(cast, other, NOON - 3 * DAY)
    assert (silent(cast.advocate, NOON), file_of(cast, case).silent) == ([], False)
    assert queries.gone_quiet(actor=cast.analyst, at=NOON).rows == ()
    assert queries.silent_of_agency(actor=cast.advocacy_lead, at=NOON) == ()


def test_a_message_is_read_in_the_case_in_which_it_was_written_however_many_follow(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    for number in range(21):
        support.send_message(
            actor=cast.advocate, case=case, channel=Channel.TEXT, text=f"Your parcel {number}.", at=NOON
        )
    assert {each.text for each in file_of(cast, case).messages} == {f"Your parcel {number}." for number in range(21)}
    shown = queries.victim_file(actor=cast.second_advocate, reference=other.reference, at=NOON)
    assert shown.messages == ()


def test_the_days_say_nothing_of_a_case_that_the_reader_may_not_open(cast: Cast) -> None:
    """What happens in a case shut to them moves no figure, and the words claim nothing of it."""
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    Grant.objects.filter(file=other.pk).delete()

    def read(name: str) -> tuple[object, ...]:
        actor = cast.actor(name)
        lists = (silent(actor, NOON), queries.gone_quiet(actor=actor, at=NOON).rows)
        return (*lists, file_of(cast, case, name).last_safe_at, day_of(actor, "contacts", NOON))

    before = [read(name) for name in ("advocate", "officer")]
    in_touch(cast, other, NOON - DAY)
    assert [read(name) for name in ("advocate", "officer")] == before
    assert before[0][0], "the case is silent, as far as they may know"


def test_the_days_say_nothing_of_a_case_behind_a_wall(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    in_touch(cast, other, NOON - DAY)
    agree(cast, case)
    theirs = SafeContactRule((Channel.TEXT,), time(11), time(12))
    support.agree_contact(
        actor=cast.second_advocate, case=other, rule=theirs, code_phrase="tin hats", note="Fridays.", at=OPENED
    )
    cases.wall_off(actor=cast.governance, case=other, staff=cast.officer.staff, reason="a cousin", at=OPENED)
    walled, open_ = file_of(cast, case, "officer"), file_of(cast, case)
    assert (walled.last_safe_at, walled.silent, open_.silent) == (None, True, False)
    assert (walled.opens, walled.closes) != (open_.opens, open_.closes), "its hours are hidden too"
    assert walled.agreed is not None
    assert (ELSEWHERE in walled.how, walled.agreed.spoken) == (False, ())
    assert open_.agreed is not None
    assert (ELSEWHERE in open_.how, len(open_.agreed.spoken)) == (True, 2)


def test_what_was_agreed_behind_a_wall_is_nobodys_words_and_moves_no_figure(cast: Cast) -> None:
    """Where nothing else was agreed, whoever the wall keeps out makes no contact, as in a world without that case."""
    case, other = two_cases(cast, merge=False)
    lists = (to_reach, queries.silent_of_agency, queries.endpoints_to_confirm)

    def said(name: str, lead: str) -> tuple[object, ...]:
        shown = file_of(cast, case, name)
        stopped = contact_queries.why_not_contact_now(
            case.victim_id, Channel.TEXT, case=case.pk, at=NOON, leaves_message=False, actor=cast.actor(name)
        )
        rows = (found(actor=cast.actor(who), at=NOON) for found in lists for who in (name, lead))
        return (shown.how, shown.agreed, shown.opens, shown.ways, shown.days_silent, stopped, *rows)

    theirs = SafeContactRule((Channel.TEXT,), time(11), time(13), every_days=2)
    for name in ("officer", "advocate", "advocacy_lead"):
        cases.wall_off(actor=cast.governance, case=other, staff=cast.staff[name].pk, reason="a cousin", at=NOON - DAY)
    in_touch(cast, case, NOON - 3 * DAY)
    before = said("advocate", "advocacy_lead")
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, code_phrase="tin hats", at=NOON - DAY)
    assert said("advocate", "advocacy_lead") == before
    assert file_of(cast, case, "officer").how == contact_rules.NO_PLAN


HELD, LATE = contact_rules.HELD_BACK, NOON.replace(hour=23)


def test_a_hidden_agreement_binds_and_is_read_nowhere(cast: Cast) -> None:
    """Beside their own agreement a wall hides one of texts from 11:00 to 13:00: two worlds, read, asked and told of."""
    case, other = two_cases(cast, merge=False)
    agree(cast, case, SafeContactRule((Channel.TEXT, Channel.CALL), None, None))
    for name in ("advocate", "advocacy_lead"):
        cases.wall_off(actor=cast.governance, case=other, staff=cast.staff[name].pk, reason="a cousin", at=NOON - DAY)

    def read(name: str) -> tuple[object, ...]:
        shown, actor = file_of(cast, case, name), cast.actor(name)
        lists = (found(actor=actor, at=NOON) for found in (to_reach, queries.endpoints_to_confirm))
        return (shown.how, shown.agreed, shown.opens, shown.closes, shown.ways, shown.binds_too, *lists)

    def told(name: str, channel: Channel, at: datetime) -> str:
        sent = {"case": case, "channel": channel, "outcome": ContactOutcome.REACHED, "happened_at": at}
        return str(support.attempt_contact(actor=cast.actor(name), at=LATE, **sent).rule_broken)

    def why(channel: Channel, at: datetime, name: str | None = "advocate") -> str | None:
        actor = cast.actor(name) if name else None
        return contact_queries.why_not_contact_now(
            case.victim_id, channel, case=case.pk, at=at, leaves_message=False, actor=actor
        )[0]

    before = read("advocate")
    theirs = SafeContactRule((Channel.TEXT,), time(11), time(13), every_days=2)
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, at=NOON - DAY)
    assert read("advocate") == before
    asked = [(Channel.TEXT, NOON), (Channel.TEXT, NOON + 2 * HOUR), (Channel.CALL, NOON)]
    for who in ("advocate", "officer", None):
        assert [why(*each, who) for each in asked] == [None, HELD, HELD], "it binds, and says no way and no hour"
    stopped = Entry.objects.filter(action=contact_queries.HIDDEN_ASKED)
    assert set(stopped.values_list("actor", "file")) == {(cast.advocate.staff, other.pk)}
    # Any moment may be typed afterwards: only those who may know of it are answered by it.
    assert [told("advocate", *each) for each in asked] == ["", "", ""]
    assert [told("officer", *each) for each in asked] == [
        "",
        contact_rules.HELD_BACK_THEN,
        contact_rules.HELD_BACK_THEN,
    ]
    assert stopped.count() == 4, "and the log of the hidden case says who told of it"
    (alarm,) = governance.asked_against_hidden(actor=cast.governance, at=LATE)
    assert (alarm.who, alarm.contacts) == (cast.advocate.name, 4)
    assert any("Ask why Advocate" in str(row.what) for row in walls_to_look_at(actor=cast.governance, at=LATE))
    sent = support.send_message(
        actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON + 2 * HOUR
    )
    assert (sent.state, sent.why_stopped) == ("stopped", HELD)


def test_what_was_agreed_before_its_case_was_kept_stops_no_later_agreement(cast: Cast) -> None:
    case, other = two_cases(cast, merge=False)
    agree(cast, case)
    SafeContact.objects.unscoped("as before an upgrade").update(case_file=None)
    theirs = SafeContactRule((Channel.TEXT,), time(11), time(12))
    support.agree_contact(actor=cast.second_advocate, case=other, rule=theirs, at=OPENED + HOUR)
    shown = file_of(cast, case).agreed
    assert shown is not None
    assert shown.id is None
    support.agree_contact(actor=cast.advocate, case=case, rule=theirs, seen="", at=NOON)
    assert file_of(cast, case).agreed


# ---- whom to reach next -------------------------------------------------------------------------------------------


def test_contacts_stand_in_the_order_of_their_safe_hours(cast: Cast) -> None:
    later, now, tomorrow, no_plan = (case_of(cast) for _ in range(4))
    agree(cast, later, SafeContactRule((Channel.CALL,), time(17, 30), None))
    agree(cast, now, SafeContactRule((Channel.TEXT,), time(10), time(14)))
    agree(cast, tomorrow, SafeContactRule((Channel.EMAIL,), time(8), time(9)))
    found = {row.case: row for row in today(cast.advocate, NOON, "mine").every if row.kind == "contacts"}
    assert list(found) == [each.reference for each in (now, later, tomorrow, no_plan)]
    whys = {reference: row.why for reference, row in found.items()}
    assert whys.pop(now.reference) == "safe hours are open now"
    assert set(whys.values()) == {"safe hours"}
    assert found[no_plan.reference].detail.startswith("No safe contact has been agreed")


def test_whoever_may_not_read_how_she_is_reached_gets_no_list(cast: Cast) -> None:
    agree(cast, case_of(cast))
    for changes in ({"trained": False}, {"strength": "password"}, {"purpose": ""}, {"memberships": ()}):
        assert to_reach(actor=replace(cast.advocate, **changes), at=NOON) == []


def test_a_list_costs_the_same_however_long_it_is(cast: Cast, django_assert_num_queries: object) -> None:
    every = set()
    for _ in range(3):
        case = at_level(case_of(cast), Level.HIGH)
        agree(cast, case)
        support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOW - DAY, at=NOW)
        every.add(case.pk)
    advocate = cast.advocate
    with audit.reading(advocate, "page", at=NOON), django_assert_num_queries(2):  # type: ignore[operator]
        assert set(queries.reached_in(every, actor=advocate, at=NOON, reaches=every)) == every


def test_what_is_owed_is_listed_until_it_is_told(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case)
    update = support.owe_update(
        actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON - 3 * DAY, at=NOON
    )
    (row,) = day_of(cast.advocate, "code_clocks", NOON)
    assert row.due_at is not None
    assert row.due_at.astimezone(LONDON).date() == date(2026, 11, 23)
    support.tell_update(actor=cast.advocate, update=update, contact=reached(cast, case), at=NOON)
    assert day_of(cast.advocate, "code_clocks", NOON) == []


@pytest.mark.parametrize("name", ["olu", "station_officer"])
def test_another_site_sees_nothing(cast: Cast, name: str) -> None:
    case = at_level(case_of(cast), Level.HIGH)
    update = support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOW - DAY, at=NOW)
    actor = cast.actor(name)
    for kind in ("silence", "contacts", "code_clocks"):
        assert day_of(actor, kind, NOON) == []
    with pytest.raises(NotFound):
        queries.update_row(actor=actor, update=update.pk, at=NOON)
    with pytest.raises(NotFound):
        queries.case_row(actor=actor, reference=case.reference, at=NOON)


def test_a_victim_who_agreed_to_any_hour_is_not_said_to_have_agreed_none(cast: Cast) -> None:
    case = case_of(cast)
    agree(cast, case, replace(TEXTS, from_time=None, until_time=None))
    *_, row = day_of(cast.advocate, "contacts", NOON)
    assert (row.due_at, row.due, row.why) == (None, "any hour", "safe hours are open now")
