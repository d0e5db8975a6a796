"""Both questions: what happens with this team, and which team does a standard need. Pure values in, pure values out.

`outlook(unit, team, demand)` and `needed(unit, demand, standard)` are all that pages, commands and plans call.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from fourfold.rollout.capacity import layout as at
from fourfold.rollout.capacity.assumptions import cost_of_post
from fourfold.rollout.capacity.growing import MOST, PANEL, Growing, own_places
from fourfold.rollout.capacity.network import IntArray
from fourfold.rollout.capacity.play import SEED, Run, Yearly, played
from fourfold.rollout.capacity.terms import (
    DAY,
    MONTH,
    MOST_POSTS,
    Breaks,
    Demand,
    Needed,
    Option,
    Outlook,
    Policy,
    Profession,
    Stage,
    Standard,
    Team,
    TeamRefused,
    Used,
    Wait,
)
from fourfold.rollout.capacity.unit import PLACES, POOLS, STAGES, Unit, heard, needs, network, sent
from fourfold.stats.inputs import FloatArray
from fourfold.words import sentence

#: Over so many working days of work lie waiting: what a stage is said to have broken by.
BROKEN_DAYS = 20
MONTHS = 24
#: Of its time, what a profession is planned to be at work in cases where nothing else decides.
COMFORT = 0.85
SEARCHED_DRAWS = 10
STEP = 0.5
WEEKS = (1, 2, 3, 4)
LONGEST_DAYS = WEEKS[-1] * 5
#: A year's demand beyond what any force has.
MOST_A_YEAR = 100_000


def refused(unit: Unit, team: Team, demand: Demand) -> tuple[str, str] | None:
    """Return the field and the reason where a team or a demand cannot be played."""
    for profession in Profession:
        if why := posts_refused(profession, team.of(profession)):
            return profession.value, why
    if unit.policy is Policy.RESERVE and team.officers < 2:
        return "policy", "To keep one officer free for breaches takes at least two full-time officers"
    return demand_refused(demand)


def posts_refused(profession: Profession, posts: float) -> str:
    """Return why a unit cannot have so many posts of a profession, or nothing."""
    if not (math.isfinite(posts) and 0 <= posts <= MOST_POSTS):
        shape = "{1}: give posts from 0.1 to {2}. Asked for, or needed for the work that comes: {3}."
        return sentence(shape, profession.words, f"{MOST_POSTS:.0f}", f"{posts:,.4g}")
    if posts < 0.1:
        return sentence("{1}: a unit without any cannot do this work. Give at least 0.1 of a post.", profession.words)
    return ""


def demand_refused(demand: Demand) -> tuple[str, str] | None:
    """Return the field and the reason where no unit can be played for a demand."""
    came = (*demand.referrals, *demand.crimes)
    if not came or not all(math.isfinite(each) and each > 0 for each in came):
        return "demand", "Each demand is a number of referrals and of crimes a year above 0"
    if max(demand.referrals) > MOST_A_YEAR:
        return "demand", sentence("No force has over {1} referrals a year. Check the figures.", f"{MOST_A_YEAR:,}")
    return None


def standard_refused(standard: Standard) -> tuple[str, str] | None:
    """Return the field and the reason where nobody could ask for such a standard."""
    if not 0.5 <= standard.share <= 0.99:
        return "share", "Give the share as a percentage from 50 to 99"
    if not 1 <= standard.within_days <= 60:
        return "within", "Give from 1 to 60 working days"
    if not 1 <= standard.from_month <= 18:
        return "from_month", "Give a month from 1 to 18: two years are played, and the last weeks must show who waits"
    return None


def suggested(unit: Unit, demand: Demand) -> Team:
    """Return the team whose posts the work of the demand fills at most 85%: a team to start from, no answer."""
    TeamRefused.refuse(demand_refused(demand))
    came, crimes = float(np.median(demand.referrals)), float(np.median(demand.crimes))
    full = needs(unit, network(unit, referrals=came, crimes=crimes))
    return Team(**{each.value: _up(full[each] / COMFORT) for each in Profession})


# ---- with this team, what happens? --------------------------------------------------------------------------------


def outlook(unit: Unit, team: Team, demand: Demand, *, standard: Standard | None = None, seed: int = SEED) -> Outlook:
    """Return what two years with a team come to, over all possible demands; raises TeamRefused."""
    asked = standard or Standard()
    TeamRefused.refuse(refused(unit, team, demand) or standard_refused(asked))
    found = two_years(unit, team, demand, standard=asked, seed=seed)
    referrals, crimes = np.array(demand.referrals), np.array(demand.crimes)
    built = network(unit, referrals=float(referrals.mean()), crimes=float(crimes.mean()))
    names = [node.name for node in built.nodes]
    full_time = needs(unit, built)
    growing = Growing.of(unit, team, demand)
    stuck = growing.stuck
    stages = tuple(each for each in Stage if each is not Stage.SCREENING or unit.working.screens_every_crime)
    return Outlook(
        team=team,
        policy=unit.policy,
        waits=tuple(_wait(each, found, stuck) for each in stages),
        within_standard=_three(found.within(asked.within_days)),
        backlog=_backlog(found, names),
        used=tuple(Used(each, _use(found, names, each), full_time[each] / team.of(each)) for each in Profession),
        breaks=tuple(sorted(_breaks(found, names), key=lambda each: each.month)),
        unstable=tuple(growing.said()),
        warnings=(*_warnings(team, found), *growing.at_times()),
        mends=tuple(growing.mends()),
        sent=sent(built),
        heard=min(1.0, 1 / growing.on_average[PANEL]) if growing.on_average[PANEL] else 1.0,
        draws=len(referrals),
        events=found.events,
        seed=seed,
    )


def two_years(unit: Unit, team: Team, demand: Demand, *, standard: Standard | None = None, seed: int = SEED) -> Yearly:
    """Return what two years with a team came to, demand by demand."""
    asked = standard or Standard()
    run = Run(unit, team, MONTHS, asked.from_month, max(LONGEST_DAYS, asked.within_days))
    return played(run, np.array(demand.referrals), np.array(demand.crimes), seed=seed)


def _wait(stage: Stage, found: Yearly, stuck: frozenset[str]) -> Wait:
    counts = found.waits[STAGES.index(stage)]
    beyond = PLACES[stage] in stuck
    if beyond or not counts.sum():
        return Wait(stage, None, None, beyond)
    return Wait(stage, waited(counts, 0.5), waited(counts, 0.9))


def waited(counts: IntArray, share: float) -> float:
    """Return the working days that such a share of those who waited did not exceed."""
    return _days(int(np.searchsorted(np.cumsum(counts) / counts.sum(), share)))


def _days(place: int) -> float:
    """Return the upper end of a bin of waits, in working days; the first hour counts as nothing."""
    hours = float(place) if place < at.FINE else at.FINE + (place - at.FINE + 1) * at.COARSE
    return round(hours / DAY, 1)


def _three(values: FloatArray) -> tuple[float, float, float] | None:
    known = values[~np.isnan(values)]
    if not known.size:
        return None
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95))
    return float(low), float(middle), float(high)


def _backlog(found: Yearly, names: list[str]) -> tuple[tuple[Stage, tuple[float, ...]], ...]:
    """Return who waits at the end of each month, on average, by the stage that a place is named for."""
    return tuple(
        (stage, tuple(float(each) for each in found.backlog[:, :, names.index(place)].mean(axis=0)))
        for stage, place in own_places()
    )


def _use(found: Yearly, names: list[str], profession: Profession) -> float:
    """Return the share of the last year's time that was spent in cases, at the profession's first place."""
    place = names.index(POOLS[profession][0])
    staffed = found.staffed[:, -12:, place].sum()
    return float(found.busy[:, -12:, place].sum() / staffed) if staffed else 0.0


def _breaks(found: Yearly, names: list[str]) -> Iterator[Breaks]:
    """Yield each stage at which, from some month to the end, over twenty days of work lie waiting in half of the draws."""
    month_days = MONTH / DAY
    for stage, place in own_places():
        n = names.index(place)
        lately = np.array([found.done[:, max(0, m - 2) : m + 1, n].mean(axis=1) for m in range(found.done.shape[1])]).T
        waiting = found.backlog[:, :, n]
        broken = (waiting > np.maximum(lately, 0.5) / month_days * BROKEN_DAYS).mean(axis=0) >= 0.5
        if broken[-1]:
            yield Breaks(stage, int(len(broken) - np.argmin(broken[::-1])) + 1 if not broken.all() else 1)


def _warnings(team: Team, found: Yearly) -> Iterator[str]:
    for each in Profession:
        if team.of(each) < 1:
            yield sentence(
                "{1}: {2} of a post. One absence leaves nobody; the figures hold for two years on average, not for any week.",
                each.words, f"{team.of(each):g}",
            )  # fmt: skip
    if found.full.any():
        yield sentence(
            "In {1} of {2} possible demands over {3} people waited at one time, and the years were not played to their end.",
            int(found.full.sum()), len(found.full), f"{at.MOST_INSIDE:,}",
        )  # fmt: skip


# ---- which team do I need? ----------------------------------------------------------------------------------------


def needed(
    unit: Unit, demand: Demand, *, standard: Standard | None = None, today: Team | None = None, seed: int = SEED
) -> Needed:
    """Return the cheapest team that reaches a standard, the three next, each week's price, and how far today's team is.

    No queue for people may grow without end: in as many demands as the standard asks for, each profession has more posts than its work
    fills. From there officers and psychologists, who decide the wait for assessment, are searched by half a post, each pair played
    over the same demands and chances. Others are given the posts that their work fills at most 85% of. Raises TeamRefused.
    """
    asked = standard or Standard()
    TeamRefused.refuse(demand_refused(demand) or standard_refused(asked))
    if today is not None:
        TeamRefused.refuse(refused(unit, today, demand))
    search = _Search(unit, demand, asked, seed)
    found = search.options()
    cheapest = found[0] if found else None
    return Needed(
        standard=asked,
        cheapest=cheapest,
        next_best=tuple(found[1:4]),
        by_weeks=tuple((weeks, search.within(weeks)) for weeks in WEEKS),
        today=None if today is None else search.option(today),
        missing=() if today is None or cheapest is None else _missing(today, cheapest.team),
        said=tuple(_said(search, cheapest)),
        runs=search.runs,
    )


def _missing(today: Team, wanted: Team) -> tuple[tuple[Profession, float], ...]:
    apart = ((each, wanted.of(each) - today.of(each)) for each in Profession)
    return tuple((each, posts) for each, posts in apart if posts)


def _said(search: _Search, cheapest: Option | None) -> Iterator[str]:
    if search.too_many > MOST * len(search.referrals):
        yield sentence(
            "Panel sittings: in {1} of {2} demands more cases come to them than can be heard, and the queue grows without end. No "
            "number of posts mends that: sit more often, or hear more at a sitting. What is asked for lies before a sitting.",
            search.too_many, len(search.referrals),
        )  # fmt: skip
    nobody = search.nobody(cheapest)
    if nobody:
        yield sentence(
            "In {1} of {2} demands nobody was taken on in the months that the standard looks at. They say nothing of it, and are left out.",
            nobody, len(search.referrals),
        )  # fmt: skip
    if cheapest is None and nobody < len(search.referrals):
        yield sentence(
            "No team of up to {1} officers and {2} psychologists reaches it: what is asked for is quicker than the work itself "
            "and the start-up allow.",
            f"{search.most.officers:g}", f"{search.most.psychologists:g}",
        )  # fmt: skip


class _Search:
    """The search over officers and psychologists, with what was played kept so that nothing is played twice."""

    def __init__(self, unit: Unit, demand: Demand, standard: Standard, seed: int) -> None:
        self.unit, self.standard, self.seed, self.runs = unit, standard, seed, 0
        self.referrals, self.crimes = _spread(demand)
        came, crimes = np.array(demand.referrals), np.array(demand.crimes)
        middle = network(unit, referrals=float(came.mean()), crimes=float(crimes.mean()))
        built = [
            network(unit, referrals=float(here), crimes=float(told))
            for here, told in zip(self.referrals, self.crimes, strict=True)
        ]
        full = needs(unit, middle)
        self.full = [needs(unit, each) for each in built]
        self.too_many = sum(heard(each) >= 1 for each in built)
        self.least = Team(**{each.value: self._without_end(each, full[each]) for each in Profession})
        ahead = {each: max(_up(full[each] / COMFORT), self.least.of(each)) for each in Profession}
        self.most = Team(**{each.value: ahead[each] * 2 + 4 for each in Profession})
        self.others = {each: ahead[each] for each in (Profession.OUTREACH, Profession.ADVOCATES)}
        self.price = {each: cost_of_post(each, unit.assumed) for each in Profession}
        self.seen: dict[Team, Yearly] = {}

    def _without_end(self, profession: Profession, middle: float) -> float:
        """Return the fewest posts with which no queue grows without end: on average, and in as many demands as is asked for."""
        filled = sorted(each[profession] for each in self.full)
        enough = filled[math.ceil(self.standard.sure * len(filled)) - 1]
        return (math.floor(max(middle, enough) / STEP) + 1) * STEP

    def cost(self, team: Team) -> float:
        return sum(team.of(each) * self.price[each] for each in Profession)

    def nobody(self, cheapest: Option | None) -> int:
        """Return in how many demands nobody was taken on who counts: with the cheapest team, or the last that was tried."""
        team = cheapest.team if cheapest else list(self.seen)[-1]
        return int(np.isnan(self.seen[team].within(self.standard.within_days)).sum())

    def option(self, team: Team) -> Option:
        return Option(team, self.cost(team), self._reached(team, self.standard.within_days))

    def options(self, within: int | None = None) -> list[Option]:
        """Return the teams that reach the standard, the cheapest first: for each number of officers the fewest psychologists."""
        days = within or self.standard.within_days
        found: dict[Team, Option] = {}
        officers, most = self._fewest_officers(days), self.most.psychologists
        for more in range(5):
            team = self._team(officers + more * STEP, most)
            if officers + more * STEP > self.most.officers or not self._enough(team, days):
                continue
            fewest = self._fewest(officers + more * STEP, most, days)
            for extra in (0.0, STEP):
                team = self._team(officers + more * STEP, fewest + extra)
                found[team] = Option(team, self.cost(team), self._reached(team, days))
            most = fewest
        reached = {team: each for team, each in found.items() if each.reached >= self.standard.sure}
        while less := self._with_less(reached, days):
            reached |= less
        return sorted(reached.values(), key=lambda each: each.cost)

    def _with_less(self, reached: Mapping[Team, Option], days: int) -> dict[Team, Option]:
        """Return who reaches it with half a post less than the cheapest: chance may let fewer pass where halving saw none."""
        if not reached:
            return {}
        cheapest = min(reached, key=self.cost)
        fewer = [
            cheapest.with_posts(each, cheapest.of(each) - STEP)
            for each in (Profession.OFFICERS, Profession.PSYCHOLOGISTS)
            if cheapest.of(each) - STEP >= self.least.of(each)
        ]
        return {
            team: Option(team, self.cost(team), self._reached(team, days)) for team in fewer if self._enough(team, days)
        }

    def within(self, weeks: int) -> Option | None:
        """Return the cheapest team that does it within so many weeks; None where none does."""
        found = self.options(weeks * 5)
        return found[0] if found else None

    def _team(self, officers: float, psychologists: float) -> Team:
        return Team(officers, psychologists, self.others[Profession.OUTREACH], self.others[Profession.ADVOCATES])

    def _fewest_officers(self, days: int) -> float:
        return self._bisect(
            lambda k: self._enough(self._team(k, self.most.psychologists), days),
            self.least.officers,
            self.most.officers,
        )

    def _fewest(self, officers: float, most: float, days: int) -> float:
        return self._bisect(lambda k: self._enough(self._team(officers, k), days), self.least.psychologists, most)

    def _bisect(self, enough: Callable[[float], bool], low: float, high: float) -> float:
        """Return the fewest posts, by halves, that are enough, where `high` is."""
        steps = round((high - low) / STEP)
        first, last = 0, max(steps, 0)
        while first < last:
            middle = (first + last) // 2
            if enough(low + middle * STEP):
                last = middle
            else:
                first = middle + 1
        return low + last * STEP

    def _enough(self, team: Team, days: int) -> bool:
        return self._reached(team, days) >= self.standard.sure

    def _reached(self, team: Team, days: int) -> float:
        """Return in which share of the demands a team reaches the standard, and no queue of its own grows without end.

        A demand in which nobody was taken on who counts says nothing of it; where that is so in all of them, none reaches it.
        """
        if team not in self.seen:
            longest = max(LONGEST_DAYS, self.standard.within_days)
            months = self.standard.from_month + max(3, math.ceil(longest * DAY / MONTH) + 1)
            run = Run(self.unit, team, months, self.standard.from_month, longest)
            self.seen[team] = played(run, self.referrals, self.crimes, seed=self.seed)
            self.runs += len(self.referrals)
        ends = np.array([all(full[each] < team.of(each) for each in Profession) for full in self.full])
        within = self.seen[team].within(days)
        somebody = ~np.isnan(within)
        return float(np.mean((ends & (within >= self.standard.share))[somebody])) if somebody.any() else 0.0


def _spread(demand: Demand) -> tuple[FloatArray, FloatArray]:
    """Return ten demands that stand for all: the middles of the tenths of referrals, with the crimes that were drawn with them."""
    order = np.argsort(np.array(demand.referrals))
    places = order[((np.arange(SEARCHED_DRAWS) + 0.5) / SEARCHED_DRAWS * len(order)).astype(int)]
    return np.array(demand.referrals)[places], np.array(demand.crimes)[places]


def _up(posts: float) -> float:
    """Round up to half a post."""
    return math.ceil(posts / STEP - 1e-9) * STEP
