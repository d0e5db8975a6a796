"""Ordinary use leaves nothing behind that looks like tampering: every form is sent, then the log is verified."""

from __future__ import annotations

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
from tests.web.crawler import read, sent_from, targets
from tests.web.worlds import world_without

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[World]:
    environment = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", environment)
    with world_without(planted=False) as seeded:
        yield seeded


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
