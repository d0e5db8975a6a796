"""What a fit says of itself, as it may leave: the columns named as they are said, and nothing said of a few."""

import re
from html import escape

from fourfold import stats

#: The columns of the fit as they are said.
SAID = {
    "managed": "management",
    "former_unknown": "a relationship that nobody recorded",
    "former": "being a former partner",
    "prior": "earlier acts",
}
_ON_ONE_SIDE = re.compile(r"\b(\w+) (?:rests on|is compared with) [\d,]+ of [\d,]+ \w+: .*", re.DOTALL)


def of_cases(caution: str) -> str:
    """Return the caution of a fit in which each case is its own cluster: without the count where few are on one side.

    Both counts would stand for cases, and the smaller is of a few by what it warns of.
    """
    said = _ON_ONE_SIDE.sub(
        lambda found: f"Few cases are on one side of {SAID.get(found[1], found[1])}, so its own range is no evidence.",
        caution,
    )
    said = re.sub(r", use [^,.]* on the rates of the clusters", "", said)  # which a case, its own cluster, has none of
    return rounded(re.sub(r"(?<=\d )(?:clusters|rows)\b", "cases", said))


def rounded(said: str) -> str:
    """Return a method's caution as it may leave: a number before a word is few under ten, and else rounded to five.

    Of a part that leaves few of its whole it is said that it is nearly all; of one of many, that it stands by itself.
    """
    said = re.sub(r"\bone of [\d,]+ (\w+)s\b", r"a \1 by itself", said)
    for held, instead in ((r"\d[\d,.]*(?=\s)", _rounded), (r"\b[\d,]+ of (?=[\d,]+\s)", "nearly all of ")):
        if stats.gate_markup(escape(said)):
            said = re.sub(held, instead, said)
    return said


def _rounded(number: re.Match[str]) -> str:
    cell = stats.disclose_count(round(float(number[0].replace(",", "").rstrip("."))))
    return str(cell.count) if isinstance(cell, stats.Released) else "few"
