"""Candidates from what is expected of a place, and the assumptions by which cases become posts and pounds.

The assumptions are a default: whoever knows better gives other numbers, or other candidates altogether.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass

import numpy as np

from fourfold.rollout import facts, rules
from fourfold.rollout.order.terms import Candidate, OrderAsked, Profession
from fourfold.rollout.terms import Place
from fourfold.words import Word, words

#: Fewer residents for each square kilometre make a place rural. Not the official classification, which goes by output area.
RURAL_UNDER = 250


@dataclass(frozen=True)
class Assumptions:
    """Cases in a year that one full-time post carries, what the post costs, and what stands beside pay."""

    cases_of_a_psychologist: float = 53
    cases_of_an_advocate: float = 65
    cases_of_an_officer: float = 60
    pay_of_a_psychologist: float = 61_139
    pay_of_an_advocate: float = 44_038
    pay_of_an_officer: float = 40_710
    on_pay: float = 0.30
    beside_pay: float = 0.15
    set_up: float = 0.25

    def posts(self, managed: float) -> dict[Profession, float]:
        return {
            Profession.PSYCHOLOGISTS: managed / self.cases_of_a_psychologist,
            Profession.ADVOCATES: managed / self.cases_of_an_advocate,
            Profession.OFFICERS: managed / self.cases_of_an_officer,
        }

    def yearly(self, managed: float) -> float:
        """Return the pounds that a unit costs in a year."""
        pay = (self.pay_of_a_psychologist, self.pay_of_an_advocate, self.pay_of_an_officer)
        return sum(one * posts for one, posts in zip(pay, self.posts(managed).values(), strict=True)) * (
            (1 + self.on_pay) * (1 + self.beside_pay)
        )


DEFAULTS = Assumptions()
#: What each assumption is, and on whose number, in the order of the fields.
_ASSUMED = words((
    ("Cases a year for each psychologist", "160 people a year planned for a health team of three psychologists, Hampshire; hours not given"),
    ("Cases a year for each advocate", "60 to 70 cases a year that one adviser can safely carry, SafeLives, about 2015"),
    ("Cases a year for each officer", "Fourfold's own assumption: no source was found"),
    ("Pay of a psychologist (£)", "middle of NHS band 8a, England, 2026/27"),
    ("Pay of an advocate (£)", "middle of NHS band 6, England, 2026/27"),
    ("Pay of an officer (£)", "middle of a police constable's scale from September 2025"),
    ("Employer's costs on top of pay (share)", "Fourfold's own assumption"),
    ("Everything beside pay (share)", "Fourfold's own assumption: premises, supervision, travel"),
    ("Setting up, once (share of a year's cost)", "Fourfold's own assumption"),
))  # fmt: skip


def candidate(place: Place, demand: rules.Demand, *, assume: Assumptions = DEFAULTS) -> Candidate:
    """Return a place as one that may start, with what the demand model expects of it in the middle."""
    found = rules.expected(place, demand=demand, units=facts.UNITS)
    managed, recorded = float(np.median(found.managed)), float(np.median(found.recorded[demand.year]))
    yearly = assume.yearly(managed)
    return Candidate(
        code=place.code or place.districts[0].code,
        name=place.name,
        region=place.districts[0].region,
        districts=tuple(one.code for one in place.districts),
        residents=place.residents,
        recorded=1000 * recorded / place.aged_16_plus(),
        managed=managed,
        set_up=assume.set_up * yearly,
        yearly=yearly,
        posts=assume.posts(managed),
        rural=place.residents / sum(facts.outlines()[one.code].square_km for one in place.districts) < RURAL_UNDER,
    )


def asked_for(asked: OrderAsked, demand: rules.Demand) -> tuple[Candidate, ...]:
    """Return the districts of the area that was asked for, or the areas that have no unit yet. Raises UnknownArea."""
    if asked.districts_of:
        return districts_of(facts.named(asked.districts_of), demand)
    return areas(demand, without=facts.HAVE_UNITS)


def areas(
    demand: rules.Demand, *, without: Iterable[str] = (), assume: Assumptions = DEFAULTS
) -> tuple[Candidate, ...]:
    """Return the police force areas but those `without` (codes), in the order of their names."""
    left = (facts.area(code) for code in facts.areas() if code not in set(without))
    return tuple(candidate(one, demand, assume=assume) for one in left)


def districts_of(area: Place, demand: rules.Demand, *, assume: Assumptions = DEFAULTS) -> tuple[Candidate, ...]:
    """Return the districts of one area as candidates; each has its share of what the area expects."""
    return tuple(candidate(facts.place([one.code]), demand, assume=assume) for one in area.districts)


def assumed(assume: Assumptions = DEFAULTS) -> tuple[tuple[Word, float, Word], ...]:
    """Return each assumption: what it is, its value, and on whose number."""
    values = astuple(assume)
    return tuple((Word(what), value, Word(source)) for (what, source), value in zip(_ASSUMED, values, strict=True))
