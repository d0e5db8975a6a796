"""Which behaviours and dangers are mentioned in the words, where, and in which manner each is said.

Transparent on purpose: every rule is a line that a practitioner can read aloud, and every finding names its very words.
Nothing is decided by it: it proposes, a person confirms or rejects.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache

from fourfold.intake.rules.word_patterns import BEHAVIOURS, DANGERS, Finder, plain
from fourfold.intake.terms import Behaviour, DangerSign, Manner, Mentioned
from fourfold.words import Word, sentence


@cache
def _finder() -> Finder[Behaviour | DangerSign]:
    """Make the patterns when a text is first read: a tenth of a second, for which nothing else should wait."""
    return Finder((*BEHAVIOURS.items(), *DANGERS.items()))


MOST_READ = 50_000
#: Texts of at most so many characters are remembered, so many of them: clerks write one sentence of a thousand thefts.
SHORT, REMEMBERED = 500, 8_192

_CLAUSE = re.compile(r"[.;:!?,\n]|\b(?:but|then|and then|however|although)\b", re.IGNORECASE)
_STATEMENT = re.compile(r"[.;:!?,\n]|\bbut\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?\n]")
_NEGATES = re.compile(r"\b(?:no|not|never|without|neither|nor|none)\b|n['’]t\b", re.IGNORECASE)
#: After a "not" these say that the thing did happen, or that nobody knows: unknown is never no.
_AFFIRMS = re.compile(
    r"\b(?:stop\w*|ceas\w+|only|just|quit\w*|leav\w+|give up|gave up|know\w*|knew|sure|whether|if|certain|rule out|doubt\w*)\b",
    re.IGNORECASE,
)
_NONE_AFTER = re.compile(r"\s*(?:[:=-]\s*|used\s*[:=?-]\s*)(?:no|none|nil|n/a)\b", re.IGNORECASE)
_NEGATION_REACHES = 4

_TELLER = r"(?:i|we|(?:the )?(?:victim|ip|aggrieved|injured party|informant|complainant|caller))"
_DENIES = re.compile(r"\b(?:den(?:y|ies|ied|ying)|disput(?:e|es|ed|ing)|refut(?:e|es|ed|ing))\b", re.IGNORECASE)
_TELLER_DENIES = re.compile(rf"\b{_TELLER} (?:\w+ )?(?:den(?:y|ies|ied))\b", re.IGNORECASE)
_IS_DENIED = re.compile(r"(?:\s+\w+){0,4}\s+(?:is|was|are|were) (?:denied|disputed)\b", re.IGNORECASE)
_DENIAL_REACHES = 8

_WITNESS = (
    r"(?:neighbours?|friends?|mates?|mother|father|mum|dad|parents|sisters?|brothers?|colleagues?|managers?|boss|daughters?|"
    r"sons?|witness(?:es)?|teachers?|landlord|passer-?by|someone|somebody|people|a (?:man|woman)|children)"
)
_SAYS = (
    r"(?:says?|said|states?|stated|reports?|reported|tells?|told|believes?|thinks?|claims?|claimed|alleges?|alleged|"
    r"mention(?:s|ed)|saw|sees|seen|heard|noticed|warned)"
)
_REPORTS = re.compile(
    rf"\b{_WITNESS} (?:(?:also|has|have|had|then|since|later|next door|at work) )*{_SAYS}\b"
    r"|\b(?:according to|(?:was|were|been) told|(?:have|has|had) heard|it is said|hearsay|apparently|allegedly)\b",
    re.IGNORECASE,
)

_FEARS = re.compile(
    r"\b(?:fears?|feared|fearful|afraid|frightened|scared|terrified|worr(?:y|ies|ied)|concerned|in case|if|whether)\b",
    re.IGNORECASE,
)
_FEAR_REACHES = 6
#: With these between, the fear or the future is about something that has happened: "scared because he follows her".
_HAPPENED = re.compile(r"\b(?:because|as|since|after|when|stop\w*|ceas\w+|keep\w*|kept|continu\w+)\b", re.IGNORECASE)
#: In small letters, for May is a month and Will a name; "he would wait outside" tells of a habit and is left alone.
_MAY = re.compile(
    r"\b(?:may|might|could|will|['’]ll|going to|gonna|(?:wants?|plans?|intends?|hopes?) to)(?: (?:have|be|been|also|even))*\s+(?:\w+ )?$"
)

_OTHERS = rf"(?:{_TELLER}|(?:the )?(?:police|officers?|call handler|advocate)|(?:pc|dc|ps|ds|pcso) \w+)"
_BY_OTHERS = re.compile(
    rf"^\W*(?:(?:and|so|when|after|today|yesterday|later|again|also) )*{_OTHERS} "
    r"(?P<helped>(?:(?:\w+ly|has|have|had|also|again|then|later|was|were|am|is|are|been|being|did|"
    r"kept|keeps|tried to|decided to|went to|to) )*)$",
    re.IGNORECASE,
)
_IS_DONE_TO = re.compile(r"\b(?:was|were|am|is|are|been|being)\b", re.IGNORECASE)
_BY_HIM = re.compile(r"(?:\s+\w+){0,4}?\s+by\s+(?!(?:phone|text|e-?mail|letter|post|letters|texts)\b)", re.IGNORECASE)

_QUOTED = re.compile(
    r"[\"“](?P<double>[^\"“”\n]{1,600})[\"”]"
    r"|(?<!\w)[‘'](?P<single>(?:[^'‘’\n]|(?<=\w)['’](?=\w)){2,600})[’'](?!\w)"
)


def mentioned(words: str) -> tuple[Mentioned, ...]:
    """Return every behaviour and danger sign mentioned in the words, in the order in which they stand.

    What is plainly denied ("no weapon", "did not follow her") is left out; "did not stop following" and "do not know
    if he has a knife" are not denials, and what the subject denies is in dispute, not gone. `manner` says how each is
    said: as a fact, in quotation marks, by somebody else, in dispute, as a fear, or of what the victim or the police did. At
    most the first 50,000 characters are read.
    """
    text = words[:MOST_READ]
    quotes = _quotes(text)
    found = (_mentioned(text, match, quotes, what) for what, match in _told(text))
    return tuple(sorted(found, key=lambda one: (one.start, -one.end, one.name)))


def heard_in(words: str) -> tuple[tuple[Behaviour, ...], tuple[DangerSign, ...]]:
    """Return the behaviours and the danger signs that `mentioned` finds, each once and in order, in whatever manner."""
    return _heard(words) if len(words) <= SHORT else _heard.__wrapped__(words[:MOST_READ])


@lru_cache(maxsize=REMEMBERED)
def _heard(text: str) -> tuple[tuple[Behaviour, ...], tuple[DangerSign, ...]]:
    return _in_order({what for what, _ in _told(text)})


def proposed_and_signs(words: str) -> tuple[tuple[Behaviour, ...], tuple[DangerSign, ...]]:
    """Return what `proposed_in` finds in what is `mentioned`, and its danger signs; in what other manner it is said is not asked."""
    return _proposed(words) if len(words) <= SHORT else _proposed.__wrapped__(words[:MOST_READ])


@lru_cache(maxsize=REMEMBERED)
def _proposed(text: str) -> tuple[tuple[Behaviour, ...], tuple[DangerSign, ...]]:
    quotes = _quotes(text)
    return _in_order({what for what, at in _told(text) if what in _SIGNS or not _unproposed(text, at, quotes, what)})


def _in_order(heard: set[Behaviour | DangerSign]) -> tuple[tuple[Behaviour, ...], tuple[DangerSign, ...]]:
    found = sorted(heard, key=_PLACE.__getitem__)
    behaviours = tuple(one for one in found if isinstance(one, Behaviour))
    return behaviours, tuple(one for one in found if isinstance(one, DangerSign))


_SIGNS = frozenset(DangerSign)
_PLACE = {one: place for place, one in enumerate((*Behaviour, *DangerSign))}


def _told(text: str) -> Iterator[tuple[Behaviour | DangerSign, re.Match[str]]]:
    """Yield what the words mention and do not plainly deny; of one kind, nothing twice over the same words."""
    return ((what, match) for what, match in _finder().found(plain(text)) if not _is_denied(text, match))


def _mentioned(
    text: str, match: re.Match[str], quotes: list[tuple[int, int]], what: Behaviour | DangerSign
) -> Mentioned:
    manner = _manner(text, match, quotes, what)
    if isinstance(what, DangerSign):
        return Mentioned(match.start(), match.end(), sign=what, manner=manner)
    return Mentioned(match.start(), match.end(), behaviour=what, manner=manner)


def _is_denied(text: str, match: re.Match[str]) -> bool:
    """Return whether the clause before the words denies them within four words, or a "none" follows them."""
    if _NONE_AFTER.match(text, match.end()):
        return True
    clause = _clause_before(text, match)
    if _TELLER_DENIES.search(clause):
        return True
    negations = list(_NEGATES.finditer(clause))
    if not negations:
        return False
    between = clause[negations[-1].end() :]
    return len(between.split()) < _NEGATION_REACHES and not _AFFIRMS.search(between)


def _manner(text: str, match: re.Match[str], quotes: list[tuple[int, int]], what: Behaviour | DangerSign) -> Manner:
    """Return how the words are said; the first that fits of what speaks most against taking them as a fact."""
    if unproposed := _unproposed(text, match, quotes, what):
        return unproposed
    if _reaches(_DENIES, _clause_before(text, match), _DENIAL_REACHES) or _IS_DENIED.match(text, match.end()):
        return Manner.DISPUTED
    if _is_inside(quotes, match.start()):
        return Manner.QUOTED
    return Manner.REPORTED if _REPORTS.search(_sentence_before(text, match)) else Manner.TOLD


def _unproposed(
    text: str, match: re.Match[str], quotes: list[tuple[int, int]], what: Behaviour | DangerSign
) -> Manner | None:
    if what not in _SIGNS and not _is_inside(quotes, match.start()) and _is_of_others(text, match):
        return Manner.BY_OTHERS
    return Manner.FEARED if what is not Behaviour.THREATENS and _is_feared(_clause_before(text, match)) else None


def _clause_before(text: str, match: re.Match[str]) -> str:
    return _CLAUSE.split(text[max(0, match.start() - 60) : match.start()])[-1]


def _sentence_before(text: str, match: re.Match[str]) -> str:
    return _SENTENCE.split(text[max(0, match.start() - 120) : match.start()])[-1]


def _reaches(pattern: re.Pattern[str], clause: str, words: int) -> bool:
    """Return whether one of the pattern's words stands at most so many words before the end of the clause."""
    found = list(pattern.finditer(clause))
    return bool(found) and len(clause[found[-1].end() :].split()) < words


