"""Kaplan-Meier curves, with Greenwood's standard error.

An own routine rather than a wrapped one, because delayed entry, weights, ties and both interval scales
must agree with R's survival package (Therneau & Grambsch 2000), and it is a few lines of counting. Whole days
are counted rather than sorted, so that ten million people take less than a tenth of a second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from fourfold.stats import drawings, inputs
from fourfold.stats.inputs import FloatArray
from fourfold.stats.risk_sets import RiskTable, risk_table, weighed
from fourfold.stats.tally import DayTally, tally_days
from fourfold.stats.terms import BeyondFollowUp, Estimate, Printed, Quantile, told

INTERVALS = ("log-log", "log")
FEW_PEOPLE, FEW_EVENTS = 10, 5


@dataclass(frozen=True, eq=False)
class SurvivalCurve(Printed):
    """The share of people still free of the event after each time; every array has shape (times,).

    `cautions` says in words what a reader must know before quoting the curve.
    """

    time: FloatArray
    at_risk: FloatArray
    events: FloatArray
    censored: FloatArray
    survival: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    level: float
    method: str
    people: int
    cautions: tuple[str, ...] = ()

    def summary(self) -> str:
        """Give people, events and the median on a line, as R prints a `survfit`, then what must be read before quoting."""
        median = self.median()
        middle, low, high = ("-" if v is None else f"{v:g}" for v in (median.estimate, median.low, median.high))
        counted = f"{self.people} people, {self.events.sum():g} events, median {middle} ({low} to {high})"
        return told([counted, f"{self.method}; {100 * self.level:g}% intervals"], self.cautions)

    def at(self, days: Iterable[float]) -> tuple[Estimate, ...]:
        """Give S(t), its Greenwood standard error and its interval at each day asked for.

        Raises BeyondFollowUp for a day after the last observation, unless the curve has reached zero.
        """
        return tuple(self._at(inputs.number("days", day)) for day in days)

    def numbers_at_risk(self, days: Iterable[float]) -> tuple[float, ...]:
        """Count the people (or their weight) under observation and free of the event just before each day."""
        asked = inputs.times("days", list(days))
        place = np.searchsorted(self.time, asked)
        return tuple(np.append(self.at_risk, 0.0)[place].tolist())

    def median(self) -> Quantile:
        """Give the time by which half had the event, with the interval read off the curve's limits."""
        return self.quantile(0.5)

    def quantile(self, share: float) -> Quantile:
        """Give the first time at which the curve is at or below 1 - share (Brookmeyer & Crowley 1982).

        Where the curve lies exactly on 1 - share for a while, the middle of that stretch, as R does.
        """
        below = 1 - inputs.share("share", share)
        middle, low, high = (_crossing(self.time, curve, below) for curve in (self.survival, self.low, self.high))
        return Quantile(middle, low, high, self.level, self.method)

    def to_frame(self) -> Any:
        """Give a data frame (times,), as R's `summary(survfit)` prints it; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        columns = ("time", "at_risk", "events", "censored", "survival", "standard_error", "low", "high")
        return pd.DataFrame({name: getattr(self, name) for name in columns})

    def plot(self, title: str = "Share without the event", name: str = "All") -> str:
        """Draw the curve in steps as SVG."""
        return SurvivalCurves({name: self}).plot(title)

    def _at(self, day: float) -> Estimate:
        require_followed(self, "days", day)
        place = int(np.searchsorted(self.time, day, side="right")) - 1
        if place < 0:
            return Estimate(1.0, 1.0, 1.0, self.level, self.method, 0.0, cautions=self.cautions)
        row = (self.survival[place], self.low[place], self.high[place], self.standard_error[place])
        estimate, low, high, error = (float(value) for value in row)
        return Estimate(estimate, low, high, self.level, self.method, error, cautions=self.cautions)


class SurvivalCurves(dict[Any, SurvivalCurve]):
    """One curve for each group, by its name."""

    def summary(self) -> str:
        """Give each group's summary after its name."""
        return "\n".join(f"{name}: {curve.summary()}" for name, curve in self.items())

    def to_frame(self) -> Any:
        """Give each group's data frame below the other, with its name first; needs pandas."""
        import pandas as pd  # a notebook's, not the site's

        frames = {name: curve.to_frame() for name, curve in self.items()}
        return pd.concat(frames, names=["group", "row"]).reset_index("group").reset_index(drop=True)

    def plot(self, title: str = "Share without the event, by group") -> str:
        """Draw the curves in steps as SVG, each with its own dash and its name."""
        drawn = [
            drawings.Line(str(name), ((0.0, 1.0), *zip(curve.time.tolist(), curve.survival.tolist(), strict=True)))
            for name, curve in self.items()
        ]
        return drawings.lines(title, drawn, across="time", up=(0, 1), stairs=True)


