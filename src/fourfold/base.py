"""What every table shares: a random identifier, and who holds the row on which legal basis."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

_dice: ContextVar[random.Random | None] = ContextVar("dice", default=None)


def new_id() -> uuid.UUID:
    """Return a fresh random identifier; inside `seeded`, a repeatable one."""
    dice = _dice.get()
    return uuid.uuid4() if dice is None else uuid.UUID(int=dice.getrandbits(128), version=4)


def new_reference(prefix: str, length: int = 5) -> str:
    """Return a reference that can be read aloud: no I, L, O or U, and no order to guess the next from."""
    dice = _dice.get() or random.SystemRandom()
    return f"{prefix}-" + "".join(dice.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=length))


@contextmanager
def seeded(seed: int) -> Iterator[random.Random]:
    """Make every identifier below repeatable from `seed`; for invented programmes and tests only."""
    token = _dice.set(random.Random(seed))  # noqa: S311 -- repeatable on purpose
    try:
        yield _dice.get()  # type: ignore[misc]
    finally:
        _dice.reset(token)


class Row(models.Model):
    """A row with a random identifier, so that no address or count betrays another row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class Held(Row):
    """A row about people: who controls it, on which basis, where it came from, who wrote it and when.

    `basis` is a code of `access.terms.BASES`, which gives the regime (UK GDPR or Part 3), the purpose and
    the legal ground: none of them can be guessed afterwards, so none may be empty.
    """

    controller = models.CharField(max_length=40)
    basis = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField()

    class Meta:
        abstract = True


class FirstTables(migrations.Migration):
    """An app's initial migration: how its tables look is worked out once for all of them, not again after each.

    Django's own way doubles the time to a new database.
    """

    initial = True

    def apply(
        self, project_state: ProjectState, schema_editor: BaseDatabaseSchemaEditor, collect_sql: bool = False
    ) -> ProjectState:
        project_state.__dict__.pop("apps", None)  # else every new table renders all those to which it points again
        before = project_state.clone()
        for operation in self.operations:
            operation.state_forwards(self.app_label, project_state)
        for operation in self.operations:
            operation.database_forwards(self.app_label, schema_editor, before, project_state)
        return project_state
