"""Making backups: data and keys apart, each encrypted to its own recipients."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from fourfold.audit import services as audit
from fourfold.audit.terms import Operation
from fourfold.gateways.moments import one_moment
from fourfold.upkeep import archives, exporting, folder, own, rules
from fourfold.upkeep.archives import KEY
from fourfold.upkeep.taking import draft, taken
from fourfold.upkeep.terms import CannotKeep, Holds, Manifest

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor


def back_up_data(*, actor: Actor, to: Path, recipients: Path, at: datetime, own_keys: Path | None = None) -> Path:
    """Write the database as it stands now, and the files beside it, into one encrypted file in the folder `to`.

    Raises CannotKeep. The site goes on meanwhile. What the log and the file of its checkpoints say agrees in the backup:
    checkpoints signed after that moment stay out of it. With `own_keys`, a folder apart, it is sealed with a key of its own
    that lies there for the recipients: without that small file no copy of the backup is ever opened again.
    """
    readers = archives.recipients(recipients)
    _apart(to, Holds.KEYS)
    if own_keys is not None and (own.are_beside(own_keys, to) or own.is_backed_up(own_keys)):
        raise CannotKeep(
            f"{own_keys} lies with the backups or what they copy. Name a folder apart for their keys, which goes with no copy."
        )
    path = to / _name(Holds.DATA, at)
    with draft() as desk:
        manifest, entries = taken(desk, at=at)
        with own.sealed(path, own_keys, readers) as readers:
            archives.write(path, manifest, entries, readers)
    _note(actor, "backup.made", at)
    return path


def drop_older(*, actor: Actor, to: Path, days: int, at: datetime, own_keys: Path | None = None) -> list[str]:
    """Delete the backups of data in a folder that are older, but never the latest seven; return their names.

    Raises CannotKeep where one stays: what was disposed of would go on lying in it. The day is that of the name.
    """
    oldest = at - timedelta(days=days)
    gone = _of_before(to, oldest, but=rules.ALWAYS_KEPT)
    if own_keys:  # never that of a backup that stays
        stay = {archives.own_key_of(path, own_keys) for path in set(_of_data(to)) - set(gone)}
        gone += [path for path in _of_before(own_keys, oldest, KEY, but=rules.ALWAYS_KEPT) if path not in stay]
    if gone:
        _note(actor, "backup.older_deleted", at)
    try:
        for path in gone:
            path.unlink(missing_ok=True)
    except OSError as why:
        raise CannotKeep(f"The backup was written, but an older one could not be deleted: {why}. Delete it.") from why
    return [path.name for path in gone]


def forget(*, actor: Actor, own_keys: Path, before: datetime, at: datetime) -> tuple[list[str], str]:
    """Destroy the keys of the backups that were made before a moment: no copy of them can be opened any more.

    That of the latest backup stays, whatever the moment: else a slip of the pen loses all. So does that of the latest which
    was written whole: of a night that was killed there is a key, and no backup. Return their names, and that of the one that
    stays where it is of before.
    """
    found = _of_before(own_keys, before, KEY)
    whole = own.keys_of_noted(settings.FOURFOLD.data_dir, own_keys)
    stay = {*_of_data(own_keys, KEY)[-1:], *whole[-1:]}
    gone = [path for path in found if path not in stay]
    _note(actor, "backup.forgotten", at)
    for path in gone:
        path.unlink(missing_ok=True)
    return [path.name for path in gone], next((path.name for path in found if path in stay), "")


def back_up_keys(*, actor: Actor, to: Path, recipients: Path, at: datetime) -> Path:
    """Write the keys into one encrypted file in the folder `to`, which holds no backup of data; raises CannotKeep."""
    readers = archives.recipients(recipients)
    _apart(to, Holds.DATA)
    keys = sorted(path for path in settings.FOURFOLD.keys_dir.rglob("*") if path.is_file())
    entries = [(f"{folder.KEYS}/{path.relative_to(settings.FOURFOLD.keys_dir)}", path) for path in keys]
    digests = {name: archives.sha256(path) for name, path in entries}
    manifest = Manifest(Holds.KEYS, version("fourfold"), at.isoformat(), files=digests)
    path = to / _name(manifest.holds, at)
    archives.write(path, manifest, entries, readers)
    _note(actor, "backup.keys_made", at)
    return path


def export_all(*, actor: Actor, to: Path, recipients: Path, at: datetime) -> Path:
    """Write every row of every table, a codebook and the files beside them into one encrypted file; raises CannotKeep.

    All rows are of one moment. Sealed fields stay sealed: the backup of the keys opens them, as the file itself says.
    """
    readers = archives.recipients(recipients)
    with draft() as desk:
        with one_moment():
            exporting.write(desk)
        for _ in folder.copied(settings.FOURFOLD.data_dir, settings.FOURFOLD.whole_database()["NAME"], desk):
            pass
        parts = [(str(path.relative_to(desk)), path) for path in sorted(desk.rglob("*")) if path.is_file()]
        digests = {name: archives.sha256(path) for name, path in parts}
        manifest = Manifest(Holds.EXPORT, version("fourfold"), at.isoformat(), files=digests)
        path = to / _name(manifest.holds, at)
        archives.write(path, manifest, parts, readers)
    _note(actor, "export.made", at)
    return path


def note_restored(*, actor: Actor, made_at: datetime, at: datetime) -> None:
    """Say in the log that everything before this entry came back from a backup of that moment."""
    with audit.recorded(actor, "backup.restored", at=at, operation=Operation.ADMINISTRATION) as entry:
        entry.more["made_at"] = made_at.isoformat()


def _apart(to: Path, others: Holds) -> None:
    if found := next(iter(to.glob(f"*.{others}.age")), None):
        raise CannotKeep(
            f"{to} holds {found.name}. Keys and data are kept apart, so that whoever finds one of them reads nothing: "
            "name another folder, on another machine."
        )


def _of_data(folder: Path, key: str = "") -> list[Path]:
    return sorted(folder.glob(f"fourfold-*.{Holds.DATA}.{key}age"))


def _of_before(folder: Path, moment: datetime, key: str = "", *, but: int = 0) -> list[Path]:
    """Return the backups of data, or their keys, in a folder that were made before a moment; never the latest ones."""
    found = _of_data(folder, key)
    return [path for path in found[: max(len(found) - but, 0)] if path.name < _name(Holds.DATA, moment, key)]


def _name(holds: Holds, at: datetime, key: str = "") -> str:
    return f"fourfold-{at:%Y%m%dT%H%M%SZ}.{holds}.{key}age"


def _note(actor: Actor, action: str, at: datetime) -> None:
    with audit.recorded(actor, action, at=at, operation=Operation.ADMINISTRATION):
        pass
