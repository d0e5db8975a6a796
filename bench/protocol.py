"""W1 to W9: the work of a unit on a hundred thousand cases, each step with its processor time and its SQL statements.

The bounds are those to which we hold ourselves (issue 22); docs/reference/speed.md says which of them are missed. Run by `make bench`, or alone: `python -m bench.protocol [cases]`. The database is made afresh in a temporary folder;
FOURFOLD_BENCH_DATA names a folder to keep it in, DATABASE_URL an empty PostgreSQL database to use instead.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.clock import answering, judged, line, seconds, worked
from bench.visitors import signed_in

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor
    from fourfold.intake.models import Allegation

CASES = 100_000
OFFICER, ANALYST = "officer@demo.invalid", "analyst@demo.invalid"


def main() -> None:
    """Fill the database and measure each step."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else CASES
    with ExitStack() as stack:
        kept = os.environ.get("FOURFOLD_BENCH_DATA")
        folder = kept or stack.enter_context(tempfile.TemporaryDirectory())
        os.environ["FOURFOLD_DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
        import django

        django.setup()
        import_module("fourfold.config.wsgi")  # as the server does
        print(f"W1 to W9 on {cases:,} cases; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        world = _World(Path(folder), cases)
        for step in (_w1, _w2, _w3, _w4, _w5, _w6, _w7, _w8, _w9):
            step(world)


class _World:
    """The filled database, who works in it, and how a page is asked for."""

    def __init__(self, folder: Path, cases: int) -> None:
        from fourfold.web import clock

        self.folder, self.at = folder, clock.now()
        self.longest = f"FF-{0:05X}"
        self._found(cases)
        self.officer, self.analyst = self.actor(OFFICER), self.actor(ANALYST)
        self._left(self.at - timedelta(days=2))
        self.client = signed_in(OFFICER)
        self.dice = random.Random(4)

    def _found(self, cases: int) -> None:
        from django.db import connection

        from bench import caseload
        from fourfold.cli import server
        from fourfold.demo import founding, roster
        from fourfold.demo.invented import Inventor
        from fourfold.people import services as people
        from fourfold.programme.acting import acting_as

        server.migrate()
        if acting_as(OFFICER, at=self.at) is not None:
            return
        posts = roster.posts(Inventor(1))
        founding.found_sites(at=self.at)
        list(founding.hire(posts, at=self.at))
        with connection.cursor() as cursor:
            sqlite = connection.vendor == "sqlite"
            cursor.execute("PRAGMA cache_size = -400000" if sqlite else "SET statement_timeout = 0")
        began = time.perf_counter()
        units = _units(founding.units(posts, at=self.at), posts, cases)
        filled = caseload.fill(units, today=self.at, cases=cases)
        people.rebuild_keys(actor=self.actor(ANALYST), at=self.at)
        caseload.counted()  # the keys; what `fill` wrote is counted
        if not sqlite:
            with connection.cursor() as cursor:
                cursor.execute("VACUUM")  # PostgreSQL marks by itself, after a while, what all may see
        took = time.perf_counter() - began
        line(f"W0  write {sum(filled.rows.values()):,} rows in {len(filled.rows)} tables", took, "s", 600)

    def _left(self, at: datetime) -> None:
        """Have the officer been here before, as whoever comes to work: what others did since stands in their home."""
        from fourfold.audit import services as audit

        with audit.reading(self.officer, "case.list", at=at):
            audit.consulted(self.officer, "case.list", at=at, compartments={"core"}, count=0)

    def actor(self, email: str) -> Actor:
        """Return whoever holds an account, as who acts now."""
        from fourfold.demo import founding

        return founding.acting(email, self.at)

    def page(self, address: str) -> Callable[[], object]:
        """Return the asking for one page, through every middleware."""

        def ask() -> object:
            answer = self.client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            return answer

        return ask


def _units(hired: dict[str, Any], posts: Any, cases: int) -> list[Any]:
    """Return the founded units, the first with most of the cases, and three more that are only rows; a country with more cases has
    more who work on them, so that an officer's years are as long in each.

    Nobody with an account works in those three: no page of a case can be shown whose site was never founded.
    """
    from bench.caseload import Unit
    from fourfold.access.terms import PartnerKind, Role

    half = max(1, 140 * cases // CASES)
    more = _more_staff(2 * half)
    police_first = sorted({(post.partner_kind != PartnerKind.POLICE, post.partner, post.site) for post in posts})
    real = [
        Unit(
            site,
            tuple(partner for _, partner, where in police_first if where == site),
            (*(each.hex for each in unit.people[Role.POLICE_OFFICER]), *more[:half]),
            (*(each.hex for each in unit.people[Role.VICTIM_ADVOCATE]), *more[half:]),
            share=5 if site == "cheshire" else 1,
        )
        for site, unit in sorted(hired.items())
    ]
    others = [
        Unit(
            site, tuple(f"{site}-{kind}" for kind in ("police", "nhs", "advocacy", "outreach")), tuple(more[:half]), ()
        )
        for site in ("fenmark", "saltmoor", "wythe")
    ]
    return real + others


def _more_staff(count: int) -> list[str]:
    """Put more people on record, so that four hundred share the work of a hundred thousand cases; they have no account."""
    from fourfold.access.models import Staff

    made = [Staff(name=f"Colleague {number}", partner="bench", partner_kind="police") for number in range(count)]
    return [each.pk.hex for each in Staff.objects.bulk_create(made)]


def _measure(
    what: str, work: Callable[[], object], bound: float, *, statements: float | None = None, times: int = 15
) -> None:
    """Print the milliseconds of processor that one run takes, ours and those of the server that answers us, which others on the
    machine cannot lengthen; beside it the median and the 95th percentile by the wall. And the SQL statements of one, where
    they have a bound.
    """
    work()
    asked, server = _statements(work), answering()
    own, both = time.process_time(), worked(server)
    taken = sorted(seconds(work) * 1000 for _ in range(times))
    own, both = ((now - before) * 1000 / times for now, before in ((time.process_time(), own), (worked(server), both)))
    middle, late = statistics.median(taken), taken[min(len(taken) - 1, int(len(taken) * 0.95))]
    note = f"by the wall {middle:,.0f}, p95 {late:,.0f}, least {taken[0]:,.0f} ms; {len(asked)} SQL"
    line(what, both, "ms", bound, note=f"{note}; the server {both - own:,.1f}" if server else note)
    if statements is not None:
        line(f"{what.partition(':')[0]}: statements", len(asked), "", statements)
    if os.environ.get("FOURFOLD_BENCH_SQL"):
        for took, sql in sorted(asked, reverse=True)[:3]:
            print(f"    {took * 1000:,.1f} ms {sql[:1500]}")


def _statements(work: Callable[[], object]) -> list[tuple[float, str]]:
    """Return how long each SQL statement of some work took, and its text."""
    from django.db import connection

    asked: list[tuple[float, str]] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, *rest)
        finally:
            asked.append((time.perf_counter() - began, sql))

    with connection.execute_wrapper(listen):
        work()
    return asked


def _w1(world: _World) -> None:
    numbers, told = iter(range(10_000)), _of_nobody(world, 18)
    _measure("W1  tell an allegation, audited", lambda: tell(world, next(numbers)), 25)
    _measure("W1  open its case: two people put on record", lambda: _open(world, next(told)), 25, statements=60)


def _of_nobody(world: _World, many: int) -> Iterator[Allegation]:
    """Return reports of two people of whom the unit holds nothing yet, as each is told of for the first time."""
    from fourfold.journey import holding

    every = (tell(world, -number) for number in range(1, 10_000))
    alone = (one for one in every if holding.is_alone(actor=world.analyst, report=one, at=world.at))
    return iter(list(islice(alone, many)))


#: A page of fifty asks for one more, to know whether another follows.
FIFTY = "LIMIT 51"


def list_in(statement: str) -> str:
    """Return the list of fifty alone, where SQLite is asked for other lists below it (`fourfold.access.beside`)."""
    listed = f"{statement.partition(FIFTY)[0]}{FIFTY}"
    return listed.rpartition("WITH found(")[2].partition(") AS (")[2] if "WITH found(" in listed else statement


def _reads(what: str, world: _World, address: str, table: str = "cases_case") -> None:
    """Print how many rows of a table a list of fifty reads; on SQLite, which tells of no numbers, how often it sorts."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from bench.plans import read_by

    with CaptureQueriesContext(connection) as asked:
        world.page(address)()
    [listed] = [list_in(each["sql"]) for each in asked if FIFTY in each["sql"]]
    sorts = connection.vendor == "sqlite"
    line(f"{what}: {'sorts' if sorts else 'rows read'}", read_by(listed, table), "", 0 if sorts else 200)


def _reads_mine(world: _World) -> None:
    """The same of an officer's own cases, on PostgreSQL: SQLite puts the sixty latest of them in order."""
    from django.db import connection

    if connection.vendor == "postgresql":
        _reads("W2  my cases", world, "/cases/?mine=yes")


def tell(world: _World, number: int) -> Allegation:
    from fourfold import journey
    from fourfold.intake.terms import Channel, PersonAsTold, Told

    dice = random.Random(f"W1 {number} {time.time_ns()}")
    victim, subject = (
        PersonAsTold(
            name=f"{_word(dice)} {_word(dice)}",
            birth=f"{date(1940, 1, 1) + timedelta(days=dice.randrange(24_000)):%d/%m/%Y}",
        )
        for _ in range(2)
    )
    told = Told(
        site="cheshire",
        channel=Channel.FEED,
        told_at=world.at,
        words="He waited by the door and wrote again.",
        reference=f"W1-{time.time_ns()}-{number}",
        victim=victim,
        subject=subject,
    )
    return journey.allegation_told(actor=world.analyst, told=told, at=world.at)


def _word(dice: random.Random) -> str:
    return "".join(dice.choice("bdfgklmnprstvz") + dice.choice("aeiou") for _ in range(4)).title()


def _open(world: _World, allegation: Allegation) -> None:
    """Put both people on record and open their case, in one write, as the desk does."""
    from fourfold import journey
    from fourfold.cases.terms import Outcome, ScreeningAnswers

    journey.case_taken_on(
        actor=world.analyst,
        allegation=allegation,
        answers=ScreeningAnswers(),
        outcome=Outcome.PANEL,
        reason="A pattern of acts.",
        at=world.at,
        both_new=True,
    )


def _w2(world: _World) -> None:
    _measure("W2  today, an officer's home page", world.page("/"), 12, statements=10)
    _measure("W2  my cases", world.page("/cases/?mine=yes"), 8)
    _measure("W2  every case of my unit, the first page", world.page("/cases/"), 8)
    _measure("W2  every open case at very high", world.page("/cases/?state=open&level=very_high"), 8)
    _measure("W2  the desk", world.page("/desk/"), 8)
    _reads("W2  every case of my unit", world, "/cases/")
    _reads("W2  every open case at very high", world, "/cases/?state=open&level=very_high")
    _reads("W2  the desk", world, "/desk/", "intake_allegation")
    _reads_mine(world)


def _w3(world: _World) -> None:
    from fourfold.cases.models import Case

    shown = Case.objects.visible_to(world.officer, at=world.at).order_by("-opened_at", "id")
    place = shown.count() * 9 // 10
    after = shown.values_list("reference", flat=True)[place]
    _measure(f"W3  the page after row {place:,}", world.page(f"/cases/?after={after}"), 8)
    _reads("W3  the page after", world, f"/cases/?after={after}")


def _w4(world: _World) -> None:
    from bench.caseload import misspelt
    from fourfold.people import queries as people
    from fourfold.people.models import Victim

    pks = list(Victim.objects.unscoped("bench").filter(site="cheshire").order_by("id").values_list("pk", flat=True))
    rows = Victim.objects.unscoped("bench").in_bulk(world.dice.sample(pks, min(400, len(pks))))
    typed = [(pk, misspelt(row.family_name, world.dice), row) for pk, row in rows.items()]
    found, took = 0, []
    for pk, family, row in typed:
        words = f"{row.given_name} {family}"
        began = time.perf_counter()
        answer = people.found(words, actor=world.officer, at=world.at)
        took.append((time.perf_counter() - began) * 1000)
        found += any(one.id == pk for one in answer)
    took.sort()
    line(f"W4  find {len(typed)} misspelt names", statistics.median(took), "ms", 100)
    line("W4  find them, p95", took[int(len(took) * 0.95)], "ms", 200)
    line("W4  how many of them are found", found / len(typed), "", 0.9, more_is_better=True)
    names = iter([f"{row.given_name}+{family}" for _, family, row in typed] * 2)
    _measure("W4  the page of what is found", _next_page(world, names), 20, times=30)


def _next_page(world: _World, names: Iterator[str]) -> Callable[[], object]:
    def ask() -> object:
        return world.page(f"/find/?q={next(names)}")()

    return ask


def _w5(world: _World) -> None:
    from fourfold.cases.models import Case

    ordinary = Case.objects.visible_to(world.officer, at=world.at).filter(acts=6).order_by("-opened_at").first()
    assert ordinary is not None
    _measure("W5  an ordinary case of six acts", world.page(f"/cases/{ordinary.reference}/"), 12, statements=20)
    _measure("W5  a case with 10,000 acts", world.page(f"/cases/{world.longest}/"), 35)
    _measure("W5  its history", world.page(f"/cases/{world.longest}/history/"), 25)


def _w6(world: _World) -> None:
    from bench.caseload import misspelt
    from fourfold.intake.models import Allegation
    from fourfold.intake.terms import Urgency
    from fourfold.linkage import queries as linkage
    from fourfold.people.models import Victim
    from fourfold.people.terms import Part

    rows = list(Victim.objects.unscoped("bench").filter(site="cheshire").exclude(birth_on=None).order_by("-id")[:200])
    took, right, wrong = [], 0, 0
    for row in rows:
        told = Allegation(
            site="cheshire",
            channel="feed",
            system="bench",
            reference="W6",
            told_at=world.at,
            received_at=world.at,
            victim_name=f"{row.given_name} {misspelt(row.family_name, world.dice)}",
            victim_birth=str(row.birth_on),
            victim_sex="F",
            urgency=Urgency.ROUTINE,
            controller=row.controller,
        )
        began = time.perf_counter()
        answer = linkage.candidates(world.analyst, told, Part.VICTIM, at=world.at)
        took.append((time.perf_counter() - began) * 1000)
        likely = [one for one in answer if one.comparison.confidence in linkage.WALLED_WHEN]
        right += any(one.id == row.pk for one in likely)
        wrong += sum(one.id != row.pk for one in likely)
    took.sort()
    note = f"p95 {took[int(len(took) * 0.95)]:,.0f} ms; precision {right / max(1, right + wrong):.2f}, recall {right / len(rows):.2f}"
    line("W6  who may this be: one new person", statistics.median(took), "ms", 200, note=note)


def _w7(world: _World) -> None:
    _measure("W7  the quarter of a unit, every question", world.page("/unit/quality/"), 400, times=5)


def _w8(world: _World) -> None:
    from dataclasses import replace

    from bench.clock import answering, held
    from bench.clock import worked as spent
    from fourfold.evaluation import codebook
    from fourfold.evaluation.queries import extracts
    from fourfold.gateways import parquet

    def export(most: int | None = None) -> codebook.Tally:
        rows, file = extracts._streamed("bench", world.at, ()), world.folder / "export.parquet"
        parquet.write(replace(rows, batches=islice(rows.batches, most)), extracts.COLUMNS, file, order_by="pseudonym")
        return codebook.Tally.of(file)

    _, once = held(lambda: export(1))
    took, more = held(export)
    server = answering()
    before = spent(server)
    count = export().rows
    worked = spent(server) - before
    note = f"{count:,} rows; {count / worked:,.0f} in a second of processor, the server's too"
    line("W8  every case as a de-identified row", count / took, "rows/s", 25_000, more_is_better=True, note=note)
    line("W8  memory beyond that of a first part", more, "MB", 50, note=f"those, and DuckDB itself: {once:.0f} MB")


def _w9(world: _World) -> None:
    from bench import crowd

    crowd.measure(signed_in)


if __name__ == "__main__":
    judged(main)
