"""The victim's file: her words and wishes first, how and when to reach her, how she is, and what she was told.

Every page here stands under *Exit this page* and carries a neutral title in the browser. For whoever may not read
how she is reached, none of them exists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse

from fourfold import journey
from fourfold.access.terms import Compartment, Permission, Role
from fourfold.audit.terms import About, Actor
from fourfold.gateways.transport import Outbox
from fourfold.orders import queries as orders
from fourfold.orders.terms import Step
from fourfold.people import services as people
from fourfold.people.terms import Channel, SafeContactRule
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.queries import VictimFile
from fourfold.support.terms import WRITTEN_NOTES, ContactOutcome, NoteKind
from fourfold.web import worklist
from fourfold.web.components import charts
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, end_of, link_to, source
from fourfold.words import counted, sentence, words

HERS = {Compartment.CORE, Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL}
CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}
SEALED = {Compartment.CORE, Compartment.SAFE_ADDRESS_SEALED}
DONE = words(
    {
        "contact": "Contact recorded.",
        "told": "Contact recorded, with what the victim was told.",
        "message": "The message has been sent, or will be as soon as the agreed hours allow.",
        "agreed": "Safe contact agreed. Every contact is checked against it from now on.",
        "note": "Note saved.",
        "address": "The address is sealed. No page shows it, or that it exists.",
    }
)
BROKEN = "Contact recorded as it happened. It was not as agreed with the victim, so it is not a safe contact. {why}"
LONDON = ZoneInfo("Europe/London")
OUTCOMES = (ContactOutcome.REACHED, ContactOutcome.NOT_REACHED, ContactOutcome.NOT_SAFE_TO_SPEAK)


@requires(Permission.SUPPORT_VIEW, compartments=HERS, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show the victim's file."""
    value = _file(request, reference, confidences=True)
    return _page(request, "support/file.html", value, done=_said(request, value), how_she_is=_drawn(value))


def _said(request: Request, value: VictimFile) -> tuple[str, str]:
    """Return what to say about what was just done, and how: a stopped contact or message says why."""
    done = request.GET.get("done", "")
    if done == "stopped" and value.contacts:
        return "Contact stopped: " + value.contacts[0].why_stopped, "information"
    if done == "broken" and value.contacts:
        latest = max(value.contacts, key=lambda each: each.recorded_at)
        return BROKEN.format(why=latest.rule_broken), "information"
    if done == "held" and value.messages:
        return "Message stopped, nothing was sent: " + value.messages[0].why_stopped, "information"
    return DONE.get(done, ""), "success"


def _drawn(value: VictimFile) -> charts.Svg | None:
    """Draw how she is over time; a check-in with open answers has no total, and is no dot."""
    totals = [each for each in value.check_ins if each.total is not None]
    if not totals:
        return None
    readings = [charts.Reading(each.at.date(), float(each.total or 0)) for each in totals]
    scale = charts.Scale(float(totals[0].lowest), float(totals[0].highest))
    return charts.sparkline(readings, scale, name="Safety check-in", worse="lower")


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT)
def contact(request: Request, reference: str) -> HttpResponse:
    """Record a contact that has happened, with what she was told in it; or ask her rule before she is reached."""
    value = _file(request, reference)
    ahead = orders.orders_page(actor=request.actor, reference=reference, at=request.at).orders
    ahead = tuple(order for order in ahead if Step.SERVED in order.next_steps or order.step is Step.APPLIED)
    ahead = ahead if value.may_record else ()
    may_go = request.GET.get("open", "")
    form = Form(request, {**_clock(request.at), "channel": may_go})
    if form.sent:
        hers = form.flag("incoming")  # what she began herself has happened
        asks = "" if hers else "Say whether the contact has happened"
        happened = form.text("happened", missing=asks)
        channel = form.choice("channel", Channel, missing="Choose how you make contact")
        if happened == "no" and not hers:
            if form.ok and channel is not None:
                with form.catching(), request.once(_back(reference)):
                    return _before(request, reference, channel, form.flag("leaves_message"))
        else:
            outcome = form.choice("outcome", ContactOutcome, missing="Choose what happened")
            minutes, when = form.number("minutes", most=1440), _when(form, request.at)
            if form.ok and channel is not None and outcome is not None:
                with form.catching(), request.once(_back(reference)):
                    return _done(reference, _reach(request, reference, form, channel, outcome, minutes, when))
    owed = tuple(update for update in value.updates if update.told_at is None) if value.may_record else ()
    go = next((way.words for way in value.ways if way.channel == may_go and not way.why_not), "")
    return _page(request, "support/contact.html", value, form=form, outcomes=OUTCOMES, owed=owed, ahead=ahead, go=go)


