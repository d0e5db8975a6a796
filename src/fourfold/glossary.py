"""Every word of ours and of the field, in a line each: one file for the help page and for the documents."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_suffix(".toml")


@cache
def headings() -> dict[str, dict[str, str]]:
    """Return what each word means, under the title of its heading, in the order of the file."""
    parts = tomllib.loads(FILE.read_text(encoding="utf-8")).values()
    return {part["title"]: {word: text for word, text in part.items() if word != "title"} for part in parts}
