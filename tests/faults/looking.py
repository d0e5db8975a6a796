"""A process of its own in which the look at everybody is killed; run by test_looking_killed.py.

    python -m tests.faults.looking FOLDER

Each round is a process that takes its turn and looks, to a database of its own, and dies at another point. Prints JSON:
what was left after each, whether the next had to wait, and what stands in the end.
"""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import django

TWICE = ("Nora Quill", "Ida Hale", "Tess Dunmore", "Vera Ackroyd")


def main(folder: Path) -> None:
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection

        import fourfold.linkage.batch  # noqa: F401 -- read once, not in each process that looks
        from fourfold.audit import queries as audit_queries
        from fourfold.people import services as people
        from fourfold.people.terms import PersonDetails
        from tests.cast import NOW, programme, vouched

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        cast = programme()
        for number, name in enumerate((*TWICE, *TWICE)):
            told = PersonDetails(name=name, birth=f"{1 + number % len(TWICE)} May 1985", phone="07700 900123")
            people.register_victim(actor=cast.analyst, site="northmoor", told=told, at=NOW)
        # A transaction within another marks its beginning and its end, so the last two are none of an ordinary look.
        points = range(1, int(a_round(cast, "counted", "counted")["said"]) - 1)
        rounds = [a_round(cast, f"statement {number}", number) for number in (points[0], *points[-7:])]
        rounds += [a_round(cast, where, where) for where in ("before the commit", "after the commit")]
        last = a_round(cast, "not at all", None)
        vouched(cast)
        broken = [str(each) for each in audit_queries.verify().findings]
    told = {"engine": connection.vendor, "rounds": rounds, "last": last, "log": broken[:3]}
    sys.stdout.write(json.dumps(told))


def look(cast: Any) -> None:
    from fourfold.cli.alone import alone
    from fourfold.linkage import services
    from tests.cast import NOW

    with alone("fourfold people", "northmoor"):
        services.look_for_same(actor=cast.analyst, site="northmoor", at=NOW)


def counted(cast: Any) -> str:
    """Return how many statements a look takes, from one that is taken back."""
    from django.db import connection, transaction

    done = 0

    def count(execute, sql, params, many, context):
        nonlocal done
        done += 1
        return execute(sql, params, many, context)

    with transaction.atomic():
        with connection.execute_wrapper(count):
            look(cast)
        transaction.set_rollback(True)
    return str(done)


def a_round(cast: Any, where: str, point: int | str | None) -> dict[str, Any]:
    """Look in a process that dies at a point, and return what it left and what it said while it waited for its turn.

    In a process always: threads of DuckDB would not come along into the next.
    """
    from django.db import connections

    from tests.faults.deciding import at_commit, at_statement, ended

    read, write = os.pipe()
    connections.close_all()
    sys.stdout.flush()
    one = os.fork()
    if not one:
        plan = at_statement(point) if isinstance(point, int) else at_commit(after=point == "after the commit")
        said = io.StringIO()
        try:
            if point not in (None, "counted"):
                plan()
            with redirect_stderr(said):
                answer = counted(cast) if point == "counted" else look(cast)
            os.write(write, (said.getvalue() or answer or "looked").encode())
        except Exception as refusal:  # noqa: BLE001 -- what went wrong is told to the parent
            os.write(write, repr(refusal).encode()[:90])
        finally:
            os._exit(0)
    os.close(write)
    killed, told = ended(one, read)
    return {"where": where, "killed": killed, "said": told, **left()}


def left() -> dict[str, int]:
    """Return how many pairs stand, and how many looks the log tells of."""
    from fourfold.audit.models import Entry
    from fourfold.linkage.models import SameProposed

    return {
        "pairs": SameProposed.objects.unscoped("a test").count(),
        "entries": Entry.objects.filter(action="same.looked").count(),
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]))
