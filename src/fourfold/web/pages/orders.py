"""Orders: what is in force today, in words to read aloud; what is sought; and a breach, recorded in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access.terms import Compartment, NotFound, Permission
from fourfold.audit.terms import About
from fourfold.cases import queries as cases
from fourfold.intake.terms import Behaviour, Channel, RecordingClass, Told
from fourfold.law.rules import limit
from fourfold.law.terms import Limit
from fourfold.orders import queries, rules
from fourfold.orders import services as orders
from fourfold.orders.application import MEDIA
from fourfold.orders.application import Form as PackForm
from fourfold.orders.queries import OrderShown
from fourfold.orders.terms import (
    BailExtender,
    BreachDecision,
    ConditionDraft,
    ConditionKind,
    CustodyKind,
    EndedBy,
    OrderKind,
    PlaceGround,
    PlaceNamed,
    ProtectedDraft,
    Protects,
    Step,
    StepDetails,
)
from fourfold.web.case_frame import frame
from fourfold.web.components.words import day, in_words
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.words import Word, day_said, opening, sentence, words

CORE = {Compartment.CORE}
#: What stands around every page of a case.
SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
#: Where a service names what was told, and not the field in which it was typed.
TYPED_IN = {
    "conditions": "prohibitions",
    "occurred_from": "happened",
    "happened_at": "happened",
    "allegation": "condition",
    "victim_told_first": "reason",
    "countersigned_by": "reason",
}
#: What a form sends where no condition was broken.
NO_BREACH = "none"
DONE = words(
    {
        "applied": "You have recorded the application. We count the days from now.",
        "considered": "You have recorded that an order is being considered. We count the days from now.",
        "declined": "You have recorded that no order is sought, and why.",
        "recorded": "You have recorded the order.",
        "step": "You have recorded the step.",
        "breach": "You have recorded the breach as the next act. The review moves to tomorrow at the latest and the time limit for decisions has started.",
        "recognised": "You have recorded the act as a breach. The review moves to tomorrow at the latest and the time limit for decisions has started.",
        "ruled_out": "You have recorded that the act was not a breach, and why. It stays an act of this case.",
        "decided": "You have recorded the decision.",
        "asked": "You have asked for a second signature. The order cannot be served until a second person has signed.",
        "signed": "You have signed the reason.",
        "held": "You have recorded custody. Keep recording contact by post and through other people.",
        "released": "You have recorded the release. The review has been brought forward.",
    }
)


@requires(Permission.CASE_VIEW, compartments=SHOWN, methods=("GET",))
def show(request: Request, reference: str) -> HttpResponse:
    """Show what is in force today, what is sought, what was broken and what is over."""
    header = cases.header(actor=request.actor, reference=reference, at=request.at)
    shown = queries.orders_of(request.actor, header.opened, at=request.at)
    around = frame(header, "orders:page", actor=request.actor, at=request.at, read=shown)
    value = queries.orders_page_of(
        actor=request.actor, opened=header.opened, reference=header.reference, orders=shown, at=request.at
    )
    done = DONE.get(request.GET.get("done", ""), "")
    return page(request, "orders/orders.html", value=value, frame=around, done=done)


@requires(Permission.ORDER_APPLY, compartments=CORE, resumes=True)
def apply(request: Request, reference: str) -> HttpResponse:
    """Apply for a stalking protection order, begin to consider one, or record that none is sought; each with why."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        seeks = form.text("seeks", missing="Choose whether an order is sought")
        if seeks and seeks not in SOUGHT:
            form.wrong("seeks", "Choose one of the answers shown")
        reason = form.text("reason", missing="Give the reason, whether or not an order is sought")
        asked = {
            "actor": request.actor,
            "case": case,
            "kind": form.choice("kind", OrderKind) or OrderKind.SPO_INTERIM,
            "reason": reason,
            "at": request.at,
        }
        if seeks == "yes":
            court = form.text("court", longest=120)
            asked |= {"conditions": _conditions(form), "protects": _protects(form), "court": court}
        if form.ok:
            with form.catching(), request.once(_back(reference)):
                SOUGHT[seeks][1](**asked)
        if form.ok:
            return _done(reference, SOUGHT[seeks][0])
    kinds = [(kind.value, kind.words.capitalize()) for kind in OrderKind if kind.about.applied_for]
    return _form(request, "orders/apply.html", form, reference, kinds=kinds)


