"""The words of reading and writing FHIR: what a file turned out to be, what was found in it, and its normal form.

The normal form stands between the three dialects and our own model: one type for each thing, whatever a dialect
calls it, and nothing in it that has not been checked for its kind. Every value is frozen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from fourfold.assessment.terms import UNSETTLED, AssessmentError, Carried, Coding, Instrument, Meaning, TextPack
from fourfold.words import WordedEnum

UNWORDED = "urn:fourfold:fhir:unworded"
"""The extension with which an export of ours says that it holds the structure of a form and not its wording."""

Resource = dict[str, Any]
"""A FHIR resource, or a part of one, as it stands in JSON."""


class Outcome(StrEnum):
    """How reading a file ended: always exactly one of these."""

    IMPORTED = "imported"
    WITH_WARNINGS = "imported with warnings"
    REFUSED = "refused"


class Severity(WordedEnum):
    """What a finding means: the file is not taken, the form cannot be activated, look at it, or good to know."""

    REFUSE = "refuse", "refused"
    ERROR = "error", "must be corrected"
    WARNING = "warning", "check it"
    NOTE = "note", "good to know"


class Dialect(StrEnum):
    """The version of FHIR that a file speaks, told by its field names and never by a version string."""

    STU3 = "STU3"
    R4 = "R4"
    R5 = "R5"


@dataclass(frozen=True)
class Finding:
    """One thing to know about a file: the rule, how serious, where (a linkId or a path), what, and how to mend it.

    `rule` is Q1 to Q22 of the validation rules, S1 to S13 of the scoring rules, or `shape` for a value that is not
    of the kind that its field holds.
    """

    rule: str
    severity: Severity
    where: str
    problem: str
    mend: str = ""

    @property
    def message(self) -> str:
        return f"{self.problem} {self.mend}".strip()

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class Refused(AssessmentError):
    """A file cannot be taken at all; the finding says why and what would help."""

    def __init__(self, rule: str, where: str, problem: str, mend: str) -> None:
        self.finding = Finding(rule, Severity.REFUSE, where, problem, mend)
        super().__init__(self.finding.message)


class NotComputed(AssessmentError):
    """A value cannot be computed; the message says why. It is never a zero, and never a no."""


# --- the normal form --------------------------------------------------------------------------------------

Value = bool | int | Decimal | str
"""A primitive answer as it is kept; a Coding, a Quantity or a Reference has a type of its own."""


@dataclass(frozen=True)
class Coded:
    """A code of a code system, with what people read; any part may be missing."""

    system: str = ""
    code: str = ""
    display: str = ""

    @property
    def coding(self) -> Coding:
        return Coding(self.system, self.code, self.display)

    def is_same(self, other: Coded) -> bool:
        """Return whether both name the same concept; a system that one leaves out is not held against it, and words
        count only where there is no code."""
        if self.system and other.system and self.system != other.system:
            return False
        if self.code and other.code:
            return self.code == other.code
        return bool(self.display) and self.display == other.display and not (self.code or other.code)


@dataclass(frozen=True)
class Amount:
    """A number with its unit."""

    value: Decimal
    unit: str = ""
    code: str = ""
    system: str = ""


@dataclass(frozen=True)
class Given:
    """A value of a choice of types: which type the file said (`Boolean`, `Coding`, …), and what stood there."""

    type: str
    value: Value | Coded | Amount

    @property
    def words(self) -> str:
        if isinstance(self.value, Coded):
            return self.value.display or self.value.code
        if isinstance(self.value, Amount):
            return f"{self.value.value} {self.value.unit}".strip()
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


@dataclass(frozen=True)
class Choice:
    """One permitted answer: its value, its weight where it has one, and how it is shown."""

    given: Given
    weight: Decimal | None = None
    prefix: str = ""
    exclusive: bool = False
    initially: bool = False
    meaning: Meaning | None = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """What tells this option from the others of its list."""
        return self.given.value.code if isinstance(self.given.value, Coded) else ""

    @property
    def label(self) -> str:
        return self.given.words

    @property
    def lacks_weight(self) -> bool:
        """True for an answer that settles the question and has no weight: an open one needs none."""
        return self.weight is None and self.meaning not in UNSETTLED


@dataclass(frozen=True)
class Options:
    """A list of permitted answers; `name` tells lists apart, and lists that many items share are held once."""

    name: str
    choices: tuple[Choice, ...]

    @property
    def weights(self) -> tuple[Decimal, ...]:
        return tuple(choice.weight for choice in self.choices if choice.weight is not None)


@dataclass(frozen=True)
class Expression:
    """An expression as it stands in the file; only FHIRPath is ever run, and never while a file is read."""

    language: str
    text: str
    name: str = ""
    description: str = ""

    @property
    def runs(self) -> bool:
        """True for FHIRPath, the one language that is computed here."""
        return self.language == "text/fhirpath"


@dataclass(frozen=True)
class Enable:
    """One condition of an item: the question, how it is compared, and with what (None: nothing usable stood there)."""

    question: str
    operator: str
    answer: Given | None


@dataclass(frozen=True)
class Constraint:
    """A rule that the answers must keep, in the file's own words."""

    key: str
    severity: str
    expression: Expression
    human: str


