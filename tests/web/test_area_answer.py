"""The pages of an area and of a plan answer in one order; each number leads to its curve and bridge; long work is told of."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.gateways import underway
from fourfold.gateways.underway import Told, Underway
from fourfold.rollout.economics import effects
from fourfold.rollout.models import AreaPlanVersion
from fourfold.rollout.worked_out import ToWorkOut
from fourfold.web import long_work
from fourfold.web.long_work import begin
from tests.rollout.test_economics import RELEASED
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db
PLACE = "?district=E06000017"
AREA = f"/roll-out/districts/{PLACE}"
ORDER = (
    "What would come",
    "Whom you would need",
    "How long people would wait",
    "What it would change",
    "What it would cost",
    "What we recommend, and on what evidence",
    "What is not known yet",
)


@pytest.fixture
def lead(signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> Client:
    caches["worked_out"].clear()
    monkeypatch.setattr(long_work, "begin", lambda work: work())
    return signed_in("lead")


def text_of(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def headings(answer: Any) -> list[str]:
    return [" ".join(one.split()) for one in re.findall(r"<h2[^>]*>([^<]+)</h2>", answer.content.decode())]


def numbers_of(answer: Any) -> list[str]:
    """Return the addresses of the pages of numbers that a page leads to."""
    found = re.findall(r'href="([^"]*/number/[^"]+)"', answer.content.decode())
    return sorted({one.replace("&amp;", "&") for one in found})


def test_an_area_answers_in_order_and_each_number_leads_to_its_curve_and_bridge(lead: Client) -> None:
    first = lead.get(AREA)
    assert "This is being worked out" in text_of(first)
    assert "Refresh" not in first, "who reads what is there already is not torn away"
    waited = lead.get(f"/roll-out/districts/number/answer/{PLACE}")
    assert waited["Location"] == f"{AREA}#answer"
    with CaptureQueriesContext(connection) as asked:
        whole = lead.get(AREA)
    assert len(asked) == 13, "however many numbers it shows"
    assert [one for one in headings(whole) if one in ORDER] == list(ORDER)
    addresses = numbers_of(whole)
    assert len(addresses) >= 34
    for address in addresses[:: len(addresses) // 6]:
        said = lead.get(address).content.decode()
        assert "The chance of at most so much" in said, address
        assert said.count("<svg") >= 4, "a curve and a bridge, each wide and narrow"
        assert said.count("As a table") >= 2
    assert lead.get(f"/roll-out/districts/number/nonsense/{PLACE}").status_code == 404
    unknown = lead.get("/roll-out/E99/number/cost/")
    assert unknown.status_code == 404
    assert b'href="/roll-out/districts/"' in unknown.content, "a list that is named can be reached"


def test_what_knowing_more_is_worth_leads_to_its_curve_and_bridge(
    lead: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An effect is known, and a further act costs so much that no choice is best in every draw."""
    monkeypatch.setattr("fourfold.rollout.costing.effect_for_a_new_area", lambda **_: effects.known(RELEASED))
    dear = {"low": "20000", "central": "60000", "high": "200000", "year": "2024", "said_by": "the board", "once": "a"}
    assert lead.post("/roll-out/E23000038/cost/act/", dear).status_code == 303
    lead.get("/roll-out/E23000038/")
    whole = lead.get("/roll-out/E23000038/")
    assert "What knowing more would be worth" in headings(whole)
    found = [one for one in numbers_of(whole) if "/number/worth-" in one]
    assert len(found) >= 2
    for address in found[:2]:
        page = lead.get(address)
        assert page.content.count(b"<svg") >= 4, "a curve and a bridge, each wide and narrow"
        assert "with a standard error of £" in text_of(page)
        assert "what choosing anew gains in a year drawn" in text_of(page)
        assert "The steps add up exactly" in text_of(page)


