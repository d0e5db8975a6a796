"""Finding a case by its reference, a person on record, reports that nobody joined, and what colleagues wrote.

Only among what the reader may see; the page says what is searched and what is not.
"""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import NotFound, Permission
from fourfold.cases import queries as cases
from fourfold.people import queries as people
from fourfold.web.guard import Request, page, requires, to

LONGEST = 100


@requires(Permission.CASE_VIEW, methods=("GET",))
def results(request: Request) -> HttpResponse:
    """Lead straight to a case whose reference was typed; else show the people and the reports that the words may mean."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if words.upper().startswith("FF-"):
        try:
            case = cases.case_of(actor=request.actor, reference=words.upper(), at=request.at)
        except NotFound:
            return page(request, "find/results.html", words=words, people=[], cases=[], reports=None, written=())
        return to("case:pattern", reference=case.reference)
    found = people.found(words, actor=request.actor, at=request.at)
    theirs = (
        cases.cases_of_people(actor=request.actor, people=[one.id for one in found], at=request.at) if found else ()
    )
    reports = cases.reports_found(words, actor=request.actor, at=request.at) if words else None
    written = cases.written_found(words, actor=request.actor, at=request.at)
    return page(request, "find/results.html", words=words, people=found, cases=theirs, reports=reports, written=written)


urlpatterns = [path("find/", results, name="find:results")]
