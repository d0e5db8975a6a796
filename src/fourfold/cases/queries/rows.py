"""The rows of one opened case as values, each table read once, whatever its length."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from fourfold.access import queries as access_queries
from fourfold.access.models import Relation
from fourfold.access.terms import Compartment, Opened, RelationKind
from fourfold.cases import rules
from fourfold.cases.models import CaseAct, LevelSet, ReviewDue, StateSet, Triage
from fourfold.cases.queries.values import ActRow, Colleague, LevelNow, ReviewNow, StateNow
from fourfold.cases.terms import Act, Level, SetBy, State, Trigger
from fourfold.intake.models import Allegation
from fourfold.intake.rules import mentioned, proposed_in
from fourfold.intake.terms import RecordingClass

MOST_DRAWN = 2_000
SNIPPET = 160


class Names:
    """The names of the staff whom rows mention, in one statement when the first is asked for."""

    def __init__(self, *rows: Iterable[object]):
        self.wanted = {
            staff
            for row in (row for each in rows for row in each)
            for column in ("recorded_by", "countersigned_by", "done_by")
            if (staff := getattr(row, column, None)) is not None
        }
        self.found = access_queries.names_of(self.wanted)

    def of(self, staff: UUID | None) -> str:
        """Return a name, or "" for nobody."""
        return self.found.get(staff, "") if staff else ""


def levels_of(opened: Opened) -> list[LevelSet]:
    """Return every level that was set, the newest first; none where the risk is closed to the reader."""
    if not opened.may_read(Compartment.RISK):
        return []
    return list(LevelSet.objects.of(opened).order_by("-set_at", "-recorded_at", "id"))


def states_of(opened: Opened) -> list[StateSet]:
    """Return every state that the case entered, the newest first."""
    return list(StateSet.objects.of(opened).order_by("-entered_at", "-recorded_at", "id"))


def reviews_of(opened: Opened) -> list[ReviewDue]:
    """Return every review, the newest first; none where the risk is closed to the reader."""
    if not opened.may_read(Compartment.RISK):
        return []
    return list(ReviewDue.objects.of(opened).order_by("-recorded_at", "-due_at", "id"))


def triages_of(opened: Opened, before: datetime | None, most: int) -> list[Triage]:
    """Return how the case's allegations left the desk, the newest first from before a moment.

    At most `most`, those that share the moment of the last, and one older than all, where there is one, which says
    that the list goes on. Three statements.
    """
    rows = Triage.objects.unscoped("the case was opened").filter(case=opened.file).order_by("-decided_at", "id")
    rows = rows.filter(decided_at__lt=before) if before else rows
    shown = rows.select_related("allegation").only(*_READ_OF_TRIAGES)
    moments = list(rows.values_list("decided_at", flat=True)[:most])
    if len(moments) < most:
        return list(shown)
    return [*shown.filter(decided_at__gte=moments[-1]), *shown.filter(decided_at__lt=moments[-1])[:1]]


_READ_OF_TRIAGES = ("outcome", "reason", "decided_at", "recorded_by", "allegation__reference")


def acts_of(opened: Opened) -> list[CaseAct]:
    """Return the acts that belong to the case now, the newest first, at most two thousand."""
    rows = (
        CaseAct.objects.of(opened).filter(left_at__isnull=True).select_related("allegation__gist").only(*_READ_OF_ACTS)
    )
    return list(rows.order_by("-happened_at", "id")[:MOST_DRAWN])


#: What `_act` reads. Of two thousand acts the other forty columns would cost more than the page around them.
_READ_OF_ACTS = (
    *("happened_at", "seriousness", "joined_at", "allegation__reference", "allegation__time_known"),
    *("allegation__behaviours", "allegation__words", "allegation__recorded_class", "allegation__class_as_recorded"),
    *("allegation__included_classes", "allegation__confirmed", "allegation__breach_of", "allegation__gist__kinds"),
)


def team_of(opened: Opened, at: datetime) -> tuple[Colleague, ...]:
    """Return who works on the case now, by their part."""
    rows = (
        Relation.objects.filter(file=opened.file, from_at__lte=at)
        .filter(Q(until_at__isnull=True) | Q(until_at__gt=at))
        .exclude(kind__in=(RelationKind.PARTY, RelationKind.PSD_NAMED))
        .select_related("staff")
        .order_by("kind", "staff__name")
    )
    return tuple(Colleague(row.staff_id, row.staff.name, RelationKind(row.kind), row.from_at) for row in rows)


def level_value(row: LevelSet, names: Names) -> LevelNow:
    """Return a level as a value."""
    return LevelNow(
        level=Level(row.level),
        set_at=row.set_at,
        set_in=SetBy(row.set_in),
        set_by=names.of(row.recorded_by),
        advised=Level(row.advised) if row.advised else None,
        advice_from=row.advice_from,
        reason=row.reason,
        countersigned_by=names.of(row.countersigned_by),
        for_want_of_capacity=row.for_want_of_capacity,
    )


def state_value(row: StateSet, names: Names) -> StateNow:
    """Return a state as a value."""
    return StateNow(
        state=State(row.state),
        entered_at=row.entered_at,
        by=names.of(row.recorded_by),
        reason=row.reason,
        countersigned_by=names.of(row.countersigned_by),
        victim_told_at=row.victim_told_at,
    )


def review_value(row: ReviewDue, names: Names) -> ReviewNow:
    """Return a review as a value."""
    return ReviewNow(
        due_at=row.due_at,
        trigger=Trigger(row.trigger),
        because=row.because,
        was_due_at=row.was_due_at,
        set_at=row.recorded_at,
        set_by=names.of(row.recorded_by),
        done_at=row.done_at,
        done_by=names.of(row.done_by),
        summary=row.summary,
        superseded_at=row.superseded_at,
    )


def act_value(row: CaseAct) -> ActRow:
    """Return an act of a case as a value."""
    return _act(row.pk, row.allegation, row.happened_at, row.seriousness, row.joined_at)


def allegation_value(row: Allegation, happened_at: datetime, seriousness: int) -> ActRow:
    """Return an allegation that is in no case yet as a value."""
    return _act(row.pk, row, happened_at, seriousness, row.received_at)


def _act(pk: UUID, row: Allegation, happened_at: datetime, seriousness: int, joined_at: datetime) -> ActRow:
    return ActRow(
        id=pk,
        allegation=row.pk,
        reference=row.reference,
        happened_at=happened_at,
        time_known=row.time_known,
        kinds=kinds_of(row),
        words=snippet(row.words),
        recorded_class=RecordingClass(row.recorded_class) if row.recorded_class else None,
        class_as_recorded=row.class_as_recorded,
        included_classes=tuple(row.included_classes),
        seriousness=seriousness,
        confirmed=row.confirmed,
        is_breach=row.breach_of is not None,
        joined_at=joined_at,
    )


def allegation_row(row: Allegation) -> ActRow:
    """Return an allegation that is in no case yet as a value, when it happened and how serious it is by the rules."""
    serious = rules.seriousness(
        row.recorded_class, kinds_of(row), weapon=row.weapon, is_breach=row.breach_of is not None
    )
    return allegation_value(row, row.occurred_from or row.told_at, serious)


def kinds_of(row: Allegation) -> tuple[str, ...]:
    """Return the kinds of an act: what is kept of it, or what was told, or else what the word rules propose.

    What is kept follows what people confirmed and rejected; it is there only where it was read with the row.
    """
    kept = row._state.fields_cache.get("gist")
    if kept is not None:
        return tuple(kept.kinds)
    return tuple(row.behaviours) or tuple(str(kind) for kind in proposed_in(mentioned(row.words)))


def snippet(words: str) -> str:
    """Return the beginning of the words, cut between two of them."""
    plain = " ".join(words.split())
    if len(plain) <= SNIPPET:
        return plain
    return plain[:SNIPPET].rsplit(" ", 1)[0] + " …"


def as_rules_see(row: ActRow) -> Act:
    """Return an act as the rules look at it."""
    return Act(
        at=row.happened_at,
        recorded_class=row.recorded_class or "",
        is_breach=row.is_breach,
        confirmed=row.confirmed,
        behaviours=row.kinds,
    )
