"""Which behaviours and dangers are mentioned in the words, and where."""

from __future__ import annotations

import re

from fourfold.intake.rules.words import BEHAVIOURS, DANGERS, compiled
from fourfold.intake.terms import Behaviour, DangerSign, Mentioned

_BEHAVIOURS = {behaviour: compiled(patterns) for behaviour, patterns in BEHAVIOURS.items()}
_DANGERS = {sign: compiled(patterns) for sign, patterns in DANGERS.items()}

MOST_READ = 50_000

_CLAUSE = re.compile(r"[.;:!?,\n]|\b(?:but|then|and then|however|although)\b", re.IGNORECASE)
_NEGATES = re.compile(r"\b(?:no|not|never|without|neither|nor|denie[sd]|deny|denying|none)\b|n['’]t\b", re.IGNORECASE)
#: After a "not" these say that the thing did happen, or that nobody knows: unknown is never no.
_AFFIRMS = re.compile(
    r"\b(?:stop\w*|ceas\w+|only|just|quit\w*|leav\w+|give up|gave up|know\w*|knew|sure|whether|if|certain|rule out|doubt\w*)\b",
    re.IGNORECASE,
)
_NONE_AFTER = re.compile(r"\s*(?:[:=-]\s*|used\s*[:=?-]\s*)(?:no|none|nil|n/a)\b", re.IGNORECASE)
_NEGATION_REACHES = 4


def mentioned(words: str) -> tuple[Mentioned, ...]:
    """Return every behaviour and danger sign mentioned in the words, in the order in which they stand.

    What is plainly denied ("no weapon", "did not follow her") is left out; "did not stop following" and "do not know
    if he has a knife" are not denials. At most the first 50,000 characters are read.
    """
    text = words[:MOST_READ]
    found = [
        Mentioned(match.start(), match.end(), behaviour=behaviour)
        for behaviour, pattern in _BEHAVIOURS.items()
        for match in pattern.finditer(text)
        if not _is_denied(text, match)
    ]
    found += [
        Mentioned(match.start(), match.end(), sign=sign)
        for sign, pattern in _DANGERS.items()
        for match in pattern.finditer(text)
        if not _is_denied(text, match)
    ]
    return tuple(sorted(found, key=lambda one: (one.start, -one.end, one.name)))


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """Say whether the clause before the words denies them within four words, or a "none" follows them."""
    if _NONE_AFTER.match(text, match.end()):
        return True
    clause = _CLAUSE.split(text[max(0, match.start() - 60) : match.start()])[-1]
    negations = list(_NEGATES.finditer(clause))
    if not negations:
        return False
    between = clause[negations[-1].end() :]
    return len(between.split()) < _NEGATION_REACHES and not _AFFIRMS.search(between)


def behaviours_in(mentions: tuple[Mentioned, ...]) -> tuple[Behaviour, ...]:
    """Return the behaviours mentioned, each once, in the order of the Act."""
    found = {one.behaviour for one in mentions}
    return tuple(behaviour for behaviour in Behaviour if behaviour in found)


def signs_in(mentions: tuple[Mentioned, ...]) -> tuple[DangerSign, ...]:
    """Return the danger signs mentioned, each once, the most pressing first."""
    found = {one.sign for one in mentions}
    return tuple(sign for sign in DangerSign if sign in found)
