"""Where an agency's system is told of changes: asked for by one, confirmed by another, given a secret, sent again, and ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import employing, seconds, systems, webhooks
from fourfold.access import services as access
from fourfold.access.terms import NotFound, Permission
from fourfold.access.terms.systems import NO_BUTTON, CannotJoin, SystemAnswer, WebhookDraft
from fourfold.audit.terms import Actor
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, source
from fourfold.words import Word, counted, sentence

SOON = timedelta(days=2)
AGAIN = Word("They are sent again with the next run, within minutes.")
LET_GO = Word("They are let go, and not sent again. The system reads as before what changed.")
NOTHING = Word("There is nothing to send again.")
NONE_GO = Word("There is nothing to let go.")
ALONE = Word("From now on what we send is signed by the last secret alone.")


@requires(Permission.SITE_VIEW)
def ask(request: Request, system: UUID) -> HttpResponse:
    """Ask that a system is told of changes at an address."""
    value = systems.system(system, actor=request.actor)
    inside = settings.FOURFOLD.networks_of_webhooks()
    return form_page(
        request,
        "webhooks/ask.html",
        draft=WebhookDraft,
        does=lambda draft: access.ask_webhook(
            actor=request.actor, system=system, draft=draft, at=request.at, inside=inside
        ),
        then=to("systems:one", system=system),
        shows={
            "value": value,
            "confirms": seconds.who_confirms(actor=request.actor, partner=value.partner, at=request.at),
        },
    )


@requires(Permission.SITE_VIEW)
def one(request: Request, webhook: UUID) -> HttpResponse:
    """Show where a system is told, and what it did not take; make its secret, send again or let go, or end it."""
    secret, problem, status, done = "", "", 200, ""
    actor, at = request.actor, request.at
    webhooks.held(webhook, actor=actor)
    if request.method == "POST":
        try:
            if request.POST.get("end"):
                access.end_webhook(actor=actor, webhook=webhook, at=at)
            elif request.POST.get("again"):
                many = access.send_again(actor=actor, webhook=webhook, at=at)
                done = AGAIN if many else NOTHING
            elif request.POST.get("let_go"):
                done = LET_GO if access.let_go(actor=actor, webhook=webhook, at=at) else NONE_GO
            elif request.POST.get("old"):
                access.end_old_secrets(actor=actor, webhook=webhook, at=at)
                done = ALONE
            elif request.POST.get("secret"):
                secret = access.make_webhook_secret(actor=actor, webhook=webhook, at=at)
            else:
                raise CannotJoin("", NO_BUTTON)
        except CannotJoin as why:
            problem, status = str(why), 422
    value = webhooks.webhook(webhook, actor=actor, at=at)
    shown = {"value": value, "secret": secret, "problem": problem, "done": done}
    shown["makers"] = webhooks.who_makes_secret(webhook, actor=actor, at=at)
    shown["may_confirm"] = value.waits and employing.leads(actor, value.system.partner) and not value.mine
    return page(request, "webhooks/one.html", status=status, **shown)


@requires(Permission.ACCOUNT_CONFIRM)
def confirm(request: Request, webhook: UUID) -> HttpResponse:
    """Confirm an address that somebody else asked for, or say why not."""
    value = webhooks.webhook(webhook, actor=request.actor, at=request.at)
    if not (value.waits and employing.leads(request.actor, value.system.partner)):
        raise NotFound
    return form_page(
        request,
        "webhooks/confirm.html",
        draft=SystemAnswer,
        does=lambda draft: access.answer_webhook(
            actor=request.actor, webhook=webhook, given=draft.given == "yes", because=draft.because, at=request.at
        ),
        then=to("webhooks:one", webhook=webhook),
        shows={
            "value": value,
            "makers": systems.who_would_make_secret(value.system.partner, actor=request.actor, at=request.at),
        },
    )


@source(Permission.ACCOUNT_CONFIRM)
def webhooks_to_confirm(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the addresses that wait for the lead of an agency, and those whose notices were given up."""
    for each in webhooks.to_confirm(actor=actor):
        yield WorkRow(
            due_at=each.asked_at + SOON,
            what=sentence("Confirm where a system of the agency is told of changes: {1}", each.system.name),
            href=reverse("webhooks:confirm", kwargs={"webhook": each.id}),
            why=sentence("asked by {1}", each.asked_by),
            mine=True,
        )
    for webhook, name, many, first_at in webhooks.given_up(actor=actor):
        yield WorkRow(
            due_at=first_at + SOON,
            what=sentence("A system of the agency was not told of {1}: {2}", counted(many, "change"), name),
            href=reverse("webhooks:one", kwargs={"webhook": webhook}),
            why=sentence("its address did not take them"),
            mine=True,
        )


urlpatterns = [
    path("agency/systems/<uuid:system>/webhooks/new/", ask, name="webhooks:ask"),
    path("agency/webhooks/<uuid:webhook>/", one, name="webhooks:one"),
    path("agency/webhooks/<uuid:webhook>/confirm/", confirm, name="webhooks:confirm"),
]
