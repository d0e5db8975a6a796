"""What an area should expect, read together with what the evaluation has concluded."""

from __future__ import annotations

from datetime import datetime

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.evaluation import queries as evaluation
from fourfold.rollout import facts, rules
from fourfold.rollout.terms import Area, AreaEstimate, Evidence, UnknownArea


def areas(*, actor: Actor) -> list[Area]:
    _require(actor)
    return list(facts.areas().values())


def area_estimate(*, actor: Actor, code: str, at: datetime) -> AreaEstimate:
    """Return what one area should expect; raises UnknownArea for a code that is none. One statement."""
    _require(actor)
    area = facts.area(code)
    audit.consulted(actor, "rollout.page", at=at, count=1)
    return rules.estimate(
        area,
        elsewhere=facts.areas().values(),
        observed_in=facts.area(facts.OBSERVED_IN),
        referrals=facts.REFERRALS,
        taken_on=facts.TAKEN_ON,
        direct_work=facts.DIRECT_WORK,
        evidence=evidence(actor=actor, at=at),
    )


def area_words(*, actor: Actor, code: str, at: datetime) -> tuple[str, ...]:
    """Return what a report says an area should expect; nothing for no code or one that is none."""
    try:
        found = area_estimate(actor=actor, code=code, at=at)
    except UnknownArea:
        return ()
    figures = (
        f"{one.what}: about {one.range.middle:,}, between {one.range.low:,} and {one.range.high:,}; {one.because}."
        for one in found.figures
    )
    return (found.area.name, *figures, *(f"Not known: {gap}" for gap in found.gaps), *found.beyond)


def evidence(*, actor: Actor, at: datetime) -> Evidence | None:
    """Return what the latest evaluation says for a new area, or None where there is none."""
    page = evaluation.latest_findings(actor=actor, at=at)
    if page is None:
        return None
    found = page.findings
    middle = dict(found.predicted).get(0.5)
    return Evidence(
        concluded=found.concluded,
        certainty=found.certainty,
        fewer_per_hundred=_three(found.per_hundred.estimate, found.per_hundred.low, found.per_hundred.high),
        ratio_in_new_area=_three(middle.estimate, middle.low, middle.high) if middle else None,
        sites=len(found.sites),
        extract_sha256=page.extract_sha256,
    )


def _three(estimate: float | None, low: float | None, high: float | None) -> tuple[float, float, float] | None:
    return None if estimate is None or low is None or high is None else (estimate, low, high)


def _require(actor: Actor) -> None:
    if not access_queries.may(actor, Permission.ROLLOUT_VIEW):
        raise Refused("role", "Your role does not include planning a roll-out.")
