"""A process of its own in which two timers send a message while somebody withdraws; run by test_withdrawn_while_sending.py.

    python -m tests.faults.sending FOLDER ROUNDS [unheld]

Real threads on real connections, to a database of its own: a SQLite file, or one on the PostgreSQL of DATABASE_URL. Each
thread stops before every step that matters, and a schedule says who makes the next: the same steps in another order in
every round. A thread that waits for a lock really waits for it; on SQLite, which asks again and again, it is passed over.
`unheld` takes the lock out, and one timer, to see that the rounds find what the lock prevents. Prints JSON.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import django

STEPS = {"first timer": 8, "second timer": 6, "withdrawal": 5}
WITHDRAWALS = ("set aside", "ended", "withdrawn", "hostile", "mark", "taken over", "agreement")
Schedule = tuple[str, ...]


def schedules(rounds: int, names: Iterable[str], seed: int = 16) -> list[Schedule]:
    """Return that many orders of the steps, no two the same."""
    dice, found = random.Random(seed), dict.fromkeys(())
    steps = [name for name in names for _ in range(STEPS[name])]
    while len(found) < rounds:
        dice.shuffle(steps)
        found[tuple(steps)] = None
    return list(found)


class Worker:
    """A thread with its own connection, which makes one step each time it is let."""

    def __init__(self, name: str, stage: Stage) -> None:
        self.name, self.stage, self.at = name, stage, "done"
        self.let, self.jobs = threading.Semaphore(0), SimpleQueue[Callable[[], None] | None]()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        from django.db import connection

        connection.ensure_connection()
        really, back = connection._commit, connection._rollback
        connection._commit, connection._rollback = lambda: self.end(really, kept=True), lambda: self.end(back)
        with connection.execute_wrapper(self.before):
            while (job := self.jobs.get()) is not None:
                self.stop("start")
                try:
                    job()
                except Exception as fault:  # noqa: BLE001 -- told in the report
                    self.stage.told.append(("fault", f"{self.name}: {type(fault).__name__}: {fault}"))
                self.arrive("done")
        connection.close()

    def stop(self, where: str) -> None:
        """Stand before a step until the schedule lets this thread make it."""
        self.arrive(where)
        self.let.acquire()

    def arrive(self, where: str) -> None:
        self.at = where
        self.stage.arrivals.put(self)

    def before(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        where = self.stage.step_of(sql)
        if where and not (where == "lock" and self.stage.owner is self):
            self.stop(where)
            if where == "lock":
                answer = execute(sql, params, many, context)
                self.stage.owner = self
                return answer
        return execute(sql, params, many, context)

    def end(self, really: Callable[[], None], *, kept: bool = False) -> None:
        if self.stage.owner is not self:
            return really()
        self.stop("end")
        self.stage.owner = None
        really()
        if self.name == "withdrawal" and kept:
            self.stage.told.append(("withdrawn", ""))
        return None


class Stage:
    """Who stands where, who holds the lock, and what happened in which order."""

    def __init__(self, vendor: str, names: Iterable[str]) -> None:
        self.postgres = vendor == "postgresql"
        self.arrivals: SimpleQueue[Worker] = SimpleQueue()
        self.owner: Worker | None = None
        self.told: list[tuple[str, str]] = []
        self.made: list[str] = []
        self.workers = {name: Worker(name, self) for name in names}
        self.waiting: set[Worker] = set()

    def step_of(self, sql: str) -> str:
        """Return which step a statement begins, "" for one that is part of the step before."""
        if self.postgres and "audit_head" in sql and "FOR UPDATE" in sql:
            return "lock"
        if sql.startswith("BEGIN"):
            return "lock"
        if sql.startswith(("INSERT INTO", "UPDATE")) and "people_" in sql and "people_message" not in sql:
            return "write"
        return "check" if "people_sameperson" in sql and sql.startswith("SELECT") else ""

    def play(self, schedule: Schedule, jobs: dict[str, Callable[[], None]]) -> None:
        self.told, self.made, self.owner, self.waiting = [], [], None, set()
        for name, job in jobs.items():
            self.workers[name].jobs.put(job)
        for _ in jobs:
            self.arrivals.get()
        for name in schedule:
            self.step(self.workers[name])
        while any(worker.at != "done" for worker in self.workers.values()):
            for worker in self.workers.values():
                self.step(worker)

    def step(self, worker: Worker) -> None:
        if worker.at == "done" or worker in self.waiting:
            return
        held = worker.at == "lock" and self.owner not in (None, worker)
        if held and not self.postgres:
            return
        self.made.append(f"{worker.name}: {worker.at}")
        frees = worker.at == "end"
        if held:
            self.waiting.add(worker)  # it asks for the lock now, and arrives when its holder has ended
            worker.let.release()
            return
        worker.let.release()
        self.arrived(worker, one_more=frees and bool(self.waiting))

    def arrived(self, worker: Worker, *, one_more: bool) -> None:
        """Wait until a thread stands before its next step, and until one that waited for the lock has got it."""
        while worker is not None or one_more:
            came = self.arrivals.get()
            if came in self.waiting:
                self.waiting.discard(came)
                one_more = False
            if came is worker:
                worker = None  # type: ignore[assignment]


class Handed:
    """A transport that keeps the order in which it was handed things."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def provider(self, channel: str) -> None:
        return None

    def deliver(self, envelope: Any) -> None:
        threads = {worker.thread: worker for worker in self.stage.workers.values()}
        threads[threading.current_thread()].stop("deliver")
        self.stage.told.append(("delivered", str(envelope.id)))


