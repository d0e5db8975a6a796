"""Counts and shares of people as somebody writes them: in figures, in words, as parts and as fractions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, partial
from html import unescape
from typing import Any

_compiled = cache(partial(re.compile, flags=re.IGNORECASE))


class _Words(str):
    """A pattern of words, compiled when it is first looked for: all of these take a tenth of the time of a server's start."""

    def __getattr__(self, name: str) -> Any:
        return getattr(_compiled(self), name)


#: Words after a number in a text that say that it counts people or acts; a row or a unit of a fit may be one person.
NOUNS = (
    "people|persons|cases|victims|subjects|events|acts|incidents|breaches|referrals|allegations|deaths|men|women|"
    "patients|participants|individuals|children|respondents|offenders|perpetrators|suspects|survivors|clusters|rows|"
    "males|females|girls|boys|complainants|stalkers|arrests|households|families|couples|callers|clients|applicants|defendants|"
    "reoffenders|ex-partners|service users|ladies|homicides|suicides|murders|killings|assaults|attacks|convictions|prosecutions|folk|adults"
)
_ONE_OF_THEM = "person|case|victim|subject|man|woman|child|patient|participant"
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
    r"(?:(?:out\s+)?of\s+(?:the|these|those|our|its|their|all)\s+)?(?:(?:very|most|newly|other|further|additional|more|new|former|"
    r"young|younger|old|older|female|male|adult|known|repeat|current)\s+){0,2}"
    rf"(?:(?!(?:{_TIMES}|{_MONTHS}|sites?|areas?|forces?|per|in|of|to|and|or|from|for|with|without|between|than|as|by|on|at|"
    r"is|are|was|were|that|who|which|points?)\b)[\w\u2019'-]+\s+){0,2}"
)
_NO_TIME = rf"(?![.,]?\d|\s*%|[\s-]+(?:{_TIMES}|sites?|areas?|agencies|runs|draws|resamples|simulations)\b)"
_A_RATE = r"(?!\s*(?:per|in every)\b)"
_THE = r"(?:the\s+|all\s+|these\s+|those\s+)?"
#: "Seven (7) victims" is said as lawyers say it.
_AGAIN = rf"\+?(?:\s*[(\[]\s*(?:{_COUNTED}|[IVXL]+)\s*[)\]])?[\"'\u2019\u201d]?"
_COUNT = _Words(
    rf"{_NOT_BEFORE}({_COUNTED}){_AGAIN}(?:\s+{_BETWEEN}(?:{NOUNS}|{_UNITS})\b{_A_RATE}|\s*[(\[\"\u201c](?:{NOUNS})[)\]\"\u201d])"
)
#: "n = 7", "victims: seven", "| victims | 7 |", "the number of victims was 7", "victims totalled seven".
_AFTER_WORD = _Words(
    rf"(?:\b(?:n|{NOUNS}|at risk)(?:\s*[=:|\t_]\s*|\s+[\u2013\u2014]\s+|\s+(?:numbered|numbering|total(?:led|ed)?)\s+)|\bnumber\s+of\s+"
    rf"(?:the\s+)?(?:{NOUNS})\s+(?:(?:is|was|were|at)\s+)?)({_COUNTED})(?![\w.]*\w){_NO_TIME}"
)
#: "A seven-victim group"; not "two-person accounts".
_COMPOUND = _Words(rf"{_NOT_BEFORE}({_COUNTED})[-\u2010\u2011](?:victim|subject|patient|participant)\b")
#: "14% (7)", and a cell of nothing but "7/50".
_SHARE_FIRST = _Words(r"(?:%|per\s?cent)\s*[(\[]\s*(?:n\s*=\s*)?(\d+)\s*[)\]]|^\s*(\d+)\s*/\s*\d{2,}\s*$")
#: "Seven of them", "of whom three were threatened": people whom only the sentence before names.
_OF_THEM = _Words(rf"{_NOT_BEFORE}({_COUNTED})\s+of\s+(?:them|whom)\b")
_DONE = (
    r"threatened|assaulted|harmed|injured|killed|murdered|attacked|stalked|hurt|convicted|prosecuted|died|arrested|reoffended|withdrew|breached|"
    r"managed|followed\s+up|lost\s+to\s+follow-up"
)
_BEFELL = _Words(
    rf"{_NOT_BEFORE}({_COUNTED})\s+(?:others?\s+)?(?:(?:had|have|was|were|has)\s+)?(?:been\s+)?(?:{_DONE})\b"
)
#: "Victims (3)": the year of a source stands in brackets too.
_IN_BRACKETS = _Words(rf"\b(?:{NOUNS})\s*\(\s*(?!(?:19|20)\d\d\b)({_COUNTED})\s*\)")
#: "(n 4)".
_N_ALONE = _Words(rf"[(\[]\s*n\s+({_COUNTED})\s*[)\]]")
#: "Three (6%) withdrew consent", whoever they were.
_WITH_SHARE = _Words(
    rf"{_NOT_BEFORE}((?:\d{{1,3}}(?:,\d{{3}})+|\d+|{_WORD}|one))\s*[(\[;]\s*(\d+(?:\.\d+)?)\s*(?:%|per\s?cent)\s*(?:[)\]]|$)"
)
#: "All but three were reached": the few are told by those who are not among them.
_ALL_BUT = _Words(
    rf"\b(?:all|every(?:body|one)?|each|nobody|no\s+one|none)(?:\s+[\w\u2019'-]+){{0,3}}\s+(?:but|except(?:ing)?(?:\s+for)?|save|bar|"
    rf"minus|excluding|apart\s+from|other\s+than)\s+({_COUNTED}|one)\b{_NO_TIME}"
)
#: "3 of 40 were threatened", "3 of 40 (8%)"; alone only of ten or more, as "3 of 4" is a place on a scale.
_PART_ALONE = _Words(
    rf"{_NOT_BEFORE}({_COUNTED}|one)\s+(?:(?:out\s+)?of|among(?:st)?|"
    r"in(?!\s+(?:10*|20|ten|twenty|a\s)\b))\s+(?:the\s+|all\s+|these\s+|those\s+)?(?:"
    rf"({_COUNTED})\s+(?:(?:who|that)\s+)?(?:were|was|had|have|has|did|died|withdrew|said|told|reported|agreed|refused|left|moved|"
    rf"stopped|dropped|threatened|reoffended)\b|(\d{{2,}}|{_TEENS_AND_TENS})(?=\s*(?:[.;,)]|\([\d.]+\s*%|$))(?![.,]\d))"
)
#: "Only five did not".
_ONLY = _Words(rf"\bonly\s+({_COUNTED}|one)\s+(?:did|had|have|has|were|was)\b")
#: "A couple of victims", "a victim or two", "both victims"; not "each pair of cases", "in both cases", "both victims and subjects".
_TWO = _Words(
    rf"(?<!\beach )(?<!\bevery )(?<!\bany )\b(?:(?:couple|pair|trio|quartet|handful)\s+of|couple)\s+(?:the\s+|these\s+|those\s+|our\s+|"
    rf"their\s+)?(?:[\w\u2019'-]+\s+)?(?:{NOUNS})\b|\ban?\s+(?:{_ONE_OF_THEM})\s+or\s+two\b|(?<!\bin )\bboth\s+(?:of\s+)?(?:the\s+|these\s+|those\s+)?(?:{NOUNS})\b(?!,?\s+(?:and|or)\b)"
)
#: "None of the 40 victims", "no victims were harmed"; not "no cases were excluded".
_NONE = _Words(
    rf"\b(?:none|nobody|no\s+one|not\s+(?:a\s+single\s+)?one)\s+of\s+{_THE}(?:{_ANY})\s+{_BETWEEN}(?:{NOUNS})\b|"
    rf"\bno\s+(?:{NOUNS})\s+(?:(?:had|have|has|was|were)\s+)?(?:been\s+)?(?:{_DONE})\b"
)
#: "The seventh victim" was not alone; the first and the second are words of a rule or of a story.
_PLACES = {word: place for word, place in _FRACTIONS.items() if word.endswith(("th", "third"))} | {
    "eleventh": 11,
    "twelfth": 12,
    "fourth": 4,
}
_PLACED = _Words(rf"\b(?:the|a|an)\s+({'|'.join(_PLACES)}|\d+(?=th\b|rd\b))(?:th|rd)?\s+(?:{_ONE_OF_THEM})\b")
#: "One victim" is how a case is defined; "only one victim" is a count, and so is the figure.
_ALONE = _Words(
    rf"\b(?:(?:only|just)\s+one|(?:an?|the)\s+(?:single|lone|sole)|(?<![\w.,-])1)\s+(?:\w+\s+)?(?:{_ONE_OF_THEM})\b"
    r"(?!\s*(?:per|in every))"
)
#: "A course of conduct is two acts", "signed by two people": a rule, whatever it counts.
_RULE_BEFORE = _Words(
    r"\b(?:means|needs?|requires?|defined as|conduct (?:is|of)|"
    r"(?:signed|read|checked|agreed|judged|coded|reviewed|decided) by)\s+$"
)
#: "Section 7 cases", "level 3 cases", "in 2023 cases rose": which one it is, or when.
_NAMED_BEFORE = _Words(
    r"\b(?:sections?|parts?|articles?|schedules?|tables?|figures?|levels?|class|chapters?|steps?|lines?|pages?|annex|versions?|"
    r"days?|weeks?|months?|quarters?|years?|numbers?|no\.|types?|tiers?|stages?|phases?|Act)\s+$"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_WHEN_BEFORE = _Words(rf"\b(?:in|since|until|from|before|after|during|by|for|{_MONTHS})\s+$")
#: "At least two acts", "two acts or more": how a case is defined. Of people the same words would say how few there are.
_BOUND_BEFORE = _Words(
    r"\b(?:at least|at most|(?:no |not )?(?:fewer|less) than|under|up to|the (?:first|second|last) of)\s+$"
)
_BOUND_AFTER = _Words(r"\s+or\s+(?:more|fewer|less|over)\b")
_ACTS = _Words(r"\b(?:events|acts|incidents|breaches|referrals|allegations|assaults|attacks|convictions|units?)$")
_PERCENT = rf"{_NOT_BEFORE}({_ANY})\s*(?:%|per\s?cent|pct\b\.?)"
_OF = rf"\s+of\s+{_THE}({_ANY})\b{_NO_TIME}"
_SHARE_OF = _Words(rf"{_PERCENT}{_OF}")
#: "7%-14% of 50", "7 to 14% of 50": the lower of two.
_SHARES_OF = _Words(
    rf"{_NOT_BEFORE}({_ANY})\s*(?:%|per\s?cent)?\s*(?:-|\u2013|\bto\b|\band\b|\bor\b)\s*(?:{_ANY})\s*(?:%|per\s?cent){_OF}"
)
_FRACTION_OF = _Words(
    rf"\b(?:(?:({_DIGIT})[\s-]+|an?\s+)({'|'.join(_FRACTIONS)})s?|(half))\s+of\s+{_THE}({_ANY})\b{_NO_TIME}"
)
#: "Three in four of the eight".
_IN_OF = _Words(rf"{_NOT_BEFORE}({_ANY})\s+in\s+({_ANY})\s+of\s+{_THE}({_ANY})\b{_NO_TIME}")
#: "37 in 40 victims" are a part of so many; "7 in every 100 cases" is a rate, of no hundred that anybody counted.
_PART_OF = _Words(
    rf"{_NOT_BEFORE}({_ANY})(?:\s+(?:(?:out\s+)?of|in|among(?:st)?|from)\s+{_THE}|\s*/\s*)({_ANY})\s+{_BETWEEN}(?:{NOUNS}|units)\b"
)
#: "Five fewer than the 40 victims", "five short of forty victims"; not "25 fewer", and no bound: "fewer than seven victims".
_FEWER_THAN = _Words(
    rf"{_NOT_BEFORE}({_ANY})\s+(?:fewer|less|more|short)\s+(?:than|of)\s+{_THE}(?:{_ANY})\s+{_BETWEEN}(?:{NOUNS})\b"
)
_WHO = rf"{_BETWEEN}(?:{NOUNS})\b"
#: "35 women of 40", "35 victims (of 40)", "victims: 35/40".
_PART_THEN_WHOLE = _Words(
    rf"{_NOT_BEFORE}({_ANY})\s+{_WHO}\s*\(?(?:out\s+)?of\s+{_THE}({_ANY})\b{_NO_TIME}|"
    rf"\b(?:n|{NOUNS})\s*[=:]\s*({_ANY})\s*(?:/|(?:out\s+)?of)\s*({_ANY})\b"
)
#: "Of the 40 victims, 35 moved away".
_WHOLE_THEN_PART = _Words(
    rf"\b(?:of|among)\s+{_THE}({_ANY})\s+{_WHO},?\s+(?:only\s+)?({_ANY})\s+(?:were|was|had|have|has|did|said|told|left|\w+ed)\b"
)
#: "Forty victims less five".
_LESS = _Words(rf"{_NOT_BEFORE}(?:{_ANY})\s+{_WHO}\s+(?:less|minus|but|except|save)\s+({_ANY})\b{_NO_TIME}")
#: "40 victims, 12.5% of them", "12.5% of the victims (40)".
_WHOLE_OF_THEM = _Words(rf"{_NOT_BEFORE}({_ANY})\s+{_WHO}[^.;:%()]{{0,20}}?{_PERCENT}\s+of\s+(?:them|whom)\b")
_IN_BRACKETS_WHOLE = _Words(rf"{_PERCENT}\s+of\s+{_THE}{_WHO}\s*\(\s*({_ANY})\s*\)")
#: "88% (35 of 40)", "88% (35/40)".
_BESIDE_SHARE = _Words(rf"(?:%|per\s?cent)\s*\(\s*({_ANY})\s*(?:/|(?:out\s+)?of)\s*({_ANY})\s*[);,]")
_NO_INTERVAL = r"(?!\s*(?:interval|confidence|credible|prediction|predictive|limit|level|power|CI|of)\b)"
#: "Of 40 victims, 88% moved away", "88% moved away (n = 40)".
_OF_WHOLE = _Words(
    rf"\b(?:of|among)\s+{_THE}({_ANY})\s+{_BETWEEN}(?:{NOUNS})\b[^.;:%()]{{0,40}}?{_PERCENT}{_NO_INTERVAL}"
)
_THEN_WHOLE = _Words(rf"{_PERCENT}{_NO_INTERVAL}[^.;:%()]{{0,40}}?\(\s*n\s*=\s*({_ANY})\b")
_SPOKEN = _Words(r"""(?:aria-label|aria-description|title|alt|data-[\w-]+)\s*=\s*("[^"]*"|'[^']*')""")
_SHAPES = re.compile(r"<(style|script)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_INLINE = _Words(r"</?(?:a|abbr|b|em|i|mark|small|span|strong|sub|sup|tspan|u)\b[^>]*>")
_TAGS = re.compile(r"<[^>]*>")
_FIGURES = re.compile(rf"(?<![\w.,#-])({_NUMBER})(?![\w,]|\.\d)")
#: Of many together each pattern would try every way to share them: seconds for a few thousand.
_BLANKS = re.compile(r"\s{2,}")
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
#: Letters of other scripts that look like ours: somebody's keyboard wrote them, or somebody hid a count.
_ALIKE = str.maketrans("аеһіјѕорсухνοςАВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aehijsopcyxvocABESIJKMHOPCTYXABEZHIKMNOPTYX")
_FOOTNOTE = re.compile(r"(?<=\w)[\u00b9\u00b2\u00b3\u2070\u2074-\u2079*\u2020\u2021]+")
#: "7-8 victims" and "cohort-7-victims.pdf", but neither "2019-20 cases" nor "Covid-19 cases".
_RANGE = re.compile(rf"(?<![\w.,/-])(?!(?:19|20)\d\d\b)(\d+)\s?[-\u2013\u2212](?=\d+\s+{_BETWEEN}(?:{NOUNS})\b)")
_IN_A_NAME = _Words(rf"(?:\b|[-_])(?<!Covid[-_])(\d{{1,3}}[-_]|(?:{_UNDER})_)(?=(?:{NOUNS})(?:\b|_))")
#: "VII victims", "Victims: VII"; not "World War II cases", "Part VII", "(ii) victims" or "hepatitis C patients".
_ROMAN = re.compile(
    rf"(?<![\w.,(\u2019'-])([IVX]{{2,}}L?|[VX]|[ivx]{{2,}})(?=\s+{_BETWEEN}(?:{NOUNS})\b)|(?<=[:=] )([IVXL]+)\b(?!\.\s)"
)
_ROMANS = {"i": 1, "v": 5, "x": 10, "l": 50}
_ITS_NAME = _Words(
    r"\b(?:War|grade|category|band|group|arm|axis|factor|bipolar|Henry|George|Edward|Elizabeth|Charles|Louis)\s+$"
)


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


def plain(text: str) -> str:
    """Write a text as it is read: digits of any script and Roman numerals as figures, no footnotes, no hidden characters."""
    text = unicodedata.normalize("NFKC", _FOOTNOTE.sub("", text.translate(_UNSEEN))).translate(_ALIKE)
    text = _BLANKS.sub(lambda run: "\t" if "\t" in run[0] else " ", text)
    text = _RANGE.sub(r"\1 to ", text.replace("\u2044", "/").replace("\u2215", "/"))
    text = _IN_A_NAME.sub(lambda name: f" {name[1][:-1]} ", text)
    return _ROMAN.sub(_from_roman, re.sub(r"\bhalf[\s-]+a[\s-]+dozen\b", "6", text, flags=re.IGNORECASE))


def _from_roman(written: re.Match[str]) -> str:
    before = written.string[max(written.start() - 40, 0) : written.start()]
    if _ITS_NAME.search(before) or _NAMED_BEFORE.search(before):
        return written.group(0)
    values = [_ROMANS[letter] for letter in written.group(0).lower()]
    return str(sum(-one if one < after else one for one, after in zip(values, (*values[1:], 0), strict=True)))


def counts(text: str) -> Iterator[float]:
    """Give each number that counts people or acts; not one that says how something is done, defined, called or dated."""
    for pattern in (_COUNT, _COMPOUND, _AFTER_WORD, _IN_BRACKETS, _N_ALONE, _WITH_SHARE, _OF_THEM, _BEFELL, _ALL_BUT, _PART_ALONE, _ONLY, _LESS):  # fmt: skip
        for written in pattern.finditer(text):
            if not _is_rule(text, written):
                yield read(written.group(1))
    for written in _PART_OF.finditer(text):
        if not _NAMED_BEFORE.search(text[max(written.start() - 40, 0) : written.start()]):
            yield read(written.group(1))
    for pattern in (_FEWER_THAN, _BESIDE_SHARE, _SHARE_FIRST):
        for written in pattern.finditer(text):
            yield read(written.group(1) or written.group(2))
    for written in _PLACED.finditer(text):
        yield float(_PLACES.get(written.group(1).lower(), 0) or written.group(1))
    for pattern, told in ((_NONE, 0.0), (_ALONE, 1.0), (_TWO, 2.0)):
        yield from (told for _ in pattern.finditer(text))


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
    for pattern in (_SHARE_OF, _SHARES_OF):
        for written in pattern.finditer(text):
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
