"""Which tests end in a verification of the log, and that a change by a test's own hand is told from a service's."""

from __future__ import annotations

import pytest

from fourfold.access.models import Staff
from fourfold.cases import services as cases
from fourfold.cases.terms import Level, SetBy
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.verifying import is_chosen, noting_hands


def test_twenty_rounds_come_to_every_test_once() -> None:
    tests = [f"tests/web/test_case.py::test_{number}" for number in range(400)]
    rounds = [{each for each in tests if is_chosen(each, f"{part}/20")} for part in range(1, 21)]
    assert set().union(*rounds) == set(tests)
    assert sum(map(len, rounds)) == len(tests)
    assert all(is_chosen(each, "all") for each in tests)


@pytest.mark.django_db
def test_what_a_test_changes_itself_is_noted_and_what_a_service_changes_is_not(cast: Cast) -> None:
    with noting_hands() as noted:
        case = open_case(cast)
        cases.set_level(
            actor=cast.officer, case=case, level=Level.HIGH, set_in=SetBy.PROFESSIONAL, reason="Threats.", at=NOW
        )
        assert noted == []
        Staff.objects.filter(pk=cast.staff["officer"].pk).update(name="Somebody")
    assert noted == ["update"]
