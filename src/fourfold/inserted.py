"""A row that is inserted by a statement which is composed once for its table.

The framework composes it anew for each row, which takes four times as long as the database needs to keep it.
"""

from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models


class Inserted(models.Model):
    """A row that is inserted so wherever its columns are values and the database adds none."""

    class Meta:
        abstract = True

    def _do_insert(self, manager: Any, using: str, fields: Any, returning_fields: Any, raw: bool) -> Any:
        to = connections[using]
        values = [each.get_db_prep_save(each.pre_save(self, True), connection=to) for each in fields]
        if returning_fields or raw or any(hasattr(value, "as_sql") for value in values):
            return super()._do_insert(manager, using, fields, returning_fields, raw)  # type: ignore[misc]
        with to.cursor() as cursor:
            cursor.execute(_insertion(type(self), to.vendor, tuple(each.column for each in fields)), values)
        return []


@cache
def _insertion(model: type[models.Model], vendor: str, columns: tuple[str, ...]) -> str:
    quoted = connections[DEFAULT_DB_ALIAS].ops.quote_name
    named, places = ", ".join(map(quoted, columns)), ", ".join(["%s"] * len(columns))
    return f"INSERT INTO {quoted(model._meta.db_table)} ({named}) VALUES ({places})"  # noqa: S608 -- its own table
