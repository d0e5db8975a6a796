"""What the victim is to be told of orders, beside what they were warned of: two facts, each said as itself."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from fourfold.orders import queries as orders
from fourfold.orders.queries import OrderShown
from fourfold.orders.terms import Step
from fourfold.support.queries import UpdateShown, VictimFile
from fourfold.support.terms import UpdateKind
from fourfold.web.components.words import day
from fourfold.web.guard import Request
from fourfold.words import sentence


def with_steps(request: Request, value: VictimFile) -> list[tuple[UpdateShown, list[str], datetime | None]]:
    """Return each update with the steps of orders that it may be about; where it is one, when they were warned of that order."""
    about: defaultdict[datetime, list[orders.StepToTell]] = defaultdict(list)
    if any(update.what is UpdateKind.ORDER for update in value.updates):
        for one in orders.steps_to_tell(actor=request.actor, case_id=value.case, at=request.at):
            about[one.taken_at].append(one)
    return [
        (
            update,
            [sentence("{1}: {2}", one.kind.words, one.step.words) for one in steps],
            steps[0].warned_at if len(steps) == 1 else None,
        )
        for update in value.updates
        for steps in [about[update.happened_at] if update.what is UpdateKind.ORDER else []]
    ]


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
