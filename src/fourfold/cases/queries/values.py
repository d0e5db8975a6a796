"""What pages show of cases, as frozen values. A field of None is closed to this reader, unless it says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from fourfold.access.terms import Compartment, Opened, RelationKind, RiskOnly, SubjectOnly
from fourfold.cases import rules
from fourfold.cases.terms import (
    Act,
    CourseOfConduct,
    Level,
    Outcome,
    ScreeningAnswers,
    SetBy,
    ShownLevel,
    State,
    Trigger,
)
from fourfold.intake.terms import Channel, RecordingClass, Urgency
from fourfold.people.terms import Named, SubjectCard, ThirdRole


@dataclass(frozen=True)
class CaseRow:
    """A case in a list. `level` of None: not assessed, or, where `level_shown` is false, closed to this reader."""

    reference: str
    site: str
    victim: str
    subject: SubjectOnly[str]
    relationship: str
    level: RiskOnly[Level]
    level_shown: bool
    state: State
    opened_at: datetime
    review_due_at: RiskOnly[datetime]
    last_act_at: datetime | None
    #: Nobody told the day of the last act: `last_act_at` is that of telling.
    last_act_told: bool
    acts: int


@dataclass(frozen=True)
class CaseList:
    """One page of cases, the newest first, and the reference after which the next page begins (None: the last)."""

    rows: tuple[CaseRow, ...]
    after: str | None


@dataclass(frozen=True)
class Colleague:
    """Somebody who works on a case, and in which part."""

    staff: UUID
    name: str
    kind: RelationKind
    since: datetime


@dataclass(frozen=True)
class LevelNow:
    """A level that was set: when, in which step, by whom, beside which advice, and why."""

    level: Level
    set_at: datetime
    set_in: SetBy
    set_by: str
    advised: Level | None
    advice_from: str
    reason: str
    countersigned_by: str
    for_want_of_capacity: bool = False


@dataclass(frozen=True)
class StateNow:
    """A state that a case entered."""

    state: State
    entered_at: datetime
    by: str
    reason: str
    countersigned_by: str
    victim_told_at: datetime | None


@dataclass(frozen=True)
class ReviewNow:
    """A review that fell due: what set its date, and when it was done or put off by an earlier one.

    `on`: the day on which an event that somebody recorded happens.
    """

    due_at: datetime
    trigger: Trigger
    because: str
    was_due_at: datetime | None
    set_at: datetime
    set_by: str
    done_at: datetime | None
    done_by: str
    summary: str
    superseded_at: datetime | None
    on: date | None = None

    @property
    def is_waited_for(self) -> bool:
        return self.done_at is None and self.superseded_at is None


@dataclass(frozen=True)
class CaseHeader:
    """What stands above every page of one case. `opened` is the key to its other parts."""

    id: UUID
    reference: str
    site: str
    version: int
    victim_id: UUID
    victim: str
    victim_named: Named
    subject_id: SubjectOnly[UUID]
    subject: SubjectOnly[str]
    subject_named: SubjectOnly[Named]
    subject_known: SubjectOnly[bool]
    relationship: str
    opened_at: datetime
    state: StateNow
    level: RiskOnly[LevelNow]
    review: RiskOnly[ReviewNow]
    team: tuple[Colleague, ...]
    opened: Opened

    @property
    def title(self) -> str:
        """The case by its people, as far as this reader may see them."""
        return self.victim if self.subject is None else f"{self.victim} / {self.subject}"


@dataclass(frozen=True)
class AskedStepDown:
    """A step-down that waits for a second signature; `mine` when the reader asked for it."""

    id: UUID
    reference: str
    victim: str
    level: ShownLevel
    reason: str
    victim_told_at: datetime
    asked_at: datetime
    asked_by: str
    mine: bool


@dataclass(frozen=True)
class ThirdParty:
    """A third party of a course of conduct: who, with which role, and how to contact them safely for whoever may read it."""

    id: UUID
    name: str
    role: ThirdRole
    safe_contact: str = ""


@dataclass(frozen=True)
class ActRow:
    """One act of a case: when, of which kinds, in whose words, recorded as what, how it stands.

    `beside_answer`: where an answer denies what its words mention, both; else empty. `left_at`: when it was taken off the case
    again, which only whoever asks for such acts too is shown.
    """

    id: UUID
    allegation: UUID
    reference: str
    happened_at: datetime
    #: None: nobody told even the day, and `happened_at` is when it was told.
    time_known: bool | None
    kinds: tuple[str, ...]
    words: str
    beside_answer: str
    recorded_class: RecordingClass | None
    class_as_recorded: str
    included_classes: tuple[str, ...]
    seriousness: int
    confirmed: bool
    is_breach: bool
    joined_at: datetime
    #: Against whom it was, where that is not the victim.
    third: ThirdParty | None = None
    left_at: datetime | None = None
    left_because: str = ""
    #: Who added it and who took it off, where `removed` acts are read too; else empty.
    joined_by: str = ""
    left_by: str = ""
    #: What the last later version of its report is recorded as, which whoever reads a case is shown.
    later: str = ""
    #: Which other report tells of the same event, and counts with it.
    also: str = ""
    #: Who referred its report, and so never reads it at the desk.
    referred_by: UUID | None = None
    #: The report with which its own counts, where it stands beside it.
    same_as: UUID | None = None

    @property
    def report(self) -> UUID:
        return self.allegation


class DrawnAct(NamedTuple):
    """One act of a picture, with what `ActRow` says of it; its words as they were told."""

    happened_at: datetime
    words: str
    time_known: bool | None
    kinds: tuple[str, ...]
    recorded_class: RecordingClass | None
    class_as_recorded: str
    seriousness: int
    confirmed: bool
    is_breach: bool


class ToldAct(NamedTuple):
    """What a case's history tells of an act, as `ActRow` says it; `time_known` of None: not even the day."""

    joined_at: datetime
    left_at: datetime | None
    left_because: str
    happened_at: datetime
    is_breach: bool
    reference: str
    joined_by: str
    left_by: str
    time_known: bool | None
    kinds: tuple[str, ...]


