"""Facts that would move between victim and suspect: a cell in the wrong column, columns that slipped, people exchanged."""

from __future__ import annotations

import errno
import random
from collections.abc import Collection, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer
from django.db import OperationalError

from fourfold.access.models import Membership, Staff
from fourfold.access.terms import NotFound, Refused, Role
from fourfold.cases import services as cases
from fourfold.cases.services import summaries
from fourfold.cli.console import in_words
from fourfold.intake import queries, services
from fourfold.intake.apps import IntakeConfig
from fourfold.intake.models import Allegation, ImportRun, Quarantined, Version
from fourfold.intake.rules import among_rows, exchanged
from fourfold.intake.rules.exchanged import TURNED, WAITS, Bits, Exchange, parties
from fourfold.intake.rules.feeds import Mapping, mapping_of
from fourfold.intake.rules.roles_held import Pair
from fourfold.intake.services import importing, on_record, stopping
from fourfold.intake.terms import CannotImport, InvalidTold, PersonAsTold, Totals, Verdict
from tests.cast import LONG_AGO, NOW, Cast, member
from tests.intake.feeds import feed, text_of
from tests.intake.test_importing import numbers, proven, run

HEADER = (
    *("Ref", "Told", "Class", "V name", "V born", "V phone", "V mail", "V home", "V post"),
    *("S name", "S born", "S phone", "S mail", "S home", "S car"),
    *("S2 name", "S2 phone", "V2 name", "V2 phone", "V car"),
)
PEOPLE: dict[str, Any] = {
    "name": "People",
    "system": "people",
    "reference": {"columns": ["Ref"]},
    "told": {"columns": ["Told"], "formats": ["%d/%m/%Y"]},
    "class": {"as_recorded": ["Class"], "by": [{"columns": ["Class"], "codes": {"8Q": "8Q"}}]},
    "victim": {
        "name": "V name",
        "birth": {"columns": ["V born"], "formats": ["%d/%m/%Y"]},
        "phone": "V phone",
        "email": "V mail",
        "address": ["V home", "V post"],
        "vehicle": "V car",
    },
    "subject": {
        "name": "S name",
        "birth": {"columns": ["S born"], "formats": ["%d/%m/%Y"]},
        "phone": "S phone",
        "email": "S mail",
        "address": "S home",
        "vehicle": "S car",
    },
    "person": [
        {"role": "subject", "name": "S2 name", "phone": "S2 phone"},
        {"role": "victim", "name": "V2 name", "phone": "V2 phone"},
    ],
}
ANNA = ("Anna Karlsen", "03/05/1985", "07700 900123", "anna@example.org", "4 Mill Lane", "NM1 4QZ")
CARL = ("Carl Dahl", "12/11/1979", "07700 900777", "carl@example.org", "9 Harbour Street", "AB12 CDE")


def mapping() -> Mapping:
    return mapping_of(PEOPLE, sha256="1" * 64)


def one(number: int, **cells: str) -> tuple[str, ...]:
    """Return a row of the feed: Anna, whom Carl stalks, both with numbers of their own; some cells otherwise."""
    anna = (
        f"Anna {chr(65 + number % 26)}arlsen",
        *ANNA[1:2],
        f"07700 9{number:05}",
        f"a{number}@example.org",
        *ANNA[4:],
    )
    usual = dict(zip(HEADER, (f"R{number}", "23/11/2026", "8Q", *anna, *CARL, "", "", "", "", ""), strict=True))
    return tuple({**usual, **{name.replace("_", " "): cell for name, cell in cells.items()}}.values())


def bring(cast: Cast, folder: Path, rows: Sequence[Sequence[str]], name: str = "feed.csv", **more: Any) -> Totals:
    return run(cast, feed(folder, text_of(rows, HEADER), name), mapping(), **more)


