"""Whether roll-out's numbers agree with what they are held against, printed by one command: a known year foretold, formulas, Ciw,
SimPy, and the published models, R packages and closed forms whose answers stand in the tests.

.venv/bin/python -m bench.agreement [--programmes 200]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from math import sqrt

from bench.clock import judged, line, missed

REFEREES = ("tests/statistics/test_published_models.py", "tests/statistics/test_stepped_wedge.py")


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--programmes", type=int, default=200)
    _foretold(words.parse_args().programmes)
    _queues()
    _referees()


def _foretold(programmes: int) -> None:
    from fourfold.rollout import demand, facts, queries, rules

    tried = queries.back_test()
    shares = demand.invented_shares(facts.offences(), tried.year, programmes=programmes, seed=rules.SEED)
    note = f"{tried.held} of {len(tried.rows)} forces"
    line(
        f"back-test: {tried.year} within its ranges of 90%", 100 * tried.share, "%", 85, more_is_better=True, note=note
    )
    held = 100 * sum(shares) / len(shares)
    line(f"back-test: {programmes} invented programmes, at least", held, "%", 85, more_is_better=True)
    line(f"back-test: {programmes} invented programmes, at most", held, "%", 95)


def _queues() -> None:
    """Play the twelve queues; what is printed is how many standard errors two answers are apart, three at most."""
    from fourfold.rollout.capacity import readable
    from fourfold.rollout.capacity.network import Clock
    from tests.rollout.capacity.twelve import TWELVE, Measured, by_ciw, by_engine, measured

    def apart(what: str, ours: Measured, theirs: Measured) -> None:
        errors = abs(ours.mean - theirs.mean) / sqrt(ours.error**2 + theirs.error**2)
        line(what, errors, "errors", 3, note=f"engine {ours.mean:.4f}, beside {theirs.mean:.4f}")

    for name, known in TWELVE.items():
        ours = by_engine(known.network, runs=200, customers=8_000 if name == "M/G/1" else 3_000)
        theirs = by_ciw(known.network, runs=6, customers=2_000)
        clock = Clock(2_000 / known.network.arrivals, 200 / known.network.arrivals)
        simpy = [readable.simulate(known.network, clock, seed=k) for k in range(24)]
        for job, exact in known.waits.items():
            if exact is not None:
                apart(f"{name}, {job}: formula", ours[job], Measured(exact, 0.0))
            apart(f"{name}, {job}: Ciw", ours[job], theirs[job])
            waits = [sum(run[job].waits) / len(run[job].waits) for run in simpy]
            apart(f"{name}, {job}: SimPy", ours[job], measured(waits))


def _referees() -> None:
    """Run the tests that hold the answers of others, and print each by its name."""
    asked = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-rA", "--tb=line", *REFEREES]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    said = [each for each in done.stdout.splitlines() if each.startswith(("PASSED", "FAILED", "ERROR"))]
    print("\n".join(each.replace("::test_", ": ").replace("_", " ") for each in said), flush=True)
    if done.returncode or not said:
        missed.append("referees")


if __name__ == "__main__":
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    judged(main)
