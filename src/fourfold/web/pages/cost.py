"""What a unit would cost an area, what it would change, and a row of the price list as the area has it."""

import math
from typing import Any

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.rollout import costing, moving, services
from fourfold.rollout.answer.cost import Costs
from fourfold.rollout.answer.terms import Section
from fourfold.rollout.costing import AreaCost
from fourfold.rollout.economics import saying
from fourfold.rollout.economics.costs import PRICE_YEAR, deflators
from fourfold.rollout.economics.terms import GROUPS, Analysis, CostDraft, CostLooked, CostRefused, Known
from fourfold.rollout.terms import UnknownArea
from fourfold.web import area_answer, area_moves
from fourfold.web.components.charts.terms import Svg
from fourfold.web.components.charts.worth import Moves, Rising, tornado_chart, wide_and_narrow
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, not_found, page, requires, to
from fourfold.words import Word, financial_year, sentence


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def cost(request: Request, code: str) -> HttpResponse:
    """Show what a unit in an area would change and cost, with what moves it, and how likely a budget holds."""
    typed, problem = request.GET.get("budget", "").strip(), ""
    budget = _amount(typed)
    try:
        if typed and budget is None:
            raise CostRefused("budget", "Enter the budget in pounds a year, such as 750000")
        value = costing.area_cost(actor=request.actor, code=code, at=request.at, budget=budget)
    except CostRefused as why:
        problem = str(why)
        value = costing.area_cost(actor=request.actor, code=code, at=request.at)
    except UnknownArea as why:
        return area_answer.no_place(request, why)
    return page(
        request,
        "rollout/cost.html",
        place=value.place,
        found=value.found,
        moved=value.moved,
        answer=saying.answer(value.found),
        rests_on=saying.assumed(value.found),
        within=costing.budget_said(value.within, budget) if value.within is not None and budget is not None else "",
        typed=typed,
        problem=problem,
        groups=[(name, [row for row in value.found.rows if row.group == group]) for group, name in GROUPS.items()],
        tables=_tables(value),
        writes=access_queries.may(request.actor, Permission.ROLLOUT_RECOMMEND),
        kept=request.GET.get("done"),
        **_drawings(value),
    )


def _amount(text: str) -> float | None:
    try:
        found = float(text.replace(",", "").removeprefix("£"))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _drawings(value: AreaCost) -> dict[str, Any]:
    found = value.found
    curves = [
        Rising(
            Word("The chance that a year costs at most so much"),
            Word("pounds a year"),
            ((Word("At most"), found.cost.curve),),
        )
    ]
    if found.net is not None:
        curves.append(
            Rising(
                Word("The chance that the net benefit is at most so much"),
                Word("pounds a year"),
                ((Word("At most"), found.net.curve),),
            )
        )
        curves.append(_acceptability(found))
    return {"curves": wide_and_narrow(curves), "tornado": _tornado(found), "known": isinstance(found.effect, Known)}


def _sections(value: AreaCost) -> tuple[Section, ...]:
    """Return every number of the page in its tables, as the page of an area has them: of the team here."""
    costs = Costs(value.found, value.expected)
    return (costs.cost(), costs.effect(), *costs.scenarios(), *costs.knowing())


def _tables(value: AreaCost) -> list[tuple[Section, list[area_answer.Row]]]:
    def href(key: str) -> str:
        return reverse("rollout:cost_number", kwargs={"code": value.place.code, "key": key})

    return [(one, area_answer.rows_of(one.numbers, href)) for one in _sections(value)]


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
def number(request: Request, code: str, key: str) -> HttpResponse:
    """Show one number of the page of costs: the chance of at most so much, and how it comes about."""
    try:
        value = costing.area_cost(actor=request.actor, code=code, at=request.at)
    except UnknownArea as why:
        return area_answer.no_place(request, why)
    found = {one.key: one for section in _sections(value) for one in section.numbers}.get(key)
    name, back = sentence("{1}, cost and effect", value.place.name), reverse("rollout:cost", kwargs={"code": code})
    return area_answer.shown_number(request, found, name=name, back=back)


def _acceptability(found: Analysis) -> Rising:
    pays = tuple((price, chance) for price, chance, _, _ in found.acceptability)
    front = tuple((price, chance) for price, _, chance, _ in found.acceptability)
    return Rising(
        Word("The chance that the unit is worth its cost"),
        Word("pounds that a case spared another act is worth"),
        ((Word("This team against no unit"), pays), (Word("The choice that is best on average"), front)),
    )


def _tornado(found: Analysis) -> tuple[Svg, Svg]:
    known = isinstance(found.effect, Known)
    moves = Moves(
        Word("What moves the net benefit most") if known else Word("What moves the cost most"),
        Word("net benefit, pounds a year") if known else Word("cost, pounds a year"),
        found.centre,
        tuple((bar.what, bar.at_low, bar.at_high) for bar in found.tornado),
    )
    return tornado_chart(moves), tornado_chart(moves, narrow=True)


@requires(Permission.ROLLOUT_RECOMMEND)
def cost_row(request: Request, code: str, row: str) -> HttpResponse:
    """Take a row of the price list as an area has it, with who says so."""
    try:
        found = costing.price_row(actor=request.actor, code=code, row=row)
    except UnknownArea:
        found = None
    if found is None:
        return not_found(request)
    place, stands = found
    figures = {name: f"{getattr(stands, name):.12g}" for name in ("low", "central", "high")}
    template = "rollout/cost_row.html"
    return form_page(
        request,
        template,
        **area_moves.looking(
            request,
            template,
            saved=lambda form: form.read(CostDraft),
            looked=lambda form: form.read(CostLooked),
            at=lambda cost: moving.of_price(actor=request.actor, place=place, row=row, cost=cost, at=request.at),
            shows={
                "place": place,
                "row": stands,
                "years": [(year, financial_year(year)) for year in sorted(deflators(), reverse=True)],
                "now": financial_year(PRICE_YEAR),
            },
        ),
        does=lambda draft: services.give_cost(actor=request.actor, code=code, row=row, cost=draft, at=request.at),
        then=to("rollout:cost", code=code),
        done="given",
        initial={**figures, "year": str(stands.years[1]) if stands.years else ""},
    )


urlpatterns = [
    path("roll-out/<str:code>/cost/", cost, name="rollout:cost"),
    path("roll-out/<str:code>/cost/number/<str:key>/", number, name="rollout:cost_number"),
    path("roll-out/<str:code>/cost/<str:row>/", cost_row, name="rollout:cost_row"),
]