@pytest.fixture(autouse=True, params=["read through", "found by key"])
def _how_it_is_on_record(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold each file once against reports that are not searchable yet, and once against the keys of those that are."""
    if request.param == "read through" or "cast" not in request.fixturenames:
        return
    cast: Cast = request.getfixturevalue("cast")

    def by_key(site: str, keys: Collection[int]) -> Sequence[UUID]:
        cases.keep_summaries(actor=cast.analyst, site=site, at=NOW)
        return summaries.may_tell(site, keys)

    monkeypatch.setattr(IntakeConfig, "may_tell", staticmethod(by_key))


def nothing_kept() -> bool:
    return not Allegation.objects.unscoped("test").exists() and not ImportRun.objects.exists()


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("S_name", "anna@example.org", "an e-mail address"),
        ("V_name", "07700 900123", "a telephone number"),
        ("S_name", "NM1 4QZ", "a postcode"),
        ("S_phone", "NM1 4QZ", "a postcode"),
        ("S_phone", "166 Green Road, NM12 5AB", "a postcode"),
        ("S_phone", "07700 900123 (office, NM12 5AB)", None),
        ("S_name", "4 Mill Lane, NM1 4QZ", "an address"),
        ("S_name", "Flat 2, 14b St John's Road", "an address"),
        ("S_phone", "4 Mill Lane", "an address"),
        ("V_mail", "119 Tanner Gardens", "an address"),
        ("S_name", "2 unknown males", None),
        ("S_name", "1 male on Mill Lane", None),
        ("S_name", "Suspect 1, Street", None),
        ("V_phone", "Carl Dahl", "no telephone number"),
        ("S_phone", "carl@example.org", "an e-mail address"),
        ("S_phone", "4.47701E+11", "a long number that a spreadsheet has shortened. Ask for the file"),
        ("Ref", "2.60001E+11", "a long number that a spreadsheet has shortened. Ask for the file"),
        ("Ref", "R\u200b1", "a sign in it that nobody sees (U+200B)"),
        ("S_phone", "03/05/1985", "a date"),
        ("V_mail", "07700 900123", "a telephone number"),
        ("V_mail", "NM1 4QZ", "a postcode"),
        ("V_home", "anna@example.org", None),  # joined with the postcode; the address keeps its words
        ("S_home", "carl@example.org", "an e-mail address"),
        ("S_born", "03/05/1893", "1893"),
        ("S_name", "@dark_prince", None),  # an account, by which somebody may be known
        ("S_name", "Carl, insta @dark.prince", None),
        ("S_name", "Carl carl@example.org", "an e-mail address"),
        ("S_phone", "blocked", None),
        ("S_phone", "Changed number again", None),
        ("S_phone", "Private Number", None),
        ("S_phone", "withheld", None),
        ("S_phone", "changed, write to carl@example", "an e-mail address"),
        ("V_phone", "ex-directory", None),
        ("V_phone", "refused to give", None),
        ("V_phone", "+44 (0)7700 900123 (mob)", None),
        ("V_mail", "none", None),
        ("V_mail", "Carl Dahl", "no e-mail address"),
        ("S_mail", "Ōtani", "no e-mail address"),
        ("S_mail", "Unknown male", None),
        ("V_mail", "anna at example dot org", None),
        ("V_mail", "anna.example.org", None),
        ("V_mail", "lost her phone", None),
        ("S_name", "Unknown male 1", None),
        ("S_name", "D’Arcy-Ōtani III", None),
    ],
)
def test_a_cell_is_held_against_what_its_column_is(
    cast: Cast, tmp_path: Path, column: str, cell: str, said: str | None
) -> None:
    totals = bring(cast, tmp_path, [one(1), one(2, **{column: cell})])
    assert numbers(totals) == (2, 2, 0, 0, 0) if said is None else numbers(totals) == (2, 1, 0, 1, 0)
    if said is not None:
        held = Quarantined.objects.get()
        assert (held.fault, held.row_number, held.column) == ("value in the wrong column", 3, column.replace("_", " "))
        assert said in held.reason


def slipped(number: int, columns: slice) -> tuple[str, ...]:
    """Return a row whose cells moved one to the right between two columns; the last of them fell out."""
    cells = list(one(number))
    cells[columns] = ["", *cells[columns][:-1]]
    return tuple(cells)


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (5, 15, ("“V phone”", "“V mail”", "right")),  # everything from the victim's telephone on
        (8, 15, ("“S name”", "“V post”", "right")),
    ],
)
def test_columns_that_slipped_stop_the_file_before_anything_is_kept(
    cast: Cast, tmp_path: Path, first: int, last: int, said: tuple[str, ...]
) -> None:
    rows = [one(number) for number in range(600)] + [slipped(number, slice(first, last)) for number in range(600, 640)]
    with pytest.raises(CannotImport) as stopped:
        bring(cast, tmp_path, rows)
    text = str(stopped.value)
    assert "row 602" in text
    assert "Nothing was kept" in text
    assert all(each in text for each in said), text
    assert nothing_kept()


def test_a_few_cells_here_and_there_are_no_slip(cast: Cast, tmp_path: Path) -> None:
    rows = [one(number, **({"S_phone": "NM1 4QZ"} if number % 6 == 0 else {})) for number in range(60)]
    assert numbers(bring(cast, tmp_path, rows)) == (60, 50, 0, 10, 0)


@pytest.mark.parametrize(("between", "stops"), [(2, True), (5, False)])
def test_a_run_goes_on_over_a_few_empty_cells_and_no_more(
    cast: Cast, tmp_path: Path, between: int, stops: bool
) -> None:
    rows = [one(n, S_phone="" if n % (between + 1) else "NM1 4QZ") for n in range(6 * (between + 1))]
    if stops:
        with pytest.raises(CannotImport, match="“S phone” holds a postcode"):
            bring(cast, tmp_path, rows)
    else:
        assert numbers(bring(cast, tmp_path, rows)) == (36, 30, 0, 6, 0)


EXCHANGED = dict(zip((name.replace(" ", "_") for name in HEADER[3:8]), CARL[:5], strict=True))
EXCHANGED |= {"V_post": "", "S_name": one(1)[3], "S_born": ANNA[1], "S_phone": one(1)[5], "S_mail": one(1)[6]}


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"S_phone": one(1)[5]}, "telephone"),
        ({"S_phone": "+44 7700 900001"}, "telephone"),
        ({"S_mail": "A1@EXAMPLE.ORG", "V_mail": ""}, "e-mail"),
        ({"S_home": "4, Mill Lane, NM1 4QZ", "V_home": "7 Far Road"}, "address"),
        ({"S_home": "4, Mill Lane, NM1 4QZ", "V_home": "", "V_post": ""}, "address"),
        ({"Ref": "R9", "S_home": "4 Mill Lane NM1 4QZ", "V_home": "7 Far Road"}, "address"),
        ({"Ref": "R9", "S_phone": "+44 7700 900001"}, "telephone"),  # written otherwise than on record
        ({"Ref": "R9", "S_mail": "A1@Example.org "}, "e-mail"),
        ({"V_phone": "07700 900777"}, "telephone"),  # and the suspect's as the victim's: it would be telephoned
        (EXCHANGED, "exchanged"),
        (
            {"Ref": "R9", "S_mail": "a1@example.org"},
            "e-mail",
        ),  # a new crime of the same victim, whose mailbox is known as the victim's
        ({"Ref": "R9", "V_phone": "(07700) 900777", "S_phone": ""}, "telephone"),  # of the same two, as a new crime
        ({"Ref": "R9", "V_name": "Eve Moe", "V_phone": "07700 900777", "S_phone": ""}, "telephone"),  # another victim
        ({"Ref": "R9", "V_mail": "Carl@Example.org", "S_name": "", "S_mail": ""}, "e-mail"),  # nobody says who did it
        ({"Ref": "R9", "V_home": "9 Harbour Street", "V_post": "", "S_home": "3 Quay Road"}, "address"),
        ({"Ref": "R9", "V_car": "ab12cde", "S_car": ""}, "car"),
        ({"Ref": "R9", "S_car": "NM 70 AAA"}, "car"),
        ({"Ref": "R9", "V2_name": "Bea Holm", "V2_phone": "07700 900777", "S_phone": ""}, "telephone"),
        ({"S2_name": "Dan Eik", "S2_phone": one(1)[5]}, "telephone"),
        ({"Ref": "R9", "S2_name": "Dan Eik", "S2_phone": one(1)[5]}, "telephone"),
        ({"S2_phone": "07700 900222", "S2_name": "Dan Eik"}, "telephone"),  # the second victim's
        ({"Ref": "R9", "V_name": "Bea Holm", "S_phone": "07700 900222"}, "telephone"),
        ({"V2_name": "Bea Holm", "V2_phone": "07700 900777"}, "telephone"),
        ({"V2_name": "", "V2_phone": "", "S2_name": "Bea Holm", "S2_phone": "07700 900222"}, "exchanged"),
    ],
)
def test_what_was_the_victims_and_comes_as_the_suspects_stops_the_file_until_two_people_looked(
    cast: Cast, tmp_path: Path, cells: dict[str, str], said: str
) -> None:
    bring(cast, tmp_path, [one(1, V2_name="Bea Holm", V2_phone="07700 900222", V_car="NM70 AAA"), one(2)])
    later = [one(3), one(1, **cells), one(4)]
    with pytest.raises(CannotImport) as stopped:
        bring(cast, tmp_path, later, "later.csv", at=NOW)
    assert "row 3" in str(stopped.value)
    assert said in str(stopped.value)
    assert "07700" not in str(stopped.value), "the reason is read by people who may not know the number"
    assert ImportRun.objects.count() == 1
    assert Allegation.objects.unscoped("test").count() == 2
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    assert (waits.file_name, waits.reports, waits.doubts[0].row_number, waits.doubts[0].looks) == (
        "later.csv",
        3,
        3,
        (),
    )
    assert not waits.may_look, "who brought it in does not look at it"

    with pytest.raises(InvalidTold, match="You brought this file in"):
        look(cast, waits.id, "analyst")
    look(cast, waits.id, "coordinator")
    with pytest.raises(InvalidTold, match="You have looked"):
        look(cast, waits.id, "coordinator")
    with pytest.raises(CannotImport, match="second"):
        bring(cast, tmp_path, later, "later.csv", at=NOW)
    look(cast, waits.id, another_analyst(cast))
    assert numbers(bring(cast, tmp_path, later, "later.csv", at=NOW))[:4] == (3, 3, 0, 0)
    assert not queries.stopped_files(actor=cast.analyst, at=NOW)
    assert proven()


def test_each_row_of_a_stopped_file_is_kept_mended_or_left_out_by_two_people(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(number) for number in range(1, 5)])
    later = [one(number, S_phone=one(number)[5], S_name=f"Carl {number}") for number in (1, 2, 3)] + [one(9)]
    with pytest.raises(CannotImport, match="first of 3 rows"):
        bring(cast, tmp_path, later, "later.csv")
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    assert [(each.row_number, each.rows) for each in waits.reasons] == [(2, 3)]
    kept, mended, left = [each.id for each in waits.doubts]
    second = another_analyst(cast)
    settle_row(cast, kept, "coordinator", Verdict.KEEP)
    settle_row(cast, mended, "coordinator", Verdict.MEND)
    settle_row(cast, left, "coordinator", Verdict.LEAVE_OUT)
    for who, error in (("analyst", InvalidTold), ("coordinator", InvalidTold), ("olu", NotFound), ("officer", Refused)):
        with pytest.raises(error):
            settle_row(cast, kept, who, Verdict.KEEP)
    settle_row(cast, kept, second, Verdict.KEEP)
    settle_row(cast, mended, second, Verdict.KEEP)  # not what the first said
    settle_row(cast, left, second, Verdict.LEAVE_OUT)
    with pytest.raises(CannotImport, match="row 3"):
        bring(cast, tmp_path, later, "later.csv")
    settle_row(cast, mended, another_analyst(cast, name="third"), Verdict.MEND)
    assert numbers(bring(cast, tmp_path, later, "later.csv")) == (4, 2, 0, 2, 1)
    held = {row.row_number: row for row in Quarantined.objects.all()}
    assert held[4].resolution == "left out: two people have looked at it"
    assert held[3].resolved_at is None

    again = {"actor": cast.analyst, "at": NOW}
    for cells in ({}, {"Ref": "R77"}, {"Ref": "R77", "S phone": "", "S2 name": "Dan", "S2 phone": one(2)[5]}):
        (still,) = services.mend_rows(mended=[services.Mended(held[3].pk, {**held[3].raw, **cells})], **again)
        assert "telephone number that was the victim’s" in still.reason, "one person's look is not enough for it"
    fixed = services.Mended(held[3].pk, {**held[3].raw, "S phone": CARL[2]})
    assert services.mend_rows(mended=[fixed], **again) == ()
    assert numbers(bring(cast, tmp_path, later, "later.csv")) == (4, 0, 2, 2, 0), "nothing comes back as it came"
    assert Version.objects.unscoped("test").count() == 2
    assert proven()


def settle_row(cast: Cast, doubt: Any, name: str, verdict: Verdict) -> None:
    said = "I telephoned the records office about this row."
    services.look_at_row(actor=cast.actor(name), doubt=doubt, verdict=verdict, said=said, at=NOW)


def another_analyst(cast: Cast, person: Staff | None = None, name: str = "another") -> str:
    """Let a second analyst work at the site, or another record of somebody who does."""
    cast.staff[name] = who = member(f"Mia Voss {name}", "northmoor-police")
    who.person = person.pk if person else None
    who.save()
    Membership.objects.create(staff=who, role=Role.POLICE_ANALYST, site="northmoor", from_at=LONG_AGO)
    return name


def test_a_look_is_for_what_was_known_and_lets_nothing_else_through(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(1), one(2), one(3)])
    gone = {"V_home": "", "V_post": "", "S_home": "1 New Road"}
    turned = [dated(n, month_first=True) for n in range(40, 90)]
    turned[0] = tuple("another@example.org" if cell == CARL[3] else cell for cell in turned[0])
    later = [one(1, S_phone=one(1)[5]), one(2, **gone), one(3), *turned]
    with pytest.raises(CannotImport, match="one further reason"):
        bring(cast, tmp_path, later, "later.csv")
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    assert [doubt.row_number for doubt in waits.doubts] == [2, 5]
    look(cast, waits.id, "coordinator")
    look(cast, waits.id, another_analyst(cast))
    # another report has come by then, whose victim has what a suspect of the file has: that is looked at as well
    bring(
        cast, tmp_path, [one(9, Ref="R70", V_name=turned[0][3], V_mail="another@example.org", S_mail="")], "between.csv"
    )
    with pytest.raises(CannotImport, match="e-mail address that was the victim’s"):
        bring(cast, tmp_path, later, "later.csv")
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    assert [doubt.looks for doubt in waits.doubts] == [()], "only what nobody has looked at is left"
    look(cast, waits.id, "coordinator")
    look(cast, waits.id, "another")
    totals = bring(cast, tmp_path, later, "later.csv")
    held = {row.row_number: row.fault for row in Quarantined.objects.filter(fault="victim and suspect mixed up")}
    assert list(held) == [3], "the row whose address is gone still waits"
    assert totals.read == 53


def test_who_looks_second_is_another_person_than_who_looked_first_or_brought_it_in(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(1)])
    with pytest.raises(CannotImport):
        bring(cast, tmp_path, [one(1, S_phone=one(1)[5])], "later.csv")
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    with pytest.raises(Refused):
        look(cast, waits.id, "governance")
    second = another_analyst(cast, person=cast.staff["analyst"])
    with pytest.raises(InvalidTold, match="You brought this file in"):
        look(cast, waits.id, second)
    look(cast, waits.id, "coordinator")
    Staff.objects.filter(pk=cast.staff[second].pk).update(person=cast.staff["coordinator"].pk)
    with pytest.raises(InvalidTold, match="You have looked"):
        look(cast, waits.id, second)


def test_whoever_brings_a_stopped_file_again_does_not_look_at_it_either(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(1), one(2)])
    later = [one(number, S_phone=one(number)[5], S_name=f"Carl {number}") for number in (1, 2)]
    other, third = another_analyst(cast), another_analyst(cast, name="third")
    same = another_analyst(cast, person=cast.staff[other], name="same")
    for who in ("analyst", other):
        with pytest.raises(CannotImport):
            bring(cast, tmp_path, later, "later.csv", actor=cast.actor(who))
    for who, may in (("analyst", False), (other, False), (same, False), (third, True)):
        (waits,) = queries.stopped_files(actor=cast.actor(who), at=NOW)
        assert (waits.may_look, [doubt.may_settle for doubt in waits.doubts]) == (may, [may, may]), who
    for who in (other, same):
        with pytest.raises(InvalidTold, match="You brought this file in"):
            look(cast, waits.id, who)
        with pytest.raises(InvalidTold, match="You brought this file in"):
            settle_row(cast, waits.doubts[0].id, who, Verdict.KEEP)
    look(cast, waits.id, third)
    assert proven()


def test_a_stopped_file_is_settled_by_one_person_with_a_reason_and_waits_again_where_it_comes_again(
    cast: Cast, tmp_path: Path
) -> None:
    bring(cast, tmp_path, [one(1)])
    for _ in range(2):
        with pytest.raises(CannotImport):
            bring(cast, tmp_path, [one(1, S_phone=one(1)[5])], "later.csv")
        (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
        by = {"actor": cast.coordinator, "stopped": waits.id, "at": NOW}
        with pytest.raises(InvalidTold):
            services.settle_stopped_file(**by, said="ok")
        with pytest.raises(NotFound):
            services.settle_stopped_file(**by | {"actor": cast.olu}, said="A corrected file came.")
        services.settle_stopped_file(**by, said="A corrected file came.")
        assert not queries.stopped_files(actor=cast.analyst, at=NOW)
    assert proven()


OLD = {"S_home": ANNA[4] + " " + ANNA[5]}


@pytest.mark.parametrize(
    ("before", "after", "waits"),
    [
        (OLD, {"V_home": "7 Far Road"} | OLD, False),  # both lived there; the victim moves out, the suspect stays
        (OLD, {"Ref": "R9", "V_home": "7 Far Road"} | OLD, False),  # and the same as a new crime
        (OLD, {"Ref": "R9"} | OLD, False),  # the second crime of a couple who share an address
        ({"S_home": ""}, {"V_home": "7 Far Road"} | OLD, True),  # nobody knew where the suspect lived
        ({}, OLD, True),
        ({}, {"Ref": "R9", "V_name": "", "V_born": "", "S_name": one(1)[3], "S_phone": one(1)[5]}, True),
        ({"Ref": "R5", "S_phone": one(1)[5]}, {"Ref": "R9", "S_phone": one(1)[5]}, False),  # theirs on record already
        ({}, {"V_home": "9 Harbour Street", "V_post": ""}, True),
        (
            {},
            {"Ref": "R9", "V_home": "9 Harbour Street", "V_post": "", "S_home": ""},
            True,
        ),  # they may live together now
        (OLD, {"Ref": "R9", "V_home": "9 Harbour Street", "V_post": "", "S_home": "9 Harbour Street"}, False),
        ({"Ref": "R5", "V_phone": CARL[2]}, {"Ref": "R9", "V_phone": CARL[2], "S_phone": ""}, False),  # a shared number
        ({}, {"Ref": "R9", "V_name": "Carl Dahl", "V_phone": CARL[2], "S_name": "Eve Moe", "S_phone": ""}, False),
        ({}, {"Ref": "R9", "V_name": "Eve Moe", "V_phone": CARL[2], "S_name": "Dan Eik", "S_phone": ""}, False),
        ({"S_name": ""}, {"Ref": "R9", "V_name": "Eve Moe", "V_phone": "07700 900555", "S_phone": ""}, False),
    ],
)
def test_the_commonest_histories_hold_back_one_row_at_most(
    cast: Cast, tmp_path: Path, before: dict[str, str], after: dict[str, str], waits: bool
) -> None:
    bring(cast, tmp_path, [one(1, **before), one(2)])
    assert numbers(bring(cast, tmp_path, [one(3), one(1, **after)], "later.csv"))[1:4] == (2 - waits, 0, waits)
    assert [row.row_number for row in Quarantined.objects.all()] == [3] * waits


def test_an_address_that_is_new_where_the_victims_has_gone_waits_and_a_run_of_such_rows_stops(
    cast: Cast, tmp_path: Path
) -> None:
    bring(cast, tmp_path, [one(number) for number in range(9)])
    moved = {"S_home": "1 New Road", "V_home": "", "V_post": ""}
    assert numbers(bring(cast, tmp_path, [one(1, **moved), one(2)], "later.csv")) == (2, 0, 1, 1, 0)
    held = Quarantined.objects.get()
    assert (held.fault, held.row_number) == ("victim and suspect mixed up", 2)
    assert held.reason == "The victim’s address is gone and the suspect has a new one: it may be the victim’s."
    assert held.raw["S home"] == "1 New Road"
    with pytest.raises(CannotImport, match="first of 7 rows"):
        bring(cast, tmp_path, [one(number, **moved) for number in range(2, 9)], "all.csv")
    (still,) = services.mend_rows(
        actor=cast.analyst, mended=[services.Mended(held.pk, {**held.raw, "S mail": "a1@example.org"})], at=NOW
    )
    assert "the e-mail address that was the victim’s" in still.reason.lower()
    assert services.mend_rows(actor=cast.analyst, mended=[services.Mended(held.pk, held.raw)], at=NOW) == ()


def turned(number: int, **cells: str) -> tuple[str, ...]:
    """Return a row of the feed in which everything of the victim stands as the suspect's, and the other way round."""
    row = dict(zip(HEADER, one(number, **cells), strict=True))
    parts = ("name", "born", "phone", "mail", "home")
    exchanged = {f"{a} {part}": row[f"{b} {part}"] for part in parts for a, b in ("VS", "SV")}
    return tuple({**row, **exchanged, "V post": "", "V car": row["S car"], "S car": row["V car"]}.values())


@pytest.mark.parametrize("names_alone", [False, True])
def test_a_file_with_victims_and_suspects_exchanged_under_new_references_is_kept_by_nobodys_mistake(
    cast: Cast, tmp_path: Path, names_alone: bool
) -> None:
    """Nothing on record has the references: only who was a victim, and who a suspect, tells."""
    bare = dict.fromkeys(("V_born", "V_phone", "V_mail", "V_home", "V_post"), "") if names_alone else {}
    bare |= dict.fromkeys(("S_born", "S_phone", "S_mail", "S_home", "S_car"), "") if names_alone else {}
    bring(cast, tmp_path, [one(number, S_name=f"Carl Dahl{number}", **bare) for number in range(30)])
    for count in (30, 8):
        rows = [turned(n, Ref=f"N{n}", S_name=f"Carl Dahl{n}", **bare) for n in range(count)]
        with pytest.raises(CannotImport, match="stopped at row 2") as stopped:
            bring(cast, tmp_path, rows, f"exchanged{count}.csv")
        assert "exchanged" in str(stopped.value) or "is a suspect, and the suspect a victim" in str(stopped.value)
    few = [turned(n, Ref=f"M{n}", S_name=f"Carl Dahl{n}", **bare) for n in range(3)]
    assert numbers(bring(cast, tmp_path, few, "few.csv"))[:4] == (3, 0, 0, 3)
    assert Allegation.objects.unscoped("test").count() == 30
    for waits in Quarantined.objects.all():
        services.mend_rows(actor=cast.analyst, mended=[services.Mended(waits.pk, waits.raw)], at=NOW)
    assert Allegation.objects.unscoped("test").count() == 33, "one person's look lets a row in"


def test_a_file_that_is_exchanged_from_a_row_on_is_stopped_there_with_nothing_on_record(
    cast: Cast, tmp_path: Path
) -> None:
    right = [one(number, S_name=f"Carl Dahl{number}") for number in range(20)]
    slipped = [turned(number, Ref=f"N{number}", S_name=f"Carl Dahl{number}") for number in range(20)]
    with pytest.raises(CannotImport, match=r"stopped at row 22\..*victim and suspect look exchanged"):
        bring(cast, tmp_path, [*right, *slipped])
    assert nothing_kept()
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    look(cast, waits.id, "coordinator")
    look(cast, waits.id, another_analyst(cast))
    assert numbers(bring(cast, tmp_path, [*right, *slipped]))[:4] == (40, 40, 0, 0)


def test_a_right_file_after_an_exchanged_one_is_told_that_the_earlier_may_be_wrong(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [turned(number, S_name=f"Carl Dahl{number}") for number in range(20)])
    right = [one(number, Ref=f"N{number}", S_name=f"Carl Dahl{number}") for number in range(20)]
    with pytest.raises(
        CannotImport, match="or they did before, higher up or in an earlier file, and this file is right"
    ):
        bring(cast, tmp_path, right, "right.csv")


def test_a_report_the_other_way_round_among_others_waits_and_of_two_who_told_in_turn_is_kept(
    cast: Cast, tmp_path: Path
) -> None:
    bring(cast, tmp_path, [one(number, S_name=f"Carl Dahl{number}") for number in range(9)])
    right = [one(number, Ref=f"N{number}", S_name=f"Carl Dahl{number}") for number in range(2, 9)]
    back = [turned(1, Ref=f"{letter}1", S_name="Carl Dahl1") for letter in "NM"]
    for rows, name in (([*right[:4], back[0], *right[4:], back[1]], "later.csv"), ([right[0], back[0]], "small.csv")):
        totals = bring(cast, tmp_path, rows, name)
        assert totals.quarantined == len(back) if name == "later.csv" else 1
        held = Quarantined.objects.filter(file_sha256=ImportRun.objects.get(pk=totals.run).file_sha256)
        assert {row.reason for row in held} == {str(TURNED)}
        assert {row.raw["Ref"] for row in held} <= {"N1", "M1"}
    waits = Quarantined.objects.filter(row_number=6).get()
    assert services.mend_rows(actor=cast.analyst, mended=[services.Mended(waits.pk, waits.raw)], at=NOW) == ()
    again = [turned(1, Ref="L1", S_name="Carl Dahl1"), right[0]]
    assert bring(cast, tmp_path, again, "again.csv").quarantined == 0, "the two have told of each other in turn"


def test_a_few_victims_on_record_who_come_as_suspects_of_somebody_else_wait_where_nobody_is_as_on_record(
    cast: Cast, tmp_path: Path
) -> None:
    bare = dict.fromkeys((f"{side}_{what}" for side in "VS" for what in ("phone", "mail", "home", "car")), "")
    bare["V_post"] = ""
    bring(cast, tmp_path, [one(number, S_name=f"Carl Dahl{number}", **bare) for number in range(9)])
    rows = [turned(number, Ref=f"N{number}", S_name="", S_born="", **bare) for number in range(5)]
    assert numbers(bring(cast, tmp_path, rows[:1], "one.csv"))[:4] == (1, 1, 0, 0)
    assert numbers(bring(cast, tmp_path, rows[2:4], "two.csv"))[:4] == (2, 0, 0, 2)
    assert {row.reason for row in Quarantined.objects.all()} == {str(WAITS)}


@pytest.mark.parametrize("on_record", [False, True])
def test_what_rows_of_one_file_tell_of_both_sides_stops_it(cast: Cast, tmp_path: Path, on_record: bool) -> None:
    if on_record:
        bring(cast, tmp_path, [one(5, S_name="Dan Eik", S_phone="07700 900778", S_mail="", S_home="", S_car="")])
    rows = [one(1), one(2, S_name="Bo Ek", S_phone="", S_mail=""), one(1, Ref="R3", S_phone=f"+44 7700 9{1:05}")]
    with pytest.raises(CannotImport, match=r"stopped at row 4\. The telephone number .* Rows higher up in the file"):
        bring(cast, tmp_path, rows, "first.csv")
    assert Allegation.objects.unscoped("test").count() == on_record
    rows[2] = one(1, Ref="R3", V_mail="carl@example.org", S_mail="")
    with pytest.raises(CannotImport, match=r"stopped at row 4\. The e-mail address that was the suspect’s"):
        bring(cast, tmp_path, rows, "second.csv")


@pytest.mark.parametrize("window", [3, 50_000])
def test_no_row_is_too_far_down_or_too_many_to_be_held_against_what_is_known(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int
) -> None:
    monkeypatch.setattr(on_record, "WINDOW", window)
    monkeypatch.setattr(on_record, "BATCH", 2)
    monkeypatch.setattr(stopping, "BATCH", 2)
    monkeypatch.setattr(among_rows, "AT_ONCE", 1)
    bring(cast, tmp_path, [one(number, S_name=f"Carl Dahl{number}") for number in range(12)])
    for moved in (1, 6, 11):
        rows = [one(n, Ref=f"N{n}", S_name=f"Carl Dahl{n}") for n in range(12)]
        rows[moved] = one(moved, Ref="N", S_name=f"Carl Dahl{moved}", S_phone=f"07700 9{moved:05}")
        with pytest.raises(CannotImport, match=rf"stopped at row {moved + 2}\."):
            bring(cast, tmp_path, rows, f"moved{moved}.csv")


@pytest.mark.parametrize(("large", "few"), [(0, 0), (8 << 20, 0), (8 << 20, 20_000)])
def test_whoever_looks_at_a_first_file_stops_it_at_the_same_row(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int, few: int
) -> None:
    """Other processes look at a large one, and again where a row far down is not a line; who comes once is left out."""
    monkeypatch.setattr(importing, "LARGE", large)
    monkeypatch.setattr(exchanged, "_FEW", few)
    rows = [one(n, S_name=f"Carl Dahl{n}", S_phone="", S_mail="") for n in range(520)]
    turned = [one(n, Ref=f"N{n}", V_name=f"Carl Dahl{n}", V_born=CARL[1], V_mail="", V_phone="") for n in range(40)]
    swapped = [(*row[:9], f"Anna {chr(65 + n % 26)}arlsen", ANNA[1], *row[11:]) for n, row in enumerate(turned)]
    for name, more, said in (
        ("exchanged", swapped, r"stopped at row 522\. From this row on, victim and suspect look exchanged"),
        ("moved", [one(520), one(3, Ref="M", S_phone=one(3)[5])], r"stopped at row 523\. The telephone number"),
    ):
        for broken in ("4 Mill Lane", "4 Mill\nLane"):
            last = one(2_000, V_home=broken, S_name="Carl Dahl2000", S_phone="", S_mail="")
            with pytest.raises(CannotImport, match=said):
                bring(cast, tmp_path, [*rows, *more, last], f"{name}.csv")
    assert numbers(bring(cast, tmp_path, [*rows, last]))[:4] == (521, 521, 0, 0)


def test_a_first_file_is_held_against_itself_to_its_end() -> None:
    """Below the fifty-thousandth row nobody was held against anybody."""
    rows = 50_100
    follows = Exchange()
    for number in range(rows + 40):
        victim, subject = (PersonAsTold(f"{name} {number % rows}") for name in ("Anna", "Carl"))
        follows.see(number, parties(Pair(victim, subject) if number < rows else Pair(subject, victim)))
    assert follows.rows[0] == rows
    bits = Bits()
    for number in range(20_000):
        bits.add(number << 4, 1 + number % 3)
    assert all(bits.of((number << 4,)) == 1 + number % 3 for number in range(20_000))
    assert bits.of((20_000 << 4,)) == 0


def test_what_is_on_record_is_learnt_as_fast_in_the_order_in_which_a_set_gives_it() -> None:
    """What was on record lay in one heap, which was gone through for each number: 72 s for 200,000 before a row was kept."""
    dice = random.Random(20261202)
    numbers = frozenset(dice.getrandbits(64) & ~15 for _ in range(20_000))
    bits = Bits()
    for place, number in enumerate(numbers):
        bits.add(number, 1 + place % 3)
        if place == 5_000:
            heaps = [len(list(some)) for is_full, some in groupby(bits._slots, bool) if is_full]
            assert max(heaps) < 200, "between two empty places"
    assert all(bits.of((number,)) == 1 + place % 3 for place, number in enumerate(numbers))


def look(cast: Cast, stopped: Any, name: str) -> None:
    said = "I telephoned the records office: the cells are right."
    services.look_at_stopped_file(actor=cast.actor(name), stopped=stopped, said=said, at=NOW)


@pytest.mark.parametrize(
    "cells",
    [
        {"S_phone": "07700 900888", "S_home": "3 Quay Road"},
        {"V_phone": "07700 900999"},
        {"S_name": "Karl Dahl", "S_mail": ""},
        {"V_name": "Anna Dahl"},
        {"Ref": "R9", "V_name": "Bea Holm", "S_name": "Anna Barlsen", "S_phone": one(1)[5]},  # told of in turn
    ],
)
def test_what_changes_in_its_own_column_is_a_later_version(cast: Cast, tmp_path: Path, cells: dict[str, str]) -> None:
    bring(cast, tmp_path, [one(1), one(2)])
    assert numbers(bring(cast, tmp_path, [one(1, **cells)], "later.csv"))[:4] == (1, 1, 0, 0)


def test_a_stopped_file_is_its_sites_own(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(1)])
    with pytest.raises(CannotImport):
        bring(cast, tmp_path, [one(1, S_phone=one(1)[5])], "later.csv")
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    with pytest.raises(Refused):
        look(cast, waits.id, "officer")
    with pytest.raises(NotFound):
        look(cast, waits.id, "olu")
    with pytest.raises(CannotImport):
        bring(cast, tmp_path, [one(1, S_phone=one(1)[5])], "later.csv", dry_run=True)
    assert len(queries.stopped_files(actor=cast.analyst, at=NOW)) == 1
    assert not Version.objects.unscoped("test").exists()


