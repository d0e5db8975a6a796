"""Signing in by an agency's own sign-in: there, back, and by which code it is bound to an account."""

import logging
from collections.abc import Callable
from uuid import UUID

from allauth.core.internal import ratelimit
from allauth.socialaccount.providers.openid_connect import views
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from requests import RequestException

from fourfold.access import employing
from fourfold.access import services as access
from fourfold.access.terms import Permission, existing
from fourfold.access.terms.accounts import BindDraft
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, open_to_all, page, requires, requires_any, to
from fourfold.web.sign_on import NOT_THERE, TOO_MANY, not_let_in

logger = logging.getLogger(__name__)
BECAUSE = (
    "somebody who signs in has not signed in yet: it opens an account only where two people bound the identity to it"
)


@open_to_all(BECAUSE)
def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to an agency's own sign-in."""
    return _through(request, provider_id, views.login)


@open_to_all(BECAUSE)
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take back whom an agency's own sign-in has let in."""
    return _through(request, provider_id, views.callback)


def _through(request: HttpRequest, provider_id: str, view: Callable[[HttpRequest, str], HttpResponse]) -> HttpResponse:
    """Go on with a sign-in elsewhere: anybody may ask, and each asking speaks with the other side or writes into the log."""
    if not ratelimit.consume(request, app="allauth.account", action="sign_on", limit_get=True):
        return not_let_in(request, TOO_MANY, status=429)
    try:
        return view(request, provider_id)
    except (RequestException, KeyError, ValueError):  # nobody answers, or with something that is no such sign-in
        logger.warning("the sign-in of an agency does not answer as one", exc_info=True)
        return not_let_in(request, NOT_THERE, status=503)


@requires_any("whoever has an account asks that their agency's own sign-in opens it")
def mine(request: Request) -> HttpResponse:
    """Ask that one's own sign-in at the agency opens the account with which one is signed in."""
    return _bind(request, existing(request.actor.account), then=to("sign_on:mine", done="asked"))


@requires(Permission.SITE_VIEW)
def of_account(request: Request, account: UUID) -> HttpResponse:
    """Ask that somebody's own sign-in at the agency opens their account."""
    partner, value = employing.account_page(actor=request.actor, account=account, at=request.at)
    return _bind(
        request, account, then=to("agency:one", partner=partner, done="asked"), name=value.name, partner=partner
    )


def _bind(request: Request, account: UUID, *, then: HttpResponse, name: str = "", partner: str = "") -> HttpResponse:
    if not settings.FOURFOLD.providers_of_sign_on():
        return page(request, "sign_on/none.html")
    return form_page(
        request,
        "sign_on/bind.html",
        draft=BindDraft,
        does=lambda draft: access.ask_identity(actor=request.actor, account=account, at=request.at, **vars(draft)),
        then=then,
        shows={"name": name, "partner": partner},
    )


urlpatterns = [
    path("sign-on/", mine, name="sign_on:mine"),
    path("agency/accounts/<uuid:account>/sign-on/", of_account, name="sign_on:account"),
    path("accounts/sign-on/<slug:provider_id>/", begin, name="openid_connect_login"),
    path("accounts/sign-on/<slug:provider_id>/back/", back, name="openid_connect_callback"),
]
