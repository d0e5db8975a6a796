"""What a plan allows: when an action may be done, when a session may be settled. No framework, no clock."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from fourfold.panel.measures import why_not_kind
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan.terms import MOST_MINUTES_A_DAY, MOST_SESSIONS, Attendance, Because, Ending, Status
from fourfold.words import sentence

TAPS = (5, 15, 30, 60)
"""Minutes that can be logged with one tap."""

Why = tuple[str, str] | None
"""The field and how to mend it, or None where the step is open."""


@dataclass(frozen=True)
class Step:
    """A status that somebody wants to give: where the action stands, and the facts that the gate asks for.

    `victim_told_at` is when a safe contact told the victim (None: nobody has); `two_signed` says that a second
    person has signed the reason for going ahead without.
    """

    now: Status
    then: Status
    reason: str
    tell_victim_first: bool
    victim_told_at: datetime | None
    two_signed: bool
    at: datetime
    because: Because | None = None


def why_not_status(step: Step) -> Why:
    if step.then is step.now:
        return ("status", sentence("The action is {1} already. Choose another status.", step.now.words))
    if step.now.is_settled and not step.reason.strip():
        return ("reason", sentence("The action was {1}. Say why you are changing that.", step.now.words))
    if step.then is Status.NOT_DONE and not step.reason.strip():
        return ("reason", "Say why this will not be done. The panel will read it at the next review.")
    if step.then is Status.NOT_DONE and step.because is None:
        return ("because", "Choose the kind of reason.")
    if step.then is Status.WAITS_FOR_VICTIM and not step.tell_victim_first:
        return ("status", "This action does not wait for the victim. Leave it open, or record what happened.")
    return _why_not_told(step) if step.then is Status.DONE else None


def _why_not_told(step: Step) -> Why:
    """Return why a step that the subject will notice waits: the victim is told first."""
    if not step.tell_victim_first:
        return None
    if step.victim_told_at is None:
        if step.reason.strip() and step.two_signed:
            return None
        return (
            "victim_told",
            "Tell the victim first: record the safe contact in which the victim was told, "
            "or a reason for going ahead that a second person has signed.",
        )
    if step.victim_told_at > step.at:
        return ("victim_told", "The contact is in the future. Record it when the victim has been told.")
    return None


def why_not_open(what: str, owner_partner: str, partners: frozenset[str], due_on: date | None, today: date) -> Why:
    """Return why an action cannot be opened, or None: each has an owner and a day."""
    if not what.strip():
        return ("what", "Say what is to be done.")
    if owner_partner not in partners:
        return ("owner_partner", "Choose an agency of this unit as the owner.")
    if due_on is None:
        return ("due_on", "Enter the date by which it is done.")
    if due_on < today:
        return ("due_on", "The date must be today or later.")
    return None


@dataclass(frozen=True)
class Move:
    """A person and a day that somebody wants to give an action, besides those it has; `staff` are its agency's people."""

    now: Status
    owner: UUID | None
    owner_then: UUID | None
    due_on: date
    due_then: date
    staff: frozenset[UUID]
    reason: str
    today: date


def why_not_move(move: Move) -> Why:
    """Return why an action cannot pass to this person or move to this day, or None: a day never moves without a reason."""
    if move.now.is_settled:
        return ("owner", sentence("The action is {1}. First set it to open.", move.now.words))
    if (move.owner_then, move.due_then) == (move.owner, move.due_on):
        return ("owner", "Choose another person or another date.")
    if move.owner_then not in (None, move.owner) and move.owner_then not in move.staff:
        return ("owner", "Choose somebody from the agency that owns the action who may work on this case.")
    if move.due_then == move.due_on:
        return None
    if move.due_then < move.today:
        return ("due_on", "The date must be today or later.")
    if not move.reason.strip():
        return ("reason", "Say why the date changes. The panel will read it at the next review.")
    return None


def why_not_attend(attendance: Attendance, *, waits_for_victim: bool) -> Why:
    """Return why a session cannot have taken place yet, or None: the first one waits until the victim is told."""
    if attendance is Attendance.ATTENDED and waits_for_victim:
        return (
            "attendance",
            "Tell the victim first, before the first meeting with the subject. If that is impossible, ask a second "
            "person to sign why.",
        )
    return None


def why_not_untold(*, direct: bool, because: str) -> Why:
    """Return why the subject cannot be seen for the first time before the victim is told, or None."""
    if direct:
        return (
            "told_first",
            "Direct work always waits until the victim is told. Leave this ticked. If the victim cannot be told, "
            "a second person signs why.",
        )
    if not because.strip():
        return (
            "untold_because",
            "Say why the victim does not need to be told before the first meeting with the subject.",
        )
    return None


def why_not_begin(kind: MeasureKind, strand: Strand, sessions_agreed: int | None, goals: tuple[str, ...]) -> Why:
    if strand not in (Strand.PSYCHOLOGICAL, Strand.SOCIAL):
        return ("strand", "An intervention is psychological or social. Open an action for anything else.")
    if why := why_not_kind(kind, strand):
        return ("kind", why)
    if sessions_agreed is not None and not 1 <= sessions_agreed <= MOST_SESSIONS:
        return ("sessions_agreed", sentence("Enter 1 to {1} sessions, or leave this empty.", MOST_SESSIONS))
    if not goals:
        return ("goals", "Write at least one goal, on a line of its own: what will be different when it is done.")
    return None


def why_not_end(how: Ending, reason: str, *, ended: bool) -> Why:
    """Return why an intervention cannot end so, or None: only a completed one speaks for itself."""
    if ended:
        return ("how", "This intervention has ended. Begin another one.")
    if how is not Ending.COMPLETED and not reason.strip():
        return ("reason", "Say why it ended before it was completed.")
    return None


def why_not_settle(now: Attendance, then: Attendance, planned_at: datetime, at: datetime) -> Why:
    if now is not Attendance.PLANNED:
        return ("attendance", sentence("This session was recorded as {1}. Plan another one.", now.words))
    if then is Attendance.PLANNED:
        return ("attendance", "Choose what happened at the session.")
    if then in (Attendance.ATTENDED, Attendance.MISSED) and planned_at > at:
        return ("attendance", "The session has not taken place yet. You can only record a cancellation.")
    return None


def why_not_log(minutes: int, worked_on: date, today: date, role: str, roles: frozenset[str]) -> Why:
    if not 0 < minutes <= MOST_MINUTES_A_DAY:
        return ("minutes", sentence("Enter the minutes as a number from 1 to {1}.", MOST_MINUTES_A_DAY))
    if worked_on > today:
        return ("worked_on", "The date is in the future. Log work after it is done.")
    if role not in roles:
        return ("role", "Choose a role that you hold at this site.")
    return None


def is_overdue(status: Status, due_on: date, today: date) -> bool:
    """Return whether an action is late: its day has passed and it is not settled."""
    return not status.is_settled and due_on < today
