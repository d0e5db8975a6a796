"""Case: what is happening, how dangerous is it, what is in force, what is next?"""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.askers import Needs
from fourfold.access.roles import CASEWORK
from fourfold.access.seconds import Seconds, who_could
from fourfold.access.terms import Compartment, Permission, day_of
from fourfold.assessment import queries as assessments
from fourfold.assessment import services as assessment
from fourfold.audit.terms import Actor, Conflict
from fourfold.cases import queries as cases
from fourfold.cases import rules, services
from fourfold.cases.queries import ends
from fourfold.cases.queries.parts import parts_waiting
from fourfold.cases.queries.seconds import who_could_end_each, who_could_give
from fourfold.cases.queries.values import AskedStepDown, CaseHeader
from fourfold.cases.terms import (
    CloseDraft,
    EventDraft,
    Level,
    LevelDraft,
    PartDraft,
    ReviewDraft,
    SetBy,
    State,
    StepDownAnswer,
    StepDownDraft,
)
from fourfold.fields import Unfit
from fourfold.governance import queries as governance
from fourfold.journey.history import history as whole_history
from fourfold.orders import queries as orders
from fourfold.plan import queries as plan
from fourfold.web.acts import shown
from fourfold.web.case_forms import case_form, case_row
from fourfold.web.case_frame import frame
from fourfold.web.case_picture import SPANS, drawn
from fourfold.web.components import charts
from fourfold.web.components.shell import Link
from fourfold.web.components.words import in_words
from fourfold.web.form_pages import Nothing
from fourfold.web.forms import moment_in
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.jinja import url
from fourfold.web.saved_filters import chosen, filter_links
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Sentence, counted, sentence, words

SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def listing(request: Request) -> HttpResponse:
    """List the cases that the reader may open, fifty a page."""
    wanted = chosen(request.GET)
    value = cases.cases(actor=request.actor, at=request.at, after=request.GET.get("after", "")[:20], **wanted)
    return page(
        request,
        "case/list.html",
        value=value,
        **wanted,
        filters=filter_links(request.actor),
        may_assign=access_queries.may(request.actor, Permission.CASE_EDIT),
        may_transfer=access_queries.may(request.actor, Permission.CASE_TRANSFER),
    )


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def pattern(request: Request, reference: str) -> HttpResponse:
    """Show the pattern of one case as a picture with its table, and what changed."""
    after, span = request.GET.get("after", ""), request.GET.get("span", "all")
    value = cases.pattern(actor=request.actor, reference=reference, at=request.at, after=after)
    around = frame(value.header, "case:pattern", actor=request.actor, at=request.at)
    since = request.at - SPANS[span] if span in SPANS else None
    custody = orders.custody_of_subject(
        value.header.opened, actor=request.actor, subject=value.header.subject_id, at=request.at
    )
    picture = drawn(value, around.orders, custody, request.at, since)
    wide, narrow = charts.pattern_timelines(picture)
    return page(
        request,
        "case/pattern.html",
        value=value,
        beside=governance.corrections_of(value.header.opened),
        frame=around,
        sees_reviews=value.header.opened.may_read(Compartment.RISK),
        today=day_of(value.header.opened.as_of or request.at),
        held=[(one, value.release_on(one.since)) for one in custody if one.until is None],
        finding=charts.pattern_finding(picture),
        wide=wide,
        narrow=narrow,
        acts=[shown(act, request.actor.staff) for act in value.acts],
        span=span,
        actions=plan.open_actions_of(value.header.opened, at=request.at),
        breaches=[(one, breach) for one in around.orders for breach in one.breaches],
        steps=_steps(request, value.header),
        says_contact=Compartment.VICTIM_CONTACT in value.header.opened.writable
        and access_queries.may(request.actor, Permission.SAFE_CONTACT_SET),
    )


