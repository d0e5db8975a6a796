"""What is laid down is what the services would have written; and they write wherever something else is the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from fourfold import base
from fourfold.access.models import Account, Membership
from fourfold.audit.queries import verify
from fourfold.base import seeded
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation
from tests import remembered
from tests.cast import NOW, Cast, give_account, programme
from tests.support.builders import case_of

pytestmark = pytest.mark.django_db


@contextmanager
def another_test() -> Iterator[None]:
    """Begin as a test does, with an empty database, and undo what is written."""
    mark = transaction.savepoint()
    remembered.begin()
    yield
    transaction.savepoint_rollback(mark)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """Count how often a case is built by the services; until then it is built twice, and so remembered."""
    if not remembered._may_lay_down():
        pytest.skip("only a superuser of PostgreSQL lays rows down: the services write")
    # Whatever an earlier test of this process left behind makes the services write: what is shown here stands apart from it.
    for held in (base.changes, base._dice):
        held.set(None)
    monkeypatch.setattr(connections["default"], "execute_wrappers", [])
    monkeypatch.setattr(connections["default"], "force_debug_cursor", False)
    monkeypatch.setattr(remembered, "_built", {})
    monkeypatch.setattr(remembered, "_patches", set())
    for _ in range(2):
        with another_test():
            case_of(programme())
    laid = list[object]()
    lay = remembered._laid_down
    remembered._laid_down = lambda found: laid.append(found) or lay(found)  # type: ignore[func-returns-value,assignment]
    yield lambda: len(laid)
    remembered._laid_down = lay


def rows() -> dict[str, int]:
    return {table: len(found) for table, found in remembered._rows().items()}


def test_as_many_rows_lie_in_each_table_and_the_log_holds(built: Callable[[], int], tmp_path: Path) -> None:
    waiting = [len(connection.run_on_commit)]
    with another_test():
        case_of(programme.__wrapped__())  # type: ignore[attr-defined]
        assert built() == 0
        by_services = rows()
        assert [*tmp_path.iterdir()] == [], "a file that they wrote would lack"
        waiting.append(len(connection.run_on_commit))
    with another_test():
        cast = programme()
        case = case_of(cast)
        assert built() == 2
        assert rows() == by_services
        assert len(connection.run_on_commit) - waiting[1] == waiting[1] - waiting[0] > 0
        assert Case.objects.unscoped("a test").get().reference == case.reference
        assert verify().findings == ()
        account = give_account(cast, "officer", "words", "JBSWY3DPEHPK3PXP")
        assert Account.objects.get() == account


def test_what_a_test_changes_is_no_other_tests(built: Callable[[], int]) -> None:
    with another_test():
        case = case_of(programme())
        case.reference = "changed"
        Allegation.objects.unscoped("a test").update(words="changed")
    with another_test():
        assert case_of(programme()).reference != "changed"
        assert Allegation.objects.unscoped("a test").get().words != "changed"


def written(cast: Cast) -> None:
    Membership.objects.filter(staff=cast.staff["olu"]).update(from_at=NOW)


def undone(cast: Cast) -> None:
    transaction.savepoint_rollback(transaction.savepoint())


@pytest.mark.parametrize("before", [written, undone])
def test_the_services_write_where_something_else_was_written_or_undone(
    built: Callable[[], int], before: Callable[[Cast], None]
) -> None:
    with another_test():
        cast = programme()
        before(cast)
        case_of(cast)
        assert built() == 1, "the cast alone"


def test_the_services_write_where_somebody_looks(
    built: Callable[[], int], monkeypatch: pytest.MonkeyPatch, settings: Any, django_assert_max_num_queries: Any
) -> None:
    def counted(cast: Cast) -> None:
        with django_assert_max_num_queries(999):
            case_of(cast)

    def by_seed(cast: Cast) -> None:
        with seeded(1):
            case_of(cast)

    def replaced(cast: Cast) -> None:
        with monkeypatch.context() as replaced:
            replaced.setattr(Case, "anything", 1, raising=False)
            case_of(cast)

    def in_other_words(cast: Cast) -> None:
        case_of(cast, at=NOW - timedelta(days=31))

    def under_other_settings(cast: Cast) -> None:
        settings.LANGUAGE_CODE = "cy"
        case_of(cast)

    for look in (counted, by_seed, replaced, in_other_words, under_other_settings):
        with another_test():
            cast, before = programme(), built()
            look(cast)
            assert built() == before, look.__name__


def test_no_cast_is_laid_down_where_a_world_stands(built: Callable[[], int]) -> None:
    with another_test():
        programme()
        remembered.begin()
        before = built()
        with pytest.raises(IntegrityError), transaction.atomic():
            programme()
        assert built() == before
