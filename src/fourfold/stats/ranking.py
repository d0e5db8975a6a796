"""Harrell's concordance: of two people, does the one with the higher predicted risk have the event first?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.cox_fit import CoxFit
from fourfold.stats.inputs import FloatArray, IntArray
from fourfold.stats.terms import TooFewEvents


@dataclass(frozen=True)
class Concordance:
    """Pairs of people in which one had the event while the other was at risk; 0.5 is no better than a coin."""

    estimate: float
    concordant: int
    discordant: int
    tied: int
    method: str = "Harrell's concordance, ties in risk count half"


def concordance(fit: CoxFit) -> Concordance:
    """Give the concordance of a fit on its own people, which flatters it.

    A row that stands for several is taken for as many people; weights are not used. Source: Harrell, Lee & Mark 1996.
    Raises WrongKind for what is no `fit`, TooFewEvents where no two people can be compared.
    """
    inputs.kind("fit", fit, CoxFit, "`cox_regression`")
    rows, each = fit.fitted.rows, _people(fit.fitted.rows.counts)
    risk = fit.fitted.beta @ fit.fitted.likelihood.x
    entry = None if rows.entry is None else rows.entry[each]
    return _concordance(rows.time[each], rows.event[each], risk[each], entry, rows.stratum[each])


def concordance_index(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
) -> Concordance:
    """Compare a predicted risk (rows,) with what happened (Harrell 1982), inside strata, as R's survival does.

    A pair counts where one has the event while the other is under observation and stays free of it longer. Raises
    TooFewEvents where no pair can be compared, and the refusals of `kaplan_meier`.
    """
    ends = inputs.times("time", time)
    seen = inputs.indicator("event", event, ends.size)
    score = inputs.column("risk", risk, ends.size)
    started = inputs.entries(entry, ends)
    stratum = inputs.labels("strata", strata if strata is not None else np.zeros(ends.size), ends.size)[1]
    return _concordance(ends, seen, score, started, stratum)


def _people(counts: FloatArray) -> IntArray | slice:
    """Name the row of each person (people,), or all rows where each stands for one."""
    return slice(None) if (counts == 1).all() else np.repeat(np.arange(counts.size), counts.astype(np.intp))


def _concordance(
    time: FloatArray, event: FloatArray, risk: FloatArray, entry: FloatArray | None, stratum: IntArray
) -> Concordance:
    """Count for each event the people who stayed longer (or were censored at that time), less those not yet there."""
    days, at = np.unique(time, return_inverse=True)
    rank, dead = np.unique(risk, return_inverse=True)[1], np.flatnonzero(event)
    block = 2 * days.size + 2
    outlasting = _Later(stratum * block + 2 * at + (event == 0), rank, stratum)
    counts = outlasting.count(stratum[dead] * block + 2 * at[dead] + 1, rank[dead], stratum[dead])
    if entry is not None:
        begun = np.searchsorted(days, entry, side="right")
        counts -= _Later(stratum * block + begun, rank, stratum).count(
            stratum[dead] * block + at[dead] + 1, rank[dead], stratum[dead]
        )
    concordant, tied, pairs = (int(part) for part in counts.sum(axis=1))
    if not pairs:
        raise TooFewEvents("event", "allows no pair to be compared", "Somebody must outlast somebody with the event")
    return Concordance((concordant + tied / 2) / pairs, concordant, pairs - concordant - tied, tied)


class _Later:
    """People in order of place, of whom those at or after a place in the same stratum are counted by rank."""

    def __init__(self, place: IntArray, rank: IntArray, stratum: IntArray) -> None:
        order = np.argsort(place, kind="stable")
        self.place, self.rank = place[order], rank[order]
        self.ends = np.cumsum(np.bincount(stratum))

    def count(self, place: IntArray, rank: IntArray, stratum: IntArray) -> npt.NDArray[np.int64]:
        """Give for each question the people there with a lower rank, with the same rank, and all: (3, questions)."""
        first, last = np.searchsorted(self.place, place), self.ends[stratum]
        lower, up_to = (self._below(first, last, bound) for bound in (rank, rank + 1))
        return np.array([lower, up_to - lower, last - first])

    def _below(self, first: IntArray, last: IntArray, bound: IntArray) -> IntArray:
        """Count ranks under `bound` among those from `first` to `last`, bit by bit (a wavelet matrix), for all at once."""
        ranks, total = self.rank, np.zeros_like(first)
        for bit in range(int(np.max(ranks) + 1).bit_length() - 1, -1, -1):
            high = (ranks >> bit) & 1
            low_before = np.concatenate([[0], np.cumsum(1 - high)])
            lows, asked = low_before[-1], ((bound >> bit) & 1).astype(bool)
            low_first, low_last = low_before[first], low_before[last]
            total += np.where(asked, low_last - low_first, 0)
            first = np.where(asked, lows + first - low_first, low_first)
            last = np.where(asked, lows + last - low_last, low_last)
            ranks = np.concatenate([ranks[high == 0], ranks[high == 1]])
        return total
