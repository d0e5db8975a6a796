"""What somebody is known by besides the name: cars, accounts and other names, as they stand in the cells of a feed."""

import re
from collections.abc import Iterator

from fourfold.intake.rules.feeds.losses import Loss
from fourfold.intake.rules.feeds.moments import is_no_day
from fourfold.intake.terms import KnownKind

LONGEST = 200
#: So many of one person are kept; nobody has more, and a cell may hold anything.
MOST = 20
#: What clerks write where there is none, or nobody knows it, besides the words for a day that nobody knows.
_NOTHING = frozenset(
    {
        *("nil", "null", "no", "tbc", "tba", "unk.", "unknown vehicle", "no vehicle", "not given", "not stated"),
        *("not recorded", "not provided", "not applicable", "not disclosed", "none known", "no trace", "refused"),
        *("declined", "withheld", "no alias", "no account", "unknown account", "x", "xx", "xxx"),
    }
)
_OWN_PLATFORM = re.compile(r"[A-Za-z][A-Za-z .]*:|https?://|(?:www\.|m\.)?[a-z]+\.com/", re.IGNORECASE)
#: Today's form, those from 1963 and 1983 with a letter for the year, and Northern Ireland's. Shorter ones may be any code.
_BRITISH = re.compile(
    r"[A-Z]{2}\d{2}[A-Z]{3}|[A-HJ-NPQR-Y]\d{1,3}[A-Z]{3}|[A-Z]{3}\d{1,3}[A-Y]|[A-Z]{0,2}[IZ][A-Z]?\d{3,4}"
)


def texts_in(cell: str, separator: str) -> Iterator[str]:
    """Yield the texts of a cell that a separator keeps apart, without words that say that there is none."""
    if not cell or cell.isspace():
        return
    for part in cell.split(separator) if separator else (cell,):
        text = part.strip()
        if text and not is_nothing(text):
            yield text


def is_nothing(text: str) -> bool:
    """Return whether a cell says in words that there is none, or that nobody knows it."""
    return is_no_day(text) or text.strip().casefold() in _NOTHING


def value_of(kind: KnownKind, text: str, platform: str = "") -> tuple[str, Loss | None]:
    """Return what is kept of a text, "" where it is nothing of its kind; and what is lost of it.

    An account gets the platform before it where it is told and the text does not name its own.
    """
    if kind is KnownKind.VEHICLE and not is_registration(text):
        return "", Loss.REGISTRATION
    if kind is KnownKind.ACCOUNT and platform and not _OWN_PLATFORM.match(text):
        text = f"{platform}: {text}"
    if len(text) > LONGEST:
        return "", Loss.KNOWN_BY
    if kind is KnownKind.ALIAS and len(text.replace(",", " ").split()) < 2:
        return text, Loss.ONE_NAME
    return text, None


def is_registration(text: str) -> bool:
    """Return whether a text may be a car's registration, of whatever country: up to ten letters and digits, some of each."""
    plate = _plate(text)
    return 2 <= len(plate) <= 10 and not plate.isalpha() and not plate.isdigit()


def is_british(text: str) -> bool:
    """Return whether a text is a British registration in a form that hardly anything else has."""
    return _BRITISH.fullmatch(_plate(text)) is not None


def _plate(text: str) -> str:
    return re.sub(r"[\s.-]", "", text).upper() if re.fullmatch(r"[A-Za-z0-9\s.-]+", text) else ""
