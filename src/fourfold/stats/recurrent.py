"""Repeated events: the marginal and conditional Cox models, and the mean number of events so far.

`andersen_gill` takes all events for alike; `prentice_williams_peterson` compares only people who have had as many
events before; `wei_lin_weissfeld` follows everybody for every event from the start. All use errors that are robust to
what the rows of one person have in common (Lin & Wei 1989). Sources: Andersen & Gill 1982; Prentice, Williams &
Peterson 1981; Wei, Lin & Weissfeld 1989; Therneau & Grambsch 2000, ch. 8; Lawless & Nadeau 1995.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.cox import cox_regression
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.risk_sets import at_risk
from fourfold.stats.survival import FEW_EVENTS, FEW_PEOPLE, beyond
from fourfold.stats.terms import Estimate, OutOfRange, TooFewEvents

CLOCKS = ("total", "gap")


def andersen_gill(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    covariates: Any,
    person: npt.ArrayLike,
    *,
    entry: npt.ArrayLike,
    strata: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Compare the rates of all events, first and later alike, from one row (entry, time] for each episode.

    All arrays have shape (rows,); `person` names whose row it is. Where two rows of a person overlap, one is counted
    beside oneself: the fit's cautions then say so. Source: Andersen & Gill 1982; errors that hold whatever the
    dependence within a person, Lin, Wei, Yang & Ying 2000. Raises the refusals of `cox_regression`.
    """
    fit = cox_regression(
        time, event, covariates, entry=entry, cluster=inputs.somebody("person", person), strata=strata,
        weights=weights, ties=ties, level=level,
    )  # fmt: skip
    return replace(fit, cautions=(*_beside_oneself(entry, time, person), *fit.cautions))


