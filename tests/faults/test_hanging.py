"""A receiver that takes the call and never answers, and one that answers by a byte a second, met by the timer's own command."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.one_database]


def test_a_receiver_that_hangs_keeps_nobody_from_anything_and_what_it_did_not_take_is_shown(tmp_path: Path) -> None:
    told = played("hanging", tmp_path, connection.vendor, at_most=900)
    first, second, last = told["runs"]
    assert first | {"code": 0, "sent": 1, "systems_told": 1, "systems_not_told": 2} == first, (
        "the victim's and the other's"
    )
    assert second | {"code": 0, "systems_not_told": 2} == second, "tried again"
    assert first["seconds"] < 200, "each takes the eight seconds of its patience, not as long as it likes"
    assert {name: len(ids) for name, ids in told["came"].items()} == {
        "Records": told["tries"],
        "Control room": told["tries"],
        "Custody": 1,
    }
    assert all(len(set(ids)) == 1 for ids in told["came"].values()), "under the same identifier"
    assert told["lost"] == 2
    assert (
        "2 changes could not be told to an agency&#39;s system, and nobody tries any more."
        in told["reads"]["administrator"]
    )
    for name in ("Records", "Control room"):
        assert f"A system of the agency was not told of 1 change: {name}" in told["reads"]["lead"]
    assert last | {"code": 0, "systems_told": 2} == last
    assert told["again"] == {name: ids[:1] if name != "Custody" else [] for name, ids in told["came"].items()}
    assert (told["left"], told["log"]) == (0, [])
