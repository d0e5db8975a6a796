"""Evaluation: what may we conclude?"""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation import services
from fourfold.evaluation.terms import FIRST_QUESTION, CurveShown, Findings
from fourfold.web.components import charts
from fourfold.web.doors import Request, page, requires, to
from fourfold.web.forms import Form

TICKS = (0, 90, 180, 270, 360)


@requires(Permission.EVALUATION_VIEW, methods=("GET",))
def home(request: Request) -> HttpResponse:
    """Show the one sentence, its figure and its table, and what nobody can tell."""
    value = evaluation.latest_findings(actor=request.actor, at=request.at)
    freezes = access_queries.may(request.actor, Permission.EXTRACT_FREEZE)
    question = evaluation.latest_question()
    drawings: tuple[charts.Svg | None, ...] = (None, None, None, None) if value is None else (
        charts.survival_curves(curves(value.findings)),
        charts.survival_curves(curves(value.findings), narrow=True),
        charts.forest_plot(forest(value.findings)),
        charts.forest_plot(forest(value.findings), narrow=True),
    )  # fmt: skip
    names = ("curves", "curves_narrow", "forest", "forest_narrow")
    return page(
        request,
        "evaluation/home.html",
        value=value,
        freezes=freezes,
        compares=access_queries.may(request.actor, Permission.RATINGS_COMPARE),
        question=question and question.title,
        predicted=[] if value is None else _predicted(value.findings),
        drawings=dict(zip(names, drawings, strict=True)),
    )


@requires(Permission.EXTRACT_FREEZE)
def freeze(request: Request) -> HttpResponse:
    """Register the question where there is none, freeze the data, compute, and lead back."""
    form = Form(request)
    if not form.sent:
        return to("evaluation:home")
    with request.once(), form.catching():
        question = evaluation.latest_question() or services.register_question(
            actor=request.actor,
            title="Does management by the unit lead to fewer further acts?",
            plan=FIRST_QUESTION,
            at=request.at,
        )
        extract = services.freeze_extract(actor=request.actor, question=question, until=request.at, at=request.at)
        services.compute_findings(actor=request.actor, extract=extract, at=request.at)
    if not form.ok:
        return page(request, "plain.html", heading="Not enough to compute", text=" ".join(form.problems.values()))
    return to("evaluation:home")


def _predicted(found: Findings) -> list[tuple[str, str, str]]:
    return [(f"{scale:g}", f"{one.estimate}", f"{one.low} to {one.high}") for scale, one in found.predicted]


def curves(found: Findings) -> charts.Survival:
    """Return the sites' curves as the drawing takes them: days become months, suppressed numbers stay out."""
    return charts.Survival(
        curves=tuple(
            charts.Curve(
                site.site.title(),
                _points(site.curve),
                tuple(_at_risk(dict(site.curve.at_risk), day, site.people) for day in TICKS),
            )
            for site in found.sites
            if site.curve is not None
        ),
        ticks=tuple(day / 30 for day in TICKS),
        title="Share of cases without another recorded act, by site",
        time_name="months since the case was opened",
    )


def _points(curve: CurveShown) -> tuple[charts.CurvePoint, ...]:
    known = (charts.CurvePoint(day / 30, share, low, high) for day, share, low, high in curve.points)
    return (charts.CurvePoint(0, 1, 1, 1), *known)


def _at_risk(known: dict[float, int], day: int, people: int | None) -> int | None:
    return people if day == 0 else known.get(float(day))


def forest(found: Findings) -> charts.Forest:
    """Return the sites' hazard ratios, the pooled one and what a new area may see, as the drawing takes them."""
    middle = dict(found.predicted).get(0.5)
    return charts.Forest(
        sites=tuple(
            charts.SiteEffect(site.site.title(), _interval(site.hazard_ratio), cases=f"{site.people or 'few'}")
            for site in found.sites
        ),
        title="Hazard of another act under management, against none (yet)",
        pooled=_interval(found.pooled),
        predicted=_interval(middle) if middle else None,
        unit="hazard ratio",
        ratio=True,
        decimals=2,
    )


def _interval(effect: object) -> charts.Interval | None:
    if not getattr(effect, "shown", False):
        return None
    return charts.Interval(effect.estimate, effect.low, effect.high)  # type: ignore[attr-defined]


urlpatterns = [
    path("evaluation/", home, name="evaluation:home"),
    path("evaluation/freeze/", freeze, name="evaluation:freeze"),
]
