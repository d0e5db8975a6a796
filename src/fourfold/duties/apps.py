from collections import deque
from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.models import IndexOperation
from django.db.models.signals import post_migrate


class DutiesConfig(AppConfig):
    name = "fourfold.duties"
    label = "duties"

    def ready(self) -> None:
        """Have what waits kept with each write, and worked out anew where a release has changed tables."""
        from fourfold import base

        base.before_a_write.add(_begin)
        post_migrate.connect(_after_migrations, sender=self)


def _begin() -> None:  # not as the program starts: it loads half the house, which a command that reads does without
    from fourfold.duties import services as duties

    duties.begin()


def _after_migrations(*, plan: Any = (), using: str, **_: object) -> None:
    """Work out every row anew where what it says may have changed, once all tables are as this release has them."""
    from fourfold.duties import services as duties

    executor = MigrationExecutor(connections[using])
    if any(_may_change(each) for each, _ in plan) and not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        deque(
            duties.checked(mend=True), maxlen=0
        )  # of a country each row is another: none is held once it was put right


def _may_change(migration: Migration) -> bool:
    """Return whether something may wait since a migration that did not: no index brings that, nor one that says so itself."""
    says = getattr(migration, "changes_duties", True)
    return says and not all(isinstance(each, IndexOperation) for each in migration.operations)
