"""Cars, accounts, former names and aliases: from a feed's columns to the links that they make."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.intake import queries, services
from fourfold.intake.mapping_drafts import checked, sentences
from fourfold.intake.models import Allegation, PersonKnownBy, Version
from fourfold.intake.rules.feeds import mapping_of
from fourfold.intake.rules.feeds.identifiers import is_british, is_nothing, is_registration, texts_in
from fourfold.intake.terms import InvalidMapping, KnownBy, KnownKind, PersonAsTold
from fourfold.linkage import queries as linkage
from fourfold.linkage import services as matching
from fourfold.linkage.terms import Confidence
from fourfold.people.models import Subject, SubjectMark
from fourfold.people.terms import MarkKind, Part
from tests.cast import NOW, Cast
from tests.intake.feeds import SMALL, feed, row, small, text_of
from tests.intake.test_importing import kept, numbers, proven, run
from tests.intake.test_reading import read
from tests.intake.test_services import past
from tests.intake.told import told as something_told

VEHICLE, ACCOUNT, ALIAS, FORMER_SURNAME = KnownKind
HEADER = ("Ref", "Told", "Class", "Story", "His name", "Her name", "VRM", "User", "App", "AKA", "Maiden")
MAPPING = {
    **{key: SMALL[key] for key in ("name", "system", "reference", "told", "class", "words")},
    "victim": {"name": "Her name", "former_surname": "Maiden"},
    "subject": {
        "name": "His name",
        "vehicle": {"columns": ["VRM"], "separator": "/"},
        "account": {"columns": ["User"], "platform_column": "App"},
        "alias": "AKA",
    },
}


def crime(ref: str, **cells: str) -> tuple[str, ...]:
    """Return one row of a feed with all of them; underscores in names of cells stand for blanks."""
    usual = dict.fromkeys(HEADER, "") | {"Ref": ref, "Told": "23/11/2026 10:00", "Class": "8Q", "Story": f"Story {ref}"}
    return tuple({**usual, **{name.replace("_", " "): cell for name, cell in cells.items()}}.values())


def imported(cast: Cast, folder: Path, rows: Iterable[tuple[str, ...]], **more: Any) -> dict[str, Allegation]:
    """Import rows of that feed and return every allegation by reference."""
    run(cast, feed(folder, text_of(rows, HEADER), f"{more.get('at', NOW):%d}.csv"), mapping_of(MAPPING), **more)
    return kept()


def subject_of(cells: dict[str, str], subject: dict[str, Any]) -> tuple[KnownBy, ...]:
    """Return what the small feed's subject is known by, read from some of its columns."""
    return read(cells, weapon=None, former_partner=None, subject=subject).told.subject.known_by


# ---- reading


@pytest.mark.parametrize(
    ("kind", "cell", "values"),
    [
        ("vehicle", "AB12 CDE", ["AB12 CDE"]),
        ("vehicle", "ab12cde; P123 XYZ;", ["ab12cde", "P123 XYZ"]),
        ("vehicle", "AB12 CDE;AB12 CDE", ["AB12 CDE"]),
        ("vehicle", "B-MW 1234", ["B-MW 1234"]),  # from abroad
        ("vehicle", "BLUE FORD", []),
        ("vehicle", "blue Ford, AB12", []),
        ("vehicle", "N/K", []),
        ("vehicle", "not known; AB12 CDE", ["AB12 CDE"]),
        ("account", "@jo_quill", ["@jo_quill"]),
        ("account", "instagram:jo; snap:jo2", ["instagram:jo", "snap:jo2"]),
        ("account", "UNKNOWN", []),
        ("alias", "Ty Ash; ASH, Tyrone", ["Ty Ash", "ASH, Tyrone"]),
        ("alias", "Spud", ["Spud"]),
        ("alias", "None known", []),
        ("former_surname", "Dunmore", ["Dunmore"]),
        ("former_surname", "n/a", []),
        ("former_surname", "", []),
    ],
)
def test_a_cell_tells_what_somebody_is_known_by_and_unknown_words_tell_nothing(
    kind: str, cell: str, values: list[str]
) -> None:
    assert subject_of({"Weapon": cell}, {kind: "Weapon"}) == tuple(KnownBy(KnownKind(kind), value) for value in values)


