"""Assessments that were made: on which version of which instrument, each answer, the advice and the judgement.

A rating that was made in a round is sealed until the round's ratings lie open: `of` and `visible_to` leave it out for
everybody but its author, so that no list, however new, can show it by mistake.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from fourfold.access import signatories
from fourfold.access.scoping import ScopedManager, ScopedQuerySet
from fourfold.access.terms import Compartment, Opened
from fourfold.assessment.terms import Standing
from fourfold.assessment.terms.filling import Interpreter, Mode
from fourfold.assessment.terms.rounds import RoundPhase
from fourfold.audit.terms import Actor
from fourfold.base import Held
from fourfold.cases.models import Case
from fourfold.cases.terms import Level

_LEVELS = [(level.value, level.words) for level in Level]


_PHASES = [(phase.value, phase.value) for phase in RoundPhase]


class RatedQuerySet(ScopedQuerySet[models.Model]):
    """Assessments, or their answers, without what is sealed."""

    def visible_to(self, actor: Actor, *, at: datetime, part: Compartment | None = None, many: bool = False) -> Self:
        """Keep the rows whose file this actor may open, and of sealed ratings the actor's own."""
        return super().visible_to(actor, at=at, part=part, many=many).filter(self._open_to(actor.staff))

    def of(self, opened: Opened, *, reader: UUID | None = None) -> Self:
        """Keep the rows of an opened file; of sealed ratings those of `reader`, or none."""
        return super().of(opened).filter(self._open_to(reader))

    def lying_open(self) -> Self:
        """Keep what is not sealed: for lists that are started with `unscoped`."""
        return self.filter(self._open_to(None))

    def _open_to(self, reader: UUID | None) -> Q:
        path = getattr(self.model, "SEAT_PATH", "seat")
        lies_open = Q(**{f"{path}__isnull": True}) | ~Q(**{f"{path}__round__phase": RoundPhase.INDEPENDENT})
        return lies_open if reader is None else lies_open | Q(recorded_by__in=signatories.records_of_person(reader))


class RatedManager(models.Manager.from_queryset(RatedQuerySet)):  # type: ignore[misc]
    """The default manager of what may be sealed."""


class Filled(Held):
    """What a filled-in form says about itself: which form, and how it was gone about.

    `sha256` names the structure that was asked, `pack_sha256` the wording where that came in a text pack. `as_at` and
    `window_days` say of which time the answers speak.
    """

    instrument = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    pack_sha256 = models.CharField(max_length=64, blank=True)
    minutes = models.PositiveSmallIntegerField(null=True)
    informed_by = models.CharField(max_length=200, blank=True)
    sources = models.JSONField(default=list)
    other_source = models.CharField(max_length=200, blank=True)
    procedure = models.TextField(blank=True)
    limits = models.TextField(blank=True)
    mode = models.CharField(max_length=20, choices=Mode.options(), blank=True)
    interpreter = models.CharField(max_length=20, choices=Interpreter.options(), blank=True)
    as_at = models.DateTimeField(null=True)
    window_days = models.PositiveSmallIntegerField(null=True)

    class Meta:
        abstract = True


class Round(Held):
    """Several people rate one case on the same form: each alone, then together, then one record.

    `phase` is kept for lists; the rows of `PhaseEntered` are the truth.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK
    ADDED_IN = {"phase": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="rounds")
    instrument = models.CharField(max_length=120)
    version = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    pack_sha256 = models.CharField(max_length=64, blank=True)
    lead = models.UUIDField()
    why = models.CharField(max_length=300, blank=True)
    phase = models.CharField(max_length=14, choices=_PHASES, default=RoundPhase.INDEPENDENT)

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "phase"), name="round_by_case"),)


class PhaseEntered(Held):
    """A phase that a round entered, by whose hand and why: the row behind `Round.phase`."""

    FILE_PATH = "round__case_id"
    COMPARTMENT = Compartment.RISK

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="phases")
    phase = models.CharField(max_length=14, choices=_PHASES)
    because = models.TextField(blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("round", "phase"), name="one_entry_a_round_phase"),)


class Seat(Held):
    """A place in a round: for a person, or for whoever of a profession rates first."""

    FILE_PATH = "round__case_id"
    COMPARTMENT = Compartment.RISK

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="seats")
    position = models.PositiveSmallIntegerField()
    profession = models.CharField(max_length=40)
    staff = models.UUIDField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("round", "staff"), condition=Q(staff__isnull=False), name="one_seat_a_rater"
            ),
        )


class Draft(Filled):
    """A filled-in form before it is signed, with the level that its author chose before seeing any advice.

    Drafts are kept as they were: going on makes a later draft that names the one it revises. `chain` is the first of
    them. `advice_seen` says that the author has been shown the advice: from then on the first choice stays. `unread`
    holds what was typed and could not be read as an answer, field by field, so that it is not lost. A draft of a round
    is for the author's own rating, or, with `agrees`, for the record that the raters agree on. Only its author reads a
    draft.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="drafts")
    answers = models.JSONField(default=list)
    unread = models.JSONField(default=dict)
    first_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    advice_seen = models.BooleanField(default=True)
    revises = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="revised_by")
    chain = models.UUIDField(null=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, related_name="drafts")
    agrees = models.BooleanField(default=False)
    dropped_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        indexes = (
            models.Index(fields=("case", "recorded_by", "-recorded_at"), name="draft_by_author"),
            models.Index(fields=("chain",), name="draft_by_chain"),
            models.Index(fields=("recorded_by", "-recorded_at"), name="draft_of_author"),
        )


