"""What the pack for an application says: chosen field by field, and the victim's whereabouts taken out of every word."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from fourfold.access.terms import Compartment, NotFound, Opened
from fourfold.audit.terms import Actor
from fourfold.cases.queries.values import ActRow
from fourfold.exhibits.terms import ExhibitRow
from fourfold.intake.models import Allegation
from fourfold.law.rules import limit
from fourfold.orders import rules
from fourfold.orders.application import Asked, Evidence, Happened, Pack
from fourfold.orders.models import Order
from fourfold.orders.queries import supporting, whereabouts
from fourfold.orders.queries.case_orders import orders_of
from fourfold.orders.queries.values import OrderShown
from fourfold.orders.terms import ConditionKind, Step
from fourfold.programme import queries as programme
from fourfold.words import opening

Hides = Callable[[str], str]
"""What takes out of a text everything that may say where the victim is."""


def pack_of(*, actor: Actor, opened: Opened, order: UUID, at: datetime, leaves_out: Hides | None = None) -> Pack:
    """Return the pack for one order of a case that was opened, or raise NotFound.

    `leaves_out` masks every way to reach a victim, however it is written. Without it no account is in the pack.
    """
    if not opened.may_read(Compartment.SUBJECT_IDENTITY):
        raise NotFound
    shown = orders_of(actor, opened, at=at)
    sought = next((each for each in shown if each.id == order), None)
    if sought is None:
        raise NotFound
    case = Order.objects.of(opened).select_related("case__victim", "case__subject").get(pk=order).case
    places = whereabouts.of_victims({case.victim_id})

    def hidden(text: str) -> str:
        return places.without(leaves_out(text) if leaves_out else text)

    acts = supporting.acts_in_order(opened)
    documents = supporting.documents_for_court(actor, opened, at=at)
    told = _accounts(acts) if leaves_out else {}
    authorised = next((step for step in sought.steps if step.step is Step.AUTHORISED), None)
    others = tuple(each for each in shown if each.id != order and each.made_on)
    return Pack(
        reference=case.reference,
        kind=sought.kind,
        applicant=programme.name_of(actor.partner),
        court=places.without(sought.court),
        respondent=case.subject.name,
        born_on=case.subject.birth_on,
        protects=(*((case.victim.name,) if sought.protects_victim else ()), *map(places.without, sought.protects)),
        authorised_on=authorised.taken_at if authorised else None,
        authorised=hidden(authorised.reason) if authorised else "",
        why=hidden(_why(sought)),
        behaviours=tuple(Counter(kind for act in acts for kind in act.kinds).most_common()),
        chronology=tuple(
            _happened(act, hidden(told.get(act.allegation, "")) if leaves_out else whereabouts.WITHHELD) for act in acts
        ),
        evidence=tuple(
            Evidence(hidden(row.title), row.kind.replace("_", " "), row.kept_at, row.sha256) for row in documents
        ),
        conditions=_asked(opened, sought, acts, documents, hidden),
        other_orders=tuple(_other(each) for each in others),
        breaches=sum(len(each.breaches) for each in others),
        notifies=_notifies(sought, at),
        until=f"until {sought.expires_on:%-d %B %Y}" if sought.expires_on else "",
        made_at=at,
        acts_heading=sought.kind.about.acts_heading,
    )


def _accounts(acts: Iterable[ActRow]) -> dict[UUID, str]:
    """Return the whole words of acts of an opened case, by allegation."""
    rows = Allegation.objects.unscoped("acts of a case that was opened").filter(pk__in=[act.allegation for act in acts])
    return dict(rows.values_list("pk", "words"))


def _why(sought: OrderShown) -> str:
    """Return why the order is necessary, as was said when it was considered and applied for: a paragraph each."""
    reasons = [step.reason.strip() for step in sought.steps if step.step in (Step.CONSIDERED, Step.APPLIED)]
    said = dict.fromkeys(opening(reason) for reason in reasons if reason)
    return "\n".join(reason if reason[-1] in ".!?”" else f"{reason}." for reason in said)


def _happened(act: ActRow, words: str) -> Happened:
    what = ", ".join(kind.replace("_", " ") for kind in act.kinds) or "kind not known"
    breach = "; breach of an order" if act.is_breach else ""
    recorded = act.recorded_class.words if act.recorded_class else act.class_as_recorded or "not recorded as a crime"
    return Happened(
        on=act.happened_at,
        what=f"{what}{breach}",
        recorded_as=recorded,
        reference=act.reference,
        words=words,
        kinds=act.kinds,
        confirmed=act.confirmed,
    )


def _asked(
    opened: Opened, order: OrderShown, acts: list[ActRow], documents: tuple[ExhibitRow, ...], hidden: Hides
) -> tuple[Asked, ...]:
    """Return the draft conditions, what is forbidden first, each with its length and what supports it.

    One that names a place of the victim on purpose keeps it: the court must read it.
    """
    said = supporting.conditions_of(opened, order.id)
    act_numbers = {act.allegation: number for number, act in enumerate(acts, 1)}
    document_numbers = {row.id: number for number, row in enumerate(documents, 1)}
    asked = []
    for condition in sorted(order.conditions, key=lambda each: each.kind is not ConditionKind.PROHIBITION):
        found = said.get(condition.id)
        confirmed = found is not None and found.confirmed_on is not None
        speaking = found.acts if found and confirmed else supporting.suggested(condition.text, acts)
        asked.append(
            Asked(
                text=condition.text if condition.place else hidden(condition.text),
                kind=condition.kind.value,
                lasts=found.lasts.words if found else "",
                acts=tuple(sorted(act_numbers[each] for each in speaking if each in act_numbers)),
                documents=tuple(sorted(document_numbers[each] for each in found.documents if each in document_numbers))
                if found
                else (),
                confirmed_on=found.confirmed_on if found else None,
            )
        )
    return tuple(asked)


def _other(order: OrderShown) -> tuple[str, ...]:
    until = order.ended_on or order.expires_on
    return (
        order.kind.words + (", made and not served" if order.unserved else ""),
        f"{order.made_on:%-d %B %Y}",
        f"{until:%-d %B %Y}" if until else "until further order",
        str(len(order.breaches)),
    )


def _notifies(order: OrderShown, at: datetime) -> str:
    if not order.kind.about.notification_limit:
        return ""
    found = limit(order.kind.about.notification_limit, rules.day_of(at))
    return f"{found.says[0].upper()}{found.says[1:]} ({found.source})."
