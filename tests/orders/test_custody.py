"""That he is held, and out again: never in the future, never twice at once, and his release brings the review forward."""

from __future__ import annotations

from datetime import timedelta

import pytest

from fourfold.access.terms import NotFound, Refused
from fourfold.cases.models import ReviewDue
from fourfold.cases.terms import Trigger
from fourfold.orders import durations, queries
from fourfold.orders import services as orders
from fourfold.orders.models import CustodyEnded
from fourfold.orders.terms import CannotOrder, CustodyKind
from tests.cast import NOW, Cast
from tests.orders.builders import case_of

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("held_from", "spells", "said"),
    [
        (0, (), None),
        (1, (), "future"),
        (-5, ((-20, -10),), None),
        (-15, ((-20, -10),), "another time"),
        (-30, ((-20, -10),), "another time"),
        (-10, ((-20, -10),), None),
        (-5, ((-20, None),), "already recorded as held"),
    ],
)
def test_he_is_held_once_at_a_time(
    held_from: int, spells: tuple[tuple[int, int | None], ...], said: str | None
) -> None:
    known = [(NOW + begun * DAY, None if ended is None else NOW + ended * DAY) for begun, ended in spells]
    why = durations.why_not_held(NOW + held_from * DAY, known, NOW)
    assert why is None if said is None else said in str(why)


@pytest.mark.django_db
def test_custody_and_release_stand_on_the_page_and_bring_the_review_forward(cast: Cast) -> None:
    case = case_of(cast)
    held = orders.record_custody(
        actor=cast.officer, case=case, kind=CustodyKind.REMAND, held_from=NOW - 9 * DAY, at=NOW
    )
    page = queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW)
    assert page.held is not None
    assert page.held.words == "remanded in custody"
    with pytest.raises(CannotOrder, match="already recorded as held"):
        orders.record_custody(actor=cast.officer, case=case, kind=CustodyKind.SENTENCE, held_from=NOW, at=NOW)
    for released_at in (NOW + DAY, NOW - 9 * DAY):
        with pytest.raises(CannotOrder):
            orders.record_release(actor=cast.officer, custody=held, released_at=released_at, at=NOW)
    orders.record_release(actor=cast.officer, custody=held, released_at=NOW - DAY, reason="bailed", at=NOW)
    with pytest.raises(CannotOrder, match="already"):
        orders.record_release(actor=cast.officer, custody=held, released_at=NOW, at=NOW)
    assert CustodyEnded.objects.unscoped("test").count() == 1
    assert queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW).held is None
    standing = ReviewDue.objects.unscoped("test").get(case=case, superseded_at=None, done_at=None)
    assert standing.trigger == Trigger.RELEASE


@pytest.mark.django_db
def test_olu_finds_nothing_and_an_advocate_records_no_custody(cast: Cast) -> None:
    case = case_of(cast)
    held = orders.record_custody(actor=cast.officer, case=case, kind=CustodyKind.REMAND, held_from=NOW - DAY, at=NOW)
    with pytest.raises(NotFound):
        queries.custody_row(actor=cast.olu, custody=held.pk, at=NOW)
    with pytest.raises((Refused, NotFound)):
        orders.record_custody(actor=cast.olu, case=case, kind=CustodyKind.REMAND, held_from=NOW, at=NOW)
    with pytest.raises(Refused):
        orders.record_release(actor=cast.advocate, custody=held, released_at=NOW, at=NOW)
