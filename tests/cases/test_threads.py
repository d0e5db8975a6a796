"""Which reports tell of one person and belong together: a table of households, slips and strangers."""

from __future__ import annotations

import tracemalloc
import uuid
from datetime import date, timedelta

import pytest

from fourfold.cases import rules
from fourfold.cases.rules import grouping
from fourfold.cases.rules.many import Reports, Tellings
from fourfold.cases.terms import Report
from fourfold.linkage import weights
from fourfold.people.rules import key_of
from fourfold.people.terms import MarkKind
from tests.cast import NOW

DAY = timedelta(days=1)
NORA = {"name": "Nora Quill", "born": date(1985, 5, 3), "phone": "07700 900123", "sex": "F"}
KINDS = {kind.value: kind for kind in MarkKind} | {"car": MarkKind.VEHICLE, "aka": MarkKind.OTHER_NAME}
DEAN = {"name": "Dean Marlow", "born": date(1979, 2, 11), "sex": "M"}


def person(name="", born=None, sex="", **marks):
    told = [(KINDS[word], value) for word, values in marks.items() for value in values.split("; ")]
    return rules.traits_of(name, born, sex, ((kind, key_of(kind, value)) for kind, value in told))


def report(day=0, victim=NORA, subject=DEAN, site="northmoor", **more):
    return Report(
        uuid.UUID(int=1_000 + day), site, NOW + day * DAY, person(**victim), person(**(subject or {})), **more
    )


def together(*reports):
    """Return the acts of each possible course, by the days of its reports."""
    return sorted(sorted(act.int - 1_000 for act in thread.acts) for thread in threads_of(reports))


def threads_of(reports):
    """Return the possible courses of all sites."""
    found = rules.belonging(reports, weights.shipped())
    every = (thread for site in sorted({one.site for one in reports}) for thread in found.threads(site))
    return list({thread.acts: thread for thread in every}.values())


@pytest.mark.parametrize(
    ("why", "victim", "same"),
    [
        ("a slip in the family name", {"name": "Nora Quil"}, True),
        ("the names the wrong way round", {"name": "Quill Nora"}, True),
        ("day and month swapped", {"born": date(1985, 3, 5)}, True),
        ("a married name, the number kept", {"name": "Nora Ashby"}, True),
        ("no number, the day of birth kept", {"phone": ""}, True),
        ("the same name and nothing else", {"born": None, "phone": "", "sex": ""}, False),
        ("a sister at the same number", {"name": "Clara Quill", "born": date(1988, 1, 9)}, False),
        ("a man at the same number", {"name": "Noel Quill", "sex": "M", "born": None}, False),
        ("her twin", {"name": "Anna Quill"}, False),
        ("somebody else", {"name": "Ada Brindlecott", "born": date(1990, 1, 1), "phone": "07700 900555"}, False),
    ],
)
def test_a_second_report_is_about_the_same_victim(why, victim, same):
    assert together(report(0), report(9, {**NORA, **victim})) == ([[0, 9]] if same else []), why


MARRIED = {**NORA, "aka": "Nora Dunmore"}


@pytest.mark.parametrize(
    ("why", "one", "other", "same"),
    [
        ("a former name, and her day", MARRIED, {"name": "Nora Dunmore", "born": NORA["born"]}, True),
        ("the same, told the other way round", {"name": "Nora Dunmore", "born": NORA["born"]}, MARRIED, True),
        ("a former name spelt as it sounds", MARRIED, {"name": "DUNMOOR Nora", "born": NORA["born"]}, True),
        ("a former name alone", MARRIED, {"name": "Nora Dunmore"}, False),
        ("her account, its platform told once", {"account": "instagram: nq"}, {"account": "nq"}, True),
        ("one name on two platforms", {"account": "instagram: nq"}, {"account": "snapchat: nq"}, False),
        ("the family's account: her twin", {"account": "nq"}, {"name": "Anna Quill", "account": "nq"}, False),
        (
            "the family's car: her father",
            {"car": "AB12 CDE"},
            {"name": "Noel Quill", "sex": "M", "car": "AB12 CDE"},
            False,
        ),
        ("a twin of one former name", MARRIED, {**NORA, "name": "Anna Quill", "aka": "Anna Dunmore"}, False),
    ],
)
def test_what_else_she_is_known_by_joins_what_agrees_and_never_two_of_a_household(why, one, other, same):
    bare = {"name": "Nora Quill", "sex": "F"}
    assert together(report(0, {**bare, **one}), report(9, {**bare, **other})) == ([[0, 9]] if same else []), why


