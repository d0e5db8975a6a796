"""Keeping an allegation exactly as somebody told it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import islice
from typing import TypeVar

from django.db.models import Exists, OuterRef

from fourfold.access import queries as access_queries
from fourfold.access import services as access
from fourfold.access.models import Agreement, Grant
from fourfold.access.scoping import in_force
from fourfold.access.signatories import records_of
from fourfold.access.terms import LONDON, Compartment, Permission, RelationKind, Role
from fourfold.audit import services as audit
from fourfold.audit.terms import Actor, Operation
from fourfold.base import new_reference
from fourfold.gateways.bulk import insert_rows
from fourfold.intake import rules
from fourfold.intake.models import REFERRED, Allegation, FurtherPerson, ImportRun, PersonKnownBy, Quarantined
from fourfold.intake.services.batches import BATCH, Batch, seal
from fourfold.intake.services.filing import filed, further_people, known_by, trimmed
from fourfold.intake.terms import (
    TOLD_ANEW,
    Channel,
    InvalidTold,
    MineBefore,
    PastAllegation,
    PersonAsTold,
    Told,
    ToldBefore,
    TooManyTold,
)
from fourfold.programme.queries import for_the_unit, name_of
from fourfold.words import day_said, sentence

Beside = TypeVar("Beside", FurtherPerson, PersonKnownBy)
#: Longer than the references of our cases, so that nobody takes the one for the other.
REFERENCE_LETTERS = 8
#: How many referrals one person makes within a time, robots aside. Our own choice: a guess at a name costs one.
MOST_REFERRED = ((timedelta(hours=1), 10, "an hour"), (timedelta(days=1), 30, "a day"))

#: How many reports an agency's system makes within a day. Our own choice: room for a whole force's worst day, and an end to
#: what a secret that got out could send in a night, which at 300 requests a minute would bury the desk.
MOST_OF_A_SYSTEM = 500

#: How many of their own latest referrals a new one is compared with: our own choice, of one look at an index.
MOST_COMPARED = 1_000
_OF_EACH = ("name", "birth", "phone", "email")
_COMPARED = (
    *("site", "told_at", "received_at", "words", "reference", "occurred_from"),
    *(f"{part}_{name}" for part in ("victim", "subject") for name in _OF_EACH),
)


def receive_allegation(*, actor: Actor, told: Told, at: datetime, another: bool = True) -> Allegation:
    """Keep an allegation exactly as it was told, with how soon somebody must act.

    Any member of the unit may refer one; the desk and advocates may receive one by any channel. Without a reference
    of the teller's own it gets one. What is referred, the unit's host holds, whichever partner referred it, so that the
    desk can open it. Who refers something does not read it at the desk, whomever it concerns. `another`
    False: what the same author told before is not kept again, but asked about. Raises InvalidTold naming the field, or
    ToldBefore.
    """
    permission = Permission.ALLEGATION_REFER if told.channel is Channel.REFERRAL else Permission.ALLEGATION_RECEIVE
    access.require(actor, permission, at=at, site=told.site)
    if told.channel is Channel.REFERRAL:
        _refuse_too_many(actor, at)
    told = trimmed(told)
    _refuse_unkept(told, at)
    told = _with_reference(told, actor)
    if not another:
        _refuse_told_before(actor, told, at)
    with audit.recorded(actor, "allegation.received", at=at, operation=Operation.COLLECTION) as entry:
        holder = for_the_unit(actor, told.site) if told.channel is Channel.REFERRAL else actor
        held = access_queries.held_by(holder, str(told.channel), at=at)
        allegation = filed(told, held=held, received_at=at)
        allegation.save(force_insert=True)
        entry.file = allegation.pk
        if told.channel is Channel.REFERRAL:
            apart = RelationKind.TELLER
            access.relate(actor=actor, file=allegation.pk, staff=actor.staff, kind=apart, at=at)
        for row in (*further_people(told, allegation.pk, held), *known_by(told, allegation.pk, held)):
            row.save(force_insert=True)
            entry.about(row)
        return entry.about(allegation)


def open_to_desk(*, actor: Actor, site: str, at: datetime) -> int:
    """Let a unit's host open what its partners referred before the host held that; return how many reports that were.

    A row is never edited: the host gets a grant to each. Doing it again changes nothing.
    """
    access.require(actor, Permission.ALLEGATION_VIEW, at=at, site=site)
    host = for_the_unit(actor, site)
    rows = Allegation.objects.unscoped("what was referred to the unit and its desk cannot open")
    given = Grant.objects.filter(file=OuterRef("pk"), partner=host.partner)
    rows = rows.filter(REFERRED, site=site).exclude(controller=host.partner).exclude(Exists(given))
    files = list(rows.order_by("pk").values_list("pk", flat=True))
    if files:
        with audit.recorded(actor, "referrals.opened", at=at, operation=Operation.CONFIGURATION) as entry:
            for grant in access.open_to_host(actor=actor, files=files, site=site, host=host, at=at):
                entry.about(grant)
    return len(files)


def _refuse_told_before(actor: Actor, told: Told, at: datetime) -> None:
    """Raise ToldBefore where the author's own earlier referral says the same, or, for whoever reads what others told, theirs."""
    own = Allegation.objects.unscoped("the author's own referrals").filter(
        REFERRED, site=told.site, recorded_by=actor.staff
    )
    latest = own.only(*_COMPARED).order_by("-told_at", "id")[:MOST_COMPARED]
    if (found := rules.told_before(told, map(_mine, latest))) is not None:
        raise ToldBefore(*found)
    if told.occurred_from is None or not access_queries.may(actor, Permission.ALLEGATION_VIEW, site=told.site):
        return  # what others told is closed to them, and a warning would say that it is there
    day = datetime.combine(told.occurred_from.astimezone(LONDON), time(), tzinfo=LONDON)
    theirs = Allegation.objects.visible_to(actor, at=at).filter(
        site=told.site, occurred_from__gte=day, occurred_from__lt=day + timedelta(days=1)
    )
    for row in theirs.exclude(recorded_by=actor.staff, channel=Channel.REFERRAL).order_by("-told_at", "id")[
        :MOST_COMPARED
    ]:
        if row.system != told.system and rules.is_same_event(told, _mine(row).told) and _reads_who(actor, row, at):
            parts = {str(Compartment.CORE), str(Compartment.SUBJECT_IDENTITY)}
            audit.consulted(actor, "unit.holds", at=at, file=row.pk, compartments=parts, count=1)
            said = "This may be the same event as {1}, told by {2} on {3}. Is this another event?"
            on = day_said(row.told_at.astimezone(LONDON))
            raise ToldBefore(replace(_mine(row), own=False), sentence(said, row.reference, name_of(row.told_by), on))


