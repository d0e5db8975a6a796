"""The truth that the invented programme is made from, so that the evaluation can be asked to find it again."""

from dataclasses import dataclass

import numpy as np

YEAR = 365.0
FIRST_DAY = 1.0
"""An act on the day of opening brought the case in; the first that can be the next one comes a day later."""


@dataclass(frozen=True)
class PlantedTruth:
    """How often acts follow in truth: a Weibull hazard in the days since opening, halved or doubled by what is known.

    The hazard of a case at `t` days is

        yearly · site · exp(per_level · level + per_log_prior · ln(1 + prior acts) + former) · frailty
            · shape · (t / 365)^(shape − 1) / 365 · hazard_ratio^(managed at t)

    which is a Cox model with sites as strata, so that the evaluation's own model can recover `hazard_ratio`. A shape
    under 1 makes the first months the densest. The frailty (gamma, mean 1) is kept small: a large one would pull the
    ratio that any Cox model sees towards 1.
    """

    hazard_ratio: float = 0.60
    yearly: float = 0.45
    shape: float = 0.85
    per_level: float = 0.30
    per_log_prior: float = 0.35
    former_partner: float = 0.25
    former_not_known: float = 0.10
    frailty_variance: float = 0.08
    sites: tuple[tuple[str, float], ...] = (("cheshire", 1.0), ("london", 1.25), ("hampshire", 1.4))

    def site_factor(self, site: str) -> float:
        """Return by how much acts are more frequent at a site than at the first."""
        return dict(self.sites)[site]


TRUTH = PlantedTruth()


@dataclass(frozen=True)
class Risks:
    """What the hazard of some cases depends on, one element a case.

    Arrays (cases,): `site` factor; `level` 0 to 3; `prior` acts up to the opening; `former` 1 for a former partner, 0
    for another, NaN where nobody knows; `managed` the day on which management begins, infinity where it never does.
    """

    site: np.ndarray
    level: np.ndarray
    prior: np.ndarray
    former: np.ndarray
    managed: np.ndarray


def rate(truth: PlantedTruth, risks: Risks, frailty: np.ndarray) -> np.ndarray:
    """Return the expected acts in the first year of each case without management; array (cases,)."""
    unknown = np.isnan(risks.former)
    score = (
        truth.per_level * risks.level
        + truth.per_log_prior * np.log1p(risks.prior)
        + truth.former_partner * np.where(unknown, 0.0, risks.former)
        + truth.former_not_known * unknown
    )
    return np.asarray(truth.yearly * risks.site * np.exp(score) * frailty)


def days_of_acts(truth: PlantedTruth, risks: Risks, rng: np.random.Generator, *, most: int = 60) -> np.ndarray:
    """Return the days after opening on which acts happen, ascending; array (cases, most), at most `most` each.

    Acts come as a Poisson process given the frailty: unit exponential steps of the cumulative hazard are turned back
    into days, the part after the beginning of management stretched by the hazard ratio.
    """
    cases = len(risks.level)
    spread = truth.frailty_variance
    frailty = rng.gamma(1 / spread, spread, cases) if spread > 0 else np.ones(cases)
    yearly = rate(truth, risks, frailty)[:, None]
    steps = rng.exponential(1.0, (cases, most)).cumsum(axis=1)
    begin = (FIRST_DAY / YEAR) ** truth.shape
    managed = np.maximum(risks.managed, FIRST_DAY)[:, None]
    before = yearly * ((managed / YEAR) ** truth.shape - begin)
    later = np.maximum(steps - np.minimum(before, steps), 0.0)
    reached = np.minimum(before, steps) + later / truth.hazard_ratio
    return np.asarray(YEAR * (reached / yearly + begin) ** (1 / truth.shape))