BARE = {"name": "Dean Marlow"}


@pytest.mark.parametrize(
    ("why", "one", "other", "same"),
    [
        ("nothing but the name", {"sex": "M"}, {}, False),
        ("his car", {"car": "AB12 CDE"}, {"car": "ab12cde"}, True),
        ("the second of his cars", {"car": "AB12 CDE; XY63 ZZZ"}, {"car": "XY63 ZZZ"}, True),
        ("his account", {"account": "@dean_m"}, {"account": "Snapchat: dean_m"}, True),
        ("another's account", {"account": "instagram: dean_m"}, {"account": "snapchat: dean_m"}, False),
        ("his alias, and his car", {"aka": "Ty Ash", "car": "AB12 CDE"}, {"name": "Ty Ash", "car": "AB12 CDE"}, True),
        ("his alias, and his day", {**DEAN, "aka": "Ty Ash"}, {"name": "Ty Ash", "born": DEAN["born"]}, True),
        ("his alias alone", {"aka": "Ty Ash"}, {"name": "Ty Ash"}, False),
        ("his brother in his car", {"car": "AB12 CDE"}, {"name": "Karl Marlow", "car": "AB12 CDE"}, False),
        ("somebody else at his account", {"account": "dm"}, {"name": "Owen Starkey", "account": "dm"}, False),
    ],
)
def test_what_else_he_is_known_by_makes_one_course_of_two_reports(why, one, other, same):
    reports = [report(day, subject={**BARE, **his}) for day, his in ((0, one), (9, other))]
    assert together(*reports) == ([[0, 9]] if same else []), why


def test_somebody_of_two_names_brings_together_what_tells_one_of_them():
    both = {**DEAN, "aka": "Ty Ash"}
    alias = {"name": "Ty Ash", "born": DEAN["born"]}
    assert together(report(0), report(1, subject=alias)) == [], "two men, as far as anybody knows"
    assert together(report(0), report(1, subject=alias), report(2, subject=both)) == [[0, 1, 2]]


def test_the_same_victim_told_of_two_subjects_has_two_courses():
    other = {"name": "Karl Obern", "born": date(1970, 7, 7), "sex": "M"}
    reports = [report(0), report(1), report(2, subject=other), report(3, subject=other)]
    assert together(*reports) == [[0, 1], [2, 3]]


def test_a_report_that_names_nobody_counts_with_the_only_known_subject():
    assert together(report(0), report(1, subject=None), report(2, subject={"name": "unknown male"})) == [[0, 1, 2]]


def test_where_two_are_known_a_report_that_names_nobody_belongs_to_neither():
    other = {"name": "Karl Obern", "born": date(1970, 7, 7), "sex": "M"}
    reports = [report(0), report(1), report(2, subject=other), report(3, subject=None), report(4, subject=None)]
    assert together(*reports) == [[0, 1], [3, 4]]


def test_where_nearly_all_name_one_subject_a_report_that_names_nobody_counts_with_them():
    other = {"name": "Karl Obern", "born": date(1970, 7, 7), "sex": "M"}
    named = [report(day) for day in range(8)]
    assert together(*named, report(8, subject=other), report(9, subject=None)) == [[*range(8), 9]]


def test_one_day_of_birth_put_down_wrongly_parts_no_group():
    wrong = {**NORA, "born": date(1958, 11, 30)}
    without = {**NORA, "born": None}
    others = [{**NORA, "phone": phone, "email": "nora@quill.example"} for phone in ("07700 900321", "07700 900322")]
    reports = [report(day, victim) for day, victim in enumerate([NORA, without, *others, wrong])]
    assert together(*reports) == [[0, 1, 2, 3]]


def test_a_father_and_a_son_stay_two_however_many_reports_tell_no_day_of_birth():
    told = {"name": "Nolan Quill", "phone": "07700 900123", "address": "1 Invented Row", "sex": "M"}
    births = (date(1950, 4, 2), date(1950, 4, 2), date(1981, 9, 9), date(1981, 9, 9))
    reports = [report(day, {**told, "born": born}) for day, born in enumerate(births)]
    reports += [report(day, {**told, "email": f"n{day}@quill.example"}) for day in range(4, 9)]
    assert all(not ({0, 1} & set(found) and {2, 3} & set(found)) for found in together(*reports))