def as_rules_see(row: ActRow | DrawnAct) -> Act:
    return Act(
        at=row.happened_at,
        recorded_class=row.recorded_class or "",
        is_breach=row.is_breach,
        confirmed=row.confirmed,
        behaviours=row.kinds,
        undated=row.time_known is None,
    )


@dataclass(frozen=True)
class Change:
    """Something that happened to a case: when, what in words, by whom, and why. `part`: the compartment that tells it,
    where that is more than whoever opens the case may read.
    """

    at: datetime
    what: str
    who: str = ""
    why: str = ""
    part: Compartment | None = None


@dataclass(frozen=True)
class PatternPage:
    """The pattern of one case: its header, the acts of its picture, those in view, and what changed since the last visit.

    `count` are the acts of the case, of which the newest two thousand are drawn. `after` is the act after which the next
    page of acts begins (None: the last). `last_visit_at` of None: the first. `changed`: how many the changes are, of which
    the newest eight at least are there.
    """

    header: CaseHeader
    count: int
    drawn: Sequence[ActRow | DrawnAct]
    acts: tuple[ActRow, ...]
    after: str | None
    #: The third parties of the course, and in how many reports each is told of.
    third_parties: tuple[tuple[ThirdParty, int], ...]
    levels: tuple[LevelNow, ...]
    reviews: tuple[ReviewNow, ...]
    last_visit_at: datetime | None
    changes: tuple[Change, ...]
    changed: int
    #: Every state that the case entered, the newest first.
    states: tuple[StateNow, ...] = ()

    @cached_property
    def course(self) -> CourseOfConduct:
        """Return the acts that are drawn as a whole."""
        return rules.course_of_conduct(map(as_rules_see, self.drawn))

    @property
    def opened_again(self) -> tuple[StateNow, StateNow] | None:
        """Return the state of an open case that was closed, or stepped down, before it was opened again, and that one."""
        if len(self.states) < 2 or self.states[0].state is not State.OPEN:
            return None
        return self.states[0], self.states[1]

    def release_on(self, since: datetime) -> date | None:
        """Return the day of the release that somebody recorded last as to come, since a moment; None: nobody did."""
        told = (one for one in self.reviews if one.trigger is Trigger.RELEASE and one.on and one.set_at >= since)
        last = max(told, key=lambda one: one.set_at, default=None)
        return last.on if last else None


@dataclass(frozen=True)
class HistoryPage:
    """What happened to one case, the newest first; `before` is the moment before which the next page begins."""

    header: CaseHeader
    changes: tuple[Change, ...]
    before: datetime | None = None


@dataclass(frozen=True)
class OtherCase:
    """Another case of the same subject that this reader may open; nobody's victim is named."""

    reference: str
    site: str
    level: Level | None
    state: State
    acts: int
    last_act_at: datetime | None
    last_act_told: bool


@dataclass(frozen=True)
class SubjectPage:
    """The subject of one case: the record, other cases. Nothing on it says where a victim is."""

    header: CaseHeader
    card: SubjectCard
    others: tuple[OtherCase, ...]


@dataclass(frozen=True)
class DeskRow:
    """An allegation that has not left the desk."""

    id: UUID
    reference: str
    site: str
    told_at: datetime
    received_at: datetime
    channel: Channel
    recorded_class: RecordingClass | None
    class_as_recorded: str
    words: str
    urgency: Urgency
    urgency_reasons: tuple[str, ...]
    victim: str
    victim_confirmed: bool
    subject_confirmed: bool
    screened: bool


@dataclass(frozen=True)
class Screened:
    """What the desk answered last about an allegation, when and by whom."""

    answers: ScreeningAnswers
    at: datetime
    by: str


@dataclass(frozen=True)
class Triaged:
    """How an allegation left the desk."""

    outcome: Outcome
    reason: str
    redirected_to: str
    at: datetime
    by: str
    case: str | None


@dataclass(frozen=True)
class UnknownSubject:
    """A subject whom nobody can name yet, in a case of the same victim: this may be the same person."""

    id: UUID
    case: str
    acts: int


@dataclass(frozen=True)
class WallToConsider:
    """Somebody at the desk said that a party is known to staff: the governance lead asks who, and sets the wall."""

    allegation: UUID
    reference: str
    site: str
    asked_at: datetime
    case: str | None
