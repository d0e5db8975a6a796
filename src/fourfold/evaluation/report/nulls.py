"""Next to every null: that it shows nothing either way, and the smallest effect that four studies in five would have found.

An interval that holds no difference is no finding of no difference (the wording of the Justice Data Lab). What stands
beside it is made from counts rounded as they leave, or from the standard error of a result that leaves, and is held back
where the result is: it tells about nobody whom the result does not tell about.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fourfold import stats
from fourfold.evaluation import rules
from fourfold.evaluation.report import gate
from fourfold.evaluation.report.terms import Ledger, Table
from fourfold.evaluation.terms import ExtractRow

HEAD = "Where no difference was shown"
METHOD = "power 80%, two-sided 5%: low and under, or high and over, is found in four studies out of five"


@dataclass(frozen=True)
class Detectable:
    """The effects nearest to no difference that would have been found, on either side; `none` is no difference."""

    low: float
    high: float
    none: float
    function: str


def by_acts(rows: Sequence[ExtractRow]) -> Detectable | None:
    """Return the hazard ratios that so many acts can tell from 1, or None where a count under them may not leave."""
    found = rules.detectable_ratio(rows)
    return None if found is None else Detectable(found, 1 / found, 1.0, "minimum_detectable_hazard_ratio")


def of_rates(error: float | None, *, freedom: float = math.inf) -> Detectable | None:
    """Return the ratios of rates, or pooled ratios, that a log ratio with this standard error can tell from 1."""
    if not error or not math.isfinite(error):
        return None
    found = stats.minimum_detectable_rate_ratio(error, freedom=freedom)
    return Detectable(found, 1 / found, 1.0, "minimum_detectable_rate_ratio")


def of_difference(error: float | None, *, freedom: float = math.inf) -> Detectable | None:
    """Return the differences of means, of shares or of costs that one with this standard error can tell from zero."""
    if not error or not math.isfinite(error):
        return None
    found = stats.minimum_detectable_difference(error, freedom=freedom)
    return Detectable(-found, found, 0.0, "minimum_detectable_difference")


def shown(
    ledger: Ledger,
    name: str,
    found: stats.Estimate,
    detectable: Detectable | None,
    people: int,
    *,
    plan: str,
    function: str,
    digits: int = 2,
) -> tuple[str, str]:
    """Release an estimate in words, and what stands beside it."""
    said = gate.estimate(ledger, name, found, people, plan=plan, function=function, digits=digits)
    return said, beside(ledger, name, found, detectable, people, plan=plan, digits=digits)


def beside(
    ledger: Ledger,
    name: str,
    found: stats.Estimate,
    detectable: Detectable | None,
    people: int,
    *,
    plan: str,
    digits: int = 2,
) -> str:
    """Return what stands beside a result that holds no difference, nothing beside one that does not.

    Held back wherever the result is, null or not: a gap there would tell which.
    """
    if people < rules.FEWEST:
        return gate.HELD
    if detectable is None or not holds(found, detectable.none):
        return ""
    bounds = stats.Estimate(detectable.low, detectable.low, detectable.high, method=METHOD)
    gate.estimate(
        ledger, f"smallest detectable, {name}", bounds, people, plan=plan, function=detectable.function, digits=digits
    )
    low, high = gate.said(detectable.low, digits), gate.said(detectable.high, digits)
    return f"not shown and not ruled out: {low} or under, or {high} or over, would have been found"


def holds(found: stats.Estimate, none: float) -> bool:
    """Return whether an interval holds no difference; without limits it holds nothing."""
    return found.low <= none <= found.high


def table(caption: str, head: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Table:
    """Return a table whose rows end with what stands beside their nulls; without that column where nothing does."""
    if any(row[-1] for row in rows):
        return Table(caption, (*head, HEAD), tuple(rows))
    return Table(caption, tuple(head), tuple(row[:-1] for row in rows))


def words(named: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Say for a table what its nulls do not mean, each by its name; nothing where there is none. Pairs: name, cell."""
    nulls = [name for name, cell in named if cell.startswith("not ")]
    if not nulls:
        return ()
    return (
        f"No difference was shown for: {'; '.join(nulls)}. {rules.NOT_NOTHING} The table says what would have been found "
        "in 4 studies out of 5. A smaller difference could have been missed.",
    )
