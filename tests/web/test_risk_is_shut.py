"""A case's level, and whatever is worked out from it, is shown to nobody to whom the risk is shut."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import Compartment
from fourfold.assessment.models import SignatureAsked
from fourfold.cases.models import Case, LevelSet
from fourfold.cases.terms import Level
from fourfold.demo.scenario import World
from fourfold.panel.models import Decision, View
from tests.web.crawler import Answer, Target, read, targets
from tests.web.test_leaks import _at_one_moment, _first_difference, signed_in_as
from tests.web.worlds import world_without

__all__ = ["_at_one_moment"]

pytestmark = [pytest.mark.django_db, pytest.mark.one_database, pytest.mark.slow]


def shut_the_risk(*partners: str) -> None:
    """Let agreements and grants open everything that they opened, but the risk."""
    for opened in (Agreement, Grant):
        bit = Compartment.RISK.bit
        rows: Any = opened.objects.filter(partner__in=partners)  # type: ignore[attr-defined]
        rows.annotate(has=F("compartments").bitand(bit)).filter(has__gt=0).update(compartments=F("compartments") - bit)


def all_at(level: Level) -> None:
    """Put every level that was ever set, seen, decided or asked for to this one."""
    for table in (Case, LevelSet, View, Decision, SignatureAsked):
        table.objects.unscoped("a test").update(level=level)


@pytest.mark.parametrize("persona", ["P5", "P7"])
def test_two_worlds_that_differ_in_their_levels_look_the_same_where_the_risk_is_shut(persona: str) -> None:
    with world_without(3, 6) as world:
        shut_the_risk("northmoor-nhs", "northmoor-advocacy")
        addresses = targets(world)
        all_at(Level.VERY_HIGH)
        dangerous = _crawl(world, persona, addresses)
        all_at(Level.LOW)
        harmless = _crawl(world, persona, addresses)
    differing = [
        f"{target.address}: {one.status}, {other.status}; {_first_difference(one, other)}"
        for target, one, other in zip(addresses, dangerous, harmless, strict=True)
        if one.masked() != other.masked()
    ]
    assert not differing, f"{len(differing)} answers differ:\n" + "\n".join(differing[:60])
    assert any(answer.status == 200 and b"CNRY" in answer.content for answer in dangerous)


def _crawl(world: World, persona: str, addresses: list[Target]) -> list[Answer]:
    client = signed_in_as(world, persona)
    return [read(client, target) for target in addresses]
