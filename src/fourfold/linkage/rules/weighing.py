"""Is this the same person? Fields are compared one by one, and each says in bits how much it speaks for or against.

After Fellegi and Sunter, A Theory for Record Linkage (1969): the weight of a field is log2(m / u), and the weights
add up. A field that either side does not know weighs nothing: not known is never "differs".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from itertools import product
from math import log2

from fourfold.linkage.rules.levels import MARK_LEVELS, accounts_level, birth_level, same_or_different
from fourfold.linkage.rules.names import is_name, name_level, spoken
from fourfold.linkage.terms import Comparison, Confidence, Evidence, Thresholds, Traits, Weights
from fourfold.people.rules.search_keys import keys_of, weak_keys_of
from fourfold.people.terms import MarkKind
from fourfold.words import Word, sentence, words

CONTRADICTIONS = frozenset(
    {("name", "other_forename"), ("name", "different"), ("sex", "different"), ("birth", "different")}
)
"""What keeps a candidate from being more than possible, whatever else agrees: a household shares the rest.

Twins differ in the forename; a father and a son of one name in the day of birth.
"""

WHOLE_NAME = frozenset({"same", "short_form", "reordered", "part", "alike"})
"""How names compare that agree in forename and family name."""

VOUCHED = frozenset(
    {
        *(("other_forename", birth) for birth in ("same", "swapped", "one_digit")),
        *((name, "different") for name in WHOLE_NAME),
        ("different", "same"),
    }
)
"""How a name and a day of birth compare of which one is in doubt, where an account that both use vouches for the person.

