"""Spark's check says plainly what is missing; it is played with here, and run for real by the check itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import checks, spark, system
from tools.progress import StepFailed


def java(folder: Path, says: str) -> Path:
    """Write a program that answers as a Java of some version does, on the error stream."""
    path = folder / "bin" / "java"
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('openjdk version "17.0.21" 2026-10-20', 17),
        ('openjdk version "21" 2023-09-19', 21),
        ('java version "1.8.0_392"', 1),
        ("The operation could not be completed.", None),
    ],
)
def test_the_version_of_a_java_is_read_from_what_it_says(tmp_path: Path, says: str, version: int | None) -> None:
    assert spark.java_version(java(tmp_path, says)) == version


def test_an_old_java_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = java(tmp_path / "old", 'version "11.0.2"'), java(tmp_path / "new", 'version "17.0.1"')
    monkeypatch.setenv("JAVA_HOME", str(old.parent.parent))
    monkeypatch.setenv("PATH", str(new.parent))
    assert spark.find_java() == new


def test_a_machine_without_java_fails_with_the_line_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_java", lambda: None)
    monkeypatch.setattr(system, "install", lambda packages, purpose: None)
    with pytest.raises(StepFailed, match=r"Spark needs Java 17 or later.*default-jre-headless"):
        spark.require_java()
    check = checks.Check("on Spark", ["true"], "", checks.on_spark)
    assert not checks.run(check).passed


def test_pyspark_that_cannot_be_had_leaves_nothing_half_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(what: str, command: list[object], *, mend: str) -> None:
        raise StepFailed(f"{what} failed. To mend it: {mend}")

    monkeypatch.setattr(system, "KEPT", tmp_path)
    monkeypatch.setattr(system, "run_step", fails)
    with pytest.raises(StepFailed, match="half a gigabyte"):
        spark.require_pyspark()
    assert not (tmp_path / "spark").exists()


def test_pyspark_that_is_there_is_not_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[Path] = []

    def fetch(what: str, command: list[object], *, mend: str) -> None:
        folder = Path(str(command[command.index("--target") + 1]))
        folder.mkdir(parents=True)
        fetched.append(folder)

    monkeypatch.setattr(system, "KEPT", tmp_path)
    monkeypatch.setattr(system, "run_step", fetch)
    assert spark.require_pyspark() == spark.require_pyspark()
    assert len(fetched) == 1


def test_a_session_without_pyspark_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from fourfold.gateways.spark import NoSpark, session

    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(NoSpark, match="group `spark`"):
        session()
