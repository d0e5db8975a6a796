"""Plan: four strands, what is late first; the victim told first as a gate that nobody can miss; sessions, minutes, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, Role, Side
from fourfold.audit.terms import About, Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.panel.measures import KINDS
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import queries, rules, services
from fourfold.plan.terms import Attendance, Because, Status
from fourfold.support import queries as support
from fourfold.web.case_frame import frame
from fourfold.web.components.words import LONDON, moment
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import Typed
from fourfold.web.worklist import WorkRow, link_to, source
from fourfold.words import Word, opening, sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
DONE = words(
    {
        "opened": "The actions from the decision are open.",
        "action": "The action is on the plan.",
        "updated": "You have updated the action.",
        "moved": "You have changed the owner or the date of the action.",
        "told": "You have recorded that the victim was told. You can now take the step.",
        "asked": "You have asked a colleague to sign that the step is taken without telling the victim first.",
        "signed": "You have signed the reason.",
        "session": "The session is planned.",
        "settled": "You have recorded what happened at the session.",
        "minutes": "Your minutes are logged.",
        "note": "The note is saved. Only that person’s clinicians can read it.",
        "begun": "The work with the subject has begun.",
        "progress": "You have recorded progress.",
        "ended": "You have recorded how the work ended.",
    }
)
WORKED_IN = [(each.value, each.label.capitalize()) for each in (Strand.PSYCHOLOGICAL, Strand.SOCIAL)]
KINDS_OFFERED = [
    ("", Word("Choose a kind")),
    *(
        (kind.value, sentence("{1}: {2}", strand.label.capitalize(), kind.label))
        for strand, kinds in KINDS.items()
        for kind in kinds
    ),
    (MeasureKind.OTHER.value, Word("Something else")),
]
CLASSES = words([("", Word("As its kind usually is")), *((each.value, each.label.capitalize()) for each in PlanClass)])
BECAUSES = [(each.value, each.label.capitalize()) for each in Because]


@requires(Permission.CASE_VIEW, compartments=SHOWN | {Compartment.CLINICAL}, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show the plan of a case in its four strands, with what was given and what it took."""
    header = _header(request, reference)
    value = queries.plan_page(actor=request.actor, case_id=header.id, at=request.at)
    done = DONE.get(request.GET.get("done", ""), "")
    return page(
        request,
        "plan/page.html",
        value=value,
        frame=frame(header, "plan:page", actor=request.actor, at=request.at),
        done=done,
        attendances=list(Attendance),
        taps=rules.TAPS,
    )


def _header(request: Request, reference: str) -> CaseHeader:
    return cases.header(actor=request.actor, reference=reference, at=request.at)


def _form(request: Request, template: str, header: CaseHeader, form: Form, **values: object) -> HttpResponse:
    return page(
        request,
        f"plan/{template}.html",
        status=409 if form.conflict else (422 if form.problems else 200),
        frame=frame(header, "plan:page", actor=request.actor, at=request.at),
        form=form,
        errors=form.problems,
        **values,
    )


def _back(reference: str) -> Callable[[About], HttpResponse]:
    return lambda _: to("plan:page", reference=reference)


def _done(reference: str, what: str) -> HttpResponse:
    answer = HttpResponse(status=303)
    answer["Location"] = f"{reverse('plan:page', kwargs={'reference': reference})}?done={what}"
    return answer


# ---- actions ------------------------------------------------------------------------------------------------------


@requires(Permission.ACTION_OPEN, compartments={Compartment.CORE}, methods=("POST",))
def open_actions(request: Request, reference: str, decision: UUID) -> HttpResponse:
    """Open the actions of a decision that has none yet."""
    header = _header(request, reference)
    row = queries.decision_to_act_on(actor=request.actor, case_id=header.id, decision_id=decision, at=request.at)
    with request.once(_back(reference)):
        services.open_actions(actor=request.actor, decision=row, at=request.at)
    return _done(reference, "opened")


