"""The acts of a long case as its picture takes them: one statement, and what many of them share is read once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    ExpressionWrapper,
    FilteredRelation,
    Func,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from fourfold.access.conditions import Holds
from fourfold.access.paging import Page, page_read
from fourfold.access.statements import composed_in
from fourfold.access.stood import as_it_stood
from fourfold.access.terms import Opened
from fourfold.cases import rules
from fourfold.cases.models import CaseAct
from fourfold.cases.queries.rows import (
    MOST_DRAWN,
    acts_of,
    confirmed,
    current_acts,
    kinds_from,
    when_known,
    with_names,
)
from fourfold.cases.queries.values import ActRow, DrawnAct, ToldAct
from fourfold.intake.terms import RecordingClass
from fourfold.linkage.terms import Verdict
from fourfold.people.terms import Part


def acts_page(opened: Opened, *, after: str, most: int) -> Page[ActRow]:
    """Return the acts that follow the one whose place `after` names, the newest first; from the newest where none does."""

    def beyond(place: Sequence[Any]) -> tuple[ActRow, ...]:
        return acts_of(
            opened, most=most + 1, beyond=(datetime.fromisoformat(place[0]), UUID(place[1])) if place else None
        )

    return page_read(beyond, lambda act: [act.happened_at, act.id], after=after, most=most)


def added_since(opened: Opened, since: datetime) -> int:
    """Return how many acts were added to a case since a moment, those that left it again among them."""
    return sum(_added(opened, since=since))


@composed_in
def _added(opened: Opened, *, since: datetime) -> QuerySet[Any, int]:
    acts = CaseAct.objects.of(opened).filter(joined_at__gt=since).order_by()
    return acts.values("case").annotate(many=Count("pk")).values_list("many", flat=True)


def acts_told_of(opened: Opened, *, before: datetime | None, most: int) -> tuple[ToldAct | ActRow, ...]:
    """Return the acts that were added in the newest `most` moments (before one), and in one more, which says that the list
    goes on; and those that were taken off.
    """
    found = _told_of(opened, most, **({} if before is None else {"before": before}))
    return tuple(_told(*row) for row in found)


def _told(*row: Any) -> ToldAct:
    *said, by, off_by, dated, kept, told, words = row
    kinds = kinds_from(kept and json.loads(kept), told and json.loads(told), words)
    return ToldAct._make([*said, by or "", off_by or "", True if dated else None, kinds])


@composed_in
def _told_of(opened: Opened, most: int, *, before: datetime | None = None) -> QuerySet[Any]:
    every = CaseAct.objects.unscoped("of a list of this file")
    inside = every.filter(case=opened.file)  # as it stood, where the list that they are in is read so
    acts = inside.filter(Q() if before is None else Q(joined_at__lt=before))
    last = acts.order_by("-joined_at").values("joined_at").distinct()[most : most + 1]
    first = Value(datetime(1, 1, 1, tzinfo=UTC), output_field=DateTimeField())
    added = acts.filter(joined_at__gte=Coalesce(Subquery(last), first)).values("pk")
    off = inside.filter(left_at__isnull=False).values("pk")
    # Not one or the other: PostgreSQL then takes them for half of the case, and reads every report to join them.
    shown = with_names(every.filter(pk__in=added.union(off))).order_by("-happened_at", "id")
    if opened.as_of:
        as_it_stood(shown, opened.as_of)
    kinds = {"kept": "allegation__summary__kinds", "told": "allegation__behaviours"}
    shown = shown.annotate(
        **{name: Cast(path, TextField()) for name, path in kinds.items()},
        breach=_whether(breach_at__isnull=False, breach_until=None),
        dated=_whether(allegation__occurred_from__isnull=False),
    )
    said = ("joined_at", "left_at", "left_because", "happened_at", "breach", "allegation__reference")
    return shown.values_list(*said, "added_by", "taken_off_by", "dated", "kept", "told", "allegation__words")


def _whether(**said: Any) -> ExpressionWrapper[Q]:
    return ExpressionWrapper(Q(**said), output_field=BooleanField())


def drawn_acts(opened: Opened) -> tuple[DrawnAct, ...]:
    """Return the newest two thousand acts that belong to a case now, the newest first."""
    return tuple(_act(*row) for row in _drawn(opened, MOST_DRAWN))


class _Said(Func):
    """What is said of an act, as one text: names, and an order of its own, PostgreSQL would write and read for each anew."""

    function, output_field = "JSON_ARRAY", TextField()

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        """Write it for PostgreSQL."""
        return self.as_sql(compiler, connection, template="(JSON_BUILD_ARRAY(%(expressions)s))::text")


@composed_in
def _drawn(opened: Opened, most: int) -> QuerySet[Any, Any]:
    return _said_of(current_acts(opened))[:most]


def drawn_of(acts: QuerySet[Any]) -> list[DrawnAct]:
    """Return acts of whichever files the reader may open, in their order. One statement."""
    return [_act(*row) for row in _said_of(acts)]


def _said_of(acts: QuerySet[Any]) -> QuerySet[Any, Any]:
    report = ("behaviours", "time_known", "recorded_class", "class_as_recorded", "weapon")
    said = _Said(
        _whether(allegation__occurred_from__isnull=False),
        _whether(breach_at__isnull=False, breach_until=None),
        "allegation__summary__kinds",
        *(f"allegation__{name}" for name in report),
        Q(Q(victim_known__isnull=False), Holds(confirmed(Part.SUBJECT), report="allegation_id")),
    )
    # Joined, not looked for act by act: of a table that is short PostgreSQL would read all for each.
    stands = {"verdict": Verdict.SAME, "undone_at": None, "part": Part.VICTIM}
    known = FilteredRelation(
        "allegation__matches", condition=Q(**{f"allegation__matches__{k}": v for k, v in stands.items()})
    )
    acts = acts.annotate(victim_known=known, said=said, moment=Cast("happened_at", TextField()))
    return acts.values_list("moment", "allegation__words", "said")


def _act(moment: str, words: str, said: str) -> DrawnAct:
    at = datetime.fromisoformat(moment)  # of a moment the framework asks three functions what it is
    return DrawnAct._make((at if at.tzinfo else at.replace(tzinfo=UTC), words, *(_shared(said) or _facts(said, words))))


@lru_cache(maxsize=4_096)
def _shared(said: str) -> tuple[Any, ...]:
    """Return what these facts say of an act; nothing where only its words tell of which kind it was."""
    _, _, kept, told, *_ = json.loads(said)
    return _facts(said, "") if _read(told) or _read(kept) is not None else ()


def _facts(said: str, words: str) -> tuple[Any, ...]:
    day, breach, kept, told, time, recorded, written, weapon, confirmed = json.loads(said)
    kinds = kinds_from(_read(kept), _read(told), words)
    grave = rules.seriousness(recorded, kinds, weapon=weapon, is_breach=bool(breach))
    recorded = RecordingClass(recorded) if recorded else None
    return when_known(day or None, bool(time)), kinds, recorded, written, grave, bool(confirmed), bool(breach)


def _read(kinds: Any) -> Any:
    """Return a list within what was read as text: SQLite has it as a text of its own."""
    return json.loads(kinds) if isinstance(kinds, str) else kinds
