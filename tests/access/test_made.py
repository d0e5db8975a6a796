"""The conditions of a scope hold wherever a list stands: beside its own tables, below another list, under another name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.test.utils import CaptureQueriesContext

from fourfold.access.models import Staff, Wall
from fourfold.access.scoping import running, walled_off
from fourfold.access.services import set_wall
from fourfold.access.statements import ASKS, Moment, Statement, asked_by, composed
from fourfold.access.terms import LONDON, Unscoped, day_of
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case, CaseAct
from tests.cases.builders import open_case
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def mine(cast: Cast, who: str) -> list[str]:
    return list(Case.objects.visible_to(cast.actor(who), at=NOW).values_list("reference", flat=True))


@pytest.mark.parametrize("who", ["officer", "analyst", "olu", "administrator"])
def test_a_scope_says_the_same_below_another_list(cast: Cast, who: str) -> None:
    case = open_case(cast)
    acts = CaseAct.objects.visible_to(cast.actor(who), at=NOW)
    below = Case.objects.unscoped("a test").filter(pk__in=acts.values("case"))
    beside = Case.objects.unscoped("a test").filter(Exists(acts.filter(case=OuterRef("pk"))))
    assert [one.reference for one in below] == [one.reference for one in beside] == mine(cast, who)
    assert mine(cast, who) == ([case.reference] if who in ("officer", "analyst") else [])


def test_the_walls_themselves_can_be_asked_behind_which_of_them_somebody_stands(cast: Cast) -> None:
    case = open_case(cast)
    other = Wall.objects.create(
        file=case.victim_id, staff_id=cast.officer.staff, reason="r", from_at=NOW, set_by=cast.lead.staff
    )
    assert list(Wall.objects.filter(walled_off(cast.officer, "file", at=NOW))) == [other]
    assert list(Wall.objects.filter(walled_off(cast.advocate, "file", at=NOW))) == []


def test_nobody_is_taken_for_another_at_the_same_moment(cast: Cast) -> None:
    open_case(cast)
    assert [len(mine(cast, who)) for who in ("officer", "olu", "officer", "olu")] == [1, 0, 1, 0]


def test_a_statement_is_composed_once_and_answers_for_each_asker_and_moment(cast: Cast) -> None:
    composed = []

    def compose() -> QuerySet[Wall]:
        composed.append("once")
        return Wall.objects.filter(running(ASKS.at), staff_id=ASKS.staff).select_related("staff")

    walls, later = Statement(compose), NOW + timedelta(days=1)
    stands = Wall.objects.create(
        file=open_case(cast).pk, staff_id=cast.officer.staff, reason="r", from_at=later, set_by=cast.lead.staff
    )
    askers = [(cast.officer, later), (cast.officer, NOW), (cast.advocate, later), (cast.officer, later)]
    found = [walls.rows(asked_by(actor, at)) for actor, at in askers]
    assert found == [[stands], [], [], [stands]]
    assert found[0][0].staff == Staff.objects.get(pk=cast.officer.staff)
    assert composed == ["once"]
    with pytest.raises(KeyError):
        walls.rows({"staff": cast.officer.staff})


def test_a_list_is_composed_once_for_all_of_one_shape_and_shows_each_their_own(cast: Cast) -> None:
    shapes = []

    @composed
    def cases(actor: Actor, at: datetime, most: int, *, since: datetime) -> QuerySet[Case]:
        shapes.append((actor.sites, most))
        return Case.objects.visible_to(actor, at=at).filter(opened_at__gt=since - DAY).order_by("pk")[:most]

    case, past = open_case(cast), NOW - DAY
    set_wall(actor=cast.governance, files=[case.pk], staff=cast.staff["second_officer"].pk, reason="a cousin", at=NOW)
    askers = ("officer", "second_officer", "officer")
    assert [cases(cast.actor(who), NOW, 5, since=past) for who in askers] == [[case], [], [case]]
    assert cases(cast.officer, NOW, 5, since=NOW + 2 * DAY) == cases(cast.officer, NOW - 9 * DAY, 5, since=past) == []
    assert cases(cast.actor("olu"), NOW, 5, since=past) == cases(cast.actor("administrator"), NOW, 5, since=past) == []
    assert len(shapes) == len({cast.actor(who).memberships for who in (*askers, "olu", "administrator")})


def test_a_list_of_identifiers_is_one_value_however_many_there_are(cast: Cast) -> None:
    composed_with = []

    @composed
    def cases(actor: Actor, at: datetime, *, wanted: Any, victims: Any) -> QuerySet[Case]:
        composed_with.append(wanted)
        rows = Case.objects.visible_to(actor, at=at)
        return rows.filter(Q(pk__in=wanted) | Q(victim__in=victims)).order_by("pk")

    case, officer, others = open_case(cast), cast.officer, tuple(uuid4() for _ in range(1_200))
    for wanted, victims, found in (
        ((), (), []),
        ((case.pk,), (), [case]),
        ((), (*others, case.victim_id), [case]),
        ((case.pk, case.pk, *others), others, [case]),
        (others, (case.pk,), []),
    ):
        with CaptureQueriesContext(connection) as asked:
            assert cases(officer, NOW, wanted=wanted, victims=victims) == found
        assert len(asked) == 1
    assert len(composed_with) == 1
    assert cases(cast.actor("olu"), NOW, wanted=(case.pk,), victims=()) == [], "the scope is asked beside the list"


def test_a_list_cannot_turn_on_what_is_not_known_before_it_runs(cast: Cast) -> None:
    for turns in (lambda actor, at: actor.partner == "northmoor-police", lambda actor, at: at > NOW):
        with pytest.raises(TypeError):
            composed(lambda actor, at, turns=turns: Case.objects.none() if turns(actor, at) else Case.objects.all())(
                cast.officer, NOW
            )
    with pytest.raises(Unscoped):
        composed(lambda actor, at: Case.objects.all())(cast.officer, NOW)


@pytest.mark.parametrize("shift", [timedelta(hours=-1), timedelta(), timedelta(days=120)])
def test_a_moment_and_its_day_are_reckoned_from_when_somebody_asks(shift: timedelta) -> None:
    midnight = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # already July in London
    moment = Moment() + shift
    assert moment.value({"at": midnight}) == midnight + shift
    assert (moment.astimezone(LONDON).date() - DAY).value({"at": midnight}) == day_of(midnight + shift) - DAY
