"""What an order costs, reaches and asks of fairness, and which means are none. No framework, no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from fourfold.rollout.order.terms import STEPS_A_YEAR, Candidate, Means, OrderRefused, Trial
from fourfold.words import Word, financial_year, sentence

#: Rural places hold at least this part of the share of residents that they would have if all places began at once.
RURAL_PART = 0.8
MOST_YEARS = 10


def refused(candidates: Sequence[Candidate], means: Means, trial: Trial) -> tuple[str, str] | None:
    """Return the field and the reason where no order can be made."""
    if not 0 < trial.fewer < trial.share < 1:
        return "fewer", "Give a difference that is above nought and below the share that it is taken from"
    if not means.budget > 0:
        return "budget", "Give a yearly budget above nought: without money no area starts"
    if means.ends < means.begins:
        return "ends", sentence(
            "The last year, {1}, lies before the first, {2}. Turn them round.",
            financial_year(means.ends), financial_year(means.begins),
        )  # fmt: skip
    if means.years > MOST_YEARS:
        return "ends", sentence("Plan at most {1} years: nothing is foretold further ahead.", MOST_YEARS)
    for profession, number in means.arriving.items():
        if not number >= 0:
            return str(profession), "Give a number of people, or leave it empty where they are not short"
    return _places_refused(candidates, means)


def _places_refused(candidates: Sequence[Candidate], means: Means) -> tuple[str, str] | None:
    if not candidates:
        return "area", "Give at least one place that may start"
    holders: dict[str, str] = {}
    for one in candidates:
        for district in one.districts:
            if district in holders:
                return "area", sentence(
                    "{1} and {2} share the district {3}. Give each district to one place.",
                    holders[district], one.name, district,
                )  # fmt: skip
            holders[district] = one.name
    if again := [code for code, times in Counter(one.code for one in candidates).items() if times > 1]:
        return "area", sentence("The code {1} stands for two places.", again[0])
    if unknown := set(means.first) - {one.code for one in candidates}:
        return "first", sentence("{1} is none of the places to be ordered.", sorted(unknown)[0])
    carried = [one for one in candidates if carries(one, means)]
    if not carried:
        least = min(candidates, key=_dearest_year)
        return "budget", sentence(
            "No place can start: even {1} costs £{2} in its dearest year. Raise the budget.",
            least.name, f"{_dearest_year(least):,.0f}",
        )  # fmt: skip
    for who, number in means.arriving.items():
        if not any(one.posts.get(who, 0) <= number * means.steps for one in carried):
            return str(who), sentence("Too few {1} arrive for any place to start. Raise the number.", str(who))
    return None


def carries(one: Candidate, means: Means) -> bool:
    """Return whether the money would carry this place, if it were the only one."""
    return _dearest_year(one) <= means.budget


def _dearest_year(one: Candidate) -> float:
    """Return the least that the dearest year can cost: a start half-way through a year, or a whole year after it."""
    return max(one.set_up + one.yearly / STEPS_A_YEAR, one.yearly)


def require(candidates: Sequence[Candidate], means: Means, trial: Trial) -> None:
    """Raise OrderRefused, in words, where no order can be made."""
    OrderRefused.refuse(refused(candidates, means, trial))


def cost_by_year(one: Candidate, start: int, years: int) -> list[float]:
    """Return what a place that starts in a half-year costs in each year."""
    cost = []
    for year in range(years):
        running = sum(step >= start for step in range(STEPS_A_YEAR * year, STEPS_A_YEAR * (year + 1)))
        begun_now = start // STEPS_A_YEAR == year
        cost.append(one.yearly * running / STEPS_A_YEAR + (one.set_up if begun_now else 0))
    return cost


def reached_by_year(one: Candidate, start: int, years: int) -> list[float]:
    """Return the cases that a place that starts in a half-year manages in each year."""
    half = one.managed / STEPS_A_YEAR
    return [
        half * sum(step >= start for step in range(STEPS_A_YEAR * year, STEPS_A_YEAR * (year + 1)))
        for year in range(years)
    ]


def rural_share(candidates: Sequence[Candidate]) -> float:
    """Return the least share of residents of started places that fairness asks to live in rural ones."""
    rural = sum(one.residents for one in candidates if one.rural)
    return RURAL_PART * rural / sum(one.residents for one in candidates)


def unfair(candidates: Sequence[Candidate], starts: Mapping[str, int | None], means: Means) -> Iterator[Word]:
    """Say what fairness asks and an order of starts does not hold."""
    begun = {
        limit: [one for one in candidates if _by(starts[one.code], limit)] for limit in (means.half_way, means.steps)
    }
    late = sorted({one.region for one in candidates} - {one.region for one in begun[means.half_way]})
    if late:
        yield sentence("By half-way no place has started in: {1}.", ", ".join(late))
    for limit, said in ((means.half_way, "half-way"), (means.steps, "the end")):
        everybody = sum(one.residents for one in begun[limit])
        rural = sum(one.residents for one in begun[limit] if one.rural)
        if rural < rural_share(candidates) * everybody * (1 - 1e-9):
            yield sentence(
                "By {1}, {2}% of the residents of started places live in rural ones; fairness asks for {3}%.",
                said, f"{100 * rural / everybody:.0f}", f"{100 * rural_share(candidates):.0f}",
            )  # fmt: skip


def _by(start: int | None, limit: int) -> bool:
    return start is not None and start < limit
