"""Two records of one person: two people merge those of victims, and each victim's own advocate is told on their day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, NotFound, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases import services
from fourfold.duties.queries import anywhere
from fourfold.linkage import queries as linkage
from fourfold.linkage import services as matching
from fourfold.linkage.terms import RecordsDraft, TwoRecords
from fourfold.people import queries as people
from fourfold.people import services as people_services
from fourfold.people.queries.merged import merged_records
from fourfold.people.terms import Part
from fourfold.support import queries as support
from fourfold.web.evidence import sides
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import sentence

SHOWN = {Compartment.CORE, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN, methods=("GET",))
def merged(request: Request) -> HttpResponse:
    """List the records that were found to be one person, fifty a page; each pair is parted on its own page."""
    value = merged_records(request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "desk/merged.html", value=value)


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN, methods=("GET",))
def may_be_one(request: Request) -> HttpResponse:
    """List the pairs of records that may be one person, the most likely first; each is decided on its own page."""
    value = linkage.may_be_one(request.actor, at=request.at, after=request.GET.get("after", ""))
    crowds = linkage.not_all_compared(request.actor, at=request.at)
    return page(request, "desk/may_be_one.html", value=value, crowds=crowds)


@requires(Permission.MATCH_CONFIRM, compartments=SHOWN)
def records(request: Request, part: str, one: UUID, other: UUID) -> HttpResponse:
    """Show two records side by side; decide that they are one person, or undo that. Both records stay."""
    if part not in set(Part):
        raise NotFound
    value = linkage.two_records(request.actor, Part(part), one, other, at=request.at)

    def shows(_: Form) -> dict[str, Any]:
        rows = (*value.decided, *value.kept_apart, *filter(None, [value.waits]))
        who = {each for row in rows for each in (row.decided_by, row.undone_by, row.signed_by) if each}
        asks = value.part is Part.VICTIM and not (value.are_one or value.are_kept_apart or value.waits)
        signs = _who_signs(request, value) if asks else None
        return {"value": value, "rows": sides(value), "names": access_queries.names_of(who), "seconds": signs}

    return form_page(
        request,
        "desk/records.html",
        draft=RecordsDraft,
        does=lambda draft: _decide(request, value, draft),
        then=to("desk:records", part=part, one=one, other=other),
        shows=shows,
    )


def _who_signs(request: Request, value: TwoRecords) -> Seconds:
    """Return who could sign that the records of two victims are one person's."""
    site = _row(request, value.part, value.one).site
    needs = Needs(Permission.MATCH_CONFIRM, site, apart=(value.one, value.other))
    return who_could(needs, actor=request.actor, at=request.at)


def _decide(request: Request, value: TwoRecords, draft: RecordsDraft) -> object:
    """Keep what somebody found of two records: that they are one, that they are two, or that neither was right."""
    said: dict[str, Any] = {"actor": request.actor, "reason": draft.reason, "at": request.at}
    if value.are_kept_apart:
        return matching.undo_apart(part=value.part, one=value.one, other=value.other, **said)
    if draft.found == "two" and not value.are_one:
        return matching.keep_apart(part=value.part, one=value.one, other=value.other, **said)
    one, other = (_row(request, value.part, each) for each in (value.one, value.other))
    if value.are_one:
        return services.part_people(one=one, other=other, **said)
    if value.part is Part.SUBJECT:
        return services.merge_people(one=one, other=other, **said)
    if value.waits is None:
        return people_services.ask_to_join(one=one, other=other, **said)
    said["because"] = said.pop("reason")
    return services.sign_merge(one=one, other=other, **said)


def _row(request: Request, part: Part, person: UUID) -> Any:
    row = people.victim_row if part is Part.VICTIM else people.subject_row
    return row(person, actor=request.actor, at=request.at)


@source(Permission.MATCH_CONFIRM, there=anywhere.joins)
def merges_to_sign(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the merges that a colleague asked for and somebody else has to sign."""
    for one in linkage.joins_to_sign(actor, at=at):
        yield WorkRow(
            due_at=None,
            what=sentence("Say whether {1} and {2} are one person", *one.names),
            href=link_to("desk:records", part="victim", one=one.one, other=one.other),
            why="a colleague asked for the merge, and another person has to sign it",
            mine=True,
        )


@source(Permission.NOTE_CONFIDENTIAL, there=anywhere.merges, first_for={Role.VICTIM_ADVOCATE})
def merges_of_victims(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield that another record is said to be the victim's of a case of the advocate's own."""
    for one in support.merges_told(actor=actor, at=at):
        yield WorkRow(
            due_at=None,
            what="The victim’s record was merged with another one"
            if one.merged
            else "Somebody asks to merge the victim’s record with another one",
            href=link_to("support:endpoints", reference=one.reference),
            why="tell the desk if they are two people; nothing is sent to a number of the other record until you confirm it",
            case=one.reference,
            level=one.level,
            mine=True,
        )


urlpatterns = [
    path("desk/records/", merged, name="desk:merged"),
    path("desk/records/likely/", may_be_one, name="desk:may_be_one"),
    path("desk/records/<str:part>/<uuid:one>/<uuid:other>/", records, name="desk:records"),
]
