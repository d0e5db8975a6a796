"""Places as any map finds them, and ways to reach somebody, known by their shape alone: coordinates, codes, numbered roads."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: Ways to somebody as people write them here, whoever's they are. A court is no home, and "B1 4th" no postcode.
WAYS = {
    "what looks like a telephone number": re.compile(
        r"(?<![\w+.])(?:\+44[\s-]?(?:\(0\)[\s-]?)?|0044[\s-]?|\(?0)\d(?:[\s().-]{0,2}\d){8,9}(?![\d.]*\d)"
    ),
    "what looks like a mailbox": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "what looks like a postcode": re.compile(
        r"\b(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}|[a-z]{1,2}\d[a-z\d]? \d(?!nd|rd|st|th)[abd-hjlnp-uw-z]{2})\b"
    ),
    "what looks like a house and its road": re.compile(
        r"\b(?:(?:[Ff]lat|[Aa]partment|[Uu]nit)\s\d+[A-Za-z]?,?\s+)?\d{1,4}[A-Za-z]?,?\s+(?:(?!(?:Crown|County|High|Magistrates.?|Family|"
        r"Youth|Supreme)\s+Court)[A-ZÀ-ÞĀ-ž][\w’'-]+\s+){1,3}(?:Road|Rd|Street|St|Lane|Ln|Avenue|Ave|Close|Drive|Way|Crescent|Place|"
        r"Terrace|Court|Gardens|Grove|Hill|Row|Walk|Mews|Square|House|Cottages?|Park|View)\b"
    ),
    #: A child is found there on any day; many know which child goes to which.
    "what looks like a school": re.compile(
        r"\b(?!(?:The|Her|His|Their|My|Our|A|At|From|In|Near|Outside)\s)(?:St\.?\s+)?(?:[A-ZÀ-ÞĀ-ž][\w’'-]+\s+){1,4}"
        r"(?:Schools?|Academy|Nursery|College|Pre-?school|Kindergarten)\b"
    ),
}
ON_A_MAP = "a place as a map finds it"
THREE_WORDS = "three words that may be a place"
_SIDE = r"(?:north|south|east|west|[NSEW])\b"
#: A decimal fraction as it is written or said: after a comma one figure more, or sums of money would be places.
_DECIMAL = r"(?:[-+−–]\s?|minus\s)?\d{1,3}(?:[.·](?:\d\s?){3}|\s?point\s\d|,\d{4})\d*"
_DECIMAL += rf"\s?(?:°|º|deg(?:rees)?\b)?\s?(?:{_SIDE})?"
_ARC = r"\d{1,3}[\s:]{1,2}\d{1,2}[\s:]{1,2}\d{1,2}(?:\.\d+)?\s?"
#: The squares of the national grid; some of them are words in small letters.
_SQUARE = r"(?:H\s?[PT-Z]|N\s?[A-HJ-OR-UW-Z]|O\s?V|S\s?[CDEHJKM-PR-Z]|T\s?[AFGLMQRV])"
_FIGURES = r"(?:\d{5}[\s,/-]{0,2}\d{5}|\d{4}[\s,/-]{0,2}\d{4}|\d{3}[\s,/-]{0,2}\d{3})\b"
_CODE = "[2-9CFGHJMPQRVWX]"
_WORD = r"[^\W\d_]{3,18}"
_DOT = r"(?:\s?[.。．・·]\s?|\s?[\[(]?\bdot\b[\])]?\s?)"
_BETWEEN = rf"(?:{_DOT}|[\s,/-]{{1,2}})"
_TOP = "com|org|net|uk|gov|info|invalid|example|test|html?|docx?|jpe?g"
_MAPPED = re.compile(
    rf"""
    (?<![\w.]){_DECIMAL}[\s,;/|]*(?:\band\s)?(?:lon\w*\W{{1,3}}|lng\W{{1,3}})?{_DECIMAL}(?![\w%])
    |\b(?:lat|lon|lng|latitude|longitude|long)\b(?:\W{{1,3}}|\sis\s)[-+−–]?\d{{1,3}}[.,]\d{{2,}}
    |\b(?:easting|northing|uprn)s?\b(?:\W{{1,3}}|\sis\s)\d{{5,12}}
    |\d{{1,3}}(?:\.\d+)?\s?[°º]\s?(?:{_SIDE}|\d{{1,2}}(?:\.\d+)?\s?['’′](?:\s?\d+(?:\.\d+)?\s?(?:["”″]|['’′]{{2}}))?\s?(?:{_SIDE})?)
    |\b\d{{1,3}}\sdeg(?:ree)?s?\s(?:and\s)?\d{{1,2}}(?:\.\d+)?\smin(?:ute)?s?\s(?:\d+(?:\.\d+)?\ssec(?:ond)?s?\s)?{_SIDE}
    |(?<![\w.]){_ARC}[NS]\W{{1,3}}{_ARC}[EW]\b
    |(?<!\w)(?!(?-i:no|so|st|na|to|sn)\b)(?:\d{{2}}[C-X]\s?[A-Z]{{2}}|{_SQUARE})[\s-]?{_FIGURES}
    |(?-i:\b{_SQUARE}\s?\d\d\s?\d\d\b|\b[A-HJ-Z]\s?\d{{5}}\s?\d{{5}}\b)
    |\bE\w{{0,6}}\W{{0,3}}\d{{6}}\W{{1,3}}N\w{{0,7}}\W{{0,3}}\d{{6,7}}\b
    |(?<![\w+])(?=\S{{0,12}}[CFGHJMPQRVWX])(?:(?:{_CODE}{{2}}){{2,4}}(?:\s?\+\s?|\splus\s){_CODE}{{2,3}}\b|(?:{_CODE}{{2}}){{1,3}}(?:00){{1,3}}\+)
    |(?:https?://)?(?:www\.)?(?:maps\.app\.goo\.gl|goo\.gl/maps|google(?:\.\w{{2,3}}){{1,2}}/maps|maps\.(?:google|apple)\.[\w.]{{1,40}}
      |what3words\.com|w3w\.co|plus\.codes|openstreetmap\.org|osm\.org|waze\.com|streetmap\.co\.uk)/\S+
    |\bgeo:\S+
    |(?<![:/])/{{2,3}}\s?{_WORD}{_BETWEEN}{_WORD}{_BETWEEN}{_WORD}
    |\b(?:what\s?(?:3|three)\s?words|w3w)\b\W{{0,3}}(?:(?:is|are|was|says?|address|location)\b\W{{1,3}}){{0,2}}
      {_WORD}{_BETWEEN}{_WORD}{_BETWEEN}{_WORD}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_THREE = re.compile(
    rf"(?<![\w@/.-])(?!www\b)(?:[^\W\d_]{{4,18}}(?:[.。．・·]|\s?[\[(]dot[\])]\s?|\sdot\s)){{2}}(?!(?:{_TOP})\b)[^\W\d_]{{4,18}}(?![\w@/]|[.-]\w)",
    re.IGNORECASE,
)
#: What a crime, an exhibit or a record is called by, and looks like a square of the grid; what stands before it says so.
_CALLED = re.compile(r"[A-Z]\s?[A-Z][\s/-]?\d{6,10}", re.IGNORECASE)
_REFERS = re.compile(
    r"(?:\bexhibits?|\burn|\b(?:references?|refs?)"
    r"|\b(?:crime|incident|custody|occurrence|log|case|report|collar|warrant|claim|invoice|policy|complaint|cad|court|police"
    r"|force|officer)\W{1,2}(?:(?:record|report|log|file)\W{1,2})?(?:number|no|id)s?)"
    r"\b(?:\W{1,2}(?:number|no|id)s?\b)?\W{0,4}(?:(?:is|was|are)\s)?$",
    re.IGNORECASE,
)
#: Before a bare "reference" these say that it is one on a map, or may be; a crime's own word before it says that it is none.
_OF_A_PLACE = re.compile(
    r"\b(?:maps?|grid|os|ordnance|survey|n?gr|squares?|figures?|coord\w*|locat\w*|places?|positions?|points?|where|at|address|home|house|"
    r"flat|refuge|liv(?:es?|ing)|stay\w*|sleep\w*|hid(?:es?|ing)|moved?|meet\w*)\b",
    re.IGNORECASE,
)
_OF_A_CRIME = re.compile(
    r"\b(?:crime|incident|custody|occurrence|log|case|report|cad|court|police|force|officer)\W{1,2}$", re.IGNORECASE
)
_NEXT = re.compile(r"[\s,/&]{0,3}(?:(?:and|or|to)\s{1,2})?")


