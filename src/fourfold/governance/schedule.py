"""The retention schedule: dated rules with their authority, read from data."""

import tomllib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

from fourfold.governance.terms import RetentionRule
from fourfold.words import words


def _text(name: str = "retention.toml") -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


@cache
def disposal() -> dict[str, Any]:
    """Return what of every table goes with a case that is disposed of, and how a page names it."""
    return tomllib.loads(_text("disposal.toml"))


def version() -> str:
    """Return the digest of the schedule, by which a tombstone names it."""
    return sha256(_text().encode()).hexdigest()


@cache
def retention() -> tuple[RetentionRule, ...]:
    """Return the rules of the schedule as the file gives them."""
    document = tomllib.loads(_text())
    return tuple(RetentionRule(**{"review_years": None, **words(rule)}) for rule in document["rule"])
