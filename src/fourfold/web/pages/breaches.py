"""Breaches: a condition broken, recorded in one step; acts that may be breaches; and what was decided after one."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar
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
from fourfold.support.terms import Telling
from fourfold.web.components.words import happened_at, in_words
from fourfold.web.form_pages import form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, requires, to
from fourfold.web.telling import Asks, said_of, telling_in
from fourfold.words import Word

CORE = {Compartment.CORE}
#: Where a service names what was told, and not the field in which it was typed.
MENDED_AT = {"occurred_from": "happened", "happened_at": "told_at", "allegation": "condition"}
Draft = TypeVar("Draft")


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def breach(request: Request, reference: str) -> HttpResponse:
    """Record a breach in one step: which condition, when, and what was told."""

    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    asks = Asks(request, case.pk)

    def does(draft: BreachDraft, telling: Telling | None) -> list[str]:
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
        more: Any = {"condition": row, "told": told, "telling": telling}
        made = journey.breach_reported(actor=request.actor, at=request.at, **more)
        return ["breach", *([said_of(request.actor, made, request.at)] if telling else [])]

    return form_page(
        request,
        "orders/breach.html",
        draft=lambda form: _with_telling(form, BreachDraft),
        does=lambda draft: does(*draft),
        then=partial(_back, reference),
        again=lambda _: _back(reference, ["breach"]),
        mended_at=MENDED_AT,
        initial={"condition": request.GET.get("condition", ""), **asks.initial},
        shows=lambda _: {
            "telling": asks,
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

    asks = Asks(request, shown.act.case)

    def does(draft: AnsweredDraft, telling: Telling | None) -> list[str]:
        row = queries.act_row(**asked)
        if draft.condition == NO_BREACH:
            orders.rule_out_breach(actor=request.actor, act=row, reason=draft.reason, at=request.at)
            return ["ruled_out"]
        chosen = next((found for found, _ in shown.act.conditions if str(found) == draft.condition), None)
        if chosen is None:
            raise Unfit("condition", "Choose one of the conditions shown")
        condition = queries.condition_row(actor=request.actor, condition=chosen, at=request.at)
        more: Any = {"condition": condition, "allegation": row.allegation, "telling": telling}
        made = journey.breach_recognised(actor=request.actor, at=request.at, **more)
        return ["recognised", *([said_of(request.actor, made, request.at)] if telling else [])]

    return form_page(
        request,
        "orders/act.html",
        draft=lambda form: _with_telling(form, AnsweredDraft),
        does=lambda draft: does(*draft),
        then=partial(_back, reference),
        mended_at=MENDED_AT,
        again=lambda _: to("orders:page", reference=reference),
        initial=asks.initial,
        shows={"reference": reference, "shown": shown, "none": NO_BREACH, "telling": asks},
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
    asks = Asks(request, row.condition.order.case_id, row)

    def does(draft: BreachDecidedDraft, telling: Telling | None) -> list[str]:
        said: Any = {"seen": request.POST.get("version"), "telling": telling, **vars(draft)}
        contact = journey.breach_decided(actor=request.actor, breach=row, at=request.at, **said)
        return [said_of(request.actor, row, request.at) if contact and telling else _decided(draft, gives=gives)]

    return form_page(
        request,
        "orders/decide.html",
        draft=lambda form: _with_telling(form, BreachDecidedDraft),
        does=lambda draft: does(*draft),
        then=partial(_back, reference),
        again=lambda _: to("orders:page", reference=reference),
        mended_at=MENDED_AT,
        initial={"what": request.GET.get("what", ""), **asks.initial},
        shows=lambda _: {
            "telling": asks,
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
        return "untold" if not draft.done else "decided" if gives else "decided_told"
    return "decided" if draft.done else "decided_no"


def _with_telling(form: Form, asked: type[Draft]) -> tuple[Draft, Telling | None] | None:
    """Read a form, and how the victim was told where it says that they were."""
    draft = form.read(asked)
    decides = form.value("what") == BreachDecision.VICTIM_TOLD and form.value("done") == "yes"
    tells = decides or (form.value("told") == "yes" and form.value("condition") != NO_BREACH)
    telling = telling_in(form) if tells else None
    return None if draft is None else (draft, telling)


def _back(reference: str, done: list[str]) -> HttpResponse:
    answer = to("orders:page", reference=reference, done=done[0])
    answer["Location"] += "".join(f"&done={each}" for each in done[1:])
    return answer


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
