"""Scenarios about people: who is accepted, how long they wait, custody, repeated acts and what is noticed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import scipy

from fourfold import stats
from fourfold.stats.inputs import FloatArray
from fourfold.stats.simulation.generator import draw
from fourfold.stats.simulation.methods import (
    BIAS,
    COVERAGE,
    ERROR,
    FALSE_ALARMS,
    LOG_RATIO,
    RISK,
    Marks,
    Method,
    Scenario,
)
from fourfold.stats.simulation.records import Episodes, all_episodes, first_acts_known, until_first
from fourfold.stats.simulation.terms import Drawn, Programme, Seen
from fourfold.stats.terms import Estimate

HELPS = math.log(0.7)
HORIZON = 365.0
TRUTH_PEOPLE, TRUTH_SEED = 200_000, 20_26
LANDMARK = 90.0

#: Nobody is likelier to be accepted than another: what remains is the difficulty that the scenario is about.
BY_LOT = Programme(accepted_at_mean=0.0, risk_on_acceptance=0.0, priors_on_acceptance=0.0)
#: And everybody's acts come at one pace.
ALIKE = replace(BY_LOT, risk_on_acts=0.0, priors_on_acts=0.0, site_spread=0.0)


def scenarios() -> tuple[Scenario, ...]:
    """List the scenarios about people."""
    return (
        _confounded("confounding", "High risk is accepted more often; hazard ratio 0.70", HELPS),
        _confounded("no-effect", "High risk is accepted more often; no effect at all", 0.0),
        _unmeasured(),
        _immortal(),
        _custody(),
        _repeated(),
        _overdispersed(),
        _detection(),
        _powered(),
    )


@cache
def true_risk_differences(programme: Programme, horizon: float) -> dict[str, float]:
    """Give the planted difference of risks by a day: from potential outcomes of 200,000 people, never from an analysis.

    For "overlap", people count by how far they could have gone either way; for "everyone", alike.
    """
    many = draw(replace(programme, people=TRUTH_PEOPLE), TRUTH_SEED)
    seen, acted = many.seen, many.sealed.first_if <= horizon
    odds = programme.accepted_at_mean + programme.risk_on_acceptance * seen.risk
    chance = scipy.special.expit(odds + programme.priors_on_acceptance * (seen.priors - 1))
    difference = acted[1].astype(float) - acted[0]
    return {
        "overlap": float(np.average(difference, weights=chance * (1 - chance))),
        "everyone": float(difference.mean()),
    }


def _makes(programme: Programme) -> Callable[[np.random.Generator], Drawn]:
    return lambda rng: draw(programme, rng)


def _confounded(key: str, title: str, effect: float) -> Scenario:
    programme = Programme(effect=effect, site_spread=0.0)

    def overlap(_drawn: Drawn) -> float:
        return true_risk_differences(programme, HORIZON)["overlap"] if effect else 0.0

    def everyone(_drawn: Drawn) -> float:
        return true_risk_differences(programme, HORIZON)["everyone"] if effect else 0.0

    misses = (BIAS, COVERAGE) if effect else (BIAS, FALSE_ALARMS)
    return Scenario(
        key,
        title,
        _makes(programme),
        (
            Method("Cox, accepted against the rest", _crude, effect, misses=misses),
            Method("Cox with the risk screen", _adjusted, effect),
            Method("one-year risk, accepted against the rest", _crude_risk, overlap, RISK, misses),
            Method("one-year risk, doubly robust, everyone", _doubly_robust, everyone, RISK),
            Method(
                "one-year risk, overlap weights, bootstrap",
                _overlap_risk,
                overlap,
                RISK,
                thorough=not effect,
                quick=lambda drawn: _overlap_risk(drawn, 99),
            ),
        ),
    )


def _unmeasured() -> Scenario:
    programme = Programme(unmeasured=0.6, site_spread=0.0)
    method = Method("Cox with the risk screen", _adjusted, 0.0, misses=(BIAS, FALSE_ALARMS))
    return Scenario("unmeasured", "What nobody wrote down drives both; no effect", _makes(programme), (method,))


def _immortal() -> Scenario:
    programme = replace(BY_LOT, mean_wait=120.0)
    return Scenario(
        "waiting",
        "Half are accepted, by lot, and wait four months on average; no effect",
        _makes(programme),
        (
            Method("Cox, ever against never started", _ever_treated, 0.0, misses=(BIAS, FALSE_ALARMS)),
            Method("Cox, treated from the day of the start", _time_varying, 0.0),
            Method("Cox from a landmark at 90 days", _landmark, 0.0),
        ),
    )


def _custody() -> Scenario:
    programme = replace(ALIKE, yearly_acts=0.9, custody_otherwise=0.6)
    rate = programme.yearly_acts + programme.custody_otherwise
    truth = programme.yearly_acts / rate * (1 - math.exp(-rate * HORIZON / 365.25))
    return Scenario(
        "custody",
        "Custody for something else often comes first",
        _makes(programme),
        (
            Method("one-year risk, 1 less Kaplan-Meier", _one_less_survival, truth, RISK, (BIAS, COVERAGE)),
            Method("one-year risk, Aalen-Johansen", _incidence, truth, RISK),
        ),
    )


def _repeated() -> Scenario:
    programme = replace(BY_LOT, effect=HELPS, frailty=0.5, custody_after_act=0.25, moving=0.03, death=0.005)
    return Scenario(
        "repeated",
        "Acts repeat, some people's far more often, custody in between; hazard ratio 0.70",
        _makes(programme),
        (
            Method("Andersen-Gill, each act as if a person", _every_act_alone, HELPS, misses=(COVERAGE, ERROR)),
            Method("Andersen-Gill, errors by person", _andersen_gill, HELPS),
        ),
    )


def _overdispersed() -> Scenario:
    programme = replace(ALIKE, frailty=1.5)
    mean = programme.yearly_acts * HORIZON / 365.25
    return Scenario(
        "frequency",
        "How many acts in a year, where some people act far more often",
        _makes(programme),
        (
            Method("acts over time, exact Poisson", _poisson_mean, mean, RISK, (COVERAGE,)),
            Method("mean cumulative function", _mean_acts, mean, Marks(bias=0.02)),
        ),
    )


def _detection() -> Scenario:
    shares = (0.9, 0.7)
    programme = replace(BY_LOT, effect=HELPS, frailty=0.5, detected=shares, told_by_victim=0.6)
    return Scenario(
        "detection",
        "Managed people's acts are noticed more often (90 % against 70 %); hazard ratio 0.70",
        _makes(programme),
        (
            Method("recorded acts as they stand", _andersen_gill, HELPS, misses=(BIAS, COVERAGE)),
            Method("recorded acts, detection grid", lambda drawn: _detected(drawn, *shares), HELPS),
            Method("acts that victims told of", _told, HELPS),
        ),
    )


def _powered() -> Scenario:
    programme = replace(ALIKE, people=400, effect=HELPS, followed=365.0)
    chance = 1 - np.exp(-programme.yearly_acts * np.array([1.0, 0.7]) * 365.0 / 365.25)
    power = stats.power_of_events(float(programme.people * chance.mean()), 0.7)
    marks = replace(LOG_RATIO, power=power)
    return Scenario(
        "power",
        "By lot, 400 people for a year; the power is what the formula says",
        _makes(programme),
        (Method("Cox, by lot", _crude, HELPS, marks),),
    )


def _crude(drawn: Drawn) -> Estimate:
    first = first_acts_known(drawn.seen, drawn.seen.recorded)
    fit = stats.cox_regression(first.time, first.event, {"accepted": drawn.seen.accepted})
    return fit.log_hazard_ratio("accepted")


def _adjusted(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    fit = stats.cox_regression(
        first.time, first.event, {"accepted": seen.accepted, **seen.covariates}, strata=seen.site
    )
    return fit.log_hazard_ratio("accepted")


def _crude_risk(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    sides = [seen.accepted == side for side in (1, 0)]
    acted = [int((first.event[side] * (first.time[side] <= HORIZON)).sum()) for side in sides]
    return stats.newcombe_difference(acted[0], int(sides[0].sum()), acted[1], int(sides[1].sum()))


def _doubly_robust(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    acted = first.event * (first.time <= HORIZON)
    return stats.augmented_weighting(acted, seen.accepted, seen.covariates, model="logistic").difference


def _overlap_risk(drawn: Drawn, resamples: int = 199) -> Estimate:
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    statistic = stats.weighted_risk_statistic(first.time, first.event, seen.accepted, HORIZON)
    return stats.bootstrap_weighted(statistic, seen.accepted, seen.covariates, resamples=resamples).estimate


def _ever_treated(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    ever = (seen.start < first.time).astype(float)
    columns = {"ever": ever, **seen.covariates}
    return stats.cox_regression(first.time, first.event, columns, strata=seen.site).log_hazard_ratio("ever")


def _time_varying(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    rows = until_first(seen, first_acts_known(seen, seen.recorded))
    fit = stats.cox_regression(
        rows.time, rows.event, _columns(seen, rows), entry=rows.entry, strata=seen.site[rows.person]
    )
    return fit.log_hazard_ratio("inside")


def _landmark(drawn: Drawn) -> Estimate:
    """Compare people still without an act on day 90 by whether they had started by then, from that day on.

    Those who start later dilute an effect; where there is none, this costs nothing.
    """
    seen = drawn.seen
    first = first_acts_known(seen, seen.recorded)
    left = first.time > LANDMARK
    columns = {"started": (seen.start <= LANDMARK).astype(float), **seen.covariates}
    chosen = {name: values[left] for name, values in columns.items()}
    fit = stats.cox_regression(first.time[left] - LANDMARK, first.event[left], chosen, strata=seen.site[left])
    return fit.log_hazard_ratio("started")


def _one_less_survival(drawn: Drawn) -> Estimate:
    first = first_acts_known(drawn.seen, drawn.seen.recorded)
    (alive,) = stats.kaplan_meier(first.time, first.event).at([HORIZON])
    return replace(alive, estimate=1 - alive.estimate, low=1 - alive.high, high=1 - alive.low)


def _incidence(drawn: Drawn) -> Estimate:
    first = first_acts_known(drawn.seen, drawn.seen.recorded)
    return stats.cumulative_incidence(first.time, first.cause).at(1, [HORIZON])[0]


def _every_act_alone(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    rows = all_episodes(seen, seen.recorded)
    fit = stats.cox_regression(
        rows.time, rows.event, _columns(seen, rows), entry=rows.entry, strata=seen.site[rows.person]
    )
    return fit.log_hazard_ratio("inside")


def _andersen_gill(drawn: Drawn) -> Estimate:
    return _by_person(drawn.seen, drawn.seen.recorded)


def _told(drawn: Drawn) -> Estimate:
    return _by_person(drawn.seen, drawn.seen.told)


def _detected(drawn: Drawn, managed: float, others: float) -> Estimate:
    recorded = _andersen_gill(drawn).exponentiated()
    corrected = stats.detection_grid(recorded, managed=(managed,), others=(others,)).at(managed, others)
    estimate, low, high = (math.log(value) for value in (corrected.estimate, corrected.low, corrected.high))
    return Estimate(estimate, low, high, corrected.level, corrected.method)


def _by_person(seen: Seen, known: FloatArray) -> Estimate:
    rows = all_episodes(seen, known)
    fit = stats.andersen_gill(
        rows.time, rows.event, _columns(seen, rows), rows.person, entry=rows.entry, strata=seen.site[rows.person]
    )
    return fit.log_hazard_ratio("inside")


def _columns(seen: Seen, rows: Episodes) -> dict[str, Any]:
    return {"inside": rows.inside, **{name: values[rows.person] for name, values in seen.covariates.items()}}


def _poisson_mean(drawn: Drawn) -> Estimate:
    seen = drawn.seen
    within = int(((seen.act_day <= HORIZON) & (seen.recorded == 1)).sum())
    return stats.event_rate(within, seen.leaves.size, per=1.0)


def _mean_acts(drawn: Drawn) -> Estimate:
    rows = all_episodes(drawn.seen, drawn.seen.recorded)
    curve = stats.mean_cumulative_function(rows.time, rows.event, rows.person, entry=rows.entry)
    return curve.at([HORIZON])[0]
