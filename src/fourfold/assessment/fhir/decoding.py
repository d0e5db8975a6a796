"""From bytes to JSON, strictly: limits first, then UTF-8, then JSON in which no key stands twice.

Everything here runs in time linear in the length of the file, and nothing recurses over what the file holds.
"""

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from json.encoder import encode_basestring
from typing import Any, NoReturn

from fourfold.assessment.fhir.terms import Finding, Refused, Severity

MOST_BYTES = 8 * 1024 * 1024
"""Some fifteen times the largest public form that we know of."""

DEEPEST_JSON = 100
"""Brackets within brackets. Ten levels of items with their extensions need some forty."""

MOST_BRACKETS = 1_000_000
"""Objects and lists, counted at both ends. A form of a thousand items with five answers each needs some 60,000."""

LONGEST_NUMBER = 40
"""Digits of one number, and the largest exponent: far beyond any weight, and an end to numbers that fill memory."""

_TOKENS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}:,]', re.DOTALL)
_STRINGS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)', re.DOTALL)
_NO_BRACKETS = re.compile(r"[^\[\]{}]+")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_BOMS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def decode(raw: bytes) -> tuple[Any, tuple[Finding, ...]]:
    """Return what the bytes say as JSON (numbers exact), and what is worth noting about them.

    Raises Refused with the line and column for anything that is not JSON, for a key that stands twice, and for a
    file beyond the limits.
    """
    text, notes = _text(raw)
    _refuse_other_formats(text)
    _refuse_depth(text)
    document = _document(text)
    return document, notes


def _text(raw: bytes) -> tuple[str, tuple[Finding, ...]]:
    if len(raw) > MOST_BYTES:
        size = f"The file has {len(raw):,} bytes; at most {MOST_BYTES:,} are read."
        raise Refused("Q19", "file", size, "Send the form alone, without attachments or other resources.")
    if kind := named_format(raw):
        raise Refused("file", "file", f"This is {kind}, and no questionnaire.", "Export the form as FHIR JSON.")
    if raw.startswith(_BOMS):
        raise Refused("file", "file", "The file is not in UTF-8 but in UTF-16 or UTF-32.", "Save it again as UTF-8.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place_of_byte(raw, error.start)
        problem = f"Line {line}, column {column}: this is not UTF-8."
        raise Refused("file", f"line {line}, column {column}", problem, "Save the file again as UTF-8.") from error
    if not text.startswith("\ufeff"):
        return text, ()
    note = Finding("file", Severity.NOTE, "file", "The file begins with a byte order mark, which was skipped.")
    return text[1:], (note,)


_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"PK\x03\x04", "a packed file (ZIP, or a document of an office program)"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"\xd0\xcf\x11\xe0", "a document of an office program"),
    (b"{\\rtf", "a document (RTF)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"7z\xbc\xaf", "a packed file (7z)"),
)
_PICTURE = re.compile(rb"RIFF....WEBP|....ftyp(?:heic|heix|mif1|avif)", re.DOTALL)
_YAML = re.compile(rb"(?:\s*#.*\n)*\s*(?:---|%YAML|resourceType\s*:|[\w-]+:(?:\s.*)?\n\s*(?:- *)?[\w-]+:(?:\s|$))")


#: A text without what JSON, XML and a text pack cannot be without; a line of at least three cells.
_NEITHER = re.compile(rb"\s*[^\s{\[<=\"\x00-\x08][^{\[<=\x00-\x08]{10,}")
_TABLE = re.compile(rb"[^\n,;\t]*(?:[,;\t][^\n,;\t]*){2,}\n")


def named_format(raw: bytes) -> str:
    """Return in words what bytes are that are neither JSON, XML nor a text pack, where their beginning tells."""
    found = next((words for begins, words in _FORMATS if raw.startswith(begins)), "")
    if found or _PICTURE.match(raw) or _YAML.match(raw[:2000]):
        return found or ("a picture" if _PICTURE.match(raw) else "YAML")
    if raw.startswith(_BOMS) or not _NEITHER.fullmatch(raw[:2000]):
        return ""
    return "a table (CSV)" if _TABLE.match(raw) else "plain text"


def _place_of_byte(raw: bytes, at: int) -> tuple[int, int]:
    before = raw[:at]
    return before.count(b"\n") + 1, at - (before.rfind(b"\n") + 1) + 1


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - (text.rfind("\n", 0, at) + 1) + 1


def _refuse_other_formats(text: str) -> None:
    start = text.lstrip()[:200]
    if not start:
        raise Refused("file", "file", "The file is empty.", "Choose the file that holds the questionnaire.")
    if start.startswith("<"):
        raise Refused("file", "file", "This is XML or HTML.", "Export the questionnaire as FHIR JSON.")


