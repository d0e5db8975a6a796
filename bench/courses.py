"""Hidden courses of conduct in a force's feed: what of them is brought together, and how true the top of the list is.

    python -m bench.courses [ROWS]

The feed of `bench.force` is imported by the command, as a force's export is; the truth stays outside. Of each planted
course the pairs of reports are counted that end in one possible course; of the first hundred that are listed as possibly
mis-recorded, those that hold at least two reports of one planted course, and of the whole list, as the command hands it out. One row in sixteen is a
quarrel's, or a course's that looks like one (`bench.quarrels`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import comb
from pathlib import Path
from statistics import fmean
from typing import Any

from bench.clock import judged, line
from bench.force import crimes, write_csv
from bench.linking import interval
from bench.quarrels import quarrels

ROWS, SEED, TOP = 30_000, 19, 100
_PROGRAM = str(Path(sys.executable).parent / "fourfold")
THE_LONGEST = 0
MAPPING = """
name = "An invented force"
system = "bench-force"
[reference]
columns = ["Crime reference"]
[told]
columns = ["Reported at"]
formats = ["%d/%m/%Y %H:%M"]
clock_change = "hour not known"
[class]
as_recorded = ["Offence"]
default = "99"
[[class.by]]
columns = ["Offence"]
[class.by.codes]
"stalking" = "8Q"
"harassment" = "8L"
"malicious communications" = "8R"
"criminal damage" = "58"
"breach of order" = "66"
"common assault" = "8N"
"theft from a vehicle" = "49"
"shoplifting" = "49"
"burglary" = "28"
[words]
parts = ["{Summary}"]
free_text = true
""" + "".join(
    f"""[{part.lower()}]
name = ["{part} name"]
phone = ["{part} phone"]
email = ["{part} e-mail"]
address = ["{part} address"]
[{part.lower()}.birth]
columns = ["{part} DOB"]
formats = ["%d/%m/%Y"]
"""
    for part in ("Victim", "Subject")
)


def measure(rows: int = ROWS) -> None:
    """Import the feed, look, and print one line for each promise."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ.pop("DATABASE_URL", None)
        os.environ["FOURFOLD_DATA_DIR"] = folder
        truth = [*crimes(rows, seed=SEED), *quarrels(rows // 16, seed=SEED)]
        truth.sort(key=lambda one: one.at)
        write_csv(truth, Path(folder, "feed.csv"))
        Path(folder, "feed.toml").write_text(MAPPING)
        began = time.perf_counter()
        said = _import(folder)
        line(f"courses: {rows:,} reports imported and looked through", time.perf_counter() - began, "s", rows / 100)
        found, ranked, second = _found()
        planted = {one.reference: one.course for one in truth if one.course is not None}
        _report(planted, found, ranked, said)
        late = sum(_holds_two(names, planted) for names in second)
        print(f"courses: {len(second):,} wait on the second list, {late} of them true", flush=True)


def _import(folder: str) -> dict[str, int]:
    words = ("import", f"{folder}/feed.csv", "--mapping", f"{folder}/feed.toml", "--site", "cheshire", "--json")
    done = subprocess.run([_PROGRAM, *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(done.stderr)
    totals: dict[str, int] = json.loads(done.stdout)
    return totals


def _found() -> tuple[dict[str, str], list[list[str]], list[list[str]]]:
    """Return in which possible course each reference stands, and the references of each course on either list, in order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fourfold.config.settings")
    import django

    django.setup()
    from fourfold.cases.models import PossibleAct, PossibleCourse
    from fourfold.cases.terms import Together
    from fourfold.intake.models import Allegation

    names = dict(Allegation.objects.unscoped("bench").values_list("pk", "reference"))
    acts: dict[str, list[str]] = defaultdict(list)
    for course, allegation in (
        PossibleAct.objects.unscoped("bench").filter(third=False).values_list("course_id", "allegation_id")
    ):
        acts[str(course)].append(names[allegation])
    standing = PossibleCourse.objects.unscoped("bench").filter(kind=Together.COURSE, ended_at=None)
    found = {name: str(key) for key in standing.values_list("pk", flat=True) for name in acts[str(key)]}
    lists: dict[str, list[list[str]]] = {"likely": [], "less likely": []}
    for each in _handed_out():
        lists[each["list"]].append(acts[each["course"]])
    return found, lists["likely"], lists["less likely"]


def _handed_out() -> list[dict[str, Any]]:
    """Return the courses as the command hands them out, the weightiest first."""
    command = [_PROGRAM, "courses", "--site", "cheshire", "--list", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    courses: list[dict[str, Any]] = json.loads(done.stdout)["courses"]
    return courses


def _report(
    planted: Mapping[str, int], found: Mapping[str, str], ranked: list[list[str]], said: Mapping[str, int]
) -> None:
    sizes = Counter(planted.values())
    together: dict[int, Counter[str]] = defaultdict(Counter)
    for name, course in planted.items():
        if name in found:
            together[course][found[name]] += 1
    right = {course: sum(comb(size, 2) for size in together[course].values()) for course in sizes}
    pairs = {course: comb(size, 2) for course, size in sizes.items()}
    most = max(together[THE_LONGEST].values(), default=0)
    note = f"{len(sizes):,} courses, {sum(pairs.values()):,} pairs; {said['quarantined']} rows held"
    _share("pairs of hidden courses brought together", sum(right.values()) / sum(pairs.values()), 0.8, note)
    _share("the same, each course counting alike", fmean(right[one] / pairs[one] for one in sizes), 0.8)
    _share("reports of the longest in one", most / sizes[THE_LONGEST], 0.9, f"{most} of {sizes[THE_LONGEST]}")
    of_one = [name for name in ranked if len({planted[each] for each in name if each in planted}) < 2]
    _share("listed ones that mix no two hidden courses", len(of_one) / max(len(ranked), 1), 0.98)
    first = ranked[:TOP]
    true = sum(_holds_two(names, planted) for names in first) / max(len(first), 1)
    low, high = interval(true, len(first))
    _share(f"true among the first {len(first)} listed", true, 0.9, f"[{low:.3f}, {high:.3f}] of {len(ranked):,} listed")
    of_all = sum(_holds_two(names, planted) for names in ranked) / max(len(ranked), 1)
    _share("true among all that are listed", of_all, 0.8, f"of {len(ranked):,}")


def _share(what: str, share: float, bound: float, note: str = "") -> None:
    line(f"courses: {what}", share, "", bound, more_is_better=True, note=note)


def _holds_two(names: Iterable[str], planted: Mapping[str, int]) -> bool:
    return max(Counter(planted[name] for name in names if name in planted).values(), default=0) > 1


if __name__ == "__main__":
    judged(lambda: measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS))
