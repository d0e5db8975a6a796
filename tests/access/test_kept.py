"""What PostgreSQL keeps of a composed statement brings the same rows as the statement that is written anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import NotSupportedError, connection, transaction
from django.db.models import DateTimeField, Q, QuerySet, Value
from django.test.utils import CaptureQueriesContext

from fourfold.access.kept import MOST_KEPT
from fourfold.access.models import Membership, Staff
from fourfold.access.statements import Blank, filled, for_nobody, together
from fourfold.access.terms import LONDON
from tests.cast import NOW, Cast

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@for_nobody
def _named(*, name: Any, among: Any, since: Any) -> QuerySet[Staff, Any]:
    rows = Staff.objects.filter(Q(name=name) | Q(pk__in=among), Q(trained_until=None) | ~Q(name="100 % $1 '"))
    parts = Membership.objects.filter(from_at__lte=since).values("staff")
    return rows.filter(pk__in=parts).annotate(said=Value("100 % $2 '%s'"), asked=name).order_by("name", "id")


def _asked(cast: Cast, since: datetime = NOW) -> list[Any]:
    known = {"among": (cast.officer.staff, cast.analyst.staff), "since": since}
    return [_named.call(name=name, **known) for name in ("", "nobody", cast.advocate.name)]


def _rows(calls: list[Any]) -> list[list[tuple[Any, ...]]]:
    return [[(row.pk, row.name, row.said, row.asked) for row in each] for each in calls]


def _kept() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%%access_staff%%'")
        return int(cursor.fetchone()[0])


def test_what_is_kept_brings_the_same_rows_as_what_is_written_anew(cast: Cast) -> None:
    with CaptureQueriesContext(connection) as asked:
        anew = _rows([call.rows() for call in _asked(cast)])
    assert not any("$3" in each["sql"] for each in asked), "who looks at statements is shown the values"
    assert [len(rows) for rows in anew] == [2, 2, 3]
    assert {said for rows in anew for *_, said, _ in rows} == {"100 % $2 '%s'"}
    for _ in range(3):
        assert _rows([call.rows() for call in _asked(cast)]) == anew
        assert _rows(together(*_asked(cast))) == anew
        assert _rows(together(*_asked(cast, NOW - timedelta(days=9_999)))) == [[], [], []]
    assert connection.vendor == "sqlite" or _kept() >= 2, "the server has neither read nor planned them anew"


def test_what_is_kept_outlives_a_transaction_that_was_taken_back(cast: Cast) -> None:
    def names() -> set[str]:
        return {row.name for call in _asked(cast) for row in call.rows()}

    before = names() | names() | names()
    with transaction.atomic():
        Staff.objects.update(name="Changed")
        assert "Changed" in names()
        transaction.set_rollback(True)
    assert names() == before


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps nothing on a connection")
def test_what_is_kept_is_planned_once_for_all_values(cast: Cast) -> None:
    """Whatever role the site connects as: it is asked of each connection, which keeps more than the driver would."""
    for call in _asked(cast):
        call.rows()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%%100 %% $1%%'"
        )
        assert cursor.fetchall() == [(3, 0)]
    assert connection.connection.prepared_max == MOST_KEPT


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite keeps nothing on a connection")
def test_a_connection_that_keeps_what_a_column_was_is_closed_after_the_page(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each page that it answered would else fail until it was ten minutes old."""
    monkeypatch.setattr(connection, "close_at", None)
    for _ in range(4):
        _rows([call.rows() for call in _asked(cast)])
    done = connection.connection.pgconn.exec_(
        b"ALTER TABLE access_staff ALTER COLUMN name TYPE text"
    )  # past the driver
    assert done.error_message == b""
    with pytest.raises(NotSupportedError, match="cached plan"), transaction.atomic():
        _asked(cast)[0].rows()
    assert connection.close_at == 0


def test_the_hour_that_comes_twice_is_asked_for_as_the_one_it_is(cast: Cast) -> None:
    moments = [datetime(2026, 10, 25, 1, 30, tzinfo=LONDON, fold=fold) for fold in (0, 1)]
    assert moments[0] == moments[1], "Python takes the two for one, an hour apart"
    asked = [filled((Blank("since", DateTimeField()),), {"since": each}) for each in moments]
    alone = [(DateTimeField().get_db_prep_value(each, connection),) for each in moments]
    assert [repr(each) for each in asked] == [repr(each) for each in alone]
    assert len({repr(each) for each in asked}) == 2
