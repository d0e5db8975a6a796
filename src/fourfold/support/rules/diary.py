"""May this link, word or entry be taken, and what exactly is hashed of what was written? Pure answers."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from fourfold.support.terms import LinkState, Origin, Readers, VisitKind, Written
from fourfold.words import sentence

LONDON = ZoneInfo("Europe/London")

#: A link is read out, shown or handed over, and used soon; a forgotten one opens nothing.
LINK_LASTS = timedelta(hours=48)
#: Left alone, the diary closes by itself; and it closes in the end, whatever is done.
OPEN_FOR = timedelta(minutes=20)
OPEN_MOST = timedelta(hours=2)
TRIES = 5
SHORTEST_WORD = 4
LONGEST_WORD = 60
LONGEST_ENTRY = 10_000
LONGEST_LOG = 25 * 1024 * 1024
#: Sixteen letters that can be read aloud, four at a time: eighty bits, which nobody guesses in two days.
CODE_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_SHAPE = 16

Why = tuple[str, str] | None


def normal_code(said: str) -> str:
    """Return a code as it is hashed, however it was typed: small letters, gaps, O for 0, I for 1."""
    letters = re.sub(r"[^0-9A-Z]", "", said.upper()).translate(str.maketrans("OIL", "011"))
    return letters if len(letters) == CODE_SHAPE else ""


def code_as_read(code: str) -> str:
    """Return a code as it is read out, four letters at a time."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def digest(secret: str) -> str:
    """Return what is kept of a code or a device's secret: a digest, never itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link_state(expires_at: datetime, bound: bool, closed: bool, at: datetime) -> LinkState:
    """Return where a link stands; once bound to a device it does not expire, it is closed."""
    if closed:
        return LinkState.CLOSED
    if bound:
        return LinkState.BOUND
    return LinkState.EXPIRED if at >= expires_at else LinkState.WAITING


def why_not_word(word: str) -> Why:
    if not SHORTEST_WORD <= len(word.strip()) <= LONGEST_WORD:
        return "word", "Choose a word or number of at least 4 characters that only you know."
    if len(set(word.strip().lower())) < 3:
        return "word", "Choose a word or number that is harder to guess."
    return None


def why_not_open(visits: Iterable[VisitKind]) -> bool:
    """Return whether the door stays shut: too many wrong words since it last opened, newest first."""
    wrong = 0
    for visit in visits:
        if visit is VisitKind.OPENED:
            break
        wrong += visit is VisitKind.WRONG
    return wrong >= TRIES


def why_not_write(written: Written, at: datetime) -> Why:
    if not written.words.strip():
        return "words", "Write what happened, in your own words. A few words are enough."
    if len(written.words) > LONGEST_ENTRY:
        return (
            "words",
            "This is longer than 10,000 characters. Save the first part, then write the rest as a second entry.",
        )
    if "\x00" in written.words:
        return "words", "This contains a character that cannot be saved. Remove it."
    if written.occurred_from is not None and written.occurred_from > at + timedelta(minutes=5):
        return "day", "This day is in the future. Enter the day it happened, or leave it empty."
    if written.occurred_from is not None and at - written.occurred_from > timedelta(days=366 * 60):
        return "day", "Check the year, or leave the day empty."
    return None


def why_not_bring(content: bytes) -> Why:
    if not content:
        return "file", "The file is empty. Choose it again."
    if len(content) > LONGEST_LOG:
        return "file", sentence("The file is larger than {1} MB. Export it in parts.", LONGEST_LOG // 1024**2)
    return None


def canonical(written: Written, *, case: str, origin: Origin, rest: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the one text that is sealed and hashed of an entry: every byte follows from it.

    The words stand as they came, not trimmed and not normalised; instants are written in UTC, with the zone in which
    they were said beside them; `rest` is what else stood in the row of a brought file.
    """
    said = {
        "case": case,
        "origin": str(origin),
        "words": written.words,
        "told_at": _instant(written.told_at),
        "occurred_from": _instant(written.occurred_from),
        "occurred_until": _instant(written.occurred_until),
        "time_known": written.time_known,
        "time_zone": written.time_zone,
        "language": str(written.language),
        "readers": str(written.readers),
        "row": written.row,
        "rest": dict(rest),
    }
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()


