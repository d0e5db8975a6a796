"""The log says of each page of a case exactly what it showed: no compartment more, and none less.

Each compartment is shut behind the reader's back, one at a time. Where the page changes, it shows that compartment, and
its entry must name it; where every byte stays, the entry may not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Opened
from fourfold.audit.models import Entry
from fourfold.audit.terms import Operation
from fourfold.demo.scenario import World
from tests.web.crawler import Answer, Target, read, targets
from tests.web.test_leaks import NOW, signed_in_as
from tests.web.worlds import world_without

pytestmark = [pytest.mark.django_db, pytest.mark.one_database, pytest.mark.slow]

#: One of each profession who works on case 1.
READERS = ("P1", "P5", "P7", "P9")
#: Open to whoever reads the page at all; and what two people open together, which no page shows by itself.
#: Forms that show nothing of the file but the reference that stands in their address.
SHOW_NOTHING = {"orders:untold", "orders:apply", "orders:custody"}
NOT_SHUT = {Compartment.CORE, Compartment.SAFE_ADDRESS_SEALED}
#: Its list of compartments to choose from is as long as the reader may see; it shows nothing that is in them.
OFFERS_COMPARTMENTS = {"disclosures:record"}


@pytest.fixture(autouse=True)
def _at_one_moment(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """Let both readings of a page fall on one moment: a form that says the time of day is no other a minute later."""
    environment = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", environment)


def of_the_case(world: World) -> list[Target]:
    """Return every page with the reference of case 1 in its address."""
    reference = world.cases[1].case.reference
    return [target for target in targets(world) if reference in target.address and "?" not in target.address]


@contextmanager
def shut(compartment: Compartment | None) -> Iterator[None]:
    """Shut one compartment of every file that is opened, for reading alone."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("opened", "opened_at_site"):
            patch.setattr(access_queries, name, _without(compartment, getattr(access_queries, name)))
        yield


def _without(compartment: Compartment | None, opening: Callable[..., Opened]) -> Callable[..., Opened]:
    def opened(*args: Any, **more: Any) -> Opened:
        file = opening(*args, **more)
        return replace(file, readable=file.readable - {compartment})

    return opened


def named(client: Client, target: Target) -> tuple[Answer, set[Compartment] | None]:
    """Return a page, and the compartments that its entry in the log names; None where it has left no entry."""
    last = Entry.objects.order_by("-seq").values_list("seq", flat=True)[0]
    answer = read(client, target)
    entries = list(Entry.objects.filter(seq__gt=last, operation=Operation.CONSULTATION))
    if not entries:
        return answer, None
    parts = {part for entry in entries for part in json.loads(entry.body).get("compartments", ())}
    return answer, {Compartment(part) for part in parts}


@pytest.mark.parametrize("reader", READERS)
def test_the_entry_of_a_page_names_exactly_what_the_page_shows(reader: str) -> None:
    wrong, seen = [], set[str]()
    with world_without() as world:
        client = signed_in_as(world, reader)
        readable = access_queries.opened(world.people.at(reader, NOW), world.cases[1].case.pk, at=NOW).readable
        for target in of_the_case(world):
            if target.route in seen | OFFERS_COMPARTMENTS:
                continue
            page, says = named(client, target)
            if page.status != 200:
                continue
            seen.add(target.route)
            if says is None and target.route in SHOW_NOTHING:
                continue
            if says is None:
                wrong.append(f"{target.route} {target.address}: opens a file without an entry")
                continue
            page = read(client, target)  # the first reading of all may say that it is the first
            for compartment in (readable | says) - NOT_SHUT:
                with shut(compartment):
                    other = read(client, target)
                shows = page.masked() != other.masked()
                if shows != (compartment in says):
                    wrong.append(
                        f"{target.route} {target.address}: {compartment} is {'shown' if shows else 'not shown'}"
                    )
    assert len(seen) > 5
    assert not wrong, "\n".join(wrong)


def test_the_page_of_a_case_costs_24_statements_for_whoever_reads_it(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    with world_without() as world:
        page = next(target for target in of_the_case(world) if target.route == "case:pattern")
        for reader in READERS[:3]:
            client = signed_in_as(world, reader)
            read(client, page)
            with django_assert_max_num_queries(24):
                assert read(client, page).status == 200
