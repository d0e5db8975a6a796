"""A row or two in which victim and suspect are exchanged, known by name and birth alone, and slips of a clerk abroad."""

from __future__ import annotations

from pathlib import Path

import pytest

from fourfold.intake import services
from fourfold.intake.mapping_drafts import checked
from fourfold.intake.models import Allegation, Quarantined, Version
from fourfold.intake.rules.exchanged import TURNED, WAITS, Exchange
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.terms import CannotImport, Totals
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, text_of
from tests.intake.test_importing import numbers, proven, run
from tests.intake.test_people_of_a_crime import HEADER, by_person, person
from tests.intake.test_roles_hold import HEADER as ROLES_HEADER
from tests.intake.test_roles_hold import PEOPLE as PEOPLE_MAPPING
from tests.intake.test_roles_hold import bring, mapping, one

BARE = dict.fromkeys(
    ("V_phone", "V_mail", "V_home", "V_post", "S_phone", "S_mail", "S_home", "S_car", "V_name", "V_born"), ""
) | {"S_name": "", "S_born": ""}
PEOPLE = {
    "Anna": ("Anna Karlsen", "03/05/1985"),
    "Bea": ("Bea Holm", "04/06/1990"),
    "Carl": ("Carl Dahl", "12/11/1979"),
    "Dan": ("Dan Eik", "01/02/1980"),
    "Eve": ("Eve Moe", "09/09/1991"),
    "Finn": ("Finn Gran", "10/10/1970"),
}


def told(reference: str, victim: str = "", subject: str = "") -> tuple[str, ...]:
    """Return a row of the feed that knows people by name and birth alone."""
    cells = dict(BARE, Ref=reference)
    for side, who in (("V", victim), ("S", subject)):
        cells[f"{side}_name"], cells[f"{side}_born"] = PEOPLE.get(who, (who, ""))
    return one(1, **cells)


RECORD = [told("1", "Anna", "Carl"), told("2", "Bea", "Dan"), told("3", "Eve", "Finn")]
STEADY = told("9", "Eve", "Finn")


@pytest.fixture
def on_record(cast: Cast, tmp_path: Path) -> Cast:
    assert numbers(bring(cast, tmp_path, RECORD, "before.csv"))[:2] == (3, 3)
    return cast


def held_of(totals: Totals) -> dict[int, str]:
    return {row.row_number: row.reason for row in Quarantined.objects.filter(run_id=totals.run)}


@pytest.mark.parametrize(
    ("rows", "reasons"),
    [
        # the victim was a suspect and the suspect a victim, in reports of their own: one row is enough
        ([told("4", "Carl", "Bea")], {2: TURNED}),
        ([STEADY, told("4", "Carl", "Bea"), told("5", "Eve", "Finn")], {3: TURNED}),
        ([STEADY, *(told(number, "Carl", "Bea") for number in "456")], {3: TURNED, 4: TURNED, 5: TURNED}),
        ([STEADY, told("4", "", "Bea"), told("5", "Carl", "Bea")], {4: TURNED}),  # whatever a row above says of one
        # as a later version of the same crime
        ([STEADY, told("1", "Carl", "Anna")], {3: "The victim and the suspect have been exchanged"}),
        # one of the two alone is known, and nobody in the file is as on record
        ([told("4", "Carl"), told("5", "", "Bea")], {2: WAITS, 3: WAITS}),
        ([told(number, "Nils Ek", "Bea") for number in "456"], {2: WAITS, 3: WAITS, 4: WAITS}),
        # written in the other order of the system's two columns
        ([STEADY, (*told("4", "Carl", "Bea")[:9], "HOLM, Bea", PEOPLE["Bea"][1], *told("4")[11:])], {3: TURNED}),
        # one row says nothing of one person: who was a victim may be a suspect of another's
        ([told("4", "Carl", "Nils Ek")], {}),
        ([told("4", "Nils Ek", "Bea")], {}),
        ([STEADY, told("4", "Carl"), told("5", "", "Bea")], {}),
    ],
)
def test_a_row_that_exchanges_people_known_by_name_and_birth_waits_even_alone(
    on_record: Cast, tmp_path: Path, rows: list[tuple[str, ...]], reasons: dict[int, str]
) -> None:
    totals = bring(on_record, tmp_path, rows, "later.csv")
    found = held_of(totals)
    assert list(found) == list(reasons)
    assert all(found[number].startswith(str(reason)) for number, reason in reasons.items())
    assert numbers(totals)[1:4] == (len(rows) - len(reasons), 0, len(reasons))
    assert not Version.objects.unscoped("test").exists()


