"""What the study tries: scenarios, each a source of invented data with the methods that analyse them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fourfold.stats.terms import Estimate

Truth = float | Callable[[Any], float]

BIAS, COVERAGE, ERROR, FALSE_ALARMS, POWER = "bias", "coverage", "error ratio", "false alarms", "power"


@dataclass(frozen=True)
class Marks:
    """What a method must reach: the largest bias, the band of coverage, of false alarms, of the error ratio, and power.

    None leaves a quantity unjudged. The bands are those of a thousand replications.
    """

    bias: float | None = 0.02
    coverage: tuple[float, float] | None = (0.93, 0.97)
    error: tuple[float, float] | None = (0.93, 1.07)
    false_alarms: tuple[float, float] | None = (0.035, 0.065)
    power: float | None = None


LOG_RATIO, RISK = Marks(), Marks(bias=0.005)
FEW_SITES = Marks(coverage=(0.93, 1.0), error=None, false_alarms=(0.0, 0.065))
NEW_SITE = Marks(bias=None, coverage=(0.93, 1.0), error=None, false_alarms=None)


@dataclass(frozen=True)
class Method:
    """One way to analyse a scenario's data, and what is to be seen: that it reaches its marks, or that it misses them.

    `misses` names the marks that a method in common use is known to miss here; ours miss none. `truth` is the value
    planted for this method's estimand, or how to find it in the draw. A `thorough` one runs in the full study only;
    elsewhere `quick` takes the place of `run`, where there is one.
    """

    name: str
    run: Callable[[Any], Estimate]
    truth: Truth = 0.0
    marks: Marks = LOG_RATIO
    misses: tuple[str, ...] = ()
    thorough: bool = False
    quick: Callable[[Any], Estimate] | None = None

    def true_value(self, drawn: Any) -> float:
        """Give what this method should find in one draw."""
        return self.truth(drawn) if callable(self.truth) else self.truth


@dataclass(frozen=True)
class Scenario:
    """A difficulty with a name, how to invent data that have it, and the methods that meet it."""

    key: str
    title: str
    make: Callable[[np.random.Generator], Any]
    methods: tuple[Method, ...]

    def hurried(self) -> Scenario:
        """Give the scenario without its slow methods, and the quick form of those that have one."""
        kept = (method for method in self.methods if not method.thorough)
        return replace(self, methods=tuple(replace(one, run=one.quick or one.run) for one in kept))
