"""What a write asks at every step is asked once, and what somebody else changed meanwhile is still obeyed at its end."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet

from fourfold.access.models import Wall
from fourfold.access.terms import NotFound, WallKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.cases import services as cases
from fourfold.cases.terms import ScreeningAnswers
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage
from fourfold.people.terms import Part
from tests.cases.builders import told
from tests.cast import NOW, Cast

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
