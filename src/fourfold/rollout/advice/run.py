"""What a recommendation is computed from, as a file: whoever has it makes the same documents again, to the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version

from pydantic import TypeAdapter, ValidationError

from fourfold.rollout import costing, facts, queries, rules
from fourfold.rollout.advice.sections import Advice, Decided, Made
from fourfold.rollout.advice.strength import Graded, Grounds, graded
from fourfold.rollout.economics import effects
from fourfold.rollout.economics.terms import Change, Known, Unknown
from fourfold.rollout.terms import Counted, Evidence, Place, UnknownArea
from fourfold.words import sentence

NOTHING_RELEASED = effects.known(None)


@dataclass(frozen=True)
class Run:
    """A place, a year, what is assumed, what was given and released, and what a person decided; with when and by what."""

    area: str
    districts: tuple[str, ...]
    year: int
    made: Made
    assumed: Mapping[str, int] = field(default_factory=dict)
    counts: tuple[Counted, ...] = ()
    prices: tuple[Change, ...] = ()
    effect: Known | Unknown = NOTHING_RELEASED
    seen: Evidence | None = None
    history: tuple[str, ...] = ()
    decided: Decided | None = None

    @property
    def place(self) -> Place:
        """Give the place as the facts have it; raises UnknownArea."""
        return facts.area(self.area) if self.area else facts.place(self.districts)


class RunRefused(ValueError):
    """A file that is no run, or one that was made otherwise than this release makes it."""


RUN = TypeAdapter(Run)


def made(year: int, at: datetime) -> Made:
    """Return by what a run that begins now is made."""
    return Made(year, version("fourfold"), facts.sha256(), facts.VINTAGE, rules.SEED, at)


def read(text: str) -> Run:
    """Read the run that stands in the JSON of a recommendation. Raises RunRefused where it cannot be made again as it was."""
    try:
        run = TypeAdapter(dict[str, object]).validate_json(text)["run"]
        found = RUN.validate_python(run, strict=False)
        place = found.place
    except (ValidationError, KeyError, UnknownArea) as why:
        raise RunRefused(sentence("This is not the JSON of a recommendation: {1}", str(why).splitlines()[0])) from None
    if unknown := sorted(set(found.assumed) - set(rules.ASSUMPTIONS)):
        raise RunRefused(
            sentence("Release {1} assumed {2}, which is not used any more.", found.made.release, ", ".join(unknown))
        )
    if found.made.facts_sha256 != facts.sha256():
        raise RunRefused(
            sentence(
                "The plan for {1} was made by release {2} with other facts. Make a new one with the facts of today.",
                place.name, found.made.release,
            )
        )  # fmt: skip
    return found


def advice(run: Run) -> Advice:
    """Return everything that the documents of a run say. No statement."""
    estimate = queries.estimated(run.place, run.assumed, run.year, given=run.counts, seen=run.seen)
    expected = queries.expected(run.place, run.year, assumed=run.assumed, given=run.counts)
    cost = costing.computed(run.place, expected, effect=run.effect, changes=run.prices)
    return Advice(
        estimate=estimate,
        evidence=run.seen,
        analysis=cost.found,
        outlook=None,
        graded=rule_for(run.effect),
        tried=queries.back_test(),
        names={code: area.name for code, area in facts.areas().items()},
        made=run.made,
        decided=run.decided,
        assumed=tuple(f"{rules.ASSUMPTIONS[key].words}: {number}" for key, number in run.assumed.items()),
        history=run.history,
        run=RUN.dump_python(run, mode="json"),
    )


def rule_for(effect: Known | Unknown) -> Graded:
    """Return what the written rule says of what is known of the effect."""
    if not isinstance(effect, Known):
        return graded(Grounds(None, 0, None, None))
    return graded(Grounds(effect.certainty, len(effect.log_ratios), effect.ratio, None))