# ---- a feed that has changed since last month


def dated(number: int, month_first: bool) -> tuple[str, ...]:
    day, month = number % 28 + 1, number % 10 + 1
    told = f"{month:02}/{day:02}/2026" if month_first else f"{day:02}/{month:02}/2026"
    return one(number, Told=told)


@pytest.mark.parametrize(("before", "row"), [(0, 14), (40, 42)])
def test_a_feed_that_writes_the_month_first_now_is_stopped(cast: Cast, tmp_path: Path, before: int, row: int) -> None:
    rows = [dated(number, month_first=number >= before) for number in range(90)]
    with pytest.raises(CannotImport, match=f"From row {row} on, “Told” has the month first") as stopped:
        bring(cast, tmp_path, rows)
    assert "Nothing was kept" in str(stopped.value)
    assert nothing_kept()
    (waits,) = queries.stopped_files(actor=cast.analyst, at=NOW)
    assert (waits.reports, waits.doubts[0].row_number) == (90, row)
    look(cast, waits.id, "coordinator")
    look(cast, waits.id, another_analyst(cast))
    assert bring(cast, tmp_path, rows).quarantined > 5, "what cannot be read still waits"


def test_a_few_dates_the_wrong_way_round_wait_alone(cast: Cast, tmp_path: Path) -> None:
    rows = [dated(number, month_first=number in (17, 20, 50, 80)) for number in range(90)]
    assert numbers(bring(cast, tmp_path, rows)) == (90, 86, 0, 4, 0)


