"""The victim's own file: contacts made and missed, wishes and needs, what was told in confidence, measures."""

from django.db import models
from django.db.models import Q

from fourfold.access.stood import Since
from fourfold.access.terms import Compartment
from fourfold.base import NotedManager, Row, SentenceField
from fourfold.cases.models import Case
from fourfold.people.terms import Channel
from fourfold.support.models.base import OfCase
from fourfold.support.terms import ContactOutcome, Mode, NoteKind, UpdateKind, WhyMissed


class Contact(OfCase):
    """A one-to-one contact: attempted, reached, or stopped by the safe-contact rule with its reason.

    `incoming`: the victim got in touch, which no rule stops. `attempted_at` is when it was, `recorded_at` when somebody
    wrote it down. `rule_broken`: what it broke of the rule, where it was made all the same. `made_by`: by whom, as whoever
    wrote it down says; empty: by themselves. `withdrawn_at`: they said then that the victim was not told in it, and it
    counts as safe no more.
    """

    COMPARTMENT = Compartment.VICTIM_CONTACT
    AS_IT_STOOD = {"withdrawn_at": Since(), "safe": Since("withdrawn_at", empty="TRUE")}
    ADDED_IN = {"made_by": 2, "withdrawn_at": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="contacts")
    channel = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Channel])
    incoming = models.BooleanField(default=False)
    attempted_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, choices=[(o.value, o.words) for o in ContactOutcome])
    why_stopped = SentenceField(blank=True)
    rule_broken = SentenceField(blank=True)
    safe = models.BooleanField(null=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    made_by = models.CharField(max_length=120, blank=True, default="")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("case", "-attempted_at"), name="contact_by_case"),)


class VictimNote(OfCase):
    """A wish, a need, a step of the safety plan, or a confidence that leaves only with consent."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="victim_notes")
    kind = models.CharField(max_length=12, choices=[(k.value, k.words) for k in NoteKind])
    text = models.TextField()
    noted_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("case", "-noted_at"), name="note_by_case"),)


class CheckIn(OfCase):
    """How the victim is, by one measure: every answer as given, and a total only where the definition gives one.

    `critical` are the sentences to act on today, whatever the total; `mode` is how it was asked. `computed` is what an
    imported form worked out by rules of its own, as it was shown; None for what was answered before it was kept.
    """

    ADDED_IN = {"computed": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="check_ins")
    instrument = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    answered_at = models.DateTimeField()
    pack_sha256 = models.CharField(max_length=64, blank=True)
    mode = models.CharField(max_length=12, choices=[(m.value, m.words) for m in Mode], blank=True)
    answers = models.JSONField(default=dict)
    total = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    state = models.CharField(max_length=20)
    critical = models.JSONField(default=list)
    computed = models.JSONField(null=True)

    class Meta:
        indexes = (models.Index(fields=("case", "-answered_at"), name="check_in_by_case"),)


class MeasureMissed(OfCase):
    """A measure that was due and was not taken, and why: a gap with a reason is not a gap without one."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="measures_missed")
    instrument = models.CharField(max_length=120)
    missed_at = models.DateTimeField()
    why = models.CharField(max_length=12, choices=[(w.value, w.words) for w in WhyMissed])
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = (models.Index(fields=("case", "-missed_at"), name="missed_by_case"),)


class NormChosen(Row):
    """Which published figure a site reads a score by, chosen on a day: before the measures are looked at, or after."""

    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    instrument = models.CharField(max_length=120)
    score = models.CharField(max_length=60)
    norm = models.CharField(max_length=60)
    chosen_at = models.DateTimeField()
    chosen_by = models.UUIDField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("site", "instrument", "-chosen_at"), name="norm_by_site"),)


class Update(OfCase):
    """Something that the victim is to be told, by which day, under which right. What was told is a later row.

    `dropped_at`: it did not happen after all, and nobody tells it.
    """

    COMPARTMENT = Compartment.CORE
    AS_IT_STOOD = {"dropped_at": Since()}
    ADDED_IN = {"dropped_at": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="updates")
    what = models.CharField(max_length=20, choices=[(u.value, u.words) for u in UpdateKind])
    happened_at = models.DateTimeField()
    working_days = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("case", "due_on"), name="update_by_case"),
            models.Index(fields=("due_on", "case"), condition=Q(dropped_at=None), name="update_by_due"),
        )


class UpdateTold(OfCase):
    """That the victim was told, in a safe contact."""

    FILE_PATH = "update__case_id"
    COMPARTMENT = Compartment.CORE

    update = models.OneToOneField(Update, on_delete=models.PROTECT, related_name="told")
    told_at = models.DateTimeField()
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="updates")
