"""How well people are found of whom many reports tell: ours beside bare Splink, on feeds of other makers' noise.

    python -m bench.many_reports [PEOPLE]

`bench.clerks`, `bench.desks` and `bench.callers` make the feeds. F1 of pairs is told by how many reports tell of a person, and of the lookalikes (twins,
brothers and sisters, fathers and sons of one house) how many were joined into one. Bare Splink is `bench.ordinary`.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from bench.callers import told_by_callers
from bench.clerks import Feed, scanned, typed
from bench.clock import judged, line
from bench.desks import copied
from bench.linking import grouped, linked, pairs_of, quality
from bench.ordinary import ordinary
from fourfold.linkage import weights

PEOPLE, SEED = 2_000, 31
REPORTS = ((2, "2 to 5"), (6, "6 to 20"), (21, "21 and more"))
"""From how many reports on, and what that is called; of one report there is no pair to find."""


@dataclass(frozen=True)
class Found:
    """F1 of all pairs, and by the number of reports of a person; how many lookalikes were joined, twins among them, and how
    many people of one report, who have no pair, with somebody else."""

    f1: float
    by_reports: dict[str, float]
    joined: int
    twins: int
    alone: int


def feeds(people: int) -> Iterator[tuple[str, Feed]]:
    """Yield the feeds with their names; the last two were used in no tuning."""
    for rate, name in ((0.5, "half"), (1.0, "once"), (2.0, "twice")):
        yield f"typed, {name} the usual errors", typed(people, seed=SEED, wrong=rate)
    yield "typed, full of lookalikes", typed(people, seed=SEED + 1, lookalikes=0.3)
    yield "scanned", scanned(people, seed=SEED + 2)
    for rate, name in ((1.0, "once"), (2.0, "twice")):
        yield f"copied on, {name} the usual errors", copied(people, seed=SEED + 3, wrong=rate)
    for rate, name in ((1.0, "once"), (2.0, "twice")):
        yield (
            f"told by callers, {name} the usual errors, used in no tuning",
            told_by_callers(people, seed=SEED + 4, wrong=rate),
        )


def found_in(feed: Feed, pairs: set[tuple[int, int]]) -> Found:
    """Return how good the pairs are that somebody joined; a wrong pair counts with whoever of the two is told of more."""
    truth = pairs_of(grouped(dict(enumerate(feed.whose))))
    reports = Counter(feed.whose)
    by_reports = {}
    for place, (least, name) in enumerate(REPORTS):
        below = REPORTS[place + 1][0] if place + 1 < len(REPORTS) else len(feed.whose) + 1

        def told(pair: tuple[int, int], least: int = least, below: int = below) -> bool:
            return least <= max(2, *(reports[feed.whose[record]] for record in pair)) < below

        by_reports[name] = quality(set(filter(told, pairs)), set(filter(told, truth)))[2]
    joined = {frozenset(feed.whose[record] for record in pair) for pair in pairs}
    lookalikes = {frozenset(pair) for pair in feed.lookalikes}
    alone = {feed.whose[record] for pair in pairs for record in pair if reports[feed.whose[record]] == 1}
    twins = {frozenset(pair) for pair in feed.twins}
    return Found(quality(pairs, truth)[2], by_reports, len(joined & lookalikes), len(joined & twins), len(alone))


def ours(feed: Feed) -> Found:
    """Return how good our model is from *probable* on."""
    return found_in(feed, pairs_of(grouped(linked(feed.records, weights.shipped().thresholds.probable).groups)))


def measure(people: int = PEOPLE) -> None:
    """Print each feed beside bare Splink, joined from the threshold at which Splink does better."""
    for name, feed in feeds(people):
        mine, bare = ours(feed), max((found_in(feed, pairs) for pairs in ordinary(feed.records).values()), key=_f1)
        of = len(feed.lookalikes)
        note = f"{mine.f1:.4f}, bare Splink {bare.f1:.4f}; " + "; ".join(
            f"{reports} reports {mine.by_reports[reports]:.4f} ({bare.by_reports[reports]:.4f})"
            for _, reports in REPORTS
        )
        note += f"; of one report {mine.alone} joined with somebody else ({bare.alone})"
        line(f"link: {name}, {len(feed.records):,} records, F1", mine.f1, "", bare.f1, more_is_better=True, note=note)
        for what, found, bares, all_of in (
            ("lookalikes", mine.joined, bare.joined, of),
            ("twins", mine.twins, bare.twins, len(feed.twins)),
        ):
            line(f"link: {name}, joined of {all_of} {what}", found, "", bares / 5, note=f"bare Splink {bares}")


def _f1(found: Found) -> float:
    return found.f1


if __name__ == "__main__":
    judged(lambda: measure(int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE))