def test_a_plan_answers_in_the_same_order_and_stands_as_it_was_saved(lead: Client, signed_in: SignIn) -> None:
    said = {"name": "Rutland, careful", "year": "2026", "reason": "Start small"}
    plan = lead.post(f"/roll-out/plans/new/{PLACE}", said)["Location"].split("?")[0]
    lead.get(plan)
    whole = lead.get(plan)
    assert [one for one in headings(whole) if one in ORDER] == list(ORDER)
    number = f"{plan}number/referrals/"
    assert number in numbers_of(whole)
    assert "The steps add up exactly" in text_of(lead.get(number))
    assert signed_in("evaluator").get(number).status_code == 404
    version = AreaPlanVersion.objects.get()
    version.figures[1]["range"]["middle"] += 5
    version.save()
    changed = text_of(lead.get(number))
    assert "how it came about cannot be shown any more" in changed
    assert "The steps add up exactly" not in changed
    assert "What we recommend" not in text_of(lead.get(plan)), "it would speak of other numbers"


def test_long_work_is_begun_once_told_of_and_neither_a_failure_nor_a_crowd_begins_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    waiting: list[Any] = []
    monkeypatch.setattr(long_work, "begin", waiting.append)
    seen: list[long_work.Underway] = []

    def work(told: Told) -> None:
        told(2, 7)
        seen.append(long_work.underway("some", work))
        raise RuntimeError("no room")

    assert long_work.underway("some", work) == Underway("some")
    assert len(waiting) == 1
    waiting[0]()
    assert seen == [Underway("some", 2, 7)]
    assert len(waiting) == 1, "begun once"
    for _ in range(2):
        assert long_work.underway("some", work).failed
    assert len(waiting) == 1, "not begun again on every load"
    monkeypatch.setattr(long_work, "FAILED_FOR", 0)
    assert not long_work.underway("some", work).failed, "and tried again later"
    with ExitStack() as others:
        for _ in range(long_work.MOST):
            assert others.enter_context(long_work._placed(tmp_path / "cache-underway"))
        assert long_work.underway("second", str).full
        waiting.pop()()
        assert len(waiting) == 1, "who finds no place leaves it to whoever looks next"
    assert not long_work.underway("second", str).full


def test_long_work_is_done_in_a_process_of_its_own_that_holds_nothing_of_ours(tmp_path: Path) -> None:
    """Whoever waits for the end of an answer, or for a lock that a request held, does not wait for the work."""
    ends, ours = os.pipe()

    def work() -> None:
        while not (tmp_path / "go").exists():
            time.sleep(0.01)
        (tmp_path / "named").write_text(str(os.getpid()))
        (tmp_path / "named").rename(tmp_path / "done")

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        begin(work)
    os.close(ours)
    assert os.read(ends, 1) == b"", "its copy of the other end is shut"
    os.close(ends)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    (tmp_path / "go").touch()
    until = time.monotonic() + 60
    while not (tmp_path / "done").exists():
        assert time.monotonic() < until
        time.sleep(0.01)
    assert int((tmp_path / "done").read_text()) != os.getpid()


def test_what_is_there_at_once_does_not_wait_for_the_rest(lead: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_work, "MOST", 0)
    begun: list[Any] = []
    monkeypatch.setattr(long_work, "begin", begun.append)
    said = text_of(lead.get("/roll-out/E23000001/"))
    assert "counted, not foretold" in said
    assert "Load the page again in a minute" in said
    assert "Try another team" in said
    assert "Every price with its source" in said
    full = lead.get(f"/roll-out/districts/number/cost/{PLACE}")
    assert (full.status_code, full["Retry-After"]) == (503, "60")
    monkeypatch.setattr(long_work, "MOST", 4)
    assert lead.get(f"/roll-out/districts/number/nonsense/{PLACE}").status_code == 404
    assert not begun, "nothing is begun for what there is not"


