"""Orders with their conditions and dated steps, and breaches, each of which is an act of the same course of conduct."""

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.stood import As, Before, Last, Since, Withheld
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.cases.models import Case, CaseAct
from fourfold.intake.models import Allegation
from fourfold.orders.rules import STALKING_ORDERS
from fourfold.orders.terms import (
    BailExtender,
    BreachDecision,
    ConditionKind,
    CustodyKind,
    EndedBy,
    LastsUnit,
    OrderKind,
    PlaceGround,
    Step,
)
from fourfold.plan.models import Action


def _once(step: Step, empty: str = "NULL") -> Withheld:
    """Return a column that this step alone sets: empty where the step was recorded later."""
    later = "h.order_id = t.id AND h.recorded_at > {at}"
    return Withheld("orders_orderstep", f"{later} AND h.step = '{step}'", empty)


def _withdrawn(which: str, unless: str, said: str = "h.recorded_at") -> As:
    """Return what the last word on some breaches was by then: since when it was withdrawn, empty where it stood again."""
    last = f"WHERE {which} AND h.recorded_at <= {{at}} ORDER BY h.recorded_at DESC, h.id DESC LIMIT 1"
    word = f"(SELECT CASE WHEN h.stands THEN NULL ELSE {said} END FROM orders_breachstanding h {last})"  # noqa: S608
    told = f"EXISTS (SELECT 1 FROM orders_breachstanding h WHERE {which})"  # noqa: S608 -- words of the models alone
    return As(f"CASE WHEN {told} THEN {word} ELSE {unless} END")


