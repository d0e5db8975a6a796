"""Whom it needs and how long people would wait: the posts by the work that fills them, each wait by whose posts cause it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from fourfold.rollout.advice.run import POSTS
from fourfold.rollout.answer.bridging import RANGE, bridge, curve, rounded
from fourfold.rollout.answer.terms import Bridge, Measure, Number, Section
from fourfold.rollout.capacity import questions
from fourfold.rollout.capacity.growing import own_places
from fourfold.rollout.capacity.play import Yearly
from fourfold.rollout.capacity.terms import Demand, Needed, Option, Outlook, Profession, Stage, Standard, Team
from fourfold.rollout.capacity.unit import POOLS, STAGES, Unit, needs, network, work_of
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, sentence

#: What its numbers are called, whichever of them there are.
KEYS = frozenset(
    {
        *("in_time", *(f"wait-{each.value}" for each in Stage)),
        *(name for each in Profession for name in (each.value, f"used-{each.value}")),
    }
)
#: What the page of a team has besides: its backlog, and pay.
MONTHS = (6, 12, 18, 24)
OF_PAGE = KEYS | {
    *(f"waiting-{stage.value}-{month}" for stage, _ in own_places() for month in MONTHS),
    *(f"pay-{name}" for name in ("today", *range(4), *(f"week-{weeks}" for weeks in questions.WEEKS))),
}
#: Twice the posts and two more: nobody waits for want of them.
AMPLE = (2.0, 2.0)
Told = Callable[[int, int], None]
Played = Sequence[tuple[str, Yearly]]


def posts(unit: Unit, demand: Demand, outlook: Outlook, because: str) -> Section:
    """Return the posts of each profession, the chance of how many the work fills, and what fills them."""
    pairs = zip(demand.referrals, demand.crimes, strict=True)
    full = [needs(unit, network(unit, referrals=came, crimes=crimes)) for came, crimes in pairs]
    middle = network(unit, referrals=float(np.median(demand.referrals)), crimes=float(np.median(demand.crimes)))
    return Section(
        Word("Whom you would need"),
        Word("The team"),
        (Word("Profession"), Word("Full-time posts"), Word("Posts that the work fills (9 in 10)"), Word("Source of the number")),
        tuple(
            _post(each, np.array([one[each] for one in full]), outlook.team.of(each), work_of(unit, middle, each), because)
            for each in Profession
        ),
        _source(outlook),
        words=(sentence("Whose turn it is where people wait: {1}.", outlook.policy.words),),
        warnings=outlook.warnings,
    )  # fmt: skip


def _source(outlook: Outlook) -> str:
    return sentence("{1} possible demands played, seed {2}", outlook.draws, outlook.seed)


def _post(profession: Profession, full: np.ndarray, planned: float, work: dict[str, float], because: str) -> Number:
    low, high = (round(10 * float(each)) for each in np.quantile(full, (0.05, 0.95)))
    shown = round(10 * planned)
    made = bridge(
        Word("From the work to the posts"), (Word("Without any work"), 0.0), work.items(), shown, Measure.POSTS
    )
    last = replace(made.steps[-1], what=Word("Kept free for short waits, in half posts"))
    return Number(
        profession.value, profession.words, Measure.POSTS, shown, low, high, because,
        of=Word("how many posts the work fills"),
        curve=curve(full),
        bridges=(replace(made, steps=(*made.steps[:-1], last)),),
    )  # fmt: skip


def waits(played: Played, outlook: Outlook, *, standard: Standard) -> tuple[Section, Section]:
    """Return the share that is assessed in time, and the wait at each stage, each from a team that leaves nobody waiting."""
    days, percent = standard.within_days, round(100 * standard.share)
    in_time = Section(
        Word("How long people would wait"),
        Word("Of those referred from month 12 on whom the unit takes on"),
        RANGE,
        (_in_time(played, days),),
        _source(outlook),
        words=(
            sentence("What is asked for: {1}% assessed within {2} working days of referral, from month {3} on.", percent, days, standard.from_month),
        ),
        warnings=(
            *(sentence("What breaks: {1}, from month {2} on. Over 20 working days of work lie waiting there.", one.stage.words, one.month) for one in outlook.breaks),
            *outlook.unstable,
        ),
    )  # fmt: skip
    stages = Section(
        "",
        Word("Waits in working days, from the first day of the unit, over two years"),
        (Word("For"), Word("Half wait at most"), Word("Nine in ten wait at most"), Word("Source of the number")),
        tuple(_wait(one.stage, one.beyond, played) for one in outlook.waits),
        _source(outlook),
        words=(
            Word(
                "Those who still wait at the end of the two years count with what they have waited so far. 0 is less than an hour."
            ),
        ),
    )
    return in_time, stages


def played(unit: Unit, demand: Demand, planned: Team, told: Told, standard: Standard) -> Iterator[tuple[str, Yearly]]:
    """Yield two years with ample posts, then with one profession after the other as planned, the last the team itself."""
    times, more = AMPLE
    team = Team(**{each.value: times * planned.of(each) + more for each in Profession})
    yield (
        Word("Twice the posts of each profession, and two more"),
        questions.two_years(unit, team, demand, standard=standard),
    )
    for number, each in enumerate(Profession, start=1):
        told(number, len(Profession) + 1)
        team = team.with_posts(each, planned.of(each))
        yield sentence("{1} as planned", each.words), questions.two_years(unit, team, demand, standard=standard)


def _in_time(played: Played, days: int) -> Number:
    shares = [100 * found.within(days) for _, found in played]
    what = sentence("Assessed within {1} working days, of 100", days)
    if any(np.isnan(each).all() for each in shares):
        return Number("in_time", what, Measure.PERCENT, None, note=Word("in no year drawn was anybody taken on"))
    low, middle, high = np.nanquantile(shares[-1], (0.05, 0.5, 0.95)).tolist()
    middles = [float(np.nanmedian(each)) for each in shares]
    return Number(
        "in_time", what, Measure.PERCENT, of_100(middle), of_100(low), of_100(high),
        curve=curve(shares[-1][~np.isnan(shares[-1])]),
        bridges=(_bridge(played, middles, of_100(middle), Measure.PERCENT, FOR_ALL),),
    )  # fmt: skip


def of_100(share: float) -> int:
    """Round to whole ones; all or none of 100 only where it is so."""
    return 99 if 99 <= share < 100 else 1 if 0 < share < 1 else round(share)


FOR_ALL = Word("From a team that leaves nobody waiting to this one")
FROM_AMPLE = Word("From a team with more posts than the work fills to this one")
ON_AVERAGE = Word("the mean over the possible demands; the range and the chances are those of the demands")
AT_PRICES = Word("posts at the middle of the area’s price list; the range and the chances are those of the list")
FOR_NINTH = Word("The same for the wait that nine in ten do not exceed")


def _wait(stage: Stage, beyond: bool, played: Played) -> Number:
    counts = [found.waits[STAGES.index(stage)] for _, found in played]
    if beyond or not all(each.sum() for each in counts):
        note = Word("grows without end") if beyond else Word("nobody came this far")
        return Number(f"wait-{stage.value}", stage.words, Measure.DAYS, None, note=note)
    middles, ninths = ([questions.waited(each, share) for each in counts] for share in (0.5, 0.9))
    shown, high = round(10 * middles[-1]), round(10 * ninths[-1])
    chances = [share / 100 for share in range(5, 100, 5)]
    return Number(
        f"wait-{stage.value}", stage.words, Measure.DAYS, shown, None, high,
        of=Word("how long one person waits"),
        curve=tuple((questions.waited(counts[-1], share), share) for share in chances),
        bridges=(
            _bridge(played, middles, shown, Measure.DAYS, FOR_ALL), _bridge(played, ninths, high, Measure.DAYS, FOR_NINTH)
        ),
    )  # fmt: skip


def _bridge(played: Played, values: list[float], shown: int, measure: Measure, title: str) -> Bridge:
    terms = [(words, after - before) for (words, _), before, after in zip(played[1:], values, values[1:], strict=False)]
    return bridge(title, (played[0][0], values[0]), terms, shown, measure)


def of_page(played: Played, unit: Unit, demand: Demand) -> Iterator[Number]:
    """Yield who waits at the end of a month and how much of a profession's time is used, each from a team with ample posts."""
    names = _names(unit, demand)
    for stage, place in own_places():
        for month in MONTHS:
            draws = [found.backlog[:, month - 1, names.index(place)] for _, found in played]
            what = sentence("{1}: who waits at the end of month {2}", stage.words, month)
            means = [float(each.mean()) for each in draws]
            yield _of_draws(f"waiting-{stage.value}-{month}", what, Measure.PEOPLE, played, means, draws[-1])
    yield from _used(played, names)