A household shares its telephone, its mailbox and its door; an account on a platform is one person's.
"""

BY_ANOTHER_NAME = "by another name"
"""How names compare that agree by a former one or an alias: it may be proposed, and nothing stands by it alone."""

Sides = tuple[str | None, str, str]
"""How a field compares, None where one side does not know it; as told; on record."""

STRONGLY_ONES_OWN = frozenset({"phone", "email", "address", "vehicle", "account"})
PROVISIONAL = 0.999
"""From which probability a link may stand provisionally until somebody confirms it."""

WORDS = words(
    {
        ("name", "same"): "same name",
        ("name", "short_form"): "short form of the same name",
        ("name", "reordered"): "same names in another order",
        ("name", "part"): "one tells a further name",
        ("name", "alike"): "sounds or is spelt alike",
        ("name", "one_word"): "one of the names",
        ("name", "other_family_name"): "same forename, another family name",
        ("name", "other_forename"): "same family name, another forename",
        ("name", "different"): "another name",
        ("birth", "same"): "same day of birth",
        ("birth", "swapped"): "day and month swapped",
        ("birth", "one_digit"): "one digit differs",
        ("birth", "same_year"): "the year fits, the day does not",
        ("birth", "different"): "another day of birth",
        ("sex", "same"): "same sex",
        ("sex", "different"): "differs",
        ("phone", "same"): "same number (households share)",
        ("phone", "different"): "another number",
        ("email", "same"): "same email address",
        ("email", "different"): "another email address",
        ("address", "same"): "same address (households share)",
        ("address", "same_postcode"): "same postcode, or at least three of the same words",
        ("address", "different"): "another address",
        ("vehicle", "same"): "same car",
        ("account", "same"): "same account",
        ("account", "different"): "another account",
    }
)

_PLATE = re.compile(r"\b[A-Za-z]{2}\d{2}\s?[A-Za-z]{3}\b")


def compare(told: Traits, record: Traits, weights: Weights) -> Comparison:
    """Return what speaks for and against `told` being the person on `record`, in the order of the fields."""
    renamed = _is_renamed(told, record)
    fields = _compared(told, record, renamed=renamed)
    evidence = tuple(_evidence(field, *sides, weights) for field, sides in fields)
    by_another = _by_another_name(told, record, weights) if renamed else None
    if by_another is not None:
        fields, evidence = [("name", by_another[0]), *fields[1:]], (by_another[1], *evidence[1:])
    weight = sum(each.weight for each in evidence)
    probability = probability_of(weight, weights.prior)
    levels = {field: sides[0] for field, sides in fields if sides[0] is not None}
    contradicted = _contradicted(levels)
    if by_another is not None:
        levels["name"] = BY_ANOTHER_NAME
    return Comparison(weight, probability, _confidence(probability, contradicted, weights.thresholds), evidence, levels)


class Likely:
    """Whether two records are one person at least probably: what `compare` says, without the words for a person.

    Asked of pairs by the million, so what is cheap to compare and tells most apart is compared first.
    """

    def __init__(self, weights: Weights) -> None:
        self.weights = weights
        self._bits = {
            (field, level): round(weight_of(weights, field, level), 2)
            for field, levels in weights.fields.items()
            for level in levels
        }

    def __call__(self, one: Traits, other: Traits) -> bool:
        return not are_plainly_apart(one, other) and self.confidence(one, other) in LIKELY

    def confidence(self, one: Traits, other: Traits) -> Confidence | None:
        """Return how sure `compare` says it is."""
        if _is_renamed(one, other):
            return compare(one, other, self.weights).confidence
        levels = {
            "name": name_level(one.name, other.name),
            "birth": birth_level(one.birth_on, other.birth_on),
            "sex": same_or_different(one.sex, other.sex),
        }
        if one.marks and other.marks:
            told = {kind for kind, _ in one.marks} & {kind for kind, _ in other.marks}  # of another one nothing is said
            levels |= {
                str(kind): MARK_LEVELS[kind](one.of(kind), other.of(kind)) for kind in MARK_LEVELS if kind in told
            }
        return _confidence(self._probability(levels, one.name), _contradicted(levels), self.weights.thresholds)

    def _probability(self, levels: Mapping[str, str | None], name: str) -> float:
        bits = [self._bits[field, level] for field, level in levels.items() if level is not None]
        if levels["name"] == "same" and (common := _commonness(name, self.weights)) < 0:
            bits[0] = round(weight_of(self.weights, "name", "same") + common, 2)
        return probability_of(sum(bits), self.weights.prior)


LIKELY = frozenset({Confidence.STRONG, Confidence.PROBABLE})


def _is_renamed(one: Traits, other: Traits) -> bool:
    return any(kind is MarkKind.OTHER_NAME for kind, _ in (*one.marks, *other.marks))


def are_plainly_apart(one: Traits, other: Traits) -> bool:
    """Return whether two records are apart whatever their names are: by the sex, or by the day of birth."""
    if one.sex and other.sex and one.sex != other.sex:
        return True
    if ("birth", birth_level(one.birth_on, other.birth_on)) not in CONTRADICTIONS:
        return False
    return accounts_level(one.of(MarkKind.ACCOUNT), other.of(MarkKind.ACCOUNT)) != "same"


def _by_another_name(told: Traits, record: Traits, weights: Weights) -> tuple[Sides, Evidence] | None:
    """Return how the names compare by a former one or an alias of either, where that says more than the names do.

    Another one says nothing, for people have many. What is shown are the names: an other name may be closed to the reader.
    """
    best, found = _evidence("name", *_sides_of_names(told.name, record.name), weights), None
    for mine, theirs in product(told.names, record.names):
        sides = _sides_of_names(mine, theirs)
        evidence = _evidence("name", *sides, weights)
        if evidence.weight > best.weight:
            best = replace(
                evidence,
                as_told=told.name,
                on_record=record.name,
                comparison=f"{evidence.comparison}, by a former name or an alias",
            )
            found = sides, best
    return found


def _evidence(field: str, level: str | None, as_told: str, on_record: str, weights: Weights) -> Evidence:
    if level is None:
        return Evidence(field, as_told, on_record, Word("not known"), 0.0)
    bits, words = weight_of(weights, field, level), WORDS[field, level]
    if (field, level) == ("name", "same") and (common := _commonness(as_told, weights)) < 0:
        bits, words = bits + common, sentence("{1}, a common one", words)
    return Evidence(field, as_told, on_record, words, round(bits, 2))


def weight_of(weights: Weights, field: str, level: str) -> float:
    """Return in bits how much one way of comparing says."""
    pair = weights.fields[field][level]
    return log2(pair.m / pair.u)


def _commonness(name: str, weights: Weights) -> float:
    """Return in bits by how much agreeing on this name says less than agreeing on a name of average rarity; 0 or less.

    The weight is that of the model's `u`, put right for how many bear the name (Splink's term-frequency adjustment).
    A rare name never counts for more than average: it may be the spelling of one clerk.
    """
    taken = spoken(name) if weights.common else None
    share = weights.common.get(taken.said) if taken else None
    return 0.0 if share is None else min(0.0, log2(weights.fields["name"]["same"].u / share))


def may_stand_provisionally(found: Comparison) -> bool:
    """Return whether a link may stand until somebody confirms it: only on a whole name, the very day of birth and something
    of one's own that agrees as well, with nothing against it. What a household shares never suffices.
    """
    if found.confidence is not Confidence.STRONG or found.probability < PROVISIONAL:
        return False
    levels = found.levels
    own = any(levels.get(field) == "same" for field in STRONGLY_ONES_OWN)
    return levels.get("name") in WHOLE_NAME and levels.get("birth") == "same" and own


def at_least_possible(found: Comparison, *, alone: bool) -> Comparison:
    """Return what is too unlikely to be proposed as possible where both use one account, or, where nobody else is found
    (`alone`), give one telephone, mailbox, door or car. Not whom the sex tells apart; nor by a door alone of whom two
    things are another's: others live there.
    """
    levels = found.levels
    own = {field for field in STRONGLY_ONES_OWN if levels.get(field) == "same"}
    others = sum(level in TELLS_APART.get(field, ()) for field, level in levels.items())
    if others > 1 and levels.get("birth") not in ABOUT_THAT_DAY:
        own.discard("address")
    shown = "account" in own or (alone and own and levels.get("sex") != "different")
    return replace(found, confidence=Confidence.POSSIBLE) if found.confidence is None and shown else found


ABOUT_THAT_DAY = frozenset({"same", "swapped", "one_digit"})
_ANOTHERS = frozenset({"different"})
TELLS_APART = {"name": _ANOTHERS, "birth": _ANOTHERS | {"same_year"}, "phone": _ANOTHERS, "email": _ANOTHERS}
"""What is another's where two share a door; an account is not asked, for people have many."""


