"""docs/how-to/join-an-agencys-system.md, executed: its commands on a site on the loopback, and its figures beside the code's."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from fourfold.access.terms.systems import TOKEN_LASTS, Change
from fourfold.access.webhooks import KEPT, LOOKS_BACK, TURNS_IN, WAITS
from fourfold.api import systems as door
from fourfold.api.agencies import described
from fourfold.gateways import webhooks as gateway
from fourfold.intake.services import receiving
from tests.api.test_agencies import Joined, joined
from tests.cast import Cast
from tests.orders.builders import case_of, served

__all__ = ["joined"]
pytestmark = pytest.mark.django_db
TEXT = (Path(__file__).parents[2] / "docs/how-to/join-an-agencys-system.md").read_text()
PLAIN = " ".join(TEXT.split())


class Site(BaseHTTPRequestHandler):
    """Answers a command with what the site says, in the test's own thread and on its connection."""

    def do_GET(self) -> None:
        """Hand the request on as it came."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        kind = self.headers.get("Content-Type", "")
        answer = Client().generic(self.command, self.path, body, kind, headers=dict(self.headers))
        self.send_response(answer.status_code)
        self.end_headers()
        self.wfile.write(answer.content)

    def do_POST(self) -> None:
        """Hand it on too."""
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def run(line: str, **known: str) -> Any:
    """Run a command of the page as it stands, with the site's address and what its reader knows put in."""
    with HTTPServer(("127.0.0.1", 0), Site) as site:
        site.timeout = 60
        line = line.replace("https://…", f"http://127.0.0.1:{site.server_port}")
        with subprocess.Popen(["sh", "-euc", line], env=known, stdout=subprocess.PIPE) as command:
            site.handle_request()
            said, _ = command.communicate(timeout=60)
    assert command.returncode == 0
    return json.loads(said)


def test_its_commands_fetch_a_token_and_the_orders(cast: Cast, joined: Joined) -> None:
    case, system = case_of(cast), joined()
    served(cast, case)
    token, orders = re.findall(r"^curl .*$", TEXT, re.MULTILINE)
    got = run(token, CLIENT_ID=str(system.row.pk), CLIENT_SECRET=system.secret)
    assert got["expires_in"] == 600
    assert [one["case"] for one in run(orders, TOKEN=got["access_token"])["orders"]] == [case.reference]


def test_every_operation_that_it_names_is_there() -> None:
    paths = {re.sub(r"\{\w+\}", "ID", path.removeprefix("/api/v1")) for path in described()["paths"]}
    named = {re.sub(r"KEY|REFERENCE", "ID", path) for path in re.findall(r"`(?:GET|POST|PUT) (/[\w/]*)", TEXT)} | set(
        re.findall(r"`PUT (/\S+)`", TEXT)
    )
    assert len(named) >= 7
    assert named <= paths, named - paths


def test_its_figures_are_the_codes() -> None:
    assert timedelta(minutes=10) == TOKEN_LASTS
    assert "A token lasts ten minutes" in PLAIN
    assert f"{door.MOST_A_MINUTE} requests a minute, and {receiving.MOST_OF_A_SYSTEM} reports within a day" in PLAIN
    assert door.LARGEST_PART == 1 << 20
    assert "parts of up to 1 MB" in PLAIN
    assert gateway.PATIENCE == 8
    assert "any 2xx within eight seconds" in PLAIN
    assert timedelta(days=1) == TURNS_IN
    assert "For a day after a new secret the secrets before it sign too" in PLAIN
    assert (timedelta(days=90), timedelta(days=91)) == (LOOKS_BACK, KEPT)
    assert "up to ninety days after the change" in PLAIN
    assert "Notices are deleted after 91 days" in PLAIN
    minutes = [int(each / timedelta(minutes=1)) for each in WAITS]
    said = re.search(r"tried again after (\d+) and (\d+) minutes, and ([\d, and]+) hours", PLAIN)
    assert said is not None
    hours = [int(each) * 60 for each in re.findall(r"\d+", said[3])]
    assert [int(said[1]), int(said[2]), *hours] == minutes


def test_the_notice_that_it_shows_is_as_the_description_says() -> None:
    [shown] = re.findall(r'^\{"type": .*$', TEXT, re.MULTILINE)
    notice, told = json.loads(shown), described()["webhooks"]
    assert set(told) == {each.value for each in Change}
    asked = told[notice["type"]]["post"]
    schema = asked["requestBody"]["content"]["application/json"]["schema"]
    assert set(notice) == set(schema["required"]) == set(schema["properties"])
    assert [each["name"] for each in asked["parameters"]] == re.findall(r"^(webhook-\w+):", TEXT, re.MULTILINE)
    for each in Change:
        assert f"`{each.value}`" in TEXT
    assert len(base64.b64decode(re.findall(r"v1,(\S+)", TEXT)[0])) == 32
