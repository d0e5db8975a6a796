"""What of the panels waits for somebody: the chair's own steps, and invitations."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from fourfold.duties import services as duties
from fourfold.panel import queries
from fourfold.panel import services as panel
from fourfold.panel.terms import Phase
from tests.cast import NOW, Cast
from tests.duties.scene import day_of
from tests.panel.scene import bring_before_panel, hear, open_case, ready_to_decide

pytestmark = pytest.mark.django_db
#: What the entry of the log costs.
LOGGED = 5


def waiting(cast: Cast, name: str = "chair", at: datetime = NOW) -> list[str]:
    """What the day says of the items that wait for their chair, as one of the cast sees them."""
    assert list(duties.checked()) == []
    return [row.what for row in day_of(cast.actor(name, at=at), "panel_items", at)]


def test_an_item_waits_for_its_chair_once_every_profession_has_spoken(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast))
    hear(cast, item, "officer", "clinician", "outreach")
    assert waiting(cast) == []
    hear(cast, item, "advocate")
    assert waiting(cast) == ["Open the views: every profession has given one"]
    assert waiting(cast, "olu") == []


def test_a_view_of_somebody_who_stands_aside_since_does_not_count(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast))
    hear(cast, item)
    panel.declare(actor=cast.outreach, item=item, aside=True, because="A neighbour.", at=NOW)
    assert waiting(cast) == []


def test_an_item_whose_views_are_open_waits_however_long_ago_it_was(cast: Cast) -> None:
    ready_to_decide(cast)
    later = NOW + timedelta(days=40)
    assert waiting(cast, at=later) == ["Record the panel's decision"]
    (row,) = day_of(cast.chair, "panel_items", later)
    assert (row.why, row.mine) == (f"panel phase: {Phase.CONSOLIDATING.words}", True)


def test_the_next_sitting_is_the_one_ahead_that_one_chairs(cast: Cast) -> None:
    assert queries.next_sitting(actor=cast.chair, at=NOW) is None
    item = bring_before_panel(cast, open_case(cast))
    bring_before_panel(cast, open_case(cast), at=NOW + timedelta(days=7))
    found = queries.next_sitting(actor=cast.chair, at=NOW)
    assert found is not None
    assert (found.id, found.mine) == (item.sitting_id, True)
    after = queries.next_sitting(actor=cast.coordinator, at=NOW + timedelta(days=5))
    assert after is not None
    assert (after.id != item.sitting_id, after.mine) == (True, False)
    assert queries.next_sitting(actor=cast.olu, at=NOW) is None


def test_an_invitation_is_open_until_the_panel_sits(cast: Cast) -> None:
    item = bring_before_panel(cast, open_case(cast))
    assert [row.id for row in queries.invitations_waiting(actor=cast.clinician, at=NOW)] == [item.sitting_id]
    assert queries.invitations_waiting(actor=cast.clinician, at=NOW + timedelta(days=3)) == ()
    assert queries.invitations_waiting(actor=cast.olu, at=NOW) == ()


@pytest.mark.parametrize("count", [1, 6])
def test_the_chairs_list_costs_the_same_for_one_item_and_for_many(
    cast: Cast, count: int, django_assert_num_queries: Callable[[int], object]
) -> None:
    bring_before_panel(cast, *(open_case(cast) for _ in range(count)))
    chair = cast.chair
    with django_assert_num_queries(2 + LOGGED):  # type: ignore[attr-defined]
        day_of(chair, "panel_items", NOW)
