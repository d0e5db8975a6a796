"""Two people settle one row of the day at the same moment: it is kept as it is worked out, and a look names nothing false."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.apart import played

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_of_two_who_settle_one_row_at_once_the_row_is_kept_as_it_is_worked_out(tmp_path: Path) -> None:
    told = played("settling", tmp_path, 12)
    assert (told["wrong"], told["log"]) == ([], [])
    assert told["between"] == [], "what is written while somebody looks is no difference"
    for page in told["pages"]:
        assert page["ended"] == ["done", "done"]
        assert (page["answered"], page["told"]) == ([303, 409], True), "one settles it, the other is told who did"
        assert (page["before"], page["after"]) == ([True, True], [False, False])
        assert (page["settled"], page["differs"]) == (1, [])
