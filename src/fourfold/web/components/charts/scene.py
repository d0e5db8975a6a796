"""What both pictures of a pattern share: which acts lie in view, over which time, in which lanes; and the table."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter

from fourfold.web.components.charts import pen
from fourfold.web.components.charts.rhythm import (
    OTHER,
    Burst,
    Gap,
    InOrder,
    bursts,
    counted,
    gaps,
    in_order,
    lane_counts,
    pattern_finding,
)
from fourfold.web.components.charts.scales import (
    MONTH_STEPS,
    TimeAxis,
    day_and_month,
    day_and_time,
    month,
    month_start,
)
from fourfold.web.components.charts.terms import CROWDED_ABOVE, LEVEL_NAMES, Act, Band, Lane, LevelStep, Pattern
from fourfold.web.translation import composed
from fourfold.words import Word, words

SHORTEST = timedelta(days=28)
LEAST_COLUMN = 5.0

HEAD = words(("When", "Kind", "What happened", "Standing", "Seriousness"))
CROWDED_HEAD = words(("Month", "Kind", "Acts", "Not yet confirmed", "Breaches"))
NOT_ASSESSED = Word("Not assessed")


@dataclass(frozen=True, slots=True)
class Pile:
    """The acts of one lane in one stretch of time, drawn as a column because single acts would hide each other."""

    lane: int
    starts: datetime
    ends: datetime
    confirmed: int
    unconfirmed: int
    breaches: int

    @property
    def acts(self) -> int:
        return self.confirmed + self.unconfirmed


@dataclass(frozen=True, slots=True)
class Scene:
    """A pattern cut to what is in view and set in order, with what follows from it."""

    pattern: Pattern
    acts: tuple[Act, ...]
    lanes: tuple[tuple[Lane, int], ...]
    since: datetime
    until: datetime
    gaps: tuple[Gap, ...]
    bursts: tuple[Burst, ...]
    #: How many acts are alike in month, lane, other kinds, standing and breach.
    alike: Mapping[tuple[int, str, tuple[str, ...], bool, bool], int]

    @property
    def crowded(self) -> bool:
        """Tell whether single acts would hide each other, so that they are drawn as columns."""
        return len(self.acts) > CROWDED_ABOVE

    @property
    def levels(self) -> tuple[LevelStep, ...]:
        """Return the steps of the level up to today, oldest first."""
        return tuple(sorted((s for s in self.pattern.levels if s.at <= self.pattern.today), key=lambda s: s.at))

    @property
    def bands(self) -> tuple[Band, ...]:
        """Return the bands that touch the time in view, oldest first."""
        seen = (b for b in self.pattern.bands if b.starts <= self.until and (b.ends or self.until) >= self.since)
        return tuple(sorted(seen, key=lambda b: (b.starts, b.name)))

    def lane_of(self, act: Act) -> int:
        """Return the position of an act's lane; an unlisted kind belongs to the last, "Kind not known"."""
        return self._positions().get(act.lane, len(self.lanes) - 1)

    def _positions(self) -> dict[str, int]:
        return {lane.key: position for position, (lane, _) in enumerate(self.lanes)}

    def also_of(self, act: Act) -> tuple[int, ...]:
        """Return the positions of the other lanes in which an act counts."""
        return self.positions(act.also)

    def positions(self, lanes: Iterable[str]) -> tuple[int, ...]:
        """Return the positions of lanes, without those that are not listed."""
        listed = self._positions()
        return tuple(listed[key] for key in lanes if key in listed)

    def kinds_of(self, act: Act) -> str:
        """Name the kinds of an act, the worst first."""
        return ", ".join(pen.said(self.lanes[place][0].name) for place in (self.lane_of(act), *self.also_of(act)))

    def lane_positions(self) -> tuple[int, ...]:
        """Return the lane of each act, in the order of `acts`."""
        positions, last = self._positions(), len(self.lanes) - 1
        return tuple(positions.get(act.lane, last) for act in self.acts)


