"""What a search finds by an alias or a former surname, for whom, and what it says of it."""

from __future__ import annotations

from copy import copy
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models.base import ModelState
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Agreement, Wall
from fourfold.access.terms import Compartment, bits
from fourfold.cases import queries
from fourfold.cases.models import PossibleAct, PossibleCourse
from fourfold.cases.queries import other_names
from fourfold.intake.terms import KnownKind
from tests.cases.builders import known, told
from tests.cases.test_possible import DAY, LATER, LOG, beside, known_by, look, two_acts
from tests.cast import NOW, Cast
from tests.intake.feeds import HEADER, feed, row, small, text_of
from tests.intake.test_importing import run

pytestmark = pytest.mark.django_db

ALIAS, FORMER = KnownKind.ALIAS, KnownKind.FORMER_SURNAME
HERS = "found by another name of the victim"
HIS = "found by another name of the subject: "


def said(cast: Cast, words: str, who: str = "analyst") -> list[tuple[str, str]]:
    """Return the victim of everything that is found, and by what."""
    found = queries.reports_found(words, actor=cast.actor(who), at=LATER)
    return [(one.victim, one.found_by) for one in (*found.courses, *found.loose)]


@pytest.mark.parametrize("reports", [1, 2], ids=["single", "course"])
@pytest.mark.parametrize(
    ("part", "kind", "value", "typed", "by"),
    [
        ("victim", FORMER, "Dunmore", "Nora Dunmore", HERS),
        ("victim", FORMER, "Dunmore", "dunnmoor", HERS),
        ("victim", FORMER, "Nora Dunmore", "Dunmore, Nora", HERS),
        ("victim", ALIAS, "Bea Holm", "Holme", HERS),
        ("subject", ALIAS, "Ty Ash", "ty ash", f"{HIS}Ty Ash"),
        ("subject", ALIAS, "Spike", "Spyke", f"{HIS}Spike"),
        ("subject", FORMER, "Fenwhistle", "Dean Fenwissle", f"{HIS}Fenwhistle"),
        ("victim", FORMER, "Dunmore", "Nora Quill", "found by the name of the victim"),
        ("victim", KnownKind.ACCOUNT, "dunmore", "Dunmore", None),
        ("subject", ALIAS, "unknown", "unknown", None),
        ("victim", FORMER, "Dunmore", "Anna Brindlecott", None),
    ],
)
def test_a_report_is_found_by_another_name_as_by_the_name(
    cast: Cast, reports: int, part: str, kind: KnownKind, value: str, typed: str, by: str | None
) -> None:
    acts = two_acts(cast)[:reports] if reports == 2 else [told(cast.analyst)]
    known_by(cast, acts[0], part, (kind, value))
    look(cast)
    assert said(cast, typed) == ([] if by is None else [("Nora Quill", by)])
    assert said(cast, typed, "olu") == []


def test_a_single_report_is_found_by_his_own_name_where_he_is_open(cast: Cast) -> None:
    told(cast.analyst)
    told(cast.analyst, victim_name="Ada Stone", victim_birth="1/2/1970", victim_phone="", subject_name="unknown male")
    look(cast)
    by_his = [("Nora Quill", "found by the name of the subject: Dean Marlow")]
    differently = "found by the name of the subject, spelt differently: Dean Marlow"
    assert said(cast, "Deen Marlowe") == [("Nora Quill", differently)]
    assert said(cast, "unknown male") == []
    assert said(cast, "Dean Marlow", "olu") == []
    assert said(cast, "Dean Marlow", "outreach") == by_his
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    assert said(cast, "Dean Marlow", "outreach") == []


@pytest.mark.parametrize("reports", [1, 2], ids=["single", "course"])
def test_his_alias_finds_nothing_for_whoever_may_not_see_him_and_hers_does(cast: Cast, reports: int) -> None:
    first = told(cast.analyst)
    if reports == 2:
        told(cast.analyst, at=NOW + DAY)
    known_by(cast, first, "subject", (ALIAS, "Ty Ash"))
    known_by(cast, first, "victim", (FORMER, "Dunmore"))
    look(cast)
    assert said(cast, "Ty Ash", "outreach") == [("Nora Quill", f"{HIS}Ty Ash")]
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    assert said(cast, "Ty Ash", "outreach") == []
    assert said(cast, "Nora Dunmore", "outreach") == [("Nora Quill", HERS)]


