"""When a row of an exported log happened, in the many ways in which apps and telephones write it."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone_of(said: str, zone: str) -> ZoneInfo:
    """Return the zone that a row names, or else the one given; ValueError where neither is known."""
    try:
        return ZoneInfo(said or zone)
    except (ZoneInfoNotFoundError, ValueError):
        try:
            return ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as fault:
            raise ValueError("the time zone is not known") from fault


_DAYS = (
    *("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d.%m.%y", "%Y/%m/%d", "%d %b %Y", "%d %B %Y"),
    *("%b %d, %Y", "%B %d, %Y", "%m/%d/%Y"),
)
_CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I %p", "%I%p", "%H.%M")


def when(said: Mapping[str, str], zone: ZoneInfo) -> tuple[datetime | None, bool]:
    """Return when it happened and whether the time is known; ValueError for a day it cannot read."""
    whole = said.get("when") or said.get("day", "")
    clock = said.get("clock", "")
    if not whole:
        return None, False
    if found := _epoch(whole):
        return found, True
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return _spoken(whole, clock, zone)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), True
    has_time = len(whole) > 10
    if not has_time and clock:
        return _spoken(whole, clock, zone)
    return _placed(moment if has_time else moment.replace(hour=12), zone), has_time


def _epoch(said: str) -> datetime | None:
    """Return seconds or thousandths since 1970, from 2000 to 2100, as telephones write them."""
    if not re.fullmatch(r"\d{10}|\d{13}", said):
        return None
    seconds = int(said) / (1000 if len(said) == 13 else 1)
    return datetime.fromtimestamp(seconds, UTC) if 946_684_800 <= seconds < 4_102_444_800 else None


def _spoken(day: str, clock: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    day = " ".join(day.replace("\u202f", " ").split())
    split = re.fullmatch(r"(.*?\d{2,4}),?[ T]+(\d{1,2}[:.]\d{2}.*|\d{1,2} ?[ap]m)", day, re.IGNORECASE)
    if split and not clock:
        day, clock = split[1], split[2]
    found = _tried(day, _DAYS) or _iso_day(day)
    if found is None:
        raise ValueError("the date cannot be read")
    if not clock:
        return _placed(found.replace(hour=12), zone), False
    hour = _tried(" ".join(clock.replace("\u202f", " ").upper().split()), _CLOCKS)
    if hour is None:
        return _placed(found.replace(hour=12), zone), False
    return _placed(datetime.combine(found.date(), time(hour.hour, hour.minute, hour.second)), zone), True


def _iso_day(said: str) -> datetime | None:
    try:
        return datetime.fromisoformat(said[:10])
    except ValueError:
        return None


def _tried(said: str, shapes: tuple[str, ...]) -> datetime | None:
    for shape in shapes:
        try:
            return datetime.strptime(said, shape)  # noqa: DTZ007 -- the zone is put to it by whoever calls
        except ValueError:
            continue
    return None


def _placed(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC)
