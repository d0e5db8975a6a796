"""Who is who, measured on invented people with a planted truth: how good, how fast, and how it grows.

    python -m bench.linking              the figures of docs/reference/linkage.md that take minutes
    python -m bench.linking --large      the run over ten million records as well
    python -m bench.linking --train      train the shipped model anew and write it

Training and measuring use people of different seeds, and no threshold was chosen on what is measured here.
"""

from __future__ import annotations

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from math import sqrt
from pathlib import Path

from fourfold.linkage import batch, splink_model, training, weights
from fourfold.linkage.terms import Traits, Weight, Weights

MODEL = Path(weights.__file__).with_name("model.toml")
TRAINED_ON, SEED = 30_000, 2026


def train() -> Weights:
    """Train the model that is shipped: on invented people told of one and a half times each, nobody labelling a pair.

    The prior stays as set by hand, since it is a site's and not the model's. Invented names are rarer than real ones, so
    agreeing on one never counts for more than by hand, and none is called common; another day of birth never speaks less
    against. A site's own training learns all this.
    """
    from bench.force import tellings

    records, _ = tellings(TRAINED_ON, seed=SEED)
    on = f"{len(records):,} invented records of {TRAINED_ON:,} people (bench/force.py, seed {SEED})"
    found = training.train(records, version="2026.1", trained_on=on).weights
    hand = weights.by_hand()
    names = {
        level: min(hand.fields["name"][level], weight, key=_bits) for level, weight in found.fields["name"].items()
    }
    births = {
        **found.fields["birth"],
        "different": min(hand.fields["birth"]["different"], found.fields["birth"]["different"], key=_bits),
    }
    return replace(found, prior=hand.prior, common={}, fields={**found.fields, "name": names, "birth": births})


def _bits(weight: Weight) -> float:
    return weight.m / weight.u


def pairs_of(groups: Iterable[Sequence[int]]) -> set[tuple[int, int]]:
    """Return every pair of records that stand in one group."""
    return {pair for members in groups for pair in combinations(sorted(members), 2)}


def grouped(of: Mapping[int, int]) -> list[list[int]]:
    """Return the records of each group."""
    found: dict[int, list[int]] = defaultdict(list)
    for record, group in of.items():
        found[group].append(record)
    return list(found.values())


def linked(records: Sequence[Traits], at_least: float) -> batch.Linked:
    """Return the groups that the shipped model finds among records."""
    with tempfile.TemporaryDirectory() as folder, batch.on_duckdb() as engine:
        path = Path(folder) / "records.parquet"
        splink_model.write(records, path)
        return batch.link(path, weights.shipped(), engine, at_least=at_least)


def quality(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of pairs."""
    right = len(found & truth)
    precision, recall = right / max(len(found), 1), right / max(len(truth), 1)
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-12)


def interval(share: float, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927)."""
    z, of = 1.959964, max(of, 1)
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def main() -> None:
    """Train, or measure and print."""
    if "--train" in sys.argv:
        says = (
            "Trained by `python -m bench.linking --train`; docs/reference/linkage.md is its card. Do not edit by hand."
        )
        MODEL.write_text(weights.as_toml(train(), says=says), encoding="utf-8")
        print(f"wrote {MODEL}")
        return
    from bench import linking_runs

    linking_runs.measure(large="--large" in sys.argv)


if __name__ == "__main__":
    from bench.clock import judged

    judged(main)