#: What may be answered when an order is asked about: what is then said, and what it does.
SOUGHT: dict[str, tuple[str, Callable[..., object]]] = {
    "yes": ("applied", orders.apply_for),
    "considered": ("considered", orders.consider),
    "no": ("declined", orders.decline),
}


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def record(request: Request, reference: str) -> HttpResponse:
    """Record an order that others made: bail, licence, a restraining, non-molestation or domestic abuse order."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", OrderKind, missing="Choose what was made")
        details = _details(form, Step.MADE)
        asked = {
            "case": case,
            "conditions": _conditions(form),
            "details": details,
            "protects": _protects(form),
            "takes_place_of": form.identifier("takes_place_of") if form.value("takes_place_of") else None,
        }
        if form.ok and kind is not None:
            with form.catching(), request.once(_back(reference)):
                _keep(request, kind, asked)
        if form.ok:
            return _done(reference, "recorded")
    kinds = [(kind.value, kind.words.capitalize()) for kind in OrderKind if not kind.about.applied_for]
    in_force = queries.orders_page(actor=request.actor, reference=reference, at=request.at).binding
    return _form(
        request,
        "orders/record.html",
        form,
        reference,
        kinds=kinds,
        replaceable=_named(in_force),
        extenders=_extenders(rules.lasts(OrderKind.BAIL, rules.day_of(request.at))),
    )


def _extenders(lasts: Iterable[tuple[BailExtender | None, str, date]], *, days: bool = False) -> list[tuple[str, str]]:
    """Return who may have extended bail, each with how far as the register has it; with `days`, to which day."""
    until = {by: day_said(last) if days else words for by, words, last in lasts}
    options: list[BailExtender | None] = [None, *BailExtender]
    return [
        (
            by.value if by else "",
            sentence("{1} (to {2})", _extender(by), until[by]) if by in until else _extender(by),
        )
        for by in options
    ]


def _extender(by: BailExtender | None) -> str:
    return by.words.capitalize() if by else Word("Nobody extended it")


def _named(shown: Iterable[OrderShown]) -> list[tuple[str, str]]:
    """Return orders to choose from, by kind and day, with none of them first."""
    return [
        ("", Word("none")),
        *((str(one.id), sentence("{1}, made {2}", one.kind.words, day(one.made_on))) for one in shown),
    ]


def _keep(request: Request, kind: OrderKind, asked: dict[str, Any]) -> None:
    if kind.about.is_bail:
        journey.bail_set(actor=request.actor, kind=kind, at=request.at, **asked)
    else:
        orders.record_order(actor=request.actor, kind=kind, at=request.at, **asked)


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def step(request: Request, reference: str, order: UUID, name: str) -> HttpResponse:
    """Record the next step of an order; service waits until the victim was told, or two people signed why not."""
    if name not in set(Step):
        raise NotFound
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    taken = Step(name)
    form = Form(request)
    if form.sent:
        if form.value("keep-step") == "theirs":
            return to("orders:page", reference=reference)
        details = _details(form, taken)
        if form.ok:
            with form.catching(), request.once(_back(reference)):
                _take(request, row, taken, details, form.number("version", most=1_000_000))
        if form.ok:
            return _done(reference, "step")
    version = form.conflict.version if form.conflict else form.value("version", row.version)
    value = queries.orders_page(actor=request.actor, reference=reference, at=request.at)
    shown = next((one for one in value.orders if one.id == order), None)
    if shown is None:
        raise NotFound
    return _form(
        request,
        "orders/step.html",
        form,
        reference,
        order=shown,
        step=taken,
        version=version,
        extenders=_extenders(rules.lasts(OrderKind.BAIL, shown.made_on), days=True) if shown.made_on else [],
        change=_change_of(shown, taken, request),
        shortest=_shortest(request),
        ends=[(end.value, opening(end.words)) for end in EndedBy],
        successors=_named(one for one in value.binding if one.id != order),
    )


def _change_of(shown: OrderShown, taken: Step, request: Request) -> Limit | None:
    """Return the time limit for notifying a change, where that is what is recorded."""
    again = taken is Step.NOTIFIED and any(step.step is Step.NOTIFIED for step in shown.steps)
    return (
        limit(shown.kind.about.change_limit, rules.day_of(request.at))
        if again and shown.kind.about.change_limit
        else None
    )


def _shortest(request: Request) -> str:
    shortest = limit("spo.shortest", rules.day_of(request.at)).words
    return sentence(
        "A full stalking protection order lasts at least {1}. Leave this empty for an order until further order.",
        shortest,
    )


def _take(request: Request, order: object, taken: Step, details: StepDetails, version: int | None) -> None:
    asked = {
        "actor": request.actor,
        "order": order,
        "details": details,
        "at": request.at,
        "version": version,
    }
    if taken is Step.MADE:
        journey.order_made(**asked)  # type: ignore[arg-type]
    elif taken is Step.SERVED:
        journey.order_served(**asked)  # type: ignore[arg-type]
    else:
        orders.take_step(**asked, step=taken)  # type: ignore[arg-type]


@requires(Permission.ORDER_APPLY, compartments={Compartment.CORE, Compartment.SUBJECT_IDENTITY}, methods=("POST",))
def pack(request: Request, reference: str, order: UUID) -> HttpResponse:
    """Hand out the application pack of an order: chronology, evidence list, draft conditions; a disclosure on record."""
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    form = Form(request)
    made = form.choice("form", PackForm, missing="Choose PDF or Word")
    if made is None or row.case.reference != reference:
        return to("orders:page", reference=reference)
    content = orders.make_pack(actor=request.actor, order=row, form=made, at=request.at)
    answer = HttpResponse(content, content_type=MEDIA[made])
    answer["Content-Disposition"] = f'attachment; filename="application-{reference}.{made.value}"'
    return answer


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def untold(request: Request, reference: str, order: UUID) -> HttpResponse:
    """Ask to serve an order without telling the victim first."""
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    form = Form(request)
    if form.sent:
        reason = form.text("reason", missing="Say why the victim cannot be told first")
        if form.ok:
            with form.catching(), request.once(_back(reference)):
                orders.ask_to_serve_untold(actor=request.actor, order=row, reason=reason, at=request.at)
        if form.ok:
            return _done(reference, "asked")
    return _form(request, "orders/untold.html", form, reference)


@requires(Permission.CASE_VIEW, compartments=CORE)
def sign(request: Request, reference: str, untold: UUID) -> HttpResponse:
    """Sign, as the second person, that an order is served without telling the victim first."""
    asked = queries.untold_row(actor=request.actor, untold=untold, at=request.at)
    form = Form(request)
    if form.sent:
        with form.catching(), request.once(_back(reference)):
            orders.sign_untold(actor=request.actor, asked=asked, at=request.at)
        if form.ok:
            return _done(reference, "signed")
    return _form(request, "orders/sign.html", form, reference, reason=asked.reason)


# ---- custody ------------------------------------------------------------------------------------------------------


@requires(Permission.ORDER_RECORD, compartments=CORE)
def custody(request: Request, reference: str) -> HttpResponse:
    """Record that the subject is in custody or hospital, since when and why."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    form = Form(request)
    if form.sent:
        kind = form.choice("kind", CustodyKind, missing="Choose why the subject is held")
        since = form.moment("held_from") or request.at
        if form.ok and kind is not None:
            with form.catching(), request.once(_back(reference)):
                orders.record_custody(actor=request.actor, case=case, kind=kind, held_from=since, at=request.at)
        if form.ok:
            return _done(reference, "held")
    kinds = [(kind.value, kind.words.capitalize()) for kind in CustodyKind]
    return _form(request, "orders/custody.html", form, reference, kinds=kinds)


