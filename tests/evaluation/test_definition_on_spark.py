"""The one definition of an extract on Spark itself: the same rows, from the same files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fourfold.evaluation import definition
from fourfold.gateways import parquet
from tests.evaluation.test_definition import Tables, many

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Spark on this machine."""
    from fourfold.gateways.spark import session

    running = session(folder=tmp_path_factory.mktemp("spark"))
    yield running
    running.stop()


@pytest.mark.parametrize("tables", [many(150)], ids=["hostile"])
def test_spark_and_duckdb_freeze_the_same_rows(engine: Any, tmp_path: Path, tables: Tables) -> None:
    for name, columns in definition.SOURCES.items():
        file = tmp_path / f"{name}.parquet"
        parquet.write(tables.get(name, []), columns, file, order_by=next(iter(columns)))
        engine.read.parquet(str(file)).createOrReplaceTempView(name)
    found = [tuple(row) for row in engine.sql(definition.said_in("spark")).collect()]
    assert found == parquet.select(definition.definition(), tables, definition.SOURCES)
    assert len(found) == len(tables["cases"])
