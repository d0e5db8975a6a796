"""When a case changed last, as the database keeps it beside each part: no later act, level or state, and a check that says so."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from fourfold.access import services as access
from fourfold.access.models import Relation
from fourfold.access.terms import RelationKind
from fourfold.cases.models import Case, CaseAct, LevelSet, StateSet
from fourfold.cases.services.changed import check_changes
from fourfold.duties import services as duties
from tests.cases.builders import open_case
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def moments(case: UUID) -> list[object]:
    found = [
        list(table._base_manager.filter(case=case).values_list(moment, flat=True))
        for table, moment in ((CaseAct, "joined_at"), (LevelSet, "set_at"), (StateSet, "entered_at"))
    ]
    return [moment for each in found for moment in each]


def _part(cast: Cast, case: UUID, who: str, kind: RelationKind) -> Relation:
    return access.relate(actor=cast.coordinator, file=case, staff=cast.staff[who].pk, kind=kind, at=NOW)


def _with_a_part(cast: Cast) -> Case:
    case = open_case(cast)
    _part(cast, case.pk, "officer", RelationKind.OIC)
    return case


def test_each_part_keeps_the_last_of_what_happened_in_its_case(cast: Cast) -> None:
    case, other = _with_a_part(cast), _with_a_part(cast)
    parts = Relation.objects.filter(file=case.pk)
    assert {each.changed_at for each in parts} == {max(moments(case.pk))}
    row = StateSet._base_manager.filter(case=case.pk).latest("entered_at")
    row.pk, row._state.adding, row.entered_at = row.pk.__class__(int=7), True, NOW + timedelta(days=1)
    row.save(force_insert=True)
    assert {each.changed_at for each in parts.all()} == {NOW + timedelta(days=1)}
    assert Relation.objects.filter(file=other.pk).latest("changed_at").changed_at <= NOW
    late = _part(cast, case.pk, "outreach", RelationKind.OUTREACH)
    assert Relation.objects.get(pk=late.pk).changed_at == NOW + timedelta(days=1)
    StateSet._base_manager.filter(pk=row.pk).update(entered_at=NOW - timedelta(days=1))
    assert {each.changed_at for each in parts.all()} == {NOW + timedelta(days=1)}
    assert check_changes() == []


def test_a_part_that_says_an_earlier_moment_is_named_and_mended(cast: Cast) -> None:
    case = _with_a_part(cast)
    part = Relation.objects.get(file=case.pk)
    assert check_changes() == []
    for earlier in (None, NOW - timedelta(days=900)):
        Relation.objects.filter(pk=part.pk).update(changed_at=earlier)
        said = f"access_relation.changed_at of {part.pk} says an earlier moment"
        assert said in map(str, duties.check())
        assert check_changes(mend=True) == [said]
        assert Relation.objects.get(pk=part.pk).changed_at == max(moments(case.pk))
        assert check_changes() == []
