"""What every table shares: a random identifier, who holds the row on which legal basis, and what the log seals of it.

**How a row comes under the log's seal.** Inside `audit.recorded`, whatever a service saves, updates, makes in bulk or
deletes of a `Row` is noted here, and the entry seals it: nobody has to remember to, and a row that no entry made is a
finding. A table whose rows are worked out from others, or gone after a while, says `SEALING = Sealing.NEVER`.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from enum import Enum
from functools import cache, lru_cache, partial
from typing import Any, ClassVar, TypeVar

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from fourfold.inserted import Inserted
from fourfold.words import Sentence, Word, packed, unpacked

Filled = TypeVar("Filled", bound=models.Model)
Answer = TypeVar("Answer")

_dice: ContextVar[random.Random | None] = ContextVar("dice", default=None)


def new_id() -> uuid.UUID:
    """Return a fresh random identifier; inside `seeded`, a repeatable one."""
    dice = _dice.get()
    return uuid.uuid4() if dice is None else uuid.UUID(int=dice.getrandbits(128), version=4)


def new_reference(prefix: str, length: int = 7) -> str:
    """Return a reference that can be read aloud: no I, L, O or U, and no order to guess the next from.

    Seven letters: of a hundred thousand cases the next one meets a taken reference three times in a million. With five it
    was three in a thousand, each of them an opening that failed.
    """
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


class Sealing(Enum):
    """How far the log vouches for the rows of a table."""

    #: Every row made, changed or removed is sealed, and one that no entry made is a finding of `audit verify`.
    ALWAYS = "always"
    #: Of libraries, of rows that come by the ten thousand and are proved by their batch, or worked out anew: a row is sealed
    #: once an entry names it (`entry.about`, `entry.seal`), and again whenever it changes. Where PROVED_BY names the column
    #: of the batch, a row without one is sealed as those of `ALWAYS`.
    NAMED = "named"
    #: Worked out from other rows, or gone after a while: made anew at any time, and never sealed.
    NEVER = "never"


@dataclass
class Changes:
    """What was made and changed while one entry was written; the entry seals it, and says what it found before.

    `digests` gives what the log says of a row as it stands. An entry written inside another one takes over what that one
    has found of the rows that both change: it is kept first.
    """

    digests: Callable[[models.Model], tuple[str, ...]] = lambda _: ()
    outer: Changes | None = None
    made: dict[tuple[type[models.Model], Any], models.Model] = field(default_factory=dict)
    changed: dict[type[models.Model], set[Any]] = field(default_factory=dict)
    found: dict[tuple[type[models.Model], Any], tuple[str, ...]] = field(default_factory=dict)

    def changed_in(self, model: type[models.Model]) -> set[Any]:
        """Return the identifiers of the rows of a table that were changed or removed, to be added to."""
        return self.changed.setdefault(model, set())

    def find(self, model: type[models.Model], keys: Iterable[Any]) -> None:
        """Remember how these rows stand before this entry changes them, and hold them until it is written."""
        wanted = [key for key in keys if not self._vouches_for(model, key)]
        for start in range(0, len(wanted), AT_ONCE):
            held = model._base_manager.select_for_update().filter(pk__in=wanted[start : start + AT_ONCE])
            self.found |= {(model, row.pk): self.digests(row) for row in held}

    def concern(self, model: type[models.Model], key: Any) -> bool:
        """Return whether this entry, or one around it, has made, found or changed the row."""
        here = (model, key) in self.made or (model, key) in self.found or key in self.changed.get(model, ())
        return here or (self.outer is not None and self.outer.concern(model, key))

    def _vouches_for(self, model: type[models.Model], key: Any) -> bool:
        """Return whether this entry, or one around it, has made the row or found it already; who made it reads it again."""
        entry: Changes | None = self
        while entry is not None:
            if (model, key) in entry.made:
                entry.changed_in(model).add(key)  # whoever made it holds what it said before
                return True
            if (model, key) in entry.found:
                self.found[model, key] = entry.found.pop((model, key))
                return True
            entry = entry.outer
        return False


@dataclass
class Asked:
    """What the write that runs has asked so far, with the tables that answered, and what is to be looked at again."""

    answers: dict[Hashable, tuple[frozenset[type[models.Model]], Any]] = field(default_factory=dict)
    again: dict[Hashable, tuple[frozenset[type[models.Model]], Callable[[], object]]] = field(default_factory=dict)
    #: Of the tables watched, the rows that it has made, changed or removed, each with its file, and whether it made it.
    written: dict[type[models.Model], dict[Any, tuple[Any, bool]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for begin in before_a_write:
            begin()


#: Of the outermost write that runs; None outside `audit.recorded`.
asked: ContextVar[Asked | None] = ContextVar("asked", default=None)


def asked_once(
    what: Hashable,
    ask: Callable[[], Answer],
    *tables: type[models.Model],
    again: Callable[[Answer], object] | None = None,
) -> Answer:
    """Return an answer for which one write asks at each of its steps: from `tables` the first time, then from memory.

    What was taken from memory is looked at `again` before this write changes one of the tables, and at its end, when it
    holds the log and nobody else's write can come between: that raises where somebody else changed it meanwhile.
    """
    known = asked.get()
    if known is None:
        return ask()
    if what not in known.answers:
        known.answers[what] = frozenset(tables), ask()
    elif again is not None:
        of, before = known.answers[what]
        known.again[what] = of, partial(again, before)
    found: Answer = known.answers[what][1]
    return found


def look_again(*tables: type[models.Model]) -> None:
    """Look again at what was taken from memory of tables that this write changes now, of all where none is named; forget it."""
    known = asked.get()
    if known is None:
        return
    for what in [each for each, (of, _) in known.again.items() if not tables or not of.isdisjoint(tables)]:
        known.again.pop(what)[1]()
    for what in [each for each, (of, _) in known.answers.items() if not tables or not of.isdisjoint(tables)]:
        del known.answers[what]


def forget_answers(again: dict[Hashable, Any]) -> None:
    """Forget what a write asked that has been rolled back; what the one around it took from memory is looked at `again`."""
    if (known := asked.get()) is not None:
        known.answers.clear()
        known.again = again


AT_ONCE = 500

#: Of the entry that is being written; None outside `audit.recorded`.
changes: ContextVar[Changes | None] = ContextVar("changes", default=None)


def note_made(rows: Collection[models.Model]) -> None:
    """Let the entry that is being written seal these new rows, where every such row has an entry."""
    noted = changes.get()
    if noted is not None:
        noted.made.update({(type(row), row.pk): row for row in rows if _is_sealed_when_made(row)})


def _is_sealed_when_made(row: models.Model) -> bool:
    batch = proved_by(type(row))
    return sealing(type(row)) is Sealing.ALWAYS or (batch != "" and getattr(row, batch) is None)


def note_changed(model: type[models.Model], keys: Collection[Any]) -> None:
    """Let the entry that is being written seal these rows as they are when it ends, or that they are gone.

    Called before they are changed: what was changed in the database by hand shows, whoever saves the row next.
    """
    noted = changes.get()
    if noted is not None:
        noted.find(model, keys)
        noted.changed_in(model).update(keys)


#: Tables of whose rows the outermost write tells, once it holds the log: with their file (None: not in hand), and if it is new.
watched: set[type[models.Model]] = set()
before_the_log: set[Callable[[Mapping[type[models.Model], Mapping[Any, tuple[Any, bool]]]], None]] = set()
before_a_write: set[Callable[[], None]] = set()


def _is_watched(model: type[models.Model]) -> bool:
    return model in watched and asked.get() is not None


def note_written(model: type[models.Model], rows: Iterable[tuple[Any, Any]], *, made: bool = False) -> None:
    """Note rows of a table that is watched, each with its file, if a write runs; what it made it may change again."""
    known = asked.get()
    if known is not None and model in watched:
        noted = known.written.setdefault(model, {})
        noted.update({key: (file, made or (key in noted and noted[key][1])) for key, file in rows})


def tell_what_was_written() -> None:
    """Tell who is to know of the rows that the outermost write has made, changed or removed of the tables watched."""
    known = asked.get()
    if known is not None and any(known.written.values()):
        for told in before_the_log:
            told(known.written)


def with_file(row: models.Model) -> tuple[Any, Any]:
    """Return a row's key and its file, None where that stands in another row."""
    return row.pk, getattr(row, case_path(type(row)), None)


