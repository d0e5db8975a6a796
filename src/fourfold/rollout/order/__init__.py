"""Where and when: the order in which places start under a budget and with the people who are trained, and what it teaches.

    orders = order.compare(order.areas(foretold), Means(25e6, 2027, 2030), Trial(), fair=True)
    orders.plans[Rule.LEARN].starts        # {"E23000032": 0, ...}: the half-year, None for not within the years

`places.py` makes candidates from what is expected; another table of candidates will do as well. Nothing here reads a clock
or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import numpy as np

from fourfold.rollout.order import rules
from fourfold.rollout.order.lists import ORDERED_BY, starts_by_list
from fourfold.rollout.order.solver import most_learnt, most_reached
from fourfold.rollout.order.terms import STEPS_A_YEAR, Candidate, Means, Orders, Plan, Power, Rule, Solved, Trial
from fourfold.rollout.terms import UnknownArea
from fourfold.stats import stepped_wedge_error, stepped_wedge_power
from fourfold.stats.terms import StatisticsError
from fourfold.words import sentence

Told = Callable[[int, int], None]


def compare(
    candidates: Sequence[Candidate], means: Means, trial: Trial, told: Told = lambda *_: None, *, fair: bool
) -> Orders:
    """Return the four rules side by side, and without fairness where it was asked for. Raises OrderRefused in words.

    `told` hears how many of the solver's questions are answered, two for four rules.
    """
    rules.require(candidates, means, trial)
    steps = 4 if fair else 2
    most, plans = most_without, without = _plans(candidates, means, trial, lambda done: told(done, steps), fair=fair)
    if fair:
        most_without, without = _plans(candidates, means, trial, lambda done: told(2 + done, steps), fair=False)
    return Orders(tuple(candidates), means, trial, plans, most, without, most_without)


def with_first(means: Means, candidates: Sequence[Candidate], said: Iterable[str]) -> Means:
    """Return the means with those that go first, by name or code. Raises UnknownArea with the nearest names."""
    known = {name.casefold(): one for one in candidates for name in (one.code, one.name)}
    found = []
    for text in said:
        one = known.get(text.strip().casefold())
        if one is None:
            names = {each.name.casefold(): each.name for each in candidates}
            near = get_close_matches(text.strip().casefold(), names, n=3, cutoff=0.4) or sorted(names)[:5]
            raise UnknownArea(
                sentence(
                    "There is no place {1} to go first. Did you mean {2}?",
                    f"{text!r}",
                    ", ".join(names[one] for one in near),
                )
            )
        found.append(one.code)
    return replace(means, first=(*means.first, *found))


def _plans(
    candidates: Sequence[Candidate], means: Means, trial: Trial, told: Callable[[int], None], *, fair: bool
) -> tuple[Solved, Mapping[Rule, Plan]]:
    told(0)
    _, found = most_reached(candidates, means, fair=fair)
    told(1)
    plans = {}
    for rule in ORDERED_BY:
        starts = starts_by_list(candidates, means, rule, fair=fair)
        plans[rule] = _plan(candidates, means, trial, starts, rule=rule, fair=fair, solved=None)
    # A list may reach more than the order at which the solver was content to stop.
    lists = [plan.reached_in_all for plan in plans.values() if not (fair and plan.unfair)]
    most = Solved(max([found.value, *lists]), found.bound)
    starts, solved = most_learnt(candidates, means, trial, fair=fair, most=most)
    learnt = _plan(candidates, means, trial, starts, rule=Rule.LEARN, fair=fair, solved=solved)
    return most, {Rule.LEARN: learnt, **plans}


def _plan(
    candidates: Sequence[Candidate], means: Means, trial: Trial, starts: Mapping[str, int | None], *,
    rule: Rule, fair: bool, solved: Solved | None,
) -> Plan:  # fmt: skip
    begun = [(one, step) for one in candidates if (step := starts[one.code]) is not None]
    none = np.zeros(means.years)
    reached = sum((np.asarray(rules.reached_by_year(one, step, means.years)) for one, step in begun), none)
    cost = sum((np.asarray(rules.cost_by_year(one, step, means.years)) for one, step in begun), none)
    return Plan(
        rule, fair, starts, tuple(map(float, reached)), tuple(map(float, cost)),
        power(candidates, starts, means, trial), solved, tuple(rules.unfair(candidates, starts, means)),
    )  # fmt: skip


def power(candidates: Sequence[Candidate], starts: Mapping[str, int | None], means: Means, trial: Trial) -> Power:
    """Return the power of an order for the immediate, the averaged and the point effect of a trial.

    Each area is seen from the half-year before the first step; those that do not start are seen all the same.
    """
    steps = np.arange(means.steps + 1)
    begins = np.array([means.steps + 1 if (step := starts[one.code]) is None else step + 1 for one in candidates])
    design = (steps >= begins[:, None]).astype(float)
    people = np.array([[max(one.managed / STEPS_A_YEAR, 1e-3)] * len(steps) for one in candidates])
    given: dict[str, Any] = {
        "people": people,
        "total_deviation": trial.deviation,
        "correlation": trial.correlation,
        "lasting": trial.lasting,
    }
    longest = int(design.sum(axis=1).max())
    averaged, point = [1.0] * min(trial.over, longest), [0.0] * (trial.point - 1) + [1.0]

    def shown(exposure: list[float] | None) -> float | None:
        try:
            return stepped_wedge_power(design, trial.fewer, exposure=exposure, **given)
        except StatisticsError:
            return None

    try:
        error = stepped_wedge_error(design, **given)
    except StatisticsError:
        error = None
    return Power(shown(None), shown(averaged) if averaged else None, shown(point), error)
