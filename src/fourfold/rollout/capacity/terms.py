"""The words of the capacity model: a team, a policy, what is assumed on whose word, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import StrEnum

from fourfold.fields import Unfit
from fourfold.words import Word, sentence

#: Working hours in a day, a week, a month and a year of the model's clock.
DAY, WEEK, YEAR = 8.0, 40.0, 2080.0
MONTH = YEAR / 12
#: So many of a profession at most: beyond it is a typing mistake.
MOST_POSTS = 200.0


class Profession(StrEnum):
    """The four professions of a unit."""

    OFFICERS = "officers"
    PSYCHOLOGISTS = "psychologists"
    OUTREACH = "outreach"
    ADVOCATES = "advocates"

    @property
    def words(self) -> Word:
        return _PROFESSIONS[self]


_PROFESSIONS = {
    Profession.OFFICERS: Word("Police officers"),
    Profession.PSYCHOLOGISTS: Word("Forensic psychologists"),
    Profession.OUTREACH: Word("Outreach workers"),
    Profession.ADVOCATES: Word("Victim advocates"),
}


class Policy(StrEnum):
    """Whose turn it is where people wait."""

    FIRST_COME = "first_come"
    HIGHEST_FIRST = "highest_first"
    LONGEST_FIRST = "longest_first"
    RESERVE = "reserve"

    @property
    def words(self) -> Word:
        return _POLICIES[self]


_POLICIES = {
    Policy.FIRST_COME: Word("First come, first served"),
    Policy.HIGHEST_FIRST: Word("Highest level first, a breach before all"),
    Policy.LONGEST_FIRST: Word("Whoever was referred longest ago first"),
    Policy.RESERVE: Word("First come, with one officer kept free for breaches"),
}


class Stage(StrEnum):
    """Where somebody can wait, in the order of the way through the unit."""

    SCREENING = "screening"
    TRIAGE = "triage"
    ASSESSMENT = "assessment"
    PANEL = "panel"
    ADVOCACY = "advocacy"
    THERAPY = "therapy"
    REVIEWS = "reviews"
    BREACHES = "breaches"

    @property
    def words(self) -> Word:
        return _STAGES[self]


_STAGES = {
    Stage.SCREENING: Word("Screening of recorded crimes"),
    Stage.TRIAGE: Word("Triage"),
    Stage.ASSESSMENT: Word("Assessment"),
    Stage.PANEL: Word("Panel sitting"),
    Stage.ADVOCACY: Word("A victim advocate"),
    Stage.THERAPY: Word("Psychological work"),
    Stage.REVIEWS: Word("Reviews"),
    Stage.BREACHES: Word("Answer to a breach"),
}


@dataclass(frozen=True)
class Team:
    """Posts of each profession, full-time equivalents: 2.4 are two full-time posts and one of two days a week."""

    officers: float
    psychologists: float
    outreach: float
    advocates: float

    def of(self, profession: Profession) -> float:
        return float(getattr(self, profession.value))

    def with_posts(self, profession: Profession, posts: float) -> Team:
        return replace(self, **{profession.value: posts})


@dataclass(frozen=True)
class Demand:
    """What comes in a year, as draws that belong together: referrals to the unit, and stalking crimes that police record."""

    referrals: tuple[float, ...]
    crimes: tuple[float, ...]


@dataclass(frozen=True)
class Assumed:
    """A number that the model stands on, in its unit, and where it comes from."""

    value: float
    unit: str
    source: str
    recorded: bool = False


@dataclass(frozen=True)
class Standard:
    """What is asked for: such a share assessed within so many working days of referral, from a month on.

    `sure` is the share of the possible demands in which it must be reached.
    """

    share: float = 0.9
    within_days: int = 10
    from_month: int = 12
    sure: float = 0.8


@dataclass(frozen=True)
class Wait:
    """How long people wait at a stage, in working days: the middle and the ninth of ten; None where the queue never ends."""

    stage: Stage
    median: float | None
    ninetieth: float | None
    beyond: bool = False


@dataclass(frozen=True)
class Breaks:
    """What gives way, and in which month: from then on over `days` working days of work lie waiting, in half of the draws."""

    stage: Stage
    month: int


@dataclass(frozen=True)
class Used:
    """How much of a profession's time work takes: as it was, in the last year, and as it would be, were all of it done."""

    profession: Profession
    used: float
    needed: float


@dataclass(frozen=True)
class Outlook:
    """What happens with a team: waits, share within the standard (5th, 50th and 95th of draws; None where the unit took on nobody
    whom it is asked of), backlog, use, what breaks.

    `unstable` says which queues grow without end, `mends` what would end that: each a change, all of them needed. `sent`: the
    share of cases that a panel hears before they are managed; `heard`: the share of those whom it can hear.
    """

    team: Team
    policy: Policy
    waits: tuple[Wait, ...]
    within_standard: tuple[float, float, float] | None
    backlog: tuple[tuple[Stage, tuple[float, ...]], ...]
    used: tuple[Used, ...]
    breaks: tuple[Breaks, ...]
    unstable: tuple[str, ...]
    warnings: tuple[str, ...]
    draws: int
    events: int
    seed: int
    mends: tuple[str, ...] = ()
    sent: float = 0.0
    heard: float = 1.0

    @property
    def in_time(self) -> list[str]:
        """Say the ends and the middle of the share within the standard: low, middle, high; nothing where there is none."""
        return [in_percent(each) for each in self.within_standard or ()]


def in_percent(share: float) -> str:
    """Say a share in percent; all or none of them only where it is so."""
    return Word("over 99%") if 0.995 <= share < 1 else Word("under 1%") if 0 < share < 0.005 else f"{share:.0%}"


@dataclass(frozen=True)
class Option:
    """A team that reaches a standard: what it costs a year, and in which share of the demands it does, with no queue without end."""

    team: Team
    cost: float
    reached: float


@dataclass(frozen=True)
class Needed:
    """Which team a standard needs: the cheapest, the three next, what each week of waiting costs, how far today's team is."""

    standard: Standard
    cheapest: Option | None
    next_best: tuple[Option, ...]
    by_weeks: tuple[tuple[int, Option | None], ...]
    today: Option | None
    missing: tuple[tuple[Profession, float], ...]
    said: tuple[str, ...]
    runs: int


class TeamRefused(Unfit):
    """A team, a demand or a standard that no unit can have; the message says how to mend it."""


def team_from(text: str) -> Team:
    """Read “officers=6,psychologists=2.5”; what is not said is refused, and so is what nobody can be."""
    known = [each.name for each in fields(Team)]
    said: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            said[name.strip()] = float(number)
        except ValueError:
            raise TeamRefused(
                "team", sentence("Write a team as {1}. “{2}” is not of that form.", _EXAMPLE, part.strip())
            ) from None
    if set(said) != set(known):
        raise TeamRefused("team", sentence("Write a team as {1}, each of the four once.", _EXAMPLE))
    return Team(**said)


_EXAMPLE = "officers=6,psychologists=2.5,outreach=4,advocates=5"
