"""Receiving an allegation: word for word, by whom, with what log, and seen by whom."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Refused, RelationKind
from fourfold.audit import queries as audit_queries
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import AlreadyDone
from fourfold.intake import queries, services
from fourfold.intake.models import Allegation, FurtherPerson, ImportRun
from fourfold.intake.terms import (
    Behaviour,
    Channel,
    FurtherAsTold,
    InvalidTold,
    KnownBy,
    KnownKind,
    PastAllegation,
    PersonAsTold,
    PersonRole,
    RecordingClass,
    Urgency,
)
from tests.cast import NOW, Cast
from tests.intake.told import ANNA, ROLF, told

STORY = "  He followed her home\r\nand =SUM(A1) «again»  "


def received(cast: Cast, words: str = STORY, **more: object) -> Allegation:
    """Receive something at Northmoor as the analyst."""
    given = {"channel": Channel.FEED, "victim": ANNA, "subject": ROLF, "place": "the bus stop", **more}
    return services.receive_allegation(actor=cast.analyst, told=told(words, **given), at=NOW)


def test_the_words_are_kept_to_the_letter(cast: Cast) -> None:
    allegation = Allegation.objects.unscoped("test").get(pk=received(cast).pk)
    assert allegation.words == STORY
    assert allegation.victim_name == "Anna Karlsen"
    assert allegation.subject_phone == "07700 900456"
    assert allegation.relationship == "former partner"
    assert allegation.received_at == NOW
    assert allegation.told_at == NOW - timedelta(days=1)


def test_how_soon_and_why_stand_beside_it(cast: Cast) -> None:
    allegation = received(cast, "He had a knife and followed her")
    assert allegation.urgency == Urgency.NOW
    assert allegation.urgency_reasons[0] == "weapon mentioned"
    assert allegation.for_desk


def test_it_is_held_by_whoever_received_it_on_its_legal_ground(cast: Cast) -> None:
    allegation = received(cast)
    assert (allegation.controller, allegation.basis) == ("northmoor-police", "police.law_enforcement")
    assert (allegation.source, allegation.recorded_by) == ("feed", cast.analyst.staff)


def test_the_log_says_that_it_was_collected_and_holds_no_word_of_it(cast: Cast) -> None:
    allegation = received(cast)
    entry = Entry.objects.get()
    assert (entry.action, entry.operation, entry.file) == ("allegation.received", "collection", allegation.pk)
    assert "Karlsen" not in entry.body
    assert "followed" not in entry.body
    assert audit_queries.verify().clean


def test_one_edited_byte_shows(cast: Cast) -> None:
    allegation = received(cast)
    Allegation.objects.unscoped("test").filter(pk=allegation.pk).update(words="He waved.")
    assert [finding.kind for finding in audit_queries.verify().findings] == ["row"]


@pytest.mark.parametrize("name", ["analyst", "officer", "coordinator", "advocate"])
def test_the_desk_and_advocates_receive_by_any_channel(cast: Cast, name: str) -> None:
    for channel in (Channel.FEED, Channel.DIARY, Channel.BREACH):
        services.receive_allegation(actor=cast.actor(name), told=told(channel=channel), at=NOW)


@pytest.mark.parametrize("name", ["clinician", "outreach"])
def test_the_other_professions_refer(cast: Cast, name: str) -> None:
    referral = services.receive_allegation(actor=cast.actor(name), told=told(), at=NOW)
    assert referral.channel == "referral"
    assert (referral.controller, referral.recorded_by) == ("northmoor-police", cast.actor(name).staff)
    with pytest.raises(Refused):
        services.receive_allegation(actor=cast.actor(name), told=told(channel=Channel.FEED), at=NOW)


@pytest.mark.parametrize("name", ["olu", "governance", "evaluator", "lead", "administrator", "station_officer"])
def test_who_does_not_belong_to_the_unit_brings_nothing_in(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        services.receive_allegation(actor=cast.actor(name), told=told(), at=NOW)
    assert not Allegation.objects.unscoped("test").exists()
    assert Entry.objects.get().operation == "refusal"


def test_without_a_reference_it_gets_one_that_can_be_read_aloud(cast: Cast) -> None:
    one, other = received(cast), received(cast)
    assert one.reference.startswith("F-")
    assert one.reference != other.reference


def test_a_reference_is_used_once_by_its_teller(cast: Cast) -> None:
    received(cast, reference=" 06/26/1 ", system="rms")
    with pytest.raises(InvalidTold, match="was used before") as refusal:
        received(cast, reference="06/26/1", system="rms")
    assert refusal.value.field == "reference"
    received(cast, reference="06/26/1", system="another system")
    received(cast, reference="06/26/2", system="rms")


def test_what_cannot_be_kept_is_refused_before_anything_is_stored(cast: Cast) -> None:
    with pytest.raises(InvalidTold) as refusal:
        received(cast, occurred_from=NOW + timedelta(days=1))
    assert refusal.value.field == "occurred_from"
    assert not Allegation.objects.unscoped("test").exists()
    assert not Entry.objects.exists()


def test_a_referral_sent_twice_is_kept_once(cast: Cast) -> None:
    for attempt in (1, 2):
        try:
            with audit.once("key-1", "the same", cast.clinician, at=NOW):
                services.receive_allegation(actor=cast.clinician, told=told(), at=NOW)
        except AlreadyDone:
            assert attempt == 2
    assert Allegation.objects.unscoped("test").count() == 1


# ---- reading -------------------------------------------------------------------------------------------------------


def test_the_desk_reads_what_happened_and_about_whom_but_not_how_to_reach_her(cast: Cast) -> None:
    sheet = queries.as_told(received(cast).pk, actor=cast.analyst, at=NOW)
    assert sheet.words == STORY
    assert [one.name for one in sheet.mentions] == ["follows"]
    assert sheet.victim == PersonAsTold(name="Anna Karlsen", birth="3 May 1985", relationship="former partner")
    assert sheet.subject is not None
    assert sheet.subject.phone == "07700 900456"
    assert sheet.place is None
    assert not sheet.victim_reach_shown


def test_her_officer_reads_how_to_reach_her(cast: Cast) -> None:
    allegation = received(cast)
    access.relate(actor=cast.coordinator, file=allegation.pk, staff=cast.officer.staff, kind=RelationKind.OIC, at=NOW)
    sheet = queries.as_told(allegation.pk, actor=cast.officer, at=NOW)
    assert sheet.place == "the bus stop"
    assert sheet.victim.phone == "07700 900123"
    assert "victim_contact" in Entry.objects.latest("seq").body


def test_for_another_site_an_allegation_does_not_exist(cast: Cast) -> None:
    allegation = received(cast)
    for absent in (allegation.pk, uuid.uuid4()):
        with pytest.raises(NotFound):
            queries.as_told(absent, actor=cast.olu, at=NOW)
    assert not Allegation.objects.visible_to(cast.olu, at=NOW).exists()


def test_for_a_walled_colleague_it_does_not_exist(cast: Cast) -> None:
    allegation = received(cast)
    access.declare_conflict(actor=cast.officer, files=[allegation.pk], at=NOW)
    with pytest.raises(NotFound):
        queries.as_told(allegation.pk, actor=cast.officer, at=NOW)
    assert not Allegation.objects.visible_to(cast.officer, at=NOW).exists()
    assert queries.as_told(allegation.pk, actor=cast.second_officer, at=NOW).id == allegation.pk


def test_every_reading_is_remembered(cast: Cast) -> None:
    allegation = received(cast)
    queries.as_told(allegation.pk, actor=cast.clinician, at=NOW)
    entry = Entry.objects.latest("seq")
    assert (entry.operation, entry.file, entry.actor) == ("consultation", allegation.pk, cast.clinician.staff)


def test_one_allegation_is_read_in_a_known_number_of_statements(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    allegation, actor = received(cast), cast.analyst
    with django_assert_num_queries(10):
        queries.as_told(allegation.pk, actor=actor, at=NOW)


# ---- taking over ---------------------------------------------------------------------------------------------------


def past(number: int, **more: object) -> PastAllegation:
    """Return one of many allegations of the time before."""
    row = told(f"He texted her, number {number}", system="old", reference=f"old/{number}", **more)
    before = NOW - timedelta(days=400)
    return PastAllegation(uuid.uuid4(), replace(row, told_at=before), before)


def test_a_thousand_allegations_are_taken_over_in_three_entries(cast: Cast) -> None:
    rows = [past(number, victim=ANNA) for number in range(1_001)]
    assert services.take_over(actor=cast.analyst, rows=iter(rows), at=NOW) == 1_001
    assert set(Allegation.objects.unscoped("test").values_list("pk", flat=True)) == {row.id for row in rows}
    assert Entry.objects.filter(action="allegations.taken_over").count() == 3
    run = ImportRun.objects.get()
    assert (run.read, run.accepted, run.duplicates, run.quarantined) == (1_001, 1_001, 0, 0)
    assert audit_queries.verify().clean
    assert list(queries.faults_of_batches()) == []


@pytest.mark.parametrize("at_once", [True, False])
def test_a_reference_is_taken_over_once(cast: Cast, at_once: bool) -> None:
    first, same, other = past(1), past(1), past(2)
    if not at_once:
        services.take_over(actor=cast.analyst, rows=[first], at=NOW)
    with pytest.raises(InvalidTold, match="“old/1” was used before") as refused:
        services.take_over(actor=cast.analyst, rows=[first, other, same] if at_once else [other, same], at=NOW)
    assert refused.value.field == "reference"
    assert Allegation.objects.unscoped("test").count() == (0 if at_once else 1), "the batch is kept whole or not at all"


BO = PersonAsTold(name=" Bo Hale ", birth="1990", known_by=(KnownBy(KnownKind.VEHICLE, "AB12 CDE"),))
FURTHER = (
    FurtherAsTold(PersonRole.SUBJECT, BO),
    FurtherAsTold(PersonRole.VICTIM, PersonAsTold(name="Ida Karlsen", phone="07700 900124")),
    FurtherAsTold(PersonRole.SUBJECT, PersonAsTold(name="Ty Ash")),
)


def further_of(cast: Cast, allegation: uuid.UUID) -> list[tuple[str, str, int]]:
    """Return who else an allegation tells of, and how much each is known by, as its page shows it."""
    shown = queries.as_told(allegation, actor=cast.analyst, at=NOW).further
    return [(str(one.role), one.person.name.strip(), len(one.person.known_by)) for one in shown]


THEY = [("subject", "Bo Hale", 1), ("subject", "Ty Ash", 0), ("victim", "Ida Karlsen", 0)]


def test_whoever_is_told_of_besides_is_kept_with_an_allegation(cast: Cast) -> None:
    allegation = received(cast, further=FURTHER)
    assert further_of(cast, allegation.pk) == THEY
    kept = FurtherPerson.objects.unscoped("test").order_by("role", "place")
    assert [(one.role, one.place) for one in kept] == [("subject", 2), ("subject", 3), ("victim", 2)]
    assert kept[0].name == "Bo Hale", "without the blanks around it"
    assert audit_queries.verify().clean
    kept.filter(name="Ty Ash").update(name="Ty Ashe")
    assert [finding.kind for finding in audit_queries.verify().findings] == ["row"], "the log knows the row"


def test_whoever_is_told_of_besides_is_taken_over_and_proved(cast: Cast) -> None:
    rows = [past(1, further=FURTHER), past(2), past(3, further=FURTHER[:1])]
    services.take_over(actor=cast.analyst, rows=rows, at=NOW)
    assert [further_of(cast, row.id) for row in rows] == [THEY, [], THEY[:1]]
    assert list(queries.faults_of_batches()) == []
    FurtherPerson.objects.unscoped("test").filter(name="Ty Ash").update(name="Ty Ashe")
    assert [finding.kind for finding in queries.faults_of_batches()] == ["row"]


@pytest.mark.parametrize(
    ("person", "field", "says"),
    [
        (PersonAsTold(name="x" * 161), "subject.name", "Shorten this to 160 characters or fewer"),
        (PersonAsTold(name="Bo\x00"), "subject.name", "NUL"),
    ],
)
def test_what_cannot_be_kept_of_a_further_person_is_refused_whole(
    cast: Cast, person: PersonAsTold, field: str, says: str
) -> None:
    with pytest.raises(InvalidTold, match=says) as refusal:
        received(cast, further=(FurtherAsTold(PersonRole.SUBJECT, person),))
    assert refusal.value.field == field
    assert not Allegation.objects.unscoped("test").exists()


def test_one_edited_byte_in_a_batch_shows(cast: Cast) -> None:
    services.take_over(actor=cast.analyst, rows=[past(number) for number in range(20)], at=NOW)
    one = Allegation.objects.unscoped("test").get(reference="old/7")
    Allegation.objects.unscoped("test").filter(pk=one.pk).update(words="He texted her, number 8")
    findings = list(queries.faults_of_batches())
    assert [(finding.kind, finding.seq) for finding in findings] == [("row", Entry.objects.latest("seq").seq)]


def test_a_row_taken_out_of_a_batch_shows(cast: Cast) -> None:
    services.take_over(actor=cast.analyst, rows=[past(number) for number in range(20)], at=NOW)
    Allegation.objects.unscoped("test").filter(reference="old/7").delete()
    assert ["20 rows were kept" in finding.meaning for finding in queries.faults_of_batches()] == [True]


def test_a_past_allegation_is_as_one_received_then(cast: Cast) -> None:
    row = past(1, recorded_class=RecordingClass.HARASSMENT, behaviours=(Behaviour.FOLLOWS,))
    services.take_over(actor=cast.analyst, rows=[row], at=NOW)
    kept = Allegation.objects.unscoped("test").get()
    assert kept.received_at == kept.recorded_at == row.received_at
    assert (kept.recorded_class, kept.behaviours, kept.urgency) == ("8L", ["follows"], "soon")


def test_nobody_takes_over_for_another_site(cast: Cast) -> None:
    for name in ("olu", "officer", "clinician"):
        with pytest.raises(Refused):
            services.take_over(actor=cast.actor(name), rows=[past(1)], at=NOW)
    assert not Allegation.objects.unscoped("test").exists()


def test_a_batch_with_a_row_that_cannot_be_kept_is_not_kept_at_all(cast: Cast) -> None:
    wrong = replace(past(2), told=replace(past(2).told, occurred_from=NOW))
    with pytest.raises(InvalidTold):
        services.take_over(actor=cast.analyst, rows=[past(1), wrong], at=NOW)
    assert not Allegation.objects.unscoped("test").exists()
    assert not Entry.objects.exists()
