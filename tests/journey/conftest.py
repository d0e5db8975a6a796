"""The journey as its readers meet it: through the same sign-in as the pages."""

from __future__ import annotations

from tests.web.conftest import signed_in

__all__ = ["signed_in"]
