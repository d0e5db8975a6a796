"""What happens with the plan, as the history of a case says it."""

from django.db.models import Q

from fourfold.cases.queries.happened import Happened, on_day, said_day
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan.models import Action, Intervention, InterventionEnded, Moved, Session, StatusSet, Untold, VictimTold
from fourfold.plan.terms import Attendance, Ending, Status
from fourfold.words import Word, sentence

_WHAT = ("action__what",)


def _settled(status: str, what: str) -> Word:
    return sentence("Action {1}: {2}", Status(status).words, what)


def _moved(day: str, what: str) -> Word:
    return sentence("Action moved to {1}: {2}", said_day(day), what)


def _began(kind: str) -> Word:
    return sentence("{1} begun", MeasureKind(kind).words.begins())


def _ended(kind: str, how: str) -> Word:
    return sentence("{1} ended: {2}", MeasureKind(kind).words.begins(), Ending(how).words)


def _session(strand: str, day: str, attendance: str) -> Word:
    said = Strand(strand).words.begins(), said_day(day), Attendance(attendance).words
    return sentence("{1} session of {2}: {3}", *said)


KINDS = (
    Happened(Action, "opened_at", lambda what: sentence("Action opened: {1}", what), ("what",)),
    Happened(StatusSet, "set_at", _settled, ("status", *_WHAT), why="reason"),
    Happened(Moved, "moved_at", _moved, ("due_after", *_WHAT), why="reason"),
    Happened(VictimTold, "told_at", lambda what: sentence("Victim told before the action: {1}", what), _WHAT),
    Happened(
        Untold, "recorded_at", lambda what: sentence("Reason given for not telling the victim first: {1}", what), _WHAT,
        why="reason",
    ),
    Happened(
        Untold, "signed_at", lambda what: sentence("Signed that the victim is not told first: {1}", what), _WHAT,
        by="signed_by", where=Q(signed_at__isnull=False),
    ),
    Happened(Intervention, "begun_at", _began, ("kind",)),
    Happened(InterventionEnded, "ended_at", _ended, ("intervention__kind", "how"), why="reason"),
    Happened(
        Session, "settled_at", _session, ("strand", on_day("planned_at"), "attendance"),
        where=Q(settled_at__isnull=False),
    ),
)  # fmt: skip
