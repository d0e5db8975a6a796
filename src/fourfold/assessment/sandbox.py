"""Reading a file that a stranger wrote, in a process of its own: whatever happens in there ends there.

The reader has limits of its own. This one holds even where they fail: after `LONGEST_S` seconds, or beyond
`MOST_MEMORY` bytes, the process is ended and the file is refused. Nothing was stored by then.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import resource
import subprocess
import sys

from fourfold.assessment import fhir
from fourfold.assessment.fhir.terms import Finding, Outcome, Reading, Severity

LONGEST_S = 20.0
MOST_MEMORY = 2 * 1024**3
COMMAND = (sys.executable, "-P", "-m", "fourfold.assessment.sandbox")


def read_apart(raw: bytes, *, command: tuple[str, ...] = COMMAND, longest_s: float = LONGEST_S) -> Reading:
    """This function will read a FHIR file in a process of its own, and refuse it when that ends badly or never.

    It never raises for what the file holds.
    """
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired:
        problem = f"Reading it took longer than {longest_s:g} seconds and was stopped."
        return _refused(raw, "Q19", problem, "Split the form, or take out what makes it large.")
    if done.returncode != 0:
        return _refused(raw, "file", "Reading it ended in a failure of ours, which is on record.", "Tell the project.")
    reading: Reading = pickle.loads(done.stdout)  # noqa: S301 -- written by the process that was started here
    return reading


def _refused(raw: bytes, rule: str, problem: str, mend: str) -> Reading:
    finding = Finding(rule, Severity.REFUSE, "file", problem, mend)
    return Reading(Outcome.REFUSED, (finding,), hashlib.sha256(raw).hexdigest())


def main() -> None:
    """This function will read a file from the standard input and write what it gave, for `read_apart`."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints in there must not be taken for the answer
    pickle.dump(fhir.read(sys.stdin.buffer.read()), answer)
    answer.close()


if __name__ == "__main__":
    main()
