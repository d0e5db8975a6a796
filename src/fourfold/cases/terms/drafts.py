"""What the forms of a case ask, each field with its limits and its message."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from uuid import UUID

from fourfold.access.terms import RelationKind
from fourfold.cases.terms.case import Answer, CannotStep, Level, Outcome, ScreeningAnswers, Trigger
from fourfold.cases.terms.courses import CourseVerdict
from fourfold.fields import asked, draft
from fourfold.intake.terms import Behaviour
from fourfold.linkage.terms import Verdict
from fourfold.people.terms import Part, ThirdRole

FOUR = ("fixated", "obsessive", "unwanted", "repeated")


@draft
class ThirdContactDraft:
    """How a third party may be contacted without harm."""

    safe_contact: str = asked(longest=300)


@draft
class LevelDraft:
    """A level as somebody sets it, or as they ask a colleague to sign it first (`ask`)."""

    level: Level = asked(missing="Choose a level")
    reason: str
    for_want_of_capacity: bool
    ask: bool
    version: int | None = asked(most=10**9)


@draft
class ReviewDraft:
    """What a review found, and the level it leaves."""

    level: Level | None
    summary: str
    reason: str
    version: int | None = asked(most=10**9)


@draft
class EventDraft:
    """Something that happened, or will on a day."""

    trigger: Trigger = asked(missing="Choose what happened")
    words: str
    happens_at: datetime | None


@draft
class CloseDraft:
    """Why a case may close, and when the victim was told."""

    reason: str
    victim_told_at: datetime | None
    version: int | None = asked(most=10**9)


@draft
class WhatBecame:
    """What a follow-up found; what nobody could ask is not known."""

    summary: str
    victim_reached: Answer = Answer.NOT_KNOWN
    new_act: Answer = Answer.NOT_KNOWN
    feels_safer: Answer = Answer.NOT_KNOWN


@draft
class TriageDraft:
    """What the desk answers about an allegation, and how it leaves."""

    outcome: Outcome = asked(missing="Choose how this allegation leaves the desk")
    reason: str = asked(missing="Say why. One sentence is enough")
    both_new: bool
    redirected_to: str = asked(longest=120)
    case: str = asked(longest=12)
    another_because: str = asked(longest=300)
    reclassification_asked: bool
    class_kept_because: str = asked(longest=300)
    all_four: bool
    fixated: Answer | None
    obsessive: Answer | None
    unwanted: Answer | None
    repeated: Answer | None
    immediate_danger: Answer = Answer.NOT_KNOWN
    known_to_staff: Answer = Answer.NOT_KNOWN

    def __post_init__(self) -> None:
        _agree(self)

    @property
    def answers(self) -> ScreeningAnswers:
        return _answers(self)


def _answers(said: object) -> ScreeningAnswers:
    asked_names = {field.name for field in fields(ScreeningAnswers)}
    told = {name: value for name, value in vars(said).items() if name in asked_names and value is not None}
    return ScreeningAnswers(**(dict.fromkeys(FOUR, Answer.YES) if vars(said)["all_four"] else {}) | told)


def _agree(said: object) -> None:
    """Refuse a yes to all four beside another answer to one of them: which of the two is meant, a person says."""
    if vars(said)["all_four"] and any(vars(said)[name] not in (None, Answer.YES) for name in FOUR):
        raise CannotStep(
            "all_four", "You said yes to all four, and another answer to one of them. Change one of the two"
        )


@draft
class MatchDraft:
    """Whom one part of an allegation concerns; no person: somebody who is not on record yet."""

    part: Part = asked(missing="Say who this is about")
    verdict: Verdict = asked(missing="Choose one of the answers")
    person: UUID | None
    reason: str = asked(longest=300, typed_in="match_reason")


@draft
class ThirdDraft:
    """Who is told of where others tell of the victim, and which third party that is."""

    role: ThirdRole = asked(missing="Choose what they are to the victim", typed_in="third_role")
    name: str = asked(missing="Enter a name, or what it is called", longest=160, typed_in="third_name")
    safe_contact: str = asked(longest=300, typed_in="third_contact")


@draft
class UndoMatchDraft:
    """Which decision about a person is undone, and why."""

    match: UUID = asked(missing="Choose a decision")
    reason: str = asked(missing="Say why you undo this", longest=300, typed_in="undo_reason")


@draft
class SameEventDraft:
    """Which other report tells of the same event, or (`apart`) that it tells of another after all."""

    other: UUID = asked(missing="Choose a report")
    apart: bool


@draft
class DetachDraft:
    """From which case an act is taken that was attached to it, and why."""

    case: str = asked(missing="Choose a case", longest=12)
    reason: str = asked(missing="Say why you take it off the case", longest=300, typed_in="detach_reason")


@draft
class SplitDraft:
    """Which reports are about somebody else than the person on whose record they stand, and how that is known."""

    allegations: tuple[UUID, ...] = asked(missing="Choose the reports that are about somebody else")
    reason: str = asked(missing="Say how you know that they are two people", longest=290)


@draft
class BehaviourDraft:
    """Whether an allegation shows a behaviour."""

    behaviour: Behaviour = asked(missing="Choose a behaviour")
    shown: bool = asked(missing="Choose one of the answers", typed_in="shows")
    reason: str = asked(longest=300, typed_in="behaviour_reason")


@draft
class UndoBehaviourDraft:
    """Which answer about a behaviour is undone, and why."""

    judged: UUID = asked(missing="Choose a decision")
    reason: str = asked(missing="Say why you undo this", longest=300, typed_in="undo_behaviour_reason")


@draft
class CourseDraft:
    """What somebody says of a possible course of conduct."""

    verdict: CourseVerdict = asked(missing="Choose one of the answers")
    reason: str = asked(missing="Say why. One sentence is enough", longest=300)


@draft
class UndoCourseDraft:
    """Why what was said of a possible course is undone."""

    reason: str = asked(missing="Say why you undo this", longest=300, typed_in="undo_reason")


@draft
class PartDraft:
    """Who takes which part in a case."""

    staff: UUID = asked(missing="Choose a colleague")
    kind: RelationKind = asked(missing="Choose the person’s role in the case")


@draft
class PartAnswer:
    """Whether somebody else of the agency confirms a part in a case, and if not, why."""

    given: Answer = asked(missing="Say whether you confirm it")
    because: str = asked(longest=300)


@draft
class PartsDraft(PartDraft):
    """Who takes which part in several cases at once."""

    references: tuple[str, ...] = asked(typed_in="cases")


@draft
class CommentDraft:
    """What somebody says to colleagues: `place` as a form says it, and who is asked to read it."""

    words: str = asked(missing="Write what your colleagues should know")
    place: str = asked(missing="Choose who may read it", typed_in="compartment")
    mentioned: tuple[UUID, ...]


@draft
class StepDownDraft:
    """Why a case may step down, and when the victim was told."""

    reason: str
    victim_told_at: datetime | None
    version: int | None = asked(most=10**9)


@draft
class StepDownAnswer:
    """Whether somebody signs a colleague's step-down (`asked`), and why not."""

    asked: UUID | None
    signs: bool | None
    because: str


