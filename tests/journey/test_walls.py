"""Whoever is kept from a person never reads what is newly told about them, by whatever way it came, not for a moment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner

from fourfold import journey
from fourfold.access.models import Wall
from fourfold.access.terms import NotFound, WallKind
from fourfold.audit import queries as audit_queries
from fourfold.audit.terms import Actor
from fourfold.cases.models import ToldKey
from fourfold.cases.queries import referrals
from fourfold.cli.main import app
from fourfold.intake import queries as intake_queries
from fourfold.intake import services as intake
from fourfold.intake.models import Allegation, Quarantined
from fourfold.intake.terms import Channel, PersonAsTold, Told
from fourfold.linkage import queries as linkage_queries
from fourfold.linkage import services as linkage
from fourfold.people.models import Victim
from fourfold.people.terms import Part
from tests.cast import NOW, Cast
from tests.governance.builders import walled_victim
from tests.intake.feeds import feed, row, small, text_of
from tests.intake.test_people_of_a_crime import HEADER, by_person, person

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(hours=1)
HER = {"Name": "Nora Quill", "Born": "03/05/1985"}


@pytest.fixture
def nora(cast: Cast) -> Victim:
    """A victim from whom the second officer is kept."""
    return walled_victim(cast)


def reads(actor: Actor) -> set[str]:
    """Return the references of the allegations that somebody may see."""
    return set(Allegation.objects.visible_to(actor, at=LATER).values_list("reference", flat=True))


def bring(cast: Cast, tmp_path: Path, rows: list[tuple[str, ...]]) -> None:
    """Import a feed at Northmoor."""
    journey.feed_brought(
        actor=cast.analyst,
        path=feed(tmp_path, rows),
        mapping=small(),
        site="northmoor",
        at=NOW,
    )


def test_whoever_a_later_version_names_is_walled_at_once_and_proposed(cast: Cast, nora: Victim, tmp_path: Path) -> None:
    """The crime came without a name; its next version says that it happened to Nora."""
    for name in ("first.csv", "second.csv"):
        cells = row("1", Name="", Born="") if name == "first.csv" else row("1", **HER)
        path = feed(tmp_path, [cells], name)
        journey.feed_brought(actor=cast.analyst, path=path, mapping=small(), site="northmoor", at=NOW)
        assert reads(cast.analyst) == {"1"}
        assert reads(cast.second_officer) == ({"1"} if name == "first.csv" else set())
    told = Allegation.objects.unscoped("test").get()
    assert told.victim_name == "", "never over it"
    [found] = linkage_queries.candidates(cast.analyst, told, Part.VICTIM, at=LATER)
    assert found.id == nora.pk


def refers(actor: Actor) -> Allegation:
    """Let somebody refer what happened to Nora."""
    her = PersonAsTold(name="Nora Quill", birth="3 May 1985", phone="07700 900123")
    told = Told(
        site="northmoor",
        channel=Channel.REFERRAL,
        told_at=NOW,
        words="She says he waits for her.",
        teller="Somebody",
        victim=her,
    )
    return journey.allegation_told(actor=actor, told=told, at=NOW)


def test_a_row_of_a_feed_about_her_is_walled_and_one_about_somebody_else_is_not(
    cast: Cast, nora: Victim, tmp_path: Path
) -> None:
    bring(cast, tmp_path, [row("hers", **HER), row("another")])
    assert reads(cast.officer) == {"hers", "another"}
    assert reads(cast.second_officer) == {"another"}
    assert audit_queries.verify().clean
    assert list(intake_queries.faults_of_batches()) == []


def test_she_is_walled_where_she_is_the_second_victim_of_a_crime_too(cast: Cast, nora: Victim, tmp_path: Path) -> None:
    born = "03/05/1985"
    path = feed(
        tmp_path,
        text_of(
            [person("1", "V", "Ada Poole"), person("1", "V", "Nora Quill", Born=born), person("2", "V", "Bea Holm")],
            HEADER,
        ),
    )
    journey.feed_brought(actor=cast.analyst, path=path, mapping=by_person(), site="northmoor", at=NOW)
    assert reads(cast.officer) == {"1", "2"}
    assert reads(cast.second_officer) == {"2"}


def test_she_is_walled_where_a_later_version_names_her_beside_the_first(
    cast: Cast, nora: Victim, tmp_path: Path
) -> None:
    """The crime came with one victim; its next version says that it happened to Nora as well."""
    hers = person("1", "V", "Nora Quill", Born="03/05/1985")
    for name, others in (("first.csv", []), ("second.csv", [hers])):
        path = feed(tmp_path, text_of([person("1", "V", "Ada Poole"), *others], HEADER), name)
        journey.feed_brought(actor=cast.analyst, path=path, mapping=by_person(), site="northmoor", at=NOW)
        assert reads(cast.officer) == {"1"}
        assert reads(cast.second_officer) == ({"1"} if name == "first.csv" else set())


def test_a_row_about_her_that_somebody_mended_is_walled(cast: Cast, nora: Victim, tmp_path: Path) -> None:
    bring(cast, tmp_path, [row("hers", **HER, Told="31/02/2026")])
    (held,) = Quarantined.objects.all()
    mended = intake.Mended(held.pk, {**held.raw, "Told": "28/02/2026", "When": ""})
    assert journey.rows_mended(actor=cast.analyst, mended=[mended], at=NOW) == ()
    assert reads(cast.officer) == {"hers"}
    assert reads(cast.second_officer) == set()
    assert ToldKey.objects.exists(), "the desk looks it up at once"


def test_a_batch_whose_walls_fail_is_not_there(
    cast: Cast, nora: Victim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a process killed between the two leaves nothing open: they are one transaction."""

    def fails(**_: Any) -> None:
        raise RuntimeError("killed")

    monkeypatch.setattr(linkage, "wall_what_came", fails)
    with pytest.raises(RuntimeError):
        bring(cast, tmp_path, [row("hers", **HER)])
    assert not Allegation.objects.unscoped("test").exists()
    monkeypatch.undo()
    bring(cast, tmp_path, [row("hers", **HER)])
    assert (reads(cast.officer), reads(cast.second_officer)) == ({"hers"}, set())