class Assessment(Filled):
    """One person's assessment of one case with one version of one instrument; signed, it is never edited.

    `first_level` is what the professional chose before the advice was seen, `professional_level` what was set in
    the end; `advised` is a floor under what is certain while `advice_state` is incomplete. One with a `seat` is a
    rating of a round; one with `agreed_in` is the record that the raters of that round agreed on. `computed` is what
    the form worked out, as the signer saw it; None for what was signed before it was kept.
    """

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK
    ADDED_IN = {"computed": 2}

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assessments")
    draft = models.OneToOneField(Draft, on_delete=models.PROTECT, null=True, related_name="signed")
    seat = models.OneToOneField(Seat, on_delete=models.PROTECT, null=True, related_name="rating")
    agreed_in = models.OneToOneField(Round, on_delete=models.PROTECT, null=True, related_name="record")
    profession = models.CharField(max_length=40)
    signed_at = models.DateTimeField()
    advice_state = models.CharField(max_length=20)
    advised = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    could_be = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    advice_reasons = models.JSONField(default=list)
    critical = models.JSONField(default=list)
    by_hand = models.JSONField(default=list)
    missing = models.JSONField(default=list)
    first_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    professional_level = models.CharField(max_length=10, choices=_LEVELS, blank=True)
    reason = models.TextField(blank=True)
    countersigned_by = models.UUIDField(null=True)
    formulation = models.TextField(blank=True)
    computed = models.JSONField(null=True)

    objects = RatedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-signed_at"), name="assessment_by_case"),)


class Cited(Held):
    """A rating that the agreed record of a round rests on."""

    FILE_PATH = "record__case_id"
    COMPARTMENT = Compartment.RISK

    record = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="cites")
    rating = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="cited_by")

    objects = ScopedManager()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("record", "rating"), name="one_citation_a_rating"),)


class Answer(Held):
    """One answer on one axis of one item; an answer that was not given is a row that says so.

    `option` holds the codes of a multiple choice parted by a blank, in the order of the scale, or the code of the unit in
    which a number was given; `absent` says why there is no answer where no option of the scale does.
    """

    FILE_PATH = "assessment__case_id"
    SEAT_PATH = "assessment__seat"
    COMPARTMENT = Compartment.RISK

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="answers")
    item = models.CharField(max_length=255)
    axis = models.CharField(max_length=60, blank=True)
    repeat = models.PositiveSmallIntegerField(default=0)
    standing = models.CharField(max_length=16, choices=[(s.value, s.value) for s in Standing])
    option = models.TextField(blank=True)
    absent = models.CharField(max_length=16, blank=True)
    text = models.TextField(blank=True)
    note = models.TextField(blank=True)

    objects = RatedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("assessment", "item", "axis", "repeat"), name="one_answer_a_slot"),
        )


class SignatureAsked(Held):
    """A lower level for which somebody asks a colleague's signature: which level, and why."""

    FILE_PATH = "case_id"
    COMPARTMENT = Compartment.RISK

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="signatures_asked")
    level = models.CharField(max_length=10, choices=_LEVELS)
    reason = models.TextField()

    objects = ScopedManager()

    class Meta:
        indexes = (models.Index(fields=("case", "-recorded_at"), name="signature_by_case"),)


class SecondSignature(Held):
    """A second person's signature, or refusal to sign, under a lower level."""

    FILE_PATH = "asked__case_id"
    COMPARTMENT = Compartment.RISK

    asked = models.OneToOneField(SignatureAsked, on_delete=models.PROTECT, related_name="signature")
    given = models.BooleanField()
    words = models.TextField(blank=True)

    objects = ScopedManager()
