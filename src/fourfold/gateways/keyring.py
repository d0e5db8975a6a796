"""The keys of this installation, kept beside the database and never in it.

One file of mode 0600 holds named secrets. Every ciphertext and commitment names the key it was made with,
so that stage two can give each compartment and agency its own keys by re-wrapping, without a migration.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fourfold.gateways import private

EPOCH = "1"


class CannotOpen(Exception):
    """The ciphertext was moved, altered, or made with a key that this installation no longer has."""


@dataclass(frozen=True)
class Keyring:
    """Named 32-byte secrets; `key_id` is `<name>.<epoch>`."""

    secrets: dict[str, bytes]

    def derived(self, name: str) -> bytes:
        """Return the 32-byte key called `name`, derived from the root secret of its epoch."""
        return _derived(self.secrets[f"root.{EPOCH}"], name)

    def commitment(self, compartment: str, value: bytes) -> str:
        """Return a salted digest of `value` which proves later that it was this one, and tells nothing."""
        return hmac.digest(self.salt(compartment), value, "sha256").hex()

    def salt(self, compartment: str) -> bytes:
        """Return the secret with which the commitments of a compartment are made."""
        return self.derived(f"salt/{compartment}")

    def seal(self, text: str, *, place: str) -> str:
        """Encrypt `text` for exactly one `place` (table, row and field): AES-256-GCM, `key id:nonce+tag`."""
        nonce = secrets.token_bytes(12)
        sealed = AESGCM(self.derived("seal")).encrypt(nonce, text.encode(), place.encode())
        return f"seal.{EPOCH}:" + base64.b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """Decrypt what `seal` made for the same place, or raise CannotOpen."""
        _, _, body = sealed.partition(":")
        try:
            raw = base64.b64decode(body, validate=True)
            return AESGCM(self.derived("seal")).decrypt(raw[:12], raw[12:], place.encode()).decode()
        except (InvalidTag, ValueError) as fault:
            raise CannotOpen(f"what was sealed for {place} cannot be opened") from fault

    def sign(self, message: bytes) -> str:
        """Sign a checkpoint with this installation's Ed25519 key."""
        return base64.b64encode(self._signer().sign(message)).decode()

    def public_key(self) -> str:
        """Return the raw public key in base64, to be handed to whoever verifies the log."""
        return base64.b64encode(self._signer().public_key().public_bytes_raw()).decode()

    def _signer(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.derived("sign"))


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
    """Read the keyring in `folder`, making one with fresh secrets where there is none."""
    path = folder / "keyring.json"
    if not path.exists():
        private.made(folder)
        _write_once(path, json.dumps({f"root.{EPOCH}": secrets.token_hex(32)}))
    stored = json.loads(path.read_text())
    return Keyring({name: bytes.fromhex(value) for name, value in stored.items()})


def _write_once(path: Path, text: str) -> None:
    """Write `path` whole, or leave what another process has just written there."""
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
