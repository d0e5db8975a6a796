"""Her care: consent, the steps of her safety plan, entitlements and their clocks, what she thought, others at risk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit.terms import Actor
from fourfold.support import queries
from fourfold.support import services as support
from fourfold.support.terms import (
    AtRiskKind,
    AtRiskStepKind,
    AtRiskTold,
    ConsentMatter,
    ConsentState,
    EntitlementAnswer,
    StepOutcome,
)
from fourfold.web.components.words import LONDON
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.worklist import WorkRow, end_of, link_to, source
from fourfold.words import counted, sentence

HERS = {Compartment.CORE, Compartment.VICTIM_CONTACT, Compartment.ADVOCATE_CONFIDENTIAL}
CONTACT = {Compartment.CORE, Compartment.VICTIM_CONTACT}


@requires(Permission.SUPPORT_VIEW, compartments=HERS, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show her care; what is between her and her advocate only to that advocate."""
    value = _care(request, reference, confidences=True)
    return page(request, "care/page.html", value=value, victim_page=True)


@requires(Permission.SUPPORT_RECORD, compartments=HERS, resumes=True)
def consent(request: Request, reference: str) -> HttpResponse:
    """Record what she was asked, and said; or that somebody acted without her yes, and why."""
    value = _hers(request, reference)
    form = Form(request)
    if form.sent:
        matter = form.choice("matter", ConsentMatter, missing="Choose what the victim was asked about")
        state = form.choice("state", ConsentState, missing="Choose the answer")
        to_whom, why = form.text("to_whom", longest=120), form.text("why", longest=2000)
        if form.ok and matter is not None and state is not None:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.record_consent(
                    actor=request.actor, case=case, matter=matter, state=state, to_whom=to_whom, why=why, at=request.at
                )
                return _back(reference)
    return _form(request, "care/consent.html", value, form, matters=list(ConsentMatter), states=list(ConsentState))


@requires(Permission.NOTE_CONFIDENTIAL, compartments=HERS, resumes=True)
def step(request: Request, reference: str) -> HttpResponse:
    """Add a step to her safety plan, with the day on which it is looked at again."""
    value = _hers(request, reference)
    form = Form(request)
    if form.sent:
        words, who = form.text("words", longest=2000), form.text("who", longest=120)
        review_on = form.day("review_on")
        if form.ok:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.plan_step(
                    actor=request.actor, case=case, words=words, who=who, review_on=review_on, at=request.at
                )
                return _back(reference)
    return _form(request, "care/step.html", value, form)


