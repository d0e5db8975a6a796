"""The rhythm of acts: how far apart they lie, where nothing is known, whether they come closer together.

Descriptions of what is on record, not tests of anything: an act that nobody reported leaves no trace here.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise, repeat
from operator import attrgetter, sub, truediv
from statistics import median

from fourfold.web.components.charts.scales import LONDON
from fourfold.web.components.charts.terms import Act, Band, Lane, Pattern
from fourfold.web.translation import composed
from fourfold.words import Word, words

LONG, MICROSECOND = timedelta(days=30), timedelta(microseconds=1)
OTHER = Lane("", Word("Kind not known"), Word("Unknown"))
ENOUGH_INTERVALS = 6
NUMBERS = tuple(map(Word, ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")))
#: What is counted: the shape for one, and that for any other number.
COUNTED = words(
    {
        "act": ("{1} act", "{1} acts"),
        "breach": ("{1} breach", "{1} breaches"),
        "day": ("{1} day", "{1} days"),
        "kind": ("{1} kind", "{1} kinds"),
        "person concerned": ("{1} person concerned", "{1} people concerned"),
        "source": ("{1} source", "{1} sources"),
        "subject": ("{1} subject", "{1} subjects"),
        "week": ("{1} week", "{1} weeks"),
    }
)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of over 30 days between two acts, and how its silence is explained, if it is."""

    starts: datetime
    ends: datetime
    days: int
    custody: int
    bound: int
    known: bool = True

    @property
    def reason(self) -> str:
        """What else was the case in those days; where nothing was, say that somebody should ask."""
        if not self.known:
            return composed("orders and custody are not shown here")
        if self.custody:
            return composed("{1} of them in custody", self.custody)
        if self.bound:
            return composed("{1} of them under an order or bail", self.bound)
        return composed("not explained: ask")


@dataclass(frozen=True, slots=True)
class Burst:
    """Acts with no long gap between them, and the median days from one to the next (None for a single act)."""

    starts: datetime
    ends: datetime
    acts: int
    typical: float | None

    @property
    def says(self) -> str:
        """The median in words; nothing for a single act."""
        if self.typical is None:
            return ""
        if self.typical == 0:
            return composed("typically same day")
        return composed("typically {1}", days_of(self.typical))


def days_of(days: float) -> str:
    """Return "1 day", "9.5 days"."""
    shown = f"{days:g}"
    return counted(1 if shown == "1" else 2, "day", shown)


class InOrder(tuple[Act, ...]):
    """Acts that were put in order, and what was said of them: of thousands both would be worked out again and again."""

    @cached_property
    def days(self) -> list[datetime]:
        """When each happened, by London's clock."""
        return [act.at.astimezone(LONDON) for act in self]

    @cached_property
    def steps(self) -> list[float]:
        """How many microseconds lie between each and the next."""
        moments = [act.at for act in self]
        return list(map(truediv, map(sub, moments[1:], moments), repeat(MICROSECOND)))

    @cached_property
    def trend(self) -> str:
        """Whether they come closer together or further apart, as `trend` says it."""
        if len(steps := self.steps) < ENOUGH_INTERVALS:
            return ""
        half = len(steps) // 2
        early, late = median(steps[:half]), median(steps[half:])
        if late * 3 <= early * 2 and late < early:
            return composed("acts are getting closer together")
        if early * 3 <= late * 2 and early < late:
            return composed("acts are getting further apart")
        return ""


def in_order(acts: Iterable[Act]) -> InOrder:
    """Return the acts from the oldest to the newest; a tie keeps the order of lanes and words, so it is stable."""
    return acts if isinstance(acts, InOrder) else InOrder(sorted(acts, key=attrgetter("at", "lane", "what")))


def days_between(earlier: datetime, later: datetime) -> int:
    """Return the calendar days, by London's calendar, from one instant to a later one."""
    return (later.astimezone(LONDON).date() - earlier.astimezone(LONDON).date()).days


def bursts(acts: Sequence[Act]) -> tuple[Burst, ...]:
    """Return the acts' bursts, oldest first: acts that lie no more than 30 days apart."""
    ordered = in_order(acts)
    long = LONG / MICROSECOND
    began = [place for place, step in enumerate(ordered.steps, 1) if step > long]
    ends = [0, *began, len(ordered)] if ordered else []
    return tuple(burst_of(ordered, *each) for each in pairwise(ends))


def burst_of(ordered: InOrder, begins: int, ends: int) -> Burst:
    """Return one burst, the acts between two places; its median is of whole calendar days."""
    days = [day.toordinal() for day in ordered.days[begins:ends]]
    steps = [b - a for a, b in pairwise(days)]
    typical = float(median(steps)) if steps else None
    return Burst(ordered[begins].at, ordered[ends - 1].at, ends - begins, typical)


