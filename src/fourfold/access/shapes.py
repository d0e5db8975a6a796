"""The shape of what asks, by which a kept statement is found: a page asks for some fifty lists, all of one asker."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any


def known_as(make: Callable[[Any], Any]) -> Callable[[Any], Callable[[], Any]]:
    """Return what finds for somebody the one thing, known by itself, that gives what `make` leaves of all who are alike."""
    shapes: Callable[[Any], Callable[[], Any]] = lru_cache(maxsize=256)(lambda shape: lambda: shape)
    last: tuple[Any, Callable[[], Any]] = None, lambda: None

    def shape_of(one: Any) -> Callable[[], Any]:
        nonlocal last
        whose, shape = last
        if whose is not one:  # not looked for where the same asks again
            shape = shapes(make(one))
            last = one, shape
        return shape

    return shape_of
