"""One victim and one subject: the thread that joins their acts, its level, its state and its clocks, all as rows."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held, Row, new_reference
from fourfold.cases.terms import Answer, CourseVerdict, Level, Outcome, SetBy, State, Together, Trigger
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Behaviour
from fourfold.people.models import Subject, Victim
from fourfold.people.terms import Part

_ANSWERS = [(answer.value, answer.value.replace("_", " ")) for answer in Answer]
_LEVELS = [(level.value, level.label) for level in Level]


def new_case_reference() -> str:
    """Return a fresh case reference, such as FF-7KQ2M."""
    return new_reference("FF")


class Screening(Held):
    """What the desk answered about one allegation: FOUR is asked, never computed."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="screenings")
    fixated = models.CharField(max_length=10, choices=_ANSWERS)
    obsessive = models.CharField(max_length=10, choices=_ANSWERS)
    unwanted = models.CharField(max_length=10, choices=_ANSWERS)
    repeated = models.CharField(max_length=10, choices=_ANSWERS)
    immediate_danger = models.CharField(max_length=10, choices=_ANSWERS)
    known_to_staff = models.CharField(max_length=10, choices=_ANSWERS, default=Answer.NOT_KNOWN)
    reclassification_asked = models.BooleanField(default=False)
    class_expected = models.CharField(max_length=4, blank=True)
    class_kept_because = models.CharField(max_length=300, blank=True)
    acts_known = models.PositiveIntegerField(default=1)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("allegation", "-recorded_at"), name="screening_by_allegation"),
            models.Index(
                fields=("recorded_at", "allegation"),
                condition=models.Q(reclassification_asked=True),
                name="screening_asks_for_a_class",
            ),
        )


class Case(Held):
    """One victim, one subject (known or not), and everything that happens between them."""

    FILE_PATH = "pk"
    COMPARTMENT = Compartment.CORE
    FIELDS = {"subject": Compartment.SUBJECT_IDENTITY}
    NOT_COMMITTED = frozenset({"version", "level", "state", "review_due_at", "last_act_at", "acts"})

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
            models.Index(fields=("site", "-opened_at", "id"), name="case_by_site"),
            models.Index(fields=("-opened_at", "id"), name="case_by_opening"),
            models.Index(fields=("state", "level", "-opened_at", "id"), name="case_by_level"),
        )

    def __str__(self) -> str:
        return self.reference


class Triage(Held):
    """How an allegation left the desk, and why."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="triages")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="triages")
    outcome = models.CharField(max_length=20, choices=[(o.value, o.value.replace("_", " ")) for o in Outcome])
    reason = models.TextField()
    redirected_to = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField()

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("allegation", "-decided_at"), name="triage_by_allegation"),
            models.Index(fields=("case", "-decided_at"), name="triage_by_case"),
        )


class CaseAct(Held):
    """An allegation that belongs to a case's course of conduct, from when until when. One that comes back is a new row."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="case_acts")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="case_acts")
    happened_at = models.DateTimeField()
    seriousness = models.PositiveSmallIntegerField(default=1)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True)
    left_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("case", "allegation"), condition=Q(left_at__isnull=True), name="one_act_a_case"
            ),
        )
        indexes = (
            models.Index(fields=("case", "-happened_at"), name="act_by_case"),
            models.Index(fields=("case", "joined_at"), name="act_joined"),
        )


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
        indexes = (models.Index(fields=("case", "-set_at"), name="level_by_case"),)


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


class TransferAsked(Held):
    """A case that one unit offers to another: why, when she was told, and what the other unit answered."""

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

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reviews")
    due_at = models.DateTimeField()
    trigger = models.CharField(max_length=20, choices=[(t.value, t.value) for t in Trigger])
    because = models.CharField(max_length=200, blank=True)
    was_due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.UUIDField(null=True)
    summary = models.TextField(blank=True)
    superseded_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "-due_at"), name="review_by_case"),
            models.Index(
                fields=("due_at",),
                condition=Q(done_at__isnull=True, superseded_at__isnull=True),
                name="review_waited_for",
            ),
        )