@requires(Permission.NOTE_CONFIDENTIAL, compartments=HERS, resumes=True)
def review(request: Request, reference: str, step: UUID) -> HttpResponse:
    """Record what looking at a step again with her found."""
    value = _hers(request, reference, confidences=True)
    shown = next((each for each in value.steps if each.id == step), None)
    if shown is None:
        raise NotFound
    form = Form(request)
    if form.sent:
        outcome = form.choice("outcome", StepOutcome, missing="Choose what you found")
        words, next_on = form.text("words", longest=2000), form.day("next_on")
        if form.ok and outcome is not None:
            row = queries.step_row(actor=request.actor, reference=reference, step=step, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.review_step(
                    actor=request.actor,
                    step=row,
                    outcome=outcome,
                    words=words,
                    next_on=next_on,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _back(reference)
        if form.conflict:
            shown = next(each for each in _hers(request, reference, confidences=True).steps if each.id == step)
    return _form(request, "care/review.html", value, form, step=shown, outcomes=list(StepOutcome))


@requires(Permission.SUPPORT_RECORD, compartments=CONTACT)
def entitlement(request: Request, reference: str, code: str) -> HttpResponse:
    """Record what became of something she is entitled to."""
    value = _care(request, reference)
    shown = next((each for each in value.entitlements if each.code == code), None)
    if shown is None or not value.may_add:
        raise NotFound
    form = Form(request)
    if form.sent:
        answer, words = form.choice("answer", EntitlementAnswer, missing="Choose what happened"), form.text("words")
        if form.ok and answer is not None:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.answer_entitlement(
                    actor=request.actor,
                    case=case,
                    code=code,
                    answer=answer,
                    words=words,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _back(reference)
        if form.conflict:
            shown = next(each for each in _care(request, reference).entitlements if each.code == code)
    return _form(request, "care/entitlement.html", value, form, entitlement=shown, answers=list(EntitlementAnswer))


@requires(Permission.SUPPORT_RECORD, compartments=HERS, resumes=True)
def satisfaction(request: Request, reference: str) -> HttpResponse:
    """Keep what she thought of the help she had."""
    value = _hers(request, reference)
    form = Form(request)
    if form.sent:
        answers = {name: form.number(name, least=1, most=5) for name in ("heard", "informed", "safer", "again")}
        words = form.text("words", longest=2000)
        if form.ok:
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.record_satisfaction(
                    actor=request.actor,
                    case=case,
                    answers=answers,
                    words=words,
                    declined=form.flag("declined"),
                    at=request.at,
                )
                return _back(reference)
    return _form(request, "care/satisfaction.html", value, form)


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT, resumes=True)
def at_risk(request: Request, reference: str) -> HttpResponse:
    """Put a child or somebody else on record as at risk in their own right."""
    value = _care(request, reference)
    if not value.may_add:
        raise NotFound
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", AtRiskKind, missing="Choose who they are to the victim")
        lives = {"yes": True, "no": False}.get(form.text("lives_with_her"))
        name, risk = form.text("name", longest=120), form.text("risk", longest=2000)
        born, review_on = form.number("birth_year", least=1900, most=2100), form.day("review_on")
        if form.ok and kind is not None:
            told = AtRiskTold(name, kind, risk, birth_year=born, lives_with_her=lives, review_on=review_on)
            case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.add_at_risk(actor=request.actor, case=case, told=told, at=request.at)
                return _back(reference)
    return _form(request, "care/at_risk.html", value, form, kinds=list(AtRiskKind))


@requires(Permission.SUPPORT_VIEW, compartments=CONTACT, resumes=True)
def for_person(request: Request, reference: str, person: UUID) -> HttpResponse:
    """Record what was done for somebody at risk."""
    value = _care(request, reference)
    shown = next((each for each in value.at_risk if each.id == person), None)
    if shown is None or not value.may_add:
        raise NotFound
    form = Form(request)
    if form.sent:
        what = form.choice("what", AtRiskStepKind, missing="Choose what was done")
        words, to_whom = form.text("words", longest=2000), form.text("to_whom", longest=120)
        next_on = form.day("next_on")
        if form.ok and what is not None:
            row = queries.at_risk_row(actor=request.actor, reference=reference, person=person, at=request.at)
            with form.catching(), request.once(lambda _: _back(reference)):
                support.step_for_at_risk(
                    actor=request.actor,
                    person=row,
                    what=what,
                    words=words,
                    to_whom=to_whom,
                    next_on=next_on,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _back(reference)
        if form.conflict:
            shown = next(each for each in _care(request, reference).at_risk if each.id == person)
    return _form(request, "care/for_person.html", value, form, person=shown, whats=list(AtRiskStepKind))


def _care(request: Request, reference: str, *, confidences: bool = False) -> queries.CarePage:
    return queries.care_page(actor=request.actor, reference=reference, at=request.at, confidences=confidences)


def _hers(request: Request, reference: str, *, confidences: bool = False) -> queries.CarePage:
    """Read her care for a form that only her advocate has; for anybody else the form does not exist."""
    value = _care(request, reference, confidences=confidences)
    if not value.may_record:
        raise NotFound
    return value


def _form(request: Request, template: str, value: queries.CarePage, form: Form, **values: Any) -> HttpResponse:
    return page(request, template, value=value, form=form, victim_page=True, **values)


def _back(reference: str) -> HttpResponse:
    return to("care:page", reference=reference)


# ---- on the day --------------------------------------------------------------------------------------------------


#: How long what was not recorded stands on the day with a row of its own.
LATELY = timedelta(days=30)


@source(Permission.SUPPORT_RECORD)
def entitlements(actor: Actor, at: datetime) -> Iterator[WorkRow]:
    """Yield the own cases in which an entitlement is due within three days or lately overdue, a row for each; and one
    row for those that have lain longer than a month, which would hide what cannot wait.
    """
    today = at.astimezone(LONDON).date()
    due = queries.entitlements_due(actor=actor, at=at, by=today + timedelta(days=3))
    lately = [one for one in due if one.due_on >= today - LATELY][:20]
    if long := due[len(lately) :]:
        yield WorkRow(
            due_at=None,
            due="for a long time",
            what=sentence(
                "Entitlements of the victim are not on record in {1}",
                counted(len(long), "more case" if lately else "case"),
            ),
            href=link_to("care:page", reference=long[0].reference),
            why=sentence("the latest of them: {1}", long[0].reference),
            mine=True,
        )
    for one in lately:
        yield WorkRow(
            due_at=end_of(one.due_on),
            what=sentence("Not on record yet: {1}, and {2} more", one.words, one.more)
            if one.more
            else sentence("Not on record yet: {1}", one.words),
            href=link_to("care:entitlement", reference=one.reference, code=one.code),
            why=sentence("entitlement of the victim, {1}", counted(one.working_days, "working day")),
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
