"""How the story is told: a sentence for each step with its actor's profession, and what must hold or be refused."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from fourfold.access.terms import Role
from fourfold.audit.terms import Actor
from fourfold.demo.founding import Company

LONDON = ZoneInfo("Europe/London")
DAYS = 15
"""The story begins so many days before it is told."""


@dataclass
class Tale:
    """One telling of the story: to whom, ending when, by which people, and what did not hold."""

    say: Callable[[str], None]
    ends_at: datetime
    company: Company
    broken: list[str] = field(default_factory=list)

    def on(self, day: int, hour: int, minute: int = 0) -> datetime:
        """Return an hour on London's clocks on a day of the story; the last day is today, and no later than now."""
        today = self.ends_at.astimezone(LONDON).date()
        moment = datetime.combine(today + timedelta(days=day - DAYS), time(hour, minute), tzinfo=LONDON)
        return min(moment, self.ends_at)

    def who(self, role: Role, at: datetime, number: int = 1) -> Actor:
        return self.company.of(role, at, number)

    def chapter(self, title: str) -> None:
        self.say(f"\n{title}")

    def tell(self, sentence: str) -> None:
        self.say(f"  {sentence}")

    def hold(self, true: bool, what: str) -> None:
        """Keep that something must be true; where it is not, say so and go on."""
        if not true:
            self.broken.append(what)
            self.say(f"  THIS DOES NOT HOLD: {what}")

    @contextmanager
    def refused(self, kind: type[Exception], sentence: str) -> Iterator[None]:
        """Try what must be refused with an error of this kind, and say why it was."""
        try:
            yield
        except kind as why:
            self.tell(f"{sentence} It is refused: {_first_sentence(str(why)) or 'there is no such file for them.'}")
        else:
            self.hold(False, f"{sentence} It was not refused.")


def _first_sentence(text: str) -> str:
    return text.strip().splitlines()[0] if text.strip() else ""


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
