"""Facts that the planner ships: districts, force areas, recorded stalking, what units counted; missing is left missing."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import numpy as np

from fourfold.rollout.demand import Series
from fourfold.rollout.rules import RULE_OF_2020, Units
from fourfold.rollout.terms import Area, Counted, District, Observed, Outline, Place, PlaceRefused, UnknownArea
from fourfold.words import Word, sentence

HERE = Path(__file__).parent

#: The only counts of its kind that a source gives.
UNITS = Units(
    {
        "E23000006": Observed("Referrals", 260, 10 / 12 * 339.424, "first unit, first ten months, two boroughs"),
        "E23000030": Observed(
            "Referrals", 208, 59 / 365 * 1_991.738, "a clinic, “Jan 15-Mar 14”, read as two months of 2018"
        ),
    },
    Observed("Cases taken on", 83, 260, "first unit, first ten months, two boroughs"),
    Observed("People in direct psychological work", 47, 890, "a panel site, late 2024"),
)
#: Offences recorded in England and Wales, April 2023 to March 2024 (House of Commons Library, December 2024).
NATIONAL = {2023: 129_076}
#: What single forces published of later years: nothing is foretold from these, they are held against what was.
COUNTED_SINCE = (
    Counted("E23000038", 2023, 566, Word("Wiltshire Police, in the press of April 2025")),
    Counted("E23000038", 2024, 850, Word("Wiltshire Police, in the press of April 2025")),
)
#: The districts that a plan is made with: those of December 2024, with residents of mid-2024.
VINTAGE = "2024-12"
#: The areas whose units began in 2018: London, Hampshire and Cheshire.
HAVE_UNITS = ("E23000001", "E23000030", "E23000006")
#: Of 200 invented programmes, the share of forces within the range that was to hold nine in ten: `fourfold rollout back-test`.
HELD_IN_INVENTED = 0.883


@cache
def districts() -> dict[str, District]:
    """Return the 318 local authority districts by code, in the order of their names."""
    found = [
        District(
            row["code"], row["name"], row["area"], row["region"],
            int(row["residents_2019"]), int(row["residents_2024"]), int(row["aged_16_plus_2024"]),
            row["code_from_april_2025"],
        )
        for row in _rows("districts.csv")
    ]  # fmt: skip
    return {one.code: one for one in sorted(found, key=lambda one: one.name)}


@cache
def areas() -> dict[str, Area]:
    """Return the 43 areas by code, in the order of their names; joined by code, never by position."""
    found = [
        Area(
            row["code"],
            row["name"],
            _number(row["orders_applied"]),
            _number(row["orders_granted"]),
            _day(row["valid_from"]),
            _day(row["valid_to"]),
        )
        for row in _rows("areas.csv")
    ]
    return {area.code: area for area in sorted(found, key=lambda area: area.name)}


@cache
def outlines() -> dict[str, Outline]:
    """Return the outlines of districts and force areas by code."""
    return {
        row["code"]: Outline(
            row["path"],
            (int(row["label_x"]), int(row["label_y"])),
            int(row["room"]),
            (int(row["left"]), int(row["top"]), int(row["right"]), int(row["bottom"])),
            float(row["square_km"]),
        )
        for row in _rows("outlines.csv")
    }


@cache
def offences() -> Series:
    """Return stalking offences with an outcome, by force and year, from the second year before the present rule on."""
    rows = list(_rows("offences.csv"))
    years = tuple(int(name) for name in rows[0] if name != "area")
    people = {code: sum(one.aged_16_plus for one in _of(code)) for code in areas()}
    return Series(
        tuple(row["area"] for row in rows),
        np.array([people[row["area"]] for row in rows], dtype=float),
        years,
        np.array([[float(row[str(year)] or "nan") for year in years] for row in rows]),
        (RULE_OF_2020,),
        NATIONAL,
    )


@cache
def sha256() -> str:
    """Return the hash of all the facts, by which a plan knows whether they are still those that it was made with."""
    found = hashlib.sha256()
    for path in [*sorted(HERE.glob("*.csv")), Path(__file__)]:
        found.update(path.read_bytes())
    return found.hexdigest()


def area(code: str) -> Place:
    """Return the place that one force serves, or raise UnknownArea."""
    try:
        return Place(areas()[code].name, tuple(_of(code)), code)
    except KeyError:
        raise _no_area(code, ()) from None


def named(text: str) -> Place:
    """Return the area of a name or code, however it is cased; or raise UnknownArea with the nearest names."""
    wanted = text.strip().casefold()
    for one in areas().values():
        if wanted in (one.code.casefold(), one.name.casefold()):
            return area(one.code)
    raise _no_area(text, sorted(one.name for one in areas().values()))


def _no_area(text: str, others: Sequence[str]) -> UnknownArea:
    """Return what is said of an area that there is not: the nearest names, or else these others, or the list."""
    known = {one.name.casefold(): one.name for one in areas().values()}
    near = [known[name] for name in get_close_matches(text.strip().casefold(), known, n=3, cutoff=0.4)] or others
    if not near:
        return UnknownArea(sentence("There is no police force area {1}. Choose one from the list.", f"{text!r}"))
    return UnknownArea(sentence("There is no police force area {1}. Did you mean {2}?", f"{text!r}", ", ".join(near)))


def place(codes: Iterable[str]) -> Place:
    """Return the place that any districts make, or raise UnknownArea; a district's code before or since April 2025."""
    known = districts() | {one.code_from_april_2025: one for one in districts().values() if one.code_from_april_2025}
    if unknown := [code for code in codes if code not in known]:
        raise UnknownArea(_no_district(unknown[0]))
    if not (chosen := sorted({known[code] for code in codes}, key=lambda one: one.name)):
        raise UnknownArea(Word("No area and no district is named. Choose from the list."))
    whole = [area for area in areas() if set(_of(area)) == {one for one in chosen if one.area == area}]
    loose = [one for one in chosen if one.area not in whole]
    *others, last = (*(areas()[area].name for area in whole), *(one.name for one in loose))
    return Place(f"{', '.join(others)} and {last}" if others else last, tuple(chosen))


