"""Drafting a mapping for a file that nobody has mapped yet, and telling what a mapping would lose of a file."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.gateways import text_lines, workbooks
from fourfold.gateways.tables import CannotRead, Line
from fourfold.intake.feed_files import beginning_of, examined, header_of, lines_of, passed_over
from fourfold.intake.rules.feeds import Mapping, Reader, ReadRow, mapping_of
from fourfold.intake.rules.feeds.layout import columns_in
from fourfold.intake.rules.feeds.letters import has_no_text, why_no_word
from fourfold.intake.rules.feeds.losses import JoinedNames, Unique
from fourfold.intake.rules.feeds.profiles import differing_in, named_by_two, profiles_of, title_lines, values_among
from fourfold.intake.rules.feeds.proposing import Draft, FileFacts, proposed
from fourfold.intake.rules.feeds.unread_columns import Unread, what_it_lacks
from fourfold.intake.services.importing import layout_since
from fourfold.intake.services.sorting import Candidate, Held, Sorted, read_batches, sort_rows, without
from fourfold.intake.services.stopping import Doubtful, Waiting, refuse_doubtful
from fourfold.intake.terms import CannotImport, Loss, Lost
from fourfold.words import counted

#: So many rows are looked at; a feed that changes its ways after them is told by the check.
LOOKED_AT = 20_000
_EXAMPLES = 5
#: Names in two rows are looked for in the first so many.
_ROWS_OF_NAMES = 4
_BEGINNINGS = ((b"PK\x03\x04", "xlsx"), (b"PAR1", "parquet"), (b"{", "jsonl"), (b"\xef\xbb\xbf{", "jsonl"))
_LEAST = {"name": "x", "system": "x", "told": {"columns": ["x"], "formats": ["%d/%m/%Y"]}}


def drafted(path: Path) -> Draft:
    """Return a mapping drafted from the names and values of a file, with what is unsure; raise CannotImport."""
    try:
        facts = _facts(path)
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault
    mapping = mapping_of({**_LEAST, "file": _file_of(facts)})
    examined(path, mapping)
    header_row = _header_row(path, mapping)
    with closing(lines_of(path, mapping, header_row=header_row)) as lines:
        header = header_of(lines).cells
        rows = (line.cells for line in islice(lines, LOOKED_AT) if line.trouble is None)
        count, columns = profiles_of(header, rows)

    def differing(reference: str) -> dict[str, int]:
        with closing(lines_of(path, mapping, header_row=header_row)) as lines:
            header_of(lines)
            return differing_in(
                (line.cells for line in islice(lines, LOOKED_AT) if line.trouble is None), names, reference
            )

    names = [column.name for column in columns]
    return proposed(replace(facts, header_row=header_row), count, columns, differing)


def _header_row(path: Path, mapping: Mapping) -> int:
    """Return the row that names the columns; raise CannotImport where the first row holds a crime already."""
    try:
        first = beginning_of(path, mapping)
    except CannotRead as fault:
        raise CannotImport(str(fault)) from fault
    if not first:
        return 1
    for at in range(min(len(first), _ROWS_OF_NAMES)):
        if named_by_two([line.cells for line in first[at : at + 2]]):
            raise CannotImport(
                f"Rows {first[at].number:,} and {first[at + 1].number:,} name the columns together, such as “Victim” above "
                "“Name”. Write both into one row, such as “Victim name”, delete the other and propose again."
            )
    there = first[title_lines([line.cells for line in first])]
    if values := values_among(there.cells):
        raise CannotImport(
            f"Row {there.number:,} should name the columns, and holds values ({', '.join(values)}). Put a row above it that "
            "names each column, such as “Crime ref” and “Victim DOB”, and propose again."
        )
    return there.number


def _facts(path: Path) -> FileFacts:
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as fault:
        raise CannotImport(f"The file {path} cannot be opened: {fault.strerror}.") from fault
    kind = next((kind for begins, kind in _BEGINNINGS if head.startswith(begins)), "csv")
    if kind == "xlsx":
        sheet, is_first = workbooks.fullest_sheet(path)
        return FileFacts(path.name, kind, sheet="" if is_first else sheet)
    if kind == "parquet":
        return FileFacts(path.name, kind)
    text_lines.refuse_packed(path)
    encoding, sure = text_lines.guessed_encoding(path)
    if not sure and encoding != "utf-8":
        encoding = _of_an_old_system(path) or encoding
    text_lines.examine(path, encoding)
    if kind == "jsonl":
        return FileFacts(path.name, kind, encoding, sure_encoding=sure)
    delimiter, agreed = text_lines.guessed_delimiter(path, encoding)
    return FileFacts(path.name, kind, encoding, delimiter, sure, agreed)


def _of_an_old_system(path: Path) -> str | None:
    """Return the encoding of MS-DOS or of an old Macintosh where most accented lines are words in that alone."""
    with path.open("rb") as file:
        accented = [line for line in islice(file, LOOKED_AT) if not line.isascii()]

    def foreign(encoding: str) -> int:
        read = (line.decode(encoding, "surrogateescape") for line in accented)
        return sum(has_no_text(line) or why_no_word(line, encoding=encoding, is_name=True) is not None for line in read)

    def letters(encoding: str) -> int:
        return sum(sign.islower() for line in accented for sign in line.decode(encoding) if not sign.isascii())

    in_utf8 = sum(not has_no_text(line.decode("utf-8", "surrogateescape")) for line in accented)
    if foreign("cp1252") * 2 <= len(accented) or in_utf8 * 10 > len(accented):
        return None
    return max(("cp850", "mac_roman"), key=letters)


def _file_of(facts: FileFacts) -> dict[str, str]:
    if facts.kind == "csv":
        return {"kind": "csv", "encoding": facts.encoding, "delimiter": facts.delimiter}
    return {"kind": facts.kind, "encoding": facts.encoding} | ({"sheet": facts.sheet} if facts.sheet else {})


@dataclass
class Checked:
    """What would become of a file, told before anything is stored.

    `duplicate_row` is the first row that stands there twice. `filled` says in how many rows a column that nothing reads
    has something, and which is the first of them.

    `held` counts rows that would wait, by reason, with the first of them; `lost` what is left behind of rows that are
    read; `unread` names columns kept only as they came, `dropped` those not kept at all. `warnings` speak of the mapping
    as a whole. `header_row` is where the header stood: above 1, something was passed over. `stops`: why an import of it
    would stop. With a `site` what is on record there was asked too: `revised` of the accepted tell a known crime otherwise.
    """

    site: str = ""
    stops: str = ""
    revised: int = 0
    new_columns: tuple[str, ...] = ()
    gone_columns: tuple[str, ...] = ()

    read: int = 0
    accepted: int = 0
    duplicates: int = 0
    held: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Held]] = field(default_factory=dict)
    lost: tuple[Lost, ...] = ()
    unread: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    header_row: int = 1
    duplicate_row: int = 0
    filled: dict[str, tuple[int, int]] = field(default_factory=dict)


def checked(path: Path, mapping: Mapping, *, at: datetime, actor: Actor | None = None, site: str = "") -> Checked:
    """Read a file through a mapping, store nothing, and return every loss. Raises CannotImport as the import would.

    With a site, and who asks, each row is held against what is on record there: what is said is what an import would do.
    """
    site = site if actor is not None else ""  # without whoever asks, nothing on record is asked
    if actor is not None:
        access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
    sha256 = examined(path, mapping)
    found = Checked(site=site)
    with closing(lines_of(path, mapping)) as lines:
        header = header_of(lines)
        found.header_row = header.number
        reader = Reader(mapping, header.cells, site=site, at=at)
        joined = JoinedNames(mapping, reader.columns)
        unique = Unique(() if mapping.reference else reader.columns)
        unread = Unread(mapping, reader.columns)
        waiting = _looked_over(found, path, mapping, header, sha256, at)
        for batch in read_batches(_looked_at(lines, reader, joined, unique, unread), reader):
            so_far, candidates = without(waiting.rows, batch, reader)
            if not mapping.free_text:
                _note_words(reader, candidates)
            _add(found, sort_rows(so_far, candidates, site, reader, sha256, all_new=not site))
    if site:
        found.new_columns, found.gone_columns = layout_since(site, reader)
    without_key = () if mapping.reference else (_without_reference(unique.names(found.read)),)
    found.warnings = (*without_key, *what_it_lacks(mapping), *unread.warnings())
    found.filled = unread.filled
    found.lost = (*joined.told(), *reader.losses.told())
    found.unread = tuple(name for name in reader.columns if name not in mapping.used and name not in mapping.ignore)
    found.dropped = tuple(name for name in reader.columns if name in mapping.ignore)
    found.not_compared = tuple(name for name in reader.columns if name in mapping.not_compared)
    return found


def _looked_over(found: Checked, path: Path, mapping: Mapping, header: Line, sha256: str, at: datetime) -> Waiting:
    """Return the rows that would wait for what they say of victim and suspect; where the file would stop, say why."""
    reader = Reader(mapping, header.cells, site=found.site, at=at)  # whose losses nobody counts
    try:
        return refuse_doubtful(
            actor=None, path=path, reader=reader, site=found.site, sha256=sha256, header_row=header.number, at=at
        )
    except Doubtful as why:
        found.stops = str(why)
        return Waiting(why.waiting)


def _add(found: Checked, batch: Sorted) -> None:
    found.read += batch.read
    found.accepted += batch.accepted
    found.revised += batch.revised
    found.duplicates += len(batch.duplicates)
    found.duplicate_row = found.duplicate_row or min(batch.duplicates, default=0)
    for held in batch.held:
        found.held[str(held.fault)] += 1
        _keep_example(found.examples.setdefault(str(held.fault), []), held)


def _without_reference(unique: list[str]) -> str:
    hint = f" “{unique[0]}” has a value of its own in every row: name it if it is the reference." if unique else ""
    return (
        "The mapping names no [reference]: later versions of a crime will not be recognised, and each becomes a new crime."
        + hint
    )


def _note_words(reader: Reader, rows: list[Candidate]) -> None:
    for row in rows:
        if isinstance(row, ReadRow) and row.told.words:
            reader.losses.row = row.number
            reader.losses.note(Loss.NOT_READ, columns_in(reader.mapping.words)[0])


def _looked_at(
    lines: Iterator[Line], reader: Reader, joined: JoinedNames, unique: Unique, unread: Unread
) -> Iterator[Line]:
    for line in lines:
        if line.trouble is None:
            if line.from_above:
                reader.losses.row = line.number
                reader.losses.note(Loss.ABOVE, reader.mapping.from_above[0])
            joined.add(line.number, line.cells)
            unique.add(line.cells)
            unread.add(line.number, line.cells)
        yield line


def _keep_example(examples: list[Held], held: Held) -> None:
    if len(examples) < _EXAMPLES:
        examples.append(held)


def sentences(found: Checked) -> Iterator[str]:
    """Yield what the check found, a line each, as a records clerk would say it."""
    if found.stops:
        yield from (found.stops, "If two people let it through:")
    there = "there already or twice" if found.site else "there twice"
    twice = "stands" if found.duplicates == 1 else "stand"
    yield f"{counted(found.read, 'row')}. {found.accepted:,} can be kept, {found.duplicates:,} {twice} {there}, {found.held.total():,} would wait."
    if found.revised:
        yield f"Of these, {found.revised:,} would tell a crime again with other content."
    if found.duplicate_row:
        yield f"The first that stands {there if found.site else 'there a second time'} is row {found.duplicate_row:,}; it adds nothing."
    if said := passed_over(found.header_row):
        yield said
    yield from (f"WARNING: {warning}" for warning in found.warnings)
    for fault, count in found.held.most_common():
        yield f"{count:,} would wait: {fault}"
        for held in found.examples[fault]:
            where = f"row {held.number:,}" + (f", column “{held.column}”" if held.column else "")
            yield f"    {where}: {held.reason}"
    for lost in found.lost:
        yield from lost.said
    for names, what in (
        (found.new_columns, "new since the last import, and read by nothing"),
        (found.gone_columns, "in the last import, and not in this file"),
        (found.dropped, "not kept at all, by columns.ignore"),
        (found.unread, "read by nothing, kept only as they came"),
        (found.not_compared, "a change in these alone is no news"),
    ):
        if names:
            said = ", ".join(_with_rows(name, found.filled) for name in names)
            yield f"{len(names):,} column{'s' if len(names) > 1 else ''} {what}: {said}"


def _with_rows(name: str, filled: dict[str, tuple[int, int]]) -> str:
    rows, first = filled.get(name, (0, 0))
    return f"{name} ({rows:,} from row {first:,})" if rows else name
