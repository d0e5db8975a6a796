"""Cumulative incidence where another event can come first.

Custody is such an event: a person in custody cannot reoffend in the community, so treating custody as
censoring (1 - Kaplan-Meier) overstates the risk. An own Aalen-Johansen, as lifelines breaks ties at random.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import drawings, inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.risk_sets import RiskTable, risk_table, weighed
from fourfold.stats.survival import FEW_EVENTS, FEW_PEOPLE, beyond, product_limit
from fourfold.stats.terms import Estimate, OutOfRange, Printed, TooFewEvents, told

METHOD = "Aalen-Johansen, log(-log) interval"


@dataclass(frozen=True, eq=False)
class CumulativeIncidence(Printed):
    """The share of people to whom each cause came first; arrays by cause have shape (causes, times).

    `cautions` says in words what a reader must know before quoting it.
    """

    time: FloatArray
    at_risk: FloatArray
    survival: FloatArray
    causes: tuple[int, ...]
    incidence: FloatArray
    standard_error: FloatArray
    level: float = 0.95
    method: str = METHOD
    cautions: tuple[str, ...] = ()

    def summary(self) -> str:
        """Give the share to whom each cause came first by the last day, then what must be read before quoting."""
        shares = (f"cause {cause}: {row[-1]:.3g}" for cause, row in zip(self.causes, self.incidence, strict=True))
        return told([f"by {self.time[-1]:g}, {', '.join(shares)}", self.method], self.cautions)

    def to_frame(self) -> Any:
        """Give a data frame (times,): at risk, free of all, and the share and its error by cause; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        columns = {"time": self.time, "at_risk": self.at_risk, "survival": self.survival}
        for place, cause in enumerate(self.causes):
            columns |= {
                f"incidence_{cause}": self.incidence[place],
                f"standard_error_{cause}": self.standard_error[place],
            }
        return pd.DataFrame(columns)

    def plot(self, title: str = "Share to whom each cause came first") -> str:
        """Draw a curve in steps for each cause as SVG."""
        drawn = [
            drawings.Line(f"cause {cause}", ((0.0, 0.0), *zip(self.time.tolist(), row.tolist(), strict=True)))
            for cause, row in zip(self.causes, self.incidence, strict=True)
        ]
        return drawings.lines(title, drawn, across="time", up=(0, 1), stairs=True)

    def at(self, cause: int, days: Iterable[float]) -> tuple[Estimate, ...]:
        """Give the share to whom `cause` came first by each day, with standard error and interval.

        Where it came first to everybody the limits are not a number, as for a survival of zero. Raises OutOfRange for a
        cause that is not there, BeyondFollowUp for a day after the last observation.
        """
        if cause not in self.causes:
            raise OutOfRange("cause", f"{inputs.written(cause)} did not happen", f"Choose one of {self.causes}")
        row = self.causes.index(cause)
        return tuple(self._at(row, inputs.number("days", day)) for day in days)

    def _at(self, row: int, day: float) -> Estimate:
        inputs.times("days", [day])
        if day > self.time[-1] and self.survival[-1] > 0:
            raise beyond("days", day, float(self.time[-1]))
        place = int(np.searchsorted(self.time, day, side="right")) - 1
        if place < 0:
            return Estimate(0.0, 0.0, 0.0, self.level, self.method, 0.0, cautions=self.cautions)
        risk, error = float(self.incidence[row, place]), float(self.standard_error[row, place])
        low, high = _limits(risk, error, inputs.critical_value(self.level))
        return Estimate(risk, low, high, self.level, self.method, error, cautions=self.cautions)


