"""Training a site's weights on its own records with Splink: nobody labels a pair, the records tell.

Splink estimates by expectation maximisation how often two records of one person agree in each way (m), and from
random pairs how often those of two people do (u). The levels are those of `rules`, written as SQL; a test holds the
two together. What Splink cannot know is corrected here: random pairs are strangers, but a household shares its
telephone, its address and its family name, so such agreement never counts for more than the shipped weights say.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException

from fourfold.linkage import splink_model, weights
from fourfold.linkage.terms import Card, InvalidWeights, Trained, Traits, Weight, Weights
from fourfold.words import sentence

FEWEST = 500
"""Below this many records chance speaks louder than the people do."""

RAREST_ERROR = 0.001
"""What fewer than one pair in a thousand of one person shows counts as never seen: the weight set by hand stays."""

SMALLEST = 1e-6
PAIRS = 1_000_000
ROUNDS = 10
"""Rounds of estimation; with many more the share of a way that no pair shows falls below what a float can hold."""

COMMON_FROM, MOST_COMMON = 5, 2_000
"""A name is common that at least so many people bear and more than average; no more than so many are kept."""


def train(
    records: Sequence[Traits], *, seed: int = 1, version: str = "of a site", trained_on: str = "its own records"
) -> Trained:
    """Return the weights that the records of one site teach; raises InvalidWeights for fewer than 500 records.

    Cars keep the shipped weights: people have many, so two that differ say nothing to learn from.
    """
    if len(records) < FEWEST:
        raise InvalidWeights(
            sentence("There are {1} records; training takes at least {2}. Use the shipped ones.", len(records), FEWEST)
        )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as store:
        path = Path(folder) / "records.parquet"
        splink_model.write(records, path)
        store.execute(f"CREATE TABLE records AS SELECT * FROM read_parquet('{path}')")  # our own path
        linker = _trained(store, seed)
        found = linker.misc.save_model_to_json()
        learned = _learned(found)
        common = _common_names(store, learned["name"]["same"].u)
    prior = _between(float(found["probability_two_random_records_match"]), SMALLEST)
    card = Card(version=version, trained_on=trained_on, records=len(records), sha256=digest_of(records))
    return Trained(records=len(records), weights=Weights(prior=prior, fields=learned, common=common, card=card))


def _learned(found: dict[str, Any]) -> dict[str, dict[str, Weight]]:
    trained = {each["output_column_name"] for each in found["comparisons"]}
    return {
        name: _corrected(name, _of_model(found, name), levels) if name in trained else dict(levels)
        for name, levels in weights.by_hand().fields.items()
    }


def digest_of(records: Iterable[Traits]) -> str:
    """Return the SHA-256 of the records that a model was trained on, whatever their order."""
    said = sorted(json.dumps(splink_model.row_of(0, record), sort_keys=True) for record in records)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _common_names(store: duckdb.DuckDBPyConnection, average: float) -> dict[str, float]:
    """Return the names that more people bear than `average` says, with their share.

    People are counted by name and day of birth, not records: who was reported a hundred times has no common name.
    """
    people = "SELECT DISTINCT spoken, birth FROM records WHERE spoken IS NOT NULL AND birth IS NOT NULL"
    sql = (
        f"SELECT spoken, count(*) / (SELECT count(*) FROM ({people})) AS share FROM ({people}) GROUP BY spoken "
        f"HAVING count(*) >= {COMMON_FROM} AND share > {average} ORDER BY share DESC, spoken LIMIT {MOST_COMMON}"
    )
    return dict(store.execute(sql).fetchall())


def _trained(store: duckdb.DuckDBPyConnection, seed: int) -> Linker:
    database = DuckDBAPI(store)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=splink_model.comparisons("duckdb"),
        blocking_rules_to_generate_predictions=[block_on("birth"), block_on("words")],
        max_iterations=ROUNDS,
    )
    linker = Linker(database.register("records"), settings, log_level="ERROR")
    linker.training.estimate_probability_two_random_records_match(
        ["l.birth = r.birth AND l.words = r.words", "l.words = r.words AND list_has_any(l.phone, r.phone)"], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=PAIRS, seed=seed)
    if not [each for each in SESSIONS if _learns(linker, each)]:
        raise InvalidWeights("These records teach nothing: no two of them agree often enough. Use the shipped weights.")
    return linker


#: Pairs that agree here teach how the other fields agree.
SESSIONS = (("birth",), ("words",), ("family_sound", "given_sound"))


def _learns(linker: Linker, columns: tuple[str, ...]) -> bool:
    """Let Splink learn from the pairs that agree in these columns; say whether they taught anything.

    Splink refuses a session in which some way of differing never occurs between records of one person, for its share
    is then smaller than a float can hold. The other sessions still teach; what none teaches stays as shipped.
    """
    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), record_sample_proportion=1.0
        )
    except (ValueError, EMTrainingException):
        return False
    return True


def _of_model(found: dict[str, Any], field: str) -> Iterator[tuple[str, float | None, float | None]]:
    comparison = next(each for each in found["comparisons"] if each["output_column_name"] == field)
    for level in comparison["comparison_levels"]:
        if not level.get("is_null_level"):
            yield level["label_for_charts"], level.get("m_probability"), level.get("u_probability")


#: Agreement that a household shares without being one person, or of which few pairs teach: it never counts for more than shipped.
HOUSEHOLD = frozenset({("phone", "same"), ("address", "same"), ("name", "other_forename"), ("account", "same")})


def _corrected(
    field: str, learned: Iterator[tuple[str, float | None, float | None]], shipped: Mapping[str, Weight]
) -> dict[str, Weight]:
    """Return what was learned; the weight set by hand where nothing was, or where two records of one person never were so.

    What a household shares never counts for more than by hand.
    """
    found = {}
    for level, m, u in learned:
        known = shipped[level]
        found[level] = known if m is None or m <= RAREST_ERROR else _no_household(field, level, m, u, known)
    return found


def _no_household(field: str, level: str, m: float, u: float | None, known: Weight) -> Weight:
    m, u = _between(m, RAREST_ERROR), _between(known.u if u is None else u, SMALLEST)
    if (field, level) in HOUSEHOLD:
        u = max(u, _between(m * known.u / known.m, SMALLEST))
    return Weight(m, u)


def _between(share: float, least: float) -> float:
    return min(max(share, least), 1 - least)
