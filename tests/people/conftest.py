"""A victim's file for the tests of people."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.people.builders import File, file_of


@pytest.fixture
def hers(cast: Cast) -> File:
    """A victim with a telephone of her own, whose advocate is `cast.advocate`."""
    return file_of(cast)
