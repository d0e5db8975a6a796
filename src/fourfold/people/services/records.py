"""Registering victims and subjects, and what may be known of them besides the name."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar
from uuid import UUID

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.terms import Compartment, Permission, Refused
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor
from fourfold.people.models import Subject, SubjectMark, ThirdContactSaid, ThirdParty, Victim, VictimReach
from fourfold.people.queries.records import may_refer_to
from fourfold.people.queries.withdrawals import standing
from fourfold.people.rules import records as rules
from fourfold.people.rules.identifiers import key_of
from fourfold.people.services.search_keys import gain_keys, keep_keys, keep_keys_of, let_nobody_else, move_keys, named
from fourfold.people.terms import (
    InvalidDetails,
    MarkKind,
    PastMark,
    PastPerson,
    PastReach,
    PastSubject,
    PastVictim,
    PersonDetails,
)
from fourfold.pronouns import Pronoun

BATCH = 500


def register_victim(
    *, actor: Actor, site: str, told: PersonDetails, at: datetime, vulnerable: bool | None = None
) -> Victim:
    """Put a victim on record with the ways of contact that were told; raises InvalidDetails naming the field."""
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=site)
    columns = rules.columns_of(told, on=at.date())
    with audit.recorded(actor, "victim.registered", at=at) as entry:
        held = access_queries.held_by(actor, "told", at=at)
        victim = entry.about(Victim.objects.create(site=site, vulnerable=vulnerable, **columns, **held))
        entry.file = victim.pk
        for kind, value, key in rules.reaches_of(told):
            entry.about(VictimReach.objects.create(victim=victim, kind=kind, value=value, key=key, **held))
        keep_keys(victim, named(victim), victim.birth_on, ((kind, key) for kind, _, key in rules.reaches_of(told)))
    return victim


def register_subject(*, actor: Actor, site: str, told: PersonDetails | None, at: datetime) -> Subject:
    """Put a subject on record with the marks that were told; None: somebody whom nobody can name yet."""
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=site)
    known = told is not None and not told.is_empty
    columns = rules.columns_of(told or PersonDetails(), on=at.date())
    with audit.recorded(actor, "subject.registered", at=at) as entry:
        held = access_queries.held_by(actor, "told", at=at)
        subject = entry.about(Subject.objects.create(site=site, known=known, **columns, **held))
        entry.file = subject.pk
        for kind, value, key in rules.reaches_of(told or PersonDetails()):
            entry.about(SubjectMark.objects.create(subject=subject, kind=kind, value=value, key=key, **held))
        marks = ((kind, key) for kind, _, key in rules.reaches_of(told or PersonDetails()))
        keep_keys(subject, named(subject), subject.birth_on, marks)
    return subject


def register_third_party(*, actor: Actor, site: str, name: str, at: datetime, safe_contact: str = "") -> ThirdParty:
    """Put a third party on record by name, with how they may be contacted safely. Raises InvalidDetails."""
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=site)
    if not name.strip():
        raise InvalidDetails("third_name", "Enter a name, or what it is called.")
    with audit.recorded(actor, "third_party.registered", at=at) as entry:
        third = ThirdParty.objects.create(
            site=site,
            name=name.strip()[:160],
            safe_contact=safe_contact.strip()[:300],
            **access_queries.held_by(actor, "told", at=at),
        )
        entry.file = third.pk
        return entry.about(third)


OF_CASE = "of a case that was opened above"


def contact_third_party(
    *, actor: Actor, case_file: UUID, third: ThirdParty, safe_contact: str, at: datetime, seen: str | None = None
) -> ThirdContactSaid:
    """Keep how a third party of a case may be contacted without harm from now on; what held before stays on record.

    `seen` names what stood before the writer's eyes. Raises InvalidDetails where nothing changes, Conflict where a colleague
    changed it meanwhile.
    """
    access.require(actor, Permission.SAFE_CONTACT_SET, at=at, file=case_file, writes=Compartment.VICTIM_CONTACT)
    with audit.recorded(actor, "third_party.contact_said", at=at, file=case_file) as entry:
        now = ThirdParty.objects.unscoped(OF_CASE).select_for_update().get(pk=third.pk)
        said = ThirdContactSaid.objects.unscoped(OF_CASE).filter(third=now).order_by("-recorded_at", "-id")[:1]
        access_queries.refuse_unseen("How to contact them", said, seen, lambda _: {"safe_contact": now.safe_contact})
        if safe_contact.strip() == now.safe_contact:
            raise InvalidDetails("safe_contact", "This is on record already. Change it, or go back.")
        held = access_queries.held_by(actor, "told", at=at)
        row = ThirdContactSaid.objects.create(third=now, before=now.safe_contact, **held)
        now.safe_contact = safe_contact.strip()[:300]
        now.save(update_fields=["safe_contact"])
        entry.about(now)
        return entry.about(row)


Moved = TypeVar("Moved", bound=Victim | Subject | ThirdParty)


def move_record(*, actor: Actor, person: Moved, site: str, at: datetime) -> Moved:
    """Let a person's record belong to another unit, inside the write that hands their case to it.

    From now on that unit's desk finds them; what is known of them, and how a victim is contacted, stays as it is.
    """
    access.require(actor, Permission.CASE_TRANSFER, at=at, site=site)
    with audit.recorded(actor, "person.moved", at=at, file=person.pk) as entry:
        left, person.site, person.controller = person.site, site, actor.partner
        person.basis = str(access_queries.held_by(actor, "moved", at=at)["basis"])
        person.save(update_fields=["site", "controller", "basis"])
        if not isinstance(person, ThirdParty):
            move_keys(person, left)
        return entry.about(person)


def refer_to(*, actor: Actor, person: Victim | Subject, pronoun: Pronoun | None, at: datetime) -> Victim | Subject:
    """Record how a person is referred to, or that nobody knows; the record before stays in the log."""
    access_queries.opened_at_site(actor, person.pk, person.site, person.controller, at=at)
    if not may_refer_to(actor, person.site):
        access.require(actor, Permission.MATCH_CONFIRM, at=at, site=person.site)
    with audit.recorded(actor, "person.referred_to", at=at, file=person.pk) as entry:
        person.pronoun = pronoun or ""
        person.save(update_fields=["pronoun"])
        return entry.about(person)


def add_mark(
    *,
    actor: Actor,
    subject: Subject,
    kind: MarkKind,
    value: str,
    at: datetime,
    of_associate: bool = False,
    source: str = "told",
) -> SubjectMark:
    """Keep a number, address, car, account or other name ever linked to a subject; it never ends: it stays hostile.

    Raises InvalidDetails naming the kind, also where the same source has put it on record already.
    """
    access_queries.opened_at_site(actor, subject.pk, subject.site, subject.controller, at=at)
    access.require(actor, Permission.MATCH_CONFIRM, at=at, site=subject.site)
    key = _key(kind, value)
    if of_associate and kind is MarkKind.OTHER_NAME:
        raise InvalidDetails(
            "of_associate", "This is somebody else's name, not the subject's. Record their car or account instead."
        )
    same = SubjectMark.objects.unscoped("the subject was opened above").filter(
        subject=subject, kind=kind, key=key, source=source, of_associate=of_associate
    )
    if standing(same).exists():
        raise InvalidDetails(str(kind), "This is already on record.")
    with audit.recorded(actor, "mark.added", at=at, file=subject.pk) as entry:
        held = access_queries.held_by(actor, source, at=at)
        let_nobody_else(subject)
        gain_keys(subject, kind, key)
        return entry.about(
            SubjectMark.objects.create(
                subject=subject, kind=kind, value=value.strip(), key=key, of_associate=of_associate, **held
            )
        )


def add_reach(
    *, actor: Actor, victim: Victim, kind: MarkKind, value: str, at: datetime, source: str = "told"
) -> VictimReach:
    """Keep a further way to reach a victim, as told; whether it is safe is asked each time it is used.

    A car, an account and other names too. Raises InvalidDetails naming the kind, also where the same source has put
    it on record already and it has not ended.
    """
    may_keep_reach(actor, victim, at)
    key = _key(kind, value)
    same = VictimReach.objects.unscoped("the victim was opened above").filter(
        victim=victim, kind=kind, key=key, source=source, ended_at__isnull=True
    )
    if standing(same).exists():
        raise InvalidDetails(str(kind), "This is already on record.")
    with audit.recorded(actor, "reach.added", at=at, file=victim.pk) as entry:
        held = access_queries.held_by(actor, source, at=at)
        let_nobody_else(victim)
        gain_keys(victim, kind, key)
        return entry.about(VictimReach.objects.create(victim=victim, kind=kind, value=value.strip(), key=key, **held))


def end_reach(*, actor: Actor, victim: Victim, reach: UUID, at: datetime) -> None:
    """End a way to reach a victim; the row stays, and its number is never safe again."""
    may_keep_reach(actor, victim, at)
    with audit.recorded(actor, "reach.ended", at=at, file=victim.pk) as entry:
        row = VictimReach.objects.unscoped("the victim was opened above").filter(
            pk=reach, victim=victim, ended_at__isnull=True
        )
        ended = row.first()
        if ended is None:
            raise InvalidDetails("reach", "This contact detail has already ended. Open the page again.")
        ended.ended_at = at
        ended.save(update_fields=["ended_at"])
        entry.about(ended)


def may_keep_reach(actor: Actor, victim: Victim, at: datetime) -> None:
    """Let pass whoever agrees safe contact, and the desk, which writes down what was told."""
    access_queries.opened_at_site(actor, victim.pk, victim.site, victim.controller, at=at)
    if not access_queries.may(actor, Permission.MATCH_CONFIRM, site=victim.site):
        access.require(actor, Permission.SAFE_CONTACT_SET, at=at, site=victim.site)


def _key(kind: MarkKind, value: str) -> str:
    if why := rules.why_not_kept(kind, value):
        raise InvalidDetails(str(kind), why)
    return key_of(kind, value)


# ---- taking over what was before ----------------------------------------------------------------------------------


def take_over(*, actor: Actor, rows: Iterable[PastPerson], at: datetime) -> int:
    """Bring in people from the time before, in the order given, and return how many rows that made.

    Batches of 500 with one entry each, whose root stands for every row in it. A reach or mark comes after its person.
    """
    taken = 0
    incoming = iter(rows)
    while batch := list(islice(incoming, BATCH)):
        for site in {past.site for past in batch if isinstance(past, PastVictim | PastSubject)}:
            access.require(actor, Permission.MATCH_CONFIRM, at=at, site=site)
        access.require(actor, Permission.MATCH_CONFIRM, at=at)
        _refuse_foreign(actor, batch)
        taken += _take_batch(actor, batch, at)
    return taken


def _refuse_foreign(actor: Actor, batch: list[PastPerson]) -> None:
    """Refuse marks and reaches of people who belong to another site's unit."""
    inside = {past.id for past in batch if isinstance(past, PastVictim | PastSubject)}
    victims = {past.victim for past in batch if isinstance(past, PastReach)} - inside
    subjects = {past.subject for past in batch if isinstance(past, PastMark)} - inside
    for model, wanted in ((Victim, victims), (Subject, subjects)):
        rows = model.objects.unscoped("only whose site it is").filter(pk__in=wanted, site__in=actor.sites)
        if wanted and rows.count() < len(wanted):
            raise Refused("site", "An identifier or a contact detail belongs to somebody who is not in your unit.")


