"""Which reports of one event count once, with another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, TypeVar
from uuid import UUID

from django.db.models import Aggregate, Exists, F, OuterRef, QuerySet, TextField, Value

from fourfold.cases.models import CaseAct
from fourfold.words import Word, together

INSIDE = "of reports that were opened"


class Counted(Protocol):
    """A report as a value: whose event it tells of too, where it counts with another (`same_as`)."""

    @property
    def report(self) -> UUID: ...

    @property
    def same_as(self) -> UUID | None: ...


C = TypeVar("C", bound=Counted)


def counted_with(acts: QuerySet[CaseAct]) -> QuerySet[CaseAct]:
    """Return of some acts those that count with another's now: they left for that, and did not come back."""
    back = CaseAct.objects.unscoped(INSIDE).filter(
        allegation=OuterRef("allegation"), case=OuterRef("case"), left_at__isnull=True
    )
    return acts.filter(same_as__isnull=False).exclude(Exists(back))


class _Beside(Aggregate):
    """The texts of a group, a line each."""

    function = "STRING_AGG"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Return it as SQLite writes it."""
        return self.as_sql(compiler, connection, function="GROUP_CONCAT", **more)


def others_of(same: QuerySet[CaseAct]) -> QuerySet[Any]:
    """Return the references of acts that count with one, for a column that `together_of` reads."""
    beside = _Beside(F("allegation__reference"), Value("\n"))
    return same.order_by().values("same_as").annotate(beside=beside).values("beside")


def together_of(read: str) -> Word:
    """Return the references that `others_of` read, beside each other."""
    return together(", ", sorted(read.splitlines()))


def counted_once(found: Iterable[C], *, kept: UUID | None = None) -> tuple[C, ...]:
    """Return reports without those that count with another of them; of one event the report `kept` stands for all."""
    every = tuple(found)
    ids = {each.report for each in every}
    of_kept = {each.same_as for each in every if each.report == kept} - {None}
    return tuple(each for each in every if each.report == kept or not (each.same_as in ids or each.report in of_kept))
