"""A mapping written down as TOML, with what is in doubt above it."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_of(document: dict[str, Any], doubts: Iterable[str] = ()) -> str:
    """Return a mapping's document as TOML; each doubt is a comment at the top, to be read and taken out."""
    comments = [f"# ? {doubt}" for doubt in doubts]
    return "\n".join([*comments, *([""] if comments else []), *_table(document, ())]).rstrip() + "\n"


def _table(table: dict[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _is_table(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        if isinstance(value, dict):
            yield from ("", f"[{_path((*path, key))}]")
            yield from _table(value, (*path, key))
        elif _is_table(value):
            for each in value:
                yield from ("", f"[[{_path((*path, key))}]]")
                yield from _table(each, (*path, key))


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _path(path: tuple[str, ...]) -> str:
    return ".".join(map(_key, path))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"[{', '.join(map(_value, value))}]" if isinstance(value, list) else _text(value)


def _text(value: str) -> str:
    """Return a basic string; JSON writes every character in a way that TOML reads, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
