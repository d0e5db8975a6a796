"""What an administrator reads who restores with the wrong key, out of order or of a newer release: nothing is brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyrage
import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.cli.main import app
from fourfold.upkeep import archives, queries, services
from fourfold.upkeep.terms import CannotKeep
from tests.upkeep.test_backups import Place, place

__all__ = ["place"]
pytestmark = pytest.mark.django_db


def typed(place: Place, file: Path, identity: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["restore", str(file), "--identity", str(identity)])
    return done.exit_code, " ".join(done.output.split())


def elsewhere(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand at an empty machine."""
    monkeypatch.setattr(settings, "FOURFOLD", place.at(place.folder / "there"))


def test_the_wrong_key_brings_nothing_back_and_is_called_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    data = place.keep(services.back_up_data, "shelf")
    other = place.folder / "another"
    other.write_text(f"{pyrage.x25519.Identity.generate()}\n")
    elsewhere(place, monkeypatch)
    code, said = typed(place, data, other)
    assert (code, "it was made for other recipients" in said) == (2, True), said
    assert place.is_untouched()


def test_a_backup_of_a_newer_release_brings_nothing_back_and_says_which_to_install(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, data = place.keep(services.back_up_keys, "safe"), place.keep(services.back_up_data, "shelf")
    elsewhere(place, monkeypatch)
    code, said = typed(place, data, place.identity)
    assert (code, "Restore the backup of the keys first" in said) == (2, True), said
    assert typed(place, keys, place.identity) == (0, "The keys are back. Now restore the backup of the data.")
    older: Any = sorted(queries.shipped_migrations())[:-1]  # this machine has a release that does not know the last one
    monkeypatch.setattr(queries, "shipped_migrations", lambda: older)
    before = sorted(path for path in (place.folder / "there").rglob("*") if path.is_file())
    code, said = typed(place, data, place.identity)
    assert (code, "made by a newer release" in said) == (2, True), said
    assert "Install release" in said
    assert before == sorted(path for path in (place.folder / "there").rglob("*") if path.is_file())


def test_a_key_or_a_folder_of_roots_is_called_so_with_what_to_type(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`fourfold` runs as the account of the service, which reads nothing in /root and makes nothing in /var/backups."""
    data = place.keep(services.back_up_data, "shelf")

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as theirs:
        theirs.setattr(archives.private, "made", refuses)
        with pytest.raises(CannotKeep, match="install -d -o fourfold -g fourfold -m 0700 /var/backups/leaving"):
            archives.write(Path("/var/backups/leaving/x.age"), None, (), ())  # type: ignore[arg-type]
    elsewhere(place, monkeypatch)
    monkeypatch.setattr(Path, "read_text", refuses)
    code, said = typed(place, data, place.identity)
    assert (code, "may not be read by the account of the service" in said) == (2, True), said
    assert "install -o fourfold -m 0400" in said
