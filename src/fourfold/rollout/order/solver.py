"""The best order, by integer programming (HiGHS): the most cases reached, or the most learnt while nearly as many are.

What is learnt is the precision of the immediate effect in a stepped wedge. It is a sum over the places less a sum of
squares (`Teaching`), so it is concave in the choice of starts: tangents bound it from above, the solver maximises under
them, and each answer adds tangents where it stands (outer approximation; Duran & Grossmann 1986). The bound that it
returns holds for every order. Limits are counted in nodes, never in seconds: the same question gets the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from fourfold.rollout.order import rules
from fourfold.rollout.order.terms import STEPS_A_YEAR, Candidate, Means, OrderRefused, Solved, Trial
from fourfold.stats import stepped_wedge
from fourfold.stats.inputs import FloatArray

#: Of the most cases that could be reached, an order that is to teach reaches at least this part.
KEEPS = 0.9
CLOSE_ENOUGH = 0.02
ROUNDS, NODES, TANGENTS = 6, 100, 8

Starts = dict[str, int | None]


def most_reached(candidates: Sequence[Candidate], means: Means, *, fair: bool) -> tuple[Starts, Solved]:
    """Return the order that reaches the most cases. Raises OrderRefused where fairness cannot be met."""
    ground = _Ground(candidates, means, fair=fair)
    found = _solve(ground.reached, [ground.constraint], ground.size, (np.zeros(ground.size), np.ones(ground.size)))
    return ground.starts(found), Solved(-found.fun, -found.mip_dual_bound)


def most_learnt(
    candidates: Sequence[Candidate], means: Means, trial: Trial, *, fair: bool, most: Solved
) -> tuple[Starts, Solved]:
    """Return the order that teaches most of those that reach `KEEPS` of `most`, with the precision and its bound."""
    ground, teaching = _Ground(candidates, means, fair=fair), Teaching(candidates, means, trial)
    ground.at_least(ground.reached, KEEPS * most.value)
    model = _Model(ground, teaching)
    best, bound, chosen = -np.inf, np.inf, np.zeros(ground.size)
    for _ in range(ROUNDS):
        found = model.solve()
        bound = min(bound, -found.mip_dual_bound)
        starts = np.round(found.x[: ground.size])
        if (value := teaching.learnt(starts)) > best:
            best, chosen = value, starts
        if bound - best <= CLOSE_ENOUGH * bound:
            break
        model.cut(teaching.sums @ starts)
    return ground.named(chosen), Solved(best, bound)


class Teaching:
    """The precision of the immediate effect as a function of the starts: own @ starts - sum((sums @ starts) ** 2)."""

    def __init__(self, candidates: Sequence[Candidate], means: Means, trial: Trial) -> None:
        steps = means.steps
        people = np.array([[max(one.managed / STEPS_A_YEAR, 1e-3)] * (steps + 1) for one in candidates])
        precision = stepped_wedge.precisions(
            people, deviation=trial.deviation, correlation=trial.correlation, lasting=trial.lasting
        )
        # One half-year before anybody starts, then one for each step.
        patterns = np.triu(np.ones((steps, steps + 1)), 1)
        shared = np.einsum("itu,su->ist", precision, patterns)
        self.own = np.einsum("ist,st->is", shared, patterns).ravel()
        values, vectors = np.linalg.eigh(np.linalg.inv(precision.sum(axis=0)))
        self.sums = (np.sqrt(values)[:, None] * vectors.T) @ shared.reshape(-1, steps + 1).T
        self.places = len(candidates)

    def learnt(self, starts: FloatArray) -> float:
        return float(self.own @ starts - ((self.sums @ starts) ** 2).sum())

    def reach(self) -> tuple[FloatArray, FloatArray]:
        """Return the least and the most that each sum can be."""
        by_place = self.sums.reshape(len(self.sums), self.places, -1)
        return np.minimum(by_place.min(axis=2), 0).sum(axis=1), np.maximum(by_place.max(axis=2), 0).sum(axis=1)


@dataclass
class _Row:
    values: FloatArray
    low: float
    high: float


class _Ground:
    """What every order keeps to: one start at most, the money of each year, who has arrived, who goes first, fairness."""

    def __init__(self, candidates: Sequence[Candidate], means: Means, *, fair: bool) -> None:
        self.candidates, self.means = candidates, means
        self.shape = (len(candidates), means.steps)
        self.size = len(candidates) * means.steps
        self.reached = np.array(
            [[sum(rules.reached_by_year(one, s, means.years)) for s in range(means.steps)] for one in candidates]
        ).ravel()
        self._rows: list[_Row] = []
        self._once()
        self._money()
        self._people()
        self._first()
        if fair:
            self._fairness()

    def at_least(self, values: FloatArray, low: float) -> None:
        self._rows.append(_Row(values, low, np.inf))

    @property
    def constraint(self) -> scipy.optimize.LinearConstraint:
        rows = self._rows
        return scipy.optimize.LinearConstraint(
            scipy.sparse.csr_array(np.array([row.values for row in rows])),
            [row.low for row in rows],
            [row.high for row in rows],
        )

    def starts(self, found: scipy.optimize.OptimizeResult) -> Starts:
        return self.named(np.round(found.x[: self.size]))

    def named(self, chosen: FloatArray) -> Starts:
        by_place = chosen.reshape(self.shape)
        return {
            one.code: int(row.argmax()) if row.any() else None
            for one, row in zip(self.candidates, by_place, strict=True)
        }

    def _at_most(self, values: FloatArray, high: float) -> None:
        self._rows.append(_Row(values.ravel(), -np.inf, high))

    def _by(self, limit: int, weights: FloatArray) -> FloatArray:
        """Return weights (places,) on every start before a step."""
        values = np.zeros(self.shape)
        values[:, :limit] = weights[:, None]
        return values

    def _once(self) -> None:
        for place in range(self.shape[0]):
            values = np.zeros(self.shape)
            values[place] = 1
            self._at_most(values, 1)

    def _money(self) -> None:
        cost = np.array(
            [[rules.cost_by_year(one, s, self.means.years) for s in range(self.means.steps)] for one in self.candidates]
        )
        for year in range(self.means.years):
            self._at_most(cost[..., year], self.means.budget)
        after = np.array([one.yearly for one in self.candidates])
        self._at_most(self._by(self.means.steps, after), self.means.budget)

    def _people(self) -> None:
        for who, number in self.means.arriving.items():
            posts = np.array([one.posts.get(who, 0.0) for one in self.candidates])
            for step in range(self.means.steps):
                self._at_most(self._by(step + 1, posts), number * (step + 1))

    def _first(self) -> None:
        codes = [one.code for one in self.candidates]
        for early in (codes.index(code) for code in self.means.first):
            for other, code in enumerate(codes):
                if code in self.means.first:
                    continue
                for step in range(self.means.steps):
                    weights = np.zeros(self.shape[0])
                    weights[[other, early]] = 1, -1
                    self._at_most(self._by(step + 1, weights), 0)

    def _fairness(self) -> None:
        regions = np.array([one.region for one in self.candidates])
        for region in np.unique(regions):
            self.at_least(self._by(self.means.half_way, (regions == region).astype(float)).ravel(), 1)
        residents = np.array([float(one.residents) for one in self.candidates])
        rural = np.array([float(one.rural) for one in self.candidates])
        lead = residents * (rural - rules.rural_share(self.candidates)) / residents.max()
        for limit in (self.means.half_way, self.means.steps):
            self.at_least(self._by(limit, lead).ravel(), 0)


class _Model:
    """Starts, then the sums of `Teaching` as numbers of their own, then their squares, held up by tangents."""

    def __init__(self, ground: _Ground, teaching: Teaching) -> None:
        self.places, self.sums = ground.size, len(teaching.sums)
        self.gain = np.concatenate([teaching.own, np.zeros(self.sums), -np.ones(self.sums)])
        none, each = scipy.sparse.csr_array((self.sums, self.sums)), scipy.sparse.eye_array(self.sums)
        kept = ground.constraint
        self.kept = scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([kept.A, scipy.sparse.csr_array((kept.A.shape[0], 2 * self.sums))]), kept.lb, kept.ub
        )
        self.summed = scipy.optimize.LinearConstraint(
            scipy.sparse.hstack([scipy.sparse.csr_array(teaching.sums), -each, none], format="csr"), 0, 0
        )
        self.low, self.high = teaching.reach()
        self.cuts: list[scipy.optimize.LinearConstraint] = []
        for share in np.linspace(0, 1, TANGENTS):
            self.cut(self.low + (self.high - self.low) * share)

    def cut(self, at: FloatArray) -> None:
        """Keep each square above its tangent at a point: square >= 2 at sum - at ** 2."""
        rows = scipy.sparse.hstack(
            [
                scipy.sparse.csr_array((self.sums, self.places)),
                scipy.sparse.diags_array(2 * at),
                -scipy.sparse.eye_array(self.sums),
            ],
            format="csr",
        )
        self.cuts.append(scipy.optimize.LinearConstraint(rows, -np.inf, at**2))

    def solve(self) -> scipy.optimize.OptimizeResult:
        most = np.maximum(self.low**2, self.high**2)
        upper = np.concatenate([np.ones(self.places), self.high, most])
        lower = np.concatenate([np.zeros(self.places), self.low, np.zeros(self.sums)])
        return _solve(self.gain, [self.kept, self.summed, *self.cuts], self.places, (lower, upper))


#: What scipy's `milp` says where no numbers meet the constraints; anything else without numbers is a search that stopped.
INFEASIBLE = 2


def _solve(
    gain: FloatArray,
    constraints: Sequence[scipy.optimize.LinearConstraint],
    whole: int,
    bounds: tuple[FloatArray, FloatArray],
) -> scipy.optimize.OptimizeResult:
    """Maximise `gain`; the first `whole` numbers are 0 or 1."""
    found = scipy.optimize.milp(
        -gain, integrality=np.arange(len(gain)) < whole, bounds=bounds, constraints=constraints,
        options={"mip_rel_gap": CLOSE_ENOUGH / 2, "node_limit": NODES},
    )  # fmt: skip
    if found.x is None and found.status != INFEASIBLE:
        raise OrderRefused(
            "budget",
            "No order was found in the time that is given to the search. Nobody can say yet whether there is one: ask for "
            "fewer years or places, or leave fairness out.",
        )
    if found.x is None:
        raise OrderRefused(
            "fair",
            "With these means no order is fair: not every region can have a place that has started by half-way, or rural "
            "places cannot have their share. Raise the budget or the number of people who arrive, or leave fairness out.",
        )
    return found
