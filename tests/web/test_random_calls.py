"""Nothing that is sent, by whomever and to whichever address, makes the site fail."""

from __future__ import annotations

import os
import sys
from typing import Any

import pytest
from django.test import Client

from fourfold.access.models import Account
from tests.cast import NOW
from tests.web.conftest import start_session
from tests.web.random_calls import Caller, kinds
from tests.web.worlds import world_without

#: FOURFOLD_RANDOM_MINUTES=60 makes it an hour; FOURFOLD_RANDOM_SEED plays another one.
MINUTES = float(os.environ.get("FOURFOLD_RANDOM_MINUTES", "0"))
MANY = int(os.environ.get("FOURFOLD_RANDOM_CALLS", "1500"))
SEED = int(os.environ.get("FOURFOLD_RANDOM_SEED", "16"))


@pytest.mark.slow
@pytest.mark.django_db
def test_no_call_at_random_fails(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()}))
    with world_without() as world:

        def sign_in(persona: str) -> Client:
            client = Client(raise_request_exception=False)
            start_session(client, Account.objects.get(email=world.people.logins[persona].email))
            return client

        caller = Caller(world, SEED, sign_in)
        faults = caller.call(MANY, MINUTES * 60)
    sys.stdout.write(f"{caller.calls:,} calls: {dict(sorted(caller.statuses.items()))}\n")
    sys.stdout.write(f"writes: {dict(sorted(caller.writers.items()))}\n")
    assert not faults, f"{len(faults)} of {caller.calls}:\n\n" + "\n\n".join(kinds(faults))
    assert caller.statuses.keys() >= {200, 303, 404, 405, 422}
    assert not MINUTES or caller.writers.keys() == {*caller.personas, "nobody"}, "somebody sent nothing"
