"""Roll-out: what should my area expect and need?"""

import re
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.gateways.underway import Underway
from fourfold.rollout import advising, modelling, moving, services
from fourfold.rollout import queries as rollout
from fourfold.rollout.answer import making
from fourfold.rollout.answer.demand import RECORDED
from fourfold.rollout.answer.terms import Number
from fourfold.rollout.capacity.terms import Policy, Profession
from fourfold.rollout.economics.saying import pounds
from fourfold.rollout.facts import HELD_IN_INVENTED
from fourfold.rollout.terms import CountDraft, CountLooked, Model, Place, PlaceRefused, TeamDraft, TeamPage, UnknownArea
from fourfold.web import area_answer, area_maps, area_moves, long_work
from fourfold.web.form_pages import button, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, back, not_found, page, requires, to
from fourfold.web.long_work import one_at_a_time
from fourfold.words import Word, financial_year, sentence

#: By what a work is known that may be stopped here.
DIGEST = re.compile("[0-9a-f]{64}")


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def home(request: Request) -> HttpResponse:
    """Let one of the 43 areas be chosen; lead on to it."""
    chosen, wrong = request.GET.get("area", ""), ""
    areas = rollout.areas(actor=request.actor)
    if chosen:
        try:
            return to("rollout:area", code=rollout.area_named(actor=request.actor, text=chosen).code)
        except UnknownArea as why:
            wrong = str(why)
    options = [("", Word("choose an area")), *((area.code, area.name) for area in areas)]
    shown = rollout.areas_on_map(actor=request.actor, at=request.at)
    mapped = area_maps.by_value(
        shown,
        title=Word("Expected recorded stalking for each 1,000 people aged 16 and over, by police force area"),
        number=lambda value: f"{value:.1f}",
        links=lambda one: reverse("rollout:area", kwargs={"code": one.code}),
    )
    year = rollout.financial_year_of(request.at)
    return page(request, "rollout/choose.html", options=options, wrong=wrong, areas=shown, mapped=mapped, year=year)


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def area(request: Request, code: str) -> HttpResponse:
    """Show what one area should expect, on whose numbers, with its gaps."""
    try:
        return _shown(request, rollout.area(actor=request.actor, code=code))
    except UnknownArea as why:
        return area_answer.no_place(request, why)


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def districts(request: Request) -> HttpResponse:
    """Let any districts be chosen, of one force or of several, and show what they should expect together."""
    chosen, wholes = request.GET.getlist("district"), request.GET.getlist("area")
    if chosen or wholes:
        try:
            return _shown(request, rollout.place(actor=request.actor, areas=wholes, districts=chosen))
        except (UnknownArea, PlaceRefused) as why:
            return area_answer.no_place(request, why)
    areas = [
        (area.name, area.code, [(one.code, one.name) for one in area.districts])
        for area in rollout.districts_by_area(actor=request.actor)
    ]
    return page(request, "rollout/districts.html", areas=areas)


def _shown(request: Request, place: Place) -> HttpResponse:
    run = advising.run_for(actor=request.actor, place=place, at=request.at)
    writes = access_queries.may(request.actor, Permission.ROLLOUT_RECOMMEND)
    codes = [("district", one.code) for one in place.districts]
    on_map = rollout.districts_on_map(place, actor=request.actor, at=request.at)
    mapped = area_maps.by_value(
        on_map,
        title=sentence("Districts of {1}, by the stalking offences expected in a year", place.name),
        number=_rough,
        links=lambda one: f"{reverse('rollout:districts')}?district={one.code}",
    )
    comes, found = making.what_comes(run), area_answer.answered(run)

    def href(key: str) -> str:
        return _number_address(place, key)

    return page(
        request,
        "rollout/area.html",
        value=advising.estimate_of(run),
        comes=(comes, area_answer.rows_of(_of_one_year(comes.numbers), href)),
        number_of=href,
        comes_in=run.year,
        on_map=on_map,
        mapped=mapped,
        tried=rollout.back_test(),
        writes=bool(place.code) and writes,
        plans=urlencode([("area", place.code)] if place.code else codes) if writes else "",
        kept=request.GET.get("done"),
        **area_answer.shown_of(found, href),
    )


def _of_one_year(numbers: Sequence[Number]) -> list[Number]:
    """Leave out the other years: a table of their own has them."""
    return [one for one in numbers if not one.key.startswith(f"{RECORDED}-")]


def _number_address(place: Place, key: str) -> str:
    if place.code:
        return reverse("rollout:number", kwargs={"code": place.code, "key": key})
    chosen = urlencode([("district", one.code) for one in place.districts])
    return f"{reverse('rollout:districts_number', kwargs={'key': key})}?{chosen}"


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def number(request: Request, key: str, code: str = "") -> HttpResponse:
    """Show one number of an area, or of the districts of the address: the chance of at most so much, and how it comes about."""
    chosen = request.GET.getlist("district")
    try:
        place = rollout.place(actor=request.actor, areas=[code] if code else [], districts=chosen)
    except (UnknownArea, PlaceRefused) as why:
        return area_answer.no_place(request, why)
    run = advising.run_for(actor=request.actor, place=place, at=request.at)
    back = reverse("rollout:area", kwargs={"code": code}) if code else ""
    back = back or f"{reverse('rollout:districts')}?{urlencode([('district', one) for one in chosen])}"
    return area_answer.shown_number(request, area_answer.find(run, key), name=place.name, back=back)


