"""A form of a case: within its frame, and back to a page of the case."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse

from fourfold.audit.terms import About
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.web.case_frame import frame
from fourfold.web.form_pages import Draft, Result, Shows, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, to

#: The tab under which the forms of a folder stand, and to which they lead back.
TABS = {
    "case": "case:pattern",
    "following": "case:pattern",
    "assessment": "assessment:page",
    "plan": "plan:page",
    "consulting": "panel:case",
}


def case_form(  # noqa: PLR0913 -- a page is what it says of itself, each by name
    request: Request,
    header: CaseHeader,
    template: str,
    *,
    tab: str = "",
    draft: type[Draft] | Callable[[Form], Draft | None],
    does: Callable[[Draft], Result],
    then: HttpResponse | Callable[[Result], HttpResponse] | None = None,
    done: str = "",
    again: Callable[[About], HttpResponse] | None = None,
    initial: dict[str, object] | None = None,
    shows: Shows | None = None,
) -> HttpResponse:
    """Show a form under a tab of a case, or take it and lead to `then`, or else to the tab."""
    tab = tab or TABS[template.partition("/")[0]]

    def around(form: Form) -> dict[str, Any]:
        said = shows(form) if callable(shows) else shows or {}
        return {"header": header, "frame": frame(header, tab, actor=request.actor, at=request.at), **said}

    return form_page(
        request,
        template,
        draft=draft,
        does=does,
        then=then or to(tab, reference=header.reference),
        done=done,
        again=again,
        initial=initial,
        shows=around,
    )


def case_row(request: Request, reference: str) -> Any:
    """Return the case for a service."""
    return cases.case_of(actor=request.actor, reference=reference, at=request.at)
