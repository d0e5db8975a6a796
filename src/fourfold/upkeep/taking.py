"""Taking everything onto a desk as it stands at one moment: what a backup of the data is made of."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from fourfold.audit.commitments import keyring
from fourfold.gateways import private
from fourfold.upkeep import archives, engines, folder, queries
from fourfold.upkeep.terms import Holds, Manifest


def taken(desk: Path, *, at: datetime) -> tuple[Manifest, list[archives.Entry]]:
    """Take the database and the files beside it onto a desk; return the manifest and every part of the backup."""
    setting = settings.FOURFOLD.whole_database()
    whole = engines.engine(setting)
    found = whole.take(desk / folder.DATABASE, queries.ASKED_OF_A_COPY)
    ((log_size, log_head, log_mac),), ((waiting,),), migrations = found.answers
    parts = {folder.DATABASE: desk / folder.DATABASE, folder.CHECKPOINTS: desk / folder.CHECKPOINTS}
    _write_signed_until(log_size, parts[folder.CHECKPOINTS])
    for path, copy in folder.copied(settings.FOURFOLD.data_dir, setting["NAME"], desk):
        if path != settings.FOURFOLD.checkpoints:
            parts[str(copy.relative_to(desk))] = copy
    manifest = Manifest(
        Holds.DATA,
        version("fourfold"),
        at.isoformat(),
        whole.name,
        tuple(sorted(f"{app}.{name}" for app, name in migrations)),
        log_size,
        log_head,
        log_mac or "",
        waiting,
        found.tables,
        {name: archives.sha256(path) for name, path in parts.items()},
        {str(epoch): one.entry for epoch, one in keyring().begun.items()},
    )
    return manifest, list(parts.items())


@contextmanager
def draft() -> Iterator[Path]:
    """Yield a folder of ours for what lies in clear meanwhile, beside the database that lies in clear too; gone afterwards.

    Whoever is killed leaves theirs: it goes with the next. A folder is locked by whoever works in it, and so never swept.
    """
    place = private.made(settings.FOURFOLD.data_dir).resolve()  # which may be a link; what lies in it may not
    with ExitStack() as held:
        with _locked(place):  # so that no other sweeps ours between its making and its lock
            for left in place.glob(f"{folder.DRAFTS}*"):
                with suppress(OSError), _locked(left, at_once=True):
                    shutil.rmtree(left, ignore_errors=True)
            desk = Path(tempfile.mkdtemp(prefix=folder.DRAFTS, dir=place))
            held.enter_context(_locked(desk))
        try:
            yield desk
        finally:
            shutil.rmtree(desk, ignore_errors=True)


@contextmanager
def _locked(place: Path, *, at_once: bool = False) -> Iterator[None]:
    """Hold a folder, which the system lets go of however the work ends; raise BlockingIOError where it is held and `at_once`."""
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if at_once else 0))
        yield
    finally:
        os.close(handle)


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
