"""One file that holds much: a tar, encrypted to recipients in the age format as it is written, and read back as it comes.

No part of it lies in clear on the way: the tar passes through a pipe. `age --decrypt` and `tar` open it too, without Fourfold.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pyrage

from fourfold.gateways import private
from fourfold.upkeep.terms import CannotKeep, CannotRestore, Manifest

MANIFEST = "manifest.json"
PIECE = 1 << 20
Entry = tuple[str, Path | bytes]


def recipients(path: Path) -> list[Any]:
    """Read the recipients of a file, one in a line as age-keygen prints it, or raise CannotKeep."""
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as why:
        raise CannotKeep(f"The file of recipients {path} cannot be read: {_in_words(why)}. {HOW_KEYS}") from why
    found = []
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("#"):
            continue
        try:
            found.append(pyrage.x25519.Recipient.from_str(line))
        except pyrage.RecipientError as why:
            raise CannotKeep(f"Line {number} of {path} is no recipient: it begins with age1. {HOW_KEYS}") from why
    if not found:
        raise CannotKeep(f"{path} names no recipient: nobody could open the backup. {HOW_KEYS}")
    return found


HOW_KEYS = "Make one with: age-keygen -o KEY, and put the line that it prints as the public key into this file."


KEY = "key."


def own_key_of(backup: Path, folder: Path) -> Path:
    """Return where in a folder the key of one backup alone lies."""
    return folder / f"{backup.name.removesuffix('age')}{KEY}age"


def _in_words(why: Exception) -> str:
    """Return what the system says of a file, without its number."""
    if isinstance(why, FileNotFoundError):
        return "it is not there"
    return getattr(why, "strerror", None) or str(why)


HOW_LENT = (
    "Lend it, and remove it afterwards: install -o fourfold -m 0400 {path} /run/identity, then --identity /run/identity"
)


def identities(path: Path) -> list[Any]:
    """Read the secret keys of a file, as age-keygen wrote it, or raise CannotRestore."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
        found = [pyrage.x25519.Identity.from_str(key) for key in keys]
    except PermissionError as why:
        raise CannotRestore(
            f"{path} may not be read by the account of the service. {HOW_LENT.format(path=path)}"
        ) from why
    except FileNotFoundError as why:
        raise CannotRestore(f"The file of secret keys {path} is not there. Nothing was changed.") from why
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as why:
        raise CannotRestore(f"{path} is no file of secret keys as age-keygen writes it ({_in_words(why)}).") from why
    if not found:
        raise CannotRestore(f"{path} holds no secret key: a line that begins with AGE-SECRET-KEY-1.")
    return found


def own_key(path: Path, to: Sequence[Any]) -> list[Any]:
    """Make the key of one backup alone, and keep it in a file for these recipients; return for whom the backup is written."""
    own = pyrage.x25519.Identity.generate()
    try:
        private.made(path.parent)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private.FILE), "wb") as file:
            file.write(pyrage.encrypt(str(own).encode(), list(to)))
            file.flush()
            os.fsync(file.fileno())
    except OSError as why:
        if why.errno == errno.ENOSPC:
            path.unlink(missing_ok=True)  # half of one
            raise
        raise CannotKeep(
            f"The key of this backup cannot be put into {path.parent}: {_in_words(why)}. Nothing was written. Type: "
            f"install -d -o fourfold -g fourfold -m 0700 {path.parent} (in containers it is a volume: deploy/compose.yaml)"
        ) from why
    return [own.to_public()]


def found_key(backup: Path, folder: Path) -> Path | None:
    """Return the key of a backup in a folder; None of a file that has none, such as the backup of the keys. Raises CannotRestore."""
    if not backup.name.endswith(".data.age"):
        return None
    if not (key := own_key_of(backup, folder)).exists():
        raise CannotRestore(
            f"{folder} holds no {key.name}. If this backup had a key of its own, that was destroyed or lies elsewhere, and without it "
            "nobody opens any copy. If it is from before there were such keys, leave --own-keys out. Nothing was changed."
        )
    return key


def opened_key(path: Path, keys: Sequence[Any], desk: Path) -> Path:
    """Open the key of one backup onto a desk, and return where it lies; raise CannotRestore."""
    try:
        secret = pyrage.decrypt(path.read_bytes(), list(keys))
    except OSError as why:
        raise CannotRestore(
            f"{path} cannot be read: {_in_words(why)}. Without the key of its own nobody opens that backup."
        ) from why
    except pyrage.DecryptError as why:
        raise CannotRestore(_why_closed(path, str(why))) from why
    own = desk / "own"
    own.touch(mode=private.FILE)
    own.write_bytes(secret)
    return own


