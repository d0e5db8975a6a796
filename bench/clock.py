"""How the benchmarks measure: seconds by the wall, memory at its highest, one line for each promise.

A bound that is missed by more than a tenth ends the round in failure, once everything has been measured; a tenth is what a
machine may do of its own accord.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

CLEAR, STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


A_TENTH = 0.1
#: What was missed by more than a tenth so far, in the words of its line.
missed: list[str] = []


def line(what: str, measured: float, unit: str, bound: float, *, more_is_better: bool = False, note: str = "") -> None:
    """Print what was measured beside its bound, and remember it where that was missed by more than a tenth."""
    good = measured >= bound if more_is_better else measured <= bound
    near = measured >= bound * (1 - A_TENTH) if more_is_better else measured <= bound * (1 + A_TENTH)
    if not near:
        missed.append(what)
    sign = "≥" if more_is_better else "≤"
    verdict = f"({sign} {bound:,g}) {'ok' if good else 'MISSED'}"
    print(f"{what:<58} {measured:>10,.2f} {unit:<7} {verdict:<18} {note}".rstrip(), flush=True)


def apart(module: str, *words: str) -> None:
    """Measure in a program of its own, in no folder of ours: what it misses is missed here, and what comes after it is measured all the same."""
    surroundings = {name: value for name, value in os.environ.items() if name != "FOURFOLD_DATA_DIR"}
    if subprocess.run([sys.executable, "-m", module, *words], check=False, env=surroundings).returncode:
        missed.append(" ".join((module, *words[-1:])))


def judged(main: Callable[[], object]) -> None:
    """Measure; exit with 1, saying what, where a bound was missed by more than a tenth."""
    main()
    if missed:
        sys.exit(f"Missed by more than a tenth: {'; '.join(missed)}")


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def answering() -> Path | None:
    """Return where PostgreSQL's process that answers us says how long it worked, without helpers from now on.

    None on SQLite, and where PostgreSQL is elsewhere, which is said.
    """
    from django.db import connection

    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute("SELECT pg_backend_pid()")
        process = Path(f"/proc/{cursor.fetchone()[0]}")
    local = (process / "comm").is_file() and "postgres" in (process / "comm").read_text()
    if not local:
        print("The server is on another machine: what it works is not in the numbers.", flush=True)
    return process / "schedstat" if local else None


def worked(server: Path | None) -> float:
    """Return the seconds of processor of this process, and of that of the server."""
    return time.process_time() + (int(server.read_text().split()[0]) / 1e9 if server else 0)


def all_of_us() -> float:
    """Return the seconds of processor of this process, and of those that it started and that have ended; with all of PostgreSQL's where it is here."""
    mine, server = os.times(), answering()
    spent = mine.user + mine.system + mine.children_user + mine.children_system
    if server is None:
        return spent
    first = _told_of(server.parent)[0]
    every = {int(each.name): _told_of(each) for each in Path("/proc").iterdir() if each.name.isdigit()}
    # Its own, those of its children that have ended, and those of the children that work.
    ticks = sum(every[first][10:14]) + sum(sum(told[10:12]) for told in every.values() if told[:1] == [first])
    return spent + ticks / os.sysconf("SC_CLK_TCK")


def _told_of(process: Path) -> list[int]:
    """Return what /proc/PID/stat tells of a process, from its parent on; nothing of one that has just ended."""
    try:
        told = (process / "stat").read_text()
    except OSError:
        return []
    return [
        int(each) for each in told.rpartition(")")[2].split()[1:20]
    ]  # the name may hold blanks, and a letter follows it


def best(work: Callable[[], object], times: int = 3) -> tuple[float, str]:
    """Return the shortest of several runs, with what the first needed: processor time, and memory beyond before.

    Where the processor worked for much less than the seconds passed, others were using the machine.
    """
    first, more, worked = grown(work)
    used = f"{more:,.0f} MB, {worked:.2f} s of processor"
    return min([first, *(seconds(work) for _ in range(times - 1))]), used


def grown(work: Callable[[], object]) -> tuple[float, float, float]:
    """Return the seconds of one run, the MB by which the process grew at most, and the seconds of processor."""
    before, worked = _memory("VmRSS"), time.process_time()
    CLEAR.write_text("5")
    took = seconds(work)
    return took, max(_memory("VmHWM") - before, 0) / 1024, time.process_time() - worked


def heaviest(process: subprocess.Popen[str]) -> float:
    """Wait until a process ends; return the MB that it and all that it started hold together at most, looked at four times a second."""
    most = 0
    while process.poll() is None:
        most = max(most, sum(_share(each) for each in _family(Path(f"/proc/{process.pid}"))))
        time.sleep(0.25)
    return most / 1024


def _family(process: Path) -> Iterator[Path]:
    try:
        found = [each.read_text() for each in process.glob("task/*/children")]
    except OSError:
        return
    yield process
    for child in " ".join(found).split():
        yield from _family(process.with_name(child))


def _share(process: Path) -> int:
    """Return the kB of a process, its part of what it shares with others; none of one that has just ended."""
    try:
        told = (process / "smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(one.split()[1]) for one in told.splitlines() if one.startswith("Pss:")), 0)


def held(work: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of one run, and the MB of its own by which the process grew at most, looked at every 20 ms.

    What of a mapped file the system lends to it, and takes back when others need the room, is not among them.
    """
    before, found, done = _memory("RssAnon"), [0], Event()

    def look() -> None:
        while not done.wait(0.02):
            found.append(_memory("RssAnon") - before)

    Thread(target=look, daemon=True).start()
    took = seconds(work)
    done.set()
    return took, max(found) / 1024


def _memory(name: str) -> int:
    """Read one line of this process's status in kB."""
    return int(next(one for one in STATUS.read_text().splitlines() if one.startswith(name)).split()[1])
