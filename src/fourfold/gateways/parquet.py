"""Frozen tables as Parquet files, through an embedded DuckDB: written whole and durably, or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb


def write(rows: Sequence[Sequence[Any]], columns: Mapping[str, str], path: Path, *, order_by: str) -> str:
    """Write rows under `columns` (name to SQL type), in the order of one column, and return the file's SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    with duckdb.connect() as memory:
        memory.execute(f"CREATE TABLE rows ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        if rows:
            marks = ", ".join("?" * len(columns))
            memory.executemany(f"INSERT INTO rows VALUES ({marks})", [list(row) for row in rows])  # noqa: S608
        target = str(draft).replace("'", "''")
        memory.execute(f"COPY (SELECT * FROM rows ORDER BY {order_by}) TO '{target}' (FORMAT parquet)")  # noqa: S608
    content = draft.read_bytes()
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return hashlib.sha256(content).hexdigest()


def read(columns: Iterable[str], path: Path) -> list[tuple[Any, ...]]:
    """Read the named columns of a Parquet file, in the order in which they were written."""
    with duckdb.connect() as memory:
        return memory.execute(f"SELECT {', '.join(columns)} FROM read_parquet(?)", [str(path)]).fetchall()  # noqa: S608


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as it lies there, or nothing where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
