"""The exact text of forms that may only be used word for word, as far as somebody has looked it up: sums, never words.

`published.json` beside this file holds, for each instrument and language, the sums of the wordings that its owner
allows, and where they were compared. What stands there is no part of a definition: a sum may be added when it is found.
"""

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from fourfold.assessment.terms import TextPack


def words_sum(pack: TextPack) -> str:
    """Return the SHA-256 of the words alone, question by question and then label by label.

    Keys, title and source do not count: the same text has the same sum whoever wrote the pack.
    """
    words = [list(pack.items.values()), [list(labels.values()) for _, labels in sorted(pack.scales.items())]]
    return hashlib.sha256(json.dumps(words, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def published_sums(instrument: str, language: str) -> tuple[str, ...]:
    """Return the sums of the only wordings that an owner allows; empty where none is known."""
    spoken = language.replace("_", "-").partition("-")[0].strip().lower()  # en-GB says the same words as en
    known: dict[str, Any] = _looked_up().get(instrument, {}).get(spoken, {})
    return tuple(known.get("words_sha256", ()))


def is_published_text(pack: TextPack) -> bool:
    """Return whether a pack is the text that its owner allows, or nobody knows its sum."""
    sums = published_sums(pack.instrument, pack.language)
    return not sums or words_sum(pack) in sums


@cache
def _looked_up() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files(__package__).joinpath("published.json").read_text(encoding="utf-8"))
    return found
