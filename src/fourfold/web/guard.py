"""What every page passes through: who acts, may they, is it logged before it leaves, was it sent before.

A view is one decision away from nothing. `@requires` declares the route, turns away who may not pass, gathers what
the page shows into one audit entry that commits before the page leaves, and answers the same 404 for what does not
exist and for what is not this person's.
"""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import lru_cache, wraps
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import logout
from django.db import DataError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, get_script_prefix, reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme

from fourfold.access import queries as access_queries
from fourfold.access.roles import permissions_of
from fourfold.access.routes import ACCOUNT_PAGES, Declared
from fourfold.access.signed_in import ALONE, actor_of
from fourfold.access.terms import Compartment, NotFound, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import About, Actor, AlreadyDone, KeyReused, LogUnavailable
from fourfold.drafts.terms import CannotKeep
from fourfold.programme.queries import name_of
from fourfold.programme.terms import NoWorking
from fourfold.web import clock, saved_forms
from fourfold.web.components.shell import Link, Shell
from fourfold.web.forms import Form
from fourfold.web.jinja import url
from fourfold.web.translation import drawn_in
from fourfold.words import Word, words

logger = logging.getLogger(__name__)
View = Callable[..., HttpResponse]
SEEN_EVERY = timedelta(seconds=60)
#: Bytes that the other fields of a form with a file may have.
ROOM = 1024 * 1024


class Request(HttpRequest):
    """A request that has passed the door: who acts and when."""

    actor: Actor
    at: datetime
    replay: Callable[[About], HttpResponse] | None
    #: Makes the write inside happen once for this form; its argument leads to where the first sending led.
    once: Callable[..., AbstractContextManager[None]]