def _take_batch(actor: Actor, batch: list[PastPerson], at: datetime) -> int:
    rows = [row for past in batch for row in _rows_of(actor, past)]
    with audit.recorded(actor, "people.taken_over", at=at) as entry:
        for model in (Victim, Subject, VictimReach, SubjectMark):
            model.objects.bulk_create([row for row in rows if isinstance(row, model)])
        keep_keys_of(rows)
        entry.seal(rows)
    return len(rows)


def _rows_of(actor: Actor, past: PastPerson) -> Iterator[Victim | Subject | VictimReach | SubjectMark]:
    if isinstance(past, PastVictim | PastSubject):
        yield from _person_and_reaches(actor, past)
        return
    held = access_queries.held_by(actor, past.source, at=past.told_at)
    value = {"id": past.id, "kind": past.kind, "value": past.value.strip(), "key": _key(past.kind, past.value)}
    if isinstance(past, PastReach):
        yield VictimReach(victim_id=past.victim, **value, **held)
    else:
        yield SubjectMark(subject_id=past.subject, of_associate=past.of_associate, **value, **held)


def _person_and_reaches(
    actor: Actor, past: PastVictim | PastSubject
) -> Iterator[Victim | Subject | VictimReach | SubjectMark]:
    held = access_queries.held_by(actor, past.source, at=past.registered_at)
    details = past.details or PersonDetails()
    columns = {"id": past.id, "site": past.site, **rules.columns_of(details, on=past.registered_at.date()), **held}
    reaches = [{"kind": kind, "value": value, "key": key, **held} for kind, value, key in rules.reaches_of(details)]
    if isinstance(past, PastVictim):
        victim = Victim(vulnerable=past.vulnerable, **columns)
        yield victim
        yield from (VictimReach(victim=victim, **reach) for reach in reaches)
    else:
        subject = Subject(known=not details.is_empty, **columns)
        yield subject
        yield from (SubjectMark(subject=subject, **reach) for reach in reaches)
