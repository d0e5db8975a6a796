"""A model of working in words: what each setting is called, and what a site's settings say."""

from collections.abc import Callable
from typing import Any

from fourfold.programme.advising import advice_rules, measures_by_level
from fourfold.programme.terms import LEVELS, Changed, ModelOfWorking, Said, UnitModel
from fourfold.words import Word, counted, named, sentence, together, words

MODELS = words(
    {
        UnitModel.REFERRAL: "referral: each allegation is judged by itself; a few get direct psychological work",
        UnitModel.SCREENING: "screening: crimes recorded as stalking are reviewed, with advice at the start",
        UnitModel.PANEL: "panel: several agencies decide together on the cases of highest risk",
    }
)
OUTCOMES = words(
    {
        "advice_only": "advice only",
        "consultation": "consultation",
        "panel": "panel",
        "direct_management": "direct management",
        "redirect": "redirect",
    }
)
LABELS = words(
    {
        "model": "Model",
        "quorum": "Who must give a view before a panel decides",
        "review_hours": "Next review, by level",
        "early_days": "First days of a case, when reviews are closer together",
        "early_review_percent": "Percentage of the hours used in the first days",
        "panel_every_days": "The panel meets",
        "measure_every_days": "Victims are asked how they are",
        "minimum_age": "Youngest age for direct work",
        "therapy_while_investigated": "Direct psychological work while the police investigate",
        "screens_every_crime": "Every crime recorded as stalking gets advice to the officer in the case",
        "instruments": "Instruments in use",
        "triage_outcomes": "Outcomes that the desk can choose",
        "consultation_hours": "The unit answers a consultation within",
        "residents_only": "Direct work only with people who live in the area",
        "referring_service_keeps_case": "The service that made the referral keeps the case",
        "advice": "Rules that advise the panel",
        "measures": "What every plan must include, by level",
    }
)


def said(working: ModelOfWorking) -> tuple[Said, ...]:
    """Return every setting of a model of working in words, in the order in which a coordinator reads them."""
    return tuple(Said(name, label, _SAYS[name](getattr(working, name))) for name, label in LABELS.items())


def differences(before: ModelOfWorking, after: ModelOfWorking) -> tuple[Changed, ...]:
    """Return what would change between two models of working, setting by setting, in words."""
    return tuple(
        Changed(then.label, now.value, then.value)
        for now, then in zip(said(before), said(after), strict=True)
        if getattr(before, now.name) != getattr(after, now.name)
    )


def _hours(hours: int) -> Word:
    return counted(hours // 24, "day") if hours >= 48 and hours % 24 == 0 else counted(hours, "hour")


def _days(days: int) -> Word:
    if days in (1, 7):
        return Word("every day") if days == 1 else Word("every week")
    return sentence("every {1} weeks", days // 7) if days % 7 == 0 else sentence("every {1} days", days)


def _by_level(hours: dict[str, int]) -> Word:
    return together("; ", (sentence("{1} after {2}", named(level), _hours(hours[level])) for level in LEVELS))


def _yes_or_no(value: bool) -> Word:
    return Word("yes") if value else Word("no")


def _professions(values: Any) -> Word:
    return together(", ", (named(value) for value in values))


def _listed(values: Any) -> Word:
    return together(", ", (OUTCOMES.get(value, value) for value in values))


def _advice(rules: Any) -> Word:
    held = advice_rules(rules)
    codes = ", ".join(rule.code for rule in held)
    if rules:
        return sentence("{1} rules of this site: {2}", len(held), codes)
    return sentence("{1} standard rules: {2}", len(held), codes)


def _measures(measures: Any) -> Word:
    held = measures_by_level(measures)
    said = ((rule.code.rpartition("-")[0].replace("-", "_"), rule.suggests.rstrip(".")) for rule in held)
    return together("; ", (sentence("{1}: {2}", named(level), suggests) for level, suggests in said)) or Word("nothing")


_SAYS: dict[str, Callable[[Any], str]] = {
    "model": lambda model: MODELS[model],
    "quorum": _professions,
    "review_hours": _by_level,
    "early_days": lambda days: counted(days, "day") if days else Word("none"),
    "early_review_percent": lambda share: f"{share}%",
    "panel_every_days": _days,
    "measure_every_days": _days,
    "minimum_age": str,
    "therapy_while_investigated": lambda value: Word("allowed" if value else "not allowed"),
    "screens_every_crime": _yes_or_no,
    "instruments": _listed,
    "triage_outcomes": _listed,
    "consultation_hours": _hours,
    "residents_only": _yes_or_no,
    "referring_service_keeps_case": _yes_or_no,
    "advice": _advice,
    "measures": _measures,
}