def test_whom_somebody_confirmed_is_one_person_whatever_was_told():
    who = uuid.uuid4()
    reports = [report(0, victim_is=who), report(1, {"name": "N."}, victim_is=who)]
    assert together(*reports) == [[0, 1]]


def test_whom_somebody_confirmed_as_two_people_stays_two():
    reports = [report(0, victim_is=uuid.uuid4()), report(1, victim_is=uuid.uuid4())]
    assert together(*reports) == []


def test_a_match_that_somebody_rejected_keeps_a_report_out():
    who = uuid.uuid4()
    reports = [report(0, victim_is=who), report(1, victim_is=who), report(2, not_victims=frozenset({who}))]
    assert together(*reports) == [[0, 1]]


def test_a_report_with_a_number_alone_does_not_join_two_of_one_household():
    sister = {"name": "Clara Quill", "born": date(1988, 1, 9), "phone": "07700 900123", "sex": "F"}
    reports = [report(0), report(1), report(2, sister), report(3, sister), report(4, {"phone": "07700 900123"})]
    assert together(*reports) == [[0, 1], [2, 3]]


def test_an_address_that_a_hostel_shares_joins_nobody():
    names = [f"{given} {family}" for given in ("Ada", "Bea", "Cleo", "Dot", "Eva") for family in ["Amery", "Boyle"]]
    reports = [report(n, {"name": name, "address": "1 Hostel Road, ZZ1 1ZZ"}) for n, name in enumerate(names)]
    assert together(*reports) == []


def test_an_act_against_her_mother_in_the_same_house_stands_beside_her_own():
    home = {"address": "4 Larkspindle Lane, ZZ9 9ZZ"}
    mother = {"name": "Edith Quill", "born": date(1955, 1, 1), "sex": "F", **home}
    reports = [report(0, NORA | home), report(1, NORA | home), report(2, mother)]
    [thread] = [each for each in threads_of(reports) if len(each.acts) == 2]
    assert [act.int - 1_000 for act in thread.third] == [2]


def test_what_is_found_does_not_depend_on_the_order_of_the_reports():
    reports = [report(0), report(1, {**NORA, "name": "Norah Quil"}), report(2, {**NORA, "phone": ""}), report(3)]
    assert together(*reports) == together(*reversed(reports)) == [[0, 1, 2, 3]]


def test_what_is_found_does_not_depend_on_how_a_process_orders_a_set():
    """A second run over the same reports found three groups new and two ended: marks were compared in the order of a set."""
    told = person(phone="; ".join(f"07700 9{number:05}" for number in range(24)))
    assert list(told.marks) != sorted(told.marks)
    marks = [key for key in grouping._keys(told) if key[0] == "mark"]
    assert marks == sorted(marks)


def test_a_report_that_is_held_takes_two_hundred_bytes():
    """As objects a million of them took three gigabytes, where one is allowed for all that looks for courses."""
    held, several = Reports(), [report(day) for day in range(2_000)]
    tracemalloc.start()
    for each in several:
        held.append(each)
    assert tracemalloc.get_traced_memory()[0] / len(several) < 300
    tracemalloc.stop()


def test_what_is_held_is_what_was_told():
    everything = person(
        "Nora Quill", date(1985, 5, 3), "F", phone="07700 900123", car="AB12 CDE; CD34 EFG", aka="Nora Moss"
    )
    held, sent = Tellings(), Tellings()
    for told, who in ((everything, None), (person(), None), (person(sex="F"), None), (person(), uuid.UUID(int=7))):
        held.append(told, who, frozenset())
    sent.take(held.unsent())
    held.append(everything, None, frozenset({uuid.UUID(int=9)}))
    sent.take(held.unsent())
    for each in (held, sent):
        assert each.traits(0) == each.traits(4) == everything
        assert [each.as_told(place) is None for place in range(5)] == [False, True, True, False, False]
        assert each.words(0) == each.words(4)
        assert each.as_told(0) != each.as_told(4), "of one somebody said who it is not"
