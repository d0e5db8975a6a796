"""What left the unit and why, what was asked for, packs that were made, holds, retention reviews and challenges."""

from django.db import models

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held, NotedManager, Row, Sealing
from fourfold.cases.models import Case
from fourfold.governance.terms import (
    ChallengeKind,
    ChallengeOutcome,
    Challenger,
    Choice,
    Consent,
    ExportKind,
    Ground,
    HoldKind,
    PackKind,
    RetentionOutcome,
    VictimAnswer,
)
from fourfold.orders.models import Order
from fourfold.panel.models import Consultation
from fourfold.people.models import ThirdParty


class Disclosure(Held):
    """Something of a case that left the unit. `what` says which kind of thing it was, never what it said."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"third_id": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disclosures")
    what = models.CharField(max_length=300)
    compartment = models.CharField(max_length=30, choices=[(c.value, c.value) for c in Compartment])
    to_whom = models.CharField(max_length=200)
    #: Which third party of the case was told; None for anybody else.
    third = models.ForeignKey(ThirdParty, on_delete=models.PROTECT, null=True, related_name="disclosures")
    ground = models.CharField(max_length=20, choices=[(g.value, g.words) for g in Ground])
    necessity = models.TextField()
    consent = models.CharField(max_length=12, choices=[(c.value, c.words) for c in Consent])
    consent_reason = models.TextField(blank=True)
    disclosed_at = models.DateTimeField()
    expires_on = models.DateField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-disclosed_at"), name="disclosure_by_case"),)


class ConfidenceAsked(Held):
    """A request for what the victim told their advocate: it says nothing about whether there is anything."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="confidences_asked")
    enquiry = models.TextField()
    sought = models.CharField(max_length=300)
    necessity = models.TextField()
    tried = models.TextField()
    authorised_by = models.CharField(max_length=120)
    counselling = models.BooleanField(default=False)
    rebuttal = models.TextField(blank=True)
    from_on = models.DateField(null=True)
    until_on = models.DateField(null=True)
    told_her_at = models.DateTimeField(null=True)
    not_told_because = models.TextField(blank=True)
    expires_on = models.DateField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="confidence_by_case"),)


class ConfidenceAnswer(Held):
    """What the victim answered; a later answer is a later row."""

    FILE_PATH = "asked__case_id"
    COMPARTMENT = Compartment.ADVOCATE_CONFIDENTIAL
    FIELDS = {"answer": Compartment.CORE}

    asked = models.ForeignKey(ConfidenceAsked, on_delete=models.PROTECT, related_name="answers")
    answer = models.CharField(max_length=12, choices=[(a.value, a.words) for a in VictimAnswer])
    words = models.TextField(blank=True)

    objects = ScopedManager()


class ConfidenceDecision(Held):
    """The advocate's decision. What is released is a copy, in a compartment of those who asked, and no way in.

    `overrides`: it is released although the victim did not agree; it opens nothing until a second advocate has signed.
    """

    FILE_PATH = "asked__case_id"
    COMPARTMENT = Compartment.CORE
    FIELDS = {"released": Compartment.POLICE_INTEL}

    asked = models.OneToOneField(ConfidenceAsked, on_delete=models.PROTECT, related_name="decision")
    releases = models.BooleanField()
    overrides = models.BooleanField(default=False)
    reason = models.TextField()
    released = models.TextField(blank=True)

    objects = ScopedManager()


class ConfidenceSigned(Held):
    """A second advocate's signature, or refusal, under a release that the victim refused."""

    FILE_PATH = "decision__asked__case_id"
    COMPARTMENT = Compartment.CORE

    decision = models.OneToOneField(ConfidenceDecision, on_delete=models.PROTECT, related_name="signature")
    agrees = models.BooleanField()
    reason = models.TextField(blank=True)

    objects = ScopedManager()


