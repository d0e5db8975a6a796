"""Today: what must I do now?"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.statements import read_ahead
from fourfold.access.terms import Permission
from fourfold.cases.queries import alerts
from fourfold.drafts import queries as drafts
from fourfold.web import saved_forms, worklist
from fourfold.web.guard import Request, page, requires_any, to
from fourfold.web.translation import drawn_in

LONGEST = 100


@requires_any("everybody has a day")
def home(request: Request) -> HttpResponse:
    """Show the day of whoever has signed in; lead those without cases to their own page."""
    actor = request.actor
    if not actor.vouched:
        return page(request, "home/not_yet.html", days=settings.FOURFOLD.vouched_days)
    for role, place in (
        ("system_administrator", "installation:home"),
        ("evaluator", "evaluation:home"),
        ("programme_lead", "rollout:home"),
        ("governance_lead", "oversight:home"),
    ):
        if actor.roles == {role}:
            return to(place)
    library = access_queries.may(actor, Permission.INSTRUMENT_VIEW)
    words = request.GET.get("words", "").strip()[:LONGEST]
    asked = {"show": request.GET.get("show", ""), "after": request.GET.get("after", "")}
    beside = (alerts.ahead(actor, request.at), drafts.ahead(actor, request.at))
    is_own = not words and asked["show"] in ("", "mine") and not asked["after"]
    with drawn_in(), read_ahead(*worklist.ahead(actor, request.at, is_own=is_own), *beside):
        news = alerts.since_you_left(actor=actor, at=request.at)
        value = worklist.today(actor, request.at, words=words, whole=False, **asked)
        since = news(has_parts=value.has_parts)
        unsent = saved_forms.unsent(actor, request.at)
    return page(request, "home/today.html", value=value, words=words, since=since, library=library, unsent=unsent)


urlpatterns = [path("", home, name="home")]
