"""The words of the simulation: an invented programme's dials, what its evaluators see, and what they may not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.terms import OutOfRange

YEAR = 365.25
STILL_THERE, CUSTODY, DEATH, MOVED = 0, 1, 2, 3


@dataclass(frozen=True)
class Programme:
    """Every dial of an invented programme over several sites: days, rates per year, effects on the log hazard scale.

    `effect` is planted: the log hazard ratio while somebody is in the programme, the same everywhere where
    `effect_spread` is 0 and `fidelity` (least, most) is (1, 1). `unmeasured` is how strongly a trait that nobody
    wrote down raises both acceptance and further acts. `detected` is the share of acts recorded of people (in the
    programme, outside it).
    """

    people: int = 600
    sites: int = 3
    effect: float = 0.0
    effect_spread: float = 0.0
    fidelity: tuple[float, float] = (1.0, 1.0)
    yearly_acts: float = 0.8
    shape: float = 1.0
    frailty: float = 0.0
    site_spread: float = 0.3
    risk_on_acts: float = 0.5
    priors_on_acts: float = 0.25
    accepted_at_mean: float = -0.6
    risk_on_acceptance: float = 0.8
    priors_on_acceptance: float = 0.3
    unmeasured: float = 0.0
    season: float = 0.2
    enrolment: float = 730.0
    followed: float = 730.0
    first_days: tuple[float, ...] = (0.0,)
    mean_wait: float = 0.0
    places: int = 0
    mean_service: float = 120.0
    custody_after_act: float = 0.0
    custody_days: float = 90.0
    custody_otherwise: float = 0.0
    death: float = 0.0
    moving: float = 0.0
    detected: tuple[float, float] = (1.0, 1.0)
    told_by_victim: float = 1.0

    def __post_init__(self) -> None:
        if self.people < 1 or self.sites < 1 or not self.first_days:
            raise OutOfRange("programme", "has nobody in it", "Give at least one person, one site and one first day")
        if self.yearly_acts <= 0 or self.shape <= 0 or self.followed <= 0 or self.frailty < 0:
            raise OutOfRange("programme", "has a rate, shape or time below zero", "Give numbers above zero")

    @property
    def digest(self) -> str:
        """Give the SHA-256 of all dials, so that a table says which programme made it."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class Seen:
    """What an evaluator holds; one value for each person (people,), and for each act (acts,) in order of its day.

    Days count from a person's referral. `start` is the day on which the programme began for them, infinity where it
    never did. `leaves` is the last day of observation and `left` why (still there, custody for another offence, death,
    moved). `back` is the day on which somebody is in the community again after an act.
    """

    site: IntArray
    referred: FloatArray
    risk: FloatArray
    priors: FloatArray
    accepted: FloatArray
    start: FloatArray
    leaves: FloatArray
    left: IntArray
    act_of: IntArray
    act_day: FloatArray
    back: FloatArray
    recorded: FloatArray
    told: FloatArray

    @property
    def covariates(self) -> dict[str, FloatArray]:
        """Give what was known of everybody at referral."""
        return {"risk": self.risk, "priors": self.priors}


@dataclass(frozen=True, eq=False)
class Sealed:
    """What no evaluator sees: the unmeasured trait, frailty, each site's own effect, and first acts in both worlds.

    `first_if` (2, people) is the day of the first act had the person never started, and had they started at referral.
    """

    trait: FloatArray
    frailty: FloatArray
    site_effect: FloatArray
    first_if: FloatArray


@dataclass(frozen=True, eq=False)
class Drawn:
    """One invented programme: what is seen, and the truth apart from it."""

    seen: Seen
    sealed: Sealed
