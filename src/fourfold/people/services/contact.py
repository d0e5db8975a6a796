"""Agreeing safe contact, and the one way out for messages.

Nothing else in Fourfold may open a way to send: a test of the architecture says so. The rule is checked when a
message is written and again when it leaves, since a number may have turned hostile in between.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.askers import Needs, still_may, why_not_answer
from fourfold.access.terms import Compartment, Permission
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.gateways import traces
from fourfold.gateways.transport import CannotDeliver, Envelope, NotThisOne, Transport
from fourfold.people.models import Message, MessageRead, SafeContact, SafeContactEnded, Victim
from fourfold.people.queries import contact as queries
from fourfold.people.queries.call_backs import numbers_of
from fourfold.people.queries.same_person import records_of
from fourfold.people.rules import contact as rules
from fourfold.people.rules import messages
from fourfold.people.rules.deliveries import NO_FOLDER
from fourfold.people.rules.templates import as_sent, forename
from fourfold.people.services import deliveries
from fourfold.people.terms import Channel, SafeContactRule, UnsafeContact
from fourfold.programme.acting import acting_for
from fourfold.words import Word

_READ = "the file was opened above for whoever reads"
_EVERYBODYS = "the outbox is emptied for everybody who wrote"


#: Every name that a message must not say when it leaves, on whichever record: the answer is shown to nobody.
NeverSaid = Callable[[Message], Collection[str]]


@dataclass(frozen=True)
class Dispatched:
    """The outcome of the messages that were waiting."""

    sent: int = 0
    stopped: int = 0
    still_waiting: int = 0
    not_known: int = 0


def agree_safe_contact(  # noqa: PLR0913 -- one form, one act
    *,
    actor: Actor,
    case_file: UUID,
    victim: Victim,
    rule: SafeContactRule,
    code_phrase: str = "",
    note: str = "",
    seen: str | None = None,
    ends: Collection[UUID] = (),
    why_ended: str = "",
    closed: Callable[[Collection[UUID]], Collection[UUID]] = lambda _: (),
    at: datetime,
) -> SafeContact:
    """Keep how the victim may be contacted, as agreed with them in this case; what held before stays on record.

    What was agreed in other cases of the victim goes on holding beside it, but for what it `ends` by the victim's word:
    what they never confirmed, and what was agreed in a case that is `closed`, which is asked of cases while all of this is
    held and keeps them so until it is written. Each ending is in the log of the case that loses its agreement too. `seen` is the identifier of this
    case's agreement that stood before the writer's eyes, "" for none; left out, nobody looked. Raises UnsafeContact naming
    the field for hours that begin and end together, and Conflict where a colleague has agreed something else meanwhile: an
    older agreement never silently takes the place of a newer one.
    """
    access.require(actor, Permission.SAFE_CONTACT_SET, at=at, file=case_file, writes=Compartment.VICTIM_CONTACT)
    UnsafeContact.refuse(rules.why_not_agree(rule))
    with audit.recorded(actor, "safe_contact.agreed", at=at, file=case_file) as entry:
        records = _held(victim) if ends or seen is not None else frozenset()
        _refuse_stale(victim, case_file, seen)
        ended = _to_end(actor, records, case_file, ends, at)
        if ended:
            shut = closed({row.case_file for row in ended if row.case_file})
            stands = any(row.confirmed_at and row.case_file and row.case_file not in shut for row in ended)
            UnsafeContact.refuse(rules.why_not_end(stands=stands, confirmed=rule.confirmed, reason=why_ended))
        agreed = entry.about(
            SafeContact.objects.create(
                victim=victim,
                case_file=case_file,
                channels=[str(channel) for channel in rule.channels],
                from_time=rule.from_time,
                until_time=rule.until_time,
                leave_message=rule.leave_message,
                shared_device=rule.shared_device,
                code_phrase=code_phrase,
                note=note,
                confirmed_at=at if rule.confirmed else None,
                every_days=rule.every_days,
                **access_queries.held_by(actor, "victim", at=at),
            )
        )
        for row in ended:
            held = access_queries.held_by(actor, "victim", at=at)
            reason = why_ended.strip()[:300]
            with audit.recorded(actor, "safe_contact.ended", at=at, file=row.case_file) as loss:
                over = SafeContactEnded.objects.create(agreement=row, by=agreed, reason=reason, **held)
                entry.about(loss.about(over))
        return agreed


def _held(victim: Victim) -> frozenset[UUID]:
    """Return every record of the person, held until this is kept, all at once and in one order: nobody waits in a circle."""
    records = records_of(victim.pk)
    list(Victim.objects.unscoped("the case was opened above").select_for_update().filter(pk__in=records).order_by("pk"))
    return records


def _to_end(
    actor: Actor, records: Collection[UUID], case_file: UUID, ends: Collection[UUID], at: datetime
) -> list[SafeContact]:
    """Return what of other cases is to bind no longer; refuse what does not stand or is behind a wall."""
    if not ends:
        return []
    others = [row for row in queries.standing_on(records) if row.case_file != case_file and row.pk in ends]
    found = queries.not_walled_off(others, actor, at)
    if len(found) != len(set(ends)):
        raise UnsafeContact("ends", "What was agreed in another case has changed. Open the page again.")
    return found


def _refuse_stale(victim: Victim, case_file: UUID, seen: str | None) -> None:
    """Raise Conflict, with what holds now, where that is not what the writer saw."""
    if seen is None:
        return
    now = [row for row in queries.standing_on([victim.pk]) if row.case_file in (None, case_file)]
    access_queries.refuse_unseen("The agreed contact", now[-1:], seen, _agreed_now)


def _agreed_now(rows: Sequence[SafeContact]) -> dict[str, object]:
    row = rows[-1]
    return {"words": rules.in_words(queries.rule_in(row)), "code_phrase": row.code_phrase, "note": row.note}


def send_message(  # noqa: PLR0913
    *,
    actor: Actor,
    case_file: UUID,
    victim: Victim,
    channel: Channel,
    text: str,
    title: str = "",
    at: datetime,
    names: Collection[str] = (),
    subjects: Collection[UUID] = (),
) -> Message:
    """Put a message into the outbox: waiting to leave, held for a second reader, or stopped with the reason.

    Only a message of the closed list waits to leave; words of the writer's own are held until somebody else has read
    them. `names` are what must not be said and the writer may read; on which other records a name stands is asked when the
    message leaves, so that nobody learns it by writing. `subjects` are those of the case. Raises UnsafeContact naming the
    field for words that would tell what it is about; then nothing is stored.
    """
    access.require(actor, Permission.MESSAGE_SEND, at=at, file=case_file, writes=Compartment.VICTIM_CONTACT)
    numbers = numbers_of(case_file)
    template, listed = ("", "") if title.strip() else as_sent(text, sender=actor.name, numbers=numbers)
    text = listed or text
    known = {"says": (*numbers, forename(actor.name))} if template else {"names": (actor.name, *names)}
    UnsafeContact.refuse(messages.why_not_write(channel, title, text, **known))
    if not template and (why_none := queries.why_no_own_words(actor.staff, at=at)):
        raise UnsafeContact("text", why_none)
    why, reach = queries.why_not_contact_now(
        victim.pk, channel, case=case_file, at=at, leaves_message=False, subjects=subjects, actor=actor
    )
    state = "stopped" if why else "waiting" if template else "held"
    action = {"stopped": "message.stopped", "waiting": "message.written", "held": "message.held"}[state]
    with audit.recorded(actor, action, at=at, file=case_file) as entry:
        return entry.about(
            Message.objects.create(
                victim=victim,
                channel=channel,
                to=reach.value if reach and not why else "",
                file=case_file,
                template=template,
                sender=messages.SENDER,
                title=title.strip() or ("" if channel is Channel.TEXT else messages.TITLE),
                text=text.strip(),
                state=state,
                why_stopped=why or "",
                **access_queries.held_by(actor, "entered", at=at),
            )
        )


def read_message(
    *, actor: Actor, message: Message, given: bool, at: datetime, words: str = "", names: Collection[str] = ()
) -> MessageRead:
    """Answer as the second reader whether a message in words of its own may go: yes, and it waits to leave; no, and why.

    That is another advocate of the unit, or who reads in this case how the victim is contacted. `names` are what must not
    be said by now, as far as the reader may read them. Raises UnsafeContact naming the field for one's own, for one that
    was answered, for one of more than a day ago, and for a yes to one that may name somebody.
    """
    site = message.victim.site
    advocate = access_queries.may(actor, Permission.SAFE_ADDRESS_VIEW, site=site)
    reads = None if advocate else Compartment.VICTIM_CONTACT
    access.require(actor, Permission.MESSAGE_SEND, at=at, site=site, file=message.file, reads=reads)
    with audit.recorded(actor, "message.read", at=at, file=message.file) as entry:
        audit.hold_the_log()
        row = Message.objects.unscoped(_READ).get(pk=message.pk)
        needs = Needs(Permission.MESSAGE_SEND, file=row.file, writes=Compartment.VICTIM_CONTACT)
        if why := why_not_answer(row.recorded_by, actor, needs, at=at, same=messages.SECOND, asks=given):
            raise UnsafeContact("given", why)
        UnsafeContact.refuse(
            messages.why_not_read(held=row.state == "held", asked_at=row.recorded_at, at=at, given=given, words=words)
        )
        if given and (telling := _why_not_said(row, names) or queries.why_no_own_words(actor.staff, at=at)):
            raise UnsafeContact("given", telling)
        row.state, row.why_stopped = ("waiting", "") if given else ("stopped", messages.SECOND_SAID_NO)
        row.save(update_fields=["state", "why_stopped"])
        entry.about(row)
        return entry.about(
            MessageRead.objects.create(
                message=row, given=given, words=words.strip()[:300], **access_queries.held_by(actor, "entered", at=at)
            )
        )


def dispatch_messages(
    *,
    actor: Actor,
    at: datetime,
    transport: Transport,
    never: NeverSaid,
    only: UUID | None = None,
    clock: deliveries.Clock | None = None,
) -> Dispatched:
    """Let every waiting message leave that may still leave, or `only` one, and stop the others with the reason.

    The rule, the hours, the endpoint and every name on record by now (`never`) are checked again here, while nothing else is kept. Each message is kept by
    itself and handed over at most once; one that the transport cannot take now goes on waiting, and one that somebody
    else dispatched meanwhile is left to them. What a process left half-way stays as leaving, and is never sent again.
    A provider that could not take one is asked for no other of the kind this time: nobody waits for it twice; one that
    could not take this very one is asked for the others.

    The `clock` is asked for each message, when it is checked and when it was taken: those before it may have taken so long
    that its hours are over. Without one, for a single message, it is `at` all the time.
    """
    clock = clock or (lambda: at)
    access.require(actor, Permission.MESSAGE_DISPATCH, at=at)
    counts = {"sent": 0, "stopped": 0, "waiting": 0, "leaving": 0, "gone": 0}
    waiting = Message.objects.unscoped(_EVERYBODYS).filter(state="waiting").order_by("recorded_at", "id")
    down: dict[str, Word] = {}
    for message, channel in waiting.filter(**({"pk": only} if only else {})).values_list("pk", "channel"):
        with traces.span("message") as add:
            became = _dispatch(actor, message, channel, clock, transport, never, down)
            add(code=became)
        counts[became] += 1
    return Dispatched(counts["sent"], counts["stopped"], counts["waiting"], counts["leaving"])


class _Gone(Exception):
    """The message was dispatched by somebody else meanwhile."""


def _dispatch(
    actor: Actor,
    message: UUID,
    channel: str,
    clock: deliveries.Clock,
    transport: Transport,
    never: NeverSaid,
    down: dict[str, Word],
) -> str:
    """Take one message out of what waits, for good, and then hand it over: a process killed between sends nothing twice."""
    at = clock()
    try:
        if channel in down:
            return _take(actor, message, "waiting", "waiting", at, never, meanwhile=down[channel]).state
        row = _take(actor, message, "waiting", "leaving", at, never)
        if row.state != "leaving":
            return row.state
        if (provider := transport.provider(channel)) is not None:
            return deliveries.carry(actor=actor, envelope=_envelope(row), at=at, provider=provider, clock=clock)
        return _take(actor, message, "leaving", "sent", clock(), never, transport=transport).state
    except CannotDeliver as fault:
        why = next((said for said in fault.args if isinstance(said, Word)), NO_FOLDER)
        if not isinstance(fault, NotThisOne):
            down[channel] = why
        return _put_back(actor, message, clock(), why)
    except _Gone:
        return "gone"


def _take(
    actor: Actor,
    message: UUID,
    before: str,
    after: str,
    at: datetime,
    never: NeverSaid,
    *,
    transport: Transport | None = None,
    meanwhile: str = "",
) -> Message:
    """Bring a message from one state to the next, or stop it. What makes it unsafe is kept before this, or after it left."""
    with audit.recorded(actor, "message.dispatched", at=at) as entry:
        audit.hold_the_log()
        row = Message.objects.unscoped(_EVERYBODYS).select_for_update().filter(pk=message, state=before).first()
        if row is None:
            raise _Gone
        entry.relies_on(*_reads_by_another(row))
        why = _why_not_leave(row, at, never)
        row.state, row.why_stopped = ("stopped", why) if why else (after, meanwhile)
        row.sent_at = at if row.state == "sent" else None
        row.save(update_fields=["state", "why_stopped", "sent_at"])
        entry.action = f"message.{row.state}"
        entry.about(row)
        if transport is not None and not why:
            transport.deliver(_envelope(row))
    return row


def _put_back(actor: Actor, message: UUID, at: datetime, why: Word) -> str:
    """Let a message wait again that the transport said it could not take, and keep why."""
    with audit.recorded(actor, "message.put_back", at=at) as entry:
        row = Message.objects.unscoped(_EVERYBODYS).select_for_update().get(pk=message, state="leaving")
        row.state, row.why_stopped = "waiting", why
        row.save(update_fields=["state", "why_stopped"])
        entry.about(row)
    return row.state


def _why_not_leave(message: Message, at: datetime, never: NeverSaid) -> str | None:
    listed, reads = _is_listed(message), _reads_by_another(message)
    if not (listed or reads):
        return messages.UNREAD
    if late := messages.why_too_late(max([message.recorded_at, *(read.recorded_at for read in reads)]), at):
        return late
    if not _writer_stands(message, at):
        return messages.WRITER_LEFT
    channel = Channel(message.channel)
    why, reach = queries.why_not_contact_now(message.victim_id, channel, case=message.file, at=at, leaves_message=False)
    if why is None and (reach is None or reach.value != message.to):
        return messages.NOT_SO
    return why if why or listed else _why_not_own_words(message, at, never)


def _why_not_own_words(message: Message, at: datetime, never: NeverSaid) -> str | None:
    """Return why words of somebody's own do not leave now, or None: they name somebody on record, or others of theirs did.

    The log says who wrote, and who let go, what names somebody: both have learnt it, and what else of theirs waits tells
    them no more.
    """
    people = {message.recorded_by, *(read.recorded_by for read in _reads_by_another(message))}
    if any(queries.why_no_own_words(staff, at=at) for staff in people):
        return messages.NOT_SO
    if not _why_not_said(message, never(message)):
        return None
    for staff in people:
        if (who := acting_for(staff, at=at)) is not None:
            audit.refused(who, queries.HIDDEN_ASKED, at=at, rule="named somebody on record", file=message.file)
    return messages.NOT_SO


def _why_not_said(message: Message, names: Collection[str]) -> str | None:
    """Return why words of somebody's own must not be said by now, or None."""
    title = "" if message.title == messages.TITLE else message.title
    why = messages.why_not_write(Channel(message.channel), title, message.text, names=names)
    return why[1] if why else None


def _is_listed(message: Message) -> bool:
    """Return whether nothing but the words of the closed list would leave, whatever its row says of itself."""
    if not message.template or message.title not in ("", messages.TITLE) or message.sender != messages.SENDER:
        return False
    writer = access_queries.names_of([message.recorded_by]).get(message.recorded_by, "")
    return (message.template, message.text) == as_sent(message.text, sender=writer, numbers=numbers_of(message.file))


def _writer_stands(message: Message, at: datetime) -> bool:
    return still_may(
        message.recorded_by, Permission.MESSAGE_SEND, file=message.file, writes=Compartment.VICTIM_CONTACT, at=at
    )


def _reads_by_another(message: Message) -> list[MessageRead]:
    return list(MessageRead.objects.unscoped(_EVERYBODYS).filter(message=message, given=True))


def _envelope(message: Message) -> Envelope:
    return Envelope(message.pk, message.channel, message.to, message.sender, message.title, message.text)