STEPS = words(
    (
        ("Something happened", "case:event", Permission.CASE_VIEW),
        ("Set the level", "case:level", Permission.LEVEL_SET),
        ("Record a review", "case:review", Permission.REVIEW_RECORD),
        ("Step down", "case:step_down", Permission.CASE_STEP_DOWN),
        ("Close", "case:close", Permission.CASE_CLOSE),
        ("Follow-ups after closing", "case:follow_ups", Permission.CASE_VIEW),
        ("Who works on this case", "case:team", Permission.CASE_EDIT),
        ("Leave this case", "case:leave", Permission.CASE_VIEW),
        ("I know somebody in this case", "case:know", Permission.WALL_DECLARE),
    )
)


def _steps(request: Request, header: CaseHeader) -> list[Link]:
    """Return what this reader may do with the case as it stands."""
    state = header.state.state
    open_, closed = state is State.OPEN, state is State.CLOSED
    fits = {"case:step_down": open_, "case:close": state is State.STEP_DOWN, "case:follow_ups": closed}
    fits["case:leave"] = any(one.staff == request.actor.staff for one in header.team)
    always = {"case:team", "case:know"}
    return [
        Link(text, url(name, reference=header.reference))
        for text, name, permission in STEPS
        if (name in always or fits.get(name, not closed))
        and access_queries.may(request.actor, permission, site=header.site)
    ]


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def history(request: Request, reference: str) -> HttpResponse:
    """Show everything that happened to one case, the newest first."""
    before = moment_in(request.GET.get("before", ""))
    value = whole_history(actor=request.actor, reference=reference, at=request.at, before=before)
    around = frame(value.header, "case:history", actor=request.actor, at=request.at)
    beside = governance.corrections_of(value.header.opened)
    return page(request, "case/history.html", value=value, frame=around, beside=beside)


@requires(
    Permission.CASE_VIEW,
    compartments={Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY},
    methods=("GET",),
)
def subject(request: Request, reference: str) -> HttpResponse:
    """Show the subject across victims and sites: orders in force, who meets the subject, what worked; never where a victim is."""
    value = orders.subject_across(actor=request.actor, reference=reference, at=request.at)
    around = frame(value.header, "case:subject", actor=request.actor, at=request.at)
    may_add = access_queries.may(request.actor, Permission.MATCH_CONFIRM, site=value.card.site)
    return page(request, "case/subject.html", value=value, frame=around, may_add=may_add)


@requires(Permission.LEVEL_SET, compartments=SHOWN, resumes=True)
def level(request: Request, reference: str) -> HttpResponse:
    """Set the level; where somebody else was first, show both values and let the person choose.

    Below the level before, a colleague signs first: asked for here, given in the colleague's own session.
    """
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "case/level.html",
        draft=LevelDraft,
        does=lambda draft: _set_level(request, header, draft),
        initial=_level_now(header),
        shows=lambda _: {"seconds": _who_signs_level(request, header)},
    )


def _who_signs_level(request: Request, header: CaseHeader) -> Seconds:
    """Return who could sign a lower level."""
    needs = Needs(Permission.LEVEL_COUNTERSIGN, header.site, header.id, writes=Compartment.RISK)
    return who_could(needs, actor=request.actor, at=request.at)


def _set_level(request: Request, header: CaseHeader, draft: LevelDraft) -> object:
    case = case_row(request, header.reference)
    if draft.ask:
        return assessment.ask_signature(
            actor=request.actor, case=case, level=draft.level, reason=draft.reason, at=request.at
        )
    return services.set_level(
        actor=request.actor,
        case=case,
        level=draft.level,
        set_in=SetBy.PROFESSIONAL,
        for_want_of_capacity=draft.for_want_of_capacity,
        version=draft.version,
        at=request.at,
        **_signed(request, header, draft.level, draft.reason),
    )


def _signed(request: Request, header: CaseHeader, level: Level | None, reason: str) -> dict[str, Any]:
    """Return the reason and the second signature that a colleague has given for this level, if one has."""
    if level is None:
        return {}
    held = assessments.signature_held(actor=request.actor, case_id=header.id, level=level, at=request.at)
    return {"reason": held.reason if held else reason, "countersigned_by": held.by if held else None}


