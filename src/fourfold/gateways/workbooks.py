"""Workbooks (XLSX): streamed sheet by row. A formula is the text that stands in the cell; nothing is ever computed."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from fourfold.gateways.tables import CannotRead, Line, text_of

#: Limits of what an archive may unpack to, as for every file that comes in.
MOST_MEMBERS = 1_000
MOST_BYTES = 500 << 20
MOST_RATIO = 100
SMALL = 1 << 20

#: The most characters that a cell of a workbook holds.
LONGEST_CELL = 32_767

#: The last row that a sheet can have. A damaged number beyond it would be filled up with empty rows, one by one.
LAST_ROW = 1_048_576

#: So many rows of each sheet are looked at to find the one that holds the data.
_ROWS_LOOKED_AT = 2_000

#: What the reader of workbooks raises over a damaged one: the archive, its XML (whichever parser), or what it says.
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    SyntaxError,
    AttributeError,
    LookupError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
)


def lines(path: Path, *, sheet: str = "", begin: int = 1) -> Generator[Line, None, None]:
    """Yield the rows of a sheet (the first, unless named) in order, the header first; empty rows are left out.

    The header is the first row from row `begin` on, and says how wide the others are; what stands above it is no row.
    """
    with _opened(path) as book:
        yield from _rows_of(_sheet_of(book, sheet), begin)


def examine(path: Path, *, sheet: str = "") -> None:
    """Read a sheet to its end, or raise CannotRead; nothing of a damaged workbook is ever stored."""
    for _ in lines(path, sheet=sheet):
        pass


def fullest_sheet(path: Path) -> tuple[str, bool]:
    """Return the name of the sheet with most filled cells among its first rows, and whether it is the first."""
    with _opened(path) as book:
        names = [sheet.title for sheet in book.worksheets]
        filled = {name: _filled(book, name) for name in names}
    best = max(names, key=lambda name: filled[name], default="")
    return best, names[:1] in ([], [best])


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """Open a workbook and close it again, its file too where the library gave up half-way; or raise CannotRead."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    _refuse_bombs(path)
    with path.open("rb") as file:
        try:
            book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        except (InvalidFileException, *DAMAGED) as fault:
            raise CannotRead(
                "The file is not a workbook that can be read. Save it again as XLSX, or as CSV."
            ) from fault
        try:
            yield book
        except CannotRead:
            raise
        except SyntaxError as fault:
            raise CannotRead("The workbook breaks off in the middle. Save it again as XLSX, or as CSV.") from fault
        except DAMAGED as fault:
            raise CannotRead("The workbook is damaged inside. Open it, save it again as XLSX or as CSV.") from fault
        finally:
            book.close()


def _filled(book: Any, name: str) -> int:
    """Return how many cells are filled in the first rows of a sheet."""
    return sum(sum(map(bool, line.cells)) for line in islice(_rows_of(_sheet_of(book, name)), _ROWS_LOOKED_AT))


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except DAMAGED as fault:
        raise CannotRead('The file is not a workbook. Save it again as XLSX, or set file.kind = "csv".') from fault
    unpacked = sum(member.file_size for member in members)
    swollen = any(
        member.file_size > SMALL and member.file_size > MOST_RATIO * max(member.compress_size, 1) for member in members
    )
    if len(members) > MOST_MEMBERS or unpacked > MOST_BYTES or swollen:
        raise CannotRead("The workbook unpacks to far more than it weighs. Save it again as CSV.")


def _sheet_of(book: Any, name: str) -> Any:
    if not book.worksheets:
        raise CannotRead("The workbook has no sheet that can be read. Save it again as XLSX, or as CSV.")
    if name and name not in book.sheetnames:
        raise CannotRead(f"There is no sheet “{name}”. The sheets are: {', '.join(book.sheetnames)}.")
    sheet = book[name] if name else book.worksheets[0]
    sheet.reset_dimensions()
    return sheet


def _rows_of(sheet: Any, begin: int = 1) -> Iterator[Line]:
    width = 0
    for number, values in enumerate(sheet.iter_rows(max_row=LAST_ROW + 1, values_only=True), start=1):
        if number > LAST_ROW:
            raise CannotRead("A row is numbered beyond the last that a sheet can have. Save the workbook again as CSV.")
        cells = [text_of(value) for value in values]
        while cells and not cells[-1] and len(cells) > width:
            cells.pop()
        if number < begin or not any(cells):
            continue
        width = width or len(cells)
        yield Line(number, tuple(cells + [""] * (width - len(cells))))


def written(header: Sequence[str], rows: Iterable[Sequence[str]], *, name: str) -> bytes:
    """Return a workbook of one sheet, every cell a text: nothing in it is a formula, whatever it begins with."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=True)
    sheet = book.create_sheet(name)
    sheet.freeze_panes = "A2"  # the names of the columns stay in sight
    sheet.sheet_format.baseColWidth = 24
    for cells in (header, *rows):
        made = []
        for text in cells:
            cell = WriteOnlyCell(sheet)
            try:
                cell.value = text[:LONGEST_CELL]
            except IllegalCharacterError:
                cell.value = "".join(letter if letter.isprintable() else " " for letter in text[:LONGEST_CELL])
            cell.data_type = "s"
            cell.quotePrefix = True
            cell.number_format = "@"
            made.append(cell)
        sheet.append(made)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
