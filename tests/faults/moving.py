"""A process of its own in which volumes of the log are closed and moved while it is written; run by tests/audit/test_volumes.py.

    python -m tests.faults.moving FOLDER

On a PostgreSQL, with a tablespace of its own: neither can be undone by a test's transaction. Prints JSON.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any
from unittest.mock import patch

import django

EACH, CLOSED = 40, 3
#: In a folder of the server's own.
COLD = ("SET allow_in_place_tablespaces = on", "CREATE TABLESPACE {} LOCATION ''")


def main(folder: Path) -> None:
    from django.conf import settings
    from django.db import connection, connections

    from tests.faults.chaining import Site
    from tests.faults.sending import database

    cold = f"cold_{os.getpid()}"
    with database(folder):
        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        for each in COLD:
            asked(each.format(cold))
        site = Site()
        told = {"closed": closed(site), "moved": moved(site, cold), "back": back(folder)}
        connections.close_all()
    asked(f"DROP TABLESPACE {cold}")
    sys.stdout.write(json.dumps({"engine": connection.vendor, **told}))


def asked(sql: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall() if cursor.description else []


def found() -> list[str]:
    from fourfold.audit import parts, queries

    two, small = patch.object(os, "sched_getaffinity", lambda _: {0, 1}), patch.multiple(parts, FROM=1, AT_ONCE=60)
    with two, small:
        in_parts = [str(each) for each in queries.verify().findings]
    return in_parts + [str(each) for each in queries.verify().findings]


def closed(site: Any) -> dict[str, Any]:
    """Let several write and read while volumes are closed, and say what failed."""
    from django.db import connection

    from fourfold.audit import services, volumes
    from fourfold.audit.terms import CannotMove
    from tests.cast import NOW

    def work(person: Any) -> None:
        try:
            for number in range(EACH):
                person.name = f"Renamed {number}"
                site.write(person) if number % 2 else site.read()
        except Exception as fault:  # noqa: BLE001 -- told in the report
            faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            connection.close()

    before, faults, done = services.how_long(), list[str](), 0
    threads = [threading.Thread(target=work, args=(person,)) for person in site.people]
    for each in threads:
        each.start()
    while done < CLOSED:
        try:
            volumes.close(actor=site.cast.administrator, at=NOW)
            done += 1
        except CannotMove:
            continue
    for each in threads:
        each.join()
    kept = services.how_long() - before - CLOSED
    return {"faults": faults, "kept": kept, "volumes": len(volumes.volumes()), "findings": found()}


def moved(site: Any, cold: str) -> dict[str, Any]:
    """Move two volumes, change an entry in one by hand and back, and say what was found each time."""
    from fourfold.audit import volumes
    from tests.cast import NOW

    for name in ("audit_volume_1", "audit_volume_2"):
        volumes.move(actor=site.cast.administrator, at=NOW, name=name, tablespace=cold)
    there = [one.name for one in volumes.volumes() if one.tablespace == cold]
    indexes = asked(
        "SELECT DISTINCT tablespace FROM pg_indexes WHERE tablename IN ('audit_volume_1', 'audit_volume_2')"
    )
    clean = found()
    change = (
        "SET session_replication_role = replica; UPDATE audit_volume_1 SET action = {} WHERE seq = 2 RETURNING action"
    )
    ((action,),) = asked("SELECT action FROM audit_entry WHERE seq = 2")
    asked(change.format("'nothing'"))
    changed = found()
    asked(change.format(f"'{action}'") + "; RESET session_replication_role")
    return {"there": there, "indexes": indexes == [(cold,)], "clean": clean, "changed": len(changed), "after": found()}


def back(folder: Path) -> dict[str, Any]:
    """Bring a backup back into a database whose server need not have the tablespace; say what differs, and how it stands there."""
    from django.db import connection, connections

    from fourfold.upkeep import engines, rules

    here = dict(connection.settings_dict)
    taken = engines.Postgres(here).take(folder / "dump", ["SELECT count(*) FROM audit_entry"])
    name = f"back_{os.getpid()}"
    asked(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        there = engines.Postgres({**here, "NAME": name})
        there.bring_back(folder / "dump")
        differences = rules.differences(taken.tables, there.tables())
        shape = "SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition ORDER BY 1"
        same = asked(shape)
        connections.close_all()
        connection.settings_dict["NAME"] = connections.settings["default"]["NAME"] = name
        told = {"same": asked(shape) == same, "moved": asked("SELECT 1 FROM pg_class WHERE reltablespace > 1664")}
        refusing = asked("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgname LIKE 'audit_entry_refuse%'")
        return {
            **told,
            "rows": taken.tables["audit_entry"].rows,
            "differences": differences,
            "refusing": refusing[0][0],
            "entries": taken.answers[0][0][0],
            "parts": [one for one in taken.tables if "volume" in one],
            "findings": found(),
        }
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = connections.settings["default"]["NAME"] = here["NAME"]
        asked(f"DROP DATABASE {name} WITH (FORCE)")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]))
