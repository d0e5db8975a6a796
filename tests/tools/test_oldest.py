"""The oldest Python is looked for where it really runs, and what cannot be imported there fails the check by name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import oldest


def program(folder: Path, says: str) -> None:
    """Put a python3.11 on a folder of its own that prints a version, as a shim does that may also fail."""
    path = folder / oldest.NAME
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("says", "found"), [("echo 3.11.9", True), ("echo 3.12.1", False), ("exit 127", False)])
def test_a_python_that_does_not_run_or_is_another_is_not_taken(
    says: str, found: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path, says)
    monkeypatch.setattr(oldest.shutil, "which", lambda name: str(tmp_path / Path(name).name))
    assert (oldest.interpreter() is not None) is found


def test_a_machine_without_it_says_so_and_does_not_count_as_passed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(oldest.shutil, "which", lambda name: None)
    assert oldest.main() == oldest.NOT_RUN
    assert "NOT RUN: this machine has no python3.11" in capsys.readouterr().out


def test_a_module_that_cannot_be_imported_is_named(tmp_path: Path) -> None:
    package = tmp_path / "fourfold"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "newer.py").write_text("def of(keys: {}[0]) -> None: ...\n")  # as array[int] is on Python 3.11
    words = [
        sys.executable,
        "-c",
        oldest.IMPORT_ALL.replace("import fourfold", f"sys.path[0:0] = [{str(tmp_path)!r}]; import fourfold").replace(
            "django.setup()", ""
        ),
    ]
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, env={"PATH": "", "PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 1
    assert "fourfold.newer: KeyError(0)" in done.stdout