@draft
class OfferDraft:
    """To which unit a case is offered, why, and when the victim was told."""

    to_site: str = asked(missing="Choose the unit")
    reason: str
    victim_told_at: datetime | None


@draft
class TakeBackDraft:
    """Why an offer of a case is taken back."""

    reason: str = asked(typed_in="answer")


@draft
class OfferAnswer:
    """Whether a unit takes over a case that was offered to it, and why."""

    accepts: bool = asked(missing="Say whether your unit takes the case")
    reason: str


@draft
class TogetherDraft:
    """How the reports of one course leave the desk; what is said of each report stands beside it."""

    outcome: Outcome = asked(missing="Choose how these reports leave the desk")
    reason: str = asked(missing="Say why. One sentence is enough")
    victim: str = asked(longest=40)
    subject: str = asked(longest=40)
    redirected_to: str = asked(longest=120)
    case: str = asked(longest=12)
    another_because: str = asked(longest=300)
    ask_all: bool
    all_four: bool
    fixated: Answer | None
    obsessive: Answer | None
    unwanted: Answer | None
    repeated: Answer | None
    immediate_danger: Answer = Answer.NOT_KNOWN
    known_to_staff: Answer = Answer.NOT_KNOWN

    def __post_init__(self) -> None:
        _agree(self)

    @property
    def answers(self) -> ScreeningAnswers:
        return _answers(self)
