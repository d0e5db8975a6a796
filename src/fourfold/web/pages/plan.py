"""Plan: four strands, what is late first, actions with owner and date; the victim told first where that is asked."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.askers import Needs
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, Permission
from fourfold.audit.terms import Actor
from fourfold.cases import queries as cases
from fourfold.cases.queries.values import CaseHeader
from fourfold.fields import Unfit
from fourfold.panel.measures import KINDS
from fourfold.panel.terms import MeasureKind, PlanClass, Strand
from fourfold.plan import queries, rules, services
from fourfold.plan.terms import ActionDraft, Attendance, Because, MoveDraft, Status, StatusDraft, ToldDraft, UntoldDraft
from fourfold.support import queries as support
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.components.words import moment
from fourfold.web.form_pages import Nothing, button
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires
from fourfold.web.translation import Typed
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Word, sentence, words

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
KINDS_OFFERED = [
    ("", Word("Choose a kind")),
    *(
        (kind.value, sentence("{1}: {2}", strand.label, kind.words))
        for strand, kinds in KINDS.items()
        for kind in kinds
    ),
    (MeasureKind.OTHER.value, Word("Something else")),
]
CLASSES = words([("", Word("As its kind usually is")), *((each.value, each.label) for each in PlanClass)])
BECAUSES = [(each.value, each.label) for each in Because]


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


# ---- actions ------------------------------------------------------------------------------------------------------


@requires(Permission.ACTION_OPEN, compartments={Compartment.CORE}, methods=("POST",))
def open_actions(request: Request, reference: str, decision: UUID) -> HttpResponse:
    """Open the actions of a decision that has none yet."""
    header = _header(request, reference)
    row = queries.decision_to_act_on(actor=request.actor, case_id=header.id, decision_id=decision, at=request.at)
    return button(
        request,
        lambda: services.open_actions(actor=request.actor, decision=row, at=request.at),
        then="plan:page",
        done="opened",
        reference=reference,
    )


@requires(Permission.ACTION_OPEN, compartments=SHOWN, resumes=True)
def new(request: Request, reference: str) -> HttpResponse:
    """Open an action besides the panel's measures."""
    header = _header(request, reference)

    def does(draft: ActionDraft) -> object:
        case = case_row(request, reference)
        return services.open_action(actor=request.actor, case=case, at=request.at, **vars(draft))

    def shows(_: Form) -> dict[str, Any]:
        agencies, staff = queries.possible_owners(header.site, at=request.at)
        strands = [(strand.value, strand.label) for strand in Strand]
        return {"agencies": agencies, "staff": staff, "strands": strands, "kinds": KINDS_OFFERED, "classes": CLASSES}

    initial: dict[str, object] = {"strand": request.GET.get("strand", "")}
    return case_form(
        request, header, "plan/new.html", draft=ActionDraft, does=does, done="action", initial=initial, shows=shows
    )


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def action(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Record what happened to an action; before some, the victim is told, or a second person signs why not."""
    header, value = _found(request, reference, action)
    choices = [status for status in Status if status is not value.status]
    if not value.tell_victim_first:
        choices.remove(Status.WAITS_FOR_VICTIM)
    return case_form(
        request,
        header,
        "plan/action.html",
        draft=StatusDraft,
        does=lambda draft: services.update_action(
            actor=request.actor, action=_row(request, header, action), at=request.at, **vars(draft)
        ),
        done="updated",
        initial={"version": value.version},
        shows={
            "value": value,
            "choices": choices,
            "may_tell": access_queries.may(request.actor, Permission.SUPPORT_RECORD, site=header.site),
            "becauses": BECAUSES,
        },
    )


def _found(request: Request, reference: str, action: UUID) -> tuple[CaseHeader, queries.ActionShown]:
    header = _header(request, reference)
    return header, queries.action_page(actor=request.actor, case_id=header.id, action_id=action, at=request.at)


def _row(request: Request, header: CaseHeader, action: UUID) -> Any:
    return queries.action_to_update(actor=request.actor, case_id=header.id, action_id=action, at=request.at)


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def move(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Give an action to a person of its agency, or another day and the reason for it."""
    header, value = _found(request, reference, action)
    return case_form(
        request,
        header,
        "plan/move.html",
        draft=MoveDraft,
        does=lambda draft: services.move_action(
            actor=request.actor, action=_row(request, header, action), at=request.at, **vars(draft)
        ),
        done="moved",
        initial={"version": value.version, "owner": value.owner_id or "", **_day_parts("due_on", value.due_on)},
        shows=lambda _: {"value": value, "people": _people(header.site, value, request.at)},
    )


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
    header, value = _found(request, reference, action)
    contacts = support.safe_contacts(actor=request.actor, reference=reference, at=request.at)

    def does(draft: ToldDraft) -> object:
        contact = next((found for found in contacts if found.pk == draft.contact), None)
        if contact is None:
            raise Unfit("contact", "Choose one of the contacts shown")
        return journey.told_of_action(
            actor=request.actor, action=_row(request, header, action), contact=contact, at=request.at
        )

    shown = [(str(contact.pk), f"{moment(contact.attempted_at)}, {contact.channel}") for contact in contacts]
    shows = {"value": value, "contacts": shown}
    return case_form(request, header, "plan/told.html", draft=ToldDraft, does=does, done="told", shows=shows)


@requires(Permission.ACTION_UPDATE, compartments=SHOWN, resumes=True)
def untold(request: Request, reference: str, action: UUID) -> HttpResponse:
    """Ask to take a step without telling the victim first; a second person signs the reason."""
    header, value = _found(request, reference, action)
    return case_form(
        request,
        header,
        "plan/untold.html",
        draft=UntoldDraft,
        does=lambda draft: services.ask_to_go_ahead(
            actor=request.actor, action=_row(request, header, action), at=request.at, **vars(draft)
        ),
        done="asked",
        shows={"value": value, "seconds": _who_signs(request, header)},
    )


def _who_signs(request: Request, header: CaseHeader) -> Seconds:
    """Return who could sign that a step is taken before the victim was told."""
    needs = Needs(Permission.LEVEL_COUNTERSIGN, header.site, header.id, writes=Compartment.CORE)
    return who_could(needs, actor=request.actor, at=request.at)


@requires(Permission.LEVEL_COUNTERSIGN, compartments=SHOWN)
def sign(request: Request, reference: str, action: UUID, asked: UUID) -> HttpResponse:
    """Sign, as the second person, that a step is taken without telling the victim first."""
    header, value = _found(request, reference, action)
    row = queries.untold_to_sign(actor=request.actor, case_id=header.id, asked_id=asked, at=request.at)
    return case_form(
        request,
        header,
        "plan/sign.html",
        draft=Nothing,
        does=lambda _: services.sign_untold(actor=request.actor, asked=row, at=request.at),
        done="signed",
        shows={"value": value, "asked": asked},
    )


# ---- on the day --------------------------------------------------------------------------------------------------


@kept(Permission.ACTION_UPDATE)
def actions(due: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the actions that are late or due within three days: the person's own, their agency's that nobody has, the unit's."""
    named = due.owner or Word("nobody is named")
    own = "" if due.owner else Word("your agency's; nobody is named")
    return WorkRow(
        due_at=due.due_at,
        what=Typed(due.text),
        href=link_to("plan:action", reference=due.reference, action=due.about),
        why="waits until the victim is told" if due.said["waits_for_victim"] else "action of the plan",
        detail=own if due.is_own else named,
        case=due.reference,
        level=due.level,
        mine=due.is_own,
    )


@kept(Permission.LEVEL_COUNTERSIGN)
def steps_before_telling(asked: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the steps that colleagues want to take before the victim is told, for each who could sign that."""
    if asked.by_reader or not access_queries.may(actor, Permission.LEVEL_COUNTERSIGN, site=asked.site):
        return None
    return WorkRow(
        due_at=asked.due_at,
        what=sentence("Sign or refuse, before the victim is told: {1}", asked.text),
        href=link_to("plan:sign", reference=asked.reference, action=asked.said["action"], asked=asked.about),
        why=sentence("asked by {1}", asked.by),
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
]