def _refers(begins: str) -> bool:
    """Return whether what stands before a sign says that it is what a crime, an exhibit or a record is called by."""
    found = _REFERS.search(begins)
    if found is None or found[0][:3].lower() != "ref" or _OF_A_CRIME.search(begins[: found.start()]):
        return found is not None
    return not _OF_A_PLACE.search(begins[: found.start()])


@lru_cache(4096)
def _plain(sign: str) -> str:
    """Return a sign as we write it: other alphabets' figures and wide letters as ours, what is not seen as nothing."""
    if unicodedata.category(sign) == "Cf":
        return ""
    letters = sign if sign in "°º·" else unicodedata.normalize("NFKC", sign)
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in letters)


def on_a_map(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what in a text may be a place: from where to where, and as what. A geohash looks like any word, and passes."""
    plain, places = text, range(len(text))
    if not text.isascii():
        signs = [(letter, place) for place, sign in enumerate(text) for letter in _plain(sign)]
        plain, places = "".join(letter for letter, _ in signs), [place for _, place in signs]  # type: ignore[assignment]
    for pattern, why in ((_MAPPED, ON_A_MAP), (_THREE, THREE_WORDS)):
        called = -1
        for found in pattern.finditer(plain):
            begins = plain[max(0, found.start() - 60) : found.start()]
            follows = called >= 0 and _NEXT.fullmatch(plain[called : found.start()])
            if _CALLED.fullmatch(found.group()) and (follows or _refers(begins)):
                called = found.end()
                continue
            end = found.start() + len(found.group().rstrip(" ,;.)"))
            yield places[found.start()], places[end - 1] + 1, why


def ways_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what in a text may be a way to somebody: from where to where, and as what."""
    for why, pattern in WAYS.items():
        yield from ((found.start(), found.end(), why) for found in pattern.finditer(text))
