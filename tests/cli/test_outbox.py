"""The outbox as a timer runs it: what may go goes, what may not is stopped, and nothing is said of what it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.access.terms import Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cli.main import app
from fourfold.people import services as people
from fourfold.people.models import Message
from fourfold.people.queries.messages import outbox
from fourfold.people.terms import Channel, SafeContactRule
from tests.cast import NOW, Cast, give_account
from tests.people.builders import HER_NUMBER, File, file_of, reach

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TEXT = "Are you free at ten?"


@pytest.fixture
def hers(cast: Cast) -> File:
    """A victim who takes texts between ten and two."""
    hers = file_of(cast)
    rule = SafeContactRule((Channel.TEXT,), time(10), time(14))
    people.agree_safe_contact(actor=cast.advocate, case_file=hers.file, victim=hers.victim, rule=rule, at=NOW)
    return hers


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what types a command at a moment, and answers with its exit code and what it said."""

    def at(moment: datetime, *command: str) -> tuple[int, str]:
        stopped = settings.FOURFOLD.model_copy(update={"app_clock": moment.isoformat()})
        monkeypatch.setattr(settings, "FOURFOLD", stopped)
        done = CliRunner().invoke(app, ["outbox", *command])
        return done.exit_code, done.output

    return at


def write(cast: Cast, hers: File, text: str = TEXT) -> Message:
    return people.send_message(
        actor=cast.advocate, case_file=hers.file, victim=hers.victim, channel=Channel.TEXT, text=text, at=NOON
    )


def carried() -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in settings.FOURFOLD.outbox_dir.glob("*.json")]


def test_a_timer_sends_what_waits_once(cast: Cast, hers: File, typed: Any) -> None:
    message = write(cast, hers)
    assert typed(NOON, "dispatch") == (0, "sent 1, stopped 0, still waiting 0\n")
    assert typed(NOON, "dispatch") == (0, "sent 0, stopped 0, still waiting 0\n")
    (left,) = carried()
    assert (left["id"], left["to"], left["text"]) == (str(message.pk), HER_NUMBER, TEXT)
    assert Entry.objects.latest("seq").action == "message.sent"
    assert audit_queries.verify().clean


def test_what_would_break_a_rule_now_is_stopped_and_says_why_on_its_page(cast: Cast, hers: File, typed: Any) -> None:
    message = write(cast, hers)
    code, said = typed(NOON + timedelta(hours=3), "dispatch", "--json")
    assert (code, json.loads(said)) == (0, {"sent": 0, "stopped": 1, "still_waiting": 0})
    row = Message.objects.unscoped("test").get(pk=message.pk)
    assert row.why_stopped.startswith("Outside the safe hours")
    assert carried() == []


def test_a_number_that_changed_stops_what_was_written_to_the_old_one(cast: Cast, hers: File, typed: Any) -> None:
    write(cast, hers)
    reach(cast, hers.victim, "07700 900333", at=NOW + timedelta(minutes=5))
    assert typed(NOON, "dispatch")[1].startswith("sent 0, stopped 1")


def test_while_the_transport_is_down_the_timer_fails_and_the_message_waits(cast: Cast, hers: File, typed: Any) -> None:
    write(cast, hers)
    settings.FOURFOLD.outbox_dir.write_text("a file where the folder should be")
    assert typed(NOON, "dispatch") == (1, "sent 0, stopped 0, still waiting 1\n")
    settings.FOURFOLD.outbox_dir.unlink()
    assert typed(NOON, "dispatch") == (0, "sent 1, stopped 0, still waiting 0\n")


def test_the_list_says_that_something_waits_and_nothing_of_it(cast: Cast, hers: File, typed: Any) -> None:
    message = write(cast, hers)
    for form in ((), ("--json",)):
        code, said = typed(NOON, "list", *form)
        assert code == 0
        assert str(message.pk) in said
        for content in (HER_NUMBER, TEXT, "Robin", "Sample", "safe hours", str(hers.file)):
            assert content not in said


def test_whoever_holds_an_account_acts_as_themselves(cast: Cast, hers: File, typed: Any) -> None:
    write(cast, hers)
    give_account(cast, "clinician", "a long invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert typed(NOON, "dispatch", "--as", "clinician@demo.invalid")[0] == 3
    assert typed(NOON, "list", "--as", "clinician@demo.invalid")[0] == 3
    assert typed(NOON, "dispatch", "--as", "nobody@demo.invalid")[0] == 2
    assert carried() == []


@pytest.mark.parametrize("name", ["clinician", "outreach", "analyst", "chair", "governance", "evaluator"])
def test_other_roles_neither_send_nor_look(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        outbox(actor=cast.actor(name), at=NOON)


def test_two_timers_at_once_carry_it_once(cast: Cast, hers: File, typed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second has read that it waits, and finds it gone when its turn comes."""
    message = write(cast, hers)
    seen: list[int] = []
    from fourfold.people.services import contact

    dispatch = contact._dispatch

    def after_another(*told: Any) -> str:
        if not seen:
            seen.append(1)
            Message.objects.unscoped("test").filter(pk=message.pk).update(state="sent", sent_at=NOON)
        return dispatch(*told)

    monkeypatch.setattr(contact, "_dispatch", after_another)
    assert typed(NOON, "dispatch") == (0, "sent 0, stopped 0, still waiting 0\n")
    assert carried() == []
