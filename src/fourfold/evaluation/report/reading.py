"""What a released report says for a new area, read back from its numbers: for whoever plans elsewhere with it."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fourfold.evaluation.plans import AnalysisPlan
from fourfold.evaluation.terms import PlanChanged
from fourfold.words import sentence

#: How the numbers are called that are read here; the report calls them so where it releases them.
PER_HUNDRED = "Cases with another act, per 100"
WITHOUT = "Of 100 cases, another act, not managed"
CERTAINTY = "Certainty of the evidence, of 4"
SITE = "hazard ratio as it came, "
NEW_AREA = "A new area, sites differing with scale "
LEVEL_Z = 1.959964


@dataclass(frozen=True)
class SiteRatio:
    """One site's hazard ratio of management as it came, as a logarithm with its standard error."""

    site: str
    log_ratio: float
    standard_error: float


@dataclass(frozen=True)
class ReleasedEffect:
    """What one released report says that a new area may see.

    `without`: of 100 cases, those with another act within `horizon_days` had none been managed. `foreseen`: for each
    scale of how sites differ, the predictive interval of the hazard ratio (scale, middle, low, high). `asked`: the least
    certainty (of 4) from which the registered plan lets a number be carried to another area. `said`: its result in a sentence;
    `more`: of 100 cases, how many more had another act when managed (middle, low, high). None is a number that the report does
    not show.
    """

    title: str
    plan_sha256: str
    extract_sha256: str
    horizon_days: int
    sites: tuple[SiteRatio, ...]
    without: float | None
    certainty: int | None
    asked: int
    foreseen: tuple[tuple[float, float, float, float], ...]
    said: str = ""
    more: tuple[float, float, float] | None = None


def read_effect(text: str, *, plan: AnalysisPlan, plan_sha256: str) -> ReleasedEffect:
    """Read the numbers of a released report (its JSON). Raises PlanChanged where they were made by another plan."""
    told = json.loads(text)
    named = str(told.get("plan_sha256", ""))
    if named != plan_sha256:
        raise PlanChanged(
            sentence(
                "The report “{1}” was made by the plan with the hash {2}, and the registered plan has {3}. No number is taken "
                "from it.",
                told.get("title", ""), named[:12] or "none", plan_sha256[:12],
            )
        )  # fmt: skip
    numbers = {number["name"]: number for number in told.get("numbers", ()) if number.get("value") is not None}
    certainty = numbers.get(CERTAINTY)
    return ReleasedEffect(
        title=str(told.get("title", "")),
        plan_sha256=named,
        extract_sha256=str(told.get("extract_sha256", "")),
        horizon_days=plan.horizon_days,
        sites=tuple(_sites(numbers)),
        without=numbers[WITHOUT]["value"] if WITHOUT in numbers else None,
        certainty=int(certainty["value"]) if certainty else None,
        asked=plan.least_certainty,
        foreseen=tuple(_foreseen(numbers)),
        said=next((str(line) for part in told.get("parts", ())[:1] for line in part["words"]), ""),
        more=_three(numbers.get(PER_HUNDRED)),
    )


def _three(number: Mapping[str, Any] | None) -> tuple[float, float, float] | None:
    ends = [number[name] for name in ("value", "low", "high")] if number else [None]
    return None if None in ends else tuple(ends)  # type: ignore[return-value]


def _sites(numbers: Mapping[str, Mapping[str, Any]]) -> Iterable[SiteRatio]:
    for name, number in numbers.items():
        if name.startswith(SITE) and number["low"] and number["high"] and number["value"] > 0:
            width = math.log(number["high"]) - math.log(number["low"])
            yield SiteRatio(name.removeprefix(SITE), math.log(number["value"]), width / (2 * LEVEL_Z))


def _foreseen(numbers: Mapping[str, Mapping[str, Any]]) -> Iterable[tuple[float, float, float, float]]:
    for name, number in numbers.items():
        if name.startswith(NEW_AREA) and number["low"] is not None and number["high"] is not None:
            yield float(name.removeprefix(NEW_AREA)), number["value"], number["low"], number["high"]
