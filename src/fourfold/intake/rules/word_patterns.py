"""The words that tell of a behaviour or a danger, of `word_patterns.toml`: one list each, changed by practitioners.

They are for underlining and for the order of the desk's list. They say that a word stands there, never that it is
true, and never whether conduct is fixated, obsessive, unwanted or repeated. In a pattern a blank means any blanks.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Generic, TypeVar

from fourfold.intake.terms import Behaviour, DangerSign

_FILE = tomllib.loads(files("fourfold.intake.rules").joinpath("word_patterns.toml").read_text(encoding="utf-8"))


def _filled(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return patterns with what each word in capitals between braces stands for."""
    return tuple(re.sub(r"\{([A-Z]+)\}", lambda word: _FILE["spoken_of"][word[1]], each) for each in patterns)


BEHAVIOURS = {Behaviour(kind): _filled(patterns) for kind, patterns in _FILE["behaviours"].items()}
DANGERS = {DangerSign(kind): _filled(patterns) for kind, patterns in _FILE["dangers"].items()}


Kind = TypeVar("Kind")


class Finder(Generic[Kind]):
    """Finds the patterns of several kinds as whole words, over any blanks, in a text made `plain`.

    A text has some thirty words and three hundred patterns to be asked of each: so they are sorted by the letter that
    they can begin with, and a word is asked those of its own letter alone.
    """

    def __init__(self, kinds: Iterable[tuple[Kind, tuple[str, ...]]]) -> None:
        at: dict[str, dict[Kind, list[str]]] = defaultdict(lambda: defaultdict(list))
        for kind, patterns in kinds:
            for pattern in (each for whole in patterns for each in alternatives(whole)):
                for letter in first_letters(pattern):
                    at[letter][kind].append(pattern)
        self._begin = re.compile(rf"\b[{re.escape(''.join(sorted(at)))}]")
        self._any = {
            letter: _whole([each for patterns in by.values() for each in patterns]) for letter, by in at.items()
        }
        self._kinds = {
            letter: tuple((kind, _whole(patterns)) for kind, patterns in by.items()) for letter, by in at.items()
        }

    def found(self, text: str) -> Iterator[tuple[Kind, re.Match[str]]]:
        """Yield what is found, from left to right; of one kind, nothing twice over the same words."""
        behind: dict[Kind, int] = {}
        for begun in self._begin.finditer(text):
            place, letter = begun.start(), begun.group()
            if self._any[letter].match(text, place) is None:
                continue
            for kind, pattern in self._kinds[letter]:
                if place >= behind.get(kind, 0) and (match := pattern.match(text, place)) is not None:
                    behind[kind] = match.end()
                    yield kind, match


def _whole(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(patterns)})\b".replace(" ", r"(?:\s+)"))


def alternatives(pattern: str) -> list[str]:
    """Return what a pattern may be, of which each is one: it is taken apart where a bar stands outside all brackets."""
    found, depth = [""], 0
    for sign in re.findall(r"\\.|\[(?:\\.|[^\]])*\]|.", pattern, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "|" and not depth:
            found.append("")
        else:
            found[-1] += sign
    return found


def first_letters(pattern: str) -> frozenset[str]:
    """Return every letter that what a pattern finds may begin with. Raises ValueError where it may begin with any."""
    if pattern.startswith("(?:"):
        inside, after = _group(pattern)
        first = frozenset().union(*(first_letters(each) for each in alternatives(inside) if each))
        if after[:1] in ("?", "*"):
            return first | first_letters(after[1:])
        return first | first_letters(after) if "" in alternatives(inside) else first
    if pattern.startswith("(?"):  # what must stand around it, and has no length
        return first_letters(_group(pattern)[1])
    sign, after = pattern[:1], pattern[1:]
    if sign == "[":
        inside, _, after = pattern[1:].partition("]")
        if inside.startswith("^") or "\\" in inside or "-" in inside[1:-1]:
            raise ValueError(f"say with which letters it begins: {pattern!r}")
        first = frozenset(inside)
    elif sign.isalnum():
        first = frozenset(sign)
    else:
        raise ValueError(f"say with which letter it begins: {pattern!r}")
    return first | first_letters(after[1:]) if after[:1] in ("?", "*") else first


def _group(pattern: str) -> tuple[str, str]:
    """Return what stands in the group that a pattern begins with, without its mark, and what stands behind it."""
    depth = 0
    for sign in re.finditer(r"\\.|\[(?:\\.|[^\]])*\]|[()]", pattern):
        depth += {"(": 1, ")": -1}.get(sign.group(), 0)
        if not depth:
            return pattern[3 : sign.start()], pattern[sign.end() :]
    raise ValueError(f"a bracket is never closed: {pattern!r}")


#: The signs besides the plain letters that count as i, s or k where small and large letters are the same.
_LETTERS = str.maketrans("\u0130\u0131\u017f\u212a", "iisk")


def plain(text: str) -> str:
    """Return a text in small letters, sign by sign as long as before: what is found in it stands there in the text."""
    return text.lower() if text.isascii() else text.translate(_LETTERS).lower()