def _clock(at: datetime) -> dict[str, object]:
    """Return what the fields of a moment begin with: now, in London."""
    now = at.astimezone(LONDON)
    day = {"happened_at-day": now.day, "happened_at-month": now.month, "happened_at-year": now.year}
    return {**day, "happened_at-time": f"{now:%H:%M}"}


def _when(form: Form, at: datetime) -> datetime:
    """Read when it happened; now, where nothing was said. A day alone would be judged by an hour that nobody said."""
    when = form.moment("happened_at")
    clock = form.text("happened_at-time")
    if when is None and clock:
        form.wrong("happened_at", "Enter the day too, such as 24 11 2026")
    if when is not None and not clock:
        form.wrong("happened_at-time", "Enter the time too, such as 11:00")
    return when or at


def _before(request: Request, reference: str, channel: Channel, leaves_message: bool) -> HttpResponse:
    """Ask her rule: where it stops the contact, that is kept and said; else the form leads on to what became of it."""
    stopped = support.ask_before_contact(
        actor=request.actor,
        case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
        channel=channel,
        leaves_message=leaves_message,
        at=request.at,
    )
    if stopped is not None:
        return _done(reference, "stopped")
    answer = to("support:contact", reference=reference)
    answer["Location"] += f"?open={channel}"
    return answer


def _reach(
    request: Request,
    reference: str,
    form: Form,
    channel: Channel,
    outcome: ContactOutcome,
    minutes: int | None,
    when: datetime,
) -> str:
    actor, at = request.actor, request.at
    updates = [queries.update_row(actor=actor, update=chosen, at=at) for chosen in _chosen(form, "updates")]
    ahead = [orders.order_row(actor=actor, order=chosen, at=at) for chosen in _chosen(form, "orders")]
    kept = journey.victim_reached(
        actor=actor,
        case=queries.case_row(actor=actor, reference=reference, at=at),
        channel=channel,
        outcome=outcome,
        at=at,
        incoming=form.flag("incoming"),
        leaves_message=form.flag("leaves_message"),
        minutes=minutes,
        happened_at=when,
        updates=updates,
        orders_ahead=ahead,
    )
    if kept.rule_broken:
        return "broken"
    return "told" if kept.safe and (updates or ahead) else "contact"


def _chosen(form: Form, name: str) -> list[UUID]:
    """Return the identifiers that were ticked; what is none is left out."""
    found = []
    for said in form.values(name):
        try:
            found.append(UUID(said))
        except ValueError:
            form.wrong(name, "Choose one of the entries shown")
    return found


@requires(Permission.MESSAGE_SEND, compartments=CONTACT)
def message(request: Request, reference: str) -> HttpResponse:
    """Write a message to her; it leaves through the one way out, or stays with the reason."""
    value = _file(request, reference)
    form = Form(request, {"channel": Channel.TEXT})
    if form.sent:
        channel = form.choice("channel", Channel, missing="Choose how to send it")
        text = form.text("text", missing="Write the message")
        title = form.text("title")
        if form.ok and channel is not None:
            with form.catching(), request.once(_back(reference)):
                sent = journey.message_sent(
                    actor=request.actor,
                    case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
                    channel=channel,
                    text=text,
                    title=title,
                    at=request.at,
                    transport=Outbox(settings.FOURFOLD.outbox_dir),
                )
                return _done(reference, "held" if sent.state == "stopped" else "message")
    return _page(request, "support/message.html", value, form=form)


@requires(Permission.SAFE_CONTACT_SET, compartments=CONTACT, resumes=True)
def agree(request: Request, reference: str) -> HttpResponse:
    """Keep how she may be reached, as agreed with her."""
    value = _file(request, reference)
    form = Form(request, _agreed_before(value))
    if form.sent:
        rule = _rule(form)
        code_phrase, note = form.text("code_phrase", longest=80), form.text("note", longest=300)
        if form.ok:
            with form.catching(), request.once(_back(reference)):
                support.agree_contact(
                    actor=request.actor,
                    case=queries.case_row(actor=request.actor, reference=reference, at=request.at),
                    rule=rule,
                    code_phrase=code_phrase,
                    note=note,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "agreed")
        if form.conflict:
            value = _file(request, reference)
    return _page(request, "support/agree.html", value, form=form, channels=list(Channel))