def test_births_the_wrong_way_round_hold_their_rows_and_right_dates_on_both_sides_no_file(
    cast: Cast, tmp_path: Path
) -> None:
    births = [one(number, **({"V_born": "11/27/1985"} if number < 20 else {})) for number in range(40)]
    assert numbers(bring(cast, tmp_path, births)) == (40, 20, 0, 20, 0)
    stretch = [dated(number, month_first=False) for number in range(100, 190)]
    stretch[40:52] = [dated(number, month_first=True) for number in range(208, 220)]  # from the 13th to the 24th
    totals = bring(cast, tmp_path, stretch, "stretch.csv")
    assert totals.quarantined > 5
    assert not queries.stopped_files(actor=cast.analyst, at=NOW)


def test_columns_that_are_new_or_gone_since_the_last_import_are_named(cast: Cast, tmp_path: Path) -> None:
    beat = run(cast, feed(tmp_path, text_of([(*one(1), "4")], (*HEADER, "Beat"))), mapping())
    assert (beat.new_columns, beat.gone_columns) == ((), ())
    now = run(cast, feed(tmp_path, text_of([(*one(2), "Dan Eik")], (*HEADER, "S9 name")), "b.csv"), mapping())
    assert (now.new_columns, now.gone_columns) == (("S9 name",), ("Beat",))


