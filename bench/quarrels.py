"""Quarrels among an invented force's crimes, which are no stalking, and stalking that looks like a quarrel.

Most quarrels are neighbours' and go both ways; some are one-sided, some are feuds across the town, some are one evening
recorded as several crimes. One course of conduct in six is a neighbour's or the former friend's next door; in one in six the stalker
reports the victim too. Half of the words name what the quarrel is about, and nothing here knows which words a rule looks for.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import accumulate

from bench.force import DAYS, FIRST_DAY, WORDS, Crime, Force, Noise, Person, force, told

FIRST_PERSON, FIRST_COURSE = 1_000_000, 100_000
NAMED = (
    "Ongoing dispute between the two households about parking in the close.",
    "He shouted at her about the noise from her flat.",
    "Argument over the height of the hedge, he threw cuttings into her garden.",
    "She was called names when she put the bins out.",
    "The dog has been barking again and he came round shouting.",
    "He moved the boundary posts again and swore at her.",
    "Loud music until three, abuse when asked to turn it down.",
    "Long-running neighbour dispute. He blocked the shared drive with his van.",
)
NOT_NAMED = (
    "He swore at her from the doorstep.",
    "He threatened to put her windows in.",
    "Eggs were thrown at the front door.",
    "He scratched the side of her car.",
    "He sent abusive messages.",
    "He pushed her in the street.",
    "She was called a liar in front of the children.",
)
RECORDED = (
    *("harassment", "harassment", "criminal damage", "criminal damage"),
    *("malicious communications", "common assault", "affray"),
)


def quarrels(rows: int, *, seed: int, noise: Noise | None = None) -> Iterator[Crime]:
    """Yield about so many crimes of quarrels, and a third as many of courses that look like one, in no order."""
    dice = random.Random(seed)
    area, noise = force(2 * rows, seed=seed + 1), noise or Noise()
    made, number = 0, 0
    while made < rows:
        pair = 2 * number, 2 * number + 1
        crimes = _quarrel(area, pair, dice) if number % 4 else _course(area, pair, dice, FIRST_COURSE + number)
        for at, victim, recorded, words, course in crimes:
            subject = pair[1] if victim == pair[0] else pair[0]
            yield Crime(
                reference=f"Q{number:05d}-{made:06d}",
                at=at,
                recorded=recorded,
                words=words,
                victim=told(area, victim, noise),
                subject=told(area, subject, noise)
                if dice.random() < 0.9
                else told(area, subject, replace(noise, missing=0.6)),
                victim_is=FIRST_PERSON + victim,
                subject_is=FIRST_PERSON + subject,
                course=course,
                is_stalking=course is not None,
            )
            made += 1
        number += 1


Planned = tuple[datetime, int, str, str, int | None]


def _quarrel(area: Force, pair: tuple[int, int], dice: random.Random) -> Iterator[Planned]:
    [kind] = dice.choices(("both", "one", "feud", "evening"), (50, 20, 18, 12))
    _settled(area, pair, next_door=kind != "feud")
    acts = dice.choice((2, 2, 3, 3, 4, 5, 6, 9)) * (2 if kind in ("both", "feud") else 1)
    gap = 1 if kind == "evening" else dice.choice((4, 12, 30)) * 1440
    for at in _moments(dice, min(acts, 4) if kind == "evening" else acts, gap):
        victim = dice.choice(pair) if kind in ("both", "feud") else pair[0]
        yield at, victim, dice.choice(RECORDED), dice.choice(NAMED if dice.random() < 0.5 else NOT_NAMED), None


def _course(area: Force, pair: tuple[int, int], dice: random.Random, course: int) -> Iterator[Planned]:
    """Yield a course by somebody next door, or by somebody who reports the victim too, or both in one in three."""
    next_door, answers = dice.choice(((True, False), (False, True), (True, True)))
    _settled(area, pair, next_door=next_door)
    for place, at in enumerate(_moments(dice, dice.randrange(3, 12), 12 * 1440)):
        recorded = dice.choice(("harassment", "malicious communications", "criminal damage", "breach of order"))
        yield at, pair[0], recorded, WORDS[dice.choice(list(WORDS)[:5])], course
        if answers and place % 3 == 2:
            yield at + timedelta(days=1), pair[1], "harassment", "She keeps calling the police about me.", None


def _settled(area: Force, pair: tuple[int, int], *, next_door: bool) -> None:
    """Let two people live in houses of their own, next to one another or not."""
    one, other = (area.people[number] for number in pair)
    fresh = _own_number(area.dice, other)
    if other.household == one.household or other.door == one.door:
        fresh = replace(fresh, family=area.dice.choice(area.families), household=pair[1])
    house = int((re.match(r"\d+", one.door) or ["1"])[0])
    beside = re.sub(r"^\d+", str(house + 2), one.door)
    area.people[pair[1]] = replace(
        fresh, door=beside if next_door else f"{house + 7} Elsewhere Road ZZ{pair[0] % 90 + 1} 1ZZ"
    )


def _own_number(dice: random.Random, person: Person) -> Person:
    return replace(person, phone=f"07{dice.randrange(400, 999)} {dice.randrange(1_000_000):06d}")


def _moments(dice: random.Random, acts: int, gap: int) -> list[datetime]:
    minutes = [max(1, int(dice.expovariate(1 / gap))) for _ in range(acts - 1)]
    first = dice.randrange((DAYS - 400) * 1440)
    start = datetime.combine(FIRST_DAY, datetime.min.time())
    return [start + timedelta(minutes=first + after) for after in accumulate(minutes, initial=0)]
