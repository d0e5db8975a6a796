"""docs/how-to/leave.md, typed line by line: a force leaves with all data, and another system and another Fourfold have it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pyrage

from fourfold.upkeep import archives
from tests.tools.test_deploy import lines
from tests.upkeep.test_rotating import Installation, texts, world

__all__ = ["world"]
KEPT_AT = {
    "/srv/checkpoints-kept-elsewhere": "elsewhere",
    "/var/backups/fourfold-leaving": "leaving",
    "/var/backups/fourfold-keys": "safe",
    "/var/backups/fourfold": "shelf",
    "/var/backups/fourfold-own-keys": "own-keys",
    "/etc/fourfold/recipients/data.txt": "data.txt",
    "/etc/fourfold/recipients/keys.txt": "keys.txt",
}


def test_a_force_leaves_with_every_row_and_goes_on_elsewhere(world: Installation, tmp_path: Path) -> None:
    here, identity = world.copy(tmp_path / "here"), tmp_path / "identity"
    secret = pyrage.x25519.Identity.generate()
    identity.write_text(f"{secret}\n")
    for name in ("data.txt", "keys.txt"):
        (tmp_path / name).write_text(f"{secret.to_public()}\n")
    here.typed("audit", "checkpoint")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "last-month.jsonl").write_bytes(
        next(here.folder.glob("checkpoints/*.jsonl")).read_bytes()
    )

    typed = [shlex.split(line) for line in lines("leave")]
    assert typed.pop(1) == shlex.split("install -d -o fourfold -g fourfold -m 0700 /var/backups/fourfold-leaving")
    assert [words[:3] for words in typed] == [
        ["fourfold", "audit", "verify"],
        ["fourfold", "export", "/var/backups/fourfold-leaving"],
        ["fourfold", "backup", "data"],
        ["fourfold", "backup", "keys"],
    ]
    for program, *words in typed:
        assert program == "fourfold"
        here.typed(*(str(tmp_path / KEPT_AT[word]) if word in KEPT_AT else word for word in words))
    export, data, keys = (next((tmp_path / name).glob("*.age")) for name in ("leaving", "shelf", "safe"))

    # Another system: what the codebook counts is there, before the machine is cleared.
    archives.unpack(export, archives.identities(identity), opened := tmp_path / "opened")
    book = json.loads((opened / "codebook.json").read_text())
    found = {path.stem: len(path.read_text().splitlines()) for path in (opened / "tables").iterdir()}
    assert found == {name: table["rows"] for name, table in book.items()}
    assert found["people_safeaddress"] == 1
    assert b"9 Invented Mews" not in b"".join(path.read_bytes() for path in opened.rglob("*") if path.is_file())

    # Another Fourfold: everything that was sealed opens there, and the log holds against the checkpoint kept elsewhere.
    there = Installation(tmp_path / "there")
    there.folder.mkdir()
    for file in (keys, data):
        there.typed("restore", str(file), "--identity", str(identity), "--own-keys", str(tmp_path / "own-keys"))
    assert texts(there.read()) == texts(here.read())
    there.typed("audit", "verify", "--witness-dir", str(tmp_path / "elsewhere"))
