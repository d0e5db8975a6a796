"""The model as Splink takes it: the columns of a record, how each field compares as SQL, and where to look for pairs.

The levels are those of `rules`, written as SQL in the dialects of DuckDB and Spark; tests hold the three together. What
SQL has no word for is worked out before, once for each record, and not for each pair.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from fourfold.access.forenames import established
from fourfold.linkage import rules
from fourfold.linkage.rules.levels import FEWEST_WORDS, address_words
from fourfold.linkage.terms import Traits, Weights
from fourfold.people.rules.search_keys import either_way
from fourfold.people.terms import MarkKind

Dialect = Literal["duckdb", "spark"]
Keys = Callable[[Traits], frozenset[tuple[str, str]]]

_TEXTS = (
    *("letters", "words", "spoken", "given", "family", "given_sound", "family_sound", "initial", "forename"),
    *("cut", "scripts"),
)
_DAYS = ("birth", "swapped", "birth_year", "sex")
LISTS = (
    *("listed", "forenames", "phone", "email", "address", "postcode", "place_words", "vehicle"),
    *("account", "unplaced", "handles", "keys"),
)
COLUMNS = pa.schema(
    [
        ("unique_id", pa.int64()),
        *((name, pa.string()) for name in (*_TEXTS, *_DAYS)),
        *((name, pa.list_(pa.string())) for name in LISTS),
    ]
)
_MARKS = tuple(kind for kind in MarkKind if kind is not MarkKind.OTHER_NAME)
BATCH = 50_000
FACES = 2**40
"""Who has other names has a row for each, with the number of the record and once more so much for each of them."""


def write(records: Iterable[Traits], path: Path, keys: Keys = rules.keys) -> int:
    """Write records as a Parquet file, numbered from 0 in their order, and return how many; memory stays flat."""
    written = 0
    with pq.ParquetWriter(path, COLUMNS, compression="zstd") as file:
        rows: list[dict[str, object]] = []
        for record in records:
            rows += (row_of(written + face * FACES, one, keys) for face, one in enumerate(_faces(record)))
            written += 1
            if len(rows) >= BATCH:
                file.write_table(pa.Table.from_pylist(rows, COLUMNS))
                rows = []
        file.write_table(pa.Table.from_pylist(rows, COLUMNS))
    return written


def _faces(record: Traits) -> Iterator[Traits]:
    """Yield a record under each of its names."""
    marks = frozenset(mark for mark in record.marks if mark[0] is not MarkKind.OTHER_NAME)
    if len(marks) == len(record.marks):
        yield record
    else:
        yield from (replace(record, name=name, marks=marks) for name in record.names)


def row_of(number: int, record: Traits, keys: Keys = rules.keys) -> dict[str, object]:
    """Return one record as a row of the table: normalised as `rules` does, None where it is not known."""
    row: dict[str, object] = {
        "unique_id": number,
        **_of_name(record.name),
        "sex": record.sex or None,
        "postcode": sorted(rules.postcodes(record.of(MarkKind.ADDRESS))) or None,
        "keys": sorted(f"{sort} {key}" for sort, key in keys(record)),
    }
    if record.birth_on is not None:
        row["birth"], row["birth_year"] = f"{record.birth_on:%d%m%Y}", f"{record.birth_on:%Y}"
        row["swapped"] = either_way(record.birth_on)
    if words := address_words(record.of(MarkKind.ADDRESS)):
        row["place_words"] = sorted(words)
    for kind in _MARKS:
        row[str(kind)] = sorted(record.of(kind)) or None
    if accounts := record.of(MarkKind.ACCOUNT):
        row["unplaced"], row["handles"] = sorted(rules.unplaced(accounts)) or None, sorted(rules.handles(accounts))
    return row


@lru_cache(maxsize=200_000)
def _of_name(text: str) -> Mapping[str, object]:
    name = rules.spoken(text)
    if name is None:
        return {}
    return {
        "letters": " ".join(name.letters),
        "words": " ".join(name.words),
        "spoken": name.said,
        "listed": sorted(set(name.words)),
        "given": name.given,
        "family": name.family,
        "given_sound": rules.sound(name.given),
        "family_sound": rules.sound(name.family),
        "initial": name.given[:1],
        "forename": established(name.given) or None,
        "cut": name.may_be_cut or None,
        "scripts": name.scripts,
        "forenames": sorted(name.may_be) or None,
    }


# ---- how each field compares ----------------------------------------------------------------------------------------

#: What the two engines call by different names.
_CALLED: tuple[tuple[str, str, str], ...] = (
    ("similar", "jaro_winkler_similarity({0}, {1})", "jaro_winkler({0}, {1})"),
    ("any", "list_has_any({0}, {1})", "arrays_overlap({0}, {1})"),
    ("all", "list_has_all({0}, {1})", "size(array_except({1}, {0})) = 0"),
    ("common", "list_intersect({0}, {1})", "array_intersect({0}, {1})"),
    ("size", "len({0})", "size({0})"),
    ("each", "unnest({0})", "explode({0})"),
    ("list", "list({0})", "collect_list({0})"),
    ("hash", "hash({0})", "xxhash64({0})"),
)
WORDS: Mapping[Dialect, Mapping[str, str]] = {
    "duckdb": {name: duckdb for name, duckdb, _ in _CALLED},
    "spark": {name: spark for name, _, spark in _CALLED},
}
_INITIAL = "(length(given_l) = 1 OR length(given_r) = 1) AND initial_l = initial_r"


def level_sql(dialect: Dialect) -> dict[str, dict[str, str]]:
    """Return the ways in which each field compares, in their order, as SQL; ELSE takes whatever is left.

    A mark of which people have many, such as a car, has no ELSE: another one says nothing.
    """
    words = WORDS[dialect]

    def alike(one: str, other: str) -> str:
        similar = words["similar"].format(f"{one}_l", f"{other}_r")
        same_sound = f"{one}_sound_l <> '' AND {one}_sound_l = {other}_sound_r"
        near = f"{similar} >= {rules.ALIKE} OR ({same_sound} AND {similar} >= {rules.NEAR})"
        long = f"least(length({one}_l), length({other}_r)) >= {rules.SHORTEST_SLIPPED}"
        long += f" AND greatest({one}_l, {other}_r) < '{rules.SYLLABLES_FROM}'"
        # One slip leaves the first letter or the last: so the engine's slow comparison is asked of few.
        long += f" AND abs(length({one}_l) - length({other}_r)) <= 1"
        long += f" AND (left({one}_l, 1) = left({other}_r, 1) OR right({one}_l, 1) = right({other}_r, 1))"
        near += f" OR ({long} AND damerau_levenshtein({one}_l, {other}_r) <= 1)"
        return f"({one}_l <> '' AND {other}_r <> '' AND ({near}))"

    def shares(column: str) -> str:
        return words["any"].format(f"{column}_l", f"{column}_r")

    def crosses(one: str, other: str) -> str:
        return f"coalesce({words['any'].format(f'{one}_l', f'{other}_r')}, false)"

    either_unplaced = f"{crosses('unplaced', 'handles')} OR {crosses('handles', 'unplaced')}"
    left, right = _all_listed(dialect)
    fewest = f"least({words['size'].format('listed_l')}, {words['size'].format('listed_r')})"
    otherwise = f"coalesce({shares('forenames')}, false)"
    one_name = f"({otherwise} OR NOT coalesce(forename_l <> forename_r, false))"
    little = f"(given_l = '' OR given_r = '' OR ({_INITIAL}) OR ({_cut_sql('<')} AND NOT {alike('given', 'given')}))"
    given = f"({otherwise} OR {_cut_sql('>=')} OR ({alike('given', 'given')} AND {one_name}))"
    family = alike("family", "family")
    crossed = f"{one_name} AND {alike('given', 'family')} AND {alike('family', 'given')}"
    return {
        "name": {
            "same": "words_l = words_r AND spoken_l = spoken_r AND letters_l = letters_r",
            "short_form": "words_l = words_r AND spoken_l = spoken_r",
            "reordered": "words_l = words_r",
            "part": f"({left} OR {right}) AND {fewest} > 1",
            "one_word": f"(({left} OR {right}) AND {fewest} = 1) OR ({family} AND {little})",
            "alike": f"({given} AND {family}) OR ({crossed})",
            "other_family_name": given,
            "other_forename": family,
            "different": "ELSE",
        },
        "birth": {
            "same": "birth_l = birth_r",
            "swapped": "swapped_l = swapped_r",
            "one_digit": "levenshtein(birth_l, birth_r) = 1",
            "same_year": f"birth_year_l = birth_year_r OR {_year_only('birth_l', 'birth_r')}",
            "different": "ELSE",
        },
        "sex": {"same": "sex_l = sex_r", "different": "ELSE"},
        "phone": {"same": shares("phone"), "different": "ELSE"},
        "email": {"same": shares("email"), "different": "ELSE"},
        "address": {"same": shares("address"), "same_postcode": _near_sql(dialect), "different": "ELSE"},
        "vehicle": {"same": shares("vehicle")},
        "account": {"same": f"{shares('account')} OR {either_unplaced}", "different": "ELSE"},
    }


def _near_sql(dialect: Dialect) -> str:
    """Return as SQL that addresses share a postcode or, where none is known, are told in much the same words."""
    size, postcode = WORDS[dialect]["size"], WORDS[dialect]["any"].format("postcode_l", "postcode_r")
    shared = size.format(WORDS[dialect]["common"].format("place_words_l", "place_words_r"))
    shorter = f"least({size.format('place_words_l')}, {size.format('place_words_r')})"
    return f"{postcode} OR ({shared} >= {FEWEST_WORDS} AND 5 * {shared} >= 2 * {shorter})"


def _cut_sql(length: str) -> str:
    """Return as SQL that one forename begins the other, with fewer letters than say something (`<`) or with as many (`>=`)."""
    either = f"(coalesce({_begins('l', 'r')}, false) OR coalesce({_begins('r', 'l')}, false))"
    return f"({either} AND least(length(given_l), length(given_r)) {length} {rules.CUT_SHORT})"


def _begins(one: str, other: str) -> str:
    """Return as SQL that the forename of one side is cut short and begins that of the other (`rules.letters_of_the_cut`)."""
    shorter = f"length(cut_{one}) > 1 AND length(cut_{one}) < length(given_{other})"
    return f"({shorter} AND left(given_{other}, length(cut_{one})) = cut_{one})"


def _year_only(one: str, other: str) -> str:
    """Return as SQL that either is the first of January, for a year or an age, and the years are the next to one another."""
    years = f"abs(cast(right({one}, 4) AS int) - cast(right({other}, 4) AS int)) <= 1"
    return f"((left({one}, 4) = '0101' OR left({other}, 4) = '0101') AND {years})"


_COLUMN = {"name": "words"}


def _all_listed(dialect: Dialect) -> tuple[str, str]:
    """Return as SQL that all the words of the right name are words of the left one, and the other way round."""
    every = WORDS[dialect]["all"]
    return every.format("listed_l", "listed_r"), every.format("listed_r", "listed_l")


def _unknown_sql(dialect: Dialect, field: str) -> str:
    """Return as SQL when a field cannot be compared: unknown to one side or, of names, in two scripts without a common word."""
    column = _COLUMN.get(field, field)
    unknown = f"{column}_l IS NULL OR {column}_r IS NULL"
    if field != "name":
        return unknown
    left, right = _all_listed(dialect)
    return f"{unknown} OR (scripts_l <> scripts_r AND NOT ({left} OR {right}))"


def comparisons(dialect: Dialect, weights: Weights | None = None) -> list[Any]:
    """Return the comparisons as the dictionaries that Splink takes, with the weights of a model or, without one, to be trained.

    What has to be trained is what people have one or a few of; cars and accounts take part once there are weights.
    """
    return [
        _comparison(field, levels, _unknown_sql(dialect, field), weights)
        for field, levels in level_sql(dialect).items()
        if weights is not None or "ELSE" in levels.values()
    ]


def _comparison(field: str, levels: Mapping[str, str], unknown_sql: str, weights: Weights | None) -> dict[str, Any]:
    unknown = {"sql_condition": unknown_sql, "label_for_charts": "not known", "is_null_level": True}
    found = [_level(field, name, sql, weights) for name, sql in levels.items()]
    if "ELSE" not in levels.values():
        found.append({"sql_condition": "ELSE", "label_for_charts": "another", **SAYS_NOTHING})
    return {"output_column_name": field, "comparison_levels": [unknown, *found]}


#: Another car says nothing, for people have many.
SAYS_NOTHING = {"m_probability": 0.5, "u_probability": 0.5}


def _level(field: str, name: str, sql: str, weights: Weights | None) -> dict[str, Any]:
    level: dict[str, Any] = {"sql_condition": sql, "label_for_charts": name}
    if weights is not None:
        weight = weights.fields[field][name]
        level |= {"m_probability": weight.m, "u_probability": weight.u}
        if (field, name) == ("name", "same"):
            level |= _rarity(weight.u)
    return level


def apart_sql(dialect: Dialect) -> str:
    """Return as SQL what `rules.apart` says: these two can be one person by no sum of weights.

    As a CASE, for an engine works out every part of an AND and an OR: few pairs are contradicted, and of few of these an
    account vouches.
    """
    against = {
        field: {level for each, level in rules.CONTRADICTIONS if each == field} for field, _ in rules.CONTRADICTIONS
    }
    found = " OR ".join(compares_sql(dialect, field, against[field]) for field in sorted(against))
    names_of: dict[str, set[str]] = {}
    for name, birth in rules.VOUCHED:
        names_of.setdefault(birth, set()).add(name)
    in_doubt = " OR ".join(
        f"({compares_sql(dialect, 'birth', {birth})} AND {compares_sql(dialect, 'name', names)})"
        for birth, names in sorted(names_of.items())
    )
    others = " OR ".join(
        compares_sql(dialect, field, against[field]) for field in sorted({*against} - {"name", "birth"})
    )
    vouches = compares_sql(dialect, "account", {"same"})
    return f"CASE WHEN NOT ({found}) THEN false WHEN NOT {vouches} THEN true ELSE NOT ({in_doubt}) OR {others} END"


def compares_sql(dialect: Dialect, field: str, levels: Collection[str]) -> str:
    """Return as SQL that a field compares in one of these ways; not so where one side does not know it."""
    held = level_sql(dialect)[field]
    cases = " ".join(f"WHEN {sql} THEN {name in levels}" for name, sql in held.items() if sql != "ELSE")
    last = any(sql == "ELSE" and name in levels for name, sql in held.items())
    return f"CASE WHEN {_unknown_sql(dialect, field)} THEN false {cases} ELSE {last} END"


def bits_sql(dialect: Dialect, field: str, weights: Weights) -> str:
    """Return as SQL what a field says in bits; 0 where one side does not know it."""
    levels = level_sql(dialect)[field]
    bits = {level: rules.weight_of(weights, field, level) for level in levels}
    cases = " ".join(f"WHEN {sql} THEN {bits[level]!r}" for level, sql in levels.items() if sql != "ELSE")
    last = sum(bits[level] for level, sql in levels.items() if sql == "ELSE")
    return f"cast(CASE WHEN {_unknown_sql(dialect, field)} THEN 0.0 {cases} ELSE {last!r} END AS double)"


def _rarity(u: float) -> dict[str, Any]:
    """Return how Splink weighs a common name: by its share, and a rare one never for more than average."""
    return {"tf_adjustment_column": "spoken", "tf_minimum_u_value": u, "disable_tf_exact_match_detection": True}


def settings(dialect: Dialect, weights: Weights) -> dict[str, Any]:
    """Return the whole model as Splink takes it: the comparisons with their weights, and the keys that pairs share."""
    return {
        "link_type": "dedupe_only",
        "probability_two_random_records_match": weights.prior,
        "comparisons": comparisons(dialect, weights),
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": "l.keys = r.keys", "sql_dialect": dialect, "arrays_to_explode": ["keys"]}
        ],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "additional_columns_to_retain": [],
    }