@requires(Permission.ORDER_RECORD, compartments=CORE)
def release(request: Request, reference: str, custody: UUID) -> HttpResponse:
    """Record a release."""
    row = queries.custody_row(actor=request.actor, custody=custody, at=request.at)
    form = Form(request)
    if form.sent:
        when, reason = form.moment("released_at") or request.at, form.text("reason", longest=300)
        if form.ok:
            with form.catching(), request.once(_back(reference)):
                orders.record_release(actor=request.actor, custody=row, released_at=when, reason=reason, at=request.at)
        if form.ok:
            return _done(reference, "released")
    return _form(request, "orders/release.html", form, reference, since=row.held_from)


# ---- breaches -----------------------------------------------------------------------------------------------------


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def breach(request: Request, reference: str) -> HttpResponse:
    """Record a breach in one step: which condition, when, and what was told."""
    value = queries.orders_page(actor=request.actor, reference=reference, at=request.at)
    form = Form(request, {"condition": request.GET.get("condition", "")})
    if form.sent:
        condition = form.identifier("condition", missing="Choose the condition that was broken")
        told = _told(request, form)
        if form.ok and condition is not None:
            row = queries.condition_row(actor=request.actor, condition=condition, at=request.at)
            with form.catching(), request.once(_back(reference)):
                journey.breach_reported(
                    actor=request.actor, condition=row, told=told(row.order.case.site), at=request.at
                )
        if form.ok:
            return _done(reference, "breach")
    return _form(
        request,
        "orders/breach.html",
        form,
        reference,
        value=value,
        classes=[("", Word("not recorded yet")), *((c.value, c.label) for c in RecordingClass)],
        behaviours=[(b.value, in_words(b)) for b in Behaviour],
    )


