"""A later version of the same crime: a version of its own beside the first, and back at the desk where it matters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from fourfold.access.terms import NotFound
from fourfold.intake import queries, rules
from fourfold.intake.models import Allegation, Quarantined, Version
from fourfold.intake.rules.later_versions import Version as Compared
from fourfold.intake.terms import Judged, PersonAsTold, RecordingClass, Urgency
from tests.cast import NOW, Cast
from tests.intake.feeds import feed, row, small
from tests.intake.test_importing import kept, numbers, proven, run

THEFT, STALKING = RecordingClass.THEFT, RecordingClass.STALKING
FIRST = Compared(
    told_at=datetime(2026, 11, 20, tzinfo=UTC),
    occurred_from=datetime(2026, 11, 19, tzinfo=UTC),
    recorded_class=THEFT,
    words="A bicycle is gone",
    place="Mill Lane",
    victim=PersonAsTold(name="Anna Karlsen"),
    subject=PersonAsTold(name="Carl Dahl"),
)
OTHER = Compared(
    told_at=datetime(2025, 1, 20, tzinfo=UTC),
    occurred_from=datetime(2025, 1, 19, tzinfo=UTC),
    recorded_class=STALKING,
    words="He waits outside every evening",
    place="Harbour Street",
    victim=PersonAsTold(name="Bea Holm"),
    subject=PersonAsTold(name="Dan Eik"),
)
NOTHING: dict[str, Any] = {"victim": None, "subject": None, "place": None, "words": "", "occurred_from": None}


# ---- the rules


def test_a_reference_of_which_nothing_agrees_is_of_two_crimes() -> None:
    why = rules.why_another_crime(FIRST, OTHER)
    assert why is not None
    assert "the victim" in why
    assert "Anna" not in why, "the reason is read by people who may not know who she is"


@pytest.mark.parametrize("same", ["told_at", "occurred_from", "words", "place", "victim", "subject"])
def test_whatever_agrees_makes_it_the_same_crime(same: str) -> None:
    assert rules.why_another_crime(FIRST, replace(OTHER, **{same: getattr(FIRST, same)})) is None


@pytest.mark.parametrize(
    ("later", "one_crime"),
    [
        ({"recorded_class": THEFT}, False),  # a class is shared by thousands
        ({"words": "A window of the shed is broken"}, False),  # and so are small words
        ({"words": "A bicycle and a pump are gone since Monday"}, True),
        ({"place": "9 Harbour Lane"}, True),
        ({"place": "14 Harbour Street"}, False),
        ({"victim": PersonAsTold(name="Carl Dahl"), "subject": PersonAsTold(name="Anna Karlsen")}, True),
        ({"victim": PersonAsTold(name="Bea Holm", birth="3/5/1985")}, True),
        ({"subject": PersonAsTold(name="Dan Eik", phone="07700 900 123")}, True),
        ({"victim": None, "subject": None}, False),
    ],
)
def test_what_makes_one_crime_of_two_tellings(later: dict[str, Any], one_crime: bool) -> None:
    first = replace(
        FIRST,
        victim=PersonAsTold(name="Anna Karlsen", birth="3/5/1985"),
        subject=PersonAsTold(name="Carl Dahl", phone="07700900123"),
    )
    assert (rules.why_another_crime(first, replace(OTHER, **later)) is None) is one_crime


def test_of_what_is_not_told_nobody_can_say_that_it_is_another() -> None:
    assert rules.why_another_crime(FIRST, replace(OTHER, **{**NOTHING, "recorded_class": None})) is None
    assert rules.why_another_crime(FIRST, replace(OTHER, **NOTHING)) is None, "two things are too few"


@pytest.mark.parametrize(
    ("told", "happened", "more", "two_crimes"),
    [
        (40, 40, {}, True),  # both days lie so far apart that no correction explains it, though the class is the same
        (40, 10, {}, False),  # a day mistyped
        (10, 40, {}, False),
        (10, 10, {}, False),
        (10, 10, {"recorded_class": STALKING}, True),
        (40, 0, {"recorded_class": STALKING}, False),
        (40, None, {}, False),  # one of the days is not told
    ],
)
def test_without_people_place_and_words_days_far_apart_are_of_two_crimes(
    told: int, happened: int | None, more: dict[str, Any], two_crimes: bool
) -> None:
    bare = replace(FIRST, **(NOTHING | {"occurred_from": FIRST.occurred_from}))
    occurred = None if happened is None else FIRST.told_at - timedelta(days=happened + 1)
    later = replace(bare, told_at=bare.told_at - timedelta(days=told), occurred_from=occurred, **more)
    assert (rules.why_another_crime(bare, later) is not None) is two_crimes


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (Judged(THEFT, Urgency.ROUTINE, False), Judged(STALKING, Urgency.SOON, True), "now recorded as stalking (8Q)"),
        (Judged(STALKING, Urgency.SOON, True), Judged(STALKING, Urgency.NOW, True), "more urgent than before: now"),
        (Judged(THEFT, Urgency.SOON, False), Judged(THEFT, Urgency.SOON, True), "it now needs the desk’s attention"),
        (Judged(STALKING, Urgency.SOON, True), Judged(THEFT, Urgency.ROUTINE, False), None),
        (Judged(STALKING, Urgency.SOON, True), Judged(STALKING, Urgency.SOON, True), None),
        (
            Judged(STALKING, Urgency.SOON, True),
            Judged(STALKING, Urgency.SOON, True, "Carl Dahl"),
            "the subject is named now",
        ),
        (
            Judged(STALKING, Urgency.SOON, True, "Dan Eik"),
            Judged(STALKING, Urgency.SOON, True, "Carl Dahl"),
            "another subject",
        ),
        (Judged(STALKING, Urgency.SOON, True, "Carl Dahl"), Judged(STALKING, Urgency.SOON, True, "DAHL, Carl"), None),
        (Judged(THEFT, Urgency.ROUTINE, False), Judged(THEFT, Urgency.ROUTINE, False, "Carl Dahl"), None),
    ],
)
def test_the_desk_looks_again_only_where_it_matters(before: Judged, after: Judged, said: str | None) -> None:
    reasons = rules.why_look_again(before, after)
    assert (said is None) is (reasons == ())
    assert said is None or said in "; ".join(reasons)


def test_what_changed_is_said_only_as_far_as_it_is_open() -> None:
    later = replace(FIRST, recorded_class=STALKING, subject=PersonAsTold(name="Dan Eik"), place=None)
    said = rules.changes_between(FIRST, later)
    assert said == ("Now recorded as stalking (8Q), previously theft (49).", "The details of the subject changed.")
    assert rules.changes_between(replace(FIRST, subject=None), replace(later, subject=None)) == said[:1]


# ---- a feed that tells again


def test_a_crime_that_was_reclassified_and_redated_comes_back_to_the_desk(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1", Class="T", Story="A bicycle is gone"), row("2")]))
    first = kept()["1"]
    assert not first.at_desk
    again = row("1", Class="8Q", Story="He took her bicycle and waited for her", When="21/11/2026 20:00")
    assert numbers(run(cast, feed(tmp_path, [again, row("2")], "later.csv"))) == (2, 1, 1, 0, 1)
    now = kept()["1"]
    assert (now.words, now.recorded_class, now.occurred_from) == (first.words, "49", first.occurred_from), (
        "never over it"
    )
    assert now.at_desk
    version = Version.objects.unscoped("test").get()
    assert (version.number, version.recorded_class, version.words) == (2, "8Q", again[4])
    assert version.occurred_from == datetime(2026, 11, 21, 20, tzinfo=UTC)
    assert version.back_at_desk[0] == "now recorded as stalking (8Q), previously theft (49)"
    assert proven()


def test_every_version_has_its_number_and_a_repeated_one_is_none(cast: Cast, tmp_path: Path) -> None:
    stories = ["one", "two", "three", "two"]
    for number, story in enumerate(stories):
        run(cast, feed(tmp_path, [row("1", Story=story)]), at=NOW + timedelta(days=number))
    versions = Version.objects.unscoped("test").order_by("number")
    assert [(one.number, one.words) for one in versions] == [(2, "two"), (3, "three")]
    told = queries.as_told(kept()["1"].pk, actor=cast.analyst, at=NOW + timedelta(days=9))
    assert [one.changes for one in told.versions] == [("The words are now: two",), ("The words are now: three",)]


def test_what_a_force_takes_back_is_a_version_and_the_same_file_again_is_none(cast: Cast, tmp_path: Path) -> None:
    """Recorded as damage, then as stalking, then as damage again: the record says damage, whoever brings in an old file."""
    files = [
        feed(tmp_path, [row(str(10 + number)), row("1", Story=story)], f"{number}.csv")
        for number, story in enumerate(("one", "two", "one"))
    ]
    for number, file in enumerate((*files, files[0], files[1])):
        run(cast, file, at=NOW + timedelta(days=number))
    versions = Version.objects.unscoped("test").order_by("number")
    assert [(one.number, one.words) for one in versions] == [(2, "two"), (3, "one")]
    assert proven()


EMPTIED = {"When": "", "Story": "", "Name": "", "Born": "", "Weapon": "", "Ex": ""}


def test_a_later_row_with_nothing_left_but_its_days_and_class_waits(cast: Cast, tmp_path: Path) -> None:
    codes = {"as_recorded": ["Class"], "default": "99", "by": [{"columns": ["Class"], "codes": {"8R": "8R", "N": "N"}}]}
    mapping = small(**{"class": codes})
    run(cast, feed(tmp_path, [row("1"), row("2")]), mapping)
    for number, code in enumerate(("", "8R")):
        later = feed(tmp_path, [row("1", **EMPTIED, Class=code), row("2", Story="He came")], f"later{number}.csv")
        totals = run(cast, later, mapping)
        assert numbers(totals)[2:4] == (number, 1)
        held = Quarantined.objects.get(run=totals.run)
        assert (held.fault, held.row_number) == ("required cell is empty", 2)
        assert held.reason.startswith("Nothing is left of the crime “1” but its reference, days and class")
    back = feed(tmp_path, [row("1", **EMPTIED, Class="N")], "back.csv")
    assert numbers(run(cast, back, mapping)) == (1, 1, 0, 0, 1)
    assert numbers(run(cast, feed(tmp_path, [row("1", **EMPTIED, Class="8R")], "on.csv"), mapping))[3] == 1
    bare = [row("3", **EMPTIED), row("3", **EMPTIED, Class="")]
    run(cast, feed(tmp_path, bare[:1], "bare.csv"), mapping)
    assert numbers(run(cast, feed(tmp_path, bare[1:], "bare2.csv"), mapping))[1:4] == (1, 0, 0), "it never told more"


def test_the_same_reference_for_another_crime_waits(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1")]))
    other = row(
        "1", Class="T", Story="A bicycle is gone", Told="01/03/2020 10:00", When="01/03/2020 09:00", Name="Bea Holm"
    )
    assert numbers(run(cast, feed(tmp_path, [other], "other.csv"))) == (1, 0, 0, 1, 0)
    held = Quarantined.objects.get()
    assert held.fault == "one reference, two crimes"
    assert "is of another crime already" in held.reason
    assert held.raw["Name"] == "Bea Holm"
    assert not Version.objects.unscoped("test").exists()
    assert proven()


def test_one_edited_byte_in_a_version_shows(cast: Cast, tmp_path: Path) -> None:
    run(cast, feed(tmp_path, [row("1")]))
    run(cast, feed(tmp_path, [row("1", Story="other")], "later.csv"))
    assert proven()
    Version._base_manager.update(words="x")
    assert not proven()


def test_versions_cost_one_statement_and_are_nobody_elses(
    cast: Cast, tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    run(cast, feed(tmp_path, [row("1")]))
    allegation = Allegation.objects.unscoped("test").get()
    for number in range(3):
        run(cast, feed(tmp_path, [row("1", Story=f"story {number}")]), at=NOW + timedelta(days=number))
        with django_assert_num_queries(12):  # eleven of a record told once, and the versions
            assert len(queries.as_told(allegation.pk, actor=cast.analyst, at=NOW).versions) == number + 1
    with pytest.raises(NotFound):
        queries.as_told(allegation.pk, actor=cast.olu, at=NOW)
