"""A value is filled from its row, closed where the reader may not see, and wrong only when it is imported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import pytest

from fourfold.access.projection import Added, Part, Projection, Staff, Through, Unmatched
from fourfold.access.terms import Closed, Compartment, RiskOnly, SubjectOnly
from fourfold.cases.models import Case, CaseAct, LevelSet, PossibleCourse, Summary
from fourfold.cases.terms import Level, State
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour
from fourfold.people.models import Subject, Victim
from tests.cases.builders import open_case
from tests.cast import NOW

ANN, BEN = UUID(int=1), UUID(int=2)
NAMES = {ANN: "Ann Wye"}


@dataclass(frozen=True)
class LevelShown:
    id: UUID
    level: Level
    advised: Level | None
    set_at: datetime
    by: str
    signed_by: str


LEVEL = Projection(
    LevelShown, LevelSet, by=Staff("recorded_by", "somebody who left"), signed_by=Staff("countersigned_by")
)


def level(**columns):
    return LevelSet(**{"level": "high", "set_at": NOW, "recorded_by": ANN, **columns})


def test_a_value_is_filled_by_name_and_converted_by_annotation():
    row = level(advised="medium")
    assert LEVEL(row, names=NAMES) == LevelShown(row.pk, Level.HIGH, Level.MEDIUM, NOW, "Ann Wye", "")


def test_nothing_stored_is_none_and_nobody_has_no_name():
    shown = LEVEL(level(recorded_by=BEN), names=NAMES)
    assert (shown.advised, shown.by, shown.signed_by) == (None, "somebody who left", "")


def test_a_stored_value_that_is_no_member_is_an_error():
    with pytest.raises(ValueError, match="enormous"):
        LEVEL(level(level="enormous"), names=NAMES)


@dataclass(frozen=True)
class ActShown:
    case: UUID
    reference: str
    examples: tuple[Behaviour, ...]
    kept: tuple[str, ...] | None
    is_breach: bool
    length: int
    mine: bool
    others: int


ACT = Projection(
    ActShown,
    CaseAct,
    "mine",
    reference="allegation__reference",
    examples="allegation__behaviours",
    kept="allegation__summary__kinds",
    is_breach="allegation__breach_of",
    length=Through(len, "allegation__words"),
    others=Added("others"),
)


def act(**columns):
    row = CaseAct(case_id=ANN, allegation=Allegation(**{"reference": "R1", "words": "He waited.", **columns}))
    row.allegation._state.fields_cache["summary"] = None
    row.others = 3
    return row


def test_a_path_leads_through_rows_and_ends_where_there_is_none():
    assert ACT(act(behaviours=["loiters"]), mine=True) == ActShown(
        ANN, "R1", (Behaviour.LOITERS,), None, False, 10, True, 3
    )
    row = act(breach_of=BEN)
    row.allegation._state.fields_cache["summary"] = Summary(kinds=["loiters"])
    assert (ACT(row, mine=False).kept, ACT(row, mine=False).is_breach) == (("loiters",), True)


def test_the_caller_gives_what_was_declared_and_nothing_else():
    with pytest.raises(TypeError, match="mine"):
        ACT(act())
    with pytest.raises(TypeError, match="reference"):
        ACT(act(), mine=True, reference="R2")
    with pytest.raises(TypeError, match="names"):
        LEVEL(level())


@dataclass(frozen=True)
class PersonShown:
    name: str
    known: RiskOnly[bool]


@dataclass(frozen=True)
class CaseShown:
    reference: str
    state: State
    level: RiskOnly[Level]
    subject: SubjectOnly[PersonShown]
    relationship: Annotated[str, Closed(Compartment.VICTIM_CONTACT, "not for you")]


CASE = Projection(CaseShown, Case, subject=Part(Projection(PersonShown, Subject), "subject"))


def a_case():
    return Case(reference="FF-1", level="low", relationship="colleague", subject=Subject(given_name="Sam", known=True))


def test_a_closed_field_gives_nothing_where_its_compartment_is_shut():
    shown = CASE(a_case(), opened={Compartment.CORE})
    assert shown == CaseShown("FF-1", State.OPEN, None, None, "not for you")


def test_a_closed_field_gives_its_value_where_its_compartment_is_open():
    shown = CASE(a_case(), opened=set(Compartment))
    assert shown == CaseShown("FF-1", State.OPEN, Level.LOW, PersonShown("Sam", True), "colleague")


def test_a_part_is_closed_by_the_same_key():
    shown = CASE(a_case(), opened={Compartment.SUBJECT_IDENTITY})
    assert shown.subject == PersonShown("Sam", None)


def test_what_is_given_is_closed_too():
    given = Projection(CaseShown, Case, "level", "subject")
    assert given(a_case(), opened={Compartment.CORE}, level=Level.HIGH, subject="Sam").level is None


@pytest.mark.parametrize("projection", [CASE, Projection(CaseShown, Case, "subject")])
def test_closed_fields_need_to_know_what_is_open(projection):
    with pytest.raises(TypeError, match="opened"):
        projection(a_case())


def shows(**annotations):
    return dataclass(frozen=True)(type("Shown", (), {"__annotations__": annotations}))


@pytest.mark.parametrize(
    ("annotations", "sources", "why"),
    [
        ({"colour": str}, {}, "Shown.colour of Case: Case has no column or attribute colour"),
        ({"subject": str}, {"subject": "person__name"}, "Case has no relation person to one row"),
        ({"acts": int}, {"acts": "case_acts__seriousness"}, "Case has no relation case_acts to one row"),
        ({"reference": int}, {}, "the column gives str"),
        ({"opened_at": date}, {}, "the column gives datetime"),
        ({"last_act_at": datetime}, {}, "the column may be NULL"),
        ({"site": str}, {"sight": "site"}, "no field sight"),
        ({"site": PersonShown}, {"site": Part(Projection(PersonShown, Subject), "victim")}, "victim is no Subject"),
    ],
)
def test_a_field_that_does_not_fit_fails_at_import(annotations, sources, why):
    with pytest.raises(Unmatched, match=why):
        Projection(shows(**annotations), Case, **sources)


@pytest.mark.django_db
def test_a_list_is_read_in_one_statement_with_what_it_needs_and_one_for_the_names(cast, django_assert_num_queries):
    case = open_case(cast)
    assert {"allegation__summary__kinds", "allegation__behaviours", "case"} <= set(ACT.columns)
    shown = Projection(
        shows(reference=str, subject=str, by=str), Case, subject="subject__name", by=Staff("recorded_by")
    )
    rows = Case.objects.unscoped("a test").filter(pk=case.pk)
    with django_assert_num_queries(2):
        (value,) = shown.all(shown.only(rows))
    assert (value.reference, value.subject) == (case.reference, case.subject.name)
    assert value.by


def test_a_property_is_shown_and_asks_for_whole_rows():
    projection = Projection(shows(pk=UUID, file_path=str), PossibleCourse, file_path="FILE_PATH")
    row = PossibleCourse()
    assert projection(row).file_path == "pk"
    assert not projection.only(PossibleCourse.objects.unscoped("a test")).query.deferred_loading[0]


def test_victims_and_subjects_alike_need_a_model_of_their_own():
    with pytest.raises(Unmatched, match="known"):
        Projection(PersonShown, Victim)
