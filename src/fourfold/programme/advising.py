"""The rules by which a site advises its panel, as data: a condition in facts, the rule in words, what it suggests.

A rule never decides. It may ask for more than the panel thought of; where a fact is not known, it asks for the fact.
A site that writes no rules of its own works with those of `advice.toml`.
"""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from fourfold.programme.terms import LEVELS
from fourfold.words import Word, named, sentence, words

#: The facts that a rule may ask for, each with the words in which it is shown; numbers first, then yes or no.
NUMBERS = words(
    {
        "acts": "acts on record",
        "acts_90": "acts in the last 90 days",
        "breaches": "breaches of an order or bail",
        "threats": "acts with a threat",
        "through_others": "acts through other people",
        "monitoring": "acts of monitoring the victim's devices or accounts",
        "assessments_missing": "assessments that are missing or out of date",
        "level": "level, from 1 (low) to 4 (very high)",
    }
)
YES_OR_NO = words(
    {
        "shortening": "the acts come closer together",
        "weapon": "a weapon was named or seen",
        "former_partner": "they were partners",
        "subject_known": "somebody can name the subject",
        "under_investigation": "the subject is under investigation",
    }
)
FACTS = {**NUMBERS, **YES_OR_NO}
STRANDS = ("psychological", "social", "legal", "victim_safety")
CLASSES = ("monitoring", "supervision", "intervention", "victim_safety_planning")
KEYS = ("code", "when", "says", "suggests", "strand", "class", "tell_victim_first", "source")
LONGEST = 300
NEEDED = ("code", "when", "says", "suggests", "strand", "class", "source")


@dataclass(frozen=True)
class Condition:
    """What one fact must be: a number of at least so many, or a yes or no."""

    fact: str
    at_least: int | None = None
    is_: bool | None = None


@dataclass(frozen=True)
class AdviceRule:
    """A rule in words with its conditions (all of them), what it suggests in which strand and class, and its source."""

    code: str
    when: tuple[Condition, ...]
    says: str
    suggests: str
    strand: str
    part: str
    source: str
    tell_victim_first: bool = False


#: What ships, with its sentences known as ours; what a site writes for itself never is.
SHIPPED: tuple[dict[str, Any], ...] = tuple(
    each | {key: Word(each[key]) for key in ("says", "suggests", "source")}
    for each in tomllib.loads(files("fourfold.programme").joinpath("advice.toml").read_text(encoding="utf-8"))["advice"]
)


def advice_rules(settings: tuple[dict[str, Any], ...] | list[dict[str, Any]]) -> tuple[AdviceRule, ...]:
    """Return a site's rules of advice from its settings; those that ship where it writes none."""
    return tuple(_rule(each) for each in (settings or SHIPPED))


def _rule(said: dict[str, Any]) -> AdviceRule:
    return AdviceRule(
        code=said["code"],
        when=tuple(Condition(each["fact"], each.get("at_least"), each.get("is")) for each in said["when"]),
        says=said["says"],
        suggests=said["suggests"],
        strand=said["strand"],
        part=said["class"],
        source=said["source"],
        tell_victim_first=said.get("tell_victim_first", False),
    )


def measures_by_level(measures: dict[str, list[dict[str, Any]]]) -> tuple[AdviceRule, ...]:
    """Return what a site's plans hold at least, from a level upwards, as rules that ask for the level alone."""
    return tuple(
        AdviceRule(
            code=f"{level.replace('_', '-')}-{number}",
            when=(Condition("level", at_least=len(LEVELS) - LEVELS.index(level)),),
            says=sentence("From the level {1} upwards, every plan of this site holds this.", named(level)),
            suggests=said["suggests"],
            strand=said["strand"],
            part=said["class"],
            source=Word("Measures by level, in this site's model of working."),
            tell_victim_first=said.get("tell_victim_first", False),
        )
        for level in LEVELS
        for number, said in enumerate(measures.get(level, ()), start=1)
    )


MEASURE_NEEDED = ("suggests", "strand", "class")
MEASURE_KEYS = (*MEASURE_NEEDED, "tell_victim_first")


