"""The victim's file: wishes first, how and when to make contact, how the victim is, and what they were told.

Every page here stands under *Exit this page* and carries a neutral title in the browser. For whoever may not read
how the victim is contacted, none of them exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access.terms import Compartment, Permission
from fourfold.orders import queries as orders
from fourfold.orders.terms import Step
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.plan import queries as plan
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.queries import VictimFile
from fourfold.support.terms import WRITTEN_NOTES, AddressDraft, ContactOutcome, NoteDraft, NoteKind
from fourfold.web.components import charts
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.shut import says_who_opens
from fourfold.web.telling import clock
from fourfold.web.third_parties_beside import TOLD_FROM, third_parties_beside
from fourfold.web.updates import breaches_said, given_by_warning, orders_named, with_steps
from fourfold.words import sentence, words

CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}
CONFIDENTIAL = CONTACT | {Compartment.ADVOCATE_CONFIDENTIAL}
DONE = words(
    {
        "contact": "Contact recorded.",
        "told": "Contact recorded, with what the victim was told.",
        "message": "The message has been sent, or will be as soon as the agreed hours allow.",
        "reader": "Message saved. Nothing is sent until another advocate, or the officer in the case, has read it.",
        "agreed": "Safe contact agreed. Every contact is checked against it from now on.",
        "note": "Note saved.",
        "address": "The address is sealed. No page shows it, or that it exists.",
    }
)
#: What is said of a message that was to leave at once and did not: by its state.
NOT_LEFT = words(
    {
        "stopped": "Message stopped, nothing was sent: {1}",
        "waiting": "Message saved, not sent yet: {1}",
        "leaving": "Not known whether the message was sent: {1} It is not tried again. Ask the victim before you write again.",
    }
)
#: What an advocate is asked for: by whether this case's own agreement ended, and whether they may know that another did it.
OUTCOMES = (ContactOutcome.REACHED, ContactOutcome.NOT_REACHED, ContactOutcome.NOT_SAFE_TO_SPEAK)


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL, methods=("GET",))
@says_who_opens
def show(request: Request, reference: str) -> HttpResponse:
    value = _file(request, reference, confidences=True)
    shows: dict[str, Any] = {"updates": with_steps(request, value), "check_ins": _drawn(value)}
    return page(request, "support/file.html", **_shown(value), **shows, done=_said(request, value))


def _said(request: Request, value: VictimFile) -> tuple[str, str]:
    """Return what to say about what was just done, and how: a stopped contact or message says why."""
    done = request.GET.get("done", "")
    if done == "stopped" and value.contacts:
        return sentence("Contact stopped: {1}", value.contacts[0].why_stopped), "information"
    if done == "broken" and value.contacts:
        latest = max(value.contacts, key=lambda each: each.recorded_at)
        return sentence(
            "Contact recorded as it happened. It was not as agreed with the victim, so it is not a safe contact. {1}",
            latest.rule_broken,
        ), "information"
    if done == "held" and value.messages:
        return sentence("Message stopped, nothing was sent: {1}", value.messages[0].why_stopped), "information"
    if done == "message" and value.messages and (newest := value.messages[0]).why_stopped:
        return sentence(NOT_LEFT[newest.state], newest.why_stopped), "information"
    return DONE.get(done, ""), "success"


def _drawn(value: VictimFile) -> charts.Svg | None:
    """Draw the check-ins over time; a check-in with open answers has no total, and is no dot."""
    totals = [each for each in value.check_ins if each.total is not None]
    if not totals:
        return None
    readings = [charts.Reading(each.at.date(), float(each.total or 0)) for each in totals]
    scale = charts.Scale(float(totals[0].lowest), float(totals[0].highest))
    return charts.sparkline(readings, scale, name="Safety check-in", worse="lower")


@requires(Permission.SUPPORT_VIEW, compartments=TOLD_FROM)
def contact(request: Request, reference: str) -> HttpResponse:
    """Record a contact that has happened, with what the victim was told in it; or check one before it is made."""
    value = _file(request, reference)
    ahead = orders.orders_page(actor=request.actor, reference=reference, at=request.at).orders
    steps = plan.actions_to_tell(actor=request.actor, case_id=_case(request, reference).pk, at=request.at)
    thirds = third_parties_beside(request, reference)
    go, said = request.GET.get("open", ""), breaches_said(request.actor, value.updates, value.case, request.at)

    def shows(form: Form) -> dict[str, Any]:
        coming = (order for order in ahead if Step.SERVED in order.next_steps or order.step is Step.APPLIED)
        return {
            **_shown(value),
            **thirds,
            "outcomes": OUTCOMES,
            "owed": [update for update in value.updates if update.told_at is None] if value.may_record else [],
            "ahead": list(coming) if value.may_record else [],
            "gives": given_by_warning(value, ahead),
            "which": said | orders_named(value.updates, ahead),
            "steps": steps if value.may_record else [],
            "go": next((way.words for way in value.ways if way.channel == go and not way.why_not), ""),
        }

    return form_page(
        request,
        "support/contact.html",
        draft=lambda form: _contact(form, request.at),
        does=lambda told: (
            _record(request, reference, told, told.outcome) if told.outcome else _check(request, reference, told)
        ),
        then=lambda answer: answer,
        again=lambda _: to("support:file", reference=reference),
        initial=clock("happened_at", request.at) | {"channel": go} | _confirms(request, value, said),
        shows=shows,
    )


def _confirms(request: Request, value: VictimFile, said: Mapping[UUID, str]) -> dict[str, object]:
    """Return what the form begins with where somebody said that an update was told and no safe contact does: all of it."""
    told = request.GET.get("told", "")
    if told not in map(str, said):
        return {}
    way = next((str(way.channel) for way in value.ways if not way.why_not), "")
    return {"happened": "yes", "channel": way, "outcome": str(ContactOutcome.REACHED), "updates": [told]}


@dataclass(frozen=True)
class ContactTold:
    """A contact as the form tells it; `outcome` of None: it is about to be made."""

    channel: Channel
    outcome: ContactOutcome | None
    incoming: bool
    leaves_message: bool
    minutes: int | None = None
    happened_at: datetime | None = None
    updates: tuple[UUID, ...] = ()
    orders: tuple[UUID, ...] = ()
    actions: tuple[UUID, ...] = ()


def _contact(form: Form, at: datetime) -> ContactTold | None:
    incoming = form.flag("incoming")  # what the victim began has happened
    happened = form.text("happened", missing="" if incoming else "Say whether the contact has happened")
    channel = form.choice("channel", Channel, missing="Choose how you make contact")
    leaves_message = form.flag("leaves_message")
    if happened == "no" and not incoming:
        return ContactTold(channel, None, incoming, leaves_message) if channel else None
    outcome = form.choice("outcome", ContactOutcome, missing="Choose what happened")
    minutes, when = form.number("minutes", most=1440), _when(form, at)
    if channel is None or outcome is None:
        return None
    updates, ahead = form.several("updates", UUID), form.several("orders", UUID)
    actions = form.several("actions", UUID)
    return ContactTold(channel, outcome, incoming, leaves_message, minutes, when, updates, ahead, actions)


def _when(form: Form, at: datetime) -> datetime:
    """Read when it happened; now, where nothing was said. A day alone would be judged by an hour that nobody said."""
    when = form.moment("happened_at")
    clock = form.text("happened_at-time")
    if when is None and clock:
        form.wrong("happened_at", "Enter the day too, such as 24 11 2026")
    if when is not None and not clock:
        form.wrong("happened_at-time", "Enter the time too, such as 11:00")
    return when or at


def _check(request: Request, reference: str, told: ContactTold) -> HttpResponse:
    """Check a contact before it is made: one that is stopped is kept; else the form goes on to its outcome."""
    stopped = support.ask_before_contact(
        actor=request.actor,
        case=_case(request, reference),
        channel=told.channel,
        leaves_message=told.leaves_message,
        at=request.at,
    )
    if stopped is not None:
        return _done(reference, "stopped")
    answer = to("support:contact", reference=reference)
    answer["Location"] += f"?open={told.channel}"
    return answer


def _record(request: Request, reference: str, told: ContactTold, outcome: ContactOutcome) -> HttpResponse:
    actor, at = request.actor, request.at
    updates = [queries.update_row(actor=actor, update=chosen, at=at) for chosen in told.updates]
    ahead = [orders.order_row(actor=actor, order=chosen, at=at) for chosen in told.orders]
    case = _case(request, reference)
    steps = plan.actions_to_tell(actor=actor, case_id=case.pk, at=at) if told.actions else ()
    steps = tuple(step for step in steps if step.pk in told.actions)
    kept = journey.victim_reached(
        actor=actor,
        case=case,
        channel=told.channel,
        outcome=outcome,
        at=at,
        incoming=told.incoming,
        leaves_message=told.leaves_message,
        minutes=told.minutes,
        happened_at=told.happened_at,
        updates=updates,
        orders_ahead=ahead,
        actions_ahead=steps,
    )
    if kept.rule_broken:
        return _done(reference, "broken")
    return _done(reference, "told" if kept.safe and (updates or ahead or steps) else "contact")


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT, resumes=True)
def agree(request: Request, reference: str) -> HttpResponse:
    """Keep how the victim may be contacted, as agreed with them."""
    value = _file(request, reference)
    return form_page(
        request,
        "support/agree.html",
        draft=_agreement,
        does=lambda agreed: support.agree_contact(
            actor=request.actor, case=_case(request, reference), at=request.at, **agreed
        ),
        then=to("support:file", reference=reference),
        done="agreed",
        initial=_agreed_before(value),
        shows=lambda form: (
            _shown(_file(request, reference) if form.conflict or form.error("ends") else value)
            | {"channels": Channel.options()}
        ),
    )


def _agreed_before(value: VictimFile) -> dict[str, object]:
    """Return what was agreed last, for the form to begin with; nothing is taken from anybody else's record."""
    if value.agreed is None or (rule := value.agreed.rule) is None:
        return {"shared_device": "yes"}
    return {
        "channels": [str(channel) for channel in rule.channels],
        "from_time": f"{rule.from_time:%H:%M}" if rule.from_time else "",
        "until_time": f"{rule.until_time:%H:%M}" if rule.until_time else "",
        "leave_message": "yes" if rule.leave_message else "no",
        "shared_device": "yes" if rule.shared_device else "no",
        "code_phrase": value.agreed.code_phrase if value.agreed.phrase_is_ours else "",
        "note": value.agreed.note,
        "every_days": rule.every_days or "",
    }


