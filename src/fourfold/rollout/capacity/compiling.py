"""Compile the engine where the machine can, keep what was compiled, and say so where it cannot."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

NOT_COMPILED = (
    "The engine of the capacity model cannot be compiled here, because numba is not installed. It runs as plain Python: "
    "the same numbers, some hundred times slower. Install numba to mend this."
)
NOT_KEPT = (
    "What is compiled for the capacity model cannot be kept, because no folder for it may be written to. It is compiled "
    "again each time, some ten seconds. Name a folder in NUMBA_CACHE_DIR to mend this."
)
#: What the compiled code is made of.
_COMPILED = ("layout", "chance", "heap", "engine", "roster", "compiling")
_said: set[str] = set()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled; as it is, with a warning said once, where that cannot be."""
    return _compiled(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a small function compiled into each that calls it: a call that passes arrays costs more than what it does."""
    return _compiled(function, forceinline=True)


def _compiled(function: Callable[..., Any], **how: Any) -> Callable[..., Any]:
    try:
        import numba
    except ImportError:
        _say(NOT_COMPILED)
        return function
    compiler: Any = numba.njit
    if (folder := _folder()) is None:
        _say(NOT_KEPT)
        return compiler(error_model="numpy", **how)(function)
    numba.config.CACHE_DIR = folder  # type: ignore[attr-defined]
    return compiler(cache=True, error_model="numpy", **how)(function)


@cache
def _folder() -> str | None:
    """Return where what is compiled is kept: one folder for each state of these files, for the offsets are compiled in.

    A function kept from before a change of the layout would write where something else stands now.
    """
    state = hashlib.sha256(
        b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    ).hexdigest()
    for parent in (os.environ.get("NUMBA_CACHE_DIR", ""), Path.home() / ".cache" / "fourfold", tempfile.gettempdir()):
        if not parent:
            continue
        try:
            folder = Path(parent) / f"capacity-{os.getuid()}-{state[:16]}"
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if folder.stat().st_uid != os.getuid():  # what lies there would be run: take it from nobody else
                continue
            with tempfile.TemporaryFile(dir=folder):
                return str(folder)
        except OSError:
            continue
    return None


def _say(what: str) -> None:
    if what not in _said:
        _said.add(what)
        log.warning(what)
