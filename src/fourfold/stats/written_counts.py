"""Counts and shares of people as somebody writes them: in figures, in words, as parts and as fractions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

#: Words after a number in a text that say that it counts people or acts; a row or a unit of a fit may be one person.
NOUNS = (
    "people|persons|cases|victims|subjects|events|acts|incidents|breaches|referrals|allegations|deaths|men|women|"
    "patients|participants|individuals|children|respondents|offenders|perpetrators|suspects|survivors|clusters|rows|"
    "males|females|girls|boys|complainants|stalkers|arrests"
)
#: Units are people or areas of a fit where the text says so ("3 treated units"); the units that do the work are no secret.
_UNITS = r"(?:un)?(?:treated|managed)\s+units?|(?:control|comparison)\s+units?"
_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WRITTEN = {word: value for value, word in enumerate((*_ONES, *_TEENS))} | {
    word: 10 * tens for tens, word in enumerate(_TENS, start=2)
}
_TIMES_OVER = {"dozen": 12, "hundred": 100, "thousand": 1000}
_DIGIT = "|".join(_ONES[1:])
_UNDER = rf"(?:{'|'.join(_TENS)})(?:[\s\-\u2010\u2011]+(?:{_DIGIT}))?|{'|'.join([*_TEENS, *(w for w in _ONES if w != 'one')])}"
_TEENS_AND_TENS = rf"{'|'.join(_TEENS)}|(?:{'|'.join(_TENS)})(?:[\s\-\u2010\u2011]+(?:{_DIGIT}))?"
_MORE = "hundred|thousand|dozen"
#: "Two hundred", "a hundred and three", "4 thousand five hundred", "two dozen".
_TIMES_MORE = rf"(?:\s+(?:{_MORE})\b(?:\s+(?:and\s+)?(?:{_UNDER}|one)\b)?)*"
_WORD = rf"(?:{_UNDER}|(?:an?|one)(?=\s+(?:{_MORE})\b)|{_MORE}){_TIMES_MORE}"
_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?"
_COUNTED = rf"(?:{_NUMBER}){_TIMES_MORE}|{_WORD}"
_ANY = rf"{_COUNTED}|one"
_FRACTIONS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}  # fmt: skip
_NOT_BEFORE = r"(?<![\w.,\u2010\u2011-])"
_TIMES = r"days?|weeks?|months?|quarters?|years?|hours?|minutes?|times"
#: What stands between a number and what it counts: "7 of the", "seven high-risk", never "28 days without" or "7 May".
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_BETWEEN = (
    r"(?:(?:out\s+)?of\s+(?:the|these|those|our|its|their|all)\s+)?(?:(?:very|most|newly|other|further|additional|more)\s+)?"
    rf"(?:(?!(?:{_TIMES}|{_MONTHS}|sites?|areas?|forces?|per|in|of|to|and|or|from|for|with|without|between|than|as|by|on|at|"
    r"is|are|was|were|points?)\b)[\w\u2019'-]+\s+)?"
)
_NO_TIME = rf"(?![.,]?\d|\s*%|[\s-]+(?:{_TIMES}|sites?|areas?|runs|draws|resamples|simulations)\b)"
_A_RATE = r"(?!\s*(?:per|in every)\b)"
#: "Seven (7) victims" is said as lawyers say it.
_AGAIN = rf"(?:\s*[(\[]\s*(?:{_COUNTED})\s*[)\]])?"
_COUNT = re.compile(rf"{_NOT_BEFORE}({_COUNTED}){_AGAIN}\s+{_BETWEEN}(?:{NOUNS}|{_UNITS})\b{_A_RATE}", re.IGNORECASE)
_AFTER_WORD = re.compile(rf"\b(?:n|{NOUNS}|at risk)\s*[=:]\s*({_COUNTED})(?![\w.]*\w){_NO_TIME}", re.IGNORECASE)
#: "Seven of them", "of whom three were threatened": people whom only the sentence before names.
_OF_THEM = re.compile(rf"{_NOT_BEFORE}({_COUNTED})\s+of\s+(?:them|whom)\b", re.IGNORECASE)
_BEFELL = re.compile(
    rf"{_NOT_BEFORE}({_COUNTED})\s+(?:others?\s+)?(?:(?:had|have|was|were|has)\s+)?(?:been\s+)?(?:threatened|assaulted|harmed|injured|"
    r"killed|died|arrested|reoffended|withdrew|managed|followed\s+up|lost\s+to\s+follow-up)\b",
    re.IGNORECASE,
)
#: "Victims (3)": the year of a source stands in brackets too.
_IN_BRACKETS = re.compile(rf"\b(?:{NOUNS})\s*\(\s*(?!(?:19|20)\d\d\b)({_COUNTED})\s*\)", re.IGNORECASE)
#: "Three (6%) withdrew consent", whoever they were.
_WITH_SHARE = re.compile(
    rf"{_NOT_BEFORE}((?:\d{{1,3}}(?:,\d{{3}})+|\d+|{_WORD}|one))\s*\(\s*(\d+(?:\.\d+)?)\s*(?:%|per\s?cent)\s*\)",
    re.IGNORECASE,
)
#: "All but three were reached": the few are told by those who are not among them.
_ALL_BUT = re.compile(
    rf"\b(?:all|every(?:body|one)?|each|nobody|no\s+one|none)(?:\s+[\w\u2019'-]+){{0,3}}\s+(?:but|except|save)\s+({_COUNTED}|one)\b{_NO_TIME}",
    re.IGNORECASE,
)
#: "3 of 40 were threatened", "3 of 40 (8%)"; alone only of ten or more, as "3 of 4" is a place on a scale.
_PART_ALONE = re.compile(
    rf"{_NOT_BEFORE}({_COUNTED}|one)\s+(?:out\s+)?of\s+(?:the\s+|all\s+|these\s+|those\s+)?(?:"
    rf"({_COUNTED})\s+(?:(?:who|that)\s+)?(?:were|was|had|have|has|did|died|withdrew|said|told|reported|agreed|refused|left|moved|"
    rf"stopped|dropped|threatened|reoffended)\b|(\d{{2,}}|{_TEENS_AND_TENS})(?=\s*(?:[.;,)]|\([\d.]+\s*%|$))(?![.,]\d))",
    re.IGNORECASE,
)
#: "Only five did not".
_ONLY = re.compile(rf"\bonly\s+({_COUNTED}|one)\s+(?:did|had|have|has|were|was)\b", re.IGNORECASE)
#: "A couple of victims", "both victims"; not "each pair of cases", "in both cases", "both victims and subjects".
_TWO = re.compile(
    rf"(?<!\beach )(?<!\bevery )(?<!\bany )\b(?:couple|pair)\s+of\s+(?:the\s+|these\s+|those\s+|our\s+|their\s+)?(?:[\w\u2019'-]+\s+)?"
    rf"(?:{NOUNS})\b|(?<!\bin )\bboth\s+(?:of\s+)?(?:the\s+|these\s+|those\s+)?(?:{NOUNS})\b(?!,?\s+(?:and|or)\b)",
    re.IGNORECASE,
)
#: "One victim" is how a case is defined; "only one victim" is a count, and so is the figure.
_ALONE = re.compile(
    r"\b(?:(?:only|just)\s+one|an?\s+single|(?<![\w.,-])1)\s+(?:\w+\s+)?(?:person|case|victim|subject|man|woman|child|patient|"
    r"participant)\b(?!\s*(?:per|in every))",
    re.IGNORECASE,
)
#: "A course of conduct is two acts", "signed by two people": a rule, whatever it counts.
_RULE_BEFORE = re.compile(
    r"\b(?:means|needs?|requires?|defined as|conduct (?:is|of)|"
    r"(?:signed|read|checked|agreed|judged|coded|reviewed|decided) by)\s+$",
    re.IGNORECASE,
)
#: "Section 7 cases", "level 3 cases", "in 2023 cases rose": which one it is, or when.
_NAMED_BEFORE = re.compile(
    r"\b(?:sections?|parts?|articles?|schedules?|tables?|figures?|levels?|class|chapters?|steps?|lines?|pages?|annex|versions?|"
    r"days?|weeks?|months?|quarters?|years?|numbers?|no\.|types?|tiers?|stages?|phases?|Act)\s+$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_WHEN_BEFORE = re.compile(
    r"\b(?:in|since|until|from|before|after|during|by|for|"
    rf"{_MONTHS})\s+$",
    re.IGNORECASE,
)
#: "At least two acts", "two acts or more": how a case is defined. Of people the same words would say how few there are.
_BOUND_BEFORE = re.compile(
    r"\b(?:at least|at most|(?:no |not )?(?:fewer|less) than|under|up to|the (?:first|second|last) of)\s+$",
    re.IGNORECASE,
)
_BOUND_AFTER = re.compile(r"\s+or\s+(?:more|fewer|less|over)\b", re.IGNORECASE)
_ACTS = re.compile(r"\b(?:events|acts|incidents|breaches|referrals|allegations|units?)$", re.IGNORECASE)
_THE = r"(?:the\s+|all\s+|these\s+|those\s+)?"
_PERCENT = rf"{_NOT_BEFORE}({_ANY})\s*(?:%|per\s?cent|percent)"
_SHARE_OF = re.compile(rf"{_PERCENT}\s+of\s+{_THE}({_ANY})\b{_NO_TIME}", re.IGNORECASE)
_FRACTION_OF = re.compile(
    rf"\b(?:(?:({_DIGIT})[\s-]+|an?\s+)({'|'.join(_FRACTIONS)})s?|(half))\s+of\s+{_THE}({_ANY})\b{_NO_TIME}",
    re.IGNORECASE,
)
#: "Three in four of the eight".
_IN_OF = re.compile(rf"{_NOT_BEFORE}({_ANY})\s+in\s+({_ANY})\s+of\s+{_THE}({_ANY})\b{_NO_TIME}", re.IGNORECASE)
#: "37 in 40 victims" are a part of so many; "7 in every 100 cases" is a rate, of no hundred that anybody counted.
_PART_OF = re.compile(
    rf"{_NOT_BEFORE}({_ANY})(?:\s+(?:(?:out\s+)?of|in)\s+{_THE}|\s*/\s*)({_ANY})\s+{_BETWEEN}(?:{NOUNS}|units)\b",
    re.IGNORECASE,
)
#: "Five fewer than the 40 victims", "five short of forty victims"; not "25 fewer", and no bound: "fewer than seven victims".
_FEWER_THAN = re.compile(
    rf"{_NOT_BEFORE}({_ANY})\s+(?:fewer|less|more|short)\s+(?:than|of)\s+{_THE}(?:{_ANY})\s+{_BETWEEN}(?:{NOUNS})\b",
    re.IGNORECASE,
)
_WHO = rf"{_BETWEEN}(?:{NOUNS})\b"
#: "35 women of 40", "35 victims (of 40)", "victims: 35/40".
_PART_THEN_WHOLE = re.compile(
    rf"{_NOT_BEFORE}({_ANY})\s+{_WHO}\s*\(?(?:out\s+)?of\s+{_THE}({_ANY})\b{_NO_TIME}|"
    rf"\b(?:n|{NOUNS})\s*[=:]\s*({_ANY})\s*(?:/|(?:out\s+)?of)\s*({_ANY})\b",
    re.IGNORECASE,
)
#: "Of the 40 victims, 35 moved away".
_WHOLE_THEN_PART = re.compile(
    rf"\b(?:of|among)\s+{_THE}({_ANY})\s+{_WHO},?\s+(?:only\s+)?({_ANY})\s+(?:were|was|had|have|has|did|said|told|left|\w+ed)\b",
    re.IGNORECASE,
)
#: "Forty victims less five".
_LESS = re.compile(
    rf"{_NOT_BEFORE}(?:{_ANY})\s+{_WHO}\s+(?:less|minus|but|except|save)\s+({_ANY})\b{_NO_TIME}", re.IGNORECASE
)
#: "40 victims, 12.5% of them", "12.5% of the victims (40)".
_WHOLE_OF_THEM = re.compile(
    rf"{_NOT_BEFORE}({_ANY})\s+{_WHO}[^.;:%()]{{0,20}}?{_PERCENT}\s+of\s+(?:them|whom)\b", re.IGNORECASE
)
_IN_BRACKETS_WHOLE = re.compile(rf"{_PERCENT}\s+of\s+{_THE}{_WHO}\s*\(\s*({_ANY})\s*\)", re.IGNORECASE)
#: "88% (35 of 40)", "88% (35/40)".
_BESIDE_SHARE = re.compile(rf"(?:%|per\s?cent)\s*\(\s*({_ANY})\s*(?:/|(?:out\s+)?of)\s*({_ANY})\s*[);,]", re.IGNORECASE)
_NO_INTERVAL = r"(?!\s*(?:interval|confidence|credible|prediction|predictive|limit|level|power|CI|of)\b)"
#: "Of 40 victims, 88% moved away", "88% moved away (n = 40)".
_OF_WHOLE = re.compile(
    rf"\b(?:of|among)\s+{_THE}({_ANY})\s+{_BETWEEN}(?:{NOUNS})\b[^.;:%()]{{0,40}}?{_PERCENT}{_NO_INTERVAL}",
    re.IGNORECASE,
)
_THEN_WHOLE = re.compile(rf"{_PERCENT}{_NO_INTERVAL}[^.;:%()]{{0,40}}?\(\s*n\s*=\s*({_ANY})\b", re.IGNORECASE)
_SPOKEN = re.compile(
    r"""(?:aria-label|aria-description|title|alt|data-[\w-]+)\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE
)
_SHAPES = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_INLINE = re.compile(r"</?(?:a|abbr|b|em|i|mark|small|span|strong|sub|sup|tspan|u)\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")
_FIGURES = re.compile(rf"(?<![\w.,#-])({_NUMBER})(?![\w,]|\.\d)")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def spoken(markup: str) -> Iterator[tuple[str, str]]:
    """Give each text of a page or drawing: between tags, and in what a reader or a pointer is told."""
    bare = _SHAPES.sub(" ", markup)
    for place, attribute in enumerate(_SPOKEN.finditer(bare)):
        name = attribute.group(0).split("=", 1)[0].strip()
        yield f"{name} {place + 1}", _seen(attribute.group(1)[1:-1])
    for place, text in enumerate(piece for piece in _TAGS.split(_INLINE.sub("", bare)) if piece.strip()):
        yield f"text {place + 1}", _seen(text)