@pytest.fixture
def slow(lead: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Client:
    """Let whatever is worked out, in a process of its own, take until somebody stops it."""
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    monkeypatch.setattr(long_work, "begin", begin)
    monkeypatch.setattr(ToWorkOut, "work_out", _without_end)
    return lead


def _without_end(self: object, told: Told) -> None:
    told(1, 7)
    time.sleep(3600)


def until(says: str, ask: Callable[[], str]) -> str:
    """Ask again and again until the answer says so."""
    last = time.monotonic() + 60
    while says not in (said := ask()):
        assert time.monotonic() < last, said
        time.sleep(0.05)
    return said


def test_who_waits_stops_it_and_nobody_begins_it_again_by_looking(slow: Client, tmp_path: Path) -> None:
    waits = f"/roll-out/districts/number/answer/{PLACE}"
    until("1 of 7 steps are done", lambda: text_of(slow.get(waits)))
    page = slow.get(waits)
    action = re.findall(r'action="(/roll-out/work/[0-9a-f]{64}/)"', page.content.decode())[0]
    assert b'name="back" value="/roll-out/districts/number/answer/?district=E06000017"' in page.content
    led = slow.post(action, {"do": "stop", "back": waits})
    assert (led.status_code, led["Location"]) == (303, waits)
    stopped = until("This was stopped", lambda: text_of(slow.get(waits)))
    assert "Begin again" in stopped
    assert "Refresh" not in slow.get(waits), "nothing would change by itself"
    with underway.file_of(action.split("/")[3]).open("r+") as file:
        assert underway.taken(file), "nobody works on it"
    assert "This was stopped" in text_of(slow.get(AREA)), "on each page that waits for it"
    assert slow.post(action, {"do": "again", "back": "https://elsewhere.invalid/"})["Location"] == "/"
    until("1 of 7 steps are done", lambda: text_of(slow.get(waits)))
    slow.post(action, {"do": "stop", "back": waits})
    until("This was stopped", lambda: text_of(slow.get(waits)))
    assert slow.post("/roll-out/work/log-check/", {"do": "stop"}).status_code == 404, "no other work is stopped here"
    assert slow.post(action, {"do": "burn"}).status_code == 404


def test_what_a_change_would_move_is_stopped_with_all_that_was_typed(slow: Client) -> None:
    count = {"year": "2024", "count": "612", "said_by": "the force"}
    address = "/roll-out/E23000038/count/"

    def asked(do: str) -> str:
        return slow.post(address, count | {"do": do}).content.decode()

    until("1 of 7 steps are done", lambda: asked("show"))
    assert 'value="stop"' in asked("show")
    asked("stop")
    stopped = until("This was stopped", lambda: asked("show"))
    assert 'value="612"' in stopped, "nothing that was typed is lost"
    assert 'value="again"' in stopped
    until("1 of 7 steps are done", lambda: asked("again"))
    asked("stop")
    until("This was stopped", lambda: asked("show"))


def test_work_that_ended_is_neither_stopped_nor_takes_a_stop_of_before(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(settings.CACHES["default"], "LOCATION", tmp_path / "cache")
    underway.stop("some")
    assert underway.how_far("some") is None
    assert not list((tmp_path / "cache-underway").iterdir()), "nothing was asked for"
    with underway.file_of("some").open("a+") as file:
        assert underway.look(file, "some") is None
        underway.stop("some")
        assert underway.how_far("some") == Underway("some", stopping=True)
        underway.begins(file, "some")
        assert underway.how_far("some") == Underway("some"), "it begins anew, and nobody asked to stop that"
        underway.worked(file, "some", lambda told: "not enough", lambda: pytest.fail("nobody asked"))
    assert underway.how_far("some") == Underway("some", said="not enough")
    with underway.file_of("some").open("a+") as file:
        underway.begins(file, "some")
    assert underway.how_far("some") == Underway("some", failed=True), "whoever worked on it was killed"
    underway.forget("some")
    assert underway.how_far("some") is None