def write(path: Path, manifest: Manifest, entries: Iterable[Entry], to: Sequence[Any]) -> None:
    """Write a file whole or not at all: the manifest first, then each entry."""
    try:
        private.made(path.parent)
    except PermissionError as why:
        raise CannotKeep(
            f"The account of the service may make no folder {path.parent}. "
            f"Type: install -d -o fourfold -g fourfold -m 0700 {path.parent}"
        ) from why
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    _sweep(path.parent)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, private.FILE), "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with _piped(lambda end: _pack(end, manifest, entries)) as clear:
                pyrage.encrypt_io(clear, file, list(to))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what somebody who was killed left half written; whoever writes holds theirs."""
    for left in folder.glob(".fourfold-*.age.*"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _pack(end: IO[bytes], manifest: Manifest, entries: Iterable[Entry]) -> None:
    with tarfile.open(fileobj=end, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for name, content in ((MANIFEST, manifest.as_json().encode()), *entries):
            info = tarfile.TarInfo(name)
            info.mode = private.FILE
            if isinstance(content, bytes):
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
            else:
                with content.open("rb") as file:
                    info.size = os.fstat(file.fileno()).st_size
                    tar.addfile(info, file)


def unpack(path: Path, keys: Sequence[Any], into: Path) -> Manifest:
    """Decrypt a file into a new folder and return its manifest, every digest compared; raise CannotRestore."""

    def decrypts(end: IO[bytes]) -> None:
        with path.open("rb") as file:
            pyrage.decrypt_io(file, end, list(keys))

    private.made(into)
    try:
        with _piped(decrypts) as clear, tarfile.open(fileobj=clear, mode="r|") as tar:
            _take_out(tar, into)
            while clear.read(PIECE):  # to its very end: what was cut off is found there
                pass
        manifest = Manifest.read((into / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as why:
        raise CannotRestore(f"{path} is not there, or holds no manifest: it is no backup of Fourfold.") from why
    except pyrage.DecryptError as why:
        raise CannotRestore(_why_closed(path, str(why))) from why
    except OSError as why:
        if why.errno is not None:  # the disk's own word; a damaged piece has no number
            raise
        raise CannotRestore(_why_closed(path, str(why))) from why
    except (tarfile.TarError, ValueError, KeyError, TypeError) as why:
        raise CannotRestore(f"{path} is damaged or no backup of Fourfold ({why}). Take another copy.") from why
    for name, digest in manifest.files.items():
        if not (into / name).is_file() or sha256(into / name) != digest:
            raise CannotRestore(f"{path} is damaged: {name} in it is not what was put there. Take another copy.")
    return manifest


def _why_closed(path: Path, said: str) -> str:
    if "No matching keys" in said or "no identity" in said.casefold():
        return (
            f"None of these secret keys opens {path}: it was made for other recipients. Nothing was changed. "
            "Take the key whose public key stood in the file of recipients on the day of the backup; where the backup has a key of "
            "its own, name that file too (--key FILE), or the folder in which it lies (--own-keys FOLDER): where that key was destroyed, "
            "nobody opens any copy of this backup."
        )
    return f"{path} cannot be decrypted ({said}): it is damaged, cut short or no age file. Take another copy."


def _take_out(tar: tarfile.TarFile, into: Path) -> None:
    for member in tar:
        if not member.isreg():
            raise tarfile.TarError(f"{member.name} is no file")
        tar.extract(member, into, filter="data")
        (into / member.name).chmod(private.FILE)


def sha256(path: Path) -> str:
    """Return the digest of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _piped(writes: Callable[[IO[bytes]], None]) -> Iterator[IO[bytes]]:
    """Yield what another thread writes meanwhile; what it fails of is raised here, before whatever followed from it."""
    reading, writing = os.pipe()
    failed: list[BaseException] = []

    def work() -> None:
        try:
            with os.fdopen(writing, "wb") as end:
                writes(end)
        except BrokenPipeError:
            pass  # whoever read has gone, and says why
        except BaseException as fault:  # noqa: BLE001 -- raised again where somebody waits for it
            failed.append(fault)

    thread = threading.Thread(target=work)
    thread.start()
    with os.fdopen(reading, "rb") as end:
        try:
            yield end
        except Exception:
            if not failed:
                end.close()
            thread.join()
            if failed:
                raise failed[0] from None
            raise
    thread.join()
    if failed:
        raise failed[0]
