"""Every row of a list comes once, on one page, whatever else is written meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import DateTimeField, F, IntegerField, Value

from fourfold.access.models import Staff
from fourfold.access.paging import Page, page_of, page_of_list, said_as

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def pages(page: Callable[[str], Page[Any]]) -> list[list[Any]]:
    """Return the rows of every page in turn."""
    found, after = [], ""
    while True:
        here = page(after)
        found.append([*here])
        if not here.next:
            return found
        after = here.next


@pytest.fixture
def staff(db: None) -> list[Staff]:
    """Seven people, several of one name."""
    return [Staff.objects.create(name=name, partner="p", partner_kind="police") for name in "CABBBAC"]


@pytest.mark.parametrize("order", [("name", "pk"), ("-name", "pk"), ("name", "-pk"), ("-named", "pk")])
def test_the_pages_together_are_the_list(staff: list[Staff], order: tuple[str, ...]) -> None:
    rows = Staff.objects.annotate(named=F("name"))
    whole = [row.pk for row in rows.order_by(*order)]
    found = pages(lambda after: page_of(rows, *order, after=after, most=2).map(lambda row: row.pk))
    assert [len(each) for each in found] == [2, 2, 2, 1]
    assert [each for page in found for each in page] == whole


def test_a_page_costs_one_statement(staff: list[Staff], django_assert_num_queries: Any) -> None:
    first = page_of(Staff.objects.all(), "name", "pk", most=2)
    with django_assert_num_queries(1):
        page_of(Staff.objects.all(), "name", "pk", after=first.next, most=2)


def test_the_last_page_leads_nowhere(staff: list[Staff]) -> None:
    assert page_of(Staff.objects.all(), "name", "pk", most=7).next == ""


@pytest.mark.parametrize("after", ["x", "W10", "Wzdd", "WyJcdTAwMDAiLCJ4Il0", "WyJCIiwibm9ib2R5Il0", "é" * 500])
def test_a_place_that_cannot_be_read_is_the_beginning(staff: list[Staff], after: str) -> None:
    rows = Staff.objects.all()
    assert page_of(rows, "name", "pk", after=after, most=2) == page_of(rows, "name", "pk", most=2)


def test_moments_are_exact() -> None:
    listed = [NOON + timedelta(microseconds=n) for n in range(5)]
    assert pages(lambda after: page_of_list(listed, lambda row: row, after=after, most=2)) == [
        listed[:2],
        listed[2:4],
        listed[4:],
    ]


def test_a_list_whose_row_has_gone_begins_again() -> None:
    after = page_of_list([1, 2, 3], lambda row: row, most=2).next
    assert page_of_list([1, 3], lambda row: row, after=after, most=2).rows == (1, 3)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("made_at", "0001-01-01T00:00:00+14:00"),
        ("many", float("inf")),
        ("name", "\ud800"),
    ],
)
def test_a_place_that_no_database_holds_is_the_beginning(staff: list[Staff], name: str, said: Any) -> None:
    rows = Staff.objects.annotate(
        made_at=Value(NOON, output_field=DateTimeField()),
        many=Value(3, output_field=IntegerField()),
    )
    after = said_as([said, str(staff[0].pk)])
    assert page_of(rows, name, "pk", after=after, most=2) == page_of(rows, name, "pk", most=2)
