"""Pooling where sites disagree with the prior, agree to the last digit, or have errors of very different size."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import ndtr

from fourfold import stats


def predictive(y: Any, errors: Any, scale: float, mean_scale: float = np.inf) -> list[float]:
    """Give median and limits for a new site by brute force: two hundred thousand values of tau, each as likely as it is."""
    y, v = np.array(y, float), np.array(errors, float) ** 2
    step = (8 * scale + 3 * np.sqrt(scale * np.linalg.norm(y - y.mean()))) / 200_000
    tau = (np.arange(200_000) + 0.5) * step
    w = 1 / (v + tau[:, None] ** 2)
    precision = w.sum(axis=1) + mean_scale**-2
    mean = (w @ y) / precision
    log = np.log(w).sum(axis=1) - np.log(precision) - (w * (y - mean[:, None]) ** 2).sum(axis=1)
    log = (log - (mean / mean_scale) ** 2 - (tau / scale) ** 2) / 2
    weight = np.exp(log - log.max())
    weight, spread = weight / weight.sum(), np.sqrt(1 / precision + tau**2)
    low, high = mean.min() - 12 * spread.max(), mean.max() + 12 * spread.max()
    return [
        brentq(lambda x, share=s: weight @ ndtr((x - mean) / spread) - share, low, high) for s in (0.5, 0.025, 0.975)
    ]


SITES: dict[str, tuple[list[float], list[float], float, float]] = {
    "the reference's three": ([-0.7985, -0.0513, -0.3567], [0.21, 0.28, 0.19], 0.5, np.inf),
    "farther apart than the prior's eight scales": ([5, -5, 30], [0.1, 0.1, 0.1], 0.5, np.inf),
    "Rubin's schools as if exact": ([28, 8, -3, 7, -1, 1, 18, 12], [1.0] * 8, 0.5, np.inf),
    "a million from nought": ([1e6 + 0.1, 1e6 + 0.3, 1e6 - 0.2], [0.1, 0.2, 0.1], 0.5, np.inf),
    "a prior on the mean": ([100, -300], [1, 2], 0.25, 10.0),
}


@pytest.mark.parametrize("name", SITES)
def test_a_new_site_against_brute_force(name: str) -> None:
    y, errors, scale, mean_scale = SITES[name]
    found = stats.predict_new_site(y, errors, tau_scale=scale, mean_scale=mean_scale).prediction
    expected = predictive(y, errors, scale, mean_scale)
    assert [found.estimate, found.low, found.high] == pytest.approx(expected, abs=5e-6)


def test_one_exact_site_beside_vague_ones_leaves_a_typical_variance() -> None:
    """(sum w)^2 - sum w^2 was nought, and I squared with it."""
    fit = stats.random_effects([0.1, 0.2, 0.3], [1e-8, 1, 1e8])
    assert fit.pooled.estimate == pytest.approx(0.1)
    assert 0 <= fit.i_squared < 100
    assert stats.random_effects([0.1, 0.2, 0.3], [1e-8, 1, 1e8], heterogeneity="DL").tau_squared == 0


@pytest.mark.parametrize(
    ("estimates", "errors"), [([1, 2, 3], [1e-170] * 3), ([1e99, 1, 2], [0.2] * 3), ([0.1, 0.2], [1e-11, 0.1])]
)
def test_errors_out_of_all_proportion_are_refused(estimates: list[float], errors: list[float]) -> None:
    for call in (stats.random_effects, stats.predict_new_site, stats.prior_sensitivity):
        with pytest.raises(stats.OutOfRange, match="standard_errors"):
            call(estimates, errors)


def test_an_interval_narrower_than_chance_says_so() -> None:
    """Three sites alike to the last digit: Knapp and Hartung's interval has no width at all."""
    same = ([0.1, 0.1, 0.1], [0.2, 0.2, 0.2])
    plain = stats.random_effects(*same, interval="Knapp-Hartung").pooled
    assert plain.high - plain.low < 1e-12
    assert "too narrow" in plain.cautions[0]
    assert stats.random_effects(*same).pooled.cautions == ()


def test_a_wald_interval_of_few_sites_says_so(bcg: tuple[Any, Any]) -> None:
    assert "3 sites" in stats.random_effects([0.1, 0.5, 0.2], [0.2] * 3, interval="Wald").pooled.cautions[0]
    assert stats.random_effects(*bcg, interval="Wald").pooled.cautions == ()
