"""Work with the subject over time: begun with goals, watched, ended with a reason."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission, existing
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.panel.measures import KINDS
from fourfold.panel.terms import MeasureKind, Strand
from fourfold.plan import queries, services
from fourfold.plan.queries import InterventionShown
from fourfold.plan.terms import Approach, Ending, EndingDraft, GoalState, InterventionDraft, Readiness
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.forms import Form
from fourfold.web.guard import Request, requires
from fourfold.words import sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
KINDS_OFFERED = [
    (kind.value, sentence("{1}: {2}", strand.label, kind.words))
    for strand in (Strand.PSYCHOLOGICAL, Strand.SOCIAL)
    for kind in KINDS[strand]
]
APPROACHES = words([("", "Not chosen yet"), *((each.value, each.label) for each in Approach)])
STAGES = [(each.value, each.label) for each in Readiness]
GOAL_STATES = [(each.value, each.label) for each in GoalState]
ENDINGS = [(each.value, each.label) for each in Ending]


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def begin(request: Request, reference: str) -> HttpResponse:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)

    def does(draft: InterventionDraft) -> object:
        return services.begin_intervention(
            actor=request.actor,
            case=case_row(request, reference),
            strand=_strand(draft.kind),
            at=request.at,
            **vars(draft) | {"goals": draft.goals.splitlines()},
        )

    def shows(_: Form) -> dict[str, Any]:
        value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)
        return {"kinds": KINDS_OFFERED, "approaches": APPROACHES, "stages": STAGES, "shut": value.why_not_direct_work}

    return case_form(
        request, header, "plan/intervention_begin.html", draft=InterventionDraft, does=does, done="begun", shows=shows
    )


def _strand(kind: MeasureKind) -> Strand:
    return Strand.SOCIAL if kind in KINDS[Strand.SOCIAL] else Strand.PSYCHOLOGICAL


@requires(Permission.SESSION_RECORD, compartments=SHOWN)
def progress(request: Request, reference: str, intervention: UUID) -> HttpResponse:
    """Note where the goals stand and how ready the subject is now."""
    header, value = _found(request, reference, intervention)

    def read(form: Form) -> dict[str, Any]:
        states = {goal.id: form.choice(f"goal-{goal.id}", GoalState) or goal.state for goal in value.goals}
        return {
            "goals": {goal.id: states[goal.id] for goal in value.goals if states[goal.id] is not goal.state},
            "readiness": form.choice("readiness", Readiness),
            "seen": form.version("version"),
        }

    def does(noted: dict[str, Any]) -> object:
        row = _row(request, header, intervention)
        return services.note_progress(actor=request.actor, intervention=row, at=request.at, **noted)

    def shows(form: Form) -> dict[str, Any]:
        now = _found(request, reference, intervention)[1] if form.conflict else value
        return {"value": now, "stages": STAGES, "states": GOAL_STATES}

    return case_form(
        request, header, "plan/intervention_progress.html", draft=read, does=does, done="progress", shows=shows
    )


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def end(request: Request, reference: str, intervention: UUID) -> HttpResponse:
    """Record how the work with the subject ended."""
    header, value = _found(request, reference, intervention)

    def does(draft: EndingDraft) -> object:
        row = _row(request, header, intervention)
        return services.end_intervention(actor=request.actor, intervention=row, at=request.at, **vars(draft))

    shows = {"value": value, "endings": ENDINGS}
    return case_form(
        request, header, "plan/intervention_end.html", draft=EndingDraft, does=does, done="ended", shows=shows
    )


def _row(request: Request, header: CaseHeader, intervention: UUID) -> Any:
    return queries.intervention_to_note(
        actor=request.actor, case_id=header.id, intervention=intervention, at=request.at
    )


def _found(request: Request, reference: str, intervention: UUID) -> tuple[CaseHeader, InterventionShown]:
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)
    found = existing(next((one for one in value.interventions if one.id == intervention), None))
    return header, found


urlpatterns = [
    path("cases/<str:reference>/plan/work/new/", begin, name="plan:begin"),
    path("cases/<str:reference>/plan/work/<uuid:intervention>/", progress, name="plan:progress"),
    path("cases/<str:reference>/plan/work/<uuid:intervention>/end/", end, name="plan:end"),
]
