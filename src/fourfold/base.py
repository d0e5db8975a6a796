"""What every table shares: a random identifier, and who holds the row on which legal basis."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields
from functools import lru_cache
from typing import Any, TypeVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

Filled = TypeVar("Filled", bound=models.Model)

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


def filled(model: type[Filled], value: Any, *but: str, **columns: object) -> Filled:
    """Return an unsaved row that is filled from a dataclass by name; `columns` add to it and go before it.

    A reference is filled by the identifier (`case` fills `case_id`); nobody (None) stands as "" in a text that is never
    NULL. Each field of the value must have a column or be named in `but`, so that none is left behind in silence: raises
    TypeError naming those that have none.
    """
    filled_by_name = _columns(model, type(value), but)  # type: ignore[arg-type]  # a class is hashable
    return model(**{name: _stored(getattr(value, said), text) for said, name, text in filled_by_name} | columns)


def _stored(value: object, is_text: bool) -> object:
    return "" if value is None and is_text else value


@lru_cache(maxsize=512)
def _columns(model: type[models.Model], value: Any, but: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """Return for each field of a value the column that it fills, and whether that is a text that is never NULL."""
    known = {name: field for field in model._meta.concrete_fields for name in (field.name, field.attname)}
    wanted = [field.name for field in fields(value) if field.name not in but]
    if unknown := [name for name in wanted if name not in known]:
        raise TypeError(f"{model.__name__} has no column for {', '.join(unknown)} of {value.__name__}")
    texts = (models.CharField, models.TextField)
    return tuple(
        (name, known[name].attname, isinstance(known[name], texts) and not known[name].null) for name in wanted
    )


def create_in_order(rows: Iterable[models.Model], *tables: type[models.Model]) -> None:
    """Insert rows of several tables, one table after the other, 500 at a time."""
    kept = list(rows)
    for table in tables:
        table._default_manager.bulk_create([row for row in kept if isinstance(row, table)], batch_size=500)
