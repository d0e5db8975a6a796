"""The register of a unit's orders: what waits, what is on its way, every no, what is in force; and the law that counts."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission, RelationKind
from fourfold.audit.terms import Actor
from fourfold.law import rules as law
from fourfold.law.working_days import YEARS_COMPUTED, published
from fourfold.orders import queries, rules
from fourfold.orders.rules import breaches as breach_rules
from fourfold.orders.terms import ORDER_WORDS, BreachDecision, OrderKind
from fourfold.web.components.words import happened_at
from fourfold.web.day_places import end_of
from fourfold.web.guard import Request, page, requires
from fourfold.web.worklist import Waiting, WorkRow, kept, link_to
from fourfold.words import Word, counted, named, opening, sentence, together, words

CORE = {Compartment.CORE}


@requires(Permission.CASE_VIEW, compartments=CORE | {Compartment.RISK}, methods=("GET",))
def waiting(request: Request) -> HttpResponse:
    """Show what waits about orders: breaches, acts that may be some, missing notifications, ends, cases without a question, the pipeline."""
    actor, at = request.actor, request.at
    return page(
        request,
        "orders/waiting.html",
        breaches=queries.breaches_undecided(actor=actor, at=at),
        unanswered=queries.acts_under_order(actor=actor, at=at),
        may_breach=access_queries.may(actor, Permission.BREACH_RECORD),
        unnotified=queries.notifications_missing(actor=actor, at=at),
        lapsed=queries.lapsed(actor=actor, at=at),
        expiring=queries.expiring(actor=actor, at=at),
        not_considered=queries.not_considered(actor=actor, at=at),
        pipeline=queries.pipeline(actor=actor, at=at),
        links=_links("waiting"),
    )


@requires(Permission.CASE_VIEW, compartments=CORE, methods=("GET",))
def in_force(request: Request) -> HttpResponse:
    """List every order, bail and licence condition in force, fifty at a time, perhaps of one kind."""
    said = request.GET.get("kind", "")
    kind = OrderKind(said) if said in set(OrderKind) else None
    rows = queries.register(actor=request.actor, at=request.at, kind=kind, after=request.GET.get("after", ""))
    return page(
        request,
        "orders/in_force.html",
        rows=rows,
        next=rows.next,
        kind=kind,
        kinds=tuple(OrderKind),
        warnings={row.order: rules.warning(row.expires_on, rules.day_of(request.at)) for row in rows},
        links=_links("in_force"),
    )


@requires(Permission.CASE_VIEW, compartments=CORE, methods=("GET",))
def noes(request: Request) -> HttpResponse:
    """List every no with its reason, fifty at a time."""
    rows = queries.refusals(actor=request.actor, at=request.at, after=request.GET.get("after", ""))
    return page(request, "orders/noes.html", rows=rows, next=rows.next, links=_links("noes"))


@requires(Permission.CASE_VIEW, methods=("GET",))
def the_law(request: Request) -> HttpResponse:
    """Show the registers: time limits, what a breach means and recording rules, from when until when, and where each stands."""
    last = max(published())
    return page(
        request,
        "orders/law.html",
        limits=sorted(law.limits(), key=lambda row: (row.code, row.from_on)),
        recording=law.recording_rules(),
        broken=[(OrderKind(row.of).words, law.breach_means(row.of, row.from_on), row) for row in law.breach_rules()],
        on=rules.day_of(request.at),
        published_to=last,
        computed_to=last + YEARS_COMPUTED,
        links=_links("law"),
    )


TABS = words(
    (("Needs action", "orders"), ("In force", "in_force"), ("Not sought or refused", "noes"), ("Time limits", "law"))
)


def _links(current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (text, f"register:{name}", name == current or (name, current) == ("orders", "waiting")) for text, name in TABS
    )


# ---- on the day --------------------------------------------------------------------------------------------------


@kept(Permission.BREACH_RECORD)
def breaches(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the breaches after which arrest, charge or telling the victim is undecided, and those treated alone."""
    undecided = together(", ", (named(BreachDecision(step)) for step in one.said["undecided"]))
    alarm = breach_rules.treated_alone(joined=one.said["joined"], reassessed=one.said["reassessed"])
    return WorkRow(
        due_at=one.due_at,
        what=sentence(
            "Decide after the breach of condition {1}: {2}", one.said["condition"], undecided or Word("assess again")
        ),
        href=link_to("orders:page", reference=one.reference),
        why=alarm or "time limit after a breach, 48 hours",
        case=one.reference,
        level=one.level,
        decide=True,
    )


