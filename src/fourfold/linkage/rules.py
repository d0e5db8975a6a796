"""Is this the same person? Fields are compared one by one, and each says in bits how much it speaks for or against.

After Fellegi and Sunter, A Theory for Record Linkage (1969): the weight of a field is log2(m / u), and the weights
add up. A field that either side does not know weighs nothing: not known is never "differs".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import product
from math import log2

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from fourfold.linkage.terms import Comparison, Confidence, Evidence, Thresholds, Traits, Weights
from fourfold.people.rules import handle_of, name_words, sound_keys, split_name
from fourfold.people.rules.forenames import established, may_be
from fourfold.people.rules.names import UNNAMED, plain, plain_words
from fourfold.people.rules.scripts import script_of, words_in
from fourfold.people.rules.search_keys import keys_of
from fourfold.people.terms import MarkKind
from fourfold.words import Word, sentence, words

ALIKE, NEAR = 0.90, 0.60
"""From which Jaro-Winkler similarity two spellings differ by no more than a slip, and from which they may sound alike."""

SHORTEST_SLIPPED = 3
"""From so many letters on two names may differ by one slip: a letter lost, added, wrong, or two swapped."""

SYLLABLES_FROM = "\u2e80"
"""From where on a letter is a syllable or a word, as in Chinese, Japanese and Korean: another one makes another name."""

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
        ("name", "part"): "one further forename",
        ("name", "alike"): "sounds or is spelt alike",
        ("name", "one_word"): "one of the names",
        ("name", "other_family_name"): "same forename, another family name",
        ("name", "other_forename"): "same family name, another forename",
        ("name", "different"): "another name",
        ("birth", "same"): "same day of birth",
        ("birth", "swapped"): "day and month swapped",
        ("birth", "one_digit"): "one digit differs",
        ("birth", "same_year"): "same year only",
        ("birth", "different"): "another day of birth",
        ("sex", "same"): "same",
        ("sex", "different"): "differs",
        ("phone", "same"): "same number (households share)",
        ("phone", "different"): "another number",
        ("email", "same"): "same mailbox",
        ("email", "different"): "another mailbox",
        ("address", "same"): "same address (households share)",
        ("address", "same_postcode"): "same postcode",
        ("address", "different"): "another address",
        ("vehicle", "same"): "same car",
        ("account", "same"): "same account",
    }
)

_NOT_NAMES = """
    unknown unidentified unnamed not known no name none nk na n k anonymous male female man woman person suspect
    offender caller possibly possible maybe perhaps ex partner former husband boyfriend girlfriend wife the a an
    her his their stranger neighbour somebody someone given stated recorded available applicable details
    police officer regina rex crown school hospital council university
"""
_NO_NAME = frozenset(_NOT_NAMES.split())
"""Words that name nobody by themselves. With another they may: Regina alone is the Crown, Regina Falk somebody."""

_NEVER_A_NAME = """
    ltd limited plc llp cic inc corporation constabulary nhs stores company organisation organization business
    refused provided declined withheld disclosed redacted
"""
_NOBODY = frozenset(_NEVER_A_NAME.split())
"""Words that are nobody's surname: what holds one is an organisation, or a remark, whatever stands beside it."""

