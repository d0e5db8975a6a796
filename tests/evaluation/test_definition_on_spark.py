"""The one definition of an extract on Spark itself: the same rows, from the same files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fourfold.evaluation import definition
from fourfold.gateways import parquet
from tests.evaluation.test_definition import Tables, many, selected

pytestmark = [pytest.mark.spark, pytest.mark.filterwarnings("default")]


@pytest.mark.parametrize("tables", [many(150)], ids=["hostile"])
def test_spark_and_duckdb_freeze_the_same_rows(spark: Any, tmp_path: Path, tables: Tables) -> None:
    for name, columns in definition.SOURCES.items():
        file = tmp_path / f"{name}.parquet"
        parquet.write(tables.get(name, []), columns, file, order_by=next(iter(columns)))
        spark.read.parquet(str(file)).createOrReplaceTempView(name)
    found = [tuple(row) for row in spark.sql(definition.said_in("spark")).collect()]
    assert found == selected(definition.definition(), tables)
    assert len(found) == len(tables["cases"])
