"""Dates, times and numbers as a reader says them: Jinja filters. Everything is London's clock; unknown is said so.

{{ act.at | moment }}            3 May 2026, 14:00          {{ 1204 | number }}        1,204
{{ order.ends_on | day }}        3 May 2026                 {{ 2 | plural("act") }}    2 acts
{{ act.at | weekday }}           Sun 3 May                  {{ due | ago(now) }}       in 2 h 50 min, yesterday
{{ act.at | clock }}             14:00                      {{ due | overdue_by(now) }} 1 day 13 hours
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import get_language_info

from fourfold.web.components.charts.scales import LONDON, MONTHS
from fourfold.web.translation import composed, say, word
from fourfold.words import MONTHS as WHOLE_MONTHS
from fourfold.words import Word, WordedEnum, financial_year, opening, words

WEEKDAYS = words(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
UNKNOWN = Word("not known")
HOURS_SAID = timedelta(hours=12)


def london(at: date) -> date:
    """Return an instant by London's clock; a day stays as it is. Raises ValueError for an instant without a zone."""
    if not isinstance(at, datetime):
        return at
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; give an aware datetime")
    return at.astimezone(LONDON)


def day(at: date | None) -> str:
    """Return "3 May 2026" with the month's whole name."""
    if at is None:
        return say(UNKNOWN)
    local = london(at)
    return f"{local.day} {say(WHOLE_MONTHS[local.month - 1])} {local.year}"


def weekday(at: date | None) -> str:
    """Return "Sun 3 May"."""
    if at is None:
        return say(UNKNOWN)
    local = london(at)
    return f"{say(WEEKDAYS[local.weekday()])} {local.day} {say(MONTHS[local.month - 1])}"


def clock(at: datetime | None) -> str:
    """Return "14:00"."""
    return say(UNKNOWN) if at is None else f"{london(at):%H:%M}"


def moment(at: date | None) -> str:
    """Return "3 May 2026, 14:00"; a day without a time is said without one."""
    if isinstance(at, datetime):
        return f"{day(at)}, {clock(at)}"
    return day(at)


def happened(one: Any) -> str:
    """Return when an act happened."""
    return happened_at(one.happened_at, one.time_known)


def happened_at(at: datetime, time_known: bool | None) -> str:
    """Return when something happened; that nobody told the hour, or the day (None: `at` is when it was told)."""
    if time_known is None:
        return composed("day not known, told on {1}", day(at))
    return moment(at) if time_known else composed("{1}, time not known", day(at))


def act_day(at: datetime | None, only_told: bool) -> str:
    """Return the day of an act, or that it is only the day of telling; empty where there is none."""
    if at is None:
        return ""
    return composed("told {1}, day of the act not known", day(at)) if only_told else day(at)


def undated(acts: int) -> str:
    """Say that acts count on the day when they were told."""
    return composed("Nobody told the day of {1}: it stands at the day when it was told.", plural(acts, "act"))


def happened_ago(at: datetime, time_known: bool | None, now: datetime) -> str:
    """Return how long ago something happened, in days where nobody told the hour."""
    return ago(at if time_known else at.astimezone(LONDON).date(), now)


def days_apart(at: date, now: datetime) -> int:
    """Return the calendar days from now to `at`, negative for the past."""
    local, today = london(at), london(now)
    there = local.date() if isinstance(local, datetime) else local
    here = today.date() if isinstance(today, datetime) else today
    return (there - here).days


def ago(at: date | None, now: datetime) -> str:
    """Return how far `at` lies from now: "in 2 h 50 min", "12 min ago", "tomorrow", "5 days ago", "in 3 weeks"."""
    if at is None:
        return say(UNKNOWN)
    days = days_apart(at, now)
    if isinstance(at, datetime) and (days == 0 or abs(at - now) < HOURS_SAID):
        return near(at - now)
    if days == 0:
        return say("today")
    if abs(days) == 1:
        return say("tomorrow") if days > 0 else say("yesterday")
    return directed(length(abs(days)), future=days > 0)


