"""Another report that may tell of the same people: how sure that is of each, and what both tell, in words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fourfold.cases.queries import rows
from fourfold.cases.queries.values import ActRow
from fourfold.linkage import rules as compared
from fourfold.linkage.queries.meant import Told
from fourfold.linkage.terms import Comparison, Evidence, Sure, Weights
from fourfold.people.terms import Part
from fourfold.words import words

SHARED = words(
    {
        ("victim", "name"): "the victim’s name",
        ("victim", "birth"): "the victim’s date of birth",
        ("victim", "phone"): "the victim’s telephone number",
        ("victim", "email"): "the victim’s mailbox",
        ("victim", "address"): "the victim’s address",
        ("victim", "vehicle"): "the victim’s car",
        ("victim", "account"): "the victim’s account",
        ("subject", "name"): "the subject’s name",
        ("subject", "birth"): "the subject’s date of birth",
        ("subject", "phone"): "the subject’s telephone number",
        ("subject", "email"): "the subject’s mailbox",
        ("subject", "address"): "the subject’s address",
        ("subject", "vehicle"): "the subject’s car",
        ("subject", "account"): "the subject’s account",
    }
)
#: What is said where the two are not the same and speak for one person all the same.
NEARLY = words(
    {
        ("victim", "name"): "a name like the victim’s",
        ("victim", "birth"): "a date of birth like the victim’s",
        ("victim", "address"): "the postcode or at least three words of the victim’s address",
        ("subject", "name"): "a name like the subject’s",
        ("subject", "birth"): "a date of birth like the subject’s",
        ("subject", "address"): "the postcode or at least three words of the subject’s address",
    }
)
THE_SAME = frozenset({"same", "short_form", "reordered", "part"})


@dataclass(frozen=True)
class Alike:
    """Another report that may tell of the same people: how sure that is of each, and what both tell.

    `waits`: nobody at the desk has answered it yet. `victim` and `subject` of None: nothing says so of that part.
    What both tell is worked out where it is asked for: a list counts hundreds of these.
    """

    report: Any
    victim: Sure | None
    subject: Sure | None
    subject_unnamed: bool
    told: tuple[Told, Told]
    model: Weights

    @property
    def waits(self) -> bool:
        return bool(self.report.at_desk)

    @property
    def former_partner(self) -> bool | None:
        found: bool | None = self.report.former_partner
        return found

    @property
    def act(self) -> ActRow:
        return _act_of(self.report)

    @property
    def shares(self) -> tuple[str, ...]:
        """What both tell of each part that may be the same, in words."""
        return tuple(
            _shared(str(part), each.field, found)
            for part, found in self._compared
            for each in found.evidence
            if _says(str(part), each)
        )

    @property
    def evidence(self) -> tuple[tuple[Part, Evidence], ...]:
        """What both tell of each part that may be the same, field by field."""
        return tuple((part, each) for part, found in self._compared for each in found.evidence if each.weight)

    @cached_property
    def _compared(self) -> list[tuple[Part, Comparison]]:
        mine, theirs = self.told
        alike = zip(Part, (self.victim, self.subject), strict=True)
        return [(part, compared.compare(mine.of(part), theirs.of(part), self.model)) for part, sure in alike if sure]

    @property
    def is_confirmed(self) -> bool:
        """Whether a person decided of both that they are the same."""
        return self.victim is self.subject is Sure.CONFIRMED

    @property
    def is_of_the_pair(self) -> bool:
        """Whether it may be an act of the same subject against the same victim: a course of conduct with this one."""
        same_subject = (self.subject is not None and self.subject.counts) or self.subject_unnamed
        return self.victim is not None and self.victim.counts and same_subject


@dataclass(frozen=True)
class Through:
    """A waiting report that shares something only with others of those that are held, and the reference of the nearest."""

    report: Alike
    other: str


def _act_of(row: Any) -> ActRow:
    """Return a report as an act, worked out once however many it is weighed against: its words are looked through for it."""
    if not hasattr(row, "as_act"):
        row.as_act = rows.allegation_row(row)
    found: ActRow = row.as_act
    return found


def _shared(part: str, field: str, found: Comparison) -> str:
    same = found.levels.get(field) in THE_SAME or (part, field) not in NEARLY
    return SHARED[part, field] if same else NEARLY[part, field]


def _says(part: str, evidence: Any) -> bool:
    return evidence.weight > 0 and (part, evidence.field) in SHARED
