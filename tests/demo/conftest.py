"""The invented programme, loaded once for each file that asks for it, and taken away again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from fourfold.audit import rules as audit_rules
from fourfold.demo import load
from tests.cast import NOW

SMALL = 0.15


@dataclass(frozen=True)
class Loaded:
    """What the loading left behind outside the database: its folder, and every digest that went into a sealed root."""

    folder: Path
    sealed: frozenset[str]


_open = ExitStack()
_standing: list[Loaded] = []


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Loaded:
    """Load a small programme, a dozen seconds of work, once for all files of this folder that follow each other."""
    if not _standing:
        folder = tmp_path_factory.mktemp("programme")
        own = settings.FOURFOLD.model_copy(update={"data_dir": folder, "shared_keys": settings.FOURFOLD.keys_dir})
        _open.enter_context(django_db_blocker.unblock())  # type: ignore[attr-defined]
        _open.enter_context(transaction.atomic())
        _open.callback(transaction.set_rollback, True)
        _open.callback(_standing.clear)
        with override_settings(FOURFOLD=own), _roots_watched() as sealed:
            load.load(at=NOW, size=SMALL)
        _standing.append(Loaded(folder, frozenset(sealed)))
    return _standing[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring the files that load it together, and to the front: from the end another process would take half of them."""
    files = {item.path for item in items if "loaded" in getattr(item, "fixturenames", ())}
    items.sort(key=lambda item: item.path not in files)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """Take the programme away before a test of a file that does not load it."""
    if nextitem is None or not any("loaded" in item.fixturenames for item in _of_file(nextitem)):
        _open.close()


def _of_file(item: pytest.Item) -> list[pytest.Function]:
    return [each for each in item.session.items if each.path == item.path and isinstance(each, pytest.Function)]


@pytest.fixture(autouse=True)
def _in_its_folder(request: pytest.FixtureRequest, _own_folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test of the loaded programme look into the folder in which it was loaded."""
    if "loaded" in request.fixturenames:
        folder = request.getfixturevalue("loaded").folder
        monkeypatch.setattr(settings, "FOURFOLD", settings.FOURFOLD.model_copy(update={"data_dir": folder}))


class _roots_watched:  # noqa: N801 -- reads as what it does
    """Gather every digest from which a root is made."""

    def __enter__(self) -> list[str]:
        self.patch, sealed = pytest.MonkeyPatch(), []  # type: ignore[var-annotated]
        true_root = audit_rules.root

        def root(lines: Iterator[str]) -> str:
            batch = list(lines)
            sealed.extend(line.rpartition(":")[2] for line in batch)
            return true_root(batch)

        self.patch.setattr(audit_rules, "root", root)
        return sealed

    def __exit__(self, *_: object) -> None:
        self.patch.undo()
