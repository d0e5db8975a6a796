"""What happens brings the review forward: each event, told by hand, on its own day, kept even where it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.access.terms import NotFound, Refused
from fourfold.audit import queries as audit_queries
from fourfold.audit.models import Entry
from fourfold.cases import queries, rules
from fourfold.cases import services as cases
from fourfold.cases.models import Case, ReviewDue
from fourfold.cases.rules.clocks import EVENT_WITHIN, EVENT_WORDS, counts_from
from fourfold.cases.rules.reasons import why_due
from fourfold.cases.terms import CannotStep, Level, ReviewReason, SetBy, State, Trigger
from fourfold.web import worklist
from tests.cases.builders import open_case
from tests.cast import NOW, Cast
from tests.panel.scene import wall_off

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LATE = NOON + timedelta(days=400)

# ---- the rule -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "days"),
    [
        (Trigger.NEW_ACT, 1),
        (Trigger.BREACH, 1),
        (Trigger.RELEASE, 1),
        (Trigger.WEAPON, 1),
        (Trigger.SUICIDAL_STATEMENT, 1),
        (Trigger.BAIL_CHANGE, 3),
        (Trigger.ORDER_END, 3),
        (Trigger.COURT_DATE, 3),
        (Trigger.LOST_CONTACT, 3),
        (Trigger.TRANSFER, 3),
        (Trigger.NEW_PARTNER, 7),
        (Trigger.CHILD_CONTACT, 7),
    ],
)
@pytest.mark.parametrize("happens", [None, -30, -1, 0, 5, 60])
def test_every_event_has_its_time_counted_from_its_day_or_from_now(
    event: Trigger, days: int, happens: int | None
) -> None:
    happens_at = None if happens is None else NOON + happens * DAY
    due = rules.brought_forward(LATE, event, NOON, happens_at=happens_at)
    assert due == NOON + max(happens or 0, 0) * DAY + days * DAY


def test_the_table_of_events_is_whole() -> None:
    assert set(Trigger) == set(EVENT_WITHIN) | {Trigger.CLOCK, Trigger.OPENED}
    assert set(EVENT_WITHIN) - set(EVENT_WORDS) == {Trigger.NEW_ACT, Trigger.BREACH, Trigger.TRANSFER}, "told elsewhere"


AHEAD = st.timedeltas(timedelta(days=-400), timedelta(days=400))


@given(st.sampled_from(Trigger), AHEAD, st.none() | AHEAD)
def test_no_event_on_any_day_moves_a_review_back(event: Trigger, ahead: timedelta, happens: timedelta | None) -> None:
    happens_at = None if happens is None else NOON + happens
    assert rules.brought_forward(NOON + ahead, event, NOON, happens_at=happens_at) <= NOON + ahead


@given(st.none() | AHEAD)
def test_nothing_counts_from_before_it_was_known(happens: timedelta | None) -> None:
    assert counts_from(None if happens is None else NOON + happens, NOON) >= NOON


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ({}, "new partner"),
        ({"words": "told by her sister"}, "new partner: told by her sister"),
        ({"on": "2026-05-03"}, "new partner, 3 May 2026"),
        ({"on": "2026-05-03", "words": "told by her"}, "new partner, 3 May 2026: told by her"),
    ],
)
def test_an_event_is_said_in_one_line(stored: ReviewReason, said: str) -> None:
    assert why_due(Trigger.NEW_PARTNER, stored) == said


# ---- the service --------------------------------------------------------------------------------------------------


def quiet_case(cast: Cast) -> Case:
    """A case with a low level, whose next review lies weeks ahead."""
    case = open_case(cast)
    cases.set_level(actor=cast.officer, case=case, level=Level.LOW, set_in=SetBy.PROFESSIONAL, at=NOW)
    return case


def tell(cast: Cast, case: Case, trigger: Trigger = Trigger.WEAPON, **more: object) -> ReviewDue:
    """Let somebody of the unit say that something happened."""
    asked = {"actor": cast.outreach, "words": "A neighbour saw a knife.", "at": NOW, **more}
    return cases.record_event(case=case, trigger=trigger, **asked)


def waited_for(case: Case) -> ReviewDue:
    """The one review that the case waits for."""
    return ReviewDue.objects.unscoped("test").get(case=case, done_at__isnull=True, superseded_at__isnull=True)


@pytest.mark.django_db
@pytest.mark.parametrize("trigger", sorted(EVENT_WORDS))
def test_every_event_can_be_told_and_brings_the_review_forward(cast: Cast, trigger: Trigger) -> None:
    case = quiet_case(cast)
    before = waited_for(case).due_at
    review = tell(cast, case, trigger)
    assert before > review.due_at == NOW + EVENT_WITHIN[trigger]
    assert waited_for(case) == review
    assert (review.trigger, review.was_due_at) == (trigger, before)
    case.refresh_from_db()
    assert case.review_due_at == review.due_at


@pytest.mark.django_db
def test_a_court_date_ahead_brings_the_review_to_its_own_days(cast: Cast) -> None:
    case = quiet_case(cast)
    review = tell(cast, case, Trigger.COURT_DATE, happens_at=NOW + 10 * DAY, words="First hearing.")
    assert review.due_at == NOW + 13 * DAY
    assert why_due(review.trigger, review.reason) == "court date, 4 December 2026: First hearing."


@pytest.mark.django_db
def test_an_event_is_kept_where_the_review_is_due_sooner_already(cast: Cast) -> None:
    case = quiet_case(cast)
    first = tell(cast, case, Trigger.WEAPON)
    second = tell(cast, case, Trigger.NEW_PARTNER, words="She told her sister.")
    assert second.due_at == first.due_at
    assert second.trigger == Trigger.NEW_PARTNER
    assert why_due(second.trigger, second.reason) == (
        "new partner: She told her sister.; earlier reason: weapon: A neighbour saw a knife."
    )
    changes = [
        one.why
        for one in queries.history(actor=cast.officer, reference=case.reference, at=NOW, before=None, kinds={}).changes
    ]
    assert sum("knife" in why for why in changes) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("told_at", "happens_at", "said"),
    [
        (NOW + 9 * DAY, None, "weapon: A neighbour saw a knife.; told since it fell due: release: Out again."),
        (
            NOW,
            NOW + 9 * DAY,
            "weapon: A neighbour saw a knife.; after that day: release, 3 December 2026: Out again.",
        ),
    ],
    ids=["told when it was overdue", "of a day after it"],
)
def test_an_event_later_than_the_day_of_a_review_is_not_why_it_is_due(
    cast: Cast, told_at: datetime, happens_at: datetime | None, said: str
) -> None:
    case = quiet_case(cast)
    first = tell(cast, case, Trigger.WEAPON)
    more = {"trigger": Trigger.RELEASE, "words": "Out again.", "happens_at": happens_at}
    second = cases.record_event(actor=cast.officer, case=case, at=told_at, **more)  # type: ignore[arg-type]
    assert second.due_at == first.due_at
    assert why_due(second.trigger, second.reason) == said


@pytest.mark.django_db
def test_the_list_of_what_is_overdue_names_the_event(cast: Cast) -> None:
    case = quiet_case(cast)
    tell(cast, case)
    assert overdue(cast, NOW + DAY) == []
    assert overdue(cast, NOW + DAY + timedelta(minutes=1)) == ["weapon: A neighbour saw a knife."]
    cases.record_review(actor=cast.officer, case=case, level=None, summary="Searched.", at=NOW + DAY)
    assert overdue(cast, NOW + 2 * DAY) == []


def overdue(cast: Cast, at: datetime) -> list[str]:
    day = worklist.today(cast.officer, at, "overdue")
    return [row.why for row in (day.first, *day.rows) if row and row.kind == "reviews"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trigger", "words", "field", "mend"),
    [
        (Trigger.NEW_ACT, "Flowers.", "trigger", "at the desk"),
        (Trigger.BREACH, "Came near.", "trigger", "under orders"),
        (Trigger.CLOCK, "Time.", "trigger", "at the desk"),
        (Trigger.WEAPON, "  ", "words", "who told you"),
        (Trigger.WEAPON, "x" * 121, "words", "Shorten this to 120"),
    ],
)
def test_an_event_that_cannot_be_kept_is_refused_with_how_to_mend_it(
    cast: Cast, trigger: Trigger, words: str, field: str, mend: str
) -> None:
    case = quiet_case(cast)
    with pytest.raises(CannotStep, match=mend) as refused:
        tell(cast, case, trigger, words=words)
    assert refused.value.field == field
    assert ReviewDue.objects.unscoped("test").filter(case=case, trigger=trigger).exclude(trigger="clock").count() == 0


@pytest.mark.django_db
def test_a_closed_case_is_not_woken_by_an_event(cast: Cast) -> None:
    case = quiet_case(cast)
    Case.objects.unscoped("test").filter(pk=case.pk).update(state=State.CLOSED)
    case.refresh_from_db()
    with pytest.raises(CannotStep, match="A new act opens it again") as refused:
        tell(cast, case)
    assert refused.value.field == "state"


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "error"), [("olu", NotFound), ("second_officer", NotFound), ("governance", NotFound)])
def test_who_may_not_open_the_case_cannot_say_what_happened(cast: Cast, name: str, error: type[Exception]) -> None:
    case = quiet_case(cast)
    wall_off(cast, "second_officer", case)
    with pytest.raises((error, Refused)):
        tell(cast, case, actor=cast.actor(name))
    assert waited_for(case).trigger == Trigger.CLOCK


@pytest.mark.django_db
def test_the_log_names_the_event_and_none_of_its_words(cast: Cast) -> None:
    case = quiet_case(cast)
    review = tell(cast, case)
    entry = Entry.objects.get(action="event.recorded")
    assert (entry.file, entry.about_kind) == (case.pk, "cases.reviewdue")
    assert str(review.pk) in entry.body
    assert "knife" not in entry.body
    assert audit_queries.verify().clean
