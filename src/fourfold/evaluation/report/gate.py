"""The one way out for a number: counts rounded or held back, estimates only where enough people are under them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from fourfold import stats
from fourfold.evaluation import doubts
from fourfold.evaluation.report.terms import Ledger, Number, Part

HELD = "suppressed"
PUBLISHED_ELSEWHERE = 15


def count(ledger: Ledger, name: str, people: int, *, plan: str, function: str = "count of rows") -> str:
    """Release a count in words, rounded to five, or the word that it is suppressed."""
    cell = stats.disclose_count(people)
    value = float(cell.count) if isinstance(cell, stats.Released) else None
    ledger.keep(Number(name, value, None, None, plan, function, "rounded to the nearest 5"))
    return f"{cell.count:,}" if isinstance(cell, stats.Released) else str(cell)


def estimate(
    ledger: Ledger, name: str, found: stats.Estimate, people: int, *, plan: str, function: str, digits: int = 2
) -> str:
    """Release an estimate with its interval in words; `people` is the smallest group under it."""
    released = stats.disclose_estimate(found, people)
    if isinstance(released, stats.Suppressed):
        ledger.keep(Number(name, None, None, None, plan, function, found.method))
        return HELD
    value, low, high = (_kept(bound, digits) for bound in (released.estimate, released.low, released.high))
    number = ledger.keep(Number(name, value, low, high, plan, f"fourfold.stats.{function}", found.method))
    return words(number, digits)


def value(
    ledger: Ledger, name: str, found: float, people: int, *, plan: str, function: str, method: str = "", digits: int = 2
) -> str:
    """Release a number that has no interval, in words."""
    bare = stats.Estimate(found, math.nan, math.nan, method=method)
    return estimate(ledger, name, bare, people, plan=plan, function=function, digits=digits)


def require_releasable(parts: Sequence[Part], ledger: Ledger, title: str = "") -> None:
    """Read the whole report once more before it leaves: every count, word, cell, drawing and its words.

    What an area should expect (part 15) is made from published counts of other areas, not from these people, and is left
    as it was published. Raises stats.NotReleasable, saying how many places and where the first is, never what stands there.
    """
    counts = [number.value for number in ledger.numbers if number.method.startswith("rounded") and number.shown]
    spoken = {"title": f"<p>{escape(title)}</p>"}
    for part in (part for part in parts if part.number != PUBLISHED_ELSEWHERE):
        tables = (*part.tables, *(figure.table for figure in part.figures))
        lines = (
            part.title,
            part.missing,
            *part.words,
            *sum(part.points, ()),
            *(text for table in tables for text in (table.caption, *table.head, *sum(table.rows, ()))),
        )
        spoken[f"part {part.number}"] = "".join(f"<p>{escape(line)}</p>" for line in lines)
        for place, figure in enumerate(part.figures, start=1):
            spoken[f"part {part.number}, figure {place}"] = figure.svg
    stats.require_releasable({"counts": counts}, spoken)


def caution(said: str) -> str:
    """Return a method's caution as it may leave."""
    return doubts.rounded(said)


def words(number: Number, digits: int = 2) -> str:
    """Say a number with its interval."""
    if number.value is None:
        return HELD
    interval = f" ({said(number.low, digits)} to {said(number.high, digits)})" if number.low is not None else ""
    return f"{said(number.value, digits)}{interval}"


def said(value: float | None, digits: int = 2) -> str:
    """Say one value; what has no bound is called unbounded, never a number."""
    if value is None:
        return "unbounded"
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def _kept(value: float, digits: int) -> float | None:
    return round(value, digits) + 0.0 if math.isfinite(value) else None