def cumulative_incidence(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> CumulativeIncidence:
    """Estimate the share of people to whom each cause came first (Aalen & Johansen 1978).

    `cause` is 0 where nothing was seen by `time`, and 1, 2, ... for what came first (say 1 a new act, 2
    custody); all arrays have shape (people,). At every time the incidences and the survival sum to one. The
    variance is Greenwood's for competing risks with n - 1 for ties (Marubini & Valsecchi 1995), as R's
    cmprsk; with weights that are not whole numbers it is not a number. Raises TooFewEvents where every cause
    is 0, and the refusals of `kaplan_meier`.
    """
    ends = inputs.times("time", time)
    started = inputs.entries(entry, ends)
    weight = inputs.weights(weights, ends.size)
    kinds, codes = read_causes(cause, ends.size, counted=weight > 0)
    inputs.critical_value(level)
    ends, codes, started, weight = weighed(ends, codes, started, weight)
    table = risk_table(ends, codes, len(kinds), started, weight)
    survival, _ = product_limit(table)
    before = np.concatenate([[1.0], survival[:-1]])
    hazards = table.hazards()
    incidence = np.cumsum(before * hazards, axis=1)
    errors = np.stack([_standard_error(table, hazards, before, k, incidence[k]) for k in range(len(kinds))])
    if not inputs.whole(weight):
        errors.fill(np.nan)
    return CumulativeIncidence(
        time=inputs.frozen(table.time), at_risk=inputs.frozen(table.at_risk), survival=inputs.frozen(survival),
        causes=kinds, incidence=inputs.frozen(incidence), standard_error=inputs.frozen(errors), level=level,
        cautions=_cautions(table, kinds, ends.size, inputs.whole(weight)),
    )  # fmt: skip


def read_causes(
    cause: npt.ArrayLike, rows: int, *, counted: npt.NDArray[np.bool_] | None = None
) -> tuple[tuple[int, ...], inputs.IntArray]:
    """Read what came first (0 nothing, 1, 2, ...): the causes that happened, and each row's place among them from 1.

    Only `counted` rows (rows,) make a cause happen.
    """
    read = inputs.times("cause", cause, rows)
    if (read % 1).any():
        raise OutOfRange("cause", "holds a fraction", "Use 0 for censored and 1, 2, ... for what came first")
    kinds = np.unique(read[(read > 0) & (True if counted is None else counted)])
    if not kinds.size:
        raise TooFewEvents("cause", "is 0 for everyone", "A cumulative incidence needs at least one event")
    codes = np.where(read > 0, np.searchsorted(kinds, read) + 1, 0)
    return tuple(int(kind) for kind in kinds), codes


def _standard_error(
    table: RiskTable, hazards: FloatArray, before: FloatArray, k: int, incidence: FloatArray
) -> FloatArray:
    """Sum D^2 x1 + x2 - 2 D x3 over the days so far, with D = F(t) - F(day).

    Multiplying D out turns the double loop into a few cumulative sums. With n at risk, d events of any cause
    and d1 of this one: x1 = d/((n-1)(n-d)), x2 = S^2 d1 (n-d1)/((n-1) n^2), x3 = S d1 (n-d1)/((n-1)(n-d) n).
    """
    n, d, d1 = table.at_risk, table.events.sum(axis=0), table.events[k]
    alone, emptied = n - 1 < 1e-9, n - d < 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        x1 = np.where(alone | emptied, 0.0, d / ((n - 1) * (n - d)))
        x2 = np.where(alone, 0.0, before**2 * d1 * (n - d1) / ((n - 1) * n**2))
        x3 = np.where(alone | emptied, 0.0, before * d1 * (n - d1) / ((n - 1) * (n - d) * n))
    linear = np.cumsum(x1 * incidence + x3)
    rest = np.cumsum(x1 * incidence**2 + x2 + 2 * x3 * incidence)
    return np.sqrt(np.maximum(incidence**2 * np.cumsum(x1) - 2 * incidence * linear + rest, 0.0))


def _limits(risk: float, error: float, z: float) -> tuple[float, float]:
    if risk >= 1 - 1e-12:
        return float("nan"), float("nan")
    if risk <= 0:
        return risk, risk
    log = np.log1p(-risk)
    spread = np.exp(z * error / ((1 - risk) * -log))
    return float(-np.expm1(log / spread)), float(-np.expm1(log * spread))


def _cautions(table: RiskTable, kinds: tuple[int, ...], people: int, counted: bool) -> tuple[str, ...]:
    found = []
    if not counted:
        found.append("The weights are not whole numbers, so there is no interval here: bootstrap the people.")
    if table.time[0] == 0:
        ended = table.events[:, 0].sum() + table.leaving[0]
        found.append(f"{ended:g} end at time 0, observed for no time: check the dates.")
    for kind, seen in zip(kinds, table.events.sum(axis=1).tolist(), strict=True):
        if people < FEW_PEOPLE or (counted and seen < FEW_EVENTS):
            found.append(
                f"{people} people and {seen:g} events of cause {kind}: too few for the interval to be trusted."
            )
    return tuple(found)
