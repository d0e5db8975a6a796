"""After a transfer, every statement that a page of the case makes for the first unit reads the case as it stood."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Account
from fourfold.cases import services as cases
from fourfold.demo.scenario import World
from tests.cast import NOW
from tests.web.conftest import start_session
from tests.web.crawler import targets
from tests.web.worlds import world_without

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

HANDED, LATER = 1, NOW + timedelta(hours=1)
#: The officer in the case and the advocate read most of it; the others read by the same statements.
READERS = ("P1", "P7")
#: What a page may ask of a table of a file as it is now, and why that tells the first unit nothing.
MAY_ASK = {
    "cases_case": "the row itself by its reference, to be opened; what is shown of it is read again, as it stood",
    "people_subject": "a name and a day of birth, which nobody changes in place",
}


def _held_tables() -> frozenset[str]:
    protected = (model for model in apps.get_models() if hasattr(model, "FILE_PATH") or hasattr(model, "SITE_PATH"))
    return frozenset(model._meta.db_table for model in protected)


def as_it_is(statement: str, tables: frozenset[str]) -> str:
    """Return the table that a statement begins with where it reads it as it is now; "" for any other statement.

    A list that begins with whom it is for names no file that was handed over.
    """
    found = re.match(r'SELECT .*? FROM "(\w+)"', statement.lstrip())
    if not found or found[1] not in tables or '"recorded_at" <=' in statement or '"handed_at" IS NULL' in statement:
        return ""
    return found[1]


def handed_over(world: World) -> str:
    """Let the first unit hand the case over, and the second take it on; return its reference."""
    work = world.cases[HANDED]
    asked = cases.ask_transfer(
        actor=world.people.at("northmoor-coordinator", NOW), case=work.case, to_site="southmere", reason="Moved.",
        victim_told_at=NOW, at=NOW,
    )  # fmt: skip
    cases.answer_transfer(
        actor=world.people.at("southmere-coordinator", NOW), asked=asked, accepts=True, reason="", at=NOW
    )
    return str(work.case.reference)


def test_every_statement_over_a_case_that_was_handed_over_reads_it_as_it_stood(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    """A list that begins without a scope reads what the other unit adds, unless it asks for what stood: none does."""
    later = settings.FOURFOLD.model_copy(update={"app_clock": LATER.isoformat()})
    tables, told, read = _held_tables(), defaultdict[str, set[tuple[str, str]]](set), 0
    with world_without(3, 6) as world:
        reference = handed_over(world)
        monkeypatch.setattr(settings, "FOURFOLD", later)
        places = [each.address for each in targets(world) if each.cases == (HANDED,) and reference in each.address]
        for persona in READERS:
            client = Client(raise_request_exception=False)
            start_session(client, Account.objects.get(email=world.people.logins[persona].email))
            for place in places:
                with CaptureQueriesContext(connection) as ran:
                    answer = client.get(place)
                if answer.status_code == 200:
                    read += 1
                    for one in ran.captured_queries:
                        told[as_it_is(one["sql"], tables)].add((persona, place))
    assert read > 20 * len(READERS), "the pages are read, or the test proves nothing"
    assert told.keys() - {""} <= MAY_ASK.keys(), {
        table: sorted(told[table])[:3] for table in told.keys() - {""} - MAY_ASK.keys()
    }