@requires(Permission.ACTION_OPEN, compartments=SHOWN, resumes=True)
def new(request: Request, reference: str) -> HttpResponse:
    """Open an action beside the panel's measures."""
    header = _header(request, reference)
    form = Form(request, {"strand": request.GET.get("strand", "")})
    if form.sent:
        strand = form.choice("strand", Strand, missing="Choose a strand")
        what, due_on = form.text("what", longest=300), form.day("due_on")
        partner, owner = form.text("owner_partner"), form.identifier("owner")
        kind, plan_class = form.choice("kind", MeasureKind), form.choice("plan_class", PlanClass)
        if form.ok and strand is not None:
            case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.open_action(
                    actor=request.actor,
                    case=case,
                    strand=strand,
                    kind=kind,
                    plan_class=plan_class,
                    what=what,
                    owner_partner=partner,
                    owner=owner,
                    due_on=due_on,
                    tell_victim_first=form.flag("tell_victim_first"),
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "action")
    agencies, staff = queries.possible_owners(header.site, at=request.at)
    return _form(
        request,
        "new",
        header,
        form,
        agencies=agencies,
        staff=staff,
        strands=[(each.value, each.label.capitalize()) for each in Strand],
        kinds=KINDS_OFFERED,
        classes=CLASSES,
    )


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def action(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Say what became of an action; before a gated one, the victim is told, or a second person signs why not."""
    header = _header(request, reference)
    value = queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
    form = Form(request, {"version": value.version})
    if form.sent and form.value("keep-status") == "theirs":
        return to("plan:page", reference=reference)
    if form.sent:
        status = form.choice("status", Status, missing="Choose what happened")
        reason, seen = form.text("reason"), form.number("version", most=10**9)
        because = form.choice("because", Because)
        if form.ok and status is not None:
            row = queries.action_to_update(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.update_action(
                    actor=request.actor,
                    action=row,
                    status=status,
                    reason=reason,
                    because=because,
                    version=seen,
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "updated")
    choices = [each for each in Status if each is not value.status]
    if not value.tell_victim_first:
        choices.remove(Status.WAITS_FOR_VICTIM)
    may_tell = access_queries.may(request.actor, Permission.SUPPORT_RECORD, site=header.site)
    return _form(request, "action", header, form, value=value, choices=choices, may_tell=may_tell, becauses=BECAUSES)


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def move(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Give an action to a person of its agency, or another day and the reason for it."""
    header = _header(request, reference)
    value = queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
    form = Form(
        request, {"version": value.version, "owner": value.owner_id or "", **_day_parts("due_on", value.due_on)}
    )
    if form.sent and form.value("keep-owner") == "theirs":
        return to("plan:page", reference=reference)
    if form.sent:
        owner, due_on = form.identifier("owner"), form.day("due_on", missing="Enter the date by which it is done")
        reason, seen = form.text("reason"), form.number("version", most=10**9)
        if form.ok and due_on is not None:
            row = queries.action_to_update(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.move_action(
                    actor=request.actor,
                    action=row,
                    owner=owner,
                    due_on=due_on,
                    reason=reason,
                    version=seen,
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "moved")
    return _form(request, "move", header, form, value=value, people=_people(header.site, value, request.at))


def _day_parts(name: str, day: date) -> dict[str, object]:
    return {f"{name}-{part}": getattr(day, part) for part in ("day", "month", "year")}


def _people(site: str, value: queries.ActionShown, at: datetime) -> list[tuple[str, str]]:
    """Return who may be chosen: the people of the action's agency, and whoever has it now."""
    agency = [(str(pk), name) for pk, name in queries.could_own(site, value.owner_partner, at=at)]
    now = [] if value.owner_id is None else [(str(value.owner_id), value.owner or "somebody who left")]
    return list(dict([*now, *agency]).items())


@requires(Permission.SUPPORT_RECORD, compartments=SHOWN)
def told(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Record that an advocate told the victim of an action before it is taken."""
    header = _header(request, reference)
    value = queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
    contacts = support.safe_contacts(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        chosen = form.identifier("contact", missing="Choose the contact in which the victim was told")
        contact = next((each for each in contacts if each.pk == chosen), None)
        if chosen and contact is None:
            form.wrong("contact", "Choose one of the contacts shown")
        if form.ok and contact is not None:
            row = queries.action_to_update(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
            with form.catching(), request.once(_back(reference)):
                journey.told_of_action(actor=request.actor, action=row, contact=contact, at=request.at)
        if form.ok:
            return _done(reference, "told")
    shown = [(str(each.pk), f"{moment(each.attempted_at)}, {each.channel}") for each in contacts]
    return _form(request, "told", header, form, value=value, contacts=shown)


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def untold(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Ask that a step may be taken before the victim is told; a second person signs the reason."""
    header = _header(request, reference)
    value = queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
    form = Form(request)
    if form.sent:
        row = queries.action_to_update(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
        with form.catching(), request.once(_back(reference)):
            services.ask_to_go_ahead(actor=request.actor, action=row, reason=form.text("reason"), at=request.at)
        if form.ok:
            return _done(reference, "asked")
    return _form(request, "untold", header, form, value=value)


@requires(Permission.LEVEL_COUNTERSIGN, compartments=SHOWN)
def sign(request: Request, reference: str, action: UUID, asked: UUID) -> HttpResponse:
    """Sign, as the second person, that a step may be taken before the victim is told."""
    header = _header(request, reference)
    value = queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)
    row = queries.untold_to_sign(actor=request.actor, case_id=header.id, asked_id=asked, at=request.at)
    form = Form(request)
    if form.sent:
        with form.catching(), request.once(_back(reference)):
            services.sign_untold(actor=request.actor, asked=row, at=request.at)
        if form.ok:
            return _done(reference, "signed")
    return _form(request, "sign", header, form, value=value, asked=asked)


# ---- sessions, minutes, notes -------------------------------------------------------------------------------------


@requires(Permission.SESSION_RECORD, compartments=SHOWN, resumes=True)
def session(request: Request, reference: str) -> HttpResponse:
    """Plan a session of psychological or social work; before the first one the victim is told, or it is said why not."""
    header = _header(request, reference)
    value = queries.work_with_subject(actor=request.actor, case_id=header.id, at=request.at)
    form = Form(request)
    if form.sent:
        strand = form.choice("strand", Strand, missing="Choose a strand")
        planned_at = form.moment("planned_at", missing="Enter the date of the session", ahead=True)
        if form.ok and strand is not None and planned_at is not None:
            case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.plan_session(
                    actor=request.actor,
                    case=case,
                    strand=strand,
                    planned_at=planned_at,
                    direct_work=form.flag("direct_work"),
                    intervention=_intervention(request, header, form),
                    told_first=form.flag("told_first") or not value.first_meeting,
                    untold_because=form.text("untold_because"),
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "session")
    running = [(str(one.id), one.kind.label.capitalize()) for one in value.interventions if one.ended is None]
    return _form(
        request,
        "session",
        header,
        form,
        strands=WORKED_IN,
        running=[("", "None of them"), *running] if running else [],
        shut=value.why_not_direct_work,
        first=value.first_meeting,
    )


def _intervention(request: Request, header: CaseHeader, form: Form) -> Any:
    chosen = form.identifier("intervention")
    if chosen is None:
        return None
    return queries.intervention_to_note(actor=request.actor, case_id=header.id, intervention=chosen, at=request.at)


@requires(Permission.SESSION_RECORD, compartments=SHOWN)
def settle(request: Request, reference: str, session: UUID) -> HttpResponse:
    """Say what became of a session; want of staff is said as exactly that."""
    header = _header(request, reference)
    row = queries.session_to_settle(actor=request.actor, case_id=header.id, session_id=session, at=request.at)
    form = Form(request)
    if form.sent:
        attendance = form.choice("attendance", Attendance, missing="Choose what happened at the session")
        if form.ok and attendance is not None:
            with form.catching(), request.once(_back(reference)):
                services.settle_session(actor=request.actor, session=row, attendance=attendance, at=request.at)
        if form.ok:
            return _done(reference, "settled")
        row.refresh_from_db()
        if row.settled_at is not None:
            form.overtaken("This session", at=row.settled_at, attendance=Attendance(row.attendance))
    choices = [(each.value, each.label.capitalize()) for each in Attendance if each is not Attendance.PLANNED]
    untold = row.untold_because
    return _form(request, "settle", header, form, planned_at=row.planned_at, choices=choices, untold_because=untold)


@requires(Permission.MINUTES_LOG, compartments={Compartment.CORE}, methods=("POST",))
def tap(request: Request, reference: str) -> HttpResponse:
    """Log today's minutes with one tap, under the role that the button names."""
    header = _header(request, reference)
    form = Form(request)
    count, role = form.number("minutes", least=1, most=1440, missing="Enter the minutes"), form.choice("role", Role)
    if form.ok and count is not None:
        case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
        with form.catching(), request.once(_back(reference)):
            services.log_minutes(
                actor=request.actor,
                case=case,
                minutes=count,
                worked_on=timezone.localtime(request.at).date(),
                role=role or "",
                at=request.at,
            )
    if form.ok:
        return _done(reference, "minutes")
    roles = [(role.value, role.label.capitalize()) for role in _roles(request, header)]
    return _form(request, "minutes", header, form, roles=roles)


def _roles(request: Request, header: CaseHeader) -> list[Role]:
    return [Role(role) for site, role in request.actor.memberships if site == header.site]


@requires(Permission.MINUTES_LOG, compartments=SHOWN)
def minutes(request: Request, reference: str) -> HttpResponse:
    """Log minutes of one's own work on the case."""
    header = _header(request, reference)
    form = Form(request)
    roles = _roles(request, header)
    if form.sent:
        count = form.number("minutes", least=1, most=1440, missing="Enter the minutes")
        worked_on = form.day("worked_on", missing="Enter the date")
        role, on_what = form.choice("role", Role), form.text("on_what", longest=80)
        if form.ok and count is not None and worked_on is not None:
            case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.log_minutes(
                    actor=request.actor,
                    case=case,
                    minutes=count,
                    worked_on=worked_on,
                    role=role or "",
                    on_what=on_what,
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "minutes")
    return _form(request, "minutes", header, form, roles=[(role.value, role.label.capitalize()) for role in roles])


@requires(Permission.NOTE_CLINICAL, compartments=SHOWN | {Compartment.CLINICAL}, resumes=True)
def note(request: Request, reference: str) -> HttpResponse:
    """Write a clinical note about the person whose clinician one is."""
    header = _header(request, reference)
    form = Form(request)
    if form.sent:
        side = form.choice("side", Side, missing="Choose who the note is about")
        if form.ok and side is not None:
            case = cases.case_of(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(_back(reference)):
                services.write_clinical_note(
                    actor=request.actor, case=case, side=side, text=form.text("text"), at=request.at
                )
        if form.ok:
            return _done(reference, "note")
    sides = [(side.value, f"The {side.value}") for side in sorted(header.opened.sides)]
    return _form(request, "note", header, form, sides=sides)


# ---- on the day --------------------------------------------------------------------------------------------------


@source(Permission.ACTION_UPDATE)
def actions(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the actions that are late or due within three days: the person's own, their agency's that nobody has, the unit's."""
    soon = at.astimezone(LONDON).date() + timedelta(days=3)
    own = queries.actions_due(actor=actor, at=at, by=soon, mine=True)
    for due in dict.fromkeys((*own, *queries.actions_due(actor=actor, at=at, by=soon))):
        yield WorkRow(
            due_at=datetime.combine(due.due_on, time(17), tzinfo=LONDON),
            what=Typed(due.what),
            href=link_to("plan:action", reference=due.reference, action=due.id),
            why="waits until the victim is told" if due.waits_for_victim else "action of the plan",
            detail=_owner_of(due),
            case=due.reference,
            level=due.level,
            mine=due.mine,
        )


def _owner_of(action: queries.ActionDue) -> str:
    if action.mine:
        return "" if action.owner else Word("your agency's; nobody is named")
    return action.owner or Word("nobody is named")


@source(Permission.SESSION_RECORD, first_for={Role.MENTAL_HEALTH_PROFESSIONAL, Role.OUTREACH_WORKER})
def sessions(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the sessions of today and tomorrow, and those that are over and have no record of how they went."""
    midnight = datetime.combine(at.astimezone(LONDON).date() + timedelta(days=2), time(), tzinfo=LONDON)
    own = queries.sessions_due(actor=actor, at=at, by=midnight, mine=True)
    for due in dict.fromkeys((*own, *queries.sessions_due(actor=actor, at=at, by=midnight))):
        yield WorkRow(
            due_at=due.planned_at,
            what=sentence("Record how the {1} session went", due.strand.label)
            if due.passed
            else sentence("{1} session", opening(due.strand.label)),
            href=link_to("plan:settle", reference=due.reference, session=due.id),
            why=sentence("planned by {1}", due.planned_by),
            case=due.reference,
            level=due.level,
            mine=due.mine,
        )


@source(Permission.LEVEL_COUNTERSIGN)
def steps_before_telling(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the steps that colleagues want to take before the victim is told, for each who could sign that."""
    for asked in queries.untold_asked(actor=actor, at=at):
        yield WorkRow(
            due_at=asked.asked_at,
            what=sentence("Sign or refuse, before the victim is told: {1}", asked.what),
            href=link_to("plan:sign", reference=asked.reference, action=asked.about, asked=asked.id),
            why=sentence("asked by {1}", asked.asked_by),
            case=asked.reference,
            level=asked.level,
            mine=True,
        )


urlpatterns = [
    path("cases/<str:reference>/plan/", show, name="plan:page"),
    path("cases/<str:reference>/plan/open/<uuid:decision>/", open_actions, name="plan:open"),
    path("cases/<str:reference>/plan/actions/new/", new, name="plan:new"),
    path("cases/<str:reference>/plan/actions/<uuid:action>/", action, name="plan:action"),
    path("cases/<str:reference>/plan/actions/<uuid:action>/move/", move, name="plan:move"),
    path("cases/<str:reference>/plan/actions/<uuid:action>/told/", told, name="plan:told"),
    path("cases/<str:reference>/plan/actions/<uuid:action>/untold/", untold, name="plan:untold"),
    path("cases/<str:reference>/plan/actions/<uuid:action>/untold/<uuid:asked>/", sign, name="plan:sign"),
    path("cases/<str:reference>/plan/sessions/new/", session, name="plan:session"),
    path("cases/<str:reference>/plan/sessions/<uuid:session>/", settle, name="plan:settle"),
    path("cases/<str:reference>/plan/minutes/", minutes, name="plan:minutes"),
    path("cases/<str:reference>/plan/minutes/tap/", tap, name="plan:tap"),
    path("cases/<str:reference>/plan/notes/", note, name="plan:note"),
]
