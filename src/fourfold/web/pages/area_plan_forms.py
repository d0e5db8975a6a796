"""A plan's first version, and its next: look at what a change would move, as often as one likes, then save it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Permission
from fourfold.rollout import modelling, moving, services
from fourfold.rollout import queries as rollout
from fourfold.rollout.rules import ASSUMPTIONS, FURTHEST
from fourfold.rollout.terms import NoPlan, PlaceRefused, PlanDraft, UnknownArea
from fourfold.web import area_answer, area_moves
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, not_found, requires, to
from fourfold.words import Word, financial_year

Assumed = tuple[dict[str, int], int, UUID | None]
Said = tuple[PlanDraft, dict[str, int], int, UUID | None]


@requires(Permission.ROLLOUT_RECOMMEND)
def start(request: Request) -> HttpResponse:
    """Save a first version of a plan for one force's area, or for the districts of the address."""
    areas, districts = request.GET.getlist("area"), request.GET.getlist("district")
    try:
        place = rollout.place(actor=request.actor, areas=areas, districts=districts)
    except (UnknownArea, PlaceRefused) as why:
        return area_answer.no_place(request, why)
    return form_page(
        request,
        "rollout/plan_form.html",
        draft=_said,
        does=lambda said: services.start_plan(
            actor=request.actor,
            areas=areas,
            districts=districts,
            plan=said[0],
            assumed=said[1],
            year=said[2],
            site_model=said[3],
            at=request.at,
        ),
        then=lambda plan: to("rollout:plan", plan=plan.pk, done="started"),
        again=lambda about: to("rollout:plan", plan=about.id, done="started"),
        initial={"name": place.name, "year": rollout.financial_year_of(request.at)},
        shows={
            "place": place,
            "query": urlencode({"area": areas, "district": districts}, doseq=True),
            **_fields(request),
        },
    )


@requires(Permission.ROLLOUT_RECOMMEND)
def change(request: Request, plan: UUID) -> HttpResponse:
    """Change what a plan assumes: see what moves most, for which no reason is asked, then save it as the next version."""
    try:
        value = rollout.plan_shown(actor=request.actor, plan=plan, at=request.at)
    except NoPlan:
        return not_found(request)
    template = "rollout/plan_form.html"

    def look(said: Assumed) -> moving.Look:
        assumed, year, model = said
        return moving.of_plan(
            actor=request.actor, plan=plan, assumed=assumed, year=year, site_model=model, at=request.at
        )

    return form_page(
        request,
        template,
        **area_moves.looking(
            request,
            template,
            saved=_said,
            looked=_assumed,
            at=look,
            shows={"value": value, "place": value.place, **_fields(request)},
        ),
        does=lambda said: services.change_plan(
            actor=request.actor,
            plan=plan,
            change=said[0],
            assumed=said[1],
            year=said[2],
            seen=request.POST.get("version"),
            site_model=said[3],
            at=request.at,
        ),
        then=to("rollout:plan", plan=plan, done="changed"),
        initial={
            "name": value.name,
            "year": value.latest.year,
            "site_model": value.latest.site_model_id,
            **value.latest.assumed,
        },
    )


def _said(form: Form) -> Said | None:
    """Read a plan's name and reason, and what it assumes."""
    draft, assumed = form.read(PlanDraft), _assumed(form)
    return None if draft is None or assumed is None else (draft, *assumed)


def _assumed(form: Form) -> Assumed | None:
    """Read a plan's year, site model and each assumption that is filled in; an empty one leaves what was counted."""
    year = form.number("year", least=2020, most=2100, missing="Choose the year to plan for")
    numbers = {key: form.number(key, least=one.least, most=one.most) for key, one in ASSUMPTIONS.items()}
    chosen = form.identifier("site_model")
    if year is None or form.problems:
        return None
    return {key: number for key, number in numbers.items() if number is not None}, year, chosen


def _fields(request: Request) -> dict[str, Any]:
    now = rollout.financial_year_of(request.at)
    years = [(str(year), financial_year(year)) for year in range(now, now + FURTHEST + 1)]
    own = [
        ("", Word("None: as in Cheshire, with the cheapest team that meets the standard")),
        *modelling.choices(actor=request.actor),
    ]
    return {"assumptions": list(ASSUMPTIONS.values()), "years": years, "site_models": own}


urlpatterns = [
    path("roll-out/plans/new/", start, name="rollout:plan_new"),
    path("roll-out/plans/<uuid:plan>/change/", change, name="rollout:plan_change"),
]
