"""Sites and partners are named on pages, never shown by their codes."""

from __future__ import annotations

from typing import Any

import pytest

from fourfold.programme import queries
from fourfold.programme.models import Partner, Site
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def nothing_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has just begun."""
    monkeypatch.setattr(queries, "_names", {})
    Site.objects.create(code="cheshire", name="Cheshire", force_code="E23000006", live_on=NOW.date())
    Partner.objects.create(code="cheshire-nhs", name="Cheshire NHS trust", kind="nhs")


def test_a_code_is_said_by_its_name_and_read_once(nothing_read: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert [queries.name_of(code) for code in ("cheshire", "cheshire-nhs", "cheshire")] == [
            "Cheshire", "Cheshire NHS trust", "Cheshire",
        ]  # fmt: skip


def test_a_partner_that_joined_since_is_known_when_it_is_met(nothing_read: None) -> None:
    assert queries.name_of("cheshire") == "Cheshire"
    Partner.objects.create(code="refuge-north", name="Refuge of the North", kind="advocacy")
    assert queries.name_of("refuge-north") == "Refuge of the North"


def test_a_code_that_nobody_named_is_at_least_written_as_a_name(nothing_read: None) -> None:
    assert queries.name_of("old-unit") == "Old Unit"
