"""Parquet files: read in batches through an embedded DuckDB, so that memory stays flat however long the file is."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

from fourfold.gateways.tables import CannotRead, Line, flattened, refuse_too_many, text_of

ROWS = 2_048
MEMORY = "256MB"
BEGINS = b"PAR1"
#: What DuckDB would take for a pattern of several files.
PATTERN = frozenset("*?[")
_NESTED = ("STRUCT", "MAP", "UNION")


def examine(path: Path) -> None:
    """Read every column once to its end, or raise CannotRead; nothing of a damaged file is ever stored."""
    with path.open("rb") as file:
        if file.read(len(BEGINS)) != BEGINS:
            raise CannotRead("The file is not Parquet. Set file.kind in the mapping to what it is.")
    if PATTERN & set(str(path)):
        raise CannotRead("The name of the file or its folder has a *, ? or [ in it. Give it another name.")
    for _ in _rows(path, "max(hash(feed))"):
        pass


def lines(path: Path) -> Generator[Line, None, None]:
    """Yield a header and each row under it, in the order of the file; days and times in ISO form.

    A column that holds others gives one for each: `victim.name`, `people.1.role`. These are found by a first reading.
    """
    names, nested = _described(path)
    if nested:
        columns = _columns(path, names)
        yield Line(0, columns)
        for number, found in enumerate(_nested_cells(path, names), start=1):
            yield Line(number, tuple(found.get(name, "") for name in columns))
    else:
        yield Line(0, names)
        for number, values in enumerate(_rows(path, "*"), start=1):
            yield Line(number, tuple(map(_cell, values)))


def _described(path: Path) -> tuple[tuple[str, ...], bool]:
    rows = list(_rows(path, "*", describe=True))
    return tuple(row[0] for row in rows), any(kind in row[1] for row in rows for kind in _NESTED)


def _columns(path: Path, names: Sequence[str]) -> tuple[str, ...]:
    columns: dict[str, None] = {}
    for cells in _nested_cells(path, names):
        columns.update(dict.fromkeys(cells))
        refuse_too_many(columns)
    return tuple(columns)


def _nested_cells(path: Path, names: Sequence[str]) -> Iterator[dict[str, str]]:
    for values in _rows(path, "*"):
        yield {
            key: cell for name, value in zip(names, values, strict=True) for key, cell in flattened(name, _plain(value))
        }


def _rows(path: Path, wanted: str, *, describe: bool = False) -> Iterator[Sequence[Any]]:
    import duckdb  # a tenth of a second to load, for which only a Parquet file should wait

    question = f"SELECT {wanted} FROM read_parquet(?) AS feed"  # noqa: S608 -- `wanted` is one of this module's words
    try:
        with duckdb.connect(config={"threads": 1, "memory_limit": MEMORY}) as memory:
            memory.execute("SET enable_progress_bar = false")  # it would stand between the lines of our own answer
            found = memory.execute(f"DESCRIBE {question}" if describe else question, [str(path)])
            while rows := found.fetchmany(ROWS):
                yield from rows
    except duckdb.Error as fault:
        raise CannotRead("The Parquet file is damaged or breaks off. Ask for it to be sent again.") from fault


def _cell(value: Any) -> str:
    return "; ".join(map(_cell, value)) if isinstance(value, list) else text_of(_plain(value))


def _plain(value: Any) -> Any:
    """Return bytes as the text that many writers mean by them; what is no text shows as lone surrogates."""
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value
