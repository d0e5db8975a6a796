"""The words of the roll-out: facts about a place with their gaps, what it should expect, and what nobody knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from fourfold.fields import Unfit, asked, draft
from fourfold.rollout.capacity.terms import Assumed, Needed, Outlook, Policy, Profession, Standard, Team, TeamRefused
from fourfold.words import Word, sentence


@dataclass(frozen=True)
class Area:
    """One police force area as the sources have it; None is a figure that nobody supplied, never zero.

    `valid_from` is the day since when it is made of these districts, where that is known; on `valid_to` it ends.
    """

    code: str
    name: str
    orders_applied: int | None
    orders_granted: int | None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class District:
    """One local authority district, the force that serves it, and who lives there (mid-2019, mid-2024)."""

    code: str
    name: str
    area: str
    region: str
    residents_2019: int
    residents: int
    aged_16_plus: int
    code_from_april_2025: str


@dataclass(frozen=True)
class Outline:
    """How a district or a force area lies, to draw and not to decide by.

    `path` is an SVG path, `label` a point well inside with `room` about it, `box` left, top, right and bottom; all in
    thousandths of a degree of latitude, from the west and from the north.
    """

    path: str
    label: tuple[int, int]
    room: int
    box: tuple[int, int, int, int]
    square_km: float


@dataclass(frozen=True)
class OnMap:
    """A place on a map: its outline, and the stalking offences expected there in a year.

    Of force areas for each 1,000 people aged 16 and over; of districts all of them, a share of the force's.
    """

    code: str
    name: str
    outline: Outline
    residents: int
    recorded: float


@dataclass(frozen=True)
class Place:
    """What is planned for: one force area, several, or any districts. `code` is that of the one force area, or nothing."""

    name: str
    districts: tuple[District, ...]
    code: str = ""

    @property
    def areas(self) -> tuple[str, ...]:
        return tuple(sorted({one.area for one in self.districts}))

    @property
    def residents(self) -> int:
        return sum(one.residents for one in self.districts)

    def aged_16_plus(self, area: str = "") -> int:
        """Return the residents aged 16 and over, of the whole place or of what one force serves."""
        return sum(one.aged_16_plus for one in self.districts if area in ("", one.area))


@dataclass(frozen=True)
class Observed:
    """What one unit counted, out of how many (referrals: thousands of residents and years), and where it is said."""

    what: str
    count: int
    out_of: float
    source: str


@dataclass(frozen=True)
class Counted:
    """Offences that a force recorded in a year, and on whose word."""

    area: str
    year: int
    count: int
    source: str


@dataclass(frozen=True)
class Recorded:
    """Offences recorded in one year: counted, or foretold with the range that holds it nine times in ten."""

    year: int
    counted: int | None
    foretold: Range | None
    said_by: str = ""


@dataclass(frozen=True)
class Range:
    """An expected number a year: the middle and the range that holds it nine times in ten."""

    middle: int
    low: int
    high: int


@dataclass(frozen=True)
class Figure:
    """One line of an estimate: what, how many, on whose number; and below which number it lies with which chance.

    `at_most` holds the numbers that it does not exceed with a chance of 5%, 10% and so on up to 95%.
    """

    what: str
    range: Range
    because: str
    at_most: tuple[int, ...] = ()


@draft
class CountLooked:
    """Offences that a force may have recorded in a year, to see what they would change."""

    year: int = asked(missing="Choose the year", least=2014, most=2100)
    count: int = asked(missing="Give the number of offences", most=1_000_000)


@draft
class CountDraft(CountLooked):
    """The same, and who says so."""

    source: str = asked(missing="Say who gives this number, or where it is published", longest=300)


class Model(StrEnum):
    """Whose way of working a new unit takes over."""

    CHESHIRE = "cheshire"
    LONDON = "london"
    HAMPSHIRE = "hampshire"

    @property
    def words(self) -> Word:
        return _MODELS[self]


_MODELS = {
    Model.CHESHIRE: Word("As in Cheshire: a referral unit"),
    Model.LONDON: Word("As in London: every recorded crime is screened"),
    Model.HAMPSHIRE: Word("As in Hampshire: a panel hears every case that is taken on"),
}


@draft
class TeamDraft:
    """A team, each profession in full-time posts such as 2.5, how it works, and what is asked of it."""

    officers: str = asked(missing="Give how many police officers", longest=10)
    psychologists: str = asked(missing="Give how many forensic psychologists", longest=10)
    outreach: str = asked(missing="Give how many outreach workers", longest=10)
    advocates: str = asked(missing="Give how many victim advocates", longest=10)
    model: Model = asked(missing="Choose a way of working")
    policy: Policy = asked(missing="Choose whose turn it is")
    percent: int = asked(missing="Give a percentage", least=50, most=99)
    within: int = asked(missing="Give working days", least=1, most=60)

    @classmethod
    def of(cls, team: Team) -> TeamDraft:
        """Return what stands in the form before anybody has changed it."""
        officers, psychologists, outreach, advocates = (f"{team.of(each):g}" for each in Profession)
        return cls(officers, psychologists, outreach, advocates, Model.CHESHIRE, Policy.HIGHEST_FIRST, 90, 10)

    @property
    def team(self) -> Team:
        """The posts as numbers; raises TeamRefused for what is none."""
        posts = []
        for each in Profession:
            try:
                posts.append(float(getattr(self, each.value)))
            except ValueError:
                raise TeamRefused(each.value, "Give full-time posts as a number, such as 2.5") from None
        return Team(*posts)

    @property
    def standard(self) -> Standard:
        return Standard(share=self.percent / 100, within_days=self.within)


@dataclass(frozen=True)
class TeamPage:
    """What the page of a team shows: the form's values, what is assumed, and both answers where something was asked."""

    place: Place
    asked: TeamDraft
    assumed: tuple[tuple[str, Assumed], ...]
    outlook: Outlook | None = None
    needed: Needed | None = None


