"""The notebook of the how-to runs from top to bottom, alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "how-to" / "evaluate.ipynb"


def test_every_cell_runs_and_the_planted_effect_is_inside_its_interval(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    told = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    known: dict[str, Any] = {}
    for cell in told["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []  # nothing that was computed once is kept for readers to believe
            exec("".join(cell["source"]), known)
    said = capsys.readouterr().out
    assert "planted 0.50" in said
    assert "Shown to day" in said
