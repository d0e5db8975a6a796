"""A statement puts its rows together as the framework does: the same models, columns and ways between them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import Count, Exists, F, JSONField, OuterRef, QuerySet, Subquery, TextField, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Cast as As
from django.db.models.functions import Upper
from django.db.models.signals import post_init
from django.db.models.sql import Query

from fourfold.access.models import Membership, Staff
from fourfold.access.statements import Numbers, Statement, Texts, for_nobody
from fourfold.audit.models import Entry
from fourfold.cases.models import CaseAct, SavedFilter
from fourfold.duties.models import Duty
from tests.cases.builders import open_case
from tests.cast import Cast

pytestmark = pytest.mark.django_db

KEYS = ("text", "list", "truth", "number")


def works() -> QuerySet[Membership, Membership]:
    return Membership.objects.filter(staff=OuterRef("pk"), role="police_officer")


def told() -> QuerySet[Staff, Staff]:
    """Return whoever there is with the same JSON beside each, which comes of a query of its own."""
    said = '{"text": "1", "list": [1, "a"], "truth": true, "number": 7}'
    beside = Staff.objects.filter(pk=OuterRef("pk")).annotate(said=As(Value(said), JSONField())).values("said")
    return Staff.objects.order_by("id").annotate(told=Subquery(beside, JSONField()))


LISTS: dict[str, Callable[[], QuerySet[Any, Any]]] = {
    "whole": lambda: Staff.objects.order_by("id"),
    "some columns": lambda: Staff.objects.order_by("id").only("name", "cleared"),
    "two models": lambda: Membership.objects.select_related("staff").order_by("id"),
    "added": lambda: Membership.objects.annotate(loud=Upper("role"), of=F("staff__name")).order_by("id"),
    "nobody there": lambda: CaseAct.objects.unscoped("test").select_related("case__victim", "case__subject"),
    "columns": lambda: Staff.objects.order_by("id").values_list("id", "name", "cleared"),
    "columns in another order": lambda: Staff.objects.annotate(n=Count("memberships")).values_list("n", "id").order_by("id"),
    "one column": lambda: Staff.objects.order_by("id").values_list("id", flat=True),
    "by name": lambda: Staff.objects.order_by("id").annotate(one=Value("x", TextField())).values("one", "id"),
    "named": lambda: Staff.objects.order_by("id").values_list("id", "name", named=True),
    "documents": lambda: Duty.objects.unscoped("test").order_by("id").values_list("said", "due_at", "owner", "case_id"),
    "with documents": lambda: Duty.objects.unscoped("test").select_related("case").order_by("id"),
    "whether": lambda: Staff.objects.order_by("id").annotate(works=Exists(works())).values_list("id", "works"),
    "JSON": lambda: told().values_list("told", flat=True),
    "a key of JSON": lambda: told().values_list(*(KeyTransform(key, "told") for key in KEYS)),
    "each once": lambda: Membership.objects.order_by("staff__name").values_list("role").distinct(),
}  # fmt: skip


def said(row: Any, came_from: Any = None) -> Any:
    """Say everything that a row holds, and the rows to which it leads."""
    if not hasattr(row, "_meta"):
        return row
    there = {
        name: "back" if other is came_from and other else said(other, row)
        for name, other in row._state.fields_cache.items()
    }
    return type(row), {**vars(row), "_state": (row._state.adding, row._state.db, there)}


@pytest.mark.parametrize("name", LISTS)
def test_rows_are_those_of_the_framework(cast: Cast, name: str) -> None:
    open_case(cast)
    statement = Statement(LISTS[name])
    theirs = [said(row) for row in LISTS[name]()]
    assert theirs or name == "nobody there"
    assert [said(row) for row in statement.rows({})] == theirs
    assert [said(row) for row in statement.rows({})] == theirs


@pytest.mark.parametrize("name", ["whole", "added", "whether", "JSON"])
def test_what_reads_the_rows_keeps_no_query(cast: Cast, name: str) -> None:
    def alive() -> int:
        gc.collect()
        return sum(type(each) is Query for each in gc.get_objects())

    LISTS[name]().query.get_compiler("default").as_sql()  # what the framework keeps for itself
    before, statement = alive(), Statement(LISTS[name])
    assert statement.rows({})
    assert alive() == before


def test_what_was_left_out_is_read_when_it_is_asked_for(cast: Cast, django_assert_num_queries: Any) -> None:
    officer = cast.officer
    row = next(one for one in Statement(lambda: Staff.objects.only("name")).rows({}) if one.pk == officer.staff)
    with django_assert_num_queries(1):
        assert row.partner == officer.partner


def test_whoever_listens_to_rows_being_made_is_told(cast: Cast) -> None:
    heard: list[Any] = []

    def listen(instance: Any, **_: Any) -> None:
        heard.append(instance)

    post_init.connect(listen, sender=SavedFilter)
    try:
        SavedFilter.objects.create(staff=cast.officer.staff, name="x", saved_at=datetime(2026, 1, 1, tzinfo=UTC))
        heard.clear()
        assert Statement(SavedFilter.objects.all).rows({}) == heard
        assert heard
    finally:
        post_init.disconnect(listen, sender=SavedFilter)


@for_nobody
def roles(sites: Any, names: Any) -> QuerySet[Membership, Any]:
    return (
        Membership.objects.filter(site__in=sites, staff__name__in=names).values_list("role", flat=True).order_by("role")
    )


@for_nobody
def entries(seqs: Any) -> QuerySet[Entry, Any]:
    return Entry.objects.filter(seq__in=seqs).values_list("seq", flat=True).order_by("seq")


def test_a_list_may_be_of_texts_and_of_numbers(cast: Cast) -> None:
    one = Membership.objects.select_related("staff").order_by("id")[0]
    asked = Membership.objects.filter(site=one.site, staff__name=one.staff.name).values_list("role", flat=True)
    for more in ((), ("Olu’s “other” {name}", "back\\slash", 'x"y,z')):
        assert roles(sites=Texts([one.site]), names=Texts([one.staff.name, *more])) == sorted(asked)
    assert roles(sites=Texts(), names=Texts([one.staff.name])) == []
    known = list(Entry.objects.values_list("seq", flat=True).order_by("seq")[:2])
    assert entries(seqs=Numbers([*known, -1, 2**40])) == known
