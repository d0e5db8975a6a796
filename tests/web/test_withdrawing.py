"""A breach that was recorded in error is withdrawn on its page, whoever recorded it, and stands again on another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings

from fourfold import journey
from fourfold.access.models import Membership
from fourfold.access.terms import Role
from fourfold.audit import queries as audit_queries
from fourfold.cases import services as cases
from fourfold.cases.models import Case, CaseAct
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage.models import Match
from fourfold.orders import queries as orders_queries
from fourfold.orders.models import Breach, BreachStanding, Condition, Order
from fourfold.orders.terms import BreachDecision, CannotOrder
from fourfold.people.terms import Channel, Part
from fourfold.plan.models import Action
from fourfold.support.models import Update
from fourfold.support.terms import ContactOutcome
from tests.cast import Cast
from tests.journey.doors import (
    AFTER,
    MINUTE,
    World,
    breached,
    by_feed,
    held_in_another_case,
    joined,
    told_in_a_contact,
)
from tests.orders.builders import condition_of, served, told_breach
from tests.support.builders import NOON
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _an_hour_after_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": AFTER.isoformat()}))


def turned(w: World, how: str, minute: int) -> None:
    """Withdraw the one breach, or let it stand again, as the coordinator."""
    does = {"withdraw": journey.breach_withdrawn, "restore": journey.breach_restored}[how]
    breach = Breach.objects.unscoped("test").select_related("condition__order__case").get()
    does(actor=w.cast.coordinator, breach=breach, reason="In error.", at=NOON + minute * MINUTE)


def decided(w: World, name: str, what: BreachDecision, *, done: bool, minute: int) -> None:
    breach = Breach.objects.unscoped("test").select_related("condition__order__case").get()
    said = {"breach": breach, "what": what, "done": done, "reason": "Not today."}
    journey.breach_decided(actor=w.cast.actor(name), at=NOON + minute * MINUTE, **said)  # type: ignore[arg-type]


def owed(w: World) -> list[str]:
    """Return what the victim is still to be told of the breach."""
    rows = Update.objects.unscoped("test").filter(case=w.case, told__isnull=True, dropped_at__isnull=True)
    return sorted(rows.filter(what__contains="breach").values_list("what", flat=True))


def reached(w: World, minute: int, *, tells: bool) -> None:
    """Reach the victim safely, and tell them all that is owed or nothing."""
    rows = Update.objects.unscoped("test").filter(case=w.case, told__isnull=True, dropped_at__isnull=True)
    said = {"channel": Channel.TEXT, "outcome": ContactOutcome.REACHED, "updates": rows if tells else ()}
    journey.victim_reached(actor=w.cast.advocate, case=w.case, at=NOON + minute * MINUTE, **said)  # type: ignore[arg-type]


def test_all_that_is_owed_of_a_breach_falls_with_it_each_time_that_it_is_withdrawn(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    breached(w)
    decided(w, "officer", BreachDecision.ARREST, done=False, minute=1)
    turned(w, "withdraw", 2)
    assert owed(w) == []
    turned(w, "restore", 3)
    assert owed(w) == ["breach", "breach"]
    reached(w, 4, tells=True)
    decided(w, "officer", BreachDecision.ARREST, done=False, minute=5)
    turned(w, "withdraw", 6)
    assert owed(w) == ["no_breach"]
    turned(w, "restore", 7)
    assert owed(w) == ["breach"]
    turned(w, "withdraw", 8)
    assert owed(w) == ["no_breach"]
    turned(w, "restore", 9)
    assert owed(w) == ["breach"]
    reached(w, 10, tells=False)
    decided(w, "advocate", BreachDecision.VICTIM_TOLD, done=True, minute=11)
    assert owed(w) == []
    assert audit_queries.verify().clean


def test_that_nobody_was_to_tell_of_a_breach_then_stays_on_record_when_it_stands_again(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    """A unit that handed the case over in between reads its record as it stood: nothing was owed."""
    w = World(cast, signed_in, tmp_path)
    breached(w)
    turned(w, "withdraw", 2)
    turned(w, "restore", 3)
    turned(w, "withdraw", 4)
    turned(w, "restore", 5)
    rows = Update.objects.unscoped("test").filter(case=w.case, what="breach")
    dropped = [row.dropped_at for row in rows.order_by("recorded_at", "id")]
    assert dropped == [NOON + 2 * MINUTE, NOON + 4 * MINUTE, None]
    assert len({row.due_on for row in rows}) == 1
    assert owed(w) == ["breach"]


def test_a_victim_told_by_whoever_said_so_with_the_breach_is_told_that_it_is_none(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    breached(w)
    decided(w, "officer", BreachDecision.VICTIM_TOLD, done=True, minute=1)
    turned(w, "withdraw", 2)
    assert owed(w) == ["no_breach"]
    turned(w, "restore", 3)
    assert owed(w) == ["breach"]
    decided(w, "officer", BreachDecision.VICTIM_TOLD, done=False, minute=4)
    turned(w, "withdraw", 5)
    assert owed(w) == []


def test_a_breach_stands_again_where_its_act_left_and_came_back_and_in_each_case_that_holds_it_as_told(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    held_in_another_case(w)
    w.other = Case.objects.unscoped("test").exclude(pk=w.case.pk).get()
    served(cast, w.case)
    condition = condition_of(Order.objects.unscoped("test").get(case=w.case))
    w.report = journey.breach_reported(
        actor=cast.officer, condition=condition, told=told_breach(at=NOON), at=NOON
    ).allegation
    cases.join_act(actor=cast.analyst, case=w.other, allegation=w.report, at=NOON)

    def count() -> list[bool]:
        acts = CaseAct.objects.unscoped("test").filter(allegation=w.report, left_at__isnull=True)
        return [act.is_breach for act in acts]

    assert count() == [True, True]
    turned(w, "withdraw", 2)
    assert count() == [False, False]
    match = Match.objects.unscoped("test").get(allegation=w.report, part=Part.VICTIM)
    cases.undo_match(actor=cast.analyst, match=match, reason="Somebody else.", at=NOON + 3 * MINUTE)
    assert count() == [False]
    again = {"part": Part.VICTIM, "victim": w.case.victim, "reason": "It was right."}
    cases.confirm_match(actor=cast.analyst, allegation=w.report, at=NOON + 4 * MINUTE, **again)  # type: ignore[arg-type]
    assert count() == [False, False]
    turned(w, "restore", 5)
    assert count() == [True, True]
    assert audit_queries.verify().clean


def test_of_two_who_restore_and_recognise_at_once_the_second_is_told_what_the_first_did(
    cast: Cast, signed_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = World(cast, signed_in, tmp_path)
    breached(w)
    turned(w, "withdraw", 1)
    condition = Breach.objects.unscoped("test").get().condition

    def a_colleague_is_first(does: Callable[[], object]) -> None:
        """Let a colleague hold the report, and have decided, until this write may hold it."""
        held = linkage_queries.hold

        def hold(allegations: Iterable[UUID]) -> None:
            monkeypatch.setattr(linkage_queries, "hold", held)
            does()
            held(allegations)

        monkeypatch.setattr(linkage_queries, "hold", hold)

    def recognise() -> None:
        told = {"condition": condition, "allegation": w.report, "at": NOON + 2 * MINUTE}
        journey.breach_recognised(actor=cast.officer, **told)  # type: ignore[arg-type]

    a_colleague_is_first(lambda: turned(w, "restore", 2))
    with pytest.raises(CannotOrder, match="already recorded as a breach"):
        recognise()
    assert Breach.objects.unscoped("test").get().withdrawn_at is not None  # what the colleague did went with the write
    a_colleague_is_first(recognise)
    with pytest.raises(CannotOrder, match="recorded as another breach now"):
        turned(w, "restore", 2)


def test_who_recognised_a_breach_reads_that_it_was_withdrawn_without_a_part_in_the_case(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    joined(by_feed)(w)
    second = cast.actor("second_officer")
    orders_queries.orders_page(actor=second, reference=w.case.reference, at=NOON - MINUTE)
    condition = condition_of(Order.objects.unscoped("test").get(case=w.case))
    journey.breach_recognised(actor=second, condition=condition, allegation=w.report, at=NOON)
    turned(w, "withdraw", 1)
    assert "the breach of 24 November was withdrawn" in w.page("second_officer", "/")


def test_a_breach_is_withdrawn_by_who_may_and_stands_again_with_all_that_was_decided(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    told_in_a_contact(w)
    breach = Breach.objects.unscoped("test").get()
    orders = f"/cases/{w.case.reference}/orders/"
    where = f"{orders}breaches/{breach.pk}/"

    def sends(name: str, how: str, **sent: str) -> tuple[int, str]:
        answer = signed_in(name).post(f"{where}{how}/", {"reason": "Somebody else did it."} | sent)
        return answer.status_code, answer.content.decode()

    assert [sends(name, "withdraw")[0] for name in ("olu", "clinician")] == [404, 403]
    assert "Only the officer in the case or a coordinator may do this" in sends("second_officer", "withdraw")[1]
    Membership.objects.create(
        staff=cast.staff["second_officer"], role=Role.UNIT_COORDINATOR, site="southmere", from_at=NOON
    )
    assert "Recorded in error?" not in w.page("second_officer", orders)
    assert "Give a reason" in sends("coordinator", "withdraw", reason=" ")[1]
    assert "Recorded in error?" in w.page("coordinator", orders)
    ahead = w.page("coordinator", f"{where}withdraw/")
    assert "listed again under “Acts that may be a breach”" in ahead
    assert sends("coordinator", "withdraw")[0] == 303

    assert "This breach is withdrawn already." in sends("officer", "withdraw")[1]
    decided = signed_in("officer").post(where, {"what": "arrest", "done": "yes"}).content.decode()
    assert "This breach was withdrawn. Nothing is to be decided after it." in decided
    assert [row.status for row in Action.objects.unscoped("test")] == ["not_done"]
    act = CaseAct.objects.unscoped("test").get(allegation=w.report)
    assert (act.left_at, act.is_breach) == (None, False)

    assert sends("officer", "restore")[0] == 303
    assert "This breach stands already." in sends("officer", "restore")[1]
    stands = w.page("officer", orders)
    assert "Victim told: yes" in stands
    assert "withdrawn" not in stands
    assert "withdrawn on" not in w.page("officer", f"/cases/{w.case.reference}/")
    advocates_day = w.page("advocate", "/")
    assert "Tell the victim: a breach and what follows from it" in advocates_day
    assert "is not one" not in advocates_day
    act.refresh_from_db(from_queryset=CaseAct.objects.unscoped("test"))
    assert act.is_breach
    rows = BreachStanding.objects.unscoped("test").order_by("recorded_at", "stands")
    assert [(row.recorded_by, row.stands) for row in rows] == [
        (cast.coordinator.staff, False),
        (cast.officer.staff, True),
    ]
    assert audit_queries.verify().clean


def test_an_act_whose_breach_was_withdrawn_may_be_recorded_as_a_breach_of_another_condition(
    cast: Cast, signed_in: SignIn, tmp_path: Path
) -> None:
    w = World(cast, signed_in, tmp_path)
    breach = breached(w)
    orders = f"/cases/{w.case.reference}/orders/"
    sent = {"reason": "It was condition 1."}
    assert signed_in("officer").post(f"{orders}breaches/{breach.pk}/withdraw/", sent).status_code == 303
    assert "Say whether this act was a breach" in w.page("officer", "/")
    other = Condition.objects.unscoped("test").get(order=breach.condition.order_id, number=1)
    assert signed_in("officer").post(f"{orders}acts/{w.report.pk}/", {"condition": str(other.pk)}).status_code == 303
    assert "Breach of condition 1" in w.page("officer", f"/cases/{w.case.reference}/")
    again = signed_in("officer").post(f"{orders}breaches/{breach.pk}/restore/", sent).content.decode()
    assert "This act is recorded as another breach now." in again
    assert audit_queries.verify().clean
