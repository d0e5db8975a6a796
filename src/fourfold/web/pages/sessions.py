"""Sessions with the subject, minutes of work, and what clinicians write."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, Permission, Role
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.duties.queries.pages import WITH_SUBJECT
from fourfold.panel.terms import Strand
from fourfold.plan import queries, services
from fourfold.plan.terms import Attendance, MinutesDraft, NoteDraft, SessionDraft, SettledDraft, WorkedDraft
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.components.words import LONDON
from fourfold.web.forms import Form
from fourfold.web.guard import Request, requires
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import sentence

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
WORKED_IN = [(strand.value, strand.label) for strand in (Strand.PSYCHOLOGICAL, Strand.SOCIAL)]
HAPPENED = [(each.value, each.label) for each in Attendance if each is not Attendance.PLANNED]


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def session(request: Request, reference: str) -> HttpResponse:
    """Plan a session of psychological or social work; before the first one the victim is told, or it is said why not."""
    header = _header(request, reference)
    value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)

    def does(draft: SessionDraft) -> object:
        part_of = draft.intervention and queries.intervention_to_note(
            actor=request.actor, case_id=header.id, intervention=draft.intervention, at=request.at
        )
        said = vars(draft) | {"intervention": part_of, "told_first": draft.told_first or not value.first_meeting}
        return services.plan_session(actor=request.actor, case=case_row(request, reference), at=request.at, **said)

    running = [(str(work.id), work.kind.label) for work in value.interventions if work.ended is None]
    shows = {
        "strands": WORKED_IN,
        "running": [("", "None of these"), *running] if running else [],
        "shut": value.why_not_direct_work,
        "first": value.first_meeting,
    }
    return case_form(request, header, "plan/session.html", draft=SessionDraft, does=does, done="session", shows=shows)


def _header(request: Request, reference: str) -> CaseHeader:
    return cases.header(actor=request.actor, reference=reference, at=request.at)


@requires(Permission.SESSION_RECORD, compartments=SHOWN)
def settle(request: Request, reference: str, session: UUID) -> HttpResponse:
    """Record what happened at a session; lack of staff is said as exactly that."""
    header = _header(request, reference)
    row = queries.session_to_settle(actor=request.actor, case_id=header.id, session_id=session, at=request.at)

    def shows(form: Form) -> dict[str, Any]:
        if form.sent:
            row.refresh_from_db()
        if form.sent and row.settled_at is not None:
            form.overtaken("This session", at=row.settled_at, attendance=Attendance(row.attendance))
        return {"planned_at": row.planned_at, "choices": HAPPENED, "untold_because": row.untold_because}

    return case_form(
        request,
        header,
        "plan/settle.html",
        draft=SettledDraft,
        does=lambda draft: services.settle_session(actor=request.actor, session=row, at=request.at, **vars(draft)),
        done="settled",
        shows=shows,
    )


@requires(Permission.MINUTES_LOG, compartments={Compartment.CORE}, methods=("POST",))
def tap(request: Request, reference: str) -> HttpResponse:
    """Log today's minutes with one tap, under the role that the button names."""
    return _minutes(request, reference, MinutesDraft)


@requires(Permission.MINUTES_LOG, compartments=SHOWN)
def minutes(request: Request, reference: str) -> HttpResponse:
    """Log minutes of one's own work on the case."""
    return _minutes(request, reference, WorkedDraft)


def _minutes(request: Request, reference: str, draft: type[MinutesDraft]) -> HttpResponse:
    header = _header(request, reference)

    def does(draft: MinutesDraft) -> object:
        said = vars(draft) | {
            "worked_on": draft.worked_on or request.at.astimezone(LONDON).date(),
            "role": draft.role or "",
        }
        return services.log_minutes(actor=request.actor, case=case_row(request, reference), at=request.at, **said)

    roles = [Role(role) for site, role in request.actor.memberships if site == header.site]
    shows = {"roles": [(role.value, role.label.capitalize()) for role in roles]}
    return case_form(request, header, "plan/minutes.html", draft=draft, does=does, done="minutes", shows=shows)


@requires(Permission.NOTE_CLINICAL, compartments=SHOWN | {Compartment.CLINICAL}, resumes=True)
def note(request: Request, reference: str) -> HttpResponse:
    """Write a clinical note about the person whose clinician one is."""
    header = _header(request, reference)
    return case_form(
        request,
        header,
        "plan/note.html",
        draft=NoteDraft,
        does=lambda draft: services.write_clinical_note(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        done="note",
        shows={"sides": [(side.value, f"The {side.value}") for side in sorted(header.opened.sides)]},
    )


@kept(Permission.SESSION_RECORD, first_for={Role.MENTAL_HEALTH_PROFESSIONAL, Role.OUTREACH_WORKER})
def sessions(due: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the sessions of today and tomorrow, and those that are over and have no record of how they went."""
    strand = Strand(due.said["strand"])
    return WorkRow(
        due_at=due.due_at,
        what=sentence("Record how the {1} session went", strand.words)
        if due.due_at and due.due_at < at
        else sentence("{1} session", strand.label),
        href=link_to("plan:settle", reference=due.reference, session=due.about),
        why=sentence("planned by {1}", due.by),
        case=due.reference,
        level=due.level,
        mine=due.asked_by == actor.staff or not due.parts.isdisjoint(WITH_SUBJECT),
    )


urlpatterns = [
    path("cases/<str:reference>/plan/sessions/new/", session, name="plan:session"),
    path("cases/<str:reference>/plan/sessions/<uuid:session>/", settle, name="plan:settle"),
    path("cases/<str:reference>/plan/minutes/", minutes, name="plan:minutes"),
    path("cases/<str:reference>/plan/minutes/tap/", tap, name="plan:tap"),
    path("cases/<str:reference>/plan/notes/", note, name="plan:note"),
]
