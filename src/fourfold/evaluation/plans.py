"""An analysis plan as a file: read strictly, refused while it leaves anything open, hashed in its one canonical text."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from html import escape
from typing import Any

from fourfold import stats
from fourfold.evaluation.terms import HORIZON_DAYS, PlanRefused, QuestionPlan
from fourfold.words import Word, named, sentence, together, words

OUTCOMES = ("next_act",)
COMPARISONS = ("managed_from_its_day",)
COVARIATES = ("level", "prior_acts", "former_partner")
SECONDARY = ("all_acts", "wellbeing")
SENSITIVITY = (
    "e_value", "detection_grid", "leave_one_site_out", "landmark", "without_adjustment", "tipping_point", "event_study",
)  # fmt: skip
SUBGROUPS = ("former_partner", "level")
MULTIPLICITY = ("Holm", "Hochberg", "Benjamini-Hochberg")
STATEMENTS = ("mechanism", "equality", "transfer", "recommendation")
LEAST_CERTAINTY = 2
ESTIMAND = ("population", "strategy", "variable", "intercurrent", "summary")


@dataclass(frozen=True)
class Prices:
    """What a minute of work costs, in the prices of which year, and from whose point of view."""

    staff_minute: float
    price_year: int
    perspective: str
    currency: str = "GBP"


#: The codes of a plan as they are read.
SAID = {
    code: named(code)
    for code in (*OUTCOMES, *COMPARISONS, *COVARIATES, *SECONDARY, *(each.name for each in fields(Prices)))
} | words(
    {
        "e_value": "how strong an unrecorded cause would have to be (E-value)",
        "detection_grid": "managed cases are watched more closely (detection grid)",
        "leave_one_site_out": "each site left out in turn",
        "landmark": "managed by one day, or not (landmark)",
        "without_adjustment": "without adjustment",
        "tipping_point": "those not followed fared worse (tipping point)",
        "event_study": "month by month before and after (event study)",
        "Holm": "stricter the more comparisons there are (Holm)",
        "Hochberg": "stricter the more comparisons there are (Hochberg)",
        "Benjamini-Hochberg": "few of those shown may be chance (Benjamini-Hochberg)",
    }
)


@dataclass(frozen=True)
class AnalysisPlan(QuestionPlan):
    """A question with everything that could otherwise be chosen after the answer is known.

    `statements` are what people must write because no table holds it; `breaks` is what was decided about changes of the
    recording rules that the data cross. `least_certainty` (of 4) is the rule from when on a number is carried to another
    area; below it there are scenarios only.
    """

    title: str = ""
    outcome: str = "next_act"
    comparison: str = "managed_from_its_day"
    landmark_days: int = 30
    secondary: tuple[str, ...] = ()
    sensitivity: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    multiplicity: str = "Holm"
    breaks: str = ""
    area: str = ""
    least_certainty: int = LEAST_CERTAINTY
    prices: Prices | None = None
    statements: tuple[tuple[str, str], ...] = ()

    def said(self, statement: str) -> str:
        """Return one of the written statements, or nothing."""
        return dict(self.statements).get(statement, "")


TABLES: dict[str, tuple[str, ...]] = {
    "": ("title", "estimand", "primary", "secondary", "adjustment", "sensitivity", "subgroups", "multiplicity", "recording",
         "rollout", "economics", "statements"),
    "estimand": ESTIMAND,
    "primary": ("outcome", "horizon_days", "comparison", "landmark_days"),
    "secondary": ("outcomes",),
    "adjustment": ("covariates",),
    "sensitivity": ("analyses",),
    "subgroups": ("names",),
    "multiplicity": ("method",),
    "recording": ("breaks",),
    "rollout": ("area", "certainty"),
    "economics": ("staff_minute", "price_year", "perspective", "currency"),
    "statements": STATEMENTS,
}  # fmt: skip
REQUIRED = ("estimand", "primary", "adjustment", "sensitivity", "subgroups", "multiplicity", "secondary")


def read_plan(text: str) -> AnalysisPlan:
    """Read a plan from the text of its TOML file.

    Raises PlanRefused, naming the part, for text that is no TOML, a part that is missing, a word that nobody knows, or
    an estimand with one of its five parts empty.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise PlanRefused(f"The plan is not valid TOML: {wrong}.") from wrong
    return plan_told(told)


def plan_told(told: Mapping[str, Any]) -> AnalysisPlan:
    """Read a plan from its tables, as a file has them or a form; raises PlanRefused as `read_plan` does."""
    _known("", told)
    for part in REQUIRED:
        if part not in told:
            raise PlanRefused(f"The plan has no [{part}]. Add it now. It cannot be chosen after outcomes are seen.")
    for part, values in told.items():
        if part != "title":
            if not isinstance(values, Mapping):
                raise PlanRefused(f"[{part}] is not a table. Write its lines beneath [{part}].")
            _known(part, values)
    return _plan(told)


def from_stored(values: Mapping[str, Any]) -> AnalysisPlan:
    """Read back a plan that was registered, whether from a file or as the programme's first question."""
    known = {field.name for field in fields(AnalysisPlan)}
    kept = {name: value for name, value in values.items() if name in known}
    for name in ("adjusted_for", "secondary", "sensitivity", "subgroups"):
        kept[name] = tuple(kept.get(name, ()))
    kept["statements"] = tuple((name, said) for name, said in kept.get("statements", ()))
    kept["prices"] = Prices(**kept["prices"]) if kept.get("prices") else None
    return AnalysisPlan(**kept)


def plan_hash(plan: QuestionPlan) -> str:
    """Return the SHA-256 of a plan in its one canonical JSON text."""
    return stats.plan_hash(asdict(plan))


