"""The words as told, cut into plain pieces and pieces in which a behaviour was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A behaviour found in the words from `start` up to `end` (positions in the text); `grave` is shown in red."""

    start: int
    end: int
    name: str
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the words; `names` are the behaviours found in it, none for plain words."""

    words: str
    names: tuple[str, ...] = ()
    grave: bool = False


def told_pieces(text: str, marks: Sequence[Mark]) -> tuple[Piece, ...]:
    """Return the text as pieces that together are the text, unedited; marks that overlap become one piece."""
    pieces: list[Piece] = []
    reached = 0
    for start, end, names, grave in joined(text, marks):
        if start > reached:
            pieces.append(Piece(text[reached:start]))
        pieces.append(Piece(text[start:end], names, grave))
        reached = end
    if reached < len(text):
        pieces.append(Piece(text[reached:]))
    return tuple(pieces)


def joined(text: str, marks: Sequence[Mark]) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
    """Give the stretches that marks cover, in order, each with its names once; a mark outside the text is cut."""
    held: tuple[int, int, tuple[str, ...], bool] | None = None
    for mark in sorted(marks, key=lambda mark: (mark.start, mark.end, mark.name)):
        start, end = max(mark.start, 0), min(mark.end, len(text))
        if start >= end:
            continue
        if held and start < held[1]:
            names = held[2] if mark.name in held[2] else (*held[2], mark.name)
            held = (held[0], max(end, held[1]), names, held[3] or mark.grave)
            continue
        if held:
            yield held
        held = (start, end, (mark.name,), mark.grave)
    if held:
        yield held