def main(folder: Path, rounds: int, unheld: bool) -> None:
    with database(folder):
        from django.conf import settings
        from django.db import connection

        from fourfold.audit import queries as audit_queries
        from fourfold.audit import services as audit
        from fourfold.support import services as support

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        scene = Scene()
        names = [name for name in STEPS if not (unheld and name == "second timer")]
        stage = Stage(connection.vendor, names)
        if unheld:
            audit.hold_the_log = lambda: None
        wrong, orders, delivered, stopped = [], set(), 0, 0
        for number, schedule in enumerate(schedules(rounds, names)):
            kind = WITHDRAWALS[number % len(WITHDRAWALS)]
            at, message, withdraw = scene.begin(number, kind)

            def send(at: Any = at) -> None:
                support.dispatch_messages(actor=scene.cast.advocate, at=at, transport=Handed(stage))

            stage.play(schedule, {name: withdraw if name == "withdrawal" else send for name in names})
            orders.add(tuple(stage.made))
            left = [what for what, _ in stage.told]
            ok = left.count("delivered") <= 1 and "fault" not in left
            ok = ok and ("delivered" not in left or left.index("delivered") < left.index("withdrawn"))
            state = scene.state(message)
            ok = ok and state == ("sent" if "delivered" in left else "stopped")
            delivered, stopped = delivered + ("delivered" in left), stopped + (state == "stopped")
            if not ok:
                wrong.append({"round": number, "kind": kind, "state": state, "told": stage.told, "made": stage.made})
        for worker in stage.workers.values():
            worker.jobs.put(None)
            worker.thread.join()
        broken = [] if unheld else [str(each) for each in audit_queries.verify().findings]
    sys.stdout.write(
        json.dumps(
            {
                "engine": connection.vendor,
                "rounds": rounds,
                "orders": len(orders),
                "delivered": delivered,
                "stopped": stopped,
                "wrong": len(wrong),
                "first": wrong[:3],
                "log": broken[:3],
            }
        )
    )


