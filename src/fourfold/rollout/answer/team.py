"""Whom it needs and how long people would wait: the posts by the work that fills them, each wait by whose posts cause it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from fourfold.rollout.answer.bridging import RANGE, bridge, curve
from fourfold.rollout.answer.terms import Bridge, Measure, Number, Section
from fourfold.rollout.capacity import questions
from fourfold.rollout.capacity.play import Yearly
from fourfold.rollout.capacity.terms import Demand, Outlook, Profession, Stage, Standard, Team
from fourfold.rollout.capacity.unit import STAGES, Unit, needs, network, work_of
from fourfold.words import Word, sentence

#: What its numbers are called, whichever of them there are.
KEYS = frozenset({"in_time", *(each.value for each in Profession), *(f"wait-{each.value}" for each in Stage)})
#: Twice the posts and two more: nobody waits for want of them.
AMPLE = (2.0, 2.0)
Told = Callable[[int, int], None]


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
    return sentence("{1} demands drawn and played, seed {2}", outlook.draws, outlook.seed)


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


def waits(unit: Unit, demand: Demand, outlook: Outlook, told: Told, *, standard: Standard) -> tuple[Section, Section]:
    """Return the share that is assessed in time, and the wait at each stage, each from a team that leaves nobody waiting."""
    played = list(_played(unit, demand, outlook.team, told, standard))
    days, percent = standard.within_days, round(100 * standard.share)
    in_time = Section(
        Word("How long people would wait"),
        Word("Of those referred from month 12 on whom the unit takes on"),
        RANGE,
        (_in_time(played, days),),
        _source(outlook),
        words=(
            sentence("What is asked for: {1}% assessed within {2} working days of referral, from month {3} on.", percent, days, standard.from_month),
            *(sentence("{1}: in the end over 20 working days of work lie waiting.", one.stage.words) for one in outlook.breaks),
        ),
        warnings=outlook.unstable,
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


def _played(unit: Unit, demand: Demand, planned: Team, told: Told, standard: Standard) -> Iterator[tuple[str, Yearly]]:
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


def _in_time(played: list[tuple[str, Yearly]], days: int) -> Number:
    shares = [100 * found.within(days) for _, found in played]
    what = sentence("Assessed within {1} working days, of 100", days)
    if any(np.isnan(each).all() for each in shares):
        return Number("in_time", what, Measure.PERCENT, None, note=Word("in no year drawn was anybody taken on"))
    low, middle, high = np.nanquantile(shares[-1], (0.05, 0.5, 0.95)).tolist()
    middles = [float(np.nanmedian(each)) for each in shares]
    return Number(
        "in_time", what, Measure.PERCENT, round(middle), round(low), round(high),
        curve=curve(shares[-1][~np.isnan(shares[-1])]),
        bridges=(_bridge(played, middles, round(middle), Measure.PERCENT, FOR_ALL),),
    )  # fmt: skip


FOR_ALL = Word("From a team that leaves nobody waiting to this one")
FOR_NINTH = Word("The same for the wait that nine in ten do not exceed")


def _wait(stage: Stage, beyond: bool, played: list[tuple[str, Yearly]]) -> Number:
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


def _bridge(played: list[tuple[str, Yearly]], values: list[float], shown: int, measure: Measure, title: str) -> Bridge:
    terms = [(words, after - before) for (words, _), before, after in zip(played[1:], values, values[1:], strict=False)]
    return bridge(title, (played[0][0], values[0]), terms, shown, measure)
