"""Evaluation: what may we conclude?"""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.evaluation import plans, services
from fourfold.evaluation import queries as evaluation
from fourfold.evaluation.plans import STATEMENTS
from fourfold.evaluation.terms import CurveShown, Effect, Findings
from fourfold.gateways import underway
from fourfold.programme.queries import name_of
from fourfold.rollout import queries as rollout
from fourfold.web import long_work
from fourfold.web.components import charts
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import composed
from fourfold.words import Word, named, opening, sentence, words

#: The one freezing of data for the question that the first page answers.
FREEZES = "freeze"
TICKS = (0, 90, 180, 270, 360)

#: The parts of a plan as they are read.
PARTS = words(
    {
        "adjusted_for": "what cases are made alike in (adjusted for)",
        "breaks": "changes of recording that the data cross",
        "comparison": "how managed cases are compared",
        "horizon_days": "days for which each case is followed (horizon)",
        "intercurrent": "what may happen in between (intercurrent events)",
        "landmark_days": "day by which the check counts a case as managed (landmark)",
        "least_certainty": "certainty, of 4, from which a number is carried to another area",
        "multiplicity": "how the number of comparisons is allowed for (multiplicity)",
        "secondary": "what else is looked at (secondary outcomes)",
        "sensitivity": "what is tried to overturn the result (sensitivity)",
        "strategy": "what is compared with what (strategy)",
        "summary": "how the difference is said (summary measure)",
        "variable": "how the outcome is measured (variable)",
    }
) | {f"stated: {each}": sentence("stated: {1}", named(each)) for each in STATEMENTS}


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
    registered, releases = evaluation.plans(actor=request.actor), evaluation.releases(actor=request.actor)
    names = ("curves", "curves_narrow", "forest", "forest_narrow")
    return page(
        request,
        "evaluation/home.html",
        value=value,
        freezes=freezes,
        far=underway.how_far(FREEZES) if freezes else None,
        plans=registered,
        releases=releases,
        registers=access_queries.may(request.actor, Permission.EVALUATION_REGISTER),
        compares=access_queries.may(request.actor, Permission.RATINGS_COMPARE),
        question=question and question.title,
        predicted=[] if value is None else _predicted(value.findings),
        numbers=_numbers,
        drawings=dict(zip(names, drawings, strict=True)),
    )


@requires(Permission.EXTRACT_FREEZE)
def freeze(request: Request) -> HttpResponse:
    """Have the question registered where there is none, the data frozen and the answer computed, and say how far that is."""
    return long_work.beside(
        request,
        FREEZES,
        lambda: long_work.ask(FREEZES, "compute", request.actor),
        then=reverse("evaluation:home"),
        heading=Word("Freezing the data and computing the answer"),
        takes=Word(
            "The cases are read and frozen, then the answer is computed. Data that are frozen stay, also if you stop it."
        ),
        refused=Word("Not enough to compute"),
    )


# ---- plans and reports --------------------------------------------------------------------------------------------


@requires(Permission.EVALUATION_REGISTER, resumes=True)
def register(request: Request) -> HttpResponse:
    """Write an analysis plan and register it: its hash is in the log before any outcome can be read."""
    return form_page(
        request,
        "evaluation/register.html",
        draft=_told,
        does=lambda told: services.register_plan(actor=request.actor, plan=plans.plan_told(told), at=request.at),
        then=lambda question: to("evaluation:plan", plan=question.pk),
        again=lambda about: to("evaluation:plan", plan=about.id),
        initial=STARTS_AS,
        shows={"amends": None, **CHOICES},
    )


@requires(Permission.EVALUATION_REGISTER, resumes=True)
def amend(request: Request, plan: UUID) -> HttpResponse:
    """Amend a registered plan, with the reason: chained to what stood, and marked where data had been frozen."""
    question = evaluation.plan_row(actor=request.actor, plan=plan)
    return form_page(
        request,
        "evaluation/register.html",
        draft=lambda form: (
            form.text("reason", missing="Say why you are changing the plan. The report shows your reason"),
            _told(form),
        ),
        does=lambda told: services.amend_plan(
            actor=request.actor,
            question=question,
            plan=plans.plan_told(told[1] | {"title": question.title}),
            reason=told[0],
            at=request.at,
        ),
        then=to("evaluation:plan", plan=plan),
        initial=_typed(evaluation.current_plan(question)),
        shows={"amends": question.title, **CHOICES},
    )


