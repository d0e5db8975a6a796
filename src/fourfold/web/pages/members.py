"""The people of a unit: who works there, taking somebody on, and the agreements by which each partner reads its cases."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.rules import OF_A_UNIT
from fourfold.access.terms import TEAM_COMPARTMENTS, Closing, Compartment, NotFound, PartnerKind, Permission, Role
from fourfold.programme import queries
from fourfold.programme.queries import PeoplePage
from fourfold.web.components.words import in_words
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import words

LONDON = ZoneInfo("Europe/London")
DONE = words({"ended": "The end is on record, and holds from its day on."})


@requires(Permission.SITE_VIEW, methods=("GET",))
def show(request: Request, site: str) -> HttpResponse:
    """Show who works in a unit and which agreements are in force."""
    return _show(request, queries.people_page(actor=request.actor, code=site, at=request.at), Form(request))


def _show(request: Request, value: PeoplePage, form: Form, **more: str) -> HttpResponse:
    return page(
        request,
        "sites/people.html",
        status=422 if form.problems else 200,
        value=value,
        form=form,
        errors=form.problems,
        roles=[("", "choose"), *((role.value, role.label) for role in OF_A_UNIT)],
        opened=[(each.value, in_words(each)) for each in (*TEAM, Compartment.VICTIM_CONTACT)],
        done=DONE.get(request.GET.get("done", ""), ""),
        **{"taken_on": "", "password": "", **more},
    )


TEAM = tuple(each for each in Compartment if each in TEAM_COMPARTMENTS)


@requires(Permission.ACCOUNT_MANAGE, methods=("POST",))
def take_on(request: Request, site: str) -> HttpResponse:
    """Take somebody on, and show the first password once, to be handed over by hand."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    form = Form(request)
    name = form.text("name", missing="Write the person’s name", longest=120)
    email = form.text("email", missing="Write the address with which the person signs in", longest=200).lower()
    role, kind = form.choice("role", Role, missing="Choose a role"), _kind(value, form)
    if email and ("@" not in email or " " in email):
        form.wrong("email", "Write an e-mail address, such as name@partner.example")
    password = secrets.token_urlsafe(12)
    if form.ok and role is not None and kind is not None:
        with form.catching(), request.once(lambda _: to("sites:people", site=site)):
            access.take_on(
                actor=request.actor,
                name=name,
                partner=form.text("partner"),
                partner_kind=kind,
                role=role,
                site=site,
                email=email,
                password=password,
                at=request.at,
            )
        if form.ok:
            again = queries.people_page(actor=request.actor, code=site, at=request.at)
            return _show(request, again, Form(request, {}), taken_on=name, password=password)
    return _show(request, value, form)


def _kind(value: PeoplePage, form: Form) -> PartnerKind | None:
    """Return the kind of the partner that was chosen, one of this unit's."""
    said = form.text("partner", missing="Choose a partner of this unit")
    found = next((part.kind for part in value.card.partners if part.code == said), None)
    if said and found is None:
        form.wrong("partner", "Choose a partner of this unit")
    return PartnerKind(found) if found else None


