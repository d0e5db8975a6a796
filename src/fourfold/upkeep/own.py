"""The key of one backup alone, and the folder in which it lies: destroyed, no copy of that backup is opened by anybody."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings

from fourfold.gateways import private
from fourfold.upkeep import archives
from fourfold.upkeep.folder import DRAFTS
from fourfold.upkeep.terms import OwnKeys

#: Of this machine alone, beside what timers last did.
NOTE = Path("runs", "own-keys.json")


@contextmanager
def sealed(backup: Path, own_keys: Path | None, readers: list[Any]) -> Iterator[list[Any]]:
    """Yield for whom a backup is written: with a folder of own keys, for its own alone. A backup that fails leaves no key."""
    if own_keys is None:
        yield readers
        return
    key = archives.own_key_of(backup, own_keys)
    readers = archives.own_key(key, readers)
    try:
        yield readers
    except BaseException:
        key.unlink(missing_ok=True)
        raise


def are_beside(own_keys: Path, backups: Path) -> bool:
    """Return whether whoever copies the backups copies their keys with them."""
    one, other = own_keys.resolve(), backups.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)


def is_backed_up(own_keys: Path) -> bool:
    """Return whether a backup, of the data or of the keys, would hold the keys of those before it."""
    one, data, keys = (path.resolve() for path in (own_keys, settings.FOURFOLD.data_dir, settings.FOURFOLD.keys_dir))
    if one.is_relative_to(keys):
        return True
    passes = one.is_relative_to(data) and any(part.startswith(DRAFTS) for part in one.relative_to(data).parts)
    return one.is_relative_to(data) and not passes  # of a drill, which takes it away


def note(data: Path, made: Path, own_keys: Path | None) -> None:
    """Note where a backup lies and whether it has a key of its own, beside those before it that still lie there."""
    to, (_, _, before) = made.parent.resolve(), _noted(data)
    names = [name for name in before if (to / name).exists()]
    _write(data, to, own_keys, [*names, made.name] if own_keys else names)


def forgotten(data: Path, keys: Sequence[str]) -> None:
    """Take from what is noted the backups whose keys somebody destroyed."""
    to, own_keys, names = _noted(data)
    if to is not None:
        _write(data, to, own_keys, [one for one in names if archives.own_key_of(Path(one), Path()).name not in keys])


def keys_of_noted(data: Path, own_keys: Path) -> list[Path]:
    """Return where the key of each backup lies that is noted as written whole, the first first."""
    return sorted(archives.own_key_of(Path(name), own_keys) for name in _noted(data)[2])


def how_they_stand(data: Path) -> OwnKeys | None:
    """Return how the folder of own keys stands; None where nothing is noted of it."""
    to, folder, names = _noted(data)
    if to is None or folder is None:
        return None if to is None else OwnKeys("")
    try:
        next(folder.iterdir(), None)
        keys = {archives.own_key_of(to / name, folder): name for name in names if os.access(to / name, os.F_OK)}
        return OwnKeys(
            str(folder),
            open_files=private.why_open([folder], []) or "",
            beside=str(to) if are_beside(folder, to) else "",
            lost=tuple(sorted(name for key, name in keys.items() if not key.exists())),
        )
    except (FileNotFoundError, NotADirectoryError):
        return OwnKeys(str(folder), missing=True)
    except PermissionError:
        return OwnKeys(str(folder), closed=True)


def _noted(data: Path) -> tuple[Path | None, Path | None, list[str]]:
    try:
        said = json.loads((data / NOTE).read_text(encoding="utf-8"))
        return Path(said["to"]), Path(said["own_keys"]) if said["own_keys"] else None, list(said["sealed"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, None, []


def _write(data: Path, to: Path, own_keys: Path | None, names: Sequence[str]) -> None:
    path = data / NOTE
    draft = private.made(path.parent) / f".{path.name}.{os.getpid()}"
    folder = str(own_keys.resolve()) if own_keys else None
    draft.write_text(json.dumps({"to": str(to), "own_keys": folder, "sealed": list(names)}), encoding="utf-8")
    draft.replace(path)
