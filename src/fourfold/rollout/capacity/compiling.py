"""Compile the engine where the machine can, keep what was compiled, and say so where it cannot."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fourfold.stats.inputs import FloatArray

IntArray = NDArray[np.int64]

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
    """Return a function compiled for whoever calls it in compiled code; as it is, with a warning said once, where that cannot be."""
    numba = _numba()
    return function if numba is None else numba.njit(**_how())(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function compiled into each that calls it: for what is small, or is called from one place on each event."""
    numba = _numba()
    return function if numba is None else numba.njit(forceinline=True, **_how())(function)


def entered(function: Callable[..., None]) -> Callable[..., None]:
    """Return what Python calls: a function of arrays, in turn of floats and of integers, which gets them as bare addresses.

    An array in compiled code is seven values, counted and looked at on each use; two addresses cost a third as much time, and are
    compiled in a quarter of it. Nothing tells them where they end: what is written where is `layout`'s.
    """
    numba = _numba()
    if numba is None:
        return function

    @cache
    def address() -> Any:
        pair = (numba.types.CPointer(numba.float64), numba.types.CPointer(numba.int64))
        takes = pair * (len(signature(function).parameters) // 2)
        return numba.cfunc(numba.void(*takes), **_how())(function).ctypes

    def enter(*arrays: FloatArray | IntArray) -> None:
        starts = address()
        starts(*(each.ctypes.data_as(kind) for each, kind in zip(arrays, starts.argtypes, strict=True)))

    return enter


def _numba() -> Any:
    try:
        import numba
    except ImportError:
        _say(NOT_COMPILED)
        return None
    return numba


def _how() -> dict[str, Any]:
    """Return how it is compiled, and whether it is kept."""
    if (folder := _folder()) is None:
        _say(NOT_KEPT)
        return {"error_model": "numpy"}
    _numba().config.CACHE_DIR = folder
    return {"error_model": "numpy", "cache": True}


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