@requires(Permission.AGREEMENT_MANAGE, methods=("POST",))
def agree(request: Request, site: str) -> HttpResponse:
    """Put an information-sharing agreement on record: what a partner reads of the unit's cases, and until when."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    if not value.may_sign:
        raise NotFound
    form = Form(request)
    _kind(value, form)
    opens = frozenset(Compartment(each) for each in form.values("opens") if each in set(Compartment))
    starts_on = form.day("starts_on", missing="Give the first day")
    ends_on = form.day("ends_on", missing="Give the last day")
    if not opens <= TEAM_COMPARTMENTS | {Compartment.VICTIM_CONTACT}:
        form.wrong("opens", "Choose from the answers shown")
    if starts_on and ends_on and ends_on <= starts_on:
        form.wrong("ends_on", "The last day comes after the first")
    if form.ok and starts_on and ends_on:
        with form.catching(), request.once(lambda _: to("sites:people", site=site)):
            access.sign_agreement(
                actor=request.actor,
                site=site,
                partner=form.text("partner"),
                compartments=opens,
                starts_on=starts_on,
                ends_on=ends_on,
                review_on=form.day("review_on") or ends_on,
                at=request.at,
            )
        if form.ok:
            return to("sites:people", site=site)
    return _show(request, value, form)


@requires(Permission.ACCOUNT_MANAGE, resumes=True)
def end_part(request: Request, site: str, part: UUID) -> HttpResponse:
    """End somebody's part in a unit: from which day and why, then what closes with it, then on record."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    row = access_queries.parts_in(site, at=request.at).filter(pk=part).first()
    shown = next((one for one in value.members if one.id == part), None)
    if row is None or shown is None:
        raise NotFound
    return _end(
        request,
        value,
        f"{shown.name}, {shown.role}",
        lambda from_at: access_queries.closes_with_part(row, from_at=from_at),
        lambda **how: access.end_part(actor=request.actor, part=row, at=request.at, **how),
    )


@requires(Permission.AGREEMENT_MANAGE, resumes=True)
def end_agreement(request: Request, site: str, agreement: UUID) -> HttpResponse:
    """End an agreement of a unit in the same way."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    row = next((one for one in access_queries.agreements_of(site, at=request.at) if one.pk == agreement), None)
    shown = next((one for one in value.agreements if one.id == agreement), None)
    if not value.may_sign or row is None or shown is None:
        raise NotFound
    return _end(
        request,
        value,
        f"Agreement with {shown.partner}",
        lambda from_at: access_queries.closes_with_agreement(row, from_at=from_at),
        lambda **how: access.end_agreement(actor=request.actor, agreement=row, at=request.at, **how),
    )


def _end(
    request: Request,
    value: PeoplePage,
    what: str,
    closes: Callable[[datetime], Closing],
    write: Callable[..., Closing],
) -> HttpResponse:
    """Ask from which day and why, show what would close, and end it when that is confirmed."""
    form, closing = Form(request), None
    if form.sent:
        day = form.day("from_on", missing="Give the first day on which it has ended")
        reason = form.text("reason", missing="Say why: whoever asks later reads it in the log", longest=2000)
        if form.ok and day is not None and form.value("do") != "mend":
            closing = closes(_begins(day, request.at))
        if closing is not None and form.value("do") == "end":
            with form.catching(), request.once(lambda _: to("sites:people", site=value.card.code)):
                write(from_at=closing.from_at, reason=reason)
            if form.ok:
                answer = to("sites:people", site=value.card.code)
                answer["Location"] += "?done=ended"
                return answer
            closing = None
        elif closing is not None and closing.from_at < request.at:
            form.wrong("from_on", "This day has passed. Give today’s or a later one.")
            closing = None
    status = 422 if form.problems else 200
    return page(
        request,
        "sites/end.html",
        status=status,
        value=value,
        form=form,
        errors=form.problems,
        what=what,
        closing=closing,
    )


def _begins(day: date, at: datetime) -> datetime:
    """Return the moment at which something ends that ends from a day on: that day's midnight, or now if it is today."""
    return at if day == at.astimezone(LONDON).date() else datetime.combine(day, time.min, tzinfo=LONDON)


urlpatterns = [
    path("sites/of/<slug:site>/people/", show, name="sites:people"),
    path("sites/of/<slug:site>/people/new/", take_on, name="sites:take_on"),
    path("sites/of/<slug:site>/people/parts/<uuid:part>/end/", end_part, name="sites:end_part"),
    path("sites/of/<slug:site>/people/agreement/<uuid:agreement>/end/", end_agreement, name="sites:end_agreement"),
    path("sites/of/<slug:site>/people/agreement/", agree, name="sites:agree"),
]
