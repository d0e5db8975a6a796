"""Breaches: a condition broken, recorded in one step; acts that may be breaches; and what was decided after one."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.cases.queries.rows import when_known
from fourfold.fields import Unfit
from fourfold.intake.terms import Behaviour, Channel, RecordingClass, Told
from fourfold.orders import queries, rules
from fourfold.orders import services as orders
from fourfold.orders.drafts import NO_BREACH, AnsweredDraft, BreachDecidedDraft, BreachDraft, WithdrawnDraft
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import BreachDecision, OrderKind
from fourfold.web.components.words import happened_at, in_words
from fourfold.web.form_pages import form_page
from fourfold.web.guard import Request, requires, to
from fourfold.words import Word

CORE = {Compartment.CORE}
#: Where a service names what was told, and not the field in which it was typed.
MENDED_AT = {"occurred_from": "happened", "happened_at": "happened", "allegation": "condition"}


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def breach(request: Request, reference: str) -> HttpResponse:
    """Record a breach in one step: which condition, when, and what was told."""

    def does(draft: BreachDraft) -> object:
        row = queries.condition_row(actor=request.actor, condition=draft.condition, at=request.at)
        told = Told(
            site=row.order.case.site,
            channel=Channel.BREACH,
            told_at=request.at,
            words=draft.words,
            occurred_from=draft.happened,
            recorded_class=draft.recorded_class,
            behaviours=draft.behaviours,
            weapon={"yes": True, "no": False}.get(draft.weapon),
        )
        return journey.breach_reported(actor=request.actor, condition=row, told=told, at=request.at)

    return form_page(
        request,
        "orders/breach.html",
        draft=BreachDraft,
        does=does,
        then=to("orders:page", reference=reference),
        done="breach",
        mended_at=MENDED_AT,
        initial={"condition": request.GET.get("condition", "")},
        shows=lambda _: {
            "reference": reference,
            "value": queries.orders_page(actor=request.actor, reference=reference, at=request.at),
            "classes": [("", Word("not recorded yet")), *((kind.value, kind.label) for kind in RecordingClass)],
            "behaviours": [(behaviour.value, in_words(behaviour)) for behaviour in Behaviour],
        },
    )


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def act(request: Request, reference: str, allegation: UUID) -> HttpResponse:
    """Record whether an act on record broke a condition, and which; or that it broke none, and why."""
    asked: dict[str, Any] = {"actor": request.actor, "reference": reference, "allegation": allegation, "at": request.at}
    shown = queries.act_under_order(**asked)
    if shown.is_breach:
        return to("orders:page", reference=reference)

    def does(draft: AnsweredDraft) -> str:
        row = queries.act_row(**asked)
        if draft.condition == NO_BREACH:
            orders.rule_out_breach(actor=request.actor, act=row, reason=draft.reason, at=request.at)
            return "ruled_out"
        chosen = next((found for found, _ in shown.act.conditions if str(found) == draft.condition), None)
        if chosen is None:
            raise Unfit("condition", "Choose one of the conditions shown")
        condition = queries.condition_row(actor=request.actor, condition=chosen, at=request.at)
        journey.breach_recognised(
            actor=request.actor, condition=condition, allegation=row.allegation, at=request.at
        )  # fmt: skip
        return "recognised"

    return form_page(
        request,
        "orders/act.html",
        draft=AnsweredDraft,
        does=does,
        then=lambda done: to("orders:page", reference=reference, done=done),
        mended_at=MENDED_AT,
        again=lambda _: to("orders:page", reference=reference),
        shows={"reference": reference, "shown": shown, "none": NO_BREACH},
    )


@requires(Permission.CASE_VIEW, compartments=CORE, resumes=True)
def decide(request: Request, reference: str, breach: UUID) -> HttpResponse:
    """Record what was decided after a breach: arrest, charge, victim told; a no with its reason."""
    row = queries.breach_row(actor=request.actor, breach=breach, at=request.at)
    kind, on = OrderKind(row.condition.order.kind), rules.day_of(row.happened_at)
    decided = queries.decisions_after(row)
    gives = access_queries.may(request.actor, Permission.SUPPORT_RECORD)
    records = access_queries.may(request.actor, Permission.BREACH_RECORD)
    theirs = BreachDecision if records else {BreachDecision.VICTIM_TOLD}
    return form_page(
        request,
        "orders/decide.html",
        draft=BreachDecidedDraft,
        does=lambda draft: journey.breach_decided(
            actor=request.actor, breach=row, seen=request.POST.get("version"), at=request.at, **vars(draft)
        ),
        then=to("orders:page", reference=reference),
        done=lambda draft: _decided(draft, gives=gives),
        initial={"what": request.GET.get("what", "")},
        shows=lambda _: {
            "reference": reference,
            "condition": row.condition.number,
            "means": breach_rules.breach_means(kind, on),
            "happened": happened_at(
                row.happened_at, when_known(row.allegation.occurred_from, row.allegation.time_known)
            ),
            "gives": gives,
            "breach": row,
            "choices": [(what.value, what.words) for what in breach_rules.decisions_needed(kind, on) if what in theirs],
            "version": " ".join(str(step.pk) for step in decided),
            "decided": [(BreachDecision(step.what), step) for step in decided],
        },
    )


def _decided(draft: BreachDecidedDraft, *, gives: bool) -> str:
    if draft.what is BreachDecision.VICTIM_TOLD:
        return "decided" if gives or not draft.done else "decided_told"
    return "decided" if draft.done else "decided_no"


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def withdraw(request: Request, reference: str, breach: UUID) -> HttpResponse:
    """Withdraw a breach that was recorded in error, with a reason."""
    return _standing(request, reference, breach, journey.breach_withdrawn, "withdrawn")


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def restore(request: Request, reference: str, breach: UUID) -> HttpResponse:
    """Let a breach stand again that was withdrawn, with a reason."""
    return _standing(request, reference, breach, journey.breach_restored, "restored")


def _standing(request: Request, reference: str, breach: UUID, changes: Callable[..., None], done: str) -> HttpResponse:
    row = queries.breach_row(actor=request.actor, breach=breach, at=request.at)
    return form_page(
        request,
        "orders/withdraw.html",
        draft=WithdrawnDraft,
        does=lambda draft: changes(actor=request.actor, breach=row, reason=draft.reason, at=request.at),
        then=to("orders:page", reference=reference),
        done=done,
        shows={
            "reference": reference,
            "condition": row.condition.number,
            "kind": OrderKind(row.condition.order.kind),
            "happened_at": row.happened_at,
            "withdraws": done == "withdrawn",
        },
    )


urlpatterns = [
    path("cases/<str:reference>/orders/breach/", breach, name="orders:breach"),
    path("cases/<str:reference>/orders/acts/<uuid:allegation>/", act, name="orders:act"),
    path("cases/<str:reference>/orders/breaches/<uuid:breach>/", decide, name="orders:decide"),
    path("cases/<str:reference>/orders/breaches/<uuid:breach>/withdraw/", withdraw, name="orders:withdraw"),
    path("cases/<str:reference>/orders/breaches/<uuid:breach>/restore/", restore, name="orders:restore"),
]
