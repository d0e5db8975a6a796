"""The log at a national rate: rows kept in bulk under its seal, entries of eight writers at once, and a long log verified.

    .venv/bin/python -m bench.chain [entries…]                                     SQLite
    .venv/bin/python -m tools.postgres --as-installed .venv/bin/python -m bench.chain [entries…]  PostgreSQL

The entries that are verified are as pages and writes leave them: chained, with their codes, each naming what opened it, and each fifth sealing a row.
Each size is added to the log that is there, in bulk and without the indexes by which people look for entries, of which a verification reads none: so ten million
are written in minutes. They take 12 GB. What is judged is half of the processor's seconds, of PostgreSQL's too, as two of them share the work, and that the last size
costs no more for an entry than the first. Eight writers are processes with connections of their own; what they kept is verified with the rest, and judged is
how many two processors would carry in a second. How many there were by the wall stands beside it: each waits for the one end of the chain, and a machine that does other
work lengthens that. The bench's PostgreSQL does not wait for its disk: where a commit does, that wait is the ceiling of one chain.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bench.clock import all_of_us, answering, judged, line, worked

if TYPE_CHECKING:
    from bench.protocol import _World

SIZES = (1_000_000, 10_000_000)
TEN_MILLION_S, TEN_MILLION = 60.0, 10_000_000
BULK, BULK_ROWS = 5_000, 50_000
WRITERS, APPENDED, SECONDS = 8, 1_500, 10.0
AT_ONCE, WRITES = 20_000, 5
WRITER, READY = "--writer", "ready"
COLUMNS = (
    *("seq", "at", "action", "operation", "actor", "file", "about_kind", "about_id"),
    *("body", "previous", "hash", "mac"),
)


def main() -> None:
    """Print a line for each promise."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    if sys.argv[1:2] == [WRITER]:
        print(json.dumps(_write()))
        return
    sizes = sorted({int(each) for each in sys.argv[1:]}) or list(SIZES)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        os.environ["FOURFOLD_DATA_DIR"] = folder
        import django

        django.setup()
        from django.db import connection

        from bench.protocol import _World

        world = _World(Path(folder), 500)
        print(f"The log on {connection.vendor}; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        _bulk(world)
        if connection.vendor == "postgresql":
            _writers()
        _verified(world, sizes)


def _bulk(world: _World) -> None:
    from fourfold.audit import services as audit
    from fourfold.base import new_id
    from fourfold.gateways.bulk import insert_rows
    from fourfold.people.models import Victim

    def kept(batch: list[int]) -> Any:
        held = {"site": "cheshire", "controller": "", "source": "bench", "recorded_at": world.at}
        by = {"recorded_by": world.analyst.staff}
        names = [{"given_name": f"Invented {each}", "family_name": "Bulk"} for each in batch]
        return insert_rows([Victim(id=new_id(), **name, **held, **by) for name in names])

    server = answering()
    began, before = time.perf_counter(), worked(server)
    audit.taken_over(world.analyst, "people.taken_over", range(BULK_ROWS), kept, at=world.at)
    took, spent = time.perf_counter() - began, worked(server) - before
    note = f"of processor, the server's too; by the wall {took:.1f} s"
    line("audit: rows kept in bulk under the seal", BULK_ROWS / spent, "rows/s", BULK, more_is_better=True, note=note)


def _writers() -> None:
    """Let eight processes append at once, and count what stands in the log afterwards."""
    from fourfold.audit import services as audit

    words = [sys.executable, "-m", "bench.chain", WRITER]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    writers = [subprocess.Popen(words, **pipes) for _ in range(WRITERS)]
    for writer in writers:
        assert _piped(writer.stdout).readline() == f"{READY}\n", "a writer did not begin"
    before, until = audit.how_long(), time.time() + SECONDS
    for writer in writers:
        print(until, file=_piped(writer.stdin), flush=True)
    said = [json.loads(writer.communicate()[0]) for writer in writers]
    told, spent = [each[0] for each in said], sum(each[1] for each in said)
    stands = audit.how_long() - before
    assert stands == sum(told), f"{sum(told)} entries were told to be kept, {stands} stand in the log"
    note = f"{spent / stands * 1000:.2f} ms of processor each, the server's too; by the wall {stands / SECONDS:,.0f}/s"
    note += f", each writer {min(told) / SECONDS:,.0f} to {max(told) / SECONDS:,.0f}; load {os.getloadavg()[0]:.1f}"
    line(f"audit: entries of {WRITERS} writers", 2 * stands / spent, "/s", APPENDED, more_is_better=True, note=note)


def _piped(file: IO[str] | None) -> IO[str]:
    assert file is not None
    return file


def _write() -> list[float]:
    """Append entries, one after the other, from when somebody says until when; return how many, and how long that took of processor."""
    import django

    django.setup()
    from bench.protocol import OFFICER
    from fourfold.audit import services as audit
    from fourfold.demo import founding
    from fourfold.web import clock

    actor, many = founding.acting(OFFICER, clock.now()), 0
    server = answering()
    print(READY, flush=True)
    until, before = float(sys.stdin.readline()), worked(server)
    while time.time() < until:
        audit.consulted(actor, "cases.read", at=clock.now(), count=1)
        many += 1
    return [many, worked(server) - before]


def _verified(world: _World, sizes: list[int]) -> None:
    """Let the log grow to each size and verify it whole."""
    from fourfold.audit import queries
    from fourfold.audit import services as audit

    of_each = []
    for size in sizes:
        began = time.perf_counter()
        _grow(world, size - audit.how_long())
        print(f"audit: a log of {size:,} written in {time.perf_counter() - began:,.0f} s", flush=True)
        began, before, own = time.perf_counter(), all_of_us(), time.process_time()
        verdict = queries.verify(with_rows=False)
        took, spent, own = time.perf_counter() - began, all_of_us() - before, time.process_time() - own
        shared = max(own, spent / 2)  # what one process does alone, nobody shares with it
        assert verdict.clean, verdict.findings[:3]
        assert verdict.entries == size
        of_each.append(spent / size)
        note = f"of two processors; by the wall {took:,.0f} s; load {os.getloadavg()[0]:.1f}"
        if size != TEN_MILLION:
            note += f"; at this rate ten million in {shared * TEN_MILLION / size:,.0f} s"
        line(f"audit: verify {size:,} entries", shared, "s", TEN_MILLION_S * size / TEN_MILLION, note=note)
    if len(of_each) > 1:
        line("audit: an entry of the longest by one of the shortest", of_each[-1] / of_each[0], "times", 1.1)


def _grow(world: _World, many: int) -> None:
    """Append entries as the service would, from texts that it made for a few pages and writes."""
    from bench.caseload import Table
    from fourfold.audit import parts, rules, signing
    from fourfold.audit.commitments import keyring
    from fourfold.audit.draft import NUMBER
    from fourfold.audit.models import Entry, Head

    head = Head.objects.get(pk=1)
    texts, dice = [(*text.split(NUMBER), shown) for text, shown in _texts(world)], random.Random(5)
    table, code = Table(Entry, *COLUMNS), parts._code(keyring(), head.size + 1)
    with _written_bare():
        while many > 0:
            rows, some = [], min(many, AT_ONCE)
            for seq in range(head.size + 1, head.size + some + 1):
                before, after, shown = dice.choice(texts)
                body = f'{before}"seq":{seq}{after}'
                digest = rules.link(head.hash, body)
                rows.append((seq, *shown, body, head.hash, digest, code(digest)))
                head.hash = digest
            table.write(rows)
            head.size += some
            many -= some
        head.save()
    signing.write(head.size, head.hash, world.at)


@contextmanager
def _written_bare() -> Iterator[None]:
    """Take the indexes of the log away but for that of its numbers, and on SQLite write each page once, and wait for no disk."""
    from django.db import connection, transaction

    with connection.cursor() as cursor:
        for name, about in connection.introspection.get_constraints(cursor, "audit_entry").items():
            if about["index"] and not about["primary_key"]:
                cursor.execute(f'DROP INDEX "{name}"')
        sqlite = connection.vendor == "sqlite"
        if sqlite:
            assert cursor.execute("PRAGMA journal_mode = OFF").fetchall() == [("off",)]
        with transaction.atomic():
            yield
        if sqlite:
            cursor.execute("PRAGMA journal_mode = WAL").fetchall()
        else:
            cursor.execute("VACUUM ANALYZE audit_entry")


def _texts(world: _World) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield texts of entries with what their columns show: pages of a file, each opened by rows of who acts, and writes, which seal it."""
    from fourfold.audit.draft import Draft, rests
    from fourfold.audit.terms import About, Operation
    from fourfold.cases.models import Case

    cases = Case.objects.visible_to(world.officer, at=world.at)[:200]
    for number, case in enumerate(cases):
        at = world.at.astimezone(UTC) + timedelta(microseconds=number + 1)
        about = About("cases.case", case.pk)
        draft = Draft(world.officer, "cases.read", at, Operation.CONSULTATION, case.pk, about)
        draft.compartments, draft.fields = {"case", "acts", "subject"}, {"level", "state", "acts"}
        if number % WRITES == 0:
            draft.action, draft.operation = "cases.level_set", Operation.ALTERATION
            draft.about(case)
            draft.seal_changes()
        token = rests.set(dict(world.officer.rests))
        draft.seal_what_it_rests_on()
        rests.reset(token)
        text = draft.text(0)
        assert json.loads(text)["seq"] == 0
        ids = [each.hex for each in (draft.actor.staff, case.pk, case.pk)]
        yield text, (f"{at:%Y-%m-%d %H:%M:%S.%f}", draft.action, str(draft.operation), *ids[:2], about.kind, ids[2])


if __name__ == "__main__":
    judged(main)
