"""No licence that may not run with ours, and nothing on which we depend without knowing who keeps it."""

from __future__ import annotations

import tomllib
from datetime import date
from typing import Any

import pytest

from tools import dependencies
from tools.dependencies import Dependency


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    return tomllib.loads(dependencies.FACTS.read_text(encoding="utf-8"))


def one(**changed: str) -> Dependency:
    known = {
        "name": "django",
        "group": "run",
        "why": "w",
        "version": "5",
        "licence": "MIT",
        "released_on": "2026-01-01",
    }
    return Dependency(**{**known, "keeper": "k", "instead": "i", **changed})


def test_what_we_depend_on_now_is_not_refused_and_the_page_says_it(facts: dict[str, Any]) -> None:
    found = dependencies.dependencies(facts)
    assert len(found) > 40
    assert dependencies.refused(found, facts) == []
    assert dependencies.page(found, date.fromisoformat(facts["looked_up"]["on"])) == dependencies.PAGE.read_text()


@pytest.mark.parametrize("licence", ["GPL-3.0-only", "GNU General Public License v3 (GPLv3)", "AGPL-3.0", "GPLv2+"])
def test_a_gpl_licence_is_refused_where_it_would_run_with_ours(licence: str, facts: dict[str, Any]) -> None:
    sentences = dependencies.refused([one(licence=licence)], {"django": {"version": "5"}})
    assert any("django: its licence is" in sentence for sentence in sentences)


@pytest.mark.parametrize("licence", ["LGPL-3.0-only", "GNU Lesser General Public License v3 (LGPLv3)", "MIT"])
def test_a_library_that_may_be_imported_is_not(licence: str) -> None:
    assert dependencies.refused([one(licence=licence)], {"django": {"version": "5"}}) == []


def test_what_is_not_known_is_asked_for() -> None:
    for changed in ({"keeper": ""}, {"licence": ""}, {"version": "6"}):
        assert dependencies.refused([one(**changed)], {"django": {"version": "5"}})
    assert dependencies.refused([one()], {"django": {"version": "5"}, "gone": {}}) == [
        "gone: in tools/dependencies.toml, but no dependency of ours."
    ]


def test_two_years_without_a_release_are_named() -> None:
    assert "No release for two years: django." in dependencies.page([one(released_on="2024-01-01")], date(2026, 2, 1))
    assert "No release for two years: none." in dependencies.page([one()], date(2026, 2, 1))
