"""Reports that may belong together: what rules look at, what they find, and what somebody says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from fourfold.cases.terms.case import Act
from fourfold.linkage.terms import Traits
from fourfold.words import WordedEnum


class Together(StrEnum):
    """As what reports belong together: one victim and one subject, one subject's victims, one victim's subjects."""

    COURSE = "course"
    SUBJECT = "subject"
    VICTIM = "victim"


class CourseVerdict(WordedEnum):
    """What somebody said of a possible course of conduct."""

    STALKING = "stalking", "looks like stalking"
    NOT_STALKING = "not_stalking", "does not look like stalking"
    CANNOT_SAY = "cannot_say"


@dataclass(frozen=True, slots=True)
class Report:
    """One report as the rules that look for courses see it: who it tells of, as told or as confirmed, and when.

    `victim_is` and `subject_is` are people on record whom somebody confirmed (None: nobody has); `not_victims` and
    `not_subjects` those of whom somebody said that it is not about them. `source` is the force or partner that told.
    """

    id: UUID
    site: str
    at: datetime
    victim: Traits = field(default_factory=Traits)
    subject: Traits = field(default_factory=Traits)
    victim_is: UUID | None = None
    subject_is: UUID | None = None
    not_victims: frozenset[UUID] = frozenset()
    not_subjects: frozenset[UUID] = frozenset()
    #: Where somebody said that it tells of a third party: near which victims. None: it tells of a victim.
    near: frozenset[UUID] | None = None
    pair: str = ""  # which two of its people: nothing for its first victim and its first subject

    @property
    def telling(self) -> Telling:
        """Return what it says of its two people."""
        return Telling(self.id, self.pair, self.victim.name, self.subject.name)


@dataclass(frozen=True)
class Telling:
    """What one report says of one victim and one subject: their names as told, and which two of its people they are."""

    act: UUID
    pair: str
    victim: str
    subject: str


@dataclass(frozen=True)
class Thread:
    """Reports that may be one course of conduct: of one victim and one subject (None: nobody is named in any).

    `victim` and `subject` number the people among the reports that were looked at. `acts` are against the victim, oldest
    first; `third` against somebody close to the victim, by the same subject; `told` is what
    each act says of the two; `answers` are reports in which the two stand the other way round. `sites` says where each lies.
    `beside_others`: one of the third has a course of their own, which may be of the same reports.
    """

    victim: int
    subject: int | None
    acts: tuple[UUID, ...]
    third: tuple[UUID, ...] = ()
    told: tuple[Telling, ...] = ()
    answers: tuple[UUID, ...] = ()
    sites: Mapping[UUID, str] = field(default_factory=dict)
    beside_others: bool = False


@dataclass(frozen=True)
class Several:
    """Reports of one person with several others: one subject's against several victims, or the other way round.

    `told` is what the reports say, oldest first; `others` numbers the person on the other side of each (None: not told);
    `sites` says where each report lies.
    """

    kind: Together
    told: tuple[Telling, ...]
    others: tuple[int | None, ...]
    sites: Mapping[UUID, str]

    @property
    def acts(self) -> tuple[UUID, ...]:
        """The reports, each once."""
        return tuple(dict.fromkeys(one.act for one in self.told))


@dataclass(frozen=True)
class LookedAt:
    """One report of a possible course as the rules look at it for what it may have been recorded wrongly.

    `relationship` and `words` are as told; `doors` are the address keys of the victim and the subject, "" where not told.
    """

    act: Act
    included: tuple[str, ...] = ()
    source: str = ""
    names_subject: bool = False
    dangers: tuple[str, ...] = ()
    relationship: str = ""
    words: str = ""
    doors: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Why:
    """One reason for which reports look like stalking, in words, and its points in the order of the list."""

    says: str
    points: int
