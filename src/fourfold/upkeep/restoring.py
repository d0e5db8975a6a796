"""Bringing a backup back: onto an empty place, whole or not at all, and compared with what it says of itself.

Nobody acts here yet: there is no log in which to say so before the backup has brought it.
"""

import shutil
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fourfold.gateways import keyring as keys
from fourfold.gateways import private
from fourfold.upkeep import archives, engines, folder, rules
from fourfold.upkeep.terms import CannotRestore, Holds, Manifest, Restored, Target


def bring_back(place: Any, path: Path, identity: Path, desk: Path, known: frozenset[str]) -> Restored:
    """Bring back what a file holds, into the place that the settings `place` name; raise CannotRestore.

    `desk` is an empty folder on the same disk, for what lies in clear meanwhile; `known` are the migrations of this release.
    """
    manifest = archives.unpack(path, archives.identities(identity), desk)
    whole = engines.engine(place.whole_database())
    keyring = place.keys_dir / "keyring.json"
    files = [] if manifest.holds is Holds.KEYS else _lying_there(place)
    epoch = _written_with(place, manifest) if keyring.exists() else keys.FIRST
    tables = {} if manifest.holds is Holds.KEYS else whole.tables()
    target = Target(
        version("fourfold"), whole.name, known, keyring.exists(), epoch is not None, len(tables), tuple(files)
    )
    if why := rules.why_not_restore(manifest, target):
        raise CannotRestore(why)
    if manifest.holds is Holds.KEYS:
        _keys(place, desk)
    else:
        whole.bring_back(desk / folder.DATABASE)
        if wrong := rules.differences(manifest.tables, whole.tables()):
            raise CannotRestore(
                f"What came back is not what was kept: {'; '.join(wrong[:5])}. Do not work in this database: empty it, and "
                "take another copy."
            )
        _files(place, desk, manifest)
        keys.set_back(place.keys_dir, epoch=epoch or keys.FIRST, entry=manifest.log_size + 1, was=manifest.begun)
    rows = sum(table.rows for table in manifest.tables.values())
    made_at = datetime.fromisoformat(manifest.made_at)
    return Restored(manifest.holds, made_at, len(manifest.tables), rows, len(manifest.files), manifest.waiting)


def _written_with(place: Any, manifest: Manifest) -> int | None:
    """Return the root key with which the last entry of the log in a backup was written; None where it is none of those here."""
    if not manifest.log_mac:  # of a release that knew one root key, or of a log without an entry
        return keys.FIRST
    here, head = keys.open_keyring(place.keys_dir), manifest.log_head.encode()
    epochs = range(here.epoch, 0, -1)
    return next((one for one in epochs if manifest.log_mac == here.commitment("entry", head, one)), None)


def _lying_there(place: Any) -> list[str]:
    found = folder.kept(place.data_dir, place.whole_database()["NAME"])
    return [str(path.relative_to(place.data_dir)) for path in found]


def _keys(place: Any, desk: Path) -> None:
    for path in sorted((desk / folder.KEYS).rglob("*")):
        if path.is_file():
            goes = place.keys_dir / path.relative_to(desk / folder.KEYS)
            shutil.move(path, private.made(goes.parent) / goes.name)


def _files(place: Any, desk: Path, manifest: Manifest) -> None:
    if (signed := desk / folder.CHECKPOINTS).stat().st_size:
        shutil.move(signed, private.made(place.checkpoints.parent) / place.checkpoints.name)
    for name in folder.files_of(manifest):
        goes = place.data_dir / folder.place_of(name)
        shutil.move(desk / name, private.made(goes.parent) / goes.name)
