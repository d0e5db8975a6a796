"""Who ends what others made: one table, in the decision record and in the rule."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from fourfold.access.endings import How, how
from fourfold.access.terms.endings import Ending, Second

RECORD = Path(__file__).parents[2] / "docs" / "adr" / "0026-ended-by-two.md"

TABLE = {
    "a role in a unit": (Ending.UNIT_ROLE, False, True, Second.LEAD),
    "an agreement": (Ending.AGREEMENT, False, True, Second.LEAD_OR_OVERSIGHT),
    "a part in a case": (Ending.CASE_PART, False, True, Second.COLLEAGUE),
    "one's own part in a case": (Ending.CASE_PART, True, True, Second.NOBODY),
    "a wall against somebody who works on the case": (Ending.WALL, False, True, Second.LEAD_OR_OVERSIGHT),
    "a wall against an agency of which somebody works on the case": (Ending.WALL, False, True, Second.OVERSIGHT),
    "a wall against oneself": (Ending.WALL, True, True, Second.NOBODY),
    "a wall against anybody else": (Ending.WALL, False, False, Second.NOBODY),
}


def recorded() -> dict[str, list[str]]:
    """Return the rows of the first table of the record by what ends."""
    lines = RECORD.read_text(encoding="utf-8").split("| ends |", 2)[1].split("\n\n")[0].splitlines()[2:]
    rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("what", TABLE)
def test_each_end_takes_as_many_as_the_record_says(what: str) -> None:
    ending, own, works_on_it, second = TABLE[what]
    people, at_once, by, waits = recorded()[what]
    days = timedelta(days=int(waits.split()[0])) if waits else timedelta()
    agency = "agency" in what
    assert how(ending, own=own, works_on_it=works_on_it, agency=agency) == How(
        int(people), at_once == "yes", second, days
    )
    assert (by == "nobody") is (second is Second.NOBODY)


def test_the_record_and_the_test_name_the_same_ends() -> None:
    assert set(recorded()) == set(TABLE)
    assert {ending for ending, *_ in TABLE.values()} == set(Ending)


@pytest.mark.parametrize("ending", Ending)
@pytest.mark.parametrize("works_on_it", [True, False])
def test_nothing_ends_at_once_by_one_but_what_is_ones_own_or_a_wall(ending: Ending, works_on_it: bool) -> None:
    said = how(ending, works_on_it=works_on_it)
    if said.people == 1:
        assert ending is Ending.WALL
        assert not works_on_it
    elif said.at_once:
        assert ending is Ending.WALL
        assert said.waits <= timedelta(days=3)
