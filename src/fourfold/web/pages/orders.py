"""Orders: what is in force today, in words to read aloud; what is sought, made, served and ended; and custody."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold import journey
from fourfold.access.askers import Needs
from fourfold.access.seconds import who_could
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.cases import queries as cases
from fourfold.governance import queries as governance
from fourfold.law.rules import limit
from fourfold.law.terms import Limit
from fourfold.orders import queries, rules
from fourfold.orders import services as orders
from fourfold.orders.drafts import CustodyDraft, MadeDraft, ReleaseDraft, Sought, SoughtDraft, StepDraft, UntoldDraft
from fourfold.orders.queries import OrderShown
from fourfold.orders.statutory import TESTS
from fourfold.orders.terms import BailExtender, CustodyKind, EndedBy, LastsUnit, OrderKind, PlaceGround, Step
from fourfold.panel.terms import MeasureKind
from fourfold.plan import queries as plan
from fourfold.support import queries as support
from fourfold.web.case_frame import frame
from fourfold.web.components.words import day
from fourfold.web.form_pages import Nothing, Shows, form_page
from fourfold.web.forms import Form
from fourfold.web.guard import Request, page, requires, to
from fourfold.web.translation import Typed
from fourfold.words import Word, day_said, sentence, together, words

Draft = TypeVar("Draft")
CORE = {Compartment.CORE}
#: What stands around every page of a case.
SHOWN = {Compartment.CORE, Compartment.RISK, Compartment.SUBJECT_IDENTITY, Compartment.VICTIM_CONTACT}
#: Where a service names what was told, and not the field in which it was typed.
MENDED_AT = {"conditions": "prohibitions", "victim_told_first": "reason", "countersigned_by": "reason"}
GROUNDS = PlaceGround.options()
DONE = words(
    {
        "applied": "You have recorded the application. We count the days from now.",
        "applied_open": "You have recorded the application. We count the days from now. An action of the plan to apply for an order stays open.",
        "considered": "You have recorded that an order is being considered. We count the days from now.",
        "declined": "You have recorded that no order is sought, and why.",
        "settled": "You have recorded that no order is sought, and why. This settles the plan’s action to apply for an order.",
        "settled_some": "You have recorded that no order is sought, and why. This settles what you chose of the plan. Another action to apply for an order stays open.",
        "left_open": "You have recorded that no order is sought, and why. The plan’s action to apply for an order stays open.",
        "recorded": "You have recorded the order.",
        "step": "You have recorded the step.",
        "breach": "You have recorded the breach as the next act. The review moves to tomorrow at the latest and the time limit for decisions has started.",
        "recognised": "You have recorded the act as a breach. The review moves to tomorrow at the latest and the time limit for decisions has started.",
        "ruled_out": "You have recorded that the act was not a breach, and why. It stays an act of this case.",
        "withdrawn": "You have withdrawn the breach. Its act stays where it is and no longer counts as a breach. If it is listed under “Acts that may be a breach”, say there whether it was one. A victim who was told of it is told that it is not one. The review stays where it is.",
        "restored": "The breach stands again, with what was decided after it. The victim is to be told.",
        "decided": "You have recorded the decision.",
        "decided_told": "You have recorded the decision. If an update of it is owed in the victim’s file, it stays owed until an advocate records the safe contact in which the victim was told.",
        "told": "You have recorded that the victim was told, as a safe contact. The update is given.",
        "told_later": "You have recorded that the victim was told, as a safe contact. What was decided after that stays owed.",
        "told_unsafe": "You have recorded how the victim was told, as it happened. It was not as agreed with the victim, so it is not a safe contact, and the update stays owed: their advocate asks them whether they know and are safe.",
        "told_shut": "You have recorded how the victim was told. What was agreed with the victim is not told here: if it was not so, the update stays owed, and their advocate sees that.",
        "untold": "You have recorded that the victim was not told, and why. If an update was recorded as given by that, it is owed again.",
        "decided_no": "You have recorded the decision. A no closes no action of the plan. If the plan has an action to arrest or to charge, say there whether it will still be done. The victim is told what follows from the breach.",
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
        actor=request.actor,
        opened=header.opened,
        site=header.site,
        reference=header.reference,
        orders=shown,
        at=request.at,
    )
    done = together(" ", (DONE[key] for key in request.GET.getlist("done") if key in DONE))
    released = governance.released_applications(header.opened) if value.sought else {}
    told = any(decision.told_at for _, breach in value.breaches for decision in breach.decisions)
    sees = told and header.opened.may_read(Compartment.VICTIM_CONTACT)
    owed = support.moments_owed(header.opened) if sees else ()
    return page(request, "orders/orders.html", value=value, frame=around, done=done, released=released, owed=owed)


@requires(Permission.ORDER_APPLY, compartments=CORE, resumes=True)
def apply(request: Request, reference: str) -> HttpResponse:
    """Apply for an order, begin to consider one, or record that none is sought; each with why."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    asked_for = partial(plan.orders_asked_for, actor=request.actor, case=case, at=request.at)

    def does(draft: SoughtDraft) -> object:
        said: dict[str, Any] = {
            "actor": request.actor,
            "case": case,
            "kind": draft.kind,
            "reason": draft.reason,
            "at": request.at,
        }
        if draft.seeks is Sought.YES:
            return journey.order_applied_for(
                **said, conditions=draft.conditions, protects=draft.protects, court=draft.court, settles=draft.settles
            )
        if draft.seeks is Sought.CONSIDERED:
            return orders.consider(**said)
        return journey.order_declined(**said, settles=draft.settles)

    def done(draft: SoughtDraft) -> str:
        if draft.seeks is Sought.CONSIDERED:
            return "considered"
        if draft.seeks is Sought.YES:
            return "applied_open" if asked_for() else "applied"
        if asked_for():
            return "settled_some" if draft.settles else "left_open"
        return "settled" if draft.settles else "declined"

    return _form_page(
        request,
        reference,
        "apply",
        draft=SoughtDraft,
        does=does,
        done=done,
        shows=lambda _: {
            "kinds": _kinds_applied_for(),
            "units": LastsUnit.options(),
            "asked_for": _to_settle(asked_for()),
        },
    )


