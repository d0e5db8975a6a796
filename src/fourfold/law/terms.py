"""The words of the registers: a time limit, a recording rule, and what is not on record."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from fourfold.words import counted


class Unit(StrEnum):
    """In what a time limit is counted."""

    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True)
class Limit:
    """A time limit, the days on which it counts, and where it stands.

    `inclusive`: the first day counts, as in "three days beginning with". `stops`: the clock stands still while the one
    who has to act waits for what they asked. `checked` False: the wording was not
    compared with its source yet; somebody who knows the law does so before it is relied on. `unverified` names what of it
    was not, where the rest was.
    """

    code: str
    says: str
    count: int
    unit: Unit
    counted_from: str
    from_on: date
    source: str
    until_on: date | None = None
    inclusive: bool = False
    checked: bool = False
    unverified: str = ""
    stops: bool = False

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)

    @property
    def words(self) -> str:
        """The length as it is said: 6 months, 1 working day."""
        return counted(self.count, self.unit.value.replace("_", " ").removesuffix("s"))

    def last_day(self, begins: date) -> date:
        """Return the last day of the time; for limits in days, months or years.

        Months and years end on the day of the same number, or on the month's last day where it has none.
        """
        if self.unit is Unit.DAYS:
            last = begins + timedelta(days=self.count)
        elif self.unit in (Unit.MONTHS, Unit.YEARS):
            last = _months_after(begins, self.count * (12 if self.unit is Unit.YEARS else 1))
            if self.inclusive and last.day != begins.day:  # the 29th of February, in a year that has none
                return last
        else:
            raise ValueError(f"{self.code} is counted in {self.unit.value.replace('_', ' ')}, not to a last day.")
        return last - timedelta(days=1) if self.inclusive else last


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class RecordingRule:
    """A rule on how crimes are recorded, the days on which it counts, and where it stands.

    `breaks_series` says what it does to a count over time; empty where it breaks no series.
    """

    code: str
    from_on: date
    says: str
    source: str
    until_on: date | None = None
    breaks_series: str = ""
    checked: bool = False

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@dataclass(frozen=True)
class BreachRule:
    """What it means to break an order of a kind, the days on which that counts, and where it stands.

    `of` names the kind of order; `offence` says whether breaking it can be charged. In `says`, `{source}` and `{limit}`
    stand for the source and for the time limit that `limit` names.
    """

    of: str
    offence: bool
    says: str
    from_on: date
    source: str
    until_on: date | None = None
    limit: str = ""
    checked: bool = False
    unverified: str = ""

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


class NotOnRecord(ValueError):
    """The register says nothing for that day; it is never guessed. The message says how to mend it."""

    field = "happened_at"
