"""The victim's care: consent, safety plan, entitlements and their deadlines, feedback, others at risk."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, NotFound, Permission, RelationKind, existing
from fourfold.audit.terms import Actor
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.rules import care as rules
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepDraft,
    AtRiskStepKind,
    AtRiskTold,
    ConsentDraft,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    EntitlementDraft,
    FeedbackDraft,
    PlanStepDraft,
    StepOutcome,
    StepReviewDraft,
)
from fourfold.web.components.words import LONDON
from fourfold.web.day_places import end_of
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import counted, sentence

CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}
CONFIDENTIAL = CONTACT | {Compartment.ADVOCATE_CONFIDENTIAL}
Shown = TypeVar("Shown")


@requires(Permission.SUPPORT_VIEW, compartments=CONFIDENTIAL, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show the care; what is between the victim and the advocate only to that advocate."""
    return page(request, "care/page.html", value=_care(request, reference, confidences=True), victim_page=True)


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, resumes=True)
def consent(request: Request, reference: str) -> HttpResponse:
    """Record what the victim was asked and answered; or that somebody acted without consent, and why."""
    more = {"matters": ConsentMatter.options(), "states": ConsentState.options()}
    return _adds(request, reference, "care/consent.html", ConsentDraft, support.record_consent, **more)


@requires(Permission.NOTE_CONFIDENTIAL, compartments=CONFIDENTIAL, resumes=True)
def step(request: Request, reference: str) -> HttpResponse:
    """Add a step to the safety plan, with the day on which it is reviewed."""
    return _adds(request, reference, "care/step.html", PlanStepDraft, support.plan_step)


@requires(Permission.SUPPORT_RECORD, compartments=CONFIDENTIAL, resumes=True)
def satisfaction(request: Request, reference: str) -> HttpResponse:
    """Keep what the victim thought of the help."""

    def write(*, words: str, declined: bool, actor: Actor, case: Any, at: datetime, **answers: int | None) -> object:
        return support.record_satisfaction(
            actor=actor, case=case, answers=answers, words=words, declined=declined, at=at
        )

    return _adds(request, reference, "care/satisfaction.html", FeedbackDraft, write)


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT, resumes=True)
def at_risk(request: Request, reference: str) -> HttpResponse:
    """Put a child or somebody else on record as at risk in their own right."""
    value = _may_add(_care(request, reference))
    return form_page(
        request,
        "care/at_risk.html",
        draft=AtRiskTold,
        does=lambda told: support.add_at_risk(
            actor=request.actor, case=_case(request, reference), told=told, at=request.at
        ),
        then=_back(reference),
        shows={"value": value, "victim_page": True, "kinds": AtRiskKind.options()},
    )


@requires(Permission.NOTE_CONFIDENTIAL, compartments=CONFIDENTIAL, resumes=True)
def review(request: Request, reference: str, step: UUID) -> HttpResponse:
    """Record what reviewing a step with the victim found."""
    value = _may_record(_care(request, reference, confidences=True))

    def look(form: Form) -> dict[str, Any]:
        care = _may_record(_care(request, reference, confidences=True)) if form.conflict else value
        return {"step": _one(care.steps, "id", step), "outcomes": StepOutcome.options()}

    def write(draft: StepReviewDraft, seen: str | None) -> object:
        row = queries.step_row(actor=request.actor, reference=reference, step=step, at=request.at)
        return support.review_step(actor=request.actor, step=row, seen=seen, at=request.at, **vars(draft))

    _one(value.steps, "id", step)
    return _changes(request, value, "care/review.html", StepReviewDraft, write, look)


@requires(Permission.SUPPORT_RECORD, compartments=CONTACT)
def entitlement(request: Request, reference: str, code: str) -> HttpResponse:
    """Record the outcome of an entitlement."""
    value = _care(request, reference)
    _one(_may_add(value).entitlements, "code", code)

    def look(form: Form) -> dict[str, Any]:
        care = _care(request, reference) if form.conflict else value
        return {"entitlement": _one(care.entitlements, "code", code), "answers": EntitlementAnswer.options()}

    def write(draft: EntitlementDraft, seen: str | None) -> object:
        case = _case(request, reference)
        return support.answer_entitlement(
            actor=request.actor, case=case, code=code, seen=seen, at=request.at, **vars(draft)
        )

    return _changes(request, value, "care/entitlement.html", EntitlementDraft, write, look)


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT, resumes=True)
def for_person(request: Request, reference: str, person: UUID) -> HttpResponse:
    """Record what was done for somebody at risk."""
    value = _care(request, reference)
    _one(_may_add(value).at_risk, "id", person)

    def look(form: Form) -> dict[str, Any]:
        care = _care(request, reference) if form.conflict else value
        return {"person": _one(care.at_risk, "id", person), "whats": AtRiskStepKind.options()}

    def write(draft: AtRiskStepDraft, seen: str | None) -> object:
        row = queries.at_risk_row(actor=request.actor, reference=reference, person=person, at=request.at)
        return support.step_for_at_risk(actor=request.actor, person=row, seen=seen, at=request.at, **vars(draft))

    return _changes(request, value, "care/for_person.html", AtRiskStepDraft, write, look)


