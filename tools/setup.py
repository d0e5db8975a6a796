"""Build all that `make run` and `make test` need, from nothing or from whatever stands already.

    python3 -m tools.setup run [--serve]    packages to run, front-end files; then the server
    python3 -m tools.setup dev              packages to develop as well
    python3 -m tools.setup test             and the system's Chromium for the browser journeys

Standard library only: it runs before any package is there. A stamp in the environment says what was installed,
so a second run changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import system
from tools.progress import LOG, ROOT, StepFailed, run_step

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "fourfold-installed.json"
REQUIREMENTS = ROOT / "requirements"
UV_ENV = {"UV_PYTHON_DOWNLOADS": "never", "UV_HTTP_TIMEOUT": "180", "UV_LINK_MODE": "copy"}
NETWORK = "check the network (or the package index that pip is told to use), then run the same command again"
OLDEST, NEWEST = (3, 11), (3, 13)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which locked files the environment must hold, as names in requirements/."""

    files: tuple[str, ...]

    @property
    def paths(self) -> list[Path]:
        """The locked files."""
        return [REQUIREMENTS / f"{name}.txt" for name in self.files]

    @property
    def digest(self) -> str:
        """A stamp of the locked files and of how this project is built; it changes when either does."""
        parts = [path.read_bytes() for path in self.paths]
        return hashlib.sha256(b"\0".join([*parts, project_facts(ROOT / "pyproject.toml")])).hexdigest()


def project_facts(pyproject: Path) -> bytes:
    """Return what of pyproject.toml matters to an installation: how checks are set does not."""
    facts = tomllib.loads(pyproject.read_text(encoding="utf-8"))
    chosen = [facts.get("project"), facts.get("build-system"), facts.get("tool", {}).get("setuptools")]
    return json.dumps(chosen, sort_keys=True).encode()


def why_no_environment(version: str | None, made_for: str | None) -> str | None:
    """Return why the environment must be built anew, or None.

    `version` is what its Python printed, if it ran; `made_for` is the folder that its programs name, if known.
    """
    if version is None:
        return "there is none that runs"
    number = tuple(int(part) for part in version.split(".")[:2])
    if not OLDEST <= number <= NEWEST:
        return f"its Python is {version}"
    return f"it was made for {made_for}" if made_for not in (None, str(ROOT)) else None


def version_of(python: Path | str) -> str | None:
    """Return the version of an interpreter as "3.13.5", or None when it does not run."""
    return system.answer([python, "-c", "import platform; print(platform.python_version())"])


def make_environment() -> None:
    """Make .venv with this interpreter, unless a working one stands; install Debian's venv module if need be."""
    if why_no_environment(version_of(PYTHON), noted(STAMP).get("root")) is None:
        return
    require_venv_module(sys.executable)
    shutil.rmtree(VENV, ignore_errors=True)
    run_step(
        f"Environment .venv with Python {sys.version.split()[0]}",
        [sys.executable, "-m", "venv", VENV],
        mend=system.line_to_type([venv_package()]),
    )


def require_venv_module(python: str) -> None:
    """Make sure that an interpreter can make environments, or raise StepFailed with the line to type."""
    if system.answer([python, "-c", "import ensurepip, venv"]) is None:
        system.install([venv_package()], purpose="Python's venv module")


def venv_package() -> str:
    """Return the Debian package that lets this interpreter make environments."""
    return f"python{sys.version_info.major}.{sys.version_info.minor}-venv"


def noted(stamp: Path) -> dict[str, str]:
    """Return what the stamp says of the environment; nothing when it cannot be read."""
    try:
        facts = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def install_packages(wishes: Sequence[Wish]) -> None:
    """Install the first wish, unless the environment holds one of them already, and note what it holds.

    The later wishes are larger sets that will do as well: `make run` after `make test` takes nothing away.
    """
    if noted(STAMP).get("digest") in {wish.digest for wish in wishes}:
        return
    STAMP.unlink(missing_ok=True)
    wish = wishes[0]
    if have_uv():
        sync_with_uv(wish)
    else:
        sync_with_pip(wish)
    facts = {"files": " ".join(wish.files), "digest": wish.digest, "root": str(ROOT)}
    STAMP.write_text(json.dumps(facts) + "\n")


