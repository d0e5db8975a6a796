"""One victim and one subject, and what is kept of their case as rows: acts, levels, states, reviews, steps."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from fourfold.access.models import Staff
from fourfold.access.scoping import ScopedManager
from fourfold.access.stood import As, Last, Since, Stood
from fourfold.access.terms import Compartment, RelationKind
from fourfold.base import Held, new_reference
from fourfold.cases.terms import SET_BY_ASSESSING, Answer, Level, SetBy, State, Trigger
from fourfold.intake.models import Allegation
from fourfold.people.models import Subject, Victim

_ANSWERS = [(answer.value, answer.value.replace("_", " ")) for answer in Answer]
_LEVELS = [(level.value, level.words) for level in Level]


def new_case_reference() -> str:
    """Return a fresh case reference, such as FF-7KQ2M9T."""
    return new_reference("FF")


_ACTS = (
    "FROM cases_caseact h WHERE h.case_id = t.id AND h.recorded_at <= {at} AND (h.left_at IS NULL OR h.left_at > {at})"
)


class Case(Held):
    """One victim, one subject (known or not), and everything that happens between them."""

    FILE_PATH = "pk"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {
        "level": Last("cases_levelset", "case_id", "level", "set_at", first="''"),
        "state": Last("cases_stateset", "case_id", "state", "entered_at", first="'open'"),
        "review_due_at": Last("cases_reviewdue", "case_id", "due_at", "recorded_at"),
        "last_act_at": As(f"(SELECT MAX(h.happened_at) {_ACTS})"),
        "acts": As(f"(SELECT COUNT(*) {_ACTS})"),
        "version": As("1"),  # whoever reads what was changes nothing, and may not count what others change
    }
    FIELDS = {"subject": Compartment.SUBJECT_IDENTITY}
    NOT_COMMITTED = frozenset({"version"})
    ADDED_IN = dict.fromkeys(("level", "state", "review_due_at", "last_act_at", "acts"), 2)

    reference = models.CharField(max_length=12, unique=True, default=new_case_reference)
    site = models.CharField(max_length=40)
    victim = models.ForeignKey(Victim, on_delete=models.PROTECT, related_name="cases")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="cases")
    relationship = models.CharField(max_length=40, blank=True)
    opened_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    # The present values of what stands below as rows, kept for lists; the rows are the truth.
    level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State], default=State.OPEN)
    review_due_at = models.DateTimeField(null=True)
    last_act_at = models.DateTimeField(null=True)
    acts = models.PositiveIntegerField(default=0)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("victim", "subject"), name="one_case_a_pair"),)
        indexes = (
            models.Index(fields=("site", "state", "review_due_at"), name="case_by_review"),
            models.Index(fields=("id", "state"), name="case_is_open"),  # asked of all that waits
            models.Index(fields=("site", "-opened_at", "id"), name="case_by_site"),
            models.Index(fields=("site", "id", "opened_at"), name="case_of_site"),  # counted in the order of grants
            models.Index(fields=("-opened_at", "id"), name="case_by_opening"),
            models.Index(fields=("state", "level", "-opened_at", "id"), name="case_by_level"),
            models.Index(fields=("state", "-opened_at", "id"), name="case_by_state"),
            models.Index(fields=("level", "-opened_at", "id"), name="case_of_level"),
        )

    def __str__(self) -> str:
        return self.reference


class CaseAct(Held):
    """An allegation that belongs to a case's course of conduct, from when until when. One that comes back is a new row.

    `breach_at` is since when it counts as a breach of an order: told as one, or found to be one later, by whichever door;
    `breach_until`, since when it no longer does, by whose word. `left_by` is empty for an act that left before this was kept.
    `same_as`: it left because its report tells of the event of this other report, and is counted once with it.
    `former_partner` is what its report says, which is never changed, and which the log proves there.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD: ClassVar[dict[str, Stood]] = {
        "left_at": Since(),
        "left_because": Since("left_at", empty="''"),
        "left_by": Since("left_at"),
        "same_as": Since("left_at"),
        "breach_at": Since(),
        "breach_until": Since(),
        "breach_until_by": Since("breach_until"),
    }
    ADDED_IN = dict.fromkeys(("breach_at", "breach_until", "breach_until_by", "left_by", "same_as"), 2)
    NOT_COMMITTED = frozenset({"former_partner"})

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_acts")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="case_acts")
    happened_at = models.DateTimeField()
    former_partner = models.BooleanField(null=True)
    seriousness = models.PositiveSmallIntegerField(default=1)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=300, blank=True)
    left_by = models.UUIDField(null=True)
    same_as = models.UUIDField(null=True)
    breach_at = models.DateTimeField(null=True)
    breach_until = models.DateTimeField(null=True)
    breach_until_by = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("case", "allegation"), condition=Q(left_at__isnull=True), name="one_act_a_case"
            ),
        )
        indexes = (
            # All that an extract asks of an act, so that no row is read.
            models.Index(
                fields=("case", "-happened_at", "left_at", "former_partner", "allegation"), name="act_by_case"
            ),
            # All that is told of those that others added, likewise.
            models.Index(
                fields=("case", "joined_at", "left_at", "happened_at", "recorded_by", "allegation"), name="act_joined"
            ),
            models.Index(fields=("case", "left_at", "allegation"), name="act_standing"),
            models.Index(fields=("same_as", "case"), condition=Q(same_as__isnull=False), name="act_counted_with"),
            models.Index(fields=("breach_until",), condition=Q(breach_until__isnull=False), name="act_no_breach"),
        )

    @property
    def is_breach(self) -> bool:
        return self.breach_at is not None and self.breach_until is None


