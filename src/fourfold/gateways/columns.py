"""How wide each column of a table on paper is, in a PDF and in a word processor alike."""

from __future__ import annotations

import re
from collections.abc import Sequence

PAPER, MARGIN = (21.0, 29.7), 2.2
"""A4 and its margins in centimetres, as `documents.typ` has them."""
WIDTH = PAPER[0] - 2 * MARGIN
LONGEST_WORD = 25
"""Letters in a word beyond which it is broken."""
NUMBER = r"[−-]?\d[\d.,]*%?"
RANGE, DAY = rf"\(?{NUMBER} to {NUMBER}\)?", r"\d{1,2} [A-Z][a-z]+ \d{4}"
UNBROKEN = [re.compile("|".join((rf"{NUMBER} {RANGE}", RANGE, DAY, r"\S+")[n:])) for n in range(4)]
"""What stands on one line, the most first: a number with its range, a range, a day, a word."""
NARROW, BROAD = frozenset("fijlrtI.,:;'’|!()[]/ -"), frozenset("mwMW%@—")
"""Letters that take little more than half of what others take, and half as much again."""
BOLD = 0.2
"""Centimetres that a word takes besides in the head of a column."""


def column_widths(columns: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Return how many centimetres each column of a table takes, from its texts.

    None is narrower than its longest word, its days or its ranges, as long as the page holds them. What is left is shared, the
    longer a text the more, and no column takes more than its longest text while another still breaks its lines.
    """
    for unbroken in UNBROKEN:
        widths = [
            max(
                wide(word[:LONGEST_WORD]) + BOLD * (text is texts[0])
                for text in texts
                for word in unbroken.findall(text) or ("",)
            )
            for texts in columns
        ]
        if sum(widths) < WIDTH:
            break
    lacks = [max(map(wide, texts)) - width for texts, width in zip(columns, widths, strict=True)]
    weights = [max(1, *(min(len(text), 400) for text in texts)) for texts in columns]
    shares, left = sum(weights), WIDTH - sum(widths)
    for n in sorted(range(len(columns)), key=lambda n: lacks[n] / weights[n]):
        more = max(0, min(lacks[n], left * weights[n] / shares))
        widths[n], shares, left = widths[n] + more, shares - weights[n], left - more
    return tuple(each * WIDTH / sum(widths) for each in widths)


def wide(words: str) -> float:
    """Return how many centimetres some words take in a cell, on one line: in Arial or wider than in the font of the PDF."""
    letters = (0.3 if each in NARROW else 0.85 if each in BROAD else 0.54 if each.islower() else 0.72 for each in words)
    return 0.37 * sum(0.56 if each.isdigit() else letter for each, letter in zip(words, letters, strict=True)) + 0.45
