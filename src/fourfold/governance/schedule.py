"""The retention schedule: dated rules with their authority, read from data."""

import tomllib
from functools import cache
from importlib.resources import files

from fourfold.governance.terms import RetentionRule
from fourfold.words import words


@cache
def retention() -> tuple[RetentionRule, ...]:
    """Return the rules of the schedule as the file gives them."""
    document = tomllib.loads((files(__package__) / "retention.toml").read_text(encoding="utf-8"))
    return tuple(RetentionRule(**{"review_years": None, **words(rule)}) for rule in document["rule"])
