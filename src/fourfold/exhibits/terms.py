"""The words of exhibits: what a kept document is, and what may be wrong with one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access.terms import Compartment
from fourfold.fields import Unfit
from fourfold.words import WordedEnum

LARGEST = 25 * 1024 * 1024
"""Bytes of one document: a long scan or a short film from a telephone."""

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

MINUTES, ADVICE = "minutes", "advice"
#: The note of a file that nobody is shown: that it came, why it is not shown, and its hash.
SEALED_FILE = "sealed-file"
#: Documents marked for one reader: each opens to the agency for which it was made, and to whoever made it.
FOR_ONE_AGENCY = frozenset({ADVICE, MINUTES})
#: Documents in which the unit speaks to itself: no material of a case, for a court or for anybody.
NO_EVIDENCE = FOR_ONE_AGENCY
SUFFIXES = {
    PDF: "pdf",
    DOCX: "docx",
    "text/plain": "txt",
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/heic": "heic",
    "image/tiff": "tiff",
}


class CustodyKind(WordedEnum):
    """What happened to a file in somebody's keeping."""

    RECEIVED = "received"
    COPIED = "copied"
    SHOWN = "shown"
    HANDED_OVER = "handed_over"


#: What a file begins with that is a picture of a kind that can be drawn anew; what it is called does not count.
PICTURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
    b"RIFF": "image/webp",
}
#: What a scanner's picture begins with, which is kept and cannot be drawn anew.
TIFF = (b"II*\0", b"MM\0*")
#: What stands behind the first four bytes of a telephone's picture (HEIC), which is kept and cannot be drawn anew.
HEIC = tuple(b"ftyp" + brand for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"))


@dataclass(frozen=True)
class Brought:
    """A file as somebody brought it, and from whom and how it came."""

    kind: str
    title: str
    content: bytes
    from_whom: str
    how: str


@dataclass(frozen=True)
class CustodyShown:
    """One step of a custody record, as a page shows it."""

    step: CustodyKind
    at: datetime
    by: str
    from_whom: str
    to_whom: str
    how: str
    sha256: str


@dataclass(frozen=True)
class ExhibitRow:
    """A kept document as lists show it: never its contents."""

    id: UUID
    kind: str
    title: str
    compartment: Compartment
    media_type: str
    size: int
    sha256: str
    kept_at: datetime
    kept_by: str


@dataclass(frozen=True)
class Opened:
    """A kept document with its bytes, read back and found to be what was kept."""

    row: ExhibitRow
    content: bytes

    @property
    def file_name(self) -> str:
        """A neutral name for saving: kind and the beginning of the hash, nothing of the case."""
        return f"{self.row.kind}-{self.row.sha256[:8]}.{SUFFIXES.get(self.row.media_type, 'bin')}"


class CannotKeep(Unfit):
    """The document cannot be kept."""


class Damaged(Exception):
    """What was kept cannot be read back as it came; the message says which exhibit, never what is in it."""