@requires(Permission.REVIEW_RECORD, compartments=SHOWN, resumes=True)
def review(request: Request, reference: str) -> HttpResponse:
    """Record a review: what it found, and the level it leaves."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "case/review.html",
        draft=ReviewDraft,
        does=lambda draft: services.record_review(
            actor=request.actor,
            case=case_row(request, reference),
            at=request.at,
            **vars(draft) | _signed(request, header, draft.level, draft.reason),
        ),
        then=to("case:history", reference=reference),
        initial=_level_now(header),
    )


@requires(Permission.CASE_VIEW, compartments=SHOWN, resumes=True)
def event(request: Request, reference: str) -> HttpResponse:
    """Record that something happened, or will: the next review comes forward by it."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "case/event.html",
        draft=EventDraft,
        does=lambda draft: services.record_event(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        shows={"events": _events()},
    )


def _within(days: int) -> Sentence:
    """Return up to three days in hours, and more of them in days."""
    return counted(24 * days, "hour") if days <= 3 else counted(days, "day")


def _events() -> list[tuple[str, str, str]]:
    """Return what may be told to have happened, each with how soon the case is then looked at."""
    return [
        (str(trigger), words, sentence("looked at within {1}", _within(rules.EVENT_WITHIN[trigger].days)))
        for trigger, words in rules.EVENT_WORDS.items()
    ]


@requires(Permission.CASE_STEP_DOWN, compartments=SHOWN, resumes=True)
def step_down(request: Request, reference: str) -> HttpResponse:
    """Ask a colleague to sign a step-down, or answer a colleague who has asked."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    waiting = next(iter(cases.step_downs_asked(actor=request.actor, at=request.at, reference=header.reference)), None)
    answers = "signs" in request.POST or "asked" in request.POST
    draft: Any = StepDownAnswer if answers else StepDownDraft
    does: Any = _answer_step_down if answers else _ask_step_down
    return case_form(
        request,
        header,
        "case/step_down.html",
        draft=draft,
        does=lambda draft: does(request, header, waiting, draft),
        shows={"waiting": waiting, "answers": answers, "seconds": None if waiting else _who_signs(request, header)},
    )


def _who_signs(request: Request, header: CaseHeader) -> Seconds:
    """Return who could sign a step-down."""
    needs = Needs(Permission.CASE_STEP_DOWN, header.site, header.id, writes=Compartment.CORE)
    return who_could(needs, actor=request.actor, at=request.at)


def _ask_step_down(request: Request, header: CaseHeader, waiting: AskedStepDown | None, draft: StepDownDraft) -> object:
    if waiting is not None and not waiting.mine:
        raise Conflict("This step-down", {"by": waiting.asked_by, "at": waiting.asked_at})
    case = case_row(request, header.reference)
    return journey.step_down_asked(actor=request.actor, case=case, at=request.at, **vars(draft))


def _answer_step_down(
    request: Request, header: CaseHeader, waiting: AskedStepDown | None, draft: StepDownAnswer
) -> object:
    before = cases.step_down_answered(opened=header.opened, asked=draft.asked) if draft.asked else None
    if before is not None:
        theirs = {"by": before.who, "at": before.at, "said": before.what, "because": before.why}
        raise Conflict("This step-down", theirs)
    if draft.signs is None:
        raise Unfit("signs", "Say whether you sign")
    if waiting is None:
        raise Unfit("signs", "Nobody is waiting for your signature. Open the case again.")
    row = cases.step_down_to_answer(actor=request.actor, asked=waiting.id, at=request.at)
    return services.answer_step_down(
        actor=request.actor, asked=row, signs=draft.signs, because=draft.because, at=request.at
    )


@requires(Permission.CASE_CLOSE, compartments=SHOWN, resumes=True)
def close(request: Request, reference: str) -> HttpResponse:
    """Close a case that has been quiet in step-down for three months."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "case/close.html",
        draft=CloseDraft,
        does=lambda draft: journey.case_closed(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        then=to("case:history", reference=reference),
    )