def _adds(
    request: Request, reference: str, template: str, draft: type, writes: Callable[..., object], **more: object
) -> HttpResponse:
    """Answer with a form of the advocate's own that adds a row to the case."""
    value = _may_record(_care(request, reference))
    return form_page(
        request,
        template,
        draft=draft,
        does=lambda filled: writes(actor=request.actor, case=_case(request, reference), at=request.at, **vars(filled)),
        then=_back(reference),
        shows={"value": value, "victim_page": True, **more},
    )


def _changes(
    request: Request,
    value: queries.CarePage,
    template: str,
    draft: type,
    write: Callable[..., object],
    look: Callable[[Form], dict[str, Any]],
) -> HttpResponse:
    """Answer with a form that says the outcome of a row; what a colleague wrote meanwhile is read again and shown."""
    return form_page(
        request,
        template,
        draft=draft,
        does=lambda filled: write(filled, _seen(request)),
        then=_back(value.reference),
        shows=lambda form: {"value": value, "victim_page": True, **look(form)},
    )


def _seen(request: Request) -> str | None:
    """Return which rows stood before the writer's eyes, as the page named them."""
    return request.POST.get("version")


def _one(rows: tuple[Shown, ...], name: str, key: object) -> Shown:
    """Return the row that an address names, or raise NotFound."""
    return existing(next((row for row in rows if getattr(row, name) == key), None))


def _care(request: Request, reference: str, *, confidences: bool = False) -> queries.CarePage:
    return queries.care_page(actor=request.actor, reference=reference, at=request.at, confidences=confidences)


def _case(request: Request, reference: str) -> Any:
    return queries.case_row(actor=request.actor, reference=reference, at=request.at)


def _may_record(value: queries.CarePage) -> queries.CarePage:
    """Let pass the victim's own advocate; for anybody else the form does not exist."""
    if not value.may_record:
        raise NotFound
    return value


def _may_add(value: queries.CarePage) -> queries.CarePage:
    if not value.may_add:
        raise NotFound
    return value


def _back(reference: str) -> HttpResponse:
    return to("care:page", reference=reference)


# ---- on the day --------------------------------------------------------------------------------------------------


#: How long what was not recorded stands on the day among what has a date.
LATELY = timedelta(days=30)


@kept(Permission.SUPPORT_RECORD)
def entitlements(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the advocate's own cases in which an entitlement is due within three days or overdue; one that has lain longer
    than a month stands after all that has a date, which it would hide.
    """
    today, begun = at.astimezone(LONDON).date(), date.fromisoformat(one.said["begun"])
    due = rules.entitlements_due(begun, one.said["answered"], on=today, by=today + timedelta(days=3))
    if not due or RelationKind.ADVOCATE not in one.parts:
        return None
    due_on, first = due[0]
    return WorkRow(
        due_at=end_of(due_on) if due_on >= today - LATELY else None,
        due="for a long time",
        rank=30,
        what=sentence("Not on record yet: {1}, and {2} more", first.words, len(due) - 1)
        if len(due) > 1
        else sentence("Not on record yet: {1}", first.words),
        href=link_to("care:entitlement", reference=one.reference, code=first.code),
        why=sentence("entitlement of the victim, {1}", counted(first.working_days or 0, "working day")),
        case=one.reference,
        level=one.level,
    )


urlpatterns = [
    path("cases/<str:reference>/victim/care/", show, name="care:page"),
    path("cases/<str:reference>/victim/care/consent/", consent, name="care:consent"),
    path("cases/<str:reference>/victim/care/step/", step, name="care:step"),
    path("cases/<str:reference>/victim/care/step/<uuid:step>/", review, name="care:review"),
    path("cases/<str:reference>/victim/care/entitlement/<slug:code>/", entitlement, name="care:entitlement"),
    path("cases/<str:reference>/victim/care/satisfaction/", satisfaction, name="care:satisfaction"),
    path("cases/<str:reference>/victim/care/at-risk/", at_risk, name="care:at_risk"),
    path("cases/<str:reference>/victim/care/at-risk/<uuid:person>/", for_person, name="care:for_person"),
]
