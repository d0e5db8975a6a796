"""The keys of this installation, kept beside the database and never in it.

One file of mode 0600 holds the root keys, numbered by their epochs: the last one seals, proves and signs from the entry
of the log on that stands beside it (ADR 40). The first one stays for the digests of rows, which stand in the log for ever.
"""

from __future__ import annotations

import base64
import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fourfold.gateways import private

FIRST = 1
#: By folder, the handle by which this process says that it works with the keys in it.
_held: dict[Path, int] = {}


class CannotOpen(Exception):
    """The ciphertext was moved, altered, or made with a key that this installation no longer has."""


class InUse(Exception):
    """Another process works with these keys, and would go on with those that it has read."""


@dataclass(frozen=True)
class Begun:
    """From which entry of the log on a later root key counts, since when, and whether all that is sealed is sealed with it."""

    entry: int
    at: datetime
    whole: bool = False


@dataclass(frozen=True)
class Keyring:
    """Named 32-byte secrets, `root.<epoch>`; and for each root key but the first since when it counts."""

    secrets: dict[str, bytes]
    begun: dict[int, Begun] = field(default_factory=dict)

    @property
    def epoch(self) -> int:
        return max(self.begun, default=FIRST)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is sealed any more with an earlier root key: what is said to be was put there by somebody else."""
        return all(begun.whole for begun in self.begun.values())

    def epoch_of(self, entry: int) -> int:
        """Return with which root key an entry of the log is proved."""
        return max((epoch for epoch, begun in self.begun.items() if begun.entry <= entry), default=FIRST)

    def epoch_at(self, at: datetime) -> int:
        return max((epoch for epoch, begun in self.begun.items() if begun.at <= at), default=FIRST)

    def derived(self, name: str, epoch: int | None = None) -> bytes:
        """Return the 32-byte key called `name`, derived from a root key: the last one where none is said."""
        return _derived(self.secrets[f"root.{epoch or self.epoch}"], name)

    def commitment(self, compartment: str, value: bytes, epoch: int = FIRST) -> str:
        """Return a salted digest of `value` which proves later that it was this one, and tells nothing.

        What nobody else may be able to make, such as a token, names the epoch.
        """
        return hmac.digest(self.salt(compartment, epoch), value, "sha256").hex()

    def salt(self, compartment: str, epoch: int = FIRST) -> bytes:
        """Return the secret with which the commitments of a compartment are made."""
        return self.derived(f"salt/{compartment}", epoch)

    def seal(self, text: str, *, place: str) -> str:
        """Encrypt `text` for exactly one `place` (table, row and field): AES-256-GCM, `key id:nonce+tag`."""
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self.derived("seal")).encrypt(nonce, text.encode(), place.encode())
        return f"{self.mark}{base64.b64encode(nonce + sealed).decode()}"

    @property
    def mark(self) -> str:
        """How everything begins that is sealed with the last root key."""
        return f"seal.{self.epoch}:"

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt what `seal` made for the same place, or raise CannotOpen; so for an earlier root key where none should be."""
        name, _, body = sealed.partition(":")
        try:
            if self.is_whole and not sealed.startswith(self.mark):
                raise ValueError(name)
            raw = base64.b64decode(body, validate=True)
            key = self.derived("seal", int(name.removeprefix("seal.")))
            return AESGCM(key).decrypt(raw[:12], raw[12:], place.encode()).decode()
        except (InvalidTag, ValueError, KeyError) as fault:
            raise CannotOpen(f"what was sealed for {place} cannot be opened") from fault

    def sign(self, message: bytes) -> str:
        """Sign a checkpoint with this installation's Ed25519 key."""
        return base64.b64encode(self._signer().sign(message)).decode()

    def signed(self, size: int, message: bytes, signature: str) -> bool:
        """Return whether we signed a checkpoint of a log of this size: with the root key of its last entry, or a later one."""
        epochs = range(self.epoch, self.epoch_of(size) - 1, -1)
        return any(signature_holds(self.public_key(epoch), message, signature) for epoch in epochs)

    def public_key(self, epoch: int | None = None) -> str:
        """Return the raw public key in base64, to be handed to whoever verifies the log."""
        return base64.b64encode(self._signer(epoch).public_key().public_bytes_raw()).decode()

    def _signer(self, epoch: int | None = None) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derived("sign", epoch))