def scene_of(pattern: Pattern) -> Scene:
    """Return the scene of a pattern: acts before `since` are out of view, a little air at both ends."""
    acts = in_order(pattern.acts)
    if pattern.since is not None:
        acts = in_order(act for act in acts if act.at >= pattern.since)
    seen = replace(pattern, acts=acts, whole=pattern.whole if len(acts) == len(pattern.acts) else 0)
    first = pattern.since or earliest(seen)
    last = max([pattern.today, *[act.at for act in acts[-1:]]])
    first = min(first, last - SHORTEST)
    air = (last - first) * 0.02
    since = first if pattern.since else first - air
    found = bursts(acts)
    return Scene(seen, acts, lane_counts(seen), since, last + air, gaps(seen, found), found, alike(acts))


def alike(acts: InOrder) -> Mapping[tuple[int, str, tuple[str, ...], bool, bool], int]:
    """Return how many acts are alike in month, lane, other kinds, standing and breach."""
    months = [day.year * 12 + day.month - 1 for day in acts.days]
    said = Counter(zip(months, map(attrgetter("lane", "also", "confirmed", "breach"), acts), strict=True))
    found = Counter[tuple[int, str, tuple[str, ...], bool, bool]]()
    for (begun, (lane, also, confirmed, breach)), many in said.items():
        found[begun, lane, also, confirmed, bool(breach)] += many
    return found


def earliest(pattern: Pattern) -> datetime:
    """Return the first instant that anything in the pattern has, today where there is nothing."""
    starts = [act.at for act in pattern.acts[:1]]
    starts += [step.at for step in pattern.levels] + [band.starts for band in pattern.bands]
    return min(starts, default=pattern.today)


def pile_step(axis: TimeAxis) -> int:
    """Return how many months a column holds, so that it is wide enough to see."""
    return next((s for s in MONTH_STEPS if s * 30.4 * axis.per_day >= LEAST_COLUMN), MONTH_STEPS[-1])


