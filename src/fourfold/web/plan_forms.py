"""The frame of every form of a plan: within its case, and back to the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpResponse

from fourfold.cases.queries.values import CaseHeader
from fourfold.web.case_frame import frame
from fourfold.web.form_pages import Shows, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, to

Draft = TypeVar("Draft")


def plan_form(
    request: Request,
    header: CaseHeader,
    name: str,
    *,
    draft: type[Draft] | Callable[[Form], Draft | None],
    does: Callable[[Draft], object],
    done: str,
    initial: dict[str, object] | None = None,
    shows: Shows | None = None,
) -> HttpResponse:
    """Show a form of a plan, or take it and lead to the plan; `done` is the key of what is said there."""

    def around(form: Form) -> dict[str, Any]:
        said = shows(form) if callable(shows) else shows or {}
        return {"frame": frame(header, "plan:page", actor=request.actor, at=request.at), **said}

    return form_page(
        request,
        f"plan/{name}.html",
        draft=draft,
        does=does,
        then=to("plan:page", reference=header.reference),
        done=done,
        initial=initial,
        shows=around,
    )
