"""Making backups: data and keys apart, each encrypted to its own recipients."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from fourfold.audit import services as audit
from fourfold.audit.terms import Operation
from fourfold.gateways import private
from fourfold.upkeep import archives, engines, folder, queries
from fourfold.upkeep.terms import CannotKeep, Holds, Manifest

if TYPE_CHECKING:
    from fourfold.audit.terms import Actor


def back_up_data(*, actor: Actor, to: Path, recipients: Path, at: datetime) -> Path:
    """Write the database as it stands now, and the files beside it, into one encrypted file in the folder `to`.

    Raises CannotKeep. The site goes on meanwhile. What the log and the file of its checkpoints say agrees in the backup:
    checkpoints signed after that moment stay out of it.
    """
    readers = archives.recipients(recipients)
    _apart(to, Holds.KEYS)
    with draft() as desk:
        manifest, entries = taken(desk, at=at)
        path = to / _name(manifest, at)
        archives.write(path, manifest, entries, readers)
    _note(actor, "backup.made", at)
    return path


def back_up_keys(*, actor: Actor, to: Path, recipients: Path, at: datetime) -> Path:
    """Write the keys into one encrypted file in the folder `to`, which holds no backup of data; raises CannotKeep."""
    readers = archives.recipients(recipients)
    _apart(to, Holds.DATA)
    keys = sorted(path for path in settings.FOURFOLD.keys_dir.rglob("*") if path.is_file())
    entries = [(f"{folder.KEYS}/{path.relative_to(settings.FOURFOLD.keys_dir)}", path) for path in keys]
    digests = {name: archives.sha256(path) for name, path in entries}
    manifest = Manifest(Holds.KEYS, version("fourfold"), at.isoformat(), files=digests)
    path = to / _name(manifest, at)
    archives.write(path, manifest, entries, readers)
    _note(actor, "backup.keys_made", at)
    return path


def note_restored(*, actor: Actor, made_at: datetime, at: datetime) -> None:
    """Say in the log that everything before this entry came back from a backup of that moment."""
    with audit.recorded(actor, "backup.restored", at=at, operation=Operation.ADMINISTRATION) as entry:
        entry.more["made_at"] = made_at.isoformat()


def taken(desk: Path, *, at: datetime) -> tuple[Manifest, list[archives.Entry]]:
    """Take the database and the files beside it onto a desk; return the manifest and every part of the backup."""
    setting = settings.FOURFOLD.whole_database()
    whole = engines.engine(setting)
    found = whole.take(desk / folder.DATABASE, queries.ASKED_OF_A_COPY)
    ((log_size, log_head),), ((waiting,),), migrations = found.answers
    parts = {folder.DATABASE: desk / folder.DATABASE, folder.CHECKPOINTS: desk / folder.CHECKPOINTS}
    _write_signed_until(log_size, parts[folder.CHECKPOINTS])
    for path in folder.kept(settings.FOURFOLD.data_dir, setting["NAME"]):
        if path != settings.FOURFOLD.checkpoints:
            name = f"{folder.FILES}/{path.relative_to(settings.FOURFOLD.data_dir)}"
            parts[name] = private.made((desk / name).parent) / path.name
            shutil.copyfile(path, parts[name])
    manifest = Manifest(
        Holds.DATA,
        version("fourfold"),
        at.isoformat(),
        whole.name,
        tuple(sorted(f"{app}.{name}" for app, name in migrations)),
        log_size,
        log_head,
        waiting,
        found.tables,
        {name: archives.sha256(path) for name, path in parts.items()},
    )
    return manifest, list(parts.items())


@contextmanager
def draft() -> Iterator[Path]:
    """Yield a folder of ours for what lies in clear meanwhile, beside the database that lies in clear too; gone afterwards."""
    desk = Path(tempfile.mkdtemp(prefix=folder.DRAFTS, dir=settings.FOURFOLD.data_dir))
    try:
        yield desk
    finally:
        shutil.rmtree(desk, ignore_errors=True)


def _write_signed_until(size: int, path: Path) -> None:
    ours = settings.FOURFOLD.checkpoints
    lines = ours.read_text(encoding="utf-8").splitlines(keepends=True) if ours.exists() else []
    path.write_text("".join(line for line in lines if _size_in(line) <= size), encoding="utf-8")


def _size_in(line: str) -> int:
    """Return for how many entries a checkpoint was signed; 0 for a line that says nothing: the check of the log names it."""
    try:
        return int(json.loads(line)["note"].splitlines()[1])
    except (ValueError, LookupError, TypeError):
        return 0


def _apart(to: Path, others: Holds) -> None:
    if found := next(iter(to.glob(f"*.{others}.age")), None):
        raise CannotKeep(
            f"{to} holds {found.name}. Keys and data are kept apart, so that whoever finds one of them reads nothing: "
            "name another folder, on another machine."
        )


def _name(manifest: Manifest, at: datetime) -> str:
    return f"fourfold-{at:%Y%m%dT%H%M%SZ}.{manifest.holds}.age"


def _note(actor: Actor, action: str, at: datetime) -> None:
    with audit.recorded(actor, action, at=at, operation=Operation.ADMINISTRATION):
        pass