class FollowUp(Held):
    """A window after closing in which somebody asks what became of it; opened with the closing, by no one's hand."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

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


class Comment(Held):
    """What somebody said to colleagues about a case, in the compartment that they chose: only its readers see it.

    `side` says among clinicians whose: the victim's are not the subject's; elsewhere it is empty.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="comments")
    compartment = models.CharField(max_length=30, choices=[(c.value, c.value) for c in Compartment])
    side = models.CharField(max_length=10, blank=True)
    words = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at", "id"), name="comment_by_case"),)


class Mention(Row):
    """A colleague whose eye a comment asks for, and when they had read it."""

    COMPARTMENT = Compartment.ADMIN
    NOT_COMMITTED = frozenset({"read_at"})

    comment = models.ForeignKey(Comment, on_delete=models.PROTECT, related_name="mentions")
    staff = models.UUIDField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("comment", "staff"), name="mention_once"),)
        indexes = (models.Index(fields=("staff", "read_at"), name="mention_by_staff"),)


class SavedFilter(Row):
    """A choice of cases that somebody looks at often, under a name of their own."""

    COMPARTMENT = Compartment.ADMIN

    staff = models.UUIDField()
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, blank=True)
    level = models.CharField(max_length=10, blank=True)
    mine = models.BooleanField(default=False)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=("staff", "saved_at"), name="filter_by_staff"),)


class Gist(Row):
    """What an allegation comes to, for looking up and for lists: its people's keys as told, and what he is held to do.

    Made from the allegation and from what people said of its behaviours, which are the truth; it can be made anew.
    """

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE
    FIELDS = {
        "victim_phone": Compartment.VICTIM_CONTACT,
        "victim_email": Compartment.VICTIM_CONTACT,
        "victim_address": Compartment.VICTIM_CONTACT,
        "victim_marks": Compartment.VICTIM_CONTACT,
        "subject_sound": Compartment.SUBJECT_IDENTITY,
        "subject_birth_on": Compartment.SUBJECT_IDENTITY,
        "subject_phone": Compartment.SUBJECT_IDENTITY,
        "subject_email": Compartment.SUBJECT_IDENTITY,
        "subject_address": Compartment.SUBJECT_IDENTITY,
        "subject_vehicle": Compartment.SUBJECT_IDENTITY,
        "subject_marks": Compartment.SUBJECT_IDENTITY,
    }
    NOT_COMMITTED = frozenset({"kinds", "version", "victim_marks", "subject_marks"})

    allegation = models.OneToOneField(Allegation, on_delete=models.CASCADE, related_name="gist")
    #: Which version of the report it was made from; a later one makes it anew.
    version = models.PositiveSmallIntegerField(default=1)
    happened_at = models.DateTimeField()
    kinds = models.JSONField(default=list)
    dangers = models.JSONField(default=list)
    victim_sound = models.CharField(max_length=40, blank=True)
    victim_other_sound = models.CharField(max_length=40, blank=True)
    victim_birth_on = models.DateField(null=True)
    victim_phone = models.CharField(max_length=120, blank=True)
    victim_email = models.CharField(max_length=120, blank=True)
    victim_address = models.CharField(max_length=120, blank=True)
    #: What else they are known by, as pairs of kind and key: accounts, other names, and every car.
    victim_marks = models.JSONField(default=list)
    subject_sound = models.CharField(max_length=40, blank=True)
    subject_birth_on = models.DateField(null=True)
    subject_phone = models.CharField(max_length=120, blank=True, db_index=True)
    subject_email = models.CharField(max_length=120, blank=True, db_index=True)
    subject_address = models.CharField(max_length=120, blank=True)
    subject_vehicle = models.CharField(max_length=120, blank=True)
    subject_marks = models.JSONField(default=list)

    objects = ScopedManager()


