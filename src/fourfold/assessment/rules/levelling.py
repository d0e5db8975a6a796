"""The professional's level beside the advice: what may be set, and what is in force."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from fourfold.assessment.terms import Advice, AdviceState, Agreement
from fourfold.cases.terms import Level


def why_not_level(
    professional: Level,
    advice: Advice,
    *,
    reason: str,
    decided_by: str,
    countersigned_by: str = "",
    previous: Level | None = None,
) -> str | None:
    """This function will return why the professional cannot set this level yet, or None.

    Lower than the advice, or than the level before, needs a reason and the signature of a second person. Higher
    than the advice needs a reason. *Low* on a form with open questions and no advised level needs a reason.
    `decided_by` and `countersigned_by` identify people; they are compared and never shown.
    """
    if not decided_by.strip():
        return "Say who sets the level."
    return _why_not_reasoned(professional, advice, reason, previous) or _why_not_signed(
        professional, _bar(advice, previous), decided_by.strip(), countersigned_by.strip()
    )


def _bar(advice: Advice, previous: Level | None) -> Level | None:
    """The level under which nobody goes alone: the higher of the advised one and the one before."""
    return max(
        (level for level in (advice.level, previous) if level), key=lambda level: level.rank, default=None
    )


def _why_not_reasoned(professional: Level, advice: Advice, reason: str, previous: Level | None) -> str | None:
    if reason.strip():
        return None
    if advice.level is not None and professional is not advice.level:
        return f"The advice is {advice.level.label}. Give the reason for {professional.label}."
    if previous is not None and professional.rank < previous.rank:
        return f"The level is {previous.label}. Give the reason for lowering it to {professional.label}."
    if advice.state is AdviceState.INCOMPLETE and advice.level is None and professional is Level.LOW:
        return f"{len(advice.missing)} questions are open. Give the reason for setting low without them."
    return None


def _why_not_signed(
    professional: Level, bar: Level | None, decided_by: str, countersigned_by: str
) -> str | None:
    if bar is None or professional.rank >= bar.rank:
        return None
    if not countersigned_by:
        return f"{professional.label.capitalize()} is lower than {bar.label}. A second person must sign it."
    if countersigned_by == decided_by:
        return "The second signature must be another person's. Ask a colleague who may sign for the unit."
    return None


def effective_level(
    *,
    previous: Level | None,
    advice: Advice,
    professional: Level | None,
    reason: str = "",
    decided_by: str = "",
    countersigned_by: str = "",
) -> Level | None:
    """This function will return the level in force: the professional's where it may be set, else the higher of
    the one before and the advised one. Advice alone can raise a level and never lowers it; None when there is
    neither a level nor advice nor a decision."""
    refused = professional is None or why_not_level(
        professional,
        advice,
        reason=reason,
        decided_by=decided_by,
        countersigned_by=countersigned_by,
        previous=previous,
    )
    if not refused:
        return professional
    return _bar(advice, previous)


def agreement_rate(pairs: Iterable[tuple[Hashable | None, Hashable | None]]) -> Agreement:
    """This function will count how often two ratings are the same. A pair with a rating missing (None) is left
    out and counted as left out: a colleague who has not answered has not agreed."""
    agreed = compared = left_out = 0
    for one, other in pairs:
        if one is None or other is None:
            left_out += 1
            continue
        compared += 1
        agreed += one == other
    return Agreement(agreed, compared, left_out)
