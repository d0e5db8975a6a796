"""People on record: who may put them there, what is kept, and who sees what of it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from fourfold.access import services as access
from fourfold.access.models import Agreement
from fourfold.access.terms import Compartment, NotFound, Refused, bits
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.people import queries, services
from fourfold.people.models import Subject, SubjectMark, Victim, VictimReach
from fourfold.people.terms import (
    InvalidBirth,
    InvalidDetails,
    MarkKind,
    Part,
    PastMark,
    PastReach,
    PastSubject,
    PastVictim,
    PersonDetails,
)
from tests.cast import NOW, Cast

ANNA = PersonDetails(
    name="Karlsen, Anna Maria",
    birth="3 May 1985",
    sex="female",
    phone="07700 900123",
    email="Anna@example.org",
    address="12 Acacia Ave, NM1 1AA",
)
ROLF = PersonDetails(name="Rolf Demmer", birth="1980-01-31", sex="M", phone="07700 900456")


def anna(cast: Cast) -> Victim:
    """Put Anna on record at Northmoor."""
    return services.register_victim(actor=cast.analyst, site="northmoor", told=ANNA, at=NOW)


def rolf(cast: Cast) -> Subject:
    """Put Rolf on record at Northmoor."""
    return services.register_subject(actor=cast.analyst, site="northmoor", told=ROLF, at=NOW)


def reaches() -> dict[str, str]:
    """Return what is kept of Anna's ways of being reached, by kind."""
    return dict(VictimReach.objects.unscoped("test").values_list("kind", "key"))


def test_a_victim_is_on_record_with_name_keys_and_ways_to_reach_her(cast: Cast) -> None:
    victim = anna(cast)
    assert (victim.given_name, victim.family_name, victim.other_names) == ("Anna", "Karlsen", "Maria")
    assert victim.name_key == "anna karlsen maria"
    assert victim.birth_on == date(1985, 5, 3)
    assert victim.sex == "F"
    assert victim.vulnerable is None, "not asked is not no"
    assert reaches() == {"phone": "+447700900123", "email": "anna@example.org", "address": "NM11AA 12"}
    assert audit_queries.verify().clean


def test_what_was_told_is_kept_though_no_key_can_be_made_of_it(cast: Cast) -> None:
    told = PersonDetails(name="Anna Karlsen", phone="ring her sister")
    services.register_victim(actor=cast.analyst, site="northmoor", told=told, at=NOW)
    row = VictimReach.objects.unscoped("test").get()
    assert (row.value, row.key) == ("ring her sister", "")


def test_a_subject_whom_nobody_can_name_is_a_subject_all_the_same(cast: Cast) -> None:
    for told in (None, PersonDetails()):
        subject = services.register_subject(actor=cast.analyst, site="northmoor", told=told, at=NOW)
        assert not subject.known
        assert subject.name == "subject not known"
        assert subject.name_key == ""


def test_a_subjects_number_becomes_a_mark(cast: Cast) -> None:
    rolf(cast)
    mark = SubjectMark.objects.unscoped("test").get()
    assert (mark.kind, mark.key, mark.of_associate) == ("phone", "+447700900456", False)


