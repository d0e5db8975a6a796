"""Run the site on the oldest Python that it is for: import every module of it, and play one allegation's whole way.

    .venv/bin/python -m tools.oldest

It is one of the checks. The environment of the others is made with the newest Python of a machine, where what an older one does not
have goes unseen; this one's is kept in var/oldest, with what the locked requirements/run.txt names.

Exit code 0: it runs there; 1: what does not, and why; 77: this machine has no such Python.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import setup, system
from tools.progress import ROOT, StepFailed, run_step

KEPT = ROOT / "var" / "oldest"
LOCK = setup.REQUIREMENTS / "run.txt"
NOT_RUN = 77
NAME = "python" + ".".join(map(str, setup.OLDEST))
IMPORT_ALL = """
import pkgutil, importlib, sys, django
django.setup()
import fourfold
wrong, modules = [], list(pkgutil.walk_packages(fourfold.__path__, "fourfold.", onerror=lambda name: None))
for name in [each.name for each in modules if not each.name.endswith("__main__")]:
    try:
        importlib.import_module(name)
    except Exception as error:
        wrong.append(f"{name}: {error!r}")
print(f"{len(modules)} modules on Python {sys.version.split()[0]}, {len(wrong)} that cannot be imported", *wrong, sep="\\n")
sys.exit(bool(wrong))
"""
JOURNEY = "from fourfold.cli.main import app; app()"


def interpreter() -> str | None:
    """Return the oldest Python that we are for where one of this machine really runs."""
    found = (shutil.which(name) for name in (NAME, f"/usr/bin/{NAME}", f"/usr/local/bin/{NAME}"))
    return next((one for one in found if one and (setup.version_of(one) or "").startswith(NAME[6:] + ".")), None)


def environment(python: str) -> Path:
    """Return the Python of an environment of its own that holds the locked packages, made where it is not there yet."""
    stamp = hashlib.sha256(LOCK.read_bytes() + python.encode()).hexdigest()[:16]
    folder = KEPT / stamp
    if not folder.is_dir():
        shutil.rmtree(KEPT, ignore_errors=True)
        fresh = folder.with_suffix(".fresh")
        uv: list[str | Path] = [setup.VENV / "bin" / "uv"]
        run_step(
            f"Environment with {NAME}", [*uv, "venv", "--python", python, fresh], mend=setup.NETWORK, env=setup.UV_ENV
        )
        install: list[str | Path] = [*uv, "pip", "install", "--python", fresh, "--require-hashes", "-r", LOCK]
        run_step(f"Packages for {NAME}", install, mend=setup.NETWORK, env=setup.UV_ENV)
        fresh.rename(folder)  # `python` in it is a link: it is found from its own place
    return folder / "bin" / "python"


def main() -> int:
    """Import and play; return the exit code."""
    if (found := interpreter()) is None:
        print(f"NOT RUN: this machine has no {NAME} ({system.line_to_type([NAME])}, where the system has it)")
        return NOT_RUN
    try:
        python = environment(found)
    except StepFailed as failure:
        print(failure)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        surroundings = os.environ | {
            "PYTHONPATH": str(ROOT / "src"),
            "DJANGO_SETTINGS_MODULE": "fourfold.config.settings",
            "FOURFOLD_DATA_DIR": folder,
            "DATABASE_URL": "",
        }
        for words in (["-c", IMPORT_ALL], ["-c", JOURNEY, "journey"]):
            if subprocess.run([python, *words], env=surroundings, cwd=ROOT, check=False).returncode:
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