def file_path(model: type[models.Model]) -> str:
    """Return the path from a table's rows to the file that protects them."""
    return getattr(model, "FILE_PATH", "pk")


def case_path(model: type[models.Model]) -> str:
    """Return the path from a table's rows to the case in which they wait, where another file protects them, or none."""
    return getattr(model, "CASE_PATH", file_path(model))


def sealing(model: type[models.Model]) -> Sealing:
    """Return how far the log vouches for a table; one that is not ours is sealed where an entry names it."""
    return getattr(model, "SEALING", Sealing.NAMED)


def proved_by(model: type[models.Model]) -> str:
    """Return the column that names the batch in which a row of the table is proved, "" where none is."""
    return getattr(model, "PROVED_BY", "")


def is_proved(model: type[models.Model], columns: Iterable[str]) -> bool:
    """Return whether the log commits to any of these columns of a table."""
    return sealing(model) is not Sealing.NEVER and not _not_proved(model).issuperset(columns)


@cache
def _not_proved(model: type[models.Model]) -> frozenset[str]:
    skipped: frozenset[str] = getattr(model, "NOT_COMMITTED", frozenset())
    return skipped | {column.name for column in model._meta.concrete_fields if column.attname in skipped}


class NotedQuerySet(models.QuerySet[Filled]):
    """Rows whose changes in bulk are noted for the entry that is being written."""

    def update(self, **columns: Any) -> int:
        """Change the rows; those that the log may have sealed are sealed again."""
        look_again(self.model)
        if _is_watched(self.model):
            note_written(self.model, self.values_list("pk", case_path(self.model)))
        if changes.get() is None or not is_proved(self.model, columns):
            return super().update(**columns)
        keys = set(self.values_list("pk", flat=True))
        note_changed(self.model, keys)
        named = self.filter(pk__in=keys) if len(keys) <= AT_ONCE else self  # what matches meanwhile stays as it is
        return super(NotedQuerySet, named).update(**columns)

    def bulk_create(self, objs: Iterable[Filled], *args: Any, **kwargs: Any) -> list[Filled]:
        """Insert the rows, and note them."""
        look_again(self.model)
        made = super().bulk_create(objs, *args, **kwargs)
        note_made(made)
        note_written(self.model, map(with_file, made), made=True)
        return made

    def delete(self) -> tuple[int, dict[str, int]]:
        """Remove the rows; of those that the log may have sealed it says that they are gone."""
        look_again()
        if _is_watched(self.model):
            note_written(self.model, self.values_list("pk", case_path(self.model)))
        if changes.get() is not None and sealing(self.model) is Sealing.ALWAYS:
            note_changed(self.model, list(self.values_list("pk", flat=True)))
        return super().delete()