@dataclass(frozen=True)
class Evidence:
    """What the evaluation says a new area may see, per 100 managed cases, and how sure it is."""

    concluded: str
    certainty: int
    fewer_per_hundred: tuple[float, float, float] | None
    ratio_in_new_area: tuple[float, float, float] | None
    sites: int
    extract_sha256: str = ""

    @property
    def seen(self) -> str:
        """Say what was concluded as what was seen where it was looked at: it is no promise for a new area."""
        return sentence("At the sites that were evaluated: {1}", self.concluded) if self.sites else self.concluded


@dataclass(frozen=True)
class AreaEstimate:
    """What an area should expect, with its grounds, its gaps and the recommendation in plain words."""

    place: Place
    recorded: tuple[Recorded, ...]
    practice: str
    figures: tuple[Figure, ...]
    gaps: tuple[str, ...]
    beyond: tuple[str, ...]
    recommendation: tuple[str, ...]
    conditions: tuple[str, ...]
    evidence: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Assumption:
    """One number that a plan may say in place of what was counted elsewhere; left empty, what was counted stands."""

    key: str
    words: Word
    hint: Word
    counted: int
    least: int
    most: int


@draft
class PlanDraft:
    """What a plan is called, and why it is as it is."""

    name: str = asked(missing="Give the plan a name", longest=120)
    reason: str = asked(missing="Say why the plan is as it is, or what changed", longest=500)


@dataclass(frozen=True)
class PlanVersionShown:
    """A plan as it was saved once: who changed what and why, and what came out. Its numbers are never computed again."""

    number: int
    saved_at: datetime
    saved_by: str
    reason: str
    assumed: Mapping[str, int]
    changed: tuple[tuple[Word, str, str], ...]
    figures: tuple[Figure, ...]
    year: int
    release: str
    unknown: tuple[str, ...]
    released_at: datetime | None
    site_model: str = ""
    site_model_id: str = ""


@dataclass(frozen=True)
class PlanShown:
    """A plan with all its versions, the newest first; `outdated` where the facts that it was made with are not today's.

    `ended` says which of its areas are no longer there on the day that it is looked at.
    """

    id: UUID
    name: str
    place: Place | None
    place_name: str
    vintage: str
    made_by: str
    is_shared: bool
    is_mine: bool
    outdated: bool
    ended: tuple[str, ...]
    versions: tuple[PlanVersionShown, ...]

    @property
    def latest(self) -> PlanVersionShown:
        return self.versions[0]


class PlanRefused(Unfit):
    """A number that a plan cannot assume."""


class ReleaseRefused(Unfit):
    """A plan that cannot leave as it is; the message says what to do first."""


class NoPlan(LookupError):
    """There is no such plan for who asks."""


class PlaceRefused(Unfit):
    """Areas and districts that cannot be planned for together, or no longer; the message says which to leave out."""


class UnknownArea(ValueError):
    """There is no force area, or no district, of this code or name."""

    field = "area"


class CountRefused(Unfit):
    """A count that cannot be one of the year that it is given for."""
