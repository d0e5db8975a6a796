"""Training a site's weights on its own records with Splink: nobody labels a pair, the records tell.

Splink estimates by expectation maximisation how often two records of one person agree in each way (m), and from
random pairs how often those of two people do (u). The levels are those of `rules`, written as SQL; a test holds the
two together. What Splink cannot know is corrected here: random pairs are strangers, but a household shares its
telephone, its address and its family name, so such agreement never counts for more than the shipped weights say.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.exceptions import EMTrainingException

from fourfold.linkage import rules, weights
from fourfold.linkage.terms import InvalidWeights, Trained, Traits, Weight, Weights
from fourfold.people.terms import MarkKind

FEWEST = 500
"""Below this many records chance speaks louder than the people do."""

RAREST_ERROR = 0.001
"""No way of differing is learned to be rarer than one record in a thousand: what was never seen may still happen."""

SMALLEST = 1e-6
PAIRS = 1_000_000
ROUNDS = 10
"""Rounds of estimation; with many more the share of a way that no pair shows falls below what a float can hold."""

COLUMNS = {
    "unique_id": "BIGINT",
    "letters": "VARCHAR",
    "words": "VARCHAR",
    "spoken": "VARCHAR",
    "listed": "VARCHAR[]",
    "given": "VARCHAR",
    "family": "VARCHAR",
    "given_sound": "VARCHAR",
    "family_sound": "VARCHAR",
    "birth": "VARCHAR",
    "sex": "VARCHAR",
    **dict.fromkeys(("phone", "email", "address", "postcode"), "VARCHAR[]"),
}


def train(records: Sequence[Traits], *, seed: int = 1) -> Trained:
    """Return the weights that the records of one site teach; raises InvalidWeights for fewer than 500 records.

    Cars and accounts keep the shipped weights: people have many, so two that differ say nothing to learn from.
    """
    if len(records) < FEWEST:
        raise InvalidWeights(
            f"There are {len(records)} records; training takes at least {FEWEST}. Use the shipped ones."
        )
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as store:
        _load(store, records, Path(folder) / "records.ndjson")
        linker = _trained(store, seed)
        model = linker.misc.save_model_to_json()
    learned = weights.shipped()
    fields = {
        name: _corrected(name, _of_model(model, name), levels) if name in LEVEL_SQL else levels
        for name, levels in learned.fields.items()
    }
    prior = _between(float(model["probability_two_random_records_match"]), SMALLEST)
    return Trained(records=len(records), weights=Weights(prior=prior, fields=fields))


def _load(store: duckdb.DuckDBPyConnection, records: Sequence[Traits], path: Path) -> None:
    with path.open("w", encoding="utf-8") as lines:
        for number, record in enumerate(records):
            lines.write(json.dumps(row_of(number, record)) + "\n")
    columns = ", ".join(f"{name}: '{kind}'" for name, kind in COLUMNS.items())
    store.execute(
        f"CREATE TABLE records AS SELECT * FROM read_json('{path}', format='newline_delimited', columns={{{columns}}})"  # noqa: S608 -- our own path and names
    )


def row_of(number: int, record: Traits) -> dict[str, object]:
    """Return one record as a row of the training table: normalised as `rules` does, None where it is not known."""
    name = rules.spoken(record.name)
    row: dict[str, object] = {
        "unique_id": number,
        "letters": " ".join(name.letters) if name else None,
        "words": " ".join(name.words) if name else None,
        "spoken": " ".join(name.in_order) if name else None,
        "listed": sorted(set(name.words)) if name else None,
        "given": name.given if name else None,
        "family": name.family if name else None,
        "given_sound": rules.sound(name.given) if name else None,
        "family_sound": rules.sound(name.family) if name else None,
        "birth": None if record.birth_on is None else f"{record.birth_on:%d%m%Y}",
        "sex": record.sex or None,
        "postcode": sorted(rules.postcodes(record.of(MarkKind.ADDRESS))) or None,
    }
    for kind in (MarkKind.PHONE, MarkKind.EMAIL, MarkKind.ADDRESS):
        row[str(kind)] = sorted(record.of(kind)) or None
    return row


def _alike(one: str, other: str) -> str:
    """Return as SQL what `rules` calls alike, for a part of the left name and a part of the right."""
    mine, theirs, sound, their_sound = f"{one}_l", f"{other}_r", f"{one}_sound_l", f"{other}_sound_r"
    return (
        f"({mine} <> '' AND {theirs} <> '' AND (jaro_winkler_similarity({mine}, {theirs}) >= {rules.ALIKE} "
        f"OR ({sound} <> '' AND {sound} = {their_sound} "
        f"AND jaro_winkler_similarity({mine}, {theirs}) >= {rules.NEAR})))"
    )


_WITHIN = (
    "(list_has_all(listed_l, listed_r) OR list_has_all(listed_r, listed_l)) AND least(len(listed_l), len(listed_r))"
)
_SWAPPED = "birth_l[5:8] = birth_r[5:8] AND birth_l[1:2] = birth_r[3:4] AND birth_l[3:4] = birth_r[1:2]"

#: The ways in which each field compares, in their order, as SQL; the last takes whatever is left.
LEVEL_SQL: dict[str, dict[str, str]] = {
    "name": {
        "same": "words_l = words_r AND spoken_l = spoken_r AND letters_l = letters_r",
        "short_form": "words_l = words_r AND spoken_l = spoken_r",
        "reordered": "words_l = words_r",
        "part": f"{_WITHIN} > 1",
        "one_word": f"{_WITHIN} = 1",
        "alike": f"({_alike('given', 'given')} AND {_alike('family', 'family')}) "
        f"OR ({_alike('given', 'family')} AND {_alike('family', 'given')})",
        "other_family_name": _alike("given", "given"),
        "other_forename": _alike("family", "family"),
        "different": "ELSE",
    },
    "birth": {
        "same": "birth_l = birth_r",
        "swapped": _SWAPPED,
        "one_digit": "hamming(birth_l, birth_r) = 1",
        "same_year": "birth_l[5:8] = birth_r[5:8]",
        "different": "ELSE",
    },
    "sex": {"same": "sex_l = sex_r", "different": "ELSE"},
    "phone": {"same": "list_has_any(phone_l, phone_r)", "different": "ELSE"},
    "email": {"same": "list_has_any(email_l, email_r)", "different": "ELSE"},
    "address": {
        "same": "list_has_any(address_l, address_r)",
        "same_postcode": "list_has_any(postcode_l, postcode_r)",
        "different": "ELSE",
    },
}
_COLUMN = {"name": "words"}


def _comparison(field: str) -> dict[str, Any]:
    column = _COLUMN.get(field, field)
    unknown = {
        "sql_condition": f"{column}_l IS NULL OR {column}_r IS NULL",
        "label_for_charts": "not known",
        "is_null_level": True,
    }
    levels = [{"sql_condition": sql, "label_for_charts": name} for name, sql in LEVEL_SQL[field].items()]
    return {"output_column_name": field, "comparison_levels": [unknown, *levels]}


def _trained(store: duckdb.DuckDBPyConnection, seed: int) -> Linker:
    database = DuckDBAPI(store)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(field) for field in LEVEL_SQL],
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


def _of_model(model: dict[str, Any], field: str) -> Iterator[tuple[str, float | None, float | None]]:
    comparison = next(each for each in model["comparisons"] if each["output_column_name"] == field)
    for level in comparison["comparison_levels"]:
        if not level.get("is_null_level"):
            yield level["label_for_charts"], level.get("m_probability"), level.get("u_probability")


#: Agreement that a household shares without being one person: it never counts for more than shipped.
HOUSEHOLD = frozenset({("phone", "same"), ("address", "same"), ("name", "other_forename")})


def _corrected(
    field: str, learned: Iterator[tuple[str, float | None, float | None]], shipped: Mapping[str, Weight]
) -> dict[str, Weight]:
    """Return what was learned; the shipped weight where nothing was, or where a household would be taken for one."""
    found = {}
    for level, m, u in learned:
        known = shipped[level]
        weight = Weight(
            _between(known.m if m is None else m, RAREST_ERROR), _between(known.u if u is None else u, SMALLEST)
        )
        too_much = (field, level) in HOUSEHOLD and weight.m / weight.u > known.m / known.u
        found[level] = known if too_much else weight
    return found


def _between(share: float, least: float) -> float:
    return min(max(share, least), 1 - SMALLEST)
