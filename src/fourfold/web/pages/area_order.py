"""Where and when to start: four orders side by side, under a budget and with the people who are trained."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse

from fourfold.access.terms import Permission
from fourfold.gateways.underway import Underway
from fourfold.rollout import ordering
from fourfold.rollout import queries as rollout
from fourfold.rollout.economics.saying import of_100, pounds
from fourfold.rollout.facts import HAVE_UNITS
from fourfold.rollout.order import places
from fourfold.rollout.order.rules import RURAL_PART
from fourfold.rollout.order.solver import KEEPS
from fourfold.rollout.order.terms import OrderAsked, Orders, Plan, Rule
from fourfold.rollout.order.words import fairness_price, step_month, step_said
from fourfold.rollout.terms import OnMap, Place
from fourfold.web import area_answer, area_maps, long_work
from fourfold.web.components.charts.area_map import Band
from fourfold.web.forms import Form
from fourfold.web.guard import Request, not_found, page, requires
from fourfold.web.long_work import one_at_a_time
from fourfold.words import Word, financial_year, sentence

YEARS_AHEAD = 10
FIRST_GUESS = {
    "budget": 25_000_000,
    "psychologists": 40,
    "advocates": 40,
    "officers": 40,
    "share": 35,
    "fewer": 5,
    "fair": "yes",
}


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def order(request: Request) -> HttpResponse:
    """Ask for the means, and show who starts when by each rule, what it costs, reaches and teaches."""
    now = rollout.financial_year_of(request.at)
    asked_for = "budget" in request.GET
    form = Form(request, request.GET if asked_for else FIRST_GUESS | {"begins": now + 1, "ends": now + 4})  # type: ignore[arg-type]
    form.mended_at({"area": "districts_of"})
    rule = form.choice("rule", Rule) or Rule.LEARN
    asked = form.read(OrderAsked) if asked_for else None
    shown: dict[str, Any] = {"orders": None, "underway": None}
    if asked is not None and not form.problems:
        with form.catching():
            found = area_answer.or_how_far(ordering.orders(actor=request.actor, asked=asked, at=request.at))
            if isinstance(found, Underway):
                return long_work.waiting(request, found, "rollout/order.html", form=form)
            shown |= _shown(request, asked, found, rule)
    return page(request, "rollout/order.html", form=form, rule=rule, **_choices(request, form, now), **shown)


def _choices(request: Request, form: Form, now: int) -> dict[str, Any]:
    areas = rollout.areas(actor=request.actor)
    district = next((one for one in areas if one.code == form.value("districts_of")), None)
    return {
        "rules": [(rule.value, rule.label) for rule in Rule],
        "years": [(year, financial_year(year)) for year in range(now, now + YEARS_AHEAD)],
        "to_order": [
            ("", Word("the areas that have no unit yet")),
            *((one.code, sentence("the districts of {1}", one.name)) for one in areas),
        ],
        "districts": _districts(request, district.code) if district else (),
        "have_units": [one.name for one in areas if one.code in HAVE_UNITS],
        "rural_under": places.RURAL_UNDER,
        "rural_part": f"{100 * RURAL_PART:.0f}",
        "keeps": f"{100 * KEEPS:.0f}",
    }


def _districts(request: Request, code: str) -> list[tuple[str, str]]:
    return [(one.code, one.name) for one in rollout.area(actor=request.actor, code=code).districts]


def _shown(request: Request, asked: OrderAsked, orders: Orders, rule: Rule) -> dict[str, Any]:
    plan = orders.plans[rule]
    ranked = sorted(orders.candidates, key=lambda one: (_late(plan.starts[one.code]), one.name))
    return {
        "orders": orders,
        "plan": plan,
        "calendar": [financial_year(year) for year in range(asked.begins, asked.ends + 1)],
        "starts": [
            (one, [step_said(orders.plans[each].starts[one.code], orders.means) for each in Rule]) for one in ranked
        ],
        "rows": [
            (key, name, [_cell(key, one) for one in orders.plans.values()])
            for key, name in ordering.names(orders).items()
        ],
        "query": request.GET.urlencode(),
        "prices": [(each.label, list(fairness_price(orders, each))) for each in Rule] if asked.fair else [],
        "mapped": _mapped(request, asked, orders, rule),
        "assumed": [(row.what, f"{row.central:,g} {row.unit}", row.source) for row in places.assumed()],
        "trial": orders.trial,
    }


def _cell(key: str, plan: Plan) -> str:
    kind, _, which = key.partition("-")
    if kind == "power":
        share = getattr(plan.power, which)
        if share is None:
            return Word("cannot be told")
        return of_100(share)
    if kind == "cost":
        return pounds(plan.cost[int(which)])
    return f"{round(plan.reached[int(which)] if which else plan.reached_in_all):,}"


def _late(step: int | None) -> int:
    return 10_000 if step is None else step


def _mapped(request: Request, asked: OrderAsked, orders: Orders, rule: Rule) -> area_maps.Mapped:
    """Draw the places, shaded by the part of the years in which they start: early ones dark."""
    plan, steps = orders.plans[rule], orders.means.steps
    if asked.districts_of:
        place: Place = rollout.area(actor=request.actor, code=asked.districts_of)
        drawn = rollout.districts_on_map(place, actor=request.actor, at=request.at)
    else:
        drawn = rollout.areas_on_map(actor=request.actor, at=request.at)
    width = max(-(-steps // 4), 1)
    spans = [(low, min(low + width, steps) - 1) for low in range(0, steps, width)]
    bands = tuple(
        Band(
            str(low + 1) if low == high else f"{low + 1}–{high + 1}",
            sentence("half-years {1} to {2}, from {3}", low + 1, high + 1, step_month(low, orders.means)),
        )
        for low, high in reversed(spans)
    )
    begun = {code: step for code, step in plan.starts.items() if step is not None}
    held = {one.code: len(spans) - 1 - begun[one.code] // width if one.code in begun else None for one in drawn}

    def said(one: OnMap) -> str:
        return (
            step_said(plan.starts[one.code], orders.means) if one.code in plan.starts else Word("has a unit since 2018")
        )

    return area_maps.drawn(
        drawn, held, bands, said=said, title=sentence("Where units start: {1}", rule.label),
        links=lambda one: f"{reverse('rollout:districts')}?district={one.code}" if asked.districts_of else reverse("rollout:area", kwargs={"code": one.code}),
        signs={code: str(step + 1) for code, step in begun.items()},
    )  # fmt: skip


@requires(Permission.ROLLOUT_VIEW, methods=("GET",))
@one_at_a_time
def number(request: Request, key: str) -> HttpResponse:
    """Show one number of the four orders of the address: the chance of at most so much, and by whose starts it comes about."""
    form = Form(request, request.GET)  # type: ignore[arg-type]
    asked, back = form.read(OrderAsked), f"{reverse('rollout:order')}?{request.GET.urlencode()}"
    if asked is None or form.problems:
        return HttpResponseRedirect(back)
    found = None
    with form.catching():
        found = area_answer.or_how_far(ordering.orders(actor=request.actor, asked=asked, at=request.at))
    if not isinstance(found, Orders):
        return HttpResponseRedirect(back)
    what = ordering.names(found).get(key)
    if what is None:
        return not_found(request)
    numbers = ordering.numbers(found, asked=asked, key=key, at=request.at)
    across = Word("cases") if key.startswith("reached") else None
    shown = area_answer.beside(what, numbers, across, is_chance=key.startswith("power"))
    return page(request, "rollout/order_number.html", back=f"{back}#side-by-side", **shown)


urlpatterns = [
    path("roll-out/order/", order, name="rollout:order"),
    path("roll-out/order/number/<str:key>/", number, name="rollout:order_number"),
]
