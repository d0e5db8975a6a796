"""Who refers again and again whom a wall keeps from them: in earnest, or to learn what is on record."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, UUIDField
from django.db.models.functions import Coalesce

from fourfold.access import queries as access_queries
from fourfold.access import signatories
from fourfold.access.models import Relation, Staff, Wall
from fourfold.access.scoping import walls_against
from fourfold.access.terms import Permission, RelationKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import Actor
from fourfold.cases.models import Case
from fourfold.intake.models import Allegation, Quarantined
from fourfold.intake.terms import TOLD_ANEW, Channel
from fourfold.people.queries.contact import HIDDEN_ASKED
from fourfold.people.queries.endpoints import doubted_at
from fourfold.people.terms import MarkKind

#: So many referrals behind a wall against their own author within so long are an alarm. Our own choice: one may be earnest.
WITHIN, ALARMING = timedelta(days=7), 2
#: Of a feed's rows some are about somebody walled off from whoever brings it; of so many one is a guess.
GUESSED_IN, FILE_OF_GUESSES = 100, 5_000
WHY = "counted by author for whoever looks after walls; no file is opened"


@dataclass(frozen=True)
class Probing:
    """Somebody who told more than once of whom a wall keeps from them: how often within a week, and when last."""

    who: str
    referrals: int
    last_at: datetime


def probing(*, actor: Actor, at: datetime) -> tuple[Probing, ...]:
    """Return whose referrals of the last seven days lie behind walls against their authors, at the actor's units.

    A feed's file counts as one where of its rows too many lie so: a guess is a small file, or one of guesses. A wall that
    two agencies lifted counts no more, nor does what the actor told. Three statements and the log's.
    """
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    told = Relation.objects.filter(kind=RelationKind.TELLER, from_at__gt=at - WITHIN, from_at__lte=at)
    told = told.annotate(person=Coalesce("staff__person", "staff_id")).filter(_behind_a_wall(sites, at)).order_by()
    told = told.filter(file__in=_standing(at).values("file"))  # walls are few: of every report each would be asked
    every = [*told.values_list("person", "file", "from_at"), *_brought(sites, at)]
    of = Counter({(person, what) for person, what, _ in every if person != actor.person})
    often = Counter(person for person, _ in of)
    last = {person: max(when for who, _, when in every if who == person) for person in often}
    found = sorted((who for who, many in often.items() if many >= ALARMING), key=last.__getitem__, reverse=True)
    names = access_queries.names_of(found)
    audit.consulted(actor, "oversight.probing", at=at, count=len(found))
    return tuple(Probing(names.get(who, "somebody who left"), often[who], last[who]) for who in found)


def _brought(sites: list[str], at: datetime) -> Iterator[tuple[UUID, UUID, datetime]]:
    """Yield each file by whom it was brought in, where one row in a hundred or more lies behind a wall against them.

    Not of a file of more than FILE_OF_GUESSES rows, which nobody types.
    """
    record = Staff.objects.filter(pk=OuterRef("run__started_by"))
    rows = Allegation.objects.unscoped(WHY).filter(
        pk__in=_standing(at).values("file"),
        run__site__in=sites,
        run__started_at__gt=at - WITHIN,
        run__started_at__lte=at,
        run__accepted__lte=FILE_OF_GUESSES,
    )
    rows = rows.annotate(
        person=Coalesce(Subquery(record.values("person")[:1]), "run__started_by", output_field=UUIDField()),
        partner=Subquery(record.values("partner")[:1]),
    )
    person = OuterRef(OuterRef("person"))
    records = Staff.objects.filter(Q(pk=person) | Q(person=person)).values("pk")
    against = _standing(at).filter(walls_against(records, OuterRef("partner")), file=OuterRef("pk"))
    mended = Relation.objects.filter(kind=RelationKind.TELLER, file=OuterRef("pk"))  # counts by itself, for its mender
    runs = (
        rows.filter(Exists(against), ~Exists(mended))
        .order_by()
        .values_list("person", "run", "run__started_at", "run__accepted")
    )
    for who, run, began, accepted, behind in runs.annotate(behind=Count("pk")):
        if behind * GUESSED_IN >= accepted:
            yield who, run, began


@dataclass(frozen=True)
class AskedAgainst:
    """Somebody who tried more than once contacts that break what is hidden from them, or messages in words of their own that
    name somebody on record; never which.
    """

    who: str
    contacts: int
    last_at: datetime


def asked_against_hidden(*, actor: Actor, at: datetime) -> tuple[AskedAgainst, ...]:
    """Return who did so, or told of it, within seven days at the actor's units, however often the same agreement.

    Never the actor's own. Two statements and the log's.
    """
    told = against_hidden(actor, at=at).annotate(person=_person_of("actor")).exclude(person=actor.person).order_by()
    found = told.values_list("person").annotate(of=Count("pk"), last=Max("at")).filter(of__gte=ALARMING)
    rows = sorted(found, key=lambda row: row[2], reverse=True)
    names = access_queries.names_of(who for who, _, _ in rows)
    audit.consulted(actor, "oversight.asked_against_hidden", at=at, count=len(rows))
    return tuple(AskedAgainst(names.get(who, "somebody who left"), of, last) for who, of, last in rows)


def against_hidden(actor: Actor, *, at: datetime) -> QuerySet[Entry]:
    """Return what the log holds of it in the last week, for the inside of a list of oversight."""
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    here = Case.objects.unscoped(WHY).filter(pk=OuterRef("file"), site__in=sites)
    refused = Entry.refusals().filter(at__gt=at - WITHIN, at__lte=at)
    return refused.filter(Exists(here), action=HIDDEN_ASKED)


def _person_of(staff: str) -> Coalesce:
    record = Staff.objects.filter(pk=OuterRef(staff))
    return Coalesce(Subquery(record.values("person")[:1]), staff, output_field=UUIDField())


def _behind_a_wall(sites: list[str], at: datetime) -> Q:
    """Return the condition that a wall stands between what was told and whoever told it, on any record of theirs."""
    person = OuterRef(OuterRef("person"))
    records = Staff.objects.filter(Q(pk=person) | Q(person=person)).values("pk")
    against = _standing(at).filter(walls_against(records, OuterRef("staff__partner")))
    here = Allegation.objects.unscoped(WHY).filter(pk=OuterRef("file"), site__in=sites)
    mended = Quarantined.objects.filter(
        resolved_at=OuterRef("from_at"), resolved_by=OuterRef("staff_id"), resolution__in=TOLD_ANEW
    )
    told = Q(Exists(here.filter(channel=Channel.REFERRAL))) | (Q(Exists(here)) & Q(Exists(mended)))
    return Q(Exists(against.filter(file=OuterRef("file")))) & told


def _standing(at: datetime) -> QuerySet[Wall]:
    return Wall.objects.filter(Q(until_at__isnull=True) | Q(until_at__gt=at))


@dataclass(frozen=True)
class DoubtedConfirmation:
    """A number, mailbox or address that an advocate confirmed though it was on somebody else's record; never which.

    `often`: the same advocate did so more than once, which is an alarm. `answered`: they have set it aside since.
    """

    who: str
    kind: MarkKind
    confirmed_at: datetime
    often: bool
    answered: bool


def doubted_confirmations(*, actor: Actor, at: datetime) -> tuple[DoubtedConfirmation, ...]:
    """Return what advocates of the actor's units confirmed in 28 days that was on the record of somebody else too.

    The latest first, and never the actor's own, under whatever account: somebody else asks. Six statements and the log's.
    """
    sites = sorted(site for site in actor.sites if access_queries.may(actor, Permission.WALL_LIFT, site=site))
    every = doubted_at(sites, at=at) if sites else ()
    persons = signatories.persons_of(one.by for one in every)
    found = [one for one in every if persons.get(one.by) != actor.person]
    names, often = access_queries.names_of(one.by for one in found), Counter(persons.get(one.by) for one in found)
    audit.consulted(actor, "oversight.doubted_confirmations", at=at, count=len(found))
    return tuple(
        DoubtedConfirmation(
            names.get(one.by, "somebody who left"),
            one.kind,
            one.confirmed_at,
            often[persons.get(one.by)] >= ALARMING,
            one.set_aside,
        )
        for one in found
    )
