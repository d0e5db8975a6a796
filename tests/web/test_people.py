"""A person's pattern across cases and forces: acts, orders, who by whom to whom; and no victim named on a subject's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from fourfold.access.terms import RelationKind
from fourfold.cases import services as cases
from fourfold.cases.queries import person_pattern
from tests.cases.builders import further_act, known, open_case, told, triaged
from tests.cast import NOW, Cast
from tests.orders.builders import served
from tests.web.conftest import SignIn
from tests.web.test_desk import read

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
LATER = NOW + 9 * DAY
ADA = {"victim_name": "Ada Brindlecott", "victim_birth": "1 May 1990", "victim_phone": ""}


@pytest.fixture(autouse=True)
def _on_the_day_of_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    own = settings.FOURFOLD
    monkeypatch.setattr(settings, "FOURFOLD", own.model_copy(update={"app_clock": LATER.isoformat()}))


def two_cases(cast: Cast):  # type: ignore[no-untyped-def]
    """Open two cases of one subject: of Nora with three acts, and of Ada with one."""
    first = open_case(cast, words="He waited at 4 Larkspindle Lane.", behaviours=[])
    for day in (1, 2):
        further_act(cast, first, at=NOW + day * DAY)
    hers = told(cast.analyst, at=NOW + 3 * DAY, **ADA)
    known(cast, hers, subject=first.subject, at=NOW + 3 * DAY)
    return first, triaged(cast, hers, at=NOW + 3 * DAY)


def test_a_subjects_pattern_joins_his_victims_and_names_none(cast: Cast, signed_in: SignIn) -> None:
    first, second = two_cases(cast)
    cases.assign(
        actor=cast.coordinator,
        case=first,
        staff=cast.staff["advocate"].pk,
        kind=RelationKind.ADVOCATE,
        at=NOW + 3 * DAY,
    )
    served(cast, first, at=NOW + 4 * DAY)
    said = read(signed_in("officer"), f"/people/subjects/{first.subject_id}/")
    assert "4 acts in 3 days, 2 victims" in said
    assert f"the victim of {first.reference}" in said
    assert f"the victim of {second.reference}" in said
    assert "stalking protection order" in said.lower()
    for hers in ("Nora", "Quill", "Ada", "Larkspindle", "900123"):
        assert hers not in said, hers


def test_a_victims_pattern_joins_her_subjects(cast: Cast, signed_in: SignIn) -> None:
    first, _ = two_cases(cast)
    other = told(cast.analyst, at=NOW + 4 * DAY, subject_name="Karl Obern", subject_birth="", subject_phone="")
    known(cast, other, victim=first.victim, at=NOW + 4 * DAY)
    said = read(signed_in("officer"), f"/people/victims/{first.victim_id}/")
    assert "4 acts in 4 days, 2 subjects" in said
    assert "Karl Obern" in said
    assert "Larkspindle" not in said


def test_another_site_and_a_wall_find_nobody(cast: Cast, signed_in: SignIn) -> None:
    first, second = two_cases(cast)
    olu = signed_in("olu")
    for address in (f"/people/victims/{first.victim_id}/", f"/people/subjects/{first.subject_id}/"):
        assert olu.get(address).status_code == 404
    cases.wall_off(actor=cast.governance, case=second, staff=cast.second_officer.staff, at=NOW, reason="A cousin.")
    walled = cast.second_officer
    found = person_pattern.subject_pattern(actor=cast.officer, subject=first.subject_id, at=LATER)
    assert (len(found.facts), found.others) == (4, 2)
    try:
        his = person_pattern.subject_pattern(actor=walled, subject=first.subject_id, at=LATER)
    except person_pattern.NotFound:
        return
    assert (len(his.facts), his.others, [reference for _, reference in his.cases]) == (3, 1, [first.reference])


def test_the_pattern_costs_the_same_for_few_acts_and_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, _ = two_cases(cast)
    cases.keep_gists(actor=cast.analyst, site="northmoor", at=LATER)
    actor = cast.officer
    for _ in range(2):
        with django_assert_num_queries(6 + 5):
            person_pattern.subject_pattern(actor=actor, subject=first.subject_id, at=LATER)
        for day in (4, 5):
            further_act(cast, first, at=NOW + day * DAY)
        cases.keep_gists(actor=cast.analyst, site="northmoor", at=LATER)
