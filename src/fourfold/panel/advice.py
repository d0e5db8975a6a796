"""What the site's rules suggest for a pattern: each with the rule in words and the facts it used. It never decides.

No framework, no clock. A rule whose facts are all known and fit suggests; one that only lacks a fact asks for it.
"""

from collections.abc import Iterable, Iterator, Mapping

from fourfold.cases.rules.levels import highest
from fourfold.cases.terms import Answer, Level
from fourfold.panel import gates as gating
from fourfold.panel.measures import PlanClass
from fourfold.panel.rules import advised_level
from fourfold.panel.terms import Advice, Signs, Strand, Suggestion, Table
from fourfold.programme.advising import FACTS, NUMBERS, AdviceRule, Condition
from fourfold.words import Word, counted, sentence

Facts = Mapping[str, int | bool | None]


def advice(
    signs: Signs, table: Table, under_investigation: Answer = Answer.NOT_KNOWN, resident: Answer = Answer.NOT_KNOWN
) -> Advice:
    """Return what the site's rules suggest from what is known: a level, measures, and the gates in the way."""
    facts = facts_of(signs, under_investigation)
    return Advice(
        level=advised_level(signs),
        reasons=tuple(_reasons(signs)),
        suggestions=tuple(suggestions(table.advice, facts)),
        gates=gating.gates(table, under_investigation, resident),
    )


def facts_of(signs: Signs, under_investigation: Answer) -> Facts:
    """Return the facts that rules may ask for; None is not known."""
    level = highest(signs.in_force, advised_level(signs))
    return {
        "acts": signs.acts,
        "acts_90": signs.acts_90,
        "breaches": signs.breaches,
        "threats": signs.threats,
        "through_others": signs.through_others,
        "monitoring": signs.monitoring,
        "assessments_missing": len(signs.missing) + len(signs.stale),
        "level": level.rank if level else None,
        "shortening": signs.shortening,
        "weapon": signs.weapon,
        "former_partner": signs.former_partner,
        "subject_known": signs.subject_known,
        "under_investigation": {Answer.YES: True, Answer.NO: False}.get(under_investigation),
    }


def suggestions(rules: Iterable[AdviceRule], facts: Facts) -> Iterator[Suggestion]:
    """Yield what the rules suggest, those that are sure first; a rule with a fact against it says nothing."""
    held = [(rule, [(each, _holds(each, facts)) for each in rule.when]) for rule in rules]
    sure = [(rule, met) for rule, met in held if all(fits is True for _, fits in met)]
    asks = [(rule, met) for rule, met in held if any(fits is None for _, fits in met) and _none_against(met)]
    for rule, met in (*sure, *asks):
        yield Suggestion(
            code=rule.code,
            says=rule.says,
            suggests=rule.suggests,
            facts=tuple(_said(each, facts) for each, fits in met if fits is True),
            not_known=tuple(FACTS[each.fact] for each, fits in met if fits is None),
            strand=Strand(rule.strand),
            plan_class=PlanClass(rule.part),
            tell_victim_first=rule.tell_victim_first,
            source=rule.source,
        )


def _none_against(met: list[tuple[Condition, bool | None]]) -> bool:
    return all(fits is not False for _, fits in met)


def _holds(condition: Condition, facts: Facts) -> bool | None:
    """Return whether a fact is as the condition asks; None where it is not known."""
    value = facts[condition.fact]
    if value is None:
        return None
    return value >= condition.at_least if condition.at_least is not None else value is condition.is_


def _said(condition: Condition, facts: Facts) -> Word:
    value = facts[condition.fact]
    if condition.fact == "level":
        return sentence("level: {1}", list(Level)[int(value or 1) - 1].words)
    if condition.fact in NUMBERS:
        return sentence("{1}: {2}", FACTS[condition.fact], value)
    return sentence("{1}: {2}", FACTS[condition.fact], Word("yes" if value else "no"))


def _reasons(signs: Signs) -> Iterator[str]:
    for title, level in signs.tools:
        yield (
            sentence("{1} advises {2}.", title, level.words)
            if level
            else sentence("{1} could not advise a level.", title)
        )
    yield from signs.critical
    if signs.breaches:
        yield sentence("{1} among {2}.", counted(signs.breaches, "breach", "breaches"), counted(signs.acts, "act"))
    if signs.shortening:
        yield sentence("The acts are getting closer together: {1} in the last 90 days.", signs.acts_90)
    for title in signs.stale:
        yield sentence("{1} is out of date.", title)
    for title in signs.missing:
        yield sentence("{1} has not been made.", title)
