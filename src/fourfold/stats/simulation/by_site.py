"""Scenarios about sites: what a few of them say together, and what a new one should expect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fourfold import stats
from fourfold.stats.inputs import FloatArray
from fourfold.stats.simulation.generator import draw
from fourfold.stats.simulation.methods import COVERAGE, FEW_SITES, NEW_SITE, Marks, Method, Scenario
from fourfold.stats.simulation.records import all_episodes
from fourfold.stats.simulation.terms import Drawn, Programme
from fourfold.stats.terms import Estimate

MEAN = math.log(0.7)


@dataclass(frozen=True, eq=False)
class Sites:
    """A log hazard ratio with its standard error from each site, and the true effect of a site still to come."""

    estimates: FloatArray
    errors: FloatArray
    next_one: float


def scenarios() -> tuple[Scenario, ...]:
    """List the scenarios about sites."""
    return (_three(), _ten(), _everything())


def sites(rng: np.random.Generator, count: int, spread: float) -> Sites:
    """Invent the estimates of some sites whose true effects differ by `spread`; errors of 0.12 to 0.35."""
    errors = rng.uniform(0.12, 0.35, count)
    true = MEAN + spread * rng.standard_normal(count + 1)
    return Sites(rng.normal(true[:-1], errors), errors, float(true[-1]))


def _three() -> Scenario:
    return Scenario(
        "three-sites",
        "Three sites whose true effects differ by 0.3",
        lambda rng: sites(rng, 3, 0.3),
        (
            Method("mean over sites, DerSimonian-Laird and Wald", _wald, MEAN, Marks(error=None), (COVERAGE,)),
            Method("mean over sites, Hartung-Knapp max(1, q)", _hartung_knapp, MEAN, FEW_SITES),
            Method("mean over sites, half-normal prior 0.5", _bayes_mean, MEAN, FEW_SITES),
            Method("a new site, taken to be like the mean", _wald, _next_one, NEW_SITE, (COVERAGE,)),
            Method("a new site, half-normal prior 0.5", _new_site, _next_one, NEW_SITE),
        ),
    )


def _ten() -> Scenario:
    marks = Marks(bias=None, coverage=(0.93, 0.98), error=None, false_alarms=None)
    return Scenario(
        "ten-sites",
        "Ten sites; the spread is 0.1, 0.2 or 0.3",
        lambda rng: sites(rng, 10, float(rng.choice((0.1, 0.2, 0.3)))),
        (
            Method("mean over sites, Hartung-Knapp max(1, q)", _hartung_knapp, MEAN, FEW_SITES),
            Method("a new site, textbook t(k-1) interval", _textbook, _next_one, marks, (COVERAGE,), thorough=True),
            Method("a new site, half-normal prior 0.5", _new_site, _next_one, marks),
        ),
    )


def _everything() -> Scenario:
    """Eight sites with everything at once: later starts, queues, custody, gaps in recording, acts that repeat."""
    programme = Programme(
        people=1600, sites=8, effect=MEAN, effect_spread=0.2, frailty=0.5, first_days=(0.0, 120.0, 240.0),
        places=20, custody_after_act=0.25, custody_otherwise=0.1, death=0.005, moving=0.03, detected=(0.8, 0.8),
    )  # fmt: skip
    return Scenario(
        "everything",
        "Eight sites with all difficulties at once; mean hazard ratio 0.70, spread 0.2",
        lambda rng: draw(programme, rng),
        (Method("Andersen-Gill in each site, then Hartung-Knapp", _two_stages, MEAN, FEW_SITES),),
    )


def _next_one(drawn: Sites) -> float:
    return drawn.next_one


def _wald(drawn: Sites) -> Estimate:
    return stats.random_effects(drawn.estimates, drawn.errors, heterogeneity="DL", interval="Wald").pooled


def _hartung_knapp(drawn: Sites) -> Estimate:
    return stats.random_effects(drawn.estimates, drawn.errors).pooled


def _bayes_mean(drawn: Sites) -> Estimate:
    return stats.predict_new_site(drawn.estimates, drawn.errors).mean


def _new_site(drawn: Sites) -> Estimate:
    return stats.predict_new_site(drawn.estimates, drawn.errors).prediction


def _textbook(drawn: Sites) -> Estimate:
    fit = stats.random_effects(drawn.estimates, drawn.errors, interval="Knapp-Hartung")
    return stats.prediction_interval(fit, "t(k-1)")


def _two_stages(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    rows = all_episodes(seen, seen.recorded)
    found, errors = [], []
    for site in np.unique(seen.site):
        own = seen.site[rows.person] == site
        columns = {"inside": rows.inside[own]}
        columns |= {name: values[rows.person[own]] for name, values in seen.covariates.items()}
        fit = stats.andersen_gill(rows.time[own], rows.event[own], columns, rows.person[own], entry=rows.entry[own])
        place = fit.names.index("inside")
        found.append(float(fit.coefficients[place]))
        errors.append(float(np.sqrt(fit.quoted_covariance[place, place])))
    return stats.random_effects(found, errors).pooled