def _to_settle(actions: Iterable[Any]) -> list[tuple[str, str, str]]:
    """Return actions of the plan to choose from, in the words of whoever opened them, each with its day."""
    return [(str(each.pk), Typed(each.what), sentence("Due {1}", day(each.due_on))) for each in actions]


def _kinds_applied_for() -> list[tuple[str, str, str]]:
    """Return the kinds for which a unit applies, each with how long the law lets it last."""
    return [
        (code, words, sentence("Lasts {1}.", TESTS[OrderKind(code)].duration))
        for code, words in _kinds(applied_for=True)
    ]


def _kinds(*, applied_for: bool) -> list[tuple[str, str]]:
    """Return the kinds for which a unit applies, or those that others made; one may be both."""
    return [
        (kind.value, kind.words.capitalize())
        for kind in OrderKind
        if (kind.about.applied_for if applied_for else not kind.about.applied_for or kind.about.others_apply)
    ]


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def record(request: Request, reference: str) -> HttpResponse:
    """Record an order, bail or licence conditions that others made."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)

    def does(draft: MadeDraft) -> object:
        keep = journey.bail_set if draft.kind.about.is_bail else orders.record_order
        return keep(
            actor=request.actor,
            case=case,
            kind=draft.kind,
            conditions=draft.conditions,
            details=draft.details(Step.MADE),
            protects=draft.protects,
            takes_place_of=draft.takes_place_of,
            at=request.at,
        )

    def shows(_: Form) -> dict[str, Any]:
        running = queries.orders_page(actor=request.actor, reference=reference, at=request.at).running
        lasts = rules.lasts(OrderKind.BAIL, rules.day_of(request.at))
        return {"kinds": _kinds(applied_for=False), "replaceable": _named(running), "extenders": _extenders(lasts)}

    return _form_page(request, reference, "record", draft=MadeDraft, does=does, done="recorded", shows=shows)


def _extenders(lasts: Iterable[tuple[BailExtender | None, str, date]], *, days: bool = False) -> list[tuple[str, str]]:
    """Return who may have extended bail, each with how far as the register has it; with `days`, to which day."""
    until = {by: day_said(last) if days else words for by, words, last in lasts}
    options: list[BailExtender | None] = [None, *BailExtender]
    return [
        (by.value if by else "", sentence("{1} (to {2})", _extender(by), until[by]) if by in until else _extender(by))
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


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def step(request: Request, reference: str, order: UUID, name: str) -> HttpResponse:
    """Record the next step of an order; service waits until the victim was told, or two people signed why not."""
    if name not in set(Step):
        raise NotFound
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    taken = Step(name)
    service = MeasureKind.SERVICE_OF_ORDER
    to_serve = partial(plan.orders_asked_for, actor=request.actor, case=row.case, kind=service, at=request.at)

    def does(draft: StepDraft) -> object:
        said: dict[str, Any] = {
            "actor": request.actor,
            "order": row,
            "details": draft.details(taken),
            "version": draft.version,
            "at": request.at,
        }
        if taken is Step.MADE:
            return journey.order_made(**said)
        if taken is Step.SERVED:
            return journey.order_served(**said, settles=draft.settles)
        return orders.take_step(**said, step=taken)

    def shows(_: Form) -> dict[str, Any]:
        value = queries.orders_page(actor=request.actor, reference=reference, at=request.at)
        shown = existing(next((found for found in value.orders if found.id == order), None))
        return {
            "order": shown,
            "step": taken,
            "version": row.version,
            "extenders": _extenders(rules.lasts(OrderKind.BAIL, shown.made_on), days=True) if shown.made_on else [],
            "change": _change_of(shown, taken, request),
            "shortest": _shortest(shown.kind, request),
            "ends": EndedBy.options(),
            "successors": _named(found for found in value.running if found.id != order),
            "asked_for": _to_settle(to_serve()) if taken is Step.SERVED else [],
        }

    return _form_page(request, reference, "step", draft=StepDraft, does=does, done="step", shows=shows)


def _change_of(shown: OrderShown, taken: Step, request: Request) -> Limit | None:
    """Return the time limit for notifying a change, where that is what is recorded."""
    again = taken is Step.NOTIFIED and any(step.step is Step.NOTIFIED for step in shown.steps)
    return (
        limit(shown.kind.about.change_limit, rules.day_of(request.at))
        if again and shown.kind.about.change_limit
        else None
    )


def _shortest(kind: OrderKind, request: Request) -> str:
    if not kind.about.shortest_limit:
        return ""
    on = rules.day_of(request.at)
    shortest = limit(kind.about.shortest_limit, on).words
    if kind.about.longest_limit:
        longest = limit(kind.about.longest_limit, on).words
        return sentence("A {1} lasts at least {2} and at most {3}.", kind.words, shortest, longest)
    return sentence(
        "A {1} lasts at least {2}. Leave this empty for an order until further order.", kind.words, shortest
    )


@requires(Permission.ORDER_RECORD, compartments=CORE, resumes=True)
def untold(request: Request, reference: str, order: UUID) -> HttpResponse:
    """Ask to serve an order without telling the victim first."""
    row = queries.order_row(actor=request.actor, order=order, at=request.at)
    return _form_page(
        request,
        reference,
        "untold",
        draft=UntoldDraft,
        does=lambda draft: orders.ask_to_serve_untold(actor=request.actor, order=row, at=request.at, **vars(draft)),
        done="asked",
        shows={
            "seconds": who_could(
                *(
                    Needs(each, file=row.case_id, writes=Compartment.CORE)
                    for each in (Permission.ORDER_RECORD, Permission.SUPPORT_RECORD)
                ),
                actor=request.actor,
                at=request.at,
            )
        },
    )


@requires(Permission.CASE_VIEW, compartments=CORE)
def sign(request: Request, reference: str, untold: UUID) -> HttpResponse:
    """Sign, as the second person, that an order is served without telling the victim first."""
    asked = queries.untold_row(actor=request.actor, untold=untold, at=request.at)
    return _form_page(
        request,
        reference,
        "sign",
        draft=Nothing,
        does=lambda _: orders.sign_untold(actor=request.actor, asked=asked, at=request.at),
        done="signed",
        shows={"reason": asked.reason},
    )


@requires(Permission.ORDER_RECORD, compartments=CORE)
def custody(request: Request, reference: str) -> HttpResponse:
    """Record that the subject is in custody or hospital, since when and why."""
    case = queries.case_row(actor=request.actor, reference=reference, at=request.at)
    return _form_page(
        request,
        reference,
        "custody",
        draft=CustodyDraft,
        does=lambda draft: orders.record_custody(
            actor=request.actor, case=case, kind=draft.kind, held_from=draft.held_from or request.at, at=request.at
        ),
        done="held",
        shows={"kinds": CustodyKind.options()},
    )


@requires(Permission.ORDER_RECORD, compartments=CORE)
def release(request: Request, reference: str, custody: UUID) -> HttpResponse:
    row = queries.custody_row(actor=request.actor, custody=custody, at=request.at)
    return _form_page(
        request,
        reference,
        "release",
        draft=ReleaseDraft,
        does=lambda draft: orders.record_release(
            actor=request.actor,
            custody=row,
            released_at=draft.released_at or request.at,
            reason=draft.reason,
            at=request.at,
        ),
        done="released",
        shows={"since": row.held_from},
    )


def _form_page(
    request: Request,
    reference: str,
    name: str,
    *,
    draft: type[Draft],
    does: Callable[[Draft], object],
    done: str | Callable[[Draft], str],
    shows: Shows | None = None,
) -> HttpResponse:
    """Show a form about the orders of a case, or take it and lead to the orders; `done` is the key of what is said."""

    def shown(form: Form) -> dict[str, Any]:
        return {"reference": reference, "grounds": GROUNDS, **(shows(form) if callable(shows) else shows or {})}

    return form_page(
        request,
        f"orders/{name}.html",
        draft=draft,
        does=does,
        then=to("orders:page", reference=reference),
        done=done,
        mended_at=MENDED_AT,
        shows=shown,
    )


urlpatterns = [
    path("cases/<str:reference>/orders/", show, name="orders:page"),
    path("cases/<str:reference>/orders/apply/", apply, name="orders:apply"),
    path("cases/<str:reference>/orders/record/", record, name="orders:record"),
    path("cases/<str:reference>/orders/custody/", custody, name="orders:custody"),
    path("cases/<str:reference>/orders/custody/<uuid:custody>/", release, name="orders:release"),
    path("cases/<str:reference>/orders/signatures/<uuid:untold>/", sign, name="orders:sign"),
    path("cases/<str:reference>/orders/<uuid:order>/untold/", untold, name="orders:untold"),
    path("cases/<str:reference>/orders/<uuid:order>/<str:name>/", step, name="orders:step"),
]
