"""What the desk's page of one allegation shows, as one frozen value."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from fourfold.cases.queries.behaviours import BehaviourShown
from fourfold.cases.queries.held import Held
from fourfold.cases.queries.values import ActRow, Screened, Triaged, UnknownSubject
from fourfold.cases.terms import ClassCheck, CourseOfConduct, Outcome
from fourfold.intake.terms import AsTold
from fourfold.linkage.queries.weighing import MOST_CANDIDATES
from fourfold.linkage.terms import Candidate, MatchNow


@dataclass(frozen=True)
class DeskPage:
    """The desk's page for one allegation: the words, who it is about, what it belongs to, what was asked and decided.

    `acts` are this and earlier allegations of the same people, oldest first. `case` is the reference of the case of
    this pair, where there is one that this reader may open. `held` is what the unit holds of the people told of;
    `possible` are reports that may be acts of the same pair and that nobody has confirmed to be, and what this would
    come to with them: how many acts, which class. `attached` is the case to which somebody attached it though its
    people are not confirmed to be those of the case. Of `victims` and `subjects` there are `MOST` at most, the closest.
    """

    MOST: ClassVar = MOST_CANDIDATES

    told: AsTold
    victim: MatchNow | None
    subject: MatchNow | None
    #: That a third party is told of where others tell of a victim.
    third: MatchNow | None
    decided: tuple[MatchNow, ...]
    victims: tuple[Candidate, ...]
    subjects: tuple[Candidate, ...]
    unknown: tuple[UnknownSubject, ...]
    acts: tuple[ActRow, ...]
    course: CourseOfConduct
    two_acts: bool
    class_check: ClassCheck | None
    screened: Screened | None
    triaged: Triaged | None
    #: It stands on the desk's list: nobody has triaged it, or it came back since.
    waits: bool
    case: str | None
    outcomes: tuple[Outcome, ...]
    names: dict[UUID, str]
    behaviours: tuple[BehaviourShown, ...]
    held: Held
    possible: tuple[ActRow, ...]
    possible_course: CourseOfConduct
    possible_two_acts: bool
    possible_check: ClassCheck | None
    attached: str | None

    @property
    def names_two(self) -> bool:
        """Whether it names a victim and a subject, and nobody has decided anything about either."""
        return not self.decided and all(one and one.name for one in (self.told.victim, self.told.subject))
