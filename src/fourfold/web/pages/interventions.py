"""Work with the subject over time: begun with goals, watched, ended with a reason."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse

from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.panel.measures import KINDS
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import queries, rules, services
from fourfold.plan.queries import InterventionShown
from fourfold.plan.terms import Approach, Ending, GoalState, Readiness
from fourfold.web.case_frame import frame
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
OFFERED = [kind for strand in (Strand.PSYCHOLOGICAL, Strand.SOCIAL) for kind in KINDS[strand]]
KINDS_OFFERED = [
    (kind.value, sentence("{1}: {2}", strand.label.capitalize(), kind.label))
    for strand in (Strand.PSYCHOLOGICAL, Strand.SOCIAL)
    for kind in KINDS[strand]
]
APPROACHES = words([("", "Not chosen yet"), *((each.value, each.label.capitalize()) for each in Approach)])
STAGES = [(each.value, each.label.capitalize()) for each in Readiness]
GOAL_STATES = [(each.value, each.label.capitalize()) for each in GoalState]
ENDINGS = [(each.value, each.label.capitalize()) for each in Ending]


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def begin(request: Request, reference: str) -> HttpResponse:
    """Begin work with the subject."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", MeasureKind, missing="Choose what the work is")
        approach, readiness = form.choice("approach", Approach), form.choice("readiness", Readiness)
        agreed, goals = form.number("sessions_agreed", most=rules.MOST_SESSIONS), form.text("goals").splitlines()
        if form.ok and kind is not None:
            case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: to("plan:page", reference=reference)):
                services.begin_intervention(
                    actor=request.actor,
                    case=case,
                    strand=_strand(kind),
                    kind=kind,
                    approach=approach,
                    goals=goals,
                    sessions_agreed=agreed,
                    readiness=readiness or Readiness.NOT_KNOWN,
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "begun")
    value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)
    return _page(
        request,
        "begin",
        header,
        form,
        kinds=KINDS_OFFERED,
        approaches=APPROACHES,
        stages=STAGES,
        shut=value.why_not_direct_work,
    )


def _strand(kind: MeasureKind) -> Strand:
    return Strand.SOCIAL if kind in KINDS[Strand.SOCIAL] else Strand.PSYCHOLOGICAL


@requires(Permission.SESSION_RECORD, compartments=SHOWN)
def progress(request: Request, reference: str, intervention: UUID) -> HttpResponse:
    """Note where the goals stand and how ready the subject is now."""
    header, value = _found(request, reference, intervention)
    form = Form(request)
    if form.sent:
        goals = {goal.id: form.choice(f"goal-{goal.id}", GoalState) or goal.state for goal in value.goals}
        readiness = form.choice("readiness", Readiness)
        row = queries.intervention_to_note(
            actor=request.actor, case_id=header.id, intervention=intervention, at=request.at
        )
        if form.ok:
            with form.catching(), request.once(lambda _: to("plan:page", reference=reference)):
                services.note_progress(
                    actor=request.actor,
                    intervention=row,
                    goals={goal.id: goals[goal.id] for goal in value.goals if goals[goal.id] is not goal.state},
                    readiness=readiness,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "progress")
        if form.conflict:
            _, value = _found(request, reference, intervention)
    return _page(request, "progress", header, form, value=value, stages=STAGES, states=GOAL_STATES)


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def end(request: Request, reference: str, intervention: UUID) -> HttpResponse:
    """Record how the work with the subject ended."""
    header, value = _found(request, reference, intervention)
    form = Form(request)
    if form.sent:
        how, reason = form.choice("how", Ending, missing="Choose how it ended"), form.text("reason")
        row = queries.intervention_to_note(
            actor=request.actor, case_id=header.id, intervention=intervention, at=request.at
        )
        if form.ok and how is not None:
            with form.catching(), request.once(lambda _: to("plan:page", reference=reference)):
                services.end_intervention(actor=request.actor, intervention=row, how=how, reason=reason, at=request.at)
        if form.ok:
            return _done(reference, "ended")
    return _page(request, "end", header, form, value=value, endings=ENDINGS)


def _found(request: Request, reference: str, intervention: UUID) -> tuple[CaseHeader, InterventionShown]:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)
    found = next((one for one in value.interventions if one.id == intervention), None)
    if found is None:
        raise NotFound
    return header, found


def _page(request: Request, template: str, header: CaseHeader, form: Form, **values: object) -> HttpResponse:
    return page(
        request,
        f"plan/intervention_{template}.html",
        status=409 if form.conflict else 422 if form.problems else 200,
        frame=frame(header, "plan:page", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
        **values,
    )


def _done(reference: str, what: str) -> HttpResponse:
    answer = HttpResponse(status=303)
    answer["Location"] = f"{reverse('plan:page', kwargs={'reference': reference})}?done={what}"
    return answer


urlpatterns = [
    path("cases/<str:reference>/plan/work/new/", begin, name="plan:begin"),
    path("cases/<str:reference>/plan/work/<uuid:intervention>/", progress, name="plan:progress"),
    path("cases/<str:reference>/plan/work/<uuid:intervention>/end/", end, name="plan:end"),
]
