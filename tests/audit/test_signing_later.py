"""What a process wrote last is signed outside the database as well, though it goes on and writes nothing more."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.conf import settings
from django.db import connection

from fourfold.audit import queries, services, signing
from fourfold.audit.models import Entry, Head
from fourfold.base import new_id
from tests.audit.test_services import kinds, unlock
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

Committing = Callable[..., AbstractContextManager[object]]


class Clock:
    """A timer that rings when it is told to: what it was set for, and what it does then."""

    def __init__(self) -> None:
        self.set_for: list[float] = []

    def __call__(self, seconds: float, rings: Callable[[], None]) -> Clock:
        self.set_for.append(seconds)
        self.ring = rings
        return self

    def start(self) -> None:
        """Begin to wait, which takes no time here."""


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A process without a timer yet, whose timers are told when to ring; no time passes between its entries."""
    clock = Clock()
    monkeypatch.setattr(signing.threading, "Timer", clock)
    monkeypatch.setattr(signing.time, "monotonic", lambda: 1_000_000.0)
    monkeypatch.setattr(signing._Later, "timer", None)
    monkeypatch.setattr(signing, "_waiting", {})
    return clock


def write(cast: Cast, entries: int) -> None:
    for _ in range(entries):
        services.consulted(cast.officer, "case.read", at=NOW, file=new_id())


def cut_to(size: int) -> None:
    """Do as somebody with full power over the database would: take the last entries away, and turn the end back."""
    unlock()
    kept = Entry.objects.get(seq=size)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_entry WHERE seq > %s", [size])
    Head.objects.update(size=size, hash=kept.hash)


@pytest.mark.parametrize("left", [1, 2, 4])
def test_a_cut_tail_is_found_though_the_process_goes_on_and_writes_nothing_more(
    cast: Cast, clock: Clock, django_capture_on_commit_callbacks: Committing, left: int
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        write(cast, 5)
    assert Head.objects.get().size == 5
    assert clock.set_for == [signing.EVERY_S], "one timer for all that waits"
    clock.ring()
    assert queries.signed_checkpoints().signed[-1].size == 5
    assert queries.verify().clean
    cut_to(left)
    assert "cut" in dict(kinds())


def test_what_a_later_write_has_signed_is_not_signed_again(
    cast: Cast, clock: Clock, django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        write(cast, 3)
    services.checkpoint(at=NOW)
    clock.ring()
    assert [each.size for each in queries.signed_checkpoints().signed] == [1, 3]
    with django_capture_on_commit_callbacks(execute=True):
        write(cast, 1)
    assert len(clock.set_for) == 2, "the next entry that waits has a timer again"
    clock.ring()
    assert [each.size for each in queries.signed_checkpoints().signed] == [1, 3, 4]
    assert queries.verify().clean


def test_a_full_disk_stops_neither_the_timer_nor_the_next_one(
    cast: Cast, clock: Clock, django_capture_on_commit_callbacks: Committing, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        write(cast, 2)
    with monkeypatch.context() as full:
        full.setattr(signing.private, "append", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        clock.ring()
    with django_capture_on_commit_callbacks(execute=True):
        write(cast, 1)
    clock.ring()
    assert settings.FOURFOLD.checkpoints.read_text().count("\n") == 2
    assert queries.signed_checkpoints().signed[-1].size == 3
