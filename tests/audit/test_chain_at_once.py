"""The log on a database that other connections see: written by several at once, and verified while it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fourfold.audit.draft import Draft
from fourfold.audit.terms import Operation
from tests.cast import NOW, Cast
from tests.faults.apart import played
from tests.faults.chaining import EACH, WRITERS

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]


@pytest.fixture
def told(tmp_path: Path) -> dict[str, Any]:
    return played("chaining", tmp_path, at_most=900)  # its tables are made first


def test_a_log_that_others_write_and_verify_at_once_holds(told: dict[str, Any]) -> None:
    kept = WRITERS * EACH
    assert told["at_once"] == {"faults": [], "kept": kept, "findings": []}
    raised = ["LogUnavailable", "LogUnavailable", "ValueError"]
    assert told["failed"] == {"raised": raised, "left": 0, "said": True, "kept": 1, "open": False, "held": False}
    assert told["beside"] == {"signed_checkpoints": [], "_end": [], "rows_that_differ": []}
    kept_on_disk = [step for kept in (1, 2) for step in (f"{kept} kept, none waits", "on disk", "signed")]
    # A page on SQLite waits for the disk when it has let go of the lock; every other write while it holds it ("2", full).
    on_sqlite = [*kept_on_disk, "nothing is shown", "synchronous 2"]
    assert told["disk"] == (on_sqlite if told["engine"] == "sqlite" else [])
    assert told["in_parts"] == {"held": [True], "findings": []}


@pytest.mark.parametrize("seq", [1, 9_007_199_254_740_992])
def test_the_text_around_a_number_is_that_of_the_number(cast: Cast, seq: int) -> None:
    draft = Draft(cast.officer, 'seq":0', NOW, Operation.REFUSAL, rules=('"seq":0', '\\"seq":0'))
    draft.more = {"seq": 0, 'seq":0': '"seq":0'}
    draft.compartments, draft.fields, draft.signed = {'"seq":0'}, {'"seq":0,'}, 0
    before, after = draft.text_around_its_number()
    assert f"{before}{seq}{after}" == draft.text(seq)
