"""Case: what is happening, how dangerous is it, what is in force, what is next?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission
from fourfold.cases import queries as cases
from fourfold.cases import services
from fourfold.cases.queries.values import ActRow, PatternPage
from fourfold.cases.terms import Level, SetBy, State
from fourfold.intake.terms import Behaviour
from fourfold.orders.queries import OrderShown
from fourfold.orders.terms import ORDER_WORDS
from fourfold.web.case_frame import frame
from fourfold.web.components import charts
from fourfold.web.components.words import moment
from fourfold.web.doors import Request, page, requires, to
from fourfold.web.forms import Form

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
#: The lanes of the picture, worst first.
LANES = (
    charts.Lane("attacks", "Attacks"),
    charts.Lane("threatens", "Threatens"),
    charts.Lane("follows", "Follows"),
    charts.Lane("watches", "Watches"),
    charts.Lane("loiters", "Loiters"),
    charts.Lane("contacts", "Contacts"),
    charts.Lane("publishes", "Publishes"),
    charts.Lane("monitors", "Monitors"),
    charts.Lane("interferes", "Interferes"),
    charts.Lane("through_others", "Through others", "Others"),
)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the cases that the reader may open, fifty a page."""
    asked = request.GET
    state = State(asked["state"]) if asked.get("state") in set(State) else None
    level = Level(asked["level"]) if asked.get("level") in set(Level) else None
    mine = bool(asked.get("mine"))
    value = cases.cases(
        actor=request.actor, at=request.at, after=asked.get("after", "")[:20], state=state, level=level, mine=mine
    )
    return page(request, "case/list.html", value=value, state=state, level=level, mine=mine)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def pattern(request: Request, reference: str) -> HttpResponse:
    """Show the pattern of one case as a picture with its table, and what changed."""
    after = _identifier(request.GET.get("after", ""))
    value = cases.pattern(actor=request.actor, reference=reference, at=request.at, after=after)
    around = frame(value.header, "case:pattern", actor=request.actor, at=request.at)
    picture = drawn(value, around.orders, request.at)
    return page(
        request,
        "case/pattern.html",
        value=value,
        frame=around,
        finding=charts.pattern_finding(picture),
        wide=charts.pattern_timeline(picture),
        narrow=charts.pattern_timeline(picture, narrow=True),
        acts=[shown(act) for act in value.acts],
    )


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def history(request: Request, reference: str) -> HttpResponse:
    """Show everything that happened to one case, the newest first."""
    value = cases.history(actor=request.actor, reference=reference, at=request.at)
    around = frame(value.header, "case:history", actor=request.actor, at=request.at)
    return page(request, "case/history.html", value=value, frame=around)


@requires(Permission.CASE_VIEW, compartments={Compartment.CORE, Compartment.SUBJECT_IDENTITY}, methods=("GET",))
def subject(request: Request, reference: str) -> HttpResponse:
    """Show the subject: record, kinds of acts, what binds him; never a hint of where a victim is."""
    value = cases.subject_page(actor=request.actor, reference=reference, at=request.at)
    around = frame(value.header, "case:subject", actor=request.actor, at=request.at)
    return page(request, "case/subject.html", value=value, frame=around)


@requires(Permission.LEVEL_SET, compartments=SHOWN)
def level(request: Request, reference: str) -> HttpResponse:
    """Set the level; where somebody else was first, show both values and let the person choose."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"level": header.level.level if header.level else ""})
    chosen = form.choice("level", Level, missing="Choose a level" if form.sent else "")
    reason = form.text("reason")
    seen = form.number("version", most=10**9) if form.sent else header.version
    if form.ok and chosen is not None:
        case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
        with request.once(), form.catching():
            services.set_level(
                actor=request.actor,
                case=case,
                level=chosen,
                set_in=SetBy.PROFESSIONAL,
                reason=reason,
                version=seen,
                at=request.at,
            )
        if form.ok:
            return to("case:pattern", reference=reference)
    return _form_page(request, "case/level.html", header, form)


@requires(Permission.REVIEW_RECORD, compartments=SHOWN)
def review(request: Request, reference: str) -> HttpResponse:
    """Record a review: what it found, and the level it leaves."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"level": header.level.level if header.level else ""})
    chosen = form.choice("level", Level)
    summary, reason = form.text("summary"), form.text("reason")
    seen = form.number("version", most=10**9) if form.sent else header.version
    if form.ok:
        case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
        with request.once(), form.catching():
            services.record_review(
                actor=request.actor,
                case=case,
                level=chosen,
                summary=summary,
                reason=reason,
                version=seen,
                at=request.at,
            )
        if form.ok:
            return to("case:history", reference=reference)
    return _form_page(request, "case/review.html", header, form)