def have_uv() -> bool:
    """Put the locked uv into the environment; return False where it cannot be had (pip is slower, and does)."""
    uv = VENV / "bin" / "uv"
    if system.answer([uv, "--version"]) is not None:
        return True
    try:
        run_step("uv, the quick installer", [*pip_install(), "-r", REQUIREMENTS / "uv.txt"], mend=NETWORK)
    except StepFailed:
        print(f"           going on with pip alone; {LOG} says why", flush=True)
        return False
    return system.answer([uv, "--version"]) is not None


def pip_install() -> list[str | Path]:
    """Return the words that install what a hash stands for."""
    return [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes"]


def sync_with_uv(wish: Wish) -> None:
    """Make the environment hold exactly the locked files, then this project itself."""
    uv: list[str | Path] = [VENV / "bin" / "uv", "pip"]
    run_step(
        f"Packages: {title(wish)}",
        [*uv, "sync", "--python", PYTHON, "--require-hashes", *wish.paths, REQUIREMENTS / "uv.txt"],
        mend=NETWORK,
        env=UV_ENV,
    )
    run_step(
        "Fourfold itself",
        [*uv, "install", "--python", PYTHON, "--no-deps", "--editable", ROOT],
        mend=NETWORK,
        env=UV_ENV,
    )


def sync_with_pip(wish: Wish) -> None:
    """Install the locked files and this project with pip alone."""
    files: list[str | Path] = [word for path in wish.paths for word in ("-r", path)]
    run_step(f"Packages: {title(wish)} (pip)", [*pip_install(), *files], mend=NETWORK)
    ourselves: list[str | Path] = [PYTHON, "-m", "pip", "install", "--no-deps", "--editable", ROOT]
    run_step("Fourfold itself (pip)", ourselves, mend=NETWORK)


def title(wish: Wish) -> str:
    """Return the locked files' names as a reader sees them."""
    return " and ".join(f"requirements/{name}.txt" for name in wish.files)


def wishes_for(goal: str, *, npm: str | None) -> list[Wish]:
    """Return the sets of packages that serve a goal, the smallest first; without npm they bring it along."""
    node = () if npm else ("node",)
    sets = ["run", "dev"] if goal == "run" else ["dev"]
    return [Wish((name, *node)) for name in sets]


def bring_frontend(npm: str | None) -> None:
    """Fetch the design systems' files with npm and lay them where the site serves them."""
    run_step(
        "Front-end files",
        [PYTHON, ROOT / "tools" / "frontend.py"],
        mend=NETWORK,
        env={"FOURFOLD_NPM": npm or str(VENV / "bin" / "npm")},
    )


def set_up(goal: str) -> None:
    """Make everything that a goal ("run", "dev" or "test") needs, or raise StepFailed."""
    make_environment()
    npm = system.find_npm()
    install_packages(wishes_for(goal, npm=npm))
    run_step("Fourfold, compiled", [PYTHON, "-m", "compileall", "-q", "-j", "0", "src"], mend="Type: make run")
    bring_frontend(npm)
    if goal == "test" and system.find_browser() is None:
        try:
            system.require_browser()
        except StepFailed as failure:  # the browser journeys will say so again, and fail
            print(f"           {failure}", flush=True)


def wanted_port() -> int:
    """Return the port that PORT names (8000 unless it does), or raise StepFailed."""
    text = os.environ.get("PORT", "8000")
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise StepFailed(f"PORT must be a number from 1 to 65535, not {text!r}. Type: PORT=8001 make run")
    return int(text)


def require_free_port(port: int) -> None:
    """Raise StepFailed when something already listens on the port, with the line that chooses another."""
    if not system.port_is_free(port):
        other = port + 1 if port < 65535 else port - 1
        raise StepFailed(
            f"Port {port} of 127.0.0.1 is taken, perhaps by an earlier `make run`. "
            f"Stop that one, or choose another port: PORT={other} make run"
        )


def serve(port: int) -> None:
    """Become the server: it migrates, loads the invented programme if there is none, and says where to look."""
    require_free_port(port)
    sys.stdout.flush()
    program = str(VENV / "bin" / "fourfold")
    os.execv(program, [program, "serve", "--port", str(port)])


def main() -> int:
    """Run from the command line; return the exit code."""
    parser = argparse.ArgumentParser(description="Set up Fourfold.")
    parser.add_argument("goal", choices=["run", "dev", "test"])
    parser.add_argument("--serve", action="store_true", help="serve the site when all is there")
    options = parser.parse_args()
    try:
        port = wanted_port()
        if options.serve:
            require_free_port(port)
        set_up(options.goal)
        if options.serve:
            serve(port)
    except StepFailed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
