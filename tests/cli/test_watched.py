"""A folder into which a force puts its exports: each is read once it is whole, and answered with a receipt."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fourfold import journey
from fourfold.cli.main import app
from fourfold.intake.models import Allegation, ImportRun
from fourfold.intake.rules.feeds.writing import toml_of
from tests.cast import Cast
from tests.intake.feeds import SMALL, row, text_of

pytestmark = pytest.mark.django_db


def test_a_folder_is_read_file_by_file_and_answers_each(cast: Cast, tmp_path: Path) -> None:
    """Half a file waits for its checksum; a whole one is imported and removed; one that is no feed stays, with why."""
    folder, mapping = tmp_path / "feed", tmp_path / "small.toml"
    folder.mkdir()
    mapping.write_text(toml_of(SMALL))

    def put(name: str, text: str, checksum: str | None = None) -> None:
        (folder / name).write_text(text)
        said = checksum or hashlib.sha256(text.encode()).hexdigest()
        (folder / f"{name}.sha256").write_text(f"{said}  {name}\n")

    put("a.csv", text_of([row("1"), row("2", Told="31/02/2026")]))
    put("b.csv", text_of([row("3")]), checksum="0" * 64)
    put("c.csv", "neither,of,these\n1,2,3\n")
    (folder / "d.csv").write_text("Ref,To")  # still on its way

    keys = tmp_path / "keys"
    keys.write_text("secret")
    (folder / "b.csv.receipt.json.half").symlink_to(keys)  # whoever may write into the folder tries for other files
    (folder / "keys.csv").symlink_to(keys)
    (folder / "keys.csv.sha256").write_text("0")
    os.mkfifo(folder / "e.csv.sha256")
    (folder / "e.csv").write_text("1")

    ran = CliRunner().invoke(app, ["feeds", str(folder), "--mapping", str(mapping), "--site", "northmoor"])
    assert ran.exit_code == 1, ran.output
    receipts = {path.name[0]: json.loads(path.read_text()) for path in folder.glob("*.receipt.json")}
    assert receipts.keys() == {"a", "b", "c"}
    assert keys.read_text() == "secret"
    assert (receipts["a"]["read"], receipts["a"]["accepted"], receipts["a"]["quarantined"]) == (2, 1, 1)
    assert receipts["a"]["defaulted"] == []
    assert "not whole yet" in receipts["b"]["refused"]
    assert "column" in receipts["c"]["refused"]
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.receipt.json")} == {0o640}, "the sender reads it too"
    left = {path.name for path in folder.iterdir() if path.suffix == ".csv"}
    assert left == {"b.csv", "c.csv", "d.csv", "e.csv", "keys.csv"}
    assert ImportRun.objects.get().file_name == "a.csv"
    assert Allegation.objects.unscoped("a test").count() == 1


def test_what_comes_meanwhile_under_the_same_name_is_another_file(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not removed with the one that was read, and what is read is what the receipt's checksum says."""
    mapping, path = tmp_path / "small.toml", tmp_path / "a.csv"
    mapping.write_text(toml_of(SMALL))

    def put(*rows: tuple[str, ...]) -> None:
        path.write_text(text_of(rows))
        (tmp_path / "a.csv.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())

    brought = journey.feed_brought

    def slowly(**asked: Any) -> Any:
        put(row("2"))
        return brought(**asked)

    monkeypatch.setattr(journey, "feed_brought", slowly)
    put(row("1"))
    words = ["feeds", str(tmp_path), "--mapping", str(mapping), "--site", "northmoor"]
    assert CliRunner().invoke(app, words).exit_code == 0
    assert path.exists()
    monkeypatch.setattr(journey, "feed_brought", brought)
    assert CliRunner().invoke(app, words).exit_code == 0
    assert {one.reference for one in Allegation.objects.unscoped("a test")} == {"1", "2"}


def test_a_receipt_names_every_code_that_the_default_takes(cast: Cast, tmp_path: Path) -> None:
    mapping, path = tmp_path / "small.toml", tmp_path / "a.csv"
    mapping.write_text(toml_of({**SMALL, "class": {**SMALL["class"], "default": "99"}}))
    path.write_text(text_of([row("1", Class="X1"), row("2", Class="X1"), row("3", Class="X2")]))
    (tmp_path / "a.csv.sha256").write_text(hashlib.sha256(path.read_bytes()).hexdigest())
    words = ["feeds", str(tmp_path), "--mapping", str(mapping), "--site", "northmoor"]
    assert CliRunner().invoke(app, words).exit_code == 0
    (lost,) = json.loads((tmp_path / "a.csv.receipt.json").read_text())["defaulted"]
    assert (lost["column"], lost["rows"], lost["values"]) == ("Class", 3, {"X1": 2, "X2": 1})
    words = ["import", str(tmp_path / "b.csv"), "--mapping", str(mapping), "--site", "northmoor", "--later"]
    (tmp_path / "b.csv").write_text(text_of([row("4", Class="X9")]))
    said = CliRunner().invoke(app, words).output
    assert "1 in “Class”: code that nobody mapped, counted as the default class (first in row 2)" in said
    assert "X9 (1)" in said
