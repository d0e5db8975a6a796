"""A small feed with a planted truth: hidden courses of conduct among crimes that have nothing to do with each other.

Nobody joined anything; names are misspelt, numbers are left out, classes differ. Everybody is invented.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import combinations
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.audit.terms import Actor
from fourfold.demo.invented import MEN, SURNAMES, WOMEN, misspelt
from fourfold.gateways.bulk import insert_rows
from fourfold.intake.models import Allegation
from fourfold.intake.terms import Channel, RecordingClass, Urgency
from tests.cast import NOW

DAY = timedelta(days=1)
R = RecordingClass
STALKING_WORDS = (
    (R.MALICIOUS_COMMUNICATIONS, "He rang nine times and hung up when her brother answered."),
    (R.MALICIOUS_COMMUNICATIONS, "Messages from a withheld number all night."),
    (R.HARASSMENT, "He was sitting in his car outside the house until she drew the curtains."),
    (R.CRIMINAL_DAMAGE, "Both tyres were slashed in the drive."),
    (R.THEFT, "Took her post from the box."),
    (R.OTHER_CRIME, "Followed her home from the station."),
    (R.NO_CRIME, "Flowers left on the step, no card."),
)
OTHER_WORDS = (
    (R.THEFT, "Bicycle gone from the shed."),
    (R.BURGLARY, "Rear window forced, electrical goods gone."),
    (R.CRIMINAL_DAMAGE, "Graffiti on the garage."),
    (R.ASSAULT, "Pushed in a queue by a stranger."),
    (R.OTHER_CRIME, "Card used without the holder knowing."),
    (R.MALICIOUS_COMMUNICATIONS, "An abusive message after a sale online."),
)


@dataclass
class Feed:
    """What was planted: the reports of each hidden course, and of each victim whatever it was."""

    courses: dict[int, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    rows: list[Allegation] = field(default_factory=list)

    @property
    def pairs(self) -> set[frozenset[UUID]]:
        """Every pair of reports of one hidden course."""
        return {frozenset(pair) for acts in self.courses.values() for pair in combinations(acts, 2)}

    def course_of(self) -> dict[UUID, int]:
        """Return the number of the hidden course that each of its reports belongs to."""
        return {act: number for number, acts in self.courses.items() for act in acts}


class Planter:
    """Writes a feed, one report after the other, from one seed."""

    def __init__(self, actor: Actor, site: str = "northmoor", seed: int = 20261126) -> None:
        self.actor, self.site, self.dice, self.feed = actor, site, random.Random(seed), Feed()
        self._names = [f"{given} {family}" for family in SURNAMES for given in (*WOMEN, *MEN)]
        self.dice.shuffle(self._names)

    def plant(self, *, courses: int, others: int, noise: float = 0.15) -> Feed:
        """Plant hidden courses of two to eight reports, and reports of people to whom something else happened."""
        for number in range(courses):
            self._course(number, self.dice.choice((2, 3, 3, 4, 5, 8)), noise)
        for _ in range(others):
            her = self._person("F")
            for _ in range(self.dice.choice((1, 1, 1, 2))):
                recorded, words = self.dice.choice(OTHER_WORDS)
                self.report(her, None, recorded, words, self.dice.randrange(700))
        return self.keep()

    def _course(self, number: int, acts: int, noise: float) -> None:
        her, him = self._person("F"), self._person("M")
        start, former = self.dice.randrange(500), self.dice.random() < 0.5
        for act in range(acts):
            recorded, words = self.dice.choice(STALKING_WORDS)
            named = him if self.dice.random() < 0.6 else None
            day = start + act * self.dice.randrange(2, 40)
            row = self.report(self._as_told(her, noise), named, recorded, words, day, former_partner=former or None)
            self.feed.courses[number].append(row.pk)

    def _as_told(self, person: dict[str, str], noise: float) -> dict[str, str]:
        told = dict(person)
        if self.dice.random() < noise:
            told["name"] = misspelt(told["name"], self.dice)
        for part in ("birth", "phone"):
            if self.dice.random() < noise:
                told[part] = ""
        return told

    def _person(self, sex: str) -> dict[str, str]:
        name = self._names.pop()
        born = f"{self.dice.randrange(1, 29)}/{self.dice.randrange(1, 13)}/{self.dice.randrange(1950, 2004)}"
        return {"name": name, "birth": born, "sex": sex, "phone": f"07700 9{self.dice.randrange(10**5):05}"}

    def report(
        self, her: dict[str, str], him: dict[str, str] | None, recorded: str, words: str, day: int, **more: object
    ) -> Allegation:
        """Add one report, told on a day before today; `more` replaces any column."""
        at = NOW - (720 - min(day, 719)) * DAY + timedelta(minutes=self.dice.randrange(1_400))
        columns: dict[str, object] = {
            "site": self.site,
            "channel": Channel.FEED,
            "system": "crimes",
            "reference": f"P{len(self.feed.rows):06}",
            "told_at": at,
            "received_at": at,
            "occurred_from": at,
            "recorded_class": recorded,
            "words": words,
            "urgency": Urgency.ROUTINE,
            "for_desk": False,
            "at_desk": False,
            **{f"victim_{part}": value for part, value in her.items()},
            **{f"subject_{part}": value for part, value in (him or {}).items()},
            **access_queries.held_by(self.actor, "feed", at=at),
            **more,
        }
        self.feed.rows.append(Allegation(**columns))
        return self.feed.rows[-1]

    def keep(self) -> Feed:
        """Write every report, in an order that says nothing."""
        rows = list(self.feed.rows)
        self.dice.shuffle(rows)
        insert_rows(rows)
        return self.feed


def the_125(planter: Planter) -> dict[str, str]:
    """Add a victim of 125 reports in five years under six classes, two spellings and two forces, joined by nobody."""
    her = {"name": "Wilhelmina Thistlequay", "birth": "14/06/1983", "sex": "F", "phone": "07700 900123"}
    other = {**her, "name": "Wilhelmina Thisslequay", "birth": ""}
    him = {"name": "Conrad Tatterfell", "birth": "2/9/1980", "sex": "M"}
    for number in range(125):
        recorded, words = STALKING_WORDS[number % len(STALKING_WORDS)]
        planter.report(
            other if number % 5 == 3 else her,
            him if number % 4 == 0 else None,
            recorded,
            words,
            number * 5,
            system="crimes" if number % 10 else "calls",
        )
    return her
