"""The log in volumes, on PostgreSQL: ranges of its numbers, each closed as a month ends, and kept where its administrator wants.

The last volume is open to the greatest number, so that no entry can be without one. Whoever closes it holds the log first, as every
writer does, and then every volume: the other way round two would wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import OperationalError, connection

from fourfold.audit import services
from fourfold.audit.terms import Actor, CannotMove, Operation

#: So many entries a volume has at least (1.1 GB): whoever asks for a file looks into each of them.
LEAST = 1_000_000
#: How long the tables are waited for: shorter than until the server ends one of two who wait for each other.
_WAIT, _WAIT_NO_MORE = "SET LOCAL lock_timeout = '500ms'", "SET LOCAL lock_timeout = DEFAULT"
ON_SQLITE = "The log is in volumes on PostgreSQL alone: on SQLite it is one table of one file."
IN_USE = (
    "Somebody reads the whole log now, as a backup does, or a verification. Nothing was changed: type this again later."
)
NOT_THERE = "There is no closed volume {name}: fourfold audit volumes lists them."
NO_PLACE = (
    "There is no tablespace {place} in which this role may make tables. As the database's administrator: "
    "CREATE TABLESPACE {place} LOCATION '/a/folder'; GRANT CREATE ON TABLESPACE {place} TO {role}"
)
_VOLUMES = """
SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), pg_total_relation_size(c.oid), t.spcname
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_database d ON d.datname = current_database()
JOIN pg_tablespace t ON t.oid = COALESCE(NULLIF(c.reltablespace, 0), d.dattablespace)
WHERE i.inhparent = 'audit_entry'::regclass ORDER BY length(c.relname), c.relname
"""
_INDEXES = "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = %s::regclass"
_MAY = "SELECT has_tablespace_privilege(oid, 'CREATE') FROM pg_tablespace WHERE spcname = %s"


@dataclass(frozen=True)
class Volume:
    """A range of entries: its first and last number and moment and its last hash, its bounds, and where and how large it is."""

    name: str
    bounds: str
    size: int
    tablespace: str
    first: int = 0
    last: int = -1
    begins: datetime | None = None
    ends: datetime | None = None
    hash: str = ""

    @property
    def is_open(self) -> bool:
        return "MAXVALUE" in self.bounds


def volumes() -> list[Volume]:
    """Return the volumes in their order, the open one last; none on SQLite."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(_VOLUMES)
        return [Volume(*row, *_ends(row[0])) for row in cursor.fetchall()]


def _ends(name: str) -> tuple[int, int, datetime, datetime, str] | tuple[()]:
    sides = (f"(SELECT seq, at, hash FROM {name} ORDER BY seq {way} LIMIT 1)" for way in ("ASC", "DESC"))  # noqa: S608 -- our table
    with connection.cursor() as cursor:
        cursor.execute(f"{' UNION ALL '.join(sides)} ORDER BY seq")
        found = cursor.fetchall()
    return (found[0][0], found[-1][0], found[0][1], found[-1][1], found[-1][2]) if found else ()


def is_due(*, at: datetime) -> bool:
    """Return whether the month of the open volume is over, and it large enough to be closed."""
    one = next(reversed(volumes()), None)
    if one is None or one.begins is None or one.last - one.first + 1 < LEAST:
        return False
    return f"{one.begins.astimezone(UTC):%Y-%m}" < f"{at.astimezone(UTC):%Y-%m}"


def close(*, actor: Actor, at: datetime) -> None:
    """Let the open volume end with the last entry that there is, and a new one begin. Raises CannotMove."""
    if connection.vendor != "postgresql":
        raise CannotMove(ON_SQLITE)
    with _in_words(), services.recorded(actor, "log.volume_closed", at=at, operation=Operation.ADMINISTRATION) as entry:
        services.hold_the_log()
        _execute(_WAIT, "LOCK TABLE audit_entry", _WAIT_NO_MORE)
        one, end = volumes()[-1], services.how_long() + 1
        after = f"audit_volume_{int(one.name.rpartition('_')[2]) + 1}"
        _execute(
            f"ALTER TABLE audit_entry DETACH PARTITION {one.name}",
            f"ALTER TABLE audit_entry ATTACH PARTITION {one.name} {one.bounds.replace('MAXVALUE', str(end))}",
            f"CREATE TABLE {after} PARTITION OF audit_entry FOR VALUES FROM ({end}) TO (MAXVALUE)",
            f"CREATE TRIGGER audit_entry_refuse_truncate BEFORE TRUNCATE ON {after} "  # those of rows are handed on
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
        )
        entry.more = {"volume": one.name, "last": end - 1}
    _execute("ANALYZE audit_entry")  # PostgreSQL does so by itself for each volume, never for the whole


def move(*, actor: Actor, at: datetime, name: str, tablespace: str) -> None:
    """Let the files of a closed volume lie in a tablespace; whoever reads it waits meanwhile, whoever writes does not. Raises CannotMove."""
    one = next((each for each in volumes() if each.name == name and not each.is_open), None)
    if one is None:
        raise CannotMove(NOT_THERE.format(name=name) if connection.vendor == "postgresql" else ON_SQLITE)
    place = connection.ops.quote_name(tablespace)
    with connection.cursor() as cursor:
        cursor.execute(_MAY, (tablespace,))
        if cursor.fetchone() != (True,):
            raise CannotMove(NO_PLACE.format(place=place, role=connection.settings_dict["USER"]))
        cursor.execute(_INDEXES, (name,))
        indexes = [f"ALTER INDEX {index} SET TABLESPACE {place}" for (index,) in cursor.fetchall()]
    with _in_words(), services.recorded(actor, "log.volume_moved", at=at, operation=Operation.ADMINISTRATION) as entry:
        _execute("SET LOCAL statement_timeout = 0", _WAIT, f"LOCK TABLE {name}", _WAIT_NO_MORE)
        _execute(f"ALTER TABLE {name} SET TABLESPACE {place}", *indexes)
        entry.more = {"volume": name, "last": one.last, "tablespace": tablespace}


@contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except OperationalError as why:
        if getattr(why.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise CannotMove(IN_USE) from why


LOCK_NOT_AVAILABLE = "55P03"


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
