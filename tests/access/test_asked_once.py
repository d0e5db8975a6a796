"""What a write asks at every step is asked once, and what somebody else changed meanwhile is still obeyed at its end."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation, Wall
from fourfold.access.terms import NotFound, RelationKind, Side, WallKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases import services as cases
from fourfold.cases.models import Case
from fourfold.cases.terms import ScreeningAnswers
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.people.models import SamePerson
from fourfold.people.queries.same_person import records_of
from fourfold.people.terms import Part
from tests.cases.builders import open_case, told
from tests.cast import NOW, Cast, assign

pytestmark = pytest.mark.django_db


def wall_of_another_write(cast: Cast, allegation: Allegation) -> None:
    """Put a wall there as another server's write would: this one is not told."""
    wall = Wall(
        file=allegation.pk,
        staff_id=cast.analyst.staff,
        kind=WallKind.ASSIGNED,
        from_at=NOW,
        set_by=cast.governance.staff,
    )
    QuerySet.bulk_create(Wall.objects.all(), [wall])


def test_a_file_is_opened_once_and_looked_at_once_more_at_the_end(cast: Cast, django_assert_num_queries) -> None:
    allegation, analyst = told(cast.analyst), cast.analyst
    with audit.recorded(analyst, "test", at=NOW):
        with django_assert_num_queries(2):
            opened = [linkage.open_allegation(analyst, allegation, at=NOW) for _ in range(5)]
        assert len(set(map(id, opened))) == 1
    with django_assert_num_queries(2):
        linkage.open_allegation(analyst, allegation, at=NOW)  # nothing is remembered outside of a write


def screened_while_walled_off(cast: Cast, allegation: Allegation) -> None:
    analyst = cast.analyst
    with audit.recorded(analyst, "test", at=NOW):
        cases.screen(actor=analyst, allegation=allegation, answers=ScreeningAnswers(), at=NOW)
        wall_of_another_write(cast, allegation)
        cases.screen(actor=analyst, allegation=allegation, answers=ScreeningAnswers(), at=NOW)


def test_whom_somebody_walls_off_in_the_middle_of_a_write_keeps_nothing_of_it(cast: Cast) -> None:
    allegation = told(cast.analyst)
    with pytest.raises(NotFound):
        screened_while_walled_off(cast, allegation)
    assert not Entry.objects.filter(action__in=("test", "allegation.screened")).exists()
    assert Entry.objects.get(action="file.opened", file=allegation.pk).operation == "refusal"


def writes_while_ended(clinician: Actor, case: Case) -> None:
    with audit.recorded(clinician, "test", at=NOW):
        for _ in range(2):
            assert access_queries.opened(clinician, case.pk, at=NOW).sides == {Side.VICTIM, Side.SUBJECT}
        of_victim = Relation.objects.filter(file=case.pk, kind=RelationKind.CLINICIAN_OF_VICTIM)
        QuerySet.update(of_victim, until_at=NOW)  # as another server's write would: this one is not told


def test_who_is_the_clinician_of_one_side_no_more_keeps_nothing(cast: Cast) -> None:
    case, clinician = open_case(cast), cast.clinician
    for kind in (RelationKind.CLINICIAN_OF_VICTIM, RelationKind.CLINICIAN_OF_SUBJECT):
        assign(actor=cast.coordinator, case=case, staff=clinician.staff, kind=kind, at=NOW)
    with pytest.raises(NotFound):
        writes_while_ended(clinician, case)


def test_who_holds_a_report_sees_which_records_were_joined_meanwhile(cast: Cast) -> None:
    case, analyst = open_case(cast), cast.analyst
    report = told(analyst, reference="W2")
    match = cases.confirm_match(actor=analyst, allegation=report, part=Part.VICTIM, at=NOW)
    one, other = case.victim.pk, match.victim.pk  # type: ignore[union-attr]
    first, second = sorted((one, other))
    held = access_queries.held_by(analyst, "desk", at=NOW)
    joined = SamePerson(first=first, second=second, reason="One.", decided_at=NOW, decided_by=analyst.staff, **held)
    with audit.recorded(analyst, "test", at=NOW):
        assert records_of(one) == {one}
        QuerySet.bulk_create(SamePerson.objects.all(), [joined])
        linkage.hold([report.pk])
        assert records_of(one) == {one, other}


def test_what_the_write_itself_changes_is_asked_anew(cast: Cast) -> None:
    allegation, analyst = told(cast.analyst), cast.analyst
    with audit.recorded(analyst, "test", at=NOW):
        assert linkage.people_of(allegation.pk) == (None, None)
        match = cases.confirm_match(actor=analyst, allegation=allegation, part=Part.VICTIM, at=NOW)
        assert linkage.people_of(allegation.pk) == (match.victim, None)


def test_a_wall_that_the_write_itself_sets_shuts_what_it_opened(cast: Cast) -> None:
    allegation, analyst = told(cast.analyst), cast.analyst
    wall = {"staff_id": analyst.staff, "kind": WallKind.ASSIGNED, "from_at": NOW, "set_by": analyst.staff}
    with audit.recorded(analyst, "test", at=NOW):
        linkage.open_allegation(analyst, allegation, at=NOW)
        Wall.objects.create(file=allegation.pk, **wall)
        with pytest.raises(NotFound):
            linkage.open_allegation(analyst, allegation, at=NOW)


def opens_a_case_and_fails(cast: Cast) -> None:
    with audit.recorded(cast.analyst, "test.inner", at=NOW):
        case = open_case(cast)
        for _ in range(2):
            access_queries.opened(cast.analyst, case.pk, at=NOW)
        raise ValueError("within")


def test_what_a_write_opened_that_failed_is_not_asked_of_the_one_around_it(cast: Cast) -> None:
    with audit.recorded(cast.analyst, "test.outer", at=NOW), pytest.raises(ValueError, match="within"):
        opens_a_case_and_fails(cast)
    assert Entry.objects.filter(action="test.outer").exists()
    assert not Case.objects.unscoped("test").exists()


def fails_within(cast: Cast) -> None:
    with audit.recorded(cast.analyst, "test.outer", at=NOW):
        told(cast.analyst, reference="FAILS-WITHIN")
        with audit.recorded(cast.analyst, "test.inner", at=NOW):
            raise ValueError("within")


def test_a_write_within_a_write_that_fails_leaves_nothing_of_either(cast: Cast) -> None:
    with pytest.raises(ValueError, match="within"):
        fails_within(cast)
    assert not Allegation.objects.unscoped("test").filter(reference="FAILS-WITHIN").exists()
    assert not Entry.objects.filter(action__startswith="test.").exists()