def _refuse_depth(text: str) -> None:
    """Brackets are counted before the parser meets them, because the parser recurses.

    Taking out empty pairs lays bare one level after another; what is left after so many rounds is deeper than that, or
    does not close.
    """
    left = _NO_BRACKETS.sub("", _STRINGS.sub("", text))
    if len(left) > MOST_BRACKETS:
        problem = f"The file holds more than {MOST_BRACKETS // 2:,} objects and lists."
        raise Refused("Q19", "file", problem, "Send the form alone, or divide it.")
    for _ in range(DEEPEST_JSON):
        inner = left.replace("{}", "").replace("[]", "")
        if len(inner) == len(left):
            break
        left = inner
    if left and (at := _too_deep(text)) is not None:
        line, column = _place(text, at)
        problem = f"Line {line}: more than {DEEPEST_JSON} brackets stand within each other."
        raise Refused("Q19", f"line {line}, column {column}", problem, "Flatten the form.")


def _too_deep(text: str) -> int | None:
    """Return where brackets first stand deeper than they may, or None."""
    depth = 0
    for token in _TOKENS.finditer(text):
        sign = text[token.start()]
        depth += (sign in "[{") - (sign in "]}")
        if depth > DEEPEST_JSON:
            return token.start()
    return None


def _document(text: str) -> Any:
    try:
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_decimal, parse_int=_integer
        )
    except json.JSONDecodeError as error:
        _refuse_syntax(error)
    except _TwiceError as twice:
        _refuse_twice(text, twice.key)
    except RecursionError as error:
        raise Refused("Q19", "file", "The form is nested too deeply.", "Flatten the form.") from error
    _refuse_broken_characters(text, document)
    return document


class _TwiceError(ValueError):
    """A key stands twice in one object."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _TwiceError(next(key for key, times in Counter(key for key, _ in pairs).items() if times > 1))
    return found


def _no_constant(name: str) -> NoReturn:
    problem = f"The file holds {name}, which is no JSON number."
    raise Refused("file", "file", problem, "Write a number, or leave the field out.")


def _decimal(digits: str) -> Decimal:
    try:
        number = Decimal(digits)
    except InvalidOperation:
        _refuse_number(digits)
    if len(digits) > LONGEST_NUMBER or abs(number.adjusted()) > LONGEST_NUMBER:
        _refuse_number(digits)
    return number


def _integer(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        _refuse_number(digits)
    return int(digits)


def _refuse_number(digits: str) -> NoReturn:
    shown = digits if len(digits) <= 24 else f"{digits[:20]}…"
    raise Refused("Q19", "file", f"The number {shown} is beyond what a form can mean.", "Correct it.")


def _refuse_syntax(error: json.JSONDecodeError) -> NoReturn:
    where = f"line {error.lineno}, column {error.colno}"
    what = error.msg.rstrip(".")
    problem = f"Line {error.lineno}, column {error.colno}: this is not JSON ({what})."
    mend = "Correct the text at that place."
    if error.msg == "Extra data":
        mend = "The file must hold one JSON document: split it, and send each form by itself."
    raise Refused("file", where, problem, mend) from error


def _refuse_twice(text: str, key: str) -> NoReturn:
    place = next((_place(text, at) for at, name in _repeated_keys(text) if name == key), None)
    where = f"line {place[0]}, column {place[1]}" if place else "file"
    problem = f"{where.capitalize()}: the key “{key[:80]}” stands twice in one object."
    raise Refused("Q22", where, problem, "Keep one of the two; which of them holds must not be left to chance.")


def _repeated_keys(text: str) -> Iterator[tuple[int, str]]:
    """Find keys that stand twice, with their places; only asked once the parser has met one."""
    seen: list[set[str] | None] = []
    for token, after in pairwise(_TOKENS.finditer(text)):
        sign = text[token.start()]
        if sign in "{[":
            seen.append(set() if sign == "{" else None)
        elif sign in "}]" and seen:
            seen.pop()
        elif sign == '"' and text[after.start()] == ":" and seen and (keys := seen[-1]) is not None:
            name = json.loads(token.group())
            if name in keys:
                yield token.start(), name
            keys.add(name)


def _refuse_broken_characters(text: str, document: Any) -> None:
    """Refuse half a character (a lone surrogate): it can be written in JSON but in no file, page or database."""
    if "\\ud" not in text.lower():
        return
    if _SURROGATE.search(json.dumps(document, ensure_ascii=False, default=str)):
        problem = "The file holds half a character (a lone surrogate such as \\ud83d)."
        raise Refused("file", "file", problem, "Write the character whole, or take it out.")


def encode(document: Any) -> bytes:
    """Return a document as canonical JSON: sorted keys, no spaces, UTF-8, numbers as they stand.

    Equal documents give equal bytes, so that a hash of them names what they say.
    """
    return _canonical(document).encode("utf-8")


def _canonical(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, dict):
        pairs = [f"{encode_basestring(key)}:{_canonical(value[key])}" for key in sorted(value)]
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join([_canonical(each) for each in value]) + "]"
    if isinstance(value, Decimal):
        return plain_number(value)
    return json.dumps(value)


def plain_number(value: Decimal) -> str:
    """Write a number without exponent or superfluous zeros: `7`, `0.5`, `-3`."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
