"""The register of a unit's orders: what waits, what is on its way, every no, what is in force; and the law that counts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from django.urls import path

from fourfold.access import queries as access_queries
from fourfold.access.terms import Compartment, Permission
from fourfold.law import rules as law
from fourfold.law.working_days import YEARS_COMPUTED, published
from fourfold.orders import queries, rules
from fourfold.orders.terms import OrderKind
from fourfold.web.guard import Request, page, requires
from fourfold.words import words

CORE = {Compartment.CORE}
Place = tuple[datetime, UUID]


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
    rows, after = queries.register(
        actor=request.actor, at=request.at, kind=kind, after=_place(request.GET.get("after", ""))
    )
    return page(
        request,
        "orders/in_force.html",
        rows=rows,
        next=_said(after),
        kind=kind,
        kinds=tuple(OrderKind),
        warnings={row.order: rules.warning(row.expires_on, rules.day_of(request.at)) for row in rows},
        links=_links("in_force"),
    )


@requires(Permission.CASE_VIEW, compartments=CORE, methods=("GET",))
def noes(request: Request) -> HttpResponse:
    """List every no with its reason, fifty at a time."""
    rows, after = queries.refusals(actor=request.actor, at=request.at, after=_place(request.GET.get("after", "")))
    return page(request, "orders/noes.html", rows=rows, next=_said(after), links=_links("noes"))


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


TABS = words((("What waits", "orders"), ("In force", "in_force"), ("Every no", "noes"), ("The law", "law")))


def _links(current: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (text, f"register:{name}", name == current or (name, current) == ("orders", "waiting")) for text, name in TABS
    )


def _place(said: str) -> Place | None:
    when, _, key = said.partition("~")
    try:
        return (datetime.fromisoformat(when.replace(" ", "+")), UUID(key)) if said else None
    except ValueError:
        return None


def _said(place: Place | None) -> str:
    return f"{place[0].isoformat()}~{place[1]}" if place else ""


urlpatterns = [
    path("orders/", waiting, name="register:orders"),
    path("orders/in-force/", in_force, name="register:in_force"),
    path("orders/noes/", noes, name="register:noes"),
    path("orders/law/", the_law, name="register:law"),
]
