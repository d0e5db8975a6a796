"""The API at the moment of the cast, reached through the same sign-in as the pages."""

from __future__ import annotations

import pytest

from tests.cast import NOW
from tests.web.conftest import signed_in

__all__ = ["signed_in"]


@pytest.fixture(autouse=True)
def _at_this_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doors live an hour after the cast was hired."""
    from django.conf import settings

    clock = NOW.replace(hour=NOW.hour + 1).isoformat()
    monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"app_clock": clock}))
