"""The keys under which people are found at once: kept in step with every record, and leading nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from fourfold.linkage import rules, shared_keys
from fourfold.linkage.terms import Traits
from fourfold.people import services as people
from fourfold.people.models import FindingKey, Victim
from fourfold.people.rules.search_keys import either_way, keys_of, weak_keys_of
from fourfold.people.services.search_keys import move_keys
from fourfold.people.terms import MarkKind, Part, PastReach, PastVictim, PersonDetails
from tests.cast import NOW, Cast

BORN = date(1985, 5, 3)
PHONE = (MarkKind.PHONE, "+447700900123")
HER = PersonDetails(name="Nora Jane Quill", birth="3 May 1985", phone="07700 900123", address="4 Mill Lane NM1 2AB")


def found(told: Traits, site: str = "northmoor", part: Part = Part.VICTIM) -> list[str]:
    return [each.name for each in shared_keys.sharing(site, part, told)]


@pytest.fixture
def nora(cast: Cast) -> Victim:
    return people.register_victim(actor=cast.analyst, site="northmoor", told=HER, at=NOW)


@pytest.mark.parametrize(
    "told",
    [
        Traits("Nora Quill"),
        Traits("Quill Norah"),
        Traits("Quill, Jane"),
        Traits("Nora Fairlamb", BORN),
        Traits("Quill", date(1985, 3, 5)),  # day and month the other way round
        Traits("", None, "", frozenset({PHONE})),
        Traits("", None, "", frozenset({(MarkKind.ADDRESS, "NM12AB 4")})),
        Traits("Quill"),  # no key: those whose family name sounds so
        Traits("", BORN),  # no key: those born that day
    ],
)
def test_she_is_found_by_whatever_tells_her_apart(nora: Victim, told: Traits) -> None:
    assert found(told) == ["Nora Quill"]
    assert found(told, site="southmere") == found(told, part=Part.SUBJECT) == []


@pytest.mark.parametrize(
    "told", [Traits(), Traits("Tessa Dunmore", date(1961, 9, 20)), Traits("Nora", BORN.replace(year=1990))]
)
def test_who_shares_nothing_finds_nobody(nora: Victim, told: Traits) -> None:
    assert found(told) == []


@pytest.mark.parametrize(
    "told",
    [
        Traits("Mora Hwill", BORN, "", frozenset({(MarkKind.ADDRESS, "NM12AB 14")})),  # the day and the postcode
        Traits("Nota Quirt", date(1985, 3, 5)),  # the day, whichever way round, and a first letter
        Traits("Qyill Nota", None, "", frozenset({(MarkKind.ADDRESS, "NM12AB 14")})),  # two letters and the postcode
    ],
)
def test_she_is_found_where_both_names_and_the_door_are_misspelt(nora: Victim, told: Traits) -> None:
    assert not rules.keys(told) & rules.keys(
        Traits("Nora Jane Quill", BORN, "", frozenset({(MarkKind.ADDRESS, "NM12AB 4")}))
    )
    assert found(told) == ["Nora Quill"]


def test_of_an_address_without_a_postcode_each_two_words_beside_each_other_are_a_place() -> None:
    one, other = ([(MarkKind.ADDRESS, f"14 {street} street blackburn")] for street in ("mill", "hill"))
    both = weak_keys_of("Nora Quill", None, one) & weak_keys_of("Nota Qyill", None, other)
    assert both == {("letters_at", "nq street blackburn")}
    long = [(MarkKind.ADDRESS, " ".join(map(str, range(80))))]
    assert len(weak_keys_of("Nora Quill", None, long)) == 9


def test_a_name_of_eighty_words_leads_to_no_more_keys_than_one_of_four() -> None:
    doors = [(MarkKind.ADDRESS, f"NM{place} 4") for place in range(10)]
    long = " ".join(chr(sign) for sign in range(0x4E00, 0x4E50))
    assert len(weak_keys_of("Ann Bea Cox Dee", BORN, doors)) == len(weak_keys_of(long, BORN, doors)) == 10 + 4 + 6 * 10


@pytest.mark.parametrize(
    "told",
    [
        Traits("Tessa Dunmore", BORN),
        Traits("Nota Qyill", None, "", frozenset({(MarkKind.ADDRESS, "NM12AC 14")})),
        Traits("Nota Xyill", None, "", frozenset({(MarkKind.ADDRESS, "NM12AB 14")})),
        Traits("Nota Qyill", None, "", frozenset({(MarkKind.ADDRESS, "14 mill lane northmoor")})),
    ],
)
def test_one_thing_that_says_little_finds_nobody(nora: Victim, told: Traits) -> None:
    assert found(told) == []


def test_a_former_name_is_found_by_its_letters_at_the_door_and_keys_made_anew_are_the_same(
    cast: Cast, nora: Victim
) -> None:
    told = Traits("Tezz Dynmoor", None, "", frozenset({(MarkKind.ADDRESS, "NM12AB 14")}))
    assert found(told) == []
    people.add_reach(actor=cast.analyst, victim=nora, kind=MarkKind.OTHER_NAME, value="Tess Dunmore", at=NOW)
    assert found(told) == ["Nora Quill"]
    past = [PastReach(uuid4(), nora.pk, MarkKind.ADDRESS, "9 Ash Way NM3 4CD", NOW)]
    people.take_over(actor=cast.analyst, rows=past, at=NOW)
    assert found(replace(told, marks=frozenset({(MarkKind.ADDRESS, "NM34CD 1")}))) == ["Nora Quill"]
    before = sorted(FindingKey.objects.values_list("key", "strength", "person"))
    people.rebuild_keys(actor=cast.analyst, at=NOW)
    assert sorted(FindingKey.objects.values_list("key", "strength", "person")) == before


def test_what_is_learned_later_finds_her_too(cast: Cast, nora: Victim) -> None:
    told = Traits("", None, "", frozenset({(MarkKind.EMAIL, "n@example.org")}))
    assert found(told) == []
    people.add_reach(actor=cast.analyst, victim=nora, kind=MarkKind.EMAIL, value="N@example.org", at=NOW)
    assert found(told) == ["Nora Quill"]


def test_she_is_found_by_a_former_name_and_a_day_with_it(cast: Cast, nora: Victim) -> None:
    told = (Traits("Nora Dunmore"), Traits("Tess Dunmore", BORN))
    assert [found(each) for each in told] == [[], []]
    people.add_reach(actor=cast.analyst, victim=nora, kind=MarkKind.OTHER_NAME, value="Nora Dunmore", at=NOW)
    assert [found(each) for each in told] == [["Nora Quill"], ["Nora Quill"]]


def test_marks_told_with_a_person_are_kept_with_them_and_found(cast: Cast) -> None:
    marks = ((MarkKind.VEHICLE, "AB12 CDE"), (MarkKind.ACCOUNT, "Instagram: @dean_m"), (MarkKind.OTHER_NAME, "Ty Ash"))
    people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(marks=marks), at=NOW)
    for told in (
        Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")})),
        Traits(marks=frozenset({(MarkKind.ACCOUNT, "dean_m")})),  # whatever the platform
        Traits("ASH, Ty"),
    ):
        assert len(found(told, part=Part.SUBJECT)) == 1


def test_a_subject_is_found_by_a_car_and_somebody_nobody_can_name_by_nothing(cast: Cast) -> None:
    dean = people.register_subject(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Dean Marlow"), at=NOW)
    unknown = people.register_subject(actor=cast.analyst, site="northmoor", told=None, at=NOW)
    for subject in (dean, unknown):
        people.add_mark(actor=cast.analyst, subject=subject, kind=MarkKind.VEHICLE, value="AB12 CDE", at=NOW)
    told = Traits(marks=frozenset({(MarkKind.VEHICLE, "AB12CDE")}))
    assert found(told, part=Part.SUBJECT) == ["Dean Marlow"]


def test_people_taken_over_are_found_and_keys_made_anew_are_the_same(cast: Cast, nora: Victim) -> None:
    identifier = uuid4()
    past = [
        PastVictim(identifier, "northmoor", PersonDetails(name="Ida Hale", birth="1 June 1990"), NOW),
        PastReach(uuid4(), identifier, MarkKind.PHONE, "07700 900999", NOW),
        PastReach(uuid4(), nora.pk, MarkKind.PHONE, "07700 900888", NOW),
    ]
    people.take_over(actor=cast.analyst, rows=past, at=NOW)
    assert found(Traits("", None, "", frozenset({(MarkKind.PHONE, "+447700900999")}))) == ["Ida Hale"]
    assert found(Traits("", None, "", frozenset({(MarkKind.PHONE, "+447700900888")}))) == ["Nora Quill"]
    before = set(FindingKey.objects.values_list("key", "strength", "person"))
    assert people.rebuild_keys(actor=cast.analyst, at=NOW) == len(before)
    assert set(FindingKey.objects.values_list("key", "strength", "person")) == before


def test_who_moves_to_another_unit_is_found_there_and_no_longer_here(cast: Cast, nora: Victim) -> None:
    nora.site = "southmere"
    nora.save()
    move_keys(nora, "northmoor")
    assert found(Traits("Nora Quill", BORN), site="southmere") == ["Nora Quill"]
    assert found(Traits("Nora Quill", BORN, "", frozenset({PHONE}))) == []


def test_who_shares_most_comes_first_and_no_more_than_the_bound_come(cast: Cast, nora: Victim) -> None:
    for _ in range(shared_keys.MOST_COMPARED + 5):
        people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Nora Quill"), at=NOW)
    first, *others = shared_keys.sharing("northmoor", Part.VICTIM, Traits("Nora Quill", BORN, "", frozenset({PHONE})))
    assert first.id == nora.pk
    assert len(others) == shared_keys.MOST_COMPARED - 1


def test_the_look_up_is_three_statements(nora: Victim, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(3):  # type: ignore[operator]
        found(Traits("Nora Quill", BORN))


def test_a_key_is_a_name_with_a_name_a_day_with_a_name_or_something_of_ones_own() -> None:
    sorts = {sort for sort, _ in keys_of("Nora Quill", BORN, [PHONE])}
    assert sorts == {"name", "birth", "phone"}
    assert keys_of("Nora", None, []) == keys_of("", BORN, []) == frozenset()
    assert either_way(BORN) == either_way(date(1985, 3, 5)) != either_way(date(1985, 5, 4))
