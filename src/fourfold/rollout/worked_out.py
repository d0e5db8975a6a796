"""What took long to work out, kept by what went into it: whoever asks again gets it at once, from any process of the server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from django.core.cache import caches

Found = TypeVar("Found")
KEPT_FOR = 30 * 24 * 3600
#: Hears how many steps are done, and of how many.
Told = Callable[[int, int], None]


@dataclass(frozen=True)
class ToWorkOut(Generic[Found]):
    """What is not known yet: the work, and what went into it. It reads no database, and may be done beside whoever asked."""

    inputs: tuple[object, ...]
    work: Callable[[Told], Found]

    @property
    def digest(self) -> str:
        return _key(self.inputs)

    def there(self) -> Found | None:
        """Return what somebody has worked out meanwhile."""
        known: Found | None = found(*self.inputs)
        return known

    def work_out(self, told: Told) -> Found:
        return keep(self.work(told), *self.inputs)


def sought(work: Callable[[Told], Found], *inputs: object) -> Found | ToWorkOut[Found]:
    """Return what was worked out for these inputs by this code, or how to do it."""
    there: Any = found(*inputs)
    return ToWorkOut(inputs, work) if there is None else there


def kept(work: Callable[[], Found], *inputs: object) -> Found:
    """Return what the work gives, worked out once for the same inputs and the same code; inputs say all that they are in words."""
    there: Any = found(*inputs)
    return keep(work(), *inputs) if there is None else there


def found(*inputs: object) -> Any:
    """Return what was worked out for these inputs by this code, or None."""
    return caches["worked_out"].get(_key(inputs))


def keep(what: Found, *inputs: object) -> Found:
    """Keep what was worked out for these inputs, and return it."""
    caches["worked_out"].set(_key(inputs), what, KEPT_FOR)
    return what


def _key(inputs: tuple[object, ...]) -> str:
    return hashlib.sha256("\n".join((_code(), *map(repr, inputs))).encode()).hexdigest()


@cache
def _code() -> str:
    """Return the hash of all that what is kept rests on: other code, or another table of facts, may find otherwise."""
    root = Path(__file__).parent.parent
    parts = (root / each for each in RESTS_ON)
    files = sorted(
        each for part in parts for each in ([part] if part.is_file() else part.rglob("*")) if each.suffix in _SUFFIXES
    )
    return hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()


#: What works something out, says it or writes it down; who may and what was given stand in the inputs.
RESTS_ON = (
    *("rollout", "stats", "evaluation/report", "evaluation/terms.py", "gateways/columns.py"),
    *("gateways/documents.py", "gateways/documents.typ", "programme", "words.py"),
)
_SUFFIXES = {".py", ".csv", ".typ", ".toml"}
