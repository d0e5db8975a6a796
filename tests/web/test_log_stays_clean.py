"""Ordinary use leaves nothing behind that looks like tampering: every form is sent, then the log is verified."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from fourfold.access.models import Account
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.demo.scenario import World
from fourfold.demo.scenario.people import PERSONAS
from fourfold.governance.verification import whole_log
from tests.cast import NOW
from tests.web.conftest import start_session
from tests.web.crawler import Answer, Target, filled_in, read, targets
from tests.web.worlds import world_without

pytestmark = pytest.mark.django_db

FORM = re.compile(rb"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
ACTION = re.compile(rb'action="([^"]*)"')
#: What a form asks for that no invented words answer, by the end of a field's name.
TYPED = (
    ("year", "2026"),
    ("month", "11"),
    ("day", "23"),
    ("_on", "2026-11-23"),
    ("_at", "2026-11-23T10:00"),
    ("email", "a@b.example"),
)
#: They would end the walk itself.
NOT_SENT = ("/sign-out", "/language", "/purpose")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    environment = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", environment)
    with world_without(planted=False) as seeded:
        yield seeded


def sent_from(page: Answer, address: str) -> list[Target]:
    """Return what somebody might send with each form of a page, by itself."""
    found = []
    for attributes, inside in FORM.findall(page.content):
        if b"post" not in attributes.lower():
            continue
        action = ACTION.search(attributes)
        to = (action[1].decode() if action and action[1] else address).replace("&amp;", "&")
        said = dict(filled_in(Answer(200, {}, inside)))
        said = {name: value for name, value in said.items() if name not in ("later", "drop")}  # to be sent, not kept
        for name, value in said.items():
            if value == "Invented":
                said[name] = next((typed for ending, typed in TYPED if name.endswith(ending)), value)
        if to.startswith("/") and not to.startswith(NOT_SENT) and not to.startswith("/accounts/"):
            found.append(Target(to, to, method="POST", said=tuple(said.items())))
    return found


@pytest.mark.slow
def test_every_page_s_form_leaves_the_log_clean(world: World) -> None:
    assert whole_log().findings == ()
    first = {}
    for target in targets(world):
        if target.cases in ((), (1,)):
            first.setdefault((target.route, target.address.count("/")), target)
    told, before = Counter[str](), Entry.objects.count()
    for persona in (post.key for post in PERSONAS):
        client = Client(raise_request_exception=False)
        start_session(client, Account.objects.get(email=world.people.logins[persona].email))
        sent: set[str] = set()
        for target in first.values():
            page = read(client, target)
            for form in sent_from(page, target.address) if page.status == 200 else ():
                if form.address not in sent:
                    sent.add(form.address)
                    told[str(read(client, form).status)] += 1
    wrote = Entry.objects.filter(seq__gt=before).exclude(operation__in=("consultation", "refusal"))
    actions = set(wrote.values_list("action", flat=True))
    sys.stdout.write(f"{dict(told)}, {len(actions)} kinds of write: {' '.join(sorted(actions))}\n")
    assert whole_log().findings == ()
    assert verify(every_row=True).entries > before
    assert len(actions) > 8
