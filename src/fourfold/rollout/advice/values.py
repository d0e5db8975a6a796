"""The values that the document is made from, and how its figures are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fourfold.rollout.advice.strength import Graded, Strength
from fourfold.rollout.capacity.terms import Outlook, Standard, in_percent
from fourfold.rollout.demand import BackTest
from fourfold.rollout.economics.saying import cases, in_cases, of_100, pounds
from fourfold.rollout.economics.terms import Analysis, Known, Quantity
from fourfold.rollout.terms import AreaEstimate, Evidence, Range


@dataclass(frozen=True)
class Decided:
    """What a named person released: the strength, and why it is another one than the rule's."""

    strength: Strength
    by: str
    reason: str


@dataclass(frozen=True)
class Made:
    """What a document was made from, so that anybody can make it again: to the same bytes."""

    year: int
    release: str
    facts_sha256: str
    vintage: str
    seed: int
    made_at: datetime
    engine: int = 1


@dataclass(frozen=True)
class Advice:
    """Everything that the document says. `decided` is None in a draft."""

    estimate: AreaEstimate
    evidence: Evidence | None
    analysis: Analysis
    outlook: Outlook
    standard: Standard
    graded: Graded
    tried: BackTest
    names: Mapping[str, str]
    made: Made
    decided: Decided | None = None
    assumed: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    absent: str = ""
    rota: tuple[tuple[str, str, str], ...] = ()
    run: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Return whether a person released another strength than the written rule gives."""
        return self.strength is not self.graded.strength

    @property
    def net(self) -> list[str]:
        """Say what others save beyond what the unit costs, and how likely that is anything; nothing where no effect is known."""
        net, chance = self.analysis.net, self.analysis.chance
        if net is None or chance is None:
            return []
        return [
            f"Net benefit: {money(net)} a year. The chance that it is more than nothing is {of_100(chance)} in 100."
        ]

    @property
    def place(self) -> str:
        return self.estimate.place.name

    @property
    def strength(self) -> Strength:
        return self.decided.strength if self.decided else self.graded.strength


def decided_words(advice: Advice, *, most: int = 2_000) -> list[str]:
    """Say what the written rule gives, who confirmed or changed it, and why; of a reason of more letters than `most`, where it is."""
    said = [f"The written rule gives: {advice.graded.strength.words}."]
    if advice.decided is None:
        return [*said, "Nobody has confirmed this yet: it is a draft."]
    if not advice.changed:
        return [*said, f"{advice.decided.by} confirmed it."]
    by = f"{advice.decided.by} changed it to “{advice.strength.words}”"
    if len(advice.decided.reason) > most:
        return [*said, f"{by}. The reason stands in section 2."]
    return [*said, f"{by}, because: {as_sentence(advice.decided.reason)}"]


def team_words(advice: Advice) -> str:
    found = advice.outlook
    posts = ", ".join(f"{found.team.of(one.profession):g} {str(one.profession.words).lower()}" for one in found.used)
    return f"In full-time posts: {posts}."


NOBODY = "In no year drawn did the unit take anybody on, so nobody was there to be assessed in time."


def waiting_words(advice: Advice) -> list[str]:
    """Say who is assessed in time, and which queue grows without end: of those no wait is given."""
    found, asked = advice.outlook, advice.standard
    if found.within_standard is None:
        return [NOBODY, *found.unstable]
    low, middle, high = found.in_time
    in_time = (
        f"{middle} of those taken on who are referred from month {asked.from_month} on would be assessed within "
        f"{asked.within_days} working days ({low} to {high})."
    )
    return [as_sentence(in_time), *found.unstable]


def fewer_words(advice: Advice) -> str:
    """Say why fewer are managed than are taken on: the profession whose time gives out first, the panel, or both; else nothing."""
    outlook = advice.outlook
    if (advice.analysis.team.carries or 1) >= 1:
        return ""
    most = max(outlook.used, key=lambda one: one.needed)
    done = min(1.0, 1 / most.needed) if outlook.unstable and most.needed else 1.0
    time = f"the {str(most.profession.words).lower()} as planned can do {in_percent(done)} of their work"
    heard = f"the panel can hear {in_percent(outlook.heard)} of the cases that it must hear first"
    if done < 1 and outlook.sent > 0 and outlook.heard < done:
        return f" They are fewer than are taken on: {time}, and {heard} (section 6)."
    return f" They are fewer than are taken on: {time if done < 1 else heard} (section 6)."


def change_words(advice: Advice) -> list[str]:
    found, spared = advice.analysis.effect, advice.analysis.spared
    if not isinstance(found, Known):
        return ["No number is given for the effect here, only scenarios.", *found.why]
    middle, low, high = found.ratio
    ratio = f"In a new area the hazard of another act may be multiplied by {low:.2f} to {high:.2f}, middle {middle:.2f}"
    said = [f"{ratio}, 19 times in 20 ({found.source})."]
    if spared is not None:
        below = " Below nought means more acts." if in_cases(spared.low) < 0 else ""
        said.insert(0, f"About {count(spared)} cases a year would be spared another recorded act.{below}")
    return said


def unknown(advice: Advice) -> list[str]:
    why = () if isinstance(advice.analysis.effect, Known) else advice.analysis.effect.why
    return [*why, *advice.estimate.gaps]


def as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}".rstrip(".") + "."


def figure_words(what: str, one: Range) -> str:
    return f"{what}: about {one.middle:,}, between {one.low:,} and {one.high:,} a year."


def money(one: Quantity) -> str:
    return f"{pounds(one.middle)} ({pounds(one.low)} to {pounds(one.high)})"


def count(one: Quantity) -> str:
    return f"{cases(one.middle)} ({cases(one.low)} to {cases(one.high)})"
