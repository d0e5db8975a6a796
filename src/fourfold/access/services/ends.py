"""Ending what others made: asked for by one person, answered by a second of the agency concerned, taken back by the first."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from fourfold.access import askers, endings, ends, queries, signatories
from fourfold.access.askers import Needs
from fourfold.access.models import Agreement, EndAsked, EndSaid, Membership, Relation, Staff, Wall
from fourfold.access.services.requiring import require
from fourfold.access.terms import Compartment, NotFound, Permission, existing
from fourfold.access.terms.accounts import CannotEnd
from fourfold.access.terms.endings import Ending, Second
from fourfold.audit import services as audit
from fourfold.audit.draft import Draft
from fourfold.audit.terms import Actor, Operation

ANOTHER = "Another person has to confirm this: not who asked for it, and not whom it concerns."
#: What is kept as the answer to what nobody answered.
LAPSED = "nobody answered in time"
ENDED = "it has ended already"
LEFT = "whoever asked for it, or whose it was, works here no longer"
HANDED = "the case was handed to another unit"
ASKED = "This has been asked already. Somebody else has to confirm it."


def ask_end_of_part(*, actor: Actor, part: Membership, from_at: datetime, reason: str, at: datetime) -> EndAsked:
    """Ask that somebody's role in a unit ends from a moment on, and with it the parts in its cases; a lead confirms it.

    Raises CannotEnd without a reason, for a moment that has passed, for a part that has ended by then, and for one's own.
    """
    require(actor, Permission.ACCOUNT_MANAGE, at=at)
    _refuse("from_on", endings.why_not_end(from_at, ends_at=part.until_at, at=at))
    _need(reason)
    if signatories.acted_as(actor, [part.staff_id]) == part.staff_id:
        raise CannotEnd("reason", "Nobody ends a part of their own. Ask a colleague.")
    asked = EndAsked(ending=Ending.UNIT_ROLE, site=part.site, partner=part.staff.partner, kind=part.role)
    asked.part, asked.staff = part, part.staff
    return _ask(actor, asked, from_at, reason, at)


def ask_end_of_agreement(
    *, actor: Actor, agreement: Agreement, from_at: datetime, reason: str, at: datetime
) -> EndAsked:
    """Ask that an agreement ends from a moment on; its partner's lead, or another of the unit's oversight, confirms it.

    Raises CannotEnd as `ask_end_of_part` does.
    """
    require(actor, Permission.AGREEMENT_MANAGE, at=at, site=agreement.site)
    _refuse("from_on", endings.why_not_end(from_at, ends_at=agreement.ended_at, at=at))
    _need(reason)
    asked = EndAsked(ending=Ending.AGREEMENT, site=agreement.site, partner=agreement.partner, agreement=agreement)
    return _ask(actor, asked, from_at, reason, at)


def ask_end_of_relation(*, actor: Actor, relation: Relation, site: str, reason: str, at: datetime) -> EndAsked:
    """Ask that somebody's part in a case ends, inside the write that has checked who may; one's own ends at once.

    Raises CannotEnd without a reason, and for a part that has ended or is asked to end already.
    """
    _need(reason)
    own = signatories.acted_as(actor, [relation.staff_id]) == relation.staff_id
    asked = EndAsked(
        ending=Ending.CASE_PART,
        site=site,
        partner=relation.staff.partner,
        staff=relation.staff,
        kind=relation.kind,
        file=relation.file,
        relation=relation,
        last=ends.is_last_advocate(relation, at=at),
    )
    return _ask(actor, asked, at, reason, at, at_once=endings.how(Ending.CASE_PART, own=own).at_once)


def answer_end(*, actor: Actor, asked: EndAsked, given: bool, at: datetime, because: str = "") -> EndAsked:
    """Stand by an end as the second person, or say why not: then what was to end runs on, and a wall falls.

    Raises NotFound where it does not wait for the actor, CannotEnd naming the field.
    """
    require(actor, Permission.ENDING_CONFIRM, at=at)
    with audit.recorded(actor, "end.answered", at=at, file=asked.file, operation=Operation.CONFIGURATION) as entry:
        row = existing(ends.to_answer(actor, at=at).select_for_update(of=("self",)).filter(pk=asked.pk).first())
        if not given and not because.strip():
            raise CannotEnd("because", "Say why not. Whoever asked will read it.")
        _refuse("given", _why_not_second(row, actor, given, at))
        entry.more["given"] = given
        entry.relies_on(row)
        _answer(entry, row, actor.staff, given, because.strip(), at)
        return entry.about(row)


def take_back_end(*, actor: Actor, asked: EndAsked, at: datetime) -> EndAsked:
    """Take back, as whoever asked, an end that waits; a wall that nobody stands by falls with it.

    Raises NotFound for what waits no longer, and for a wall that came with a report: two people say that it goes.
    """
    require(actor, Permission.SITE_VIEW, at=at)
    with audit.recorded(actor, "end.taken_back", at=at, file=asked.file, operation=Operation.CONFIGURATION) as entry:
        mine = ends.waiting(at=at).filter(asked_by__in=signatories.records_of(actor))
        row = mine.select_for_update(of=("self",)).filter(pk=asked.pk).first()
        if row is None or any(each.stays for each in ends.of_one_wall(row, at=at)):  # type: ignore[attr-defined]
            raise NotFound
        _answer(entry, row, actor.staff, False, "taken back", at)
        return entry.about(row)


def _ask(
    actor: Actor, asked: EndAsked, from_at: datetime, reason: str, at: datetime, *, at_once: bool = False
) -> EndAsked:
    asked.from_at, asked.reason, asked.asked_by_id, asked.asked_at = from_at, reason.strip(), actor.staff, at
    action = "end.at_once" if at_once else "end.asked"
    try:
        with audit.recorded(actor, action, at=at, file=asked.file, operation=Operation.CONFIGURATION) as entry:
            entry.reason = asked.reason
            let_lapse(asked, at)
            if at_once:
                asked.answered_at, asked.given = at, True
            asked.save(force_insert=True)
            if at_once:
                _end(entry, asked, at)
            return entry.about(asked)
    except IntegrityError as running:
        raise CannotEnd("reason", ASKED) from running


def let_lapse(asked: EndAsked, at: datetime) -> None:
    """Close what was asked of the same thing and waited too long, inside the write that asks it again."""
    same = EndAsked.objects.filter(answered_at__isnull=True, ending=asked.ending)
    same = same.filter(part=asked.part_id, agreement=asked.agreement_id, relation=asked.relation_id)
    whom = {"staff": asked.staff_id, "partner": asked.partner}
    same = same.filter(file=asked.file, **whom) if asked.ending == Ending.WALL else same
    for row in same.exclude(pk__in=ends.waiting(at=at).values("pk")).select_for_update(of=("self",)):
        row.answered_at, row.given, row.refused_because = at, False, LAPSED
        row.save(update_fields=["answered_at", "given", "refused_because"])


def _why_not_second(row: EndAsked, actor: Actor, given: bool, at: datetime) -> str | None:
    """Return why somebody cannot answer now: the second is another person than both, and the first may still ask."""
    by: dict[str, Any] = {"same": ANOTHER, "at": at}
    if endings.how(Ending(row.ending)).second in (Second.LEAD, Second.COLLEAGUE):
        by["agency"] = row.partner
    needs = NEEDS[Ending(row.ending)](row)
    why = askers.why_not_answer(row.asked_by_id, actor, needs, asks=given, asked_at=row.asked_at, **by)
    if why or row.staff_id is None:
        return why
    return signatories.why_not_second(row.staff_id, actor, asks=False, **by)


#: What who asks for an end needs to ask for it.
NEEDS: dict[Ending, Callable[[EndAsked], Needs]] = {
    Ending.UNIT_ROLE: lambda row: Needs(Permission.ACCOUNT_MANAGE),
    Ending.AGREEMENT: lambda row: Needs(Permission.AGREEMENT_MANAGE, row.site),
    Ending.CASE_PART: lambda row: Needs(Permission.CASE_EDIT, row.site, row.file, writes=Compartment.CORE),
    Ending.WALL: lambda row: Needs(Permission.WALL_SET, row.site, apart=(row.file,) if row.file else ()),
}


def _answer(entry: Draft, row: EndAsked, by: object, given: bool, because: str, at: datetime) -> None:
    rows = [row] if row.ending != Ending.WALL else list(ends.of_one_wall(row, at=at).select_for_update(of=("self",)))
    for each in rows:
        each.answered_by_id, each.answered_at, each.given, each.refused_because = by, at, given, because  # type: ignore[assignment]
        each.save(update_fields=["answered_by", "answered_at", "given", "refused_because"])
        entry.about(each)
    if row.ending == Ending.WALL:
        _settle_wall(entry, rows, at, given=given)
    elif given:
        _end(entry, row, at)
    row.answered_at, row.given = at, given


def _settle_wall(entry: Draft, rows: Sequence[EndAsked], at: datetime, *, given: bool) -> None:
    """Let a wall that stands on one person's word stand for good, or fall with what came with reports meanwhile.

    What has fallen by itself stays as it fell.
    """
    row = rows[0]
    standing = row.asked_at + endings.WALL_WAITS
    set_now = Wall.objects.select_for_update().filter(set_by=row.asked_by_id, until_at=standing, until_at__gt=at)
    theirs = set_now.filter(ends.against(row.staff_id, row.partner))
    came = [] if given else [wall for each in rows for wall in ends.copied_with(each).select_for_update()]
    for wall in (*theirs, *came):
        wall.until_at = None if given else at
        wall.save(update_fields=["until_at"])
        entry.about(wall)


def _end(entry: Draft, row: EndAsked, at: datetime) -> None:
    begins = max(row.from_at, at)
    if row.part is not None:
        end_part(entry, row.part, begins, row.reason, at, by=row.asked_by)
    elif row.agreement is not None:
        closing = queries.closes_with_agreement(row.agreement, from_at=begins)
        entry.more["grants"] = closing.grants
        row.agreement.ended_at = begins = _sooner(row.agreement.ended_at, begins)
        row.agreement.save(update_fields=["ended_at"])
        entry.about(row.agreement)
        _say_end(entry, row.asked_by, begins, row.reason, at, site=row.site, agreement=row.agreement)
    elif row.relation is not None:
        end_row(entry, row.relation, begins, at)


def _sooner(stands: datetime | None, begins: datetime) -> datetime:
    """Return when something ends that may end already: what has ended is not given back by a later word."""
    return begins if stands is None else min(stands, begins)


def end_row(entry: Draft, row: Membership | Relation, from_at: datetime, at: datetime) -> None:
    row.until_at = _sooner(row.until_at, from_at)
    row.save(update_fields=["until_at"])
    entry.about(row)
    of_it = {"part": row.pk} if isinstance(row, Membership) else {"relation": row.pk}
    if row.until_at <= at:
        close_asked(entry, EndAsked.objects.filter(**of_it), at, because=ENDED)


def close_asked(entry: Draft, asked: QuerySet[EndAsked], at: datetime, *, because: str) -> None:
    """Close what was asked of a thing that has ended otherwise: nobody is asked in vain, and no late word dates it anew.

    Nobody said no to it, so that who asked may ask again.
    """
    for row in asked.filter(answered_at__isnull=True).select_for_update(of=("self",)):
        row.answered_at, row.refused_because = at, because
        row.save(update_fields=["answered_at", "refused_because"])
        entry.about(row)


def close_with_account(entry: Draft, staff: UUID, at: datetime) -> None:
    """Close what is asked by or of somebody whose account has ended.

    But for walls: they stand against the person, whichever record ends, and a question that is closed lets one fall.
    """
    asked = EndAsked.objects.filter(Q(staff=staff) | Q(asked_by=staff)).exclude(ending=Ending.WALL)
    close_asked(entry, asked, at, because=LEFT)


def end_part(entry: Draft, part: Membership, from_at: datetime, reason: str, at: datetime, *, by: Staff) -> None:
    """End a role in a unit, and with it the parts in the unit's cases, inside the write in which two people say so."""
    from_at = _sooner(part.until_at, from_at)
    closing = queries.closes_with_part(part, from_at=from_at)
    entry.reason = reason
    entry.more |= {"grants": closing.grants, "parts": closing.parts}
    ending: list[Membership | Relation] = [part]
    if closing.parts:
        ending += list(queries.parts_of_member(part, from_at=from_at))
    for row in ending:
        end_row(entry, row, from_at, at)
    _say_end(entry, by, from_at, reason, at, site=part.site, part=part)


def _say_end(
    entry: Draft, by: Staff, from_at: datetime, reason: str, at: datetime, **what: str | Membership | Agreement
) -> None:
    said = EndSaid.objects.create(from_at=from_at, reason=reason.strip(), said_by=by, said_at=at, **what)
    entry.about(said)


def _need(reason: str) -> None:
    if not reason.strip():
        raise CannotEnd("reason", "Say why: whoever confirms it, and whoever asks later, reads it.")


def _refuse(field: str, why: str | None) -> None:
    if why is not None:
        raise CannotEnd(field, why)