def test_a_crime_that_the_force_takes_back_is_a_version_or_waits_for_its_code(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [one(1)])
    back = [one(1, Class="CANCELLED")]
    assert numbers(bring(cast, tmp_path, back, "back.csv")) == (1, 0, 0, 1, 0)
    assert "does not know the code “CANCELLED”" in Quarantined.objects.get().reason
    assert "as N where the force takes the crime back with it" in Quarantined.objects.get().reason
    codes = {"by": [{"columns": ["Class"], "codes": {"8Q": "8Q", "CANCELLED": "N"}}]}
    mended = mapping_of({**PEOPLE, "class": codes}, sha256="2" * 64)
    assert numbers(run(cast, feed(tmp_path, text_of(back, HEADER), "back.csv"), mended)) == (1, 1, 0, 0, 1)
    (version,) = Version.objects.unscoped("test")
    assert version.recorded_class == "N"
    assert Quarantined.objects.get().resolved_at is not None


@pytest.mark.parametrize(
    "fault",
    [
        OperationalError("database or disk is full"),
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("could not extend file: No space left on device"),
    ],
)
def test_a_full_disk_is_said_in_a_line(fault: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as ended, in_words(CannotImport):
        raise fault
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert "The disk is full" in said
    assert "run the same command again" in said
