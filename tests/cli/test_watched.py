"""A folder into which a force puts its exports: each is read once it is whole, and answered with a receipt."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.intake.models import Allegation
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

    ran = CliRunner().invoke(app, ["feeds", str(folder), "--mapping", str(mapping), "--site", "northmoor"])
    assert ran.exit_code == 1, ran.output
    receipts = {path.name[0]: json.loads(path.read_text()) for path in folder.glob("*.receipt.json")}
    assert receipts.keys() == {"a", "b", "c"}
    assert (receipts["a"]["read"], receipts["a"]["accepted"], receipts["a"]["quarantined"]) == (2, 1, 1)
    assert "not whole yet" in receipts["b"]["refused"]
    assert "column" in receipts["c"]["refused"]
    left = {path.name for path in folder.iterdir() if path.suffix == ".csv"}
    assert left == {"b.csv", "c.csv", "d.csv"}
    assert Allegation.objects.unscoped("a test").count() == 1