@pytest.mark.parametrize(
    ("account", "cells", "values"),
    [
        ({"columns": ["Weapon"], "platform": "Instagram"}, {"Weapon": "@jo"}, ["Instagram: @jo"]),
        ({"columns": ["Weapon"], "platform": "Instagram"}, {"Weapon": "snap:jo"}, ["snap:jo"]),  # the cell knows better
        ({"columns": ["Weapon"], "platform_column": "Ex"}, {"Weapon": "jo", "Ex": "TikTok"}, ["TikTok: jo"]),
        ({"columns": ["Weapon"], "platform_column": "Ex"}, {"Weapon": "jo", "Ex": "unknown"}, ["jo"]),
        (
            [{"columns": ["Weapon"], "platform": "Instagram"}, {"columns": ["Ex"], "platform": "Facebook"}],
            {"Weapon": "jo", "Ex": "jo.quill"},
            ["Instagram: jo", "Facebook: jo.quill"],
        ),
    ],
)
def test_an_account_has_its_platform_from_a_word_a_column_or_the_cell(
    account: Any, cells: dict[str, str], values: list[str]
) -> None:
    assert [each.value for each in subject_of(cells, {"account": account})] == values


def test_a_list_of_columns_is_several_and_never_joined() -> None:
    told = subject_of({"Weapon": "AB12 CDE", "Ex": "P123 XYZ"}, {"vehicle": ["Weapon", "Ex"]})
    assert [each.value for each in told] == ["AB12 CDE", "P123 XYZ"]


def test_no_more_are_kept_than_anybody_has() -> None:
    told = subject_of({"Weapon": ";".join(f"user{n}" for n in range(500))}, {"account": "Weapon"})
    assert len(told) == 20
    assert subject_of({"Weapon": "x" * 201}, {"account": "Weapon"}) == ()


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ({"vehicle": {"column": "Weapon"}}, r"subject\.vehicle\.column is not a key; did you mean columns"),
        ({"vehicle": {"columns": ["Weapon"], "platform": "x"}}, r"subject\.vehicle\.platform is not a key"),
        ({"vehicle": [{"columns": ["Weapon"]}]}, r"subject\.vehicle must be a list of texts"),
        ({"account": {"columns": ["Weapon"], "platform": "x", "platform_column": "Ex"}}, "leave one of them"),
        ({"account": [{"platform": "x"}]}, r"subject\.account\.columns is missing"),
        ({"aliases": "Weapon"}, "did you mean alias"),
    ],
)
def test_a_wrong_key_is_named(subject: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidMapping, match=said):
        small(subject=subject)


@pytest.mark.parametrize(
    ("text", "registration", "british"),
    [
        ("AB12 CDE", True, True),
        ("ab12-cde", True, True),
        ("P123 XYZ", True, True),
        ("ABC 123X", True, True),
        ("AIG 1234", True, True),
        ("1 AB", True, False),  # a British one, and any code
        ("NM1 2AB", True, False),  # a postcode
        ("FORD", False, False),
        ("12345", False, False),
        ("AB12 CDE (blue)", False, False),
        ("", False, False),
    ],
)
def test_what_may_be_a_registration(text: str, registration: bool, british: bool) -> None:
    assert (is_registration(text), is_british(text)) == (registration, british)


@given(st.text(max_size=60), st.sampled_from(["", ";", "/"]))
def test_nothing_comes_out_of_a_cell_that_does_not_stand_in_it(cell: str, separator: str) -> None:
    for text in texts_in(cell, separator):
        assert text in cell
        assert text == text.strip() != ""
        assert not is_nothing(text)
        assert not separator or separator not in text


@given(st.lists(st.builds(KnownBy, st.sampled_from(KnownKind), st.text(min_size=1, max_size=20)), max_size=4))
def test_a_person_written_down_is_the_same_person_read(known_by: list[KnownBy]) -> None:
    person = PersonAsTold(name="Nora Quill", known_by=tuple(known_by))
    assert PersonAsTold.of(person.said()) == person
    assert ("known_by" in person.said()) is bool(known_by)


# ---- keeping