def _told(request: Request, form: Form) -> Callable[[str], Told]:
    """Read what was told, and return how it is said for a site."""
    words = form.text("words", missing="Enter what happened, in the words in which you were told")
    happened = form.moment("happened", missing="Enter the date on which it happened")
    recorded = form.choice("recorded_class", RecordingClass)
    behaviours = tuple(Behaviour(name) for name in form.values("behaviours") if name in set(Behaviour))
    weapon = {"yes": True, "no": False}.get(str(form.value("weapon")))
    return lambda site: Told(
        site=site,
        channel=Channel.BREACH,
        told_at=request.at,
        words=words,
        occurred_from=happened,
        recorded_class=recorded,
        behaviours=behaviours,
        weapon=weapon,
    )


@requires(Permission.BREACH_RECORD, compartments=CORE, resumes=True)
def act(request: Request, reference: str, allegation: UUID) -> HttpResponse:
    """Say whether an act on record broke a condition, and which; or that it broke none, and why."""
    asked: dict[str, Any] = {
        "actor": request.actor,
        "reference": reference,
        "allegation": allegation,
        "at": request.at,
    }
    shown = queries.act_under_order(**asked)
    if shown.is_breach:
        return to("orders:page", reference=reference)
    form = Form(request)
    if form.sent:
        none = form.value("condition") == NO_BREACH
        chosen = (
            None if none else form.identifier("condition", missing="Choose the condition, or that it was not a breach")
        )
        if chosen is not None and chosen not in dict(shown.act.conditions):
            form.wrong("condition", "Choose one of the conditions shown")
        if form.ok:
            row = queries.act_row(**asked)
            with form.catching(), request.once(_back(reference)):
                if chosen is None:
                    orders.rule_out_breach(actor=request.actor, act=row, reason=form.text("reason"), at=request.at)
                else:
                    condition = queries.condition_row(actor=request.actor, condition=chosen, at=request.at)
                    journey.breach_recognised(
                        actor=request.actor, condition=condition, allegation=row.allegation, at=request.at
                    )
        if form.ok:
            return _done(reference, "ruled_out" if none else "recognised")
    return _form(request, "orders/act.html", form, reference, shown=shown, none=NO_BREACH)


@requires(Permission.CASE_VIEW, compartments=CORE, resumes=True)
def decide(request: Request, reference: str, breach: UUID) -> HttpResponse:
    """Record what was decided after a breach: arrest, charge, victim told; a no with its reason."""
    row = queries.breach_row(actor=request.actor, breach=breach, at=request.at)
    kind, on = OrderKind(row.condition.order.kind), rules.day_of(row.happened_at)
    form = Form(request, {"what": request.GET.get("what", "")})
    if form.sent:
        what = form.choice("what", BreachDecision, missing="Choose what was decided")
        done = form.text("done", missing="Choose yes or no")
        reason = form.text("reason")
        if form.ok and what is not None:
            with form.catching(), request.once(_back(reference)):
                journey.breach_decided(
                    actor=request.actor,
                    breach=row,
                    what=what,
                    done=done == "yes",
                    reason=reason,
                    seen=form.version("version"),
                    at=request.at,
                )
        if form.ok:
            return _done(reference, "decided")
    return _form(
        request,
        "orders/decide.html",
        form,
        reference,
        condition=row.condition.number,
        kind=kind,
        means=rules.breach_means(kind, on),
        choices=[(each.value, each.words) for each in rules.decisions_needed(kind, on)],
        version=queries.decisions_seen(row),
    )