def chosen(codes_of_areas: Sequence[str], codes: Sequence[str]) -> Place:
    """Return what whole areas and single districts make together.

    Raises UnknownArea, and PlaceRefused where a district would be in it twice: two that share one are no plan.
    """
    wholes = [area(code) for code in codes_of_areas]
    if len(wholes) == 1 and not codes:
        return wholes[0]
    lies_in = [(one, whole.name) for whole in wholes for one in whole.districts]
    lies_in += [(place([code]).districts[0], sentence("district {1}", code)) for code in dict.fromkeys(codes)]
    seen: dict[str, str] = {}
    for one, where in lies_in:
        if one.code in seen:
            raise PlaceRefused(
                "district",
                sentence(
                    "{1} would be counted twice: in {2} and in {3}. Leave it out of one of them.",
                    one.name, seen[one.code], where,
                ),
            )  # fmt: skip
        seen[one.code] = where
    return place(seen)


def ended(place: Place, on: date) -> list[tuple[str, date]]:
    """Return which areas of a place are no longer there on a day, by name, and the day on which each ended."""
    known = [areas()[code] for code in place.areas]
    return [(one.name, one.valid_to) for one in known if one.valid_to is not None and one.valid_to <= on]


def _no_district(code: str) -> str:
    for row in _rows("former_districts.csv"):
        if row["code"] == code:
            return sentence(
                "{1} ({2}) was a district until April {3}. It is a part of {4} now: give {5}.",
                row["name"], code, row["ended"], districts()[row["now"]].name, row["now"],
            )  # fmt: skip
    by_name = {one.name: one for one in districts().values()} | districts()
    near = get_close_matches(code, by_name, n=3, cutoff=0.4)
    said = ", ".join(dict.fromkeys(f"{by_name[one].code} ({by_name[one].name})" for one in near))
    if not near:
        return sentence("There is no district {1}. A district is named by its code, such as E06000007.", f"{code!r}")
    return sentence("There is no district {1}. Did you mean {2}?", f"{code!r}", said)


def _of(code: str) -> Iterable[District]:
    return (one for one in districts().values() if one.area == code)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> int | None:
    return int(text) if text else None
