"""A process of its own in which a log is written by several at once, and verified meanwhile; run by tests/audit/test_chain_at_once.py.

    python -m tests.faults.chaining FOLDER

Real transactions on a database of its own: what a test's own transaction would hide. Prints JSON.
"""

from __future__ import annotations

import json
import os
import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

WRITERS, EACH = 8, 12


def main(folder: Path) -> None:
    from django.conf import settings
    from django.db import connection

    from tests.faults.sending import database

    with database(folder):
        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        site = Site()
        told = {"failed": site.failed(), "at_once": site.at_once(), "beside": dict(site.beside())}
        told["in_parts"], told["disk"] = site.in_parts(), site.disk()
    sys.stdout.write(json.dumps({"engine": connection.vendor, **told}))


class Site:
    """Some people of whom the log says how they stand, and who writes of them."""

    def __init__(self) -> None:
        from fourfold.access.models import Staff
        from tests.cast import programme

        self.cast = programme()
        held = {"partner": "programme", "partner_kind": "programme"}
        self.people = [self.write(Staff(name=f"Person {number}", **held)) for number in range(WRITERS)]

    def write(self, person: Any) -> Any:
        from fourfold.audit import services
        from tests.cast import NOW

        with services.recorded(self.cast.administrator, "staff.registered", at=NOW) as entry:
            person.save()
            return entry.about(person)

    def read(self, action: str = "case") -> None:
        from fourfold.audit import services
        from tests.cast import NOW

        services.consulted(self.cast.officer, action, at=NOW, compartments={"core"}, count=1)

    def failed(self) -> dict[str, Any]:
        """Let three entries fail, each at another step, and say what is left of them."""
        from django.db import DatabaseError, connection
        from django.db.transaction import TransactionManagementError

        from fourfold.audit import chain, services, signing
        from fourfold.audit.terms import LogUnavailable

        def fails(*_: Any, **__: Any) -> None:
            raise DatabaseError("no space left on device")

        before, raised = services.how_long(), []
        signed = dict(signing._said)
        for broken in (patch.object(chain, "link", fails), patch.object(chain, "_MOVED", "UPDATE nowhere"), None):
            try:
                with broken or patch.object(signing, "EVERY_S", signing.EVERY_S):
                    self.read("x" * 20_000 if broken is None else "case")
            except (LogUnavailable, ValueError) as fault:
                raised.append(type(fault).__name__)
        left = services.how_long() - before
        said = signing._said == signed
        self.read()
        kept = services.how_long() - before - left
        open_still = connection.in_atomic_block or not connection.get_autocommit() or _in_transaction()
        try:
            services.hold_the_log()  # which no transaction is around
            held = True
        except TransactionManagementError:
            held = False
        return {"raised": raised, "left": left, "said": said, "kept": kept, "open": open_still, "held": held}

    def at_once(self) -> dict[str, Any]:
        """Let several write, read and hold the log at the same time, and say what stands."""
        from django.db import connection, transaction

        from fourfold.audit import queries, services

        def work(person: Any) -> None:
            try:
                for number in range(EACH):
                    if number % 3 == 0:
                        person.name = f"Renamed {number}"
                        self.write(person)
                    elif number % 3 == 1:
                        with transaction.atomic():
                            services.hold_the_log()
                            self.read()
                    else:
                        self.read()
            except Exception as fault:  # noqa: BLE001 -- told in the report
                faults.append(f"{type(fault).__name__}: {fault}")
            finally:
                connection.close()

        before, faults = services.how_long(), list[str]()
        threads = [threading.Thread(target=work, args=(person,)) for person in self.people]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        findings = [str(each) for each in queries.verify().findings]
        return {"faults": faults, "kept": services.how_long() - before, "findings": findings}

    def beside(self) -> Iterator[tuple[str, list[str]]]:
        """Verify again and again, and write at another step of it each time; yield what was found.

        Nobody says how those came with whom a test begins: of that each verification tells.
        """
        from fourfold.audit import proofs, queries
        from fourfold.governance.verification import whole_log

        for step in ((queries, "signed_checkpoints"), (queries, "_end"), (proofs, "rows_that_differ")):
            with self.written(*step):
                yield step[1], [str(each) for each in whole_log().findings if each.kind != "unmade"]

    def in_parts(self) -> dict[str, Any]:
        """Verify the log in parts, by processes of their own, while it grows."""
        from fourfold.audit import parts, queries

        held, answers = parts.held, list[bool]()

        def heard(*words: Any) -> Any:
            answers.append((found := held(*words)) is not None)
            return found

        two = patch.object(os, "sched_getaffinity", lambda _: {0, 1})
        small = patch.multiple(parts, FROM=1, AT_ONCE=60, held=heard)
        with two, small, self.written(queries, "_end"):
            findings = [str(each) for each in queries.verify().findings]
        return {"held": answers, "findings": findings}

    def disk(self) -> list[str]:
        """Have SQLite keep a page's entry, twice, and one that does not reach the disk; say what came after what."""
        from django.conf import settings
        from django.db import connection

        from fourfold.audit import services, signing
        from fourfold.audit.terms import LogUnavailable

        told, before, really = list[str](), services.how_long(), os.fdatasync
        if connection.vendor != "sqlite":
            return told

        def synced(file: int) -> None:
            with closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")  # fails while anybody holds the lock of writers
                told.append(f"{other.execute('SELECT size FROM audit_head').fetchone()[0] - before} kept, none waits")
            assert Path(f"/proc/self/fd/{file}").resolve().name.endswith(".sqlite3-wal")
            really(file)
            told.append("on disk")

        def fails(_: int) -> None:
            raise OSError("no disk")

        with patch.object(signing, "write_if_due", lambda *_: told.append("signed")):
            with patch.object(os, "fdatasync", synced):
                self.read()
                self.read()
            try:
                with patch.object(os, "fdatasync", fails):
                    self.read()
            except LogUnavailable:
                told.append("nothing is shown")
        with connection.cursor() as cursor:
            return [*told, f"synchronous {cursor.execute('PRAGMA synchronous').fetchone()[0]}"]

    @contextmanager
    def written(self, module: Any, step: str) -> Iterator[None]:
        """Let somebody else write, sign and read once a step of the verification has been made, or where it yields, begins."""
        really: Callable[..., Any] = getattr(module, step)
        begun: list[bool] = []

        def then(*words: Any) -> Any:
            answer = really(*words)
            if not begun:
                begun.append(True)
                writer = threading.Thread(target=self.write_and_sign)
                writer.start()
                writer.join()
            return answer

        with patch.object(module, step, then):
            yield

    def write_and_sign(self) -> None:
        from django.db import connection

        from fourfold.audit import services
        from tests.cast import NOW

        person = self.people[0]
        person.name += " again"
        self.write(person)
        services.checkpoint(at=NOW)
        self.read()
        services.checkpoint(at=NOW)
        connection.close()


def _in_transaction() -> bool:
    from django.db import connection

    if connection.vendor == "postgresql":
        return bool(connection.connection.info.transaction_status.name != "IDLE")
    return bool(connection.connection.in_transaction)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]))
