"""How many things are due for somebody, for the line a day that is sent to them: two numbers, and nothing else leaves."""

from datetime import datetime
from importlib import import_module
from zoneinfo import ZoneInfo

from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.web import worklist

LONDON = ZoneInfo("Europe/London")


def due(actor: Actor, at: datetime) -> tuple[int, int]:
    """Return how many of the actor's own things are due today, and how many are overdue."""
    import_module("fourfold.web.urls")  # the pages register what they yield when they are gathered
    today = at.astimezone(LONDON).date()
    with audit.reading(actor, "digest.counted", at=at):
        mine = [row for row in worklist.today(actor, at).every if row.due_at is not None]
    late = sum(row.overdue for row in mine)
    return sum(not row.overdue and row.due_at.astimezone(LONDON).date() == today for row in mine if row.due_at), late