@pytest.mark.parametrize("name", ["clinician", "outreach", "advocate", "governance", "evaluator", "olu"])
def test_only_the_desk_puts_people_on_record(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        services.register_victim(actor=cast.actor(name), site="northmoor", told=ANNA, at=NOW)
    with pytest.raises(Refused):
        services.register_subject(actor=cast.actor(name), site="northmoor", told=ROLF, at=NOW)
    assert not Victim.objects.unscoped("test").exists()
    assert not Subject.objects.unscoped("test").exists()


@pytest.mark.parametrize(
    ("details", "field"),
    [
        (PersonDetails(name="A" * 161), "name"),
        (PersonDetails(name="A" * 81), "name"),
        (PersonDetails(phone="0" * 81), "phone"),
        (PersonDetails(email="a" * 121), "email"),
        (PersonDetails(address="a" * 201), "address"),
        (PersonDetails(birth="31 February 1985"), "birth"),
        (PersonDetails(birth="1 January 2030"), "birth"),
    ],
)
def test_details_that_cannot_be_kept_name_the_field(cast: Cast, details: PersonDetails, field: str) -> None:
    with pytest.raises(ValueError) as refusal:
        services.register_victim(actor=cast.analyst, site="northmoor", told=details, at=NOW)
    assert isinstance(refusal.value, InvalidDetails | InvalidBirth)
    assert refusal.value.field == field
    assert not Entry.objects.exists()


def test_a_mark_is_added_to_a_subject_and_stays(cast: Cast) -> None:
    subject = rolf(cast)
    mark = services.add_mark(
        actor=cast.officer, subject=subject, kind=MarkKind.VEHICLE, value=" ab12 cde ", at=NOW, of_associate=True
    )
    assert (mark.value, mark.key, mark.of_associate) == ("ab12 cde", "AB12CDE", True)
    assert Entry.objects.latest("seq").file == subject.pk


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (MarkKind.PHONE, "", "Write the phone"),
        (MarkKind.PHONE, "next door", "not a telephone number"),
        (MarkKind.EMAIL, "anna at home", "not an email address"),
        (MarkKind.ADDRESS, "Northmoor", "too short for an address"),
        (MarkKind.VEHICLE, "a red car with a dent", "not a number plate"),
        (MarkKind.ACCOUNT, "x" * 201, "200 characters or fewer"),
        (MarkKind.ACCOUNT, " @ ", "Write the name of the account"),
    ],
)
def test_a_mark_that_cannot_be_compared_is_refused_with_how_to_mend_it(
    cast: Cast, kind: MarkKind, value: str, said: str
) -> None:
    subject = rolf(cast)
    with pytest.raises(InvalidDetails, match=said) as refusal:
        services.add_mark(actor=cast.analyst, subject=subject, kind=kind, value=value, at=NOW)
    assert refusal.value.field == str(kind)


def test_the_advocate_and_the_desk_keep_ways_to_reach_a_victim(cast: Cast) -> None:
    victim = anna(cast)
    for name, value in (("advocate", "07700 900777"), ("analyst", "07700 900888")):
        services.add_reach(actor=cast.actor(name), victim=victim, kind=MarkKind.PHONE, value=value, at=NOW)
    assert VictimReach.objects.unscoped("test").filter(kind="phone").count() == 3


def test_the_clinician_keeps_no_way_to_reach_her(cast: Cast) -> None:
    victim = anna(cast)
    with pytest.raises(Refused):
        services.add_reach(actor=cast.clinician, victim=victim, kind=MarkKind.PHONE, value="07700 900777", at=NOW)


def test_a_way_to_reach_her_ends_once_and_stays_on_record(cast: Cast) -> None:
    victim = anna(cast)
    reach = VictimReach.objects.unscoped("test").get(kind="phone")
    services.end_reach(actor=cast.advocate, victim=victim, reach=reach.pk, at=NOW)
    assert VictimReach.objects.unscoped("test").get(pk=reach.pk).ended_at == NOW
    with pytest.raises(InvalidDetails, match="already ended"):
        services.end_reach(actor=cast.advocate, victim=victim, reach=reach.pk, at=NOW + timedelta(days=1))
    assert audit_queries.verify().clean


def test_another_victims_number_cannot_be_ended_through_this_one(cast: Cast) -> None:
    victim, other = anna(cast), anna(cast)
    reach = VictimReach.objects.unscoped("test").filter(kind="phone", victim=other).get()
    with pytest.raises(InvalidDetails):
        services.end_reach(actor=cast.advocate, victim=victim, reach=reach.pk, at=NOW)


