"""What a release and all earlier ones tell together: the totals in it, over whom, and the refusal where they give away a few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fourfold import stats
from fourfold.evaluation.report.terms import Report
from fourfold.evaluation.terms import ExtractRow, WouldDiffer

BASE = 5
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


def require_apart(new: Sequence[stats.ReleasedTotal], earlier: Sequence[stats.ReleasedTotal]) -> None:
    """Raise WouldDiffer where an earlier total and a new one over nearly the same people give away the few between them."""
    found = stats.differencing(new, earlier)
    if found:
        raise WouldDiffer(
            "An earlier release, of this question or another, was over nearly the same cases: the two together would tell about fewer than ten people "
            f"({len(found)} pair{'s' if len(found) > 1 else ''} of totals). Write the report again from the extract that was "
            "released, or wait until ten more cases have come."
        )


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