@overload
def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    group: None = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve: ...


@overload
def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    group: Any,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurves: ...


def kaplan_meier(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    group: Any = None,
    interval: str = "log-log",
    level: float = 0.95,
) -> SurvivalCurve | SurvivalCurves:
    """Estimate the share of people free of the event over time (Kaplan & Meier 1958).

    `time`, `event` (1 seen, 0 censored), `entry` (observed only after it: delayed entry) and `weights` have
    shape (people,). Intervals use Greenwood's variance on the log(-log) scale or the log scale (R's default).
    At S = 0 the standard error and limits are not a number, as Greenwood's formula says nothing there; before
    the first event both limits are 1. A row of weight 0 is not there at all. Weights that are not whole numbers leave both out, as Greenwood counts
    people: take the interval from a bootstrap that refits the weights. With a `group` (people,) there is one curve for each
    of its values, by name; `log_rank` compares them.
    Where people can leave by another way, such as custody, use `cumulative_incidence`: 1 - S overstates risk.
    With the events turned round (1 - event) it says how long people were followed (reverse Kaplan-Meier).
    Raises EmptyInput, WrongShape, NotANumber, OutOfRange, UnknownChoice.
    """
    inputs.choice("interval", interval, INTERVALS)
    inputs.critical_value(level)
    if group is not None:
        return _by_group(time, event, entry, weights, group, interval, level)
    tally = tally_days(time, event) if entry is None and weights is None else None
    if tally is not None:
        return curve_of_tally(tally, interval, level)
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    weight = inputs.weights(weights, ends.size)
    ends, causes, started, weight = weighed(ends, seen.astype(np.intp), started, weight)
    table = risk_table(ends, causes, 1, started, weight)
    return _curve(table, ends.size, inputs.whole(weight), interval, level)


def _by_group(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    entry: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
    group: Any,
    interval: str,
    level: float,
) -> SurvivalCurves:
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    weight = None if weights is None else inputs.weights(weights, ends.size)
    names, place = inputs.labels("group", group, ends.size)
    drawn = SurvivalCurves()
    for number, name in enumerate(names):
        own = place == number
        drawn[name] = kaplan_meier(
            ends[own],
            seen[own],
            entry=None if started is None else started[own],
            weights=None if weight is None else weight[own],
            interval=interval,
            level=level,
        )
    return drawn


def curve_of_tally(tally: DayTally, interval: str, level: float) -> SurvivalCurve:
    """Draw the curve of people counted by day."""
    at_risk = np.cumsum(tally.ended[::-1])[::-1].copy()
    table = RiskTable(tally.time, at_risk, tally.events[None], tally.ended - tally.events)
    return _curve(table, round(float(at_risk[0])), True, interval, level)


