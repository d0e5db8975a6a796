"""Sites at the command line: a file is checked, tried, and founded; every refusal says which line to mend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.programme import queries
from fourfold.programme.models import Site, Working
from fourfold.programme.sites import read_site, shipped_site
from fourfold.programme.sites.writing import toml_of
from fourfold.programme.terms import SiteSpec
from tests.cast import NOW, Cast, give_account

pytestmark = pytest.mark.django_db
FOURTH = """\
code = "eastmarsh"
name = "Eastmarsh"
force_code = "E23000099"
live_on = 2027-03-01

[working]
model = "panel"
quorum = ["police", "mental health"]
panel_every_days = 14

[working.review_hours]
very_high = 48
high = 168
medium = 720
low = 1440

[[working.measures.high]]
suggests = "Have her advocate call every week."
strand = "victim_safety"
class = "monitoring"

[[partners]]
code = "eastmarsh-police"
name = "Eastmarsh Police"
kind = "police"
hosts = true

[[catchments]]
code = "E06000099"
name = "Saltings"
"""


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what types a command and answers with its exit code and what it said."""
    stopped = settings.FOURFOLD.model_copy(update={"app_clock": NOW.isoformat()})
    monkeypatch.setattr(settings, "FOURFOLD", stopped)

    def command(*words: object) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["sites", *map(str, words)])
        return done.exit_code, done.output

    return command


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a fourth site."""
    path = tmp_path / "eastmarsh.toml"
    path.write_text(FOURTH, encoding="utf-8")
    return path


def test_a_file_is_checked_without_a_database_and_read_back_in_words(typed: Any, file: Path) -> None:
    code, said = typed("check", file)
    assert code == 0
    assert "eastmarsh.toml can be used: Eastmarsh (eastmarsh), live from 2027-03-01" in said
    assert "The panel meets: every 2 weeks" in said
    assert "high: Have her advocate call every week" in said


def test_a_wrong_file_names_every_line_to_mend_and_ends_with_two(typed: Any, file: Path) -> None:
    file.write_text(FOURTH.replace('"mental health"', '"dentist"').replace("E06000099", "Saltings"), encoding="utf-8")
    code, said = typed("check", file)
    assert code == 2
    assert "working.quorum names “dentist”; use only: police, mental health, outreach, advocacy" in said
    assert "catchments 1.code is “Saltings”; write the ONS code" in said


def test_a_dry_run_founds_nothing_and_the_next_run_does(typed: Any, file: Path, cast: Cast) -> None:
    code, said = typed("found", file, "--dry-run")
    assert (code, "would be founded" in said, "Nothing was stored" in said) == (0, True, True)
    assert not Site.objects.filter(code="eastmarsh").exists()
    code, said = typed("found", file)
    assert (code, "is founded, live from 2027-03-01" in said) == (0, True)
    assert queries.working("eastmarsh", queries.site("eastmarsh").live_on).quorum == ("police", "mental health")
    assert typed("found", file)[0] == 2, "founded once"


def test_who_may_not_found_a_site_is_told_so(typed: Any, file: Path, cast: Cast) -> None:
    give_account(cast, "coordinator", "a long enough invented password", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    assert typed("found", file, "--as", "coordinator@demo.invalid")[0] == 3
    assert typed("found", file, "--as", "nobody@demo.invalid")[0] == 2
    assert not Site.objects.filter(code="eastmarsh").exists()


def test_a_change_is_tried_and_then_made(typed: Any, file: Path, cast: Cast) -> None:
    code, said = typed("change", "northmoor", file, "--from", "2027-01-01", "--dry-run")
    assert code == 0
    assert "The panel meets: every week → every 2 weeks" in said
    assert Working.objects.filter(site="northmoor").count() == 1
    assert typed("change", "northmoor", file, "--from", "2027-01-01")[0] == 0
    assert Working.objects.filter(site="northmoor").count() == 2
    assert typed("change", "northmoor", file, "--from", "2026-01-01")[0] == 2, "the past stays as it was"
    assert typed("change", "atlantis", file, "--from", "2027-01-01")[0] == 2


def as_set(spec: SiteSpec) -> SiteSpec:
    """Return a description with its partners and areas in the order of their codes."""
    by_code: Any = {
        name: tuple(sorted(getattr(spec, name), key=lambda each: each.code)) for name in ("partners", "catchments")
    }
    return replace(spec, **by_code)


def test_a_site_is_shown_listed_and_written_as_the_file_it_came_from(typed: Any, tmp_path: Path, cast: Cast) -> None:
    path = tmp_path / "hampshire.toml"
    path.write_text(toml_of(shipped_site("hampshire")), encoding="utf-8")
    assert typed("found", path)[0] == 0
    again = tmp_path / "again.toml"
    again.write_text(typed("export", "hampshire")[1], encoding="utf-8")
    assert as_set(read_site(again)) == as_set(shipped_site("hampshire"))
    assert "Direct work only with people who live in the area: yes" in typed("show", "hampshire")[1]
    assert "4 of 4 areas live" in typed("list")[1]