def why_not_measures(value: Any) -> str | None:
    """Return what is wrong with a site's measures by level and how to mend it, or None."""
    if not isinstance(value, dict):
        return sentence("must be a table with lists of measures for: {1}", ", ".join(LEVELS))
    for level, measures in value.items():
        if level not in LEVELS:
            return sentence("names the level “{1}”; the levels are: {2}", str(level)[:40], ", ".join(LEVELS))
        if not isinstance(measures, list | tuple):
            return sentence(
                "for {1} must be a list; write one [[working.measures.{2}]] table for each measure", level, level
            )
        for number, measure in enumerate(measures, start=1):
            if why := _why_not_measure(measure):
                return sentence("for {1}, measure {2} {3}", level, number, why)
    return None


def _why_not_measure(said: Any) -> str | None:
    if not isinstance(said, dict):
        return "must be a table"
    if missing := [key for key in MEASURE_NEEDED if not said.get(key)]:
        return sentence("lacks {1}; a measure has: {2}", missing[0], ", ".join(MEASURE_NEEDED))
    if extra := [key for key in said if key not in MEASURE_KEYS]:
        return sentence("names {1}; the keys are: {2}", str(extra[0])[:40], ", ".join(MEASURE_KEYS))
    if not isinstance(said["suggests"], str) or not said["suggests"].isprintable() or len(said["suggests"]) > LONGEST:
        return sentence("says suggests in something that is not one line of text of at most {1} characters", LONGEST)
    return _why_not_placed(said)


def _why_not_placed(said: dict[str, Any]) -> str | None:
    """Return why a rule or a measure belongs to no strand or class, or tells the victim neither first nor not."""
    if said["strand"] not in STRANDS:
        return sentence("names the strand “{1}”; write one of: {2}", str(said["strand"])[:40], ", ".join(STRANDS))
    if said["class"] not in CLASSES:
        return sentence("names the class “{1}”; write one of: {2}", str(said["class"])[:40], ", ".join(CLASSES))
    if not isinstance(said.get("tell_victim_first", False), bool):
        return "says tell_victim_first otherwise than true or false, without quotes"
    return None


def why_not_advice(value: Any) -> str | None:
    """Return what is wrong with a site's rules of advice and how to mend it, or None."""
    if not isinstance(value, list | tuple):
        return "must be a list of rules; leave it out to work with those that ship"
    for number, rule in enumerate(value, start=1):
        if why := _why_not_rule(rule):
            return f"rule {number} {why}"
    codes = [rule["code"] for rule in value]
    return "uses a code twice; give each rule its own" if len(set(codes)) < len(codes) else None


def _why_not_rule(rule: Any) -> str | None:
    if not isinstance(rule, dict):
        return "must be a table"
    if missing := [key for key in NEEDED if not rule.get(key)]:
        return sentence("lacks {1}; a rule has: {2}", missing[0], ", ".join(NEEDED))
    if extra := [key for key in rule if key not in KEYS]:
        return sentence("names {1}; the keys are: {2}", extra[0], ", ".join(KEYS))
    if wrong := [key for key in ("code", "says", "suggests", "source") if not isinstance(rule[key], str)]:
        return sentence("says {1} in something that is not text; write it in quotes", wrong[0])
    return _why_not_placed(rule) or _why_not_conditions(rule["when"])


def _why_not_conditions(conditions: Any) -> str | None:
    if not isinstance(conditions, list | tuple):
        return "must say when as a list of conditions"
    for each in conditions:
        fact = each.get("fact") if isinstance(each, dict) else None
        if not isinstance(fact, str) or fact not in FACTS:
            return sentence("asks for the fact “{1}”; the facts are: {2}", str(fact)[:40], ", ".join(FACTS))
        asked = {key: value for key, value in each.items() if key != "fact"}
        fits = list(asked) == ["at_least"] if fact in NUMBERS else list(asked) == ["is"]
        value = next(iter(asked.values()), None)
        if not fits or not isinstance(value, int) or isinstance(value, bool) is (fact in NUMBERS):
            return sentence(
                "asks wrongly for {1}; write {2}",
                fact,
                "at_least = 2" if fact in NUMBERS else "is = true, or is = false",
            )
    return None
