"""A line a day to whoever asked for one: two numbers, once a day, and not a word of any case."""

from __future__ import annotations

import email
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from typer.testing import CliRunner

from fourfold.access import digests
from fourfold.access import services as access
from fourfold.access.models import DigestSent
from fourfold.access.terms import Refused
from fourfold.audit import queries as audit_queries
from fourfold.cli.main import app
from fourfold.gateways.mailroom import Mailroom
from fourfold.panel.terms import Strand
from fourfold.plan import services as plan
from fourfold.web import digest
from tests.cast import NOW, Cast, give_account
from tests.support.builders import case_of
from tests.web.conftest import start_session

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def busy(cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """The cast, with an action of the officer's that is late, and accounts for the officer and the clinician."""
    monkeypatch.setattr(
        settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"data_dir": tmp_path, "app_clock": NOW.isoformat()})
    )
    plan.open_action(
        actor=cast.officer, case=case_of(cast), strand=Strand.LEGAL, what="Serve it on Dean Marlow",
        owner_partner="northmoor-police", owner=cast.officer.staff, due_on=(NOW - DAY).date(), at=NOW - 2 * DAY,
    )  # fmt: skip
    for name in ("officer", "clinician"):
        give_account(cast, name, "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    return cast


def letters() -> list[email.message.Message]:
    return [email.message_from_bytes(path.read_bytes()) for path in settings.FOURFOLD.digest_dir.glob("*.eml")]


def test_whoever_asked_has_a_line_a_day_and_no_word_of_any_case(busy: Cast) -> None:
    access.ask_digest(actor=busy.officer, at=NOW)
    for _ in range(2):
        done = CliRunner().invoke(app, ["outbox", "digests"])
        assert done.exit_code == 0, done.output
    (letter,) = letters()
    assert (letter["To"], letter["Subject"]) == ("officer@demo.invalid", "Work")
    said = str(letter.get_payload())
    assert "overdue. Sign in to see what." in said
    for hidden in ("Marlow", "Quill", "FF-", "Serve", "http"):
        assert hidden not in letter.as_string()
    assert audit_queries.verify().findings == ()


def test_nobody_who_did_not_ask_or_has_nothing_due_is_written_to(busy: Cast) -> None:
    access.ask_digest(actor=busy.clinician, at=NOW)
    access.ask_digest(actor=busy.officer, at=NOW)
    access.end_digest(actor=busy.officer, at=NOW)
    assert CliRunner().invoke(app, ["outbox", "digests", "--json"]).output.strip() == '{"sent": 0, "still_waiting": 0}'
    assert letters() == []


def test_what_the_mail_room_cannot_take_is_tried_again(busy: Cast, tmp_path: Path) -> None:
    access.ask_digest(actor=busy.officer, at=NOW)
    (tmp_path / "blocked").write_text("")
    sent = access.send_digests(
        actor=busy.administrator, at=NOW, due=digest.due, mailroom=Mailroom(tmp_path / "blocked")
    )
    assert sent == (0, 1)
    assert not DigestSent.objects.exists()
    again = access.send_digests(actor=busy.administrator, at=NOW, due=digest.due, mailroom=Mailroom(tmp_path / "post"))
    assert again == (1, 0)


def test_only_who_lets_the_outbox_go_may_send_them(busy: Cast, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        access.send_digests(actor=busy.analyst, at=NOW, due=digest.due, mailroom=Mailroom(tmp_path))


def test_it_is_asked_for_and_ended_on_the_page_of_the_calendar(busy: Cast) -> None:
    client = Client()
    start_session(client, give_account(busy, "officer", "", ""))
    assert "Since 24 November 2026" in client.post("/calendar/", {"digest": "ask"}).content.decode()
    assert "No line is sent to you now." in client.post("/calendar/", {"digest": "end"}).content.decode()


@pytest.mark.parametrize(
    ("today", "late", "said"),
    [(3, 0, "3 due today."), (0, 1, "1 overdue."), (2, 5, "2 due today, 5 overdue."), (0, 0, "Nothing due.")],
)
def test_what_it_says(today: int, late: int, said: str) -> None:
    assert digests.text(today, late) == f"{said} Sign in to see what.\n"
