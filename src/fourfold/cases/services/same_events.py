"""Two reports of one act, told by two agencies: counted once, both kept, and parted again."""

from __future__ import annotations

from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, day_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.same_events import pair_in_one_case, told_as_same
from fourfold.cases.services.course import _bring_back, _count_with
from fourfold.cases.services.rows import _recount
from fourfold.cases.terms import CannotStep
from fourfold.intake.models import Allegation
from fourfold.linkage import queries as linkage_queries


def same_event(*, actor: Actor, allegation: Allegation, other: Allegation, at: datetime) -> CaseAct:
    """Count two acts of one case as one: a breach, or else the graver, stands; the other leaves the count and is kept.

    Raises CannotStep where they are not both acts of one case, or both are breaches.
    """
    for report in (allegation, other):
        linkage_queries.open_allegation(actor, report, at=at)
    with audit.recorded(actor, "act.same", at=at) as entry:
        linkage_queries.hold((allegation.pk, other.pk))  # of two who say so at once, the second sees the first
        pair = pair_in_one_case(allegation.pk, other.pk)
        if not pair:
            raise CannotStep("other", "Both reports must be acts of one case first. Open this page again.")
        entry.file = (case := pair[0].case).pk
        access.require(
            actor, Permission.ALLEGATION_TRIAGE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
        )
        if not _may_tell_of_one(*(act.allegation for act in pair)):
            raise CannotStep("other", "Only two reports of the same day, told by two agencies, can be of one event.")
        if all(act.is_breach for act in pair):
            raise CannotStep(
                "other", "Both are recorded as a breach. Withdraw first the breach that was recorded in error."
            )
        stands, same = sorted(
            pair,
            key=lambda act: (not act.is_breach, -act.seriousness, act.joined_at, act.allegation_id == allegation.pk),
        )
        same.left_at, same.left_by, same.same_as = at, actor.staff, stands.allegation_id
        same.left_because = f"the same event as report {stands.allegation.reference}, and counted once with it"
        same.save(update_fields=["left_at", "left_by", "left_because", "same_as"])
        _count_with(entry, case, same.allegation_id, stands.allegation_id)
        _recount(case)
        return entry.about(same)


def _may_tell_of_one(one: Allegation, other: Allegation) -> bool:
    """Return whether two reports tell of one day and come from two sources: any other act would leave the count unasked."""
    days = {row.occurred_from and day_of(row.occurred_from) for row in (one, other)}
    return len(days) == 1 and None not in days and one.system != other.system


def two_events(*, actor: Actor, allegation: Allegation, other: Allegation | None = None, at: datetime) -> CaseAct:
    """Count a report again as an act of its own that somebody had said tells of the event of another: where it is itself
    the one that counts, that `other`.
    """
    parted = [report for report in (allegation, other) if report]
    for report in parted:
        linkage_queries.open_allegation(actor, report, at=at)
    with audit.recorded(actor, "act.parted", at=at) as entry:
        linkage_queries.hold(report.pk for report in parted)
        told = [(report, told_as_same(report.pk)) for report in parted]
        allegation, same = next((pair for pair in told if pair[1]), (allegation, None))
        # What a page showed may be past: of another event, which somebody has named since, this press says nothing.
        if same is None or len({act.same_as if act else report.pk for report, act in told}) > 1:
            raise CannotStep("other", "Somebody has already said that they are two events. Open the page again.")
        entry.file = (case := same.case).pk
        access.require(
            actor, Permission.ALLEGATION_TRIAGE, at=at, site=case.site, file=case.pk, writes=Compartment.CORE
        )
        same.same_as = None
        same.save(update_fields=["same_as"])
        _bring_back(entry, actor, entry.about(same), allegation, at)
        return same
