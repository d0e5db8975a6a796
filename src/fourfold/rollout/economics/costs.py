"""The price list with its sources, what somebody changed in it, and the team that so much work asks for."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np

from fourfold.rollout.capacity.terms import Assumed, Profession
from fourfold.rollout.economics.terms import PROFESSIONS, Change, CostDraft, CostRefused, Row, Team
from fourfold.rollout.facts import HERE
from fourfold.rollout.rules import Expected
from fourfold.words import Word, financial_year, sentence, words

#: Everything is said in the prices of this year: 2026 is April 2026 to March 2027.
PRICE_YEAR = 2026
#: What a row may be at most, by its group: a figure beyond it is a slip of the pen.
MOST = {"pay": 500_000.0, "hours": 3_000.0, "overheads": 10_000_000.0, "benefits": 5_000_000.0}
MOST_POSTS = 500.0
DEFAULT_TEAM = words("assumed: as many as the expected work asks for, by the hours of work in the price list")


@cache
def price_list() -> tuple[Row, ...]:
    """Return the rows as they ship, in the order of the file."""
    with (HERE / "costs.csv").open(newline="", encoding="utf-8") as file:
        return tuple(_row(row) for row in csv.DictReader(file))


@cache
def deflators() -> dict[int, float]:
    """Return the price index of each financial year that is known: gross domestic product at market prices."""
    with (HERE / "deflators.csv").open(newline="", encoding="utf-8") as file:
        return {int(row["year"]): float(row["index"]) for row in csv.DictReader(file)}


def uprated(value: float, year: int, to: int = PRICE_YEAR) -> float:
    """Return a price of one financial year in the prices of another. Raises CostRefused where no index is known."""
    for one in (year, to):
        if one not in deflators():
            raise CostRefused("year", _no_index(one))
    return value * deflators()[to] / deflators()[year]


def shipped(changes: Iterable[Change] = ()) -> dict[str, Row]:
    """Return the price list by code, with what was changed in it. Raises CostRefused for a change that cannot be one."""
    rows = {row.code: row for row in price_list()}
    for change in changes:
        CostRefused.refuse(refused(change))
        years = (change.year,) * 3 if rows[change.code].is_money else ()
        rows[change.code] = replace(
            rows[change.code],
            low=change.low, central=change.central, high=change.high, years=years,
            said_by=change.said_by, source=change.said_by, as_of="", licence="", assumed=False, fault="",
        )  # fmt: skip
    return rows


#: How far the ends of a row may lie apart: beyond it is a typing mistake, and no range.
SPREAD = 10_000


def refused(change: Change) -> tuple[str, str] | None:
    """Return the field and the reason where a row cannot be changed so."""
    row = {one.code: one for one in price_list()}.get(change.code)
    if row is None:
        return "code", sentence("The price list has no row {1}. Choose one from it.", f"{change.code!r}")
    ends = {"low": change.low, "central": change.central, "high": change.high}
    for name, value in ends.items():
        if not math.isfinite(value) or value < 0:
            return name, "Enter a number that is nought or more. A cost cannot be below nought."
        if value > MOST[row.group]:
            return name, sentence(
                "{1} is more than such a row can be ({2}). Check the figure and its unit: {3}.",
                f"{value:,.10g}",
                f"{MOST[row.group]:,.0f}",
                row.unit,
            )
    if why := _range_refused(change):
        return why
    if row.code == "hours_year" and change.low < 1:
        return "low", "A post that works no hours does nothing. Give the hours of a full-time post."
    if row.is_money and change.year not in deflators():
        return "year", _no_index(change.year)
    if not change.said_by.strip():
        return "said_by", "Say who gives these figures, or where they are published"
    return None


def _range_refused(change: Change) -> tuple[str, str] | None:
    if not change.low <= change.central <= change.high:
        return "central", "The low figure may not be above the central one, nor the central above the high one."
    if change.high > SPREAD * change.low > 0:
        return "low", sentence("The low figure may be nought, or no less than a {1}th of the high one", f"{SPREAD:,}")
    return None


def change_of(code: str, told: CostDraft) -> Change:
    """Return the change that somebody typed. Raises CostRefused at the field that cannot be taken."""
    ends = {name: _typed(name, getattr(told, name)) for name in ("low", "central", "high")}
    change = Change(code, **ends, year=told.year or PRICE_YEAR, said_by=told.said_by.strip())
    CostRefused.refuse(refused(change))
    return change


def _typed(field: str, text: str) -> float:
    try:
        return float(text.replace(",", "").replace("£", "").strip())
    except ValueError:
        raise CostRefused(field, "Enter a number, such as 1500 or 0.25") from None


def team_refused(team: Team) -> tuple[str, str] | None:
    """Return the field and the reason where no unit can be staffed so."""
    for profession, posts in team.posts.items():
        if profession not in PROFESSIONS:
            known = ", ".join(PROFESSIONS)
            return "team", sentence("There is no profession {1}. Use: {2}.", f"{profession!r}", known)
        if not math.isfinite(posts) or not 0 <= posts <= MOST_POSTS:
            return "team", sentence(
                "{1} posts cannot be. Give a number from 0 to {2}.", f"{posts:g}", f"{MOST_POSTS:g}"
            )
    if team.total <= 0:
        return "team", "A team without a post does no work. Give at least a tenth of a post."
    return None


def budget_refused(pounds: float) -> tuple[str, str] | None:
    """Return the field and the reason where a budget buys nothing, or is none."""
    if not math.isfinite(pounds) or pounds < 0:
        return "budget", "Enter the budget in pounds a year, without a minus sign."
    if pounds == 0:
        return "budget", "A budget of nought pays for no post. Leave it out, or give the pounds of a year."
    return None


def in_prices(row: Row, to: int = PRICE_YEAR) -> tuple[float, float, float]:
    """Return low, central and high of a row in the prices of one year; hours and shares as they are."""
    ends = (row.low, row.central, row.high)
    if not row.years:
        return ends
    low, central, high = (uprated(value, year, to) for value, year in zip(ends, row.years, strict=True))
    return (min(low, central), central, max(central, high))


#: The professions of a unit that is played, by the names of the price list.
PAID = {
    Profession.OFFICERS: "police",
    Profession.PSYCHOLOGISTS: "psychology",
    Profession.OUTREACH: "outreach",
    Profession.ADVOCATES: "advocacy",
}


def paid_as(rows: Mapping[str, Row]) -> dict[str, Assumed]:
    """Return what a full-time post of each profession costs by a price list: the middle of pay, and the employer's part."""
    on_top = rows["on_cost"].central
    return {
        f"pay {profession.value}": Assumed(
            round(in_prices(rows[f"pay_{name}"])[1] * (1 + on_top)),
            Word("£ a year, with what the employer pays"),
            rows[f"pay_{name}"].source,
        )
        for profession, name in PAID.items()
    }


