"""Spans and numbers for OpenTelemetry, sent by OTLP over HTTP. Off unless begun, and then the library is not even imported.

A span says what a line of the log says (`gateways.logs`): numbers and codes of ours, never a value of anybody's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fourfold.gateways import logs

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram
    from opentelemetry.trace import Tracer

#: How long somebody is waited for who takes what is sent: beside the work, and at the end of a command.
PATIENCE_S, EVERY_MS = 3, 15_000
#: What begins a trace of its own, whatever the process is about that serves it.
ROOTS = frozenset({"request", "job"})
MISSING = (
    "FOURFOLD_OTLP names a collector, and the library that speaks to it is not installed: "
    ".venv/bin/pip install --require-hashes --no-deps --requirement requirements/telemetry.txt"
)


@dataclass(frozen=True)
class _Sending:
    tracer: Tracer
    done: Counter
    seconds: Histogram
    statements: Counter
    end: Callable[[], object]


_sending: _Sending | None = None


def why_not(address: str) -> str | None:
    """Return why nothing can be sent to an address, and what to do; None where it can, or none is named."""
    if not address:
        return None
    if not address.startswith(("http://", "https://")):
        return "FOURFOLD_OTLP is the address of a collector, such as http://127.0.0.1:4318."
    return None if find_spec("opentelemetry") and find_spec("opentelemetry.sdk") else MISSING


def begin(address: str) -> None:
    """Send from now on to the collector at an address, in batches beside the work; nothing where none is named."""
    global _sending  # noqa: PLW0603 -- one for a process, and none where nobody asked
    if not address or _sending is not None:
        return
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    release = version("fourfold")
    said = Resource({"service.name": "fourfold", "service.version": release})
    to = address.rstrip("/")
    spans = TracerProvider(resource=said)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{to}/v1/traces", timeout=PATIENCE_S)))
    sends = OTLPMetricExporter(endpoint=f"{to}/v1/metrics", timeout=PATIENCE_S)
    numbers = MeterProvider([PeriodicExportingMetricReader(sends, export_interval_millis=EVERY_MS)], resource=said)
    meter = numbers.get_meter("fourfold", release)
    _sending = _Sending(
        spans.get_tracer("fourfold", release),
        meter.create_counter("fourfold.done", description="Requests, commands, jobs, messages and imports that ended."),
        meter.create_histogram("fourfold.seconds", unit="s", description="How long each took."),
        meter.create_counter("fourfold.statements", description="Statements sent to the database for requests."),
        lambda: (spans.shutdown(), numbers.shutdown(PATIENCE_S * 1000)),
    )


def end() -> None:
    """Send what was noted, and nothing from now on."""
    global _sending
    if _sending is not None:
        ended, _sending = _sending, None
        ended.end()


@contextmanager
def span(name: str, **facts: object) -> Iterator[Callable[..., None]]:
    """Trace what happens inside, where somebody listens; yields what adds facts, the same that a line of the log may say."""
    sending = _sending
    if sending is None:
        yield _unheard
        return
    from time import perf_counter

    from opentelemetry.context import Context
    from opentelemetry.trace import StatusCode

    known, began = dict[str, object](), perf_counter()
    apart = Context() if name in ROOTS else None
    how = {"context": apart, "record_exception": False, "set_status_on_exception": False}
    with sending.tracer.start_as_current_span(name, **how) as running:

        def add(**more: object) -> None:
            known.update({key: logs.plain(value) for key, value in more.items() if value not in (None, "")})
            running.set_attributes({f"fourfold.{key}": value for key, value in known.items()})

        add(**facts)
        try:
            yield add
        except BaseException as fault:
            if getattr(fault, "exit_code", 1):
                add(fault=type(fault).__name__.casefold())
                running.set_status(StatusCode.ERROR)
            raise
        finally:
            _count(sending, name, known, perf_counter() - began)


def _count(sending: _Sending, name: str, known: dict[str, Any], seconds: float) -> None:
    by = {"kind": name} | {key: known[key] for key in ("route", "method", "status", "work", "code") if key in known}
    sending.done.add(1, by)
    sending.seconds.record(seconds, by)
    sending.statements.add(known.get("statements", 0), by)


def _unheard(**_: object) -> None:
    """Add nothing: nobody listens."""
