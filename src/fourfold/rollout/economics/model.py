"""The model itself: what one team costs in a year and what it changes, for one set of values or for draws of them.

A value is a number or an array (draws,); every function takes either. Who is served is what the posts can do: where more
comes than they can work on, the rest is not managed and nothing changes for it.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from fourfold.rollout.economics import costs, effects
from fourfold.rollout.economics.terms import HEADINGS, PROFESSIONS, Row, Team
from fourfold.rollout.rules import Expected
from fourfold.stats.inputs import FloatArray

#: Over so many years a plan is looked at, and setting up is spread; the Green Book's rate of discount.
YEARS = 5
DISCOUNT = 0.035
#: Low and high are the 5th and 95th of a hundred; nothing is drawn beyond the 0.5th or the 99.5th.
Z_OF_ENDS, Z_MOST = 1.6448536, 2.5758293
WORK = ("referred", "managed", "direct")
Values = Mapping[str, Any]


def annuity(years: int = YEARS) -> float:
    """Return what a pound a year is worth today over so many years, the first paid now."""
    return sum((1 + DISCOUNT) ** -year for year in range(years))


def drawn(expected: Expected, rows: Mapping[str, Row], *, draws: int, seed: int) -> dict[str, FloatArray]:
    """Draw the work of a year and every row (draws,); each row has dice of its own, so that changing one moves no other."""
    place = np.random.default_rng(seed).integers(0, len(expected.referred), draws)
    work = {name: np.asarray(getattr(expected, name))[place] for name in WORK}
    return work | prices(rows, draws=draws, seed=seed)


def prices(rows: Mapping[str, Row], *, draws: int, seed: int) -> dict[str, FloatArray]:
    """Draw every row alone (draws,)."""
    values: dict[str, FloatArray] = {}
    for code, row in rows.items():
        z = np.random.default_rng([seed, zlib.crc32(code.encode())]).normal(size=draws)
        values[code] = between(*costs.in_prices(row), np.clip(z, -Z_MOST, Z_MOST))
    return values


def between(low: float, central: float, high: float, z: FloatArray) -> FloatArray:
    """Return values whose 5th, 50th and 95th of a hundred are these, by normal scores; on the log scale where none is nought."""
    share = z / Z_OF_ENDS
    if low > 0:
        up, down = math.log(high / central), math.log(central / low)
        return np.asarray(central * np.exp(share * np.where(z > 0, up, down)))
    return np.maximum(central + share * np.where(z > 0, high - central, central - low), 0.0)


def central(expected: Expected, rows: Mapping[str, Row]) -> dict[str, float]:
    """Return the middle of the work and of every row."""
    work = {name: float(np.median(getattr(expected, name))) for name in WORK}
    return work | {code: costs.in_prices(row)[1] for code, row in rows.items()}


def served(values: Values, team: Team) -> Any:
    """Return the share of the work that the posts can do; a profession without a post holds up nothing, and does nothing."""
    if team.carries is not None:
        return team.carries
    share: Any = 1.0
    for profession in PROFESSIONS:
        if team.posts.get(profession, 0) > 0:
            needed = costs.hours(profession, values, **{name: values[name] for name in WORK})
            share = np.minimum(share, team.posts[profession] * values["hours_year"] / np.maximum(needed, 1e-9))
    return share


def costs_of(values: Values, team: Team) -> dict[str, Any]:
    """Return pounds a year by heading."""
    share = served(values, team)
    pay = sum(posts * values[f"pay_{profession}"] for profession, posts in team.posts.items())
    found = {
        "staff": (1 + values["on_cost"]) * pay,
        "referrals": values["referral_overhead"] * values["referred"],
        "sessions": values["session"] * values["sessions"] * values["direct"] * share,
        "orders": values["order"] * values["orders"] * values["managed"] * share,
        "premises": values["premises"] * team.total,
        "set_up": values["set_up"] / annuity(),
    }
    return {heading: found[heading] for heading in HEADINGS}


def spared_of(values: Values, team: Team, without: float) -> Any:
    """Return the managed cases of a year that are spared another act; `log_ratio` is among the values."""
    return values["managed"] * served(values, team) * effects.spared(values["log_ratio"], without)


def hourly(rows: Mapping[str, Row]) -> dict[str, float]:
    """Return what an hour of each profession costs, with what its employer pays on top."""
    middle = {code: costs.in_prices(row)[1] for code, row in rows.items()}
    return {
        profession: middle[f"pay_{profession}"] * (1 + middle["on_cost"]) / middle["hours_year"]
        for profession in PROFESSIONS
    }