def apart(one: Traits, other: Traits) -> bool:
    """Return whether two records cannot be taken for one person by any sum of weights."""
    levels = {
        "birth": birth_level(one.birth_on, other.birth_on),
        "sex": same_or_different(one.sex, other.sex),
        "account": MARK_LEVELS[MarkKind.ACCOUNT](one.of(MarkKind.ACCOUNT), other.of(MarkKind.ACCOUNT)),
    }
    return all(_contradicted(levels | {"name": name_level(*names)}) for names in product(one.names, other.names))


def _contradicted(levels: Mapping[str, str | None]) -> bool:
    """Return whether a field keeps two apart; one of the name and the day of birth does not where an account vouches."""
    against = {field for field, level in levels.items() if (field, level) in CONTRADICTIONS}
    vouched = levels.get("account") == "same" and (levels.get("name"), levels.get("birth")) in VOUCHED
    return bool(against - {"name", "birth"} if vouched else against)


def probability_of(weight: float, prior: float) -> float:
    odds = 2.0 ** min(weight + log2(prior / (1 - prior)), 60.0)
    return odds / (1 + odds)


def _confidence(probability: float, contradicted: bool, above: Thresholds) -> Confidence | None:
    if probability < above.possible:
        return None
    if contradicted or probability < above.probable:
        return Confidence.POSSIBLE
    return Confidence.STRONG if probability >= above.strong else Confidence.PROBABLE


def _compared(told: Traits, record: Traits, *, renamed: bool = False) -> list[tuple[str, Sides]]:
    """Return each field that either side knows: (level, as told, on record), level None where one does not.

    The name comes first; with `renamed`, that either has other names, it is there even where neither is known.
    """
    found = [
        ("name", _sides_of_names(told.name, record.name)),
        ("birth", (birth_level(told.birth_on, record.birth_on), _day(told.birth_on), _day(record.birth_on))),
        ("sex", (same_or_different(told.sex, record.sex), _SEX[told.sex], _SEX[record.sex])),
    ]
    for kind, level_of in MARK_LEVELS.items():
        mine, theirs = told.of(kind), record.of(kind)
        found.append((str(kind), (level_of(mine, theirs), _listed(mine), _listed(theirs))))
    return [(field, sides) for field, sides in found if sides[1] or sides[2] or (renamed and field == "name")]


def _sides_of_names(told: str, record: str) -> Sides:
    return name_level(told, record), told, record


_SEX = words({"": "", "F": "female", "M": "male", "X": "other"})


def _day(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%B %Y}"


def _listed(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys))


def keys(told: Traits) -> frozenset[tuple[str, str]]:
    """Return under which keys to look for candidates: nobody is compared who shares none of these."""
    return keys_of(told.name if is_name(told.name) else "", told.birth_on, told.marks)


def keys_at_once(told: Traits) -> frozenset[tuple[str, str]]:
    """Return under which keys the look-up at once looks: those by which likely people are found, and weaker ones."""
    return keys(told) | weak_keys_of(told.name if is_name(told.name) else "", told.birth_on, told.marks)


def plates_in(words: str) -> tuple[str, ...]:
    """Return the number plates of today's British form that stand in what was told, as written."""
    return tuple(dict.fromkeys(_PLATE.findall(words)))
