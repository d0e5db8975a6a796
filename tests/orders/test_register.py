"""The register of a unit: who is protected, what took whose place, every no, and what nobody noticed or asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.paging import Page
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.models import Case, ReviewDue
from fourfold.cases.terms import Level, SetBy, Trigger
from fourfold.orders import queries
from fourfold.orders import services as orders
from fourfold.orders.models import Condition, Order, OrderStep
from fourfold.orders.queries import lists
from fourfold.orders.terms import (
    CannotOrder,
    ConditionDraft,
    ConditionKind,
    EndedBy,
    OrderKind,
    PlaceGround,
    PlaceNamed,
    ProtectedDraft,
    Protects,
    Step,
    StepDetails,
)
from fourfold.people import services as people
from fourfold.people.terms import MarkKind
from tests.cast import NOW, Cast
from tests.orders.builders import CONDITIONS, applied, case_of, made, served, take

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
HERS = "17 Larch Close, Wexcombe, WX1 4QT"


def now(order: Order) -> Order:
    return Order.objects.unscoped("test").get(pk=order.pk)


# ---- whom an order protects ---------------------------------------------------------------------------------------


def test_an_order_may_protect_a_child_beside_her_and_a_colleague_instead_of_her(cast: Cast) -> None:
    case = case_of(cast)
    son = Protects(others=(ProtectedDraft("Bo Quill", "her son"),))
    orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO, conditions=CONDITIONS, reason="Why.", protects=son, at=NOW
    )
    colleague = Protects(victim=False, others=(ProtectedDraft("Ada Fenn", "a colleague"),))
    orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.RESTRAINING,
        conditions=CONDITIONS,
        details=StepDetails(),
        protects=colleague,
        at=NOW,
    )
    shown = {
        one.kind: (one.protects_victim, one.protects)
        for one in queries.orders_page(actor=cast.advocate, reference=case.reference, at=NOW).orders
    }
    assert shown == {
        OrderKind.SPO: (True, ("Bo Quill, her son",)),
        OrderKind.RESTRAINING: (False, ("Ada Fenn, a colleague",)),
    }


@pytest.mark.parametrize(
    "words",
    [
        "You must not call 07700 900 123 or any other number.",
        "You must not call +44 7700 900123.",
    ],
)
def test_what_is_applied_for_never_says_how_to_reach_her(cast: Cast, words: str) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    draft = (ConditionDraft(ConditionKind.PROHIBITION, words),)
    with pytest.raises(CannotOrder) as fault:
        orders.apply_for(actor=cast.officer, case=case, kind=OrderKind.SPO, conditions=draft, reason="Why.", at=NOW)
    assert fault.value.field == "conditions"
    assert "17" not in str(fault.value), "the message does not repeat it to somebody who may not know it"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("You must not go to 17 Larch Close, Wexcombe.", "“17 Larch Close”, “Wexcombe”"),
        ("You must not go to 17 LARCH-CLOSE.", "“17 LARCH-CLOSE”"),
        ("You must not enter Larch Close.", "“Larch Close”"),
        ("You must not enter wx14qt.", "“wx14qt”"),
        ("You must not enter the town of WEXCOMBE, day or night.", "“WEXCOMBE”"),
    ],
)
def test_a_place_of_hers_is_asked_about_before_it_stands_in_a_condition(cast: Cast, words: str, found: str) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    with pytest.raises(CannotOrder) as fault:
        apply_with(cast, case, words)
    assert fault.value.field == "place_ground"
    assert str(fault.value).startswith(f"{found}: "), "it says back what was typed, and not a word more of hers"
    asked = Entry.objects.filter(action="order.place_named").last()
    assert asked is not None, "whoever was told that a word is hers is remembered"
    kept = apply_with(cast, case, words, PlaceNamed(PlaceGround.SUBJECT_KNOWS, "He lived there with her until May."))
    (condition,) = Condition.objects.unscoped("test").filter(order=kept)
    assert (condition.text, condition.place_ground) == (words, "he_knows")
    shown = queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW).orders[0].conditions[0]
    assert shown.place == "the subject knows this place already: He lived there with her until May."


@pytest.mark.parametrize(
    ("ground", "reason", "field"),
    [(PlaceGround.SUBJECT_KNOWS, " ", "place_reason"), (PlaceGround.COURT_ORDERED, "Order of 3 May.", "place_ground")],
)
def test_a_place_of_hers_in_an_application_takes_what_it_rests_on_and_no_court_that_has_not_spoken(
    cast: Cast, ground: PlaceGround, reason: str, field: str
) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    with pytest.raises(CannotOrder) as fault:
        apply_with(cast, case, "You must not enter Wexcombe.", PlaceNamed(ground, reason))
    assert fault.value.field == field


def test_what_a_court_ordered_is_kept_with_its_place_and_what_varies_it_is_asked_again(cast: Cast) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    ordered = PlaceNamed(PlaceGround.COURT_ORDERED, "Sealed order of 3 May, paragraph 2.")
    drafts = [
        ConditionDraft(ConditionKind.PROHIBITION, text, ordered)
        for text in ("You must not enter Wexcombe.", "You must not contact her.")
    ]
    recording = {
        "actor": cast.officer,
        "case": case,
        "kind": OrderKind.RESTRAINING,
        "details": StepDetails(),
        "at": NOW,
    }
    with pytest.raises(CannotOrder, match="Wexcombe"):
        orders.record_order(**recording, conditions=[replace(draft, place=None) for draft in drafts])
    order = orders.record_order(**recording, conditions=drafts)
    grounds = Condition.objects.unscoped("test").filter(order=order).order_by("number")
    assert [row.place_ground for row in grounds] == ["court_ordered", ""], "only where a place stands"
    wider = StepDetails(reason="Wider.", conditions=(replace(drafts[0], place=None),))
    with pytest.raises(CannotOrder, match="Wexcombe"):
        orders.take_step(actor=cast.officer, order=now(order), step=Step.VARIED, details=wider, at=NOW)


def test_a_town_in_which_he_lives_himself_says_nothing_of_her(cast: Cast) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    people.add_mark(
        actor=cast.analyst, subject=case.subject, kind=MarkKind.ADDRESS, value="2 Mill Road, Wexcombe, WX2 1AA", at=NOW
    )
    assert apply_with(cast, case, "You must report to Wexcombe police station on Mondays.")
    with pytest.raises(CannotOrder, match="Larch Close"):
        apply_with(cast, case, "You must not enter Larch Close.")


def test_a_town_that_was_withdrawn_from_his_record_is_hers_again(cast: Cast) -> None:
    case = case_of(cast)
    people.add_reach(actor=cast.analyst, victim=case.victim, kind=MarkKind.ADDRESS, value=HERS, at=NOW)
    mark = people.add_mark(
        actor=cast.analyst, subject=case.subject, kind=MarkKind.ADDRESS, value="2 Mill Road, Wexcombe, WX2 1AA", at=NOW
    )
    people.withdraw_mark(actor=cast.analyst, subject=case.subject, mark=mark.pk, reason="Not his.", at=NOW)
    with pytest.raises(CannotOrder, match="Wexcombe"):
        apply_with(cast, case, "You must not enter Wexcombe.")


def apply_with(cast: Cast, case: Case, words: str, place: PlaceNamed | None = None) -> Order:
    """Apply for an order with one condition."""
    draft = ConditionDraft(ConditionKind.PROHIBITION, words, place)
    return orders.apply_for(
        actor=cast.officer, case=case, kind=OrderKind.SPO, conditions=[draft], reason="Why.", at=NOW
    )


# ---- what took whose place ----------------------------------------------------------------------------------------


def test_an_interim_order_superseded_by_a_restraining_order_is_a_normal_end(cast: Cast) -> None:
    case = case_of(cast)
    interim = served(cast, case, expires_on=date(2027, 1, 14))
    reviews = ReviewDue.objects.unscoped("test").filter(trigger=Trigger.ORDER_END).count()
    restraining = orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.RESTRAINING,
        conditions=CONDITIONS,
        details=StepDetails(court="Wexcombe Crown Court"),
        takes_place_of=interim.pk,
        at=NOW,
    )
    assert (now(interim).ended_by, now(interim).ended_on) == (EndedBy.SUPERSEDED, NOW.date())
    last = OrderStep.objects.unscoped("test").get(order=interim, step=Step.ENDED)
    assert last.replaced_by_id == restraining.pk
    assert ReviewDue.objects.unscoped("test").filter(trigger=Trigger.ORDER_END).count() == reviews
    page = queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW)
    assert [one.replaced_by for one in page.past] == [OrderKind.RESTRAINING]


def test_a_restraining_order_ends_nothing_that_was_not_named(cast: Cast) -> None:
    case = case_of(cast)
    interim = served(cast, case, expires_on=date(2027, 1, 14))
    made(cast, case, OrderKind.SPO_INTERIM)
    orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.RESTRAINING,
        conditions=CONDITIONS,
        details=StepDetails(),
        at=NOW,
    )
    assert now(interim).ended_on is None


@pytest.mark.parametrize("which", ["itself", "another case's", "one that ended"])
def test_an_order_cannot_be_superseded_by_one_that_leaves_her_without(cast: Cast, which: str) -> None:
    case = case_of(cast)
    order = served(cast, case)
    other = {"itself": order}.get(which) or made(cast, case_of(cast) if which != "one that ended" else case)
    if which == "one that ended":
        take(cast, other, Step.ENDED, at=NOW - DAY, ended_by=EndedBy.DISCHARGED)
    with pytest.raises(CannotOrder) as fault:
        take(cast, order, Step.ENDED, at=NOW, ended_by=EndedBy.SUPERSEDED, replaced_by=other.pk)
    assert fault.value.field == "replaced_by"


# ---- what nobody noticed ------------------------------------------------------------------------------------------


def test_an_order_that_ran_out_stands_on_the_list_until_somebody_says_how_it_ended(cast: Cast) -> None:
    case = case_of(cast)
    order = served(cast, case, expires_on=date(2026, 11, 20))
    (row,) = queries.lapsed(actor=cast.coordinator, at=NOW)
    assert (row.order, row.days) == (order.pk, 4)
    assert queries.orders_page(actor=cast.officer, reference=case.reference, at=NOW).orders[0].leaves_gap
    take(cast, order, Step.ENDED, at=NOW, ended_by=EndedBy.EXPIRED)
    assert queries.lapsed(actor=cast.coordinator, at=NOW) == ()


def test_an_interim_order_left_to_lapse_under_a_restraining_order_is_no_gap_once_that_is_served(cast: Cast) -> None:
    case = case_of(cast)
    served(cast, case, expires_on=date(2026, 11, 20))
    order = orders.record_order(
        actor=cast.officer,
        case=case,
        kind=OrderKind.RESTRAINING,
        conditions=CONDITIONS,
        details=StepDetails(taken_at=NOW - 6 * DAY),
        at=NOW,
    )
    assert len(queries.lapsed(actor=cast.coordinator, at=NOW)) == 1, "made, not served"
    orders.note_victim_told(actor=cast.advocate, order=order, at=NOW)
    take(cast, order, Step.SERVED, at=NOW)
    assert queries.lapsed(actor=cast.coordinator, at=NOW) == ()


# ---- what nobody asked, and every no ------------------------------------------------------------------------------


def test_a_dangerous_case_stands_on_the_list_until_somebody_answers_for_an_order(cast: Cast) -> None:
    case, calm = case_of(cast), case_of(cast)
    for one, level in ((case, Level.VERY_HIGH), (calm, Level.LOW)):
        cases.set_level(actor=cast.officer, case=one, level=level, set_in=SetBy.REVIEW, reason="Judged.", at=NOW)
    (row,) = queries.not_considered(actor=cast.coordinator, at=NOW)
    assert (row.reference, row.level, row.days) == (case.reference, Level.VERY_HIGH, 60)
    orders.decline(actor=cast.officer, case=case, reason="He is serving a sentence.", at=NOW)
    assert queries.not_considered(actor=cast.coordinator, at=NOW) == ()


def test_a_case_without_a_level_counts_as_dangerous(cast: Cast) -> None:
    case = case_of(cast)
    assert [row.reference for row in queries.not_considered(actor=cast.coordinator, at=NOW)] == [case.reference]


def test_every_no_is_listed_with_its_reason_and_how_long_it_took(cast: Cast) -> None:
    case = case_of(cast)
    order = applied(cast, case, at=NOW - 30 * DAY)
    take(cast, order, Step.REFUSED, at=NOW - DAY, reason="The court found no continuing risk.")
    orders.decline(actor=cast.officer, case=case, reason="He is serving a sentence.", at=NOW)
    rows = queries.refusals(actor=cast.coordinator, at=NOW)
    assert [(row.step, row.reason, row.days) for row in rows] == [
        (Step.DECLINED, "He is serving a sentence.", 0),
        (Step.REFUSED, "The court found no continuing risk.", 29),
    ]
    assert not rows.next


def test_noes_and_orders_in_force_are_read_page_by_page(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "PAGE", 2)
    case = case_of(cast)
    for days in range(3):
        orders.decline(actor=cast.officer, case=case, reason=f"No {days}.", at=NOW - days * DAY)
        served(cast, case, OrderKind.SPO_INTERIM, at=NOW - (days + 1) * DAY)
    first = queries.refusals(actor=cast.officer, at=NOW)
    rest = queries.refusals(actor=cast.officer, at=NOW, after=first.next)
    assert ([row.reason for row in (*first, *rest)], rest.next) == (["No 0.", "No 1.", "No 2."], "")
    some = queries.register(actor=cast.officer, at=NOW)
    more = queries.register(actor=cast.officer, at=NOW, after=some.next)
    assert (len(some), len({row.order for row in (*some, *more)}), more.next) == (2, 3, "")
    assert queries.register(actor=cast.officer, at=NOW, kind=OrderKind.LICENCE) == Page(())


@pytest.mark.parametrize(
    ("found", "statements"),
    [(queries.lapsed, 2), (queries.not_considered, 1), (queries.refusals, 2), (queries.register, 1)],
)
def test_a_list_costs_the_same_however_long_it_is(
    cast: Cast, found: object, statements: int, django_assert_num_queries: object
) -> None:
    for _ in range(2):
        case_of(cast)
        case = case_of(cast)
        served(cast, case, expires_on=date(2026, 11, 20))
        orders.decline(actor=cast.officer, case=case, reason="No.", at=NOW, kind=OrderKind.SPO)
        case = case_of(cast)
        served(cast, case)
    officer = cast.officer
    with django_assert_num_queries(statements):  # type: ignore[operator]
        assert found(actor=officer, at=NOW)  # type: ignore[operator]


@pytest.mark.parametrize("found", [queries.lapsed, queries.not_considered])
def test_another_site_and_a_walled_colleague_see_nothing(cast: Cast, found: object) -> None:
    case, other = case_of(cast), case_of(cast)
    served(cast, case, expires_on=date(2026, 11, 20))
    access.declare_conflict(actor=cast.second_officer, files=[case.pk, other.pk], at=NOW)
    assert found(actor=cast.officer, at=NOW)  # type: ignore[operator]
    assert found(actor=cast.olu, at=NOW) == ()  # type: ignore[operator]
    assert found(actor=cast.second_officer, at=NOW) == ()  # type: ignore[operator]
    assert queries.refusals(actor=cast.olu, at=NOW) == Page(())
    assert queries.register(actor=cast.olu, at=NOW) == Page(())


def test_an_order_that_was_authorised_is_taken_up_by_its_application(cast: Cast) -> None:
    case = case_of(cast)
    begun = orders.consider(
        actor=cast.officer, case=case, kind=OrderKind.SPO_INTERIM, reason="Asked.", at=NOW - 9 * DAY
    )
    take(cast, begun, Step.AUTHORISED, at=NOW - 5 * DAY, reason="Superintendent Vale.")
    order = applied(cast, case, at=NOW)
    (row,) = queries.pipeline(actor=cast.officer, at=NOW)
    assert order.pk == begun.pk
    assert [(step.step, step.days) for step in row.steps] == [
        (Step.CONSIDERED, 4),
        (Step.AUTHORISED, 5),
        (Step.APPLIED, 0),
    ]
