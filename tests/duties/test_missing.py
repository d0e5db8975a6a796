"""What nobody has done for a victim yet waits on the day as it is worked out from the slices, for whoever reads it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest

from fourfold.access.terms import Refused
from fourfold.audit.terms import Actor
from fourfold.duties import services as duties
from fourfold.orders import queries as orders
from fourfold.orders.models import Order
from fourfold.orders.terms import CannotOrder, EndedBy, OrderKind, Step
from fourfold.web.worklist import end_of
from tests.cast import NOW, Cast
from tests.duties.scene import day_of, waits
from tests.orders.builders import case_of, served, take
from tests.orders.test_subject import second_victim
from tests.panel.scene import wall_off

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
NOTIFYING = (OrderKind.SPO_INTERIM, OrderKind.SPO, OrderKind.DOMESTIC_ABUSE)


def missing(actor: Actor, at: datetime) -> list[tuple[str, datetime | None]]:
    """Return what the day says of notifications, which is what the list of orders says, row by row."""
    day = sorted((row.case, row.due_at) for row in day_of(actor, "notifications_missing", at))
    listed = orders.notifications_missing(actor=actor, at=at)
    assert day == sorted((row.reference, end_of(row.due_on)) for row in listed)
    return day


@pytest.mark.parametrize("seed", range(3))
def test_a_notification_is_missing_on_the_day_as_in_the_list_of_orders(cast: Cast, seed: int) -> None:
    """Two victims of one subject, whose orders stand instead of each other as long as they bind and may be seen."""
    chance, case = Random(seed), case_of(cast)
    cases = [case, second_victim(cast, case)]
    found: set[int] = set()
    for hours in range(0, 18 * 24, 24):
        at = NOW + timedelta(hours=hours)
        rows = list(Order.objects.unscoped("test").filter(step=Step.SERVED).order_by("pk"))
        step = chance.choice(("serve", "serve", "serve", Step.NOTIFIED, Step.ENDED))
        with suppress(CannotOrder, Refused):
            if step == "serve":
                days = chance.choice((None, 4, 9, 300))
                ends = days and (at + days * DAY).date()
                served(cast, chance.choice(cases), chance.choice(NOTIFYING), at=at - DAY / 2, expires_on=ends)
            elif rows:
                details = {"ended_by": EndedBy.DISCHARGED} if step is Step.ENDED else {}
                take(cast, chance.choice(rows), Step(step), at=at, **details)
        if hours == 9 * 24:
            wall_off(cast, "second_officer", cases[1])
        assert [str(one) for one in duties.check()] == [], (hours, step)
        for name in ("officer", "second_officer", "olu"):
            found.update(len(missing(cast.actor(name, at=at + n * DAY), at + n * DAY)) for n in (0, 1, 3, 5, 30))
    assert len(found) > 2


def test_a_notification_waits_from_the_fourth_day_until_the_order_is_over(cast: Cast) -> None:
    """Day 9, F7: served on the 4th, the three days are the 4th, 5th and 6th."""
    order = served(cast, case_of(cast), expires_on=NOW.date() + 3 * DAY)
    for days, there in ((-18, 0), (-17, 1), (3, 1), (4, 0), (-18, 0)):
        assert len(missing(cast.officer, NOW + days * DAY)) == there, days
        assert len(waits(cast.officer, "notifications_missing", at=NOW + days * DAY)) == there, days
    take(cast, order, Step.NOTIFIED, at=NOW - 16 * DAY)
    assert missing(cast.officer, NOW) == []
    assert duties.check() == []