_BODIES = frozenset({"council", "police", "school", "university", "hospital"})
"""Words that end the name of a body and are, seldom, a surname.

Far more reports tell of Northmoor Council than of a Mr Council. So he is believed only with one forename that everybody
knows, and nothing else: Mark Council is somebody.
"""
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
    probability = _probability(weight, weights.prior)
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
        self._weights = weights
        self._bits = {
            (field, level): round(weight_of(weights, field, level), 2)
            for field, levels in weights.fields.items()
            for level in levels
        }

    def __call__(self, one: Traits, other: Traits) -> bool:
        """Say whether one is the other, at least probably."""
        if _are_plainly_apart(one, other):
            return False
        if _is_renamed(one, other):
            return compare(one, other, self._weights).confidence in LIKELY
        levels = {
            "name": name_level(one.name, other.name),
            "birth": birth_level(one.birth_on, other.birth_on),
            "sex": _same_or_different(one.sex, other.sex),
        }
        if one.marks and other.marks:
            levels |= {str(kind): level(one.of(kind), other.of(kind)) for kind, level in _MARK_LEVELS.items()}
        return not _contradicted(levels) and self._probability(levels, one.name) >= self._weights.thresholds.probable

    def _probability(self, levels: Mapping[str, str | None], name: str) -> float:
        bits = [self._bits[field, level] for field, level in levels.items() if level is not None]
        if levels["name"] == "same" and (common := _commonness(name, self._weights)) < 0:
            bits[0] = round(weight_of(self._weights, "name", "same") + common, 2)
        return _probability(sum(bits), self._weights.prior)


LIKELY = frozenset({Confidence.STRONG, Confidence.PROBABLE})


def _is_renamed(one: Traits, other: Traits) -> bool:
    return any(kind is MarkKind.OTHER_NAME for kind, _ in (*one.marks, *other.marks))


def _are_plainly_apart(one: Traits, other: Traits) -> bool:
    """Say whether two records are apart whatever their names are: by the sex, or by the day of birth."""
    if one.sex and other.sex and one.sex != other.sex:
        return True
    if ("birth", birth_level(one.birth_on, other.birth_on)) not in CONTRADICTIONS:
        return False
    return _accounts(one.of(MarkKind.ACCOUNT), other.of(MarkKind.ACCOUNT)) != "same"


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
    """Say whether a link may stand until somebody confirms it: only on a whole name, the very day of birth and something
    of one's own that agrees as well, with nothing against it. What a household shares never suffices.
    """
    if found.confidence is not Confidence.STRONG or found.probability < PROVISIONAL:
        return False
    levels = found.levels
    own = any(levels.get(field) == "same" for field in STRONGLY_ONES_OWN)
    return levels.get("name") in WHOLE_NAME and levels.get("birth") == "same" and own


def apart(one: Traits, other: Traits) -> bool:
    """Say whether two records cannot be taken for one person by any sum of weights."""
    levels = {
        "birth": birth_level(one.birth_on, other.birth_on),
        "sex": _same_or_different(one.sex, other.sex),
        "account": _MARK_LEVELS[MarkKind.ACCOUNT](one.of(MarkKind.ACCOUNT), other.of(MarkKind.ACCOUNT)),
    }
    return all(_contradicted(levels | {"name": name_level(*names)}) for names in product(one.names, other.names))


def _contradicted(levels: Mapping[str, str | None]) -> bool:
    """Say whether a field keeps two apart; one of the name and the day of birth does not where an account vouches."""
    against = {field for field, level in levels.items() if (field, level) in CONTRADICTIONS}
    vouched = levels.get("account") == "same" and (levels.get("name"), levels.get("birth")) in VOUCHED
    return bool(against - {"name", "birth"} if vouched else against)


def _probability(weight: float, prior: float) -> float:
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
        ("sex", (_same_or_different(told.sex, record.sex), _SEX[told.sex], _SEX[record.sex])),
    ]
    for kind, level_of in _MARK_LEVELS.items():
        mine, theirs = told.of(kind), record.of(kind)
        found.append((str(kind), (level_of(mine, theirs), _listed(mine), _listed(theirs))))
    return [(field, sides) for field, sides in found if sides[1] or sides[2] or (renamed and field == "name")]


def _sides_of_names(told: str, record: str) -> Sides:
    return name_level(told, record), told, record


_SEX = words({"": "", "F": "female", "M": "male", "X": "other"})
#: What is compared besides the marks, which are named by their kind.
FIELD_WORDS = words({"name": "name", "birth": "birth", "sex": "sex"})


def _day(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%B %Y}"


def _listed(keys: frozenset[str]) -> str:
    return ", ".join(sorted(keys))


