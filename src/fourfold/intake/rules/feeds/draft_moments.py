"""A draft's moments: which columns say when it was told and when it happened, in which forms, with which clocks."""

import re
from datetime import time
from typing import Any

from fourfold.intake.rules.feeds import column_names
from fourfold.intake.rules.feeds.column_owners import like_births
from fourfold.intake.rules.feeds.drafts import Draft
from fourfold.intake.rules.feeds.moments import SERIAL, names_a_day, parsed
from fourfold.intake.rules.feeds.profiles import OF_NUMBERS, Profile

#: Numbers between these, in seconds, are days of 2000 to 2035 as a spreadsheet counts them.
_FIRST_DAY, _LAST_DAY = 946_684_800, 2_051_222_400


def moments(draft: Draft, left: dict[str, Profile]) -> None:
    """Write which columns are moments, and how they are read."""
    parts = _in_parts(draft, left)
    births = like_births(left)
    dated = {
        column.name: forms
        for column, words in draft.free(left)
        if column.name not in births and (forms := _forms(column, words))
    } or _dated_by_number(draft, left)
    times = [column for column, words in draft.free(left) if words & column_names.TIME and column.name not in dated]
    told = _best(dated, column_names.TOLD) or _told_by_values(draft, left, dated)
    until = _best({name: forms for name, forms in dated.items() if name != told}, column_names.UNTIL)
    rest = {name: forms for name, forms in dated.items() if name not in (told, until)}
    occurred = _best(rest, column_names.OCCURRED) or next(iter(rest), None)
    if told is None and occurred is not None and "told" not in parts:
        told = occurred
        draft.doubt(f"Nothing says when it was told, so “{occurred}”, when it happened, stands for that as well.")
    clocks = _clocks_beside([name for name in dict.fromkeys((told, occurred, until)) if name is not None], times)
    for key, name in (("told", told), ("occurred", occurred), ("occurred_until", until)):
        if name is not None and key not in parts:
            _moment(draft, key, left[name], dated[name], clocks.get(name))
    draft.document.update(parts)
    if "told" not in draft.document and "occurred" in parts:
        draft.document["told"] = parts["occurred"]
        draft.doubt("Nothing says when it was told, so when it happened stands for that as well.")
    if "told" not in draft.document:
        draft.document["told"] = {"columns": ["?"], "formats": ["%d/%m/%Y %H:%M"]}
        draft.doubt(
            "No column holds dates that can be read. Say which column tells when it was reported, and how its dates are written."
        )


#: The parts of a moment that may have a column each, what each may be, and how it is read.
_PARTS = {
    "day": (re.compile(r"0?[1-9]|[12]\d|3[01]"), "%d"),
    "month": (re.compile(r"0?[1-9]|1[0-2]"), "%m"),
    "year": (re.compile(r"(?:19|20)\d\d"), "%Y"),
    "hour": (re.compile(r"[01]?\d|2[0-3]"), "%H"),
    "minute": (re.compile(r"[0-5]?\d"), "%M"),
}
_PART_OF = {
    "days": "day",
    "months": "month",
    "yr": "year",
    "hours": "hour",
    "hr": "hour",
    "min": "minute",
    "minutes": "minute",
}


def _in_parts(draft: Draft, left: dict[str, Profile]) -> dict[str, dict[str, Any]]:
    """Return the moments whose day, month and year, and perhaps hour and minute, stand in columns of their own, by key."""
    groups: dict[str, dict[str, Profile]] = {}
    for name, column in left.items():
        *stem, last = re.findall(r"[^\W\d_]+", name.casefold()) or [""]
        part = _PART_OF.get(last, last)
        if part in _PARTS and column.sample and all(map(_PARTS[part][0].fullmatch, column.sample)):
            groups.setdefault(" ".join(stem), {})[part] = column
    found: dict[str, dict[str, Any]] = {}
    for beginning, parts in groups.items():
        words = column_names.words_of(beginning)
        known = (("told", column_names.TOLD), ("occurred_until", column_names.UNTIL))
        key = next((key for key, said in known if words & said), "occurred")
        if not {"day", "month", "year"} <= parts.keys() or column_names.person_of(words) or key in found:
            continue
        kept = [part for part in _PARTS if part in parts and (part != "minute" or "hour" in parts)]
        columns = [parts[part].name for part in kept]
        found[key] = {"columns": draft.use(*columns), "formats": [" ".join(_PARTS[part][1] for part in kept)]}
        draft.doubt(f"{', '.join(columns)} are joined into one moment. A row that lacks one of them will wait.")
    return found


def _dated_by_number(draft: Draft, left: dict[str, Profile]) -> dict[str, tuple[str, ...]]:
    """Return columns of numbers that are days of these years as spreadsheets count them, where nothing else is a date."""
    found = {
        column.name: column.forms()
        for column, words in draft.free(left)
        if not words & column_names.KNOWN and _FIRST_DAY <= column.middle <= _LAST_DAY
    }
    for name in found:
        draft.doubt(
            f"“{name}” holds numbers that are days of these years, and is read as days. Its name does not say so."
        )
    return found


