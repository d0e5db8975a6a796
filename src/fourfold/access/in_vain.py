"""What somebody asked of a second person in vain: one shape for every table, so that one statement reads them all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, TextField, UUIDField, Value
from django.db.models.functions import Cast, Coalesce

from fourfold.access import queries
from fourfold.access.ends import TOLD_FOR
from fourfold.access.models import AccountAsked
from fourfold.access.paging import WHOLE
from fourfold.access.scoping import ScopedManager
from fourfold.access.signatories import records_of
from fourfold.access.terms.endings import Asked, InVain
from fourfold.audit.terms import Actor

WHY = "one's own requests; each is asked for again as what its reader may see"


@dataclass(frozen=True)
class Found:
    """What the actor asked of one kind in vain, in the columns of `_COLUMNS`, and which of it they may see now."""

    what: Asked
    rows: QuerySet[Any, Any]
    seen: Callable[[list[UUID]], QuerySet[Any, Any]] | None


@dataclass(frozen=True)
class Answer:
    """Where the answer of a kind stands: who said no, when, in which words; none where nobody can say no."""

    no: Q
    by: str
    at: str
    words: str


def in_vain(
    what: Asked,
    rows: QuerySet[Any, Any],
    *,
    actor: Actor,
    at: datetime,
    file: str = "",
    answer: Answer | None = None,
    lapsed: Q | None = None,
    seen: Callable[[list[UUID]], QuerySet[Any, Any]] | None = None,
) -> Found:
    """Return the rows that the actor asked for and that of late were refused, or answered by nobody while they waited.

    `lapsed`: what waited too long, of late; a table whose requests never lapse leaves it out, as one without a no leaves
    out `answer`. `seen`: which of some rows the actor may see; None: what the actor asked is in no file.
    """
    own, told = records_of(actor), Q()
    words, by = (F(answer.words), F(answer.by)) if answer else (Value(""), Value(None))
    if answer:
        told = answer.no & Q(**{f"{answer.at}__gt": at - TOLD_FOR}) & ~Q(**{f"{answer.by}__in": own})
    told = told | lapsed if lapsed is not None else told
    columns = (
        Cast(Value(what.value), CharField(max_length=40)),
        F("pk"),
        F(file) if file else Cast(Value(None), UUIDField()),
        Coalesce(Cast(words, TextField()), Value(""), output_field=TextField()),
        Cast(by, UUIDField()),
        F("recorded_at"),
    )
    found = rows.filter(told, recorded_by__in=own).order_by().values_list(*columns)
    return Found(what, found, seen)


def waited(unanswered: Q, waits: timedelta, *, at: datetime) -> Q:
    """Return the condition that a request waited longer than it may, and has not for so long that nobody is told of it."""
    return unanswered & Q(recorded_at__lt=at - waits, recorded_at__gt=at - waits - TOLD_FOR)


def of_file(what: Asked, rows: ScopedManager, *, actor: Actor, at: datetime, **how: Any) -> Found:
    """Return the same of a table of which each row belongs to a file, through every wall before it."""
    how = {"seen": lambda pks: rows.visible_to(actor, at=at).filter(pk__in=pks)} | how
    return in_vain(what, rows.unscoped(WHY), actor=actor, at=at, **how)


def in_one_list(kinds: list[Found]) -> QuerySet[Any, Any]:
    """Return the rows of them all, for one statement."""
    first, *rest = (kind.rows for kind in kinds)
    return first.union(*rest, all=True)[:WHOLE]


def all_of(kinds: list[Found], read: list[tuple[Any, ...]]) -> tuple[InVain, ...]:
    """Return what stands in such a list, the newest first; one statement for each kind that does, and one for names."""
    seen = {kind.what.value: _seen(kind, read) for kind in kinds if any(row[0] == kind.what.value for row in read)}
    rows = sorted((row for row in read if row[1] in seen[row[0]]), key=lambda row: row[5], reverse=True)
    names = queries.names_of(row[4] for row in rows if row[4]) if rows else {}
    return tuple(
        InVain(Asked(what), pk, file, because, names.get(by, "") if by else "", asked_at)
        for what, pk, file, because, by, asked_at in rows
    )


def _seen(kind: Found, read: list[tuple[Any, ...]]) -> set[UUID]:
    pks = [row[1] for row in read if row[0] == kind.what.value]
    return set(pks) if kind.seen is None else set(kind.seen(pks).values_list("pk", flat=True))


def accounts(*, actor: Actor, at: datetime) -> Found:
    """Return what was asked of accounts and their roles, and refused."""
    answer = Answer(Q(given=False), "answered_by", "answered_at", "refused_because")
    rows = AccountAsked.objects.annotate(recorded_by=F("asked_by"), recorded_at=F("asked_at"))
    return in_vain(Asked.ACCOUNT, rows, actor=actor, at=at, answer=answer)
