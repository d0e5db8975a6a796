"""The pictures of a pattern that is no single case: over time with a zoom by year and month, and who by whom to whom."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from fourfold.cases.queries.course_facts import ActFact
from fourfold.intake.terms import RecordingClass
from fourfold.web.components import charts
from fourfold.web.components.shell import Link
from fourfold.web.lanes import LANES, lanes_of
from fourfold.web.translation import composed
from fourfold.words import MONTHS, Word

LONDON = ZoneInfo("Europe/London")
NOBODY = Word("nobody is named")
NEAR = Word("somebody near the victim")
NOT_NAMED = Word("not named")
AN_ORDER = Word("an order")
NO_CRIME = Word("not recorded as a crime")


@dataclass(frozen=True)
class Span:
    """The stretch of time in view: a year, a month, or all (None)."""

    year: int | None = None
    month: int | None = None

    @property
    def said(self) -> str:
        if self.year is None:
            return composed("all")
        return composed("{1} {2}", MONTHS[self.month - 1], self.year) if self.month else str(self.year)

    @property
    def ends(self) -> tuple[datetime, datetime] | None:
        """The first instant of the span and the first after it; None for all."""
        if self.year is None:
            return None
        first = datetime(self.year, self.month or 1, 1, tzinfo=LONDON)
        months = self.year * 12 + (self.month or 1) - 1 + (1 if self.month else 12)
        return first, datetime(months // 12, months % 12 + 1, 1, tzinfo=LONDON)

    def holds(self, at: datetime) -> bool:
        ends = self.ends
        return ends is None or ends[0] <= at < ends[1]


def span_of(asked: str) -> Span:
    """Read "2026" or "2026-03"; anything else is all."""
    year, _, month = asked.partition("-")
    if not (year.isascii() and year.isdigit() and len(year) == 4 and 1900 <= int(year) <= 2200):
        return Span()
    whole = month.isascii() and month.isdigit() and len(month) == 2 and 1 <= int(month) <= 12
    return Span(int(year), int(month)) if whole else Span(int(year))


def spans(facts: Sequence[ActFact], now: Span, address: str) -> tuple[Link, ...]:
    """Return the links of the zoom: all, every year that has acts, and the months of the year in view."""
    days = [fact.at.astimezone(LONDON) for fact in facts]
    wanted = [Span(), *(Span(year) for year in sorted({day.year for day in days}))]
    if now.year is not None:
        wanted += [Span(now.year, month) for month in sorted({day.month for day in days if day.year == now.year})]
    return tuple(Link(span.said, f"{address}?in={_asked(span)}#pattern", current=span == now) for span in wanted)


def _asked(span: Span) -> str:
    if span.year is None:
        return ""
    return f"{span.year}-{span.month:02}" if span.month else str(span.year)


def pattern_of(
    facts: Iterable[ActFact],
    at: datetime,
    span: Span,
    *,
    bands: Iterable[charts.Band] | None = None,
    what: Callable[[ActFact], str] | None = None,
) -> charts.Pattern:
    """Return the acts in a span as the picture takes them; `what` says in words what a mark stands for.

    Without `bands`, orders and custody were not looked up, and levels, which belong to cases, never are: the picture
    says so.
    """
    seen = [fact for fact in facts if span.holds(fact.at)]
    ends = span.ends
    kinds = {kind for fact in seen for kind in fact.kinds}
    return charts.Pattern(
        acts=tuple(
            charts.Act(
                at=fact.at,
                lane=lanes_of(fact.kinds)[0],
                also=lanes_of(fact.kinds)[1:],
                seriousness=fact.seriousness,
                confirmed=fact.confirmed,
                what=(what or recorded_as)(fact),
                breach=AN_ORDER if fact.is_breach else "",
                time_known=fact.time_known,
            )
            for fact in seen
        ),
        lanes=tuple(lane for lane in LANES if lane.key in kinds) or LANES[5:6],
        today=min(at, ends[1]) if ends else at,
        bands=tuple(bands or ()),
        bands_known=bands is not None,
        levels_known=False,
        since=ends[0] if ends else None,
    )


def recorded_as(fact: ActFact) -> str:
    """Say an act by its class and who told it, without a word of what was told."""
    words = RecordingClass(fact.recorded_class).words if fact.recorded_class else NO_CRIME
    if fact.third:
        return composed("{1}, told by {2}, to somebody near the victim", words, fact.source)
    return composed("{1}, told by {2}", words, fact.source)


def links_of(
    facts: Iterable[ActFact],
    *,
    subject: Callable[[ActFact], str] | None = None,
    victim: Callable[[ActFact], str] | None = None,
) -> charts.Links:
    """Return who told of whom, and who is said to have done it to whom; `subject` and `victim` give the names to show."""
    told: dict[tuple[str, str], list[ActFact]] = defaultdict(list)
    done: dict[tuple[str, str], list[ActFact]] = defaultdict(list)
    for fact in facts:
        suspect = (subject(fact) if subject else fact.subject) or NOBODY
        target = (victim(fact) if victim else fact.victim) or NOT_NAMED
        told[fact.source, suspect].append(fact)
        done[suspect, target].append(fact)
    return charts.Links(
        told=tuple(_tie(names, acts) for names, acts in told.items()),
        done=tuple(_tie(names, acts) for names, acts in done.items()),
    )


def _tie(names: tuple[str, str], acts: Sequence[ActFact]) -> charts.Tie:
    moments = [fact.at for fact in acts]
    return charts.Tie(
        *names,
        acts=len(acts),
        first=min(moments),
        last=max(moments),
        breaches=sum(fact.is_breach for fact in acts),
        near=all(fact.third for fact in acts),
    )
