"""The log-rank test where groups hardly meet: its degrees of freedom, and refusals instead of a p-value of one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2

from fourfold import stats

NAN = float("nan")
TIME, EVENT, GROUP = [5, 6, 7, 8], [1, 1, 1, 1], list("aabb")


def test_a_group_without_anybody_at_an_event_is_no_degree_of_freedom(lung) -> None:
    """R's survdiff counts the groups with expected events, less one; lung by sex, and one more who left on day 1."""
    alone = stats.log_rank(lung.time, lung.status == 2, lung.sex)
    more = stats.log_rank([*lung.time, 1], [*(lung.status == 2), 0], [*lung.sex, 3])
    assert more.degrees_of_freedom == 1
    assert (more.statistic, more.p_value) == pytest.approx((alone.statistic, alone.p_value), abs=1e-12)
    assert "3 0.0" in more.cautions[0]


@pytest.mark.parametrize("groups", [2, 3, 6])
def test_the_generalised_inverse_is_that_of_all_groups_but_one(groups: int, rng: np.random.Generator) -> None:
    """The quadratic form of survdiff, written out: leave the last group out and invert."""
    time, event = rng.integers(1, 9, 120).astype(float), rng.random(120) < 0.6
    member = rng.integers(0, groups, 120)
    found = stats.log_rank(time, event, member)
    gap, spread = np.zeros(groups), np.zeros((groups, groups))
    for day in np.unique(time[event]):
        risk = np.bincount(member[time >= day], minlength=groups)
        died = np.bincount(member[(time == day) & event], minlength=groups)
        n, d, share = risk.sum(), died.sum(), risk / risk.sum()
        gap += died - d * share
        spread += d * (n - d) / max(n - 1, 1) * (np.diag(share) - np.outer(share, share))
    expected = gap[:-1] @ np.linalg.solve(spread[:-1, :-1], gap[:-1])
    assert found.degrees_of_freedom == groups - 1
    assert (found.statistic, found.p_value) == pytest.approx((expected, chi2.sf(expected, groups - 1)), rel=1e-9)


NOTHING_TO_COMPARE: dict[str, Callable[[], object]] = {
    "one group left before the other came": lambda: stats.log_rank(
        [1, 2, 3, 6, 7, 8], [1] * 6, list("aaabbb"), entry=[0, 0, 0, 5, 5, 5]
    ),
    "each stratum holds one group": lambda: stats.log_rank(TIME, EVENT, GROUP, strata=list("xxyy")),
    "everybody had the event on one day": lambda: stats.log_rank([3, 3, 3, 3], EVENT, GROUP),
}


@pytest.mark.parametrize("call", NOTHING_TO_COMPARE.values(), ids=NOTHING_TO_COMPARE)
def test_groups_that_never_met_are_refused_and_not_called_alike(call: Callable[[], object]) -> None:
    with pytest.raises(stats.NotIdentified, match="nothing to compare"):
        call()


@pytest.mark.parametrize("power", [-1, NAN, float("inf"), 10**400, "one", None], ids=str)
def test_a_power_that_weighs_nothing_is_refused(power: object) -> None:
    for call in (
        lambda: stats.log_rank(TIME, EVENT, GROUP, weighting="fleming-harrington", rho=power),
        lambda: stats.log_rank(TIME, EVENT, GROUP, weighting="fleming-harrington", gamma=power),
        lambda: stats.gray_test(TIME, [1, 2, 1, 1], list("abab"), rho=power),
    ):
        with pytest.raises(stats.StatisticsError):
            call()