@pytest.mark.parametrize("reports", [1, 2], ids=["single", "course"])
def test_a_wall_closes_what_another_name_would_find(cast: Cast, reports: int) -> None:
    first = told(cast.analyst)
    if reports == 2:
        told(cast.analyst, at=NOW + DAY)
    known_by(cast, first, "victim", (FORMER, "Dunmore"))
    look(cast)
    assert said(cast, "Dunmore", "second_officer") == [("Nora Quill", HERS)]
    Wall.objects.create(
        file=first.pk, staff=cast.staff["second_officer"], kind="assigned", from_at=NOW, set_by=cast.governance.staff
    )
    assert said(cast, "Dunmore", "second_officer") == []


def test_what_hers_was_is_not_said(cast: Cast) -> None:
    for allegation in two_acts(cast):
        known_by(cast, allegation, "victim", (FORMER, "Dunmore"))
    look(cast)
    assert "unmore" not in repr(queries.reports_found("Dunmore", actor=cast.analyst, at=LATER))


def test_the_other_name_of_one_victim_does_not_find_the_course_of_the_second(cast: Cast) -> None:
    for allegation in two_acts(cast):
        beside(cast, allegation, "victim", name="Ada Brindlecott", birth="01/01/1990", sex="F", phone="07700 900555")
        known_by(cast, allegation, "victim", (FORMER, "Dunmore"))
    look(cast)
    assert said(cast, "Nora Dunmore") == [("Nora Quill", HERS)]


def test_the_other_name_of_a_third_party_does_not_find_the_course_beside_which_they_stand(cast: Cast) -> None:
    acts = two_acts(cast)
    known_by(cast, acts[0], "victim", (FORMER, "Dunmore"))
    look(cast)
    course = PossibleCourse.objects.unscoped("a test").get()
    beside_it = copy(course)
    beside_it.pk, beside_it.members, beside_it._state = uuid4(), "another", ModelState()
    beside_it.save()
    PossibleAct.objects.create(course=beside_it, allegation=acts[0], third=True)
    PossibleAct.objects.create(course=beside_it, allegation=acts[1])
    assert set(other_names.in_courses("Dunmore", [course.pk, beside_it.pk])) == {course.pk}


def test_an_alias_that_a_later_version_tells_finds_the_report(cast: Cast, tmp_path) -> None:
    his = small(subject={"name": "Suspect", "alias": "AKA"})
    head = (*HEADER, "Suspect", "AKA")
    run(cast, feed(tmp_path, text_of([(*row("1"), "Dean Marlow", "Bo Lark")], head)), his, at=NOW)
    look(cast)
    assert len(said(cast, "Bo Lark")) == 1
    later = text_of([(*row("1"), "Karl Obern", "Ty Ash")], head)
    run(cast, feed(tmp_path, later, "later.csv"), his, at=LATER)
    look(cast, at=LATER + DAY)
    assert [by for _, by in said(cast, "Ty Ash")] == [f"{HIS}Ty Ash"]
    assert said(cast, "Bo Lark") == [], "the latest version tells another alias"


def test_the_search_by_another_name_costs_two_statements_more(cast: Cast, django_assert_num_queries) -> None:
    for day in range(3):
        report = told(cast.analyst, at=NOW + day * DAY)
        known_by(cast, report, "victim", (FORMER, "Dunmore"))
    known_by(cast, told(cast.analyst, victim_name="Ada Stone", subject_name=""), "victim", (FORMER, "Dunmore"))
    look(cast)
    actor = cast.analyst
    with django_assert_num_queries(5 + LOG):
        found = queries.reports_found("Dunmore", actor=actor, at=LATER)
    assert (len(found.courses), len(found.loose)) == (1, 1)


def test_a_name_of_a_report_is_looked_up_without_a_list_of_every_report_that_is_open(cast: Cast) -> None:
    known(cast, told(cast.analyst))
    look(cast)
    with CaptureQueriesContext(connection) as asked:
        found = queries.people_found("Nora Quill", actor=cast.analyst, at=LATER)
    assert [one.name for one in found] == ["Nora Quill"]
    [names] = [each["sql"] for each in asked if "cases_namesound" in each["sql"]]
    assert '"allegation_id" IN (SELECT' not in names
