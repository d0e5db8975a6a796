"""What an expression mentions, read off its text: items, variables, and whether its brackets close.

This is done with the eyes only. Nothing out of a file is run while it is read.
"""

import re
from collections.abc import Iterable

_LINK = re.compile(r"""linkId\s*(?:=|~)\s*(['"])((?:[^'"\\]|\\.){1,255})\1""")
_LINKS = re.compile(r"linkId\s+in\s*\(([^()]{1,4000})\)")
_WORD = re.compile(r"\w+|[^\w\s]")
_QUOTED = re.compile(r"'((?:[^'\\]|\\.){1,255})'")
_VARIABLE = re.compile(r"%`?([A-Za-z_][A-Za-z0-9_-]*)`?")
_STRING = re.compile(r"'(?:[^'\\]++|\\.)*+'|/\*.*?\*/|//[^\n]*", re.DOTALL)

RESERVED = frozenset({
    "resource", "rootResource", "context", "questionnaire", "qitem", "ucum", "sct", "loinc", "terminologies", "factory",
})  # fmt: skip
"""Names that FHIRPath and the guide for data capture give a meaning of their own."""

LONGEST_EXPRESSION = 20_000
MOST_WORDS = 6_000
"""Characters and words of one expression. A sum over two hundred questions has some 4,500 words."""

_PAIRS = {")": "(", "]": "[", "}": "{"}


def link_ids(text: str) -> tuple[str, ...]:
    """Return the linkIds that an expression names, each once, in its order."""
    found = [match.group(2) for match in _LINK.finditer(text)]
    for group in _LINKS.finditer(text):
        found += _QUOTED.findall(group.group(1))
    return tuple(dict.fromkeys(each.replace("\\'", "'").replace('\\"', '"') for each in found))


def variables(text: str) -> tuple[str, ...]:
    """Return the names with a % before them, each once, without those that are reserved."""
    found = _VARIABLE.findall(_STRING.sub("''", text))
    kept = (name for name in found if name not in RESERVED and not name.startswith(("vs-", "ext-")))
    return tuple(dict.fromkeys(kept))


def why_broken(text: str) -> str | None:
    """Return why an expression cannot be one (a bracket or a quote that does not close), or None. Whether it can be
    computed shows only when it is."""
    if len(text) > LONGEST_EXPRESSION:
        return f"It is longer than {LONGEST_EXPRESSION:,} characters."
    if sum(1 for _ in _WORD.finditer(text)) > MOST_WORDS:
        return f"It has more than {MOST_WORDS:,} words."
    rest = _STRING.sub("''", text)
    if rest.replace("''", "").count("'"):
        return "A quotation mark does not close."
    opened: list[str] = []
    for sign in rest:
        if sign in "([{":
            opened.append(sign)
        elif sign in ")]}" and (not opened or opened.pop() != _PAIRS[sign]):
            return f"A “{sign}” closes what was not opened."
    return f"A “{opened[-1]}” is not closed." if opened else None


def reached(start: Iterable[str], named: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return every name that can be reached from these names, themselves included."""
    found = dict.fromkeys(start)
    waiting = list(found)
    while waiting:
        for name in named.get(waiting.pop(), ()):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return tuple(found)
