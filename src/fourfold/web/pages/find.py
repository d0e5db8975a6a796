"""Finding a case by its reference, a person on record, reports that nobody joined, and what colleagues wrote.

Only among what the reader may see; the page says what is searched and what is not.
"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.paging import page_of_list
from fourfold.access.statements import read_ahead
from fourfold.access.terms import NotFound, Permission
from fourfold.cases import queries as cases
from fourfold.cases.queries import referrals
from fourfold.cases.queries.possible_courses import MOST_COUNTED
from fourfold.cases.queries.reached import found_ahead
from fourfold.cases.queries.word_search import written_ahead
from fourfold.people.queries.same_person import people_told
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import Word, sentence

LONGEST = 100
#: So many of each list stand on one page.
SHOWN = 25
NOTHING: dict[str, Any] = {
    **dict.fromkeys(("people", "cases", "courses", "loose", "written"), ()),
    "reports": None,
    "all_people": 0,
    "all_written": 0,
}


@requires(Permission.CASE_VIEW, methods=("GET",))
def results(request: Request) -> HttpResponse:
    """Lead straight to a case or a report whose reference was typed; else show whom and what the words may mean."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    if words.upper().startswith("FF-"):
        try:
            case = cases.case_of(actor=request.actor, reference=words.upper(), at=request.at)
        except NotFound:
            return page(request, "find/results.html", words=words, **NOTHING)
        return to("case:pattern", reference=case.reference)
    numbered = any(sign.isdigit() for sign in words)  # as every reference is
    called = cases.reports_called(words, actor=request.actor, at=request.at) if numbered else ()
    if len(called) == 1:
        return to("desk:allegation", allegation=called[0].id)
    if numbered and not called and (own := referrals.told_as(words, actor=request.actor)):
        return to("intake:kept", allegation=own)
    asked = request.GET
    everyone = bool(asked.get("everyone"))
    ahead = (*found_ahead(words, request.actor, request.at), *written_ahead(words, request.actor, request.at))
    with read_ahead(*ahead):
        found = cases.people_found(words, actor=request.actor, at=request.at, everyone=everyone)
        shown = page_of_list(found, lambda one: one.id, after=asked.get("people", ""), most=SHOWN)
        records = people_told({one.id: one.merged for one in shown})
        merged = [one for one in shown if one.merged]  # of nobody else a record is another's too
        why: dict[UUID, Word] = {
            other: sentence("{1}, as {2}", one.found_by, one.name) for one in shown for other in records[one.id]
        }
        why |= {one.id: one.found_by for one in shown}
        theirs = cases.cases_of_people(actor=request.actor, people=why, at=request.at) if why else ()
        reports = cases.reports_found(words, actor=request.actor, at=request.at) if words else None
        written = cases.written_found(words, actor=request.actor, at=request.at)
    return page(
        request,
        "find/results.html",
        words=words,
        people=shown,
        same={
            one.id: [each.name for each in merged if each is not one and each.id in records[one.id]] for one in shown
        },
        all_people=len(found),
        everyone=everyone,
        more_people=found.more,
        most_counted=MOST_COUNTED,
        cases=theirs,
        reports=reports,
        courses=page_of_list(reports.courses if reports else (), _place, after=asked.get("courses", ""), most=SHOWN),
        loose=page_of_list(
            (*called, *(reports.loose if reports else ())), _place, after=asked.get("reports", ""), most=SHOWN
        ),
        written=page_of_list(written, _written_at, after=asked.get("written", ""), most=SHOWN),
        all_written=len(written),
    )


def _written_at(one: cases.WrittenFound) -> object:
    return f"{one.at.isoformat()} {one.reference} {one.exhibit or one.words}"[:100]


def _place(one: cases.PossibleRow | cases.LooseReport) -> object:
    return one.id


urlpatterns = [path("find/", results, name="find:results")]