def test_walls_cost_a_batch_a_few_statements_however_many_its_rows(
    cast: Cast, nora: Victim, tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(60):
        bring(cast, tmp_path, [row(f"r{number}") for number in range(400)])


def test_a_delivery_holds_what_came_against_whoever_is_walled_and_not_all_that_is_there(
    cast: Cast, nora: Victim, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery of 10,000 rows to 570,000 reports took three minutes for what each of these had been asked before."""
    searchable = partial(journey.reports_searchable, actor=cast.analyst, site="northmoor", at=NOW)
    bring(cast, tmp_path, [row(f"r{number}") for number in range(4)])
    searchable()
    held: list[set[UUID]] = []
    monkeypatch.setattr(linkage, "wall_what_came", lambda *, among, **_: held.append(set(among)))
    bring(cast, tmp_path, [row("r1", Story="He waited outside again"), row("r2"), row("new")])
    searchable()
    searchable()
    ids = dict(Allegation.objects.unscoped("test").values_list("reference", "pk"))
    came = {ids["r1"], ids["new"]}
    assert held == [came, came, set()], "as they were kept, before they are searchable, and never again"


def test_the_night_finds_what_concerns_her_by_what_is_known_since(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [row("hers", **HER), row("other")])
    journey.reports_searchable(actor=cast.analyst, site="northmoor", at=NOW)
    walled_victim(cast)  # as a wall whose own look was stopped
    journey.reports_searchable(actor=cast.analyst, site="northmoor", at=NOW)
    assert reads(cast.second_officer) == {"hers", "other"}, "an import asks about what came alone"
    night = CliRunner().invoke(app, ["look"])
    assert night.exit_code == 0, night.output
    walled = Wall.objects.filter(kind=WallKind.PROVISIONAL, staff=cast.second_officer.staff)
    found = Allegation.objects.unscoped("test").filter(pk__in=walled.values("file"))
    assert [each.reference for each in found] == ["hers"]


def test_whoever_is_walled_while_a_file_comes_in_is_walled_once_it_is_there(cast: Cast, tmp_path: Path) -> None:
    bring(cast, tmp_path, [row("hers", **HER), row("other")])
    walled_victim(cast)
    journey.walls_stand(actor=cast.analyst, site="northmoor", at=NOW)
    assert reads(cast.second_officer) == {"other"}


def test_what_is_referred_about_her_is_walled_before_anybody_proposes(
    cast: Cast, nora: Victim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_: Any) -> None:
        raise RuntimeError("the matching broke")

    monkeypatch.setattr(linkage, "propose_matches", fails)
    refers(cast.officer)
    assert len(reads(cast.analyst)) == 1
    assert reads(cast.second_officer) == set()


def test_who_is_walled_off_and_refers_it_raises_the_wall_and_reads_no_more_than_was_written(
    cast: Cast, nora: Victim
) -> None:
    """Nothing that comes back says that a wall stands: the words are there, nobody has answered yet."""
    allegation = refers(cast.second_officer)
    assert Wall.objects.filter(file=allegation.pk, staff=cast.second_officer.staff).exists()
    assert reads(cast.second_officer) == set()
    kept = intake_queries.as_told(allegation.pk, actor=cast.second_officer, at=LATER)
    assert (kept.words, kept.victim.name) == ("She says he waits for her.", "Nora Quill")
    (mine,) = referrals.my_referrals(actor=cast.second_officer, at=LATER).rows
    assert (mine.victim, mine.outcome, mine.reason, mine.by) == ("Nora Quill", None, "", "")


def test_ones_own_words_open_to_nobody_else(cast: Cast, nora: Victim) -> None:
    allegation = refers(cast.analyst)
    with pytest.raises(NotFound):
        intake_queries.as_told(allegation.pk, actor=cast.second_officer, at=LATER)
    with pytest.raises(NotFound):
        intake_queries.as_told(allegation.pk, actor=cast.olu, at=LATER)