@requires(Permission.EVALUATION_VIEW, methods=("GET",))
def plan(request: Request, plan: UUID) -> HttpResponse:
    """Show a registered plan: its lines, its hash and chain, what was frozen, and what was published."""
    return page(request, "evaluation/plan.html", far=underway.how_far(_releases(plan)), **_plan(request, plan))


def _plan(request: Request, plan: UUID) -> dict[str, Any]:
    value = evaluation.plan_page(actor=request.actor, plan=plan, at=request.at)
    return {
        "parts": PARTS,
        "value": value,
        "deviations": [(opening(PARTS.get(name, name)), then, now) for name, then, now in value.deviations],
        "lines": [(name, rollout.area_name(said) if name == "area" else said) for name, said in value.lines],
        "registers": access_queries.may(request.actor, Permission.EVALUATION_REGISTER),
        "freezes": access_queries.may(request.actor, Permission.EXTRACT_FREEZE),
    }


@requires(Permission.EXTRACT_FREEZE)
def release(request: Request, plan: UUID) -> HttpResponse:
    """Have the data of a plan frozen and its report published, and say how far that is, or in words why it cannot be."""
    evaluation.plan_row(actor=request.actor, plan=plan)
    name = _releases(plan)
    return long_work.beside(
        request,
        name,
        lambda: long_work.ask(name, "release", request.actor, str(plan)),
        then=reverse("evaluation:plan", kwargs={"plan": plan}),
        heading=Word("Freezing the data and writing the report"),
        takes=Word(
            "The cases are read and frozen, then the report is written. Data that are frozen stay, also if you stop it."
        ),
        refused=Word("There is no report"),
    )


def _releases(plan: UUID) -> str:
    return f"release-{plan}"


@requires(Permission.EVALUATION_VIEW, methods=("GET",))
def report(request: Request, report: UUID) -> HttpResponse:
    """Show a report that left, part by part."""
    value = evaluation.release_page(actor=request.actor, release=report, at=request.at)
    parts = [part | {"figures": [one | {"svg": _drawn(one["svg"])} for one in part["figures"]]} for part in value.parts]
    return page(request, "evaluation/report.html", value=value, parts=parts)


def _drawn(svg: str) -> charts.Svg:
    """Return a drawing that was made by the report, as a template prints it."""
    return charts.Svg(svg, "", "")


