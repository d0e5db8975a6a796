"""What is told is declared once: table, lengths, walls and editions follow from the fields of the values."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import datetime

import pytest

from fourfold.access.terms import Compartment
from fourfold.api.schemas import Person, PersonIn
from fourfold.intake.models import Allegation, FurtherPerson, Version
from fourfold.intake.rules import columns
from fourfold.intake.rules.columns import row_of
from fourfold.intake.rules.feeds.layout import PERSON_FIELDS
from fourfold.intake.terms import PersonAsTold, Urgency
from fourfold.intake.told_columns import Kind, columns_of, told
from tests.intake.told import told as an_allegation

CONTACT, IDENTITY = Compartment.VICTIM_CONTACT, Compartment.SUBJECT_IDENTITY


@dataclass(frozen=True)
class Example:
    """A value with a column of each kind, and people, who are none."""

    text: str = told(12, victim=CONTACT, label="A text")
    many: tuple[str, ...] = ()
    answer: bool | None = None
    moment: datetime | None = None
    code: Urgency | None = None
    later: str = told(edition=2)
    person: PersonAsTold | None = None
    people: tuple[PersonAsTold, ...] = ()


def test_kinds_follow_from_annotations_and_people_are_no_columns() -> None:
    found = {column.name: column for column in columns_of(Example)}
    assert {name: column.kind for name, column in found.items()} == {
        "text": Kind.TEXT,
        "many": Kind.LIST,
        "answer": Kind.TRUTH,
        "moment": Kind.MOMENT,
        "code": Kind.CODE,
        "later": Kind.TEXT,
    }
    assert (found["text"].longest, found["text"].reaches, found["text"].label) == (12, True, "A text")
    assert [column.name for column in found.values() if column.edition > 1] == ["later"]


def test_the_table_has_every_column_as_long_as_it_is_declared() -> None:
    longest = {field.name: field.max_length for field in Allegation._meta.concrete_fields}
    for name, most in columns.LONGEST.items():
        own = "relationship" if name == "subject.relationship" else name.replace(".", "_")
        assert longest[own] == most, name
    of_further = {field.name: field.max_length for field in FurtherPerson._meta.concrete_fields}
    assert {column.name: of_further[column.name] for column in columns.PERSON} == {
        column.name: column.longest for column in columns.PERSON
    }


def test_a_row_has_every_column_and_a_later_version_what_it_keeps_of_them() -> None:
    row = row_of(an_allegation(), (Urgency.SOON, (), True))
    assert set(row) <= {field.attname for field in Allegation._meta.concrete_fields}
    own = {"id", "controller", "basis", "source", "recorded_at", "recorded_by", "received_at", "row_hash", "run_id"}
    assert {field.attname for field in Allegation._meta.concrete_fields} - set(row) == {*own, "row_number", "batch"}
    assert {"words", "place", "recorded_class", "urgency"} <= {field.attname for field in Version._meta.concrete_fields}


@pytest.mark.parametrize(
    ("column", "readers"),
    [
        ("place", CONTACT),
        ("victim_phone", CONTACT),
        ("victim_email", CONTACT),
        ("victim_address", CONTACT),
        ("subject_name", IDENTITY),
        ("subject_birth", IDENTITY),
        ("subject_phone", IDENTITY),
        ("subject_email", IDENTITY),
        ("subject_address", IDENTITY),
        ("original", Compartment.EVIDENCE_ORIGINAL),
    ],
)
def test_walls_stand_where_they_stood(column: str, readers: Compartment) -> None:
    assert Allegation.FIELDS[column] is readers


def test_mapping_and_api_know_every_detail_of_a_person() -> None:
    details = [field.name for field in fields(PersonAsTold) if field.name != "known_by"]
    assert list(PERSON_FIELDS) == details
    assert list(PersonIn.model_fields) == details
    assert set(Person.model_fields) == {*details, "known_by"}
    open_to_all = {name for name, field in Person.model_fields.items() if field.is_required()}
    assert open_to_all.isdisjoint(columns.REACH)


def test_what_reaches_a_victim_is_closed_where_that_is() -> None:
    assert columns.REACH == ("phone", "email", "address", "known_by")
    assert replace(columns.PERSON[0], victim=CONTACT).reaches
