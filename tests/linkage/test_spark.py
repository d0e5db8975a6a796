"""The same model on Spark: the same levels, the same groups. The check `the same linkage on Spark` runs these."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fourfold.linkage import batch, services, splink_model, weights
from fourfold.linkage.terms import LookedForSame, Traits
from fourfold.people import services as people
from fourfold.people.terms import MarkKind, PersonDetails
from tests.cast import NOW, Cast
from tests.linkage.invented import planted

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]

SAID = (
    *("Nora Quill", "QUILL Nora", "Dr Nora Quill", "Norah Kwill", "Nora Jane Quill", "Nora", "Quill", "Tom Quill"),
    *("Nora Fairlamb", "Kate Quill", "Catherine Quill", "Philip Reed", "Filip Reid", "Reed Philip", "unknown male", ""),
    *(
        "Jane Quill",
        "Jean Quill",
        "J Quill",
        "O'Neill-Byrne, Kate",
        "Catherine ONeill Byrne",
        "Nora Nora",
        "Нора Квилл",
    ),
)


KNOWN_AS = [
    Traits("Nora Holm", marks=frozenset({(kind, key) for kind, key in marks}))
    for marks in (
        [(MarkKind.OTHER_NAME, "nora fairlamb"), (MarkKind.ACCOUNT, "instagram:nora")],
        [(MarkKind.OTHER_NAME, "jane quill"), (MarkKind.OTHER_NAME, "nora quill"), (MarkKind.ACCOUNT, "nora")],
        [(MarkKind.VEHICLE, "AB12CDE"), (MarkKind.ACCOUNT, "snapchat:nora")],
        [(MarkKind.VEHICLE, "AB12CDE"), (MarkKind.OTHER_NAME, "tye ash")],
        [(MarkKind.ADDRESS, "14 high street blackburn")],
        [(MarkKind.ADDRESS, "14 hgih street blackburn"), (MarkKind.ACCOUNT, "snapchat:tye")],
        [(MarkKind.ADDRESS, "14 mill lane"), (MarkKind.ACCOUNT, "tye")],
    )
]
"""People with cars, accounts, other names and addresses of which no postcode is known."""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Records with planted duplicates and households, and the names that are hard to compare."""
    path = tmp_path_factory.mktemp("told") / "records.parquet"
    splink_model.write([*planted(400, seed=11).records, *(Traits(name=name) for name in SAID), *KNOWN_AS], path)
    return path


def test_spark_and_duckdb_find_the_same_groups(spark: Any, told: Path) -> None:
    """The same weights, the common names among them, give the same pairs and the same groups on both engines."""
    with batch.on_duckdb() as here:
        common = dict(here.rows(f"SELECT spoken, 0.002 FROM read_parquet('{told}') WHERE spoken <> '' LIMIT 200"))
        by = replace(weights.shipped(), common={name: float(share) for name, share in common.items()})
        expected = batch.link(told, by, here, at_least=0.8)
    assert len(expected.groups) > 200
    assert batch.link(told, by, batch.on_spark(spark), at_least=0.8) == expected


def test_spark_and_duckdb_compare_every_pair_alike(spark: Any, told: Path) -> None:
    """Every way in which two records compare, pair by pair, in both dialects."""
    few = f"(SELECT * FROM told WHERE unique_id >= {400} AND unique_id < 480 OR given IN ('nora', 'jane', 'jean', 'j'))"
    answers = []
    with batch.on_duckdb() as here:
        for engine in (here, batch.on_spark(spark)):
            engine.read(told, "told")
            levels = ", ".join(
                f"CASE {' '.join(f'WHEN {sql} THEN {chr(39)}{name}{chr(39)}' for name, sql in ways.items() if sql != 'ELSE')} "
                f"ELSE '' END AS {field}"
                for field, ways in splink_model.level_sql(engine.dialect).items()
            )
            names = [name for name in splink_model.COLUMNS.names if name != "keys"]
            sides = ", ".join(f"{side}.{name} AS {name}_{side}" for side in "lr" for name in names)
            pairs = f"SELECT {sides} FROM {few} AS l JOIN {few} AS r ON l.unique_id < r.unique_id"
            answers.append(
                sorted(engine.rows(f"SELECT unique_id_l, unique_id_r, {levels} FROM ({pairs}) AS both_sides"))
            )
    assert len(answers[0]) > 3_000
    assert answers[0] == answers[1]


@pytest.mark.django_db
def test_spark_and_duckdb_propose_the_same_people_on_record(spark: Any, cast: Cast, tmp_path: Path) -> None:
    """The whole way of `fourfold people`: from the records to the pairs that the desk is asked about."""
    twice = [("Nora Quill", "3 May 1985"), ("QUILL Norah", "5 March 1985"), ("Ada Holm", "1 January 1990")]
    for name, birth in twice:
        told = PersonDetails(name=name, birth=birth, phone="07700 900123" if "uill" in name.lower() else "")
        people.register_victim(actor=cast.analyst, site="northmoor", told=told, at=NOW)
    on = {"actor": cast.analyst, "site": "northmoor", "at": NOW}
    assert services.look_for_same(**on) == LookedForSame(standing=1, new=1, ended=0)
    engine = batch.on_spark(spark, tmp_path)
    assert services.look_for_same(**on, engine=engine) == LookedForSame(standing=1, new=0, ended=0)
