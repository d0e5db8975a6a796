"""Orders by a list: go down it each half-year and start whoever the means carry; who has no room lets the next pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from fourfold.rollout.order import rules
from fourfold.rollout.order.terms import Candidate, Means, Rule

ORDERED_BY: Mapping[Rule, Callable[[Candidate], float]] = {
    Rule.LARGEST: lambda one: -one.residents,
    Rule.NEEDIEST: lambda one: -one.recorded,
    Rule.CHEAPEST: lambda one: one.set_up + one.yearly,
}


def starts_by_list(candidates: Sequence[Candidate], means: Means, rule: Rule, *, fair: bool) -> dict[str, int | None]:
    """Return the half-year in which each place starts, by one of the three lists."""
    listed = sorted(candidates, key=lambda one: (one.code not in means.first, ORDERED_BY[rule](one), one.code))
    if fair:
        listed = _fair(listed, candidates, means)
    starts: dict[str, int | None] = {one.code: None for one in candidates}
    left = _Left(means)
    for step in range(means.steps):
        left.arrive()
        for one in listed:
            waits = one.code not in means.first and _awaited(means, starts)
            if starts[one.code] is None and not waits and left.carries(one, step):
                starts[one.code] = step
    return starts


class _Left:
    """The money of each year, that of the years after, and the trained people who have no post yet."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.money = np.full(means.years + 1, means.budget)
        self.people = dict.fromkeys(means.arriving, 0.0)

    def arrive(self) -> None:
        for who, number in self.means.arriving.items():
            self.people[who] += number

    def carries(self, one: Candidate, step: int) -> bool:
        """Take what a start now needs; or nothing, and say no, where it is not there."""
        money = self.money - [*rules.cost_by_year(one, step, self.means.years), one.yearly]
        people = {who: free - one.posts.get(who, 0) for who, free in self.people.items()}
        if (money < -1e-6).any() or any(free < -1e-9 for free in people.values()):
            return False
        self.money, self.people = money, people
        return True


def _awaited(means: Means, starts: Mapping[str, int | None]) -> bool:
    return any(starts[code] is None for code in means.first)


def _fair(listed: list[Candidate], candidates: Sequence[Candidate], means: Means) -> list[Candidate]:
    """Return the list with one place of each region before the others, and rural ones wherever they fall behind."""
    ordered = [one for one in listed if one.code in means.first]
    for one in listed:
        if one.region not in {each.region for each in ordered}:
            ordered.append(one)
    left = [one for one in listed if one not in ordered]
    asked = rules.rural_share(candidates)
    while left:
        rural = sum(one.residents for one in ordered if one.rural)
        behind = rural < asked * sum(one.residents for one in ordered)
        chosen = next((one for one in left if one.rural), left[0]) if behind else left[0]
        ordered.append(chosen)
        left.remove(chosen)
    return ordered
