"""Difference-in-differences from ten million rows, on random codes: cells, group-time effects and relabelling."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROWS = 10_000_000
AREAS, MONTHS = 43, 48


def measure(folder: Path) -> list[tuple[str, float, float]]:
    """Return (what, seconds, bound) for each promise; the quickest of three, as each repeats the same work."""
    from fourfold import stats

    rng = np.random.default_rng(2026)
    area, month, again = (rng.integers(0, top, ROWS).astype(np.int8) for top in (AREAS, MONTHS, 2))
    path = _filed(folder)
    cells = stats.area_period_cells(area, month, again)
    start = np.array([{3: 20, 17: 26, 31: 32}.get(unit, 0) for unit in range(AREAS)])
    panel: dict[str, Any] = {**cells.long(), "first_treated": np.repeat(start, MONTHS)}
    columns = {"area": "area", "period": "month", "outcome": "again"}
    return [
        ("cells from 10 million rows", _best(lambda: stats.area_period_cells(area, month, again)), 0.5),
        (
            "cells, 10 million rows of Parquet",
            _best(lambda: stats.area_period_cells_from_parquet(path, **columns)),
            0.5,
        ),
        ("group-time effects, 43 areas x 48 months", _best(lambda: stats.group_time_effects(**panel).aggregate()), 0.5),
        ("randomisation inference, 999 relabellings", _best(lambda: stats.randomisation_test(**panel)), 1.0),
    ]


def _filed(folder: Path) -> Path:
    """Write as many rows of such codes to Parquet."""
    import duckdb

    path = folder / "rows.parquet"
    codes = ", ".join(
        f"floor(random() * {top})::TINYINT AS {name}"
        for name, top in (("area", AREAS), ("month", MONTHS), ("again", 2))
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {codes} FROM range({ROWS})) TO '{path}' (FORMAT parquet)")
    return path


def _best(work: Callable[[], object]) -> float:
    spans = []
    for _ in range(3):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return min(spans)
