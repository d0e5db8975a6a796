"""Proposals with their evidence, and what people decided; every decision can be undone, none is erased."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from fourfold.access.scoping import ScopedManager
from fourfold.access.terms import Compartment
from fourfold.base import Held
from fourfold.intake.models import Allegation
from fourfold.linkage.terms import Verdict
from fourfold.people.models import Subject, ThirdParty, Victim
from fourfold.people.terms import Part, ThirdRole

_PARTS = [(part.value, part.value) for part in Part]


class Proposal(Held):
    """A person on record whom this allegation may concern, with the evidence as it was when proposed."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="proposals")
    part = models.CharField(max_length=10, choices=_PARTS)
    victim = models.ForeignKey(Victim, on_delete=models.PROTECT, null=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True)
    weight = models.FloatField()
    probability = models.FloatField()
    evidence = models.JSONField(default=list)
    #: The version of the weights by which it was proposed.
    model = models.CharField(max_length=40, blank=True)
    #: Whether it stands until somebody confirms or refuses it. Nothing is counted, opened or sent because of it.
    provisional = models.BooleanField(default=False)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("allegation", "victim"), condition=Q(victim__isnull=False), name="propose_victim_once"
            ),
            models.UniqueConstraint(
                fields=("allegation", "subject"), condition=Q(subject__isnull=False), name="propose_subject_once"
            ),
        )
        indexes = (models.Index(fields=("provisional", "-recorded_at", "id"), name="proposal_to_confirm"),)


class Match(Held):
    """A person's decision that an allegation does, does not, or may concern somebody on record."""

    FILE_PATH = "allegation_id"
    COMPARTMENT = Compartment.CORE
    ADDED_IN = {"third_id": 2, "role": 2}

    allegation = models.ForeignKey(Allegation, on_delete=models.PROTECT, related_name="matches")
    part = models.CharField(max_length=10, choices=_PARTS)
    victim = models.ForeignKey(Victim, on_delete=models.PROTECT, null=True, related_name="matches")
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="matches")
    verdict = models.CharField(max_length=12, choices=[(verdict.value, verdict.value) for verdict in Verdict])
    reason = models.CharField(max_length=300, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)
    #: Where the report tells of no victim but of a third party: who that is, and which one.
    third = models.ForeignKey(ThirdParty, on_delete=models.PROTECT, null=True, related_name="matches")
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in ThirdRole], blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("allegation", "part"),
                condition=Q(verdict="same", undone_at__isnull=True),
                name="one_person_a_part",
            ),
            models.UniqueConstraint(
                fields=("allegation",),
                condition=Q(verdict="third_party", undone_at__isnull=True),
                name="one_third_party_a_report",
            ),
        )
        indexes = (
            models.Index(fields=("victim", "verdict"), name="match_by_victim"),
            models.Index(fields=("subject", "verdict"), name="match_by_subject"),
        )


class SameProposed(Held):
    """Two records that the run over everybody takes for one person, until it no longer does; nobody is merged by it."""

    FILE_PATH = "first"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY
    NOT_COMMITTED = frozenset({"ended_at"})

    site = models.CharField(max_length=40)
    part = models.CharField(max_length=10, choices=_PARTS)
    #: Two victims or two subjects, the smaller identifier first.
    first = models.UUIDField()
    second = models.UUIDField()
    weight = models.FloatField()
    probability = models.FloatField()
    model = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("first", "second"), condition=Q(ended_at__isnull=True), name="same_proposed_once"
            ),
        )
        indexes = (models.Index(fields=("site", "ended_at", "-weight", "id"), name="same_proposed_list"),)


class KeptApart(Held):
    """That two records are two people, as somebody found, until it is undone: the pair is not proposed again."""

    FILE_PATH = "first"
    COMPARTMENT = Compartment.SUBJECT_IDENTITY

    first = models.UUIDField()
    second = models.UUIDField()
    reason = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    decided_by = models.UUIDField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.UUIDField(null=True)
    undone_because = models.CharField(max_length=300, blank=True)

    objects = ScopedManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("first", "second"), condition=Q(undone_at__isnull=True), name="kept_apart_once"
            ),
        )
