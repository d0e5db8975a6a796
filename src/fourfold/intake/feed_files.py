"""Opening a feed's file of whichever kind: judged as a whole first, then line by line."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from fourfold.gateways import columnar, delimited, json_lines, text_lines, workbooks
from fourfold.gateways.tables import CannotRead, Line
from fourfold.intake.rules.feeds import Mapping, header_among
from fourfold.intake.terms import CannotImport
from fourfold.words import sentence

#: A title above the header is looked for in so many rows.
ROWS_OF_A_TITLE = 20
#: No force's export is wider; a table on its side is.
MOST_COLUMNS = 2_000


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
        raise CannotImport(sentence("The file {1} cannot be opened: {2}.", path, fault.strerror)) from fault
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault


def lines_of(path: Path, mapping: Mapping, *, header_row: int | None = None) -> Generator[Line, None, None]:
    """Yield the header and every row, as the kind of the file has them. Raises CannotImport as it goes.

    The header stands in `header_row`; where nobody says so, in the row among the first that names most of the columns
    that the mapping reads. What stands above it is no row; the number of the header tells that there is something.
    """
    try:
        if header_row is None:
            first = beginning_of(path, mapping)
            header_row = header_among(((line.number, line.cells) for line in first), mapping)
        lines = _lines(path, mapping, header_row)
        yield from filled_from_above(lines, mapping.from_above) if mapping.from_above else lines
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault


def rows_of(path: Path, mapping: Mapping, *, header_row: int) -> Generator[tuple[int, Sequence[str]], None, None]:
    """Yield the rows behind the header that are as wide as it, with their numbers. Raises CannotImport as it goes."""
    with closing(lines_of(path, mapping, header_row=header_row)) as lines:
        width = len(header_of(lines).cells)
        yield from ((line.number, line.cells) for line in lines if line.trouble is None and len(line.cells) == width)


def rows_at_a_glance(
    path: Path, mapping: Mapping, *, header_row: int
) -> Generator[tuple[int, Sequence[str]], None, None]:
    """Yield the same in a part of the time; raise `delimited.NotPlain` where `rows_of` must be asked instead."""
    if mapping.kind != "csv" or mapping.from_above:
        return rows_of(path, mapping, header_row=header_row)
    return delimited.plain_rows(path, encoding=mapping.encoding, delimiter=mapping.delimiter, begin=header_row)


def beginning_of(path: Path, mapping: Mapping) -> list[Line]:
    """Return the first rows of a file that may have a title above its header, as far as they can be taken apart."""
    if mapping.kind == "csv":
        rows = delimited.beginning(path, encoding=mapping.encoding, delimiter=mapping.delimiter)
    elif mapping.kind == "xlsx":
        rows = workbooks.lines(path, sheet=mapping.sheet)
    else:
        return []
    found = []
    with closing(rows):
        for line in islice(rows, ROWS_OF_A_TITLE):
            _refuse_too_wide(line)
            if line.trouble is None:
                found.append(line)
    return found


def _refuse_too_wide(line: Line) -> None:
    if len(line.cells) > MOST_COLUMNS:
        raise CannotRead(
            sentence(
                "Row {1} has {2} columns, and a feed has {3} at most. Is the table on its side, or is another sign between its cells (file.delimiter)?",
                f"{line.number:,}",
                f"{len(line.cells):,}",
                f"{MOST_COLUMNS:,}",
            )
        )


def filled_from_above(lines: Iterator[Line], columns: Sequence[str]) -> Iterator[Line]:
    """Yield lines; one that leaves all these columns empty has in them what the last one that filled any of them has.

    Below a row that cannot be taken apart nothing is filled: it may have begun another crime.
    """
    places: list[int] | None = None
    last: dict[int, str] = {}
    for line in lines:
        if places is None:
            names = [cell.strip() for cell in line.cells]
            places = [names.index(name) for name in columns if name in names]
            yield line
            continue
        width = max(places, default=-1)
        here = (
            {place: line.cells[place] for place in places} if line.trouble is None and len(line.cells) > width else {}
        )
        if not any(map(str.strip, here.values())) and here and last and any(line.cells):
            cells = tuple(last.get(place, cell) for place, cell in enumerate(line.cells))
            yield replace(line, cells=cells, from_above=True)
        else:
            last = here
            yield line


def _lines(path: Path, mapping: Mapping, begin: int) -> Generator[Line, None, None]:
    if mapping.kind == "xlsx":
        return workbooks.lines(path, sheet=mapping.sheet, begin=begin)
    if mapping.kind == "parquet":
        return columnar.lines(path)
    if mapping.kind == "jsonl":
        return json_lines.lines(path, encoding=mapping.encoding)
    return delimited.lines(path, encoding=mapping.encoding, delimiter=mapping.delimiter, begin=begin)


def first_rows(path: Path, mapping: Mapping, *, most: int) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the header and the first rows that can be taken apart. Raises CannotImport."""
    with closing(lines_of(path, mapping)) as lines:
        header = header_of(lines)
        return header.cells, tuple(line.cells for line in islice((one for one in lines if one.trouble is None), most))


def header_of(lines: Iterator[Line]) -> Line:
    """Take the header off the lines, or raise CannotImport where there is none that can be taken apart."""
    header = next(lines, None)
    if header is None or not header.cells:
        raise CannotImport("The file has no rows. Ask for it to be sent again.")
    try:
        _refuse_too_wide(header)
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault
    if header.trouble is not None:
        raise CannotImport("The header cannot be taken apart: it has a quote that is never closed, or is very long.")
    return header


def passed_over(header_row: int | None) -> str:
    """Return what is to be said of rows above the header, "" where there are none or nobody knows."""
    if header_row is None or header_row < 2:
        return ""
    return sentence(
        "The header is in row {1}. What stands above it is passed over: a title, or nothing.", f"{header_row:,}"
    )
