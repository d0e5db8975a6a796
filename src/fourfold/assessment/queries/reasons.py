"""What reading a file said: each thing as it was found, and alike with alike for whoever decides."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fourfold.assessment.fhir.places import link_of
from fourfold.assessment.fhir.terms import Severity
from fourfold.assessment.terms import Instrument
from fourfold.words import Word, sentence, words

MOST_NAMED = 3
_VARIES = re.compile(r"“[^”]*”|\d[\d.,]*")


@dataclass(frozen=True)
class Reason:
    """One thing to know about a file: which rule, how grave, where, and in words what and how to mend it."""

    rule: str
    severity: Severity
    where: str
    message: str

    @property
    def rule_words(self) -> Word:
        """The rule as it is read: the rules of validation and of scoring have numbers, the others names."""
        number = self.rule[1:]
        if not number.isdecimal():
            return _OTHER_RULES.get(self.rule, Word("how the file is built"))
        return sentence("scoring rule {1}", number) if self.rule[0] == "S" else sentence("validation rule {1}", number)


_OTHER_RULES = {"shape": Word("kind of value"), "file": Word("the file itself"), "wording": Word("the wording")}


#: Where a finding stands that is about no question, as a page says it.
_WHOLE = words(
    {
        "definition": "the form as a whole",
        "item": "all its questions",
        "file": "the file",
        "title": "the title of the form",
        "status": "whether the form is in use",
        "language": "the language of the form",
    }
)


def reasons_in(found: Iterable[Mapping[str, str]]) -> tuple[Reason, ...]:
    """Return what reading a file said, as it was kept."""
    return tuple(Reason(**{**one, "severity": Severity(one["severity"])}) for one in found)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Group:
    """Findings that say the same of several places: the first one's words, the questions by theirs, and each line."""

    severity: Severity
    message: str
    where: tuple[str, ...]
    lines: tuple[Reason, ...]

    @property
    def named(self) -> str:
        """The first questions, and how many more there are."""
        more = len(self.where) - MOST_NAMED
        shown = "; ".join(self.where[:MOST_NAMED])
        return sentence("{1}; and {2} more", shown, more) if more > 0 else shown


def grouped(reasons: Iterable[Reason], form: Instrument | None) -> tuple[Group, ...]:
    """Return findings that differ only in names and numbers together, the gravest first."""
    said = _WHOLE | ({link_of(item): item.text or item.title for item in form.items} if form else {})
    found: dict[tuple[Severity, str, str], list[Reason]] = {}
    for reason in reasons:
        found.setdefault((reason.severity, reason.rule, _VARIES.sub("…", reason.message)), []).append(reason)
    order = list(Severity)
    groups = [
        Group(alike[0].severity, alike[0].message, tuple(said.get(one.where, one.where) for one in alike), tuple(alike))
        for alike in found.values()
    ]
    return tuple(sorted(groups, key=lambda group: order.index(group.severity)))
