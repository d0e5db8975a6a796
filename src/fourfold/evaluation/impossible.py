"""Rows that cannot be true: refused where nothing honest can be made of them, else counted and said."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from datetime import date, timedelta

from fourfold import stats
from fourfold.evaluation.terms import ExtractRow

#: The least and the most that a whole total of a measure can be, as published with it.
RANGES = {
    "core-10": (0, 40),
    "gad-7": (0, 21),
    "pc-ptsd-5": (0, 5),
    "pcl-5": (0, 80),
    "phq-4": (0, 12),
    "phq-9": (0, 27),
    "reqol-10": (0, 40),
    "swemwbs": (7, 35),
    "who-5": (0, 100),
}
MANY = 10
REPEATED = 0.5  # of the cases: then it is no extract of different cases


def require_possible(row: ExtractRow) -> None:
    """Pass a row whose measure, custody and acts can be true together.

    Raises stats.OutOfRange for a total that the measure cannot give, custody that ends before it begins, and an act on
    the day of opening among the later ones.
    """
    least, most = RANGES.get(row.wellbeing_measure or "", (float("-inf"), float("inf")))
    for value in (row.wellbeing_first, row.wellbeing_last):
        if value is not None and not least <= value <= most:
            raise stats.OutOfRange(
                "wellbeing", f"holds {value:g} on {row.wellbeing_measure}, which goes from {least:g} to {most:g} ({row.pseudonym})",
                "Mend it at the source",
            )  # fmt: skip
    if any(until < begun for begun, until in zip(row.custody_from, row.custody_until, strict=True)):
        raise stats.OutOfRange("custody", f"ends before it begins ({row.pseudonym})", "Mend it at the source")
    if 0 in row.act_days:
        raise stats.OutOfRange(
            "act_days", f"holds an act on the day of opening ({row.pseudonym})", "Count it in prior_acts: it brought the case in"
        )  # fmt: skip


def require_different(rows: Sequence[ExtractRow]) -> None:
    """Raise stats.OutOfRange where over half of the cases say the very same as another under another pseudonym."""
    if len(rows) >= MANY and repeated(rows) > REPEATED * len(rows):
        raise stats.OutOfRange(
            "extract", "holds mostly the same cases under other pseudonyms", "Freeze each case once, by its own identifier"
        )  # fmt: skip


def repeated(rows: Iterable[ExtractRow]) -> int:
    """Count the cases that say the same in every column as another, and say enough for that to be no chance."""
    seen = Counter(astuple(row)[1:] for row in rows if len(row.act_days) > 1 or row.staff_minutes)
    return sum(count for count in seen.values() if count > 1)


def begun(row: ExtractRow) -> ExtractRow:
    """Let management that began before the case was opened begin on its day."""
    return row if row.managed_day is None or row.managed_day >= 0 else replace(row, managed_day=0)


def counted(rows: Sequence[ExtractRow], live_on: Mapping[str, date] | None = None) -> tuple[str, ...]:
    """Say what in the rows can hardly be true, of how many cases, and what was made of it.

    `live_on` has the day on which each site began to work.
    """
    found = (
        (sum((row.managed_day or 0) < 0 for row in rows), "managed before they were opened, which count as managed from that day"),
        (sum(_acts_in_custody(row) for row in rows), "with an act recorded while the subject was held, which is not counted among all acts"),
        (sum(_acts_after_the_end(row) for row in rows), "with an act after the end of the time followed, which is not counted"),
        (sum(row.next_act_day == 0 for row in rows), "whose next act is on the day of opening, which is taken for the act that brought the case in"),
        (sum(_before_the_site(row, live_on or {}) for row in rows), "managed before the first day of their site: mend the day of one or the other"),
        (repeated(rows), "the same in every column as another under another pseudonym: each may be a second entry of one case"),
    )  # fmt: skip
    return tuple(f"Cases {said}: {_how_many(count)}." for count, said in found if count)


def _how_many(count: int) -> str:
    cell = stats.disclose_count(count)
    return f"about {cell.count:,}" if isinstance(cell, stats.Released) else "a few"


def _acts_in_custody(row: ExtractRow) -> bool:
    held = list(zip(row.custody_from, row.custody_until, strict=True))
    return any(begun < day <= until for day in row.act_days for begun, until in held if until > begun)


def _acts_after_the_end(row: ExtractRow) -> bool:
    return any(day > row.followed_days for day in (*row.act_days, row.next_act_day or 0))


def _before_the_site(row: ExtractRow, live_on: Mapping[str, date]) -> bool:
    """Return whether management began before its site did, even if the case was opened on the last day of its quarter."""
    if row.managed_day is None or row.site not in live_on or not row.quarter:
        return False
    year, quarter = int(row.quarter[:4]), int(row.quarter[-1])
    last = date(year + quarter // 4, quarter % 4 * 3 + 1, 1) - timedelta(days=1)
    return last + timedelta(days=row.managed_day) < live_on[row.site]