def _reads_who(actor: Actor, row: Allegation, at: datetime) -> bool:
    """Return whether the desk's page of a report says to the actor who its subject is."""
    signed = Agreement.objects.filter(in_force(at), partner=actor.partner, site=row.site)
    masks = signed.values_list("compartments", flat=True)
    return row.controller == actor.partner or any(mask & Compartment.SUBJECT_IDENTITY.bit for mask in masks)


def _mine(row: Allegation) -> MineBefore:
    told = Told(
        site=row.site,
        channel=Channel.REFERRAL,
        told_at=row.told_at,
        words=row.words,
        reference=row.reference,
        occurred_from=row.occurred_from,
        victim=_compared(row, "victim"),
        subject=_compared(row, "subject"),
    )
    return MineBefore(row.pk, row.received_at, told)


def _compared(row: Allegation, part: str) -> PersonAsTold:
    return PersonAsTold(**{name: getattr(row, f"{part}_{name}") for name in _OF_EACH})


def _refuse_too_many(actor: Actor, at: datetime) -> None:
    """Refuse what is more than somebody refers in earnest; it is counted alike whether or not anything matched."""
    if Role.AGENCY_SYSTEM in actor.roles:
        _refuse_flood(actor, at)
    if (over := over_the_bound(actor, at)) is not None:
        audit.refused(actor, "allegation.received", at=at, rule="too many referrals")
        said = "You have made {1} referrals in {2}. Telephone the unit. If somebody is in danger, call 999."
        raise InvalidTold("words", sentence(said, *over))


def _refuse_flood(actor: Actor, at: datetime) -> None:
    day = timedelta(days=1)
    sent = Allegation.objects.unscoped("how many a system sent").filter(
        REFERRED, recorded_by=actor.staff, received_at__gt=at - day, received_at__lte=at
    )
    times = sent.order_by("-received_at").values_list("received_at", flat=True)
    for first in times[MOST_OF_A_SYSTEM - 1 : MOST_OF_A_SYSTEM]:
        audit.refused(actor, "allegation.received", at=at, rule="too many reports of a system")
        said = (
            "This system has sent {1} reports within a day, which is the most, so this was not kept. Look whether somebody "
            "else holds its secret. Send it again when Retry-After says, or telephone the unit. If somebody is in danger, "
            "call 999."
        )
        raise TooManyTold(sentence(said, MOST_OF_A_SYSTEM), first + day)


def over_the_bound(actor: Actor, at: datetime, *, more: int = 0) -> tuple[int, str] | None:
    """Return how many times within which time somebody has told of people, if that is the most, robots aside; else None.

    A row of a feed in which they wrote a person, words, a place or a reference otherwise is counted as a referral is, and so are `more` of this moment.
    """
    mine = Allegation.objects.unscoped("how many the actor referred").filter(
        REFERRED, recorded_by__in=records_of(actor), received_at__lte=at
    )
    mended = Quarantined.objects.filter(
        resolved_by__in=records_of(actor), resolution__in=TOLD_ANEW, resolved_at__lte=at
    )
    for span, most, said in MOST_REFERRED:
        referred = mine.filter(received_at__gt=at - span).values("pk")
        told = referred.union(mended.filter(resolved_at__gt=at - span).values("pk"), all=True).count() + more
        if told >= most and not access_queries.is_robot(actor):
            return most, said
    return None