@requires(Permission.WALL_DECLARE)
def know_somebody(request: Request, reference: str) -> HttpResponse:
    """Close the case to the reader, who knows somebody in it; no explanation is asked."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
        with request.once():
            services.declare_conflict(actor=request.actor, case=case, at=request.at)
        return to("home")
    return _form_page(request, "case/know.html", header, form)


def _form_page(request: Request, template: str, header: Any, form: Form) -> HttpResponse:
    around = frame(header, "case:pattern", actor=request.actor, at=request.at)
    status = 409 if form.conflict else (422 if form.problems else 200)
    return page(request, template, status=status, header=header, frame=around, form=form, errors=form.problems)


def drawn(value: PatternPage, orders: Iterable[OrderShown], at: datetime) -> charts.Pattern:
    """Return the case as the picture takes it: an act with several kinds stands in the worst of its lanes."""
    order = [lane.key for lane in LANES]
    return charts.Pattern(
        acts=tuple(
            charts.Act(
                at=act.happened_at,
                lane=min(act.kinds, key=lambda kind: order.index(kind) if kind in order else 99, default="other"),
                seriousness=act.seriousness,
                confirmed=act.confirmed,
                what=act.words[:80] or act.class_as_recorded,
                breach="breach" if act.is_breach else "",
            )
            for act in value.drawn
        ),
        lanes=tuple(lane for lane in LANES if any(lane.key in act.kinds for act in value.drawn)) or LANES[5:6],
        today=at,
        levels=tuple(
            charts.LevelStep(one.set_at, one.level.rank, by=f"{one.set_in}")
            for one in sorted(value.levels, key=lambda one: one.set_at)
        ),
        bands=tuple(_bands(orders, at)),
    )


def _bands(orders: Iterable[OrderShown], at: datetime) -> Iterable[charts.Band]:
    for one in orders:
        if one.served_at is None:
            continue
        end = one.ended_on or one.expires_on
        ends = datetime.combine(end, datetime.min.time(), tzinfo=at.tzinfo) if end else None
        if ends is None or ends >= one.served_at:
            yield charts.Band("order", ORDER_WORDS[one.kind].capitalize(), one.served_at, ends)


def shown(act: ActRow) -> dict[str, Any]:
    """Return an act as the table of acts takes it."""
    recorded = act.recorded_class.label if act.recorded_class else act.class_as_recorded or "not recorded as a crime"
    return {
        "when": moment(act.happened_at) if act.time_known else f"{act.happened_at:%-d %B %Y}, time not known",
        "kind": ", ".join(Behaviour(kind).replace("_", " ") for kind in act.kinds) or "not known",
        "what": act.words[:140] or recorded,
        "href": "",
        "recorded_as": recorded,
        "standing": "Breach" if act.is_breach else "Confirmed" if act.confirmed else "Not confirmed",
        "breach": act.is_breach,
        "seriousness": act.seriousness,
    }


def _identifier(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


urlpatterns = [
    path("cases/", listing, name="case:list"),
    path("cases/<str:reference>/", pattern, name="case:pattern"),
    path("cases/<str:reference>/history/", history, name="case:history"),
    path("cases/<str:reference>/subject/", subject, name="case:subject"),
    path("cases/<str:reference>/level/", level, name="case:level"),
    path("cases/<str:reference>/review/", review, name="case:review"),
    path("cases/<str:reference>/know-somebody/", know_somebody, name="case:know"),
]