class Heard(Row):
    """How one word of a name in an allegation sounds, or its family name as a whole: what a search by name asks.

    `other_name` is the alias or the former surname, as told, that sounds so; empty where the name itself does.
    """

    FILE_PATH = "gist__allegation_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    FIELDS = {"other_name": Compartment.VICTIM_CONTACT}
    NOT_COMMITTED = frozenset({"other_name"})

    gist = models.ForeignKey(Gist, on_delete=models.CASCADE, related_name="heard")
    part = models.CharField(max_length=10, choices=[(part.value, part.value) for part in Part])
    sound = models.CharField(max_length=40)
    other_name = models.CharField(max_length=200, blank=True, default="")

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("sound", "part"), name="heard_by_sound"),)


class BehaviourJudged(Held):
    """That somebody confirmed or rejected a behaviour in one allegation, on which very words; undone, it stays."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="behaviours_judged")
    behaviour = models.CharField(max_length=20, choices=[(b.value, b.value.replace("_", " ")) for b in Behaviour])
    shown = models.BooleanField()
    evidence = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    judged_at = models.DateTimeField()
    judged_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("allegation", "behaviour"), condition=Q(undone_at__isnull=True), name="behaviour_judged_once"
            ),
        )


class PossibleCourse(Held):
    """Reports of one site that may belong together: found by rules, decided by nobody.

    `kind` says as what: as one course of conduct of a victim and a subject, as one subject's against several victims,
    or as several subjects' against one victim, where `others` counts those several. It rests on what was told, not on
    records that somebody joined. `whole` is the same for the parts of one that lie at several sites. What changed is a
    new row; the old one ends.
    """

    FILE_PATH = "pk"
    SITE_PATH = "site"
    COMPARTMENT = Compartment.CORE
    FIELDS = {"subject": Compartment.SUBJECT_IDENTITY, "subject_spellings": Compartment.SUBJECT_IDENTITY}
    NOT_COMMITTED = frozenset({"ended_at"})

    kind = models.CharField(max_length=10, choices=[(k.value, k.value) for k in Together], default=Together.COURSE)
    site = models.CharField(max_length=40)
    whole = models.UUIDField()
    members = models.CharField(max_length=64)
    victim = models.CharField(max_length=160, blank=True)
    victim_spellings = models.JSONField(default=list)
    subject = models.CharField(max_length=160, blank=True)
    subject_spellings = models.JSONField(default=list)
    acts = models.PositiveIntegerField()
    occasions = models.PositiveIntegerField()
    third_parties = models.PositiveIntegerField(default=0)
    others = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    classes = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    points = models.PositiveSmallIntegerField(default=0)
    reasons = models.JSONField(default=list)
    rising = models.PositiveSmallIntegerField(default=0)
    rising_because = models.JSONField(default=list)
    found_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("site", "kind", "members"), condition=Q(ended_at__isnull=True), name="possible_course_once"
            ),
        )
        indexes = (
            models.Index(fields=("kind", "-points", "-last_at", "id"), name="possible_by_points"),
            models.Index(fields=("kind", "-rising", "-last_at", "id"), name="possible_by_rising"),
            models.Index(fields=("kind", "-others", "-acts", "id"), name="possible_by_others"),
            models.Index(fields=("whole",), name="possible_by_whole"),
        )


class PossibleAct(Row):
    """A report that belongs to a possible course; `third` where it was done to somebody near her."""

    FILE_PATH = "course_id"
    COMPARTMENT = Compartment.CORE

    course = models.ForeignKey(PossibleCourse, on_delete=models.CASCADE, related_name="possible_acts")
    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="possible_acts")
    third = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("course", "allegation"), name="possible_act_once"),)


class CourseJudged(Held):
    """What somebody said of a possible course, and why; undone, it stays. Nothing is recorded anew by it."""

    FILE_PATH = "course_id"
    COMPARTMENT = Compartment.CORE

    course = models.ForeignKey(PossibleCourse, on_delete=models.PROTECT, related_name="judged")
    verdict = models.CharField(max_length=20, choices=[(v.value, v.value.replace("_", " ")) for v in CourseVerdict])
    reason = models.CharField(max_length=300)
    judged_at = models.DateTimeField()
    judged_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("course",), condition=Q(undone_at__isnull=True), name="course_judged_once"),
        )