class LevelSet(Held):
    """A level that was set: by whom, in which step, beside which advice, with whose second signature."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="levels")
    level = models.CharField(max_length=10, choices=_LEVELS)
    set_at = models.DateTimeField()
    set_in = models.CharField(max_length=14, choices=[(s.value, s.value) for s in SetBy])
    advised = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    advice_from = models.CharField(max_length=60, blank=True)
    reason = models.TextField(blank=True)
    for_want_of_capacity = models.BooleanField(default=False)
    countersigned_by = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "-set_at", "set_in", "level"), name="level_by_case"),
            # A unit's quarter begins here where few were assessed so, and else looks each of the unit's up in little.
            models.Index(
                fields=("case", "set_at"),
                condition=Q(level__in=(Level.HIGH, Level.VERY_HIGH), set_in__in=SET_BY_ASSESSING),
                name="level_assessed_grave",
            ),
        )


class StateSet(Held):
    """A state that a case entered, why, and with whose second signature."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="states")
    state = models.CharField(max_length=10, choices=[(s.value, s.value) for s in State])
    entered_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    countersigned_by = models.UUIDField(null=True)
    victim_told_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-entered_at"), name="state_by_case"),)


class StepDownAsked(Held):
    """A step-down for which somebody asks a colleague's signature: why, and when the victim was told."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {
        "answered_at": Since(),
        "answered_by": Since("answered_at"),
        "refused_because": Since("answered_at", empty="''"),
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="step_downs_asked")
    reason = models.TextField()
    victim_told_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    refused_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("case",), condition=Q(answered_at__isnull=True), name="one_step_down_asked"
            ),
        )


class PartAsked(Held):
    """A part in a case that is to open it to somebody: who asks, and what somebody else of that agency answered.

    `first`: it was the first part in any case that this person was given.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="parts_asked")
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="parts_asked")
    kind = models.CharField(max_length=30, choices=[(k.value, k.words) for k in RelationKind])
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    given = models.BooleanField(null=True)
    first = models.BooleanField(default=False)
    refused_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("case", "staff", "kind"), condition=Q(answered_at__isnull=True), name="one_part_asked"
            ),
        )
        indexes = (
            models.Index(fields=("case", "answered_at"), name="part_asked_by_case"),
            models.Index(fields=("answered_at", "first"), name="part_asked_by_answer"),
        )


class TransferAsked(Held):
    """A case that one unit offers to another: why, when the victim was told, and what the other unit answered."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="transfers")
    from_site = models.CharField(max_length=40)
    to_site = models.CharField(max_length=40)
    reason = models.TextField()
    victim_told_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    accepted = models.BooleanField(null=True)
    answer = models.TextField(blank=True)
    handed_over_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("case",), condition=Q(answered_at__isnull=True), name="one_transfer_asked"),
        )
        indexes = (
            models.Index(fields=("to_site", "answered_at"), name="transfer_by_receiver"),
            models.Index(fields=("case", "-recorded_at"), name="transfer_by_case"),
        )


class ReviewDue(Held):
    """A review that fell due, what set its date, and when it was done."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK
    AS_IT_STOOD = {
        "done_at": Since(),
        "done_by": Since("done_at"),
        "summary": Since("done_at", empty="''"),
        "superseded_at": Since(),
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    due_at = models.DateTimeField()
    trigger = models.CharField(max_length=20, choices=[(t.value, t.value) for t in Trigger])
    reason = models.JSONField(default=dict)
    was_due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    summary = models.TextField(blank=True)
    superseded_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "-due_at", "done_at", "superseded_at"), name="review_by_case"),
            models.Index(
                fields=("due_at",),
                condition=Q(done_at__isnull=True, superseded_at__isnull=True),
                name="review_waited_for",
            ),
        )


class FollowUp(Held):
    """A window after closing in which somebody asks how it went; opened with the closing, by no one's hand."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK
    AS_IT_STOOD = {
        "done_at": Since(),
        "done_by": Since("done_at"),
        "victim_reached": Since("done_at", empty="'not_known'"),
        "new_act": Since("done_at", empty="'not_known'"),
        "feels_safer": Since("done_at", empty="'not_known'"),
        "summary": Since("done_at", empty="''"),
        "superseded_at": Since(),
    }

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="follow_ups")
    months = models.PositiveSmallIntegerField()
    opens_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    victim_reached = models.CharField(max_length=10, choices=_ANSWERS, default=Answer.NOT_KNOWN)
    new_act = models.CharField(max_length=10, choices=_ANSWERS, default=Answer.NOT_KNOWN)
    feels_safer = models.CharField(max_length=10, choices=_ANSWERS, default=Answer.NOT_KNOWN)
    summary = models.TextField(blank=True)
    superseded_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "opens_at"), name="follow_up_by_case"),
            models.Index(
                fields=("opens_at",),
                condition=Q(done_at__isnull=True, superseded_at__isnull=True),
                name="follow_up_waited_for",
            ),
        )