def prentice_williams_peterson(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    order: npt.ArrayLike,
    covariates: Any,
    person: npt.ArrayLike,
    *,
    entry: npt.ArrayLike,
    clock: str = "total",
    by_order: Sequence[str] = (),
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Compare people waiting for their k-th event with others waiting for their k-th, k being `order` (1, 2, ...).

    `clock` is "total" (time since the start) or "gap" (time since the event before). Covariates named in `by_order` get
    one coefficient for each k, named "rx[k]". Late events are few and happen to few: put the orders beyond which hardly
    anybody comes together before calling. Rows (rows,) are one for each of a `person`'s waits. Source: Prentice,
    Williams & Peterson 1981. Raises OutOfRange for an order that is not 1, 2, ..., and the refusals of
    `cox_regression`.
    """
    ends = inputs.times("time", time)
    started = inputs.entries(entry, ends)
    k = _orders(order, ends.size)
    gap = inputs.choice("clock", clock, CLOCKS) == "gap" and started is not None
    fit = cox_regression(
        ends - started if gap and started is not None else ends, event, _by_order(covariates, k, by_order),
        entry=None if gap else started, strata=k, cluster=inputs.somebody("person", person), ties=ties,
        level=level,
    )  # fmt: skip
    return replace(fit, cautions=(*_beside_oneself(entry, time, person), *fit.cautions))


def wei_lin_weissfeld(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    order: npt.ArrayLike,
    covariates: Any,
    person: npt.ArrayLike,
    *,
    by_order: Sequence[str] = (),
    ties: str = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Follow everybody for the first, second, ... event from the start: one row for each person and order.

    `time` runs from the start to the k-th event or the end of follow-up (`marginal_episodes` makes such rows).
    Covariates named in `by_order` get one coefficient for each k, named "rx[k]". Rows have shape (rows,). Source: Wei,
    Lin & Weissfeld 1989. Raises OutOfRange for an order that is not 1, 2, ..., and the refusals of `cox_regression`.
    """
    ends = inputs.times("time", time)
    k = _orders(order, ends.size)
    return cox_regression(
        ends, event, _by_order(covariates, k, by_order), strata=k, cluster=inputs.somebody("person", person),
        ties=ties, level=level,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class MarginalEpisodes:
    """Rows for `wei_lin_weissfeld`, shape (people x orders,); `row` is each person's first row in the episodes."""

    time: FloatArray
    event: FloatArray
    order: IntArray
    row: IntArray


def marginal_episodes(time: npt.ArrayLike, event: npt.ArrayLike, person: Any, *, orders: int) -> MarginalEpisodes:
    """Turn episodes, one row (rows,) each, into one row for each person and each of the first `orders` events.

    `time` is each row's end, in the order of the person's events. Source: Wei, Lin & Weissfeld 1989. Raises OutOfRange
    where `orders` is not 1 or more, and the refusals of `kaplan_meier`.
    """
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    orders = inputs.whole_number("orders", orders, least=1)
    people, who = inputs.labels("person", person, ends.size)
    placed = np.lexsort((ends, who))
    last = np.zeros(len(people))
    np.maximum.at(last, who, ends)
    times = np.repeat(last[:, None], orders, axis=1)
    events = np.zeros_like(times)
    dead = placed[seen[placed] == 1]
    before = np.bincount(who[dead], minlength=len(people))
    number = np.arange(dead.size) - np.repeat(np.cumsum(before) - before, before)
    kept = number < orders
    times[who[dead][kept], number[kept]] = ends[dead][kept]
    events[who[dead][kept], number[kept]] = 1
    first = np.full(len(people), ends.size)
    np.minimum.at(first, who, np.arange(ends.size))
    k = np.tile(np.arange(1, orders + 1), len(people))
    return MarginalEpisodes(times.ravel(), events.ravel(), k, np.repeat(first, orders))


@dataclass(frozen=True, eq=False)
class MeanCumulative:
    """The mean number of events of a person so far, at each event day, shape (days,).

    `cautions` says in words what a reader must know before quoting it.
    """

    time: FloatArray
    mean: FloatArray
    at_risk: FloatArray
    people: int
    level: float
    last: float
    rows: tuple[FloatArray, FloatArray, FloatArray | None, IntArray] = field(repr=False)
    method: str = "mean cumulative function, errors robust to each person's own pace, log interval"
    cautions: tuple[str, ...] = ()

    def at(self, days: Iterable[float]) -> tuple[Estimate, ...]:
        """Give the mean number of events by each day, with its robust error. Raises BeyondFollowUp."""
        return tuple(self._at(inputs.number("days", day)) for day in days)

    def _at(self, day: float) -> Estimate:
        inputs.times("days", [day])
        if day > self.last:
            raise beyond("days", day, self.last)
        place = int(np.searchsorted(self.time, day, side="right"))
        if place == 0:
            return Estimate(0.0, 0.0, 0.0, self.level, self.method, 0.0, cautions=self.cautions)
        mean, error = float(self.mean[place - 1]), self._error(place)
        factor = math.exp(inputs.critical_value(self.level) * error / mean)
        return Estimate(mean, mean / factor, mean * factor, self.level, self.method, error, cautions=self.cautions)

    def _error(self, place: int) -> float:
        """Add up each person's events less those expected while at risk, over the people at risk (Lawless & Nadeau)."""
        time, event, entry, who = self.rows
        days, steps = self.time[:place], np.diff(self.mean[:place], prepend=0.0)
        expected = np.concatenate([[0.0], np.cumsum(steps / self.at_risk[:place])])
        first = 0 if entry is None else np.searchsorted(days, entry, side="right")
        own = -(expected[np.searchsorted(days, time, side="right")] - expected[first])
        dead = np.flatnonzero((event == 1) & (time <= days[-1]))
        own[dead] += 1 / self.at_risk[np.searchsorted(days, time[dead])]
        return float(np.linalg.norm(np.bincount(who, own)))


def mean_cumulative_function(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    person: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    level: float = 0.95,
) -> MeanCumulative:
    """Estimate how many events a person has had, on average, by each day (Nelson 1988; Lawless & Nadeau 1995).

    One row (entry, time] for each episode, arrays of shape (rows,); a row without an event still counts its person as
    under observation. Time in custody is left out by leaving a gap between rows. Without `entry` a person's rows all
    begin at zero and overlap, which lowers the mean: the cautions say so. Raises TooFewEvents without an event, and the refusals of `kaplan_meier`.
    """
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    started = inputs.entries(entry, ends)
    people, who = inputs.labels("person", person, ends.size)
    inputs.critical_value(level)
    if not seen.any():
        raise TooFewEvents("event", "is 0 in every row", "A mean number of events needs at least one event")
    days, count = np.unique(ends[seen == 1], return_counts=True)
    risk = at_risk(days, ends, started, np.ones(ends.size))
    rows = (ends, seen, started, who)
    mean = inputs.frozen(np.cumsum(count / risk))
    cautions = (*_beside_oneself(entry, time, person), *_few(len(people), int(seen.sum())))
    return MeanCumulative(days, mean, risk, len(people), level, float(ends.max()), rows, cautions=cautions)


def _beside_oneself(entry: npt.ArrayLike | None, time: npt.ArrayLike, person: npt.ArrayLike) -> tuple[str, ...]:
    """Return whether rows of one person begin before another of theirs ended, so that they are at risk twice at once."""
    ends = inputs.times("time", time)
    started = inputs.entries(entry, ends)
    begun = np.zeros(ends.size) if started is None else started
    who = inputs.labels("person", person, ends.size)[1]
    order = np.lexsort((ends, who))
    overlap = (np.diff(who[order]) == 0) & (begun[order][1:] < ends[order][:-1])
    if not overlap.any():
        return ()
    return (f"{overlap.sum()} rows begin while another of the same person lasts, who is then counted twice at once.",)


def _few(people: int, events: int) -> tuple[str, ...]:
    if people >= FEW_PEOPLE and events >= FEW_EVENTS:
        return ()
    return (f"{people} people and {events} events: too few for the interval to be trusted.",)


def _orders(order: npt.ArrayLike, rows: int) -> IntArray:
    read = inputs.column("order", order, rows)
    if (read < 1).any() or not inputs.whole(read):
        raise OutOfRange("order", "holds something other than 1, 2, ...", "Number each person's events from 1")
    return read.astype(np.intp)


def _by_order(covariates: Any, order: IntArray, names: Sequence[str]) -> Any:
    """Split the named covariates into one column for each order."""
    if not names:
        return covariates
    if not hasattr(covariates, "keys"):
        raise OutOfRange("by_order", "needs covariates with names", "Give a mapping of names to columns")
    known = [str(key) for key in covariates.keys()]  # noqa: SIM118 - a data frame is no mapping
    for name in inputs.words("by_order", names):
        inputs.choice("by_order", name, known)
    columns: dict[str, FloatArray] = {}
    for key in covariates.keys():  # noqa: SIM118
        read = inputs.column(f"covariates[{key!r}]", covariates[key], order.size)
        split = {f"{key}[{k}]": np.where(order == k, read, 0.0) for k in np.unique(order)}
        columns |= split if str(key) in names else {str(key): read}
    return columns
