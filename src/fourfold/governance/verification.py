"""The check that everything the log vouches for is as it was left: its chain, its rows, and the rows of its batches."""

from pathlib import Path

from fourfold.audit import queries as audit
from fourfold.audit import security
from fourfold.audit.terms import Verdict
from fourfold.intake import queries as intake


def whole_log(*, witnesses: Path | None = None, told: audit.Told = lambda done, steps: None) -> Verdict:
    """Read the whole log, the rows it names, those that no entry made, and the imported rows of each batch; the first bad
    entry comes first. Whoever watches the installation is told of findings."""
    verdict = audit.verify(every_row=True, witnesses=witnesses, besides=intake.faults_of_batches, told=told)
    if verdict.findings and audit.has_log():
        security.told(security.LOG_BROKEN, count=len(verdict.findings))
    return verdict