def near(apart: timedelta) -> str:
    """Return a stretch of less than a day in hours and minutes."""
    minutes = round(abs(apart) / timedelta(minutes=1))
    if minutes == 0:
        return say("now")
    hours, rest = divmod(minutes, 60)
    said = " ".join(filter(None, [f"{hours} {say('h')}" if hours else "", f"{rest} {say('min')}" if rest else ""]))
    return directed(said, future=apart > timedelta())


def length(days: int) -> str:
    """Return days as days below a fortnight, then weeks, months, years."""
    if days < 14:
        return plural(days, "day")
    if days < 60:
        return plural(round(days / 7), "week")
    if days < 730:
        return plural(round(days / 30.44), "month")
    return plural(round(days / 365.25), "year")


def directed(said: str, *, future: bool) -> str:
    """Return "in …" or "… ago"."""
    return (say("in {1}") if future else say("{1} ago")).replace("{1}", said)


def overdue_by(due: datetime | None, now: datetime) -> str:
    """Return how long something is overdue ("1 day 13 hours"); empty when it is not."""
    if due is None or due >= now:
        return ""
    hours, minutes = divmod(int((now - due) / timedelta(minutes=1)), 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "day"), (hours, "hour"), (minutes if not days else 0, "minute")]
    return " ".join(plural(count, noun) for count, noun in parts if count) or say("less than a minute")


def number(value: float | None, decimals: int | None = None) -> str:
    """Return "1,204" or "0.35"; None is not known, never 0."""
    if value is None:
        return say(UNKNOWN)
    if decimals is not None:
        return f"{value:,.{decimals}f}".replace("-", "−")
    return f"{value:,}".replace("-", "−")


def in_words(value: str) -> str:
    """Return a member of an enumeration of ours, or its value, as it is said: `step_down` is "step down"."""
    return str(word(value.words, say)) if isinstance(value, WordedEnum) else say(value.replace("_", " "))


def language(code: str) -> str:
    """Return the English name of a language by its code: `cy` is "Welsh"; a code that Django has no name for stays one."""
    try:
        return str(get_language_info(code.lower())["name"])
    except KeyError:
        return code


def plural(count: int | None, one: str, many: str = "") -> str:
    """Return "1 act" or "1,204 acts"; `many` where an s is not enough."""
    said = number(count)  # "1+" of what was not counted to its end, and those are several
    counted = f"{{1}} {one if said == '1' else many or one + 's'}"
    return say(counted).replace("{1}", said)


DAYS_OF_WALES = ("Llun", "Maw", "Mer", "Iau", "Gwe", "Sad", "Sul")
MONTHS_OF_WALES = ("Ion", "Chw", "Maw", "Ebr", "Mai", "Meh", "Gor", "Aws", "Med", "Hyd", "Tach", "Rhag")
CHANNELS_IN = {
    "en": {"text": "text", "call": "call", "email": "e-mail", "letter": "letter", "visit": "visit"},
    "cy": {"text": "neges destun", "call": "galwad", "email": "e-bost", "letter": "llythyr", "visit": "ymweliad"},
}


def day_in(at: date | None, language: str) -> str:
    """Return "Sun 3 May", or "Sul 3 Mai" on a page that speaks Welsh."""
    if at is None or language != "cy":
        return weekday(at)
    local = london(at)
    return f"{DAYS_OF_WALES[local.weekday()]} {local.day} {MONTHS_OF_WALES[local.month - 1]}"


def channel_in(channel: str, language: str) -> str:
    """Return a way to reach the victim, in the language of the page."""
    return CHANNELS_IN.get(language, CHANNELS_IN["en"])[channel]


FILTERS: dict[str, Callable[..., Any]] = {
    "day": day,
    "weekday": weekday,
    "clock": clock,
    "moment": moment,
    "happened": happened,
    "act_day": act_day,
    "undated": undated,
    "ago": ago,
    "overdue_by": overdue_by,
    "number": number,
    "plural": plural,
    "in_words": in_words,
    "language": language,
    "opening": opening,
    "day_in": day_in,
    "channel_in": channel_in,
    "financial_year": financial_year,
}