@requires(Permission.CASE_EDIT, compartments=SHOWN)
def team(request: Request, reference: str) -> HttpResponse:
    """Show who works on the case, and give somebody a part in it."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    unit = access_queries.unit_of(header.site, at=request.at)
    ending = ends.waiting_in(header.id, actor=request.actor, at=request.at)
    waiting = parts_waiting(actor=request.actor, case_id=header.id, at=request.at)
    return case_form(
        request,
        header,
        "case/team.html",
        draft=PartDraft,
        does=lambda draft: services.ask_part(
            actor=request.actor, case=case_row(request, reference), at=request.at, **vars(draft)
        ),
        then=to("case:team", reference=reference),
        shows={
            "people": [
                (str(member.pk), f"{member.name}, {in_words(role)}") for member, role in unit if role in CASEWORK
            ],
            "parts": [(kind.value, kind.words) for kind in services.ROLE_OF],
            "running": ends.parts_in(header.id, at=request.at),
            "ending": ending,
            "waiting": waiting,
            "seconds": {
                **who_could_give(waiting, actor=request.actor, at=request.at),
                **who_could_end_each(ending, actor=request.actor, at=request.at),
            },
            "may_transfer": access_queries.may(request.actor, Permission.CASE_TRANSFER, site=header.site),
        },
    )


@requires(Permission.WALL_DECLARE)
def know_somebody(request: Request, reference: str) -> HttpResponse:
    """Close the case to the reader, who knows somebody in it; no explanation is asked."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    return case_form(
        request,
        header,
        "case/know.html",
        draft=Nothing,
        does=lambda _: journey.people_left(
            actor=request.actor,
            does=lambda: services.declare_conflict(
                actor=request.actor, case=case_row(request, reference), at=request.at
            ),
            at=request.at,
        ),
        then=to("home"),
    )


def _level_now(header: CaseHeader) -> dict[str, object]:
    return {"level": header.level.level if header.level else ""}


@kept(Permission.CASE_STEP_DOWN)
def step_downs(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the step-downs that colleagues want signed."""
    if one.asked_by == actor.staff:
        return None
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Answer a request to step down: {1}", one.victim),
        href=link_to("case:step_down", reference=one.reference),
        why=sentence("asked by {1}", one.by),
        case=one.reference,
        level=one.level,
        mine=True,
    )


# ---- on the day --------------------------------------------------------------------------------------------------


@kept(Permission.REVIEW_RECORD)
def reviews(due: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the reviews that are overdue or fall due within three days. The first assessment of a case in which nobody
    has a part yet is everybody's own who may make it."""
    first = due.level is None and access_queries.may(actor, Permission.ASSESSMENT_RECORD)
    return WorkRow(
        due_at=due.due_at,
        what=sentence("Assess {1} for the first time" if first else "Review {1}", due.victim),
        href=link_to("assessment:first" if first else "case:pattern", reference=due.reference),
        why=rules.why_due(due.said["trigger"], due.said["reason"]),
        case=due.reference,
        level=due.level,
        mine=True if first and due.of_nobody else None,
    )


urlpatterns = [
    path("cases/", listing, name="case:list"),
    path("cases/<str:reference>/", pattern, name="case:pattern"),
    path("cases/<str:reference>/history/", history, name="case:history"),
    path("cases/<str:reference>/subject/", subject, name="case:subject"),
    path("cases/<str:reference>/level/", level, name="case:level"),
    path("cases/<str:reference>/review/", review, name="case:review"),
    path("cases/<str:reference>/happened/", event, name="case:event"),
    path("cases/<str:reference>/step-down/", step_down, name="case:step_down"),
    path("cases/<str:reference>/close/", close, name="case:close"),
    path("cases/<str:reference>/team/", team, name="case:team"),
    path("cases/<str:reference>/know-somebody/", know_somebody, name="case:know"),
]
