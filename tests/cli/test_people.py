"""fourfold people: everybody beside everybody, by a command that a night can run."""

from __future__ import annotations

import json
import sys

import pytest
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.linkage import queries
from fourfold.linkage.models import SameProposed
from fourfold.people import services as people
from fourfold.people.models import FindingKey
from fourfold.people.terms import PersonDetails
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def run(*options: str):
    return CliRunner().invoke(app, ["people", *options])


def test_it_proposes_and_says_how_many(cast: Cast) -> None:
    for name in ("Nora Quill", "Norah Quill"):
        told = PersonDetails(name=name, birth="3 May 1985", phone="07700 900123")
        people.register_victim(actor=cast.analyst, site="northmoor", told=told, at=NOW)
    done = run("--site", "northmoor", "--json")
    assert done.exit_code == 0, done.output
    nobody_told = {"standing": 0, "new": 0, "ended": 0}
    said = {"standing": 1, "new": 1, "ended": 0, "told": nobody_told, "not_all_compared": []}
    assert json.loads(done.stdout) == said
    assert SameProposed.objects.unscoped("test").count() == 1
    assert run("--site", "northmoor").stdout.splitlines() == [
        "1 pair may be one person; 0 are new and 0 ended.",
        "0 groups of reports tell of the same people, on record or not; 0 are new and 0 ended.",
    ]


def test_what_records_are_found_by_is_worked_out_afresh(cast: Cast) -> None:
    people.register_victim(actor=cast.analyst, site="northmoor", told=PersonDetails(name="Nora Quill"), at=NOW)
    before = set(FindingKey.objects.values_list("key", "person"))
    FindingKey.objects.all().update(key=0)
    assert run("--site", "northmoor").exit_code == 0
    assert set(FindingKey.objects.values_list("key", "person")) != before
    assert run("--site", "northmoor", "--keys").exit_code == 0
    assert set(FindingKey.objects.values_list("key", "person")) == before


def test_weights_are_not_learned_from_a_handful_of_records_and_the_shipped_ones_stay(cast: Cast) -> None:
    done = CliRunner().invoke(app, ["train", "--site", "northmoor"])
    assert done.exit_code == 2
    assert "Use the shipped ones" in done.output
    assert not queries.folder_of_weights().exists()
    assert CliRunner().invoke(app, ["train", "--site", "nowhere"]).exit_code == 2


def test_a_site_that_is_none_and_a_spark_that_is_not_there_are_said(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("--site", "nowhere").exit_code == 2
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    done = run("--site", "northmoor", "--spark")
    assert done.exit_code == 2
    assert "pyspark is not installed" in done.output
