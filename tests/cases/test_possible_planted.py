"""The planted truth of reports that nobody joined: who is found, in which order, how much together, at which cost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound
from fourfold.cases import queries
from fourfold.cases.models import PossibleAct, PossibleCourse
from fourfold.governance import services as governance
from fourfold.intake.models import Allegation
from tests.cases.planted import Planter, the_125
from tests.cases.test_possible import LATER, LOG, listed, look, rows
from tests.cast import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def feed(django_db_setup, django_db_blocker):
    """Plant sixty hidden courses among seven hundred other reports and the woman of 125, once for this file."""
    from django.db import transaction

    from tests.cast import programme

    with django_db_blocker.unblock(), transaction.atomic():
        cast = programme()
        planter = Planter(cast.analyst)
        her = the_125(planter)
        planted = planter.plant(courses=60, others=500)
        look(cast)
        yield cast, planted, her
        transaction.set_rollback(True)


def test_the_woman_of_125_reports_is_found_in_one_search_under_either_spelling(feed):
    cast, _, her = feed
    for typed in (her["name"], "thisslequay", "Wilhelmina Thistelquay", "Thistlequay Wilhelmina"):
        found = queries.reports_found(typed, actor=cast.analyst, at=LATER)
        first = found.courses[0]
        assert first.acts == 125, typed
        assert len(first.classes) >= 6
        assert {"Wilhelmina Thistlequay", "Wilhelmina Thisslequay"} <= set(first.victim_spellings)
        assert set(first.sources) == {"crimes", "calls"}
        assert found.not_searched == 0


def test_she_stands_first_among_the_possibly_mis_recorded_with_her_reasons(feed):
    cast, _, her = feed
    first = listed(cast.analyst)[0]
    assert first.victim == her["name"]
    says = " / ".join(why.says for why in first.reasons)
    for reason in ("125 occasions in", "none of them stalking", "reported by 2 forces", "of the Act's seven examples"):
        assert reason in says, reason


def test_fifty_listed_are_hidden_courses_and_most_hidden_pairs_are_together(feed):
    """The floors: nine in ten of the first fifty are true, four in five of the planted pairs are brought together."""
    cast, planted, _ = feed
    hidden = planted.course_of()
    first = listed(cast.analyst)
    acts = {row.id: list(rows(PossibleAct, course=row.id).values_list("allegation", flat=True)) for row in first}
    true = sum(row.acts == 125 or any(act in hidden for act in acts[row.id]) for row in first)
    assert true / len(first) >= 0.9
    course_of = dict(rows(PossibleAct, third=False).values_list("allegation", "course"))
    together = sum(len({course_of.get(act, act) for act in pair}) == 1 for pair in planted.pairs)
    assert together / len(planted.pairs) >= 0.8


def test_reports_of_two_victims_are_never_one_course(feed):
    _, planted, _ = feed
    hidden = planted.course_of()
    for course in rows(PossibleCourse):
        acts = rows(PossibleAct, course=course, third=False).values_list("allegation", flat=True)
        assert len({hidden.get(act, "other") for act in acts}) == 1, course.victim


def test_the_list_is_paged_by_key_and_costs_the_same_on_every_page(feed, django_assert_num_queries):
    cast, _, _ = feed
    seen, after, actor = [], "", cast.analyst
    for _ in range(9):
        with django_assert_num_queries(1 + LOG):
            page = queries.possibly_mis_recorded(actor=actor, at=LATER, after=after)
        seen += [row.id for row in page.rows]
        after = page.next
        if not after:
            break
    assert len(seen) == len(set(seen)) > 50
    points = [rows(PossibleCourse, pk=pk).get().points for pk in seen]
    assert points == sorted(points, reverse=True)


def test_the_page_of_125_reports_has_them_all_and_costs_a_fixed_number_of_statements(feed, django_assert_num_queries):
    cast, _, _ = feed
    [first, *_, last], actor = listed(cast.analyst), cast.analyst
    for row in (first, last):
        with django_assert_num_queries(7 + LOG):
            page = queries.course_page(actor=actor, course=row.id, at=LATER)
        assert len(page.facts) == row.acts + row.third_parties
    page = queries.course_page(actor=cast.analyst, course=first.id, at=LATER)
    assert page.course.acts == 125
    assert page.two_acts
    assert dict(page.examples)["loiters"] > 10
    rest = queries.course_page(actor=cast.analyst, course=first.id, at=LATER, after=page.acts.next)
    assert not {act.id for act in page.acts} & {act.id for act in rest.acts}


def test_the_search_costs_no_more_the_more_it_finds(feed, django_assert_max_num_queries):
    cast, _, her = feed
    actor = cast.analyst
    for typed in (her["name"], "Nobody Atall"):
        with django_assert_max_num_queries(5 + LOG):
            queries.reports_found(typed, actor=actor, at=LATER)


def test_the_table_by_force_and_month_adds_up(feed, django_assert_num_queries):
    cast, _, _ = feed
    actor = cast.analyst
    with django_assert_num_queries(1 + LOG):
        table = queries.by_force_and_month(actor=actor, at=LATER)
    other = ("", "8Q", "N")
    told_since = rows(Allegation, told_at__gte=NOW - 690 * DAY).exclude(recorded_class__in=other)
    assert sum(row.crimes for row in table) >= told_since.count()
    assert {row.force for row in table} == {"crimes", "calls"}
    assert all(0 <= row.asked <= row.may_be <= row.crimes for row in table)
    exported = governance.export_months(actor=cast.analyst, at=LATER)
    assert all(row.crimes is None or (row.crimes >= 10 and row.crimes % 5 == 0) for row, _ in exported)


def test_another_site_finds_nothing_of_it(feed):
    cast, _, her = feed
    first = listed(cast.analyst)[0]
    assert listed(cast.olu) == ()
    assert queries.reports_found(her["name"], actor=cast.olu, at=LATER).courses == ()
    assert queries.by_force_and_month(actor=cast.olu, at=LATER) == ()
    with pytest.raises(NotFound):
        queries.course_page(actor=cast.olu, course=first.id, at=LATER)
