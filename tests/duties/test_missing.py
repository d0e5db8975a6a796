"""What nobody has done for a victim yet waits on the day as it is worked out from the slices, for whoever reads it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from random import Random

import pytest

from fourfold.access.models import Relation
from fourfold.access.terms import Refused, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import Level, State
from fourfold.duties import services as duties
from fourfold.orders import queries as orders
from fourfold.orders.models import Order
from fourfold.orders.terms import CannotOrder, EndedBy, OrderKind, Step
from fourfold.people.terms import Channel, UnsafeContact
from fourfold.support import services as support
from fourfold.support.queries import victim_file
from fourfold.support.terms import CannotSupport, ContactOutcome, UpdateKind
from fourfold.web.day_places import end_of
from tests.cast import NOW, Cast
from tests.duties.scene import day_of, silent, waits
from tests.orders.builders import case_of, served, take
from tests.orders.test_subject import second_victim
from tests.panel.scene import wall_off
from tests.support.builders import NOON, agree
from tests.support.builders import case_of as case_in_support
from tests.support.test_queries import at_level, two_cases

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
        assert [str(one) for one in list(duties.checked())] == [], (hours, step)
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
    assert list(duties.checked()) == []


def reach(actor: Actor, at: datetime) -> list[tuple[str, int]]:
    """Return the silent victims of the day, which are those of whom each page of a victim says so."""
    shown = silent(actor, at)
    pages = [victim_file(actor=actor, reference=case, at=at) for case in own_cases(actor, at)]
    assert sorted(shown) == sorted((page.reference, page.days_silent) for page in pages if page.silent)
    return shown


def own_cases(actor: Actor, at: datetime) -> list[str]:
    kinds = (RelationKind.ADVOCATE, RelationKind.ADVOCATE_MANAGER)
    mine = Relation.objects.filter(staff=actor.staff, kind__in=kinds, until_at=None).values("file")
    rows = Case.objects.visible_to(actor, at=at).filter(pk__in=mine).exclude(state=State.CLOSED)
    return list(rows.values_list("reference", flat=True))


@pytest.mark.parametrize("seed", range(3))
def test_whoever_is_not_reached_is_silent_on_the_day_as_on_their_page(cast: Cast, seed: int) -> None:
    """Two cases of one victim, reached, levelled, walled and closed as chance has it; any moment may be asked for."""
    chance = Random(seed)
    cases = two_cases(cast, merge=bool(seed % 2))
    agree(cast, cases[0])
    counts, levels = set(), (*Level, "")
    for days in range(0, 60, 3):
        at, case = NOON + days * DAY, chance.choice(cases)
        name = "advocate" if case is cases[0] else "second_advocate"
        match chance.randrange(5):
            case 0 | 1:
                outcome = chance.choice((ContactOutcome.REACHED, ContactOutcome.NOT_REACHED))
                with suppress(UnsafeContact, CannotSupport):
                    support.attempt_contact(
                        actor=cast.actor(name, at=at), case=case, channel=Channel.TEXT, outcome=outcome,
                        incoming=outcome is ContactOutcome.REACHED, at=at,
                    )  # fmt: skip
            case 2:
                at_level(case, chance.choice(levels))
            case 3 if days == 30:
                wall_off(cast, "advocate", cases[1])
            case _:
                support.owe_update(
                    actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=at - DAY, at=at
                )  # fmt: skip
        assert [str(one) for one in list(duties.checked())] == [], days
        for name in ("advocate", "second_advocate", "olu"):
            for later in (0, 1, 13, 14, 15, 40):
                moment = at + later * DAY
                counts.add(len(reach(cast.actor(name, at=moment), moment)))
    assert counts == {0, 1}


def test_a_case_that_is_closed_walled_off_or_handed_over_leaves_the_day_at_once(cast: Cast) -> None:
    case = at_level(case_in_support(cast), Level.HIGH)
    agree(cast, case)
    support.owe_update(actor=cast.officer, case=case, what=UpdateKind.ARREST, happened_at=NOON - DAY, at=NOON)
    kinds = ("silence", "contacts", "code_clocks")

    def there(name: str = "advocate") -> list[int]:
        return [len(day_of(cast.actor(name), kind, NOON)) for kind in kinds]

    assert there() == [1, 1, 1]
    rows = Case.objects.unscoped("test").filter(pk=case.pk)
    rows.update(state=State.CLOSED)
    assert there() == [0, 0, 1], "what a victim was not told stays owed"
    rows.update(state=State.OPEN)
    Relation.objects.filter(file=case.pk, staff=cast.advocate.staff).update(until_at=NOON)
    assert there() == [0, 0, 0]
    Relation.objects.filter(file=case.pk, staff=cast.advocate.staff).update(until_at=None)
    assert there() == [1, 1, 1]
    wall_off(cast, "advocate", case)
    assert there() == [0, 0, 0]
    assert there("second_advocate") == [0, 0, 0]
    assert list(duties.checked()) == []
