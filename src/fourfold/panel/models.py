"""Sittings, the cases before them, each profession's own view, and the one decision with its measures."""

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.stood import Last
from fourfold.access.terms import Compartment
from fourfold.base import Held, NotedManager, Row
from fourfold.cases.models import Case
from fourfold.cases.terms import Answer, Level
from fourfold.panel.terms import Came, Certainty, MeasureKind, OrderConsidered, Phase, PlanClass, Strand

_LEVELS = [(level.value, level.words) for level in Level]
_PHASES = [(phase.value, phase.value) for phase in Phase]


class Sitting(Row):
    """One meeting of a site's panel."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    starts_at = models.DateTimeField()
    chair = models.UUIDField()
    quorum = models.JSONField(default=list)
    convened_at = models.DateTimeField()
    convened_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("site", "-starts_at"), name="sitting_by_site"),)


class Item(Held):
    """A case before a sitting."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {"phase": Last("panel_phaseset", "item_id", "phase", "entered_at", first="'independent'")}
    NOT_COMMITTED = frozenset({"phase", "version"})

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="panel_items")
    position = models.PositiveSmallIntegerField(default=1)
    phase = models.CharField(max_length=14, choices=_PHASES, default=Phase.INDEPENDENT)
    version = models.PositiveIntegerField(default=1)
    why = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sitting", "case"), name="one_item_a_sitting"),)
        indexes = (
            models.Index(fields=("case", "phase"), name="item_by_case"),
            models.Index(fields=("phase", "sitting"), name="item_by_phase"),
        )


class PhaseSet(Held):
    """A phase that an item entered, by whose hand and when: the row behind `Item.phase`."""

    FILE_PATH = "item__case_id"
    COMPARTMENT = Compartment.CORE

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="phases")
    phase = models.CharField(max_length=14, choices=_PHASES)
    entered_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("item", "phase"), name="one_entry_a_phase"),)


class View(Held):
    """What one member thinks, given before the others' views are open; a later view is a later row."""

    FILE_PATH = "item__case_id"
    COMPARTMENT = Compartment.RISK

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="views")
    staff = models.UUIDField()
    profession = models.CharField(max_length=40)
    level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    certainty = models.CharField(max_length=12, choices=[(c.value, c.words) for c in Certainty], blank=True)
    position = models.TextField()
    proposes = models.TextField(blank=True)
    given_at = models.DateTimeField()
    independent = models.BooleanField(default=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("item", "given_at"), name="view_by_item"),)


class Decision(Held):
    """The one recorded decision of a sitting about a case; `without_assessment`: why none stood behind it."""

    FILE_PATH = "item__case_id"
    COMPARTMENT = Compartment.RISK

    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="decision")
    formulation = models.TextField()
    level = models.CharField(max_length=10, choices=_LEVELS)
    level_reason = models.TextField(blank=True)
    advised = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    countersigned_by = models.UUIDField(null=True)
    victim_safety = models.TextField()
    order_considered = models.CharField(max_length=4, choices=[(o.value, o.value) for o in OrderConsidered])
    order_reason = models.TextField()
    under_investigation = models.CharField(
        max_length=10, choices=[(a.value, a.value.replace("_", " ")) for a in Answer], default=Answer.NOT_KNOWN
    )
    resident = models.CharField(
        max_length=10, choices=[(a.value, a.value.replace("_", " ")) for a in Answer], default=Answer.NOT_KNOWN
    )
    want_of_capacity = models.TextField(blank=True)
    without_assessment = models.TextField(blank=True)
    alternatives_rejected = models.TextField(blank=True)
    dissent = models.TextField(blank=True)
    authority = models.CharField(max_length=120, blank=True)
    quorum_present = models.JSONField(default=list)
    review_on = models.DateField()
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("item", "decided_at"), condition=Q(order_reason__gt=""), name="order_said"),)


class Measure(Held):
    """A measure that was decided: strand, what, who owns it, by when."""

    FILE_PATH = "decision__item__case_id"
    COMPARTMENT = Compartment.CORE

    decision = models.ForeignKey(Decision, on_delete=models.PROTECT, related_name="measures")
    position = models.PositiveSmallIntegerField(default=1)
    strand = models.CharField(max_length=14, choices=[(s.value, s.words) for s in Strand])
    what = models.CharField(max_length=300)
    owner_partner = models.CharField(max_length=40)
    owner = models.UUIDField(null=True)
    due_on = models.DateField()
    tell_victim_first = models.BooleanField(default=False)
    direct_work = models.BooleanField(default=False)
    kind = models.CharField(max_length=20, choices=[(k.value, k.words) for k in MeasureKind], blank=True)
    plan_class = models.CharField(max_length=22, choices=[(c.value, c.words) for c in PlanClass], blank=True)

    objects = ScopedManager()


class Declared(Held):
    """What a member says of a conflict on an item: stands aside, or says why there is none. The later row counts."""

    FILE_PATH = "item__case_id"
    COMPARTMENT = Compartment.CORE
    ALWAYS_NOW = True

    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="declared")
    staff = models.UUIDField()
    profession = models.CharField(max_length=40, blank=True)
    aside = models.BooleanField()
    because = models.CharField(max_length=300, blank=True)
    declared_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("item", "staff", "-declared_at"), name="declared_by_item"),)


class Invitation(Row):
    """That somebody was asked to a sitting, and whether that person comes (None: has not said)."""

    COMPARTMENT = Compartment.ADMIN

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="invitations")
    staff = models.UUIDField()
    profession = models.CharField(max_length=40, blank=True)
    invited_at = models.DateTimeField()
    coming = models.BooleanField(null=True)
    answered_at = models.DateTimeField(null=True)

    objects = NotedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("sitting", "staff"), name="one_invitation_a_person"),)


class Attended(Row):
    """Whether somebody was at a sitting, recorded there; the later row of a person counts.

    `staff` None: somebody without an account, by `name`.
    """

    COMPARTMENT = Compartment.ADMIN

    sitting = models.ForeignKey(Sitting, on_delete=models.PROTECT, related_name="attendance")
    staff = models.UUIDField(null=True)
    name = models.CharField(max_length=120, blank=True)
    profession = models.CharField(max_length=40, blank=True)
    came = models.CharField(max_length=12, choices=[(c.value, c.words) for c in Came])
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("sitting", "recorded_at"), name="attendance_by_sitting"),)


class Consultation(Held):
    """Advice that is asked for a case which stays with its owner, and by when it is due."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="consultations")
    owner = models.CharField(max_length=120)
    question = models.TextField()
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("due_at", "id"), name="consultation_by_day"),)


class Advised(Held):
    """Advice that one profession gave to the owner of a case; more advice is a further row."""

    FILE_PATH = "consultation__case_id"
    COMPARTMENT = Compartment.RISK

    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="advised")
    staff = models.UUIDField()
    profession = models.CharField(max_length=40)
    advice = models.TextField()
    advised_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("consultation", "advised_at"), name="advised_by_consultation"),)
