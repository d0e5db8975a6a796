"""Is it worth it, and would it be worth knowing more before choosing? Options compared on the same draws.

The options are no unit, a unit of half the team, and the team. What one parameter, or another evaluated site, would be
worth is computed by regression on the draws (`stats.value_of_partial_information`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fourfold import stats
from fourfold.rollout.economics import costs, model
from fourfold.rollout.economics.bridges import EFFECT, WORK
from fourfold.rollout.economics.terms import Decision, Row, Team, Worth
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, sentence, words

OPTIONS = words(("No unit", "A unit of half this team", "A unit with this team"))
PRICES = 25
EVERYTHING = Word("Everything")
WHOLE, STILL_UNKNOWN = Word("What knowing everything is worth"), Word("What stays unknown")
LEFT_BY_STUDY = Word("What one more site cannot tell")
SAVED, LOST = Word("What others save in a year"), Word("What a year of waiting loses")
#: In most years drawn choosing anew gains nothing: what it gains lies in the last few.
GAIN_CHANCES = (*(share / 100 for share in range(5, 100, 5)), 0.975, 0.99, 1.0)
#: Below this share of knowing everything, what is found for one thing is the regression's own noise.
LEAST_SHARE = 0.05


@dataclass(frozen=True, eq=False)
class Options:
    """Draws (draws, options) of costs, of cases spared, and of net benefit at what an act is drawn to cost."""

    costs: FloatArray
    effects: FloatArray
    net: FloatArray


def options(values: Mapping[str, FloatArray], team: Team, without: float) -> Options:
    """Return the options in the order of their size; the last is the team itself. Half of a team that was played does half."""
    count = len(values["managed"])
    spent, spared = [np.zeros(count)], [np.zeros(count)]
    for share in (0.5, 1.0):
        carries = None if team.carries is None else share * team.carries
        part = Team({profession: share * posts for profession, posts in team.posts.items()}, team.because, carries)
        spent.append(np.broadcast_to(sum(model.costs_of(values, part).values()), count))
        spared.append(model.spared_of(values, part, without))
    all_costs, all_effects = np.column_stack(spent), np.column_stack(spared)
    return Options(all_costs, all_effects, values["act"][:, None] * all_effects - all_costs)


def prices(rows: Mapping[str, Row], found: Options) -> FloatArray:
    """Return what a spared case may be worth: from nought to half as much again as the high figure of an act, and to
    where the team pays on average, twice over."""
    spared = float(found.effects[:, -1].mean())
    top = 1.5 * costs.in_prices(rows["act"])[2]
    if spared >= 1:
        top = max(top, 2 * float(found.costs[:, -1].mean()) / spared)
    step = max(10 ** (len(str(int(top))) - 2), 1)
    return np.linspace(0, step * np.ceil(max(top, 1.0) / step), PRICES + 1)


def acceptability(found: Options, at: FloatArray) -> tuple[tuple[float, float, float, str], ...]:
    """Return, at each price: the chance that the team pays against no unit, the frontier's chance, and the best option."""
    front = stats.acceptability_frontier(found.costs, found.effects, at)
    pays = [float((price * found.effects[:, -1] - found.costs[:, -1] > 0).mean()) for price in at]
    return tuple(
        (float(price), chance, float(front.frontier[place]), OPTIONS[front.best[place]])
        for place, (price, chance) in enumerate(zip(at, pays, strict=True))
    )


def perfect(found: Options) -> float:
    """Return what knowing everything would be worth a year (EVPI)."""
    return max(0.0, float(found.net.max(axis=1).mean() - found.net.mean(axis=0).max()))


def partial(found: Options, values: Mapping[str, FloatArray], rows: Mapping[str, Row]) -> tuple[Worth, ...]:
    """Return what knowing everything and one thing would be worth a year (EVPPI), the most first, next to nothing left out."""
    known: dict[str, tuple[str, FloatArray]] = {"effect": (EFFECT, values["log_ratio"])}
    known["work"] = WORK, np.column_stack([values[name] for name in model.WORK])
    known |= {code: (row.what, values[code]) for code, row in rows.items() if row.low < row.high}
    best, gains = found.net.argmax(axis=1), found.net.max(axis=1) - found.net[:, found.net.mean(axis=0).argmax()]
    by_best = [(OPTIONS[option], float((gains * (best == option)).mean())) for option in range(len(OPTIONS))]
    everything = _worth(
        "everything", EVERYTHING, gains, [(sentence("Where it is best: {1}", name), one) for name, one in by_best]
    )
    worth = [everything]
    for code, (what, one) in known.items():
        gained = stats.gains_of_partial_information(found.net, one)
        left = [(WHOLE, everything.a_year), (STILL_UNKNOWN, float(gained.mean()) - everything.a_year)]
        worth.append(_worth(code, what, gained, left))
    least = max(1.0, LEAST_SHARE * everything.a_year)
    return tuple(
        sorted((one for one in worth if one.a_year >= least), key=lambda one: (one.what != EVERYTHING, -one.a_year))
    )


def _worth(code: str, what: str, gains: FloatArray, made: Sequence[tuple[str, float]]) -> Worth:
    chances = np.quantile(gains, GAIN_CHANCES).tolist()
    curve = tuple(zip(chances, GAIN_CHANCES, strict=True))
    return Worth(code, what, float(gains.mean()), float(gains.std() / len(gains) ** 0.5), curve, tuple(made))


def decision(found: Options, study: FloatArray, years: int = model.YEARS) -> Decision:
    """Return whether what another evaluated site would tell is worth more than acting now.

    `study` (draws,) is what that site would see of its own effect. Waiting a year loses that year's net benefit; what is
    learned serves the years after it.
    """
    later = model.annuity(years) - 1
    gained = stats.gains_of_partial_information(found.net, study)
    known, a_year = perfect(found), float(gained.mean())
    after = sentence("The {1} years after the study, each worth less than the one before", years - 1)
    told = [(WHOLE, known), (LEFT_BY_STUDY, a_year - known), (after, a_year * (later - 1))]
    made = [
        _worth(
            "study", sentence("What another evaluated site tells is worth over {1} years", years), gained * later, told
        )
    ]
    best = int(found.net.mean(axis=0).argmax())
    if best:
        spent, saved = -found.costs[:, best], found.net[:, best] + found.costs[:, best]
        lost = [(SAVED, float(saved.mean())), (sentence("What it costs: {1}", OPTIONS[best]), float(spent.mean()))]
        made.append(_worth("lost", LOST, found.net[:, best], lost))
    return Decision(a_year * later, max(0.0, float(found.net[:, best].mean())), years, tuple(made))
