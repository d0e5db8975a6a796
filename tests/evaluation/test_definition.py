"""What an extract is, said once in SQL: by hand, in another dialect of SQL, and without a name in any table it reads."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import sqlglot

from fourfold.evaluation import definition
from fourfold.evaluation.terms import COLUMNS
from fourfold.gateways import parquet

DAY = 86_400
Tables = dict[str, list[tuple[Any, ...]]]

BY_HAND: Tables = {
    "until": [(400 * DAY,)],
    "cases": [
        ("ann", "north", 10 * DAY + 50, 2025, 3, "former partner", "she", None),
        ("bea", "south", 300 * DAY, 2025, 12, "", "", "he"),
        ("cat", "south", 399 * DAY, 2026, 1, "neighbour", "", "he"),
    ],
    "acts": [
        ("ann", 9 * DAY, None, True), ("ann", 10 * DAY + 50, False, False), ("ann", 40 * DAY, None, True),
        ("ann", 20 * DAY, None, None), ("bea", 300 * DAY, False, False), ("bea", 305 * DAY + 1, None, False),
    ],
    "levels": [("ann", 12 * DAY, "high"), ("ann", 11 * DAY, "medium"), ("bea", 300 * DAY, "low")],
    "management": [("ann", 30 * DAY), ("ann", 25 * DAY), ("bea", 290 * DAY)],
    "custody": [("ann", 50 * DAY + 50, 60 * DAY + 50), ("bea", 250 * DAY, 299 * DAY), ("cat", 390 * DAY, None)],
    "sessions": [("ann", "attended"), ("ann", "cancelled"), ("bea", "planned")],
    "staff_minutes": [("ann", 30), ("ann", 45)],
    "steps": [("ann", 30 * DAY, 29 * DAY), ("ann", 31 * DAY, 33 * DAY), ("ann", 32 * DAY, None), ("ann", 500 * DAY, None)],
    "wellbeing": [
        ("ann", "who-5", 12 * DAY, None), ("ann", "phq-9", 13 * DAY, 14.0), ("ann", "phq-9", 90 * DAY, 9.0),
        ("ann", "who-5", 95 * DAY, 20.0),
    ],
}  # fmt: skip


def selected(statement: str, tables: Tables) -> list[tuple[Any, ...]]:
    """Run a statement over tables of rows, all of them in one batch."""
    batch = [(name, [json.dumps(column) for column in zip(*of, strict=True)]) for name, of in tables.items() if of]
    return list(parquet.Derived(statement, definition.SOURCES, [batch], tuple))


def rows(tables: Tables) -> list[dict[str, Any]]:
    """Run the definition in the dialect in which it is written."""
    found = selected(definition.definition(), tables)
    return [dict(zip(COLUMNS, row, strict=True)) for row in found]


def test_numbers_truths_and_nothing_are_laid_down_as_they_are_said_beside_words() -> None:
    kinds = {"n": "INTEGER", "moment": "BIGINT", "truth": "BOOLEAN", "word": "VARCHAR", "total": "DOUBLE"}
    told = ["[1, 2,3]", "[-1,null, 4102444800]", "[true,null,false]", '["null","a,true",null]', "[1.5,null,2]"]
    laid = parquet.Derived("SELECT * FROM given", {"given": kinds}, [[("given", told)]], tuple)
    assert list(laid) == [
        (1, -1, True, "null", 1.5),
        (2, None, None, "a,true", None),
        (3, 4102444800, False, None, 2.0),
    ]
    short = parquet.Derived("SELECT * FROM given", {"given": kinds}, [[("given", ["[1,2]", *told[1:]])]], tuple)
    with pytest.raises(ValueError, match="shape"):
        list(short)


def test_the_rows_are_what_the_codebook_says() -> None:
    ann, bea, cat = rows(BY_HAND)
    assert ann | {"pseudonym": ""} == {
        "pseudonym": "", "site": "north", "quarter": "2025-Q1", "level": "medium", "prior_acts": 2, "former_partner": True,
        "managed_day": 14, "next_act_day": 9, "followed_days": 389, "acts_after": 2, "sessions_attended": 1,
        "staff_minutes": 75, "sessions_planned": 2, "exposure_days": 375, "steps_due": 3, "steps_kept": 1, "custody_day": 40,
        "custody_days": 10, "wellbeing_measure": "phq-9", "wellbeing_first": 14.0, "wellbeing_first_day": 2,
        "wellbeing_last": 9.0, "wellbeing_last_day": 79, "act_days": [9, 29], "custody_from": [40], "custody_until": [50],
        "victim_pronoun": "she", "subject_pronoun": "", "third_party_acts": 2,
    }  # fmt: skip
    assert (bea["former_partner"], bea["managed_day"], bea["next_act_day"], bea["custody_day"]) == (False, -10, 5, None)
    assert bea["quarter"] == "2025-Q4"
    assert (cat["former_partner"], cat["level"], cat["prior_acts"], cat["act_days"]) == (None, "", 0, None)
    assert (cat["custody_day"], cat["custody_days"]) == (0, 1)
    assert (bea["third_party_acts"], cat["third_party_acts"]) == (0, 0)


def test_nobody_at_all_gives_no_row() -> None:
    assert rows({"until": [(DAY,)]}) == []


def test_no_table_that_it_reads_has_a_name_a_place_or_a_date_of_birth() -> None:
    read = {column for columns in definition.SOURCES.values() for column in columns}
    assert not {column for column in read if any(word in column for word in ("name", "birth", "address", "phone"))}
    tables = {
        table.name for table in sqlglot.parse_one(definition.definition(), read="duckdb").find_all(sqlglot.exp.Table)
    }
    parts = {cte.alias for cte in sqlglot.parse_one(definition.definition(), read="duckdb").find_all(sqlglot.exp.CTE)}
    assert tables - parts == set(definition.SOURCES)


def many(people: int = 400, seed: int = 11) -> Tables:
    """Invent hostile tables: ties, gaps, nothing, moments at the edge of a day."""
    dice = random.Random(seed)
    names = [f"p{number:04d}" for number in range(people)]
    opened = {name: dice.randrange(0, 700 * DAY) for name in names}

    def moment(name: str) -> int:
        return opened[name] + dice.choice((0, -1, 1, DAY, dice.randrange(-50 * DAY, 400 * DAY)))

    def some(most: int) -> list[str]:
        return [name for name in names for _ in range(dice.randrange(most))]

    return {
        "until": [(720 * DAY,)],
        "cases": [
            (name, dice.choice(("a", "b")), opened[name], 2024 + opened[name] // (365 * DAY), dice.randrange(1, 13),
             dice.choice(("", "former partner", "stranger")), dice.choice(("", "they", "she", "he")), dice.choice((None, "he")))
            for name in names
        ],
        "acts": [(name, moment(name), *(dice.choice((None, True, False)) for _ in range(2))) for name in some(8)],
        "levels": [(name, moment(name) // DAY * DAY, dice.choice(("low", "high", "very_high"))) for name in some(4)],
        "management": [(name, moment(name)) for name in some(3)],
        "custody": [(name, at, dice.choice((None, at + 40 * DAY))) for name in some(2) for at in [moment(name)]],
        "sessions": [(name, dice.choice(("attended", "cancelled"))) for name in some(4)],
        "staff_minutes": [(name, dice.randrange(0, 500)) for name in some(4)],
        "steps": [(name, moment(name), dice.choice((None, moment(name)))) for name in some(4)],
        "wellbeing": [
            (name, dice.choice(("x", "y")), moment(name), dice.choice((None, float(dice.randrange(30))))) for name in some(4)
        ],
    }  # fmt: skip


def test_it_says_the_same_in_spark_s_sql() -> None:
    """Said in Spark's dialect and read back from it, the definition gives the same rows of hostile tables."""
    spark = definition.said_in("spark")
    assert sqlglot.parse_one(spark, read="spark")
    (back,) = sqlglot.transpile(spark, read="spark", write="duckdb")
    tables = many()
    found = selected(back, tables)
    assert found == selected(definition.definition(), tables)
    assert len(found) == len(tables["cases"])


def test_a_dialect_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="klingon"):
        definition.said_in("klingon")
