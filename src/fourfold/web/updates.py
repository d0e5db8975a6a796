"""What the victim is to be told of orders and breaches, beside what they were warned of and what somebody recorded with a
breach: each said as itself.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.orders import queries as orders
from fourfold.orders.queries import OrderShown
from fourfold.orders.terms import OrderKind, Step
from fourfold.support.queries import UpdateShown, VictimFile, rules_broken
from fourfold.support.queries.values import Owed
from fourfold.support.terms import UpdateKind
from fourfold.web.components.words import day, moment
from fourfold.web.guard import Request
from fourfold.words import sentence, together


def with_steps(request: Request, value: VictimFile) -> list[tuple[UpdateShown, list[str], datetime | None]]:
    """Return each update with the steps of orders that it may be about; where it is one, when they were warned of that order."""
    cases = {value.case for update in value.updates if update.what is UpdateKind.ORDER}
    about: defaultdict[datetime, list[orders.StepToTell]] = defaultdict(list)
    for one in orders.steps_to_tell(actor=request.actor, cases=cases, at=request.at):
        about[one.taken_at].append(one)
    said = breaches_said(request.actor, value.updates, value.case, request.at)
    return [
        (
            update,
            [said[update.id]] if update.id in said else [which_order(one.kind, one.step, one.court) for one in steps],
            steps[0].warned_at if len(steps) == 1 else None,
        )
        for update in value.updates
        for steps in [about[update.happened_at] if update.what is UpdateKind.ORDER else []]
    ]


def which_order(kind: OrderKind, step: Step, court: str, on: datetime | None = None) -> str:
    """Return what tells one order from another: its kind, what became of it, when, and by which court."""
    said = [step.words, *([day(on)] if on else []), *([court] if court else [])]
    return sentence("{1}: {2}", kind.words, together(", ", said))


def breaches_said(actor: Actor, updates: Sequence[UpdateShown], case: UUID, at: datetime) -> dict[UUID, str]:
    """Return what somebody recorded with the breach that each update owed to one victim is about."""
    return _said(actor, [(one.id, case, one.happened_at) for one in updates if _of_breach(one) and not one.told_at], at)


def _of_breach(one: UpdateShown | Owed) -> bool:
    return one.what is UpdateKind.BREACH


def _said(actor: Actor, owed: Sequence[tuple[UUID, UUID, datetime]], at: datetime) -> dict[UUID, str]:
    """Return what was recorded of each update of a case and of a moment: it stays owed until a safe contact gives it."""
    found = orders.said_of_telling(actor=actor, cases={case for _, case, _ in owed}, at=at)
    named = {one.contact for one in found.values() if one.contact}
    broken = rules_broken(actor=actor, contacts=named, at=at)
    return {update: _who_said(one, broken) for update, case, since in owed for one in [found.get((case, since))] if one}


def _who_said(one: orders.SaidOfTelling, broken: Mapping[UUID, str]) -> str:
    said = one.by, moment(one.on)
    if not one.done:
        return sentence("{1} recorded on {2} that the victim was not told: {3}", *said, one.reason)
    if one.told_at is None:
        return sentence("{1} recorded on {2} that the victim was told. No safe contact says so yet", *said)
    told = sentence("{1} recorded on {2} that {3} told the victim on {4}", *said, one.told_by, moment(one.told_at))
    why = broken.get(one.contact) if one.contact else None
    if why is None:
        return sentence("{1}. That contact does not give this update", told)
    return sentence(
        "{1}. {2} So it is no safe contact: ask the victim whether they know and are safe",
        told,
        why,
    )


def owed_about(actor: Actor, owed: Sequence[Owed], at: datetime) -> dict[UUID, str]:
    """Return which orders each update about one is of, and what was recorded with the breach that one is about."""
    of_breach = [(each.update, each.case, each.happened_at) for each in owed if _of_breach(each)]
    return _said(actor, of_breach, at) | _orders_owed(actor, owed, at)


def _orders_owed(actor: Actor, owed: Sequence[Owed], at: datetime) -> dict[UUID, str]:
    found: defaultdict[tuple[UUID, datetime], list[str]] = defaultdict(list)
    cases = {each.case for each in owed if each.what is UpdateKind.ORDER}
    for one in orders.steps_to_tell(actor=actor, cases=cases, at=at):
        found[one.case, one.taken_at].append(which_order(one.kind, one.step, one.court, one.taken_at))
    return {
        each.update: together("; ", said)
        for each in owed
        if each.what is UpdateKind.ORDER and (said := found[each.case, each.happened_at])
    }


def orders_named(updates: Sequence[UpdateShown], every: Sequence[OrderShown]) -> dict[UUID, str]:
    """Return which of a case's orders each update about one is of, and each order as it stands, by its identifier."""
    found: defaultdict[datetime, list[str]] = defaultdict(list)
    named = {}
    for one in every:
        for step in one.steps:
            said = which_order(one.kind, step.step, one.court, step.taken_at)
            named[one.id] = said
            if step.step in (Step.MADE, Step.SERVED):
                found[step.taken_at].append(said)
    about = [each for each in updates if each.what is UpdateKind.ORDER and each.happened_at in found]
    return named | {each.id: together("; ", found[each.happened_at]) for each in about}


def given_by_warning(value: VictimFile, ahead: Sequence[OrderShown]) -> dict[UUID, str]:
    """Return which update a warning of an order gives too: of the step in which it was made, where that is all of then."""
    owed = {one.happened_at: one for one in value.updates if one.what is UpdateKind.ORDER and one.told_at is None}
    then = Counter(step.taken_at for order in ahead for step in order.steps if step.step in (Step.MADE, Step.SERVED))
    return {
        order.id: sentence(
            "Say what it forbids too: if the order was on record when you spoke, the update due {1} counts as given",
            day(owed[step.taken_at].due_on),
        )
        for order in ahead
        for step in order.steps
        if step.step is Step.MADE and step.taken_at in owed and then[step.taken_at] == 1
    }
