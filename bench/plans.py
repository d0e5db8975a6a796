"""How many rows of a table the plan of a statement reads: what tells whether a page grows with the unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rows_read(plan: Mapping[str, Any], table: str) -> float:
    """Return how many rows of a table a plan of PostgreSQL has read, those that it threw away among them."""
    mine = plan.get("Relation Name") == table
    read = (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)) * plan["Actual Loops"] if mine else 0
    return read + sum(rows_read(part, table) for part in plan.get("Plans", ()))


def read_by(statement: str, table: str) -> float:
    """Return how many rows of a table a statement reads, its values in it, on PostgreSQL; on SQLite the steps that sort.

    SQLite tells of no numbers: a list that is not sorted follows the order of its index, and stops.
    """
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            return sum("TEMP B-TREE" in str(row[-1]) for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        [[[found]]] = cursor.fetchall()
    return rows_read(found["Plan"], table)
