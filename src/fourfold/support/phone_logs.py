"""Reading what an evidence app or a telephone exports: dated incidents, or for each row why it could not be read.

Tolerant by design: there are many apps, none documents its export for long, and a frightened person brings what
there is. Column names are recognised by what they mean, a cell that means nothing known is kept beside the words, and a
row that cannot be read is counted and named, never dropped in silence. The file itself is sealed before this reads it.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fourfold.support import log_times
from fourfold.words import sentence

MOST_ROWS = 5_000
MOST_MEMBERS = 1_000
MOST_BYTES = 100 * 1024 * 1024
MOST_RATIO = 100
LONGEST_CELL = 10_000

#: What a column may be called, by what it means; compared without case, blanks and signs.
MEANINGS = {
    "when": "datetime dateandtime timestamp occurredat incidentdatetime createdat readabledate when",
    "day": "date incidentdate dateofincident day eventdate",
    "clock": "time incidenttime timeofincident eventtime hour",
    "words": "description whathappened details detail notes note incident message messagetext body text content "
    "narrative summary comment",
    "zone": "timezone tz zone",
    "files": "attachment attachments file files photo photos media image evidence",
}
_BY_NAME = {name: meaning for meaning, names in MEANINGS.items() for name in names.split()}
_LISTS = ("incidents", "entries", "logs", "log", "messages", "events", "items", "records", "data", "diary")
_CHAT = re.compile(
    r"\[?(\d{1,2}[/.]\d{1,2}[/.]\d{2,4}),? (\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?)\]?(?: -)? ([^:]{1,80}): (.*)", re.I
)
_BETWEEN_FILES = re.compile(r"[\\/;,|\"\[\]]+")
_NAMES_PICTURE = re.compile(r".+\.(?:jpe?g|png|gif|webp)", re.IGNORECASE | re.DOTALL)
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)


class NotALog(ValueError):
    """The file is none that can be read; the message says what can be."""

    field = "file"


@dataclass(frozen=True)
class LogRow:
    """One dated incident: its place in the file, its words, when, in which zone, and what else stood in the row."""

    row: int
    words: str
    occurred_from: datetime | None
    time_known: bool
    time_zone: str
    rest: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unread:
    """A row that could not be read, and why."""

    row: int
    why: str


@dataclass(frozen=True)
class Log:
    """A file that was read: what form it had, its rows, those that could not be read, and the pictures in it."""

    form: str
    rows: tuple[LogRow, ...]
    unread: tuple[Unread, ...]
    pictures: Mapping[str, bytes]


def read(content: bytes, zone: str = "Europe/London") -> Log:
    """Read a log from the bytes of a CSV, JSON, chat or ZIP export, or raise NotALog.

    Times without a zone of their own are taken as said on a clock in `zone`.
    """
    if content.startswith(b"PK\x03\x04"):
        return _zipped(content, zone)
    return _plain(content, zone, {})


def _zipped(content: bytes, zone: str) -> Log:
    try:
        members = _members(content)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as fault:
        raise NotALog("The ZIP file is damaged or has a password. Export it again without one.") from fault
    pictures = {name: raw for name, raw in members.items() if _PICTURE.search(name)}
    for name in sorted(members, key=lambda each: (not each.lower().endswith((".csv", ".json")), each)):
        if name.lower().endswith((".csv", ".tsv", ".json", ".txt")):
            found = _plain(members[name], zone, pictures)
            return Log(f"zip of {found.form}", found.rows, found.unread, pictures)
    raise NotALog("There is no list of incidents (CSV, JSON or chat) in this ZIP file.")


def _members(content: bytes) -> dict[str, bytes]:
    """Unpack into memory, never onto a disk, so that no path in it leads anywhere; too much of it is refused."""
    found: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        inside = [each for each in packed.infolist() if not each.is_dir()]
        size = sum(each.file_size for each in inside)
        if len(inside) > MOST_MEMBERS or size > MOST_BYTES or size > MOST_RATIO * max(len(content), 1):
            raise NotALog("The ZIP file unpacks to more than can be read. Export it in parts.")
        left = MOST_BYTES
        for each in inside:
            with packed.open(each) as member:
                raw = member.read(left + 1)
            left -= len(raw)
            if left < 0:
                raise NotALog("The ZIP file unpacks to more than it says. It is not read.")
            found[each.filename.replace("\\", "/").rsplit("/", 1)[-1]] = raw
    return found


def _plain(content: bytes, zone: str, pictures: Mapping[str, bytes]) -> Log:
    text = _text(content)
    first = (text.lstrip("\ufeff\u200e \n").splitlines() or [""])[0]
    if _CHAT.match(first):
        form, cells = "chat", list(_chat(text))
    elif first[:1] in ("[", "{") and (records := _json(text)) is not None:
        form, cells = "json", records
    else:
        form, cells = "csv", list(_csv(text))
    if not cells:
        raise NotALog("No incidents were found in this file. A CSV, JSON, chat or ZIP export can be read.")
    if len(cells) > MOST_ROWS:
        raise NotALog(sentence("The file holds more than {1} rows. Export it in parts.", f"{MOST_ROWS:,}"))
    read_rows = [_row(number, row, zone) for number, row in enumerate(cells, start=1)]
    return Log(
        form,
        tuple(row for row in read_rows if isinstance(row, LogRow)),
        tuple(row for row in read_rows if isinstance(row, Unread)),
        pictures,
    )


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as fault:
            raise NotALog("The letters in this file cannot be read. Export it as UTF-8.") from fault
    if b"\x00" in content[:4096]:
        raise NotALog("This is not a text file. A CSV, JSON, chat or ZIP export can be read.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _json(text: str) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise NotALog("The JSON file ends too early or is damaged. Export it again.") from fault
    if isinstance(found, dict):
        lists = {_plain_name(key): value for key, value in found.items() if isinstance(value, list)}
        found = next((lists[name] for name in _LISTS if name in lists), next(iter(lists.values()), [found]))
    return [each if isinstance(each, dict) else {"text": each} for each in found] if isinstance(found, list) else None


def _csv(text: str) -> Iterator[dict[str, Any]]:
    if not text.strip():
        return
    try:
        dialect: Any = csv.Sniffer().sniff(text[:8192], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        raise NotALog("The table in this file is damaged. Export it again.") from fault
    head = next((n for n, row in enumerate(rows[:20]) if sum(_plain_name(cell) in _BY_NAME for cell in row) >= 2), None)
    if head is None:
        raise NotALog("No heading with a date and a description was found. The first line names the columns.")
    names = [cell.strip() or f"column {n}" for n, cell in enumerate(rows[head], start=1)]
    for row in rows[head + 1 :]:
        yield dict(zip([*names, *(f"column {n}" for n in range(len(names) + 1, len(row) + 1))], row, strict=False))


def _chat(text: str) -> Iterator[dict[str, Any]]:
    said: dict[str, Any] | None = None
    for line in text.splitlines():
        found = _CHAT.match(line.lstrip("\ufeff\u200e"))
        if found is None:
            if said is not None:
                said["text"] += f"\n{line}"
            continue
        if said is not None:
            yield said
        said = {"date": found[1], "time": found[2], "from": found[3], "text": found[4]}
    if said is not None:
        yield said


def _plain_name(name: object) -> str:
    return re.sub(r"[^a-z]", "", str(name).casefold())


def _row(number: int, cells: Mapping[str, Any], zone: str) -> LogRow | Unread:
    said: dict[str, str] = {}
    rest: list[tuple[str, str]] = []
    for name, value in cells.items():
        words = _cell(value)
        meaning = _BY_NAME.get(_plain_name(name))
        if not words:
            continue
        if meaning and meaning not in said:
            said[meaning] = words
            if meaning != "words":
                rest.append((str(name)[:80], words))
        else:
            rest.append((str(name)[:80], words))
    words = said.get("words") or "; ".join(f"{name}: {value}" for name, value in rest if _is_told(name))
    if not words.strip():
        return Unread(number, "nothing in this row says what happened")
    if len(words) > LONGEST_CELL or "\x00" in words:
        return Unread(number, "the words are too long, or hold a character that cannot be kept")
    try:
        where = log_times.zone_of(said.get("zone", ""), zone)
        moment, known = log_times.when(said, where)
    except ValueError as fault:
        return Unread(number, str(fault))
    return LogRow(number, words, moment, known, str(where), tuple(rest), _files(said.get("files", "")))


def _is_told(name: str) -> bool:
    return _BY_NAME.get(_plain_name(name)) not in ("when", "day", "clock", "zone")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return str(value).strip()


def _files(said: str) -> tuple[str, ...]:
    """Return the pictures that a cell names; each part of it is read once, from its beginning."""
    named = map(_NAMES_PICTURE.match, _BETWEEN_FILES.split(said[:LONGEST_CELL]))
    return tuple(found[0].strip() for found in named if found)
