"""Signing the end of the log into a file outside the database, and saying in the log that it was done."""

from __future__ import annotations

import atexit
import json
import logging
import time
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from fourfold.audit.checkpoints import Signed, last_of
from fourfold.audit.commitments import checkpoint_text, instant, keyring
from fourfold.audit.models import Entry
from fourfold.gateways import private

EVERY_S = 1.0
EVERY_ENTRIES = 256

_written: dict[str, float] = {}
_waiting: dict[str, tuple[int, str, datetime]] = {}
_last: dict[str, Signed | None] = {}
_said: dict[str, int] = {}


def newly_signed() -> int | None:
    """Return the size of the last checkpoint of this log, where no entry of this process has said yet that it was signed.

    Whoever cuts or deletes the file is found by what the entries say.
    """
    path = str(settings.FOURFOLD.checkpoints)
    if path not in _last:
        _last[path] = last_of(Path(path))
    last = _last[path]
    if last is None or _said.get(path) == last.size or not Entry.objects.filter(seq=last.size, hash=last.hash).exists():
        return None
    transaction.on_commit(lambda: _said.update({path: last.size}))
    return last.size


def write_if_due(seq: int, digest: str, at: datetime) -> None:
    """Sign this end of the log, or let it wait for the next one that is due."""
    path = str(settings.FOURFOLD.checkpoints)
    due = time.monotonic() - _written.get(path, 0.0) >= EVERY_S
    if due or seq % EVERY_ENTRIES == 0:
        write(seq, digest, at)
        _waiting.pop(path, None)
    else:
        _waiting[path] = (seq, digest, at)


def write(size: int, digest: str, at: datetime) -> None:
    """Append the signed note to the file."""
    path = Path(settings.FOURFOLD.checkpoints)
    text = checkpoint_text(size, digest, instant(at))
    private.append(path, json.dumps({"note": text, "signature": keyring().sign(text.encode())}))
    _written[str(path)] = time.monotonic()
    _last[str(path)] = Signed(size, digest, instant(at))


@atexit.register
def _sign_what_is_left() -> None:
    for size, digest, at in list(_waiting.values()):
        try:
            write(size, digest, at)
        except OSError:
            logging.getLogger(__name__).warning("the last audit checkpoint could not be written")