def test_it_is_kept_with_its_person_and_proved(cast: Cast, tmp_path: Path) -> None:
    cells = {"VRM": "AB12 CDE/P123 XYZ", "User": "jo", "App": "Snapchat", "AKA": "Ty Ash", "Maiden": "Dunmore"}
    crimes = imported(cast, tmp_path, [crime("1", Her_name="Nora Quill", **cells), crime("2")])
    rows = PersonKnownBy.objects.unscoped("test").order_by("role", "kind", "value")
    assert list(rows.values_list("allegation__reference", "role", "place", "kind", "value", "source")) == [
        ("1", "subject", 1, "account", "Snapchat: jo", "feed"),
        ("1", "subject", 1, "alias", "Ty Ash", "feed"),
        ("1", "subject", 1, "vehicle", "AB12 CDE", "feed"),
        ("1", "subject", 1, "vehicle", "P123 XYZ", "feed"),
        ("1", "victim", 1, "former_surname", "Dunmore", "feed"),
    ]
    told = queries.as_told(crimes["1"].pk, actor=cast.analyst, at=NOW)
    assert not told.victim_reach_shown
    assert told.victim.known_by == (), "how she is known is as closed as how she is reached"
    assert told.subject is not None
    assert {each.kind for each in told.subject.known_by} == {ACCOUNT, ALIAS, VEHICLE}
    assert proven()
    PersonKnownBy._base_manager.filter(kind="alias").update(value="Bo Hale")
    assert not proven()


def test_a_feed_without_them_makes_no_rows_and_reads_no_more(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1")]))
    assert not PersonKnownBy.objects.unscoped("test").exists()
    assert not read().told.needs_more_tables


def test_a_further_person_has_their_own(cast: Cast, tmp_path: Path) -> None:
    second = {
        "person": [{"role": "subject", "name": "Ex", "vehicle": "Weapon"}],
        "weapon": None,
        "former_partner": None,
    }
    mapping = small(subject={"name": "Born"}, victim={"name": "Name"}, **second)
    run(cast, feed(tmp_path, [row("1", Ex="Bo Hale", Weapon="AB12 CDE", Born="Dean Marlow")]), mapping)
    told = queries.as_told(kept()["1"].pk, actor=cast.analyst, at=NOW)
    assert told.subject is not None
    assert told.subject.known_by == ()
    assert [one.person.known_by for one in told.further] == [(KnownBy(VEHICLE, "AB12 CDE"),)]


def test_a_car_alone_makes_a_person_of_a_row_that_names_nobody() -> None:
    block = {"role": "subject", "vehicle": "Weapon"}
    told = read({"Weapon": "AB12 CDE"}, weapon=None, person=[block]).told
    assert told.subject.known_by == (KnownBy(VEHICLE, "AB12 CDE"),)


def test_an_allegation_told_by_hand_keeps_it_too(cast: Cast) -> None:
    him = PersonAsTold(name=" Dean Marlow ", known_by=(KnownBy(VEHICLE, "AB12 CDE"),))
    made = services.receive_allegation(actor=cast.analyst, told=something_told(subject=him), at=NOW)
    shown = queries.as_told(made.pk, actor=cast.analyst, at=NOW).subject
    assert shown == PersonAsTold(name="Dean Marlow", known_by=him.known_by)


def test_an_allegation_taken_over_keeps_it_too(cast: Cast) -> None:
    him = PersonAsTold(name="Dean Marlow", known_by=(KnownBy(VEHICLE, "AB12 CDE"),))
    services.take_over(actor=cast.analyst, rows=[past(1, subject=him), past(2)], at=NOW)
    assert PersonKnownBy.objects.unscoped("test").get().value == "AB12 CDE"
    assert proven()


# ---- later versions


def test_a_later_version_says_otherwise_and_what_it_leaves_out_stays(cast: Cast, tmp_path: Path) -> None:
    first = crime("1", His_name="Dean Marlow", Her_name="Nora Quill", VRM="AB12 CDE", AKA="Ty Ash")
    later = crime("1", His_name="Dean Marlow", Her_name="Nora Quill", VRM="P123 XYZ", Maiden="Dunmore")
    imported(cast, tmp_path, [first])
    crimes = imported(cast, tmp_path, [later], at=NOW + timedelta(days=1))
    version = Version.objects.unscoped("test").get()
    assert version.subject["known_by"] == [{"kind": "vehicle", "value": "P123 XYZ"}]
    assert version.victim_reach["known_by"] == [{"kind": "former_surname", "value": "Dunmore"}]
    [now] = queries.as_told_last([crimes["1"]])
    assert now.known_by == {
        "subject": (KnownBy(ALIAS, "Ty Ash"), KnownBy(VEHICLE, "P123 XYZ")),
        "victim": (KnownBy(FORMER_SURNAME, "Dunmore"),),
    }
    shown = queries.as_told(crimes["1"].pk, actor=cast.analyst, at=NOW + timedelta(days=1))
    assert shown.versions[0].changes == ("The details of the subject changed.",), "hers is closed to this reader"
    assert proven()
    same = feed(tmp_path, text_of([later], HEADER), "same.csv")
    assert numbers(run(cast, same, mapping_of(MAPPING), at=NOW + timedelta(days=2))) == (1, 0, 1, 0, 0)


# ---- linking


def confirm(cast: Cast, allegation: Allegation, part: Part = Part.SUBJECT, **person: Any) -> None:
    """Confirm who one part of an allegation is; with nobody named a person goes on record."""
    matching.confirm_match(actor=cast.analyst, allegation=allegation, part=part, at=NOW, **person)


def found(cast: Cast, allegation: Allegation, part: Part = Part.SUBJECT) -> list[tuple[str, Confidence | None]]:
    """Return whom an allegation may concern, and how strongly."""
    every = linkage.candidates(cast.analyst, allegation, part, at=NOW)
    return [(each.name, each.comparison.confidence) for each in every]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"VRM": "AB12 CDE"}, {"VRM": "P123 XYZ/ab12cde"}),
        ({"User": "@dean_m", "App": "Instagram"}, {"User": "https://instagram.com/dean_m"}),
        ({"User": "dean_m", "App": "N/K"}, {"User": "insta:Dean_M"}),
    ],
)
def test_a_name_and_a_car_or_an_account_link_two_records(
    cast: Cast, tmp_path: Path, one: dict[str, str], other: dict[str, str]
) -> None:
    rows = [
        crime("1", His_name="Dean Marlow", **one),
        crime("2", His_name="MARLOW, Dean", **other),
        crime("3", **other),
    ]
    crimes = imported(cast, tmp_path, [*rows, crime("4", His_name="Dean Marlow")])
    confirm(cast, crimes["1"])
    [(name, confidence)] = found(cast, crimes["2"])
    assert name == "Dean Marlow"
    assert confidence in (Confidence.PROBABLE, Confidence.STRONG)
    assert [strength for _, strength in found(cast, crimes["4"])] == [Confidence.POSSIBLE], "the name alone says less"
    assert Confidence.STRONG not in [strength for _, strength in found(cast, crimes["3"])], "nor does it without a name"


