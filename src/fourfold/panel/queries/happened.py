"""What happens with panels and with advice to others, as the history of a case says it: never a view, nor what was decided."""

from fourfold.cases.queries.happened import Happened, on_day, said_day
from fourfold.panel.models import Advised, Consultation, Decision, Item
from fourfold.words import Word, named, sentence


def _brought(day: str) -> Word:
    return sentence("Brought before the panel of {1}", said_day(day))


def _decided(day: str) -> Word:
    return sentence("Decided by the panel of {1}", said_day(day))


KINDS = (
    Happened(Item, "recorded_at", _brought, (on_day("sitting__starts_at"),), why="why"),
    Happened(Decision, "decided_at", _decided, (on_day("item__sitting__starts_at"),), by="decided_by"),
    Happened(
        Consultation, "asked_at", lambda owner: sentence("Advice asked for {1}, who keeps the case", owner), ("owner",),
        why="question",
    ),
    Happened(
        Advised, "advised_at", lambda profession: sentence("Advice given: {1}", named(profession)), ("profession",),
        by="staff",
    ),
)  # fmt: skip
