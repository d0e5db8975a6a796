"""What is written for whoever runs an installation: what happened, and nobody's words, whichever way they came in."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.test import Client
from typer.testing import CliRunner

from fourfold.audit import security
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Operation
from fourfold.cli import console, outbox
from fourfold.cli.main import app
from fourfold.config.front import ServersLines
from fourfold.governance.log_words import log_register
from tests.cast import NOW, Cast
from tests.web.conftest import SignIn
from tests.web.lines import Written, written

CANARY = "Q7 Zwetschge"
SAID = ("zwetschge", "Q7%20Zw", "Q7+Zw")
ROW = UUID("00000000-0000-4000-8000-00000000c0de")


@pytest.fixture
def lines() -> Iterator[Written]:
    with written() as into:
        yield into


def fails(*_: Any, **__: Any) -> Any:
    """Fail as a driver does, with what somebody typed in the message, in a local and in the cause."""
    name = CANARY
    try:
        raise ValueError(f"Key (name)=({name}) already exists")
    except ValueError as fault:
        raise RuntimeError(f"no row for {name}") from fault


def a_search(client: Client, patch: pytest.MonkeyPatch) -> None:
    assert client.get("/find/", {"q": CANARY}).status_code == 200


def an_address_that_leads_nowhere(client: Client, patch: pytest.MonkeyPatch) -> None:
    assert (
        client.get(f"/cases/{CANARY}/", {"q": CANARY}, HTTP_REFERER=CANARY, HTTP_USER_AGENT=CANARY).status_code == 404
    )


def a_form_with_words_and_a_file(client: Client, patch: pytest.MonkeyPatch) -> None:
    file = SimpleUploadedFile(f"{CANARY}.csv", CANARY.encode())
    assert client.post("/refer/", {"words": CANARY, "name": CANARY, "file": file}).status_code < 500


def a_page_that_fails(client: Client, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("fourfold.web.worklist.today", fails)
    assert client.get("/", {"words": CANARY}).status_code == 500


def a_table_that_refuses(client: Client, patch: pytest.MonkeyPatch) -> None:
    def refuses(*_: Any, **__: Any) -> Any:
        raise IntegrityError(f"Key (email)=({CANARY}) already exists")

    patch.setattr("fourfold.web.worklist.today", refuses)
    assert client.get("/").status_code == 409


def a_password_that_is_wrong(client: Client, patch: pytest.MonkeyPatch) -> None:
    assert Client().post("/accounts/login/", {"login": f"{CANARY}@x.example", "password": CANARY}).status_code == 200


def what_the_server_says(client: Client, patch: pytest.MonkeyPatch) -> None:
    server = SimpleNamespace(errorlog="-", accesslog=None, logconfig_dict=None, logconfig=None, logconfig_json=None)
    more = {"loglevel": "warning", "capture_output": False, "syslog": False, "worker_tmp_dir": None}
    patch.setattr(ServersLines, "setup", lambda self, cfg: None)
    logger = ServersLines(SimpleNamespace(**vars(server), **more))
    try:
        fails()
    except RuntimeError:
        logger.exception("Error handling request %s", f"/find/?q={CANARY}")


def a_library_that_says_too_much(client: Client, patch: pytest.MonkeyPatch) -> None:
    logging.getLogger("urllib3.connectionpool").warning(f"POST /{CANARY} failed", extra={"facts": {"route": CANARY}})  # noqa: G004


def a_command_that_fails(client: Client, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(console, "keeps_values_out", lambda: True)
    patch.setattr(console, "begin", lambda: None)  # it would set the loggers up anew
    patch.setattr(outbox, "_actor", fails)
    done = CliRunner().invoke(app, ["outbox", "list", "--as", f"{CANARY}@x.example"])
    assert (done.exit_code, CANARY in done.output) == (1, False)
    assert console.UNFORESEEN in done.output


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("does", "event", "fault"),
    [
        (a_search, "request", False),
        (an_address_that_leads_nowhere, "request", False),
        (a_form_with_words_and_a_file, "request", False),
        (a_page_that_fails, "django.request", True),
        (a_table_that_refuses, "a constraint of the tables refused what was sent", True),
        (a_password_that_is_wrong, "request", False),
        (what_the_server_says, "gunicorn.error", True),
        (a_library_that_says_too_much, "urllib3.connectionpool", False),
        (a_command_that_fails, "a command failed in a way that nobody foresaw", True),
    ],
)
def test_nothing_that_somebody_typed_is_written(
    does: Callable[[Client, pytest.MonkeyPatch], None],
    event: str,
    fault: bool,
    signed_in: SignIn,
    lines: Written,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = signed_in("officer")
    client.raise_request_exception = False
    does(client, monkeypatch)
    text = lines.text.getvalue().casefold()
    assert not [said for said in SAID if said.casefold() in text], text
    said = lines.lines(event)
    assert said, f"nothing was written of it: {text}"
    assert ("builtins.RuntimeError" in said[-1].get("fault", ()) or "IntegrityError" in str(said[-1])) is fault
    assert not fault or said[-1]["at"], "where it arose is said"


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_and_who_asked(signed_in: SignIn, cast: Cast, lines: Written) -> None:
    client = signed_in("officer")
    client.get("/find/", {"q": "anybody"})
    (line,) = lines.lines("request")
    assert {name: line[name] for name in ("route", "method", "status")} == {
        "route": "find:results",
        "method": "GET",
        "status": 200,
    }
    assert line["statements"] > 0
    assert line["ms"] >= 0
    assert line["who"] == security.hashed(cast.officer.staff.bytes)
    assert str(cast.officer.staff) not in lines.text.getvalue()
    client.get("/find/", {"q": "anybody"})
    assert len({each["request"] for each in lines.lines("request")}) == 2, "each has a number of its own"


@pytest.mark.django_db
def test_a_command_and_what_its_end_was_is_one_line(
    cast: Cast, lines: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "begin", lambda: None)  # it would set the loggers up anew
    CliRunner().invoke(app, ["outbox", "list", "--as", "nobody@x.example"])
    (line,) = lines.lines("command")
    assert (line["command"], line["code"]) == ("outbox list", console.CANNOT)
    assert "nobody" not in lines.text.getvalue()


def draft(cast: Cast, action: str, operation: Operation, *rules: str, count: int | None = None) -> Draft:
    return Draft(cast.officer, action, NOW, operation, rules=rules, count=count)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "operation", "rules", "count", "event", "severity"),
    [
        ("sign_in.done", Operation.SIGN_IN, (), None, "sign_in.done", "info"),
        ("sign_in.failed", Operation.REFUSAL, ("password",), None, "sign_in.failed", "low"),
        ("sign_in.failed", Operation.REFUSAL, ("locked out",), None, "sign_in.locked_out", "medium"),
        ("account.given", Operation.ADMINISTRATION, (), None, "account.made", "medium"),
        ("role.given", Operation.ADMINISTRATION, (), None, "role.given", "medium"),
        ("relation.given", Operation.ADMINISTRATION, (), None, "part.given", "low"),
        ("page.case:pattern", Operation.REFUSAL, ("walled",), None, "access.refused", "low"),
        ("page.register:orders", Operation.CONSULTATION, (), security.MANY, "mass_reading", "high"),
        ("page.register:orders", Operation.CONSULTATION, (), security.MANY - 1, None, None),
        ("export.made", Operation.ADMINISTRATION, (), None, "export.everything", "high"),
        ("note.written", Operation.ALTERATION, (), None, None, None),
    ],
)
def test_what_the_log_keeps_is_told_by_a_stable_name(
    action: str,
    operation: Operation,
    rules: tuple[str, ...],
    count: int | None,
    event: str | None,
    severity: str | None,
    cast: Cast,
    lines: Written,
) -> None:
    security.tell([(draft(cast, action, operation, *rules, count=count), 7)])
    said = [(line["event"], line["severity"], line["entry"]) for line in lines.lines()]
    assert said == ([(event, severity, 7)] if event else [])


@pytest.mark.django_db
def test_an_entry_is_told_once_it_is_kept_and_never_before(
    cast: Cast, lines: Written, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as later:
        audit.refused(replace(cast.olu, name=CANARY), "page.case:pattern", at=NOW, rule="another site")
    assert not lines.lines("access.refused")
    for each in later:
        each()
    (line,) = lines.lines("access.refused")
    assert (line["rule"], line["who"]) == ("another site", security.hashed(cast.olu.staff.bytes))


def test_every_act_that_is_told_is_one_that_the_log_has() -> None:
    assert not security.BY_ACT.keys() - log_register()["acts"].keys()
    names = {event.name: event.severity for event in security.EVENTS}
    assert all(names[event.name] == event.severity for event in security.EVENTS), "one name, one severity"


def test_only_listed_facts_of_plain_kinds_are_said(lines: Written) -> None:
    from fourfold.gateways import logs

    logs.say("something", route="case:list", status=200, name=CANARY, who=f"{CANARY}, of 3 Harbour Row", rule=[CANARY])
    logging.getLogger("fourfold.work").warning("the work %s of %s", ROW, CANARY)
    one, other = lines.lines()
    assert {name: one.get(name) for name in ("route", "status", "name", "who", "rule")} == {
        "route": "case:list", "status": 200, "name": None, "who": "unreadable", "rule": "unreadable",
    }  # fmt: skip
    assert (other["event"], other["about"]) == ("the work %s of %s", [str(ROW)])
    assert sys.getsizeof(lines.text.getvalue()) < 2_000


def test_whoever_watches_reads_of_every_event_how_grave_it_is() -> None:
    said = (Path(__file__).parents[2] / "docs" / "how-to" / "watch-an-installation.md").read_text()
    for event in security.EVENTS:
        (row,) = re.findall(rf"^\| {event.severity} \|.*$", said, re.MULTILINE)
        assert f"`{event.name}`" in row, f"{event.name} is not said to be {event.severity}"
