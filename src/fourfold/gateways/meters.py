"""What is counted while the site answers, for Prometheus; added up over the processes of a server. Off unless begun.

The library is read by whoever counts and by nobody else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fourfold.gateways import private

if TYPE_CHECKING:
    from prometheus_client import Counter, Histogram
    from prometheus_client.registry import Collector

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True)
class _Meters:
    requests: Counter
    seconds: Histogram
    statements: Counter
    events: Counter


_meters: _Meters | None = None


def begin(folder: Path, events: Iterable[tuple[str, str]]) -> None:
    """Count from now on, each process in a file of its own in a folder; what earlier processes left there is gone.

    `events` begin at nothing: what first appears with its first event has not grown, and alarms nobody.
    """
    global _meters  # noqa: PLW0603 -- one for a process, and none where nobody asked
    private.made(folder)
    for left in folder.glob("*.db"):
        left.unlink(missing_ok=True)
    os.environ[FOLDER] = str(folder)
    from prometheus_client import CollectorRegistry, Counter, Histogram

    here = CollectorRegistry()
    _meters = _Meters(
        Counter("fourfold_requests", "Requests answered.", ("route", "method", "status"), registry=here),
        Histogram("fourfold_request_seconds", "Time to answer.", ("route",), buckets=SECONDS, registry=here),
        Counter("fourfold_statements", "Statements sent to the database.", ("route",), registry=here),
        Counter("fourfold_security_events", "Security events.", ("event", "severity"), registry=here),
    )
    for name, severity in events:
        _meters.events.labels(name, severity)


def answered(route: str, method: str, status: int, seconds: float, statements: int) -> None:
    """Count a request that was answered."""
    if _meters is not None:
        _meters.requests.labels(route, method, str(status)).inc()
        _meters.seconds.labels(route).observe(seconds)
        _meters.statements.labels(route).inc(statements)


def event(name: str, severity: str) -> None:
    """Count a security event."""
    if _meters is not None:
        _meters.events.labels(name, severity).inc()


def exposed(*beside: Collector) -> bytes:
    """Return everything that was counted in all processes, and what others find out now, as Prometheus reads it."""
    from prometheus_client import CollectorRegistry, generate_latest, multiprocess

    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        multiprocess.MultiProcessCollector(registry)
    for each in beside:
        registry.register(each)
    return generate_latest(registry)
