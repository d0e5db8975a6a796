"""What management would change in a new area: from the predictive interval of a released evaluation, or no number."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from fourfold import stats
from fourfold.evaluation.report.reading import ReleasedEffect
from fourfold.gateways.apart import apart
from fourfold.rollout.economics.terms import Known, Unknown
from fourfold.stats.inputs import FloatArray
from fourfold.words import Word, sentence

LEAST_SITES = 3
#: How far the sites' effects differ before they are looked at (half-normal, logarithm of the ratio): an assumption.
SCALE = 0.5
#: What is released is rounded, so what is computed again from it differs by a little.
ROUNDING = 0.1
NOTHING_RELEASED = Word("No evaluation has been released yet.")
#: What is made from shipped facts alone cannot know what was released.
NOTHING_READ = Word(
    "No released evaluation was read: this was made from published figures, without the programme’s records."
)
OTHERWISE = Word("What is foreseen for a new area does not follow from the sites’ ratios in this report.")


def known(released: ReleasedEffect | None, *, refused: str = "") -> Known | Unknown:
    """Return what a new area may see, or why no number may be given.

    `refused` says why a released evaluation cannot be read, such as a plan that is not the registered one.
    """
    if refused:
        return Unknown((refused,))
    if released is None:
        return Unknown((NOTHING_RELEASED,))
    if why := tuple(_why_not(released)):
        return Unknown(why)
    logs, errors = _sites(released)
    ratio = _foreseen(logs, errors).prediction.exponentiated()
    told = next(((middle, low, high) for scale, middle, low, high in released.foreseen if scale == SCALE), None)
    found = (ratio.estimate, ratio.low, ratio.high)
    if told is None or any(abs(math.log(one / other)) > ROUNDING for one, other in zip(found, told, strict=True)):
        return Unknown((OTHERWISE,))
    return Known(
        log_ratios=logs,
        standard_errors=errors,
        without=float(released.without or 0) / 100,
        certainty=int(released.certainty or 0),
        asked=released.asked,
        ratio=told,
        by_prior=released.foreseen,
        source=sentence(
            "“{1}”, {2} sites, data {3}", released.title, len(logs), released.extract_sha256[:12]
        ),
    )  # fmt: skip


def _why_not(released: ReleasedEffect) -> list[str]:
    """Return every reason for which the plan's rule gives no number."""
    why: list[str] = []
    if len(released.sites) < LEAST_SITES:
        why.append(
            sentence(
                "The released evaluation shows the effect in {1} sites. From fewer than {2} nothing is carried to a new area.",
                len(released.sites),
                LEAST_SITES,
            )
        )
    if released.certainty is None:
        why.append("The report does not say how certain it is: it was released by an older version. Release it again.")
    elif released.certainty < released.asked:
        why.append(
            sentence(
                "The certainty is {1} of 4. The plan’s rule asks for {2} before a number is carried to a new area.",
                released.certainty,
                released.asked,
            )
        )
    if released.without is None:
        why.append("The report does not show how many of 100 cases had another act without management.")
    return why


def _sites(released: ReleasedEffect) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(site.log_ratio for site in released.sites), tuple(site.standard_error for site in released.sites)


@lru_cache(maxsize=8)  # each page about an area asks, and what was released stays
def _foreseen(logs: tuple[float, ...], errors: tuple[float, ...], level: float = 0.95) -> stats.NewSitePrediction:
    """Return what a new site should expect; scipy, 25 MB for one root of an equation, is read by a process that ends."""
    return apart(lambda: stats.predict_new_site(logs, errors, tau_scale=SCALE, level=level))


def drawn(effect: Known, count: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Draw the log ratio of the new area (draws,), and what another site, as large as these, would see of its own.

    Both have the same mean over the sites and the same spread between sites in each draw, and nothing else in common.
    """
    found = _foreseen(effect.log_ratios, effect.standard_errors)
    part = rng.choice(found.average.weights.size, size=count, p=found.average.weights)
    mean = rng.normal(found.average.means[part], found.average.deviations[part])
    spread = np.sqrt(np.maximum(found.new_site.deviations[part] ** 2 - found.average.deviations[part] ** 2, 0.0))
    error = math.sqrt(float(np.mean(np.square(effect.standard_errors))))
    here = rng.normal(mean, spread)
    return here, rng.normal(mean, np.hypot(spread, error))


def nine_in_ten(effect: Known) -> tuple[float, float]:
    """Return the range of the ratio in a new area that holds nine in ten, as all ranges of a plan do; the report’s holds 19 in 20."""
    ratio = _foreseen(effect.log_ratios, effect.standard_errors, 0.9).prediction.exponentiated()
    return ratio.low, ratio.high


def spared(log_ratio: FloatArray | float, without: float) -> FloatArray:
    """Return the share of managed cases that are spared another act; below nought where management brings more.

    The ratio multiplies the hazard on every day: 1 - (1 - p) ^ ratio are left of p (proportional hazards).
    """
    return np.asarray(without - (1 - (1 - without) ** np.exp(log_ratio)))
