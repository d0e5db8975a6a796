"""A storm of calls of agencies' systems, wrong ones among them, over the server as it is started: casework and leaving go on."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import connection

from fourfold.api.systems import MOST_A_MINUTE
from tests.faults.apart import played
from tests.faults.storming import CALLS, KINDS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_a_storm_of_calls_is_told_to_wait_and_holds_up_neither_casework_nor_a_leaver(tmp_path: Path) -> None:
    told = played("storming", tmp_path, connection.vendor, at_most=600)
    said: dict[str, int] = told["said"]
    assert sum(said.values()) == CALLS, "each call was answered"
    codes = {kind: {key.rpartition(" ")[2] for key in said if key.startswith(f"{kind} ")} for kind in KINDS}
    assert codes == {
        "report": {"201", "429"},
        "order": {"200", "429"},
        "wrong token": {"401", "429"},
        "wrong secret": {"401", "429"},
        "scim": {"404"},
    }
    assert said["report 201"] + said["order 200"] >= MOST_A_MINUTE, "its own requests, up to what is said"
    assert told["waits"] == ["60 Too many requests in this minute. Wait as Retry-After says."]
    assert told["rows"] == told["answered"] == told["sent"] == said["report 201"], "nothing is half kept"
    assert told["pages"] == [200], "casework goes on"
    assert told["read"] >= 3
    assert (told["left"], told["next"][0]) == (1, 302), "who has left is out while the storm goes on"
    assert told["next"][1].startswith("/accounts/login/")
    assert told["still"] > 0
    assert told["tries"] <= MOST_A_MINUTE + 1, "nor is the log filled"
    assert told["log"] == []
