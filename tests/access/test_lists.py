"""A list shows a case exactly to whoever may open it: no row that the door then refuses, no open case that is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from fourfold.access import queries, services
from fourfold.access.models import Agreement, Grant
from fourfold.access.terms import Compartment, NotFound, RelationKind
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation
from tests.access.builders import end_agreement
from tests.cases.builders import open_case, told
from tests.cast import MEMBERS, NOW, Cast

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(seconds=1)


def opens(actor: Actor, case: Case) -> bool:
    """Say whether the door opens."""
    try:
        return bool(queries.opened(actor, case.pk, at=LATER))
    except NotFound:
        return False


def listed(actor: Actor, case: Case) -> bool:
    """Say whether a list shows it."""
    return Case.objects.visible_to(actor, at=LATER).filter(pk=case.pk).exists()


def wall(cast: Cast, case: Case) -> None:
    services.set_wall(actor=cast.governance, files=[case.pk], staff=cast.officer.staff, at=NOW)


def wall_of_a_partner(cast: Cast, case: Case) -> None:
    services.set_wall(actor=cast.governance, files=[case.pk], partner="northmoor-advocacy", at=NOW)


def end_the_agreement(cast: Cast, case: Case) -> None:
    end_agreement(cast, Agreement.objects.get(partner="northmoor-nhs"))


def an_agreement_without_the_core(cast: Cast, case: Case) -> None:
    Grant.objects.filter(partner="northmoor-outreach").update(compartments=Compartment.RISK.bit)


def relate_everybody(kind: RelationKind) -> Callable[[Cast, Case], None]:
    """Return a change after which everybody stands to the case in this way."""

    def relate(cast: Cast, case: Case) -> None:
        for staff in cast.staff.values():
            services.relate(actor=cast.coordinator, file=case.pk, staff=staff.pk, kind=kind, at=NOW)

    relate.__name__ = f"everybody is {kind}"
    return relate


def nothing(cast: Cast, case: Case) -> None:
    """Leave the case as it was opened."""


CHANGES = (
    nothing,
    wall,
    wall_of_a_partner,
    end_the_agreement,
    an_agreement_without_the_core,
    *map(relate_everybody, RelationKind),
)
SESSIONS: tuple[dict[str, object], ...] = (
    {},
    {"strength": "password"},
    {"purpose": ""},
    {"trained": False},
    {"active": False},
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_lists_and_doors_agree_about_everybody(cast: Cast, change: Callable[[Cast, Case], None]) -> None:
    case = open_case(cast)
    change(cast, case)
    for name in MEMBERS:
        for session in SESSIONS:
            actor = replace(cast.actor(name), **session)  # type: ignore[arg-type]
            assert listed(actor, case) is opens(actor, case), (name, session)


def test_the_table_above_has_both_kinds_of_rows(cast: Cast) -> None:
    case = open_case(cast)
    assert listed(cast.officer, case)
    assert not listed(cast.olu, case)


def test_the_officer_who_is_the_subject_finds_the_case_in_no_list(cast: Cast) -> None:
    case = open_case(cast)
    relate_everybody(RelationKind.PARTY)(cast, case)
    assert not listed(cast.officer, case)


def test_an_allegation_at_the_desk_is_listed_for_whoever_may_open_it(cast: Cast) -> None:
    allegation = told(cast.analyst)
    Agreement.objects.filter(partner="northmoor-outreach").update(compartments=Compartment.RISK.bit)
    for name in MEMBERS:
        for session in SESSIONS:
            actor = replace(cast.actor(name), **session)  # type: ignore[arg-type]
            shown = Allegation.objects.visible_to(actor, at=LATER).filter(pk=allegation.pk).exists()
            try:
                opened = bool(
                    queries.opened_at_site(actor, allegation.pk, allegation.site, allegation.controller, at=LATER)
                )
            except NotFound:
                opened = False
            assert shown is opened, (name, session)


def test_a_part_is_asked_for_of_a_case_s_rows_alone(cast: Cast) -> None:
    with pytest.raises(TypeError, match="rows that stand at a desk"):
        Allegation.objects.visible_to(cast.analyst, at=NOW, part=Compartment.RISK)
