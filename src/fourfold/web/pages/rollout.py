"""Roll-out: what should my area expect and need?"""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.rollout import queries as rollout
from fourfold.rollout import services
from fourfold.rollout.terms import UnknownArea
from fourfold.web.form_pages import button
from fourfold.web.guard import Request, not_found, page, requires, to
from fourfold.words import Word


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def home(request: Request) -> HttpResponse:
    """Let one of the 43 areas be chosen; lead on to it."""
    chosen = request.GET.get("area", "")
    areas = rollout.areas(actor=request.actor)
    if chosen and any(area.code == chosen for area in areas):
        return to("rollout:area", code=chosen)
    options = [("", Word("choose an area")), *((area.code, area.name) for area in areas)]
    return page(request, "rollout/choose.html", options=options, wrong=bool(chosen))


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def area(request: Request, code: str) -> HttpResponse:
    """Show what one area should expect, on whose numbers, with its gaps."""
    try:
        value = rollout.area_estimate(actor=request.actor, code=code, at=request.at)
    except UnknownArea:
        return not_found(request)
    writes = access_queries.may(request.actor, Permission.ROLLOUT_RECOMMEND)
    return page(request, "rollout/area.html", value=value, writes=writes, kept=request.GET.get("done"))


@requires(Permission.ROLLOUT_RECOMMEND)
def recommend(request: Request, code: str) -> HttpResponse:
    """Keep the recommendation as it stands today."""
    return button(
        request,
        lambda: services.recommend(actor=request.actor, code=code, at=request.at),
        then="rollout:area",
        done="recommended",
        code=code,
    )


urlpatterns = [
    path("roll-out/", home, name="rollout:home"),
    path("roll-out/<str:code>/", area, name="rollout:area"),
    path("roll-out/<str:code>/recommend/", recommend, name="rollout:recommend"),
]