def _same_or_different(told: str, record: str) -> str | None:
    if not told or not record:
        return None
    return "same" if told == record else "different"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A name taken apart once: its words long and plain, in order of the alphabet, as spoken, and as written.

    With them, which forenames the given one may stand for, and the scripts that nothing transliterates; "" is Latin.
    """

    words: tuple[str, ...]
    in_order: tuple[str, ...]
    letters: tuple[str, ...]
    given: str
    family: str
    may_be: frozenset[str]
    scripts: str

    @property
    def said(self) -> str:
        """The name as spoken, in one text."""
        return " ".join(self.in_order)


@lru_cache(maxsize=50_000)
def spoken(name: str) -> Spoken | None:
    """Return a name taken apart; None for one that is not known, or is no name (“unknown male”)."""
    if not is_name(name):
        return None
    given, family, other = split_name(name)
    return Spoken(
        words=tuple(sorted(name_words(name))),
        in_order=tuple(name_words(f"{given} {other} {family}")),
        letters=_letters(name),
        given="".join(name_words(given)),
        family="".join(name_words(family)),
        may_be=may_be("".join(plain_words(given))),
        scripts=" ".join(sorted({script_of(word) for word in name_words(name)} or {""})),
    )


def _letters(name: str) -> tuple[str, ...]:
    """Return the words of a name as written, without titles and digits."""
    return tuple(sorted(word for word in _lettered(re.sub(r"['’.]", "", name)) if word not in UNNAMED))


def _lettered(text: str) -> list[str]:
    return words_in(re.sub(r"[0-9]", " ", plain(text)))


def name_level(told: str, record: str) -> str | None:
    """Return how two names compare; None where either is not known, or is no name (“unknown male”).

    Two that are written in different scripts which nothing transliterates cannot be compared, unless they share a word:
    王小明 may well be Wang Xiaoming.
    """
    mine, theirs = spoken(told), spoken(record)
    if mine is None or theirs is None:
        return None
    if mine.words == theirs.words:
        return _of_the_same_words(mine, theirs)
    shared = set(mine.words) & set(theirs.words)
    if len(shared) == min(len(set(mine.words)), len(set(theirs.words))):
        return "part" if len(shared) > 1 else "one_word"
    return _of_other_words(mine, theirs) if mine.scripts == theirs.scripts else None


def _of_the_same_words(mine: Spoken, theirs: Spoken) -> str:
    if mine.in_order != theirs.in_order:
        return "reordered"
    return "same" if mine.letters == theirs.letters else "short_form"


def _of_other_words(mine: Spoken, theirs: Spoken) -> str:
    same_family = _alike(mine.family, theirs.family)
    if same_family and _one_forename_says_little(mine.given, theirs.given):
        return "one_word"
    one_name = not mine.may_be.isdisjoint(theirs.may_be)
    two_names = _two_forenames(mine.given, theirs.given) and not one_name
    same_given = one_name or (_alike(mine.given, theirs.given) and not two_names)
    if same_given and same_family:
        return "alike"
    if not two_names and _alike(mine.given, theirs.family) and _alike(mine.family, theirs.given):
        return "alike"
    if same_given:
        return "other_family_name"
    return "other_forename" if same_family else "different"


def _one_forename_says_little(mine: str, theirs: str) -> bool:
    """Say whether one forename was not told, or is no more than the first letter of the other."""
    return not mine or not theirs or (1 in (len(mine), len(theirs)) and mine[0] == theirs[0])


def _two_forenames(mine: str, theirs: str) -> bool:
    """Say whether these are two established forenames: Jane and Jean are two, however alike they look."""
    one, other = established(mine), established(theirs)
    return bool(one and other and one != other)


def _alike(mine: str, theirs: str) -> bool:
    """Say whether two names are spelt nearly the same, sound the same, or differ by one slip of the finger.

    A name that is not there is like none.
    """
    if not mine or not theirs:
        return False
    similar = JaroWinkler.similarity(mine, theirs)
    if similar >= ALIKE or (similar >= NEAR and sound(mine) == sound(theirs) != ""):
        return True
    shortest = min(len(mine), len(theirs)) if max(mine, theirs) < SYLLABLES_FROM else 0
    return shortest >= SHORTEST_SLIPPED and DamerauLevenshtein.distance(mine, theirs, score_cutoff=1) == 1


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """Return how one word of a name sounds."""
    return next(iter(sound_keys(word)), "")


@lru_cache(maxsize=16_384)  # one name is asked about several times in a row
def is_name(text: str) -> bool:
    """Say whether a text names somebody; “unknown male, possibly ex” does not, nor does “Tesco Stores Ltd”."""
    words = _lettered(text)
    if not _NOBODY.isdisjoint(words) or (not _BODIES.isdisjoint(words) and not _has_a_known_forename(words)):
        return False
    return any(word not in _NO_NAME for word in words)


def _has_a_known_forename(words: list[str]) -> bool:
    """Say whether these are one established forename and a surname, in either order."""
    named = [word for word in words if word not in UNNAMED]
    return len(named) == 2 and any(established(word) for word in named)


def birth_level(told: date | None, record: date | None) -> str | None:
    """Return how two days of birth compare; None where either is not known."""
    if told is None or record is None:
        return None
    if told == record:
        return "same"
    if told.year == record.year and (told.month, told.day) == (record.day, record.month):
        return "swapped"
    if told.year != record.year and (told.month, told.day) != (record.month, record.day):
        return "different"  # two digits differ at least; most pairs of a common name end here
    if sum(a != b for a, b in zip(f"{told:%d%m%Y}", f"{record:%d%m%Y}", strict=True)) == 1:
        return "one_digit"
    return "same_year" if told.year == record.year else "different"


def _changing(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare things of which people have one or a few, and which change."""
    if not told or not record:
        return None
    return "same" if told & record else "different"