class Order(Held):
    """An order that is sought or in force. `step` repeats the last of its steps, for lists."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {
        "step": Last("orders_orderstep", "order_id", "step", "taken_at", first="t.step"),
        "court": Before("orders_orderstep", "order_id", "court_before", "taken_at"),
        "expires_on": Before("orders_orderstep", "order_id", "expires_before", "taken_at"),
        "made_on": _once(Step.MADE),
        "served_at": _once(Step.SERVED),
        "ended_by": _once(Step.ENDED, empty="''"),
        "ended_on": _once(Step.ENDED),
    }
    NOT_COMMITTED = frozenset(
        {"step", "version", "court", "made_on", "served_at", "expires_on", "ended_by", "ended_on"}
    )

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="orders")
    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in OrderKind])
    court = models.CharField(max_length=120, blank=True)
    protects_victim = models.BooleanField(default=True)
    step = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Step])
    made_on = models.DateField(null=True)
    served_at = models.DateTimeField(null=True)
    expires_on = models.DateField(null=True)
    ended_by = models.CharField(max_length=12, choices=[(e.value, e.value) for e in EndedBy], blank=True)
    ended_on = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "step"), name="order_by_case"),
            models.Index(fields=("expires_on", "step"), name="order_by_expiry"),
            models.Index(fields=("case",), condition=Q(kind__in=sorted(STALKING_ORDERS)), name="order_of_stalking"),
        )


class Condition(Held):
    """One condition, in words that an officer on the street can read aloud."""

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {"ended_at": Since()}

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in ConditionKind])
    text = models.CharField(max_length=400)
    place_ground = models.CharField(max_length=16, blank=True, choices=[(g.value, g.words) for g in PlaceGround])
    place_reason = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("order", "number"), name="one_number_an_order"),)


class Supported(Held):
    """What a person says of a condition that is sought: for how long, and which acts and documents support it.

    A later row is a later word. `confirmed` is False where only the length was said, as the condition was drafted.
    """

    FILE_PATH = "condition__order__case_id"
    COMPARTMENT = Compartment.CORE

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="supported")
    lasts_unit = models.CharField(max_length=14, choices=[(u.value, u.words) for u in LastsUnit])
    lasts_count = models.PositiveSmallIntegerField(null=True)
    acts = models.JSONField(default=list)
    documents = models.JSONField(default=list)
    confirmed = models.BooleanField(default=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("condition", "recorded_at"), name="support_by_condition"),)


class Protected(Held):
    """Somebody whom an order protects besides, or instead of, the victim; never where they are."""

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="protected")
    name = models.CharField(max_length=120)
    relation = models.CharField(max_length=60, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("order", "recorded_at"), name="protected_by_order"),)


class OrderStep(Held):
    """A step that an order took, when, and why (a *no* has its reason too)."""

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"court_before": 2, "expires_before": 2}

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Step])
    taken_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    victim_told_first = models.BooleanField(null=True)
    countersigned_by = models.UUIDField(null=True)
    replaced_by = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="replaces")
    extended_by = models.CharField(max_length=14, choices=[(e.value, e.words) for e in BailExtender], blank=True)
    changed_on = models.DateField(null=True)
    # What the order said until this step, which may change it in place.
    court_before = models.CharField(max_length=120, blank=True)
    expires_before = models.DateField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("order", "taken_at"), name="step_by_order"),)


class VictimTold(Held):
    """The advocate told the victim what an order is about to do; `contact` is the safe contact in which that was.

    It holds the identifier of the contact without a foreign key: the victim's own file is not for this slice.
    """

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tellings")
    about = models.CharField(max_length=12, choices=[(s.value, s.value) for s in Step])
    told_at = models.DateTimeField()
    contact = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("order", "-told_at"), name="telling_by_order"),)


class Untold(Held):
    """Why an order is to be served without telling the victim first, and who signed that second; unsigned it opens nothing."""

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="untold")
    reason = models.TextField()
    signed_by = models.UUIDField(null=True)
    signed_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("order", "-recorded_at"), name="untold_by_order"),)


class Breach(Held):
    """A condition broken: a new allegation of the same course of conduct, and the clock that runs from it.

    `withdrawn_at`: it was recorded in error, and is on record as that alone; `BreachStanding` says by whom and why.
    """

    FILE_PATH = "condition__order__case_id"
    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {"withdrawn_at": _withdrawn("h.breach_id = t.id", "NULL")}
    ADDED_IN = {"action_id": 2, "withdrawn_at": 2}

    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="breaches")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="breaches")
    happened_at = models.DateTimeField()
    decide_by = models.DateTimeField()
    # The plan's action to assess again, which this breach opened.
    action = models.OneToOneField(Action, on_delete=models.PROTECT, null=True, related_name="breach")
    withdrawn_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("allegation",), condition=Q(withdrawn_at__isnull=True), name="one_breach_an_act"
            ),
        )
        indexes = (models.Index(fields=("condition", "-happened_at"), name="breach_by_condition"),)


class BreachStanding(Held):
    """That a breach was withdrawn as recorded in error, or stands again, and why."""

    FILE_PATH = "breach__condition__order__case_id"
    COMPARTMENT = Compartment.CORE

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="standings")
    stands = models.BooleanField()
    reason = models.TextField()

    objects = ScopedManager()


_OF_THE_ACT = "h.breach_id IN (SELECT b.id FROM orders_breach b WHERE b.allegation_id = t.allegation_id)"
_SINCE = "b.allegation_id = t.allegation_id AND b.recorded_at > h.recorded_at AND b.recorded_at <= {at}"
_NOT_AGAIN = f"CASE WHEN EXISTS (SELECT 1 FROM orders_breach b WHERE {_SINCE}) THEN NULL ELSE %s END"  # noqa: S608
# Whether an act counts as a breach follows from these rows, which the cases below know nothing of: until it was withdrawn,
# and again since it was recorded as another one.
CaseAct.AS_IT_STOOD |= {
    column: _withdrawn(_OF_THE_ACT, CaseAct.AS_IT_STOOD[column].sql(column), _NOT_AGAIN % said)
    for column, said in (("breach_until", "h.recorded_at"), ("breach_until_by", "h.recorded_by"))
}


class BreachStep(Held):
    """What was decided after a breach: arrest, charge, victim told; yes or no, with the reason.

    `contact`, `told_at`, `told_by`: in which contact the victim was told, where whoever says so knows it.
    """

    FILE_PATH = "breach__condition__order__case_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"contact": 2, "told_at": 2, "told_by": 2}

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="decisions")
    what = models.CharField(max_length=12, choices=[(d.value, d.value) for d in BreachDecision])
    done = models.BooleanField()
    decided_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    contact = models.UUIDField(null=True)
    told_at = models.DateTimeField(null=True)
    told_by = models.CharField(max_length=120, blank=True, default="")

    objects = ScopedManager()


class NotBreach(Held):
    """That somebody looked at an act under an order and found it no breach of that order, and why."""

    FILE_PATH = "order__case_id"
    COMPARTMENT = Compartment.CORE

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="ruled_out")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="ruled_out")
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("order", "allegation"), name="ruled_out_by_order"),)


class Custody(Held):
    """A time for which the subject is held: from when and why. The release is a later row."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="custody")
    kind = models.CharField(max_length=12, choices=[(k.value, k.value) for k in CustodyKind])
    held_from = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-held_from"), name="custody_by_case"),)


class CustodyEnded(Held):
    """That a subject who was held is out again, and since when."""

    FILE_PATH = "custody__case_id"
    COMPARTMENT = Compartment.CORE

    custody = models.OneToOneField(Custody, on_delete=models.PROTECT, related_name="ended")
    released_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()
