"""A test of one coefficient that can be believed with few clusters: the restricted wild cluster bootstrap.

Cameron, Gelbach & Miller 2008. With few *treated* clusters it errs the other way and hardly ever rejects (MacKinnon & Webb
2017); there `randomisation_test` comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fourfold.stats import inputs
from fourfold.stats.few_clusters import FEWEST_ON_A_SIDE, LARGEST_SHARE, giant
from fourfold.stats.inputs import FloatArray, IntArray, sums
from fourfold.stats.least_squares import INTERCEPT, require_rank
from fourfold.stats.terms import NotIdentified, OneGroupOnly, Printed

DRAWS = {
    "Rademacher": np.array([-1.0, 1.0]),
    "Webb": np.array([-1.0, 1.0]).repeat(3) * np.tile(np.sqrt([0.5, 1.0, 1.5]), 2),
}
SAME = 1e-10
NOTHING = 1e-12
TOLD_APART = 0.01  # a p-value that cannot be under it is told


@dataclass(frozen=True, eq=False)
class WildClusterTest(Printed):
    """The coefficient with the t-statistic of its null, the t-statistics under the null (draws,), and the p-value.

    `exact` says that every change of signs was tried. `cautions` says in words what must be read before it is quoted.
    """

    estimate: float
    statistic: float
    p_value: float
    draws: FloatArray
    exact: bool
    method: str
    cautions: tuple[str, ...] = ()


def wild_cluster_test(
    outcome: npt.ArrayLike,
    covariates: Any,
    cluster: Any,
    tested: str,
    *,
    names: Sequence[str] | None = None,
    effects: Sequence[Any] = (),
    null: float = 0.0,
    multipliers: str = "Webb",
    resamples: int = 999,
    seed: int | np.random.Generator = 1,
) -> WildClusterTest:
    """Test one coefficient of a linear regression by the restricted wild cluster bootstrap of its CRV1 t-statistic.

    `outcome` (rows,), `covariates` and `names` as in `linear_regression`; each of `effects` (rows,) names groups with an
    effect of their own, such as units and periods. The model is fitted with `tested` held at `null`, and the residuals
    of each `cluster` (rows,) are multiplied by one of the `multipliers`: "Webb" (six points, for few clusters) or "Rademacher" (signs;
    all are tried where they are no more than `resamples`). Source: Cameron, Gelbach & Miller 2008; Webb 2023. Where very
    few clusters are treated it hardly ever rejects (MacKinnon & Webb 2017): see `cautions`. Raises OneGroupOnly,
    NotIdentified, UnknownChoice, WrongShape, NotANumber.
    """
    y = inputs.column("outcome", outcome)
    labels, x = inputs.covariates(covariates, names, y.size)
    inputs.choice("tested", tested, labels)
    inputs.choice("multipliers", multipliers, tuple(DRAWS))
    found, place = inputs.labels("cluster", cluster, y.size)
    if len(found) < 2:
        raise OneGroupOnly("cluster", "holds one cluster", "Give at least two")
    design = np.column_stack(
        [np.ones(y.size), x, *(_indicators(each, y.size) for each in inputs.several("effects", effects))]
    )
    require_rank(design, (INTERCEPT, *labels, *("an effect" for _ in range(design.shape[1] - 1 - len(labels)))))
    drawn_by, exact = _multipliers(len(found), multipliers, inputs.whole_number("resamples", resamples, least=19), seed)
    own = _Own.of(
        y - inputs.finite("null", null) * design[:, 1 + labels.index(tested)], design, 1 + labels.index(tested), place
    )
    drawn = own.studentised(drawn_by)
    seen = own.statistic
    as_large = int((np.abs(drawn) >= abs(seen) * (1 - SAME)).sum())
    p_value = as_large / drawn.size if exact else (1 + as_large) / (1 + drawn.size)
    said = f"restricted wild cluster bootstrap, {multipliers}, {drawn.size}{' distinct' if exact else ''} draws"
    return WildClusterTest(
        own.estimate + null, seen, p_value, inputs.frozen(drawn), exact, said, _of_the_test(tested, x[:, labels.index(tested)], place, multipliers)
    )  # fmt: skip


def _of_the_test(tested: str, column: FloatArray, cluster: IntArray, multipliers: str) -> tuple[str, ...]:
    """Warn where the test has no power left, or few draws to be told apart by."""
    groups = int(cluster.max()) + 1
    ever = int(np.unique(cluster[column == 1]).size) if np.isin(column, (0, 1)).all() else 0
    said = []
    if 0 < ever < groups and min(ever, groups - ever) < FEWEST_ON_A_SIDE:
        said.append(
            f"{tested} has {min(ever, groups - ever)} of {groups} clusters on one side: this test hardly ever rejects with so "
            "few on one side: use `randomisation_test` beside it"
        )
    if groups * LARGEST_SHARE > 3:
        said += giant(cluster, np.ones(cluster.size), "clusters", "use `randomisation_test` beside it")
    if multipliers == "Rademacher" and (least := 2.0 ** (1 - groups)) > TOLD_APART:
        said.append(
            f"{groups} clusters have {2**groups} changes of signs, in pairs alike: no p-value can be under {least:.2g}, "
            "use Webb's multipliers"
        )
    return tuple(said)


def _indicators(label: Any, rows: int) -> FloatArray:
    _, place = inputs.labels("effects", label, rows)
    return np.eye(int(place.max()) + 1)[place][:, 1:]


def _multipliers(groups: int, draws: str, resamples: int, seed: int | np.random.Generator) -> tuple[FloatArray, bool]:
    """Draw one multiplier for each cluster (draws, groups), or lay out every change of signs."""
    if draws == "Rademacher" and groups < 50 and 2**groups <= resamples:
        bits = (np.arange(2**groups)[:, None] >> np.arange(groups)) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=np.float64), True
    return inputs.generator(seed).choice(DRAWS[draws], size=(resamples, groups)), False


@dataclass(frozen=True, eq=False)
class _Own:
    """What all draws share: numerator and scores of a draw are linear in its multipliers, so no draw is a regression."""

    estimate: float
    statistic: float
    numerator: FloatArray  # (groups,)
    scores: FloatArray  # (groups, groups)

    @classmethod
    def of(cls, y: FloatArray, design: FloatArray, term: int, cluster: IntArray) -> _Own:
        columns, square = np.linalg.qr(design)
        back = np.linalg.inv(square)
        pull = columns @ back[term]  # (rows,): how each row moves the coefficient
        estimate, left = float(pull @ y), y - columns @ (columns.T @ y)
        restricted = np.delete(design, term, axis=1)
        under_null = y - restricted @ np.linalg.lstsq(restricted, y, rcond=None)[0]
        if np.abs(under_null).max() <= NOTHING * max(np.abs(y).max(), NOTHING):
            raise NotIdentified("outcome", "follows from the other terms alone", "There is nothing to explain")
        groups = int(cluster.max()) + 1
        numerator = sums(cluster, pull * under_null, groups)
        through = (
            _summed(columns * pull[:, None], cluster, groups)
            @ _summed(columns * under_null[:, None], cluster, groups).T
        )
        error = float(np.sqrt((np.bincount(cluster, pull * left, groups) ** 2).sum()))
        if error <= NOTHING * abs(estimate):
            raise NotIdentified("outcome", "is explained completely", "Was it made from the terms?")
        return cls(estimate, estimate / error, numerator, np.diag(numerator) - through)

    def studentised(self, multipliers: FloatArray) -> FloatArray:
        """Give each draw's t-statistic (draws,); the small-sample factor of CRV1 is common to all and left out."""
        errors = np.sqrt(((multipliers @ self.scores.T) ** 2).sum(axis=1))
        values = multipliers @ self.numerator
        return np.divide(values, errors, out=np.full_like(values, np.inf), where=errors > NOTHING * np.abs(values))


def _summed(columns: FloatArray, cluster: IntArray, groups: int) -> FloatArray:
    summed = np.zeros((groups, columns.shape[1]))
    np.add.at(summed, cluster, columns)
    return summed