class Scene:
    """A victim whose safe contact stands anew in every round, and what somebody takes back in it."""

    def __init__(self) -> None:
        from fourfold.people import services as people
        from fourfold.people.terms import PersonDetails
        from tests.cast import NOW, programme

        self.cast, self.now = programme(), NOW + timedelta(hours=2)
        self.subject = people.register_subject(
            actor=self.cast.analyst, site="northmoor", told=PersonDetails(name="Sam Specimen"), at=NOW
        )

    def begin(self, number: int, kind: str) -> tuple[Any, Any, Callable[[], None]]:
        """Let an agreement and a confirmed number stand, write a message, and return what takes one of them back."""
        from fourfold.people.models import Message
        from fourfold.people.terms import Channel
        from tests.people.builders import file_of, reach

        at, cast = self.now + timedelta(milliseconds=number), self.cast
        if number % len(WITHDRAWALS) == 0:  # somebody new, so that what stands on record does not grow
            self.hers = file_of(cast, f"07{600_000_000 + number:09d}")
            self.agree(at)
        told = f"07{700_000_000 + number:09d}"
        row = reach(cast, self.hers.victim, told, at=at)
        message = Message.objects.create(
            victim=self.hers.victim,
            channel=Channel.TEXT,
            to=told,
            file=self.hers.file,
            template="free_at",
            sender="Reminders",
            text="Are you free at ten?",
            state="waiting",
            **access_held(cast, at),
        )
        return at, message, lambda: self.withdraw(kind, row, told, at)

    def agree(self, at: Any) -> None:
        from fourfold.people import services as people
        from fourfold.people.terms import Channel, SafeContactRule

        file, victim, rule = self.hers.file, self.hers.victim, SafeContactRule((Channel.TEXT,))
        people.agree_safe_contact(actor=self.cast.advocate, case_file=file, victim=victim, rule=rule, at=at)

    def withdraw(self, kind: str, row: Any, told: str, at: Any) -> None:
        from fourfold.base import new_id
        from fourfold.people import services as people
        from fourfold.people.terms import MarkKind, PastMark, SafeContactRule

        cast, victim, phone = self.cast, self.hers.victim, MarkKind.PHONE
        if kind in ("set aside", "hostile"):
            people.set_reach_aside(
                actor=cast.advocate,
                case_file=self.hers.file,
                victim=victim,
                reach=row.pk,
                why="A man answers." if kind == "hostile" else "Lost.",
                somebody_else=kind == "hostile",
                at=at,
            )
        elif kind == "agreement":
            later = at + timedelta(microseconds=1)
            people.agree_safe_contact(
                actor=cast.advocate, case_file=self.hers.file, victim=victim, rule=SafeContactRule(()), at=later
            )
        elif kind == "ended":
            people.end_reach(actor=cast.advocate, victim=victim, reach=row.pk, at=at)
        elif kind == "withdrawn":
            people.withdraw_reach(actor=cast.advocate, victim=victim, reach=row.pk, reason="Not theirs.", at=at)
        elif kind == "mark":
            people.add_mark(actor=cast.analyst, subject=self.subject, kind=phone, value=told, at=at)
        else:
            mark = PastMark(id=new_id(), subject=self.subject.pk, kind=phone, value=told, told_at=at)
            people.take_over(actor=cast.analyst, rows=[mark], at=at)

    def state(self, message: Any) -> str:
        from fourfold.people.models import Message

        return Message.objects.unscoped("test").values_list("state", flat=True).get(pk=message.pk)


def access_held(cast: Any, at: Any) -> dict[str, Any]:
    from fourfold.access import queries as access_queries

    return access_queries.held_by(cast.advocate, "entered", at=at)


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """Turn to a database of this process alone, made by the migrations."""
    from django.core.management import call_command
    from django.db import connection, connections

    from tests.databases import copied_to

    name = f"sending_{os.getpid()}"
    if connection.vendor == "postgresql":
        server = connection.settings_dict["NAME"]
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name}")
        connections.close_all()
        connection.settings_dict["NAME"] = connections.settings["default"]["NAME"] = name
    else:
        name_of_file = folder / "sending.sqlite3"
        copied_to(name_of_file)
        connection.settings_dict["NAME"] = connections.settings["default"]["NAME"] = name_of_file
        # Nothing here asks what outlives a power cut, for which every commit would wait for the disk.
        connection.settings_dict["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
    call_command("migrate", verbosity=0)
    try:
        yield
    finally:
        connections.close_all()
        if connection.vendor == "postgresql":
            connection.settings_dict["NAME"] = server
            with connection.cursor() as cursor:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]), int(sys.argv[2]), "unheld" in sys.argv[3:])
