"""One allegation the whole way, played through the services with people of its own and told as sentences.

`play` runs on the database as it is, with new people each time; every step commits by itself, as it would in a unit.
It returns whether everything that the story says has held.
"""

from collections.abc import Callable
from datetime import UTC, datetime

from django.conf import settings

from fourfold.demo import roster
from fourfold.demo.founding import Company
from fourfold.demo.story.acting import acted_on, broken
from fourfold.demo.story.desk import screened, told, who
from fourfold.demo.story.judging import assessed, decided
from fourfold.demo.story.learning import learned_from, provable, rolled_out
from fourfold.demo.story.safety import support_begins
from fourfold.demo.story.strangers import new_people
from fourfold.demo.story.tale import Tale

NOT_LOADED = "The invented programme is not loaded. Run `make run` once (stop it with Ctrl+C), then tell the story."


def play(say: Callable[[str], None] = print, *, at: datetime | None = None) -> bool:
    """Play the story up to `at` (now), say each step as a sentence, and return whether all of it held."""
    if not roster.is_loaded():
        say(NOT_LOADED)
        return False
    tale = Tale(say, at or _now(), Company("cheshire"))
    pair = new_people(tale)
    first, second = told(tale, pair)
    who(tale, first, second)
    case = screened(tale, first, second)
    support_begins(tale, case)
    assessed(tale, case)
    decided(tale, case)
    acted_on(tale, case)
    broken(tale, case, pair)
    learned_from(tale)
    rolled_out(tale)
    provable(tale)
    return not tale.broken


def _now() -> datetime:
    fixed: str = settings.FOURFOLD.app_clock
    return datetime.fromisoformat(fixed).astimezone(UTC) if fixed else datetime.now(UTC)