def _agreed_before(value: VictimFile) -> dict[str, object]:
    """Return what was agreed last, for the form to begin with; nothing is taken from anybody else's record."""
    if value.agreed is None:
        return {"shared_device": "yes"}
    rule = value.agreed.rule
    return {
        "channels": [str(channel) for channel in rule.channels],
        "from_time": f"{rule.from_time:%H:%M}" if rule.from_time else "",
        "until_time": f"{rule.until_time:%H:%M}" if rule.until_time else "",
        "leave_message": "yes" if rule.leave_message else "no",
        "shared_device": "yes" if rule.shared_device else "no",
        "code_phrase": value.agreed.code_phrase,
        "note": value.agreed.note,
    }


def _rule(form: Form) -> SafeContactRule:
    channels = tuple(Channel(said) for said in form.values("channels") if said in set(Channel))
    return SafeContactRule(
        channels=channels,
        from_time=_time(form, "from_time"),
        until_time=_time(form, "until_time"),
        leave_message=form.value("leave_message") == "yes",
        shared_device=form.value("shared_device") != "no",
        confirmed=form.flag("confirmed"),
    )


def _time(form: Form, name: str) -> time | None:
    said = form.text(name).replace(".", ":")
    try:
        return time.fromisoformat(said.zfill(5)) if said else None
    except ValueError:
        form.wrong(name, "Enter a real time, such as 14:00, or leave it empty")
        return None


@requires(Permission.NOTE_CONFIDENTIAL, compartments=HERS, resumes=True)
def note(request: Request, reference: str) -> HttpResponse:
    """Write down a wish, a need or a confidence."""
    value = _file(request, reference)
    form = Form(request, {"kind": request.GET.get("kind", "")})
    if form.sent:
        kind = form.choice("kind", NoteKind, missing="Choose what this is")
        text = form.text("text", missing="Write what the victim said, in their own words where you can", longest=5000)
        if form.ok and kind is not None:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                support.write_note(actor=request.actor, case=case, kind=kind, text=text, at=request.at)
                return _done(reference, "note")
    return _page(request, "support/note.html", value, form=form, kinds=WRITTEN_NOTES)


@requires(Permission.SAFE_ADDRESS_SET, compartments=CONTACT)
def address(request: Request, reference: str) -> HttpResponse:
    """Seal where she truly is; the page never shows it again."""
    value = _file(request, reference)
    form = Form(request)
    if form.sent:
        where = form.text("address", missing="Write the address to seal", longest=500)
        if form.ok:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                support.keep_address(actor=request.actor, case=case, address=where, at=request.at)
                return _done(reference, "address")
    return _page(request, "support/address.html", value, form=form)


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED)
def ask(request: Request, reference: str) -> HttpResponse:
    """Ask another advocate that her sealed address be opened; whether there is one, only this form may say."""
    value = queries.address_requests(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        reason = form.text("reason", missing="Say why you need the address now", longest=2000)
        if form.ok:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda about: _request(reference, about.id)):
                asked = support.ask_for_address(actor=request.actor, case=case, reason=reason, at=request.at)
                return _request(reference, asked.pk)
    return _sealed_page(request, "support/ask.html", value, form)


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED)
def answer(request: Request, reference: str, opening: UUID) -> HttpResponse:
    """Show a request to the one who asked; let a second advocate say yes or no to it, each in their own session."""
    form = Form(request)
    if form.sent:
        given = form.text("given", missing="Choose yes or no")
        words = form.text("words", longest=2000)
        if form.ok:
            row = queries.address_request_row(actor=request.actor, reference=reference, asked=opening, at=request.at)
            with form.catching(), request.once(lambda _: _request(reference, opening)):
                people.answer_for_safe_address(
                    actor=request.actor, asked=row, given=given == "yes", words=words, at=request.at
                )
                return _request(reference, opening)
    value = queries.address_request(actor=request.actor, reference=reference, asked=opening, at=request.at)
    return _sealed_page(request, "support/request.html", value, form)


@requires(Permission.SAFE_ADDRESS_VIEW, compartments=SEALED, methods=("POST",))
def reveal(request: Request, reference: str, opening: UUID) -> HttpResponse:
    """Open the sealed address once: it stands in this answer and on no address that could be read again."""
    form = Form(request)
    row = queries.address_request_row(actor=request.actor, reference=reference, asked=opening, at=request.at)
    address = ""
    with form.catching(), request.once(lambda _: _request(reference, opening)):
        address = people.reveal_safe_address(actor=request.actor, asked=row, at=request.at)
    if form.ok:
        return page(request, "support/revealed.html", reference=reference, address=address, victim_page=True)
    value = queries.address_request(actor=request.actor, reference=reference, asked=opening, at=request.at)
    return _sealed_page(request, "support/request.html", value, form)