@pytest.mark.parametrize("word", ["UNKNOWN", "N/K", "none", "-", "Not known", "no vehicle"])
def test_unknown_words_link_nobody(cast: Cast, tmp_path: Path, word: str) -> None:
    cells = {"VRM": word, "User": word, "AKA": word}
    crimes = imported(cast, tmp_path, [crime("1", His_name="Dean Marlow", **cells), crime("2", **cells)])
    confirm(cast, crimes["1"])
    assert not SubjectMark.objects.unscoped("test").exists()
    assert found(cast, crimes["2"]) == []


def test_the_same_handle_on_another_platform_is_another_account(cast: Cast, tmp_path: Path) -> None:
    rows = [crime(app, His_name="Dean Marlow", User="dean_m", App=app) for app in ("Instagram", "Snapchat")]
    crimes = imported(cast, tmp_path, rows)
    confirm(cast, crimes["Instagram"])
    assert found(cast, crimes["Snapchat"]) == [("Dean Marlow", Confidence.POSSIBLE)]


@pytest.mark.parametrize(
    ("first", "second", "part"),
    [
        ({"His_name": "Dean Marlow", "AKA": "Ty Ash"}, {"His_name": "ASH Ty"}, Part.SUBJECT),
        ({"His_name": "Ty Ash"}, {"His_name": "Dean Marlow", "AKA": "Ty Ash"}, Part.SUBJECT),
        ({"Her_name": "Nora Quill", "Maiden": "Dunmore"}, {"Her_name": "Nora Dunmore"}, Part.VICTIM),
        ({"Her_name": "Nora Dunmore"}, {"Her_name": "Nora Quill", "Maiden": "Nora Dunmore"}, Part.VICTIM),
    ],
)
def test_a_former_name_or_an_alias_is_found_as_the_name_is(
    cast: Cast, tmp_path: Path, first: dict[str, str], second: dict[str, str], part: Part
) -> None:
    crimes = imported(cast, tmp_path, [crime("1", **first), crime("2", **second)])
    confirm(cast, crimes["1"], part)
    [candidate] = linkage.candidates(cast.analyst, crimes["2"], part, at=NOW)
    assert candidate.comparison.evidence[0].comparison.endswith("by a former name or an alias")


