"""What a mapping leaves out of a file by never naming it: columns that nothing reads, and tables that it lacks."""

from collections.abc import Iterator, Sequence

from fourfold.intake.rules.feeds.codes import TAKEN_BACK
from fourfold.intake.rules.feeds.layout import Mapping
from fourfold.intake.rules.feeds.moments import writes_iso
from fourfold.intake.rules.feeds.profiles import Profile

#: So many filled cells of a column say what its values are.
_LOOKED_AT = 2_000
_WORDS_OF_A_STORY = 6
_LOOK_LIKE = {"email": "e-mail addresses", "phone": "phone numbers", "postcode": "postcodes"}


class Unread:
    """Counts in how many rows the columns that nothing reads hold something, and looks at what it is."""

    def __init__(self, mapping: Mapping, columns: Sequence[str]) -> None:
        left = [(number, name) for number, name in enumerate(columns) if name not in mapping.used]
        self._profiles = [(number, Profile(name)) for number, name in left]
        self._ignored = mapping.ignore
        self._rows: dict[str, tuple[int, int]] = {}
        self._taken_back: dict[str, tuple[int, int]] = {}

    def add(self, number: int, cells: Sequence[str]) -> None:
        """Take one more row into account; of a row of another width what is there."""
        for place, profile in self._profiles:
            if place < len(cells) and cells[place].strip():
                count, first = self._rows.get(profile.name, (0, number))
                self._rows[profile.name] = count + 1, first
                if count < _LOOKED_AT:
                    profile.add(cells[place])
                    if TAKEN_BACK.search(cells[place]):
                        rows, first = self._taken_back.get(profile.name, (0, number))
                        self._taken_back[profile.name] = rows + 1, first

    @property
    def filled(self) -> dict[str, tuple[int, int]]:
        """In how many rows each column has something, and the first of these."""
        return self._rows

    def warnings(self) -> Iterator[str]:
        """Yield what is probably needed of what nothing reads, never a value of it."""
        for _, profile in self._profiles:
            if what := _what_it_looks_like(profile):
                count, first = self._rows[profile.name]
                kept = "is not even kept" if profile.name in self._ignored else "is read by nothing"
                yield f"“{profile.name}” looks like {what}, and {kept}: {count:,} rows, first in row {first:,}."
            elif back := self._taken_back.get(profile.name):
                yield (
                    f"“{profile.name}” says that the force takes the crime back, and is read by nothing: {back[0]:,} rows, first in "
                    f"row {back[1]:,}. Add a [[class.by]] for it above the others, in which that is N."
                )


def _what_it_looks_like(profile: Profile) -> str:
    if not profile.filled:
        return ""
    if profile.words_a_cell >= _WORDS_OF_A_STORY:
        return "whole sentences"
    if kind := _LOOK_LIKE.get(profile.kind):
        return kind
    return "names of people" if profile.like_names else ""


def what_it_lacks(mapping: Mapping) -> Iterator[str]:
    """Yield what a mapping says nothing of, with what becomes of every row for that reason."""
    if not mapping.classes and mapping.default_class is None:
        yield "The mapping names no class: no row has one, and the desk is shown only what its words say."
    elif not mapping.classes:
        yield f"The mapping reads no class from a column: every row is counted as the default class, {mapping.default_class}."
    if not mapping.words:
        yield "The mapping names no words: no row says what happened, and no behaviour is proposed."
    for moment in (mapping.told, mapping.occurred, mapping.occurred_until):
        if moment is not None and not moment.hour and not moment.time_column:
            yield f"The hours in “{moment.columns[0]}” are not read: the mapping says that they say nothing."
    if not (mapping.victim.columns or mapping.subject.columns or mapping.further):
        yield "The mapping names nobody ([victim], [subject] or [[person]]): no row can be linked with another."
    blocks = (mapping.victim, mapping.subject, *(further.columns for further in mapping.further))
    for column in {
        block.columns["birth"][0]: None for block in blocks if "birth" in block.columns and not block.birth_formats
    }:
        if not writes_iso(mapping.kind):
            yield f"“{column}” has no formats: days of birth are kept as they are written, and not as days."