def _sealed_page(
    request: Request, template: str, value: queries.AddressRequest | queries.AddressRequests, form: Form
) -> HttpResponse:
    return page(request, template, value=value, form=form, errors=form.problems, victim_page=True)


def _request(reference: str, asked: UUID) -> HttpResponse:
    return to("support:request", reference=reference, opening=asked)


@worklist.source(Permission.SAFE_ADDRESS_VIEW)
def addresses_asked(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sealed addresses that colleagues ask to open, and one's own that may be opened now."""
    for each in queries.address_requests_to_act_on(actor=actor, at=at):
        yield WorkRow(
            due_at=each.asked.until,
            what="Open what you asked for" if each.asked.mine else "A colleague needs a second advocate",
            href=reverse("support:request", kwargs={"reference": each.reference, "opening": each.asked.id}),
            why=f"{each.asked.answered_by} said yes" if each.asked.mine else f"{each.asked.asked_by} asks",
            case=each.reference,
            mine=True,
        )


def _file(request: Request, reference: str, *, confidences: bool = False) -> VictimFile:
    """Read her file; whoever may not gets the page of what does not exist, for the forms as for the file."""
    return queries.victim_file(actor=request.actor, reference=reference, at=request.at, confidences=confidences)


def _page(request: Request, template: str, value: VictimFile, **values: Any) -> HttpResponse:
    form = values.get("form")
    return page(
        request,
        template,
        value=value,
        victim_page=True,
        errors=form.problems if isinstance(form, Form) else {},
        **values,
    )


def _done(reference: str, what: str) -> HttpResponse:
    answer = to("support:file", reference=reference)
    answer["Location"] += f"?done={what}"
    return answer


def _back(reference: str) -> Callable[[About], HttpResponse]:
    """Lead a form that was sent twice to where its first sending led."""
    return lambda _: to("support:file", reference=reference)


# ---- on the day --------------------------------------------------------------------------------------------------


@source(Permission.SUPPORT_RECORD, first_for={Role.VICTIM_ADVOCATE})
def contacts(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the silent victims, then whom to reach in the order of their safe hours."""
    for silent in queries.silent_victims(actor=actor, at=at):
        yield WorkRow(
            due_at=at - timedelta(days=silent.days - 14),
            what="Nobody has reached this victim safely",
            href=link_to("support:file", reference=silent.reference),
            why=sentence("silent for {1} days", silent.days),
            case=silent.reference,
            level=silent.level,
        )
    for one in queries.contacts_in_order(actor=actor, at=at)[:20]:
        yield WorkRow(
            due_at=None if one.opens is None else max(one.opens, at + timedelta(minutes=1)),
            due="no safe hours agreed",
            what=sentence("Contact {1}", one.name),
            href=link_to("support:file", reference=one.reference),
            why="safe hours are open now" if one.open_now else "safe hours",
            detail=one.how,
            case=one.reference,
            level=one.level,
        )


@source(Permission.SUPPORT_RECORD, first_for={Role.VICTIM_ADVOCATE})
def code_clocks(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield what the victims of the advocate's own cases have not been told yet, by the day on which they are to be."""
    for owed in queries.updates_owed(actor=actor, at=at, mine=True):
        yield WorkRow(
            due_at=end_of(owed.due_on),
            what=owed.what.task,
            href=link_to("support:contact", reference=owed.reference),
            why=sentence("Victims' Code, {1}", counted(owed.working_days, "working day")),
            detail=owed.how,
            case=owed.reference,
            level=owed.level,
        )


urlpatterns = [
    path("cases/<str:reference>/victim/", show, name="support:file"),
    path("cases/<str:reference>/victim/contact/", contact, name="support:contact"),
    path("cases/<str:reference>/victim/message/", message, name="support:message"),
    path("cases/<str:reference>/victim/safe-contact/", agree, name="support:agree"),
    path("cases/<str:reference>/victim/note/", note, name="support:note"),
    path("cases/<str:reference>/victim/address/", address, name="support:address"),
    path("cases/<str:reference>/victim/address/ask/", ask, name="support:ask"),
    path("cases/<str:reference>/victim/address/requests/<uuid:opening>/", answer, name="support:request"),
    path("cases/<str:reference>/victim/address/requests/<uuid:opening>/open/", reveal, name="support:reveal"),
]
