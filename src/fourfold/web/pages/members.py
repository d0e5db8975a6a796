"""The people of a unit: who works there, taking somebody on, and the agreements by which each partner reads its cases."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import agreeing, employing
from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs
from fourfold.access.rules import OF_A_UNIT
from fourfold.access.seconds import Second, Seconds, who_could_each, who_could_end, would_end
from fourfold.access.terms import TEAM_COMPARTMENTS, Compartment, NotFound, PartnerKind, Permission, Role
from fourfold.access.terms.accounts import AgreementAnswer, AgreementDraft, Closing, EndDraft, TakeOnDraft
from fourfold.audit.terms import Actor
from fourfold.cases.queries.seconds import who_could_end_each
from fourfold.fields import Unfit
from fourfold.programme import queries, services
from fourfold.programme.queries import PeoplePage, name_of
from fourfold.web.form_pages import button, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.in_vain import not_confirmed
from fourfold.web.worklist import WorkRow, source
from fourfold.words import day_said, sentence, words

LONDON = ZoneInfo("Europe/London")
PEOPLE = "sites/people.html"
TEAM = tuple(each for each in Compartment if each in TEAM_COMPARTMENTS)
DONE = words(
    {
        "end_asked": "Your request is saved. Nothing ends before a second person of the agency concerned confirms it.",
        "taken_back": "The request is taken back. Nothing ends.",
        "agreement_asked": "Your request is saved. The agreement opens nothing before the lead of the agency named below signs it.",
        "agreement_taken_back": "The request is taken back. Nothing was opened.",
        "asked": "Your request is saved. The lead of the agency confirms it, and the person gets a link at their work address.",
    }
)


@requires(Permission.SITE_VIEW, methods=("GET",))
def show(request: Request, site: str) -> HttpResponse:
    """Show who works in a unit and which agreements are in force."""
    return _show(request, queries.people_page(actor=request.actor, code=site, at=request.at))


def _show(request: Request, value: PeoplePage, **more: str) -> HttpResponse:
    return page(request, PEOPLE, form=Form(request, {}), **_shows(request, value, **more))


def _shows(request: Request, value: PeoplePage, **more: str) -> dict[str, Any]:
    codes = [part.code for part in value.card.partners] if value.may_take_on else []
    return {
        "value": value,
        "value_seconds": _seconds(request, value),
        "without_lead": employing.without_lead(codes, actor=request.actor, at=request.at) if codes else (),
        "roles": [("", "choose"), *((role.value, role.label) for role in (*OF_A_UNIT, Role.AGENCY_LEAD))],
        "opened": Compartment.options(*TEAM, Compartment.VICTIM_CONTACT),
        "done": DONE.get(request.GET.get("done", ""), ""),
        **more,
    }


def _seconds(request: Request, value: PeoplePage) -> dict[UUID, Seconds]:
    """Return who could confirm each end that waits, and sign each agreement that does."""
    signs = (Needs(Permission.AGREEMENT_CONFIRM),)
    waiting = [one for one in value.asked if one.refused is None]
    each = {one.id: Second(signs, asked_by=one.asked_by_id, agency=one.signer) for one in waiting}
    return {
        **who_could_end_each(value.waiting, actor=request.actor, at=request.at),
        **who_could_each(each, actor=request.actor, at=request.at),
    }


@requires(Permission.ACCOUNT_MANAGE, methods=("POST",))
def take_on(request: Request, site: str) -> HttpResponse:
    """Ask that somebody is taken on; the lead of their agency confirms it, and they set their password themselves."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    return form_page(
        request,
        PEOPLE,
        draft=TakeOnDraft,
        does=lambda draft: access.ask_account(
            actor=request.actor, partner_kind=_kind(value, draft.partner), site=site, at=request.at, **vars(draft)
        ),
        then=to("sites:people", site=site, done="asked"),
        shows=_shows(request, value),
    )


def _kind(value: PeoplePage, code: str) -> PartnerKind:
    """Return the kind of the partner that was chosen, one of this unit's."""
    kind = next((part.kind for part in value.card.partners if part.code == code), None)
    if kind is None:
        raise Unfit("partner", "Choose a partner of this unit")
    return PartnerKind(kind)


