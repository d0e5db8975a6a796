"""Oversight: who read, changed or was refused what, and whether the log holds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor, Verdict
from fourfold.cases.models import Case
from fourfold.governance.proving import whole_log

PAGE = 50
WHY = "oversight names a case by its reference and opens no file"


@dataclass(frozen=True)
class LogRow:
    """One entry as oversight reads it."""

    seq: int
    at: datetime
    who: str
    partner: str
    action: str
    operation: str
    case: str
    compartments: tuple[str, ...]
    rule: str
    strength: str


@dataclass(frozen=True)
class LogPage:
    """A page of the log, newest first; `next_before` leads on, None at its end."""

    rows: tuple[LogRow, ...]
    next_before: int | None
    case: str
    who: UUID | None
    operation: str


def log_page(
    *,
    actor: Actor,
    at: datetime,
    before: int | None = None,
    case: str = "",
    who: UUID | None = None,
    operation: str = "",
) -> LogPage:
    """Return entries newest first, of one case, one person or one kind where asked. At most four statements.

    A reference that does not exist gives an empty page, like one that nobody has read.
    """
    _require(actor)
    entries = Entry.objects.order_by("-seq")
    if case:
        file = Case.objects.unscoped(WHY).filter(reference=case.strip().upper()).values_list("pk", flat=True).first()
        entries = entries.filter(file=file) if file else entries.none()
    if who is not None:
        entries = entries.filter(actor=who)
    if operation:
        entries = entries.filter(operation=operation)
    if before is not None:
        entries = entries.filter(seq__lt=before)
    found = list(entries[: PAGE + 1])
    shown = found[:PAGE]
    names = access_queries.names_of(entry.actor for entry in shown)
    references = _references({entry.file for entry in shown if entry.file})
    audit.consulted(actor, "oversight.log", at=at, count=len(shown))
    return LogPage(
        rows=tuple(_row(entry, names, references) for entry in shown),
        next_before=shown[-1].seq if len(found) > PAGE else None,
        case=case,
        who=who,
        operation=operation,
    )


def verdict(*, actor: Actor) -> Verdict:
    """Read the whole log and say whether it holds."""
    _require(actor)
    return whole_log()


def _row(entry: Entry, names: dict[UUID, str], references: dict[UUID, str]) -> LogRow:
    body = json.loads(entry.body)
    return LogRow(
        seq=entry.seq,
        at=entry.at,
        who=names.get(entry.actor, "somebody no longer registered"),
        partner=body.get("partner", ""),
        action=entry.action.replace("page.", "page ").replace(".", " ").replace(":", " ").replace("_", " "),
        operation=entry.operation.replace("_", " "),
        case=references.get(entry.file, "") if entry.file else "",
        compartments=tuple(name.replace("_", " ") for name in body.get("compartments", [])),
        rule=", ".join(body.get("rules", [])),
        strength=body.get("strength", ""),
    )


def _references(files: set[UUID]) -> dict[UUID, str]:
    return dict(Case.objects.unscoped(WHY).filter(pk__in=files).values_list("pk", "reference")) if files else {}


def _require(actor: Actor) -> None:
    if not access_queries.may(actor, Permission.AUDIT_VIEW):
        raise Refused("role", "Your role does not include oversight.")
