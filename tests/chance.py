"""What chance puts into a page, a document or a line of the log is taken out before a test looks for a few letters in it.

A reference has seven letters of thirty-two and more: one in some thousands holds three given ones. Nothing that a person
wrote is taken out, so what leaks is still found.
"""

from __future__ import annotations

import re

CHANCE = re.compile(
    r"""
      \b(?:FF|SR|[A-Z])-[0-9A-HJKMNP-TV-Z]{7,9}\b                       # a reference
    | \b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b          # an identifier
    | \b(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{16,}\b                   # a hash, or the beginning of one
    | \bnonce[=-]["']?[\w-]{22}                                         # of a page's script
    | (?<=name="csrfmiddlewaretoken"[ ]value=")\w+                      # of a page's form
    """,
    re.VERBOSE,
)


def without_chance(text: str) -> str:
    """Return a text without references, identifiers, hashes and secrets: before it is put in small letters or squashed."""
    return CHANCE.sub("…", text)
