"""A process of its own in which whoever writes is killed between the write and what it makes due; run by test_duty_killed.py.

    python -m tests.faults.owing FOLDER ["torn"]

Each write runs in a process forked from this one, on a database of its own: a SQLite file, or one on the PostgreSQL of
DATABASE_URL. It ends itself by SIGKILL at a point between its first statement and its commit. `torn` keeps what is due
only after the commit, to see that the kills find what one transaction prevents. Prints JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

WORKS = ("an action is opened", "an action is moved", "an action is done", "a level is set")
POINTS = ("before its duty", "at the first row of its duty", "after its duty", "before the commit", "after the commit")


def main(folder: Path, *, torn: bool) -> None:
    from tests.faults.sending import database

    with database(folder):
        from django.conf import settings
        from django.db import connection

        from fourfold.audit import queries as audit_queries
        from tests.cast import programme, vouched
        from tests.panel.scene import open_case
        from tests.plan.test_services import action

        settings.FOURFOLD = settings.FOURFOLD.model_copy(update={"data_dir": folder})
        cast = programme()
        case = open_case(cast)
        action(cast, case, what="The first")  # what is due is kept from the first write on
        if torn:
            tear()
        rounds = [played(cast, case, work, point) for work in WORKS for point in POINTS]
        vouched(cast)
        broken = [str(each) for each in audit_queries.verify().findings]
    sys.stdout.write(json.dumps({"engine": connection.vendor, "rounds": rounds, "log": broken[:3]}))


def tear() -> None:
    """Let what waits be kept in a transaction of its own, after that of the write."""
    from django.db import transaction

    from fourfold import base

    (keep,) = base.before_the_log
    base.before_the_log.clear()
    base.before_the_log.add(lambda written: transaction.on_commit(lambda: keep(written)))


def played(cast: Any, case: Any, work: str, point: str) -> dict[str, Any]:
    """Kill one write at one point, and return what of it is there, and what is due otherwise than it is worked out."""
    from fourfold.duties import services as duties
    from tests.plan.test_services import action

    row = None if work == WORKS[0] else action(cast, case, what=f"{work}, killed {point}")
    before = found(case)
    killed = in_a_process(lambda: written(cast, case, work, row), point)
    after = found(case)
    differs = [str(one) for one in list(duties.checked())]
    list(duties.checked(mend=True))
    told = [name for name in before if before[name] != after[name]]
    return {"work": work, "point": point, "killed": killed, "changed": told, "differs": differs}


def found(case: Any) -> dict[str, list[Any]]:
    """Return what the tables of these writes hold of a case, and what is due in it."""
    from fourfold.cases.models import LevelSet
    from fourfold.duties.models import Duty
    from fourfold.plan.models import Action

    rows = {
        "written": [
            *Action.objects.unscoped("test").filter(case=case).order_by("pk").values_list("pk", "status", "due_on"),
            *LevelSet.objects.unscoped("test").filter(case=case).order_by("pk").values_list("pk", "level"),
        ],
        "due": Duty.objects.unscoped("test").filter(case=case).order_by("kind", "about").values_list(
            "kind", "about", "due_at", "level"
        ),
    }  # fmt: skip
    return {name: [list(map(str, each)) for each in some] for name, some in rows.items()}


def written(cast: Any, case: Any, work: str, row: Any) -> None:
    """Do one of the writes."""
    from fourfold.cases import services as cases
    from fourfold.cases.models import Case
    from fourfold.cases.terms import Level, SetBy
    from fourfold.plan import services as plan
    from fourfold.plan.terms import Status
    from tests.cast import NOW
    from tests.plan.test_services import action

    if work == WORKS[0]:
        action(cast, case, what="Opened")
    elif work == WORKS[1]:
        day = NOW.date() + timedelta(days=9)
        owner = cast.staff["second_officer"].pk
        plan.move_action(actor=cast.coordinator, action=row, owner=owner, due_on=day, reason="Away.", at=NOW)
    elif work == WORKS[2]:
        plan.update_action(actor=cast.officer, action=row, status=Status.DONE, reason="Done.", at=NOW)
    else:
        fresh = Case.objects.unscoped("test").get(pk=case.pk)
        level = Level.HIGH if fresh.level != Level.HIGH else Level.VERY_HIGH
        cases.set_level(actor=cast.officer, case=fresh, level=level, set_in=SetBy.PROFESSIONAL, at=NOW)


def in_a_process(write: Callable[[], None], point: str) -> bool:
    """Write in a process that ends itself at a point; return whether it did."""
    from django.db import connections

    connections.close_all()
    sys.stdout.flush()
    number = os.fork()
    if not number:
        try:
            to_end_at(point)
            write()
        finally:
            os._exit(0)
    _, status = os.waitpid(number, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def to_end_at(point: str) -> None:
    """Let this process be killed at a point of its next write."""
    from django.db import connection

    from fourfold import base

    (keep,) = base.before_the_log
    commit = connection._commit

    def keeping(told: Any) -> None:
        if point == POINTS[0]:
            end()
        keep(told)
        if point == POINTS[2]:
            end()

    def at_a_row(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if point == POINTS[1] and "duties_duty" in sql and not sql.startswith("SELECT"):
            end()
        return execute(sql, params, many, context)

    def committing() -> None:
        if point == POINTS[4]:
            commit()
        end()

    base.before_the_log.clear()
    base.before_the_log.add(keeping)
    connection.execute_wrappers.append(at_a_row)
    if point in POINTS[3:]:
        connection._commit = committing  # type: ignore[method-assign]


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    os.environ["DATA_DIR"] = sys.argv[1]
    django.setup()
    main(Path(sys.argv[1]), torn="torn" in sys.argv[2:])
