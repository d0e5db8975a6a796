"""The day in somebody's own calendar: when something is due, and nothing of what it is or whom it is about."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import NotFound
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.web import worklist
from fourfold.web.guard import Request, not_found, open_to_all, page, requires_any

if TYPE_CHECKING:
    from icalendar import Event

#: One title for everything: a calendar is read over a shoulder, on a shared screen, and by whoever hosts it.
TITLE = "Work"
AHEAD = timedelta(days=60)
LENGTH = timedelta(minutes=30)


@requires_any("everybody has a calendar of their own")
def address(request: Request) -> HttpResponse:
    """Show whether the calendar has an address, and make a new one or end it; the address is shown once."""
    made = ""
    if request.method == "POST":
        if request.POST.get("digest"):
            _digest(request, request.POST["digest"])
        elif request.POST.get("end"):
            access.end_calendar_address(actor=request.actor, at=request.at)
        else:
            secret = access.make_calendar_address(actor=request.actor, at=request.at)
            made = request.build_absolute_uri(f"/calendar/{secret}.ics")
    since = access_queries.calendar_since(request.actor, at=request.at)
    return page(
        request,
        "home/calendar.html",
        since=since,
        made=made,
        days=access_queries.CALENDAR_LASTS.days,
        digest_since=access_queries.digest_since(request.actor),
    )


def _digest(request: Request, said: str) -> None:
    if said == "ask":
        access.ask_digest(actor=request.actor, at=request.at)
    else:
        access.end_digest(actor=request.actor, at=request.at)


@open_to_all("a calendar program cannot sign in: the address is a secret that its owner can end; it names nobody")
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Return the calendar whose secret this is; a wrong secret and an ended one are both not there."""
    at: datetime = request.at  # type: ignore[attr-defined]
    try:
        actor = access_queries.whose_calendar(secret, at=at)
    except NotFound:
        return not_found(request)
    with audit.reading(actor, "page.calendar", at=at):
        text = calendar_of(actor, at)
    return HttpResponse(text, content_type="text/calendar; charset=utf-8")


def calendar_of(actor: Actor, at: datetime) -> bytes:
    """Return the actor's calendar: one event for each moment at which something of theirs is due, with how many."""
    from icalendar import Calendar  # a fifth of a second to load, for which no other page should wait

    due = Counter(row.due_at for row in worklist.today(actor, at).every if row.due_at and at <= row.due_at < at + AHEAD)
    calendar = Calendar()
    calendar.add("prodid", "-//Fourfold//Work//EN")
    calendar.add("version", "2.0")
    for moment, count in sorted(due.items()):
        calendar.add_component(_event(actor, moment, count, at))
    return bytes(calendar.to_ical())


def _event(actor: Actor, moment: datetime, count: int, at: datetime) -> Event:
    from icalendar import Event

    event = Event()
    event.add("uid", hashlib.sha256(f"{actor.staff}/{moment.isoformat()}".encode()).hexdigest()[:32])
    event.add("dtstamp", at)
    event.add("dtstart", moment.astimezone(UTC))  # with the name of a zone it would have to say what that is
    event.add("dtend", moment.astimezone(UTC) + LENGTH)
    event.add("summary", TITLE)
    event.add("description", f"{count} due. Sign in to see what.")
    event.add("class", "PRIVATE")
    return event


urlpatterns = [
    path("calendar/", address, name="calendar:address"),
    path("calendar/<str:secret>.ics", feed, name="calendar:feed"),
]
