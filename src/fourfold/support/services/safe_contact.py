"""Contacting the victim of one case: what was agreed, where they are, and messages."""

from collections.abc import Callable, Collection
from datetime import datetime
from uuid import UUID

from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.cases.terms import State
from fourfold.gateways.transport import Transport
from fourfold.people import services as people
from fourfold.people.models import AddressAsked, Message, MessageRead, ReachChecked, SafeAddress, SafeContact
from fourfold.people.services.contact import Dispatched
from fourfold.people.terms import Channel, Confirmation, MarkKind, SafeContactRule
from fourfold.support.queries.names import case_of_message, names_on_record, names_open_to

#: Why the state of a case is read that may be shut: the victim's own word ends what it agreed, and only once it is closed.
CLOSED_ALONE = "whether a case is closed, and nothing else of it"


def agree_contact(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case: Case,
    rule: SafeContactRule,
    at: datetime,
    code_phrase: str = "",
    note: str = "",
    seen: str | None = None,
    ends: Collection[UUID] = (),
    why_ended: str = "",
) -> SafeContact:
    """Keep how the victim of this case may be contacted, as agreed with them; `seen` names the agreement before it.

    `ends`: what was agreed in other cases and is to bind no longer, as the victim said: of closed cases, or never confirmed.
    """
    return people.agree_safe_contact(
        actor=actor,
        case_file=case.pk,
        victim=case.victim,
        rule=rule,
        code_phrase=code_phrase,
        note=note,
        seen=seen,
        ends=ends,
        why_ended=why_ended,
        closed=_closed,
        at=at,
    )


def _closed(files: Collection[UUID]) -> frozenset[UUID]:
    """Return which of some cases are closed or were disposed of, held so until what relies on it is kept."""
    rows = Case.objects.unscoped(CLOSED_ALONE).filter(pk__in=files).order_by("pk")
    held = rows.select_for_update().values_list("pk", "state")
    return frozenset(files) - {pk for pk, state in held if state != State.CLOSED}


def confirm_endpoint(
    *, actor: Actor, case: Case, kind: MarkKind, value: str, how: Confirmation, at: datetime
) -> ReachChecked:
    """Keep that the victim's advocate made sure that a number, mailbox or address is the victim's alone, and how."""
    return people.confirm_reach(
        actor=actor,
        case_file=case.pk,
        victim=case.victim,
        kind=kind,
        value=value,
        how=how,
        at=at,
        subjects={case.subject_id},
    )


def set_endpoint_aside(
    *, actor: Actor, case: Case, reach: UUID, why: str, at: datetime, somebody_else: bool = False
) -> ReachChecked:
    """Keep that a number, mailbox or address is not to be used for the victim of this case, and why."""
    return people.set_reach_aside(
        actor=actor, case_file=case.pk, victim=case.victim, reach=reach, why=why, somebody_else=somebody_else, at=at
    )


def keep_address(*, actor: Actor, case: Case, address: str, at: datetime) -> SafeAddress:
    """Seal where the victim of this case truly is."""
    return people.keep_safe_address(actor=actor, case_file=case.pk, victim=case.victim, address=address, at=at)


def ask_for_address(*, actor: Actor, case: Case, reason: str, at: datetime) -> AddressAsked:
    """Ask another advocate that the sealed address of the victim of this case be opened, and say why."""
    return people.ask_for_safe_address(actor=actor, case_file=case.pk, victim=case.victim, reason=reason, at=at)


def send_message(*, actor: Actor, case: Case, channel: Channel, text: str, at: datetime, title: str = "") -> Message:
    """Put a message to the victim of this case into the outbox; it may name neither party, nor the case.

    Nobody is named who is the same person on another record, or whom a report of theirs names besides: as far as the
    writer may read it now, and as far as anybody has it on record when the message leaves.
    """
    return people.send_message(
        actor=actor,
        case_file=case.pk,
        victim=case.victim,
        channel=channel,
        text=text,
        title=title,
        at=at,
        names=names_open_to(actor, case, at=at),
        subjects={case.subject_id},
    )


def read_message(*, actor: Actor, message: Message, given: bool, at: datetime, words: str = "") -> MessageRead:
    """Answer as the second reader whether a message may go; what it may not say is asked again, of records open to them."""
    names = names_open_to(actor, case_of_message(message), at=at)
    return people.read_message(actor=actor, message=message, given=given, words=words, names=names, at=at)


def dispatch_messages(
    *,
    actor: Actor,
    at: datetime,
    transport: Transport,
    only: UUID | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Dispatched:
    """Let every waiting message leave that may still leave by the `clock`, or `only` one, and stop the others with the reason."""
    never = names_on_record
    return people.dispatch_messages(actor=actor, at=at, transport=transport, never=never, only=only, clock=clock)
