"""The professional's level beside the advice: what may be set, and what is in force."""

from collections.abc import Hashable, Iterable

from fourfold.assessment.terms import Advice, AdviceState, Agreement, Override
from fourfold.cases.rules import levels
from fourfold.cases.terms import Level
from fourfold.words import sentence


def why_not_level(
    professional: Level,
    advice: Advice,
    *,
    reason: str,
    decided_by: str,
    countersigned_by: str = "",
    previous: Level | None = None,
    override: Override = Override.FREE,
) -> str | None:
    """Return why the professional cannot set this level yet beside this advice, or None.

    The rule stands in `cases.rules.levels`: it holds for whoever sets a level. An instrument may demand more: that a
    computed level is only raised, or that it stands.
    """
    return _why_not_override(professional, advice, override) or levels.why_not_level(
        professional,
        reason=reason,
        decided_by=decided_by,
        countersigned_by=countersigned_by,
        advised=advice.level,
        previous=previous,
        open_questions=len(advice.missing) if advice.state is AdviceState.INCOMPLETE else 0,
    )


def _why_not_override(professional: Level, advice: Advice, override: Override) -> str | None:
    """Return whether the instrument lets a computed level be departed from. Where nothing is computed, it must be judged."""
    computed = advice.level
    if computed is None or override is Override.FREE or professional is computed:
        return None
    if override is Override.RAISE_ONLY:
        lower = professional.rank < computed.rank
        return (
            sentence("You can only raise the level of this form. Set {1} or higher.", computed.words) if lower else None
        )
    return sentence("You cannot change the level that this form computes. Set {1}.", computed.words)


def agreement_rate(pairs: Iterable[tuple[Hashable | None, Hashable | None]]) -> Agreement:
    """Count how often two ratings are the same. A pair with a rating missing (None) is left out and counted as left
    out: a colleague who has not answered has not agreed."""
    agreed = compared = left_out = 0
    for one, other in pairs:
        if one is None or other is None:
            left_out += 1
            continue
        compared += 1
        agreed += one == other
    return Agreement(agreed, compared, left_out)