def hours(profession: str, values: Mapping[str, float], *, referred: float, managed: float, direct: float) -> float:
    """Return the hours a year that a profession works on so many referrals, managed cases and people in direct work."""
    return (
        values.get(f"referral_{profession}", 0.0) * referred
        + values.get(f"case_{profession}", 0.0) * managed
        + values.get(f"direct_{profession}", 0.0) * direct
    )


def team_for(expected: Expected, rows: Mapping[str, Row]) -> Team:
    """Return the team that the expected work of a year asks for, in tenths of a post, rounded up."""
    values = {code: in_prices(row)[1] for code, row in rows.items()}
    work = {name: float(np.median(getattr(expected, name))) for name in ("referred", "managed", "direct")}
    posts = {
        profession: math.ceil(round(10 * hours(profession, values, **work) / values["hours_year"], 6)) / 10
        for profession in PROFESSIONS
    }
    return Team(posts, DEFAULT_TEAM)


def changes_in_words(changes: Sequence[Change]) -> tuple[str, ...]:
    """Return what was changed in the price list and who said so."""
    known = {row.code: row for row in price_list()}
    return tuple(
        sentence(
            "{1}: {2} instead of {3} ({4}), said by {5}.",
            known[one.code].what,
            f"{one.central:,.10g}",
            f"{known[one.code].central:,.10g}",
            known[one.code].unit,
            one.said_by,
        )
        for one in changes
    )


def _no_index(year: int) -> str:
    known = ", ".join(financial_year(one) for one in sorted(deflators()))
    return sentence(
        "No price index is known for {1}. Give the price of one of these years: {2}.", financial_year(year), known
    )


def _row(row: Mapping[str, str]) -> Row:
    years = tuple(int(year) for year in row["years"].split(";") if year)
    return Row(
        code=row["code"], group=row["group"], what=words(row["what"]), unit=words(row["unit"]),
        low=float(row["low"]), central=float(row["central"]), high=float(row["high"]),
        years=(years[0],) * 3 if len(years) == 1 else years,  # type: ignore[arg-type]
        source=words(row["source"]), as_of=words(row["as_of"]), licence=row["licence"], assumed=bool(row["assumed"]),
        fault=words(row["fault"]),
    )  # fmt: skip