def _curve(table: RiskTable, people: int, counted: bool, interval: str, level: float) -> SurvivalCurve:
    survival, error_of_log = product_limit(table)
    if not counted:
        error_of_log.fill(np.nan)
    low, high = limits(survival, error_of_log, interval, inputs.critical_value(level))
    return SurvivalCurve(
        time=inputs.frozen(table.time), at_risk=inputs.frozen(table.at_risk),
        events=inputs.frozen(table.events[0]), censored=inputs.frozen(table.leaving),
        survival=inputs.frozen(survival), standard_error=inputs.frozen(survival * error_of_log),
        low=inputs.frozen(low), high=inputs.frozen(high), level=level,
        method=f"Kaplan-Meier, {interval} interval", people=people,
        cautions=_cautions(table, survival, people, counted),
    )  # fmt: skip


def product_limit(table: RiskTable) -> tuple[FloatArray, FloatArray]:
    """Multiply up survival over all causes; give it with the standard error of its logarithm (Greenwood)."""
    died = table.events.sum(axis=0)
    everyone = np.isclose(died, table.at_risk, rtol=1e-12, atol=0) & (died > 0)
    hazard = np.where(everyone, 1.0, table.hazards().sum(axis=0))
    survival = np.cumprod(1 - hazard)
    spread = np.divide(hazard, table.at_risk * (1 - hazard), out=np.zeros_like(hazard), where=(died > 0) & ~everyone)
    spread[everyone] = np.nan
    return survival, np.sqrt(np.cumsum(spread))


def require_followed(curve: SurvivalCurve, argument: str, day: float) -> None:
    """Refuse a day after the last observation, as nobody saw what happened then."""
    if not (np.isfinite(day) and day >= 0):
        inputs.times(argument, [day])
    if day > curve.time[-1] and curve.survival[-1] > 0:
        raise beyond(argument, day, float(curve.time[-1]))


def beyond(argument: str, day: float, last: float) -> BeyondFollowUp:
    """Word the refusal of a day after the last observation."""
    problem = f"{day:g} is after the last observation ({last:g})"
    return BeyondFollowUp(argument, problem, f"Ask for {last:g} at most")


def limits(survival: FloatArray, error: FloatArray, interval: str, z: float) -> tuple[FloatArray, FloatArray]:
    """Give the limits of survival (times,) from the standard error of its logarithm, on the log or log-log scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = np.log(survival)
        if interval == "log":
            return np.exp(log - z * error), np.minimum(np.exp(log + z * error), 1.0)
        spread = np.exp(z * error / -log)
        low, high = survival**spread, survival ** (1 / spread)
    untouched = (survival == 1) & ~np.isnan(error)
    return np.where(untouched, 1.0, low), np.where(untouched, 1.0, high)


def _crossing(time: FloatArray, curve: FloatArray, below: float) -> float | None:
    touching = np.isclose(curve, below, rtol=1e-12, atol=0)
    reached = np.flatnonzero((curve < below) | touching)
    if not reached.size:
        return None
    beyond = np.flatnonzero(curve[reached[0] :] < below * (1 - 1e-12))
    if not touching[reached[0]] or not beyond.size:
        return float(time[reached[0]])
    return float(time[reached[0]] + time[reached[0] + beyond[0]]) / 2


def _cautions(table: RiskTable, survival: FloatArray, people: int, counted: bool) -> tuple[str, ...]:
    found, seen = [], float(table.events.sum())
    if not counted:
        found.append("The weights are not whole numbers, so there is no interval here: bootstrap the people.")
    if not seen:
        found.append("No event was seen: the curve stays at 1 and its interval says nothing about risk.")
    if table.time[0] == 0:
        found.append(f"{table.events[0, 0] + table.leaving[0]:g} end at time 0, observed for no time: check the dates.")
    emptied = np.flatnonzero(survival == 0)
    if emptied.size and (table.at_risk[emptied[0] + 1 :] > 0).any():
        when = f"Everyone at risk at {table.time[emptied[0]]:g} had the event before others entered"
        found.append(f"{when}, so the curve is zero from there: start the clock later.")
    if seen and (people < FEW_PEOPLE or (counted and seen < FEW_EVENTS)):
        found.append(f"{people} people and {seen:g} events: too few for the interval to be trusted.")
    return tuple(found)
