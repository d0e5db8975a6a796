"""How strongly a roll-out to a new area is recommended: a written rule, which a named person confirms or changes.

In the manner of GRADE: the certainty of the evidence, the size of the effect in a new area with its range, and whether the
area could do it. The rule never says more than the least of the three carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fourfold.fields import asked, draft
from fourfold.words import Word, sentence

#: From this certainty (of 4) on, a range that lies on one side is read as an effect.
SURE_ENOUGH = 3
LEAST_SITES = 3


class Strength(StrEnum):
    """What is recommended, from the strongest on."""

    BEGIN = "begin"
    BEGIN_WITH_CONDITIONS = "begin_with_conditions"
    BEGIN_AS_TEST = "begin_as_test"
    NOT_YET = "not_yet"

    @property
    def words(self) -> Word:
        return _WORDS[self]

    @property
    def means(self) -> Word:
        return _MEANS[self]


_WORDS = {
    Strength.BEGIN: Word("Begin: strong recommendation"),
    Strength.BEGIN_WITH_CONDITIONS: Word("Begin under conditions: conditional recommendation"),
    Strength.BEGIN_AS_TEST: Word("Begin as a test: only together with an evaluation"),
    Strength.NOT_YET: Word("Do not begin yet"),
}
_MEANS = {
    Strength.BEGIN: Word("Almost every area of this kind would be better off with a unit."),
    Strength.BEGIN_WITH_CONDITIONS: Word(
        "Most areas of this kind would be better off with a unit, some would not. The conditions decide."
    ),
    Strength.BEGIN_AS_TEST: Word(
        "Nobody can say yet whether fewer people would be stalked again in a new area, whatever was seen elsewhere. The need is "
        "there whatever the effect, so begin step by step, and measure from the first day."
    ),
    Strength.NOT_YET: Word("What is known speaks against beginning, or what is planned cannot be done."),
}
ORDER = tuple(Strength)


@draft
class ReleaseDraft:
    """How strong a recommendation is as the person who releases it has it, and why where that is not what the rule gives."""

    strength: Strength = asked(missing="Choose how strong the recommendation is")
    reason: str = asked(default="", longest=2_000)


@dataclass(frozen=True)
class Grounds:
    """What the rule looks at. `ratio`: hazard of another act in a new area (middle, low, high); None is not known.

    `feasible`: whether the planned team would meet the standard; None where that was not worked out. `lacking` says what stands in
    the way and what would mend it.
    """

    certainty: int | None
    sites: int
    ratio: tuple[float, float, float] | None
    feasible: bool | None
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graded:
    """What the rule says, and why, a sentence for each ground."""

    strength: Strength
    because: tuple[str, ...]


def graded(grounds: Grounds) -> Graded:
    """Return how strong the recommendation is: what the evidence carries, held back by what cannot be done."""
    carried, because = _carried(grounds)
    if grounds.feasible is False:
        because.append(
            "The unit as planned would not do in time all that comes: no more than a conditional recommendation."
        )
        because += grounds.lacking
        carried = _weaker(carried, Strength.BEGIN_WITH_CONDITIONS)
    elif grounds.feasible is None:
        because.append("Whether the planned team would meet the standard was not worked out: no strong recommendation.")
        carried = _weaker(carried, Strength.BEGIN_WITH_CONDITIONS)
    else:
        because.append("The planned team meets the standard; no queue grows without end in over a quarter of demands.")
    return Graded(carried, tuple(because))


def _carried(grounds: Grounds) -> tuple[Strength, list[str]]:
    if grounds.certainty is None or grounds.ratio is None:
        return Strength.BEGIN_AS_TEST, ["No effect in a new area is known."]
    _, low, high = grounds.ratio
    because: list[str] = [
        sentence("Certainty of the evidence: {1} of 4, from {2} sites.", grounds.certainty, grounds.sites),
        sentence(
            "In a new area the hazard of another act may be multiplied by {1} to {2}.", f"{low:.2f}", f"{high:.2f}"
        ),
    ]
    if low > 1:
        return Strength.NOT_YET, [*because, "All of that range lies above 1: more acts, not fewer."]
    if grounds.sites < LEAST_SITES:
        because.append(sentence("Fewer than {1} sites say nothing about a new one.", LEAST_SITES))
        return Strength.BEGIN_AS_TEST, because
    if high >= 1:
        because.append("The range holds 1: it may lie on either side.")
        sure = grounds.certainty >= SURE_ENOUGH
        return (Strength.BEGIN_WITH_CONDITIONS if sure else Strength.BEGIN_AS_TEST), because
    because.append("All of that range lies below 1: fewer acts.")
    sure = grounds.certainty >= SURE_ENOUGH
    return (Strength.BEGIN if sure else Strength.BEGIN_WITH_CONDITIONS), because


def _weaker(one: Strength, other: Strength) -> Strength:
    return max(one, other, key=ORDER.index)


def strength_refused(chosen: Strength, found: Graded, reason: str) -> tuple[str, str] | None:
    """Return the field and the reason where a person may not release this strength: another one asks for why."""
    if chosen is not found.strength and not reason.strip():
        return "reason", sentence("Say why it is not “{1}”, which the rule gives", found.strength.words)
    return None
