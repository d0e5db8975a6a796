"""Several people of one crime: in the columns of one row, or in a row for each, however far apart the rows stand."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from fourfold.gateways.spool import gathered
from fourfold.gateways.tables import Line, Trouble
from fourfold.intake import queries
from fourfold.intake.models import Allegation, FurtherPerson, Quarantined, Retold
from fourfold.intake.rules.feeds import Mapping, mapping_of
from fourfold.intake.terms import Fault, InvalidMapping, PersonRole
from tests.cast import NOW, Cast
from tests.intake.feeds import SMALL, feed, small, text_of
from tests.intake.test_importing import kept, numbers, proven, run
from tests.intake.test_reading import fault, read

SECOND = {"person": [{"role": "subject", "name": "Weapon"}, {"role": "victim", "name": "Ex"}]}
HEADER = ("Ref", "Told", "Class", "Story", "Role", "Name", "Born", "Phone")
ROLE = {"column": "Role", "victim": ["V"], "subject": ["S"], "other": ["W"]}


def two(**changes: Any) -> dict[str, Any]:
    """Return what makes the small feed name further people in its columns."""
    return {"weapon": None, "former_partner": None, **SECOND, **changes}


def by_person() -> Mapping:
    """Return the mapping of a feed with a row for each person."""
    kept_keys = ("name", "system", "reference", "told", "class", "words")
    born = {"columns": ["Born"], "formats": ["%d/%m/%Y"]}
    return mapping_of(
        {
            **{key: SMALL[key] for key in kept_keys},
            "rows": "one for each person",
            "person": [{"role": ROLE, "name": "Name", "birth": born, "phone": "Phone"}],
        }
    )


def person(ref: str, role: str, name: str, **cells: str) -> tuple[str, ...]:
    """Return one row of that feed."""
    usual = {"Ref": ref, "Told": "23/11/2026 10:00", "Class": "8Q", "Story": f"Story {ref}", "Role": role, "Name": name}
    return tuple({**usual, "Born": "", "Phone": "", **cells}.values())


PEOPLE = [
    person("1", "V", "Anna Karlsen", Phone="07700 900001"),
    person("2", "V", "Bea Holm"),
    person("1", "S", "Carl Dahl", Born="01/02/1980"),
    person("1", "S", "Dan Eik"),
    person("1", "W", "Eve Foss"),
    person("2", "S", "Carl Dahl", Born="01/02/1980"),
    person("1", "V", "Finn Gran"),
]


# ---- in one row


def test_further_people_stand_in_columns_of_their_own() -> None:
    told = read({"Weapon": "Second Suspect", "Ex": "Second Victim"}, **two()).told
    assert told.victim.name == "Anna Karlsen"
    assert told.subject.name == "Second Suspect", "the first of a role is the subject, wherever it stands"
    assert [(one.role, one.person.name) for one in told.further] == [("victim", "Second Victim")]


def test_a_person_without_a_detail_is_nobody() -> None:
    assert read(**two()).told.further == ()


def test_the_same_person_named_twice_is_one() -> None:
    told = read({"Ex": "Anna Karlsen"}, **two(victim={"name": "Name"})).told
    assert told.further == ()


@pytest.mark.parametrize(
    ("word", "said"),
    [("X", "“X” is not a role in the mapping"), ("", "The row does not say what this person’s role is")],
)
def test_a_role_that_nobody_mapped_waits(word: str, said: str) -> None:
    block = {"role": {**ROLE, "column": "Ex"}, "name": "Weapon"}
    found = fault({"Ex": word, "Weapon": "Somebody"}, **two(person=[block]))
    assert (found.fault, found.column) == (Fault.CODE, "Ex")
    assert said in found.reason


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"person": [{"name": "Ex"}]}, r"person 1\.role is missing"),
        ({"person": [{"role": "witness", "name": "Ex"}]}, "write one of: victim, subject"),
        ({"person": [{"role": {**ROLE, "other": ["V"]}, "name": "Ex"}]}, "“V”, which stands in another list too"),
        ({"person": {"role": "victim"}}, r"must be tables written as \[\[person\]\]"),
        ({"rows": "one for each person", "reference": None}, "needs a \\[reference\\]"),
        ({"rows": "many"}, "write one of: one for each crime, one for each person"),
    ],
)
def test_a_wrong_key_of_people_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMapping, match=said):
        small(**changes)


# ---- in a row for each


def test_rows_are_gathered_by_their_key_in_the_order_of_the_first() -> None:
    lines = [Line(n, (key,)) for n, key in enumerate("abacb", start=2)]
    lines.append(Line(9, ("cut",), Trouble.UNCLOSED, 5))
    found = list(gathered(lines, lambda line: line.cells[0]))
    assert [[line.number for line in together] for together in found] == [[2, 4], [3, 6], [5], [9]]
    assert found[3][0].trouble is Trouble.UNCLOSED


def test_a_crime_told_in_rows_of_its_people_is_one_allegation(cast: Cast, tmp_path: Path) -> None:
    path = feed(tmp_path, text_of(PEOPLE, HEADER))
    assert numbers(run(cast, path, by_person())) == (7, 7, 0, 0, 0)
    one, other = kept()["1"], kept()["2"]
    assert {one.victim_name, *further(one, PersonRole.VICTIM)} == {"Anna Karlsen", "Finn Gran"}
    assert {one.subject_name, *further(one, PersonRole.SUBJECT)} == {"Carl Dahl", "Dan Eik"}
    assert (other.victim_name, other.subject_name, other.subject_birth) == ("Bea Holm", "Carl Dahl", "1980-02-01")
    assert "Eve Foss" in one.original.values(), "a witness stays in the row as it came"
    assert proven()
    assert numbers(run(cast, path, by_person())) == (7, 0, 7, 0, 0)


def further(allegation: Allegation, role: PersonRole) -> set[str]:
    """Return the names of the further people of an allegation in a role."""
    rows = FurtherPerson.objects.unscoped("test").filter(allegation=allegation, role=role)
    return set(rows.values_list("name", flat=True))


def test_the_order_of_the_rows_is_no_news(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, text_of(PEOPLE, HEADER)), by_person())
    mixed = random.Random(4).sample(PEOPLE, len(PEOPLE))
    assert numbers(run(cast, feed(tmp_path, text_of(mixed, HEADER), "mixed.csv"), by_person())) == (7, 0, 7, 0, 0)


def test_a_person_who_is_new_to_a_crime_is_a_later_telling(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, text_of(PEOPLE, HEADER)), by_person())
    more = [*PEOPLE, person("2", "S", "Gus Hald")]
    assert numbers(run(cast, feed(tmp_path, text_of(more, HEADER), "more.csv"), by_person())) == (8, 3, 5, 0, 3)
    again = Retold.objects.unscoped("test").get()
    assert "Gus Hald" in str(again.changed)
    assert proven()


def test_rows_that_contradict_each_other_about_the_crime_wait(cast: Cast, tmp_path: Path) -> None:
    wrong = [*PEOPLE, person("1", "S", "Hal Ivarsen", Class="8R"), person("3", "V", "Ida", Born="31/02/1990")]
    totals = run(cast, feed(tmp_path, text_of(wrong, HEADER)), by_person())
    assert dict(totals.reasons) == {"rows of a crime disagree": 1, "no such date": 1}
    held = Quarantined.objects.get(fault=Fault.DISAGREE)
    assert (held.row_number, held.column) == (9, "Class")
    assert held.reason.startswith("Row 2 has the same reference “1” but differs about the crime in: Class")
    assert proven()


def test_the_rows_of_many_crimes_far_apart_are_proved_batch_by_batch(cast: Cast, tmp_path: Path) -> None:
    rows = [person(str(number), role, f"{role} {number}") for role in "VS" for number in range(700)]
    rows[1_399] = person("699", "S", "late", Class="8R")
    assert numbers(run(cast, feed(tmp_path, text_of(rows, HEADER)), by_person())) == (1_400, 1_399, 0, 1, 0)
    assert proven()
    Quarantined._base_manager.update(reason="x")
    assert not proven()


def test_further_people_are_shown_as_far_as_they_are_open(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, text_of(PEOPLE, HEADER)), by_person())
    told = queries.as_told(kept()["1"].pk, actor=cast.analyst, at=NOW)
    everybody = {
        told.victim.name,
        told.subject.name if told.subject else "",
        *(one.person.name for one in told.further),
    }
    assert everybody == {"Anna Karlsen", "Finn Gran", "Carl Dahl", "Dan Eik"}
    victims = [one.person for one in told.further if one.role is PersonRole.VICTIM]
    assert all(victim.phone == "" for victim in victims) or told.victim_reach_shown
