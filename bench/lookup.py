"""One new allegation against a million known people: how long until its scored candidates are there, on both databases.

    python -m bench.lookup [PEOPLE]

The people of `bench.force` are put on record once into both databases; then each is asked two thousand times about
somebody told of with everything that goes wrong. The run over everybody would find a person where the two records share
a key and weigh as probable; the look-up is held against that.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bench.clock import line
from tools import postgres

KNOWN, ASKED, SEED = 1_000_000, 2_000, 11
BATCH = 20_000
FILL = {
    "people_victim": (
        *("id", "controller", "basis", "source", "recorded_at", "recorded_by", "site", "given_name", "family_name"),
        *("other_names", "name_key", "sound_key", "birth_on", "sex", "pronoun"),
    ),
    "people_victimreach": (
        *("id", "controller", "basis", "source", "recorded_at", "recorded_by", "victim_id", "kind", "value", "key"),
        "why_hostile",
    ),
    "people_findingkey": ("key", "strength", "person"),
}


def measure(known: int = KNOWN) -> None:
    """Fill both databases and print a line for each promise."""
    with tempfile.TemporaryDirectory() as folder, postgres.database(postgres.AS_INSTALLED) as server:
        places = {"SQLite": f"sqlite:///{folder}/known.sqlite3", "PostgreSQL": server}
        for url in places.values():
            _run("prepare", url, folder)
        began = time.perf_counter()
        with _into_both(f"{folder}/known.sqlite3", server) as insert:
            for batch in _rows(known):
                insert(batch)
        line(f"link: put {known:,} people on record, twice", time.perf_counter() - began, "s", 900)
        for name, url in places.items():
            found = json.loads(_run("ask", url, folder, str(known)))
            note = f"p50 {found['p50']:.2f} ms, {found['compared']:.0f} weighed in the middle, {found['whole']:.1f} ms with the log"
            line(f"link: candidates among {known:,}, {name}, p95", found["p95"], "ms", 5, note=note)
            line(f"link: share of the whole run's recall, {name}", found["recall"], "", 0.95, more_is_better=True)


def _run(what: str, url: str, folder: str, *more: str) -> str:
    env = {
        **os.environ,
        "DATABASE_URL": url,
        "FOURFOLD_DATA_DIR": folder,
        "DJANGO_SETTINGS_MODULE": "fourfold.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.lookup", what, *more], env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def _identifier(number: int) -> uuid.UUID:
    return uuid.UUID(int=random.Random(number).getrandbits(128), version=4)


def _rows(known: int) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
    """Yield the rows of people, of how they are reached, and of the keys by which they are found."""
    from bench.force import force
    from fourfold.people.rules import key_of, name_key, sound_key
    from fourfold.people.rules.search_keys import STRENGTH, keys_of, number_of, weak_keys_of
    from fourfold.people.terms import MarkKind

    nobody, when = uuid.UUID(int=0), "2026-11-24 09:00:00+00:00"
    held = ("northmoor-police", "police", "told", when, nobody)
    batch: dict[str, list[tuple[Any, ...]]] = {name: [] for name in FILL}
    for number, person in enumerate(force(known, seed=SEED).people):
        pk, name = _identifier(number), f"{person.given} {person.family}"
        given, family = person.given.title(), person.family.title()
        who = (pk, *held, "northmoor", given, family, "", name_key(name), sound_key(name), person.birth, person.sex, "")
        batch["people_victim"].append(who)
        ways = ((MarkKind.PHONE, person.phone), (MarkKind.EMAIL, person.email), (MarkKind.ADDRESS, person.door))
        marks = [(kind, value, key_of(kind, value)) for kind, value in ways if value]
        for kind, value, key in marks:
            batch["people_victimreach"].append((uuid.uuid4(), *held, pk, str(kind), value, key, ""))
        told = name, person.birth, [(kind, key) for kind, _, key in marks]
        for sort, key in keys_of(*told) | weak_keys_of(*told):
            batch["people_findingkey"].append((number_of("northmoor", "victim", sort, key), STRENGTH[sort], pk))
        if len(batch["people_victim"]) == BATCH:
            yield batch
            batch = {name: [] for name in FILL}
    yield batch


@contextmanager
def _into_both(path: str, server: str) -> Iterator[Any]:
    """Yield a function that inserts rows into the two databases, plainly and as they are."""
    import psycopg

    sqlite3.register_adapter(uuid.UUID, lambda one: one.hex)
    with sqlite3.connect(path) as small, psycopg.connect(server) as large:
        small.execute("PRAGMA synchronous=OFF")
        small.execute("PRAGMA cache_size=-400000")

        def insert(batch: dict[str, list[tuple[Any, ...]]]) -> None:
            for table, rows in batch.items():
                columns = ", ".join(FILL[table])
                places = ", ".join("?" * len(FILL[table]))
                plain = [tuple(str(cell) if hasattr(cell, "isoformat") else cell for cell in row) for row in rows]
                small.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", plain)
                with large.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            small.commit()

        yield insert
    with psycopg.connect(server, autocommit=True) as large:
        large.execute("VACUUM ANALYZE")  # as a server does by itself once rows have come
    with sqlite3.connect(path) as small:
        small.execute("ANALYZE")


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from tests import cast

    cast.programme()


def _ask(known: int) -> None:
    """Ask about people told of with all that goes wrong, and print what was found and how long each took."""
    import django

    django.setup()
    from bench.force import Noise, force, told
    from fourfold.access import queries as access_queries
    from fourfold.access.models import Staff
    from fourfold.intake.models import Allegation
    from fourfold.linkage import queries, rules
    from fourfold.linkage.terms import Confidence
    from fourfold.people.terms import Part
    from tests.cast import NOW

    area = force(known, seed=SEED)
    analyst = Staff.objects.get(name="Analyst")
    actor = access_queries.actor_of(analyst, at=NOW, session="bench", strength="password+totp", purpose="casework")
    taken, whole, compared, found, could = [], [], [], 0, 0
    likely = {Confidence.STRONG, Confidence.PROBABLE}
    perfect = Noise(0, 0, 0, 0, 0)
    model = queries.weights_of("northmoor")
    for count in range(ASKED):
        number = area.dice.randrange(known)
        said = told(area, number, Noise())
        birth = f"{said.birth:%d/%m/%Y}" if said.birth else ""
        columns = {"name": said.name, "birth": birth, "sex": said.sex, "phone": said.phone, "email": said.email}
        row = Allegation(
            site="northmoor",
            controller="northmoor-police",
            **{f"victim_{name}": value for name, value in columns.items()},
            victim_address=said.address,
        )
        traits = queries.told_of(row, Part.VICTIM, on=NOW.date())
        began = time.perf_counter()
        candidates = queries.weighed("northmoor", Part.VICTIM, traits)
        taken.append((time.perf_counter() - began) * 1000)
        compared.append(len(candidates))
        truth = told(area, number, perfect).traits
        truth = type(truth)(truth.name, area.people[number].birth, area.people[number].sex, _marks(area.people[number]))
        if rules.keys(traits) & rules.keys(truth) and rules.compare(traits, truth, model).confidence in likely:
            could += 1
            found += any(one.id == _identifier(number) for one in candidates)
        if count % 20 == 0:
            began = time.perf_counter()
            queries.candidates(actor, row, Part.VICTIM, at=NOW)
            whole.append((time.perf_counter() - began) * 1000)
    taken.sort()
    answer = {
        "p50": taken[len(taken) // 2],
        "p95": taken[int(len(taken) * 0.95)],
        "recall": found / max(could, 1),
        "compared": sorted(compared)[len(compared) // 2],
        "whole": sorted(whole)[len(whole) // 2],
    }
    print(json.dumps(answer))


def _marks(person: Any) -> frozenset[Any]:
    from fourfold.people.rules import key_of
    from fourfold.people.terms import MarkKind

    told = ((MarkKind.PHONE, person.phone), (MarkKind.EMAIL, person.email), (MarkKind.ADDRESS, person.door))
    return frozenset((kind, key_of(kind, value)) for kind, value in told if value)


if __name__ == "__main__":
    if sys.argv[1:2] == ["prepare"]:
        _prepare()
    elif sys.argv[1:2] == ["ask"]:
        _ask(int(sys.argv[2]))
    else:
        measure(int(sys.argv[1]) if len(sys.argv) > 1 else KNOWN)
