"""One text for one plan, whatever the order of its keys, and the hash by which everybody can check it.

RFC 8785 (JSON Canonicalization Scheme): keys in the order of their UTF-16 code units, no spaces, numbers as ECMAScript
writes them, UTF-8.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fourfold.stats.terms import NotANumber, OutOfRange, WrongShape

LARGEST_INTEGER = 2**53


def canonical_json(value: Any) -> str:
    """Write mappings, lists, words, numbers, yes, no and nothing as their one JSON text (RFC 8785).

    `value` is any tree of these. Source: Rundgren, Jordan & Erdtman 2020 (RFC 8785). Raises NotANumber for a number
    that is none or infinite, OutOfRange for whole numbers that no double holds (beyond 2^53), WrongShape for anything
    that JSON cannot hold or that is nested hundreds deep.
    """
    try:
        return _written(value)
    except RecursionError as deep:
        raise WrongShape("plan", "is nested hundreds deep, or holds itself", "Write it flat") from deep


def _written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return _whole(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, list | tuple):
        return f"[{','.join(_written(item) for item in value)}]"
    raise WrongShape(
        "plan", f"holds a {type(value).__name__}", "Use words, numbers, lists and mappings; write dates as words"
    )


def plan_hash(plan: Mapping[str, Any] | str | bytes) -> str:
    """Give the SHA-256, as 64 hexadecimal digits, of a plan: a mapping, or JSON text in any layout.

    Source: Rundgren, Jordan & Erdtman 2020 (RFC 8785); NIST 2015 (FIPS 180-4). Raises WrongShape for text that is no
    JSON object or names a key twice, and the refusals of `canonical_json`.
    """
    try:
        read = json_object(plan) if isinstance(plan, str | bytes) else plan
        if not isinstance(read, Mapping):
            raise WrongShape("plan", "is no mapping", "Give the plan as an object with named parts")
        text = canonical_json(read)
    except RecursionError as deep:
        raise WrongShape("plan", "is nested hundreds deep, or holds itself", "Write it flat") from deep
    return hashlib.sha256(text.encode()).hexdigest()


def chained_hash(previous: str, amendment: Mapping[str, Any]) -> str:
    """Give the hash of an amendment that names the hash it amends, so that none can be taken out or changed later.

    Source: Haber & Stornetta 1991, each hash over the one before. Raises WrongShape where `previous` is no SHA-256.
    """
    if not isinstance(previous, str) or len(previous) != 64 or set(previous) - set("0123456789abcdef"):
        raise WrongShape("previous", "is no SHA-256", "Give the 64 hexadecimal digits of what is amended")
    return plan_hash({"amends": previous, "amendment": amendment})


def json_object(text: str | bytes) -> Any:
    """Read JSON text strictly: no key twice, no numbers that are none."""
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except (json.JSONDecodeError, UnicodeDecodeError) as wrong:
        raise WrongShape("plan", f"is no JSON: {wrong}", "Mend the text") from wrong


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise WrongShape("plan", "names a key twice", "Keep one of them")
    return found


def _refused(word: str) -> float:
    raise NotANumber("plan", f"holds {word}", "JSON has no such number")


def _object(value: Mapping[Any, Any]) -> str:
    if any(not isinstance(key, str) for key in value):
        raise WrongShape("plan", "has a key that is not a word", "Name every part with a word")
    keys = sorted(value, key=_code_units)
    return "{" + ",".join(f"{_text(key)}:{_written(value[key])}" for key in keys) + "}"


def _code_units(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as wrong:
        raise WrongShape("plan", "holds half a character", "Write whole Unicode characters") from wrong
    return json.dumps(value, ensure_ascii=False)


def _whole(value: int) -> str:
    """Write a whole number that a double holds exactly; beyond 2^53 only some are."""
    if abs(value) > LARGEST_INTEGER and (abs(value) >= 10**300 or _number(float(value)) != str(value)):
        raise OutOfRange("plan", f"holds {value}, beyond 2^53", "Write it as words")
    return str(value)


def _number(value: float) -> str:
    """Write as ECMAScript does: the shortest digits that read back, plain from 1e-6 to below 1e21."""
    if not math.isfinite(value):
        raise NotANumber("plan", f"holds {value}", "Give a finite number")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(float(value))).normalize().as_tuple()
    text, point = "".join(map(str, digits)), len(digits) + int(exponent)
    return ("-" if sign else "") + _placed(text, point)


def _placed(text: str, point: int) -> str:
    """Put the decimal point after so many digits, or write an exponent."""
    if len(text) <= point <= 21:
        return text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{text}"
    mantissa = text[0] + (f".{text[1:]}" if len(text) > 1 else "")
    return f"{mantissa}e{point - 1:+d}"