class Pack(Held):
    """A pack that was made from zero and read back: what was looked for in its bytes, and what was left out and why."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"undecided": 2, "application_id": 2, "consultation_id": 2, "recipient": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="packs")
    kind = models.CharField(max_length=10, choices=[(k.value, k.words) for k in PackKind])
    asked_by = models.CharField(max_length=160)
    # The order that is applied for, in a pack for an application.
    application = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="packs")
    # On what was advised, in a letter of advice, and what the ledger says of who receives it.
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, null=True, related_name="packs")
    recipient = models.JSONField(null=True)
    received_on = models.DateField()
    due_on = models.DateField()
    identity_proved = models.CharField(max_length=200)
    proved_on = models.DateField(null=True)
    must_not_know = models.BooleanField(default=False)
    restriction_reason = models.TextField(blank=True)
    pdf = models.UUIDField()
    pdf_sha256 = models.CharField(max_length=64)
    docx = models.UUIDField()
    docx_sha256 = models.CharField(max_length=64)
    sought = models.PositiveIntegerField()
    withheld = models.JSONField(default=list)
    # Of how many dangers nobody had decided when these files were made; None: that was not kept yet.
    undecided = models.PositiveIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="pack_by_case"),)


class DangerDecided(Held):
    """What a person decided of words in a pack that may lead to a victim; a later decision is a later row.

    `danger` names the words by a digest of where they stand and what they are: they are in no second place.
    """

    FILE_PATH = "pack__case_id"
    COMPARTMENT = Compartment.CORE

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="decisions")
    danger = models.CharField(max_length=40)
    choice = models.CharField(max_length=10, choices=[(c.value, c.words) for c in Choice])
    reason = models.TextField(blank=True)
    waits_for = models.CharField(max_length=160, blank=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("pack", "recorded_at"), name="danger_by_pack"),)


class PackMadeAgain(Held):
    """The files of a pack as they were made again, from the decisions and the record of that moment."""

    FILE_PATH = "pack__case_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"undecided": 2}

    pack = models.ForeignKey(Pack, on_delete=models.PROTECT, related_name="made_again")
    pdf = models.UUIDField()
    pdf_sha256 = models.CharField(max_length=64)
    docx = models.UUIDField()
    docx_sha256 = models.CharField(max_length=64)
    sought = models.PositiveIntegerField()
    withheld = models.JSONField(default=list)
    undecided = models.PositiveIntegerField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("pack", "recorded_at"), name="making_by_pack"),)


class PackReleased(Held):
    """A second person's word that a pack may leave, and how it goes."""

    FILE_PATH = "pack__case_id"
    COMPARTMENT = Compartment.CORE

    pack = models.OneToOneField(Pack, on_delete=models.PROTECT, related_name="release")
    channel = models.CharField(max_length=200)

    objects = ScopedManager()


class Hold(Held):
    """Nothing of the file may be disposed of, from now until the hold is lifted by a later row."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=20, choices=[(k.value, k.words) for k in HoldKind])
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="hold_by_case"),)


class HoldLifted(Held):
    """That a hold is over, and why."""

    FILE_PATH = "hold__case_id"
    COMPARTMENT = Compartment.CORE

    hold = models.OneToOneField(Hold, on_delete=models.PROTECT, related_name="lifted")
    reason = models.TextField()

    objects = ScopedManager()


class RetentionReview(Held):
    """A retention review that was done: by which rule, what was decided and why."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="retention_reviews")
    rule = models.CharField(max_length=40)
    due_on = models.DateField()
    outcome = models.CharField(max_length=20, choices=[(o.value, o.words) for o in RetentionOutcome])
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="retention_by_case"),)


