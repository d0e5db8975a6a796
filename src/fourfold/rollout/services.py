"""Taking a count that an area gives, and writing a recommendation down with the figures and the evidence it names."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from fourfold.access import services as access
from fourfold.access.terms import Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.rollout import facts, queries, rules
from fourfold.rollout.models import CountGiven, Recommendation
from fourfold.rollout.terms import CountDraft, CountRefused


def give_count(*, actor: Actor, code: str, count: CountDraft, at: datetime) -> CountGiven:
    """Keep a count of a force's own in place of what the shipped facts say; raises UnknownArea, CountRefused."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    facts.area(code)
    CountRefused.refuse(rules.count_refused(count.year, now=queries.financial_year_of(at)))
    with audit.recorded(actor, "rollout.count.given", at=at, operation=Operation.COLLECTION) as entry:
        given = CountGiven.objects.create(area=code, said_at=at, said_by=actor.staff, **asdict(count))
        entry.about(given)
    return given


def recommend(*, actor: Actor, code: str, at: datetime) -> Recommendation:
    """Write a recommendation for one area, as it can be made today; a later one is a later row."""
    access.require(actor, Permission.ROLLOUT_RECOMMEND, at=at)
    estimate = queries.area_estimate(actor=actor, code=code, at=at)
    with audit.recorded(actor, "recommendation.written", at=at, operation=Operation.DISCLOSURE) as entry:
        written = Recommendation.objects.create(
            area=code,
            written_at=at,
            written_by=actor.staff,
            values=_plain(asdict(estimate)),
            text="\n\n".join(estimate.recommendation),
        )
        entry.about(written)
    return written


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
