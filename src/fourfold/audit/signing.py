"""Signing the end of the log into a file outside the database, and saying in the log that it was done."""

import atexit
import json
import logging
import os
import threading
import time
from datetime import datetime
from pathlib import Path

from django.conf import settings

from fourfold.audit.checkpoints import Signed, last_of
from fourfold.audit.commitments import checkpoint_text, instant, keyring
from fourfold.audit.models import Entry
from fourfold.gateways import private
from fourfold.gateways.keyring import Keyring

EVERY_S = 1.0
EVERY_ENTRIES = 256

_written: dict[str, float] = {}
_waiting: dict[str, tuple[int, str, datetime, Keyring]] = {}
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
    return last.size


def said(size: int) -> None:
    """Note that an entry that is kept says so."""
    _said[str(settings.FOURFOLD.checkpoints)] = size


def write_if_due(seq: int, digest: str, at: datetime) -> None:
    """Sign this end of the log now where that is due, or within a second, with whatever comes after it meanwhile."""
    path = str(settings.FOURFOLD.checkpoints)
    if time.monotonic() - _written.get(path, 0.0) >= EVERY_S or seq % EVERY_ENTRIES == 0:
        write(seq, digest, at)
        return
    with _Later.lock:
        _waiting[path] = (seq, digest, at, keyring())
        if _Later.timer is None:
            _Later.timer = threading.Timer(EVERY_S, sign_what_waits)
            _Later.timer.daemon = True
            _Later.timer.start()


def write(size: int, digest: str, at: datetime) -> None:
    """Append the signed note to the file: whatever was waiting is part of it."""
    path = str(settings.FOURFOLD.checkpoints)
    with _Later.lock:
        _append(path, size, digest, at, keyring())
        if path in _waiting and _waiting[path][0] <= size:
            del _waiting[path]


def _append(path: str, size: int, digest: str, at: datetime, keys: Keyring) -> None:
    text = checkpoint_text(size, digest, instant(at))
    private.append(Path(path), json.dumps({"note": text, "signature": keys.sign(text.encode())}))
    _written[path] = time.monotonic()
    _last[path] = Signed(size, digest, instant(at))


class _Later:
    """The one timer of this process that signs what waits, and the lock under which it is set and the file written."""

    lock = threading.Lock()
    timer: threading.Timer | None = None


@atexit.register
def sign_what_waits() -> None:
    """Sign the end of each log that has none yet: a second after it was written, and where the process ends."""
    with _Later.lock:
        _Later.timer = None
        for path, (size, digest, at, keys) in list(_waiting.items()):
            try:
                _append(path, size, digest, at, keys)
                del _waiting[path]
            except OSError:
                logging.getLogger(__name__).warning("the last audit checkpoint could not be written")


def _begin_anew() -> None:
    """Let a forked process have its own timer: the parent signs what waits in it."""
    _Later.lock, _Later.timer = threading.Lock(), None
    _waiting.clear()


os.register_at_fork(after_in_child=_begin_anew)
