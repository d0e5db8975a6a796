"""Opening a feed's file of whichever kind: judged as a whole first, then line by line."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

from fourfold.gateways import columnar, delimited, records, text_lines, workbooks
from fourfold.gateways.tables import CannotRead, Line
from fourfold.intake.rules.feeds import Mapping
from fourfold.intake.terms import CannotImport


def examined(path: Path, mapping: Mapping) -> str:
    """Return the file's hash, or raise CannotImport where it cannot be read from its first byte to its last."""
    try:
        if mapping.kind in ("csv", "jsonl"):
            return text_lines.examine(path, mapping.encoding).sha256
        if mapping.kind == "parquet":
            columnar.examine(path)
        else:
            workbooks.examine(path, sheet=mapping.sheet)
        return text_lines.fingerprint(path).sha256
    except OSError as fault:
        raise CannotImport(f"The file {path} cannot be opened: {fault.strerror}.") from fault
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault


def lines_of(path: Path, mapping: Mapping) -> Generator[Line, None, None]:
    """Yield the header and every row, as the kind of the file has them. Raises CannotImport as it goes."""
    try:
        yield from _lines(path, mapping)
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault


def _lines(path: Path, mapping: Mapping) -> Generator[Line, None, None]:
    if mapping.kind == "xlsx":
        return workbooks.lines(path, sheet=mapping.sheet)
    if mapping.kind == "parquet":
        return columnar.lines(path)
    if mapping.kind == "jsonl":
        return records.lines(path, encoding=mapping.encoding)
    return delimited.lines(path, encoding=mapping.encoding, delimiter=mapping.delimiter)


def header_of(lines: Iterator[Line]) -> tuple[str, ...]:
    """Take the header off the lines, or raise CannotImport where there is none that can be taken apart."""
    header = next(lines, None)
    if header is None or not header.cells:
        raise CannotImport("The file has no row in it. Ask for it to be sent again.")
    if header.trouble is not None:
        raise CannotImport("The header cannot be taken apart: it has a quote that is never closed, or is very long.")
    return header.cells
