"""The words of a plan: what became of an action, what became of a session, what was given and what it cost."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.access.terms import Role, Side
from fourfold.fields import asked, draft
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.words import WordedEnum


class Status(WordedEnum):
    """The outcome of an action."""

    OPEN = "open"
    DONE = "done"
    NOT_DONE = "not_done", "will not be done"
    WAITS_FOR_VICTIM = "waits_for_victim", "waits until the victim is told"

    @property
    def is_settled(self) -> bool:
        return self in (Status.DONE, Status.NOT_DONE)


SETTLED = tuple(status for status in Status if status.is_settled)
#: What nobody has settled yet.
OPEN = tuple(status for status in Status if not status.is_settled)


class Because(WordedEnum):
    """Which kind of reason an action was not done for; lack of capacity is recorded as exactly that."""

    WANT_OF_CAPACITY = "want_of_capacity", "the unit does not have the capacity"
    VICTIM_ASKED = "victim_asked", "the victim asked for it not to be done"
    SUBJECT_DECLINED = "subject_declined", "the subject declined"
    NOT_ALLOWED = "not_allowed", "a court or an authority did not allow it"
    NO_LONGER_NEEDED = "no_longer_needed"
    OTHER = "other"


class Approach(WordedEnum):
    """How a clinician works, as the schools are named."""

    COGNITIVE_BEHAVIOURAL = "cognitive_behavioural", "cognitive behavioural therapy"
    ACCEPTANCE_COMMITMENT = "acceptance_commitment", "acceptance and commitment therapy"
    DIALECTICAL_BEHAVIOURAL = "dialectical_behavioural", "dialectical behaviour therapy"
    SCHEMA = "schema", "schema therapy"
    MOTIVATIONAL = "motivational", "motivational interviewing"
    PRACTICAL = "practical", "practical support"
    OTHER = "other"


class Readiness(WordedEnum):
    """How ready somebody is to change, in the stages of change; not known is never ready."""

    NOT_KNOWN = "not_known"
    PRECONTEMPLATION = "precontemplation", "sees nothing to change"
    CONTEMPLATION = "contemplation", "thinks about changing"
    PREPARATION = "preparation", "prepares to change"
    ACTION = "action", "is changing"
    MAINTENANCE = "maintenance", "keeps to it"


class GoalState(WordedEnum):
    NOT_BEGUN = "not_begun"
    PARTLY = "partly", "partly reached"
    REACHED = "reached"
    GIVEN_UP = "given_up"


class Ending(WordedEnum):
    """How an intervention ended."""

    COMPLETED = "completed"
    SUBJECT_LEFT = "subject_left", "the subject left"
    ENDED_BY_UNIT = "ended_by_unit", "the unit ended it"
    WANT_OF_CAPACITY = "want_of_capacity", "ended because of a lack of capacity"
    GATE_SHUT = "gate_shut", "stopped by a rule of the site, such as an investigation"
    MOVED_ON = "moved_on", "taken over by another service"


class Attendance(WordedEnum):
    """The outcome of a planned session; lack of staff is recorded as exactly that."""

    PLANNED = "planned"
    ATTENDED = "attended"
    MISSED = "missed"
    CANCELLED_BY_CLIENT = "cancelled_by_client"
    CANCELLED_FOR_WANT_OF_STAFF = "cancelled_for_want_of_staff"


MOST_MINUTES_A_DAY = 24 * 60
MOST_SESSIONS = 200


@draft
class ActionDraft:
    """An action besides the panel's measures."""

    strand: Strand = asked(missing="Choose a strand")
    what: str = asked(longest=300)
    owner_partner: str
    owner: UUID | None
    due_on: date | None
    kind: MeasureKind | None
    plan_class: PlanClass | None
    tell_victim_first: bool


@draft
class StatusDraft:
    """What happened to an action, and why."""

    status: Status = asked(missing="Choose what happened")
    reason: str
    because: Because | None
    version: int | None = asked(most=10**9)


@draft
class MoveDraft:
    """Who has an action, and by when."""

    owner: UUID | None
    due_on: date = asked(missing="Enter the date by which it is done")
    reason: str
    version: int | None = asked(most=10**9)


@draft
class ToldDraft:
    """The safe contact in which the victim was told."""

    contact: UUID = asked(missing="Choose the contact in which the victim was told")


@draft
class UntoldDraft:
    """Why a step is taken without telling the victim first."""

    reason: str


@draft
class SessionDraft:
    strand: Strand = asked(missing="Choose a strand")
    planned_at: datetime = asked(missing="Enter the date of the session", ahead=True)
    direct_work: bool
    intervention: UUID | None
    told_first: bool
    untold_because: str


@draft
class SettledDraft:
    """What happened at a session."""

    attendance: Attendance = asked(missing="Choose what happened at the session")


@draft
class MinutesDraft:
    """Minutes of work; `worked_on` None: today, `role` None: the only one that somebody holds."""

    minutes: int = asked(missing="Enter the minutes", least=1, most=MOST_MINUTES_A_DAY)
    worked_on: date | None
    role: Role | None
    on_what: str = asked(longest=80)


@draft
class WorkedDraft(MinutesDraft):
    """Minutes of work on a day that has to be named."""

    worked_on: date = asked(missing="Enter the date")


@draft
class NoteDraft:
    side: Side = asked(missing="Choose who the note is about")
    text: str


@draft
class InterventionDraft:
    """Work with the subject as it begins; `goals` are typed a line each."""

    kind: MeasureKind = asked(missing="Choose what the work is")
    approach: Approach | None
    goals: str
    sessions_agreed: int | None = asked(most=MOST_SESSIONS)
    readiness: Readiness = asked(default=Readiness.NOT_KNOWN)


@draft
class EndingDraft:
    """How work with the subject ended."""

    how: Ending = asked(missing="Choose how it ended")
    reason: str


@dataclass(frozen=True)
class PastStatus:
    """A status that an action was given, as it is taken over."""

    status: Status
    set_at: datetime
    set_by: UUID
    reason: str = ""
    victim_told_at: datetime | None = None
    because: Because | None = None


@dataclass(frozen=True)
class PastAction:
    """An action of an earlier plan with its outcome, as it is taken over."""

    case: UUID
    strand: Strand
    what: str
    owner_partner: str
    due_on: date
    opened_at: datetime
    opened_by: UUID
    owner: UUID | None = None
    measure: UUID | None = None
    tell_victim_first: bool = False
    kind: MeasureKind | None = None
    plan_class: PlanClass | None = None
    statuses: tuple[PastStatus, ...] = ()


@dataclass(frozen=True)
class PastSession:
    """A session that was planned before, and its outcome, as it is taken over."""

    case: UUID
    strand: Strand
    planned_at: datetime
    planned_by: UUID
    attendance: Attendance = Attendance.PLANNED
    settled_at: datetime | None = None
    direct_work: bool = False


@dataclass(frozen=True)
class PastMinutes:
    """Minutes that somebody worked on a case, as they are taken over."""

    case: UUID
    role: str
    minutes: int
    worked_on: date
    worked_by: UUID
    on_what: str = ""


class CannotAct(ValueError):
    """The action cannot take this step; `field` names what is missing, the message how to mend it."""

    def __init__(self, field: str, message: str):
        self.field = field
        super().__init__(message)