def _names(unit: Unit, demand: Demand) -> list[str]:
    built = network(unit, referrals=float(np.mean(demand.referrals)), crimes=float(np.mean(demand.crimes)))
    return [node.name for node in built.nodes]


def use_of_time(played: Played, unit: Unit, demand: Demand, outlook: Outlook) -> Section:
    """Return how much of each profession's time is used in the last year."""
    head = (RANGE[0], Word("On average"), *RANGE[2:])
    return Section(
        "",
        Word("How much of its time the team uses"),
        head,
        tuple(_used(played, _names(unit, demand))),
        _source(outlook),
    )


def _used(played: Played, names: Sequence[str]) -> Iterator[Number]:
    for each in Profession:
        at = names.index(POOLS[each][0])
        pairs = [(found.busy[:, -12:, at].sum(axis=1), found.staffed[:, -12:, at].sum(axis=1)) for _, found in played]
        means = [100 * float(busy.sum() / np.maximum(staffed.sum(), 1e-9)) for busy, staffed in pairs]
        share = 100 * pairs[-1][0] / np.maximum(pairs[-1][1], 1e-9)
        what = sentence("{1}: time used in cases in the last year, of 100", each.words)
        yield _of_draws(f"used-{each.value}", what, Measure.PERCENT, played, means, share)


