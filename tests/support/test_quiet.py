"""Gone quiet: whom nobody has reached safely, for whoever may read how dangerous it is; days, and nothing of her."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access import queries as access_queries
from fourfold.access.models import Agreement
from fourfold.access.terms import Compartment, Refused, bits
from fourfold.cases import services as cases
from fourfold.cases.terms import Level, SetBy
from fourfold.duties import services as duties
from fourfold.people.models import SamePerson
from fourfold.support import queries
from fourfold.support.models import Contact
from tests.cases.builders import open_case
from tests.cast import NOW

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + 30 * DAY
LOG = 5


def at_level(cast, level, at=NOW):
    case = open_case(cast, at=at, victim_phone="")
    if level is not None:
        cases.set_level(actor=cast.officer, case=case, level=level, set_in=SetBy.PROFESSIONAL, at=at)
    return case


def reached(case, day, *, safe=True, outcome="reached"):
    Contact.objects.create(
        case=case,
        channel="text",
        attempted_at=NOW + day * DAY,
        outcome=outcome,
        safe=safe,
        controller="northmoor-advocacy",
        basis="advocacy.safeguarding",
        source="test",
        recorded_at=NOW + day * DAY,
        recorded_by=case.recorded_by,
    )
    list(duties.checked(mend=True))  # it was written past the services


def quiet(actor, **more):
    return [(row.reference, row.days) for row in queries.gone_quiet(actor=actor, at=LATER, **more).rows]


@pytest.mark.parametrize(
    ("level", "listed"),
    [(Level.LOW, False), (Level.MEDIUM, True), (Level.HIGH, True), (Level.VERY_HIGH, True), (None, True)],
)
def test_medium_or_higher_is_listed_and_not_assessed_is_not_low(cast, level, listed):
    case = at_level(cast, level)
    assert quiet(cast.analyst) == ([(case.reference, 30)] if listed else [])


def test_only_a_safe_contact_that_reached_her_ends_the_silence(cast):
    case = at_level(cast, Level.HIGH)
    reached(case, 20, safe=False)
    reached(case, 25, outcome="no_answer")
    assert quiet(cast.analyst) == [(case.reference, 30)]
    reached(case, 10)
    assert quiet(cast.analyst) == [(case.reference, 20)]
    assert quiet(cast.analyst, days=21) == []
    reached(case, 29)
    assert quiet(cast.analyst) == []


def test_a_contact_at_the_far_end_of_a_chain_of_merged_records_ends_the_silence_of_each(cast):
    one, other, third = (at_level(cast, Level.HIGH) for _ in range(3))
    reached(third, 20)
    assert {reference for reference, _ in quiet(cast.analyst)} == {one.reference, other.reference}
    held = access_queries.held_by(cast.analyst, "test", at=NOW)
    for pair in ((one, other), (other, third)):
        first, second = sorted(case.victim_id for case in pair)
        SamePerson.objects.create(
            first=first, second=second, reason="One person.", decided_at=NOW, decided_by=cast.analyst.staff, **held
        )
    assert quiet(cast.analyst) == []
    SamePerson.objects.unscoped("test").update(undone_at=LATER)
    assert len(quiet(cast.analyst)) == 2


def test_the_longest_quiet_stands_first_and_each_case_on_one_page(cast, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("fourfold.support.queries.lost_contact.PAGE", 2)
    made = [at_level(cast, Level.HIGH, NOW + n * DAY) for n in (3, 1, 2)]
    seen, after, actor = [], "", cast.analyst
    for _ in range(3):
        with django_assert_num_queries(1 + LOG):
            page = queries.gone_quiet(actor=actor, at=LATER, after=after)
        seen += [row.reference for row in page.rows]
        after = page.next
        if not after:
            break
    assert seen == [made[1].reference, made[2].reference, made[0].reference]


def test_another_site_a_wall_and_whoever_may_not_read_the_risk_see_nothing(cast):
    case = at_level(cast, Level.HIGH)
    assert quiet(cast.olu) == []
    cases.wall_off(actor=cast.governance, case=case, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    assert quiet(cast.second_officer) == []
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=bits({Compartment.CORE}))
    assert quiet(cast.officer) == [(case.reference, 30)]
    with pytest.raises(Refused):
        queries.gone_quiet(actor=cast.governance, at=LATER)


def test_no_row_says_how_she_is_reached(cast):
    case = at_level(cast, Level.HIGH)
    reached(case, 3)
    assert "text" not in repr(queries.gone_quiet(actor=cast.analyst, at=LATER))
