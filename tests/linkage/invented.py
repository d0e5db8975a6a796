"""Invented records with planted duplicates and planted households, from one seed; no name is anybody's."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from fourfold.linkage.terms import Traits
from fourfold.people.rules import phone_key
from fourfold.people.terms import MarkKind

ONSETS = [
    "B",
    "Br",
    "C",
    "Cr",
    "D",
    "Dr",
    "F",
    "Fl",
    "G",
    "Gr",
    "H",
    "J",
    "K",
    "L",
    "M",
    "N",
    "P",
    "Pr",
    "R",
    "S",
    "St",
    "T",
    "Tr",
    "V",
    "W",
]
MIDDLES = ["a", "e", "i", "o", "u", "ai", "ea", "oo", "ar", "en", "il", "or", "un"]
ENDS = [
    "bery",
    "dale",
    "den",
    "field",
    "ford",
    "ham",
    "low",
    "more",
    "ner",
    "rick",
    "sey",
    "stow",
    "ton",
    "wick",
    "wood",
    "worth",
]
GIVENS = ["ma", "ni", "ro", "la", "so", "ke", "ti", "va", "do", "le"]


@dataclass(frozen=True)
class Planted:
    """Records, and for each the person behind it: two records of one number are the same person."""

    records: tuple[Traits, ...]
    people: tuple[int, ...]


def planted(people: int, *, seed: int) -> Planted:
    """Plant people: half in households that share telephone, address and family name; four in ten told twice."""
    dice = random.Random(seed)
    found: list[tuple[int, Traits]] = []
    families = [_word(dice, ENDS) for _ in range(max(people // 4, 1))]
    for number in range(people):
        before = found[-1][1] if found else None
        person = _person(dice, families)
        if before is not None and dice.random() < 0.5:
            person = replace(person, name=f"{person.name.split()[0]} {before.name.split()[-1]}", marks=before.marks)
        found.append((number, person))
    second = [(number, _told_again(dice, person)) for number, person in found if dice.random() < 0.4]
    everything = found + second
    dice.shuffle(everything)
    return Planted(tuple(record for _, record in everything), tuple(number for number, _ in everything))


def _word(dice: random.Random, ends: list[str]) -> str:
    return dice.choice(ONSETS) + dice.choice(MIDDLES) + dice.choice(ends)


def _person(dice: random.Random, families: list[str]) -> Traits:
    given = dice.choice(ONSETS) + dice.choice(MIDDLES) + dice.choice(GIVENS)
    born = date(1950, 1, 1) + timedelta(days=dice.randrange(365 * 50))
    marks = frozenset({(MarkKind.PHONE, _phone(dice)), (MarkKind.ADDRESS, _home(dice))})
    return Traits(f"{given} {dice.choice(families)}", born, dice.choice("FM"), marks)


def _told_again(dice: random.Random, person: Traits) -> Traits:
    """Tell a person a second time as forces do: misspelt, married, half known, moved, with a new number."""
    given, family = person.name.split()
    if dice.random() < 0.12:
        family = _slip(dice, family)
    elif dice.random() < 0.05:
        family = _word(dice, ENDS)
    name = f"{family.upper()} {given}" if dice.random() < 0.2 else f"{given} {family}"
    marks = frozenset(told for mark in sorted(person.marks) if (told := _mark_again(dice, mark)))
    return Traits(name, _birth_again(dice, person.birth_on), _sex_again(dice, person.sex), marks)


def _mark_again(dice: random.Random, mark: tuple[MarkKind, str]) -> tuple[MarkKind, str] | None:
    """Tell a number or an address again: the same, another since, or not at all."""
    kind = mark[0]
    chance = dice.random()
    if chance < 0.6:
        return mark
    if chance > 0.8:
        return None
    return (kind, _phone(dice)) if kind is MarkKind.PHONE else (kind, _home(dice))


def _sex_again(dice: random.Random, sex: str) -> str:
    chance = dice.random()
    return "" if chance < 0.1 else ("M" if sex == "F" else "F") if chance < 0.12 else sex


def _phone(dice: random.Random) -> str:
    return phone_key(f"07700 9{dice.randrange(100_000):05d}")


def _home(dice: random.Random) -> str:
    return f"NM{dice.randrange(1, 20)}{dice.randrange(1, 9)}AB {dice.randrange(1, 80)}"


def _slip(dice: random.Random, word: str) -> str:
    place = dice.randrange(1, len(word) - 1)
    return word[:place] + dice.choice(("", word[place] * 2, dice.choice("aeinrst"))) + word[place + 1 :]


def _birth_again(dice: random.Random, born: date | None) -> date | None:
    if born is None or dice.random() < 0.08:
        return None
    if dice.random() < 0.06:
        return born.replace(year=born.year + dice.choice((-1, 1)), day=min(born.day, 28))
    return born.replace(day=born.month, month=born.day) if dice.random() < 0.05 and born.day <= 12 else born


BORN = date(1985, 5, 3)
LIKE_EACH_OTHER = [
    Traits(name, born, sex, frozenset(marks))
    for name in ("Jane Quill", "QUILL Jane", "Jean Quill", "Jane Ash", "")
    for born in (BORN, date(1985, 3, 5), date(1995, 5, 3), date(1958, 5, 3), date(1985, 8, 9), date(1971, 11, 30), None)
    for sex in ("F", "M", "")
    for marks in (
        {(MarkKind.PHONE, "+447700900123")},
        {(MarkKind.ADDRESS, "NM12AB 4"), (MarkKind.EMAIL, "n@example.org")},
        {(MarkKind.ACCOUNT, "instagram:jq"), (MarkKind.VEHICLE, "AB12CDE")},
        {(MarkKind.ACCOUNT, "jq"), (MarkKind.PHONE, "+447700900123"), (MarkKind.OTHER_NAME, "jean quill")},
    )
]
"""People of whom many are told of under one name or number, on days that agree in part, some with an account."""
