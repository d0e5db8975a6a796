"""Who is on record twice: everybody beside everybody, proposed to people, decided by them, and nobody merged by a machine."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries
from typer.testing import CliRunner, Result

from fourfold.access import services as access
from fourfold.access.terms import NotFound, Refused
from fourfold.audit.models import Entry
from fourfold.audit.queries import verify
from fourfold.cases.models import Summary
from fourfold.cli.main import app
from fourfold.linkage import queries, services
from fourfold.linkage.models import SameProposed
from fourfold.linkage.queries import records
from fourfold.linkage.terms import CannotMatch, LookedForSame
from fourfold.people import services as people
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part, PersonDetails
from tests.cases.builders import HIM
from tests.cases.builders import told as reported
from tests.cast import NOW, Cast
from tests.people.builders import merged
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(days=1)
LISTED = 8  # two, and those of the log
HER = {"birth": "3 May 1985", "phone": "07700 900123"}


def on_record(cast: Cast, name: str, *, part: Part = Part.VICTIM, **told: str) -> Victim | Subject:
    register = people.register_victim if part is Part.VICTIM else people.register_subject
    return register(actor=cast.analyst, site="northmoor", told=PersonDetails(name=name, **told), at=NOW)


def look(cast: Cast) -> LookedForSame:
    return services.look_for_same(actor=cast.analyst, site="northmoor", at=LATER)


def listed(cast: Cast, who: str = "analyst") -> list[set[str]]:
    return [set(row.called) for row in queries.may_be_one(cast.actor(who), at=LATER).rows]


def test_somebody_on_record_twice_is_proposed_once_and_nobody_is_merged(cast: Cast) -> None:
    on_record(cast, "Nora Quill", **HER)
    on_record(cast, "QUILL Norah", birth="5 March 1985", phone="+44 7700 900123")
    on_record(cast, "Ada Holm", birth="1 January 1990")
    on_record(cast, "Philip Reed", part=Part.SUBJECT, birth="2 June 1980", email="reed@example.org")
    on_record(cast, "Reed Filip", part=Part.SUBJECT, birth="2 June 1980", email="reed@example.org")
    assert look(cast) == LookedForSame(standing=2, new=2, ended=0)
    assert sorted(map(sorted, listed(cast))) == [["Nora Quill", "Norah QUILL"], ["Philip Reed", "Reed Filip"]]
    assert look(cast) == LookedForSame(standing=2, new=0, ended=0)
    assert Victim.objects.unscoped("test").count() == 3
    assert Entry.objects.filter(action="same.looked").count() == 2
    assert verify().clean


def test_the_command_hands_the_pairs_out_as_a_list_as_csv_and_as_json(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fourfold.cli.people.now", lambda: LATER)
    monkeypatch.setattr("fourfold.cli.people.acting", lambda site, email, at: cast.actor(email))
    on_record(cast, "Nora Quill", **HER)
    on_record(cast, "Norah Quill", birth="5 March 1985", phone="+44 7700 900123")

    def typed(who: str, *how: str) -> Result:
        return CliRunner().invoke(app, ["people", "--site", "northmoor", "--as", who, *how])

    for day in range(2):
        reported(cast.analyst, at=NOW + timedelta(days=day), victim_name="Ida Bolt", victim_birth="4 June 1990", **HIM)
    head, row, *of_reports = typed("analyst", "--csv").stdout.splitlines()
    assert head.split(",")[:3] == ["probability", "part", "name"]
    assert "Nora Quill,1985-05-03" in row
    said = [each.split(",") for each in of_reports]
    assert [(each[1], each[2], each[9]) for each in said] == [
        ("victim", "Ida Bolt", "2"),
        ("subject", HIM["subject_name"], "2"),
    ], "a feed registers nobody, and who is told of twice is found all the same"
    assert "victim: Ida Bolt, in 2 reports together" in typed("analyst", "--list").stdout
    assert "1 group of reports tell of the same people, on record or not" in typed("analyst").stdout
    assert json.loads(typed("analyst", "--json", "--list").stdout)["told_together"][0]["course"] == said[0][10]
    (pair,) = json.loads(typed("analyst", "--json", "--list").stdout)["pairs"]
    assert ",".join(pair.values()) == row
    assert "Nora Quill (1985-05-03)" in typed("analyst", "--list").stdout
    refused = typed("olu", "--csv")
    assert (refused.exit_code, refused.stdout) == (3, "")


def test_each_night_finds_them_at_every_site_without_anybody_asking(cast: Cast, signed_in: SignIn) -> None:
    """Nothing else looks through those on record: what the desk is asked about is what this found."""
    looks = partial(CliRunner().invoke, app, ["look"])
    assert looks().stdout == "No site has a report yet.\n"
    on_record(cast, "Nora Quill", **HER)
    on_record(cast, "Norah Quill", birth="5 March 1985", phone="+44 7700 900123")
    for day in range(2):
        reported(cast.analyst, at=NOW + timedelta(days=day), victim_name="Ida Bolt", victim_birth="4 June 1990", **HIM)
    desk, _ = signed_in("analyst"), Summary.objects.unscoped("as if they had just come").all().delete()
    assert "Norah Quill" not in desk.get("/desk/records/likely/").content.decode()
    night = looks()
    assert night.exit_code == 0, night.output
    assert night.stdout == (
        "northmoor: 1 pair of records may be one person, 1 new; 1 group of reports may belong together, 1 new.\n"
    ), "a site without a report is left alone"
    assert "Norah Quill" in desk.get("/desk/records/likely/").content.decode()
    assert Summary.objects.unscoped("test").count() == 2
    assert "1 pair of records may be one person, 0 new" in looks().stdout


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"name": "Nora Quill", **HER}, {"name": "Kate Quill", **HER}, "twins"),
        ({"name": "Dean Marlow", **HER}, {"name": "Dean Marlow", **HER, "birth": "3 May 1960"}, "a father and a son"),
        ({"name": "Nora Quill"}, {"name": "Nora Quill"}, "a name alone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_are_two_are_not_proposed(cast: Cast, one: dict[str, str], other: dict[str, str], why: str) -> None:
    for told in (one, other):
        on_record(cast, **told)
    assert look(cast).standing == 0, why


def test_three_records_of_one_person_are_two_questions_and_one_once_two_are_one(cast: Cast) -> None:
    first, second, third = (on_record(cast, name, **HER) for name in ("Nora Quill", "Norah Quill", "QUILL Nora"))
    assert look(cast).standing == 2
    merged(cast, first, second, reason="She says so.", at=NOW)
    assert len(listed(cast)) <= 2
    assert look(cast).standing == 1
    merged(cast, second, third, reason="She says so.", at=NOW)
    assert look(cast) == LookedForSame(standing=0, new=0, ended=1)
    assert listed(cast) == []


def test_more_evidence_takes_no_proposal_away_and_who_fits_two_is_asked_of_both(cast: Cast) -> None:
    for name in ("Raymond Quill", "Ratmond Quill"):
        on_record(cast, name, **HER)
    assert look(cast) == LookedForSame(standing=1, new=1, ended=0)
    on_record(cast, "Raynomd Quill", **HER)
    assert look(cast) == LookedForSame(standing=2, new=1, ended=0)
    other = {"birth": "1 June 1990", "phone": "07700 900456"}
    _, jean, either = (on_record(cast, f"{name} Holm", **other) for name in ("Jane", "Jean", "J"))
    assert look(cast) == LookedForSame(standing=4, new=2, ended=0)
    services.keep_apart(actor=cast.analyst, part=Part.VICTIM, one=jean.pk, other=either.pk, reason="No.", at=LATER)
    assert look(cast) == LookedForSame(standing=3, new=0, ended=1)
    assert {"Jane Holm", "J Holm"} in listed(cast)


def test_what_somebody_keeps_apart_is_not_proposed_until_it_is_undone(cast: Cast) -> None:
    one, other = (on_record(cast, name, **HER) for name in ("Nora Quill", "Norah Quill"))
    look(cast)
    pair = {"actor": cast.analyst, "part": Part.VICTIM, "one": other.pk, "other": one.pk, "at": LATER}
    with pytest.raises(CannotMatch, match="Say how you know"):
        services.keep_apart(**pair, reason="  ")
    services.keep_apart(**pair, reason="Two cousins; both were here.")
    with pytest.raises(CannotMatch, match="already"):
        services.keep_apart(**pair, reason="Again.")
    assert listed(cast) == []
    assert look(cast) == LookedForSame(standing=0, new=0, ended=1)
    assert queries.two_records(cast.analyst, Part.VICTIM, one.pk, other.pk, at=LATER).are_kept_apart
    services.undo_apart(**pair, reason="One woman after all.")
    assert look(cast).new == 1
    with pytest.raises(NotFound):
        services.undo_apart(**pair, reason="Again.")
    assert verify().clean


def test_who_are_one_now_cannot_be_kept_apart(cast: Cast) -> None:
    one, other = (on_record(cast, name, **HER) for name in ("Nora Quill", "Norah Quill"))
    merged(cast, one, other, reason="She says so.", at=NOW)
    with pytest.raises(CannotMatch, match="Separate them instead"):
        services.keep_apart(actor=cast.analyst, part=Part.VICTIM, one=one.pk, other=other.pk, reason="No.", at=LATER)


def test_a_pair_is_listed_for_whoever_may_see_both(cast: Cast) -> None:
    one, other = (on_record(cast, name, **HER) for name in ("Nora Quill", "Norah Quill"))
    look(cast)
    assert listed(cast, "olu") == []
    access.set_wall(actor=cast.governance, files=[other.pk], staff=cast.analyst.staff, at=NOW)
    assert listed(cast) == []
    with pytest.raises(NotFound):
        services.keep_apart(actor=cast.analyst, part=Part.VICTIM, one=one.pk, other=other.pk, reason="No.", at=LATER)
    with pytest.raises((NotFound, Refused)):
        services.look_for_same(actor=cast.olu, site="northmoor", at=LATER)


def test_the_list_costs_the_same_however_long_it_is_and_is_paged_by_key(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        for name in (f"Nora Quill{chr(97 + number)}", f"Norah Quill{chr(97 + number)}"):
            on_record(cast, name, birth=f"{number + 1} May 198{number}", phone=f"07700 90012{number}")
    assert look(cast).standing == 5
    monkeypatch.setattr(records, "PAGE", 2)
    seen, after = [], ""
    for _ in range(3):
        with django_assert_num_queries(LISTED):
            page = queries.may_be_one(cast.analyst, at=LATER, after=after)
        seen += [row.id for row in page.rows]
        after = page.next
    assert after == ""
    assert len(seen) == len(set(seen)) == 5
    chances = [SameProposed.objects.unscoped("test").get(pk=each).weight for each in seen]
    assert chances == sorted(chances, reverse=True)
