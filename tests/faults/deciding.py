"""A process of its own in which decisions are recorded, killed and recorded again; run by test_decision_killed.py.

    python -m tests.faults.deciding prepare FOLDER          a database with one item ready to be decided
    python -m tests.faults.deciding kill FOLDER SEED        20 rounds on 20 copies, each killed elsewhere
    python -m tests.faults.deciding race FOLDER             two chairs at the same moment, five times

It prints JSON: for each round what was acknowledged, what was found after the kill, and after deciding once more.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import django

STATEMENT_ROUNDS, COMMIT_ROUNDS, TIMED_ROUNDS = 12, 2, 6

Plan = Callable[[], None]
"""What a child does to itself before it decides: it plans its own death."""


def prepare(folder: Path) -> None:
    """Make a database in which everybody has spoken about one case."""
    from django.core.management import call_command

    from tests.databases import copied_to

    copied_to(folder / "template.sqlite3")
    call_command("migrate", verbosity=0)
    from tests.cast import programme
    from tests.panel.scene import ready_to_decide

    ready_to_decide(programme())
    close()
    assert (folder / "template.sqlite3").exists()


def close() -> None:
    """Let go of the database, so that its file can be copied and children open their own."""
    from django.db import connections

    connections.close_all()


def use(folder: Path, name: str) -> None:
    """Turn to a copy of the database, with a log of its own."""
    from django.conf import settings
    from django.db import connections

    close()
    copy = folder / f"{name}.sqlite3"
    if not copy.exists():
        shutil.copy(folder / "template.sqlite3", copy)
        shutil.copytree(
            folder / "checkpoints", folder / name / "checkpoints"
        )  # of which the log says that they are there
    connections["default"].settings_dict["NAME"] = copy
    own = settings.FOURFOLD.model_copy(update={"data_dir": folder / name, "shared_keys": folder / "keys"})
    settings.FOURFOLD = own


def decide(words: str = "Decided.") -> None:
    """Record the decision as the chair, with the version that the chair saw."""
    from fourfold.panel import services as panel
    from tests.panel.scene import decision

    chair, item = the_item()
    panel.record_decision(actor=chair, item=item, draft=decision(formulation=words), at=moment())


def moment():
    """Return the moment of every decision."""
    from tests.cast import NOW

    return NOW


def the_item():
    """Return the chair, and the one item as it stands."""
    from fourfold.access import queries as access_queries
    from fourfold.access.models import Staff
    from fourfold.panel.models import Item

    chair = access_queries.actor_of(Staff.objects.get(name="Chair"), at=moment(), strength="test", purpose="casework")
    return chair, Item.objects.unscoped("test").select_related("case", "sitting").get()


def found() -> dict[str, object]:
    """Return what is in the database: every part of a decision, and whether log and file hold."""
    from django.db import connection

    from fourfold.audit import queries as audit_queries
    from fourfold.audit.models import Entry
    from fourfold.cases.models import Case, LevelSet, ReviewDue
    from fourfold.panel.models import Decision, Item, Measure, PhaseSet

    with connection.cursor() as cursor:
        whole = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    case, item = Case.objects.unscoped("test").get(), Item.objects.unscoped("test").get()
    tables = {
        "decisions": Decision,
        "measures": Measure,
        "levels": LevelSet,
        "reviews": ReviewDue,
    }
    return {
        **{name: table.objects.unscoped("test").count() for name, table in tables.items()},
        "phases": PhaseSet.objects.unscoped("test").filter(phase="decided").count(),
        "entries": Entry.objects.filter(action="panel.decided").count(),
        "phase": item.phase,
        "level": case.level,
        "clean": audit_queries.verify().clean,
        "file": whole,
    }


def child(plan: Plan, words: str = "Decided.") -> tuple[int, int]:
    """Decide in a process of its own after `plan`; return its id and the pipe into which it acknowledges."""
    read, write = os.pipe()
    close()
    sys.stdout.flush()
    number = os.fork()
    if number:
        os.close(write)
        return number, read
    os.close(read)
    try:
        plan()
        decide(words)
        os.write(write, b"acknowledged")
    except Exception as refusal:  # noqa: BLE001 -- what was refused is told to the parent
        os.write(write, type(refusal).__name__.encode())
    finally:
        os._exit(0)


def ended(number: int, read: int) -> tuple[bool, str]:
    """Wait for a child; return whether it was killed, and what it acknowledged."""
    _, status = os.waitpid(number, 0)
    said = os.read(read, 100).decode()
    os.close(read)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, said


def at_statement(number: int) -> Plan:
    """Die before the statement of this number reaches the database."""

    def plan() -> None:
        from django.db import connection

        done = 0

        def count(execute, sql, params, many, context):
            nonlocal done
            done += 1
            if done == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, params, many, context)

        connection.execute_wrappers.append(count)

    return plan


def at_commit(*, after: bool) -> Plan:
    """Die right before, or right after, the transaction is committed."""

    def plan() -> None:
        from django.db import connection

        commit = connection._commit

        def last_act() -> None:
            if after:
                commit()
            os.kill(os.getpid(), signal.SIGKILL)

        connection._commit = last_act

    return plan


def nothing() -> None:
    """Plan to live."""


def measured(folder: Path) -> tuple[int, float]:
    """Return how many statements a decision takes, and how many seconds, from one that nobody kills."""
    from django.db import connection

    use(folder, "measured")
    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    start = time.perf_counter()
    with connection.execute_wrapper(count):
        decide()
    return statements, time.perf_counter() - start


def kill(folder: Path, seed: int) -> list[dict[str, object]]:
    """Play every round: kill, look, decide once more, look again."""
    dice = random.Random(seed)
    statements, seconds = measured(folder)
    points: list[tuple[str, Plan, float | None]] = [
        (f"statement {n} of {statements}", at_statement(n), None)
        for n in sorted(dice.sample(range(1, statements + 1), STATEMENT_ROUNDS))
    ]
    points += [("before the commit", at_commit(after=False), None), ("after the commit", at_commit(after=True), None)]
    for _ in range(TIMED_ROUNDS):
        delay = dice.uniform(0.1, 1.3) * seconds
        points.append((f"after {delay * 1000:.0f} ms", nothing, delay))
    return [a_round(folder, number, *point) for number, point in enumerate(points)]


def a_round(folder: Path, number: int, where: str, plan: Plan, delay: float | None) -> dict[str, object]:
    """Kill one decision, look at what is left, decide once more, and look again."""
    use(folder, f"round-{number}")
    one, read = child(plan)
    if delay is not None:
        time.sleep(delay)
        os.kill(one, signal.SIGKILL)
    killed, said = ended(one, read)
    left = found()
    _, again = ended(*child(nothing))
    return {"where": where, "killed": killed, "said": said, "left": left, "again": again, "then": found()}


def race(folder: Path, number: int) -> dict[str, object]:
    """Let two chairs decide the same item at the same moment."""
    use(folder, f"race-{number}")
    start = time.monotonic() + 0.3

    def together() -> None:
        the_item()
        time.sleep(max(0.0, start - time.monotonic()))

    children = [child(together, words) for words in ("First.", "Second.")]
    said = [ended(*each)[1] for each in children]
    return {"said": sorted(said), "then": found()}


def main() -> None:
    """Do what the command line says."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    os.environ["DATABASE_URL"] = f"sqlite:///{folder / 'template.sqlite3'}"
    os.environ["FOURFOLD_DATA_DIR"] = str(folder)
    os.environ["FOURFOLD_SHARED_KEYS"] = str(folder / "keys")
    os.environ["DJANGO_SETTINGS_MODULE"] = "fourfold.config.settings"
    django.setup()
    if what == "prepare":
        prepare(folder)
    elif what == "kill":
        sys.stdout.write(json.dumps(kill(folder, int(sys.argv[3]))))
    else:
        sys.stdout.write(json.dumps([race(folder, number) for number in range(5)]))


if __name__ == "__main__":
    main()
