"""Calls at random for as long as is said: any route, method and body, as anybody. The seed makes the same ones again.

    .venv/bin/python -m bench.calls --minutes 60 --seed 16

They go to the seeded world in a database of their own, one after the other, each bout undone after it. What the round of
the tests makes is a sample of them: a fault that is found here gets its case there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

TEST = "tests/web/test_random_calls.py"


def main() -> int:
    """Make the calls and print how many there were, what was answered and every kind of fault; 1 where there is one."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--minutes", type=float, default=60)
    asked.add_argument("--seed", type=int, default=16)
    said = asked.parse_args()
    own = {"FOURFOLD_RANDOM_MINUTES": str(said.minutes), "FOURFOLD_RANDOM_SEED": str(said.seed)}
    # The same bytes in the same order: sets of texts are walked by their hash.
    own["PYTHONHASHSEED"] = "0"
    # No test of the round stands still for long; this one is told for how long it goes on.
    endless = ("-o", "faulthandler_timeout=0")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-s", "-n", "0", "-p", "no:cacheprovider", *endless, TEST],
        env=os.environ | own,
        check=False,
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
