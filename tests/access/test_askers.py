"""What was asked for lapses once whoever asked may not ask any more: for want of a permission, or behind a wall."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta

import pytest

from fourfold.access import services as access
from fourfold.access.askers import NO_LONGER
from fourfold.access.models import Membership
from fourfold.access.terms import RelationKind, Role
from fourfold.assessment import services as assessment
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import Level
from fourfold.people import services as people
from fourfold.support import services as support
from tests.architecture import promises
from tests.cast import NOW, Cast
from tests.support.builders import case_of

pytestmark = pytest.mark.django_db

THEN = NOW + timedelta(days=100)
LATER = THEN + timedelta(minutes=2)
Signs = Callable[[], object]


def part(cast: Cast, case: Case) -> Signs:
    asked = cases.ask_part(
        actor=cast.officer, case=case, staff=cast.staff["officer"].pk, kind=RelationKind.OIC, at=THEN
    )
    return lambda: cases.answer_part(actor=cast.second_officer, asked=asked.pk, given=True, at=LATER)


def step_down(cast: Cast, case: Case) -> Signs:
    told = THEN - timedelta(days=1)
    asked = cases.ask_step_down(actor=cast.officer, case=case, reason="Quiet.", victim_told_at=told, at=THEN)
    return lambda: cases.answer_step_down(actor=cast.second_officer, asked=asked, signs=True, at=LATER)


def signature(cast: Cast, case: Case) -> Signs:
    asked = assessment.ask_signature(actor=cast.officer, case=case, level=Level.LOW, reason="Quiet.", at=THEN)
    return lambda: assessment.answer_signature(actor=cast.second_officer, asked=asked, given=True, at=LATER)


def address(cast: Cast, case: Case) -> Signs:
    support.keep_address(actor=cast.advocate, case=case, address="14 Elder Bank Lane", at=THEN)
    asked = support.ask_for_address(
        actor=cast.advocate, case=case, reason="A delivery of furniture on Monday.", at=THEN
    )
    return lambda: people.answer_for_safe_address(actor=cast.second_advocate, asked=asked, given=True, at=LATER)


def transfer(cast: Cast, case: Case) -> Signs:
    from tests.cast import MEMBERS, hire

    MEMBERS.setdefault("otto", ("southmere-police", Role.UNIT_COORDINATOR, "southmere"))
    cast.staff["otto"] = hire("Otto", *MEMBERS["otto"])
    told = THEN - timedelta(days=1)
    asked = cases.ask_transfer(
        actor=cast.coordinator, case=case, to_site="southmere", reason="Moved.", victim_told_at=told, at=THEN
    )
    return lambda: cases.answer_transfer(
        actor=cast.actor("otto"), asked=asked, accepts=True, reason="We take it.", at=LATER
    )


ASKS = {part: "officer", step_down: "officer", signature: "officer", address: "advocate", transfer: "coordinator"}


@pytest.mark.parametrize("lost", ["permission", "wall", None])
@pytest.mark.parametrize("asks", ASKS)
def test_a_request_lapses_with_what_its_asker_loses(
    cast: Cast, asks: Callable[[Cast, Case], Signs], lost: str | None
) -> None:
    case = case_of(cast)
    signs, first = asks(cast, case), cast.staff[ASKS[asks]]
    if lost == "permission":
        Membership.objects.filter(staff=first).update(role=Role.EVALUATOR)
    if lost == "wall":
        access.set_wall(actor=cast.governance, files=[case.pk], staff=first.pk, reason="A cousin.", at=THEN)
    if lost is None:
        signs()
        return
    with pytest.raises(Exception, match="has lapsed") as refused:
        signs()
    assert str(refused.value) == NO_LONGER


def test_what_was_asked_before_is_answered_only_where_the_asker_is_asked_again() -> None:
    """Who signs beside somebody who acts now (`actor.staff`) needs no more; nor does a no, or whom it is about."""
    found = set()
    for path in sorted(promises.SOURCE.rglob("services/**/*.py")) + sorted(promises.SOURCE.rglob("services.py")):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("why_not_second"):
                first, rest = ast.unparse(call.args[0]), {each.arg: ast.unparse(each.value) for each in call.keywords}
                if first != "actor.staff" and rest.get("asks") != "False":
                    found.add(f"{path.relative_to(promises.SOURCE)}: {first}")
    assert found - ASKED_ALREADY == set()


#: Private functions of the same name, each of which calls one of the two.
ASKED_ALREADY = {
    "access/services/ends.py: row",
    "cases/services/team.py: staff",
    "cases/services/team.py: taker",
}