class DisposalAsked(Held):
    """That somebody asks that a case is disposed of, and why; a colleague's no stays here, and after their yes nothing does."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disposals_asked")
    reason = models.TextField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.UUIDField(null=True)
    because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("case",), condition=models.Q(answered_at__isnull=True), name="one_disposal_asked"
            ),
        )


class Disposed(Row):
    """What remains of a case that was disposed of: that it was there, by which rule it went, who asked, who signed, how much.

    Its identifier is the case's. `commitment` is a salted digest of what the log had sealed of all of it.
    """

    COMPARTMENT = Compartment.ADMIN

    reference = models.CharField(max_length=20)
    site = models.CharField(max_length=40)
    rule = models.CharField(max_length=40)
    schedule_sha256 = models.CharField(max_length=64)
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    signed_by = models.UUIDField()
    disposed_at = models.DateTimeField()
    counts = models.JSONField()
    #: Whom a wall kept from the case: they are not shown that there was one.
    kept_from = models.JSONField(null=True)
    commitment = models.CharField(max_length=64)

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("site", "-disposed_at"), name="disposed_by_site"),)


class Gone(Row):
    """A case that was disposed of, or what went with it and others may name: the database keeps no row that names it from then on."""

    COMPARTMENT = Compartment.ADMIN

    stone = models.ForeignKey(Disposed, on_delete=models.PROTECT, related_name="gone")

    objects = NotedManager()


class Challenge(Held):
    """What a person says about their own record, in their words, and by when they are answered."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="challenges")
    by_whom = models.CharField(max_length=10, choices=[(c.value, c.words) for c in Challenger])
    kind = models.CharField(max_length=12, choices=[(k.value, k.words) for k in ChallengeKind])
    about = models.CharField(max_length=200)
    words = models.TextField()
    received_on = models.DateField()
    due_on = models.DateField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="challenge_by_case"),)


class MoreAsked(Held):
    """What the unit asked a person for, to find the record that is meant; until it comes, the deadline for the answer is paused."""

    FILE_PATH = "challenge__case_id"
    COMPARTMENT = Compartment.CORE

    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="more_asked")
    asked_on = models.DateField()
    asked_for = models.CharField(max_length=300)

    objects = ScopedManager()


class MoreCame(Held):
    """That what was asked for came, and on which day: the deadline runs again."""

    FILE_PATH = "asked__challenge__case_id"
    COMPARTMENT = Compartment.CORE

    asked = models.OneToOneField(MoreAsked, on_delete=models.PROTECT, related_name="came")
    came_on = models.DateField()

    objects = ScopedManager()


class ChallengeAnswered(Held):
    """The answer to a challenge, and what is added to the record."""

    FILE_PATH = "challenge__case_id"
    COMPARTMENT = Compartment.CORE

    challenge = models.OneToOneField(Challenge, on_delete=models.PROTECT, related_name="answered")
    outcome = models.CharField(max_length=20, choices=[(o.value, o.words) for o in ChallengeOutcome])
    reason = models.TextField()
    correction = models.TextField(blank=True)

    objects = ScopedManager()


class Exported(Row):
    """A file of numbers that was taken away: what it told anew, and over whom, so that no later one tells of a few."""

    COMPARTMENT = Compartment.ADMIN

    kind = models.CharField(max_length=20, choices=[(k.value, k.value) for k in ExportKind])
    exported_at = models.DateTimeField()
    exported_by = models.UUIDField()
    cells = models.JSONField()

    objects = NotedManager()

    class Meta:
        indexes = (models.Index(fields=("kind", "exported_at"), name="exported_by_kind"),)


class DoorKept(models.Model):
    """By which grants files are open, and within which hours they are looked at: it holds `since` the last of these began."""

    SEALING = Sealing.NEVER
    COMPARTMENT = Compartment.ADMIN

    id = models.BigIntegerField(primary_key=True)
    said = models.JSONField()
    since = models.DateTimeField()


class AnswerKept(models.Model):
    """What a unit's quarter counts of a case: on which day, from which moment, the answers as a number (`quality.Said`)."""

    SEALING = Sealing.NEVER
    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="answers_kept", db_constraint=False)
    site = models.CharField(max_length=40)
    day = models.DateField()
    moment = models.DateTimeField(null=True)
    said = models.SmallIntegerField()
    door = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=("site", "day", "said", "moment", "door"), name="answer_by_day"),)


class Tally(models.Model):
    """How many answers of a day are alike: the sum of what is kept of cases, which the write that keeps them moves."""

    SEALING = Sealing.NEVER
    COMPARTMENT = Compartment.ADMIN

    site = models.CharField(max_length=40)
    day = models.DateField()
    said = models.SmallIntegerField()
    door = models.BigIntegerField()
    many = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "day", "said", "door"), name="one_tally"),)


class CountAnew(Row):
    """That something which a quarter counts of a case was written since its answers were kept: the database itself says so."""

    SEALING = Sealing.NEVER
    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.CORE

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False)
