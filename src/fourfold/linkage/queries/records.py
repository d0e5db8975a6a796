"""Records that may be of one person: two side by side, and what the run over everybody found."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from fourfold.access import signatories
from fourfold.access.paging import PAGE, Page, page_of
from fourfold.access.projection import Projection, Through
from fourfold.access.terms import OWN_COMPARTMENTS, Compartment, NotFound, PartnerKind
from fourfold.audit import services as audit
from fourfold.audit.models import Entry
from fourfold.audit.terms import About, Actor
from fourfold.linkage import rules, shared_keys
from fourfold.linkage.models import KeptApart, SameProposed
from fourfold.linkage.queries.known import Person, traits_of, undone_of, weights_of
from fourfold.linkage.queries.weighing import compartments_read, without_ways
from fourfold.linkage.terms import Crowd, JoinedOrParted, JoinToSign, MayBeOne, Traits, TwoRecords
from fourfold.people.models import SamePerson, Subject, Victim
from fourfold.people.queries.merged import subjects_open_to
from fourfold.people.queries.same_person import asked_to_join, decisions, joins_waiting
from fourfold.people.terms import MarkKind, Part

READ_AT_ONCE = 2_000
MAY_BE_ONE = Projection(MayBeOne, SameProposed, "called", "births", one="first", other="second", found_at="recorded_at")
SIGNED = Through(lambda by, signs: None if by == signs else signs, "decided_by", "recorded_by")
JOINED, APART = (Projection(JoinedOrParted, table, signed_by=SIGNED) for table in (SamePerson, KeptApart))


def two_records(actor: Actor, part: Part, one: UUID, other: UUID, *, at: datetime) -> TwoRecords:
    """Return two records of one site side by side for whoever may see both, or raise NotFound."""
    site = site_of_both(actor, part, one, other, at=at)
    left, right = shared_keys.known(part, [one, other], named=False)
    traits = (left.traits, right.traits)
    if part is Part.VICTIM:  # how to reach either is closed here
        traits = (without_ways(left.traits), without_ways(right.traits))
    found = rules.compare(*traits, weights_of(site))
    decided = JOINED.all(decisions(one, other))
    first, second = sorted((one, other))
    apart = KeptApart.objects.unscoped("both records were opened").filter(first=first, second=second)
    kept_apart = APART.all(apart.order_by("-decided_at", "id"))
    asked = asked_to_join(one, other, at=at) if part is Part.VICTIM else None
    audit.consulted(actor, "people.compared", at=at, file=one, compartments=compartments_read(part), count=2)
    return TwoRecords(
        part=part,
        one=one,
        other=other,
        names=(left.name, right.name),
        births=(left.traits.birth_on, right.traits.birth_on),
        comparison=found,
        are_one=any(each.undone_at is None for each in decided),
        decided=decided,
        kept_apart=kept_apart,
        waits=JoinedOrParted(asked.recorded_at, asked.recorded_by, asked.reason, None, None, "") if asked else None,
    )


def joins_to_sign(actor: Actor, *, at: datetime) -> tuple[JoinToSign, ...]:
    """Return the merges of two victims' records that wait for a second person, where the reader may see both records.

    One statement where none waits.
    """
    rows = list(joins_waiting(at=at).exclude(recorded_by__in=signatories.records_of(actor)).order_by("recorded_at"))
    if not rows:
        return ()
    ids = {each for row in rows for each in (row.first, row.second)}
    names = {row.pk: row.name for row in Victim.objects.visible_to(actor, at=at).filter(pk__in=ids)}
    shown = tuple(
        JoinToSign(row.first, row.second, (names[row.first], names[row.second]), row.recorded_at)
        for row in rows
        if row.first in names and row.second in names
    )
    audit.consulted(actor, "people.joins_to_sign", at=at, compartments={str(Compartment.CORE)}, count=len(shown))
    return shown


def site_of_both(actor: Actor, part: Part, one: UUID, other: UUID, *, at: datetime) -> str:
    """Return the one site at which two records lie, for whoever may see both, or raise NotFound."""
    sites = dict(_any_visible(actor, part, at).filter(pk__in={one, other}).values_list("pk", "site"))
    if len(sites) != 2 or len(set(sites.values())) != 1:
        raise NotFound
    return sites[one]


def _any_visible(actor: Actor, part: Part, at: datetime) -> QuerySet[Person]:
    if part is Part.VICTIM:
        return Victim.objects.visible_to(actor, at=at)
    if Compartment.SUBJECT_IDENTITY not in OWN_COMPARTMENTS.get(PartnerKind(actor.partner_kind), ()):
        raise NotFound
    return Subject.objects.visible_to(actor, at=at)


def on_record(site: str, part: Part, *, among: Collection[UUID] | None = None) -> Iterator[tuple[UUID, Traits]]:
    """Yield everybody on record at a site as they are compared, or some of them: for nobody in particular.

    Without subjects whom nobody can name, without what was learned from a match undone since, and without how to reach a
    victim: what is proposed is shown to people who may not read that.
    """
    table: Any = Victim if part is Part.VICTIM else Subject
    rows = table.objects.unscoped("compared, never shown").filter(site=site)
    ids = iter(among) if among is not None else rows.order_by("pk").values_list("pk", flat=True).iterator()
    while some := list(islice(ids, READ_AT_ONCE)):
        people = shared_keys.known(part, some)
        undone = undone_of(source for each in people for _, _, source in each.sources)
        for each in people:
            traits = traits_of(each, undone)
            yield each.id, without_ways(traits) if part is Part.VICTIM else traits


def looked_over(site: str) -> About:
    """Return what an entry names that says what a run over everybody at a site found: its log finds it by that."""
    return About("linkage.everybody", uuid5(NAMESPACE_OID, f"everybody at {site}"))


def not_all_compared(actor: Actor, *, at: datetime) -> tuple[Crowd, ...]:
    """Return what the last run over everybody at the actor's sites left out because too many share it. One statement."""
    looked = Entry.objects.filter(about_id__in=[looked_over(site).id for site in actor.sites], at__lte=at)
    last = looked.order_by().values("about_id").annotate(last=Max("seq")).values("last")
    bodies = Entry.objects.filter(seq__in=last).values_list("body", flat=True)
    crowds = {more["site"]: more.get("crowds", "") for more in (json.loads(body)["more"] for body in bodies)}
    said = (each.split(", ") for _, told in sorted(crowds.items()) for each in told.split("; ") if each)
    return tuple(Crowd(Part(part), MarkKind(kind), int(many)) for part, kind, many in said)