@requires(Permission.AGREEMENT_MANAGE, methods=("POST",))
def agree(request: Request, site: str) -> HttpResponse:
    """Ask for an information-sharing agreement: what a partner reads of the unit's cases, and until when."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    if not value.may_sign:
        raise NotFound
    return form_page(
        request,
        PEOPLE,
        draft=AgreementDraft,
        does=lambda draft: services.ask_agreement(actor=request.actor, site=site, draft=draft, at=request.at),
        then=to("sites:people", site=site, done="agreement_asked"),
        shows=_shows(request, value),
    )


@requires(Permission.AGREEMENT_CONFIRM)
def sign(request: Request, asked: UUID) -> HttpResponse:
    """Sign, for the agency that it binds, an agreement that somebody else asked for, or say why not."""
    return form_page(
        request,
        "sites/sign.html",
        draft=AgreementAnswer,
        does=lambda draft: access.answer_agreement(
            actor=request.actor, asked=asked, given=draft.given == "yes", because=draft.because, at=request.at
        ),
        then=to("home"),
        shows={"value": agreeing.one_to_sign(actor=request.actor, asked=asked, at=request.at)},
    )


@requires(Permission.AGREEMENT_MANAGE, methods=("POST",))
def take_back(request: Request, site: str, asked: UUID) -> HttpResponse:
    """Take back, as whoever asked, an agreement that nobody has signed."""

    def does() -> object:
        return access.take_back_agreement(actor=request.actor, asked=asked, at=request.at)

    return button(request, does, then="sites:people", done="agreement_taken_back", site=site)


@source(Permission.AGREEMENT_CONFIRM)
def agreements_to_sign(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the agreements that wait for the signature of the lead of an agency."""
    for one in agreeing.all_to_sign(actor=actor, at=at):
        yield WorkRow(
            due_at=one.waits_until,
            what=sentence("Sign or refuse an agreement: {1} with {2}", name_of(one.site), name_of(one.partner)),
            href=reverse("sites:sign", kwargs={"asked": one.id}),
            why=sentence("asked by {1}", one.asked_by),
            mine=True,
        )


@source(Permission.AGREEMENT_MANAGE)
def agreements_that_end(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the agreements that end soon, or ended, without a next one: with them the partner loses every case."""
    for one in agreeing.ending(actor=actor, at=at):
        yield WorkRow(
            due_at=datetime.combine(one.ends_on, time(17), tzinfo=LONDON),
            what=sentence("Ask for the next agreement: {1} with {2}", name_of(one.site), name_of(one.partner)),
            href=reverse("sites:people", kwargs={"site": one.site}),
            why=sentence("after {1} its people read no case", day_said(one.ends_on)),
            mine=True,
        )


@source(Permission.AGREEMENT_MANAGE)
def agreements_in_vain(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the agreements that the reader asked for and nobody signed, with why."""
    for one in agreeing.mine_in_vain(actor=actor, at=at):
        yield not_confirmed(
            sentence("agreement with {1}", name_of(one.partner)),
            one.refused or "",
            by=one.answered_by,
            href=reverse("sites:people", kwargs={"site": one.site}),
        )


@requires(Permission.ACCOUNT_MANAGE, resumes=True)
def end_part(request: Request, site: str, part: UUID) -> HttpResponse:
    """Ask that somebody's part in a unit ends: from which day and why, then what closes with it, then a lead confirms it."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    row = access_queries.parts_in(site, at=request.at).filter(pk=part).first()
    shown = next((one for one in value.members if one.id == part), None)
    if row is None or shown is None:
        raise NotFound
    return _end(
        request,
        value,
        f"{shown.name}, {shown.role}",
        who_could_end(would_end(row), actor=request.actor, at=request.at),
        lambda from_at: access_queries.closes_with_part(row, from_at=from_at),
        lambda **how: access.ask_end_of_part(actor=request.actor, part=row, at=request.at, **how),
    )


@requires(Permission.AGREEMENT_MANAGE, resumes=True)
def end_agreement(request: Request, site: str, agreement: UUID) -> HttpResponse:
    """Ask that an agreement of a unit ends, in the same way."""
    value = queries.people_page(actor=request.actor, code=site, at=request.at)
    row = next((one for one in access_queries.agreements_of(site, at=request.at) if one.pk == agreement), None)
    shown = next((one for one in value.agreements if one.id == agreement), None)
    if not value.may_sign or row is None or shown is None:
        raise NotFound
    return _end(
        request,
        value,
        f"Agreement with {shown.partner}",
        who_could_end(would_end(row), actor=request.actor, at=request.at),
        lambda from_at: access_queries.closes_with_agreement(row, from_at=from_at),
        lambda **how: access.ask_end_of_agreement(actor=request.actor, agreement=row, at=request.at, **how),
    )


def _end(
    request: Request,
    value: PeoplePage,
    what: str,
    seconds: Seconds,
    closes: Callable[[datetime], Closing],
    write: Callable[..., object],
) -> HttpResponse:
    """Ask from which day and why, show what would close, and ask a second person for it when that is wanted."""
    wish = request.POST.get("do")
    shown: dict[str, Any] = {"value": value, "what": what, "closing": None, "seconds": seconds}

    def closing(draft: EndDraft) -> Closing:
        return closes(_begins(draft.from_on, request.at))

    def preview(draft: EndDraft) -> HttpResponse | None:
        if wish == "end":
            return None
        ends = closing(draft) if wish != "mend" else None
        if ends and ends.from_at < request.at:
            raise Unfit("from_on", "This day has passed. Give today’s or a later one.")
        return page(request, "sites/end.html", form=Form(request), **shown | {"closing": ends})

    return form_page(
        request,
        "sites/end.html",
        draft=EndDraft,
        preview=preview,
        does=lambda draft: write(from_at=closing(draft).from_at, reason=draft.reason),
        then=to("sites:people", site=value.card.code),
        done="end_asked",
        shows=shown,
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
    path("sites/of/<slug:site>/people/agreement/<uuid:asked>/back/", take_back, name="sites:agreement_back"),
    path("agreements/<uuid:asked>/", sign, name="sites:sign"),
]
