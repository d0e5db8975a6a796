"""A row that is filled from a value, by name, nothing left behind in silence; and first tables, whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import UUID

import pytest
from django.db.migrations.state import ProjectState

from fourfold.base import FirstTables, filled
from fourfold.cases.models import StateSet
from fourfold.cases.terms import PastState, State

CASE = UUID(int=1)
AT = datetime(2026, 5, 3, tzinfo=UTC)


@dataclass(frozen=True)
class Longer:
    case: UUID
    state: State
    reason: str | None = None
    mood: str = ""


def test_a_row_takes_what_the_value_calls_the_same() -> None:
    row = filled(StateSet, PastState(State.OPEN, AT, reason="taken on"), case_id=CASE)
    assert (row.case_id, row.state, row.entered_at, row.reason) == (CASE, State.OPEN, AT, "taken on")


def test_a_reference_is_filled_by_its_identifier_and_nobody_is_an_empty_text() -> None:
    row = filled(StateSet, Longer(CASE, State.OPEN), "mood")
    assert (row.case_id, row.reason) == (CASE, "")


def test_a_column_that_is_given_goes_before_the_value() -> None:
    assert filled(StateSet, Longer(CASE, State.OPEN, "a"), "mood", reason="b").reason == "b"


def test_a_field_without_a_column_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="StateSet has no column for mood of Longer"):
        filled(StateSet, Longer(CASE, State.OPEN))


def test_first_tables_leave_nothing_to_be_done_after_they_are_noted() -> None:
    """A kill between tables and note left a database that nothing mended: Django notes at once where nothing waits."""
    done: list[str] = []
    editor = SimpleNamespace(deferred_sql=["an index", "a key"], execute=lambda sql, _: done.append(sql))
    FirstTables("0001_initial", "people").apply(ProjectState(), editor)  # type: ignore[arg-type]
    assert (done, editor.deferred_sql) == (["an index", "a key"], [])
