"""The words of drafts: what was begun, how long it is kept, and why it cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

#: After this long what was not sent goes by itself: it is nobody's record, and may hold what is said of a victim.
LASTS = timedelta(days=14)
#: The most characters of one draft, names of fields and all.
LARGEST = 100_000
#: The most drafts of one person; the oldest goes when another is kept.
MOST = 30


@dataclass(frozen=True)
class Begun:
    """What somebody began to write on a page: each field with its values as typed, since when, and until when it lasts."""

    page: str
    typed: Mapping[str, tuple[str, ...]]
    kept_at: datetime

    @property
    def until(self) -> datetime:
        """When it goes by itself."""
        return self.kept_at + LASTS


@dataclass(frozen=True)
class BegunPage:
    """A page on which somebody began to write, without what they wrote."""

    page: str
    kept_at: datetime


class CannotKeep(ValueError):
    """The draft is too long to be kept; the message says what to do."""

    field = "later"