class NotedManager(models.Manager.from_queryset(NotedQuerySet)):  # type: ignore[misc]
    """The manager of a table whose changes in bulk are noted; one with a scope has its own, which notes as well."""


class Noted(Inserted):
    """A row whose saving is noted for the entry that is being written."""

    SEALING: ClassVar[Sealing] = Sealing.ALWAYS

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; the log seals it where it is new and always sealed, or changed."""
        look_again(type(self))
        is_new, columns = self._state.adding, kwargs.get("update_fields")
        if not is_new and is_proved(
            type(self), (column.name for column in self._meta.concrete_fields) if columns is None else columns
        ):
            note_changed(type(self), (self.pk,))
        super().save(*args, **kwargs)
        if is_new:
            note_made((self,))
        if _is_watched(type(self)):
            note_written(type(self), [with_file(self)], made=is_new)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """Remove the row; where the log always seals its table, it says that it is gone."""
        look_again()
        if _is_watched(type(self)):
            note_written(
                type(self), type(self)._base_manager.filter(pk=self.pk).values_list("pk", case_path(type(self)))
            )
        if self.SEALING is Sealing.ALWAYS:
            note_changed(type(self), (self.pk,))
        return super().delete(*args, **kwargs)


class Row(Noted):
    """A row with a random identifier, so that no address or count betrays another row."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class Held(Row):
    """A row about people: who controls it, on which basis, where it came from, who wrote it and when.

    `basis` is a code of `access.terms.BASIS_OF_PARTNER`, which gives the regime (UK GDPR or Part 3), the purpose and
    the legal ground: none of them can be guessed afterwards, so none may be empty.
    """

    controller = models.CharField(max_length=40)
    basis = models.CharField(max_length=40)
    source = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    recorded_by = models.UUIDField()

    class Meta:
        abstract = True


def stored_sentence(stored: str) -> Word:
    """Return the words that a sentence is, as a column of sentences keeps it."""
    return unpacked(json.loads(stored) if stored.startswith("[") else stored)


class SentenceField(models.TextField):  # type: ignore[type-arg]
    """A sentence of ours: its shape and its values, so that a page says it in its own language. A row has the words."""

    def from_db_value(self, value: str | None, *_: object) -> Word | None:
        """Return the words that a stored sentence is."""
        return None if value is None else stored_sentence(value)

    def get_prep_value(self, value: str | None) -> str | None:
        """Return a sentence as it is stored."""
        if value is None or not (isinstance(value, Sentence) or value.startswith("[")):
            return None if value is None else str(value)
        return json.dumps(packed(value) if isinstance(value, Sentence) else [value], ensure_ascii=False)


class SentencesField(models.JSONField):
    """Several sentences of ours, stored as `SentenceField` stores one."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[Word]:
        """Return the words that stored sentences are."""
        return [unpacked(each) for each in super().from_db_value(value, expression, connection)]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """Return sentences as they are stored."""
        return super().get_db_prep_value([packed(each) for each in value], connection, prepared)


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
        # Else Django notes the migration in a transaction of its own: killed between the two, it finds its tables there
        # for ever after, and no command begins any more.
        while schema_editor.deferred_sql:
            schema_editor.execute(schema_editor.deferred_sql.pop(0), None)
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
