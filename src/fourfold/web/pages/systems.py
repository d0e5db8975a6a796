"""The systems of an agency: asked for by one, confirmed by another, given a secret that is shown once, and ended."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import employing, seconds, systems, webhooks
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.access.terms.systems import NO_BUTTON, TOKEN_LASTS, CannotJoin, Capability, SystemAnswer, SystemDraft
from fourfold.audit.terms import Actor
from fourfold.programme import services as programme
from fourfold.programme.queries import sites_of
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import sentence, words

SOON = timedelta(days=2)
DONE = words(
    {"asked": "Your request is saved. The lead of the agency has to confirm it.", "given": "Your answer is saved."}
)


@requires(Permission.SITE_VIEW, methods=("GET",))
def listed(request: Request, partner: str) -> HttpResponse:
    """Show the systems of an agency, to who keeps accounts and to its lead."""
    rows = systems.systems_of(actor=request.actor, partner=partner)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "systems/list.html", rows=rows, partner=partner, done=done)


@requires(Permission.SITE_VIEW)
def ask(request: Request, partner: str) -> HttpResponse:
    """Ask that a system of an agency is joined to a unit."""
    employing.require_sight(request.actor, partner)
    return form_page(
        request,
        "systems/ask.html",
        draft=SystemDraft,
        does=lambda draft: programme.ask_system(actor=request.actor, partner=partner, draft=draft, at=request.at),
        then=to("systems:list", partner=partner, done="asked"),
        shows={
            "partner": partner,
            "sites": [("", "choose"), *sites_of(partner)],
            "capabilities": Capability.options(),
            "confirms": seconds.who_confirms(actor=request.actor, partner=partner, at=request.at),
        },
    )


@requires(Permission.SITE_VIEW)
def one(request: Request, system: UUID) -> HttpResponse:
    """Show one system; make its secret, which is shown once, or end it."""
    secret, problem, status = "", "", 200
    value = systems.system(system, actor=request.actor)
    if request.method == "POST":
        try:
            if request.POST.get("end"):
                access.end_system(actor=request.actor, system=system, at=request.at)
            elif request.POST.get("secret"):
                secret = access.make_secret(actor=request.actor, system=system, at=request.at)
            else:
                raise CannotJoin("", NO_BUTTON)
        except CannotJoin as why:
            problem, status = str(why), 422
        value = systems.system(system, actor=request.actor)
    leads = employing.leads(request.actor, value.partner)
    return page(
        request,
        "systems/one.html",
        status=status,
        value=value,
        secret=secret,
        problem=problem,
        makers=systems.who_makes_secret(system, actor=request.actor, at=request.at),
        minutes=TOKEN_LASTS // timedelta(minutes=1),
        may_confirm=value.waits and leads and not value.mine,
        token_at=request.build_absolute_uri("/api/v1/token"),
        told_at=webhooks.webhooks_of(system, actor=request.actor),
    )


@requires(Permission.ACCOUNT_CONFIRM)
def confirm(request: Request, system: UUID) -> HttpResponse:
    """Confirm a system that somebody else asked for, or say why not."""
    value = systems.system(system, actor=request.actor)
    if not (value.waits and employing.leads(request.actor, value.partner)):
        raise NotFound
    return form_page(
        request,
        "systems/confirm.html",
        draft=SystemAnswer,
        does=lambda draft: access.answer_system(
            actor=request.actor, system=system, given=draft.given == "yes", because=draft.because, at=request.at
        ),
        then=to("systems:list", partner=value.partner, done="given"),
        shows={
            "value": value,
            "makers": systems.who_would_make_secret(value.partner, actor=request.actor, at=request.at),
        },
    )


@source(Permission.ACCOUNT_CONFIRM)
def systems_to_confirm(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the systems that wait for the lead of an agency."""
    for each in systems.to_confirm(actor=actor):
        yield WorkRow(
            due_at=each.asked_at + SOON,
            what=sentence("Confirm a system of the agency: {1}", each.name),
            href=reverse("systems:confirm", kwargs={"system": each.id}),
            why=sentence("asked by {1}", each.asked_by),
            mine=True,
        )


urlpatterns = [
    path("agency/of/<slug:partner>/systems/", listed, name="systems:list"),
    path("agency/of/<slug:partner>/systems/new/", ask, name="systems:ask"),
    path("agency/systems/<uuid:system>/", one, name="systems:one"),
    path("agency/systems/<uuid:system>/confirm/", confirm, name="systems:confirm"),
]