def may_be_one(actor: Actor, *, at: datetime, after: str = "") -> Page[MayBeOne]:
    """Return fifty pairs of records that the run over everybody takes for one person, the most likely first.

    Only where the actor may see both records; without those that are one person already or that somebody keeps apart.
    Two statements and the log's.
    """
    victims, subjects = Victim.objects.visible_to(actor, at=at), subjects_open_to(actor, at)
    both = Q(first__in=victims.values("pk"), second__in=victims.values("pk"))
    both |= Q(first__in=subjects.values("pk"), second__in=subjects.values("pk"))
    pair = {"first": OuterRef("first"), "second": OuterRef("second"), "undone_at__isnull": True}
    joined = SamePerson.objects.unscoped("only whether it is settled").filter(**pair)
    apart = KeptApart.objects.unscoped("only whether it is settled").filter(**pair)
    found = SameProposed.objects.unscoped("scoped by both records in this line").filter(
        both, ~Exists(joined), ~Exists(apart), ended_at__isnull=True
    )
    listed = page_of(found, "-weight", "id", after=after, most=PAGE)
    ids = {each for row in listed for each in (row.first, row.second)}
    named = ("pk", "given_name", "family_name", "birth_on")
    both_tables = victims.filter(pk__in=ids).values(*named).union(subjects.filter(pk__in=ids).values(*named), all=True)
    people = {row["pk"]: Victim(**row) for row in (both_tables if ids else ())}
    audit.consulted(actor, "people.may_be_one", at=at, compartments={str(Compartment.CORE)}, count=len(listed))

    def shown(row: SameProposed) -> MayBeOne:
        both = people[row.first], people[row.second]
        return MAY_BE_ONE(row, called=tuple(each.name for each in both), births=tuple(each.birth_on for each in both))

    return listed.map(shown)