def _of_draws(
    key: str, what: str, measure: Measure, played: Played, means: Sequence[float], draws: FloatArray
) -> Number:
    shown, low, high = (round(float(each)) for each in (means[-1], *np.quantile(draws, (0.05, 0.95))))
    made = _bridge(played, list(means), shown, measure, FROM_AMPLE)
    made = replace(made, steps=(*made.steps[:-1], replace(made.steps[-1], what=Word("Rounded"))))
    return Number(key, what, measure, shown, low, high, ON_AVERAGE, curve=curve(draws), bridges=(made,))


def pay(needed: Needed, prices: Mapping[str, FloatArray]) -> Iterator[Number]:
    """Yield what each team that is named costs in pay, with the chances of the price list, by whose posts it comes about."""
    if needed.today:
        yield _pay("pay-today", Word("Pay a year: your team"), needed.today, prices)
    for at, one in enumerate((needed.cheapest, *needed.next_best)):
        if one:
            yield _pay(f"pay-{at}", Word("Pay a year: a team that reaches it"), one, prices)
    for weeks, one in needed.by_weeks:
        if one:
            what = sentence("Pay a year: the cheapest team that assesses within {1} working days", 5 * weeks)
            yield _pay(f"pay-week-{weeks}", what, one, prices)


def _pay(key: str, what: str, one: Option, prices: Mapping[str, FloatArray]) -> Number:
    on_top, terms, total = 1 + prices["on_cost"], [], np.zeros(len(prices["on_cost"]))
    for code, each in POSTS.items():
        drawn = on_top * prices[f"pay_{code}"] * one.team.of(each)
        total = total + drawn
        terms.append((sentence("{1}: {2} posts", each.words, f"{one.team.of(each):g}"), float(drawn.mean())))
    measure, start = Measure.POUNDS, (Word("Without a team"), 0.0)
    shown, low, high = (rounded(float(each), measure) for each in (one.cost, *np.quantile(total, (0.05, 0.95))))
    made = bridge(Word("From no team to this one, by means"), start, terms, shown, measure)
    return Number(key, what, measure, shown, low, high, AT_PRICES, curve=curve(total), bridges=(made,))
