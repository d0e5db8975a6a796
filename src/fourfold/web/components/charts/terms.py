"""What the drawings are made of: frozen values, no framework, no model.

Every instant is an aware datetime. A level is 1 (low) to 4 (very high), or None for "not assessed": no level is
not a low level. Seriousness is 1 to 3. A name that is a `Word` is said in the language of the page, any other stands.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from fourfold.words import Word, words

LEVEL_NAMES = words({1: "Low", 2: "Medium", 3: "High", 4: "Very high"})
SERIOUSNESS = (1, 2, 3)
#: From how many acts on single marks would hide each other, so that they are drawn as columns.
CROWDED_ABOVE = 400
SINCE_TRIAGE = Word("months since triage")
PER_HUNDRED = Word("per 100")
FEWER = Word("fewer with a unit")
MORE = Word("more")


class ChartError(ValueError):
    """A drawing was asked for with a value that it cannot show; the message names the field."""


@dataclass(frozen=True, slots=True)
class Svg:
    """A finished drawing: safe markup, what it says in words, and the same facts as a table.

    `numeric` holds the positions of columns that line up to the right. Printing it in a template prints the markup.
    """

    markup: str
    title: str
    description: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    numeric: frozenset[int] = frozenset()

    def __html__(self) -> str:
        """Return the markup, which was escaped when it was drawn."""
        return self.markup


# --- The pattern of one case ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lane:
    """One kind of behaviour; `key` ties acts to it, `short` fits a narrow column (default: the name)."""

    key: str
    name: str
    short: str = ""


class _Act(NamedTuple):
    at: datetime
    lane: str
    seriousness: int = 1
    confirmed: bool = True
    what: str = ""
    breach: str = ""
    note: str = ""
    also: tuple[str, ...] = ()
    time_known: bool | None = True


class Act(_Act):
    """One act. `breach` says what was breached ("condition 3"), empty where nothing was.

    `lane` is the worst of its kinds, where its mark stands; `also` are its other kinds, which count it as well.
    `what` is shown on hover and in the table; `note` stands under a breach's words ("20 Nov, not decided").
    """

    __slots__ = ()

    if not TYPE_CHECKING:  # which would take away what is known of the values

        def __new__(cls, *said, **more):
            act = super().__new__(cls, *said, **more)
            require_aware(act.at, "Act.at")
            if act.seriousness not in SERIOUSNESS:
                raise ChartError(f"Act.seriousness is {act.seriousness!r}; give 1, 2 or 3")
            return act


@dataclass(frozen=True, slots=True)
class LevelStep:
    """From when the case stood at a level, and who set it ("panel"); level None: it was no longer assessed."""

    at: datetime
    level: int | None
    by: str = ""

    def __post_init__(self) -> None:
        require_aware(self.at, "LevelStep.at")
        if self.level is not None and self.level not in LEVEL_NAMES:
            raise ChartError(f"LevelStep.level is {self.level!r}; give 1 (low) to 4 (very high), or None")


@dataclass(frozen=True, slots=True)
class Band:
    """A time in which an order, bail or custody held the subject.

    `ends` None: it still runs and no end is known; an end after today is shown as still running, to that date.
    """

    kind: Literal["order", "custody"]
    name: str
    starts: datetime
    ends: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.starts, "Band.starts")
        if self.ends is not None:
            require_aware(self.ends, "Band.ends")
            if self.ends < self.starts:
                raise ChartError(f"Band.ends of {self.name!r} lies before Band.starts")


@dataclass(frozen=True, slots=True)
class Pattern:
    """Everything that the picture of a case shows; `lanes` in their order, worst first.

    An act whose lane is not listed is drawn in a last lane, "Kind not known". `since` cuts the picture on the left.
    `bands_known`, `levels_known`: orders and custody, and levels, were looked up; else the picture says that it does
    not show them. `whole`: how many acts there are, where only the newest of them stand here.
    """

    acts: tuple[Act, ...]
    lanes: tuple[Lane, ...]
    today: datetime
    levels: tuple[LevelStep, ...] = ()
    bands: tuple[Band, ...] = ()
    since: datetime | None = None
    bands_known: bool = True
    levels_known: bool = True
    whole: int = 0

    def __post_init__(self) -> None:
        require_aware(self.today, "Pattern.today")


# --- The desk's strip -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StripAct:
    """One earlier act on the desk's strip, with the words above its mark ("8L harassment")."""

    at: datetime
    label: str
    seriousness: int = 1
    confirmed: bool = True
    breach: bool = False
    time_known: bool | None = True

    def __post_init__(self) -> None:
        require_aware(self.at, "StripAct.at")
        if self.seriousness not in SERIOUSNESS:
            raise ChartError(f"StripAct.seriousness is {self.seriousness!r}; give 1, 2 or 3")


# --- The link chart ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tie:
    """The acts between two names: how many, from when to when, how many of them breaches; `near`: to somebody near the victim."""

    source: str
    target: str
    acts: int
    first: datetime
    last: datetime
    breaches: int = 0
    near: bool = False

    def __post_init__(self) -> None:
        require_aware(self.first, "Tie.first")
        require_aware(self.last, "Tie.last")
        if self.acts < 1:
            raise ChartError(f"Tie.acts is {self.acts}; a tie stands for one act or more")


@dataclass(frozen=True, slots=True)
class Links:
    """Who told of whom (`told`, source to subject), and who is said to have done it to whom (`done`)."""

    told: tuple[Tie, ...]
    done: tuple[Tie, ...]


# --- Evaluation -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """From `time` on, `share` (0 to 1) have had no event; `low` and `high` bound its interval."""

    time: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """One group's curve; `at_risk` has a number for each tick of the picture, None where it is suppressed."""

    name: str
    points: tuple[CurvePoint, ...]
    at_risk: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Survival:
    """Curves over the same ticks. `floor` (0 to 1) is where the share's axis begins and is said in words."""

    curves: tuple[Curve, ...]
    ticks: tuple[float, ...]
    title: str
    time_name: str = SINCE_TRIAGE
    floor: float = 0.0
    confidence: int = 95


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its interval, in the unit of the picture."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SiteEffect:
    """One site's row; `effect` None means too few to show. `weight` is its share (0 to 1) in the pooled effect."""

    name: str
    effect: Interval | None
    weight: float = 0.0
    cases: str = ""


@dataclass(frozen=True, slots=True)
class Forest:
    """Sites, what they say together (`pooled`), and what a new area may see (`predicted`).

    `ratio` draws a logarithmic axis around 1; else the axis is linear around 0.
    """

    sites: tuple[SiteEffect, ...]
    title: str
    pooled: Interval | None = None
    predicted: Interval | None = None
    unit: str = PER_HUNDRED
    fewer: str = FEWER
    more: str = MORE
    ratio: bool = False
    decimals: int = 0
    confidence: int = 95


# --- Small pictures in a table's row ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis of a small picture, from `low` to `high`."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ChartError(f"Scale.low ({self.low}) must lie below Scale.high ({self.high})")


@dataclass(frozen=True, slots=True)
class Reading:
    """One measure of how somebody is, on a day."""

    on: date
    value: float


@dataclass(frozen=True, slots=True)
class Severity:
    """A named band of a measure, from `low` up to `high`."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PanelView:
    """What one profession thought before the panel spoke; level None: it could not say."""

    who: str
    level: int | None
    dissents: bool = False


def require_aware(at: datetime, field: str) -> None:
    """Raise ChartError naming the field when an instant has no time zone."""
    if at.tzinfo is None:
        raise ChartError(f"{field} has no time zone; give an aware datetime")