Write = Callable[[Cast, Victim, Subject], object]
WRITES: dict[str, Write] = {
    "mark": lambda cast, victim, subject: services.add_mark(
        actor=cast.olu, subject=subject, kind=MarkKind.PHONE, value="07700 900777", at=NOW
    ),
    "reach": lambda cast, victim, subject: services.add_reach(
        actor=cast.olu, victim=victim, kind=MarkKind.PHONE, value="07700 900777", at=NOW
    ),
    "end": lambda cast, victim, subject: services.end_reach(actor=cast.olu, victim=victim, reach=uuid.uuid4(), at=NOW),
    "victim": lambda cast, victim, subject: queries.victim_row(victim.pk, actor=cast.olu, at=NOW),
    "subject": lambda cast, victim, subject: queries.subject(subject.pk, actor=cast.olu, at=NOW),
}


@pytest.mark.parametrize("name", WRITES)
def test_for_another_site_they_do_not_exist(cast: Cast, name: str) -> None:
    with pytest.raises(NotFound):
        WRITES[name](cast, anna(cast), rolf(cast))


def test_an_absent_person_is_as_one_of_another_site(cast: Cast) -> None:
    with pytest.raises(NotFound):
        queries.victim_row(uuid.uuid4(), actor=cast.olu, at=NOW)
    with pytest.raises(NotFound):
        queries.subject(uuid.uuid4(), actor=cast.olu, at=NOW)


def test_a_walled_colleague_finds_nobody(cast: Cast) -> None:
    victim, subject = anna(cast), rolf(cast)
    access.declare_conflict(actor=cast.officer, files=[victim.pk, subject.pk], at=NOW)
    with pytest.raises(NotFound):
        queries.victim_row(victim.pk, actor=cast.officer, at=NOW)
    with pytest.raises(NotFound):
        queries.subject(subject.pk, actor=cast.officer, at=NOW)
    assert queries.found("Karlsen", actor=cast.officer, at=NOW) == []
    assert queries.found("Demmer", actor=cast.officer, at=NOW) == []
    assert queries.found("Karlsen", actor=cast.second_officer, at=NOW) != []


def test_the_team_sees_a_subject_with_the_marks(cast: Cast) -> None:
    subject = rolf(cast)
    card = queries.subject(subject.pk, actor=cast.clinician, at=NOW)
    assert (card.name, card.known, card.birth_on) == ("Rolf Demmer", True, date(1980, 1, 31))
    assert [mark.value for mark in card.marks] == ["07700 900456"]
    assert Entry.objects.latest("seq").operation == "consultation"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("Karlsen", ["Anna Karlsen"]),
        ("Anna", ["Anna Karlsen"]),
        ("carlson anna", ["Anna Karlsen"]),
        ("KARL", ["Anna Karlsen"]),
        ("Demmer", ["Rolf Demmer"]),
        ("07700 900456", ["Rolf Demmer"]),
        ("07700 900123", []),
        ("Nobody", []),
        ("  ", []),
    ],
)
def test_a_search_finds_by_name_sound_and_a_subjects_number(cast: Cast, words: str, names: list[str]) -> None:
    anna(cast)
    rolf(cast)
    assert [person.name for person in queries.found(words, actor=cast.officer, at=NOW)] == names


def test_a_search_finds_nobody_for_who_sees_no_allegation(cast: Cast) -> None:
    anna(cast)
    assert queries.found("Karlsen", actor=cast.governance, at=NOW) == []
    assert queries.found("Karlsen", actor=cast.olu, at=NOW) == []


