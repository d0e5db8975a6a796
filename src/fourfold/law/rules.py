"""What the registers say of a day: pure answers, read from the files once."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from fourfold.law.terms import BreachRule, Limit, NotOnRecord, RecordingRule, Unit
from fourfold.words import Sentence, sentence, words


@cache
def limits() -> tuple[Limit, ...]:
    """Return every time limit of the register, those that ended among them."""
    return tuple(Limit(**{**row, "unit": Unit(row["unit"])}) for row in _rows("limits.toml", "limit"))


def limit(code: str, on: date) -> Limit:
    """Return the time limit of this name that counts on a day, or raise NotOnRecord."""
    for found in limits():
        if found.code == code and found.in_force(on):
            return found
    raise NotOnRecord(f"No time limit '{code}' is on record for {on:%-d %B %Y}. Add it to registers/limits.toml.")


@cache
def recording_rules() -> tuple[RecordingRule, ...]:
    """Return every rule on how crimes are recorded, the oldest first."""
    rows = (RecordingRule(**row) for row in _rows("recording-rules.toml", "rule"))
    return tuple(sorted(rows, key=lambda rule: (rule.from_on, rule.code)))


def recording_rule(code: str) -> RecordingRule:
    """Return the recording rule of this name, whether or not it still counts."""
    for found in recording_rules():
        if found.code == code:
            return found
    raise NotOnRecord(f"No recording rule '{code}' is on record. Add it to registers/recording-rules.toml.")


def series_breaks(first: date, last: date) -> tuple[RecordingRule, ...]:
    """Return the rules that break a count running from `first` to `last`, the oldest first.

    A rule that counts from the first day on breaks nothing within; one that begins on the last day does.
    """
    return tuple(rule for rule in recording_rules() if rule.breaks_series and first < rule.from_on <= last)


@cache
def breach_rules() -> tuple[BreachRule, ...]:
    """Return what it means to break each kind of order, the rules that ended among them."""
    return tuple(BreachRule(**row) for row in _rows("breaches.toml", "breach"))


def breach_rule(of: str, on: date) -> BreachRule:
    """Return what it means to break an order of a kind on a day, or raise NotOnRecord."""
    for found in breach_rules():
        if found.of == of and found.in_force(on):
            return found
    raise NotOnRecord(
        f"What it means to break '{of}' on {on:%-d %B %Y} is not on record. Add it to registers/breaches.toml."
    )


def breach_means(of: str, on: date) -> Sentence:
    """Return what it means to break an order of a kind on a day, or raise NotOnRecord."""
    rule = breach_rule(of, on)
    shape, values = rule.says, []
    for name, value in (("source", rule.source), ("limit", limit(rule.limit, on).words if rule.limit else "")):
        if f"{{{name}}}" in shape:
            values.append(value)
            shape = shape.replace(f"{{{name}}}", f"{{{len(values)}}}")
    return sentence(shape, *values)


def _rows(name: str, table: str) -> list[dict[str, Any]]:
    source = files("fourfold.law").joinpath("registers", name).read_text(encoding="utf-8")
    found: list[dict[str, Any]] = [words(row) for row in tomllib.loads(source)[table]]
    return found