# ---- reading a form -----------------------------------------------------------------------------------------------


def _conditions(form: Form) -> tuple[ConditionDraft, ...]:
    """Read prohibitions and requirements, a line each; why a place of the victim is named is asked once for all."""
    kinds = (("prohibitions", ConditionKind.PROHIBITION), ("requirements", ConditionKind.REQUIREMENT))
    place = _place(form)
    return tuple(
        ConditionDraft(kind, line.strip(), place)
        for name, kind in kinds
        for line in form.text(name).splitlines()
        if line.strip()
    )


def _protects(form: Form) -> Protects:
    """Read whom an order protects: the victim, unless the box was emptied, and others, a line each: name, relation."""
    lines = [line.strip() for line in form.text("protected").splitlines() if line.strip()]
    others = tuple(
        ProtectedDraft(name.strip(), relation.strip()) for name, _, relation in (line.partition(",") for line in lines)
    )
    return Protects(victim=form.value("protects_victim", "yes") != "no", others=others)


def _place(form: Form) -> PlaceNamed | None:
    """Read why a place of the victim may stand in a condition; None where nobody was asked or has answered."""
    ground, reason = form.choice("place_ground", PlaceGround), form.text("place_reason", longest=300)
    return PlaceNamed(ground, reason) if ground else None


def _details(form: Form, taken: Step) -> StepDetails:
    """Read what a step says besides its name."""
    return StepDetails(
        taken_at=form.moment("taken_at"),
        reason=form.text("reason"),
        court=form.text("court", longest=120),
        expires_on=form.day("expires_on"),
        ended_by=form.choice("ended_by", EndedBy) if taken is Step.ENDED else None,
        extended_by=form.choice("extended_by", BailExtender),
        changed_on=form.day("changed_on") if taken is Step.NOTIFIED else None,
        replaced_by=form.identifier("replaced_by") if taken is Step.ENDED and form.value("replaced_by") else None,
        conditions=_conditions(form) if taken is Step.VARIED else (),
    )


def _form(request: Request, template: str, form: Form, reference: str, **values: Any) -> HttpResponse:
    """Show a form, again with what was typed and each problem at the field in which it is mended."""
    form.problems = {TYPED_IN.get(name, name): words for name, words in form.problems.items()}
    return page(
        request,
        template,
        form=form,
        reference=reference,
        grounds=[(each.value, opening(each.words)) for each in PlaceGround],
        **values,
    )


def _done(reference: str, what: str) -> HttpResponse:
    answer = to("orders:page", reference=reference)
    answer["Location"] += f"?done={what}"
    return answer


def _back(reference: str) -> Callable[[About], HttpResponse]:
    """Lead a form that was sent twice to where its first sending led."""
    return lambda _: to("orders:page", reference=reference)


urlpatterns = [
    path("cases/<str:reference>/orders/", show, name="orders:page"),
    path("cases/<str:reference>/orders/apply/", apply, name="orders:apply"),
    path("cases/<str:reference>/orders/record/", record, name="orders:record"),
    path("cases/<str:reference>/orders/breach/", breach, name="orders:breach"),
    path("cases/<str:reference>/orders/acts/<uuid:allegation>/", act, name="orders:act"),
    path("cases/<str:reference>/orders/custody/", custody, name="orders:custody"),
    path("cases/<str:reference>/orders/custody/<uuid:custody>/", release, name="orders:release"),
    path("cases/<str:reference>/orders/breaches/<uuid:breach>/", decide, name="orders:decide"),
    path("cases/<str:reference>/orders/signatures/<uuid:untold>/", sign, name="orders:sign"),
    path("cases/<str:reference>/orders/<uuid:order>/pack/", pack, name="orders:pack"),
    path("cases/<str:reference>/orders/<uuid:order>/untold/", untold, name="orders:untold"),
    path("cases/<str:reference>/orders/<uuid:order>/<str:name>/", step, name="orders:step"),
]