def _agreement(form: Form) -> dict[str, Any]:
    rule = SafeContactRule(
        channels=tuple(Channel(said) for said in form.values("channels") if said in set(Channel)),
        from_time=_time(form, "from_time"),
        until_time=_time(form, "until_time"),
        leave_message=form.value("leave_message") == "yes",
        shared_device=form.value("shared_device") != "no",
        confirmed=form.flag("confirmed"),
        every_days=form.number("every_days", least=1, most=90),
    )
    code_phrase, note = form.text("code_phrase", longest=80), form.text("note", longest=300)
    ends, why_ended = form.several("ends", UUID), form.text("why_ended", longest=300)
    agreed = {"rule": rule, "code_phrase": code_phrase, "note": note, "seen": form.version("version")}
    return {**agreed, "ends": ends, "why_ended": why_ended}


def _time(form: Form, name: str) -> time | None:
    said = form.text(name).replace(".", ":")
    try:
        return time.fromisoformat(said.zfill(5)) if said else None
    except ValueError:
        form.wrong(name, "Enter a real time, such as 14:00, or leave it empty")
        return None


@requires(Permission.NOTE_CONFIDENTIAL, compartments=CONFIDENTIAL, resumes=True)
def note(request: Request, reference: str) -> HttpResponse:
    """Write down a wish, a need, a fear or a confidence."""
    value = _file(request, reference)
    return form_page(
        request,
        "support/note.html",
        draft=NoteDraft,
        does=lambda draft: support.write_note(
            actor=request.actor, case=_case(request, reference), at=request.at, **vars(draft)
        ),
        then=to("support:file", reference=reference),
        done="note",
        initial={"kind": request.GET.get("kind", "")},
        shows=_shown(value) | {"kinds": NoteKind.options(*WRITTEN_NOTES)},
    )