@dataclass(frozen=True)
class Node:
    """One item of a form, in any dialect, with its children.

    `type` is the R4 word. `options` is None where none were given, and `missing_options` says why a list that the
    item names could not be had. `hidden` items and `initial` values are data and are kept.
    """

    link_id: str
    type: str
    path: str
    text: str = ""
    prefix: str = ""
    hint: str = ""
    required: bool = False
    repeats: bool = False
    read_only: bool = False
    hidden: bool = False
    control: str = ""
    options: Options | None = None
    missing_options: str = ""
    options_given_twice: bool = False
    enable: tuple[Enable, ...] = ()
    behaviour: str = ""
    enable_expression: Expression | None = None
    initial: tuple[Given, ...] = ()
    max_length: int | None = None
    min_length: int | None = None
    max_decimals: int | None = None
    lowest: Given | None = None
    highest: Given | None = None
    min_occurs: int | None = None
    max_occurs: int | None = None
    pattern: str = ""
    unit: str = ""
    units: tuple[Coding, ...] = ()
    missing_units: str = ""
    definition: str = ""
    carried: tuple[Carried, ...] = ()
    calculated: Expression | None = None
    prefilled: Expression | None = None
    answered_by: Expression | None = None
    variables: tuple[Expression, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    codes: tuple[Coded, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    items: tuple[Node, ...] = ()

    @property
    def asks(self) -> bool:
        """True for a question: neither a heading nor a text to read."""
        return self.type not in ("group", "display")


@dataclass(frozen=True)
class Form:
    """A questionnaire in its normal form, with the resource that it was made from."""

    dialect: Dialect
    title: str
    name: str
    url: str
    version: str
    status: str
    language: str
    publisher: str
    description: str
    copyright: str
    codes: tuple[Coded, ...]
    variables: tuple[Expression, ...]
    calculated: tuple[Expression, ...]
    contexts: tuple[str, ...]
    constraints: tuple[Constraint, ...]
    words: Mapping[str, str]
    items: tuple[Node, ...]
    carried: tuple[Carried, ...] = ()
    resource: Resource = field(repr=False, compare=False, default_factory=dict)

    def walk(self) -> Iterator[tuple[Node, tuple[Node, ...]]]:
        """Yield every item in the order of the form, with the items above it, outermost first.

        It keeps its own stack: a deep form must not exhaust Python's.
        """
        stack: list[tuple[Node, tuple[Node, ...]]] = [(node, ()) for node in reversed(self.items)]
        while stack:
            node, above = stack.pop()
            yield node, above
            stack.extend((child, (*above, node)) for child in reversed(node.items))

    @property
    def is_ours_unworded(self) -> bool:
        """True for a structure of ours, which says of itself that its wording is elsewhere."""
        listed = self.resource.get("extension")
        return isinstance(listed, list) and {"url": UNWORDED, "valueBoolean": True} in listed

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language in which some of the wording exists, the form's own first."""
        found = dict.fromkeys([self.language] if self.language else [])
        found.update(dict.fromkeys(self.words))
        for node, _ in self.walk():
            found.update(dict.fromkeys(node.words))
        return tuple(found)


# --- what comes out ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LicenceClaim:
    """What a file says of its own rights. It is a claim: a licence is what a unit records."""

    statement: str = ""
    publisher: str = ""
    source: str = ""


@dataclass(frozen=True)
class ScoringProposal:
    """A score that a file seems to declare. It is offered, and never accepted by itself.

    `items` are the linkIds whose weights it seems to add up; `lowest` and `highest` are what their extreme weights
    give, `declared` is the range that the file states; `why_not` lists what speaks against taking it as it is.
    """

    link_id: str
    title: str
    language: str
    expression: str
    items: tuple[str, ...] = ()
    lowest: Decimal | None = None
    highest: Decimal | None = None
    declared: tuple[Decimal | None, Decimal | None] = (None, None)
    why_not: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """True where nothing speaks against it; a person decides all the same."""
        return not self.why_not


@dataclass(frozen=True)
class Reading:
    """What reading a file gave. `instrument` and `pack` are None exactly when the file was refused.

    `sha256` is that of the bytes as they came (64 hexadecimal digits). `links` gives the linkId of each item key.
    """

    outcome: Outcome
    findings: tuple[Finding, ...]
    sha256: str
    dialect: Dialect | None = None
    instrument: Instrument | None = None
    pack: TextPack | None = None
    claims: LicenceClaim = LicenceClaim()
    scoring: tuple[ScoringProposal, ...] = ()
    form: Form | None = field(default=None, repr=False)
    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    guarded: bool = False

    @property
    def may_activate(self) -> bool:
        """True when no finding forbids that the form is used once it has been approved."""
        grave = (Severity.REFUSE, Severity.ERROR)
        return not any(finding.severity in grave for finding in self.findings)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is severity)