def same_key(written: Written, *, case: str, nth: int = 1, device: str = "") -> str:
    """Return the key under which the same incident is known again.

    For a row of a brought file: its words and its time, and which of equal rows in that file it is, so that a longer
    export of the same log adds only what is new, and two equal rows of one log stay two. For what is written: with
    the device and the moment, since a second “another call” is a second call.
    """
    plain = " ".join(unicodedata.normalize("NFKC", written.words).casefold().split())
    parts = [case, plain, _instant(written.occurred_from) or "", str(nth)]
    if device:
        parts += [device, _instant(written.told_at) or ""]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def initials(name: str) -> str:
    """Return a name so that nobody who looks over a shoulder reads it: “N.S.”"""
    return "".join(f"{word[0].upper()}." for word in re.findall(r"[^\W\d_]+", name))[:8]


# ---- when it happened, as it is said --------------------------------------------------------------------------------

TODAY = frozenset({"today", "now", "heddiw", "nawr", "rwan", "rŵan"})
YESTERDAY = frozenset({"yesterday", "ddoe"})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MISIOEDD = ("ion", "chw", "maw", "ebr", "mai", "meh", "gor", "aws", "med", "hyd", "tac", "rha")
_NUMBERS = re.compile(r"(\d{1,2})[-/. ](\d{1,2})(?:[-/. ](\d{4}|\d{2}))?")
_WORDS = re.compile(
    r"(?:[^\W\d]+,? )?(\d{1,2})(?:st|nd|rd|th|af|ail|fed|ydd|eg|ain)? ?([^\W\d]{3,9})\.?,?(?: (\d{4}|\d{2}))?"
)
_CLOCK = re.compile(r"(?:about|around|tua|~)? ?(\d{1,2})(?:[:.h](\d{2}))? ?(am|pm|yb|yh)?", re.IGNORECASE)


def when_of(day: str, clock: str, at: datetime) -> tuple[datetime | None, bool, Why]:
    """Return when it happened as it was said, whether the time is known, and what cannot be read.

    A day without a year is the last such day. Without a day, nobody knows when: None, never a guess. A day without a
    time stands at its noon, and at the latest now: whoever writes before noon does not write of a time to come.
    """
    if not day.strip():
        why = ("day", "Write the day too, such as today or 24 Nov.") if clock.strip() else None
        return None, False, why
    found = _day(day.strip().lower(), at.astimezone(LONDON).date())
    if found is None:
        return None, False, ("day", "Write the day as today, yesterday, 24 Nov or 24/11/2026, or leave it empty.")
    if not clock.strip():
        noon = datetime.combine(found, time(12), tzinfo=LONDON)
        return min(noon, at) if found == at.astimezone(LONDON).date() else noon, False, None
    hour = _clock(clock.strip().lower())
    if hour is None:
        return None, False, ("time", "Write the time as 17:40 or 5pm, or leave it empty.")
    return moment_of(found, hour, LONDON), True, None


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return an instant from a clock in `zone`; an hour that comes twice counts the first time."""
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _day(said: str, today: date) -> date | None:
    first = said.split(",", maxsplit=1)[0].strip()
    if first in TODAY:
        return today
    if first in YESTERDAY:
        return today - timedelta(days=1)
    if found := _NUMBERS.fullmatch(said):
        return _date(found[1], int(found[2]), found[3], today)
    if (found := _WORDS.fullmatch(said)) and (month := _month(found[2])):
        return _date(found[1], month, found[3], today)
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def _month(said: str) -> int:
    for names in (_MONTHS, _MISIOEDD):
        if said[:3] in names:
            return names.index(said[:3]) + 1
    return 0


def _date(day: str, month: int, year: str | None, today: date) -> date | None:
    try:
        if year:
            return date(int(year) + (2000 if len(year) == 2 else 0), month, int(day))
        this = date(today.year, month, int(day))
        return this if this <= today + timedelta(days=1) else date(today.year - 1, month, int(day))
    except ValueError:
        return None


def _clock(said: str) -> time | None:
    """Return the time said, or None. "5" and "5:30" may be of the morning or the afternoon: whoever writes it says which."""
    found = _CLOCK.fullmatch(said)
    if not found:
        return None
    hour, half = int(found[1]), found[3] or ""
    if not half and 1 <= hour <= 12 and (found[2] is None or len(found[1]) == 1):
        return None
    if half in ("pm", "yh") and hour < 12:
        hour += 12
    if half in ("am", "yb") and hour == 12:
        hour = 0
    try:
        return time(hour, int(found[2] or 0))
    except ValueError:
        return None


def readers_of(said: str) -> Readers:
    """Return who may read an entry; no answer is not a yes."""
    return Readers.UNIT if said == Readers.UNIT else Readers.ADVOCATE