def _seen(text: str) -> str:
    return unescape(text).translate(_UNSEEN)


def counts(text: str) -> Iterator[float]:
    """Give each number that counts people or acts; not one that says how something is done, defined, called or dated."""
    for pattern in (
        _COUNT,
        _AFTER_WORD,
        _IN_BRACKETS,
        _WITH_SHARE,
        _OF_THEM,
        _BEFELL,
        _ALL_BUT,
        _PART_ALONE,
        _ONLY,
        _LESS,
    ):
        for written in pattern.finditer(text):
            if not _is_rule(text, written):
                yield read(written.group(1))
    for written in _PART_OF.finditer(text):
        if not _NAMED_BEFORE.search(text[max(written.start() - 40, 0) : written.start()]):
            yield read(written.group(1))
    for pattern in (_FEWER_THAN, _BESIDE_SHARE):
        for written in pattern.finditer(text):
            yield read(written.group(1))
    for _ in _ALONE.finditer(text):
        yield 1.0
    for _ in _TWO.finditer(text):
        yield 2.0


def leftovers(text: str) -> Iterator[float]:
    """Give how many are not among a part that stands beside its whole or its share: "35 of 40 victims" tells of five others."""
    for pattern in (_PART_OF, _PART_ALONE, _BESIDE_SHARE, _PART_THEN_WHOLE, _WHOLE_THEN_PART):
        for written in pattern.finditer(text):
            if not _is_rule(text, written):
                one, other = (read(each) for each in written.groups() if each)
                yield one - other if pattern is _WHOLE_THEN_PART else other - one
    for written in _WITH_SHARE.finditer(text):
        part, percent = read(written.group(1)), float(written.group(2))
        if percent and not _is_rule(text, written):
            yield part * (100 / percent - 1)


