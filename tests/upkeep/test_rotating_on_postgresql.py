"""What test_rotating does to an installation of SQLite, done to one of PostgreSQL: the same tests, of a database each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection

from fourfold.config.environment import Environment
from tests.upkeep.test_rotating import (
    WORLD,
    Installation,
    test_a_backup_of_before_comes_back_with_the_keys_of_before_and_with_those_of_now,
    test_everything_sealed_is_sealed_anew_and_opens_with_the_new_key_alone,
    test_killed_anywhere_it_goes_on,
    test_nobody_works_meanwhile,
    test_whoever_has_the_old_key_writes_no_entry_after_its_change,
)

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]  # the second makes the tables that are copied
__all__ = [
    "test_a_backup_of_before_comes_back_with_the_keys_of_before_and_with_those_of_now",
    "test_everything_sealed_is_sealed_anew_and_opens_with_the_new_key_alone",
    "test_killed_anywhere_it_goes_on",
    "test_nobody_works_meanwhile",
    "test_whoever_has_the_old_key_writes_no_entry_after_its_change",
]


class Server:
    """The server of this round, and the databases that were made on it."""

    def __init__(self, setting: dict[str, Any]) -> None:
        self.setting, self.made, self.numbers = setting, list[str](), itertools.count()

    def address(self, name: str) -> str:
        of = self.setting
        return f"postgresql://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{name}"

    def ask(self, sql: str, name: str = "postgres") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.address(name), autocommit=True) as asked:
            done = asked.execute(sql)
            return done.fetchall() if done.description else []

    def database(self, like: str = "template0") -> str:
        name = f"{self.setting['NAME']}_rotating_{next(self.numbers)}"
        self.ask(f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
        self.made.append(name)
        return name


class OnPostgres(Installation):
    """An installation whose database is one of the server's."""

    def __init__(self, folder: Path, server: Server, name: str) -> None:
        super().__init__(folder)
        self.server, self.name = server, name
        self.env["DATABASE_URL"] = server.address(name)

    def copy(self, folder: Path) -> Installation:
        super().copy(folder)
        there = OnPostgres(folder, self.server, self.server.database(self.name))
        ours, theirs = (Environment.model_validate(each.env).checkpoints.name for each in (self, there))
        (folder / "checkpoints" / ours).rename(folder / "checkpoints" / theirs)  # they are named by their database
        return there

    def empty(self, folder: Path) -> Installation:
        folder.mkdir()
        return OnPostgres(folder, self.server, self.server.database())

    def has_tables(self) -> bool:
        return self.server.ask("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1", self.name) == [(1,)]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    server = Server(dict(connection.settings_dict))
    with django_db_blocker.unblock():
        connection.close()  # nobody may be connected to what is copied
    made = OnPostgres(tmp_path_factory.mktemp("rotating") / "here", server, server.database(server.setting["NAME"]))
    made.folder.mkdir()
    try:
        done = made.run(WORLD)
        assert done.returncode == 0, done.stderr
        made.typed("audit", "verify")
        yield made
    finally:
        for name in server.made:
            server.ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_new_password_and_a_pooler_between_leave_the_log_its_checkpoints(world: Installation, tmp_path: Path) -> None:
    """As docs/how-to/rotate-keys.md says of the database; a release of before named the file by the whole address."""
    assert isinstance(world, OnPostgres)
    here, server = world.copy(tmp_path / "here"), world.server
    assert isinstance(here, OnPostgres)
    (ours,) = (here.folder / "checkpoints").iterdir()
    told = {"data_dir": here.folder, "DATABASE_URL": here.env["DATABASE_URL"]}
    before = Environment.model_validate(told).places_of_checkpoints()[1]
    ours.rename(before)
    here.typed("audit", "verify")
    here.run("from fourfold.cli.console import migrate; migrate()")  # the first start of this release
    assert not before.exists()
    server.ask(f"CREATE ROLE {here.name} LOGIN SUPERUSER PASSWORD 'another lantern'")
    try:
        setting = server.setting | {"USER": here.name, "PASSWORD": "another%20lantern"}
        here.env["DATABASE_URL"] = Server(setting).address(here.name)
        assert "holds" in here.typed("audit", "verify")
    finally:
        server.ask(f"DROP ROLE {here.name}")
