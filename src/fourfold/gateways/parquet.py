"""Frozen tables as Parquet files, through an embedded DuckDB: written whole and durably, or not at all.

Rows stream in and memory stays flat, however many they are: what does not fit waits in a folder beside the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from fourfold.gateways import private

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

#: Rows that are handed over in one statement, and those that one group of a file holds.
AT_ONCE, GROUP = 2_048, 20_480
MEMORY = "32MB"


def _listed(column: Sequence[Any]) -> list[Any]:
    return [list(value) if isinstance(value, tuple) else value for value in column]


class Unreadable(ValueError):
    """A file does not hold the columns that are asked for."""


def write(rows: Iterable[Sequence[Any]], columns: Mapping[str, str], path: Path, *, order_by: str) -> str:
    """Write rows under `columns` (name to SQL type), in the order of one column, and return the file's SHA-256."""
    private.made(path.parent)
    draft = path.with_suffix(".draft")
    kinds, coming = list(columns.values()), iter(rows)
    with _bounded(path.parent) as memory:
        memory.execute(f"CREATE TABLE rows ({', '.join(f'{name} {kind}' for name, kind in columns.items())})")
        while some := list(islice(coming, AT_ONCE)):
            _fill(memory, "rows", kinds, some)
        target = str(draft).replace("'", "''")
        memory.execute(
            f"COPY (SELECT * FROM rows ORDER BY {order_by}) TO '{target}' (FORMAT parquet, ROW_GROUP_SIZE {GROUP})"  # noqa: S608
        )
    draft.chmod(private.FILE)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    return sha256(path)


@contextmanager
def _bounded(beside: Path) -> Iterator[DuckDBPyConnection]:
    """Open a DuckDB that keeps little in memory and the rest in a folder that goes with it."""
    with TemporaryDirectory(dir=beside, prefix=".spilled-") as spilled:
        config = {"threads": 1, "memory_limit": MEMORY, "temp_directory": spilled}
        with _connected(f"{spilled}/rows.duckdb", config) as memory:
            memory.execute("SET enable_progress_bar = false")
            yield memory


def select(
    definition: str, tables: Mapping[str, Sequence[Sequence[Any]]], columns: Mapping[str, Mapping[str, str]]
) -> list[tuple[Any, ...]]:
    """Run one statement of DuckDB's SQL over `tables` (rows under the names and SQL types of `columns`)."""
    with _connected(config={"threads": 1}) as memory:
        for name, kinds in columns.items():
            memory.execute(f"CREATE TABLE {name} ({', '.join(f'{each} {kind}' for each, kind in kinds.items())})")
            _fill(memory, name, list(kinds.values()), tables.get(name, ()))
        return memory.execute(definition).fetchall()


def _fill(memory: DuckDBPyConnection, name: str, kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows column by column: one statement, whatever their number."""
    if rows:
        lists = ", ".join(f"unnest(?::{kind}[])" for kind in kinds)
        memory.execute(f"INSERT INTO {name} SELECT {lists}", [_listed(column) for column in zip(*rows, strict=True)])


def read(columns: Iterable[str], path: Path) -> list[tuple[Any, ...]]:
    """Read the named columns of a Parquet file, in the order in which they were written; raises Unreadable."""
    question = f"SELECT {', '.join(columns)} FROM read_parquet(?)"  # noqa: S608
    return _asked(question, path, "a column is missing, or it is no Parquet file.")


def columns(path: Path) -> frozenset[str]:
    """Return the names of the columns of a Parquet file; raises Unreadable."""
    told = _asked("DESCRIBE SELECT * FROM read_parquet(?)", path, "it is no Parquet file.")
    return frozenset(name for name, *_ in told)


def count(path: Path) -> int:
    """Return how many rows a Parquet file holds, from its own foot; raises Unreadable."""
    return int(_asked("SELECT count(*) FROM read_parquet(?)", path, "it is no Parquet file.")[0][0])


def _asked(question: str, path: Path, why_not: str) -> list[tuple[Any, ...]]:
    from duckdb import Error

    with _connected() as memory:
        try:
            return memory.execute(question, [str(path)]).fetchall()
        except Error as why:
            raise Unreadable(why_not) from why


def _connected(database: str = ":memory:", config: Mapping[str, Any] | None = None) -> DuckDBPyConnection:
    """Open a DuckDB; it is loaded here, where rows are read, so that no page and no command waits for it before."""
    import duckdb

    return duckdb.connect(database, config=dict(config or {}))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as it lies there, or nothing where there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
