"""Whether a backup may be brought back here, and what is due."""

import difflib
from collections.abc import Collection, Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from fourfold.upkeep.terms import FORMAT, Holds, Manifest, Table, Target, Timer

LONDON = ZoneInfo("Europe/London")
#: So many of the latest backups stay whatever their day: a clock that is off deletes not all of them.
ALWAYS_KEPT = 7


def why_not_restore(manifest: Manifest, target: Target) -> str | None:
    """Return why a backup is not brought back here, and what to do instead; None where it may be."""
    if manifest.holds is Holds.EXPORT:
        return "This is an export, for another system to read. Fourfold brings back what `fourfold backup data` made."
    newer = sorted(set(manifest.migrations) - target.migrations)
    if manifest.format > FORMAT or newer:
        of_which = f", which knows {newer[-1]}" if newer else ""
        return (
            f"This backup was made by a newer release, {manifest.release}{of_which}; here is {target.release}. "
            f"Install release {manifest.release} or later, then restore."
        )
    if manifest.holds is Holds.KEYS:
        return _why_no_keys(target)
    if why := _why_not_these_keys(target):
        return why
    if manifest.engine != target.engine:
        return (
            f"This backup is of {manifest.engine}, and DATABASE_URL names {target.engine}. "
            f"Restore it into {manifest.engine}."
        )
    if target.tables:
        return (
            f"The database here is not empty: it has {target.tables:,} tables. "
            "Name an empty one in DATABASE_URL, or move this one away first. Nothing was changed."
        )
    if target.files:
        return (
            f"The folder FOURFOLD_DATA_DIR is not empty: {', '.join(target.files[:3])}"
            f"{f' and {len(target.files) - 3:,} more' if len(target.files) > 3 else ''}. "
            "Name an empty one, or move these away first. Nothing was changed."
        )
    return None


def _why_not_these_keys(target: Target) -> str | None:
    if not target.has_keys:
        return (
            "There are no keys here, and nothing that is sealed could be opened. Restore the backup of the keys first."
        )
    if not target.keys_fit:
        return (
            "The keys here are not those with which this backup was written: others, or older than it. Move them away, restore "
            "the backup of the keys that was made with it or later, then the data. Nothing was changed."
        )
    return None


def _why_no_keys(target: Target) -> str | None:
    if target.has_keys:
        return "There are keys here already. Keys are never replaced: move them away by hand if they are not needed."
    return None


def differences(was: dict[str, Table], found: dict[str, Table]) -> list[str]:
    """Name the tables that are not as they were, with what differs."""
    wrong = [f"{name}: gone" for name in sorted(was.keys() - found.keys())]
    wrong += [f"{name}: was not there" for name in sorted(found.keys() - was.keys())]
    for name in sorted(was.keys() & found.keys()):
        if was[name].rows != found[name].rows:
            wrong.append(f"{name}: {found[name].rows:,} rows, were {was[name].rows:,}")
        elif was[name] != found[name]:
            wrong.append(f"{name}: the same number of rows, with other values")
    return wrong


def is_due(timer: Timer, last: datetime | None, at: datetime) -> bool:
    """Return whether a timer's command is to run now: so long after the last time, or since its hour of a day of its own."""
    if timer.at is None:
        return last is None or at - last >= timer.every
    here = at.astimezone(LONDON)
    hour = datetime.combine(here.date(), timer.at, LONDON)
    return here.weekday() in timer.days and here >= hour and (last is None or last < hour)


def unknown_settings(environ: Iterable[str], known: Collection[str]) -> dict[str, str]:
    """Return the settings that nothing reads, each with the one that was likely meant, "" where none is like it."""
    strange = [name for name in environ if name.startswith("FOURFOLD_") and name not in known]
    return {name: next(iter(difflib.get_close_matches(name, known, 1, 0.8)), "") for name in strange}
