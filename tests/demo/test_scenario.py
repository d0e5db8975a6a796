"""The small world for trying the product from outside: it repeats, it is full of canaries, it obeys every rule."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.apps import apps
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.test import Client

from fourfold.access.terms import Compartment
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.demo.scenario import PERSONAS, CannotSeed, World, seed_two_sites
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hash passwords quickly."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def set_environment(monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Change what the environment says."""
    monkeypatch.setattr(django_settings, "FOURFOLD", django_settings.FOURFOLD.model_copy(update=changes))


def stored() -> dict[str, str]:
    """Return every text that lies in the database, by table and column, as one string each."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        if not model.__module__.startswith("fourfold."):
            continue
        for row in _rows(model):
            for column, value in row.items():
                found.setdefault(f"{model._meta.label_lower}.{column}", []).append(str(value))
    return {place: "\n".join(texts) for place, texts in found.items()}


def _rows(model: type[models.Model]) -> list[dict[str, Any]]:
    every: Any = model._default_manager.all()
    return list((every.unscoped("the test looks at everything") if hasattr(every, "unscoped") else every).values())


def test_the_world_repeats_is_marked_everywhere_and_its_log_holds() -> None:
    """One test, for the world takes seconds to build."""
    world = seed_two_sites(seed=7, at=NOW)
    assert verify().clean
    told = world.as_json()
    assert [one["persona"] for one in told["personas"]] == [f"P{number}" for number in range(1, 14)]
    assert len({one["email"] for one in told["personas"]}) == len(PERSONAS)
    assert Counter(one["site"] for one in told["cases"]) == {"northmoor": 4, "southmere": 2}

    texts = stored()
    sealed = {
        word for word, where in world.canaries.given.items() if where.where.startswith(("safe_address", "exhibit"))
    }
    found = set(re.findall(r"CNRY-\d+-[a-z_]+-\d+", "\n".join(texts.values())))
    assert found == set(world.canaries.given) - (sealed - titles(world))

    in_the_log = "\n".join(text for place, text in texts.items() if place.startswith("audit."))
    assert "CNRY" not in in_the_log

    for case in world.cases:
        marked = Counter(c.compartment for c in world.canaries.given.values() if c.case == case)
        assert set(marked) >= {
            Compartment.CORE,
            Compartment.RISK,
            Compartment.VICTIM_CONTACT,
            Compartment.SUBJECT_IDENTITY,
            Compartment.SAFE_ADDRESS_SEALED,
            Compartment.CLINICAL,
            Compartment.ADVOCATE_CONFIDENTIAL,
            Compartment.EVIDENCE_ORIGINAL,
        }


@contextmanager
def undone() -> Iterator[None]:
    """Undo everything that is written inside."""
    mark = transaction.savepoint()
    yield
    transaction.savepoint_rollback(mark)


def titles(world: World) -> set[str]:
    """Return the canaries in the titles of documents, which lie open in their table."""
    return {word for word, where in world.canaries.given.items() if where.where == "exhibit.title"}


def test_the_same_seed_gives_the_same_world_and_a_missing_case_changes_nothing_else() -> None:
    worlds = []
    for without in ((5, 6), (5, 6), (2, 5, 6)):
        with undone():
            worlds.append(seed_two_sites(seed=7, at=NOW, without=without).as_json())
    assert worlds[0] == worlds[1]
    whole, lacking = worlds[0], worlds[2]
    assert [one for one in whole["cases"] if one["case"] != 2] == lacking["cases"]
    assert whole["personas"] == lacking["personas"]
    assert whole["sittings"] == lacking["sittings"]


def test_another_seed_gives_other_identifiers() -> None:
    references = []
    for seed in (1, 2):
        with undone():
            world = seed_two_sites(seed=seed, at=NOW, without=(3, 4, 5, 6))
            references.append({work.case.reference for work in world.cases.values()})
    assert not references[0] & references[1]


def test_the_command_prints_logins_identifiers_and_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, app_clock=NOW.isoformat())
    out = StringIO()
    call_command("seed_scenario", "--seed=3", "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert told["at"] == NOW.isoformat()
    assert {"email", "password", "totp_secret"} <= set(told["personas"][0])
    assert told["canaries"]["CNRY-1-core-1"]["case"] == 1
    with pytest.raises(CommandError, match="empty database"):
        call_command("seed_scenario", "--seed=3")


@pytest.mark.parametrize("changes", [{"production": True}, {"demo": False, "test_mode": False}], ids=str)
def test_nothing_invented_comes_into_production(monkeypatch: pytest.MonkeyPatch, changes: dict[str, object]) -> None:
    set_environment(monkeypatch, **changes)
    with pytest.raises(CommandError, match="demo or test mode only"):
        call_command("seed_scenario")
    assert not Entry.objects.exists()


def test_a_second_world_is_refused_with_what_to_do() -> None:
    seed_two_sites(seed=1, at=NOW, without=(2, 3, 4, 5, 6))
    with pytest.raises(CannotSeed, match="empty database"):
        seed_two_sites(seed=2, at=NOW)


def test_a_persona_signs_in_with_what_was_printed(client: Client) -> None:
    world = seed_two_sites(seed=1, at=datetime.now(UTC), without=(2, 3, 4, 5, 6))
    login = world.people.logins["P1"]
    cache.clear()
    client.post("/accounts/login/", {"login": login.email, "password": login.password})
    code = totp.format_hotp_value(totp.hotp_value(login.totp_secret, int(time.time()) // 30))
    client.post("/accounts/second-factor/authenticate/", {"code": code})
    shown = client.get(f"/api/cases/{world.cases[1].case.reference}")
    assert shown.status_code == 200
    assert "CNRY-1-core" in shown.content.decode()


def test_a_world_is_built_at_any_moment() -> None:
    at = datetime(2026, 10, 25, 0, 59, 59, 999999, tzinfo=UTC)
    assert seed_two_sites(seed=1, at=at, without=(2, 3, 4, 6)).cases.keys() == {1, 5}
    assert verify().clean