@requires(Permission.EVALUATION_VIEW, methods=("GET",))
def report_file(request: Request, report: UUID, name: str) -> HttpResponse:
    """Hand out one file of a report that left."""
    content, media = evaluation.release_file(actor=request.actor, release=report, name=name, at=request.at)
    answer = HttpResponse(content, content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="evaluation.{name}"'
    return answer


CHOICES: dict[str, Any] = words(
    {
        "estimand": (
            ("population", "Who is counted", "all cases opened, or those taken on"),
            ("strategy", "What is compared with what", "and from which day"),
            ("variable", "What is counted", "for example, days from opening to the next recorded act"),
            ("intercurrent", "What may happen in between", "custody, death, moving away, withdrawing"),
            ("summary", "How it is summed up", "for example, the difference per 100 cases in twelve months"),
        ),
        "covariates": [(name, named(name)) for name in plans.COVARIATES],
        "outcomes": [(name, named(name)) for name in plans.SECONDARY],
        "analyses": [(name, plans.SAID[name]) for name in plans.SENSITIVITY],
        "names": [(name, named(name)) for name in plans.SUBGROUPS],
        "methods": [(name, name) for name in plans.MULTIPLICITY],
        "written": (
            ("mechanism", "How it is meant to work"),
            ("equality", "What it does to people with protected characteristics"),
            ("transfer", "What another area would need"),
            ("recommendation", "What is recommended, and on which conditions"),
        ),
    }
)
STARTS_AS: dict[str, object] = {
    "horizon_days": 365,
    "landmark_days": 30,
    "covariates": list(plans.COVARIATES),
    "analyses": list(plans.SENSITIVITY),
    "method": plans.MULTIPLICITY[0],
}


def _told(form: Form) -> dict[str, Any]:
    """Read the form as the tables of a plan; what is missing or unknown, the plan's own reading refuses."""
    told: dict[str, Any] = {
        "title": form.text("title", missing="Enter a title for the plan"),
        "estimand": {name: form.text(name) for name, *_ in CHOICES["estimand"]},
        "primary": {
            "outcome": plans.OUTCOMES[0],
            "comparison": plans.COMPARISONS[0],
            "horizon_days": form.number("horizon_days", least=30, most=3650, missing="Enter the horizon in days"),
            "landmark_days": form.number("landmark_days", least=1, most=3650, missing="Enter the landmark in days"),
        },
        "secondary": {"outcomes": form.values("outcomes")},
        "adjustment": {"covariates": form.values("covariates")},
        "sensitivity": {"analyses": form.values("analyses")},
        "subgroups": {"names": form.values("names")},
        "multiplicity": {"method": form.text("method")},
        "recording": {"breaks": form.text("breaks")},
        "rollout": {"area": form.text("area", longest=20)},
        "statements": {name: form.text(name) for name, _ in CHOICES["written"]},
    }
    minute, year, whose = (form.text(name) for name in ("staff_minute", "price_year", "perspective"))
    if minute or year or whose:
        told["economics"] = {
            "staff_minute": _decimal(form, minute),
            "price_year": form.number("price_year"),
            "perspective": whose,
        }
    return told


def _decimal(form: Form, said: str) -> float:
    try:
        return float(said)
    except ValueError:
        form.wrong("staff_minute", "Enter the cost of a minute of work, such as 0.90")
        return 0.0


def _typed(known: plans.AnalysisPlan) -> dict[str, object]:
    """Return a plan as the form takes it."""
    prices = known.prices
    return {
        **{name: getattr(known, name) for name, *_ in CHOICES["estimand"]},
        "title": known.title,
        "horizon_days": known.horizon_days,
        "landmark_days": known.landmark_days,
        "covariates": list(known.adjusted_for),
        "outcomes": list(known.secondary),
        "analyses": list(known.sensitivity),
        "names": list(known.subgroups),
        "method": known.multiplicity,
        "breaks": known.breaks,
        "area": known.area,
        **dict(known.statements),
        **(
            {"staff_minute": prices.staff_minute, "price_year": prices.price_year, "perspective": prices.perspective}
            if prices
            else {}
        ),
    }


def _predicted(found: Findings) -> list[tuple[str, str, str]]:
    return [(f"{scale:g}", *_numbers(one)) for scale, one in found.predicted]


def _numbers(one: Effect, digits: int = 2) -> tuple[str, str]:
    """Return an effect and its interval as they are said; what stays says so."""
    if one.estimate is None or one.low is None or one.high is None:
        return "suppressed", "suppressed"
    return f"{one.estimate:.{digits}f}", f"{one.low:.{digits}f} to {one.high:.{digits}f}"


def curves(found: Findings) -> charts.Survival:
    """Return the sites' curves as the drawing takes them: days become months, suppressed numbers stay out."""
    return charts.Survival(
        curves=tuple(
            charts.Curve(
                name_of(site.site),
                _points(site.curve),
                tuple(_at_risk(dict(site.curve.at_risk), day, site.people) for day in TICKS),
            )
            for site in found.sites
            if site.curve is not None
        ),
        ticks=tuple(day / 30 for day in TICKS),
        title=composed("Share of cases without another recorded act, by site"),
        time_name=composed("months since the case was opened"),
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
            charts.SiteEffect(name_of(site.site), _interval(site.hazard_ratio), cases=f"{site.people or 'few'}")
            for site in found.sites
        ),
        title=composed("Hazard of another act under management, against none (yet)"),
        pooled=_interval(found.pooled),
        predicted=_interval(middle) if middle else None,
        unit=composed("hazard ratio"),
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
    path("evaluation/plans/register/", register, name="evaluation:register"),
    path("evaluation/plans/<uuid:plan>/", plan, name="evaluation:plan"),
    path("evaluation/plans/<uuid:plan>/amend/", amend, name="evaluation:amend"),
    path("evaluation/plans/<uuid:plan>/release/", release, name="evaluation:release"),
    path("evaluation/reports/<uuid:report>/", report, name="evaluation:report"),
    path("evaluation/reports/<uuid:report>/<str:name>/", report_file, name="evaluation:report_file"),
]
