"""Conditions with three outcomes: it holds, it does not, it is not known. Not known is never no."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from fourfold.assessment.terms import AllOf, AnyOf, Clause, Condition, Operator

DAY = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:T.*)?")
FURTHEST_FROM_UTC = timedelta(hours=14)

Settle = Callable[[Clause], bool | None]
"""Says whether one comparison holds, does not, or is not known."""


def holds(condition: Condition, settle: Settle) -> bool | None:
    """Return whether a whole condition holds; None where what is known does not settle it."""
    if isinstance(condition, Clause):
        return settle(condition)
    if isinstance(condition, AllOf):
        return every(holds(part, settle) for part in condition.parts)
    if isinstance(condition, AnyOf):
        return some(holds(part, settle) for part in condition.parts)
    inner = holds(condition.part, settle)
    return None if inner is None else not inner


def every(outcomes: Iterable[bool | None]) -> bool | None:
    """Return whether all outcomes are yes: one no settles it, then one that is not known opens it."""
    known = list(outcomes)
    if False in known:
        return False
    return None if None in known else True


def some(outcomes: Iterable[bool | None]) -> bool | None:
    """Return whether any outcome is yes: one yes settles it, then one that is not known opens it."""
    known = list(outcomes)
    if True in known:
        return True
    return None if None in known else False


def compare(operator: Operator, given: Sequence[str], values: Sequence[str]) -> bool | None:
    """Compare what was given with the values of a condition; None where they have no order.

    With several values `=` means one of them and `!=` none of them. Numbers are compared as numbers, dates and times
    as moments, everything else only for being the same.
    """
    if operator is Operator.EQUALS:
        return any(_same(one, value) for one in given for value in values)
    if operator is Operator.NOT_EQUALS:
        return not any(_same(one, value) for one in given for value in values)
    return some(_ordered(operator, one, value) for one in given for value in values)


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    reading = moment if ":" in one and ":" in other else decimal  # 22:00 is 22:00:00
    read = reading(one)
    return read is not None and read == reading(other)


def _ordered(operator: Operator, one: str, other: str) -> bool | None:
    for reading in (decimal, moment):
        left, right = reading(one), reading(other)
        if isinstance(left, datetime) and isinstance(right, datetime):
            return _stands_by_clock(operator, left, right)
        if left is not None and right is not None and type(left) is type(right):
            return _stands(operator, left, right)
    days = [day.groups() for text in (one, other) if (day := DAY.fullmatch(text.strip()))]
    told = [(left, right) for left, right in zip(*days, strict=True) if left and right] if len(days) == 2 else []
    differ = next((pair for pair in told if pair[0] != pair[1]), None)  # a year or month alone settles what it can
    return _stands(operator, *differ) if differ else None


def _stands_by_clock(operator: Operator, left: datetime, right: datetime) -> bool | None:
    """Compare two moments; of which one only names its zone, None where the other's zone could decide."""
    try:
        plain = [one.astimezone(UTC).replace(tzinfo=None) if one.tzinfo else one for one in (left, right)]
    except OverflowError:  # the first day of year 1, or the last that there is
        return None
    if (left.tzinfo is None) != (right.tzinfo is None) and abs(plain[0] - plain[1]) <= FURTHEST_FROM_UTC:
        return None
    return _stands(operator, *plain)


def _stands(operator: Operator, left: Decimal | date | time | str, right: Decimal | date | time | str) -> bool | None:
    try:
        difference = (left > right) - (left < right)  # type: ignore[operator]
    except TypeError:  # a time of day with a zone compared with one without
        return None
    return {
        Operator.GREATER: difference > 0,
        Operator.AT_LEAST: difference >= 0,
        Operator.LESS: difference < 0,
        Operator.AT_MOST: difference <= 0,
    }.get(operator)


def decimal(text: str) -> Decimal | None:
    """Read a number exactly as written, or return None for anything else, infinities included."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def moment(text: str) -> date | time | None:
    """Read a date, a time or both as ISO 8601 writes them, or return None."""
    readings: tuple[Callable[[str], date | time], ...] = (
        date.fromisoformat,
        time.fromisoformat,
        datetime.fromisoformat,
    )
    for reading in readings:
        try:
            return reading(text.strip())
        except ValueError:
            continue
    return None
