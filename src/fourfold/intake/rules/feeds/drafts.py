"""What a draft of a mapping is made from, and the draft while it grows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.profiles import Profile


@dataclass(frozen=True)
class FileFacts:
    """What the bytes say about a file; `sure_*` of False: it is a guess."""

    name: str
    kind: str
    encoding: str = "utf-8"
    delimiter: str = ","
    sure_encoding: bool = True
    sure_delimiter: bool = True
    sheet: str = ""
    header_row: int = 1


@dataclass
class Draft:
    """A mapping as a document, and what its reader must decide, a sentence each."""

    document: dict[str, Any] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)

    def use(self, *columns: str) -> list[str]:
        """Mark columns as taken, and return them."""
        self.used.update(columns)
        return list(columns)

    def doubt(self, sentence: str) -> None:
        if sentence not in self.doubts:
            self.doubts.append(sentence)

    def free(self, left: dict[str, Profile]) -> Iterator[tuple[Profile, frozenset[str]]]:
        """Yield the columns that nothing has taken yet, each with the words of its name."""
        for name, column in left.items():
            if name not in self.used:
                yield column, column_names.words_of(name)