def test_a_search_takes_three_statements_and_keeps_account(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    anna(cast)
    actor = cast.officer
    with django_assert_max_num_queries(
        8
    ):  # three to search, of which a page runs one ahead, the rest to write the log entry in its transaction
        people = queries.found("Karlsen", actor=actor, at=NOW)
    assert [person.part for person in people] == [Part.VICTIM]
    assert Entry.objects.latest("seq").action == "people.search"


# ---- taking over ---------------------------------------------------------------------------------------------------


def past(site: str = "northmoor") -> list[object]:
    """Return a victim and a subject of the time before, each with something more."""
    victim, subject, unknown = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    before = NOW - timedelta(days=400)
    return [
        PastVictim(victim, site, ANNA, before, vulnerable=True),
        PastSubject(subject, site, ROLF, before),
        PastSubject(unknown, site, None, before),
        PastReach(uuid.uuid4(), victim, MarkKind.PHONE, "07700 900777", before),
        PastMark(uuid.uuid4(), subject, MarkKind.ACCOUNT, "@demmer", before, of_associate=True),
    ]


def test_people_of_the_time_before_are_taken_over_in_one_entry(cast: Cast) -> None:
    rows = past()
    assert services.take_over(actor=cast.analyst, rows=rows, at=NOW) == 9  # type: ignore[arg-type]
    victim = Victim.objects.unscoped("test").get()
    assert victim.pk == rows[0].id  # type: ignore[attr-defined]
    assert victim.recorded_at == NOW - timedelta(days=400)
    assert Subject.objects.unscoped("test").filter(known=False).count() == 1
    assert VictimReach.objects.unscoped("test").count() == 4
    entry = Entry.objects.get()
    assert entry.action == "people.taken_over"
    assert '"root"' in entry.body
    assert audit_queries.verify().clean


def test_a_taken_over_person_is_as_one_registered_now(cast: Cast) -> None:
    services.take_over(actor=cast.analyst, rows=past(), at=NOW)  # type: ignore[arg-type]
    registered = anna(cast)
    taken = Victim.objects.unscoped("test").exclude(pk=registered.pk).get()
    for column in ("given_name", "family_name", "other_names", "name_key", "sound_key", "birth_on", "sex"):
        assert getattr(taken, column) == getattr(registered, column)


def test_nobody_takes_people_over_for_another_site(cast: Cast) -> None:
    with pytest.raises(Refused):
        services.take_over(actor=cast.olu, rows=past(), at=NOW)  # type: ignore[arg-type]
    assert not Victim.objects.unscoped("test").exists()


def test_nobody_hangs_a_number_on_somebody_of_another_site(cast: Cast) -> None:
    victim, subject = anna(cast), rolf(cast)
    reach = PastReach(uuid.uuid4(), victim.pk, MarkKind.PHONE, "07700 900777", NOW)
    mark = PastMark(uuid.uuid4(), subject.pk, MarkKind.PHONE, "07700 900777", NOW)
    for row in (reach, mark):
        with pytest.raises(Refused):
            services.take_over(actor=cast.olu, rows=[row], at=NOW)
        assert services.take_over(actor=cast.analyst, rows=[row], at=NOW) == 1


def test_a_batch_with_a_row_that_cannot_be_kept_is_not_kept_at_all(cast: Cast) -> None:
    rows = [*past(), PastVictim(uuid.uuid4(), "northmoor", PersonDetails(birth="31/02/1980"), NOW)]
    with pytest.raises(InvalidBirth):
        services.take_over(actor=cast.analyst, rows=rows, at=NOW)  # type: ignore[arg-type]
    assert not Victim.objects.unscoped("test").exists()
    assert not Entry.objects.exists()


def test_a_subject_is_named_only_to_who_may_know_the_subject(cast: Cast) -> None:
    """An agency whose agreement opens the core alone sees that there is a record, and names nobody by it."""
    row = rolf(cast)
    Agreement.objects.filter(partner="northmoor-nhs").update(compartments=bits(frozenset({Compartment.CORE})))
    assert Subject.objects.visible_to(cast.clinician, at=NOW).filter(pk=row.pk).exists()
    assert queries.subject_row(row.pk, actor=cast.outreach, at=NOW) == row
    for name in ("clinician", "olu"):
        with pytest.raises(NotFound):
            queries.subject_row(row.pk, actor=cast.actor(name), at=NOW)
