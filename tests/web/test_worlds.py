"""The crawls read copies of an invented world: a copy holds what the seeded world holds, row by row."""

from __future__ import annotations

import pytest

from tests.web import worlds
from tests.web.worlds import rows, world_without

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def test_a_copy_of_the_world_is_the_world_that_was_seeded(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOURFOLD_RUN", str(tmp_path_factory.mktemp("run")))
    monkeypatch.setattr(worlds, "_kept", {})
    empty = rows()
    with world_without(4, 5, 6) as world:
        seeded, said = rows(), world.as_json()
    assert rows() == empty, "nothing is left of it"
    for here in (True, False):
        if not here:
            worlds._kept.clear()  # as another process of the run, which reads what the first has kept
        with world_without(4, 5, 6) as world:
            copied = rows()
            assert world.as_json() == said
        assert {table: sorted(map(repr, found)) for table, found in copied.items()} == {
            table: sorted(map(repr, found)) for table, found in seeded.items()
        }
    assert sum(map(len, copied.values())) - sum(map(len, empty.values())) > 1_000
