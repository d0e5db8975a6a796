"""Whoever can write in the database changes one column, or takes one row out, of whichever table: the log names it."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from fourfold.audit.sealing import Sealing, sealing
from fourfold.governance.verification import whole_log
from tests.web.worlds import world_without

pytestmark = pytest.mark.django_db


def tables() -> list[type[models.Model]]:
    """Return every table of ours that the log vouches for and of which the world holds a row."""
    ours = (
        each
        for each in apps.get_models()
        if each.__module__.startswith("fourfold.") and each._meta.app_label != "audit"
    )
    return [model for model in ours if sealing(model) is not Sealing.NEVER and model._base_manager.exists()]


def changed(column: models.Field[Any, Any], value: Any) -> Any:
    """Return another value that a column takes; None where it takes only what its rules of itself let stand."""
    if column.primary_key or column.remote_field or column.unique or column.choices:
        return None
    if isinstance(column, models.BooleanField):
        return not value
    if isinstance(column, models.TextField | models.CharField):
        return f"{str(value)[:-1]}~" if value else "~"
    return None


def write(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)  # type: ignore[arg-type]


def named() -> set[str]:
    return {finding.meaning.split()[0] for finding in whole_log().findings}


@pytest.mark.slow
@pytest.mark.one_database
def test_one_changed_column_or_one_row_taken_out_of_any_table_is_named() -> None:
    touched: dict[str, set[str]] = {"changed": set(), "taken out": set()}
    with world_without(planted=False):
        assert whole_log().findings == ()
        for model in tables():
            row, table = model._base_manager.order_by("pk").first(), model._meta.db_table
            key = model._meta.pk.get_db_prep_value(row.pk, connection)
            for column in model._meta.concrete_fields:
                if (other := changed(column, getattr(row, column.attname))) is not None:
                    write(
                        f'UPDATE "{table}" SET "{column.column}" = %s WHERE "{model._meta.pk.column}" = %s', other, key
                    )
                    touched["changed"].add(model._meta.label_lower)
                    break
        assert named() == touched["changed"], (touched["changed"] - named(), named() - touched["changed"])
    with world_without(planted=False):
        for refusal in ("case_removed", "hold_removed", "hold_lifted_removed"):
            write(f"DROP TRIGGER {refusal}")  # whoever owns the tables may
        for model in tables():
            row = model._base_manager.order_by("pk").last()
            key = model._meta.pk.get_db_prep_value(row.pk, connection)
            write(f'DELETE FROM "{model._meta.db_table}" WHERE "{model._meta.pk.column}" = %s', key)
            touched["taken out"].add(model._meta.label_lower)
        said = named()
        assert said >= touched["taken out"], touched["taken out"] - said
    assert len(touched["changed"]) > 40
