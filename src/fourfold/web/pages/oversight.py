"""Oversight: who read this, and why; does the log hold."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Permission
from fourfold.governance import queries as governance
from fourfold.web.doors import Request, page, requires


@requires(Permission.AUDIT_VIEW, methods=("GET",))
def log(request: Request) -> HttpResponse:
    """Show the log, newest first, of one case, one person or one kind where asked; check it where asked."""
    asked = request.GET
    before = asked.get("before", "")
    value = governance.log_page(
        actor=request.actor,
        at=request.at,
        before=int(before) if before.isdigit() else None,
        case=asked.get("case", "")[:20],
        who=_identifier(asked.get("who", "")),
        operation=asked.get("operation", "")[:20],
    )
    verdict = governance.verdict(actor=request.actor) if asked.get("check") else None
    return page(request, "oversight/log.html", value=value, verdict=verdict)


def _identifier(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


urlpatterns = [path("oversight/", log, name="oversight:home")]