def _is_feared(clause: str) -> bool:
    """Return whether the words tell of what may happen or is asked about, not of what did."""
    fears = list(_FEARS.finditer(clause))
    if fears and len((between := clause[fears[-1].end() :]).split()) < _FEAR_REACHES:
        return not _HAPPENED.search(between)
    ahead = _MAY.search(clause)
    return ahead is not None and not _HAPPENED.search(ahead.group())


def _is_of_others(text: str, match: re.Match[str]) -> bool:
    """Return whether the victim, or the police, did it: "I texted my sister", but not "I was followed", "IP followed by him".

    In quotation marks nobody knows who says "I", so this is not asked there.
    """
    agent = _BY_OTHERS.match(_STATEMENT.split(text[max(0, match.start() - 60) : match.start()])[-1])
    if agent is None or _BY_HIM.match(text, match.end()):
        return False
    return not _IS_DONE_TO.search(agent["helped"]) or match.group().lower().endswith("ing")


def _quotes(text: str) -> list[tuple[int, int]]:
    return [quote.span() for quote in _QUOTED.finditer(text)]


def _is_inside(quotes: list[tuple[int, int]], place: int) -> bool:
    before = bisect_right(quotes, (place, len(quotes) and quotes[-1][1] + 1)) - 1
    return before >= 0 and quotes[before][0] <= place < quotes[before][1]


def behaviours_in(mentions: tuple[Mentioned, ...]) -> tuple[Behaviour, ...]:
    """Return the behaviours mentioned in whatever manner, each once, in the order of the Act."""
    found = {one.behaviour for one in mentions}
    return tuple(behaviour for behaviour in Behaviour if behaviour in found)


def proposed_in(mentions: tuple[Mentioned, ...]) -> tuple[Behaviour, ...]:
    """Return the behaviours of the subject that the words propose, each once, in the order of the Act.

    What the victim or the police did, and what is only feared or asked, is marked in the words and proposed to nobody.
    """
    return behaviours_in(tuple(one for one in mentions if one.proposes))


def words_beside_answer(weapon: bool | None, words: str) -> str:
    """Return, where the answer is that there was no weapon and the words mention one, both side by side; else nothing.

    Neither overrules the other in silence: whoever reads it asks. What the words say of a fear, or of what somebody else
    tells, is among it.
    """
    if weapon is not False:
        return Word("")
    said = dict.fromkeys(f"“{words[one.start : one.end]}”" for one in mentioned(words) if one.sign is DangerSign.WEAPON)
    return sentence("Answered: no weapon. The words say: {1}.", ", ".join(said)) if said else Word("")
