"""Spark: a session on this machine, or on the cluster that the settings name. pyspark is optional (group `spark`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

LOCAL = "local[2]"


class NoSpark(RuntimeError):
    """pyspark is not installed; the message says how to get it."""


def session(*, master: str = LOCAL, jars: Sequence[Path] = (), folder: Path | None = None, memory: str = "2g") -> Any:
    """Return the running session, or start one; `folder` takes what it writes for itself.

    `master` is Spark's own address of a cluster, such as `spark://10.0.0.5:7077` or `yarn`; on this machine nothing
    listens but on the loopback, and no page is served. Raises NoSpark where pyspark is not installed.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError as fault:
        raise NoSpark(
            "pyspark is not installed. Install the group `spark` of pyproject.toml, or run through tools.spark."
        ) from fault
    builder = SparkSession.builder.master(master).appName("fourfold")
    for name, value in _settings(master, jars, folder, memory).items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    return found


def _settings(master: str, jars: Sequence[Path], folder: Path | None, memory: str) -> dict[str, str]:
    chosen = {"spark.jars": ",".join(str(jar) for jar in jars), "spark.sql.session.timeZone": "UTC"}
    if folder is not None:
        chosen |= {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.local.dir": str(folder)}
    if master.startswith("local"):
        chosen |= {
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": memory,
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",  # many small steps: compile them once, quickly
            "spark.sql.codegen.wholeStage": "false",
            "spark.sql.adaptive.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.default.parallelism": "2",
        }
    return {name: value for name, value in chosen.items() if value}
