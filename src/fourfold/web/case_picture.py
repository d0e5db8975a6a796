"""The pattern of one case as the picture takes it: acts in their lanes, levels, orders as bands."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from fourfold.cases.queries.rows import snippet
from fourfold.cases.queries.values import PatternPage
from fourfold.orders.queries import OrderOutline, OrderShown
from fourfold.orders.queries.values import CustodyShown
from fourfold.orders.terms import ORDER_WORDS
from fourfold.web.components import charts
from fourfold.web.components.charts.rhythm import in_order
from fourfold.web.components.words import in_words
from fourfold.web.lanes import LANES, lanes_of
from fourfold.web.translation import composed
from fourfold.words import opening

#: How far back the picture reaches, where the reader asks for less than all.
SPANS = {"3-months": timedelta(days=92), "a-year": timedelta(days=365)}


def drawn(
    value: PatternPage,
    orders: Iterable[OrderOutline | OrderShown],
    custody: Iterable[CustodyShown],
    at: datetime,
    since: datetime | None = None,
) -> charts.Pattern:
    """Return the case as the picture takes it: an act of several kinds stands in the worst of its lanes and counts in each."""
    broken = {one.happened_at: composed("condition {1}", one.condition) for each in orders for one in each.breaches}
    crowded = sum(since is None or act.happened_at >= since for act in value.drawn) > charts.CROWDED_ABOVE
    lanes = {kinds: lanes_of(kinds) for kinds in {act.kinds for act in value.drawn}}
    an_order = composed("an order")
    return charts.Pattern(
        # Not called: what the tables hold is no moment without a zone, and of two thousand each was looked at.
        acts=in_order(
            charts.Act._make(
                (
                    act.happened_at,
                    lanes[act.kinds][0],
                    act.seriousness,
                    act.confirmed,
                    "" if crowded else snippet(act.words)[:80] or act.class_as_recorded,
                    broken.get(act.happened_at, an_order) if act.is_breach else "",
                    "",
                    lanes[act.kinds][1:],
                    act.time_known,
                )
            )
            for act in value.drawn
        ),
        lanes=tuple(lane for lane in LANES if any(lane.key in kinds for kinds in lanes)) or LANES[5:6],
        today=at,
        levels=tuple(
            charts.LevelStep(one.set_at, one.level.rank, by=in_words(one.set_in))
            for one in sorted(value.levels, key=lambda one: one.set_at)
        ),
        bands=(
            *_bands(orders, at),
            *(charts.Band("custody", opening(one.words), one.since, one.until) for one in custody),
        ),
        since=since,
        whole=value.count,
    )


def _bands(orders: Iterable[OrderOutline | OrderShown], at: datetime) -> Iterable[charts.Band]:
    for one in orders:
        if one.served_at is None:
            continue
        end = one.ended_on or one.expires_on
        ends = datetime.combine(end, datetime.min.time(), tzinfo=at.tzinfo) if end else None
        if ends is None or ends >= one.served_at:
            yield charts.Band("order", ORDER_WORDS[one.kind].capitalize(), one.served_at, ends)
