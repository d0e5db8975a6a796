"""Since when a signature for serving an order without telling the victim first counts."""

from collections.abc import Iterable
from datetime import UTC, datetime

from fourfold.orders.models import OrderStep
from fourfold.orders.terms import Step


def spent_at(taken: Iterable[OrderStep]) -> datetime:
    """Return since when a signature counts: not one asked for before the order was last served or varied."""
    spends = [row.recorded_at for row in taken if row.step in (Step.SERVED, Step.VARIED)]
    return max(spends, default=datetime.min.replace(tzinfo=UTC))
