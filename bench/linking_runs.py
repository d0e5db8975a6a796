"""The figures of docs/reference/linkage.md: how good, how well calibrated, how fast beside bare Splink, how it grows."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from itertools import pairwise
from math import log
from pathlib import Path

from bench.clock import line
from bench.force import Noise, tellings, told_in_turn
from bench.linking import grouped, interval, linked, pairs_of, quality
from bench.ordinary import ordinary
from fourfold.linkage import batch, rules, splink_model, weights
from fourfold.linkage.terms import Traits

PEOPLE, SEED = 20_000, 7
SIZES = (66_667, 666_667)
LARGE = 6_666_667
STEPS = (0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)


def measure(*, large: bool = False) -> None:
    """Print everything, each line beside its bound."""
    from bench import courses, febrl, lookup, many_reports

    records, whose = tellings(PEOPLE, seed=SEED)
    truth = pairs_of(grouped(dict(enumerate(whose))))
    _quality("link: people of 30,000 records", records, truth, 0.93)
    for at, found in ordinary(records).items():
        precision, recall, f1 = quality(found, truth)
        print(f"link: the same by bare Splink, joined from {at}: P {precision:.4f}, R {recall:.4f}, F1 {f1:.4f}")
    for each in fields(Noise):
        twice = replace(Noise(), **{each.name: getattr(Noise(), each.name) * 2})
        told, of = tellings(PEOPLE // 2, seed=SEED + 1, noise=twice)
        _quality(f"link: with twice as much {each.name}", told, pairs_of(grouped(dict(enumerate(of)))), 0.85)
    many_reports.measure()
    print("\n" + calibration(records, truth) + "\n")
    print(febrl.table() + "\n")
    _growth([*SIZES, LARGE] if large else SIZES)
    courses.measure()
    lookup.measure()


def _quality(what: str, records: Sequence[Traits], truth: set[tuple[int, int]], least: float) -> None:
    by = weights.shipped()
    for name, at in (("strong", by.thresholds.strong), ("probable", by.thresholds.probable)):
        found = pairs_of(grouped(linked(records, at).groups))
        precision, recall, f1 = quality(found, truth)
        low, high = interval(precision, len(found))
        lowest, highest = interval(recall, len(truth))
        note = f"P {precision:.4f} [{low:.4f}, {high:.4f}], R {recall:.4f} [{lowest:.4f}, {highest:.4f}]"
        line(f"{what}, {name}, F1", f1, "", least, more_is_better=True, note=note)


def calibration(records: Sequence[Traits], truth: set[tuple[int, int]]) -> str:
    """Return as a table and a plot in letters how often pairs of each probability are one person, contradictions apart."""
    holders: dict[tuple[str, str], list[int]] = {}
    for number, record in enumerate(records):
        for key in rules.keys(record):
            holders.setdefault(key, []).append(number)
    most = {"name": batch.MOST_NAMESAKES, "birth": batch.MOST_BORN_ALIKE}
    telling = [found for (sort, _), found in holders.items() if len(found) <= most.get(sort, batch.MOST_SHARING)]
    pairs = {pair for found in telling for pair in pairs_of([found])}
    counts: list[list[float]] = [[0, 0, 0.0] for _ in STEPS[1:]]
    for one, other in pairs:
        found = rules.compare(records[one], records[other], weights.shipped())
        if found.probability < STEPS[0] or rules.apart(records[one], records[other]):
            continue
        place = next(place for place, top in enumerate(STEPS[1:]) if found.probability <= top)
        counts[place][0] += 1
        counts[place][1] += (one, other) in truth
        counts[place][2] += found.probability
    lines = [
        "| probability said | pairs | said on average | one person in truth [95 %] | 0 ········ 1 |",
        "|---|---|---|---|---|",
    ]
    for place, (seen, right, said) in enumerate(counts):
        if seen:
            share = right / seen
            low, high = interval(share, int(seen))
            drawn = "".join(
                "●" if step == round(share * 10) else "|" if step == round(said / seen * 10) else "·"
                for step in range(11)
            )
            lines.append(
                f"| {STEPS[place]:g} to {STEPS[place + 1]:g} | {seen:,} | {said / seen:.3f} "
                f"| {share:.3f} [{low:.3f}, {high:.3f}] | `{drawn}` |"
            )
    return "\n".join(lines)


# ---- beside bare Splink ---------------------------------------------------------------------------------------------


def _growth(sizes: Sequence[int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        taken: list[tuple[int, float]] = []
        for people in sizes:
            path = Path(folder) / f"{people}.parquet"
            records, _ = told_in_turn(people, seed=SEED + 2)
            began = time.perf_counter()
            number = splink_model.write(records, path)
            written = time.perf_counter() - began
            ours = _alone("ours", path)
            taken.append((number, ours["seconds"]))
            note = f"{ours['seconds']:.1f} s, {ours['peak']:,.0f} MB; told and written before in {written:.0f} s; {ours['pairs']:,} pairs"
            if people == LARGE:  # bare Splink would need more memory than a usual machine has
                print(f"link: {number:,} records: {note}", flush=True)
                continue
            bare = _alone("bare", path)
            times = ours["seconds"] / bare["seconds"]
            line(f"link: {number:,} records, seconds beside bare Splink", times, "times", 1.1, note=note)
            line(f"link: {number:,} records, memory beside bare Splink", ours["peak"] / bare["peak"], "times", 1.1)
        for (few, quick), (many, slow) in pairwise(taken):
            line(f"link: growth from {few:,} to {many:,}, exponent", log(slow / quick) / log(many / few), "", 1.1)


def _alone(what: str, path: Path) -> dict[str, float]:
    """Run one of the two in a process of its own, so that its memory is its own."""
    command = [sys.executable, "-m", "bench.linking_runs", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _ours(path: Path) -> int:
    with batch.on_duckdb() as engine:
        return batch.link(path, weights.shipped(), engine).pairs


def _bare(path: Path) -> int:
    """Splink with the same model and keys, and its own groups, which know of nobody who is apart."""
    import duckdb
    from splink import DuckDBAPI, Linker

    by = weights.shipped()
    with duckdb.connect() as store:
        store.execute(f"CREATE TABLE records AS FROM read_parquet('{path}')")
        api = DuckDBAPI(store)
        linker = Linker(api.register("records"), splink_model.settings("duckdb", by), log_level="ERROR")
        table = api.register([{"spoken": "", "tf_spoken": 1.0}])
        linker.table_management.register_term_frequency_lookup(table, "spoken")
        found = linker.inference.predict(threshold_match_probability=by.thresholds.strong, warning_mode="never")
        groups = linker.clustering.cluster_pairwise_predictions_at_threshold(found)
        store.sql(f"SELECT unique_id, cluster_id FROM {groups.physical_name}").to_arrow_table()
        [(pairs,)] = store.sql(f"SELECT count(*) FROM {found.physical_name}").fetchall()
        return int(pairs)


if __name__ == "__main__":
    began = time.perf_counter()
    pairs = {"ours": _ours, "bare": _bare}[sys.argv[1]](Path(sys.argv[2]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - began, "peak": peak, "pairs": pairs}))
