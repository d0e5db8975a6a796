"""The words of triaging a course of conduct once: what is said of each report of it, and of all of them."""

from dataclasses import dataclass
from uuid import UUID

from fourfold.cases.terms.case import Outcome, ScreeningAnswers
from fourfold.people.terms import ThirdRole
from fourfold.words import WordedEnum


class Said(WordedEnum):
    """What somebody says of one part of one report, compared with the pair that the course is about."""

    SAME = "same", "the same person"
    THINK = "think", "I think it is the same person"
    OTHER = "other", "not the same person"
    OPEN = "open", "nobody can say yet"


@dataclass(frozen=True)
class ReportSaid:
    """What is said of one report: who its people are, and of its class.

    `victim` and `subject` of None: stood before. `role`: a third party is told of where others tell of the victim.
    `seen` is what stood of the report before the writer's eyes.
    """

    report: UUID
    seen: str
    victim: Said | None = None
    subject: Said | None = None
    role: ThirdRole | None = None
    class_asked: bool = False
    class_kept_because: str = ""

    @property
    def is_of_another(self) -> bool:
        """Whether it was found not to belong: that is kept, and it stays at the desk."""
        return Said.OTHER in (self.victim, self.subject)


@dataclass(frozen=True)
class CourseSaid:
    """One outcome with one reason for the reports of one course, and what is said of each.

    `victim` and `subject` are people on record; None: whoever the first report of both tells of goes on record. `shown`
    are all reports that stood before the writer's eyes, chosen or not.
    """

    reports: tuple[ReportSaid, ...]
    shown: frozenset[UUID]
    outcome: Outcome
    reason: str
    answers: ScreeningAnswers
    victim: UUID | None = None
    subject: UUID | None = None
    redirected_to: str = ""
    case: str = ""
    another_because: str = ""