@lru_cache(maxsize=512)
def _derived(root: bytes, name: str) -> bytes:
    return hmac.digest(root, name.encode(), "sha256")


def signature_holds(public_key: str, message: bytes, signature: str) -> bool:
    """Return whether `signature` over `message` was made by the holder of `public_key`."""
    from cryptography.exceptions import InvalidSignature

    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key))
        key.verify(base64.b64decode(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


@cache
def open_keyring(folder: Path) -> Keyring:
    """Read the keyring in `folder`, making one with fresh secrets where there is none; wait while its root key is changed."""
    path = folder / "keyring.json"
    if not path.exists():
        private.made(folder)
        _write_once(path, json.dumps({f"root.{FIRST}": secrets.token_hex(32)}))
    if folder not in _held:
        _held[folder] = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(_held[folder], fcntl.LOCK_SH)
    stored = json.loads(path.read_text())
    begun = {
        int(epoch): Begun(entry, datetime.fromisoformat(at), whole)
        for epoch, entry, at, whole in stored.pop("begun", ())
    }
    return Keyring({name: bytes.fromhex(value) for name, value in stored.items()}, begun)


def hold_alone(folder: Path) -> None:
    """Let nobody else work with these keys until this process ends; raise InUse where somebody does."""
    open_keyring(folder)
    try:
        fcntl.flock(_held[folder], fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as why:
        raise InUse(str(folder)) from why


def begin_epoch(folder: Path, *, entry: int, at: datetime) -> Keyring:
    """Make a new root key that counts from an entry of the log on."""
    keys = open_keyring(folder)
    fresh = {f"root.{keys.epoch + 1}": secrets.token_bytes(32)}
    return _written(folder, Keyring(keys.secrets | fresh, keys.begun | {keys.epoch + 1: Begun(entry, at)}))


def end_epoch(folder: Path) -> Keyring:
    """Note that nothing is sealed with an earlier root key any more."""
    keys = open_keyring(folder)
    return _written(
        folder, replace(keys, begun={epoch: replace(begun, whole=True) for epoch, begun in keys.begun.items()})
    )


def set_back(folder: Path, *, epoch: int, entry: int, was: Mapping[str, int]) -> Keyring:
    """Let the root keys after one of them count from this entry on: a database came back that was written with that one. Those
    up to it count from where they did in that database, as it `was` kept: another may have come back in between.
    """
    keys = open_keyring(folder)
    begun = {
        each: replace(one, entry=entry if each > epoch else was.get(str(each), one.entry), whole=False)
        for each, one in keys.begun.items()
    }
    return _written(folder, replace(keys, begun=begun)) if begun else keys


def _written(folder: Path, keys: Keyring) -> Keyring:
    """Keep a keyring in the place of the one before, whole or not at all."""
    begun = [(epoch, one.entry, one.at.isoformat(), one.whole) for epoch, one in keys.begun.items()]
    said = {name: value.hex() for name, value in keys.secrets.items()} | {"begun": begun}
    path = folder / "keyring.json"
    _put(path.with_suffix(f".{os.getpid()}"), json.dumps(said)).replace(path)
    os.fsync(_held[folder])
    open_keyring.cache_clear()
    return open_keyring(folder)


def _write_once(path: Path, text: str) -> None:
    """Write `path` whole, or leave what another process has just written there."""
    draft = _put(path.with_suffix(f".{os.getpid()}"), text)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _put(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)  # of somebody with our number who was killed
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return path
