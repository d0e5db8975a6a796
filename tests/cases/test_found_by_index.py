"""The lists of the desk and of whoever refers are found by an index that holds their rows alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fourfold.cases.queries import desk, referrals
from fourfold.intake.terms import Urgency
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def plan_of(captured: CaptureQueriesContext, table: str = "intake_allegation") -> str:
    """Return how the database would find the rows of the last statement that lists a table, were there many."""
    said = [each["sql"] for each in captured if f'FROM "{table}"' in each["sql"] and "ORDER BY" in each["sql"]][-1]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {said}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {said}")
        return " ".join(str(part) for row in cursor.fetchall() for part in row)


@pytest.mark.parametrize("urgency", [None, Urgency.NOW])
def test_what_waits_at_the_desk(cast: Cast, urgency: Urgency | None) -> None:
    with CaptureQueriesContext(connection) as captured:
        desk.untriaged(actor=cast.analyst, at=NOW, urgency=urgency)
    assert "allegation_at_desk" in plan_of(captured)


def test_what_somebody_referred(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as captured:
        referrals.my_referrals(actor=cast.clinician, at=NOW)
    assert "allegation_by_referrer" in plan_of(captured)