def test_what_a_report_tells_of_a_known_person_is_learned_and_not_compared_once_undone(
    cast: Cast, tmp_path: Path
) -> None:
    rows = [crime("1", His_name="Dean Marlow"), crime("2", His_name="Dean Marlow", VRM="AB12 CDE", AKA="Ty Ash")]
    crimes = imported(
        cast, tmp_path, [*rows, crime("3", His_name="Dean", VRM="AB12CDE"), crime("4", His_name="Ty Ash")]
    )
    confirm(cast, crimes["1"])
    confirm(cast, crimes["2"], subject=Subject.objects.unscoped("test").get())
    marks = SubjectMark.objects.unscoped("test").values_list("kind", "value", "key")
    assert set(marks) == {("vehicle", "AB12 CDE", "AB12CDE"), ("other name", "Ty Ash", "ty ash")}
    assert [found(cast, crimes[ref]) != [] for ref in "34"] == [True, True]
    match = linkage.matches(cast.analyst, crimes["2"], at=NOW)[0]
    matching.undo_match(
        actor=cast.analyst, match=linkage.match(cast.analyst, match.id, at=NOW), reason="His brother.", at=NOW
    )
    assert [found(cast, crimes[ref]) for ref in "34"] == [[], []]


def test_what_a_later_version_tells_is_learned(cast: Cast, tmp_path: Path) -> None:
    crimes = imported(cast, tmp_path, [crime("1", His_name="Dean Marlow"), crime("2", His_name="Dean Marlow")])
    confirm(cast, crimes["1"])
    later = NOW + timedelta(days=1)
    imported(cast, tmp_path, [crime("2", His_name="Dean Marlow", VRM="AB12 CDE")], at=later)
    person = Subject.objects.unscoped("test").get()
    matching.confirm_match(actor=cast.analyst, allegation=crimes["2"], part=Part.SUBJECT, subject=person, at=later)
    assert SubjectMark.objects.unscoped("test").get().kind == MarkKind.VEHICLE


def test_a_victims_car_and_account_are_never_shown_in_evidence(cast: Cast, tmp_path: Path) -> None:
    mapping = mapping_of(
        {**MAPPING, "victim": {"name": "Her name", "vehicle": "VRM", "account": "User"}, "subject": {}}
    )
    cells = {"Her_name": "Nora Quill", "VRM": "AB12 CDE", "User": "nora_q"}
    run(cast, feed(tmp_path, text_of([crime("1", **cells), crime("2", **cells)], HEADER)), mapping)
    confirm(cast, kept()["1"], Part.VICTIM)
    [proposal] = matching.propose_matches(actor=cast.analyst, allegation=kept()["2"], at=NOW)
    assert {each["comparison"] for each in proposal.evidence} >= {"same car", "same account"}
    assert "AB12" not in repr(proposal.evidence)
    assert "nora_q" not in repr(proposal.evidence)


# ---- checking


def test_the_check_tells_what_is_lost_and_never_a_name(tmp_path: Path) -> None:
    rows = [
        crime("1", VRM="BLUE FORD", AKA="Spud", User="jo", App="N/K"),
        crime("2", VRM="AB12 CDE/blue Ford", AKA="Ty Ash", User="y" * 201),
    ]
    found = checked(feed(tmp_path, text_of(rows, HEADER)), mapping_of(MAPPING), at=NOW)
    said = "\n".join(sentences(found))
    assert found.accepted == 2
    assert "2 in “VRM”: registration of a car that is none, kept only as it came" in said
    assert "BLUE FORD (1), blue Ford (1)" in said
    assert "1 in “AKA”: alias of one word" in said
    assert "Spud" not in said
    assert "1 in “User”: car, account or other name that is too long" in said