@requires(Permission.SAFE_ADDRESS_SET, compartments=CONTACT)
def address(request: Request, reference: str) -> HttpResponse:
    """Seal where the victim truly is; the page never shows it again."""
    value = _file(request, reference)
    return form_page(
        request,
        "support/address.html",
        draft=AddressDraft,
        does=lambda draft: support.keep_address(
            actor=request.actor, case=_case(request, reference), at=request.at, **vars(draft)
        ),
        then=to("support:file", reference=reference),
        done="address",
        shows=_shown(value),
    )


def _file(request: Request, reference: str, *, confidences: bool = False) -> VictimFile:
    """Read the file; whoever may not gets the page of what does not exist, for the forms as for the file."""
    return queries.victim_file(actor=request.actor, reference=reference, at=request.at, confidences=confidences)


def _case(request: Request, reference: str) -> Any:
    return queries.case_row(actor=request.actor, reference=reference, at=request.at)


def _shown(value: VictimFile) -> dict[str, Any]:
    return {"value": value, "victim_page": True}


def _done(reference: str, what: str) -> HttpResponse:
    return to("support:file", reference=reference, done=what)


urlpatterns = [
    path("cases/<str:reference>/victim/", show, name="support:file"),
    path("cases/<str:reference>/victim/contact/", contact, name="support:contact"),
    path("cases/<str:reference>/victim/safe-contact/", agree, name="support:agree"),
    path("cases/<str:reference>/victim/note/", note, name="support:note"),
    path("cases/<str:reference>/victim/address/", address, name="support:address"),
]
