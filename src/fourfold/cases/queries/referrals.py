"""What became of what somebody referred: taken on or declined, and why, for whoever told it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.paging import Page, page_of
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.cases.models import Triage
from fourfold.cases.terms import Outcome, ReferralAnswer
from fourfold.intake.models import REFERRED, Allegation


@dataclass(frozen=True)
class Referral:
    """Something that the reader told a unit, and how it answered; `by`, `at` and `reason` are empty until it has."""

    id: UUID
    reference: str
    site: str
    told_at: datetime
    victim: str
    answer: ReferralAnswer
    outcome: Outcome | None
    reason: str
    redirected_to: str
    by: str
    at: datetime | None


def my_referrals(*, actor: Actor, at: datetime, after: str = "", reference: str = "") -> Page[Referral]:
    """Return fifty of what the actor referred, the newest first, with the unit's last answer to each; with `reference` those of it.

    The answer follows from the outcome alone, whether or not it joined a case: nothing in it says whom it concerns. Of
    what was taken on they read no more than that. Three statements and the log's.
    """
    told = Allegation.objects.unscoped("one's own words, and the unit's answer to them")
    mine = told.filter(REFERRED, recorded_by__in=signatories.records_of(actor), site__in=actor.sites)
    mine = mine.filter(reference=reference) if reference else mine
    shown = page_of(mine, "-told_at", "id", after=after)
    answers = _answers(row.pk for row in shown)
    names = access_queries.names_of(answer.recorded_by for answer in answers.values())
    audit.consulted(actor, "referral.list", at=at, compartments={"core"}, count=len(shown))
    return shown.map(lambda row: _referral(row, answers.get(row.pk), names))


def told_as(reference: str, *, actor: Actor) -> UUID | None:
    """Return the newest of what the actor referred under a reference, whatever became of it at the desk. One statement."""
    told = Allegation.objects.unscoped("the actor's own words").filter(
        REFERRED, recorded_by__in=signatories.records_of(actor)
    )
    named = told.filter(reference__in={reference, reference.upper()}, site__in=actor.sites)
    return named.order_by("-told_at", "id").values_list("pk", flat=True).first()


def answered_since(*, actor: Actor, since: datetime) -> list[tuple[UUID, UUID]]:
    """Return which answers a unit gave since then to what the actor referred: the answer, and the report. One statement."""
    mine = Allegation.objects.unscoped("that the actor's own words were answered").filter(
        REFERRED, recorded_by__in=signatories.records_of(actor), site__in=actor.sites, triages__recorded_at__gte=since
    )
    return list(mine.order_by("triages__recorded_at", "triages__pk").values_list("triages__pk", "pk"))


def _answers(allegations: Iterable[UUID]) -> dict[UUID, Triage]:
    found = Triage.objects.unscoped("of the actor's own referrals").filter(allegation__in=list(allegations))
    return {row.allegation_id: row for row in found.order_by("decided_at", "recorded_at")}


def _referral(row: Allegation, answer: Triage | None, names: dict[UUID, str]) -> Referral:
    outcome = Outcome(answer.outcome) if answer else None
    said = ReferralAnswer.of(outcome)
    told = answer if said is ReferralAnswer.DECLINED else None
    return Referral(
        id=row.pk,
        reference=row.reference,
        site=row.site,
        told_at=row.told_at,
        victim=row.victim_name,
        answer=said,
        outcome=outcome if told else None,
        reason=told.reason if told else "",
        redirected_to=told.redirected_to if told else "",
        by=names.get(told.recorded_by, "") if told else "",
        at=answer.decided_at if answer else None,
    )
