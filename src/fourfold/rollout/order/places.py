"""Candidates from what is expected of a place; cases become posts and pounds by the price list of the pages of costs.

Whoever knows better gives other rows for an area, or other candidates altogether.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from fourfold.rollout import facts, rules
from fourfold.rollout.economics import costs, model
from fourfold.rollout.economics.terms import Change, Row
from fourfold.rollout.order.terms import Candidate, OrderAsked, Profession
from fourfold.rollout.terms import Place

#: Fewer residents for each square kilometre make a place rural. Not the official classification, which goes by output area.
RURAL_UNDER = 250


#: Whose training bounds a roll-out, by the names of the price list.
IN_PRICES = {Profession.PSYCHOLOGISTS: "psychology", Profession.ADVOCATES: "advocacy", Profession.OFFICERS: "police"}
#: What was given for areas in place of rows of the price list, by their codes.
Given = Mapping[str, Sequence[Change]]


def candidate(place: Place, demand: rules.Demand, *, changes: Sequence[Change] = (), draws: int = 0) -> Candidate:
    """Return a place as one that may start, with the middle of what is expected there and its team and cost by the price list.

    The posts and the cost of a year are those of its page of costs; setting up is paid in the first. With `draws` its cases and
    costs are so many draws (draws,), in which what is foretold and prices move all places together.
    """
    code = place.code or place.districts[0].code
    own = np.random.default_rng([rules.SEED, zlib.crc32(code.encode())]) if draws else None
    found = rules.expected(place, demand=demand, units=facts.UNITS, own=own)
    recorded = float(np.median(found.recorded[demand.year]))
    rows = costs.shipped(changes)
    team = costs.team_for(found, rows)
    values: model.Values = (
        model.drawn(found, rows, draws=draws, seed=rules.SEED) if draws else model.central(found, rows)
    )
    by_heading = model.costs_of(values, team)
    return Candidate(
        code=code,
        name=place.name,
        region=place.districts[0].region,
        districts=tuple(one.code for one in place.districts),
        residents=place.residents,
        recorded=1000 * recorded / place.aged_16_plus(),
        managed=values["managed"],
        set_up=values["set_up"],
        yearly=sum(by_heading.values()) - by_heading["set_up"],
        posts={each: team.posts[name] for each, name in IN_PRICES.items()},
        rural=place.residents / sum(facts.outlines()[one.code].square_km for one in place.districts) < RURAL_UNDER,
    )


def asked_for(
    asked: OrderAsked, demand: rules.Demand, given: Given = MappingProxyType({}), *, draws: int = 0
) -> tuple[Candidate, ...]:
    """Return the districts of the area that was asked for, or the areas that have no unit yet. Raises UnknownArea."""
    if asked.districts_of:
        area = facts.named(asked.districts_of)
        return districts_of(area, demand, changes=given.get(area.code, ()), draws=draws)
    return areas(demand, given, without=facts.HAVE_UNITS, draws=draws)


def areas(
    demand: rules.Demand, given: Given = MappingProxyType({}), *, without: Iterable[str] = (), draws: int = 0
) -> tuple[Candidate, ...]:
    """Return the police force areas but those `without` (codes), in the order of their names."""
    left = (facts.area(code) for code in facts.areas() if code not in set(without))
    return tuple(candidate(one, demand, changes=given.get(one.code, ()), draws=draws) for one in left)


def districts_of(
    area: Place, demand: rules.Demand, *, changes: Sequence[Change] = (), draws: int = 0
) -> tuple[Candidate, ...]:
    """Return the districts of one area as candidates; each has its share of what the area expects."""
    return tuple(candidate(facts.place([one.code]), demand, changes=changes, draws=draws) for one in area.districts)


def assumed() -> tuple[Row, ...]:
    """Return the rows of the price list on which posts and pounds rest."""
    return tuple(row for row in costs.price_list() if row.group != "benefits")