def _rough(count: float) -> str:
    """Say a number as exactly as it is known: whole below 20, fives below 200, tens above."""
    step = 1 if count < 20 else 5 if count < 200 else 10
    return f"{round(count / step) * step:,}"


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def back_test(request: Request) -> HttpResponse:
    """Show how a year that is known would have been foretold, force by force."""
    names = {area.code: area.name for area in rollout.areas(actor=request.actor)}
    shown: dict[str, Any] = {
        "since": rollout.counted_since_shown(actor=request.actor),
        "invented": HELD_IN_INVENTED,
        "names": names,
    }
    return page(request, "rollout/back_test.html", tried=rollout.back_test(), **shown)


@requires(Permission.ROLLOUT_RECOMMEND)
def count(request: Request, code: str) -> HttpResponse:
    """Take a count that the force itself gives for a year, with who says so."""
    try:
        place = rollout.area(actor=request.actor, code=code)
    except UnknownArea as why:
        return area_answer.no_place(request, why)
    template = "rollout/count.html"
    return form_page(
        request,
        template,
        **area_moves.looking(
            request,
            template,
            saved=lambda form: form.read(CountDraft),
            looked=lambda form: form.read(CountLooked),
            at=lambda count: moving.of_count(actor=request.actor, place=place, count=count, at=request.at),
            shows={
                "place": place,
                "years": [(year, financial_year(year)) for year in rollout.years_over(at=request.at)],
            },
        ),
        does=lambda draft: services.give_count(actor=request.actor, code=code, count=draft, at=request.at),
        then=to("rollout:area", code=code),
        done="counted",
    )


#: What the form of a team offers, as its page shows it.
OPTIONS: dict[str, Any] = {
    "professions": tuple(Profession),
    "models": [(each.value, each.words) for each in Model],
    "policies": [(each.value, each.words) for each in Policy],
    "pounds": pounds,
    "months": making.team.MONTHS,
}


@requires(Permission.ROLLOUT_VIEW, methods=("POST",))
def work(request: Request, work: str) -> HttpResponse:
    """Stop what is being worked out, or let it begin again, and lead back to the page that waits for it."""
    does = area_answer.ASKS.get(request.POST.get("do", ""))
    if does is None or not DIGEST.fullmatch(work):
        return not_found(request)
    does(work)
    return back(request, "back")


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def team(request: Request, code: str) -> HttpResponse:
    """Say what a team can carry in an area, and which team its standard needs, or how far that is; nothing is kept."""
    try:
        begun = modelling.team_begun(actor=request.actor, code=code, at=request.at)
    except UnknownArea as why:
        return area_answer.no_place(request, why)
    form, asked = _team_of(request, begun)
    found = None
    if asked:
        with form.catching():
            sought = modelling.team_asked(code=code, asked=asked, at=request.at)
            found = area_answer.or_how_far(sought, lane="team", looks=area_answer.AT_ONCE)
    said = {each.name: form.value(each.name) for each in fields(TeamDraft)}
    shown: dict[str, Any] = {"form": form, "said": said, "wrong": {name: form.error(name) for name in said}, **OPTIONS}
    if isinstance(found, Underway):
        return long_work.waiting(request, found, "rollout/team.html", value=begun, **shown)

    def href(key: str) -> str:
        return f"{reverse('rollout:team_number', kwargs={'code': code, 'key': key})}?{request.GET.urlencode()}"

    return page(request, "rollout/team.html", value=found or begun, underway=None, number_of=href, **shown)


def _team_of(request: Request, begun: TeamPage) -> tuple[Form, TeamDraft | None]:
    """Return the form of a team, and the team of the address where there is one and nothing is wrong with it."""
    asked_for = "within" in request.GET
    form = Form(request, request.GET if asked_for else asdict(begun.asked))  # type: ignore[arg-type]
    asked = form.read(TeamDraft) if asked_for else None
    return form, None if form.problems else asked


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def team_number(request: Request, code: str, key: str) -> HttpResponse:
    """Show one number of the team of the address: the chance of at most so much, and how it comes about."""
    try:
        begun = modelling.team_begun(actor=request.actor, code=code, at=request.at)
    except UnknownArea as why:
        return area_answer.no_place(request, why)
    form, asked = _team_of(request, begun)
    back = f"{reverse('rollout:team', kwargs={'code': code})}?{request.GET.urlencode()}"
    found = None
    if asked and key in making.team.OF_PAGE:
        with form.catching():
            sought = modelling.team_numbers(code=code, asked=asked, at=request.at)
            found = area_answer.or_how_far(sought, lane="team", looks=area_answer.AT_ONCE)
    if form.problems:
        return HttpResponseRedirect(back)
    one = found.get(key) if isinstance(found, dict) else found
    return area_answer.shown_number(request, one, name=sentence("{1}, the team", begun.place.name), back=back)


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
    path("roll-out/districts/", districts, name="rollout:districts"),
    path("roll-out/districts/number/<str:key>/", number, name="rollout:districts_number"),
    path("roll-out/work/<str:work>/", work, name="rollout:work"),
    path("roll-out/back-test/", back_test, name="rollout:back_test"),
    path("roll-out/<str:code>/", area, name="rollout:area"),
    path("roll-out/<str:code>/number/<str:key>/", number, name="rollout:number"),
    path("roll-out/<str:code>/team/", team, name="rollout:team"),
    path("roll-out/<str:code>/team/number/<str:key>/", team_number, name="rollout:team_number"),
    path("roll-out/<str:code>/count/", count, name="rollout:count"),
    path("roll-out/<str:code>/recommend/", recommend, name="rollout:recommend"),
]
