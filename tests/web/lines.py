"""Everything that is written to logs while something is done, by whichever logger, as the one formatter writes it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from fourfold.gateways.logs import Lines

#: Those that keep their lines to themselves, beside the root.
APART = ("fourfold.security", "django.request", "axes", "notifications_python_client", "gunicorn.error")


@dataclass
class Written:
    """What was written so far."""

    text: io.StringIO = field(default_factory=io.StringIO)

    def lines(self, event: str = "") -> list[dict[str, Any]]:
        found = [json.loads(line) for line in self.text.getvalue().splitlines()]
        return [line for line in found if not event or line["event"] == event]


@contextmanager
def written() -> Iterator[Written]:
    """Yield what is written from here on, at every level."""
    into = Written()
    handler = logging.StreamHandler(into.text)
    handler.setFormatter(Lines())
    loggers = [logging.getLogger(name) for name in (None, "fourfold", *APART)]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
        if logger.name != "fourfold":
            logger.addHandler(handler)
    try:
        yield into
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
            logger.removeHandler(handler)
