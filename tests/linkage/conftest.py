"""A Spark session on this machine, one for all tests that carry the mark `spark` (tools/spark.py brings it)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Start Spark with the similarities that Splink brings along."""
    from splink.backends.spark import similarity_jar_location

    from fourfold.gateways.spark import session

    running = session(jars=[Path(similarity_jar_location())], folder=tmp_path_factory.mktemp("spark"))
    yield running
    running.stop()
