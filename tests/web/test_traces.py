"""Traces and numbers for OpenTelemetry, read by a collector on the loopback: what was done is there, and nobody's words are."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from fourfold import journey
from fourfold.cli import console
from fourfold.cli.main import app
from fourfold.config.environment import Environment
from fourfold.feeds import services as feeds
from fourfold.feeds.terms import WorkKind
from fourfold.gateways import traces
from fourfold.intake.rules.feeds.writing import toml_of
from fourfold.people.terms import Channel
from fourfold.support import services as support
from tests.cast import NOW, Cast
from tests.intake.feeds import SMALL, row, text_of
from tests.rehearsal import Rehearsal
from tests.support.builders import NOON, agree, case_of
from tests.web import test_lines
from tests.web.conftest import SignIn
from tools import system
from tools.progress import ROOT


class Collector:
    """An OTLP receiver over HTTP: what it was sent, by address."""

    def __init__(self) -> None:
        self.took: list[tuple[str, bytes]] = []
        took = self.took

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                took.append(
                    (self.path, gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                )
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[tuple[str, dict[str, Any]]]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        said = [ExportTraceServiceRequest.FromString(body) for path, body in self.took if path == "/v1/traces"]
        every = [span for one in said for of in one.resource_spans for scope in of.scope_spans for span in scope.spans]
        return [(span.name, {each.key: _value(each.value) for each in span.attributes}) for span in every]

    def numbers(self) -> set[str]:
        from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

        said = [ExportMetricsServiceRequest.FromString(body) for path, body in self.took if path == "/v1/metrics"]
        return {
            m.name for one in said for of in one.resource_metrics for scope in of.scope_metrics for m in scope.metrics
        }


def _value(said: Any) -> Any:
    return getattr(said, said.WhichOneof("value"))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process find the library, which no installation has that did not ask for it."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(system.from_lock("telemetry", "OpenTelemetry, which is opt-in"))])


@pytest.fixture
def collector(library: None) -> Iterator[Collector]:
    there = Collector()
    traces.begin(there.address)
    yield there
    traces.end()
    there.server.shutdown()
    there.server.server_close()


@pytest.mark.django_db
def test_nothing_that_somebody_typed_is_sent(
    collector: Collector, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in("officer")
    client.raise_request_exception = False
    does: list[Callable[[Client, pytest.MonkeyPatch], None]] = [
        test_lines.a_search,
        test_lines.an_address_that_leads_nowhere,
        test_lines.a_form_with_words_and_a_file,
        test_lines.a_password_that_is_wrong,
        test_lines.a_page_that_fails,
        test_lines.a_command_that_fails,
    ]
    for each in does:
        each(client, monkeypatch)
    traces.end()
    sent = b"".join(body for _, body in collector.took).decode("latin-1").casefold()
    assert not [said for said in test_lines.SAID if said.casefold() in sent]
    said = collector.spans()
    assert [name for name, _ in said].count("request") == 5
    searched = next(facts for name, facts in said if facts.get("fourfold.route") == "find:results")
    assert searched["fourfold.statements"] > 0
    assert {"fourfold.status", "fourfold.method", "fourfold.request"} <= searched.keys()
    assert not [facts for _, facts in said if "fourfold.who" in facts], "not even what stands for a person"
    assert {"fourfold.done", "fourfold.seconds", "fourfold.statements"} <= collector.numbers()


@pytest.mark.django_db
def test_a_job_with_its_import_a_message_and_a_command_are_spans(
    collector: Collector, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = text_of([row(f"A-{number}", Story="CNRY-77-invented") for number in range(3)]).encode()
    how: dict[str, Any] = {"actor": cast.analyst, "at": NOW}
    file = feeds.bring_file(site="northmoor", name="november.csv", chunks=[content], mapping=toml_of(SMALL), **how)
    for kind in (WorkKind.CHECK, WorkKind.IMPORT):
        feeds.ask_for_work(brought=file.pk, kind=kind, **how)
        while journey.work_done(clock=lambda: NOW):
            pass
    case = case_of(cast)
    agree(cast, case)
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=NOON)
    support.dispatch_messages(actor=cast.advocate, at=NOON, transport=Rehearsal())
    monkeypatch.setattr(console, "begin", lambda: None)
    CliRunner().invoke(app, ["outbox", "list", "--as", "nobody@x.example"])
    said = [
        (name, {key.removeprefix("fourfold."): value for key, value in facts.items()})
        for name, facts in collector.spans()
    ]
    assert ("import", {"count": 3}) in said
    assert ("job", {"work": "import", "code": "done"}) in said
    assert ("message", {"code": "sent"}) in said
    assert said[-1] == ("command", {"command": "outbox list", "code": console.CANNOT, "fault": "exit"})
    sent = b"".join(body for _, body in collector.took)
    assert not [word for word in (b"CNRY", b"november", b"free at ten", b"nobody@", b"northmoor") if word in sent]


@pytest.mark.django_db
def test_without_a_collector_nothing_of_the_library_is_imported(signed_in: SignIn) -> None:
    code = (
        "import sys, os; os.environ['DJANGO_SETTINGS_MODULE'] = 'fourfold.config.settings'\n"
        "import django; django.setup()\n"
        "from fourfold.config.wsgi import application\n"
        "from fourfold.cli import main, work\n"
        "from fourfold.gateways import traces\n"
        "with traces.span('request') as add: add(route='home')\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    env = {name: value for name, value in os.environ.items() if name != "FOURFOLD_OTLP"}
    library = str(system.from_lock("telemetry", "OpenTelemetry, which is opt-in"))
    env["PYTHONPATH"] = f"{ROOT / 'src'}:{ROOT}:{library}"
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.strip().splitlines()[-1] == "[]", done.stderr


@pytest.mark.django_db
def test_a_collector_that_is_gone_stops_nothing(library: None, signed_in: SignIn) -> None:
    traces.begin("http://127.0.0.1:9")
    try:
        assert signed_in("officer").get("/").status_code == 200
    finally:
        traces.end()


@pytest.mark.parametrize(
    ("address", "there", "says"),
    [
        ("", False, None),
        ("http://127.0.0.1:4318", True, None),
        ("http://127.0.0.1:4318", False, "requirements/telemetry.txt"),
        ("127.0.0.1:4318", True, "such as http://127.0.0.1:4318"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_names_itself(
    address: str, there: bool, says: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "find_spec", lambda name: object() if there else None)
    if says is None:
        assert Environment(otlp=address).otlp == address
        return
    with pytest.raises(ValueError, match=says):
        Environment(otlp=address)
