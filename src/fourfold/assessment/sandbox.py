"""Reading a file that a stranger wrote, in a process of its own: whatever happens in there ends there.

The reader has limits of its own. This one holds even where they fail: after `MOST_WORK_S` seconds of processor time,
or beyond `MOST_MEMORY` bytes, the process is ended and the file is refused. Nothing was stored by then. `LONGEST_S` is
for a process that waits and never works; it is far longer, so that a busy machine refuses nobody's form.
"""

import gc
import hashlib
import os
import pickle
import resource
import signal
import subprocess
import sys
from dataclasses import replace

from fourfold.assessment import fhir
from fourfold.assessment.fhir.terms import Finding, Outcome, Reading, Severity

MOST_WORK_S = 20
LONGEST_S = 120.0
MOST_MEMORY = 2 * 1024**3
COMMAND = (sys.executable, "-P", "-m", "fourfold.assessment.sandbox")


def read_apart(raw: bytes, *, command: tuple[str, ...] = COMMAND, longest_s: float = LONGEST_S) -> Reading:
    """Read a FHIR file in a process of its own, and refuse it when that ends badly or never.

    It never raises for what the file holds. What it gives has no `form`: the document stays with the process that read it.
    """
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired:
        return _too_long(raw, longest_s)
    if done.returncode == -signal.SIGXCPU:
        return _too_long(raw, MOST_WORK_S)
    if done.returncode != 0:
        return _refused(raw, "file", "Reading it ended in a failure of ours, which is on record.", "Tell the project.")
    reading: Reading = pickle.loads(done.stdout)  # noqa: S301 -- written by the process that was started here
    return reading


def _too_long(raw: bytes, seconds: float) -> Reading:
    problem = f"Reading it took longer than {seconds:g} seconds and was stopped."
    return _refused(raw, "Q19", problem, "Split the form, or take out what makes it large.")


def _refused(raw: bytes, rule: str, problem: str, mend: str) -> Reading:
    finding = Finding(rule, Severity.REFUSE, "file", problem, mend)
    return Reading(Outcome.REFUSED, (finding,), hashlib.sha256(raw).hexdigest())


def limit(most_work_s: int = MOST_WORK_S) -> None:
    """Bound the memory and the processor time of this process; it is ended by SIGXCPU once that is used up."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (most_work_s, most_work_s + 1))


def main() -> None:
    """Read a file from the standard input and write what it gave, for `read_apart`."""
    limit()
    gc.disable()  # a quarter of the time; whatever piles up ends with the process, within its bound of memory
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints in there must not be taken for the answer
    pickle.dump(replace(fhir.read(sys.stdin.buffer.read()), form=None), answer)
    answer.close()


if __name__ == "__main__":
    main()
