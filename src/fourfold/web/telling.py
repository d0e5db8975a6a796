"""What whoever records a breach is asked where they say that the victim was told of it: what a safe contact must know."""

from datetime import datetime
from typing import Any

from fourfold.access import queries as access_queries
from fourfold.access.terms import Permission
from fourfold.audit.terms import Actor
from fourfold.journey.rows import Breach, Contact
from fourfold.orders import queries as orders
from fourfold.people.terms import Channel
from fourfold.support import queries
from fourfold.support.terms import Telling
from fourfold.web.components.words import LONDON, in_words, moment
from fourfold.web.forms import Form
from fourfold.web.guard import Request
from fourfold.words import Word, sentence

NOT_KNOWN = "not_known"


def clock(name: str, at: datetime) -> dict[str, object]:
    """Return what the fields of a moment begin with: now, in London."""
    now = at.astimezone(LONDON)
    day = {f"{name}-day": now.day, f"{name}-month": now.month, f"{name}-year": now.year}
    return {**day, f"{name}-time": f"{now:%H:%M}"}


class Asks:
    """The questions about a telling on one page, with the safe contact that may answer them, for who may read of it."""

    def __init__(self, request: Request, case_id: Any, breach: Breach | None = None) -> None:
        of: Any = {"actor": request.actor, "case_id": case_id, "at": request.at}
        last = queries.last_safe_contact(**of)
        since = None if breach is None else orders.known_since(breach, breach.recorded_at)
        self.last = last if last is not None and (since is None or last.attempted_at >= since) else None
        own = self.last if self.last is not None and self.last.recorded_by == request.actor.staff else None
        known = own is not None and breach is not None and own.attempted_at >= breach.recorded_at
        self.initial = {
            **clock("told_at", request.at),
            "told_by": request.actor.name,
            "told_how": own.pk if own is not None and known else "",
        }
        self.actor = request.actor

    def options(self) -> list[tuple[str, str, str]]:
        """Return how the victim can have been told: in the contact on record, each way, or as nobody knows."""
        one = self.last
        leave = Word("It is on record. Leave the rest as it is.")
        found = [(str(one.pk), _on_record(one), leave)] if one else []
        ways = [(str(way), in_words(way), "") for way in Channel]
        if access_queries.may(self.actor, Permission.SUPPORT_RECORD):
            return [*found, *ways]
        unknown = Word("I do not know"), Word("The update stays owed until a safe contact gives it.")
        return [*found, *ways, (NOT_KNOWN, *unknown)]


def _on_record(contact: Contact) -> str:
    way, when = Channel(contact.channel).words, moment(contact.attempted_at)
    return sentence("In the safe contact of {1} by {2}, which {3} made", when, way, queries.who_told(contact))


def telling_in(form: Form) -> Telling | None:
    """Read how the victim was told; None where nobody was asked."""
    if "told_by" not in form.typed:
        return None
    how = form.text("told_how", missing="Say how the victim was told")
    if how not in set(Channel):
        contact = None if how == NOT_KNOWN else form.identifier("told_how")
        return Telling(contact is not None, contact)
    when = form.moment("told_at", missing="Enter the day on which the victim was told")
    if not form.text("told_at-time"):
        form.wrong("told_at-time", "Enter the time too, such as 11:00")
    by = form.text("told_by", missing="Say who told the victim", longest=120)
    if form.answer("told_self", missing="Say whether the victim themself was reached") is False:
        form.wrong("told_self", "Then nobody has told the victim yet. Say above that they were not told")
    return Telling(True, None, Channel(how), when, by, form.flag("told_incoming"))


def said_of(actor: Actor, breach: Breach, at: datetime) -> str:
    """Return what to say of a telling just kept: that it gave the update, or did not; to whoever may read of it."""
    of: Any = {"actor": actor, "case_id": breach.condition.order.case_id, "at": at}
    said = orders.told_with(breach)
    if said is None or said.contact is None:
        return "decided_told"
    if not queries.may_reach(**of):
        return "told_shut"
    if queries.last_safe_contact(contact=said.contact, **of) is None:
        return "told_unsafe"
    return "told_later" if queries.breach_owed(moments=orders.moments_of(breach), **of) else "told"
