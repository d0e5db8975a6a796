"""Reading the fields of a resource that somebody else wrote: each asked for by name and kind, none trusted.

A value of the wrong kind is left out and told, never guessed at in silence; where a kind is often written in another
way (a number in quotes, one object where a list belongs) it is taken, and told.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, TypeVar

from fourfold.assessment.fhir import plain_text
from fourfold.assessment.fhir.decoding import LONGEST_NUMBER
from fourfold.assessment.fhir.terms import (
    Amount,
    Coded,
    Expression,
    Finding,
    Given,
    Outcome,
    Refused,
    Resource,
    Severity,
)

log = logging.getLogger(__name__)
Result = TypeVar("Result")

MOST_FINDINGS = 2_000
"""Beyond so many nobody reads on; the last one says that there are more."""

LONGEST_CODE = 255

FHIRPATH = "text/fhirpath"

_PREFIXES = ("sdc-questionnaire-", "questionnaire-", "valueset-", "codesystem-", "sdc-")
_PRIMITIVES = {
    "Boolean": "flag",
    "Integer": "whole",
    "Decimal": "number",
    "PositiveInt": "whole",
    "UnsignedInt": "whole",
}


@dataclass
class Findings:
    """What has been found so far, in the order in which it was met."""

    found: list[Finding] = field(default_factory=list)
    untold: int = 0

    def add(self, rule: str, severity: Severity, where: str, problem: str, mend: str = "") -> None:
        """Keep a finding, or only count it once there are too many to read."""
        if len(self.found) < MOST_FINDINGS:
            self.found.append(Finding(rule, severity, where[:300], problem, mend))
        else:
            self.untold += 1

    def listed(self) -> tuple[Finding, ...]:
        if not self.untold:
            return tuple(self.found)
        problem = f"There are {self.untold:,} more findings of the same kinds."
        return (*self.found, Finding("shape", Severity.ERROR, "file", problem, "Mend these first, then send it again."))

    @property
    def outcome(self) -> Outcome:
        grave = any(finding.severity in (Severity.ERROR, Severity.WARNING) for finding in self.listed())
        return Outcome.WITH_WARNINGS if grave else Outcome.IMPORTED


def guarded(read: Callable[[Findings], Result], result: Callable[..., Result], sha256: str) -> Result:
    """Return what a reader makes of a file; whatever it meets, a file that cannot be read is a refused `result`.

    A fault that nobody foresaw is logged and marked `guarded`, so that the tests can show that there is none.
    """
    findings = Findings()
    try:
        return read(findings)
    except Refused as refused:
        return result(Outcome.REFUSED, (*findings.listed(), refused.finding), sha256)
    except Exception as fault:
        log.exception("Reading a FHIR file failed in a way that nobody foresaw.")
        problem = f"The file could not be read, for a reason that nobody foresaw ({type(fault).__name__})."
        finding = Finding("file", Severity.REFUSE, "file", problem, "Send it to whoever looks after the system.")
        return result(Outcome.REFUSED, (*findings.listed(), finding), sha256, guarded=True)


@dataclass(frozen=True)
class Part:
    """One object of a resource, with the place where it stands and the list that findings go to."""

    entries: Resource
    where: str
    findings: Findings

    def has(self, key: str) -> bool:
        return self.entries.get(key) not in (None, "", [], {})

    def at(self, where: str) -> Part:
        """Return the same part under a name that a person recognises (its linkId)."""
        return Part(self.entries, where, self.findings)

    def wrong(self, key: str, expected: str) -> None:
        """Note that a field does not hold what belongs there."""
        problem = f"“{key}” holds {_kind(self.entries.get(key))} where {expected} belongs; it was left out."
        self.findings.add("shape", Severity.WARNING, self.where, problem, f"Write {expected}.")

    def bent(self, key: str, expected: str) -> None:
        """Note that a field was understood although it is written in another way."""
        problem = f"“{key}” holds {_kind(self.entries.get(key))} where {expected} belongs; it was understood."
        self.findings.add("shape", Severity.WARNING, self.where, problem, f"Write {expected}.")

    def text(self, key: str) -> str:
        """Return words on one or several lines, without control characters."""
        value = self.entries.get(key)
        if value is None:
            return ""
        if isinstance(value, bool | list | dict):
            self.wrong(key, "text")
            return ""
        if not isinstance(value, str):
            self.bent(key, "text in quotes")
            value = str(value)
        if len(value) > plain_text.LONGEST_WORDS:
            problem = f"“{key}” is longer than {plain_text.LONGEST_WORDS:,} characters; it was cut there."
            self.findings.add("Q19", Severity.WARNING, self.where, problem, "Shorten it.")
        return plain_text.words(value)

    def line(self, key: str, longest: int = LONGEST_CODE) -> str:
        """Return a short text on one line: an identifier, a code or a name."""
        found = plain_text.one_line(self.text(key))
        if len(found) <= longest:
            return found
        self.findings.add(
            "Q19",
            Severity.WARNING,
            self.where,
            f"“{key}” is longer than {longest} characters; it was cut there.",
            "Shorten it.",
        )
        return found[:longest].rstrip()

    def flag(self, key: str) -> bool:
        value = self.entries.get(key)
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            self.bent(key, "true or false without quotes")
            return value.strip().lower() == "true"
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "true or false")
            return False
        return value is True

    def number(self, key: str) -> Decimal | None:
        value = self.entries.get(key)
        if value is None:
            return None
        if isinstance(value, str) and (read := as_number(value)) is not None:
            self.bent(key, "a number without quotes")
            return read
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            self.wrong(key, "a number")
            return None
        return Decimal(value)

    def whole(self, key: str) -> int | None:
        value = self.number(key)
        if value is not None and value != value.to_integral_value():
            self.wrong(key, "a whole number")
            return None
        return None if value is None else int(value)

    def part(self, key: str) -> Part | None:
        value = self.entries.get(key)
        if isinstance(value, dict):
            return Part(value, self.where, self.findings)
        if value is not None:
            self.wrong(key, "an object")
        return None

    def parts(self, key: str) -> list[Part]:
        """Return the objects in the list under a key; a single object counts as a list of one."""
        value = self.entries.get(key)
        if value is None:
            return []
        if isinstance(value, dict):
            self.bent(key, "a list")
            value = [value]
        if not isinstance(value, list):
            self.wrong(key, "a list")
            return []
        return list(self._objects(key, value))

    def _objects(self, key: str, values: list[Any]) -> Iterator[Part]:
        for number, value in enumerate(values):
            if isinstance(value, dict):
                yield Part(value, f"{self.where}.{key}[{number}]" if self.where else f"{key}[{number}]", self.findings)
            elif value is not None:
                problem = f"“{key}” number {number + 1} is {_kind(value)} and no object; it was left out."
                self.findings.add("shape", Severity.WARNING, self.where, problem, "Correct it or take it out.")

    # --- extensions ---------------------------------------------------------------------------------------

    def extensions(self, *names: str) -> list[Part]:
        """Return the extensions with one of these names, whatever their address begins with."""
        value = self.entries.get("extension")
        if not isinstance(value, list):
            return []
        return [
            Part(each, self.where, self.findings)
            for each in value
            if isinstance(each, dict) and extension_name(each.get("url")) in names
        ]

    def extension(self, name: str) -> Part | None:
        return next(iter(self.extensions(name)), None)

    def inner(self) -> dict[str, Part]:
        listed = self.parts("extension") if self.has("extension") else []
        return {url: each for each in listed if isinstance(url := each.entries.get("url"), str)}

    def value(self, prefix: str = "value") -> Given | None:
        """Return the value of a choice of types (`valueString`, `answerCoding`, …), or None."""
        for key in self.entries:
            kind = key[len(prefix) :]
            if key.startswith(prefix) and kind[:1].isupper():
                return self.given(key, kind)
        return None

    def given(self, key: str, kind: str) -> Given | None:
        if kind in _PRIMITIVES:
            return self._primitive(key, kind)
        value = self.entries.get(key)
        if kind in ("Coding", "CodeableConcept"):
            return self._coding(key)
        if kind in ("Quantity", "Duration", "Age", "Count", "Money"):
            return self._amount(key)
        if kind in ("Reference", "Attachment"):
            return Given(kind, _reference(value)) if isinstance(value, dict) else None
        text = self.text(key)
        return Given(kind, text) if text else None

    def _primitive(self, key: str, kind: str) -> Given | None:
        if kind == "Boolean":
            return Given(kind, self.flag(key)) if isinstance(self.entries.get(key), bool | str) else None
        if kind == "Decimal":
            number = self.number(key)
            return None if number is None else Given(kind, number)
        whole = self.whole(key)
        return None if whole is None else Given("Integer", whole)

    def _coding(self, key: str) -> Given | None:
        if isinstance(self.entries.get(key), str):
            self.bent(key, "an object with a code")
            return Given("Coding", Coded(code=self.line(key)))
        coding = self.part(key)
        if coding is not None and isinstance(coding.entries.get("coding"), list):
            coding = next(iter(coding.parts("coding")), None)
        return Given("Coding", coding.coded()) if coding is not None else None

    def coded(self) -> Coded:
        return Coded(self.line("system"), self.line("code"), self.line("display", plain_text.LONGEST_WORDS))

    def _amount(self, key: str) -> Given | None:
        quantity = self.part(key)
        value = quantity.number("value") if quantity else None
        if quantity is None or value is None:
            return None
        return Given("Quantity", Amount(value, quantity.line("unit"), quantity.line("code"), quantity.line("system")))

    def expression(self) -> Expression | None:
        """Read this extension as an expression; a bare string counts as FHIRPath, as in STU3."""
        inner = self.part("valueExpression") if self.has("valueExpression") else None
        if inner is None:
            text = next((self.text(key) for key in ("valueString", "valueMarkdown", "valueUri") if self.has(key)), "")
            return Expression(FHIRPATH, text) if text else None
        text = inner.text("expression")
        if not text:
            return None
        language = inner.line("language") or FHIRPATH
        return Expression(language, text, inner.line("name"), inner.line("description", 500))


def extension_name(url: Any) -> str:
    """Return the last word of an extension's address without the prefix of its guide: both
    `…/sdc-questionnaire-calculatedExpression` and `…/questionnaire-calculatedExpression` are `calculatedExpression`."""
    return _unprefixed(url) if isinstance(url, str) else ""


@lru_cache(maxsize=1_024)  # a form of 20,000 answers names the same few 140,000 times
def _unprefixed(url: str) -> str:
    name = url.rsplit("/", 1)[-1].split("|", 1)[0]
    return next((name.removeprefix(prefix) for prefix in _PREFIXES if name.startswith(prefix)), name)


def as_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        return None
    usable = number.is_finite() and len(text) <= LONGEST_NUMBER and abs(number.adjusted()) <= LONGEST_NUMBER
    return number if usable else None


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | Decimal):
        return "a number"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "nothing"


def _reference(value: Resource) -> str:
    shown = value.get("display") or value.get("title") or value.get("reference") or ""
    return plain_text.one_line(shown)[:LONGEST_CODE] if isinstance(shown, str) else ""


def nested_parts(questionnaire: Resource) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield every object of the form with the linkId (or path) nearest to it, without recursion; contained resources
    and extensions' insides are left out, the extensions themselves are not."""
    stack: list[tuple[Any, str]] = [(questionnaire, "")]
    while stack:
        value, where = stack.pop()
        if isinstance(value, dict):
            linked = value.get("linkId")
            where = linked if isinstance(linked, str) and linked else where
            yield value, where
            for key in reversed(value):
                if isinstance(each := value[key], dict | list) and key not in ("contained", "extension"):
                    stack.append((each, where))
        elif isinstance(value, list):
            stack.extend((each, where) for each in reversed(value))


def extensions_of(value: Mapping[str, Any]) -> list[Any]:
    """Return what stands in an object's list of extensions, whatever it is."""
    listed = value.get("extension")
    return listed if isinstance(listed, list) else []


def name_of(extension: Any) -> str:
    """Return the last word of an extension's address, or nothing."""
    return extension_name(extension.get("url")) if isinstance(extension, dict) else ""
