"""Requests to open a sealed address, for the two who hold them: who asked, and whoever may answer. Never the address.

For everybody else there is no such request, whether there is one or not.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from fourfold.access import queries as access_queries
from fourfold.access.models import Staff as Member
from fourfold.access.paging import WHOLE
from fourfold.access.projection import Projection, Staff, Through
from fourfold.access.terms import Compartment, NotFound, Opened, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import AddressAnswered, AddressAsked
from fourfold.people.rules import safe_address as rules
from fourfold.people.terms import AskedAddress, AskState

SHOWN = frozenset({Compartment.SAFE_ADDRESS_SEALED.value})
ASKED = Projection(
    AskedAddress,
    AddressAsked,
    *("mine", "state", "until"),
    asked_at="recorded_at",
    asked_by=Staff("recorded_by", "somebody who left"),
    answered_by=Staff("answer__recorded_by", "somebody who left"),
    words=Through(lambda words: words or "", "answer__words"),
    opened_at="opening__recorded_at",
)
_RULE = "the rule binds whoever acts; nothing of what is read here is shown"


def asked_row(*, actor: Actor, file: UUID, asked: UUID, at: datetime) -> AddressAsked:
    """Return a request of a case, to be handed to a service, or raise NotFound."""
    opened = access_queries.opened(actor, file, at=at)
    found = AddressAsked.objects.of(opened).filter(pk=asked).select_related("victim", "answer", "opening").first()
    if found is None or not access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW, site=found.victim.site):
        raise NotFound
    return found


def address_asked(*, actor: Actor, file: UUID, asked: UUID, at: datetime) -> AskedAddress:
    """Return a request of a case as its page shows it, or raise NotFound."""
    row = asked_row(actor=actor, file=file, asked=asked, at=at)
    audit.consulted(actor, "safe_address.request", at=at, file=file, compartments=SHOWN, count=1)
    (shown,) = _shown(actor, [row], at)
    return shown


def addresses_asked(*, actor: Actor, opened: Opened, at: datetime) -> tuple[AskedAddress, ...]:
    """Return the newest requests of a case to the named advocate, and nothing to others."""
    if Compartment.SAFE_ADDRESS_SEALED not in opened.writable:
        return ()
    rows = _newest(AddressAsked.objects.of(opened))
    audit.consulted(actor, "safe_address.requests", at=at, file=opened.file, compartments=SHOWN, count=len(rows))
    return _shown(actor, rows, at)


def addresses_to_act_on(*, actor: Actor, at: datetime) -> tuple[AskedAddress, ...]:
    """Return what waits for the actor: colleagues' requests to answer, own ones to open now.

    Two statements; empty without the permission.
    """
    sites = [site for site in actor.sites if access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW, site=site)]
    since, own = Q(recorded_at__gt=at - rules.ANSWERED_WITHIN), Q(recorded_by=actor.staff)
    to_answer = ~own & since & Q(answer=None)
    to_open = own & Q(answer__given=True, answer__recorded_at__gt=at - rules.OPENED_WITHIN, opening=None)
    rows = _newest(AddressAsked.objects.visible_to(actor, at=at).filter(to_answer | to_open, victim__site__in=sites))
    if rows:
        audit.consulted(actor, "safe_address.waiting", at=at, compartments=SHOWN, count=len(rows))
    return _shown(actor, rows, at)


def is_running(file: UUID, staff: UUID, *, at: datetime) -> bool:
    """Return whether this person's request for a file waits for an answer, or may be opened now."""
    rows = AddressAsked.objects.unscoped(_RULE).filter(file=file, recorded_by=staff)
    return any(state_of(row, at=at) in (AskState.WAITING, AskState.GRANTED) for row in _newest(rows))


def state_of(row: AddressAsked, *, at: datetime) -> AskState:
    answer, opening = getattr(row, "answer", None), getattr(row, "opening", None)
    return rules.state_of(
        row.recorded_at,
        answer.given if answer else None,
        answer.recorded_at if answer else None,
        opening.recorded_at if opening else None,
        at,
    )


def second_person(answer: AddressAnswered, *, at: datetime) -> Actor:
    """Return who answered, with the roles that they hold now."""
    by = Member.objects.get(pk=answer.recorded_by)
    return access_queries.actor_of(
        by, at=at, session=f"signature {answer.pk}", strength="signature", purpose="casework"
    )


def _newest(rows: QuerySet[AddressAsked]) -> list[AddressAsked]:
    return list(rows.select_related("answer", "opening").order_by("-recorded_at", "-id")[:WHOLE])


def _shown(actor: Actor, rows: list[AddressAsked], at: datetime) -> tuple[AskedAddress, ...]:
    names = access_queries.names_of(ASKED.staff_in(rows))
    return tuple(
        ASKED(
            row,
            names=names,
            mine=row.recorded_by == actor.staff,
            state=state_of(row, at=at),
            until=rules.lapses_at(row.recorded_at, row.answer.recorded_at if hasattr(row, "answer") else None),
        )
        for row in rows
    )