def shares(text: str) -> Iterator[tuple[float, float]]:
    """Give each percentage and fraction that says of how many it is, with that number."""
    for written in _SHARE_OF.finditer(text):
        yield read(written.group(1)) / 100, read(written.group(2))
    for pattern in (_OF_WHOLE, _WHOLE_OF_THEM):
        for written in pattern.finditer(text):
            yield read(written.group(2)) / 100, read(written.group(1))
    for pattern in (_THEN_WHOLE, _IN_BRACKETS_WHOLE):
        for written in pattern.finditer(text):
            yield read(written.group(1)) / 100, read(written.group(2))
    for written in _IN_OF.finditer(text):
        chosen, whole, people = map(read, written.groups())
        if whole:
            yield chosen / whole, people
    for written in _FRACTION_OF.finditer(text):
        many, part, half, of = written.groups()
        yield read(many or "one") / _FRACTIONS[(part or half).lower()], read(of)


def figures(text: str) -> Iterator[float]:
    """Give every number that is written in figures."""
    for written in _FIGURES.finditer(text):
        yield read(written.group(1))


def read(written: str) -> float:
    """Return a number from its figures or its words: "1,015", "ninety-nine", "a hundred and three", "2 thousand"."""
    total = part = 0.0
    for word in re.split(r"[\s\-\u2010\u2011]+", written.lower()):
        if word in _TIMES_OVER:
            part = (part or 1) * _TIMES_OVER[word]
            total, part = (total + part, 0.0) if word == "thousand" else (total, part)
        elif word not in ("a", "an", "and"):
            part += _WRITTEN[word] if word in _WRITTEN else float(word.replace(",", ""))
    return total + part


def _is_rule(text: str, written: re.Match[str]) -> bool:
    before = text[max(written.start() - 40, 0) : written.start()]
    if _RULE_BEFORE.search(before) or _NAMED_BEFORE.search(before):
        return True
    if _YEAR.fullmatch(written.group(1) or "") and _WHEN_BEFORE.search(before):
        return True
    bound = _BOUND_BEFORE.search(before) or _BOUND_AFTER.match(text, written.end())
    return bool(bound and _ACTS.search(written.group(0)))