def _owned(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare things of which people have many: another one says nothing."""
    return "same" if told & record else None


def _accounts(told: frozenset[str], record: frozenset[str]) -> str | None:
    """Compare accounts: one name on one platform, or on one that either side does not tell. Another says nothing."""
    if told & record or unplaced(told) & handles(record) or handles(told) & unplaced(record):
        return "same"
    return None


def unplaced(accounts: frozenset[str]) -> frozenset[str]:
    """Return the accounts of which nobody tells the platform."""
    return frozenset(key for key in accounts if handle_of(key) == key)


def handles(accounts: frozenset[str]) -> frozenset[str]:
    """Return the names of accounts, whatever the platform."""
    return frozenset(map(handle_of, accounts))


def _addresses(told: frozenset[str], record: frozenset[str]) -> str | None:
    level = _changing(told, record)
    if level == "different" and postcodes(told) & postcodes(record):
        return "same_postcode"
    return level


def postcodes(addresses: frozenset[str]) -> set[str]:
    """Return the postcodes; an address key with a postcode begins with it, in capitals."""
    return {first for first in (key.partition(" ")[0] for key in addresses) if first.isupper()}


_MARK_LEVELS: dict[MarkKind, Callable[[frozenset[str], frozenset[str]], str | None]] = {
    MarkKind.PHONE: _changing,
    MarkKind.EMAIL: _changing,
    MarkKind.ADDRESS: _addresses,
    MarkKind.VEHICLE: _owned,
    MarkKind.ACCOUNT: _accounts,
}


def keys(told: Traits) -> frozenset[tuple[str, str]]:
    """Return under which keys to look for candidates: nobody is compared who shares none of these."""
    return keys_of(told.name if is_name(told.name) else "", told.birth_on, told.marks)


def plates_in(words: str) -> tuple[str, ...]:
    """Return the number plates of today's British form that stand in what was told, as written."""
    return tuple(dict.fromkeys(_PLATE.findall(words)))
