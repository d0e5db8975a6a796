"""Actions with owner and date, what became of each, sessions and staff minutes."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.stood import As, Before, Last, Since
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.panel.models import Measure
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan.terms import Approach, Attendance, Because, Ending, GoalState, Readiness, Status


class Action(Held):
    """One step of a plan, from a panel's measure or opened besides it.

    Kept for a unit's counts: `settled_on`, the day in London on which it was first done or given up, and `missed_on`,
    the first day that it missed before it was moved. Until it misses one, the day that counts is `due_on`.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {
        "status": Last("plan_statusset", "action_id", "status", "set_at", first="'open'"),
        "owner": Before("plan_moved", "action_id", "owner_before", "moved_at"),
        "due_on": Before("plan_moved", "action_id", "due_before", "moved_at"),
        # Counted by its own unit alone, and worked out from rows that are read there as they stood.
        "settled_on": As("NULL"),
        "missed_on": As("NULL"),
    }
    NOT_COMMITTED = frozenset({"status", "version", "settled_on", "missed_on"})

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="actions")
    measure = models.OneToOneField(Measure, on_delete=models.PROTECT, null=True, related_name="action")
    strand = models.CharField(max_length=14, choices=[(s.value, s.words) for s in Strand])
    what = models.CharField(max_length=300)
    owner_partner = models.CharField(max_length=40)
    owner = models.UUIDField(null=True)
    due_on = models.DateField()
    tell_victim_first = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Status], default=Status.OPEN)
    kind = models.CharField(max_length=20, choices=[(k.value, k.words) for k in MeasureKind], blank=True)
    plan_class = models.CharField(max_length=22, choices=[(c.value, c.words) for c in PlanClass], blank=True)
    settled_on = models.DateField(null=True)
    missed_on = models.DateField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            # Two hold all that a unit's quarter asks of an action, so that no row is read; so do others that it goes by.
            models.Index(fields=("case", "status", "due_on", "owner", "id"), name="action_by_case"),
            models.Index(fields=("case", "missed_on", "due_on", "settled_on"), name="action_as_promised"),
            models.Index(fields=("owner", "status", "due_on"), name="action_by_owner"),
            models.Index(fields=("owner_partner", "owner", "status", "due_on"), name="action_of_agency"),
            models.Index(fields=("status", "due_on", "id"), name="action_waited_for"),
        )


class StatusSet(Held):
    """A status that an action was given, and why."""

    FILE_PATH = "action__case_id"
    COMPARTMENT = Compartment.CORE

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="statuses")
    status = models.CharField(max_length=20, choices=[(s.value, s.value) for s in Status])
    set_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    because = models.CharField(max_length=20, choices=[(b.value, b.words) for b in Because], blank=True)
    victim_told_at = models.DateTimeField(null=True)
    countersigned_by = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("action", "-set_at", "status"), name="status_by_action"),)


class Moved(Held):
    """That an action passed to another person, or its day moved: from what to what, and why.

    The action says who has it and by when now; the day that was promised first is `due_before` of its first row.
    """

    FILE_PATH = "action__case_id"
    COMPARTMENT = Compartment.CORE

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="moves")
    owner_before = models.UUIDField(null=True)
    owner_after = models.UUIDField(null=True)
    due_before = models.DateField()
    due_after = models.DateField()
    moved_at = models.DateTimeField()
    reason = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("action", "-moved_at"), name="moved_by_action"),)


class VictimTold(Held):
    """That the victim knows of an action before it is taken, and when a safe contact said so; no more than that."""

    FILE_PATH = "action__case_id"
    COMPARTMENT = Compartment.CORE

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="tellings")
    told_at = models.DateTimeField()
    contact = models.UUIDField(null=True)

    objects = ScopedManager()


class Untold(Held):
    """A reason for taking a step before the victim was told; it holds once a second person has signed it."""

    FILE_PATH = "action__case_id"
    COMPARTMENT = Compartment.CORE

    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="untold")
    reason = models.TextField()
    signed_at = models.DateTimeField(null=True)
    signed_by = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("recorded_at",), condition=models.Q(signed_at__isnull=True), name="untold_unsigned"),
        )


