"""What is known of an installation as Prometheus reads it: the facts that `fourfold doctor` judges, as numbers.

What could not be found out is left out: no number is not a zero, and `absent()` tells.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.upkeep import doctor
from fourfold.upkeep.terms import Facts, Grade

if TYPE_CHECKING:
    from prometheus_client import Metric

#: Name without `fourfold_`, what it says, and its label, if it has one.
NAMES: dict[str, list[str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
Value = float | None


def metrics(facts: Facts) -> Iterator[Metric]:
    """Yield every number that is known."""
    from prometheus_client.core import GaugeMetricFamily

    found = numbers(facts)
    for name, (says, label) in NAMES.items():
        family = GaugeMetricFamily(f"fourfold_{name}", says, labels=(label,) if label else None)
        for value_of, value in found[name].items():
            if value is not None:
                family.add_metric((value_of,) if label else (), value)
        yield family


def numbers(facts: Facts) -> Mapping[str, Mapping[str, Value]]:
    """Return each number by the value of its label, "" where it has none; None where it is not known."""
    runs = {name: run for name, run in facts.runs.items() if run is not None}
    grades = [verdict.grade for verdict in doctor.verdicts(facts)]
    broken = bool(facts.trouble or facts.missing_migrations)
    certificate = facts.certificate.until if facts.certificate else None
    alone: dict[str, Value] = {
        "database_up": not broken,
        "keys_fit": facts.keys_fit,
        "log_last_entry_timestamp_seconds": _second(facts.log_end),
        "outbox_waiting": facts.waiting,
        "outbox_oldest_seconds": _waits(facts, facts.waiting, facts.waiting_since),
        "outbox_not_known": facts.not_known_whether_sent,
        "work_waiting": facts.work,
        "work_oldest_seconds": _waits(facts, facts.work, facts.work_since),
        "worker_up": facts.worker,
        "certificate_ends_timestamp_seconds": _second(certificate),
        "disk_free_bytes": facts.free,
        "disk_bytes": facts.total,
        "accounts_open": facts.accounts,
        "sign_in_failed_last_day": facts.failed,
        "sign_in_locked_last_day": facts.locked_out,
        "feeds_stopped": facts.feeds_stopped,
        "feed_rows_held": facts.rows_held,
    }
    return {name: {"": None if value is None else float(value)} for name, value in alone.items()} | {
        "info": {facts.release: 1.0},
        "timer_last_timestamp_seconds": {name: _second(run.at) for name, run in runs.items()},
        "timer_last_good_timestamp_seconds": {name: _second(run.good_at) for name, run in runs.items()},
        "timer_last_code": {name: float(run.code) for name, run in runs.items()},
        "feed_last_timestamp_seconds": {name: _second(at) for name, at in (facts.feeds or {}).items()},
        "verdicts": {grade.value: float(grades.count(grade)) for grade in Grade},
    }


def _second(at: datetime | None) -> Value:
    return None if at is None else at.timestamp()


def _waits(facts: Facts, count: int | None, since: datetime | None) -> Value:
    """Return for how long something has waited: nothing that waits has waited for no time."""
    if count is None:
        return None
    return (facts.at - since).total_seconds() if since else 0.0
