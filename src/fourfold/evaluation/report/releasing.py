"""What a release and all earlier ones tell together: the totals in it, over whom, and the refusal where they give away a few."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fourfold import stats
from fourfold.evaluation.report.terms import Report
from fourfold.evaluation.rules import FEWEST
from fourfold.evaluation.terms import ExtractRow, WouldDiffer

BASE = 5
Counted = dict[str, list[str]]
GROUPS = ("managed", "not managed")


def totals(report: Report, rows: Sequence[ExtractRow], units: Mapping[str, str]) -> tuple[stats.ReleasedTotal, ...]:
    """Return the counts of cases that the report shows, each with the units that it is over.

    `units` says by what the releases of every question know a pseudonym; one that is not in it stands for itself.
    """
    shown = {number.name: number.value for number in report.numbers if number.shown}
    sites = sorted({row.site for row in rows})
    cells = [
        (
            f"cases {group}, {site}",
            [units.get(row.pseudonym, row.pseudonym) for row in rows if row.site == site and _is(row, group)],
        )
        for site in sites
        for group in GROUPS
    ]
    named = (*cells, ("cases", [units.get(row.pseudonym, row.pseudonym) for row in rows]))
    return tuple(
        stats.ReleasedTotal.of("cases", people, int(shown[name] or 0), BASE)
        for name, people in named
        if people and name in shown
    )


def _is(row: ExtractRow, group: str) -> bool:
    return (row.managed_day is not None) is (group == "managed")


def require_apart(
    new: Sequence[stats.ReleasedTotal], earlier: Iterable[tuple[datetime, Sequence[stats.ReleasedTotal]]]
) -> None:
    """Raise WouldDiffer where an earlier total and a new one over nearly the same people give away the few between them."""
    when = {total: day for day, totals in earlier for total in totals}
    found = stats.differencing(new, tuple(when))
    if found:
        days = [when[total] for pair in found for total in (pair.larger, pair.smaller) if total in when]
        which = f"What was released or computed on {max(days):%-d %B %Y}" if days else "Another total of this report"
        raise WouldDiffer(
            f"{which}, of this question or another, was over nearly the same cases: the two together would tell about fewer than ten people "
            f"({len(found)} pair{'s' if len(found) > 1 else ''} of totals). Use what is there, or wait until ten more cases "
            "have come."
        )


def counted(acted: Mapping[str, bool], units: Mapping[str, str]) -> Counted:
    """Return over which cases something is told, and in which of them another act was seen, from that by pseudonym."""
    named = {units.get(pseudonym, pseudonym): another for pseudonym, another in acted.items()}
    return {"cases": sorted(named), "acts": sorted(name for name, acted in named.items() if acted)}


def require_far(new: Counted, earlier: Iterable[tuple[datetime, Counted]]) -> None:
    """Raise WouldDiffer where what was frozen or computed before was over nearly the same cases and acts, and not over the very same."""
    for when, before in earlier:
        changed = {name for kind in new for name in set(new[kind]) ^ set(before.get(kind, ()))}
        if before.get("cases") and 0 < len(changed) < FEWEST:
            raise WouldDiffer(
                f"What was frozen or computed on {when:%-d %B %Y} was over nearly the same cases and acts: the two together would tell about "
                "fewer than ten people. Use that, or wait until there is news of ten cases."
            )


def total_of(counted: Counted) -> tuple[stats.ReleasedTotal, ...]:
    """Return the cases of a result as a total that a later release is compared with."""
    cases = counted.get("cases", [])
    shown = BASE * round(len(cases) / BASE)
    return (stats.ReleasedTotal.of("cases", cases, shown, BASE),) if cases else ()


def kept(found: Iterable[stats.ReleasedTotal]) -> list[dict[str, Any]]:
    return [
        {"variable": total.variable, "units": sorted(total.units), "count": total.count, "base": total.base}
        for total in found
    ]


def read(values: Iterable[dict[str, Any]]) -> tuple[stats.ReleasedTotal, ...]:
    return tuple(
        stats.ReleasedTotal(total["variable"], frozenset(total["units"]), total["count"], total["base"])
        for total in values
    )
