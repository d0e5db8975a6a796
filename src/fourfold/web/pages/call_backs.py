"""The numbers of a unit that a message to a victim may say: asked for by one person, confirmed by another."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.duties.queries import anywhere
from fourfold.people import services as people
from fourfold.people.queries.call_backs import call_backs, call_backs_to_confirm
from fourfold.support.terms.reaching import CallBackDraft
from fourfold.web.form_pages import button, form_page
from fourfold.web.guard import Request, requires, to
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import words

HERE = "support:call_backs"
DONE = words(
    {
        "asked": "The number is asked for. Somebody else rings it and confirms it.",
        "confirmed": "The number is confirmed. Messages may say it.",
        "ended": "No message says the number any more.",
    }
)


@requires(Permission.MESSAGE_SEND)
def listing(request: Request, site: str) -> HttpResponse:
    """Show the numbers of a unit, and take a further one."""
    return form_page(
        request,
        "support/call_backs.html",
        draft=CallBackDraft,
        does=lambda draft: people.ask_call_back(actor=request.actor, site=site, at=request.at, **vars(draft)),
        then=to(HERE, site=site),
        done="asked",
        shows=lambda _: {
            "rows": call_backs(actor=request.actor, site=site, at=request.at),
            "site": site,
            "done": DONE.get(request.GET.get("done", ""), ""),
        },
    )


@requires(Permission.MESSAGE_SEND, methods=("POST",))
def confirm(request: Request, site: str, call_back: UUID) -> HttpResponse:
    """Confirm a number as the second person, who has rung it."""
    return _button(request, people.confirm_call_back, site, call_back, "confirmed")


@requires(Permission.MESSAGE_SEND, methods=("POST",))
def end(request: Request, site: str, call_back: UUID) -> HttpResponse:
    """Take a number off the list."""
    return _button(request, people.end_call_back, site, call_back, "ended")


def _button(request: Request, does: Callable[..., object], site: str, call_back: UUID, done: str) -> HttpResponse:
    return button(
        request,
        lambda: does(actor=request.actor, site=site, call_back=call_back, at=request.at),
        then=HERE,
        done=done,
        site=site,
    )


@source(Permission.MESSAGE_SEND, there=anywhere.call_backs)
def to_confirm(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the numbers that a colleague has asked for, which no message says before somebody else has rung them."""
    for site in call_backs_to_confirm(actor=actor, at=at):
        yield WorkRow(
            what="Ring a number and confirm it for messages",
            href=link_to(HERE, site=site),
            why="no message says it until somebody else confirms it",
            due_at=None,
            mine=True,
        )


urlpatterns = [
    path("sites/of/<slug:site>/numbers/", listing, name=HERE),
    path("sites/of/<slug:site>/numbers/<uuid:call_back>/confirm/", confirm, name="support:confirm_call_back"),
    path("sites/of/<slug:site>/numbers/<uuid:call_back>/end/", end, name="support:end_call_back"),
]
