"""The welcome in a narrow terminal: whoever reads it must be able to sign in from it."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from fourfold.cli import server
from fourfold.demo import roster
from tests.cast import NOW


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_address_and_the_password_can_be_read_whole(monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    terminal = Console(file=io.StringIO(), width=width)
    monkeypatch.setattr(server, "console", terminal)
    server.welcome(8000, at=NOW)
    said = terminal.file.getvalue()  # type: ignore[attr-defined]
    for one in roster.sign_ins():
        assert one.email in said
        assert one.password in said
    assert "http://127.0.0.1:8000/" in said
    assert "…" not in said
