"""One area's recorded series, read with the recording rules that it crosses: a step for each change, or a named decision."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from fourfold import stats
from fourfold.evaluation import recording
from fourfold.evaluation.recording import RecordingBreak


@dataclass(frozen=True)
class RecordedSeries:
    """The fit of a recorded series, the changes of recording that it crosses, and how they were answered for."""

    fit: stats.Segments
    crossed: tuple[RecordingBreak, ...]
    answered: str


def recorded_series(
    months: Sequence[date],
    counts: Sequence[float],
    *,
    started: date,
    steps: bool = False,
    decision: str = "",
    season: int | None = None,
    slope: bool = True,
) -> RecordedSeries:
    """Fit monthly counts with a step and a change of slope where a unit started; overdispersed counts, Newey-West errors.

    `months` are the first days of consecutive months, `counts` what was recorded in each. Where they cross a change of the
    register, `steps` gives each change a step of its own, or `decision` says in words why not. Raises SeriesBreak where
    neither does, stats.WrongShape for months that do not follow one another, stats.OutOfRange for a start outside them, and
    the refusals of `segmented_regression` (a change in the very month of the start cannot be told from it).
    """
    _require_months(months, counts)
    crossed = recording.breaks_between(months[0], months[-1])
    if not steps:
        recording.require_decided(crossed, decision)
    places = {f"recording of {one.on:%B %Y}": bisect_left(months, one.on) for one in crossed} if steps else None
    fit = stats.segmented_regression(
        counts, bisect_left(months, started), family="quasi-Poisson", breaks=places, season=season, slope=slope
    )
    return RecordedSeries(fit, crossed, "a step for each change" if steps else decision.strip() or "none is crossed")


def _require_months(months: Sequence[date], counts: Sequence[float]) -> None:
    if len(months) != len(counts):
        raise stats.WrongShape("counts", f"are {len(counts)} for {len(months)} months", "Give one for each month")
    if not months:
        raise stats.EmptyInput("months", "are none", "Give the months of the series")
    numbers = [12 * month.year + month.month for month in months]
    if any(month.day != 1 for month in months) or any(later - earlier != 1 for earlier, later in pairwise(numbers)):
        raise stats.WrongShape(
            "months", "do not follow one another", "Give the first day of each month, and leave none out"
        )
