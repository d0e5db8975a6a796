"""Spark for the length of one check: Java from the system's packages, pyspark from its lock, in a folder of its own.

    .venv/bin/python -m tools.spark .venv/bin/python -m pytest -m spark

pyspark is half a gigabyte and serves whoever computes on a cluster, so it is no part of the environment: it lies in
`var/spark`, and goes when that folder is deleted. A machine that runs Fourfold on a cluster installs the group `spark`
of pyproject.toml instead, which is the same lock.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools import system
from tools.progress import ROOT, StepFailed

OLDEST_JAVA = 17
JAVA_PACKAGE = "default-jre-headless"
PYTHON = ROOT / ".venv" / "bin" / "python"


def surroundings() -> Mapping[str, str]:
    """Return the environment in which `import pyspark` works and its workers find our Python; or raise StepFailed."""
    java, packages = require_java(), require_pyspark()
    paths = [str(packages), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        "JAVA_HOME": str(java.resolve().parent.parent),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYSPARK_PYTHON": str(PYTHON),  # else the workers take whatever python3 stands first on PATH
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def java_version(java: str | Path) -> int | None:
    """Return the major version of a Java that really starts, or None."""
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(found[1]) if found and done.returncode == 0 else None


def find_java() -> Path | None:
    """Return a Java that Spark runs on, JAVA_HOME's first; or None."""
    home = os.environ.get("JAVA_HOME")
    for java in (Path(home) / "bin" / "java" if home else None, shutil.which("java"), "/usr/bin/java"):
        if java and (java_version(java) or 0) >= OLDEST_JAVA:
            return Path(java)
    return None


def require_java() -> Path:
    """Return a Java of version 17 or later, installing it where we may; raise StepFailed with the line to type."""
    if (found := find_java()) is None:
        system.install([JAVA_PACKAGE], purpose=f"Java {OLDEST_JAVA} or later")
        found = find_java()
    if found is None:
        line = system.line_to_type([JAVA_PACKAGE])
        raise StepFailed(f"Spark needs Java {OLDEST_JAVA} or later, and none starts here. Type: {line}")
    return found


def require_pyspark() -> Path:
    """Return the folder that holds the locked pyspark, filling it where it is not there yet; or raise StepFailed."""
    return system.from_lock("spark", "pyspark, half a gigabyte")


def main() -> int:
    """Run the command that follows with Spark at hand; return its exit code."""
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    try:
        return subprocess.run(sys.argv[1:], env={**os.environ, **surroundings()}, check=False).returncode
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