def test_who_is_named_by_nobody_is_looked_for_nowhere(
    on_record: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A suspect whom a row leaves unnamed was taken for a name: every report without one was fetched and learnt."""
    bring(on_record, tmp_path, [told("4", "Gro Lie"), told("5", "Ida Foss")], "unnamed.csv")
    learnt: list[object] = []
    monkeypatch.setattr(Exchange, "on_record", lambda _, people: learnt.append(people))
    bring(on_record, tmp_path, [told("6", "Anna"), told("7", "Ola Rud")], "later.csv")
    assert len(learnt) == 1


def test_whoever_is_really_both_holds_nothing_back_once_somebody_has_said_so(on_record: Cast, tmp_path: Path) -> None:
    totals = bring(on_record, tmp_path, [told("4", "Carl", "Bea"), STEADY], "later.csv")
    held = Quarantined.objects.get(run_id=totals.run)
    mended = [services.Mended(held.pk, held.raw)]
    assert services.mend_rows(actor=on_record.analyst, mended=mended, at=NOW) == (), "one person lets the row in"
    again = [told("5", "Carl", "Bea"), told("6", "Bea", "Dan"), told("7", "Anna", "Carl")]
    assert held_of(bring(on_record, tmp_path, again, "again.csv")) == {}
    assert Allegation.objects.unscoped("test").count() == 8
    assert proven()


def test_rows_of_one_file_are_held_against_those_above_by_name_and_birth(cast: Cast, tmp_path: Path) -> None:
    rows = [told("1", "Anna", "Carl"), told("2", "Bea", "Dan"), *(told(number, "Dan", "Anna") for number in "345")]
    assert held_of(bring(cast, tmp_path, [*rows, told("6", "Anna", "Carl")])) == {4: TURNED, 5: TURNED, 6: TURNED}


def test_a_crime_whose_people_have_rows_of_their_own_waits_where_both_are_exchanged(cast: Cast, tmp_path: Path) -> None:
    def crime(reference: str, victim: str, subject: str) -> list[tuple[str, ...]]:
        roles = (("V", victim), ("S", subject))
        return [person(reference, role, PEOPLE[who][0], Born=PEOPLE[who][1]) for role, who in roles]

    def brought(rows: list[tuple[str, ...]], name: str) -> Totals:
        return run(cast, feed(tmp_path, text_of(rows, HEADER), name), by_person())

    brought([*crime("1", "Anna", "Carl"), *crime("2", "Bea", "Dan"), *crime("3", "Eve", "Finn")], "before.csv")
    exchanged = [*crime("8", "Eve", "Finn"), *crime("9", "Carl", "Anna"), *crime("10", "Dan", "Anna")]
    totals = brought(exchanged, "later.csv")
    assert held_of(totals) == dict.fromkeys((4, 5, 6, 7), TURNED)
    assert (totals.accepted, totals.quarantined) == (2, 4)


SORTED = {"subject": ("S_name", "S_born"), "victim": ("V_name", "V_born")}


@pytest.mark.parametrize("role", SORTED)
def test_columns_of_one_side_that_were_sorted_by_themselves_stop_the_file(
    cast: Cast, tmp_path: Path, role: str
) -> None:
    """Every later version names another's suspect: each alone is a correction, one after the other they are none."""
    name, born = SORTED[role]

    def crime(number: int, of: int) -> tuple[str, ...]:
        alone = {
            "V_phone": "",
            "V_mail": "",
            "V_home": "",
            "V_post": "",
            "S_phone": "",
            "S_mail": "",
            "S_car": "",
            "S_home": "",
        }
        cells = {name: f"Dan{of} Eik{of}", born: f"{1 + of:02}/02/1980"}
        return one(number, **{"V_name": f"Anna{number} Karlsen{number}", **alone, **cells})

    bring(cast, tmp_path, [crime(n, n) for n in range(12)], "before.csv")
    later = [crime(n, (n + 1) % 12) for n in range(12)]
    assert numbers(bring(cast, tmp_path, [later[0], *(crime(n, n) for n in range(1, 6)), later[8]], "two.csv"))[1] == 2
    with pytest.raises(
        CannotImport, match=rf"stopped at row 2\. The {'suspect' if role == 'subject' else role}s of this"
    ) as why:
        bring(cast, tmp_path, [*later[1:8], crime(9, 9)], "sorted.csv")
    assert "first of 7 rows" in str(why.value)
    assert Version.objects.unscoped("test").count() == 2


@pytest.mark.parametrize(
    "code",
    ["UNFOUNDED", "Invalidated", "NON-CRIME", "Not a criminal offence", "Withdrawn", "DELETED", "Duplicate report"],
)
def test_a_code_by_which_a_force_takes_a_crime_back_in_its_own_words_waits(
    cast: Cast, tmp_path: Path, code: str
) -> None:
    defaults = mapping_of({**PEOPLE_MAPPING, "class": {**PEOPLE_MAPPING["class"], "default": "99"}}, sha256="2" * 64)
    totals = run(cast, feed(tmp_path, text_of([one(1), one(2, Class=code)], ROLES_HEADER)), defaults)
    assert numbers(totals) == (2, 1, 0, 1, 0)
    assert "reads as though the force takes the crime back" in totals.first_held[1]


def test_a_column_that_takes_crimes_back_and_that_nothing_reads_is_named_by_the_check(tmp_path: Path) -> None:
    rows = [(*one(number), "UNFOUNDED" if number == 7 else "OPEN") for number in range(20)]
    path = feed(tmp_path, text_of(rows, (*ROLES_HEADER, "Disposition")))
    (said,) = (one for one in checked(path, mapping(), at=NOW).warnings if "Disposition" in one)
    assert said.startswith("“Disposition” says that the force takes the crime back, and is read by nothing")
    assert "first in row 9" in said


def test_a_file_that_is_packed_or_separated_otherwise_is_refused_in_one_line(cast: Cast, tmp_path: Path) -> None:
    semicolons = text_of([one(1)], ROLES_HEADER).replace(",", ";")
    for content, said in ((b"PK\x03\x04 and so on", "packed with ZIP"), (semicolons, "separated by a semicolon")):
        with pytest.raises(CannotImport, match=said) as why:
            run(cast, feed(tmp_path, content), mapping())
        assert "\n" not in str(why.value)