def requires(
    permission: Permission,
    *,
    compartments: frozenset[Compartment] | set[Compartment] = frozenset(),
    methods: tuple[str, ...] = ("GET", "POST"),
    resumes: bool | str = False,
    takes: int = 0,
) -> Callable[[View], View]:
    """Declare what a view needs and may show, and guard it.

    `resumes`: what is written here may be kept for later and is there again when the page is opened; a name says that
    the form stands on the page of that route. `takes`: bytes that a file sent here may have (doorstep.py).
    """

    def declare(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods and (request.method, "GET" in methods) != ("HEAD", True):
                return not_this_way(request, methods)
            request.begun_at = _begun_at(request, resumes, kwargs) if resumes else ""  # type: ignore[attr-defined]
            return _enter(request, permission, lambda: view(request, *args, **kwargs))

        door.declared = Declared(permission, frozenset(compartments), methods)  # type: ignore[attr-defined]
        door.resumes = resumes  # type: ignore[attr-defined]
        door.takes = takes + ROOM if takes else 0  # type: ignore[attr-defined]
        return door

    return declare


def _begun_at(request: HttpRequest, resumes: bool | str, named: dict[str, Any]) -> str:
    """Return under which page what is written here is kept, by the reference on record: a disposal finds it by that."""
    said = str(named.get("reference", ""))
    known = said.strip().upper()
    if isinstance(resumes, str):
        return reverse(resumes, kwargs=named | ({"reference": known} if said else {}))
    return request.path.replace(f"/{said}/", f"/{known}/") if said else request.path


def requires_any(because: str) -> Callable[[View], View]:
    """Declare a view that everybody who has signed in may see, and say why; what it shows depends on the person."""

    def declare(view: View) -> View:
        @wraps(view)
        def door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return _enter(request, None, lambda: view(request, *args, **kwargs))

        door.declared = Declared(None, open_because=f"signed in: {because}")  # type: ignore[attr-defined]
        return door

    return declare


def open_to_all(because: str) -> Callable[[View], View]:
    """Declare a view that anybody may see, and say why that is safe."""

    def declare(view: View) -> View:
        view.declared = Declared(None, open_because=because)  # type: ignore[attr-defined]
        return view

    return declare


def _enter(request: HttpRequest, permission: Permission | None, view: Callable[[], HttpResponse]) -> HttpResponse:
    actor = actor_of(request)
    if actor is None:
        return _to_sign_in(request, begun_at=saved_forms.keep_what_idled(request))
    if actor.strength == ALONE:
        return HttpResponseRedirect(_second_factor_of(request))
    try:
        return _through(request, actor, permission, view)
    except IntegrityError:
        # Two wrote at once, or a page let through what a service should have refused in words: nothing of it is kept.
        logger.exception("a constraint of the tables refused what was sent")
        return _plain(request, 409, "This was changed meanwhile", "Nothing was saved. Open the page and try again.")
    except DataError:
        logger.exception("a table could not hold what was sent")
        text = "Nothing was saved. Go back, remove characters that cannot be shown, and shorten what is long."
        return _plain(request, 422, "This cannot be saved as it is", text)


def _second_factor_of(request: HttpRequest) -> str:
    """Return where a second factor is set up; once this session has set one up, where it is shown, which leads back here."""
    pages = {"totp": "mfa_reauthenticate", "webauthn": "mfa_reauthenticate_webauthn"}
    kinds = set(Authenticator.objects.filter(user_id=request.user.pk).values_list("type", flat=True))
    if (kind := next((each for each in pages if each in kinds), None)) is None:
        return reverse("mfa_activate_totp")
    return f"{reverse(pages[kind])}?{urlencode({'next': request.get_full_path() if request.method == 'GET' else '/'})}"


def _through(
    request: HttpRequest, actor: Actor, permission: Permission | None, view: Callable[[], HttpResponse]
) -> HttpResponse:
    request.actor = actor  # type: ignore[attr-defined]
    request.once = lambda replay=None: _once(request, replay)  # type: ignore[attr-defined]
    action = f"page.{getattr(request.resolver_match, 'view_name', '') or 'unnamed'}"
    try:
        if permission is not None and not access_queries.may(actor, permission):
            audit.refused(actor, action, at=request.at, rule="role")  # type: ignore[attr-defined]
            return forbidden(request)
        return _answered(request, actor, action, view)
    except NotFound:
        return not_found(request)
    except Refused as refusal:
        return forbidden(request, meaning=refusal.meaning)
    except AlreadyDone as done:
        return _replayed(request, done)
    except KeyReused as fault:
        return _plain(request, 422, "This form was already sent", str(fault))
    except NoWorking as not_yet:
        return _plain(request, 409, "This unit is not live yet", str(not_yet))
    except LogUnavailable:
        return unavailable(request)


def _answered(request: HttpRequest, actor: Actor, action: str, view: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        instead = saved_forms.instead_of_sending(request)
    except CannotKeep as refusal:
        return _plain(request, 422, "We could not save this for later", f"{refusal} Go back: your text is still there.")
    if instead is not None:
        return instead
    # What a page composes while it is made is said in its language. What a form sends may be kept, and is kept in English.
    reads = request.method in ("GET", "HEAD")
    speaking = translation.override(language_of(request, actor)) if reads else nullcontext()
    with audit.reading(actor, action, at=request.at), speaking:  # type: ignore[attr-defined]
        answer = view()
    saved_forms.after_sending(request, answer)
    return answer


@contextmanager
def _once(request: HttpRequest, replay: Callable[[About], HttpResponse] | None) -> Iterator[None]:
    request.replay = replay  # type: ignore[attr-defined]
    key = request.POST.get("once") or request.headers.get("Idempotency-Key", "")
    if not key:
        yield
        return
    said = {name: values for name, values in request.POST.lists() if name not in ("csrfmiddlewaretoken", "once")}
    content = json.dumps([request.path, said], sort_keys=True)
    with audit.once(key[:64], content, request.actor, at=request.at):  # type: ignore[attr-defined]
        yield


def _replayed(request: HttpRequest, done: AlreadyDone) -> HttpResponse:
    replay = getattr(request, "replay", None)
    if replay is not None and done.about is not None:
        answer: HttpResponse = replay(done.about)
        return answer
    return HttpResponseRedirect(request.path, status=303)


def _to_sign_in(request: HttpRequest, begun_at: str = "") -> HttpResponse:
    here = begun_at or (request.get_full_path() if request.method == "GET" and request.path != "/" else "")
    return HttpResponseRedirect(reverse("account_login") + (f"?next={here}" if here else ""))


class DoorMiddleware:
    """Gives every request its time, ends sessions that idled or grew old, and keeps pages out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.at = clock.now()  # type: ignore[attr-defined]
        if request.user.is_authenticated and not self._session_runs(request):
            request.idled = actor_of(request) if request.method == "POST" else None  # type: ignore[attr-defined]
            logout(request)
        with translation.override(self._language(request)):
            return self.get_response(request)

    @staticmethod
    def _language(request: HttpRequest) -> str:
        """Return the language in which the pages of an account speak; every other page says its own."""
        of_account = settings.FOURFOLD.staff_welsh and request.path.startswith("/accounts/")
        said = str(request.session.get("language", "en")) if of_account else "en"
        return said if said in LANGUAGES else "en"

    @staticmethod
    def _session_runs(request: HttpRequest) -> bool:
        at: datetime = request.at  # type: ignore[attr-defined]
        began = datetime.fromisoformat(request.session.setdefault("began_at", at.isoformat()))
        seen = datetime.fromisoformat(request.session.setdefault("seen_at", at.isoformat()))
        limits = settings.FOURFOLD
        if at - began > timedelta(hours=limits.session_hours) or at - seen > timedelta(minutes=limits.idle_minutes):
            return False
        if at - seen > SEEN_EVERY:
            request.session["seen_at"] = at.isoformat()
        return True

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Turn away whoever reaches a view that declares nothing, and an address with a character that no name holds."""
        name = getattr(request.resolver_match, "url_name", None) or ""
        if "\x00" in request.path:
            return not_found(request)
        if hasattr(view, "declared") or name.startswith(ACCOUNT_PAGES):
            return None
        return not_found(request)


def page(request: HttpRequest, template: str, *, status: int | None = None, **values: Any) -> HttpResponse:
    """Render one page with the frozen values it shows; one with a form answers by what is wrong with the form."""
    if isinstance(form := values.get("form"), Form):
        status = form.status if status is None else status
        values.setdefault("errors", form.problems)
    actor: Actor | None = getattr(request, "actor", None)
    language = language_of(request, actor)
    with drawn_in(language):
        around = {"actor": actor, "at": getattr(request, "at", None), "shell": shell(request, actor), "lang": language}
        return render(request, template, around | values, using=ENGINES.get(language, "jinja2"), status=status or 200)


#: Where the pages of a language are compiled; English as it stands in the templates.
ENGINES = {"cy": "jinja2-cy"}
LANGUAGES = {"en": "English", "cy": "Cymraeg"}


def language_of(request: HttpRequest, actor: Actor | None) -> str:
    """Return the language in which a page is read: that of a victim's own pages as the victim chose it, of staff as theirs did."""
    if actor is None or not settings.FOURFOLD.staff_welsh:
        return translation.get_language() or "en"
    said = str(request.session.get("language", "en"))
    return said if said in LANGUAGES else "en"


def _other_language(request: HttpRequest, actor: Actor) -> tuple[str, str] | None:
    if not settings.FOURFOLD.staff_welsh:
        return None
    other = "en" if language_of(request, actor) == "cy" else "cy"
    return other, LANGUAGES[other]


def to(name: str, *, done: str = "", **kwargs: Any) -> HttpResponse:
    """Lead on to another page after a write; `done` is the key of what that page says about it."""
    query = f"?done={done}" if done else ""
    return HttpResponseRedirect(reverse(name, kwargs=kwargs) + query, status=303)


#: The navigation: label, route and the permission without which the entry is not there.
NAVIGATION = words(
    (
        ("Today", "home", None),
        ("Desk", "desk:list", Permission.ALLEGATION_VIEW),
        ("Cases", "case:list", Permission.CASE_VIEW),
        ("Panel", "panel:list", Permission.PANEL_VIEW),
        ("Orders", "register:orders", Permission.CASE_VIEW),
        ("Unit", "unit:quality", Permission.UNIT_VIEW),
        ("Refer", "intake:refer", Permission.ALLEGATION_REFER),
        ("Evaluation", "evaluation:home", Permission.EVALUATION_VIEW),
        ("Roll-out", "rollout:home", Permission.ROLLOUT_VIEW),
        ("Sites", "sites:list", Permission.SITE_CONFIGURE),
        ("Feeds", "feeds:imports", Permission.QUARANTINE_VIEW),
        ("Oversight", "oversight:home", Permission.AUDIT_VIEW),
        ("Accounts", "agency:home", Permission.ACCOUNT_CONFIRM),
        ("Installation", "installation:home", Permission.ACCOUNT_MANAGE),
    )
)


def shell(request: HttpRequest, actor: Actor | None) -> Shell | None:
    """Return what stands around the page for this person; nothing for a stranger."""
    if actor is None:
        return None
    finds = access_queries.may(actor, Permission.CASE_VIEW)
    return Shell(
        unit=", ".join(sorted(map(name_of, actor.sites))) or Word("National programme"),
        person=actor.name,
        links=tuple(_links(request, actor)),
        sign_out_href=_address("account_logout"),
        find_href=_address("find:results") if finds else "",
        found=request.GET.get("q", "")[:100],
        language=_other_language(request, actor),
    )


def _links(request: HttpRequest, actor: Actor) -> Iterator[Link]:
    offered = _offered(actor.roles, actor.active and actor.vouched, get_script_prefix(), settings.ROOT_URLCONF)
    # A case's plan stands under Cases, whatever the page is called: the address says it, and else the name.
    below = [part for _, part, _, top in offered if part != "home" and request.path.startswith(top)]
    here = (below or [(getattr(request.resolver_match, "view_name", "") or "").partition(":")[0]])[0]
    for label, part, href, _ in offered:
        yield Link(label, href, current=here == part)


@lru_cache(maxsize=64)  # as many as there are sets of roles
def _offered(roles: frozenset[str], stands: bool, prefix: str, _routes: str) -> list[tuple[str, str, str, str]]:
    """Return each place of the navigation that these roles open: label, part of the site, address and how all below it begins."""
    may = permissions_of(roles) if stands else frozenset()
    places = ((label, route, permission, _address(route)) for label, route, permission in NAVIGATION)
    return [
        (label, route.partition(":")[0], href, _top(href, prefix))
        for label, route, permission, href in places
        if href and (permission is None or permission in may)
    ]


def _top(href: str, prefix: str) -> str:
    """Return where a place of the navigation begins: `/desk/` of `/desk/`, `/unit/` of `/unit/quality/`."""
    return prefix + href.removeprefix(prefix).partition("/")[0] + "/"


def _address(name: str) -> str:
    try:
        return url(name)
    except NoReverseMatch:
        return ""


def back(request: HttpRequest, said: str) -> HttpResponse:
    """Lead back to the page of ours that a field of the form names, or home."""
    page = request.POST.get(said, "")
    return HttpResponseRedirect(page if url_has_allowed_host_and_scheme(page, allowed_hosts=None) else "/", status=303)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer the same page for what is not there and for what is not this person's."""
    return _plain(
        request, 404, "Page not found", "Check the address or the reference. You may also have no access to this page."
    )


def not_this_way(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    """Say that an address only takes forms, or takes none; whether anything stands behind it, nobody learns here."""
    text = "It only takes forms." if "POST" in methods else "Nothing was saved: this address takes no form."
    answer = _plain(request, 405, "This address shows no page", f"{text} Go back, and open the page again.")
    answer["Allow"] = ", ".join(methods)
    return answer


def forbidden(request: HttpRequest, exception: Exception | None = None, meaning: str = "") -> HttpResponse:
    """Say that the person's role does not include this, without saying what lies behind."""
    return _plain(request, 403, "Your role does not include this", meaning or "Ask your coordinator who can do this.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form that was not sent from a page of this site in this session."""
    return _plain(request, 403, "Your form was not sent", "Open the page again and send the form from there.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that something failed, with nothing of what the page would have held."""
    return _plain(request, 500, "Something went wrong", "Everything that was confirmed to you is saved. Try again.")


def unavailable(request: HttpRequest) -> HttpResponse:
    """No log, no data."""
    return _plain(
        request,
        503,
        "This page is not available",
        "Fourfold cannot record who opens pages, so it shows none. Try again later.",
    )


def too_large(request: HttpRequest) -> HttpResponse:
    """Say that more was sent than the page takes; nothing of it was read."""
    return _plain(request, 413, "This is too large", "Nothing was saved. Send less, or send it in parts.")


def _plain(request: HttpRequest, status: int, heading: str, text: str) -> HttpResponse:
    request.begun = None  # type: ignore[attr-defined]  # what was begun on a page is shown by no other
    return page(request, "plain.html", status=status, heading=heading, text=text)
