"""What a form asks, said once on the draft that it fills: how long, between which bounds, and how to mend it.

A `@draft` in a slice's `terms.py` is a frozen dataclass. Each of its fields is read by its type; `asked` adds the limits
and the message, so that every door reads the same ones. Nothing here knows of pages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, dataclass_transform, get_args, get_origin, get_type_hints
from uuid import UUID

from fourfold.words import Word

Draft = TypeVar("Draft")
#: Characters of a text without a limit of its own.
LONGEST = 20_000
LARGEST = 100_000


class Unfit(ValueError):
    """What was sent cannot be taken so; `field` names where it is mended, the message how.

    `problems` holds every field and message, where there are several.
    """

    def __init__(self, field: str, message: str, *more: tuple[str, str]):
        self.field = field
        self.problems = ((field, message), *more)
        super().__init__(message)

    @classmethod
    def refuse(cls, why: tuple[str, str] | None) -> None:
        """Raise it where a rule gave a field and a reason; None lets pass."""
        if why is not None:
            raise cls(*why)


class Kind(Enum):
    """How a field is read."""

    TEXT, CHOICE, CHECK, ANSWER, NUMBER, DAY, MOMENT, IDENTIFIER, SEVERAL = range(9)


@dataclass(frozen=True)
class Limits:
    """What a field may hold. `typed_in` is its name in the form, where that is not the draft's."""

    missing: Word = Word("")  # noqa: RUF009 -- a text, and cannot change
    longest: int = LONGEST
    least: int = 0
    most: int = LARGEST
    ahead: bool = False
    typed_in: str = ""


@dataclass(frozen=True)
class Asked:
    """One field of a draft, as a door reads it. `options` is the type of each answer of a choice or of several."""

    name: str
    typed_in: str
    kind: Kind
    options: Callable[[str], Any]
    limits: Limits
    default: Any


def asked(
    missing: str = "",
    *,
    longest: int = LONGEST,
    least: int = 0,
    most: int = LARGEST,
    ahead: bool = False,
    typed_in: str = "",
    default: Any = MISSING,
) -> Any:
    """Declare a field of a draft with its limits: `reason: str = asked(missing="Give the reason", longest=300)`.

    `missing` is what is said where nothing was filled in; without it a text may be empty, and a field of any other type
    needs `| None` or a default. A truth is a check box, and with a message (or `| None`) asked as yes or no. `least` and `most` bound a number; `ahead` lets a moment without a time lie later today.
    """
    limits = Limits(Word(missing), longest, least, most, ahead, typed_in)
    return field(default=default, metadata={"asked": limits})


@dataclass_transform(frozen_default=True, field_specifiers=(asked,))
def draft(declared: type[Draft]) -> type[Draft]:
    """Make a class a draft. Raises TypeError naming a field that no form can fill, when its module is read."""
    made = dataclass(frozen=True)(declared)
    asked_by(made)  # type: ignore[arg-type]
    return made


@lru_cache(maxsize=512)
def asked_by(declared: type[Any]) -> tuple[Asked, ...]:
    """Return what a draft asks, in its order. Raises TypeError naming a field that nothing can fill."""
    types = get_type_hints(declared)
    return tuple(_asked(declared, each, types[each.name]) for each in fields(declared) if each.init)


def _asked(owner: type, each: Any, declared: Any) -> Asked:
    limits = each.metadata.get("asked", Limits())
    parts = [part for part in get_args(declared) if part is not NoneType]
    union = get_origin(declared) in (Union, UnionType)
    may_be_empty = union and NoneType in get_args(declared)
    kind, options = _kind(parts[0] if union and len(parts) == 1 else declared, answered=may_be_empty or limits.missing)
    if kind is None:
        raise TypeError(f"{owner.__name__}.{each.name}: no form can fill {declared}")
    default = each.default_factory() if each.default_factory is not MISSING else each.default
    if default is MISSING:
        default = None if may_be_empty else get_origin(declared)() if kind is Kind.SEVERAL else _EMPTY.get(kind)
        if default is None and not may_be_empty and not limits.missing:
            raise TypeError(f"{owner.__name__}.{each.name}: say what is missing, or that it may be empty (| None)")
    return Asked(each.name, limits.typed_in or each.name, kind, options, limits, default)


#: What stands where a field that may be empty was left so.
_EMPTY: dict[Kind, Any] = {Kind.TEXT: "", Kind.CHECK: False}
_KINDS: tuple[tuple[type, Kind], ...] = (
    (Enum, Kind.CHOICE),  # before text and number: ours are both
    (int, Kind.NUMBER),
    (datetime, Kind.MOMENT),  # before day: a moment is one
    (date, Kind.DAY),
    (UUID, Kind.IDENTIFIER),
    (str, Kind.TEXT),
)


def _kind(declared: Any, *, answered: object) -> tuple[Kind | None, Callable[[str], Any]]:
    """Return how a type is read, and the type of its answers; a truth that has to be answered is asked as yes or no."""
    if get_origin(declared) in (tuple, frozenset):
        return Kind.SEVERAL, get_args(declared)[0]
    if not isinstance(declared, type):
        return None, str
    if declared is bool:
        return (Kind.ANSWER if answered else Kind.CHECK), bool
    return next((kind for known, kind in _KINDS if issubclass(declared, known)), None), declared