def _refuse_unkept(told: Told, at: datetime) -> None:
    if (why := rules.why_not_keep(told, at=at) or rules.why_not_known_by(told)) is not None:
        raise InvalidTold(*why)


def _with_reference(told: Told, actor: Actor) -> Told:
    """Give a reference where the teller had none, and refuse one that the same teller used before."""
    told = replace(told, system=told.system or _system_of(told, actor))
    if not told.reference:
        return replace(told, reference=new_reference(str(told.channel)[:1].upper(), REFERENCE_LETTERS))
    _refuse_used([told])
    return told


def _refuse_used(tellings: Sequence[Told]) -> None:
    """Refuse a reference that the same teller used before, or twice among these. One statement."""
    wanted = {name: {getattr(told, name) for told in tellings} for name in ("site", "system", "reference")}
    rows = Allegation.objects.unscoped("one reference a teller")
    used = set(rows.filter(**{f"{name}__in": many for name, many in wanted.items()}).values_list(*wanted))
    for told in tellings:
        if (key := (told.site, told.system, told.reference)) in used:
            said = "“{1}” was used before. Check it, or leave this empty to get a new reference."
            raise InvalidTold("reference", sentence(said, told.reference))
        used.add(key)


def _system_of(told: Told, actor: Actor) -> str:
    """Return under whose references it stands: of a referral its author's own, or one would learn of a colleague's."""
    if told.channel is not Channel.REFERRAL:
        return actor.partner
    return f"{actor.partner[:30]}/{actor.staff.hex[:8]}"


def take_over(*, actor: Actor, rows: Iterable[PastAllegation], at: datetime) -> int:
    """Bring in allegations from the time before, in the order given, and return how many.

    Batches of 500 of one site, each one transaction with one entry whose root stands for every row. `received_at` is
    the row's own; the log says when it was taken over. Raises InvalidTold for the first row that cannot be kept.
    """
    taken = 0
    incoming = iter(rows)
    runs: dict[str, ImportRun] = {}
    while batch := list(islice(incoming, BATCH)):
        for site in sorted({past.told.site for past in batch}):
            access.require(actor, Permission.ALLEGATION_IMPORT, at=at, site=site)
            run = runs.setdefault(site, _taking_over(actor, site, at))
            taken += _take(actor, run, [past for past in batch if past.told.site == site], at)
    return taken


def _taking_over(actor: Actor, site: str, at: datetime) -> ImportRun:
    no_file = dict.fromkeys(("mapping_sha256", "file_name", "file_sha256"), "")
    return ImportRun(site=site, system="taken over", started_at=at, finished_at=at, started_by=actor.staff, **no_file)


def _take(actor: Actor, run: ImportRun, batch: list[PastAllegation], at: datetime) -> int:
    for past in batch:
        _refuse_unkept(past.told, past.received_at)
    _refuse_used([past.told for past in batch])
    with audit.recorded(actor, "allegations.taken_over", at=at, operation=Operation.COLLECTION) as entry:
        allegations = [
            filed(
                past.told,
                held=access_queries.held_by(actor, "taken over", at=past.received_at),
                received_at=past.received_at,
                run=run,
                row_number=run.read + number,
            )
            for number, past in enumerate(batch, start=1)
        ]
        number = run.read + 1
        pairs = list(zip(batch, allegations, strict=True))
        for past, allegation in pairs:
            allegation.pk, allegation.batch = past.id, number
        further = [each for past, row in pairs for each in _beside(further_people, past, row, run)]
        known = [each for past, row in pairs for each in _beside(known_by, past, row, run)]
        run.read += len(batch)
        run.accepted += len(batch)
        run.save()
        insert_rows(allegations)
        insert_rows(further)
        insert_rows(known)
        seal(entry, run, number, Batch(allegations, further, known_by=known))
    return len(batch)


def _beside(makes: Callable[..., list[Beside]], past: PastAllegation, row: Allegation, run: ImportRun) -> list[Beside]:
    made = makes(past.told, row.pk, _held_as(row), run=run, row_number=row.row_number)
    for each in made:
        each.batch = row.batch
    return made


def _held_as(allegation: Allegation) -> dict[str, object]:
    """Return whose a row beside an allegation is, and on which ground: as the allegation itself."""
    return {name: getattr(allegation, name) for name in ("controller", "basis", "source", "recorded_at", "recorded_by")}
