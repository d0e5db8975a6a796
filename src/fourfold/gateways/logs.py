"""Lines for whoever runs an installation: one JSON object a line, with what happened and never with anybody's words.

A line is made of what is listed here. The message of a fault, what was formatted into a sentence, an address and the values
in a traceback stay out: each may hold a name, a number or what somebody searched for. Where a fault arose says as much.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from itertools import islice
from types import TracebackType
from typing import Any
from uuid import UUID

#: What a line may say beside time, level and event. A value is a number, or a code of ours as `CODE` has it.
FACTS = (
    *("request", "route", "method", "status", "ms", "statements", "who"),
    *("command", "code", "work", "severity", "entry", "rule", "count"),
)
CODE = re.compile(r"[a-z0-9_.:#+ -]{1,80}|[A-Z]{3,7}")
#: Our own loggers write constants; what a library formats into its sentences nobody has looked through.
OURS = "fourfold"
SECURITY = logging.getLogger("fourfold.security")
FRAMES = 8
#: Which request a line belongs to: a number of its own, that is nowhere else.
_request: ContextVar[str] = ContextVar("logs_request", default="")
Fault = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class Lines(logging.Formatter):
    """Writes a record as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a JSON object of what may be said of it."""
        ours = record.name.split(".")[0] == OURS
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": str(record.msg) if ours else record.name,
            "from": f"{record.module}:{record.lineno}",
        }
        facts = {"request": _request.get()} | (getattr(record, "facts", {}) if ours else {})
        line |= {name: plain(facts[name]) for name in FACTS if facts.get(name) not in (None, "")}
        given = record.args if ours and isinstance(record.args, tuple) else ()
        if about := [str(each) for each in given if isinstance(each, UUID | int)]:
            line["about"] = about
        if record.exc_info:
            line |= of_fault(record.exc_info)
        return json.dumps(line, ensure_ascii=True)


def plain(value: object) -> object:
    """Return a number as it is and a code of ours; anything else is no fact."""
    if isinstance(value, int | float):
        return value
    return value if isinstance(value, str) and CODE.fullmatch(value) else "unreadable"


def of_fault(fault: Fault) -> dict[str, Any]:
    """Return of a fault its kind, those from which it came, and the lines of the program that it passed; no message."""
    kinds: list[str] = []
    cause = fault[1]
    while cause is not None and len(kinds) < FRAMES:
        kinds.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        cause = cause.__cause__ or cause.__context__
    frames = list(traceback.walk_tb(fault[2]))
    passed = [f"{frame.f_globals.get('__name__', '')}.{frame.f_code.co_name}:{line}" for frame, line in frames]
    return {"fault": kinds, "at": list(islice(reversed(passed), FRAMES))}


def begin_request() -> str:
    """Give whatever is written from here on the number of a new request, and return it."""
    number = secrets.token_hex(8)
    _request.set(number)
    return number


def end_request() -> None:
    """Let what is written from here on belong to no request."""
    _request.set("")


def say(event: str, *, to: logging.Logger | None = None, level: int = logging.INFO, **facts: object) -> None:
    """Write a line of our own; `event` is a constant."""
    (to or logging.getLogger(OURS)).log(level, event, extra={"facts": facts}, stacklevel=2)