def why_not_reportable(*texts: str) -> str | None:
    """Say which words of a plan would stop its own report, since they read as a count of a few; none where all may leave."""
    stopped = next((text for text in texts if stats.gate_markup(escape(text))), None)
    if stopped is None:
        return None
    return (
        f"“{stopped}” reads as a count of a few people or acts, or as an exact one, so that no report of this plan could be "
        "written. Say it as a rule, such as “at least two acts” or “two acts or more”, or without the number."
    )


def texts_of(plan: QuestionPlan) -> tuple[str, ...]:
    """Return everything that somebody wrote in a plan."""
    parts = tuple(str(getattr(plan, part)) for part in ESTIMAND)
    if not isinstance(plan, AnalysisPlan):
        return parts
    prices = (plan.prices.perspective, plan.prices.currency) if plan.prices else ()
    return (*parts, plan.title, plan.breaks, plan.area, *prices, *(said for _, said in plan.statements))


def deviations(registered: Mapping[str, Any], carried_out: Mapping[str, Any]) -> tuple[tuple[str, str, str], ...]:
    """Return each part in which what is carried out differs from what was registered: part, then, now."""
    before, after = _by_part(registered), _by_part(carried_out)
    pairs = ((name, _words(before.get(name)), _words(after.get(name))) for name in sorted({*before, *after}))
    return tuple((name, then, now) for name, then, now in pairs if then != now)


def _by_part(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Return a plan's parts, each written statement a part of its own."""
    said = {f"stated: {name}": words for name, words in plan.get("statements", ())}
    return {name: value for name, value in plan.items() if name != "statements"} | said


def _words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return together(", ", map(_words, value)) or Word("none")
    if isinstance(value, Mapping):
        pairs = (sentence("{1}: {2}", SAID.get(name, name), _words(part)) for name, part in value.items())
        return together("; ", pairs) or Word("none")
    if value in (None, ""):
        return Word("none")
    return SAID.get(value) or str(value)


def _known(part: str, values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - set(TABLES[part]))
    if unknown:
        where = f"[{part}]" if part else "the plan"
        raise PlanRefused(f"{where} has a line {unknown[0]!r} that is not known. Use: {', '.join(TABLES[part])}.")


def _plan(told: Mapping[str, Any]) -> AnalysisPlan:
    estimand, primary = told["estimand"], told["primary"]
    for part in ESTIMAND:
        if not str(estimand.get(part, "")).strip():
            raise PlanRefused(f"Say what the {part} is: a question without it can be answered in several ways.")
    horizon = _whole(primary, "horizon_days", HORIZON_DAYS, 30, 3650)
    return AnalysisPlan(
        **{part: str(estimand[part]).strip() for part in ESTIMAND},
        horizon_days=horizon,
        adjusted_for=_chosen(told["adjustment"].get("covariates"), COVARIATES, "adjustment.covariates"),
        title=str(told.get("title", "")).strip() or "An evaluation without a title",
        outcome=_one(primary.get("outcome"), OUTCOMES, "primary.outcome"),
        comparison=_one(primary.get("comparison"), COMPARISONS, "primary.comparison"),
        landmark_days=_whole(primary, "landmark_days", 30, 1, horizon - 1),
        secondary=_chosen(told["secondary"].get("outcomes"), SECONDARY, "secondary.outcomes"),
        sensitivity=_chosen(told["sensitivity"].get("analyses"), SENSITIVITY, "sensitivity.analyses"),
        subgroups=_chosen(told["subgroups"].get("names"), SUBGROUPS, "subgroups.names"),
        multiplicity=_one(told["multiplicity"].get("method"), MULTIPLICITY, "multiplicity.method"),
        breaks=str(told.get("recording", {}).get("breaks", "")).strip(),
        area=str(told.get("rollout", {}).get("area", "")).strip(),
        least_certainty=_certainty(told.get("rollout", {})),
        prices=_prices(told.get("economics")),
        statements=tuple((name, str(said).strip()) for name, said in sorted(told.get("statements", {}).items())),
    )


def _one(value: Any, known: Sequence[str], name: str) -> str:
    if value not in known:
        raise PlanRefused(f"{name} is {value!r}. Choose one of: {', '.join(known)}.")
    return str(value)


def _chosen(values: Any, known: Sequence[str], name: str) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise PlanRefused(f"{name} is not a list. Write one, even if it is empty, so that nothing is decided later.")
    for value in values:
        _one(value, known, name)
    if len(set(values)) < len(values):
        raise PlanRefused(f"{name} names something twice. Name it once.")
    return tuple(values)


def _whole(values: Mapping[str, Any], name: str, default: int, least: int, most: int) -> int:
    value = values.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise PlanRefused(f"primary.{name} is {value!r}. Give whole days from {least} to {most}.")
    return value


def _certainty(values: Mapping[str, Any]) -> int:
    value = values.get("certainty", LEAST_CERTAINTY)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 4:
        raise PlanRefused(f"rollout.certainty is {value!r}. Give the least certainty, from 1 (very low) to 4 (high).")
    return value


def _prices(told: Mapping[str, Any] | None) -> Prices | None:
    if told is None:
        return None
    minute, year, whose = told.get("staff_minute"), told.get("price_year"), str(told.get("perspective", "")).strip()
    is_price = isinstance(minute, int | float) and not isinstance(minute, bool) and 0 < minute < 1e6
    if not is_price or not isinstance(year, int) or not whose:
        raise PlanRefused("[economics] needs staff_minute above zero, price_year and perspective: all are printed.")
    return Prices(float(minute or 0), year, whose, str(told.get("currency", "GBP")))
