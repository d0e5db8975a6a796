"""The Jinja2 environment of the pages."""

from __future__ import annotations

from jinja2 import Environment


def environment(**options: object) -> Environment:
    """Return the environment in which the pages are rendered."""
    return Environment(autoescape=True)