def _told_by_values(draft: Draft, left: dict[str, Profile], dated: dict[str, tuple[str, ...]]) -> str | None:
    """Return the later of two columns of dates where no name says which is which; a report follows what it reports."""
    nameless = [
        name for name in dated if not column_names.words_of(name) & (column_names.OCCURRED | column_names.UNTIL)
    ]
    if len(nameless) < 2 or len(nameless) < len(dated):
        return None
    last = max(nameless, key=lambda name: left[name].middle)
    draft.doubt(f"Nothing says when it was told: “{last}” has the later dates, and is taken for that.")
    return last


def dates_left(draft: Draft, left: dict[str, Profile]) -> None:
    """Note the columns that look like dates and are taken for nothing."""
    for column, words in draft.free(left):
        if not column_names.person_of(words) and not words & column_names.CHANGED and (value := column.dated):
            draft.doubt(
                f"“{column.name}” looks like dates, such as “{value}”, that are read by nothing. If one is needed, name it "
                "with the form it is written in."
            )


def _forms(column: Profile, words: frozenset[str]) -> tuple[str, ...]:
    if words & column_names.TIME and column.is_clock:
        return ()
    if column_names.person_of(words) or words & column_names.CHANGED or column_names.detail_of(words) == "birth":
        return ()
    forms = column.forms()
    is_named = bool(words & (column_names.DATE | column_names.TOLD | column_names.OCCURRED | column_names.UNTIL))
    return forms if is_named or not OF_NUMBERS.issuperset(forms) else ()


def _best(dated: dict[str, tuple[str, ...]], wanted: frozenset[str]) -> str | None:
    ranked = sorted(dated, key=lambda name: -len(column_names.words_of(name) & wanted))
    return ranked[0] if ranked and column_names.words_of(ranked[0]) & wanted else None


def _moment(draft: Draft, key: str, column: Profile, forms: tuple[str, ...], clock: Profile | None) -> None:
    table: dict[str, Any] = {"columns": draft.use(column.name), "formats": kept_forms(draft, column, forms)}
    if clock is not None:
        table["time_column"] = draft.use(clock.name)[0]
        draft.doubt(
            f"“{clock.name}” is read as the hour of “{column.name}”. If something stands there for no hour, write what."
        )
    if _often_at_midnight(column, forms):
        table["midnight"] = "not known"
        draft.doubt(f"Many cells of “{column.name}” say 00:00; it is read as an hour that nobody knows.")
    draft.document[key] = table


def _clocks_beside(dates: list[str], times: list[Profile]) -> dict[str, Profile]:
    """Return the clock of each date that has one: those that share most words first, and each clock once."""
    shared = {
        (date, place): len(
            (column_names.words_of(date) - column_names.DATE) & (column_names.words_of(clock.name) - column_names.TIME)
        )
        for date in dates
        for place, clock in enumerate(times)
        if clock.is_clock
    }
    found: dict[str, Profile] = {}
    taken: set[int] = set()
    for (date, place), words in sorted(shared.items(), key=lambda item: -item[1]):
        if words and date not in found and place not in taken:
            found[date] = times[place]
            taken.add(place)
    return found


def kept_forms(draft: Draft, column: Profile, forms: tuple[str, ...]) -> list[str]:
    """Return the forms to name; where day and month cannot be told apart, this country's, and a doubt."""
    first = forms[0]
    swapped = re.sub(r"^%d(\W)%m", r"%m\1%d", first)
    if swapped != first and swapped in forms:
        draft.doubt(f"Every day in “{column.name}” is 12 or less: day and month may be swapped. It is read day first.")
    elif re.match(r"%m\W%d", first):
        draft.doubt(f"“{column.name}” is written month first. Are its times London's?")
    if not names_a_day(first):
        draft.doubt(
            f"“{column.name}” tells the month alone, so the day counts as one that nobody knows: it is kept as from the first "
            "of the month to its last day."
        )
    if "%y" in first:
        draft.doubt(
            f"“{column.name}” has years of two digits: 00 to 68 are read as 2000 to 2068, 69 to 99 as 1969 to 1999. Ask for "
            "all four."
        )
        if not first.startswith("%y") and any(form.startswith("%y") for form in forms):
            draft.doubt(f"In “{column.name}” the year may stand first. It is read as {first}.")
    if first == SERIAL:
        draft.doubt(f"“{column.name}” is read as days as a spreadsheet counts them.")
    return [first]


def _often_at_midnight(column: Profile, forms: tuple[str, ...]) -> bool:
    if not any(part in forms[0] for part in ("%H", "%I")):
        return False
    found = (parsed(cell, forms[:1]) for cell in column.sample)
    at_midnight = sum(moment is not None and moment.time() == time() for moment in found)
    return at_midnight > len(column.sample) * 0.05
