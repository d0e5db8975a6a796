"""Facts that the planner ships: the 43 force areas, with what is missing left missing."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from fourfold.rollout.terms import Area, Observed, UnknownArea
from fourfold.words import sentence

HERE = Path(__file__).parent

#: One unit's first ten months over two boroughs, the only referral counts that a source gives.
REFERRALS = Observed(
    "referrals", 260, 10 / 12 * 339.424, "per 1,000 residents a year", "first unit, first ten months, two boroughs"
)
TAKEN_ON = Observed("cases taken on", 83, 260, "of referrals", "first unit, first ten months, two boroughs")
DIRECT_WORK = Observed("people in direct psychological work", 47, 890, "of reviewed cases", "a panel site, late 2024")
#: The force area of those two boroughs.
OBSERVED_IN = "E23000006"


@cache
def areas() -> dict[str, Area]:
    """Return the 43 areas by code, in the order of their names; joined by code, never by position."""
    with (HERE / "areas.csv").open(newline="", encoding="utf-8") as file:
        found = [_area(row) for row in csv.DictReader(file)]
    return {area.code: area for area in sorted(found, key=lambda area: area.name)}


def area(code: str) -> Area:
    """Return one area, or raise UnknownArea."""
    try:
        return areas()[code]
    except KeyError:
        raise UnknownArea(
            sentence("There is no police force area {1}. Choose one from the list.", f"{code!r}")
        ) from None


def _area(row: dict[str, str]) -> Area:
    def number(name: str) -> int | None:
        return int(row[name]) if row[name] else None

    return Area(
        row["code"],
        row["name"],
        int(row["population"]),
        row["population_standing"],
        number("crimes_2019_20"),
        number("crimes_apr_dec_2020"),
        number("charges_apr_dec_2020"),
        number("orders_applied"),
        number("orders_granted"),
    )
