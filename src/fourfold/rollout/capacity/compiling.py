"""Compile the engine where the machine can, keep what was compiled, and say so where it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
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
_said: set[str] = set()


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function compiled; as it is, with a warning said once, where that cannot be."""
    return _compiled(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a small function compiled into each that calls it: a call that passes arrays costs more than what it does."""
    return _compiled(function)


def _compiled(function: Callable[..., Any], **how: bool) -> Callable[..., Any]:
    try:
        from numba import njit
    except ImportError:
        _say(NOT_COMPILED)
        return function
    try:
        return njit(cache=True, error_model="numpy", **how)(function)
    except RuntimeError:
        _say(NOT_KEPT)
        return njit(error_model="numpy", **how)(function)


def _say(what: str) -> None:
    if what not in _said:
        _said.add(what)
        log.warning(what)
