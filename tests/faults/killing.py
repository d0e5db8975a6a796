"""A process of its own that plays the table of kills; run by test_killed_in_any_order.py.

    python -m tests.faults.killing FOLDER sqlite|postgresql ["database import" …]

The world is built once; each cell of the table has a copy of database and folder. Whoever works is a process of its own,
forked from this one, which stops itself at a point in the middle: before a statement, before a file is whole, or where
somebody else does not answer. Then somebody is killed by SIGKILL: the process that works, one beside it, or the database,
which is started again. Whoever lives goes on; then the same is asked for once more. Prints JSON: what was there in the end.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django

from tests import notify_double, receiver
from tools import postgres

ROWS = 600
WORKS = ("import", "message", "pack", "backup", "webhook")
LONGEST = 30.0  # seconds until a state that does not come counts as a fault
#: Before which statement, and the how-manieth of it, each stops that stops by itself.
STOPS = {
    "import": ('UPDATE "intake_importrun"', 2),  # the second batch is written, and not kept yet
    "pack": ('INSERT INTO "governance_pack"', 1),
    "web": ("", 1),
    "worker": ("", 1),
}


@dataclass
class House:
    """The world as it was built, its doubles and, on PostgreSQL, its server."""

    folder: Path
    vendor: str
    stack: ExitStack
    server: postgres.Server | None = None
    serving: ExitStack = field(default_factory=ExitStack)
    about: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        if self.server is not None:
            self.serving.enter_context(postgres.running(self.server))

    def end(self) -> None:
        self.serving.close()

    def kill_the_database(self) -> None:
        """Kill the server with every process of its, and start it again."""
        assert self.server is not None
        number = int((self.server.home / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.killpg(number, signal.SIGKILL)
        with suppress(ProcessLookupError):
            self.serving.close()
        self.start()

    def url(self, name: str) -> str:
        return (
            f"{self.server.url.rpartition('/')[0]}/{name}" if self.server else f"sqlite:///{self.folder / name}.sqlite3"
        )

    def copy(self, name: str) -> None:
        """Give a cell a database and a folder of its own."""
        shutil.copytree(self.folder / "world", self.folder / name)
        for signed in (self.folder / name / "checkpoints").iterdir():  # named by their database
            signed.rename(self.settings(name).checkpoints)
        if self.server is None:
            shutil.copy(self.folder / "world.sqlite3", self.folder / f"{name}.sqlite3")
        else:
            self.ask(f"CREATE DATABASE {name} TEMPLATE world")

    def ask(self, sql: str) -> None:
        import psycopg

        assert self.server is not None
        with psycopg.connect(self.server.url, autocommit=True) as connection:
            connection.execute(sql)

    def use(self, name: str) -> None:
        """Turn this process to a cell."""
        from django.conf import settings
        from django.db import connections

        connections.close_all()
        path = self.folder / f"{name}.sqlite3"
        connections["default"].settings_dict["NAME"] = path if self.server is None else name
        settings.FOURFOLD = self.settings(name)

    def settings(self, name: str) -> Any:
        from django.conf import settings

        return settings.FOURFOLD.model_copy(
            update={"data_dir": self.folder / name, "shared_keys": self.folder / "keys", "database_url": self.url(name)}
        )


# ---- the world


def build(house: House, double: notify_double.Double, there: receiver.Receiver) -> None:
    """Let a report wait to be imported, a message to leave and a notice to be told, in a unit with a case."""
    from django.conf import settings

    from tests.support.builders import NOON

    changes = {
        "app_clock": NOON.isoformat(), "texts_by": "notify", "notify_host": double.address,
        "notify_key": notify_double.KEY, "notify_text_template": notify_double.TEXTS, "webhook_networks": "127.0.0.0/8",
    }  # fmt: skip
    settings.FOURFOLD = type(settings.FOURFOLD).model_validate(settings.FOURFOLD.model_dump() | changes)
    house.use("world")
    settings.FOURFOLD.data_dir.mkdir(exist_ok=True)
    from tests.cast import programme

    cast = programme()
    written(house, cast, NOON)
    noted(cast, there.address, NOON)
    brought(cast, NOON)
    import pyrage

    identity = pyrage.x25519.Identity.generate()
    (house.folder / "identity").write_text(f"{identity}\n")
    (house.folder / "recipients").write_text(f"{identity.to_public()}\n")


def written(house: House, cast: Any, at: Any) -> None:
    from django.test import Client

    from fourfold.people.terms import Channel
    from fourfold.support import services as support
    from tests.cast import give_account
    from tests.support.builders import agree, case_of
    from tests.web.conftest import PASSWORD, SECRET, start_session

    case = case_of(cast)
    agree(cast, case)
    support.send_message(actor=cast.advocate, case=case, channel=Channel.TEXT, text="Are you free at ten?", at=at)
    client = Client()
    start_session(client, give_account(cast, "coordinator", PASSWORD, SECRET))
    house.about = {"case": case.reference, "session": client.cookies["session"].value}


def noted(cast: Any, address: str, at: Any) -> None:
    from uuid import uuid4

    from fourfold.access import services as access
    from fourfold.access.terms.systems import Capability, Change, SystemDraft, WebhookDraft
    from fourfold.programme import services as programme
    from tests.api.test_agencies import second_lead

    police = "northmoor-police"
    draft = SystemDraft(site="northmoor", name="Records", capabilities=frozenset(Capability), reason="Nightly.")
    system = programme.ask_system(actor=cast.administrator, partner=police, draft=draft, at=at)
    access.answer_system(actor=cast.police_lead, system=system.pk, given=True, at=at)
    how = {"system": system.pk, "draft": WebhookDraft(address=address, reason="So."), "inside": ("127.0.0.0/8",)}
    row = access.ask_webhook(actor=cast.administrator, **how, at=at)
    access.answer_webhook(actor=cast.police_lead, webhook=row.pk, given=True, at=at)
    access.make_webhook_secret(actor=second_lead(cast, police), webhook=row.pk, at=at)
    access.note_changes(actor=cast.administrator, webhook=row, found=[(Change.REPORT, uuid4(), uuid4())], at=at)


def brought(cast: Any, at: Any) -> None:
    from fourfold import journey
    from fourfold.feeds import services as feeds
    from fourfold.feeds.terms import WorkKind
    from fourfold.intake.rules.feeds.writing import toml_of
    from tests.intake.feeds import SMALL, row, text_of

    content = text_of([row(f"A-{number}") for number in range(ROWS)]).encode()
    how = {"actor": cast.analyst, "at": at}
    file = feeds.bring_file(site="northmoor", name="november.csv", chunks=[content], mapping=toml_of(SMALL), **how)
    feeds.ask_for_work(brought=file.pk, kind=WorkKind.CHECK, **how)
    while journey.work_done(clock=lambda: at):
        pass
    feeds.ask_for_work(brought=file.pk, kind=WorkKind.IMPORT, **how)


# ---- who works


def typed(*words: str) -> Callable[[], None]:
    def command() -> None:
        from fourfold.cli.main import app

        app(words)

    return command


def asks(house: House, method: str) -> Callable[[], None]:
    """Return what a process of the site does: it answers somebody who makes a pack, or reads a page."""

    def answer() -> None:
        from django.test import Client
        from django.urls import reverse

        client = Client(HTTP_HOST="127.0.0.1")
        client.cookies["session"] = house.about["session"]
        here = f"/cases/{house.about['case']}/"
        if method == "GET":
            client.get(here)
            return
        said = {
            "kind": "court",
            "asked_by": "Chester Crown Court",
            "identity_proved": "by letter",
            "once": "the same form",
        }
        said |= {"received_on": "20/11/2026"}
        answered = client.post(reverse("disclosures:make", kwargs={"reference": house.about["case"]}), said)
        assert answered.status_code == 303, answered.content.decode()

    return answer


def doer(house: House, work: str, name: str) -> Callable[[], None]:
    kept = house.folder / name / "kept"
    kept.mkdir(exist_ok=True)
    backup = typed("backup", "data", str(kept), "--recipients", str(house.folder / "recipients"))
    dispatch = typed("outbox", "dispatch")
    return {
        "import": typed("work", "--once"), "message": dispatch, "webhook": dispatch,
        "pack": asks(house, "POST"), "backup": backup,
    }[work]  # fmt: skip


def stop_before(beginning: str, number: int) -> None:
    """Let this process stop itself before a statement."""
    from django.db import connection

    met = 0

    def count(execute: Any, sql: str, *words: Any) -> Any:
        nonlocal met
        met += str(sql).startswith(beginning)
        if met == number and str(sql).startswith(beginning):
            os.kill(os.getpid(), signal.SIGSTOP)
        return execute(sql, *words)

    connection.execute_wrappers.append(count)


def stop_before_the_file_is_whole() -> None:
    from fourfold.upkeep import archives

    pack = archives._pack

    def packed(*words: Any) -> None:
        pack(*words)
        os.kill(os.getpid(), signal.SIGSTOP)

    archives._pack = packed


def forked(house: House, name: str, does: Callable[[], None], stops: str = "") -> int:
    """Fork a process that does it in a cell, stops where it is told to, and ends with its exit code."""
    sys.stdout.flush()
    if number := os.fork():
        return number
    code = 1
    try:
        os.dup2(os.open(house.folder / f"{name}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
        os.dup2(1, 2)
        house.use(name)
        if stops in STOPS:
            stop_before(*STOPS[stops])
        elif stops == "backup":
            stop_before_the_file_is_whole()
        does()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:  # noqa: BLE001 -- told in the file
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)


def ended(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def stopped(number: int) -> None:
    """Wait until a process has stopped itself."""
    _, status = os.waitpid(number, os.WUNTRACED)
    assert os.WIFSTOPPED(status), f"it ended ({status}) before it came to where it stops"


def came(what: Callable[[], Any]) -> None:
    """Wait until something has come to a double, which does not answer yet."""
    end = time.monotonic() + LONGEST
    while not what():
        assert time.monotonic() < end, "nothing came"
        time.sleep(0.01)


# ---- the table


def play(house: House, who: str, work: str, double: notify_double.Double, there: receiver.Receiver) -> dict[str, Any]:
    """Play one cell, and return what was there in the end."""
    name, began = f"{who}_{work}", time.monotonic()
    house.copy(name)
    double.reset()
    there.came.clear()
    there.over.clear()
    double.mood, there.answer = ("held" if work == "message" else "well"), ("held" if work == "webhook" else 204)
    does = doer(house, work, name)
    number = forked(house, name, does, work)
    if work == "message":
        came(lambda: double.taken)
    elif work == "webhook":
        came(lambda: there.came)
    else:
        stopped(number)
    its_own = "web" if work == "pack" else "worker"
    if who == "database":
        house.kill_the_database()
    elif who == its_own:
        os.kill(number, signal.SIGKILL)
    else:
        kill_one_beside(house, name, who)
    double.mood, there.answer = "well", 204
    double.let.set()
    there.over.set()
    with suppress(ProcessLookupError):
        os.kill(number, signal.SIGCONT)
    first = ended(number)
    again = ended(forked(house, name, does))
    return {"took": round(time.monotonic() - began, 1), "first": first, "again": again, **looked(house, name), "texts": len(double.taken),
            "notices": len({said["webhook-id"] for said, _ in there.came})}  # fmt: skip


def kill_one_beside(house: House, name: str, who: str) -> None:
    """Kill a process of the site in the middle of a page, or a worker that looks for work."""
    beside = forked(house, name, asks(house, "GET") if who == "web" else typed("work", "--once"), who)
    stopped(beside)
    os.kill(beside, signal.SIGKILL)
    assert ended(beside) == -signal.SIGKILL


def looked(house: House, name: str) -> dict[str, Any]:
    """Return what stands in a cell, as a process of its own reads it."""
    told = house.folder / f"{name}.json"
    assert ended(forked(house, name, lambda: told.write_text(json.dumps(counted(house, name))))) == 0, (
        house.folder / f"{name}.log"
    ).read_text()[-3000:]
    found: dict[str, Any] = json.loads(told.read_text())
    return found


def counted(house: House, name: str) -> dict[str, Any]:
    from fourfold.access.models import WebhookNotice
    from fourfold.audit import queries as audit_queries
    from fourfold.feeds.models import FileWork
    from fourfold.governance.models import Pack
    from fourfold.intake.models import Allegation, ImportRun
    from fourfold.people.models import Message
    from fourfold.upkeep import archives

    whole = 0
    for path in (house.folder / name / "kept").glob("*.age"):
        with tempfile.TemporaryDirectory() as into:
            archives.unpack(path, archives.identities(house.folder / "identity"), Path(into))
            whole += 1
    rows = Allegation.objects.unscoped("test").filter(reference__startswith="A-")
    return {
        "rows": rows.count(),
        "references": rows.values("reference").distinct().count(),
        "read": sum(ImportRun.objects.filter(finished_at__isnull=False).values_list("read", flat=True)),
        "asked": FileWork.objects.filter(finished_at__isnull=True).count(),
        "message": Message.objects.unscoped("test").get().state,
        "packs": Pack.objects.unscoped("test").count(),
        "backups": whole,
        "half": len([one for one in (house.folder / name / "kept").iterdir() if one.name != "disposals.jsonl"]) - whole,
        "told": WebhookNotice.objects.filter(taken_at__isnull=False).count(),
        "log": [str(each) for each in audit_queries.verify().findings][:2],
    }


@contextmanager
def housed(folder: Path, vendor: str) -> Iterator[House]:
    """Yield a house with an empty database: a file, or one on a server of our own."""
    with ExitStack() as stack:
        house = House(folder, vendor, stack)
        if vendor == "postgresql":
            home = Path(tempfile.mkdtemp(prefix="fourfold-killed-"))
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            house.server = postgres.prepare(home)
            house.start()
            stack.callback(house.end)
            house.ask("ALTER ROLE fourfold SET synchronous_commit = on")  # as in production, unlike other tests
            house.ask("CREATE DATABASE world")
        yield house


def main(folder: Path, vendor: str, *only: str) -> None:
    with housed(folder, vendor) as house, notify_double.running() as double, receiver.running() as there:
        os.environ["DATABASE_URL"] = house.url("world")
        if vendor == "sqlite":
            from tests.databases import copied_to

            copied_to(folder / "world.sqlite3")
        django.setup()
        from django.core.management import call_command
        from django.db import connection, connections

        from fourfold.cli import console

        console.begin()
        call_command("migrate", verbosity=0)
        build(house, double, there)
        connections.close_all()
        whose = ("web", "worker", *(["database"] if vendor == "postgresql" else []))
        found = {
            f"{who} {work}": play(house, who, work, double, there)
            for work in WORKS
            for who in whose
            if f"{who} {work}" in only or not only
        }
        seconds = sum(os.times()[:4])
    sys.stdout.write(json.dumps({"engine": connection.vendor, "cells": found, "seconds": round(seconds, 1)}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["FOURFOLD_DATA_DIR"] = os.environ["DATA_DIR"] = sys.argv[1]
    main(Path(sys.argv[1]), *sys.argv[2:])