def gaps(pattern: Pattern, groups: Sequence[Burst] | None = None) -> tuple[Gap, ...]:
    """Return the gaps of over 30 days between acts, the silence up to today among them, oldest first.

    `groups`: the bursts of its acts, where they are known.
    """
    groups = bursts(pattern.acts) if groups is None else groups
    found = [gap_of(a.ends, b.starts, pattern) for a, b in pairwise(groups)]
    if groups and pattern.today - groups[-1].ends > LONG:
        found.append(gap_of(groups[-1].ends, pattern.today, pattern))
    return tuple(found)


def gap_of(since: datetime, until: datetime, pattern: Pattern) -> Gap:
    """Return one gap, with its days in custody and under an order or bail."""
    custody, bound = (covered_days(since, until, pattern.bands, kind) for kind in ("custody", "order"))
    return Gap(since, until, days_between(since, until), custody, bound, pattern.bands_known)


def covered_days(since: datetime, until: datetime, bands: Sequence[Band], kind: str) -> int:
    """Return how many days of a stretch lie under bands of a kind; days under two bands count once."""
    covered = timedelta()
    reached = since
    for band in sorted((b for b in bands if b.kind == kind), key=lambda b: b.starts):
        starts, ends = max(band.starts, reached), min(band.ends or until, until)
        if ends > starts:
            covered += ends - starts
            reached = ends
    return round(covered / timedelta(days=1))


def trend(acts: Sequence[Act]) -> str:
    """Say whether acts come closer together or further apart, or nothing where too few acts tell.

    Compares the median interval of the later half with that of the earlier half; speaks from six intervals on,
    and only when one is at most two thirds of the other.
    """
    return in_order(acts).trend


def lane_counts(pattern: Pattern) -> tuple[tuple[Lane, int], ...]:
    """Return each lane with its number of acts, in the pattern's order; acts of no listed kind count as not known.

    An act of several kinds counts in the lane of each.
    """
    counted = Counter[str]()
    for (lane, also), many in Counter(map(attrgetter("lane", "also"), pattern.acts)).items():
        counted.update(dict.fromkeys((lane, *also), many))
    listed = {lane.key for lane in pattern.lanes}
    rows = [(lane, counted[lane.key]) for lane in pattern.lanes]
    other = sum(number for key, number in counted.items() if key not in listed)
    return (*rows, (OTHER, other)) if other else tuple(rows)


def pattern_finding(pattern: Pattern) -> str:
    """Say the pattern in one line for a heading: "28 acts in 32 weeks, six kinds; two breaches; acts come …".

    What is not known is no kind: the acts of which no kind is on record are said beside the number of kinds.
    """
    acts = in_order(pattern.acts)
    if not acts:
        return composed("No act is on record yet")
    lanes = lane_counts(pattern)
    kinds = sum(1 for lane, number in lanes if number and lane is not OTHER)
    unknown = sum(number for lane, number in lanes if lane is OTHER)
    breaches = sum(1 for act in acts if act.breach)
    of_kinds = [counted(kinds, "kind", worded(kinds))] if kinds else []
    of_kinds += [composed("kind not known of {1}", counted(unknown, "act", worded(unknown)))] if unknown else []
    said = [", ".join([spanned(acts, pattern.whole), *of_kinds])]
    if breaches:
        said.append(counted(breaches, "breach", worded(breaches)))
    return "; ".join([*said, *filter(None, [trend(acts)])])


def spanned(acts: Sequence[Act], whole: int = 0) -> str:
    """Return "28 acts in 32 weeks" or "3 acts in 5 days" for the time from the first act to the last, or "1 act"; where
    these are but the newest, of how many.
    """
    many = counted(len(acts), "act")
    if whole > len(acts):
        many = composed("The newest {1} of {2}", f"{len(acts):,}", counted(whole, "act"))
    days = days_between(acts[0].at, acts[-1].at)
    if days == 0:
        return many if len(acts) == 1 else composed("{1} on one day", many)
    return composed("{1} in {2}", many, counted(days, "day") if days < 21 else counted(round(days / 7), "week"))


def counted(number: int, noun: str, shown: str = "") -> str:
    """Return "1 act", "1,204 acts"; `shown` is how the number is written where it is not in figures with commas."""
    one, many = COUNTED[noun]
    return composed(one if number == 1 else many, shown or f"{number:,}")


def worded(number: int) -> str:
    """Return a number up to ten as a word, a larger one in figures."""
    return NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
