"""How a document is hashed, sealed for its one place, and judged on the way back. No framework, no clock."""

import base64
import hashlib
from uuid import UUID

from fourfold.exhibits.terms import HEIC, LARGEST, PICTURES, TIFF
from fourfold.words import sentence

Why = tuple[str, str] | None
"""The field and how to mend it, or None where the document may be kept."""


def sha256(content: bytes) -> str:
    """Return the SHA-256 of the bytes in hex, taken before anything else reads them."""
    return hashlib.sha256(content).hexdigest()


def place(exhibit: UUID) -> str:
    """Return the one place for which an exhibit is sealed: what is moved to another row cannot be opened there."""
    return f"exhibits.exhibit/{exhibit}/content"


def copy_place(copy: UUID) -> str:
    """Return the one place for which the safe copy of a picture is sealed."""
    return f"exhibits.safecopy/{copy}/content"


def kind_of(content: bytes) -> str:
    """Return what a file is by how it begins, whatever it is called; bytes that say nothing are just bytes."""
    found = next((kind for begins, kind in PICTURES.items() if content.startswith(begins)), "")
    if found == "image/webp" and content[8:12] != b"WEBP":
        found = ""
    if found or content[4:].startswith(HEIC):
        return found or "image/heic"
    if content.startswith(TIFF):
        return "image/tiff"
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    return "application/zip" if content.startswith(b"PK\x03\x04") else "application/octet-stream"


def is_picture(media_type: str) -> bool:
    """Return whether a file of this kind has a safe copy to be drawn."""
    return media_type in {"image/heic", "image/tiff", *PICTURES.values()}


def as_text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def as_bytes(text: str) -> bytes:
    """Return the bytes that `as_text` was given; raises ValueError for anything else."""
    return base64.b64decode(text, validate=True)


def why_not_keep(title: str, content: bytes, media_type: str) -> Why:
    if not title.strip():
        return ("title", "Give the document a title that says what it is, without a name or a place.")
    if not content:
        return ("content", "The file is empty. Choose the file again.")
    if len(content) > LARGEST:
        return (
            "content",
            sentence("The file is larger than {1} MB. Split it, or keep it elsewhere.", LARGEST // 1024**2),
        )
    if "/" not in media_type:
        return ("media_type", "Say what kind of file this is, such as application/pdf.")
    return None
