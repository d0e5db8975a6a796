"""The key of each backup: where it lies, when it goes, and what is said where it is not there."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from typer.testing import CliRunner

from fourfold.access import services as access
from fourfold.cli.main import app
from fourfold.upkeep import archives, own, services
from fourfold.upkeep.rules import ALWAYS_KEPT
from fourfold.upkeep.terms import CannotKeep, CannotRestore, OwnKeys
from tests.cast import NOW
from tests.upkeep.test_backups import Place, place

__all__ = ["place"]
pytestmark = pytest.mark.django_db
#: The key of a backup that was made afterwards.
LATER = "fourfold-29990101T000000Z.data.key.age"


def typed(*words: Any) -> tuple[int, str]:
    done = CliRunner().invoke(app, [str(word) for word in words])
    return done.exit_code, " ".join(done.output.split())


def made_later(keys: Path) -> None:
    (keys / LATER).touch()
    own.note(settings.FOURFOLD.data_dir, keys.parent / "shelf" / LATER.replace(".key", ""), keys)


@pytest.fixture
def kept(place: Place) -> tuple[Place, Path, Path]:
    """A backup that was made as each night, and the folder with its key."""
    shelf, keys = place.folder / "shelf", place.folder / "own-keys"
    code, said = typed("backup", "data", shelf, "--recipients", place.recipients, "--own-keys", keys)
    assert code == 0, said
    return place, next(shelf.glob("*.data.age")), keys


def test_a_restore_finds_the_key_in_the_folder_and_is_refused_once_it_is_destroyed(
    kept: tuple[Place, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, backup, keys = kept
    (elsewhere := place.folder / "carried-off").mkdir()
    copy = Path(shutil.copy(backup, elsewhere))
    safe = place.keep(services.back_up_keys, "safe")
    made_later(keys)
    code, said = typed("backup", "forget", keys, "--before", f"{NOW + timedelta(days=9_999):%Y-%m-%d}")
    assert (code, "Destroyed: " in said, "Kept: " in said) == (0, True, False), said
    monkeypatch.setattr(settings, "FOURFOLD", place.at(place.folder / "there"))
    opens = ("--identity", place.identity, "--own-keys", keys)
    assert typed("restore", safe, *opens) == (0, "The keys are back. Now restore the backup of the data.")
    for file in (backup, copy):
        code, said = typed("restore", file, *opens)
        assert (code, "that was destroyed or lies elsewhere" in said) == (2, True), said
        code, said = typed("restore", file, *opens[:2])
        assert (code, "where that key was destroyed, nobody opens any copy of this backup" in said) == (2, True), said
    assert not (place.folder / "there" / "fourfold.sqlite3").exists()


def test_the_key_of_a_backup_is_found_by_its_name_alone(tmp_path: Path) -> None:
    backup = tmp_path / "fourfold-20261129T023000Z.data.age"
    assert archives.own_key_of(backup, tmp_path).name == "fourfold-20261129T023000Z.data.key.age"
    assert archives.found_key(tmp_path / "fourfold-20261129T023000Z.keys.age", tmp_path) is None
    with pytest.raises(CannotRestore, match="leave --own-keys out"):
        archives.found_key(backup, tmp_path)
    archives.own_key_of(backup, tmp_path).touch()
    assert archives.found_key(backup, tmp_path) == archives.own_key_of(backup, tmp_path)


def test_a_backup_that_fails_leaves_no_key_and_no_key_goes_before_its_backup(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty nights on a full disk left forty keys of nothing, and these were the latest seven: those of the files went."""
    shelf, keys = place.folder / "shelf", place.folder / "own-keys"
    shelf.mkdir()
    keys.mkdir()
    for days in (*range(40, 40 + ALWAYS_KEPT), 60):
        (backup := shelf / f"fourfold-{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}.data.age").touch()
        archives.own_key_of(backup, keys).touch()
    for days in range(36, 36 + ALWAYS_KEPT):  # of nights that failed
        (keys / f"fourfold-{NOW - timedelta(days=days, hours=1):%Y%m%dT%H%M%SZ}.data.key.age").touch()
    who = access.first_administrator(at=NOW)
    gone = services.drop_older(actor=who, to=shelf, days=35, at=NOW, own_keys=keys)
    assert f"fourfold-{NOW - timedelta(days=60):%Y%m%dT%H%M%SZ}.data.key.age" in gone
    assert len(list(shelf.iterdir())) == ALWAYS_KEPT
    assert [file.name for file in shelf.iterdir() if not archives.own_key_of(file, keys).exists()] == []

    before = set(keys.iterdir())
    monkeypatch.setattr(archives, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    code, said = typed("backup", "data", shelf, "--recipients", place.recipients, "--own-keys", keys)
    assert (code, "The disk is full" in said) == (2, True), said
    assert set(keys.iterdir()) == before
    monkeypatch.setattr(
        archives.pyrage, "encrypt", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    code, said = typed("backup", "data", shelf, "--recipients", place.recipients, "--own-keys", keys)
    assert (code, "The disk is full" in said) == (2, True), said
    assert set(keys.iterdir()) == before, "nor half of one"


def test_a_folder_in_which_no_key_can_be_put_ends_the_backup_in_words(place: Place) -> None:
    (place.folder / "a-file").touch()
    code, said = typed("backup", "data", place.folder / "shelf", "--recipients", place.recipients, "--own-keys", place.folder / "a-file" / "keys")  # fmt: skip
    assert (code, "cannot be put into" in said, "install -d -o fourfold" in said, "Errno" in said) == (2, True, True, False), said  # fmt: skip
    assert not list(place.folder.glob("shelf/*.age"))
    for beside in ("shelf", "shelf/keys", "."):
        with pytest.raises(CannotKeep, match="lies with the backups"):
            services.back_up_data(actor=access.first_administrator(at=NOW), to=place.folder / "shelf", recipients=place.recipients, at=NOW, own_keys=place.folder / beside)  # fmt: skip


def stands(place: Place) -> OwnKeys | None:
    return own.how_they_stand(place.settings.data_dir)


def test_the_doctor_sees_how_the_folder_of_own_keys_stands(
    kept: tuple[Place, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, backup, keys = kept
    sound = OwnKeys(str(keys))
    assert stands(place) == sound
    keys.chmod(0o750)
    assert "Others on this machine may open" in (stands(place) or sound).open_files
    keys.chmod(0o700)

    def closed(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    with monkeypatch.context() as of_roots:
        of_roots.setattr(Path, "iterdir", closed)
        assert stands(place) == OwnKeys(str(keys), closed=True)
    shutil.move(keys, away := place.folder / "moved")
    assert stands(place) == OwnKeys(str(keys), missing=True)
    keys.mkdir(mode=0o700)
    assert stands(place) == OwnKeys(str(keys), lost=(backup.name,)), "a folder that was emptied"
    keys.rmdir()
    shutil.copytree(away, backup.parent / "keys")
    keys.symlink_to(backup.parent / "keys")
    assert (stands(place) or sound).beside == str(backup.parent)
    keys.unlink()
    shutil.move(away, keys)
    assert stands(place) == sound
    made_later(keys)
    typed("backup", "forget", keys, "--before", "2999-01-01")
    assert stands(place) == sound, "whoever destroyed them need not be told that they are gone"


def test_a_backup_without_a_key_of_its_own_is_noted_so(kept: tuple[Place, Path, Path]) -> None:
    place, backup, _ = kept
    assert typed("backup", "data", backup.parent, "--recipients", place.recipients)[0] == 0
    assert stands(place) == OwnKeys("")
    (place.settings.data_dir / own.NOTE).write_text("[")
    assert stands(place) is None


def test_a_drill_by_itself_and_one_from_the_shelf_open_what_the_night_makes(
    kept: tuple[Place, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, backup, keys = kept
    safe = place.keep(services.back_up_keys, "safe")
    seen: list[tuple[str, ...]] = []

    def types(env: dict[str, str], *words: str) -> Any:
        import subprocess

        if "--own-keys" in words:
            folder = Path(words[words.index("--own-keys") + 1])
            assert archives.own_key_of(Path(words[1]), folder).exists()
        seen.append(words)
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr("fourfold.cli.drill._typed", types)
    assert typed("backup", "drill")[0] == 0
    shelf = ("--data", backup, "--keys", safe, "--identity", place.identity)
    assert typed("backup", "drill", *shelf, "--own-keys", keys)[0] == 0
    assert typed("backup", "drill", *shelf, "--key", archives.own_key_of(backup, keys))[0] == 0
    assert [set(words) & {"--own-keys", "--key"} for words in seen] == [set(), {"--own-keys"}] * 2 + [set(), {"--key"}]
    code, said = typed("backup", "drill", "--own-keys", keys)
    assert (code, "of a backup from the shelf" in said) == (2, True), said


def test_a_file_that_is_not_there_is_called_so_without_a_number(place: Place) -> None:
    nowhere = place.folder / "nowhere"
    for words in (
        ("backup", "data", place.folder / "shelf", "--recipients", nowhere),
        ("restore", place.folder / "x.data.age", "--identity", nowhere),
        ("restore", place.folder / "x.data.age", "--identity", place.identity, "--key", nowhere),
        ("restore", place.folder / "x.data.age", "--identity", place.folder),
    ):
        code, said = typed(*words)
        assert (code, "Errno" in said) == (2, False), said
        assert str(words[-1]) in said, said


@pytest.mark.parametrize("made", range(1, ALWAYS_KEPT + 1))
def test_of_few_backups_none_goes_whatever_the_clock_says(place: Place, made: int) -> None:
    """Of six, five went at once where a clock jumped or a machine had stood still for weeks, and their keys with them."""
    shelf, keys = place.folder / "shelf", place.folder / "own-keys"
    shelf.mkdir()
    keys.mkdir()
    for days in range(made):
        (backup := shelf / f"fourfold-{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}.data.age").touch()
        archives.own_key_of(backup, keys).touch()
    who = access.first_administrator(at=NOW)
    assert services.drop_older(actor=who, to=shelf, days=35, at=NOW + timedelta(days=99), own_keys=keys) == []
    assert (len(list(shelf.iterdir())), len(list(keys.iterdir()))) == (made, made)


def test_the_key_of_the_latest_backup_is_destroyed_by_no_slip_of_the_pen(kept: tuple[Place, Path, Path]) -> None:
    """A year too many, and nobody opened any backup any more."""
    _, backup, keys = kept
    (before := keys / "fourfold-20260101T000000Z.data.key.age").touch()
    alone = archives.own_key_of(backup, keys)
    code, said = typed("backup", "forget", keys, "--before", "2999-01-01")
    assert (code, f"Destroyed: {before.name}" in said, f"Kept: {alone.name}" in said) == (0, True, True), said
    assert list(keys.iterdir()) == [alone]


def test_the_key_of_a_night_that_was_killed_is_not_taken_for_that_of_the_latest_backup(
    kept: tuple[Place, Path, Path],
) -> None:
    """It was the newest in the folder, of no backup, and the only one that opened anything was destroyed in its place."""
    _, backup, keys = kept
    (before := keys / "fourfold-20260101T000000Z.data.key.age").touch()
    (nothing := keys / LATER).touch()
    alone = archives.own_key_of(backup, keys)
    code, said = typed("backup", "forget", keys, "--before", "3000-01-01")
    assert (code, f"Destroyed: {before.name}" in said, f"Kept: {alone.name}" in said) == (0, True, True), said
    assert sorted(keys.iterdir()) == sorted([alone, nothing])


@pytest.mark.parametrize("inside", ["own-keys", "keys/own-keys"])
def test_no_backup_copies_the_keys_of_those_before_it(place: Place, inside: str) -> None:
    """In the folder of the data each backup held the key of the one before, and in that of the keys their backup held all."""
    words = ("--recipients", place.recipients, "--own-keys", place.here / inside)
    code, said = typed("backup", "data", place.folder / "shelf", *words)
    assert (code, "or what they copy" in said) == (2, True), said
    assert not list(place.folder.rglob("*.key.age"))
