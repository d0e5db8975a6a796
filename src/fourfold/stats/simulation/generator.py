"""An invented programme over several sites, with every difficulty that an evaluation of it would meet.

High risk is accepted more often (confounding), sites begin on different days, people wait, custody comes first or in
between, acts repeat, some are never recorded; and the effect is known, because it was planted. Potential outcomes are
kept apart from what is seen.
"""

from __future__ import annotations

import heapq

import numpy as np
import numpy.typing as npt
import scipy

from fourfold.stats import inputs
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.simulation.acts import Pace, all_acts, first_acts
from fourfold.stats.simulation.terms import CUSTODY, DEATH, MOVED, STILL_THERE, YEAR, Drawn, Programme, Sealed, Seen


def draw(programme: Programme, seed: int | np.random.Generator) -> Drawn:
    """Invent one programme; the same dials and seed give the same people to the last digit."""
    rng = inputs.generator(seed)
    n, places = programme.people, programme.sites
    site = np.sort(rng.choice(places, n, p=_site_shares(places, rng)))
    referred, risk = _referred(programme, rng), rng.standard_normal(n)
    priors, trait = rng.negative_binomial(1, 0.5, n).astype(float), rng.standard_normal(n)
    frailty = rng.gamma(1 / programme.frailty, programme.frailty, n) if programme.frailty else np.ones(n)
    opened = np.resize(np.array(programme.first_days), places)[site]
    accepted = _accepted(programme, risk, priors, trait, referred >= opened, rng)
    start = np.where(accepted == 1, _waits(programme, site, referred, accepted, rng), np.inf)
    site_effect = _site_effects(programme, rng)
    site_pace = programme.site_spread * rng.standard_normal(places)
    tilt = programme.risk_on_acts * risk + programme.priors_on_acts * (priors - 1) + programme.unmeasured * trait
    rate = programme.yearly_acts * frailty * np.exp(tilt + site_pace[site])
    ratio = np.exp(site_effect[site])
    leaves, left = _leaving(programme, rng)
    pace = Pace(rate, programme.shape, ratio, start)
    who, day, back = all_acts(programme, pace, leaves, rng)
    recorded, told = _known(programme, day >= start[who], rng)
    luck = rng.standard_exponential(n)
    worlds = np.stack([first_acts(Pace(rate, programme.shape, ratio, np.full(n, on)), luck) for on in (np.inf, 0.0)])
    start = np.where(start < leaves, start, np.inf)
    seen = Seen(
        site, referred, risk, priors, accepted, start, leaves, left, who, day, np.minimum(back, leaves[who]),
        recorded, told,
    )  # fmt: skip
    return Drawn(seen, Sealed(trait, frailty, site_effect, worlds))


def _site_shares(sites: int, rng: np.random.Generator) -> FloatArray:
    """Give how much of the demand falls on each site: sizes are lognormal."""
    size = rng.lognormal(0.0, 0.4, sites)
    return np.asarray(size / size.sum())


def _referred(programme: Programme, rng: np.random.Generator) -> FloatArray:
    """Give the day of each referral in the life of the programme: a Poisson stream that swells once a year."""
    day = rng.uniform(0, programme.enrolment, programme.people)
    return np.asarray(day + programme.season * YEAR / (2 * np.pi) * np.sin(2 * np.pi * day / YEAR))


def _accepted(
    programme: Programme,
    risk: FloatArray,
    priors: FloatArray,
    trait: FloatArray,
    opened: npt.NDArray[np.bool_],
    rng: np.random.Generator,
) -> FloatArray:
    """Accept the riskier ones more often, and nobody who was referred before their site began."""
    odds = programme.accepted_at_mean + programme.risk_on_acceptance * risk
    odds += programme.priors_on_acceptance * (priors - 1) + programme.unmeasured * trait
    return ((rng.random(risk.size) < scipy.special.expit(odds)) & opened).astype(float)


def _waits(
    programme: Programme, site: IntArray, referred: FloatArray, accepted: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Give each accepted person's wait: at random, or in the queue for the site's places where there are `places`."""
    if not programme.places:
        return rng.exponential(programme.mean_wait, site.size) if programme.mean_wait else np.zeros(site.size)
    service = rng.exponential(programme.mean_service, site.size)
    wait = np.zeros(site.size)
    for place in range(programme.sites):
        queue = np.flatnonzero((site == place) & (accepted == 1))
        free = [0.0] * programme.places
        for person in queue[np.argsort(referred[queue])]:
            begins = max(heapq.heappop(free), referred[person])
            heapq.heappush(free, begins + service[person])
            wait[person] = begins - referred[person]
    return wait


def _site_effects(programme: Programme, rng: np.random.Generator) -> FloatArray:
    own = programme.effect + programme.effect_spread * rng.standard_normal(programme.sites)
    return np.asarray(own * rng.uniform(*programme.fidelity, programme.sites))


def _leaving(programme: Programme, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Give the day on which each person's observation ends, and which of the ways out came first."""
    ways = {CUSTODY: programme.custody_otherwise, DEATH: programme.death, MOVED: programme.moving}
    leaves, left = np.full(programme.people, programme.followed), np.full(programme.people, STILL_THERE)
    for way, rate in ways.items():
        day = YEAR * rng.standard_exponential(programme.people) / rate if rate else np.full(programme.people, np.inf)
        sooner = day < leaves
        leaves, left = np.where(sooner, day, leaves), np.where(sooner, way, left)
    return leaves, left


def _known(
    programme: Programme, inside: npt.NDArray[np.bool_], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Return which acts the police recorded, and which the victim told of when asked: two views, each with gaps."""
    share = np.where(inside, *programme.detected)
    recorded = (rng.random(inside.size) < share).astype(float)
    return recorded, (rng.random(inside.size) < programme.told_by_victim).astype(float)
