"""What only the operating system can give: Debian or Ubuntu packages, npm, Chromium, a free port."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from tools.progress import ROOT, StepFailed, run_step

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/usr/bin/chromium",
    "/snap/bin/chromium",
)
OLDEST_NPM = 10
KEPT = ROOT / "var"  # for packages that are no part of the environment
QUIET_APT = {"DEBIAN_FRONTEND": "noninteractive"}


def answer(command: Sequence[str | Path]) -> str | None:
    """Return what a command prints, or None when it cannot be run, fails or hangs for twenty seconds."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


@cache
def apt_get() -> list[str] | None:
    """Return the words that install packages without asking for a password, or None where we may not."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    return ["sudo", "-n", "apt-get"] if answer(["sudo", "-n", "true"]) is not None else None


def line_to_type(packages: Sequence[str]) -> str:
    """Return the exact line that an administrator of this machine types to install packages."""
    sudo = "" if os.geteuid() == 0 else "sudo "
    names = " ".join(packages)
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {names}"


def install(packages: Sequence[str], *, purpose: str) -> None:
    """Install system packages where we may; otherwise raise StepFailed with the line to type.

    One broken source among many makes `apt-get update` fail though the others answered, so that is no reason to stop.
    """
    words, line = apt_get(), line_to_type(packages)
    if words is None:
        raise StepFailed(f"{purpose} is missing, and this account may not install it. Type: {line}")
    patient = [*words, "-o", "DPkg::Lock::Timeout=120"]
    with suppress(StepFailed):
        run_step("Package lists of the system", [*patient, "update"], mend=line, env=QUIET_APT)
    run_step(
        f"{purpose} from the system's packages",
        [*patient, "install", "-y", "--no-install-recommends", *packages],
        mend=line,
        env=QUIET_APT,
    )


def from_lock(name: str, what: str) -> Path:
    """Return the folder in `var` that holds the packages of a lock, filling it where it is not there yet.

    They are no part of the environment, and go when the folder is deleted. Raises StepFailed where they cannot be had.
    """
    lock, python = ROOT / "requirements" / f"{name}.txt", ROOT / ".venv" / "bin" / "python"
    folder = KEPT / name / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    if folder.is_dir():
        return folder
    fresh = folder.with_suffix(".fresh")
    shutil.rmtree(folder.parent, ignore_errors=True)  # an older lock's, or one that was interrupted
    words: list[str | Path] = ["--target", fresh, "--require-hashes", "--no-deps", "-r", lock]
    uv = ROOT / ".venv" / "bin" / "uv"
    pip: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    ours: list[str | Path] = [uv, "pip", "install", "--python", python] if uv.exists() else pip
    run_step(what, [*ours, *words], mend="check the network, then run the same command again")
    fresh.rename(folder)
    return folder


def find_browser() -> str | None:
    """Return the path of a Chromium that really starts, or None."""
    for name in BROWSERS:
        path = shutil.which(name)
        if path and answer([path, "--version"]) is not None:
            return path
    return None


def require_browser() -> str:
    """Return the path of a Chromium, installing it where we may; raise StepFailed with the line to type."""
    packages = ["chromium", "fonts-liberation"]
    if (found := find_browser()) is not None:
        return found
    install(packages, purpose="Chromium")
    if (found := find_browser()) is not None:
        return found
    raise StepFailed(
        "Chromium was installed but does not start (on Ubuntu it may be a snap). Install Google Chrome, or type: "
        + line_to_type(packages)
    )


def find_npm() -> str | None:
    """Return the path of an npm that runs and is new enough, or None."""
    path = shutil.which("npm")
    version = answer([path, "--version"]) if path else None
    return path if version and int(version.split(".")[0]) >= OLDEST_NPM else None


def port_is_free(port: int) -> bool:
    """Tell whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
