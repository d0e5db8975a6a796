"""The words cut into pieces, so that a page can underline what word rules found and name it."""

from __future__ import annotations

from itertools import pairwise

from fourfold.intake.terms import Mentioned, Piece


def pieces(words: str, mentions: tuple[Mentioned, ...]) -> tuple[Piece, ...]:
    """Return the words in pieces that make up the whole again, each with the labels of what was found in it."""
    edges = sorted({0, len(words), *(edge for one in mentions for edge in (one.start, one.end))})
    cut = []
    for start, end in pairwise(edges):
        labels = dict.fromkeys(one.label for one in mentions if one.start <= start and end <= one.end)
        cut.append(Piece(words[start:end], tuple(labels)))
    return tuple(cut)
