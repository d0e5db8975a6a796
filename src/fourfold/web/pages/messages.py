"""Writing to a victim: a message of the closed list leaves at once, words of one's own only when somebody else has read them."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access.askers import Needs
from fourfold.access.queries import may
from fourfold.access.seconds import who_could
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.base import stored_sentence
from fourfold.duties.queries import Waiting
from fourfold.people.queries.call_backs import numbers_of
from fourfold.people.rules.deliveries import MEANS
from fourfold.people.rules.templates import Language, filled, in_blank, offered, templates
from fourfold.people.terms import Channel, Fate
from fourfold.support import queries
from fourfold.support.terms.reaching import MessageDraft, MessageReadDraft
from fourfold.web.components.words import LONDON
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.third_parties_beside import TOLD_FROM, third_parties_beside
from fourfold.web.worklist import WorkRow, kept, link_to
from fourfold.words import Word, day_said, words

CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}
AHEAD = 28
LANGUAGES = ((Language.ENGLISH.value, Word("English")), (Language.WELSH.value, Word("Welsh")))
BY_CODE = {each.code: each for each in templates()}
LED = {"stopped": "held", "held": "reader"}
NOT_THERE = words(
    {
        "stopped": "A message was not sent. Tell the victim another way",
        "waiting": "A message waits to be sent. If it is urgent, tell the victim another way",
        "leaving": "Nobody knows whether a message was sent. Ask the victim before you write again",
        "sent": "A message did not arrive. Tell the victim another way",
    }
)


@requires(Permission.MESSAGE_SEND, compartments=TOLD_FROM)
def write(request: Request, reference: str) -> HttpResponse:
    """Write a message to the victim: chosen from the list, or in words that somebody else reads first."""
    value = queries.victim_file(actor=request.actor, reference=reference, at=request.at, confidences=False)
    numbers = numbers_of(value.case)
    reads = Needs(Permission.MESSAGE_SEND, value.site, value.case, reads=Compartment.VICTIM_CONTACT)
    advocates = Needs(Permission.SAFE_ADDRESS_VIEW, value.site, value.case)
    shown = {
        "value": value,
        "victim_page": True,
        "seconds": who_could(reads, advocates, actor=request.actor, at=request.at),
        **_choices(request, numbers),
        **third_parties_beside(request, reference),
    }
    if request.method == "GET" and "template" in request.GET:
        return page(request, "support/message.html", form=_chosen(request, numbers), **shown)
    return form_page(
        request,
        "support/message.html",
        draft=MessageDraft,
        does=lambda draft: journey.message_sent(
            actor=request.actor,
            case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
            at=request.at,
            transport=settings.FOURFOLD.transport(),
            **vars(draft),
        ),
        then=lambda sent: _done(reference, LED.get(sent.state, "message")),
        again=lambda _: to("support:file", reference=reference),
        initial={"channel": Channel.TEXT, "language": Language.ENGLISH},
        shows=shown,
    )


def _choices(request: Request, numbers: tuple[str, ...]) -> dict[str, Any]:
    today = request.at.astimezone(LONDON).date()
    days = [today + timedelta(days=ahead) for ahead in range(AHEAD)]
    sender = request.actor.name
    blanks = ((each.code, in_blank(each, Language.ENGLISH, sender=sender)) for each in offered(sender, numbers))
    return {
        "templates": tuple(blanks),
        "days": (("", Word("Choose a day")), *((day.isoformat(), day_said(day)) for day in days)),
        "languages": LANGUAGES,
        "numbers": (("", Word("Choose a number")), *((each, each) for each in numbers)) if numbers else (),
    }


def _chosen(request: Request, numbers: tuple[str, ...]) -> Form:
    """Return the form with the message that was chosen in it, its blanks filled; or with what is missing."""
    form = Form(request, {"channel": Channel.TEXT, "language": Language.ENGLISH, **request.GET.dict()})
    language = form.choice("language", Language) or Language.ENGLISH
    template = BY_CODE.get(form.text("template"))
    if template is None or template not in offered(request.actor.name, numbers):
        form.wrong("template", "Choose a message")
        return form
    day, clock = form.day("day"), _clock(form)
    if template.asks_day and day is None:
        form.wrong("day", "Choose the day")
    if template.asks_time and clock is None:
        form.wrong("clock", "Enter the time, such as 11:00")
    number = form.text("number")
    if template.asks_number and number not in numbers:
        form.wrong("number", "Choose the number to ring")
    if not form.problems:
        form.typed["text"] = filled(template, language, sender=request.actor.name, on=day, at=clock, number=number)
    return form


def _clock(form: Form) -> time | None:
    try:
        return time.fromisoformat(form.text("clock").replace(".", ":").zfill(5))
    except ValueError:
        return None


@requires(Permission.MESSAGE_SEND, compartments=CONTACT)
def read(request: Request, reference: str, message: UUID) -> HttpResponse:
    """Show words of a colleague's own to whoever may let them go, and keep their answer."""
    return form_page(
        request,
        "support/message_read.html",
        draft=MessageReadDraft,
        does=lambda draft: journey.message_read(
            actor=request.actor,
            message=queries.message_row(actor=request.actor, reference=reference, message=message, at=request.at),
            at=request.at,
            transport=settings.FOURFOLD.transport(),
            **vars(draft),
        ),
        then=to("support:read_message", reference=reference, message=message),
        shows=lambda _: {
            "value": queries.message_to_read(actor=request.actor, reference=reference, message=message, at=request.at),
            "victim_page": True,
        },
    )


def _done(reference: str, what: str) -> HttpResponse:
    answer = to("support:file", reference=reference)
    answer["Location"] += f"?done={what}"
    return answer


@kept(Permission.SAFE_ADDRESS_VIEW)
def messages_to_read(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say what colleagues wrote in words of their own, which leaves only when another advocate of the unit has read it."""
    if one.by_reader or not may(actor, Permission.SAFE_ADDRESS_VIEW, site=one.site):
        return None
    return WorkRow(
        decide=True,  # it lapses within a day, and a victim waits for it
        due_at=one.due_at,
        what="Read a colleague’s message before it is sent",
        href=link_to("support:read_message", reference=one.reference, message=one.about),
        why="it is not on the list of messages",
        case=one.reference,
        level=one.level,
        mine=True,
    )


@kept(Permission.MESSAGE_SEND)
def messages_not_sent(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say what did not reach a victim, or may not have: somebody must tell the victim another way."""
    fate, why = one.said["fate"], stored_sentence(one.text)
    return WorkRow(
        decide=True,  # the victim waits for it, and nobody else knows
        due_at=one.due_at,
        what=NOT_THERE[one.said["state"]],
        href=link_to("support:file", reference=one.reference),
        why=MEANS[Fate(fate)] if fate else why,
        case=one.reference,
        level=one.level,
    )


urlpatterns = [
    path("cases/<str:reference>/victim/message/", write, name="support:message"),
    path("cases/<str:reference>/victim/message/<uuid:message>/", read, name="support:read_message"),
]