@kept(Permission.BREACH_RECORD)
def acts_under_order(act: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the acts that happened while an order was in force and that nobody has called a breach or not."""
    return WorkRow(
        due_at=None,
        what="Say whether this act was a breach",
        href=link_to("orders:act", reference=act.reference, allegation=act.said["allegation"]),
        why=sentence("in force: {1}", ", ".join(OrderKind(kind).words for kind in act.said["under"])),
        case=act.reference,
        level=act.level,
        detail=sentence("act of {1}", happened_at(act.due_at or at, act.text == "time" if act.text else None)),
        decide=True,
        rank=0,
    )


def _missing_since(waits: Sequence[Waiting], actor: Actor, at: datetime) -> dict[UUID, datetime | None]:
    """Return since when each notification is missing: of some orders that turns on others that the reader may see."""
    may = {one.about for one in waits if one.said["kind"] == OrderKind.DOMESTIC_ABUSE}
    beside = queries.overdue_beside_others(may, actor=actor, at=at)
    since = {one.about: one.due_at for one in waits if one.about not in may}
    return since | {order: end_of(due_on) for order, due_on in beside.items()}


@kept(Permission.ORDER_RECORD, beside=_missing_since)
def notifications_missing(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the orders under which a notification is missing."""
    return WorkRow(
        due_at=one.beside,
        what="Name and address were not notified within three days",
        href=link_to("orders:page", reference=one.reference),
        why="the law asks for it",
        case=one.reference,
    )


@kept(Permission.ORDER_RECORD)
def orders_lapsed(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the orders that ran out, unnoticed, leaving no other in force."""
    covers = [[day and date.fromisoformat(day) for day in each] for each in one.said["covers"]]
    if rules.is_covered(((begins, ends, ended) for begins, ends, ended in covers), rules.day_of(at)):
        return None
    return WorkRow(
        due_at=one.due_at,
        what=sentence("{1} expired, and no other order is in force", opening(ORDER_WORDS[OrderKind(one.said["kind"])])),
        href=link_to("orders:page", reference=one.reference),
        why="apply for another order, or record how this one ended",
        case=one.reference,
    )


@kept(Permission.ORDER_RECORD)
def orders_that_end(one: Waiting, actor: Actor, at: datetime) -> WorkRow:
    """Say the orders that end soon."""
    days, kind = counted(_days_left(one, at), "day"), ORDER_WORDS[OrderKind(one.said["kind"])]
    return WorkRow(
        due_at=one.due_at,
        what=sentence("Ends in {1}: {2}", days, kind)
        if one.said["served"]
        else sentence("Made, not served, ends in {1}: {2}", days, kind),
        href=link_to("orders:page", reference=one.reference),
        why=sentence("warning at {1} days", _warning(one, at)),
        case=one.reference,
    )


@kept(Permission.SUPPORT_RECORD, of="orders_that_end")
def protection_that_ends(one: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the orders of the actor's own cases that end soon, without their conditions, for whoever supports the victim.

    Whoever records orders has the row already.
    """
    if access_queries.may(actor, Permission.ORDER_RECORD) or not one.parts - {RelationKind.PARTY}:
        return None
    days, kind = _days_left(one, at), ORDER_WORDS[OrderKind(one.said["kind"])]
    left = sentence("in {1}", counted(days, "day")) if days else Word("today")
    return WorkRow(
        due_at=one.due_at,
        what=sentence("The victim’s protection ends {1}: {2}", left, kind)
        if one.said["served"]
        else sentence("Made, not served, ends {1}: {2}", left, kind),
        href=link_to("orders:page", reference=one.reference),
        why=sentence("plan with the victim what happens next; warning at {1} days", _warning(one, at)),
        case=one.reference,
    )


def _days_left(one: Waiting, at: datetime) -> int:
    return (rules.day_of(one.due_at or at) - rules.day_of(at)).days


def _warning(one: Waiting, at: datetime) -> int:
    return rules.warning(rules.day_of(one.due_at or at), rules.day_of(at)) or 0


@kept(Permission.LEVEL_COUNTERSIGN)
def service_before_telling(asked: Waiting, actor: Actor, at: datetime) -> WorkRow | None:
    """Say the orders that colleagues want to serve before the victim is told, for each who could sign that: an advocate
    there, or whoever records orders there.
    """
    could = (Permission.SUPPORT_RECORD, Permission.ORDER_RECORD)
    if asked.by_reader or not any(access_queries.may(actor, each, site=asked.site) for each in could):
        return None
    return WorkRow(
        due_at=asked.due_at,
        what=sentence("Sign or refuse, before the victim is told: {1}", f"serve {OrderKind(asked.said['kind']).words}"),
        href=link_to("orders:sign", reference=asked.reference, untold=asked.about),
        why=sentence("asked by {1}", asked.by),
        case=asked.reference,
        level=asked.level,
        mine=True,
    )


urlpatterns = [
    path("orders/", waiting, name="register:orders"),
    path("orders/in-force/", in_force, name="register:in_force"),
    path("orders/noes/", noes, name="register:noes"),
    path("orders/law/", the_law, name="register:law"),
]
