"""Several lists asked for with one statement: the same rows in the same order as one after another."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.test.utils import CaptureQueriesContext

from fourfold.access import kept
from fourfold.access.models import Account, Membership, Staff
from fourfold.access.queries import account_by, actor_of
from fourfold.access.statements import for_nobody, read_ahead, run_ahead, together
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@for_nobody
def _by_name(*, most: Any) -> QuerySet[Staff, Any]:
    return Staff.objects.exclude(partner=most).order_by("-name", "id").values_list("name", "id", "trained_until")[:7]


@for_nobody
def _parts(*, since: Any) -> QuerySet[Membership, Any]:
    return Membership.objects.filter(from_at__gt=since).annotate(whose=F("staff__name")).order_by("whose", "id")


@for_nobody
def _of_nobody(*, name: Any) -> QuerySet[Staff, Any]:
    return Staff.objects.filter(name=name).values_list("pk", flat=True)


def test_lists_asked_for_together_are_those_asked_for_alone(cast: Cast) -> None:
    long_ago = NOW.replace(year=2000)
    calls = _of_nobody.call(name="nobody is called so"), _by_name.call(most="x"), _parts.call(since=long_ago)
    alone = [call.rows() for call in calls]
    assert not alone[0]
    assert len(alone[1]) == 7
    assert alone[2]
    with CaptureQueriesContext(connection) as asked:
        found = together(*calls)
    assert found == alone
    assert len(asked) == 1
    assert [part.whose for part in found[2]] == [part.whose for part in alone[2]]


def test_what_was_run_ahead_is_taken_once_and_only_by_whoever_asks_for_the_same(cast: Cast) -> None:
    calls = _by_name.call(most="x"), _by_name.call(most="y")
    with read_ahead(*calls):
        Staff.objects.update(name="Changed")
        first, again = _by_name(most="x"), _by_name(most="x")
        assert {name for name, *_ in again} == {name for name, *_ in _by_name(most="z")} == {"Changed"}
        assert {name for name, *_ in first} != {"Changed"}
    assert {name for name, *_ in _by_name(most="y")} == {"Changed"}, "nothing is kept beyond the page"


def test_what_waits_is_asked_with_what_is_run_next_or_once_it_is_asked_for(cast: Cast) -> None:
    waits, later, alone = _by_name.call(most="x"), _parts.call(since=NOW.replace(year=2000)), _of_nobody.call(name="x")
    wanted = [call.rows() for call in (waits, later)]
    with read_ahead(), CaptureQueriesContext(connection) as asked:
        run_ahead(waits, waits=True)
        assert not asked.captured_queries
        run_ahead(later)
        assert [waits.rows(), later.rows()] == wanted
        assert len(asked) == 1
        run_ahead(waits, later, waits=True)
        assert [later.rows(), waits.rows()] == wanted[::-1]
        assert len(asked) == 2, "both with whichever is asked for first"
        run_ahead(alone, waits=True)
        assert alone.rows() == []
        assert len(asked) == 3


def test_an_account_brings_the_parts_that_run_and_only_to_whoever_asks_first(cast: Cast) -> None:
    account = Account.objects.create(staff_id=cast.officer.staff, email="reads@ahead.invalid", vouched_at=NOW)
    asked_anew = actor_of(account.staff, at=NOW, account=account)
    brought = account_by(account.pk)
    assert brought is not None
    with CaptureQueriesContext(connection) as asked:
        found = actor_of(brought.staff, at=NOW, account=brought)
    assert not asked.captured_queries
    assert (found.memberships, found.rests) == (asked_anew.memberships, asked_anew.rests)
    Membership.objects.filter(staff=brought.staff).update(until_at=NOW)
    assert not actor_of(brought.staff, at=NOW, account=brought).memberships, (
        "the second who asks is told what stands now"
    )
    late = account_by(account.pk)
    assert late is not None
    assert not actor_of(late.staff, at=NOW, account=late).memberships


def test_sqlite_is_asked_little_at_once_and_postgresql_everything() -> None:
    calls = [("a", 450), ("b", 450), ("c", 1_000), ("d", 10), ("e", 20)]
    few, every = [["a", "b"], ["d", "e"]], [["a", "b", "c", "d", "e"]]
    assert kept.at_once(calls) == (few if connection.vendor == "sqlite" else every), "what is long is run alone, later"
    assert not kept.at_once(calls[:1])


def test_a_long_statement_is_sent_the_values_that_it_has() -> None:
    values = ("it's 100%s", None, 7, NOW.date().isoformat(), "it's 100%s", "\\")
    sql = f"SELECT CAST(%s AS text), %s, %s, %s, %s, %s, '5%%' -- {'long' * 2_000}"
    with kept.asked(sql, values, kept=False) as cursor:
        assert cursor.fetchone() == (*values, "5%")
