"""What the unit holds of whom a report tells, before anybody has said who they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.access import services as access
from fourfold.cases import queries, services
from fourfold.cases.models import Summary, ToldKey
from fourfold.cases.queries.held import Held
from fourfold.cases.terms import Level, SetBy
from fourfold.intake.models import Allegation
from fourfold.linkage import services as linkage
from fourfold.linkage import shared_keys
from fourfold.linkage.terms import Sure
from fourfold.people.terms import Part
from tests.cases.builders import HIM, known, open_case, told
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NOBODY = dict.fromkeys(HIM, "")
NOT_HER = dict.fromkeys(("victim_name", "victim_birth", "victim_sex", "victim_phone"), "")
#: Who reads, what stands decided, what was told, who shares keys, the people, the reports, the cases, the courses, the log.
STATEMENTS = 15


def holds(cast: Cast, report: Allegation, who: str = "analyst") -> Held:
    return queries.unit_holds(actor=cast.actor(who), reports=[report], at=NOW + 30 * DAY)[report.pk]


def keyed(cast: Cast) -> None:
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)


def test_the_twelfth_report_is_told_of_the_eleven_that_wait(cast: Cast) -> None:
    for n in range(11):
        told(cast.analyst, at=NOW + n * DAY, words=f"Number {n}.")
    keyed(cast)
    held = holds(cast, told(cast.analyst, at=NOW + 12 * DAY))
    assert len(held.waiting) == len(held.of_the_pair) == 11
    assert {one.victim for one in held.alike} == {Sure.LIKELY}
    assert "the subject’s telephone number" in held.alike[0].shares
    assert not any(one.act.confirmed for one in held.alike), "nobody confirmed it"
    assert not held.is_alone


def test_reports_that_came_so_lately_that_nothing_is_kept_of_them_are_compared_all_the_same(cast: Cast) -> None:
    told(cast.analyst)
    assert not Summary.objects.unscoped("a test").exists()
    assert len(holds(cast, told(cast.analyst)).waiting) == 1


def test_a_report_that_left_the_desk_long_ago_is_held_and_does_not_wait(cast: Cast) -> None:
    first = told(cast.analyst)
    Allegation.objects.unscoped("a test").filter(pk=first.pk).update(at_desk=False)
    keyed(cast)
    held = holds(cast, told(cast.analyst))
    assert [one.waits for one in held.alike] == [False]


def test_strangers_and_a_household_are_not_the_same_people(cast: Cast) -> None:
    told(cast.analyst, victim_name="Ada Poole", victim_birth="1 May 1990", victim_phone="", **NOBODY)
    brother = {"victim_name": "Peter Quill", "victim_birth": "9 July 1990", "victim_sex": "M"}
    told(cast.analyst, **brother, **NOBODY)
    assert holds(cast, told(cast.analyst, **NOBODY)).is_alone


def test_the_open_case_of_the_subject_is_named_with_its_level(cast: Cast) -> None:
    case = open_case(cast)
    services.set_level(actor=cast.officer, case=case, level=Level.VERY_HIGH, set_in=SetBy.PROFESSIONAL, at=NOW)
    keyed(cast)
    held = holds(cast, told(cast.analyst, at=NOW + DAY, **NOT_HER))
    [found] = held.cases
    assert (found.reference, found.subject, found.victim, found.level) == (
        case.reference,
        Sure.LIKELY,
        None,
        Level.VERY_HIGH,
    )


def test_somebody_whom_the_desk_said_it_is_not_brings_no_case(cast: Cast) -> None:
    case, report = open_case(cast), told(cast.analyst, at=NOW + DAY, **NOT_HER)
    linkage.reject_match(
        actor=cast.analyst, allegation=report, part=Part.SUBJECT, subject=case.subject, reason="His twin.", at=NOW
    )
    assert not holds(cast, report).cases


def test_two_reports_confirmed_to_tell_of_two_people_are_not_alike(cast: Cast) -> None:
    first, second = told(cast.analyst), told(cast.analyst)
    known(cast, first)
    known(cast, second)
    assert not holds(cast, second).alike


def test_a_wall_holds_for_reports_and_cases_and_for_their_number(cast: Cast) -> None:
    case = open_case(cast)
    waits = told(cast.analyst, at=NOW + DAY)
    report = told(cast.analyst, at=NOW + 2 * DAY)
    files = [case.pk, case.victim_id, case.subject_id, waits.pk, *_acts(case)]
    access.set_wall(actor=cast.governance, files=files, staff=cast.officer.staff, at=NOW)
    assert holds(cast, report, "officer").is_alone
    assert holds(cast, report, "analyst").cases


def _acts(case: object) -> list[object]:
    return list(Allegation.objects.unscoped("a test").filter(case_acts__case=case).values_list("pk", flat=True))


def test_a_bare_number_of_the_victims_finds_nobody_for_the_desk(cast: Cast) -> None:
    open_case(cast)
    keyed(cast)
    bare = told(cast.analyst, at=NOW + DAY, **{**NOT_HER, **NOBODY, "victim_phone": "07700 900123"})
    assert holds(cast, bare).is_alone


def test_another_sites_reports_are_not_held(cast: Cast) -> None:
    told(cast.olu, site="southmere")
    assert holds(cast, told(cast.analyst)).is_alone


def test_a_later_version_adds_keys_and_keeps_those_that_were_told(cast: Cast) -> None:
    report = told(cast.analyst)
    keyed(cast)
    before = ToldKey.objects.filter(allegation=report.pk).count()
    Summary.objects.unscoped("a test").update(keyed=False)
    keyed(cast)
    assert ToldKey.objects.filter(allegation=report.pk).count() == before > 0
    assert Summary.objects.unscoped("a test").get().keyed


def test_twenty_reports_cost_what_one_costs(cast: Cast, django_assert_max_num_queries: object) -> None:
    open_case(cast)
    reports = [told(cast.analyst, at=NOW + n * DAY) for n in range(20)]
    keyed(cast)
    for some in (reports[:1], reports):
        with django_assert_max_num_queries(STATEMENTS):  # type: ignore[operator]
            queries.unit_holds(actor=cast.analyst, reports=some, at=NOW + 30 * DAY)


def test_keys_are_kept_with_as_many_statements_for_twenty_reports_as_for_two(cast: Cast) -> None:
    counts = []
    for many in (2, 20):
        for n in range(many):
            told(cast.analyst, at=NOW + n * DAY)
        with CaptureQueriesContext(connection) as asked:
            keyed(cast)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_value_that_stands_on_the_other_side_leads_no_further(cast: Cast) -> None:
    """A delivery is held against both sides; what hangs together hangs by the same side alone."""
    one = told(cast.analyst, subject_phone="07700 900461", victim_name="Ida Orme", victim_phone="07700 900462")
    same = told(cast.analyst, subject_phone="07700 900461", victim_name="Una Pell", victim_phone="")
    other = told(
        cast.analyst, subject_name="Zoltan Quill", subject_phone="07700 900462", victim_name="Vi Tarn", victim_phone=""
    )
    services.keep_summaries(actor=cast.analyst, site="northmoor", at=NOW)
    both = ToldKey.objects.filter(allegation=other.pk, strength=0).values("key")
    assert ToldKey.objects.filter(allegation=one.pk, key__in=both).exists()
    hanging = shared_keys.hanging_on(
        [one.pk], ToldKey._meta.db_table, "allegation", Allegation.objects.unscoped("a test")
    )
    assert set(hanging) == {one.pk, same.pk}
