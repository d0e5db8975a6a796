"""Taking everything onto a desk as it stands at one moment: what a backup of the data is made of."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

from fourfold.gateways import private
from fourfold.upkeep import archives, engines, folder, queries
from fourfold.upkeep.terms import Holds, Manifest


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