def piles(scene: Scene, step: int) -> tuple[Pile, ...]:
    """Return the acts as piles of `step` months, by lane and time."""
    tally: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    base = month_start(scene.since)
    first = base.year * 12 + base.month - 1
    for (begun, lane, also, confirmed, breach), many in scene.alike.items():
        for place in (*(scene.positions([lane]) or (len(scene.lanes) - 1,)), *scene.positions(also)):
            pile = tally[place, (begun - first) // step]
            pile[0 if confirmed else 1] += many
            pile[2] += many * breach
    return tuple(
        Pile(lane, month_start(base, n * step), month_start(base, (n + 1) * step), *numbers)
        for (lane, n), numbers in sorted(tally.items())
    )


def described(scene: Scene) -> str:
    """Describe the picture in sentences for somebody who cannot see it."""
    said = [pattern_finding(scene.pattern) + "."]
    if scene.acts:
        newest = scene.acts[-1]
        said.append(
            composed(
                "Newest act: {1}, {2}.", day_and_time(newest.at, time_known=newest.time_known), scene.kinds_of(newest)
            )
        )
        kinds = ", ".join(f"{pen.said(lane.name)} {n}" for lane, n in scene.lanes)
        said.append(composed("By kind, worst first: {1}.", kinds))
    said += [level_said(scene.levels) if scene.pattern.levels_known else composed("The level is not shown here.")]
    running = (band for band in scene.bands if runs(band, scene.pattern.today))
    said += [composed("In force today: {1}.", band_said(band)) for band in running]
    if scene.gaps:
        long = ", ".join(f"{counted(g.days, 'day', f'{g.days}')} ({g.reason})" for g in longest(scene.gaps))
        said.append(composed("Gaps over 30 days: {1}.", long))
    if scene.crowded:
        said.append(composed("There are too many acts for single marks: a column counts the acts of its time."))
    return " ".join(said)


def longest(found: Sequence[Gap]) -> list[Gap]:
    """Return the five longest gaps, longest first."""
    return sorted(found, key=lambda gap: -gap.days)[:5]


def level_said(levels: Sequence[LevelStep]) -> str:
    """Say the level now; no level is said as "not assessed", never as low."""
    if not levels or levels[-1].level is None:
        return composed("Level: not assessed.")
    now = levels[-1]
    level, since = LEVEL_NAMES[now.level or 1], day_and_month(now.at, year=True)
    if now.by:
        return composed("Level {1} since {2}, set by {3}.", level, since, now.by)
    return composed("Level {1} since {2}.", level, since)


def runs(band: Band, today: datetime) -> bool:
    return band.starts <= today and (band.ends is None or band.ends > today)


def band_said(band: Band) -> str:
    if band.ends is None:
        return composed("{1}, no end date", band.name)
    return composed("{1}, to {2}", band.name, day_and_month(band.ends, year=True))


def standing(act: Act) -> str:
    """Say how an act stands: a breach first, and that it is not confirmed where it is not."""
    breach = composed("Breach, {1}", act.breach) if act.breach else ""
    parts = [breach, "" if act.confirmed else composed("Not confirmed")]
    return "; ".join(filter(None, parts)) or composed("Confirmed")


def act_said(act: Act, kinds: str) -> str:
    """Say everything about an act in one line, for the pointer that rests on it."""
    what = f": {pen.said(act.what)}" if act.what else ""
    grave = composed("Seriousness {1} of 3.", act.seriousness)
    return f"{day_and_time(act.at, time_known=act.time_known)}, {kinds}{what}. {standing(act)}. {grave}"


def table_head(scene: Scene) -> tuple[str, ...]:
    return tuple(map(pen.said, CROWDED_HEAD if scene.crowded else HEAD))


def table_rows(scene: Scene) -> tuple[tuple[str, ...], ...]:
    """Return the picture's facts as rows, newest first; acts by month and kind where there are very many."""
    if scene.crowded:
        return tuple(
            crowded_row(pile, scene) for pile in sorted(piles(scene, 1), key=lambda p: (-p.starts.timestamp(), p.lane))
        )
    rows = [(act.at, act_row(act, scene.kinds_of(act))) for act in scene.acts]
    rows += [(step.at, level_row(step)) for step in scene.levels]
    rows += [(band.starts, band_row(band)) for band in scene.bands]
    rows += [(gap.ends, gap_row(gap)) for gap in scene.gaps]
    return tuple(row for _, row in sorted(rows, key=lambda pair: pair[0], reverse=True))


def crowded_row(pile: Pile, scene: Scene) -> tuple[str, ...]:
    """Return the table's row of one month and kind."""
    begun = f"{month(pile.starts)} {pile.starts.year}"
    name = pen.said(scene.lanes[pile.lane][0].name)
    return (begun, name, f"{pile.acts:,}", f"{pile.unconfirmed:,}", f"{pile.breaches:,}")


def act_row(act: Act, kinds: str) -> tuple[str, ...]:
    grave = composed("{1} of 3", act.seriousness)
    return (day_and_time(act.at, time_known=act.time_known), kinds, pen.said(act.what), standing(act), grave)


def level_row(step: LevelStep) -> tuple[str, ...]:
    named = NOT_ASSESSED if step.level is None else LEVEL_NAMES[step.level]
    said = composed("{1}, set by {2}", named, step.by) if step.by else pen.said(named)
    return (day_and_time(step.at), composed("Level"), said, "", "")


def band_row(band: Band) -> tuple[str, ...]:
    """Return the table's row of one order, bail or custody, at the time it began."""
    return (
        day_and_time(band.starts),
        composed("Custody") if band.kind == "custody" else composed("In force"),
        band_said(band),
        "",
        "",
    )


def gap_row(gap: Gap) -> tuple[str, ...]:
    said = composed("{1}, no known act; {2}", counted(gap.days, "day"), gap.reason)
    return (day_and_time(gap.ends), composed("Gap"), said, "", "")


__all__ = ["OTHER", "Pile", "Scene", "described", "pile_step", "piles", "scene_of", "table_head", "table_rows"]
