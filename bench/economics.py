"""The whole analysis of one area's cost and effect from 1,000 draws: curves, tornado, bridge, what knowing more is worth.

DJANGO_SETTINGS_MODULE=fourfold.config.settings python -m bench.economics
"""

from __future__ import annotations

import numpy as np

from bench.clock import best, line

LOGS, ERRORS = (-0.45, -0.25, -0.6), (0.15, 0.2, 0.18)


def measure() -> None:
    """Print one line: seconds for an area whose effect is known from three sites, so that everything is computed."""
    from fourfold.rollout.economics import analysis
    from fourfold.rollout.economics.terms import Known
    from fourfold.rollout.rules import Expected

    rng = np.random.default_rng(1)
    referred = rng.lognormal(7, 0.4, 4_000)
    expected = Expected(
        {}, np.zeros(4_000), referred, referred * rng.beta(83, 177, 4_000), referred * rng.beta(47, 843, 4_000)
    )
    effect = Known(LOGS, ERRORS, 0.44, 2, 2, (0.65, 0.3, 1.3), (), "three invented sites")
    taken, note = best(lambda: analysis.analyse(expected, effect=effect, draws=1_000))
    line("roll-out: cost and effect of an area, 1,000 draws", taken, "s", 1, note=note)


if __name__ == "__main__":
    import django

    django.setup()
    measure()
