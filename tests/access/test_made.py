"""The conditions of a scope hold wherever a list stands: beside its own tables, below another list, under another name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import Exists, OuterRef, QuerySet

from fourfold.access.models import Staff, Wall
from fourfold.access.scoping import asked_by, running, walled_off
from fourfold.access.statements import ASKS, Statement
from fourfold.cases.models import Case, CaseAct
from tests.cases.builders import open_case
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


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