class Intervention(Held):
    """Work with the subject over some time, and by which approach; what is said in it is clinical and stands elsewhere."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="interventions")
    strand = models.CharField(max_length=14, choices=[(s.value, s.words) for s in Strand])
    kind = models.CharField(max_length=20, choices=[(k.value, k.words) for k in MeasureKind])
    approach = models.CharField(max_length=24, choices=[(a.value, a.words) for a in Approach], blank=True)
    sessions_agreed = models.PositiveSmallIntegerField(null=True)
    begun_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-begun_at"), name="intervention_by_case"),)


class Goal(Held):
    """A goal of an intervention, in words that the whole panel may read."""

    FILE_PATH = "intervention__case_id"
    COMPARTMENT = Compartment.RISK

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="goals")
    position = models.PositiveSmallIntegerField(default=1)
    what = models.CharField(max_length=300)

    objects = ScopedManager()


class GoalSet(Held):
    """Where a goal stood on a day; a later state is a later row."""

    FILE_PATH = "goal__intervention__case_id"
    COMPARTMENT = Compartment.RISK

    goal = models.ForeignKey(Goal, on_delete=models.PROTECT, related_name="states")
    state = models.CharField(max_length=10, choices=[(s.value, s.words) for s in GoalState])
    set_at = models.DateTimeField()

    objects = ScopedManager()


class ReadinessSet(Held):
    """How ready the subject was to change on a day, as judged by whoever works with the subject."""

    FILE_PATH = "intervention__case_id"
    COMPARTMENT = Compartment.RISK

    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, related_name="readiness")
    readiness = models.CharField(max_length=16, choices=[(r.value, r.words) for r in Readiness])
    set_at = models.DateTimeField()

    objects = ScopedManager()


class InterventionEnded(Held):
    """How an intervention ended, and why."""

    FILE_PATH = "intervention__case_id"
    COMPARTMENT = Compartment.CORE

    intervention = models.OneToOneField(Intervention, on_delete=models.PROTECT, related_name="ended")
    how = models.CharField(max_length=20, choices=[(e.value, e.words) for e in Ending])
    reason = models.TextField(blank=True)
    ended_at = models.DateTimeField()

    objects = ScopedManager()


class Session(Held):
    """A planned session of psychological or social work, and whether it took place. No content: that is clinical."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {"settled_at": Since(), "attendance": Since("settled_at", empty="'planned'")}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sessions")
    strand = models.CharField(max_length=14, choices=[(s.value, s.words) for s in Strand])
    planned_at = models.DateTimeField()
    attendance = models.CharField(
        max_length=30, choices=[(a.value, a.value) for a in Attendance], default=Attendance.PLANNED
    )
    settled_at = models.DateTimeField(null=True)
    direct_work = models.BooleanField(default=False)
    intervention = models.ForeignKey(Intervention, on_delete=models.PROTECT, null=True, related_name="sessions")
    # The action whose gate the session waits for: the victim is told before the first meeting with the subject.
    action = models.ForeignKey(Action, on_delete=models.PROTECT, null=True, related_name="sessions")
    # Why the subject is seen for the first time without telling the victim first; empty where the session waits.
    untold_because = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "planned_at"), name="session_by_case"),
            models.Index(fields=("attendance", "planned_at", "id"), name="session_waited_for"),
            models.Index(fields=("recorded_by", "attendance", "planned_at"), name="session_by_planner"),
        )


class ClinicalNote(Held):
    """What a clinician writes about the person in treatment; it stays with that person's clinicians."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CLINICAL

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clinical_notes")
    side = models.CharField(max_length=10)
    text = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "side", "-recorded_at"), name="note_by_side"),)


class StaffMinutes(Held):
    """Minutes of work on a case by role; without them no programme can say what it costs."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="staff_minutes")
    role = models.CharField(max_length=40)
    minutes = models.PositiveIntegerField()
    worked_on = models.DateField()
    on_what = models.CharField(max_length=80, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "worked_on"), name="minutes_by_case"),)
